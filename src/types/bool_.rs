//! `bool`: what it does not inherit from `int`. Floor 7.

use super::dunder::bad_receiver;
use crate::object::View;
use crate::value::Value;
use crate::vm::native::{NativeDef, method, new};
use crate::vm::{Args, Res, Vm};

fn is_bool(v: Value) -> bool {
    v.as_bool().is_some()
}

fn is_int(v: Value) -> bool {
    matches!(v.view(), View::Int(_) | View::Bool(_) | View::BigInt(_))
}

binary_dunders! { "bool", is_bool, is_int; BitAnd and rand; BitOr or ror; BitXor xor rxor; }

/// The methods of `bool`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, object=False, /)", "True if the argument is true.", bool_new),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__and__(self, value, /)", "Return self&value.", and),
    method("__rand__(self, value, /)", "Return value&self.", rand),
    method("__or__(self, value, /)", "Return self|value.", or),
    method("__ror__(self, value, /)", "Return value|self.", ror),
    method("__xor__(self, value, /)", "Return self^value.", xor),
    method("__rxor__(self, value, /)", "Return value^self.", rxor),
    method("__invert__(self, /)", "~self", invert),
];

fn bool_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.types.bool_;
    super::dunders::class_arg(vm, args, class)?;
    Ok(Value::bool(vm.truth_arg(args, 1, false)?))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    match args[0].as_bool() {
        Some(b) => Ok(vm.new_str(if b { "True" } else { "False" })),
        None => Err(bad_receiver(vm, args, "__repr__", "bool")),
    }
}

fn invert(vm: &mut Vm, args: Args<'_>) -> Res {
    match args[0].as_bool() {
        Some(_) => vm.prelude_call("invert_bool", &[args[0]]),
        None => Err(bad_receiver(vm, args, "__invert__", "bool")),
    }
}
