//! Methods of built-in types. Floor 7.
pub mod exception;
pub mod function;
pub mod generator;
pub mod group;
pub mod method;
pub mod module;
pub mod none;
pub mod object;
pub mod property;
pub mod super_;
pub mod traceback;
pub mod type_;

use crate::vm::Vm;

/// Registers the methods of all built-in types.
pub fn install(vm: &mut Vm) {
    exception::install(vm);
    function::install(vm);
    generator::install(vm);
    group::install(vm);
    method::install(vm);
    module::install(vm);
    none::install(vm);
    object::install(vm);
    property::install(vm);
    super_::install(vm);
    traceback::install(vm);
    type_::install(vm);
}
