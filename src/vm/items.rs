//! Iteration without code of the language. Floor 5.

use super::{Res, Vm};
use crate::object::class::flag;
use crate::object::{Dict, Iter, IterTag, List, RecordTag, Set, Str, Tuple, View};
use crate::value::Value;

/// Deeper nests of `enumerate` and `zip` go on as machines, whose recursion the VM counts: no native stack overflows.
const MAX_NATIVE_DEPTH: i64 = 64;

/// The answer of [`Vm::next_item`].
#[derive(Clone, Copy, Debug)]
pub enum Next {
    Item(Value),
    End,
    /// Only code of the language can say.
    Ask,
}

impl Vm {
    /// All items of a built-in collection or iterator, `None` where code of the language must iterate. An error for what
    /// is not iterable.
    pub fn pure_items(&mut self, v: Value) -> Res<Option<Vec<Value>>> {
        if v.as_object().is_some_and(|o| o.class().has(flag::USER_ITER)) {
            return Ok(None);
        }
        Ok(match v.view() {
            View::List(l) => Some(l.to_vec()),
            View::Tuple(t) => Some(t.items().to_vec()),
            View::Dict(d) => Some(d.to_vec().iter().map(|e| e.key).collect()),
            View::Set(s) => Some(s.to_vec().iter().map(|&(k, _)| k).collect()),
            _ => match self.pure_iter(v)? {
                Some(it) => {
                    let mut items = Vec::new();
                    loop {
                        match self.next_item(it)? {
                            Next::Item(x) => items.push(x),
                            Next::End => break Some(items),
                            // Nothing was taken yet: the iterator itself decides whether it can be asked.
                            Next::Ask => break None,
                        }
                    }
                }
                None => None,
            },
        })
    }

    /// `iter(v)` of built-in types, `None` where `__iter__` of the language must say. An error for what is not iterable.
    pub fn pure_iter(&mut self, v: Value) -> Res<Option<Value>> {
        if v.as_object().is_some_and(|o| o.class().has(flag::USER_ITER)) {
            return Ok(None);
        }
        let t = &self.types;
        let (class, tag) = match v.view() {
            View::List(_) => (t.list_iterator, IterTag::List),
            View::Tuple(_) => (t.tuple_iterator, IterTag::Tuple),
            View::Str(s) => (if s.is_ascii() { t.str_ascii_iterator } else { t.str_iterator }, IterTag::Str),
            View::Bytes(_) => (t.bytes_iterator, IterTag::Bytes),
            View::ByteArray(_) => (t.bytearray_iterator, IterTag::ByteArray),
            View::Range(r) => {
                let class = t.range_iterator;
                let it = self.new_iter(class, IterTag::Range, Value::NONE);
                it.i.set(r.start);
                it.n.set(r.len);
                it.step.set(r.step);
                return Ok(Some(it.value()));
            }
            View::Dict(d) => {
                let class = t.dict_keyiterator;
                return Ok(Some(self.dict_iter(class, IterTag::DictKeys, d)));
            }
            View::Set(s) => {
                let class = t.set_iterator;
                let it = self.new_iter(class, IterTag::Set, v);
                it.n.set(s.len() as i64);
                return Ok(Some(it.value()));
            }
            View::Iter(_) => return Ok(Some(v)),
            View::Generator(g) if g.is_iterator() => return Ok(Some(v)),
            View::Record(r) => {
                let (class, tag) = match r.tag {
                    RecordTag::DictKeys => (t.dict_keyiterator, IterTag::DictKeys),
                    RecordTag::DictValues => (t.dict_valueiterator, IterTag::DictValues),
                    RecordTag::DictItems => (t.dict_itemiterator, IterTag::DictItems),
                    RecordTag::MappingProxy => return self.pure_iter(r.field(0)),
                    _ => return self.iter_by_class(v),
                };
                return match r.field(0).cast::<Dict>() {
                    Some(d) => Ok(Some(self.dict_iter(class, tag, d))),
                    None => Ok(None),
                };
            }
            _ => return self.iter_by_class(v),
        };
        Ok(Some(self.new_iter(class, tag, v).value()))
    }

    /// Other objects: `None` if the class has `__iter__` or `__getitem__`, an error if not.
    fn iter_by_class(&mut self, v: Value) -> Res<Option<Value>> {
        let (iter, getitem) = (self.names.iter, self.names.getitem);
        match self.special(v, iter) {
            Some(f) if !f.is_none() => Ok(None),
            None if self.special(v, getitem).is_some() && v.cast::<crate::object::Class>().is_none() => Ok(None),
            _ => {
                let message = format!("'{}' object is not iterable", self.class_name(v));
                Err(self.type_error(message))
            }
        }
    }

    /// An iterator over a dict.
    pub fn dict_iter(
        &mut self,
        class: crate::heap::Gc<crate::object::Class>,
        tag: IterTag,
        d: crate::heap::Gc<Dict>,
    ) -> Value {
        let it = self.new_iter(class, tag, d.value());
        it.n.set(d.len() as i64);
        it.step.set(d.len() as i64);
        if matches!(tag, IterTag::DictKeysReversed | IterTag::DictValuesReversed | IterTag::DictItemsReversed) {
            it.i.set(d.bound() as i64);
        }
        it.value()
    }

    /// `next(it)` of built-in iterators over built-in collections.
    #[inline]
    pub fn next_item(&mut self, it: Value) -> Res<Next> {
        match it.cast::<Iter>() {
            Some(it) => self.next_of(it),
            None => Ok(Next::Ask),
        }
    }

    pub(super) fn next_of(&mut self, it: crate::heap::Gc<Iter>) -> Res<Next> {
        let src = it.src.get();
        if src.is_none() && it.tag != IterTag::Range && it.tag != IterTag::Filter && it.tag != IterTag::Zip {
            return Ok(Next::End);
        }
        let i = it.i.get();
        let item = match it.tag {
            IterTag::Range => {
                let n = it.n.get();
                if n <= 0 {
                    return Ok(Next::End);
                }
                it.n.set(n - 1);
                it.i.set(i.wrapping_add(it.step.get()));
                return Ok(Next::Item(self.new_int(i)));
            }
            IterTag::List => {
                it.i.set(i + 1);
                src.cast::<List>().and_then(|l| l.get(i as usize))
            }
            IterTag::ListReversed => {
                it.i.set(i - 1);
                usize::try_from(i).ok().and_then(|i| src.cast::<List>()?.get(i))
            }
            IterTag::Tuple => {
                it.i.set(i + 1);
                src.cast::<Tuple>().and_then(|t| t.items().get(i as usize).copied())
            }
            IterTag::Str => {
                let c = src.cast::<Str>().and_then(|s| s.as_str().get(i as usize..)?.chars().next());
                c.map(|c| {
                    it.i.set(i + c.len_utf8() as i64);
                    self.new_char(c)
                })
            }
            IterTag::Bytes => {
                it.i.set(i + 1);
                let b = src.cast::<crate::object::Bytes>().and_then(|b| b.items().get(i as usize).copied());
                b.map(|b| Value::small(b as i64))
            }
            IterTag::ByteArray => {
                it.i.set(i + 1);
                let b = src.cast::<crate::object::ByteArray>().and_then(|b| b.bytes.borrow().get(i as usize).copied());
                b.map(|b| Value::small(b as i64))
            }
            IterTag::DictKeys | IterTag::DictValues | IterTag::DictItems => {
                let Some(d) = src.cast::<Dict>() else { return Ok(Next::End) };
                self.check_dict_size(it, d)?;
                match d.next_entry(i as usize) {
                    Some((at, e)) => {
                        // As many items as there were at the beginning: what is more has been put in since.
                        if it.step.get() <= 0 {
                            it.n.set(-1);
                            return Err(self.runtime_error("dictionary keys changed during iteration"));
                        }
                        it.step.set(it.step.get() - 1);
                        it.i.set(at as i64 + 1);
                        Some(self.entry_item(it.tag, e.key, e.value))
                    }
                    None => None,
                }
            }
            IterTag::DictKeysReversed | IterTag::DictValuesReversed | IterTag::DictItemsReversed => {
                let Some(d) = src.cast::<Dict>() else { return Ok(Next::End) };
                self.check_dict_size(it, d)?;
                match d.prev_entry(i as usize) {
                    Some((at, e)) => {
                        it.i.set(at as i64);
                        Some(self.entry_item(it.tag, e.key, e.value))
                    }
                    None => None,
                }
            }
            IterTag::Set => {
                let Some(s) = src.cast::<Set>() else { return Ok(Next::End) };
                if s.len() as i64 != it.n.get() {
                    it.n.set(-1);
                    return Err(self.runtime_error("Set changed size during iteration"));
                }
                s.next_slot(i as usize).map(|(at, key, _)| {
                    it.i.set(at as i64 + 1);
                    key
                })
            }
            IterTag::Enumerate => {
                if it.n.get() > MAX_NATIVE_DEPTH || src.as_object().is_some_and(|o| o.class().has(flag::USER_ITER)) {
                    return Ok(Next::Ask);
                }
                return match self.next_item(src)? {
                    Next::Item(x) => {
                        let n = self.enumerate_number(it);
                        let pair = self.new_tuple(&[n, x]);
                        Ok(Next::Item(pair))
                    }
                    other => Ok(other),
                };
            }
            IterTag::Zip => return self.next_zip(it),
            IterTag::Sequence | IterTag::SequenceReversed | IterTag::Callable | IterTag::Map | IterTag::Filter => {
                return Ok(Next::Ask);
            }
        };
        match item {
            Some(x) => Ok(Next::Item(x)),
            None => {
                it.src.set(Value::NONE);
                Ok(Next::End)
            }
        }
    }

    /// The next number of an `enumerate`: `i`, or as much above `aux` where the numbers are big.
    pub fn enumerate_number(&mut self, it: crate::heap::Gc<Iter>) -> Value {
        let i = it.i.get();
        it.i.set(i.saturating_add(1));
        match self.big_int(it.aux.get()) {
            Some(base) => self.new_big(base + i),
            None => self.new_int(i),
        }
    }

    /// Takes one item of each; only where all inner iterators are built in, because a half-taken row can't be undone.
    fn next_zip(&mut self, it: crate::heap::Gc<Iter>) -> Res<Next> {
        let Some(inner) = it.aux.get().cast::<Tuple>() else { return Ok(Next::End) };
        if inner.is_empty() {
            return Ok(Next::End);
        }
        if it.step.get() != 0 || it.n.get() > MAX_NATIVE_DEPTH || !inner.items().iter().all(|&x| self.is_pure_iter(x)) {
            return Ok(Next::Ask);
        }
        let mut row: smallvec::SmallVec<[Value; 4]> = smallvec::SmallVec::new();
        for &x in inner.items() {
            match self.next_item(x)? {
                Next::Item(v) => row.push(v),
                other => return Ok(other),
            }
        }
        Ok(Next::Item(self.new_tuple(&row)))
    }

    /// Whether `next_item` never asks for this iterator.
    pub fn is_pure_iter(&self, v: Value) -> bool {
        match v.cast::<Iter>() {
            Some(it) if it.class().has(flag::USER_ITER) => false,
            Some(it) => match it.tag {
                IterTag::Sequence | IterTag::SequenceReversed | IterTag::Callable | IterTag::Map | IterTag::Filter => {
                    false
                }
                IterTag::Enumerate | IterTag::Zip if it.n.get() > MAX_NATIVE_DEPTH => false,
                IterTag::Enumerate => self.is_pure_iter(it.src.get()),
                IterTag::Zip => {
                    it.step.get() == 0
                        && it.aux.get().cast::<Tuple>().is_some_and(|t| t.items().iter().all(|&x| self.is_pure_iter(x)))
                }
                _ => true,
            },
            None => false,
        }
    }

    fn entry_item(&mut self, tag: IterTag, key: Value, value: Value) -> Value {
        match tag {
            IterTag::DictKeys | IterTag::DictKeysReversed => key,
            IterTag::DictValues | IterTag::DictValuesReversed => value,
            _ => self.new_tuple(&[key, value]),
        }
    }

    fn check_dict_size(&mut self, it: crate::heap::Gc<Iter>, d: crate::heap::Gc<Dict>) -> Res<()> {
        if d.len() as i64 == it.n.get() {
            return Ok(());
        }
        it.n.set(-1);
        Err(self.runtime_error("dictionary changed size during iteration"))
    }
}
