//! Weak references: which objects have them, and what a reference is made of. Floor 4.
//!
//! Invariant: `target` is an object that is alive: a collection that finds it unreachable clears it before anybody can look.

use super::NativeData;
use crate::heap::Visitor;
use crate::value::Value;
use std::cell::Cell;

/// State of a `weakref.ref`.
pub struct WeakData {
    /// The object; `Undef` once it is gone.
    target: Cell<Value>,
    /// Called when the object is gone; `None` for nothing.
    pub callback: Cell<Value>,
    /// The object's hash, once it was asked for.
    pub hash: Cell<Option<i64>>,
    /// References die, and their callbacks are called, in the order in which they were made.
    pub number: u64,
}

impl WeakData {
    pub fn new(target: Value, callback: Value, number: u64) -> WeakData {
        WeakData { target: Cell::new(target), callback: Cell::new(callback), hash: Cell::new(None), number }
    }

    /// The object, while it is there.
    pub fn target(&self) -> Option<Value> {
        self.target.get().defined()
    }

    /// The object is gone.
    pub fn clear(&self) {
        self.target.set(Value::UNDEF);
    }
}

impl NativeData for WeakData {
    fn visit(&self, v: &mut dyn Visitor) {
        // Not the target: that is the point.
        v.value(self.callback.get());
        v.data(self.number);
    }
}
