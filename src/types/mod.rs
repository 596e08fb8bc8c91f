//! Python-visible methods of built-in types, one file per type. Floor 7.
#[macro_use]
mod dunder;
mod bool_;
mod bytearray;
mod bytes;
mod codec;
mod complex;
mod float;
mod int;
mod str_;
mod text_args;

use crate::vm::Vm;

/// Registers the methods of the built-in types.
pub fn install(vm: &mut Vm) {
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
}

/// The intrinsics of the prelude files that belong to types.
pub const INTRINSICS: &[&[crate::vm::native::NativeDef]] = &[int::INTRINSICS];
