//! `range`. Floor 7.
//!
//! One whose numbers fit 64 bits is a [`Range`], any other a [`BigRange`]; both are of the same class. Invariant: a `BigRange` is
//! made only where a `Range` can't be.

use super::dunders;
use crate::heap::Gc;
use crate::object::bigrange::{BigRange, BigRangeIter};
use crate::object::{IterTag, Range, Record, RecordTag};
use crate::syntax::ast::CmpOp;
use crate::text::hash;
use crate::value::Value;
use crate::vm::native::{NativeDef, member, method, new};
use crate::vm::{Args, Res, Vm};
use dashu_int::IBig;

const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args)", "Create and return a new object.", range_new),
    member("start", "The first number.", |vm, a| field(vm, a, |r| r.start)),
    member("stop", "The end, not included.", |vm, a| field(vm, a, |r| r.stop)),
    member("step", "The distance of neighbours.", |vm, a| field(vm, a, |r| r.step)),
    method("count(self, value, /)", "Return number of occurrences of value.", count),
    method("index(self, value, /)", "Return index of value.", index),
    method("__getitem__(self, key, /)", "Return self[key].", getitem),
    method("__contains__(self, key, /)", "Return bool(key in self).", contains),
    method("__len__(self, /)", "Return len(self).", len),
    method("__iter__(self, /)", "Implement iter(self).", iter),
    method("__reversed__(self, /)", "Return a reverse iterator.", reversed),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__hash__(self, /)", "Return hash(self).", range_hash),
    method("__bool__(self, /)", "True if self else False", |vm, a| Ok(Value::bool(this(vm, a)?.len > IBig::ZERO))),
    method("__reduce__(self, /)", "Helper for copying.", reduce),
    method("__eq__(self, value, /)", "Return self==value.", |vm, a| compare(vm, a, CmpOp::Eq)),
    method("__ne__(self, value, /)", "Return self!=value.", |vm, a| compare(vm, a, CmpOp::NotEq)),
    method("__lt__(self, value, /)", "Return self<value.", |vm, a| compare(vm, a, CmpOp::Lt)),
    method("__le__(self, value, /)", "Return self<=value.", |vm, a| compare(vm, a, CmpOp::LtE)),
    method("__gt__(self, value, /)", "Return self>value.", |vm, a| compare(vm, a, CmpOp::Gt)),
    method("__ge__(self, value, /)", "Return self>=value.", |vm, a| compare(vm, a, CmpOp::GtE)),
];

const ITERATOR: &[NativeDef] = &[
    method("__iter__(self, /)", "Implement iter(self).", |_, a| Ok(a[0])),
    method("__next__(self, /)", "Implement next(self).", iter_next),
    method("__length_hint__(self, /)", "How many are left.", iter_left),
    method("__reduce__(self, /)", "Helper for copying.", iter_reduce),
    method("__setstate__(self, state, /)", "Helper for copying.", iter_setstate),
];

/// Registers the methods of `range`.
pub(super) fn install(vm: &mut Vm) {
    let (class, iterator) = (vm.types.range, vm.types.longrange_iterator);
    vm.install_methods(class, METHODS);
    vm.install_methods(iterator, ITERATOR);
}

fn this(vm: &mut Vm, a: Args<'_>) -> Res<BigRange> {
    match BigRange::of(a[0]) {
        Some(r) => Ok(r),
        None => vm.receiver::<Range>(a, "range").map(|_| BigRange::new(0.into(), 0.into(), 1.into())),
    }
}

/// The range as one of 64 bits.
fn small(a: Args<'_>) -> Option<Gc<Range>> {
    a[0].cast::<Range>()
}

/// An int, of any size.
fn number(vm: &mut Vm, n: IBig) -> Value {
    match i64::try_from(&n) {
        Ok(i) => vm.new_int(i),
        Err(_) => vm.new_big(n),
    }
}

fn field(vm: &mut Vm, a: Args<'_>, f: fn(BigRange) -> IBig) -> Res {
    let n = f(this(vm, a)?);
    Ok(number(vm, n))
}

/// An end of a range; `None` where `__index__` of the language is needed.
fn end(vm: &mut Vm, v: Value) -> Res<Option<IBig>> {
    if let Some(n) = vm.big_int(v) {
        return Ok(Some(n));
    }
    let name = vm.names.index;
    if vm.special(v, name).is_some() {
        return Ok(None);
    }
    let message = format!("'{}' object cannot be interpreted as an integer", vm.class_name(v));
    Err(vm.type_error(message))
}

fn range_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let (start, stop, step) = match *a.rest() {
        [] => return Err(vm.type_error("range expected at least 1 argument, got 0")),
        [stop] => (Value::small(0), stop, Value::small(1)),
        [start, stop] => (start, stop, Value::small(1)),
        [start, stop, step] => (start, stop, step),
        _ => {
            let n = a.rest().len();
            return Err(vm.type_error(format!("range expected at most 3 arguments, got {n}")));
        }
    };
    // The commonest case first.
    if let (Some(start), Some(stop), Some(step @ (1.. | ..=-1))) = (start.as_int(), stop.as_int(), step.as_int()) {
        return Ok(vm.new_range(start, stop, step));
    }
    match (end(vm, start)?, end(vm, stop)?, end(vm, step)?) {
        (Some(_), Some(_), Some(step)) if step == IBig::ZERO => Err(vm.value_error("range() arg 3 must not be zero")),
        (Some(start), Some(stop), Some(step)) => Ok(vm.new_big_range(BigRange::new(start, stop, step))),
        _ => vm.prelude_call("range_of_indices", &[start, stop, step]),
    }
}

/// What argument 1 is, if it is an int without comparisons of its own.
fn plain_int(vm: &Vm, a: Args<'_>) -> Option<IBig> {
    use crate::object::class::flag;
    let v = a[1];
    if v.as_object().is_some_and(|o| o.class().has(flag::USER_EQ)) { None } else { vm.big_int(v) }
}

fn contains(vm: &mut Vm, a: Args<'_>) -> Res {
    let r = this(vm, a)?;
    match plain_int(vm, a) {
        Some(x) => Ok(Value::bool(r.position(&x).is_some())),
        None => vm.prelude_call("iter_contains", &[a[0], a[1]]),
    }
}

fn count(vm: &mut Vm, a: Args<'_>) -> Res {
    let r = this(vm, a)?;
    match plain_int(vm, a) {
        Some(x) => Ok(Value::small(r.position(&x).is_some() as i64)),
        None => vm.prelude_call("sequence_count", &[a[0], a[1]]),
    }
}

fn index(vm: &mut Vm, a: Args<'_>) -> Res {
    let r = this(vm, a)?;
    match plain_int(vm, a) {
        Some(x) => match r.position(&x) {
            Some(i) => Ok(number(vm, i)),
            None => Err(vm.value_error(format!("{x} is not in range"))),
        },
        None => {
            let missing = vm.new_str("sequence.index(x): x not in sequence");
            let n = number(vm, r.len);
            vm.prelude_call("sequence_index", &[a[0], a[1], Value::small(0), n, missing])
        }
    }
}

fn getitem(vm: &mut Vm, a: Args<'_>) -> Res {
    if small(a).is_some() {
        return vm.pure_getitem(a[0], a[1]);
    }
    let r = this(vm, a)?;
    if let Some(s) = a[1].cast::<Record>().filter(|s| s.tag == RecordTag::Slice) {
        return match big_slice_parts(vm, s)? {
            Some(parts) => Ok(vm.new_big_range(r.slice(parts))),
            None => vm.prelude_call("view_getitem_asking", &[a[0], a[1]]),
        };
    }
    let name = vm.names.index;
    if vm.big_int(a[1]).is_none() && vm.special(a[1], name).is_none() {
        let message = format!("range indices must be integers or slices, not {}", vm.class_name(a[1]));
        return Err(vm.type_error(message));
    }
    let i = vm.index_value(a, 1)?;
    let i = vm.big_int(i).unwrap_or_default();
    match r.item(&i) {
        Some(x) => Ok(number(vm, x)),
        None => Err(vm.index_error("range object index out of range")),
    }
}

/// The fields of a slice in full; `None` where one needs `__index__` of the language. Errors as `Vm::slice_parts`.
pub(super) fn big_slice_parts(vm: &mut Vm, s: Gc<Record>) -> Res<Option<[Option<IBig>; 3]>> {
    Ok(vm.slice_parts(s)?.map(|_| [0, 1, 2].map(|i| vm.big_int(s.field(i)))))
}

fn len(vm: &mut Vm, a: Args<'_>) -> Res {
    let n = this(vm, a)?.len;
    match i64::try_from(&n) {
        Ok(n) => Ok(vm.new_int(n)),
        Err(_) => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
    }
}

fn iterator(vm: &mut Vm, r: &BigRange) -> Value {
    let class = vm.types.longrange_iterator;
    vm.new_native(class, r.iter()).value()
}

fn iter(vm: &mut Vm, a: Args<'_>) -> Res {
    if small(a).is_some() {
        return vm.raw_iter(a[0]);
    }
    let r = this(vm, a)?;
    Ok(iterator(vm, &r))
}

fn reversed(vm: &mut Vm, a: Args<'_>) -> Res {
    if let Some(r) = small(a)
        && r.step != i64::MIN
    {
        let class = vm.types.range_iterator;
        let it = vm.new_iter(class, IterTag::Range, Value::NONE);
        if r.len > 0 {
            it.i.set(r.at(r.len - 1));
            it.n.set(r.len);
            it.step.set(-r.step);
        }
        return Ok(it.value());
    }
    let r = this(vm, a)?.reversed();
    Ok(iterator(vm, &r))
}

fn repr(vm: &mut Vm, a: Args<'_>) -> Res {
    if small(a).is_some() {
        return dunders::repr(vm, a);
    }
    let r = this(vm, a)?;
    let step = if r.step == IBig::ONE { String::new() } else { format!(", {}", r.step) };
    Ok(vm.new_str(&format!("range({}, {}{step})", r.start, r.stop)))
}

fn range_hash(vm: &mut Vm, a: Args<'_>) -> Res {
    let r = this(vm, a)?;
    let item = |there: bool, n: &IBig| if there { hash::int(n) } else { hash::NONE };
    let items = [hash::int(&r.len), item(r.len > IBig::ZERO, &r.start), item(r.len > IBig::ONE, &r.step)];
    Ok(vm.new_int(hash::tuple(items)))
}

fn compare(vm: &mut Vm, a: Args<'_>, op: CmpOp) -> Res {
    let r = this(vm, a)?;
    Ok(match (op, BigRange::of(a[1])) {
        (CmpOp::Eq, Some(other)) => Value::bool(r.same_items(&other)),
        (CmpOp::NotEq, Some(other)) => Value::bool(!r.same_items(&other)),
        _ => Value::NOT_IMPLEMENTED,
    })
}

fn reduce(vm: &mut Vm, a: Args<'_>) -> Res {
    let r = this(vm, a)?;
    let fields = [number(vm, r.start), number(vm, r.stop), number(vm, r.step)];
    let class = vm.types.range.value();
    let fields = vm.new_tuple(&fields);
    Ok(vm.new_tuple(&[class, fields]))
}

fn this_iter<'a>(vm: &mut Vm, a: Args<'a>) -> Res<&'a BigRangeIter> {
    vm.native_receiver::<BigRangeIter>(a, "longrange_iterator")
}

fn iter_next(vm: &mut Vm, a: Args<'_>) -> Res {
    let it = this_iter(vm, a)?;
    if *it.left.borrow() <= IBig::ZERO {
        return Err(vm.stop_iteration(Value::NONE));
    }
    let next = it.next.borrow().clone();
    it.next.replace(&next + &it.step);
    *it.left.borrow_mut() -= IBig::ONE;
    Ok(number(vm, next))
}

fn iter_left(vm: &mut Vm, a: Args<'_>) -> Res {
    let left = this_iter(vm, a)?.left.borrow().clone();
    Ok(number(vm, left))
}

/// `(iter, (range of what is left,), None)`.
fn iter_reduce(vm: &mut Vm, a: Args<'_>) -> Res {
    let it = this_iter(vm, a)?;
    let (start, left) = (it.next.borrow().clone(), it.left.borrow().clone());
    let stop = &start + &left * &it.step;
    let range = vm.new_big_range(BigRange::new(start, stop, it.step.clone()));
    let name = vm.intern("iter");
    let iter = vm.builtins.get_str(name).unwrap_or(Value::NONE);
    let args = vm.new_tuple(&[range]);
    Ok(vm.new_tuple(&[iter, args, Value::NONE]))
}

fn iter_setstate(vm: &mut Vm, a: Args<'_>) -> Res {
    let it = this_iter(vm, a)?;
    let n = vm.index_value(a, 1)?;
    let n = vm.big_int(n).unwrap_or_default().clamp(IBig::ZERO, it.left.borrow().clone());
    let next = it.next.borrow().clone() + &n * &it.step;
    it.next.replace(next);
    *it.left.borrow_mut() -= n;
    vm.none()
}
