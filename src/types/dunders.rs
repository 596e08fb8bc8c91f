//! Special methods that all containers share: each asks the operation of the layout. Floor 7.
//!
//! Invariant: nothing here looks at what the class of the receiver overrides.

use crate::object::View;
use crate::syntax::ast::{BinOp, CmpOp};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Res, Vm};

macro_rules! comparisons {
    ($($name:ident $op:ident;)*) => {$(
        pub(super) fn $name(vm: &mut Vm, a: Args<'_>) -> Res {
            vm.pure_compare(CmpOp::$op, a[0], a[1])
        }
    )*};
}
comparisons! { eq Eq; ne NotEq; lt Lt; le LtE; gt Gt; ge GtE; }

macro_rules! binary {
    ($($name:ident $op:ident;)*) => {$(
        pub(super) fn $name(vm: &mut Vm, a: Args<'_>) -> Res {
            vm.pure_binary(BinOp::$op, a[0], a[1])
        }
    )*};
}
binary! { add Add; }

/// `sequence * n`, both ways.
pub(super) fn mul(vm: &mut Vm, a: Args<'_>) -> Res {
    let n = count_arg(vm, a)?;
    vm.pure_binary(BinOp::Mul, a[0], n)
}

/// Argument 1 as a count; what is none is left to the operator to complain of.
pub fn count_arg(vm: &mut Vm, a: Args<'_>) -> Res {
    let name = vm.names.index;
    if a[1].as_object().is_some() && vm.special(a[1], name).is_some() { vm.index_value(a, 1) } else { Ok(a[1]) }
}

pub(super) fn rmul(vm: &mut Vm, a: Args<'_>) -> Res {
    mul(vm, a)
}

pub(super) fn getitem(vm: &mut Vm, a: Args<'_>) -> Res {
    vm.pure_getitem(a[0], a[1])
}
pub(super) fn setitem(vm: &mut Vm, a: Args<'_>) -> Res {
    vm.pure_setitem(a[0], a[1], a[2])?;
    Ok(Value::NONE)
}
pub(super) fn delitem(vm: &mut Vm, a: Args<'_>) -> Res {
    vm.pure_delitem(a[0], a[1])?;
    Ok(Value::NONE)
}
pub(super) fn contains(vm: &mut Vm, a: Args<'_>) -> Res {
    vm.pure_contains(a[0], a[1])
}
pub(super) fn len(vm: &mut Vm, a: Args<'_>) -> Res {
    let n = vm.pure_len(a[0])?.unwrap_or(0);
    Ok(vm.new_int(n as i64))
}
pub(super) fn iter(vm: &mut Vm, a: Args<'_>) -> Res {
    vm.raw_iter(a[0])
}
pub(super) fn repr(vm: &mut Vm, a: Args<'_>) -> Res {
    vm.repr_builtin(a[0])
}
/// `__class_getitem__`: `list[int]`.
pub(super) fn class_getitem(vm: &mut Vm, a: Args<'_>) -> Res {
    vm.generic_alias(a[0], a[1])
}
/// `__hash__` where the layout has one.
pub(super) fn hash(vm: &mut Vm, a: Args<'_>) -> Res {
    use crate::object::pure::{Hash, pure_hash};
    if let View::Set(s) = a[0].view() {
        // The items' hashes are known, whatever a subclass says of the whole.
        let hashes: Vec<i64> = s.to_vec().iter().map(|&(_, h)| h).collect();
        return Ok(vm.new_int(crate::text::hash::frozenset(hashes)));
    }
    let h = match pure_hash(a[0]) {
        Hash::Is(h) => Some(h),
        _ => vm.hash_of(a[0])?,
    };
    match h {
        Some(h) => Ok(vm.new_int(h)),
        None => vm.prelude_call("hash_parts", &[a[0]]),
    }
}

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_contains(obj, x, /)", "x in obj by the built-in layout.", contains),
    function("_hash_of_hashes(list, /)", "The hash of a tuple whose items have these hashes.", |vm, a| {
        let hashes: Vec<i64> = match a[0].view() {
            View::List(l) => l.to_vec().into_iter().map(|v| vm.small_int(v).unwrap_or(0)).collect(),
            _ => Vec::new(),
        };
        let h = crate::text::hash::tuple(hashes);
        Ok(vm.new_int(h))
    }),
];

/// Comparisons for a table of methods.
macro_rules! compare_methods {
    () => {
        [
            $crate::vm::native::method("__eq__(self, value, /)", "Return self==value.", $crate::types::dunders::eq),
            $crate::vm::native::method("__ne__(self, value, /)", "Return self!=value.", $crate::types::dunders::ne),
            $crate::vm::native::method("__lt__(self, value, /)", "Return self<value.", $crate::types::dunders::lt),
            $crate::vm::native::method("__le__(self, value, /)", "Return self<=value.", $crate::types::dunders::le),
            $crate::vm::native::method("__gt__(self, value, /)", "Return self>value.", $crate::types::dunders::gt),
            $crate::vm::native::method("__ge__(self, value, /)", "Return self>=value.", $crate::types::dunders::ge),
        ]
    };
}
pub(super) use compare_methods;

/// The class in argument 0 of `__new__`, checked.
pub(super) fn class_arg(
    vm: &mut Vm,
    a: Args<'_>,
    of: crate::heap::Gc<crate::object::Class>,
) -> Res<crate::heap::Gc<crate::object::Class>> {
    let base = of.name_str();
    match a[0].cast::<crate::object::Class>() {
        Some(c) if c.is_subclass(of) => Ok(c),
        Some(c) => {
            let name = c.name_str();
            Err(vm.type_error(format!("{base}.__new__({name}): {name} is not a subtype of {base}")))
        }
        None => {
            let given = vm.class_name(a[0]);
            Err(vm.type_error(format!("{base}.__new__(X): X is not a type object ({given})")))
        }
    }
}

/// A keyword-less constructor was given keywords: CPython's words.
pub(super) fn no_keywords(vm: &mut Vm, a: Args<'_>, name: &str) -> Res<()> {
    match a.kwargs() {
        Some(d) if !d.is_empty() => Err(vm.type_error(format!("{name}() takes no keyword arguments"))),
        _ => Ok(()),
    }
}
