//! `obj[key]`, `obj[key] = v`, `del obj[key]`, `x in obj`, `len(obj)` of built-in layouts. Floor 5.
//!
//! Invariant: these ask for the layout of an object, never for methods that its class overrides: whoever calls them has
//! looked for those before.

use super::keyed::KeyOp;
use super::slicing::Bounds;
use crate::heap::Gc;
use crate::object::bigrange::BigRange;
use crate::object::class::flag;
use crate::object::memoryview::view_of;
use crate::object::pure::{Num, pure_eq};
use crate::object::{Class, Dict, Iter, IterTag, List, Range, RecordTag, Str, View};
use crate::value::Value;
use crate::vm::native::{CallReq, NativeDef, function};
use crate::vm::{Args, Ctl, Res, Vm};

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_getitem(obj, key, /)", "obj[key] by the built-in layout.", |vm, a| vm.pure_getitem(a[0], a[1])),
    function("_setitem(obj, key, value, /)", "obj[key] = value by the built-in layout.", |vm, a| {
        vm.pure_setitem(a[0], a[1], a[2])?;
        Ok(Value::NONE)
    }),
    function("_delitem(obj, key, /)", "del obj[key] by the built-in layout.", |vm, a| {
        vm.pure_delitem(a[0], a[1])?;
        Ok(Value::NONE)
    }),
    function("_index(x, /)", "operator.index(x).", |vm, a| vm.index_value(a, 0)),
    function("_list_append(list, x, /)", "list.append(x), not overridden.", list_append),
    function("_list_delete_at(list, i, /)", "Deletes the item, if there is one.", list_delete_at),
    function("_dict_get(d, key, default, /)", "dict.get, not overridden.", |vm, a| {
        vm.keyed(KeyOp::GetOr, a[0], a[1], a[2])
    }),
    function("_dict_set(d, key, value, /)", "d[key] = value, not overridden.", |vm, a| {
        vm.keyed(KeyOp::Set, a[0], a[1], a[2])
    }),
    function("_dict_set_hashed(d, key, value, hash, /)", "_dict_set with a known hash of the key.", |vm, a| {
        let hash = vm.small_int(a[3]).unwrap_or(0);
        vm.keyed_hashed(KeyOp::Set, a[0], a[1], a[2], hash)
    }),
    function("_dict_entries(d, /)", "The keys of a dict, values and hashes, as tuples.", dict_entries),
    function("_key_in(d, key, /)", "key in d, not overridden.", |vm, a| {
        vm.keyed(KeyOp::Contains, a[0], a[1], Value::UNDEF)
    }),
    function("_set_add(s, key, /)", "set.add, not overridden; frozensets too.", |vm, a| {
        vm.keyed(KeyOp::Set, a[0], a[1], Value::NONE)
    }),
    function("_set_discard(s, key, /)", "set.discard, not overridden.", |vm, a| {
        vm.keyed(KeyOp::Pop, a[0], a[1], Value::NONE)
    }),
    function("_type_name(obj, /)", "What messages call the class of obj.", |vm, a| {
        let name = vm.class_name(a[0]);
        Ok(vm.new_str(name))
    }),
    function("_raw_iter(obj, /)", "An iterator over a built-in collection, not overridden.", raw_iter),
    function("_raw_len(obj, /)", "len() of a built-in collection, not overridden.", |vm, a| {
        let n = vm.pure_len(a[0])?.unwrap_or(0);
        Ok(vm.new_int(n as i64))
    }),
];

fn dict_entries(vm: &mut Vm, args: Args<'_>) -> Res {
    let d = vm.receiver::<Dict>(args, "dict")?;
    let mut entries = Vec::with_capacity(d.len());
    for e in d.to_vec() {
        let hash = vm.new_int(e.hash);
        entries.push(vm.new_tuple(&[e.key, e.value, hash]));
    }
    Ok(vm.new_list(entries))
}

fn list_append(vm: &mut Vm, args: Args<'_>) -> Res {
    let list = vm.receiver::<List>(args, "list")?;
    let bytes = list.push(args[1]);
    vm.heap.charge(bytes);
    Ok(Value::NONE)
}

fn list_delete_at(vm: &mut Vm, args: Args<'_>) -> Res {
    let list = vm.receiver::<List>(args, "list")?;
    let i = vm.index_arg(args, 1)?;
    let mut items = list.items.borrow_mut();
    if let Ok(i) = usize::try_from(i)
        && i < items.len()
    {
        items.remove(i);
    }
    Ok(Value::NONE)
}

fn raw_iter(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.raw_iter(args[0])
}

/// What an index or a slice says.
pub(super) enum Key {
    At(i64),
    Slice(Bounds),
}

impl Vm {
    /// An iterator over a built-in collection, whatever its class overrides.
    pub fn raw_iter(&mut self, v: Value) -> Res {
        let t = &self.types;
        let (class, tag) = match v.view() {
            View::List(_) => (t.list_iterator, IterTag::List),
            View::Tuple(_) => (t.tuple_iterator, IterTag::Tuple),
            View::Str(s) => (if s.is_ascii() { t.str_ascii_iterator } else { t.str_iterator }, IterTag::Str),
            View::Bytes(_) => (t.bytes_iterator, IterTag::Bytes),
            View::ByteArray(_) => (t.bytearray_iterator, IterTag::ByteArray),
            View::Dict(d) => {
                let class = t.dict_keyiterator;
                return Ok(self.dict_iter(class, IterTag::DictKeys, d));
            }
            View::Set(s) => {
                let class = t.set_iterator;
                let it = self.new_iter(class, IterTag::Set, v);
                it.n.set(s.len() as i64);
                return Ok(it.value());
            }
            _ => match self.pure_iter(v)? {
                Some(it) => return Ok(it),
                None => return Err(self.system_error("no built-in collection")),
            },
        };
        Ok(self.new_iter(class, tag, v).value())
    }

    /// The call of the special method `name` of `obj` with `args`, if its class has it.
    pub fn special_call(&mut self, obj: Value, name: Gc<Str>, args: &[Value]) -> Option<CallReq> {
        let class = self.class_of(obj);
        let found = self.lookup_class(class, name)?;
        self.special_request(found, obj, args).ok()
    }

    /// An index or slice of a sequence of length `len`; `None` where `__index__` of the language is needed. `what` is the
    /// beginning of the TypeError for other keys.
    pub(super) fn sequence_key(&mut self, key: Value, len: usize, what: &str) -> Res<Option<Key>> {
        if let Some(i) = key.as_int() {
            return Ok(Some(Key::At(if i < 0 { i + len as i64 } else { i })));
        }
        match key.view() {
            View::Bool(b) => Ok(Some(Key::At(b as i64))),
            View::BigInt(_) => match self.small_int(key) {
                Some(i) => Ok(Some(Key::At(if i < 0 { i.saturating_add(len as i64) } else { i }))),
                None if what == "range" => Err(self.index_error("range object index out of range")),
                None => Err(self.index_error("cannot fit 'int' into an index-sized integer")),
            },
            View::Record(s) if s.tag == RecordTag::Slice => {
                Ok(self.slice_parts(s)?.map(|parts| Key::Slice(Bounds::new(parts, len))))
            }
            _ => {
                let name = self.names.index;
                if self.special(key, name).is_some() {
                    return Ok(None);
                }
                let given = self.class_name(key);
                Err(if what == "string" {
                    self.type_error(format!("string indices must be integers, not '{given}'"))
                } else {
                    self.type_error(format!("{what} indices must be integers or slices, not {given}"))
                })
            }
        }
    }

    /// An item or a slice of items of a sequence; `Ok(None)` as in `sequence_key`.
    pub(super) fn one_or_more<T: Copy>(
        &mut self,
        items: &[T],
        key: Value,
        what: &str,
        range: &str,
    ) -> Res<Option<Result<T, Vec<T>>>> {
        match self.sequence_key(key, items.len(), what)? {
            None => Ok(None),
            Some(Key::At(i)) => match usize::try_from(i).ok().and_then(|i| items.get(i)) {
                Some(&x) => Ok(Some(Ok(x))),
                None => Err(self.index_error(range)),
            },
            Some(Key::Slice(b)) => Ok(Some(Err(b.cut(items)))),
        }
    }

    /// `obj[key]` of built-in layouts. Errors: as CPython; `'int' object is not subscriptable` for the rest.
    pub fn pure_getitem(&mut self, obj: Value, key: Value) -> Res {
        let answer = match obj.view() {
            View::List(l) => {
                if let Some(i) = key.as_int() {
                    let items = l.items.borrow();
                    let i = if i < 0 { i + items.len() as i64 } else { i };
                    if let Some(&x) = usize::try_from(i).ok().and_then(|i| items.get(i)) {
                        return Ok(x);
                    }
                }
                match self.sequence_key(key, l.len(), "list")? {
                    None => None,
                    Some(Key::At(i)) => match usize::try_from(i).ok().and_then(|i| l.get(i)) {
                        Some(x) => return Ok(x),
                        None => return Err(self.index_error("list index out of range")),
                    },
                    Some(Key::Slice(b)) => {
                        let items = b.cut(&l.items.borrow());
                        return Ok(self.new_list(items));
                    }
                }
            }
            View::Dict(_) => return self.keyed(KeyOp::Get, obj, key, Value::UNDEF),
            View::Tuple(t) => match self.one_or_more(t.items(), key, "tuple", "tuple index out of range")? {
                None => None,
                Some(Ok(x)) => return Ok(x),
                Some(Err(items)) => {
                    if items.len() == t.len() && t.class() == self.types.tuple && t.items() == items.as_slice() {
                        return Ok(obj);
                    }
                    return Ok(self.new_tuple(&items));
                }
            },
            View::Str(s) => match self.sequence_key(key, s.nchars(), "string")? {
                None => None,
                Some(Key::At(i)) => match usize::try_from(i).ok().and_then(|i| s.char_at(i)) {
                    Some(c) => return Ok(self.new_char(c)),
                    None => return Err(self.index_error("string index out of range")),
                },
                Some(Key::Slice(b)) => return self.str_slice(s, b),
            },
            View::Bytes(x) => match self.one_or_more(x.items(), key, "byte", "index out of range")? {
                None => None,
                Some(Ok(x)) => return Ok(Value::small(x as i64)),
                Some(Err(bytes)) => return Ok(self.new_bytes(&bytes)),
            },
            View::ByteArray(x) => {
                match self.one_or_more(&x.bytes.borrow(), key, "bytearray", "bytearray index out of range")? {
                    None => None,
                    Some(Ok(x)) => return Ok(Value::small(x as i64)),
                    Some(Err(bytes)) => return Ok(self.new_bytearray(bytes)),
                }
            }
            View::Range(r) => match self.sequence_key(key, r.len as usize, "range")? {
                None => None,
                Some(Key::At(i)) if i >= 0 && i < r.len => {
                    let x = r.at(i);
                    return Ok(self.new_int(x));
                }
                Some(Key::At(_)) => return Err(self.index_error("range object index out of range")),
                Some(Key::Slice(b)) => return self.range_slice(r, b),
            },
            View::Record(r) if r.tag == RecordTag::MappingProxy => {
                let inner = r.field(0);
                return match inner.cast::<Dict>() {
                    Some(_) if inner.as_object().is_some_and(|o| o.class() == self.types.dict) => {
                        self.keyed(KeyOp::Get, inner, key, Value::UNDEF)
                    }
                    _ => self.prelude_call("item_of", &[inner, key]),
                };
            }
            View::Class(c) => return self.class_item(c, key),
            _ => {
                let name = self.names.getitem;
                if let Some(req) = self.special_call(obj, name, &[key]) {
                    return Err(Ctl::Call(Box::new(req)));
                }
                let message = format!("'{}' object is not subscriptable", self.class_name(obj));
                return Err(self.type_error(message));
            }
        };
        match answer {
            None => self.prelude_call("getitem_asking", &[obj, key]),
            Some(v) => Ok(v),
        }
    }

    fn str_slice(&mut self, s: Gc<Str>, b: Bounds) -> Res {
        if b.step == 1 {
            if b.count == s.nchars() && s.class() == self.types.str_ {
                return Ok(s.value());
            }
            return Ok(self.new_str(s.substr(b.start as usize, b.start as usize + b.count)));
        }
        let text: String = if s.is_ascii() {
            let bytes = s.as_str().as_bytes();
            b.positions().filter_map(|i| bytes.get(i)).map(|&c| c as char).collect()
        } else {
            let chars: Vec<char> = s.as_str().chars().collect();
            b.positions().filter_map(|i| chars.get(i)).collect()
        };
        Ok(self.new_str(&text))
    }

    fn range_slice(&mut self, r: Gc<Range>, b: Bounds) -> Res {
        let at = |i: i64| r.start as i128 + i as i128 * r.step as i128;
        let step = r.step as i128 * b.step as i128;
        match (i64::try_from(at(b.start)), i64::try_from(at(b.stop)), i64::try_from(step)) {
            (Ok(start), Ok(stop), Ok(step)) => Ok(self.new_range(start, stop, step)),
            _ => Ok(self.new_big_range(BigRange::new(at(b.start).into(), at(b.stop).into(), step.into()))),
        }
    }

    /// `cls[item]`: by `__class_getitem__`.
    fn class_item(&mut self, c: Gc<Class>, item: Value) -> Res {
        use crate::vm::binding::Attr;
        if c == self.types.type_ {
            return self.generic_alias(c.value(), item);
        }
        let name = self.names.class_getitem;
        match self.find_attr(c.value(), name) {
            Attr::Value(f) => self.tail_call(f, &[item]),
            Attr::Method(f) => self.tail_call(f, &[c.value(), item]),
            _ => Err(self.type_error(format!("type '{}' is not subscriptable", c.name_str()))),
        }
    }

    /// `origin[item]` as `list[int]` gives it.
    pub fn generic_alias(&mut self, origin: Value, item: Value) -> Res {
        let args = match item.view() {
            View::Tuple(t) if t.class() == self.types.tuple => item,
            _ => self.new_tuple(&[item]),
        };
        let fields = [origin, args, Value::UNDEF, Value::FALSE];
        Ok(self.new_record(self.types.generic_alias, RecordTag::GenericAlias, &fields).value())
    }

    /// Whether `iter(v)` would find something to call.
    pub fn is_iterable(&mut self, v: Value) -> bool {
        let (iter, getitem) = (self.names.iter, self.names.getitem);
        match self.special(v, iter) {
            Some(f) => !f.is_none(),
            None => self.special(v, getitem).is_some(),
        }
    }

    /// `item in obj` of built-in layouts, as a bool. What is only iterable is searched item by item.
    pub fn pure_contains(&mut self, obj: Value, item: Value) -> Res {
        match obj.view() {
            View::Dict(_) | View::Set(_) => self.keyed(KeyOp::Contains, obj, item, Value::UNDEF),
            View::List(l) => {
                let found = has(&l.items.borrow(), item);
                self.found_or_search(found, obj, item)
            }
            View::Tuple(t) => {
                let found = has(t.items(), item);
                self.found_or_search(found, obj, item)
            }
            View::Str(s) => match item.cast::<Str>() {
                Some(sub) => Ok(Value::bool(crate::text::search::contains(s.as_str(), sub.as_str()))),
                None => {
                    let message =
                        format!("'in <string>' requires string as left operand, not {}", self.class_name(item));
                    Err(self.type_error(message))
                }
            },
            View::Bytes(b) => self.bytes_contain(b.items(), obj, item),
            View::ByteArray(b) => {
                let bytes = b.bytes.borrow().clone();
                self.bytes_contain(&bytes, obj, item)
            }
            View::Range(_)
                if item.as_object().is_some_and(|o| o.class().has(flag::USER_EQ))
                    || matches!(item.view(), View::Complex(_)) =>
            {
                self.prelude_call("contains_asking", &[obj, item])
            }
            View::Range(r) => match Num::of(item) {
                Some(Num::Int(i)) => Ok(Value::bool(range_index(r, i).is_some())),
                Some(Num::Float(f)) => {
                    let i = f as i64;
                    Ok(Value::bool(i as f64 == f && range_index(r, i).is_some()))
                }
                Some(Num::Big(b)) => {
                    Ok(Value::bool(i64::try_from(&b.value).is_ok_and(|i| range_index(r, i).is_some())))
                }
                None => Ok(Value::FALSE),
            },
            View::Record(r) if r.field(0).cast::<Dict>().is_some() => match r.tag {
                RecordTag::DictKeys => self.keyed(KeyOp::Contains, r.field(0), item, Value::UNDEF),
                RecordTag::MappingProxy if self.class_of(r.field(0)) == self.types.dict => {
                    self.keyed(KeyOp::Contains, r.field(0), item, Value::UNDEF)
                }
                RecordTag::DictItems => self.items_contain(r.field(0), item),
                RecordTag::MappingProxy => self.prelude_call("is_in", &[r.field(0), item]),
                _ => self.prelude_call("iter_contains", &[obj, item]),
            },
            View::Record(r) if r.tag == RecordTag::MappingProxy => self.prelude_call("is_in", &[r.field(0), item]),
            _ => {
                if !matches!(obj.view(), View::Iter(_) | View::Generator(_)) && !self.is_iterable(obj) {
                    let message = format!("argument of type '{}' is not iterable", self.class_name(obj));
                    return Err(self.type_error(message));
                }
                self.prelude_call("iter_contains", &[obj, item])
            }
        }
    }

    fn found_or_search(&mut self, found: Option<bool>, obj: Value, item: Value) -> Res {
        match found {
            Some(b) => Ok(Value::bool(b)),
            None => self.prelude_call("contains_asking", &[obj, item]),
        }
    }

    fn bytes_contain(&mut self, bytes: &[u8], obj: Value, item: Value) -> Res {
        let sub = match item.view() {
            View::Bytes(b) => b.items().to_vec(),
            View::ByteArray(b) => b.bytes.borrow().clone(),
            View::Native(_) if view_of(item).is_some() => self.bytes_of(item).unwrap_or_default(),
            View::Int(_) | View::Bool(_) | View::BigInt(_) => {
                let byte = self.byte_value(item)?;
                return Ok(Value::bool(bytes.contains(&byte)));
            }
            _ => {
                let name = self.names.index;
                if self.special(item, name).is_some() {
                    return self.prelude_call("in_by_index", &[obj, item]);
                }
                let message = format!("a bytes-like object is required, not '{}'", self.class_name(item));
                return Err(self.type_error(message));
            }
        };
        Ok(Value::bool(crate::text::search::contains(bytes, &sub[..])))
    }

    /// `(k, v) in d.items()`.
    fn items_contain(&mut self, d: Value, item: Value) -> Res {
        let View::Tuple(t) = item.view() else { return Ok(Value::FALSE) };
        let &[k, v] = t.items() else { return Ok(Value::FALSE) };
        if let (Some(dict), Some(h)) = (d.cast::<Dict>(), self.hash_of(k)?) {
            match dict.find(h, k) {
                crate::object::Found::Missing => return Ok(Value::FALSE),
                crate::object::Found::At(i) => {
                    let have = dict.entry(i).map_or(Value::NONE, |e| e.value);
                    if have == v {
                        return Ok(Value::TRUE);
                    }
                    if let Some(same) = pure_eq(have, v) {
                        return Ok(Value::bool(same));
                    }
                }
                crate::object::Found::Ask => {}
            }
        }
        self.prelude_call("items_contain", &[d, k, v])
    }

    /// `len(obj)` of built-in layouts, `None` for others.
    pub fn pure_len(&mut self, obj: Value) -> Res<Option<usize>> {
        Ok(Some(match obj.view() {
            View::List(l) => l.len(),
            View::Tuple(t) => t.len(),
            View::Str(s) => s.nchars(),
            View::Bytes(b) => b.len(),
            View::ByteArray(b) => b.bytes.borrow().len(),
            View::Dict(d) => d.len(),
            View::Set(s) => s.len(),
            View::Range(r) => r.len as usize,
            View::Record(r) => match r.tag {
                RecordTag::DictKeys | RecordTag::DictValues | RecordTag::DictItems => {
                    r.field(0).cast::<Dict>().map_or(0, |d| d.len())
                }
                RecordTag::MappingProxy if self.class_of(r.field(0)) == self.types.dict => {
                    return self.pure_len(r.field(0));
                }
                _ => return Ok(None),
            },
            _ => return Ok(None),
        }))
    }

    /// Whether an iterator of this kind stands for the end of its collection: see `__length_hint__`.
    pub fn iter_left(&self, it: Gc<Iter>) -> usize {
        let src = it.src.get();
        let rest = |len: usize| len.saturating_sub(it.i.get().max(0) as usize);
        match (it.tag, src.view()) {
            (IterTag::Range, _) => it.n.get().max(0) as usize,
            (IterTag::List, View::List(l)) => rest(l.len()),
            (IterTag::ListReversed, View::List(l)) => {
                let n = usize::try_from(it.i.get() + 1).unwrap_or(0);
                if n > l.len() { 0 } else { n }
            }
            (IterTag::Tuple, View::Tuple(t)) => rest(t.len()),
            (IterTag::Str, View::Str(s)) => {
                s.as_str().get(it.i.get().max(0) as usize..).map_or(0, |s| s.chars().count())
            }
            (IterTag::Bytes, View::Bytes(b)) => rest(b.len()),
            (IterTag::ByteArray, View::ByteArray(b)) => rest(b.bytes.borrow().len()),
            (IterTag::DictKeys | IterTag::DictValues | IterTag::DictItems, View::Dict(d)) => {
                if d.len() as i64 != it.n.get() {
                    return 0;
                }
                let mut n = 0;
                let mut i = it.i.get() as usize;
                while let Some((at, _)) = d.next_entry(i) {
                    n += 1;
                    i = at + 1;
                }
                n
            }
            (IterTag::DictKeysReversed | IterTag::DictValuesReversed | IterTag::DictItemsReversed, View::Dict(d)) => {
                if d.len() as i64 != it.n.get() {
                    return 0;
                }
                let mut n = 0;
                let mut i = it.i.get() as usize;
                while let Some((at, _)) = d.prev_entry(i) {
                    n += 1;
                    i = at;
                }
                n
            }
            (IterTag::Set, View::Set(s)) => {
                let mut n = 0;
                let mut i = it.i.get() as usize;
                while let Some((at, _, _)) = s.next_slot(i) {
                    n += 1;
                    i = at + 1;
                }
                n
            }
            (IterTag::Sequence, _) | (IterTag::Enumerate, _) => 0,
            _ => 0,
        }
    }
}

/// Whether the item is among the items, `None` where code of the language must compare.
fn has(items: &[Value], item: Value) -> Option<bool> {
    for &x in items {
        if x == item || pure_eq(x, item)? {
            return Some(true);
        }
    }
    Some(false)
}

/// The index of an int in a range.
pub(super) fn range_index(r: Gc<Range>, x: i64) -> Option<i64> {
    if r.len == 0 {
        return None;
    }
    let offset = x as i128 - r.start as i128;
    let step = r.step as i128;
    if offset % step != 0 {
        return None;
    }
    let i = offset / step;
    if i >= 0 && i < r.len as i128 { Some(i as i64) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::config::VmConfig;

    fn ints(vm: &mut Vm, items: &[i64]) -> Value {
        let items = items.iter().map(|&i| Value::small(i)).collect();
        vm.new_list(items)
    }

    fn message(vm: &Vm, e: Ctl) -> String {
        match e {
            Ctl::Raise(e) => {
                let class = vm.class_name(e);
                let text = match e.view() {
                    View::Exception(e) => match e.args.get().view() {
                        View::Tuple(t) => t.items().first().and_then(|v| v.cast::<Str>()).map(|s| s.as_str()),
                        _ => None,
                    },
                    _ => None,
                };
                format!("{class}: {}", text.unwrap_or("?"))
            }
            _ => "asks".into(),
        }
    }

    #[test]
    fn lists_are_indexed_and_cut() {
        let mut vm = Vm::bare(VmConfig::default());
        let l = ints(&mut vm, &[10, 20, 30]);
        assert!(vm.pure_getitem(l, Value::small(-1)).is_ok_and(|v| v == Value::small(30)));
        let e = vm.pure_getitem(l, Value::small(3)).err();
        assert_eq!(e.map(|e| message(&vm, e)).as_deref(), Some("IndexError: list index out of range"));
        let text = vm.new_str("x");
        let e = vm.pure_getitem(l, text).err();
        assert_eq!(
            e.map(|e| message(&vm, e)).as_deref(),
            Some("TypeError: list indices must be integers or slices, not str")
        );
        let s = vm.new_slice(Value::NONE, Value::NONE, Value::small(-2));
        let cut = vm.pure_getitem(l, s).ok().and_then(|v| v.cast::<List>()).map(|l| l.to_vec());
        assert_eq!(cut, Some(vec![Value::small(30), Value::small(10)]));
        let new = ints(&mut vm, &[1]);
        let e = vm.pure_setitem(l, s, new).err();
        assert_eq!(
            e.map(|e| message(&vm, e)).as_deref(),
            Some("ValueError: attempt to assign sequence of size 1 to extended slice of size 2")
        );
        assert!(vm.pure_delitem(l, s).is_ok());
        assert!(vm.pure_contains(l, Value::small(20)).is_ok_and(|v| v == Value::TRUE));
        assert!(vm.pure_len(l).is_ok_and(|n| n == Some(1)));
    }

    #[test]
    fn dicts_find_keys() {
        let mut vm = Vm::bare(VmConfig::default());
        let d = vm.new_dict().value();
        assert!(vm.pure_setitem(d, Value::small(1), Value::TRUE).is_ok());
        let one = vm.new_float(1.0);
        assert!(vm.pure_getitem(d, one).is_ok_and(|v| v == Value::TRUE));
        let e = vm.pure_getitem(d, Value::small(2)).err();
        assert!(e.is_some_and(|e| message(&vm, e).starts_with("KeyError")));
        let l = ints(&mut vm, &[]);
        let e = vm.pure_getitem(d, l).err();
        assert_eq!(e.map(|e| message(&vm, e)).as_deref(), Some("TypeError: unhashable type: 'list'"));
        assert!(vm.pure_delitem(d, one).is_ok());
        assert!(vm.pure_len(d).is_ok_and(|n| n == Some(0)));
    }
}
