//! `dict`. Floor 7.
//!
//! Invariant: whatever may need code of the language to hash or compare a key goes through `Vm::keyed` or the prelude.

use super::dunders::{self, compare_methods};
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Dict, Found, IterTag, RecordTag, View};
use crate::value::Value;
use crate::vm::binding::Attr;
use crate::vm::native::{NativeDef, class_method, function, method, new};
use crate::vm::ops::KeyOp;
use crate::vm::{Args, Res, Vm};

const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create and return a new object.", dict_new),
    method("__init__(self, /, *args, **kwargs)", "Initialize self.", init),
    method("clear(self, /)", "Remove all items from the dict.", clear),
    method("copy(self, /)", "Return a shallow copy of the dict.", copy),
    class_method("fromkeys(cls, iterable, value=None, /)", "A new dict with these keys and one value.", fromkeys),
    method(
        "get(self, key, default=None, /)",
        "Return the value for key if key is in the dictionary, else default.",
        get,
    ),
    method("items(self, /)", "A view of the items.", items),
    method("keys(self, /)", "A view of the keys.", keys),
    method("pop(self, key, default=<unrepresentable>, /)", "Remove the key and return its value.", pop),
    method("popitem(self, /)", "Remove and return the last (key, value) pair.", popitem),
    method("setdefault(self, key, default=None, /)", "Insert key with the default if it is not there.", setdefault),
    method("update(self, /, *args, **kwargs)", "Update from a mapping, an iterable of pairs, and keywords.", update),
    method("values(self, /)", "A view of the values.", values),
    method("__getitem__(self, key, /)", "Return self[key].", dunders::getitem),
    method("__setitem__(self, key, value, /)", "Set self[key] to value.", dunders::setitem),
    method("__delitem__(self, key, /)", "Delete self[key].", dunders::delitem),
    method(
        "__contains__(self, key, /)",
        "True if the dictionary has the specified key, else False.",
        dunders::contains,
    ),
    method("__len__(self, /)", "Return len(self).", dunders::len),
    method("__iter__(self, /)", "Implement iter(self).", dunders::iter),
    method("__reversed__(self, /)", "Return a reverse iterator over the dict keys.", reversed),
    method("__repr__(self, /)", "Return repr(self).", dunders::repr),
    method("__or__(self, value, /)", "Return self|value.", or),
    method("__ror__(self, value, /)", "Return value|self.", ror),
    method("__ior__(self, value, /)", "Return self|=value.", ior),
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
pub const INTRINSICS: &[NativeDef] =
    &[function("_has_keys(x, /)", "Whether x has a method `keys`.", |vm, a| Ok(Value::bool(has_keys(vm, a[0]))))];

/// Registers the methods of `dict`.
pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.dict;
    vm.install_methods(class, METHODS);
    super::unhashable(vm, class);
}

fn this(vm: &mut Vm, a: Args<'_>) -> Res<Gc<Dict>> {
    vm.receiver::<Dict>(a, "dict")
}

fn dict_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let class = dunders::class_arg(vm, a, vm.types.dict)?;
    Ok(vm.heap.alloc(Dict::new(class)).value())
}

fn init(vm: &mut Vm, a: Args<'_>) -> Res {
    fill(vm, a, "dict")
}

fn update(vm: &mut Vm, a: Args<'_>) -> Res {
    fill(vm, a, "update")
}

fn fill(vm: &mut Vm, a: Args<'_>, name: &str) -> Res {
    let d = this(vm, a)?;
    let other = match *a.rest() {
        [] => None,
        [x] => Some(x),
        _ => {
            let n = a.rest().len();
            return Err(vm.type_error(format!("{name} expected at most 1 argument, got {n}")));
        }
    };
    let kwargs = a.kwargs().filter(|k| !k.is_empty());
    if let Some(other) = other
        && !merge(vm, d, other)?
    {
        let kwargs = kwargs.map_or(Value::NONE, |k| k.value());
        return vm.prelude_call("dict_fill", &[a[0], other, kwargs]);
    }
    if let Some(k) = kwargs
        && !merge(vm, d, k.value())?
    {
        return vm.prelude_call("dict_fill", &[a[0], k.value(), Value::NONE]);
    }
    Ok(Value::NONE)
}

/// Whether `x.keys` is there.
fn has_keys(vm: &mut Vm, x: Value) -> bool {
    let name = vm.names.keys;
    !matches!(vm.find_attr(x, name), Attr::Missing)
}

/// Puts the entries of a dict, or pairs, into `d`. `false`: nothing was done that doing again would not do in the same
/// way, and the prelude must do it.
fn merge(vm: &mut Vm, d: Gc<Dict>, other: Value) -> Res<bool> {
    let user_iter = other.as_object().is_some_and(|o| o.class().has(flag::USER_ITER));
    match other.view() {
        View::Dict(o) if !user_iter => {
            if o == d {
                return Ok(true);
            }
            if d.is_empty() {
                d.copy_from(&o);
                vm.heap.charge(o.len() * 32);
                return Ok(true);
            }
            for e in o.to_vec() {
                match d.find(e.hash, e.key) {
                    Found::At(i) => d.set_at(i, e.value),
                    Found::Missing => {
                        let bytes = d.insert_new(e.hash, e.key, e.value);
                        vm.heap.charge(bytes);
                    }
                    Found::Ask => return Ok(false),
                }
            }
            Ok(true)
        }
        View::List(_) | View::Tuple(_) if !user_iter && !has_keys(vm, other) => {
            let Some(items) = vm.pure_items(other)? else { return Ok(false) };
            for item in items {
                if !put_pair(vm, d, item)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        // Taken item by item, so that none is lost where the prelude must go on.
        View::Iter(it) if vm.is_pure_iter(other) => {
            let mut n = 0;
            loop {
                match vm.next_item(other)? {
                    crate::vm::Next::Item(x) => {
                        if !put_pair(vm, d, x)? {
                            let n = vm.new_int(n);
                            return vm.prelude_call("dict_put_rest", &[d.value(), x, n, it.value()]);
                        }
                        n += 1;
                    }
                    _ => return Ok(true),
                }
            }
        }
        _ => Ok(false),
    }
}

/// Puts one pair in; `false` where it is no tuple or list of two, or the key needs code of the language.
fn put_pair(vm: &mut Vm, d: Gc<Dict>, pair: Value) -> Res<bool> {
    let (k, v) = match pair.view() {
        View::Tuple(t) if t.len() == 2 => (t.items()[0], t.items()[1]),
        View::List(l) if l.len() == 2 => match (l.get(0), l.get(1)) {
            (Some(k), Some(v)) => (k, v),
            _ => return Ok(false),
        },
        _ => return Ok(false),
    };
    if pair.as_object().is_some_and(|o| o.class().has(flag::USER_ITER)) {
        return Ok(false);
    }
    let Some(h) = vm.hash_of(k)? else { return Ok(false) };
    match d.find(h, k) {
        Found::At(i) => d.set_at(i, v),
        Found::Missing => {
            let bytes = d.insert_new(h, k, v);
            vm.heap.charge(bytes);
        }
        Found::Ask => return Ok(false),
    }
    Ok(true)
}

fn clear(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?.clear();
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm, a: Args<'_>) -> Res {
    let d = this(vm, a)?;
    let new = vm.new_dict();
    new.copy_from(&d);
    vm.heap.charge(d.len() * 32);
    Ok(new.value())
}

fn fromkeys(vm: &mut Vm, a: Args<'_>) -> Res {
    let value = a.get(2).unwrap_or(Value::NONE);
    if a[0] == vm.types.dict.value() {
        let keys = match a[1].view() {
            View::Iter(_) => None,
            _ => vm.hashed_keys(a[1])?,
        };
        if let Some(keys) = keys {
            let d = vm.new_dict();
            if keys.iter().all(|&(k, h)| d.set(h, k, value)) {
                vm.heap.charge(d.len() * 32);
                return Ok(d.value());
            }
        }
        let d = vm.new_dict().value();
        return vm.prelude_call("dict_fromkeys", &[d, a[1], value]);
    }
    vm.prelude_call("dict_fromkeys_of", &[a[0], a[1], value])
}

fn get(vm: &mut Vm, a: Args<'_>) -> Res {
    let d = this(vm, a)?;
    vm.dict_get(d, a[1], a.get(2).unwrap_or(Value::NONE))
}

fn pop(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?;
    vm.keyed(KeyOp::Pop, a[0], a[1], a[2])
}

fn popitem(vm: &mut Vm, a: Args<'_>) -> Res {
    let d = this(vm, a)?;
    match d.prev_entry(d.bound()) {
        Some((i, e)) => {
            d.remove_at(i);
            Ok(vm.new_tuple(&[e.key, e.value]))
        }
        None => {
            let text = vm.new_str("popitem(): dictionary is empty");
            Err(vm.key_error(text))
        }
    }
}

fn setdefault(vm: &mut Vm, a: Args<'_>) -> Res {
    this(vm, a)?;
    vm.keyed(KeyOp::SetDefault, a[0], a[1], a.get(2).unwrap_or(Value::NONE))
}

fn keys(vm: &mut Vm, a: Args<'_>) -> Res {
    let d = this(vm, a)?.value();
    let class = vm.types.dict_keys;
    Ok(vm.new_record(class, RecordTag::DictKeys, &[d]).value())
}

fn values(vm: &mut Vm, a: Args<'_>) -> Res {
    let d = this(vm, a)?.value();
    let class = vm.types.dict_values;
    Ok(vm.new_record(class, RecordTag::DictValues, &[d]).value())
}

fn items(vm: &mut Vm, a: Args<'_>) -> Res {
    let d = this(vm, a)?.value();
    let class = vm.types.dict_items;
    Ok(vm.new_record(class, RecordTag::DictItems, &[d]).value())
}

fn reversed(vm: &mut Vm, a: Args<'_>) -> Res {
    let d = this(vm, a)?;
    let class = vm.types.dict_reversekeyiterator;
    Ok(vm.dict_iter(class, IterTag::DictKeysReversed, d))
}

/// `a | b` of two dicts.
fn union(vm: &mut Vm, a: Value, b: Value) -> Res {
    let (Some(x), Some(_)) = (a.cast::<Dict>(), b.cast::<Dict>()) else { return Ok(Value::NOT_IMPLEMENTED) };
    let new = vm.new_dict();
    new.copy_from(&x);
    vm.heap.charge(x.len() * 32);
    if merge(vm, new, b)? { Ok(new.value()) } else { vm.prelude_call("dict_grow", &[new.value(), b]) }
}

fn or(vm: &mut Vm, a: Args<'_>) -> Res {
    union(vm, a[0], a[1])
}

fn ror(vm: &mut Vm, a: Args<'_>) -> Res {
    union(vm, a[1], a[0])
}

fn ior(vm: &mut Vm, a: Args<'_>) -> Res {
    let d = this(vm, a)?;
    if merge(vm, d, a[1])? { Ok(a[0]) } else { vm.prelude_call("dict_grow", &[a[0], a[1]]) }
}
