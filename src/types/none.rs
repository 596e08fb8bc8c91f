//! `NoneType`, `NotImplementedType`, `ellipsis`. Floor 7.
//!
//! Invariant: each has one instance, which calling the class gives.

use crate::value::Value;
use crate::vm::native::{NativeDef, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of `None`.
pub const NONE: &[NativeDef] = &[
    new("__new__(cls)", "The None object.", none_new),
    method("__bool__(self, /)", "True if self else False.", none_bool),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__hash__(self, /)", "Return hash(self).", hash),
    COMPARE[0],
    COMPARE[1],
    COMPARE[2],
    COMPARE[3],
    COMPARE[4],
    COMPARE[5],
];

const COMPARE: [NativeDef; 6] = super::dunders::compare_methods!();

const ELLIPSIS: &[NativeDef] = &[
    new("__new__(cls)", "The Ellipsis object.", ellipsis_new),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__reduce__(self, /)", "Helper for copying.", repr),
];
const NOT_IMPLEMENTED: &[NativeDef] = &[
    new("__new__(cls)", "The NotImplemented object.", not_implemented_new),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__reduce__(self, /)", "Helper for copying.", repr),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let (n, e, i) = (vm.types.none, vm.types.ellipsis, vm.types.not_implemented);
    vm.install_methods(n, NONE);
    vm.install_methods(e, ELLIPSIS);
    vm.install_methods(i, NOT_IMPLEMENTED);
}

fn none_new(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::NONE)
}
fn ellipsis_new(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::ELLIPSIS)
}
fn not_implemented_new(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}
fn none_bool(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::FALSE)
}
fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.repr_value(args[0])
}
fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    match vm.hash_of(args[0])? {
        Some(h) => Ok(vm.new_int(h)),
        None => vm.none(),
    }
}
