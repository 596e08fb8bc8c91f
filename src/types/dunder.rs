//! Special methods as wrappers over the pure operators: what `int.__add__` and kin are. Floor 7.
//!
//! Invariant: a special method gives `NotImplemented` for operands of foreign types, as CPython's slot wrappers do.

use crate::vm::{Args, Ctl, Vm};

/// The error for a method called on an object of another type.
#[cold]
pub fn bad_receiver(_: &mut Vm, args: Args<'_>, _: &str, type_name: &str) -> Ctl {
    Ctl::WrongReceiver(args[0], type_name.into())
}

/// Defines natives `$f(self, value, /)` for binary operators: both ways where a reflected name is given.
macro_rules! binary_dunders {
    ($type_name:literal, $mine:path, $foreign:path; $($op:ident $f:ident $r:ident;)*) => {
        $(
            fn $f(vm: &mut $crate::vm::Vm, args: $crate::vm::Args<'_>) -> $crate::vm::Res {
                if !$mine(args[0]) {
                    let name = concat!("__", stringify!($f), "__");
                    return Err($crate::types::dunder::bad_receiver(vm, args, name, $type_name));
                }
                if !$foreign(args[1]) {
                    return Ok($crate::value::Value::NOT_IMPLEMENTED);
                }
                vm.pure_binary($crate::syntax::ast::BinOp::$op, args[0], args[1])
            }
            fn $r(vm: &mut $crate::vm::Vm, args: $crate::vm::Args<'_>) -> $crate::vm::Res {
                if !$mine(args[0]) {
                    let name = concat!("__", stringify!($r), "__");
                    return Err($crate::types::dunder::bad_receiver(vm, args, name, $type_name));
                }
                if !$foreign(args[1]) {
                    return Ok($crate::value::Value::NOT_IMPLEMENTED);
                }
                vm.pure_binary($crate::syntax::ast::BinOp::$op, args[1], args[0])
            }
        )*
    };
}

/// Defines the natives `eq ne lt le gt ge` of a type.
macro_rules! compare_dunders {
    ($type_name:literal, $mine:path, $foreign:path; $($op:ident $f:ident;)*) => {
        $(
            fn $f(vm: &mut $crate::vm::Vm, args: $crate::vm::Args<'_>) -> $crate::vm::Res {
                if !$mine(args[0]) {
                    let name = concat!("__", stringify!($f), "__");
                    return Err($crate::types::dunder::bad_receiver(vm, args, name, $type_name));
                }
                if !$foreign(args[1]) {
                    return Ok($crate::value::Value::NOT_IMPLEMENTED);
                }
                vm.pure_compare($crate::syntax::ast::CmpOp::$op, args[0], args[1])
            }
        )*
    };
}
