//! Methods of built-in types. Floor 7.
#[macro_use]
mod dunder;
pub mod bool_;
pub mod bytearray;
pub mod bytes;
mod codec;
pub mod complex;
pub mod coroutine;
pub mod dict;
pub mod dunders;
pub mod exception;
pub mod float;
pub mod frame;
pub mod function;
pub mod generator;
pub mod generic;
pub mod group;
pub mod int;
pub mod iterators;
pub mod list;
pub mod mappingproxy;
mod memoryview;
pub mod method;
pub mod module;
pub mod none;
pub mod object;
pub mod property;
pub mod range;
pub mod set_;
pub mod slice;
pub mod str_;
pub mod super_;
mod text_args;
pub mod traceback;
pub mod tuple;
pub mod type_;
pub mod views;

use crate::vm::Vm;
use crate::vm::native::NativeDef;

/// Natives that only the prelude calls.
pub const INTRINSICS: &[&[NativeDef]] = &[
    list::INTRINSICS,
    dict::INTRINSICS,
    set_::INTRINSICS,
    iterators::INTRINSICS,
    dunders::INTRINSICS,
    crate::vm::ops::ITEM_INTRINSICS,
    crate::vm::ops::ITER_INTRINSICS,
    exception::INTRINSICS,
    generator::INTRINSICS,
    coroutine::INTRINSICS,
    group::INTRINSICS,
    int::INTRINSICS,
    codec::INTRINSICS,
    memoryview::INTRINSICS,
    type_::INTRINSICS,
    object::INTRINSICS,
    generic::INTRINSICS,
    super_::INTRINSICS,
    property::INTRINSICS,
];

/// Registers the methods of all types.
pub fn install(vm: &mut Vm) {
    install_containers(vm);
    install_object_model(vm);
    install_numbers_and_text(vm);
}

/// Numbers, texts, bytes.
fn install_numbers_and_text(vm: &mut Vm) {
    for (class, table) in [
        (vm.types.int, int::METHODS),
        (vm.types.bool_, bool_::METHODS),
        (vm.types.float, float::METHODS),
        (vm.types.complex, complex::METHODS),
        (vm.types.str_, str_::METHODS),
        (vm.types.bytes, bytes::METHODS),
        (vm.types.bytearray, bytearray::METHODS),
    ] {
        vm.install_methods(class, table);
    }
    memoryview::install(vm);
    unhashable(vm, vm.types.bytearray);
}

/// Containers and iterators.
fn install_containers(vm: &mut Vm) {
    list::install(vm);
    tuple::install(vm);
    dict::install(vm);
    set_::install(vm);
    range::install(vm);
    slice::install(vm);
    views::install(vm);
    mappingproxy::install(vm);
    iterators::install(vm);
}

/// Classes, functions, exceptions and the like.
fn install_object_model(vm: &mut Vm) {
    exception::install(vm);
    frame::install(vm);
    function::install(vm);
    generator::install(vm);
    generic::install(vm);
    coroutine::install(vm);
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

/// `__hash__ = None`.
fn unhashable(vm: &mut Vm, class: crate::heap::Gc<crate::object::Class>) {
    let name = vm.names.hash;
    class.dict.set_str(name, crate::value::Value::NONE);
}
