//! Changing what a class or an object is: `__bases__`, `__class__`, an order of the metaclass's own. Floor 5.
//!
//! Invariant: instances never get a class with another layout than the one they were made with.

use super::{Res, Vm};
use crate::heap::{Gc, Kind};
use crate::object::class::flag;
use crate::object::{Class, Instance, Module, Record, RecordTag, Str, Tuple};
use crate::value::Value;

/// Flags that say what instances are made of besides their slots.
const LAYOUT: u32 = flag::HAS_DICT | flag::HAS_WEAKREF;

impl Vm {
    /// The base whose layout instances of `class` have: `__base__`.
    pub fn base_of(&mut self, class: Gc<Class>) -> Option<Gc<Class>> {
        let bases = class.bases.borrow().to_vec();
        match bases[..] {
            [] => None,
            [one] => Some(one),
            _ if !class.has(flag::HEAP) => bases.first().copied(),
            _ => self.best_base(&bases).ok(),
        }
    }

    /// Whether instances of `class` are made of nothing more than those of its base.
    fn adds_nothing(&mut self, class: Gc<Class>) -> Option<Gc<Class>> {
        let base = self.base_of(class)?;
        let same = class.layout.get() == base.layout.get()
            && !class.has(flag::SLOTS)
            && (class.flags.get() ^ base.flags.get()) & LAYOUT == 0
            && self.solid_base(class) == self.solid_base(base);
        same.then_some(base)
    }

    /// Names of the class's own slots.
    fn own_slots(&self, class: Gc<Class>) -> Vec<Gc<Str>> {
        let members = class.dict.to_vec();
        let mut names: Vec<Gc<Str>> = members
            .iter()
            .filter_map(|e| e.value.cast::<Record>())
            .filter(|r| r.tag == RecordTag::Member && r.field(2).is_undef() && r.field(0) == class.value())
            .filter_map(|r| r.field(1).cast::<Str>())
            .collect();
        names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        names
    }

    /// Whether instances of both are made of the same.
    fn same_layout(&mut self, a: Gc<Class>, b: Gc<Class>) -> bool {
        let (mut a, mut b) = (a, b);
        while let Some(base) = self.adds_nothing(a) {
            a = base;
        }
        while let Some(base) = self.adds_nothing(b) {
            b = base;
        }
        if a == b {
            return true;
        }
        let slots = |vm: &Vm, c| vm.own_slots(c).iter().map(|s| s.as_str().to_owned()).collect::<Vec<_>>();
        self.base_of(a) == self.base_of(b)
            && a.has(flag::HEAP)
            && b.has(flag::HEAP)
            && (a.flags.get() ^ b.flags.get()) & LAYOUT == 0
            && slots(self, a) == slots(self, b)
    }

    fn layout_differs(&mut self, what: &str, to: Gc<Class>, from: Gc<Class>) -> super::Ctl {
        // Native classes free their instances each in its own way.
        let which = if to.has(flag::HEAP) && from.has(flag::HEAP) { "object layout" } else { "deallocator" };
        let (to, from) = (to.name_str(), from.name_str());
        self.type_error(format!("{what} assignment: '{to}' {which} differs from '{from}'"))
    }

    /// `obj.__class__ = to`. Errors: CPython's TypeErrors.
    pub fn set_class_of(&mut self, obj: Value, to: Gc<Class>) -> Res<()> {
        let from = self.class_of(obj);
        let modules = obj.cast::<Module>().is_some() && to.layout.get() == Kind::Module;
        if !modules && (from.has(flag::IMMUTABLE) || to.has(flag::IMMUTABLE)) {
            return Err(
                self.type_error("__class__ assignment only supported for mutable types or ModuleType subclasses")
            );
        }
        if from.layout.get() != to.layout.get() || !(modules || self.same_layout(from, to)) {
            return Err(self.layout_differs("__class__", to, from));
        }
        if let Some(i) = obj.cast::<Instance>() {
            let shape = match from.has(flag::HAS_DICT) {
                true => {
                    self.to_dict_mode(i);
                    self.shapes.dict_shape(to)
                }
                // Slots stand in the order of their names, so both classes agree.
                false => self.shapes.root(to),
            };
            i.header().set_class(to);
            i.set_shape(shape);
        } else if let Some(o) = obj.as_object() {
            o.set_class(to);
        }
        if obj.cast::<Class>().is_some() {
            // Lookups of classes go through their metaclass.
            self.epoch += 1;
        }
        Ok(())
    }

    /// `class.__bases__ = bases`. Errors: CPython's TypeErrors.
    pub fn set_bases_of(&mut self, class: Gc<Class>, bases: Value) -> Res<()> {
        let name = class.name_str();
        let Some(tuple) = bases.cast::<Tuple>() else {
            let message = format!("can only assign tuple to {name}.__bases__, not {}", self.class_name(bases));
            return Err(self.type_error(message));
        };
        if tuple.is_empty() {
            return Err(self.type_error(format!("can only assign non-empty tuple to {name}.__bases__, not ()")));
        }
        let mut new = Vec::new();
        for &b in tuple.items() {
            let Some(b) = b.cast::<Class>() else {
                let message = format!("{name}.__bases__ must be tuple of classes, not '{}'", self.class_name(b));
                return Err(self.type_error(message));
            };
            if b.is_subclass(class) {
                return Err(self.type_error("a __bases__ item causes an inheritance cycle"));
            }
            new.push(b);
        }
        let best = self.best_base(&new)?;
        if let Some(old) = self.base_of(class)
            && !self.same_layout(old, best)
        {
            return Err(self.layout_differs("__bases__", best, old));
        }
        let old = std::mem::replace(&mut *class.bases.borrow_mut(), new.clone());
        if let Err(e) = self.reorder(class) {
            *class.bases.borrow_mut() = old;
            self.reorder(class)?;
            return Err(e);
        }
        for b in old {
            b.subclasses.borrow_mut().retain(|&c| c != class);
        }
        for b in new {
            b.subclasses.borrow_mut().push(class);
        }
        self.order_changed(class);
        Ok(())
    }

    /// Computes the order of `class` and of its subclasses anew.
    fn reorder(&mut self, class: Gc<Class>) -> Res<()> {
        let bases = class.bases.borrow().to_vec();
        let order = self.linearise(class, &bases)?;
        *class.mro.borrow_mut() = order;
        let subs = class.subclasses.borrow().to_vec();
        for c in subs {
            self.reorder(c)?;
        }
        Ok(())
    }

    /// Sets an order that a metaclass's `mro()` gave. Errors: CPython's TypeErrors.
    pub fn set_order(&mut self, class: Gc<Class>, order: &[Value]) -> Res<()> {
        let mut classes = Vec::with_capacity(order.len());
        let solid = self.solid_base(class);
        for &v in order {
            let Some(c) = v.cast::<Class>() else {
                let message = format!("mro() returned a non-class ('{}')", self.class_name(v));
                return Err(self.type_error(message));
            };
            let other = self.solid_base(c);
            if !solid.is_subclass(other) {
                let message = format!("mro() returned base with unsuitable layout ('{}')", c.name_str());
                return Err(self.type_error(message));
            }
            classes.push(c);
        }
        *class.mro.borrow_mut() = classes;
        self.order_changed(class);
        Ok(())
    }

    fn order_changed(&mut self, class: Gc<Class>) {
        self.epoch += 1;
        let inherited = flag::EXCEPTION | flag::META | flag::SEQUENCE | flag::MAPPING;
        let bases = class.bases.borrow().to_vec();
        let bits = bases.iter().fold(0, |bits, b| bits | b.flags.get() & inherited);
        class.flags.set(class.flags.get() | bits);
        self.compute_flags(class);
        let subs = class.subclasses.borrow().to_vec();
        for c in subs {
            self.order_changed(c);
        }
    }
}
