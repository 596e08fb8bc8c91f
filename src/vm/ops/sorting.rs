//! Sorting of values whose order needs no code of the language. Floor 5.
//!
//! Invariant: stable, never panics whatever the order relation says, and changes nothing where it answers `false`.

use crate::object::Str;
use crate::object::class::flag;
use crate::object::pure::pure_cmp;
use crate::text::surrogate;
use crate::value::Value;
use std::cmp::Ordering;

/// Runs shorter than this are sorted by insertion.
const MIN_RUN: usize = 24;

/// Sorts `items` by what `key` tells of each; `false` where two keys have no order without code of the language.
/// `reverse` keeps the order of equal items, as CPython's does.
pub fn pure_sort<T: Copy>(items: &mut [T], reverse: bool, key: impl Fn(&T) -> Value + Copy) -> bool {
    if items.len() < 2 {
        return true;
    }
    if items.iter().all(|x| key(x).is_int()) {
        // Reversing the comparison keeps equal items in order.
        if reverse {
            items.sort_by(|a, b| Value::cmp_ints(key(b), key(a)));
        } else {
            items.sort_by(|a, b| Value::cmp_ints(key(a), key(b)));
        }
        return true;
    }
    let number = |x: &T| key(x).as_flonum().filter(|f| !f.is_nan());
    if items.iter().all(|x| number(x).is_some()) {
        let order = |a: &T, b: &T| number(a).partial_cmp(&number(b)).unwrap_or(Ordering::Equal);
        if reverse {
            items.sort_by(|a, b| order(b, a));
        } else {
            items.sort_by(order);
        }
        return true;
    }
    let plain_str =
        |v: Value| v.cast::<Str>().is_some_and(|s| s.class().flags.get() & (flag::USER_EQ | flag::USER_ORD) == 0);
    if items.iter().all(|x| plain_str(key(x))) {
        let text = |x: &T| key(x).cast::<Str>().map_or("", |s| s.as_str());
        if reverse {
            items.sort_by(|a, b| surrogate::cmp(text(b), text(a)));
        } else {
            items.sort_by(|a, b| surrogate::cmp(text(a), text(b)));
        }
        return true;
    }
    let mut copy = items.to_vec();
    let done = merge_sort(&mut copy, &|a, b| {
        let order = pure_cmp(key(a), key(b))?;
        Some(if reverse { order.reverse() } else { order })
    });
    if done.is_some() {
        items.copy_from_slice(&copy);
    }
    done.is_some()
}

/// Merge sort over natural runs.
fn merge_sort<T: Copy>(items: &mut [T], cmp: &impl Fn(&T, &T) -> Option<Ordering>) -> Option<()> {
    let n = items.len();
    let mut ends = Vec::new();
    let mut start = 0;
    while start < n {
        let mut end = start + run(&mut items[start..], cmp)?;
        if end - start < MIN_RUN {
            let to = n.min(start + MIN_RUN);
            insert_rest(&mut items[start..to], end - start, cmp)?;
            end = to;
        }
        ends.push(end);
        start = end;
    }
    let mut buffer = Vec::with_capacity(n);
    while ends.len() > 1 {
        let mut merged = Vec::with_capacity(ends.len() / 2 + 1);
        let mut start = 0;
        for pair in ends.chunks(2) {
            let (middle, end) = (pair[0], pair[pair.len() - 1]);
            if pair.len() == 2 {
                merge(&mut items[start..end], middle - start, &mut buffer, cmp)?;
            }
            merged.push(end);
            start = end;
        }
        ends = merged;
    }
    Some(())
}

/// Length of the run at the beginning; a strictly descending one is turned round.
fn run<T: Copy>(items: &mut [T], cmp: &impl Fn(&T, &T) -> Option<Ordering>) -> Option<usize> {
    let mut n = 1;
    if items.len() < 2 {
        return Some(items.len());
    }
    if cmp(&items[1], &items[0])? == Ordering::Less {
        while n < items.len() && cmp(&items[n], &items[n - 1])? == Ordering::Less {
            n += 1;
        }
        items[..n].reverse();
    } else {
        while n < items.len() && cmp(&items[n], &items[n - 1])? != Ordering::Less {
            n += 1;
        }
    }
    Some(n)
}

/// Inserts the items from `sorted` on into the sorted ones before.
fn insert_rest<T: Copy>(items: &mut [T], sorted: usize, cmp: &impl Fn(&T, &T) -> Option<Ordering>) -> Option<()> {
    for i in sorted..items.len() {
        let x = items[i];
        let (mut lo, mut hi) = (0, i);
        while lo < hi {
            let mid = lo + (hi - lo) / 2;
            if cmp(&x, &items[mid])? == Ordering::Less {
                hi = mid;
            } else {
                lo = mid + 1;
            }
        }
        items.copy_within(lo..i, lo + 1);
        items[lo] = x;
    }
    Some(())
}

fn merge<T: Copy>(
    items: &mut [T],
    middle: usize,
    buffer: &mut Vec<T>,
    cmp: &impl Fn(&T, &T) -> Option<Ordering>,
) -> Option<()> {
    if cmp(&items[middle], &items[middle - 1])? != Ordering::Less {
        return Some(());
    }
    buffer.clear();
    buffer.extend_from_slice(&items[..middle]);
    let (mut left, mut right, mut out) = (0, middle, 0);
    while left < buffer.len() && right < items.len() {
        if cmp(&items[right], &buffer[left])? == Ordering::Less {
            items[out] = items[right];
            right += 1;
        } else {
            items[out] = buffer[left];
            left += 1;
        }
        out += 1;
    }
    let rest = buffer.len() - left;
    items[out..out + rest].copy_from_slice(&buffer[left..]);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::config::VmConfig;
    use crate::vm::Vm;

    #[test]
    fn sorts_stably() {
        let mut state = 1u64;
        for n in [0usize, 1, 2, 23, 24, 25, 100, 1000] {
            let mut v: Vec<(u64, usize)> = (0..n)
                .map(|i| {
                    state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                    ((state >> 33) % 10, i)
                })
                .collect();
            let mut expected = v.clone();
            expected.sort_by_key(|p| p.0);
            assert!(merge_sort(&mut v, &|a, b| Some(a.0.cmp(&b.0))).is_some());
            assert_eq!(v, expected);
        }
    }

    #[test]
    fn mixed_values_and_unorderable_ones() {
        let mut vm = Vm::bare(VmConfig::default());
        let half = vm.new_float(0.5);
        let nan = vm.new_float(f64::NAN);
        let mut v = [Value::small(2), half, Value::TRUE];
        assert!(pure_sort(&mut v, false, |&x| x));
        assert_eq!(v, [half, Value::TRUE, Value::small(2)]);
        let (one, two) = (vm.new_float(1.5), vm.new_float(2.5));
        let mut v = [(two, 'a'), (one, 'b'), (two, 'c'), (half, 'd')];
        assert!(pure_sort(&mut v, true, |x| x.0));
        assert_eq!(v.map(|x| x.1), ['a', 'c', 'b', 'd']);
        let mut v = [(Value::small(1), 'a'), (Value::small(2), 'b'), (Value::small(1), 'c')];
        assert!(pure_sort(&mut v, true, |x| x.0));
        assert_eq!(v.map(|x| x.1), ['b', 'a', 'c']);
        assert!(!pure_sort(&mut [half, nan], false, |&x| x));
        assert!(!pure_sort(&mut [half, Value::NONE], false, |&x| x));
    }
}
