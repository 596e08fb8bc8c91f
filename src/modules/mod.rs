//! Modules of the library: one file each, written in Rust, in the language, or both. Floor 7.
//!
//! Invariant: a module that is not complete enough to be useful is not there at all.

mod asyncio;
mod codecs;
mod frames;
mod heapq;
mod imp;
mod itertools;
mod math;
mod math_int;
mod posix;
mod pure;
mod random;
mod re;
mod signal;
mod streams;
mod sys;
mod time;
mod traceback;
mod typing_core;
mod warnings;
mod weakref;

use crate::heap::Gc;
use crate::object::Dict;
use crate::text::{ErrorKind, TextError};
use crate::value::Value;
use crate::vm::native::NativeDef;
use crate::vm::{Ctl, Vm};

/// Natives that drawing on the run's entropy takes, for modules of others.
pub const ENTROPY: &[NativeDef] = random::ENTROPY;

/// Registers the modules.
pub fn install(vm: &mut Vm) {
    vm.module_defs.extend([
        &time::TIME,
        &traceback::TRACEBACK,
        &random::RANDOM_MODULE,
        &re::RE,
        &signal::SIGNAL,
        &sys::SYS,
        &math::MATH,
        &codecs::CODECS,
        &heapq::HEAPQ,
        &itertools::ITERTOOLS,
        &posix::POSIX,
        &typing_core::TYPES_NATIVE,
        &imp::IMP,
        &warnings::WARNINGS,
        &warnings::WARNINGS_NATIVE,
        &weakref::WEAKREF,
    ]);
    vm.module_defs.extend(pure::MODULES);
    vm.module_defs.extend(asyncio::MODULES);
    vm.prelude.add_intrinsics(sys::INTRINSICS);
    vm.prelude.add_intrinsics(re::INTRINSICS);
    vm.prelude.add_intrinsics(signal::INTRINSICS);
    vm.prelude.add_intrinsics(weakref::INTRINSICS);
}

/// Sets a name of a module.
fn set(vm: &mut Vm, dict: Gc<Dict>, name: &str, value: Value) {
    let name = vm.intern(name);
    dict.set_str(name, value);
}

/// A failure of the pure algorithms as the exception it stands for.
fn text_error(vm: &mut Vm, e: TextError) -> Ctl {
    let t = &vm.types;
    let class = match e.kind {
        ErrorKind::Value => t.ValueError,
        ErrorKind::Type => t.TypeError,
        ErrorKind::Overflow => t.OverflowError,
        ErrorKind::ZeroDivision => t.ZeroDivisionError,
        ErrorKind::Index => t.IndexError,
        ErrorKind::Memory => t.MemoryError,
    };
    vm.raise(class, &e.message)
}
