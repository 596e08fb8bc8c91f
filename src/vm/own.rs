//! What objects hold themselves: dicts of attributes and slots, without asking classes. Floor 5.
//!
//! Invariant: the first slots of an instance are those of its class's `__slots__`, in every shape that it can have; what
//! moves to a dict is only what comes behind them.

use super::{Res, Vm};
use crate::heap::Gc;
use crate::object::class::{InstanceHead, flag};
use crate::object::{Class, Dict, Instance, List, Record, Str, View};
use crate::value::Value;

impl Vm {
    /// The object's own attributes as a dict, if it keeps them in one (or has none yet and `make` is set).
    pub fn own_dict(&mut self, obj: Value, make: bool) -> Option<Gc<Dict>> {
        let slot = match obj.view() {
            View::Module(m) => return Some(m.dict),
            View::Class(c) => return Some(c.dict),
            View::Exception(e) => {
                if e.attrs.get().is_undef() && make {
                    let d = self.new_dict();
                    e.attrs.set(d.value());
                }
                e.attrs.get()
            }
            View::Function(f) => {
                if f.attrs.get().is_undef() && make {
                    let d = self.new_dict();
                    f.attrs.set(d.value());
                }
                f.attrs.get()
            }
            View::Instance(i) => {
                if !self.shapes.get(i.shape()).is_dict {
                    if !make || !i.class().has(flag::HAS_DICT) {
                        return None;
                    }
                    self.to_dict_mode(i);
                }
                i.more.get()
            }
            _ => {
                let o = obj.as_object()?;
                if let Some(d) = self.heap.attrs_of(o) {
                    d
                } else if make && o.class().has(flag::HAS_DICT) {
                    let d = self.new_dict();
                    self.heap.set_attrs_of(o, d.value());
                    d.value()
                } else {
                    return None;
                }
            }
        };
        slot.cast::<Dict>()
    }

    /// `__dict__` of an object that has one.
    pub fn dict_of(&mut self, obj: Value) -> Option<Gc<Dict>> {
        match obj.view() {
            View::Function(_) | View::Module(_) | View::Exception(_) => self.own_dict(obj, true),
            View::Class(_) => None,
            _ if self.class_of(obj).has(flag::HAS_DICT) => self.own_dict(obj, true),
            _ => None,
        }
    }

    /// Moves an instance's attributes to a dict. The slots of its class's `__slots__` stay.
    pub fn to_dict_mode(&mut self, i: Gc<Instance>) -> Gc<Dict> {
        let shape = self.shapes.get(i.shape());
        if shape.is_dict
            && let Some(d) = i.more.get().cast::<Dict>()
        {
            return d;
        }
        let names = shape.names.clone();
        let s = self.shapes.dict_shape(i.class());
        let fixed = self.shapes.get(s).names.len();
        let d = self.new_dict();
        for (n, name) in names.iter().enumerate().skip(fixed) {
            let v = i.slot(n);
            if !v.is_undef() {
                d.set_str(*name, v);
            }
            if let Some(slot) = i.items().get(n) {
                slot.set(Value::UNDEF);
            }
        }
        i.set_shape(s);
        i.more.set(d.value());
        d
    }

    /// The object's own attribute `name` (interned): no class lookup.
    #[inline]
    pub fn own_attr(&mut self, obj: Value, name: Gc<Str>) -> Option<Value> {
        if let Some(i) = obj.cast::<Instance>() {
            let shape = i.shape();
            if let Some(slot) = self.shapes.slot(shape, name) {
                return i.slot(slot as usize).defined();
            }
            if !self.shapes.get(shape).is_dict {
                return None;
            }
        }
        self.own_dict(obj, false)?.get_str(name)
    }

    /// Sets the object's own attribute `name` (interned); `false` if it can't have attributes.
    pub fn set_own_attr(&mut self, obj: Value, name: Gc<Str>, value: Value) -> bool {
        if let Some(i) = obj.cast::<Instance>() {
            let shape = i.shape();
            if let Some(slot) = self.shapes.slot(shape, name) {
                self.set_slot(i, slot as usize, value);
                return true;
            }
            if !self.shapes.get(shape).is_dict {
                if !i.class().has(flag::HAS_DICT) {
                    return false;
                }
                match self.shapes.with(shape, name) {
                    Some(next) => {
                        let slot = self.shapes.get(shape).names.len();
                        self.set_slot(i, slot, value);
                        i.set_shape(next);
                    }
                    None => {
                        let d = self.to_dict_mode(i);
                        d.set_str(name, value);
                    }
                }
                return true;
            }
        }
        match self.own_dict(obj, true) {
            Some(d) => {
                d.set_str(name, value);
                true
            }
            None => false,
        }
    }

    /// Deletes the object's own attribute; `false` if it isn't there.
    pub fn del_own_attr(&mut self, obj: Value, name: Gc<Str>) -> bool {
        if let Some(i) = obj.cast::<Instance>()
            && !self.shapes.get(i.shape()).is_dict
        {
            if self.own_attr(obj, name).is_none() {
                return false;
            }
            self.to_dict_mode(i);
        }
        self.own_dict(obj, false).is_some_and(|d| d.remove_str(name).is_some())
    }

    /// Stores into slot `i` of an instance, within the object or in its overflow list.
    #[inline]
    pub fn set_slot(&mut self, obj: Gc<Instance>, i: usize, value: Value) {
        match obj.items().get(i) {
            Some(c) => c.set(value),
            None => {
                let far = i - obj.len();
                let list = match obj.more.get().cast::<List>() {
                    Some(l) => l,
                    None => {
                        let v = self.new_list(Vec::new());
                        obj.more.set(v);
                        match v.cast::<List>() {
                            Some(l) => l,
                            None => return,
                        }
                    }
                };
                let mut items = list.items.borrow_mut();
                if items.len() <= far {
                    items.resize(far + 1, Value::UNDEF);
                }
                items[far] = value;
            }
        }
    }

    /// The value of the `__slots__` member `m` in `obj`; `None` where it is unset.
    pub fn member_value(&mut self, obj: Value, m: Gc<Record>) -> Option<Value> {
        let key = m.field(MEMBER_KEY).cast::<Str>()?;
        match obj.cast::<Instance>() {
            Some(i) => {
                let slot = self.shapes.slot(i.shape(), key)?;
                i.slot(slot as usize).defined()
            }
            None => self.heap.slots_of(obj.as_object()?)?.cast::<Dict>()?.get_str(key),
        }
    }

    /// Sets the `__slots__` member `m` of `obj`; `Undef` deletes. Errors: AttributeError where there is nothing to
    /// delete, TypeError where `obj` has no such slot.
    pub fn set_member(&mut self, obj: Value, m: Gc<Record>, value: Value) -> Res<()> {
        let owned = m.field(0).cast::<Class>().is_some_and(|c| self.is_instance(obj, c));
        let (Some(key), true) = (m.field(MEMBER_KEY).cast::<Str>(), owned) else {
            return Err(self.foreign_receiver(m, obj));
        };
        if value.is_undef() && self.member_value(obj, m).is_none() {
            return Err(self.attribute_error_for(obj, key.as_str(), key.as_str()));
        }
        match obj.cast::<Instance>() {
            Some(i) => {
                if let Some(slot) = self.shapes.slot(i.shape(), key) {
                    self.set_slot(i, slot as usize, value);
                }
            }
            None => {
                let Some(o) = obj.as_object() else { return Ok(()) };
                let d = match self.heap.slots_of(o).and_then(|d| d.cast::<Dict>()) {
                    Some(d) => d,
                    None => {
                        let d = self.new_dict();
                        self.heap.set_slots_of(o, d.value());
                        d
                    }
                };
                if value.is_undef() {
                    d.remove_str(key);
                } else {
                    d.set_str(key, value);
                }
            }
        }
        Ok(())
    }

    /// A new instance of a class written in the language, with no attributes.
    #[inline]
    pub fn new_instance(&mut self, class: Gc<Class>) -> Gc<Instance> {
        let shape = self.shapes.root(class);
        let head = InstanceHead::new(class, shape);
        let n = class.inline_slots.get() as usize;
        self.heap.alloc_trailing(head, n, |_| std::cell::Cell::new(Value::UNDEF))
    }
}

/// The field of a `__slots__` member that identifies its slot in shapes: a string of its own, so that equal names of
/// several classes are different slots.
pub const MEMBER_KEY: usize = 4;
