//! A binary heap in a list, as `heapq` keeps it, for items whose order [`pure_cmp`] knows. Floor 4.
//!
//! Invariant: where the order of two items must be asked of the language nothing has been moved.

use crate::object::pure::pure_cmp;
use crate::value::Value;
use std::cmp::Ordering;

/// Only the language knows the order of two items (or there is none).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ask;

fn less(a: Value, b: Value) -> Result<bool, Ask> {
    pure_cmp(a, b).map(|o| o == Ordering::Less).ok_or(Ask)
}

/// `heapq.heappush(items, item)`.
pub fn push(items: &mut Vec<Value>, item: Value) -> Result<(), Ask> {
    let mut at = items.len();
    let mut moves = 0;
    let mut pos = at;
    while pos > 0 {
        let parent = (pos - 1) / 2;
        if !less(item, items[parent])? {
            break;
        }
        pos = parent;
        moves += 1;
    }
    items.push(item);
    for _ in 0..moves {
        let parent = (at - 1) / 2;
        items[at] = items[parent];
        at = parent;
    }
    items[at] = item;
    Ok(())
}

/// `heapq.heappop(items)`; `None` for an empty heap.
pub fn pop(items: &mut Vec<Value>) -> Result<Option<Value>, Ask> {
    let Some(&last) = items.last() else { return Ok(None) };
    let end = items.len() - 1;
    if end == 0 {
        items.pop();
        return Ok(Some(last));
    }
    let top = items[0];
    let path = sink(items, 0, end, last)?;
    items.pop();
    settle(items, &path, last);
    Ok(Some(top))
}

/// `heapq.heapreplace(items, item)`; `None` for an empty heap.
pub fn replace(items: &mut [Value], item: Value) -> Result<Option<Value>, Ask> {
    let Some(&top) = items.first() else { return Ok(None) };
    let path = sink(items, 0, items.len(), item)?;
    settle(items, &path, item);
    Ok(Some(top))
}

/// `heapq.heapify(items)`.
pub fn heapify(items: &mut Vec<Value>) -> Result<(), Ask> {
    let mut copy = items.clone();
    for i in (0..copy.len() / 2).rev() {
        let item = copy[i];
        let path = sink(&copy, i, copy.len(), item)?;
        settle(&mut copy, &path, item);
    }
    *items = copy;
    Ok(())
}

/// The way of a hole at `start` down to where `item` belongs, among the first `end` items: down to a leaf along the
/// smaller children, then up again as far as `item` is smaller.
fn sink(items: &[Value], start: usize, end: usize, item: Value) -> Result<Vec<usize>, Ask> {
    let mut path = vec![start];
    let mut pos = start;
    loop {
        let mut child = 2 * pos + 1;
        if child >= end {
            break;
        }
        if child + 1 < end && !less(items[child], items[child + 1])? {
            child += 1;
        }
        path.push(child);
        pos = child;
    }
    while let [.., _, last] = path[..] {
        if !less(item, items[last])? {
            break;
        }
        path.pop();
    }
    Ok(path)
}

fn settle(items: &mut [Value], path: &[usize], item: Value) {
    for w in path.windows(2) {
        items[w[0]] = items[w[1]];
    }
    if let Some(&last) = path.last() {
        items[last] = item;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts() {
        let mut heap = Vec::new();
        for i in [5, 3, 8, 1, 9, 2, 7, 1] {
            assert_eq!(push(&mut heap, Value::small(i)), Ok(()));
        }
        let mut out = Vec::new();
        while let Ok(Some(v)) = pop(&mut heap) {
            out.push(v.as_int().unwrap_or(0));
        }
        assert_eq!(out, [1, 1, 2, 3, 5, 7, 8, 9]);
        let mut items: Vec<Value> = [4, 1, 3, 2].map(Value::small).to_vec();
        assert_eq!(heapify(&mut items), Ok(()));
        assert_eq!(items[0], Value::small(1));
        assert_eq!(replace(&mut items, Value::small(9)), Ok(Some(Value::small(1))));
        assert_eq!(push(&mut items, Value::NONE), Err(Ask));
    }
}
