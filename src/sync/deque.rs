//! `collections.deque`. Floor 7.
//!
//! Invariant: never longer than `maxlen`; `version` changes with every change of length.

use super::{class_with, native_class};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::pure::pure_eq;
use crate::object::{Class, Dict, Native, NativeData};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, class_method, method, new};
use crate::vm::{Args, ModuleDef, Res, Vm};
use std::cell::Cell;
use std::collections::VecDeque;

/// State of a deque.
pub struct DequeData {
    pub items: HeapCell<VecDeque<Value>>,
    maxlen: Cell<Option<usize>>,
    version: Cell<u32>,
}

impl NativeData for DequeData {
    fn visit(&self, v: &mut dyn Visitor) {
        self.items.borrow().iter().for_each(|&x| v.value(x));
    }
}

impl DequeData {
    fn touch(&self) {
        self.version.set(self.version.get().wrapping_add(1));
    }

    /// `append`: drops from the left what is too many.
    pub fn push_back(&self, v: Value) {
        let mut items = self.items.borrow_mut();
        items.push_back(v);
        if self.maxlen.get().is_some_and(|m| items.len() > m) {
            items.pop_front();
        }
        self.touch();
    }

    /// `appendleft`: drops from the right what is too many.
    pub fn push_front(&self, v: Value) {
        let mut items = self.items.borrow_mut();
        items.push_front(v);
        if self.maxlen.get().is_some_and(|m| items.len() > m) {
            items.pop_back();
        }
        self.touch();
    }

    /// `popleft`.
    pub fn pop_front(&self) -> Option<Value> {
        self.touch();
        self.items.borrow_mut().pop_front()
    }

    /// `pop`.
    pub fn pop_back(&self) -> Option<Value> {
        self.touch();
        self.items.borrow_mut().pop_back()
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }
}

struct IterData {
    deque: Value,
    at: Cell<usize>,
    version: u32,
    reversed: bool,
}

impl NativeData for IterData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.deque);
        v.data(self.at.get() as u64);
    }
}

/// `collections.deque`.
pub fn class(vm: &mut Vm) -> Gc<Class> {
    use crate::object::class::flag;
    let class = class_with(vm, "deque", "collections", "sync.deque", DEQUE, flag::BASE);
    // It is registered as a MutableSequence, so sequence patterns match it.
    class.set_flag(flag::SEQUENCE, true);
    class
}

/// A new empty deque.
pub fn new_deque(vm: &mut Vm) -> Value {
    let class = class(vm);
    make(vm, class, None)
}

fn make(vm: &mut Vm, class: Gc<Class>, maxlen: Option<usize>) -> Value {
    let data = DequeData { items: HeapCell::new(VecDeque::new()), maxlen: Cell::new(maxlen), version: Cell::new(0) };
    vm.new_native(class, data).value()
}

/// The deque that `v` is.
pub fn deque_of<'a>(v: Value) -> Option<&'a DequeData> {
    v.cast::<Native>()?.data_ref::<DequeData>()
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a DequeData> {
    vm.native_receiver::<DequeData>(args, "deque")
}

fn deque_new(vm: &mut Vm, args: Args<'_>) -> Res {
    match args[0].cast::<Class>() {
        Some(class) => Ok(make(vm, class, None)),
        None => Err(vm.type_error("deque.__new__(X): X is not a type object")),
    }
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let items = if args.get(1).is_some() { vm.items_arg(args, 1)? } else { Vec::new() };
    match args.get(2) {
        None | Some(Value::NONE) => d.maxlen.set(None),
        Some(v) => match v.as_int() {
            Some(n) if n >= 0 => d.maxlen.set(Some(n as usize)),
            Some(_) => return Err(vm.value_error("maxlen must be non-negative")),
            None => return Err(vm.type_error("an integer is required")),
        },
    }
    d.items.borrow_mut().clear();
    vm.heap.charge(items.len() * 8);
    items.into_iter().for_each(|v| d.push_back(v));
    Ok(Value::NONE)
}

fn append(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    d.push_back(args[1]);
    vm.heap.charge(8);
    Ok(Value::NONE)
}

fn appendleft(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    d.push_front(args[1]);
    vm.heap.charge(8);
    Ok(Value::NONE)
}

fn popped(vm: &mut Vm, v: Option<Value>) -> Res {
    match v {
        Some(v) => Ok(v),
        None => Err(vm.index_error("pop from an empty deque")),
    }
}

fn pop(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = this(vm, args)?.pop_back();
    popped(vm, v)
}

fn popleft(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = this(vm, args)?.pop_front();
    popped(vm, v)
}

fn extend(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let items = items_of(vm, args)?;
    vm.heap.charge(items.len() * 8);
    items.into_iter().for_each(|v| d.push_back(v));
    Ok(Value::NONE)
}

fn iadd(vm: &mut Vm, args: Args<'_>) -> Res {
    extend(vm, args)?;
    Ok(args[0])
}

fn extendleft(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let items = items_of(vm, args)?;
    vm.heap.charge(items.len() * 8);
    items.into_iter().for_each(|v| d.push_front(v));
    Ok(Value::NONE)
}

/// The items of argument 1, which may be a deque.
fn items_of(vm: &mut Vm, args: Args<'_>) -> Res<Vec<Value>> {
    match deque_of(args[1]) {
        Some(o) => Ok(o.items.borrow().iter().copied().collect()),
        None => vm.items_arg(args, 1),
    }
}

fn clear(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    d.items.borrow_mut().clear();
    d.touch();
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let class = vm.class_of(args[0]);
    let new = make(vm, class, d.maxlen.get());
    if let Some(n) = deque_of(new) {
        let items = d.items.borrow().clone();
        *n.items.borrow_mut() = items;
    }
    Ok(new)
}

fn len(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = this(vm, args)?.len();
    Ok(Value::small(n as i64))
}

fn index_in(vm: &mut Vm, args: Args<'_>, d: &DequeData) -> Res<usize> {
    if args[1].as_int().is_none() {
        let name = vm.names.index;
        let class = vm.class_of(args[1]);
        if vm.lookup_class(class, name).is_none() {
            let message = format!("sequence index must be integer, not '{}'", class.name_str());
            return Err(vm.type_error(message));
        }
    }
    let i = vm.index_arg(args, 1)?;
    let n = d.len() as i64;
    let at = if i < 0 { i + n } else { i };
    if at < 0 || at >= n {
        return Err(vm.index_error("deque index out of range"));
    }
    Ok(at as usize)
}

fn getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let i = index_in(vm, args, d)?;
    let v = d.items.borrow().get(i).copied();
    Ok(v.unwrap_or(Value::NONE))
}

fn setitem(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let i = index_in(vm, args, d)?;
    if let Some(x) = d.items.borrow_mut().get_mut(i) {
        *x = args[2];
    }
    Ok(Value::NONE)
}

fn delitem(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let i = index_in(vm, args, d)?;
    d.items.borrow_mut().remove(i);
    d.touch();
    Ok(Value::NONE)
}

/// The first index from `start` to `end` whose item equals `v`; `None` where the language must compare.
fn find(d: &DequeData, v: Value, start: usize, end: usize) -> Option<Option<usize>> {
    let items = d.items.borrow();
    for (i, &x) in items.iter().enumerate().take(end).skip(start) {
        if x == v || pure_eq(x, v)? {
            return Some(Some(i));
        }
    }
    Some(None)
}

fn contains(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    match find(d, args[1], 0, usize::MAX) {
        Some(at) => Ok(Value::bool(at.is_some())),
        None => vm.prelude_call("deque_contains", &[args[0], args[1]]),
    }
}

fn index(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let n = d.len() as i64;
    let start = vm.clamped_arg(args, 2, 0)?;
    let end = vm.clamped_arg(args, 3, i64::MAX)?;
    let fix = |i: i64| if i < 0 { (i + n).max(0) } else { i.min(n) };
    let (start, end) = (fix(start), fix(end));
    match find(d, args[1], start as usize, end as usize) {
        Some(Some(i)) => Ok(Value::small(i as i64)),
        Some(None) | None => {
            vm.prelude_call("deque_index", &[args[0], args[1], Value::small(start), Value::small(end)])
        }
    }
}

fn count(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let items: Vec<Value> = d.items.borrow().iter().copied().collect();
    let mut n = 0;
    for x in items {
        if x == args[1] {
            n += 1;
            continue;
        }
        match pure_eq(x, args[1]) {
            Some(same) => n += i64::from(same),
            None => return vm.prelude_call("deque_count", &[args[0], args[1]]),
        }
    }
    Ok(Value::small(n))
}

fn insert(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let i = vm.index_arg(args, 1)?;
    let n = d.len() as i64;
    if d.maxlen.get().is_some_and(|m| n as usize >= m) {
        return Err(vm.index_error("deque already at its maximum size"));
    }
    let at = if i < 0 { (i + n).max(0) } else { i.min(n) };
    d.items.borrow_mut().insert(at as usize, args[2]);
    d.touch();
    Ok(Value::NONE)
}

fn remove(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    match find(d, args[1], 0, usize::MAX) {
        Some(Some(i)) => {
            d.items.borrow_mut().remove(i);
            d.touch();
            Ok(Value::NONE)
        }
        Some(None) | None => vm.prelude_call("deque_remove", &[args[0], args[1]]),
    }
}

fn reverse(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.items.borrow_mut().make_contiguous().reverse();
    Ok(Value::NONE)
}

fn rotate(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = this(vm, args)?;
    let n = vm.clamped_arg(args, 1, 1)?;
    let mut items = d.items.borrow_mut();
    if !items.is_empty() {
        let k = n.rem_euclid(items.len() as i64) as usize;
        items.rotate_right(k);
    }
    Ok(Value::NONE)
}

fn maxlen(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = this(vm, args)?.maxlen.get();
    Ok(m.map_or(Value::NONE, |m| Value::small(m as i64)))
}

fn make_iter(vm: &mut Vm, args: Args<'_>, reversed: bool) -> Res {
    let d = this(vm, args)?;
    let (name, key) = if reversed {
        ("_deque_reverse_iterator", "sync.deque_reverse_iterator")
    } else {
        ("_deque_iterator", "sync.deque_iterator")
    };
    let class = native_class(vm, name, "_collections", key, ITER);
    let data = IterData { deque: args[0], at: Cell::new(0), version: d.version.get(), reversed };
    Ok(vm.new_native(class, data).value())
}

fn iter(vm: &mut Vm, args: Args<'_>) -> Res {
    make_iter(vm, args, false)
}

fn reversed(vm: &mut Vm, args: Args<'_>) -> Res {
    make_iter(vm, args, true)
}

fn iter_self(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0])
}

fn next(vm: &mut Vm, args: Args<'_>) -> Res {
    let it = vm.native_receiver::<IterData>(args, "_deque_iterator")?;
    let Some(d) = deque_of(it.deque) else { return Err(vm.stop_iteration(Value::NONE)) };
    if d.version.get() != it.version {
        return Err(vm.runtime_error("deque mutated during iteration"));
    }
    let i = it.at.get();
    let items = d.items.borrow();
    let at = if it.reversed { items.len().checked_sub(i + 1) } else { Some(i) };
    let item = at.and_then(|i| items.get(i).copied());
    drop(items);
    match item {
        Some(v) => {
            it.at.set(i + 1);
            Ok(v)
        }
        None => Err(vm.stop_iteration(Value::NONE)),
    }
}

fn length_hint(vm: &mut Vm, args: Args<'_>) -> Res {
    let it = vm.native_receiver::<IterData>(args, "_deque_iterator")?;
    let n = deque_of(it.deque).map_or(0, DequeData::len);
    Ok(Value::small(n.saturating_sub(it.at.get()) as i64))
}

macro_rules! by_prelude {
    ($($f:ident $name:literal;)*) => {
        $(fn $f(vm: &mut Vm, args: Args<'_>) -> Res {
            this(vm, args)?;
            let all: Vec<Value> = (0..args.len()).filter_map(|i| args.get(i)).collect();
            vm.prelude_call($name, &all)
        })*
    };
}
by_prelude! {
    repr "deque_repr"; eq "deque_eq"; ne "deque_ne"; lt "deque_lt"; le "deque_le"; gt "deque_gt"; ge "deque_ge";
    add "deque_add"; mul "deque_mul"; imul "deque_imul"; reduce "deque_reduce";
}

const DEQUE: &[NativeDef] = &[
    new("__new__(cls, /, *args, **kwargs)", "An empty deque.", deque_new),
    method("__init__(self, iterable=(), maxlen=None)", "A list-like sequence, quick at both ends.", init),
    method("append(self, item, /)", "Add an element to the right side.", append),
    method("appendleft(self, item, /)", "Add an element to the left side.", appendleft),
    method("pop(self, /)", "Remove and return the rightmost element.", pop),
    method("popleft(self, /)", "Remove and return the leftmost element.", popleft),
    method("extend(self, iterable, /)", "Extend the right side.", extend),
    method("extendleft(self, iterable, /)", "Extend the left side.", extendleft),
    method("clear(self, /)", "Remove all elements.", clear),
    method("copy(self, /)", "A shallow copy.", copy),
    method("__copy__(self, /)", "A shallow copy.", copy),
    method("count(self, value, /)", "Number of occurrences of value.", count),
    method("index(self, value, start=0, stop=9223372036854775807, /)", "First index of value.", index),
    method("insert(self, index, value, /)", "Insert value before index.", insert),
    method("remove(self, value, /)", "Remove the first occurrence of value.", remove),
    method("reverse(self, /)", "Reverse in place.", reverse),
    method("rotate(self, n=1, /)", "Rotate n steps to the right.", rotate),
    attribute("maxlen", "The greatest length, or None.", maxlen),
    class_method("__class_getitem__(cls, object, /)", "See PEP 585", |vm, a| vm.generic_alias(a[0], a[1])),
    method("__len__(self, /)", "Return len(self).", len),
    method("__getitem__(self, key, /)", "Return self[key].", getitem),
    method("__setitem__(self, key, value, /)", "Set self[key] to value.", setitem),
    method("__delitem__(self, key, /)", "Delete self[key].", delitem),
    method("__contains__(self, key, /)", "Return key in self.", contains),
    method("__iter__(self, /)", "Implement iter(self).", iter),
    method("__reversed__(self, /)", "A reverse iterator.", reversed),
    method("__iadd__(self, value, /)", "Implement self+=value.", iadd),
    method("__add__(self, value, /)", "Return self+value.", add),
    method("__mul__(self, value, /)", "Return self*value.", mul),
    method("__rmul__(self, value, /)", "Return value*self.", mul),
    method("__imul__(self, value, /)", "Implement self*=value.", imul),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__eq__(self, value, /)", "Return self==value.", eq),
    method("__ne__(self, value, /)", "Return self!=value.", ne),
    method("__lt__(self, value, /)", "Return self<value.", lt),
    method("__le__(self, value, /)", "Return self<=value.", le),
    method("__gt__(self, value, /)", "Return self>value.", gt),
    method("__ge__(self, value, /)", "Return self>=value.", ge),
    method("__reduce__(self, /)", "For copying.", reduce),
];

const ITER: &[NativeDef] = &[
    method("__iter__(self, /)", "Implement iter(self).", iter_self),
    method("__next__(self, /)", "Implement next(self).", next),
    method("__length_hint__(self, /)", "Number of items left.", length_hint),
];

fn init_module(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let class = class(vm);
    let hash = vm.names.hash;
    class.dict.set_str(hash, Value::NONE);
    let name = vm.intern("deque");
    dict.set_str(name, class.value());
    Ok(())
}

/// The module `_collections`.
pub static COLLECTIONS: ModuleDef =
    ModuleDef { name: "_collections", doc: "Natives of collections.", functions: &[], init: init_module, source: "" };
