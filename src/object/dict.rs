//! The insertion-ordered hash table behind `dict`, namespaces and attribute tables. Floor 4.
//!
//! Entries stand in a vector in order of insertion; a hash table finds their indices, once there are more than a few.
//! Invariant: an entry whose key is `Undef` was deleted, and its hash is -1, which no key has; every other entry's index is
//! in the table under its hash, if there is a table.
//!
//! Comparing keys may need code of the language. The table knows only [`pure_eq`]; where that can't say, lookups answer
//! [`Found::Ask`], and the caller goes on in the prelude.

use crate::heap::{Gc, Header, HeapCell, Kind, Object};
use crate::object::class::Class;
use crate::object::pure::pure_eq;
use crate::object::str_::Str;
use crate::value::Value;
use hashbrown::HashTable;
use std::cell::Cell;

#[derive(Clone, Copy)]
pub struct Entry {
    pub hash: i64,
    /// `Undef` where the entry was deleted.
    pub key: Value,
    pub value: Value,
}

#[repr(C)]
pub struct Dict {
    header: Header,
    table: HeapCell<Table>,
    /// Changes whenever a key is added or removed.
    version: Cell<u32>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Dict {
    const KIND: Kind = Kind::Dict;
}

#[derive(Default)]
struct Table {
    entries: Vec<Entry>,
    /// Empty while `entries` are searched one by one.
    index: HashTable<u32>,
    /// Number of entries that were not deleted.
    live: u32,
}

/// Up to so many entries need no table.
const FEW: usize = 8;

impl Table {
    #[inline(always)]
    fn is_indexed(&self) -> bool {
        !self.index.is_empty()
    }

    /// The index of the entry with this hash that `same` accepts.
    #[inline(always)]
    fn search(&self, hash: i64, mut same: impl FnMut(&Entry) -> bool) -> Option<usize> {
        if !self.is_indexed() {
            return self.entries.iter().position(|e| e.hash == hash && same(e));
        }
        let hit = self.index.find(mix(hash), |&i| {
            let e = &self.entries[i as usize];
            e.hash == hash && same(e)
        });
        hit.map(|&i| i as usize)
    }

    /// Makes the table of all entries, or none if there are few.
    fn make_index(&mut self) {
        self.index.clear();
        if self.entries.len() <= FEW {
            return;
        }
        let entries = &self.entries;
        self.index.reserve(entries.len() + 1, |_| 0);
        for (i, e) in entries.iter().enumerate().filter(|(_, e)| !e.key.is_undef()) {
            self.index.insert_unique(mix(e.hash), i as u32, |&j| mix(entries[j as usize].hash));
        }
    }

    /// Drops deleted entries.
    fn compact(&mut self) {
        self.entries.retain(|e| !e.key.is_undef());
        self.make_index();
    }
}

/// The answer to a lookup.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Found {
    /// At this entry.
    At(usize),
    Missing,
    /// A key with the same hash needs code of the language to compare.
    Ask,
}

#[inline(always)]
fn mix(hash: i64) -> u64 {
    // hashbrown wants entropy in the high bits; Python's int hashes have none there.
    (hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Dict {
    /// An empty table. `class` is `dict` or a subclass of it.
    pub fn new(class: Gc<Class>) -> Dict {
        Dict { header: Header::new(Kind::Dict, class), table: HeapCell::new(Table::default()), version: Cell::new(0) }
    }

    /// An empty table with room for `n` entries.
    pub fn with_room(class: Gc<Class>, n: usize) -> Dict {
        let table = Table { entries: Vec::with_capacity(n), index: HashTable::with_capacity(n), live: 0 };
        Dict { header: Header::new(Kind::Dict, class), table: HeapCell::new(table), version: Cell::new(0) }
    }

    /// A table for the first classes, before there is a class `dict`.
    pub fn without_class() -> Dict {
        Dict {
            header: Header::without_class(Kind::Dict),
            table: HeapCell::new(Table::default()),
            version: Cell::new(0),
        }
    }

    /// `len(d)`.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.table.borrow().live as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Changes whenever a key is added or removed: to notice changes during iteration.
    #[inline(always)]
    pub fn version(&self) -> u32 {
        self.version.get()
    }

    /// Number of entries, deleted ones included: the bound of indices.
    #[inline(always)]
    pub fn bound(&self) -> usize {
        self.table.borrow().entries.len()
    }

    /// The entry at `i`, if there is one and it was not deleted.
    #[inline(always)]
    pub fn entry(&self, i: usize) -> Option<Entry> {
        let t = self.table.borrow();
        t.entries.get(i).copied().filter(|e| !e.key.is_undef())
    }

    /// The first entry at `i` or behind it, with its index.
    #[inline(always)]
    pub fn next_entry(&self, i: usize) -> Option<(usize, Entry)> {
        let t = self.table.borrow();
        let rest = t.entries.get(i..)?;
        rest.iter().position(|e| !e.key.is_undef()).map(|n| (i + n, rest[n]))
    }

    /// The last entry before `i`, with its index.
    pub fn prev_entry(&self, i: usize) -> Option<(usize, Entry)> {
        let t = self.table.borrow();
        let n = i.min(t.entries.len());
        t.entries[..n].iter().rposition(|e| !e.key.is_undef()).map(|n| (n, t.entries[n]))
    }

    /// Looks `key` up.
    #[inline]
    pub fn find(&self, hash: i64, key: Value) -> Found {
        let t = self.table.borrow();
        let mut ask = false;
        let hit = t.search(hash, |e| {
            e.key == key
                || match pure_eq(e.key, key) {
                    Some(same) => same,
                    None => {
                        ask = true;
                        false
                    }
                }
        });
        match hit {
            Some(i) if !ask => Found::At(i),
            None if !ask => Found::Missing,
            _ => Found::Ask,
        }
    }

    /// Looks a text up. Never has to ask, unless a key of another type has the same hash.
    #[inline]
    pub fn find_str(&self, name: Gc<Str>) -> Option<usize> {
        let t = self.table.borrow();
        t.search(name.hash(), |e| e.key == name.value() || e.key.cast::<Str>().is_some_and(|s| s.same_text(name)))
    }

    /// The value under a text.
    #[inline]
    pub fn get_str(&self, name: Gc<Str>) -> Option<Value> {
        let i = self.find_str(name)?;
        Some(self.table.borrow().entries[i].value)
    }

    /// The value of entry `i` if its key is this very object: for inline caches.
    #[inline(always)]
    pub fn get_cached(&self, i: usize, key: Value) -> Option<Value> {
        let t = self.table.borrow();
        match t.entries.get(i) {
            Some(e) if e.key == key => Some(e.value),
            _ => None,
        }
    }

    /// Sets the value of entry `i` if its key is this very object.
    #[inline(always)]
    pub fn set_cached(&self, i: usize, key: Value, value: Value) -> bool {
        let mut t = self.table.borrow_mut();
        match t.entries.get_mut(i) {
            Some(e) if e.key == key => {
                e.value = value;
                true
            }
            _ => false,
        }
    }

    /// Indices of the entries with this hash, for comparisons in the prelude.
    pub fn candidates(&self, hash: i64) -> Vec<usize> {
        let t = self.table.borrow();
        if !t.is_indexed() {
            return (0..t.entries.len()).filter(|&i| t.entries[i].hash == hash).collect();
        }
        let mut v: Vec<usize> =
            t.index.iter_hash(mix(hash)).map(|&i| i as usize).filter(|&i| t.entries[i].hash == hash).collect();
        v.sort_unstable();
        v
    }

    /// The value of the entry at `i`, which a lookup has just found.
    #[inline(always)]
    pub fn value_at(&self, i: usize) -> Value {
        self.table.borrow().entries.get(i).map_or(Value::UNDEF, |e| e.value)
    }

    /// Sets the value of the entry at `i`.
    #[inline(always)]
    pub fn set_at(&self, i: usize, value: Value) {
        if let Some(e) = self.table.borrow_mut().entries.get_mut(i) {
            e.value = value;
        }
    }

    /// Adds an entry for a key that is known not to be there. Says how many bytes the table grew by.
    pub fn insert_new(&self, hash: i64, key: Value, value: Value) -> usize {
        let mut t = self.table.borrow_mut();
        let t = &mut *t;
        let before = t.entries.capacity();
        if t.entries.len() == before && t.live as usize * 2 < t.entries.len() {
            t.compact();
        }
        let i = t.entries.len() as u32;
        t.entries.push(Entry { hash, key, value });
        t.live += 1;
        if t.is_indexed() {
            let entries = &t.entries;
            t.index.insert_unique(mix(hash), i, |&j| mix(entries[j as usize].hash));
        } else if t.entries.len() > FEW {
            t.make_index();
        }
        self.version.set(self.version.get().wrapping_add(1));
        (t.entries.capacity() - before.min(t.entries.capacity())) * (size_of::<Entry>() + 8)
    }

    /// Sets the value under a key of a type that [`pure_eq`] knows. `false` if it had to ask.
    pub fn set(&self, hash: i64, key: Value, value: Value) -> bool {
        match self.find(hash, key) {
            Found::At(i) => self.set_at(i, value),
            Found::Missing => {
                self.insert_new(hash, key, value);
            }
            Found::Ask => return false,
        }
        true
    }

    /// Sets the value under a text.
    #[inline]
    pub fn set_str(&self, name: Gc<Str>, value: Value) {
        match self.find_str(name) {
            Some(i) => self.set_at(i, value),
            None => {
                self.insert_new(name.hash(), name.value(), value);
            }
        }
    }

    /// Deletes the entry at `i` and gives its value.
    pub fn remove_at(&self, i: usize) -> Option<Value> {
        let mut t = self.table.borrow_mut();
        let e = *t.entries.get(i).filter(|e| !e.key.is_undef())?;
        if let Ok(slot) = t.index.find_entry(mix(e.hash), |&j| j as usize == i) {
            slot.remove();
        }
        t.entries[i] = Entry { hash: -1, key: Value::UNDEF, value: Value::UNDEF };
        t.live -= 1;
        if t.live == 0 {
            t.entries.clear();
        } else if i + 1 == t.entries.len() {
            while t.entries.last().is_some_and(|e| e.key.is_undef()) {
                t.entries.pop();
            }
        }
        self.version.set(self.version.get().wrapping_add(1));
        Some(e.value)
    }

    /// Deletes a text's entry and gives its value.
    pub fn remove_str(&self, name: Gc<Str>) -> Option<Value> {
        self.remove_at(self.find_str(name)?)
    }

    pub fn clear(&self) {
        let mut t = self.table.borrow_mut();
        *t = Table::default();
        self.version.set(self.version.get().wrapping_add(1));
    }

    /// All entries that were not deleted, in order.
    pub fn to_vec(&self) -> Vec<Entry> {
        self.table.borrow().entries.iter().filter(|e| !e.key.is_undef()).copied().collect()
    }

    /// Makes this table a copy of another.
    pub fn copy_from(&self, other: &Dict) {
        let copy = {
            let o = other.table.borrow();
            let mut t = Table { entries: o.entries.clone(), index: o.index.clone(), live: o.live };
            if (t.live as usize) < t.entries.len() {
                t.compact();
            }
            t
        };
        *self.table.borrow_mut() = copy;
        self.version.set(self.version.get().wrapping_add(1));
    }

    pub(super) fn bytes(&self) -> usize {
        let t = self.table.borrow();
        t.entries.capacity() * size_of::<Entry>() + t.index.capacity() * 5
    }

    pub(super) fn visit<V: crate::heap::Visitor>(&self, v: &mut V) {
        for e in &self.table.borrow().entries {
            v.value(e.key);
            v.value(e.value);
        }
    }
}
