//! `set` and `frozenset`. Floor 7.
//!
//! Invariant: a frozenset changes only while it is made.

use super::dunders;
use crate::heap::Gc;
use crate::object::Set;
use crate::syntax::ast::CmpOp;
use crate::value::Value;
use crate::vm::native::{NativeDef, class_method, function, method, new};
use crate::vm::ops::{KeyOp, SetOp};
use crate::vm::{Args, Ctl, Res, Vm};

macro_rules! both {
    ($($own:expr,)*) => {
        &[
            method("copy(self, /)", "Return a shallow copy of a set.", copy),
            method("difference(self, /, *others)", "The elements that are not in the others.", difference),
            method("intersection(self, /, *others)", "The elements common to all.", intersection),
            method("isdisjoint(self, other, /)", "Whether the two have no element in common.", isdisjoint),
            method("issubset(self, other, /)", "Whether another set contains this set.", issubset),
            method("issuperset(self, other, /)", "Whether this set contains another set.", issuperset),
            method("symmetric_difference(self, other, /)", "The elements in either but not in both.", symmetric_difference),
            method("union(self, /, *others)", "The elements of all.", union),
            method("__and__(self, value, /)", "Return self&value.", |vm, a| operator(vm, SetOp::And, a[0], a[1])),
            method("__or__(self, value, /)", "Return self|value.", |vm, a| operator(vm, SetOp::Or, a[0], a[1])),
            method("__sub__(self, value, /)", "Return self-value.", |vm, a| operator(vm, SetOp::Sub, a[0], a[1])),
            method("__xor__(self, value, /)", "Return self^value.", |vm, a| operator(vm, SetOp::Xor, a[0], a[1])),
            method("__rand__(self, value, /)", "Return value&self.", |vm, a| operator(vm, SetOp::And, a[1], a[0])),
            method("__ror__(self, value, /)", "Return value|self.", |vm, a| operator(vm, SetOp::Or, a[1], a[0])),
            method("__rsub__(self, value, /)", "Return value-self.", |vm, a| operator(vm, SetOp::Sub, a[1], a[0])),
            method("__rxor__(self, value, /)", "Return value^self.", |vm, a| operator(vm, SetOp::Xor, a[1], a[0])),
            method("__eq__(self, value, /)", "Return self==value.", |vm, a| vm.pure_compare(CmpOp::Eq, a[0], a[1])),
            method("__ne__(self, value, /)", "Return self!=value.", |vm, a| vm.pure_compare(CmpOp::NotEq, a[0], a[1])),
            method("__lt__(self, value, /)", "Return self<value.", |vm, a| vm.pure_compare(CmpOp::Lt, a[0], a[1])),
            method("__le__(self, value, /)", "Return self<=value.", |vm, a| vm.pure_compare(CmpOp::LtE, a[0], a[1])),
            method("__gt__(self, value, /)", "Return self>value.", |vm, a| vm.pure_compare(CmpOp::Gt, a[0], a[1])),
            method("__ge__(self, value, /)", "Return self>=value.", |vm, a| vm.pure_compare(CmpOp::GtE, a[0], a[1])),
            method("__contains__(self, object, /)", "x.__contains__(y) <==> y in x.", dunders::contains),
            method("__len__(self, /)", "Return len(self).", dunders::len),
            method("__iter__(self, /)", "Implement iter(self).", dunders::iter),
            method("__repr__(self, /)", "Return repr(self).", dunders::repr),
            class_method("__class_getitem__(cls, item, /)", "See PEP 585", dunders::class_getitem),
            $($own,)*
        ]
    };
}

const SET: &[NativeDef] = both![
    new("__new__(cls, *args, **kwargs)", "Create and return a new object.", set_new),
    method("__init__(self, *args, **kwargs)", "Initialize self.", init),
    method("add(self, object, /)", "Add an element to a set.", add),
    method("clear(self, /)", "Remove all elements from this set.", clear),
    method("difference_update(self, /, *others)", "Remove all elements of the others.", difference_update),
    method("discard(self, object, /)", "Remove an element from a set if it is a member.", discard),
    method("intersection_update(self, /, *others)", "Keep what is in all others.", intersection_update),
    method("pop(self, /)", "Remove and return an arbitrary set element.", pop),
    method("remove(self, object, /)", "Remove an element from a set; it must be a member.", remove),
    method(
        "symmetric_difference_update(self, other, /)",
        "Keep what is in either but not in both.",
        symmetric_difference_update
    ),
    method("update(self, /, *others)", "Add the elements of all others.", update),
    method("__iand__(self, value, /)", "Return self&=value.", |vm, a| inplace(vm, SetOp::And, a)),
    method("__ior__(self, value, /)", "Return self|=value.", |vm, a| inplace(vm, SetOp::Or, a)),
    method("__isub__(self, value, /)", "Return self-=value.", |vm, a| inplace(vm, SetOp::Sub, a)),
    method("__ixor__(self, value, /)", "Return self^=value.", |vm, a| inplace(vm, SetOp::Xor, a)),
];

const FROZENSET: &[NativeDef] = both![
    new("__new__(cls, *args, **kwargs)", "Create and return a new object.", frozenset_new),
    method("__hash__(self, /)", "Return hash(self).", dunders::hash),
];

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_set_swap(a, b, /)", "Exchanges the contents of two sets.", |_, a| {
        if let (Some(x), Some(y)) = (a[0].cast::<Set>(), a[1].cast::<Set>()) {
            x.swap(&y);
        }
        Ok(Value::NONE)
    }),
    function("_set_op(op, a, b, /)", "A set operation by number: | & - ^.", |vm, a| {
        let op = [SetOp::Or, SetOp::And, SetOp::Sub, SetOp::Xor][a[0].as_int().unwrap_or(0).clamp(0, 3) as usize];
        match a[1].cast::<Set>() {
            Some(s) => vm.set_op(op, s, a[2]),
            None => Ok(a[1]),
        }
    }),
    function("_set_inplace(op, a, b, /)", "A set operation in place by number: | & - ^.", |vm, a| {
        let op = [SetOp::Or, SetOp::And, SetOp::Sub, SetOp::Xor][a[0].as_int().unwrap_or(0).clamp(0, 3) as usize];
        if let Some(s) = a[1].cast::<Set>() {
            vm.set_inplace(op, s, a[2])?;
        }
        Ok(a[1])
    }),
];

/// Registers the methods of `set` and `frozenset`.
pub(super) fn install(vm: &mut Vm) {
    let (set, frozenset) = (vm.types.set, vm.types.frozenset);
    vm.install_methods(set, SET);
    vm.install_methods(frozenset, FROZENSET);
    super::unhashable(vm, set);
}

fn this(vm: &mut Vm, a: Args<'_>) -> Res<Gc<Set>> {
    vm.receiver::<Set>(a, "set")
}

fn one_or_none(vm: &mut Vm, a: Args<'_>, name: &str) -> Res<Option<Value>> {
    match *a.rest() {
        [] => Ok(None),
        [x] => Ok(Some(x)),
        _ => {
            let n = a.rest().len();
            Err(vm.type_error(format!("{name} expected at most 1 argument, got {n}")))
        }
    }
}

fn set_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let class = dunders::class_arg(vm, a, vm.types.set)?;
    Ok(vm.heap.alloc(Set::new(class, false)).value())
}

fn init(vm: &mut Vm, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    if s.class() == vm.types.set {
        dunders::no_keywords(vm, a, "set")?;
    }
    let items = one_or_none(vm, a, "set")?;
    s.clear();
    if let Some(items) = items {
        vm.set_add_all(s, items)?;
    }
    Ok(Value::NONE)
}

fn frozenset_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let class = dunders::class_arg(vm, a, vm.types.frozenset)?;
    let plain = class == vm.types.frozenset;
    if plain {
        dunders::no_keywords(vm, a, "frozenset")?;
    }
    let items = one_or_none(vm, a, "frozenset")?;
    if let Some(x) = items
        && plain
        && vm.class_of(x) == class
    {
        return Ok(x);
    }
    let s = vm.heap.alloc(Set::new(class, true));
    match items {
        None => Ok(s.value()),
        Some(items) => filled(vm, s, items),
    }
}

/// `s` after adding `items`.
fn filled(vm: &mut Vm, s: Gc<Set>, items: Value) -> Res {
    match vm.set_add_all(s, items) {
        Ok(()) => Ok(s.value()),
        Err(Ctl::Call(req)) => {
            let mut args = vec![s.value(), req.callee];
            args.extend(req.args);
            vm.prelude_call("after_call", &args)
        }
        Err(e) => Err(e),
    }
}

fn copy(vm: &mut Vm, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    if s.is_frozen() && s.class() == vm.types.frozenset {
        return Ok(a[0]);
    }
    Ok(copied(vm, s).value())
}

fn copied(vm: &mut Vm, s: Gc<Set>) -> Gc<Set> {
    let new = vm.new_set(s.is_frozen());
    new.copy_from(&s);
    vm.heap.charge(s.len() * 32);
    new
}

fn add(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?;
    vm.keyed(KeyOp::Set, a[0], a[1], Value::NONE)
}

fn discard(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?;
    vm.keyed(KeyOp::Pop, a[0], a[1], Value::NONE)
}

fn remove(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?;
    vm.keyed(KeyOp::Del, a[0], a[1], Value::NONE)
}

fn clear(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?.clear();
    Ok(Value::NONE)
}

fn pop(vm: &mut Vm, a: Args<'_>) -> Res {
    match this(vm, a)?.pop_first() {
        Some(x) => Ok(x),
        None => {
            let text = vm.new_str("pop from an empty set");
            Err(vm.key_error(text))
        }
    }
}

/// A method over any number of iterables: natively for up to one, in the prelude for more.
fn many(vm: &mut Vm, op: SetOp, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    match *a.rest() {
        [] => copy(vm, a),
        [other] => vm.set_op(op, s, other),
        _ => {
            let others = vm.new_tuple(a.rest());
            vm.prelude_call("set_op_many", &[Value::small(op as i64), a[0], others])
        }
    }
}

fn many_inplace(vm: &mut Vm, op: SetOp, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    match *a.rest() {
        [] => Ok(Value::NONE),
        [other] => {
            vm.set_inplace(op, s, other)?;
            Ok(Value::NONE)
        }
        _ => {
            let others = vm.new_tuple(a.rest());
            vm.prelude_call("set_inplace_many", &[Value::small(op as i64), a[0], others])
        }
    }
}

fn union(vm: &mut Vm, a: Args<'_>) -> Res {
    many(vm, SetOp::Or, a)
}
fn intersection(vm: &mut Vm, a: Args<'_>) -> Res {
    many(vm, SetOp::And, a)
}
fn difference(vm: &mut Vm, a: Args<'_>) -> Res {
    many(vm, SetOp::Sub, a)
}
fn symmetric_difference(vm: &mut Vm, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    vm.set_op(SetOp::Xor, s, a[1])
}
fn update(vm: &mut Vm, a: Args<'_>) -> Res {
    many_inplace(vm, SetOp::Or, a)
}
fn intersection_update(vm: &mut Vm, a: Args<'_>) -> Res {
    many_inplace(vm, SetOp::And, a)
}
fn difference_update(vm: &mut Vm, a: Args<'_>) -> Res {
    many_inplace(vm, SetOp::Sub, a)
}
fn symmetric_difference_update(vm: &mut Vm, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    vm.set_inplace(SetOp::Xor, s, a[1])?;
    Ok(Value::NONE)
}

fn issubset(vm: &mut Vm, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    match a[1].cast::<Set>() {
        Some(other) => vm.pure_compare(CmpOp::LtE, s.value(), other.value()),
        None => vm.prelude_call("issubset_of_iterable", &[a[0], a[1]]),
    }
}

fn issuperset(vm: &mut Vm, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    match a[1].cast::<Set>() {
        Some(other) => vm.pure_compare(CmpOp::LtE, other.value(), s.value()),
        None => vm.prelude_call("issuperset_of_iterable", &[a[0], a[1]]),
    }
}

fn isdisjoint(vm: &mut Vm, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    if let Some(o) = a[1].cast::<Set>() {
        let (small, large) = if s.len() < o.len() { (s, o) } else { (o, s) };
        let mut asked = false;
        for (k, h) in small.to_vec() {
            match large.find(h, k) {
                crate::object::Found::At(_) => return Ok(Value::FALSE),
                crate::object::Found::Missing => {}
                crate::object::Found::Ask => {
                    asked = true;
                    break;
                }
            }
        }
        if !asked {
            return Ok(Value::TRUE);
        }
    }
    vm.prelude_call("set_isdisjoint", &[a[0], a[1]])
}

/// A binary operator: both must be sets.
fn operator(vm: &mut Vm, op: SetOp, a: Value, b: Value) -> Res {
    match (a.cast::<Set>(), b.cast::<Set>()) {
        (Some(x), Some(_)) => vm.set_op(op, x, b),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn inplace(vm: &mut Vm, op: SetOp, a: Args<'_>) -> Res {
    let s = this(vm, a)?;
    if a[1].cast::<Set>().is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    match vm.set_inplace(op, s, a[1]) {
        Ok(()) => Ok(a[0]),
        Err(Ctl::Call(req)) => {
            let mut args = vec![a[0], req.callee];
            args.extend(req.args);
            vm.prelude_call("after_call", &args)
        }
        Err(e) => Err(e),
    }
}
