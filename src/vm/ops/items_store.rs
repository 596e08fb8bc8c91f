//! `obj[key] = v` and `del obj[key]` of built-in layouts. Floor 5.
//!
//! Invariant: as in `items`: the layout is asked, never methods that a class overrides.

use super::items::Key;
use super::keyed::KeyOp;
use super::slicing::Bounds;
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::memoryview::view_of;
use crate::object::{List, Record, RecordTag, View};
use crate::value::Value;
use crate::vm::{Ctl, Res, Vm};

impl Vm {
    /// `obj[key] = value` of built-in layouts.
    pub fn pure_setitem(&mut self, obj: Value, key: Value, value: Value) -> Res<()> {
        match obj.view() {
            View::List(l) => {
                if let Some(i) = key.as_int() {
                    let mut items = l.items.borrow_mut();
                    let i = if i < 0 { i + items.len() as i64 } else { i };
                    if let Some(x) = usize::try_from(i).ok().and_then(|i| items.get_mut(i)) {
                        *x = value;
                        return Ok(());
                    }
                }
                match self.sequence_key(key, l.len(), "list")? {
                    None => self.prelude_call("setitem_asking", &[obj, key, value]),
                    Some(Key::At(i)) => {
                        let done = match usize::try_from(i).ok().and_then(|i| Some((i, l.get(i)?))) {
                            Some((i, _)) => {
                                l.items.borrow_mut()[i] = value;
                                true
                            }
                            None => false,
                        };
                        if done { Ok(()) } else { Err(self.index_error("list assignment index out of range")) }
                    }
                    Some(Key::Slice(_)) => self.set_list_slice(l, key, value),
                }
            }
            View::Dict(_) => self.keyed(KeyOp::Set, obj, key, value).map(|_| ()),
            View::ByteArray(x) => {
                let len = x.bytes.borrow().len();
                match self.sequence_key(key, len, "bytearray")? {
                    None => self.prelude_call("setitem_asking", &[obj, key, value]),
                    Some(Key::At(i)) => {
                        let Some(i) = usize::try_from(i).ok().filter(|&i| i < len) else {
                            return Err(self.index_error("bytearray index out of range"));
                        };
                        let byte = self.byte_value(value)?;
                        x.bytes.borrow_mut()[i] = byte;
                        Ok(())
                    }
                    Some(Key::Slice(b)) => {
                        let new = match value.view() {
                            View::Bytes(_) | View::ByteArray(_) => self.bytes_of(value).unwrap_or_default(),
                            View::Native(_) if view_of(value).is_some() => self.bytes_of(value).unwrap_or_default(),
                            View::Str(_) | View::Int(_) => {
                                return Err(self.type_error(
                                    "can assign only bytes, buffers, or iterables of ints in range(0, 256)",
                                ));
                            }
                            _ => match self.pure_items(value)? {
                                None => return self.prelude_call("setslice_of_items", &[obj, key, value]),
                                Some(items) => {
                                    let mut new = Vec::with_capacity(items.len());
                                    for v in items {
                                        new.push(self.byte_value(v)?);
                                    }
                                    new
                                }
                            },
                        };
                        if b.step == 1 && b.count != new.len() {
                            self.resizable(x, "__setitem__", &[key, value])?;
                        }
                        let done = replace_slice(&mut x.bytes.borrow_mut(), b, &new);
                        match done {
                            Ok(()) => Ok(()),
                            Err(()) => Err(self.value_error(format!(
                                "attempt to assign bytes of size {} to extended slice of size {}",
                                new.len(),
                                b.count
                            ))),
                        }
                    }
                }
            }
            _ => {
                let message = format!("'{}' object does not support item assignment", self.class_name(obj));
                Err(self.type_error(message))
            }
        }
    }

    /// A byte as `bytearray` takes it.
    pub(super) fn byte_value(&mut self, v: Value) -> Res<u8> {
        match v.view() {
            View::Int(_) | View::Bool(_) | View::BigInt(_) => match u8::try_from(self.clamp_int(v)) {
                Ok(b) => Ok(b),
                Err(_) => Err(self.value_error("byte must be in range(0, 256)")),
            },
            _ => {
                let message = format!("'{}' object cannot be interpreted as an integer", self.class_name(v));
                Err(self.type_error(message))
            }
        }
    }

    fn set_list_slice(&mut self, l: Gc<List>, key: Value, value: Value) -> Res<()> {
        let Some(parts) = key.cast::<Record>().map(|s| self.slice_parts(s)).transpose()?.flatten() else {
            return self.prelude_call("setitem_asking", &[l.value(), key, value]);
        };
        let new = match self.pure_items(value) {
            Ok(Some(items)) => items,
            Ok(None) => return self.prelude_call("setslice_of_items", &[l.value(), key, value]),
            Err(Ctl::Raise(e)) if self.is_instance(e, self.types.TypeError) && !self.is_iterable(value) => {
                return Err(self.type_error("must assign iterable to extended slice"));
            }
            Err(e) => return Err(e),
        };
        let (b, before) = {
            let items = l.items.borrow();
            (Bounds::new(parts, items.len()), items.capacity())
        };
        let done = replace_slice(&mut l.items.borrow_mut(), b, &new);
        let after = l.items.borrow().capacity();
        self.heap.charge(after.saturating_sub(before) * 8);
        match done {
            Ok(()) => Ok(()),
            Err(()) => Err(self.value_error(format!(
                "attempt to assign sequence of size {} to extended slice of size {}",
                new.len(),
                b.count
            ))),
        }
    }

    /// `del obj[key]` of built-in layouts.
    pub fn pure_delitem(&mut self, obj: Value, key: Value) -> Res<()> {
        match obj.view() {
            View::List(l) => match self.sequence_key(key, l.len(), "list")? {
                None => self.prelude_call("delitem_asking", &[obj, key]),
                Some(Key::At(i)) => match usize::try_from(i).ok().filter(|&i| i < l.len()) {
                    Some(i) => {
                        l.items.borrow_mut().remove(i);
                        Ok(())
                    }
                    None => Err(self.index_error("list assignment index out of range")),
                },
                Some(Key::Slice(b)) => {
                    b.remove(&mut l.items.borrow_mut());
                    Ok(())
                }
            },
            View::Dict(_) => self.keyed(KeyOp::Del, obj, key, Value::UNDEF).map(|_| ()),
            View::ByteArray(x) => {
                let len = x.bytes.borrow().len();
                match self.sequence_key(key, len, "bytearray")? {
                    None => self.prelude_call("delitem_asking", &[obj, key]),
                    Some(Key::At(i)) => match usize::try_from(i).ok().filter(|&i| i < len) {
                        Some(i) => {
                            self.resizable(x, "__delitem__", &[key])?;
                            x.bytes.borrow_mut().remove(i);
                            Ok(())
                        }
                        None => Err(self.index_error("bytearray index out of range")),
                    },
                    Some(Key::Slice(b)) => {
                        if b.count > 0 {
                            self.resizable(x, "__delitem__", &[key])?;
                        }
                        b.remove(&mut x.bytes.borrow_mut());
                        Ok(())
                    }
                }
            }
            _ => {
                // CPython asks sequences first, in other words.
                let name = self.names.index;
                let sequence = match obj.view() {
                    View::Tuple(_) | View::Str(_) | View::Bytes(_) | View::Range(_) | View::Set(_) => true,
                    View::Record(r) => {
                        matches!(r.tag, RecordTag::DictKeys | RecordTag::DictItems | RecordTag::DictValues)
                    }
                    _ => self.class_of(obj).has(flag::HEAP),
                };
                let not = if sequence && (key.is_int() || self.special(key, name).is_some()) {
                    "doesn't"
                } else {
                    "does not"
                };
                let message = format!("'{}' object {not} support item deletion", self.class_name(obj));
                Err(self.type_error(message))
            }
        }
    }
}

/// Replaces what a slice selects by new items; an extended slice keeps its size (an error otherwise).
fn replace_slice<T: Copy>(items: &mut Vec<T>, b: Bounds, new: &[T]) -> Result<(), ()> {
    if b.step == 1 {
        let from = (b.start as usize).min(items.len());
        let to = (from + b.count).min(items.len());
        items.splice(from..to, new.iter().copied());
        return Ok(());
    }
    if b.count != new.len() {
        return Err(());
    }
    for (i, &x) in b.positions().zip(new) {
        if let Some(slot) = items.get_mut(i) {
            *slot = x;
        }
    }
    Ok(())
}
