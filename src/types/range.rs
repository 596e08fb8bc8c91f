//! `range`. Floor 7.
//!
//! Invariant: the ends fit 64 bits; larger ones are an OverflowError when the range is made.

use super::dunders::{self, compare_methods};
use crate::heap::Gc;
use crate::object::{IterTag, Range, View};
use crate::value::Value;
use crate::vm::native::{NativeDef, member, method, new};
use crate::vm::{Args, Res, Vm};

const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args)", "Create and return a new object.", range_new),
    member("start", "The first number.", |vm, a| field(vm, a, |r| r.start)),
    member("stop", "The end, not included.", |vm, a| field(vm, a, |r| r.stop)),
    member("step", "The distance of neighbours.", |vm, a| field(vm, a, |r| r.step)),
    method("count(self, value, /)", "Return number of occurrences of value.", count),
    method("index(self, value, /)", "Return index of value.", index),
    method("__getitem__(self, key, /)", "Return self[key].", dunders::getitem),
    method("__contains__(self, key, /)", "Return bool(key in self).", dunders::contains),
    method("__len__(self, /)", "Return len(self).", dunders::len),
    method("__iter__(self, /)", "Implement iter(self).", dunders::iter),
    method("__reversed__(self, /)", "Return a reverse iterator.", |vm, a| reversed(vm, a[0])),
    method("__repr__(self, /)", "Return repr(self).", dunders::repr),
    method("__hash__(self, /)", "Return hash(self).", dunders::hash),
    method("__bool__(self, /)", "True if self else False", |vm, a| Ok(Value::bool(this(vm, a)?.len > 0))),
    COMPARE[0],
    COMPARE[1],
    COMPARE[2],
    COMPARE[3],
    COMPARE[4],
    COMPARE[5],
];

const COMPARE: [NativeDef; 6] = compare_methods!();

/// Registers the methods of `range`.
pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.range;
    vm.install_methods(class, METHODS);
}

fn this(vm: &mut Vm, a: Args<'_>) -> Res<Gc<Range>> {
    vm.receiver::<Range>(a, "range")
}

fn field(vm: &mut Vm, a: Args<'_>, f: fn(&Range) -> i64) -> Res {
    let n = f(&*this(vm, a)?);
    Ok(vm.new_int(n))
}

/// An end of a range as 64 bits; `None` where `__index__` of the language is needed.
fn end(vm: &mut Vm, v: Value) -> Res<Option<i64>> {
    match v.view() {
        View::Int(_) | View::Bool(_) | View::BigInt(_) => match vm.small_int(v) {
            Some(i) => Ok(Some(i)),
            None => Err(vm.overflow_error("Python int too large to convert to C ssize_t")),
        },
        _ => {
            let name = vm.names.index;
            if vm.special(v, name).is_some() {
                return Ok(None);
            }
            let message = format!("'{}' object cannot be interpreted as an integer", vm.class_name(v));
            Err(vm.type_error(message))
        }
    }
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
    match (end(vm, start)?, end(vm, stop)?, end(vm, step)?) {
        (Some(_), Some(_), Some(0)) => Err(vm.value_error("range() arg 3 must not be zero")),
        (Some(start), Some(stop), Some(step)) => Ok(vm.new_range(start, stop, step)),
        _ => vm.prelude_call("range_of_indices", &[start, stop, step]),
    }
}

/// Where the number is in the range: the argument if it is an exact int.
fn position(vm: &mut Vm, a: Args<'_>) -> Res<Option<i64>> {
    let r = this(vm, a)?;
    let x = match a[1].view() {
        View::Float(f) if f.fract() == 0.0 && f.abs() < 9e18 => f as i64,
        View::Int(_) | View::Bool(_) | View::BigInt(_) => match vm.small_int(a[1]) {
            Some(i) => i,
            None => return Ok(None),
        },
        _ => return Ok(None),
    };
    let offset = x as i128 - r.start as i128;
    let (i, rest) = (offset / r.step as i128, offset % r.step as i128);
    Ok(if rest == 0 && i >= 0 && i < r.len as i128 { Some(i as i64) } else { None })
}

fn count(vm: &mut Vm, a: Args<'_>) -> Res {
    match position(vm, a)? {
        Some(_) => Ok(Value::small(1)),
        None if a[1].as_object().is_some() => vm.prelude_call("sequence_count", &[a[0], a[1]]),
        None => Ok(Value::small(0)),
    }
}

fn index(vm: &mut Vm, a: Args<'_>) -> Res {
    match position(vm, a)? {
        Some(i) => Ok(vm.new_int(i)),
        None if matches!(a[1].view(), View::Int(_) | View::Bool(_) | View::BigInt(_)) => {
            let text = match vm.big_int(a[1]) {
                Some(b) => b.to_string(),
                None => "?".into(),
            };
            Err(vm.value_error(format!("{text} is not in range")))
        }
        None => {
            let missing = vm.new_str("sequence.index(x): x not in sequence");
            let r = this(vm, a)?;
            let n = vm.new_int(r.len);
            vm.prelude_call("sequence_index", &[a[0], a[1], Value::small(0), n, missing])
        }
    }
}

/// `reversed(range)`.
pub(super) fn reversed(vm: &mut Vm, v: Value) -> Res {
    let class = vm.types.range_iterator;
    let it = vm.new_iter(class, IterTag::Range, Value::NONE);
    if let View::Range(r) = v.view()
        && r.len > 0
    {
        it.i.set(r.at(r.len - 1));
        it.n.set(r.len);
        it.step.set(r.step.wrapping_neg());
    }
    Ok(it.value())
}
