//! Ranges of any size: a `range` one of whose ends, or whose length, does not fit 64 bits. Floor 4.

use super::{Native, NativeData, Range};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::value::Value;
use dashu_int::IBig;
use dashu_int::ops::{Abs, DivRem};

/// The numbers of a range.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BigRange {
    pub start: IBig,
    pub stop: IBig,
    pub step: IBig,
    /// Number of items.
    pub len: IBig,
}

impl NativeData for BigRange {
    fn visit(&self, _: &mut dyn Visitor) {}
}

/// An iterator over such a range.
pub struct BigRangeIter {
    pub next: HeapCell<IBig>,
    pub step: IBig,
    pub left: HeapCell<IBig>,
}

impl NativeData for BigRangeIter {
    fn visit(&self, _: &mut dyn Visitor) {}
}

impl BigRange {
    /// `step` must not be 0.
    pub fn new(start: IBig, stop: IBig, step: IBig) -> BigRange {
        let (zero, one) = (IBig::ZERO, IBig::ONE);
        let span = if step > zero { &stop - &start } else { &start - &stop };
        let len = if span > zero { (span - &one) / (&step).abs() + one } else { zero };
        BigRange { start, stop, step, len }
    }

    /// The range that a value is, of whatever size.
    pub fn of(v: Value) -> Option<BigRange> {
        if let Some(r) = v.cast::<Range>() {
            let [start, stop, step, len] = [r.start, r.stop, r.step, r.len].map(IBig::from);
            return Some(BigRange { start, stop, step, len });
        }
        v.cast::<Native>().and_then(Gc::data_ref::<BigRange>).cloned()
    }

    /// Item `i`, if there is one; negative numbers count from the end.
    pub fn item(&self, i: &IBig) -> Option<IBig> {
        let i = if *i < IBig::ZERO { i + &self.len } else { i.clone() };
        (i >= IBig::ZERO && i < self.len).then(|| self.at(&i))
    }

    fn at(&self, i: &IBig) -> IBig {
        &self.start + i * &self.step
    }

    /// Where a number stands.
    pub fn position(&self, x: &IBig) -> Option<IBig> {
        let (i, rest) = (x - &self.start).div_rem(&self.step);
        (rest == IBig::ZERO && i >= IBig::ZERO && i < self.len).then_some(i)
    }

    /// `range[parts]`: a range again.
    pub fn slice(&self, parts: [Option<IBig>; 3]) -> BigRange {
        let [start, stop, step] = slice_indices(parts, &self.len);
        BigRange::new(self.at(&start), self.at(&stop), &self.step * step)
    }

    /// The items from the last to the first.
    pub fn reversed(&self) -> BigRange {
        let last = self.at(&(&self.len - IBig::ONE));
        BigRange { start: last, stop: &self.start - &self.step, step: -&self.step, len: self.len.clone() }
    }

    /// Whether both have the same items.
    pub fn same_items(&self, other: &BigRange) -> bool {
        self.len == other.len
            && (self.len == IBig::ZERO
                || self.start == other.start && (self.len == IBig::ONE || self.step == other.step))
    }

    /// An iterator over the items.
    pub fn iter(&self) -> BigRangeIter {
        BigRangeIter {
            next: HeapCell::new(self.start.clone()),
            step: self.step.clone(),
            left: HeapCell::new(self.len.clone()),
        }
    }
}

/// `slice(*parts).indices(len)`. The step must not be 0.
pub fn slice_indices(parts: [Option<IBig>; 3], len: &IBig) -> [IBig; 3] {
    let (zero, one) = (IBig::ZERO, IBig::ONE);
    let [start, stop, step] = parts;
    let step = step.unwrap_or(one.clone());
    let down = step < zero;
    let (lo, hi) = if down { (-&one, len - &one) } else { (zero.clone(), len.clone()) };
    let clip = |v: IBig| {
        let v = if v < zero { v + len } else { v };
        if v < lo {
            lo.clone()
        } else if v > hi {
            hi.clone()
        } else {
            v
        }
    };
    let start = start.map_or(if down { hi.clone() } else { lo.clone() }, clip);
    let stop = stop.map_or(if down { lo.clone() } else { hi.clone() }, clip);
    [start, stop, step]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(start: i64, stop: i64, step: i64) -> BigRange {
        BigRange::new(start.into(), stop.into(), step.into())
    }

    #[test]
    fn lengths_and_items() {
        assert_eq!(range(0, 10, 3).len, 4.into());
        assert_eq!(range(10, 0, -3).len, 4.into());
        assert_eq!(range(0, 10, -1).len, IBig::ZERO);
        assert_eq!(range(0, 10, 3).item(&(-1).into()), Some(9.into()));
        assert_eq!(range(0, 10, 3).item(&4.into()), None);
        assert_eq!(range(10, 0, -3).position(&4.into()), Some(2.into()));
        assert_eq!(range(10, 0, -3).position(&5.into()), None);
    }

    #[test]
    fn slices() {
        let s = range(0, 10, 2).slice([None, None, Some((-2).into())]);
        assert_eq!((s.start, s.stop, s.step), (8.into(), (-2).into(), (-4).into()));
        assert!(range(0, 10, 2).reversed().same_items(&range(8, -1, -2)));
    }
}
