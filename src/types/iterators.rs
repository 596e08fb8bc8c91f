//! Iterators over built-in collections, and `enumerate`, `map`, `filter`, `zip`, `reversed`. Floor 7.
//!
//! Invariant: making one takes no item of what it iterates over.

use super::dunders;
use crate::heap::Gc;
use crate::object::{Class, Iter, IterTag};
use crate::value::Value;
use crate::vm::native::{NativeDef, class_method, function, method, new};
use crate::vm::{Args, Res, Vm};

/// What every iterator has.
macro_rules! iterator_methods {
    ($($own:expr),* $(,)?) => {
        &[
            method("__iter__(self, /)", "Implement iter(self).", |_, a| Ok(a[0])),
            method("__next__(self, /)", "Implement next(self).", next),
            $($own,)*
        ]
    };
}

const HINT: NativeDef =
    method("__length_hint__(self, /)", "Private method returning an estimate of len(list(it)).", length_hint);

const PLAIN: &[NativeDef] = iterator_methods![];
const COUNTED: &[NativeDef] = iterator_methods![HINT];
const ENUMERATE: &[NativeDef] = iterator_methods![
    new("__new__(cls, iterable, start=0)", "Create and return a new object.", enumerate_new),
    class_method("__class_getitem__(cls, item, /)", "See PEP 585", dunders::class_getitem),
];
const MAP: &[NativeDef] =
    iterator_methods![new("__new__(cls, *args, **kwargs)", "Create and return a new object.", map_new)];
const FILTER: &[NativeDef] =
    iterator_methods![new("__new__(cls, *args, **kwargs)", "Create and return a new object.", filter_new)];
const ZIP: &[NativeDef] =
    iterator_methods![new("__new__(cls, *iterables, strict=False)", "Create and return a new object.", zip_new)];
const REVERSED: &[NativeDef] =
    iterator_methods![HINT, new("__new__(cls, object, /)", "Create and return a new object.", reversed_new)];

/// Natives that only the prelude calls: the iterators that they get are used as they are.
pub const INTRINSICS: &[NativeDef] = &[
    function("_new_reversed(cls, seq, n, /)", "An iterator by index from n - 1 down.", |vm, a| {
        let class = class_of_new(vm, a, vm.types.reversed)?;
        let n = vm.index_arg(a, 2)?;
        let it = vm.new_iter_with(class, IterTag::SequenceReversed, a[1], Value::NONE);
        it.i.set(n - 1);
        Ok(it.value())
    }),
    function("_new_enumerate(cls, it, start, /)", "enumerate over an iterator.", |vm, a| {
        let class = class_of_new(vm, a, vm.types.enumerate)?;
        Ok(numbered(vm, class, a[1], a[2]).value())
    }),
    function("_new_map(cls, f, its, /)", "map over a tuple of iterators.", |vm, a| {
        let class = class_of_new(vm, a, vm.types.map)?;
        Ok(vm.new_iter_with(class, IterTag::Map, a[1], a[2]).value())
    }),
    function("_new_filter(cls, f, it, /)", "filter over an iterator.", |vm, a| {
        let class = class_of_new(vm, a, vm.types.filter)?;
        Ok(vm.new_iter_with(class, IterTag::Filter, a[1], a[2]).value())
    }),
    function("_new_zip(cls, its, strict, /)", "zip over a tuple of iterators.", |vm, a| {
        let class = class_of_new(vm, a, vm.types.zip)?;
        let it = vm.new_iter_with(class, IterTag::Zip, Value::NONE, a[1]);
        it.step.set(i64::from(a[2] == Value::TRUE));
        Ok(it.value())
    }),
];

/// Registers the methods of the iterators.
pub(super) fn install(vm: &mut Vm) {
    let t = &vm.types;
    let counted = [
        t.list_iterator,
        t.list_reverseiterator,
        t.tuple_iterator,
        t.range_iterator,
        t.str_iterator,
        t.str_ascii_iterator,
        t.bytes_iterator,
        t.bytearray_iterator,
        t.memory_iterator,
        t.dict_keyiterator,
        t.dict_valueiterator,
        t.dict_itemiterator,
        t.dict_reversekeyiterator,
        t.dict_reversevalueiterator,
        t.dict_reverseitemiterator,
        t.set_iterator,
        t.iterator,
    ];
    let callable = t.callable_iterator;
    let own = [(t.enumerate, ENUMERATE), (t.map, MAP), (t.filter, FILTER), (t.zip, ZIP), (t.reversed, REVERSED)];
    for c in counted {
        vm.install_methods(c, COUNTED);
    }
    vm.install_methods(callable, PLAIN);
    for (c, table) in own {
        vm.install_methods(c, table);
    }
}

fn next(vm: &mut Vm, a: Args<'_>) -> Res {
    if a[0].cast::<Iter>().is_none() {
        return Err(crate::vm::Ctl::WrongReceiver(a[0], "iterator".into()));
    }
    vm.advance(a[0])
}

fn length_hint(vm: &mut Vm, a: Args<'_>) -> Res {
    let it = vm.receiver::<Iter>(a, "iterator")?;
    if matches!(it.tag, IterTag::Sequence | IterTag::SequenceReversed) {
        let i = vm.new_int(it.i.get());
        return vm.prelude_call("sequence_left", &[it.src.get(), i, Value::bool(it.tag == IterTag::Sequence)]);
    }
    let n = vm.iter_left(it);
    Ok(vm.new_int(n as i64))
}

/// `iter(v)` where it is to be had at once.
fn inner(vm: &mut Vm, v: Value) -> Res<Option<Value>> {
    match vm.pure_iter(v)? {
        Some(it) => Ok(Some(it)),
        None => {
            let name = vm.names.iter;
            if vm.special(v, name).is_some() {
                return Ok(None);
            }
            vm.iter_value(v).map(Some)
        }
    }
}

fn class_of_new(vm: &mut Vm, a: Args<'_>, base: Gc<Class>) -> Res<Gc<Class>> {
    dunders::class_arg(vm, a, base)
}

fn enumerate_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let class = class_of_new(vm, a, vm.types.enumerate)?;
    let start = match a.get(2) {
        None => Value::small(0),
        Some(_) => vm.index_value(a, 2)?,
    };
    let Some(src) = inner(vm, a[1])? else {
        return vm.prelude_call("enumerate_of", &[a[0], a[1], start]);
    };
    Ok(numbered(vm, class, src, start).value())
}

/// An `enumerate` from `start` on.
fn numbered(vm: &mut Vm, class: Gc<Class>, src: Value, start: Value) -> Gc<Iter> {
    let it = vm.new_iter_with(class, IterTag::Enumerate, src, Value::NONE);
    match vm.small_int(start) {
        Some(i) if i < Value::MAX_INT => it.i.set(i),
        _ => it.aux.set(start),
    }
    it
}

/// Iterators over all of `values`, as a tuple; `None` where code of the language must make one.
fn inners(vm: &mut Vm, values: &[Value]) -> Res<Option<Value>> {
    let mut its = Vec::with_capacity(values.len());
    for &v in values {
        match inner(vm, v)? {
            Some(it) => its.push(it),
            None => return Ok(None),
        }
    }
    Ok(Some(vm.new_tuple(&its)))
}

fn map_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let class = class_of_new(vm, a, vm.types.map)?;
    if class == vm.types.map {
        dunders::no_keywords(vm, a, "map")?;
    }
    let [f, sources @ ..] = a.rest() else {
        return Err(vm.type_error("map() must have at least two arguments."));
    };
    if sources.is_empty() {
        return Err(vm.type_error("map() must have at least two arguments."));
    }
    match inners(vm, sources)? {
        Some(its) => Ok(vm.new_iter_with(class, IterTag::Map, *f, its).value()),
        None => {
            let sources = vm.new_tuple(sources);
            vm.prelude_call("map_of", &[a[0], *f, sources])
        }
    }
}

fn filter_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let class = class_of_new(vm, a, vm.types.filter)?;
    if class == vm.types.filter {
        dunders::no_keywords(vm, a, "filter")?;
    }
    let &[f, source] = a.rest() else {
        let n = a.rest().len();
        return Err(vm.type_error(format!("filter expected 2 arguments, got {n}")));
    };
    match inner(vm, source)? {
        Some(it) => Ok(vm.new_iter_with(class, IterTag::Filter, f, it).value()),
        None => vm.prelude_call("filter_of", &[a[0], f, source]),
    }
}

fn zip_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let strict = vm.truth_arg(a, 1, false)?;
    let class = class_of_new(vm, a, vm.types.zip)?;
    match inners(vm, a.rest())? {
        Some(its) => {
            let it = vm.new_iter_with(class, IterTag::Zip, Value::NONE, its);
            it.step.set(i64::from(strict));
            Ok(it.value())
        }
        None => {
            let sources = vm.new_tuple(a.rest());
            vm.prelude_call("zip_of", &[a[0], sources, Value::bool(strict)])
        }
    }
}

fn reversed_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let class = class_of_new(vm, a, vm.types.reversed)?;
    let v = a[1];
    if let Some(items) = fixed_items(vm, v) {
        let n = items.len() as i64;
        let list = vm.new_list(items);
        let it = vm.new_iter_with(class, IterTag::ListReversed, list, Value::NONE);
        it.i.set(n - 1);
        return Ok(it.value());
    }
    let name = vm.names.reversed;
    match vm.special(v, name) {
        Some(f) if !f.is_none() => match vm.special_call(v, name, &[]) {
            Some(req) => Err(crate::vm::Ctl::Call(Box::new(req))),
            None => Err(vm.type_error("__reversed__ can't be called")),
        },
        None if vm.is_reversible(v) => {
            let Some(n) = vm.pure_len(v)? else {
                return vm.prelude_call("reversed_by_len", &[a[0], v]);
            };
            let it = vm.new_iter_with(class, IterTag::SequenceReversed, v, Value::NONE);
            it.i.set(n as i64 - 1);
            Ok(it.value())
        }
        _ => {
            let message = format!("'{}' object is not reversible", vm.class_name(v));
            Err(vm.type_error(message))
        }
    }
}

/// The items of a tuple or text, which can't change: for iterating from the end.
fn fixed_items(vm: &mut Vm, v: Value) -> Option<Vec<Value>> {
    use crate::object::View;
    match v.view() {
        View::Tuple(t) if t.class() == vm.types.tuple => Some(t.items().to_vec()),
        View::Str(s) if s.class() == vm.types.str_ => Some(s.as_str().chars().map(|c| vm.new_char(c)).collect()),
        _ => None,
    }
}
