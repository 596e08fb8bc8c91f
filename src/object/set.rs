//! The hash table behind `set` and `frozenset`. Floor 4.
//!
//! A set has no order of insertion; programs print sets all the same. So this table probes and grows as CPython's does,
//! which makes equal programs print equal sets (for hashes that are equal: see `text::hash`).
//! Invariant: `used` counts live slots, `fill` live and dummy ones; the length is a power of two, at least 8.

use crate::heap::{Gc, Header, HeapCell, Kind, Object};
use crate::object::class::Class;
use crate::object::dict::Found;
use crate::object::pure::pure_eq;
use crate::value::Value;
use std::cell::Cell;

/// `set` and `frozenset`.
#[repr(C)]
pub struct Set {
    header: Header,
    table: HeapCell<Table>,
    /// Hash of a frozenset, 0 where it is not known.
    pub hash: Cell<i64>,
    /// Where `pop` searches next.
    finger: Cell<usize>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Set {
    const KIND: Kind = Kind::Set;
}

const FROZEN: u16 = 1;
const MIN_SIZE: usize = 8;
const LINEAR_PROBES: usize = 9;
const PERTURB_SHIFT: u32 = 5;

#[derive(Clone, Copy)]
struct Slot {
    /// `Undef`: never used. `None` with hash -1: a dummy.
    key: Value,
    hash: i64,
}
const EMPTY: Slot = Slot { key: Value::UNDEF, hash: 0 };
/// No key hashes to -1, so this is no entry for `None`.
const DUMMY: Slot = Slot { key: Value::NONE, hash: -1 };

impl Slot {
    fn is_live(&self) -> bool {
        !self.key.is_undef() && self.hash != -1
    }
}

#[derive(Clone)]
struct Table {
    slots: Vec<Slot>,
    used: usize,
    fill: usize,
}

impl Default for Table {
    fn default() -> Self {
        Table { slots: vec![EMPTY; MIN_SIZE], used: 0, fill: 0 }
    }
}

impl Table {
    /// Inserts a key known to be absent into a table without dummies (CPython's `set_insert_clean`).
    fn insert_clean(&mut self, key: Value, hash: i64) {
        let mask = self.slots.len() - 1;
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        loop {
            let probes = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for slot in &mut self.slots[i..=i + probes] {
                if slot.key.is_undef() {
                    *slot = Slot { key, hash };
                    self.used += 1;
                    self.fill += 1;
                    return;
                }
            }
            perturb >>= PERTURB_SHIFT;
            i = (i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize)) & mask;
        }
    }

    fn resize(&mut self, min_used: usize) {
        let mut size = MIN_SIZE;
        while size <= min_used {
            size <<= 1;
        }
        let old = std::mem::replace(&mut self.slots, vec![EMPTY; size]);
        self.used = 0;
        self.fill = 0;
        for s in old {
            if s.is_live() {
                self.insert_clean(s.key, s.hash);
            }
        }
    }
}

impl Set {
    pub fn new(class: Gc<Class>, frozen: bool) -> Set {
        let s = Set {
            header: Header::new(Kind::Set, class),
            table: HeapCell::new(Table::default()),
            hash: Cell::new(0),
            finger: Cell::new(0),
        };
        s.header.set_flag(FROZEN, frozen);
        s
    }

    pub fn is_frozen(&self) -> bool {
        self.header.has_flag(FROZEN)
    }

    /// `len(s)`.
    pub fn len(&self) -> usize {
        self.table.borrow().used
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Looks a key up.
    #[inline]
    pub fn find(&self, hash: i64, key: Value) -> Found {
        let t = self.table.borrow();
        let mask = t.slots.len() - 1;
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        let mut ask = false;
        loop {
            let probes = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for (n, slot) in t.slots[i..=i + probes].iter().enumerate() {
                if slot.key.is_undef() {
                    return if ask { Found::Ask } else { Found::Missing };
                }
                if slot.hash == hash {
                    if slot.key == key {
                        return if ask { Found::Ask } else { Found::At(i + n) };
                    }
                    match pure_eq(slot.key, key) {
                        Some(true) => return if ask { Found::Ask } else { Found::At(i + n) },
                        Some(false) => {}
                        None => ask = true,
                    }
                }
            }
            perturb >>= PERTURB_SHIFT;
            i = (i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize)) & mask;
        }
    }

    /// Adds a key known to be absent. Says how many bytes the table grew by.
    pub fn insert_new(&self, hash: i64, key: Value) -> usize {
        let mut t = self.table.borrow_mut();
        let mask = t.slots.len() - 1;
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        // The last dummy on the way is used again, as in CPython.
        let mut free = None;
        'found: loop {
            let probes = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for n in i..=i + probes {
                if t.slots[n].key.is_undef() {
                    if let Some(free) = free {
                        t.slots[free] = Slot { key, hash };
                        t.used += 1;
                        return 0;
                    }
                    t.slots[n] = Slot { key, hash };
                    break 'found;
                }
                if !t.slots[n].is_live() {
                    free = Some(n);
                }
            }
            perturb >>= PERTURB_SHIFT;
            i = (i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize)) & mask;
        }
        t.used += 1;
        t.fill += 1;
        if t.fill * 5 < mask * 3 {
            return 0;
        }
        let want = if t.used > 50_000 { t.used * 2 } else { t.used * 4 };
        t.resize(want);
        t.slots.len() * size_of::<Slot>()
    }

    /// Adds a key of a type that [`pure_eq`] knows; `None` if it had to ask, else whether it was new.
    pub fn add(&self, hash: i64, key: Value) -> Option<bool> {
        match self.find(hash, key) {
            Found::At(_) => Some(false),
            Found::Missing => {
                self.insert_new(hash, key);
                Some(true)
            }
            Found::Ask => None,
        }
    }

    /// Removes the key at slot `i`.
    pub fn remove_at(&self, i: usize) {
        let mut t = self.table.borrow_mut();
        if t.slots.get(i).is_some_and(Slot::is_live) {
            t.slots[i] = DUMMY;
            t.used -= 1;
        }
    }

    /// Removes the key that CPython's `set.pop` removes: the first live one from a finger on, which then moves on.
    pub fn pop_first(&self) -> Option<Value> {
        let mut t = self.table.borrow_mut();
        if t.used == 0 {
            return None;
        }
        let n = t.slots.len();
        let from = self.finger.get() & (n - 1);
        let i = (from..n).chain(0..from).find(|&i| t.slots[i].is_live())?;
        let key = t.slots[i].key;
        t.slots[i] = DUMMY;
        t.used -= 1;
        self.finger.set(i + 1);
        Some(key)
    }

    /// The first live slot at `i` or behind it: its index, key and hash.
    #[inline]
    pub fn next_slot(&self, i: usize) -> Option<(usize, Value, i64)> {
        let t = self.table.borrow();
        t.slots.get(i..)?.iter().position(Slot::is_live).map(|n| (i + n, t.slots[i + n].key, t.slots[i + n].hash))
    }

    /// Slots with this hash, in probing order, for comparisons by code of the language.
    pub fn candidates(&self, hash: i64) -> Vec<usize> {
        let t = self.table.borrow();
        let mask = t.slots.len() - 1;
        let mut perturb = hash as u64;
        let mut i = hash as usize & mask;
        let mut found = Vec::new();
        loop {
            let probes = if i + LINEAR_PROBES <= mask { LINEAR_PROBES } else { 0 };
            for (n, slot) in t.slots[i..=i + probes].iter().enumerate() {
                if slot.key.is_undef() {
                    return found;
                }
                // A slot can be met twice: probing sequences cross.
                if slot.is_live() && slot.hash == hash && !found.contains(&(i + n)) {
                    found.push(i + n);
                }
            }
            perturb >>= PERTURB_SHIFT;
            i = (i.wrapping_mul(5).wrapping_add(1).wrapping_add(perturb as usize)) & mask;
        }
    }

    /// The key at slot `i`, if it is live.
    pub fn key_at(&self, i: usize) -> Option<Value> {
        self.table.borrow().slots.get(i).filter(|s| s.is_live()).map(|s| s.key)
    }

    /// Keys with their hashes in the order of the table.
    pub fn to_vec(&self) -> Vec<(Value, i64)> {
        self.table.borrow().slots.iter().filter(|s| s.is_live()).map(|s| (s.key, s.hash)).collect()
    }

    pub fn clear(&self) {
        *self.table.borrow_mut() = Table::default();
        self.hash.set(0);
        self.finger.set(0);
    }

    /// Makes this set's contents those of `other`, in an order as CPython's `set(other)` would have it.
    pub fn copy_from(&self, other: &Set) {
        let copy = {
            let o = other.table.borrow();
            let mut t = Table::default();
            if (t.fill + o.used) * 5 >= (t.slots.len() - 1) * 3 {
                t.resize((t.used + o.used) * 2);
            }
            if t.slots.len() == o.slots.len() && o.fill == o.used {
                o.clone()
            } else {
                for s in o.slots.iter().filter(|s| s.is_live()) {
                    t.insert_clean(s.key, s.hash);
                }
                t
            }
        };
        *self.table.borrow_mut() = copy;
    }

    /// Makes room for `more` keys as CPython's `set_merge` does before it adds another set's or a dict's keys.
    pub fn reserve(&self, more: usize) {
        let mut t = self.table.borrow_mut();
        if (t.fill + more) * 5 >= (t.slots.len() - 1) * 3 {
            let want = (t.used + more) * 2;
            t.resize(want);
        }
    }

    /// Drops dummies where they are more than a quarter, as CPython does after a difference.
    pub fn tidy(&self) {
        let mut t = self.table.borrow_mut();
        if t.fill - t.used > (t.slots.len() - 1) / 4 {
            let want = if t.used > 50_000 { t.used * 2 } else { t.used * 4 };
            t.resize(want);
        }
    }

    /// Exchanges the contents with those of `other`.
    pub fn swap(&self, other: &Set) {
        if !std::ptr::eq(self, other) {
            std::mem::swap(&mut *self.table.borrow_mut(), &mut *other.table.borrow_mut());
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.table.borrow().slots.capacity() * size_of::<Slot>()
    }

    pub(super) fn visit<V: crate::heap::Visitor>(&self, v: &mut V) {
        v.data(self.finger.get() as u64);
        for s in &self.table.borrow().slots {
            v.value(s.key);
        }
    }
}
