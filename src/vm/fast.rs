//! The common cases of instructions: small ints, immediate doubles, exact lists, tuples and dicts. Floor 5.
//!
//! Invariant: each of these does exactly what the general path would do, or says that it can't.

use super::Vm;
use crate::heap::Gc;
use crate::object::func::Cache;
use crate::object::{Dict, Instance, List, Str, Tuple};
use crate::value::Value;

impl Vm {
    /// `obj`, if it is an instance of the shape that an inline cache is about.
    #[inline(always)]
    pub(super) fn cached_instance(&self, obj: Value, c: &Cache) -> Option<Gc<Instance>> {
        obj.cast::<Instance>().filter(|o| o.shape().0 == c.shape && c.epoch == self.epoch)
    }

    /// The attribute of a module or class that an inline cache is about, if `obj` is that one.
    #[inline(always)]
    pub(super) fn cached_entry(&self, obj: Value, c: &Cache) -> Option<Value> {
        if obj != c.subject || c.epoch != self.epoch {
            return None;
        }
        c.value.cast::<Dict>().and_then(|d| d.get_cached(c.index as usize, c.key))
    }

    /// `obj`, if it is a str and no instance of a subclass.
    #[inline(always)]
    pub(super) fn exact_str(&self, obj: Value) -> Option<Gc<Str>> {
        obj.cast::<Str>().filter(|s| s.class() == self.types.str_)
    }

    /// `obj`, if it is a list and no instance of a subclass.
    #[inline(always)]
    pub(super) fn exact_list(&self, obj: Value) -> Option<Gc<List>> {
        obj.cast::<List>().filter(|l| l.class() == self.types.list)
    }

    /// `obj[key]` of lists and tuples by small ints, of dicts by texts and ints.
    #[inline(always)]
    pub(super) fn item_fast(&mut self, obj: Value, key: Value) -> Option<Value> {
        if let Some(l) = obj.cast::<List>() {
            if l.class() != self.types.list {
                return None;
            }
            let n = key.as_int()?;
            let items = l.items.borrow();
            let at = if n < 0 { n + items.len() as i64 } else { n };
            return items.get(at as usize).copied();
        }
        if let Some(t) = obj.cast::<Tuple>() {
            if t.class() != self.types.tuple {
                return None;
            }
            let n = key.as_int()?;
            let at = if n < 0 { n + t.len() as i64 } else { n };
            return t.items().get(at as usize).copied();
        }
        let d = obj.cast::<Dict>()?;
        if d.class() != self.types.dict {
            return None;
        }
        match key.cast::<Str>() {
            Some(s) if s.class() == self.types.str_ => d.get_str(s),
            _ => {
                let n = key.as_int()?;
                match d.find(crate::text::hash::i64(n), key) {
                    crate::object::Found::At(i) => d.entry(i).map(|e| e.value),
                    _ => None,
                }
            }
        }
    }

    /// `obj[key] = value` of lists by small ints, of dicts by texts and ints that are there.
    #[inline(always)]
    pub(super) fn set_item_fast(&mut self, obj: Value, key: Value, value: Value) -> bool {
        if let Some(l) = obj.cast::<List>() {
            let (true, Some(n)) = (l.class() == self.types.list, key.as_int()) else { return false };
            let mut items = l.items.borrow_mut();
            let at = if n < 0 { n + items.len() as i64 } else { n };
            return match items.get_mut(at as usize) {
                Some(slot) => {
                    *slot = value;
                    true
                }
                None => false,
            };
        }
        let Some(d) = obj.cast::<Dict>() else { return false };
        if d.class() != self.types.dict {
            return false;
        }
        let hash = match (key.as_int(), key.cast::<Str>()) {
            (Some(n), _) => crate::text::hash::i64(n),
            (None, Some(s)) if s.class() == self.types.str_ => s.hash(),
            _ => return false,
        };
        match d.find(hash, key) {
            crate::object::Found::At(i) => d.set_at(i, value),
            crate::object::Found::Missing => {
                let grown = d.insert_new(hash, key, value);
                if grown > 0 {
                    self.heap.charge(grown);
                }
            }
            crate::object::Found::Ask => return false,
        }
        true
    }
}

#[inline(always)]
pub(super) fn imm(x: u16) -> Value {
    Value::small(x as i16 as i64)
}

/// Both operands as doubles, where at least one is an immediate double and the other that or a small int.
#[inline(always)]
pub(super) fn float_pair(x: Value, y: Value) -> Option<(f64, f64)> {
    match (x.as_flonum(), y.as_flonum()) {
        (Some(x), Some(y)) => Some((x, y)),
        (Some(x), None) => exact(y).map(|y| (x, y)),
        (None, Some(y)) => exact(x).map(|x| (x, y)),
        (None, None) => None,
    }
}

/// A small int as a double, if that is exact.
#[inline(always)]
pub(super) fn exact(v: Value) -> Option<f64> {
    let n = v.as_int()?;
    if n.unsigned_abs() <= 1 << 53 { Some(n as f64) } else { None }
}

/// Operands of a true division that can't fail.
#[inline(always)]
pub(super) fn float_pair_div(x: Value, y: Value) -> Option<(f64, f64)> {
    let x = match x.as_flonum() {
        Some(f) => f,
        None => exact(x)?,
    };
    let y = match y.as_flonum() {
        Some(f) => f,
        None => exact(y)?,
    };
    if y == 0.0 { None } else { Some((x, y)) }
}

#[inline(always)]
pub(super) fn floor_div(x: i64, y: i64) -> Option<Value> {
    if y == 0 {
        return None;
    }
    let q = x / y;
    Value::int(if (x % y != 0) && ((x < 0) != (y < 0)) { q - 1 } else { q })
}

#[inline(always)]
pub(super) fn modulo(x: i64, y: i64) -> Option<Value> {
    if y == 0 {
        return None;
    }
    let r = x % y;
    Some(Value::small(if r != 0 && ((r < 0) != (y < 0)) { r + y } else { r }))
}

#[inline(always)]
pub(super) fn shift_left(x: i64, n: i64) -> Option<Value> {
    if !(0..62).contains(&n) {
        return None;
    }
    let r = x << n;
    if r >> n == x { Value::int(r) } else { None }
}

#[inline(always)]
pub(super) fn shift_right(x: i64, n: i64) -> Option<Value> {
    if n < 0 {
        return None;
    }
    Some(Value::small(x >> n.min(63)))
}
