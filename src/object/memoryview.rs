//! Views of the bytes of other objects: the data of `memoryview`. Floor 4.
//!
//! See "Memory Views" in the library reference. Invariant: all positions of a view lie within its owner, as long as the owner keeps
//! its size; a `bytearray` counts the views of it and keeps its size while there are any.

use super::{ByteArray, Bytes, Native, NativeData};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::text::half;
use crate::value::Value;
use std::cell::Cell;
use std::sync::Arc;

/// How many views an object has.
pub struct Exports {
    views: HeapCell<Option<Arc<()>>>,
    /// Garbage has just been collected: no dead view is among them.
    pub exact: Cell<bool>,
}

impl Exports {
    pub const fn new() -> Self {
        Exports { views: HeapCell::new(None), exact: Cell::new(false) }
    }

    /// Another view: it is one until the guard is dropped.
    fn add(&self) -> Arc<()> {
        self.views.borrow_mut().get_or_insert_with(|| Arc::new(())).clone()
    }

    /// Whether a view exists, which may be garbage.
    #[inline]
    pub fn any(&self) -> bool {
        self.views.borrow().as_ref().is_some_and(|a| Arc::strong_count(a) > 1)
    }
}

impl Default for Exports {
    fn default() -> Self {
        Self::new()
    }
}

/// The type of an item: a code of the module `struct`, in the machine's own size and order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ItemCode(u8);

/// An item as it stands in memory.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Item {
    Int(i64),
    Unsigned(u64),
    Float(f64),
    Bool(bool),
    Byte(u8),
}

impl ItemCode {
    /// `B`: an unsigned byte.
    pub const BYTE: ItemCode = ItemCode(b'B');

    /// The code of a format: one letter, perhaps behind an `@`.
    pub fn named(format: &str) -> Option<ItemCode> {
        match format.strip_prefix('@').unwrap_or(format).as_bytes() {
            &[code] if b"cbB?hHiIlLqQnNefdP".contains(&code) => Some(ItemCode(code)),
            _ => None,
        }
    }

    /// Its letter.
    pub fn letter(self) -> char {
        self.0 as char
    }

    /// Size of an item in bytes.
    pub fn size(self) -> usize {
        match self.0 {
            b'h' | b'H' | b'e' => 2,
            b'i' | b'I' | b'f' => 4,
            b'l' | b'L' | b'q' | b'Q' | b'n' | b'N' | b'd' | b'P' => 8,
            _ => 1,
        }
    }

    /// `B`, `b` or `c`.
    pub fn is_byte(self) -> bool {
        matches!(self.0, b'B' | b'b' | b'c')
    }

    /// The item at the beginning of `bytes`.
    pub fn read(self, bytes: &[u8]) -> Item {
        let mut unit = [0; 8];
        let n = self.size().min(bytes.len());
        unit[..n].copy_from_slice(&bytes[..n]);
        let bits = u64::from_le_bytes(unit);
        match self.0 {
            b'c' => Item::Byte(unit[0]),
            b'?' => Item::Bool(unit[0] != 0),
            b'b' => Item::Int(i64::from(bits as i8)),
            b'h' => Item::Int(i64::from(bits as i16)),
            b'i' => Item::Int(i64::from(bits as i32)),
            b'l' | b'q' | b'n' => Item::Int(bits as i64),
            b'e' => Item::Float(half::from_bits(bits as u16)),
            b'f' => Item::Float(f64::from(f32::from_bits(bits as u32))),
            b'd' => Item::Float(f64::from_bits(bits)),
            _ => Item::Unsigned(bits),
        }
    }

    /// The bytes of an item, if it has a place in this type.
    pub fn write(self, item: Item) -> Option<Vec<u8>> {
        let size = self.size();
        let bits = match (self.0, item) {
            (b'c', Item::Byte(b)) => u64::from(b),
            (b'?', Item::Bool(b)) => u64::from(b),
            (b'e', Item::Float(x)) => u64::from(half::to_bits(x)?),
            (b'f', Item::Float(x)) => u64::from((x as f32).to_bits()),
            (b'd', Item::Float(x)) => x.to_bits(),
            (b'b' | b'h' | b'i' | b'l' | b'q' | b'n', Item::Int(n)) => {
                let spare = 64 - 8 * size as u32;
                (n << spare >> spare == n).then_some(n as u64)?
            }
            (b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' | b'P', Item::Unsigned(n)) => {
                let spare = 64 - 8 * size as u32;
                (n << spare >> spare == n).then_some(n)?
            }
            _ => return None,
        };
        Some(bits.to_le_bytes()[..size].to_vec())
    }

    /// Whether items are signed integers.
    pub fn is_signed(self) -> bool {
        matches!(self.0, b'b' | b'h' | b'i' | b'l' | b'q' | b'n')
    }

    /// Whether items are floats.
    pub fn is_float(self) -> bool {
        matches!(self.0, b'e' | b'f' | b'd')
    }
}

/// The data of a `memoryview`.
pub struct MemoryView {
    /// A `bytes` or a `bytearray`.
    pub owner: Value,
    /// What `obj` shows.
    pub shown: Value,
    /// Counts as a view of the owner; gone after a release.
    pub guard: HeapCell<Option<Arc<()>>>,
    pub readonly: bool,
    pub code: ItemCode,
    /// The format as it was given.
    pub format: String,
    /// Byte of the owner at which item 0 stands.
    pub offset: usize,
    /// Number of items in each dimension; empty for a single item.
    pub shape: Vec<usize>,
    /// Bytes from an item to the next in each dimension.
    pub strides: Vec<isize>,
    pub hash: Cell<Option<i64>>,
}

impl NativeData for MemoryView {
    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.owner);
        v.value(self.shown);
        v.data(self.offset as u64);
    }
}

impl MemoryView {
    /// All bytes of an object; `None` if it isn't `bytes` or `bytearray`.
    pub fn of(owner: Value) -> Option<MemoryView> {
        let (len, readonly) = match (owner.cast::<Bytes>(), owner.cast::<ByteArray>()) {
            (Some(b), _) => (b.items().len(), true),
            (_, Some(b)) => (b.bytes.borrow().len(), false),
            _ => return None,
        };
        let view = MemoryView {
            owner,
            shown: owner,
            guard: HeapCell::new(None),
            readonly,
            code: ItemCode::BYTE,
            format: "B".into(),
            offset: 0,
            shape: vec![len],
            strides: vec![1],
            hash: Cell::new(None),
        };
        view.acquire();
        Some(view)
    }

    /// Another view of the same owner.
    pub fn like(&self) -> MemoryView {
        let view = MemoryView {
            owner: self.owner,
            shown: self.shown,
            guard: HeapCell::new(None),
            readonly: self.readonly,
            code: self.code,
            format: self.format.clone(),
            offset: self.offset,
            shape: self.shape.clone(),
            strides: self.strides.clone(),
            hash: Cell::new(None),
        };
        view.acquire();
        view
    }

    fn acquire(&self) {
        let guard = self.owner.cast::<ByteArray>().map_or_else(|| Arc::new(()), |b| b.exports.add());
        self.guard.replace(Some(guard));
    }

    /// Gives the owner free.
    pub fn release(&self) {
        self.guard.replace(None);
    }

    pub fn is_released(&self) -> bool {
        self.guard.borrow().is_none()
    }

    /// `len(view)`; 1 without dimensions.
    pub fn len(&self) -> usize {
        self.shape.first().copied().unwrap_or(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of items in all dimensions.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Size of all items in bytes.
    pub fn nbytes(&self) -> usize {
        self.count() * self.code.size()
    }

    /// Whether the items stand one behind the other, the last index changing fastest (or the first, if `fortran`).
    pub fn is_contiguous(&self, fortran: bool) -> bool {
        if self.count() == 0 {
            return true;
        }
        let mut expected = self.code.size() as isize;
        let dims: Vec<usize> =
            if fortran { (0..self.shape.len()).collect() } else { (0..self.shape.len()).rev().collect() };
        dims.into_iter().all(|i| {
            let fits = self.shape[i] <= 1 || self.strides[i] == expected;
            expected *= self.shape[i] as isize;
            fits
        })
    }

    /// The bytes of the owner at which the items stand, in order of their indices.
    pub fn positions(&self) -> Vec<usize> {
        let mut at = vec![self.offset as isize];
        for (&n, &stride) in self.shape.iter().zip(&self.strides) {
            at = at.iter().flat_map(|&p| (0..n as isize).map(move |i| p + i * stride)).collect();
        }
        at.into_iter().map(|p| p as usize).collect()
    }

    /// The same in Fortran's order.
    pub fn positions_fortran(&self) -> Vec<usize> {
        let mut at = vec![self.offset as isize];
        for (&n, &stride) in self.shape.iter().zip(&self.strides) {
            at = (0..n as isize).flat_map(|i| at.iter().map(move |&p| p + i * stride).collect::<Vec<_>>()).collect();
        }
        at.into_iter().map(|p| p as usize).collect()
    }

    /// Calls `f` with the owner's bytes.
    pub fn with_bytes<T>(&self, f: impl FnOnce(&[u8]) -> T) -> T {
        match (self.owner.cast::<Bytes>(), self.owner.cast::<ByteArray>()) {
            (Some(b), _) => f(b.items()),
            (_, Some(b)) => f(&b.bytes.borrow()),
            _ => f(&[]),
        }
    }

    /// The bytes of the items at these places.
    pub fn bytes_at(&self, positions: &[usize]) -> Vec<u8> {
        let size = self.code.size();
        self.with_bytes(|all| {
            let mut out = Vec::with_capacity(positions.len() * size);
            for &p in positions {
                out.extend_from_slice(all.get(p..p + size).unwrap_or(&[]));
            }
            out
        })
    }

    /// `bytes(view)`.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.is_contiguous(false) {
            let (from, n) = (self.offset, self.nbytes());
            return self.with_bytes(|all| all.get(from..from + n).unwrap_or(&[]).to_vec());
        }
        self.bytes_at(&self.positions())
    }

    /// The item at a byte of the owner.
    pub fn read(&self, position: usize) -> Item {
        self.with_bytes(|all| self.code.read(all.get(position..).unwrap_or(&[])))
    }

    /// Overwrites bytes of the owner, which must be a `bytearray`.
    pub fn write(&self, position: usize, bytes: &[u8]) {
        if let Some(b) = self.owner.cast::<ByteArray>()
            && let Some(place) = b.bytes.borrow_mut().get_mut(position..position + bytes.len())
        {
            place.copy_from_slice(bytes);
        }
    }
}

/// The view that a value is.
pub fn view_of<'a>(v: Value) -> Option<&'a MemoryView> {
    v.cast::<Native>().and_then(Gc::data_ref::<MemoryView>)
}
