//! `len`, `iter`, `next`, `sorted`, `min`, `max`, `sum`, `any`, `all`. Floor 7.
//!
//! Invariant: an item that was taken from an iterator is used: where code of the language must go on, it gets the item
//! with the rest of the iterator.

use crate::object::class::flag;
use crate::object::pure::pure_cmp;
use crate::object::{Iter, IterTag, View};
use crate::value::Value;
use crate::vm::native::{GenAction, NativeDef, Resume, Step, function};
use crate::vm::ops::sorting::pure_sort;
use crate::vm::{Args, Next, Res, Vm};
use dashu_int::IBig;
use std::cmp::Ordering;

pub(super) const FUNCTIONS: &[NativeDef] = &[
    function("len(obj, /)", "Return the number of items in a container.", len),
    function("iter(object, sentinel=<unrepresentable>, /)", "Get an iterator from an object.", iter),
    function("aiter(async_iterable, /)", "Return an AsyncIterator for an AsyncIterable object.", aiter),
    function("anext(aiterator, default=<unrepresentable>, /)", "Return the next item from the async iterator.", anext),
    function("next(iterator, default=<unrepresentable>, /)", "Return the next item from the iterator.", next),
    function("sorted(iterable, /, *, key=None, reverse=False)", "A new sorted list of the items.", sorted),
    function("min(*args, key=None, default=<unrepresentable>)", "The smallest item.", min),
    function("max(*args, key=None, default=<unrepresentable>)", "The biggest item.", max),
    function("sum(iterable, /, start=0)", "The sum of the start value and the items.", sum),
    function("any(iterable, /)", "Return True if bool(x) is True for any x in the iterable.", any),
    function("all(iterable, /)", "Return True if bool(x) is True for all values x in the iterable.", all),
];

fn len(vm: &mut Vm, a: Args<'_>) -> Res {
    let v = a[0];
    if !v.as_object().is_some_and(|o| o.class().has(flag::USER_BOOL))
        && let Some(n) = vm.pure_len(v)?
    {
        return Ok(vm.new_int(n as i64));
    }
    let name = vm.names.len;
    if vm.special(v, name).is_none() {
        let message = format!("object of type '{}' has no len()", vm.class_name(v));
        return Err(vm.type_error(message));
    }
    vm.enter(crate::vm::len_step, &[v])
}

fn iter(vm: &mut Vm, a: Args<'_>) -> Res {
    let Some(sentinel) = a.get(1) else { return vm.iter_value(a[0]) };
    if !vm.is_callable(a[0]) {
        return Err(vm.type_error("iter(v, w): v must be callable"));
    }
    let class = vm.types.callable_iterator;
    Ok(vm.new_iter_with(class, IterTag::Callable, a[0], sentinel).value())
}

fn next(vm: &mut Vm, a: Args<'_>) -> Res {
    let it = a[0];
    let Some(default) = a.get(1) else { return vm.next_value(it) };
    if it.cast::<Iter>().is_some_and(|i| !i.class().has(flag::USER_ITER)) {
        match vm.next_item(it)? {
            Next::Item(x) => return Ok(x),
            Next::End => return Ok(default),
            Next::Ask => {}
        }
    }
    let name = vm.names.next;
    if it.cast::<crate::object::Generator>().is_none() && vm.special(it, name).is_none() {
        let message = format!("'{}' object is not an iterator", vm.class_name(it));
        return Err(vm.type_error(message));
    }
    vm.enter(next_step, &[it, default])
}

fn aiter(vm: &mut Vm, a: Args<'_>) -> Res {
    let name = vm.names.aiter;
    match vm.special(a[0], name) {
        Some(f) if !f.is_none() => vm.prelude_call("aiter_slow", &[a[0]]),
        _ => {
            let message = format!("'{}' object is not an async iterable", vm.class_name(a[0]));
            Err(vm.type_error(message))
        }
    }
}

fn anext(vm: &mut Vm, a: Args<'_>) -> Res {
    let name = vm.names.anext;
    let Some(req) = vm.special_call(a[0], name, &[]) else {
        let message = format!("'{}' object is not an async iterator", vm.class_name(a[0]));
        return Err(vm.type_error(message));
    };
    match a.get(1) {
        None => Err(crate::vm::Ctl::Call(Box::new(req))),
        Some(default) => vm.prelude_call("anext_or", &[a[0], default]),
    }
}

/// `next(it, default)` where code of the language gives the item.
fn next_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match resume {
        Resume::Start => {
            let (it, name) = (vm.mreg(0), vm.names.next);
            if it.cast::<crate::object::Generator>().is_some() {
                return Ok(Step::Generator(it, GenAction::Send(Value::NONE)));
            }
            match vm.special_call(it, name, &[]) {
                Some(req) => Ok(Step::CallCatching(req)),
                None => Err(vm.type_error("__next__ can't be called")),
            }
        }
        Resume::Raised(e) if vm.is_stop(e) => Ok(Step::Return(vm.mreg(1))),
        other => vm.resumed(other).map(Step::Return),
    }
}

fn sorted(vm: &mut Vm, a: Args<'_>) -> Res {
    let mut items = vm.items_arg(a, 0)?;
    let reverse = vm.truth_arg(a, 2, false)?;
    let key = a.get(1).unwrap_or(Value::NONE);
    if key.is_none() && pure_sort(&mut items, reverse, |&x| x) {
        return Ok(vm.new_list(items));
    }
    let list = vm.new_list(items);
    vm.prelude_call("sorted_by", &[list, key, Value::bool(reverse)])
}

fn min(vm: &mut Vm, a: Args<'_>) -> Res {
    extreme(vm, a, "min", Ordering::Less, "smallest")
}

fn max(vm: &mut Vm, a: Args<'_>) -> Res {
    extreme(vm, a, "max", Ordering::Greater, "largest")
}

fn extreme(vm: &mut Vm, a: Args<'_>, name: &'static str, wanted: Ordering, slow: &'static str) -> Res {
    let key = a.get(0).unwrap_or(Value::NONE);
    let default = a.get(1);
    let (items, source) = match *a.rest() {
        [] => return Err(vm.type_error(format!("{name} expected at least 1 argument, got 0"))),
        [source] => (if key.is_none() { vm.pure_items(source)? } else { None }, source),
        _ if default.is_some() => {
            return Err(
                vm.type_error(format!("Cannot specify a default for {name}() with multiple positional arguments"))
            );
        }
        _ => (Some(a.rest().to_vec()), Value::UNDEF),
    };
    let source = match items {
        Some(items) if key.is_none() => {
            let best = best_of(&items, wanted);
            if items.is_empty() {
                return match default {
                    Some(d) => Ok(d),
                    None => Err(vm.value_error(format!("{name}() iterable argument is empty"))),
                };
            }
            if let Some(best) = best {
                return Ok(best);
            }
            vm.new_list(items)
        }
        Some(items) => vm.new_list(items),
        None => source,
    };
    let text = vm.new_str(name);
    let args = [source, key, default.unwrap_or(Value::NONE), Value::bool(default.is_some()), text];
    vm.prelude_call(slow, &args)
}

/// The first of the items that no other is `wanted` than; `None` where code of the language must compare.
fn best_of(items: &[Value], wanted: Ordering) -> Option<Value> {
    let (&first, rest) = items.split_first()?;
    let mut best = first;
    for &x in rest {
        if pure_cmp(x, best)? == wanted {
            best = x;
        }
    }
    Some(best)
}

fn sum(vm: &mut Vm, a: Args<'_>) -> Res {
    let start = a.get(1).unwrap_or(Value::small(0));
    match start.view() {
        View::Str(_) => return Err(vm.type_error("sum() can't sum strings [use ''.join(seq) instead]")),
        View::Bytes(_) => return Err(vm.type_error("sum() can't sum bytes [use b''.join(seq) instead]")),
        View::ByteArray(_) => return Err(vm.type_error("sum() can't sum bytearray [use b''.join(seq) instead]")),
        _ => {}
    }
    if let (View::Range(r), Some(start)) = (a[0].view(), start.as_int())
        && r.len > 0
    {
        let (n, first) = (IBig::from(r.len), IBig::from(r.start));
        let total = IBig::from(start) + &n * first + &n * (&n - IBig::ONE) / IBig::from(2) * IBig::from(r.step);
        return Ok(vm.new_big(total));
    }
    let items = match vm.pure_items(a[0])? {
        Some(items) => items,
        None => vm.items_arg(a, 0)?,
    };
    if items.is_empty() {
        return Ok(start);
    }
    let (total, done) = add_up(vm, start, &items);
    if done == items.len() {
        return Ok(total);
    }
    let rest = vm.new_list(items[done..].to_vec());
    vm.prelude_call("sum_items", &[rest, total])
}

/// Adds ints, then floats, as far as they go: the total, and how many items are in it.
fn add_up(vm: &mut Vm, start: Value, items: &[Value]) -> (Value, usize) {
    let exact_int = |vm: &Vm, v: Value| {
        v.is_int() || v.as_bool().is_some() || (v.as_object().is_some() && vm.class_of(v) == vm.types.int)
    };
    let exact_float = |vm: &Vm, v: Value| vm.class_of(v) == vm.types.float;
    let (mut total, mut done) = (start, 0);
    if exact_int(vm, start) {
        let mut small = 0i64;
        let mut big = vm.big_int(start).unwrap_or(IBig::ZERO);
        while let Some(&x) = items.get(done).filter(|&&x| exact_int(vm, x)) {
            match vm.small_int(x).and_then(|i| small.checked_add(i)) {
                Some(s) => small = s,
                None => {
                    big += IBig::from(small) + vm.big_int(x).unwrap_or(IBig::ZERO);
                    small = 0;
                }
            }
            done += 1;
        }
        total = vm.new_big(big + IBig::from(small));
    }
    let mut sum = match total.view() {
        View::Float(f) if exact_float(vm, total) => f,
        View::Int(i) if done < items.len() && exact_float(vm, items[done]) => i as f64,
        _ => return (total, done),
    };
    // Neumaier's compensation, as CPython since 3.12.
    let mut lost = 0.0f64;
    while let Some(&x) = items.get(done) {
        match x.view() {
            View::Float(x) if exact_float(vm, items[done]) => {
                let t = sum + x;
                lost += if sum.abs() >= x.abs() { (sum - t) + x } else { (x - t) + sum };
                sum = t;
            }
            View::Int(i) => sum += i as f64,
            View::Bool(b) => sum += f64::from(u8::from(b)),
            _ => break,
        }
        done += 1;
    }
    if lost != 0.0 && lost.is_finite() {
        sum += lost;
    }
    (vm.new_float(sum), done)
}

fn any(vm: &mut Vm, a: Args<'_>) -> Res {
    search(vm, a[0], true, "any_of", "any_rest")
}

fn all(vm: &mut Vm, a: Args<'_>) -> Res {
    search(vm, a[0], false, "all_of", "all_rest")
}

/// Takes items until one is as `wanted`.
fn search(vm: &mut Vm, source: Value, wanted: bool, whole: &'static str, rest: &'static str) -> Res {
    let it = match vm.pure_iter(source)? {
        Some(it) if vm.is_pure_iter(it) => it,
        _ => return vm.prelude_call(whole, &[source]),
    };
    loop {
        match vm.next_item(it)? {
            Next::Item(x) => match vm.pure_truth(x) {
                Some(b) if b == wanted => return Ok(Value::bool(wanted)),
                Some(_) => {}
                None => return vm.prelude_call(rest, &[x, it]),
            },
            Next::End => return Ok(Value::bool(!wanted)),
            Next::Ask => return vm.prelude_call(whole, &[it]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::config::VmConfig;

    #[test]
    fn sums() {
        let mut vm = Vm::bare(VmConfig::default());
        let tenth = vm.new_float(0.1);
        let items = [tenth; 10];
        let (total, done) = add_up(&mut vm, Value::small(0), &items);
        assert_eq!((total.as_flonum(), done), (Some(1.0), 10));
        let big = vm.new_int(i64::MAX);
        let (total, _) = add_up(&mut vm, Value::small(0), &[big, big, Value::TRUE]);
        assert_eq!(vm.big_int(total), Some(IBig::from(i64::MAX) * IBig::from(2) + IBig::ONE));
        let (total, done) = add_up(&mut vm, Value::small(1), &[Value::small(2), Value::NONE]);
        assert_eq!((total, done), (Value::small(3), 1));
    }

    #[test]
    fn extremes() {
        let mut vm = Vm::bare(VmConfig::default());
        let one = vm.new_float(1.0);
        assert_eq!(best_of(&[Value::small(1), one, Value::small(0)], Ordering::Greater), Some(Value::small(1)));
        assert_eq!(best_of(&[one, Value::small(0), Value::FALSE], Ordering::Less), Some(Value::small(0)));
        assert_eq!(best_of(&[one, Value::NONE], Ordering::Less), None);
    }
}
