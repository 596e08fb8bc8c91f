//! `list`. Floor 7.
//!
//! Invariant: methods work on the items themselves; what a subclass overrides is not asked.

use super::dunders::{self, compare_methods};
use crate::object::pure::pure_eq;
use crate::object::{IterTag, List, View};
use crate::syntax::ast::BinOp;
use crate::value::Value;
use crate::vm::native::{NativeDef, class_method, function, method, new};
use crate::vm::ops::sorting::pure_sort;
use crate::vm::{Args, Res, Vm};

const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create and return a new object.", list_new),
    method("__init__(self, *args, **kwargs)", "Initialize self.", init),
    method("append(self, object, /)", "Append object to the end of the list.", append),
    method("clear(self, /)", "Remove all items from list.", clear),
    method("copy(self, /)", "Return a shallow copy of the list.", copy),
    method("count(self, value, /)", "Return number of occurrences of value.", count),
    method("extend(self, iterable, /)", "Extend list by appending elements from the iterable.", extend),
    method("index(self, value, start=0, stop=9223372036854775807, /)", "Return first index of value.", index),
    method("insert(self, index, object, /)", "Insert object before index.", insert),
    method("pop(self, index=-1, /)", "Remove and return item at index (default last).", pop),
    method("remove(self, value, /)", "Remove first occurrence of value.", remove),
    method("reverse(self, /)", "Reverse *IN PLACE*.", reverse),
    method("sort(self, /, *, key=None, reverse=False)", "Sort the list in ascending order and return None.", sort),
    method("__getitem__(self, index, /)", "Return self[index].", dunders::getitem),
    method("__setitem__(self, key, value, /)", "Set self[key] to value.", dunders::setitem),
    method("__delitem__(self, key, /)", "Delete self[key].", dunders::delitem),
    method("__contains__(self, key, /)", "Return bool(key in self).", dunders::contains),
    method("__len__(self, /)", "Return len(self).", dunders::len),
    method("__iter__(self, /)", "Implement iter(self).", dunders::iter),
    method("__reversed__(self, /)", "Return a reverse iterator over the list.", reversed),
    method("__repr__(self, /)", "Return repr(self).", dunders::repr),
    method("__add__(self, value, /)", "Return self+value.", add),
    method("__mul__(self, value, /)", "Return self*value.", dunders::mul),
    method("__rmul__(self, value, /)", "Return value*self.", dunders::rmul),
    method("__iadd__(self, value, /)", "Implement self+=value.", iadd),
    method("__imul__(self, value, /)", "Implement self*=value.", imul),
    class_method("__class_getitem__(cls, item, /)", "See PEP 585", dunders::class_getitem),
    COMPARE[0],
    COMPARE[1],
    COMPARE[2],
    COMPARE[3],
    COMPARE[4],
    COMPARE[5],
];

const COMPARE: [NativeDef; 6] = compare_methods!();

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_list_take(list, /)", "Takes all items out, for a sort: gives them as a new list.", take),
    function("_list_put(list, items, /)", "Puts items back; whether the list was changed meanwhile.", put),
    function("_sort_by_keys(items, keys, reverse, /)", "The items in the order of the keys.", sort_by_keys),
];

/// Registers the methods of `list`.
pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.list;
    vm.install_methods(class, METHODS);
    super::unhashable(vm, class);
}

fn this(vm: &mut Vm, a: Args<'_>) -> Res<crate::heap::Gc<List>> {
    vm.receiver::<List>(a, "list")
}

fn list_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let class = dunders::class_arg(vm, a, vm.types.list)?;
    Ok(vm.heap.alloc(List::new(class, Vec::new())).value())
}

fn init(vm: &mut Vm, a: Args<'_>) -> Res {
    let list = this(vm, a)?;
    if list.class() == vm.types.list {
        dunders::no_keywords(vm, a, "list")?;
    }
    match *a.rest() {
        [] => {
            list.items.borrow_mut().clear();
            Ok(Value::NONE)
        }
        [items] => {
            list.items.replace(Vec::new());
            match vm.pure_items(items)? {
                Some(new) => {
                    vm.heap.charge(new.len() * 8);
                    list.items.replace(new);
                    Ok(Value::NONE)
                }
                None => vm.prelude_call("list_init", &[a[0], items]),
            }
        }
        _ => {
            let n = a.rest().len();
            Err(vm.type_error(format!("list expected at most 1 argument, got {n}")))
        }
    }
}

fn append(vm: &mut Vm, a: Args<'_>) -> Res {
    let bytes = this(vm, a)?.push(a[1]);
    vm.heap.charge(bytes);
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?.items.replace(Vec::new());
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm, a: Args<'_>) -> Res {
    let items = this(vm, a)?.to_vec();
    Ok(vm.new_list(items))
}

fn count(vm: &mut Vm, a: Args<'_>) -> Res {
    let items = this(vm, a)?.to_vec();
    super::tuple::count_in(vm, &items, a[0], a[1])
}

fn extend(vm: &mut Vm, a: Args<'_>) -> Res {
    let list = this(vm, a)?;
    extend_by(vm, list, a[1])
}

fn extend_by(vm: &mut Vm, list: crate::heap::Gc<List>, items: Value) -> Res {
    let Some(new) = vm.pure_items(items)? else { return vm.prelude_call("list_fill", &[list.value(), items]) };
    let grown = {
        let mut items = list.items.borrow_mut();
        let before = items.capacity();
        items.extend(new);
        items.capacity() - before
    };
    vm.heap.charge(grown * 8);
    Ok(Value::NONE)
}

fn index(vm: &mut Vm, a: Args<'_>) -> Res {
    let items = this(vm, a)?.to_vec();
    super::tuple::index_in(vm, &items, a, "list")
}

fn insert(vm: &mut Vm, a: Args<'_>) -> Res {
    let i = vm.index_arg(a, 1)?;
    let list = this(vm, a)?;
    let n = list.len() as i64;
    let at = if i < 0 { (i.saturating_add(n)).max(0) } else { i.min(n) };
    list.items.borrow_mut().insert(at as usize, a[2]);
    vm.heap.charge(8);
    Ok(Value::NONE)
}

fn pop(vm: &mut Vm, a: Args<'_>) -> Res {
    let i = if a.get(1).is_none() { -1 } else { vm.index_arg(a, 1)? };
    let list = this(vm, a)?;
    if i == -1 {
        let last = list.items.borrow_mut().pop();
        return match last {
            Some(x) => Ok(x),
            None => Err(vm.index_error("pop from empty list")),
        };
    }
    if list.is_empty() {
        return Err(vm.index_error("pop from empty list"));
    }
    let n = list.len() as i64;
    let at = if i < 0 { i.saturating_add(n) } else { i };
    if at < 0 || at >= n {
        return Err(vm.index_error("pop index out of range"));
    }
    let x = list.items.borrow_mut().remove(at as usize);
    Ok(x)
}

fn remove(vm: &mut Vm, a: Args<'_>) -> Res {
    let list = this(vm, a)?;
    let mut at = None;
    for (i, x) in list.to_vec().into_iter().enumerate() {
        match if x == a[1] { Some(true) } else { pure_eq(x, a[1]) } {
            Some(true) => {
                at = Some(i);
                break;
            }
            Some(false) => {}
            None => return vm.prelude_call("list_remove", &[a[0], a[1]]),
        }
    }
    match at {
        Some(i) => {
            list.items.borrow_mut().remove(i);
            Ok(Value::NONE)
        }
        None => Err(vm.value_error("list.remove(x): x not in list")),
    }
}

fn reverse(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?.items.borrow_mut().reverse();
    Ok(Value::NONE)
}

fn sort(vm: &mut Vm, a: Args<'_>) -> Res {
    let reverse = vm.truth_arg(a, 2, false)?;
    let list = this(vm, a)?;
    let key = a.get(1).unwrap_or(Value::NONE);
    if key.is_none() {
        // A copy, because the list may be an item of its own.
        let mut items = list.to_vec();
        if pure_sort(&mut items, reverse, |&x| x) {
            list.items.replace(items);
            return Ok(Value::NONE);
        }
    }
    vm.prelude_call("list_sort", &[a[0], key, Value::bool(reverse)])
}

fn reversed(vm: &mut Vm, a: Args<'_>) -> Res {
    let list = this(vm, a)?;
    let class = vm.types.list_reverseiterator;
    let it = vm.new_iter(class, IterTag::ListReversed, list.value());
    it.i.set(list.len() as i64 - 1);
    Ok(it.value())
}

fn add(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?;
    dunders::add(vm, a)
}

fn iadd(vm: &mut Vm, a: Args<'_>) -> Res {
    let list = this(vm, a)?;
    match vm.pure_items(a[1])? {
        Some(new) => {
            vm.heap.charge(new.len() * 8);
            list.items.borrow_mut().extend(new);
            Ok(a[0])
        }
        None => vm.prelude_call("list_grow", &[a[0], a[1]]),
    }
}

fn imul(vm: &mut Vm, a: Args<'_>) -> Res {
    vm.pure_inplace(BinOp::Mul, a[0], a[1])
}

fn take(vm: &mut Vm, a: Args<'_>) -> Res {
    let items = this(vm, a)?.items.replace(Vec::new());
    Ok(vm.new_list(items))
}

fn put(vm: &mut Vm, a: Args<'_>) -> Res {
    let list = this(vm, a)?;
    let new = match a[1].view() {
        View::List(l) => l.to_vec(),
        _ => Vec::new(),
    };
    let meanwhile = list.items.replace(new);
    Ok(Value::bool(!meanwhile.is_empty() || meanwhile.capacity() > 0))
}

fn sort_by_keys(vm: &mut Vm, a: Args<'_>) -> Res {
    let items = this(vm, a)?.to_vec();
    let keys = match a[1].view() {
        View::List(l) => l.to_vec(),
        _ => Vec::new(),
    };
    let reverse = a[2] == Value::TRUE;
    let mut pairs: Vec<(Value, Value)> = keys.into_iter().zip(items).collect();
    if pure_sort(&mut pairs, reverse, |p| p.0) {
        return Ok(vm.new_list(pairs.into_iter().map(|p| p.1).collect()));
    }
    vm.prelude_call("sort_by_lt", &[a[0], a[1], a[2]])
}
