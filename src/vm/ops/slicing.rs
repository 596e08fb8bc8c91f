//! Slices: from `start:stop:step` to positions, and sequences cut along them. Floor 5.
//!
//! Invariant: the positions of a [`Bounds`] lie within the length it was made for.

use crate::heap::Gc;
use crate::object::{Record, View};
use crate::value::Value;
use crate::vm::{Res, Vm};

/// The positions that a slice selects in a sequence of a certain length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bounds {
    pub start: i64,
    /// As `slice.indices` gives it: -1 may stand for "before the first".
    pub stop: i64,
    pub step: i64,
    pub count: usize,
}

/// The fields of a slice as ints, `None` where the field is `None`.
pub type SliceParts = [Option<i64>; 3];

impl Bounds {
    /// As CPython's `PySlice_AdjustIndices`. `step` must not be 0.
    pub fn new(parts: SliceParts, len: usize) -> Bounds {
        let len = i64::try_from(len).unwrap_or(i64::MAX);
        let step = parts[2].unwrap_or(1).max(-i64::MAX);
        let (lo, hi) = if step < 0 { (-1, len - 1) } else { (0, len) };
        let clip = |v: i64| (if v < 0 { v.saturating_add(len) } else { v }).clamp(lo, hi);
        let start = parts[0].map_or(if step < 0 { hi } else { lo }, clip);
        let stop = parts[1].map_or(if step < 0 { lo } else { hi }, clip);
        let count = if step < 0 && stop < start {
            (start - stop - 1) / -step + 1
        } else if step > 0 && start < stop {
            (stop - start - 1) / step + 1
        } else {
            0
        };
        Bounds { start, stop, step, count: count as usize }
    }

    /// The positions in order.
    pub fn positions(self) -> impl DoubleEndedIterator<Item = usize> {
        (0..self.count as i64).map(move |i| (self.start + i * self.step) as usize)
    }

    /// The selected items.
    pub fn cut<T: Copy>(self, items: &[T]) -> Vec<T> {
        if self.step == 1 {
            let from = self.start as usize;
            return items.get(from..from + self.count).unwrap_or(&[]).to_vec();
        }
        self.positions().filter_map(|i| items.get(i).copied()).collect()
    }

    /// Takes the selected items out.
    pub fn remove<T>(self, items: &mut Vec<T>) {
        if self.count == 0 {
            return;
        }
        if self.step == 1 {
            let from = self.start as usize;
            items.drain(from..from + self.count);
            return;
        }
        let (low, step) = if self.step < 0 {
            (self.start + (self.count as i64 - 1) * self.step, -self.step)
        } else {
            (self.start, self.step)
        };
        let (low, step, mut i, mut left) = (low as usize, step as usize, 0, self.count);
        items.retain(|_| {
            let hit = left > 0 && i >= low && (i - low).is_multiple_of(step);
            i += 1;
            left -= usize::from(hit);
            !hit
        });
    }
}

impl Vm {
    /// The fields of a slice; `None` where one needs `__index__` of the language. Errors: TypeError for a field of
    /// another type, ValueError for a step of 0.
    pub fn slice_parts(&mut self, s: Gc<Record>) -> Res<Option<SliceParts>> {
        let mut parts = [None; 3];
        for (i, part) in parts.iter_mut().enumerate() {
            let v = s.field(i);
            *part = match v.view() {
                View::None => None,
                View::Int(_) | View::Bool(_) | View::BigInt(_) => Some(self.clamp_int(v)),
                _ => {
                    let name = self.names.index;
                    if self.special(v, name).is_some() {
                        return Ok(None);
                    }
                    return Err(self.type_error("slice indices must be integers or None or have an __index__ method"));
                }
            };
        }
        if parts[2] == Some(0) {
            return Err(self.value_error("slice step cannot be zero"));
        }
        Ok(Some(parts))
    }

    /// A slice object.
    pub fn new_slice(&mut self, start: Value, stop: Value, step: Value) -> Value {
        let class = self.types.slice;
        self.new_record(class, crate::object::RecordTag::Slice, &[start, stop, step]).value()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(start: Option<i64>, stop: Option<i64>, step: Option<i64>) -> Vec<i32> {
        Bounds::new([start, stop, step], 6).cut(&[0, 1, 2, 3, 4, 5])
    }

    #[test]
    fn as_cpython_cuts() {
        assert_eq!(cut(None, None, None), [0, 1, 2, 3, 4, 5]);
        assert_eq!(cut(None, None, Some(-1)), [5, 4, 3, 2, 1, 0]);
        assert_eq!(cut(Some(-2), None, None), [4, 5]);
        assert_eq!(cut(Some(1), Some(100), Some(2)), [1, 3, 5]);
        assert_eq!(cut(Some(100), Some(-100), Some(-2)), [5, 3, 1]);
        assert_eq!(cut(Some(4), Some(1), None), [0; 0]);
        assert_eq!(cut(Some(i64::MIN), Some(i64::MAX), Some(i64::MAX)), [0]);
        assert_eq!(cut(Some(i64::MAX), Some(i64::MIN), Some(i64::MIN)), [5]);
    }

    #[test]
    fn removes() {
        let mut v = vec![0, 1, 2, 3, 4, 5];
        Bounds::new([None, None, Some(-2)], 6).remove(&mut v);
        assert_eq!(v, [0, 2, 4]);
        Bounds::new([Some(1), Some(2), None], 3).remove(&mut v);
        assert_eq!(v, [0, 4]);
    }
}
