//! `tuple`, `list`, `bytes`, `bytearray`, `range`. Floor 4.

use crate::heap::{Gc, Header, HeapCell, Kind, Object, Trailing};
use crate::object::class::Class;
use crate::object::memoryview::Exports;
use crate::value::Value;

#[repr(C)]
pub struct TupleHead {
    header: Header,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for TupleHead {
    const KIND: Kind = Kind::Tuple;
}
impl TupleHead {
    pub fn new(class: Gc<Class>) -> Self {
        TupleHead { header: Header::new(Kind::Tuple, class) }
    }
}
/// A `tuple`: its items never change.
pub type Tuple = Trailing<TupleHead, Value>;

#[repr(C)]
pub struct List {
    header: Header,
    pub items: HeapCell<Vec<Value>>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for List {
    const KIND: Kind = Kind::List;
}
impl List {
    pub fn new(class: Gc<Class>, items: Vec<Value>) -> Self {
        List { header: Header::new(Kind::List, class), items: HeapCell::new(items) }
    }

    #[inline(always)]
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    #[inline(always)]
    pub fn get(&self, i: usize) -> Option<Value> {
        self.items.borrow().get(i).copied()
    }

    /// Stores at `i`; `false` if there is no such item.
    #[inline(always)]
    pub fn set(&self, i: usize, v: Value) -> bool {
        match self.items.borrow_mut().get_mut(i) {
            Some(slot) => {
                *slot = v;
                true
            }
            None => false,
        }
    }

    /// Appends and says how many bytes the list grew by.
    #[inline(always)]
    pub fn push(&self, v: Value) -> usize {
        let mut items = self.items.borrow_mut();
        let before = items.capacity();
        items.push(v);
        (items.capacity() - before) * size_of::<Value>()
    }

    /// A copy of the items.
    pub fn to_vec(&self) -> Vec<Value> {
        self.items.borrow().clone()
    }
}

#[repr(C)]
pub struct BytesHead {
    header: Header,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for BytesHead {
    const KIND: Kind = Kind::Bytes;
}
impl BytesHead {
    pub fn new(class: Gc<Class>) -> Self {
        BytesHead { header: Header::new(Kind::Bytes, class) }
    }
}
/// A `bytes` object.
pub type Bytes = Trailing<BytesHead, u8>;

#[repr(C)]
pub struct ByteArray {
    header: Header,
    pub bytes: HeapCell<Vec<u8>>,
    /// Its views; while there are any it keeps its size.
    pub exports: Exports,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for ByteArray {
    const KIND: Kind = Kind::ByteArray;
}
impl ByteArray {
    pub fn new(class: Gc<Class>, bytes: Vec<u8>) -> Self {
        ByteArray { header: Header::new(Kind::ByteArray, class), bytes: HeapCell::new(bytes), exports: Exports::new() }
    }
}

/// A `range` whose ends fit 64 bits.
#[repr(C)]
pub struct Range {
    header: Header,
    pub start: i64,
    pub stop: i64,
    pub step: i64,
    /// Number of items.
    pub len: i64,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Range {
    const KIND: Kind = Kind::Range;
}
impl Range {
    /// `step` must not be 0.
    pub fn new(class: Gc<Class>, start: i64, stop: i64, step: i64) -> Self {
        let (start_w, stop_w, step_w) = (start as i128, stop as i128, step as i128);
        let len = if step > 0 && start < stop {
            (stop_w - start_w - 1) / step_w + 1
        } else if step < 0 && start > stop {
            (start_w - stop_w - 1) / -step_w + 1
        } else {
            0
        };
        Range { header: Header::new(Kind::Range, class), start, stop, step, len: len.min(i64::MAX as i128) as i64 }
    }

    /// Item `i`, which must be in `0..len`.
    pub fn at(&self, i: i64) -> i64 {
        self.start.wrapping_add(i.wrapping_mul(self.step))
    }
}
