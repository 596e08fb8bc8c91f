//! Attributes of instances of the library's own classes, for natives that do what methods of these classes would do. Floor 7.
//!
//! Invariant: what is found here is what the language would find.

use crate::heap::{Gc, Visitor};
use crate::object::class::flag;
use crate::object::{Class, Instance, ShapeId, Str};
use crate::value::Value;
use crate::vm::Vm;
use std::cell::Cell;

/// Names of attributes, in the order in which `__init__` sets them.
pub struct Attributes<const N: usize> {
    /// Interned strings.
    names: [Value; N],
    /// Shape of a new instance of the class that was looked at last, the epoch then, and the shape after `__init__`.
    looked_at: Cell<(ShapeId, u32, ShapeId)>,
}

impl<const N: usize> Attributes<N> {
    pub fn new(vm: &mut Vm, names: [&str; N]) -> Self {
        let looked_at = Cell::new((ShapeId::NONE, 0, ShapeId::NONE));
        Attributes { names: names.map(|n| vm.intern(n).value()), looked_at }
    }

    /// Shows the names.
    pub fn visit(&self, v: &mut dyn Visitor) {
        self.names.iter().for_each(|n| v.value(*n));
    }

    /// Name `i`.
    #[inline]
    pub fn name(&self, vm: &Vm, i: usize) -> Gc<Str> {
        self.names[i].cast::<Str>().unwrap_or(vm.names.empty)
    }

    /// The slot of attribute `i`, if it is where `__init__` would put it.
    #[inline]
    fn has_slot(&self, vm: &Vm, obj: Gc<Instance>, i: usize) -> bool {
        vm.shapes.get(obj.shape()).names.get(i).is_some_and(|n| n.value() == self.names[i])
    }

    /// Attribute `i` of the instance itself.
    #[inline]
    pub fn get(&self, vm: &mut Vm, obj: Gc<Instance>, i: usize) -> Option<Value> {
        if self.has_slot(vm, obj, i) {
            return obj.slot(i).defined();
        }
        let name = self.name(vm, i);
        vm.own_attr(obj.value(), name)
    }

    /// Sets attribute `i` of the instance itself.
    #[inline]
    pub fn set(&self, vm: &mut Vm, obj: Gc<Instance>, i: usize, value: Value) {
        if self.has_slot(vm, obj, i) {
            return vm.set_slot(obj, i, value);
        }
        let name = self.name(vm, i);
        vm.set_own_attr(obj.value(), name, value);
    }

    /// Takes attribute `i` away. The instance keeps its shape: this is for attributes that are not set again, so that there is
    /// nothing to say in which order they came.
    pub fn empty(&self, vm: &mut Vm, obj: Gc<Instance>, i: usize) {
        if self.has_slot(vm, obj, i) {
            return vm.set_slot(obj, i, Value::UNDEF);
        }
        let name = self.name(vm, i);
        vm.del_own_attr(obj.value(), name);
    }

    /// Sets all attributes of a new instance, but those that are `Undef`. `false`: it is not new, or its class wants to be asked.
    pub fn fill(&self, vm: &mut Vm, obj: Gc<Instance>, values: [Value; N]) -> bool {
        let Some(after) = self.shape_after(vm, obj.class()) else { return false };
        if obj.shape() != vm.shapes.root(obj.class()) {
            return false;
        }
        for (i, v) in values.into_iter().enumerate() {
            vm.set_slot(obj, i, v);
        }
        obj.set_shape(after);
        true
    }

    /// Whether `fill` can set all attributes of a new instance of `class`.
    pub fn fits(&self, vm: &mut Vm, class: Gc<Class>) -> bool {
        self.shape_after(vm, class).is_some()
    }

    /// The shape that a new instance of `class` has after all attributes were set, if setting them is all that happens.
    fn shape_after(&self, vm: &mut Vm, class: Gc<Class>) -> Option<ShapeId> {
        let root = vm.shapes.root(class);
        let (seen, epoch, after) = self.looked_at.get();
        if (seen, epoch) == (root, vm.epoch) {
            return Some(after);
        }
        if class.has(flag::USER_SETATTR | flag::USER_GETATTRIBUTE)
            || !class.has(flag::HAS_DICT)
            || !vm.shapes.get(root).names.is_empty()
        {
            return None;
        }
        let mut after = root;
        for i in 0..N {
            let name = self.name(vm, i);
            if let Some(found) = vm.lookup_class(class, name)
                && vm.is_data_descriptor(found)
            {
                return None;
            }
            after = vm.shapes.with(after, name)?;
        }
        self.looked_at.set((root, vm.epoch, after));
        Some(after)
    }
}
