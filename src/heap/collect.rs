//! Marking and sweeping. Floor 3.
//!
//! Objects carry a mark that changes its meaning with each collection; for small ones the table of their block says it
//! too, so that sweeping a block of objects without drop code looks at no object.
#![allow(unsafe_code)]

use super::alloc::{HAS_ATTRS, Heap, LARGE, Layouts, Side, space_drops};
use super::block::BlockPtr;
use super::gc::{Gc, Header, Kind, Visitor};
use crate::value::Value;
use rustc_hash::FxHashMap;
use std::marker::PhantomData;

impl Heap {
    /// Frees everything that is not reachable from what `roots` shows. Call it only at a safepoint.
    pub fn collect<L: Layouts>(&mut self, roots: impl FnOnce(&mut Marker<'_, L>)) {
        self.leave_runs();
        self.stats.peak_heap_bytes = self.stats().peak_heap_bytes;
        for b in &mut self.blocks {
            b.clear();
        }
        let live = 3 - self.live_mark;
        let mut marker = Marker { live, stack: Vec::new(), outside: 0, attrs: &self.attrs, layouts: PhantomData };
        roots(&mut marker);
        while let Some(obj) = marker.stack.pop() {
            L::visit(obj, &mut marker);
            marker.outside += L::outside_bytes(obj);
        }
        let outside = marker.outside;
        self.live_mark = live;
        self.part_with(live);
        self.sweep::<L>(live, outside);
        self.due = false;
        self.stats.collections += 1;
        self.credit = Self::budget(self.stats.live_bytes);
        self.chunks.shrink(self.credit as usize);
    }

    /// Forgets what is known beside the heap of objects that are about to be freed, and finds the weak references to
    /// them.
    fn part_with(&mut self, live: u8) {
        // SAFETY: an entry goes away in the collection that finds its object unreachable, so the object is still there.
        let is_live = |addr: usize| unsafe { Gc::<Header>::from_addr(addr) }.mark() == live;
        self.attrs.retain(|&addr, _| is_live(addr));
        self.ids.retain(|&addr, _| is_live(addr));
        let died = &mut self.died;
        self.weak.retain(|&target, references| {
            references.retain(|r| r.mark() == live);
            if is_live(target) {
                return !references.is_empty();
            }
            died.append(references);
            false
        });
    }

    fn sweep<L: Layouts>(&mut self, live: u8, outside: usize) {
        let (mut objects, mut bytes) = (0, outside as u64);
        for s in &mut self.spaces {
            s.block = None;
            s.waiting.clear();
        }
        let chunks = &mut self.chunks;
        self.blocks.retain_mut(|b| {
            if space_drops(b.space()) {
                b.drop_dead(L::drop_in_place);
            }
            if cfg!(debug_assertions) {
                b.poison();
            }
            let n = b.reached();
            objects += n as u64;
            bytes += n as u64 * b.cell() as u64;
            if n == 0 {
                chunks.put(*b);
            }
            n != 0
        });
        // Backwards, because the last in the list is the next: objects go into the oldest blocks first.
        for b in self.blocks.iter().rev().filter(|b| b.run(0).is_some()) {
            self.spaces[b.space()].waiting.push(*b);
        }
        let large_bytes = &mut self.large_bytes;
        self.large.retain(|&(p, size)| {
            let gc = Gc::from_ptr(p);
            if gc.mark() == live {
                objects += 1;
                bytes += size as u64;
                return true;
            }
            L::drop_in_place(gc);
            *large_bytes -= size;
            Heap::free_large(p, size);
            false
        });
        self.stats.live_objects = objects;
        self.stats.live_bytes = bytes;
    }

    /// Drops every object. The owner calls it once, last.
    pub fn destroy<L: Layouts>(&mut self) {
        self.leave_runs();
        for b in self.blocks.iter_mut().filter(|b| space_drops(b.space())) {
            b.clear();
            b.drop_dead(L::drop_in_place);
        }
        for (p, size) in self.large.drain(..) {
            L::drop_in_place(Gc::from_ptr(p));
            Heap::free_large(p, size);
        }
        self.blocks.clear();
        self.spaces.clear();
        self.chunks.free_all();
    }
}

/// The visitor that marks.
pub struct Marker<'h, L> {
    live: u8,
    stack: Vec<Gc<Header>>,
    /// Bytes that the objects reached so far own outside of the heap.
    outside: usize,
    attrs: &'h FxHashMap<usize, Side>,
    layouts: PhantomData<L>,
}

impl<L: Layouts> Marker<'_, L> {
    #[inline(always)]
    fn reach(&mut self, obj: Gc<Header>) {
        debug_assert_ne!(obj.kind(), Kind::Free, "a freed object is reachable");
        obj.set_mark(self.live);
        if !obj.has_flag(LARGE) {
            BlockPtr::of(obj).reach(obj);
        }
        if obj.has_flag(HAS_ATTRS)
            && let Some(&side) = self.attrs.get(&obj.addr())
        {
            self.value(side.dict);
            self.value(side.slots);
        }
        if !L::is_leaf(obj) {
            self.stack.push(obj);
        } else if obj.has_class() {
            let class = obj.class_as::<Header>();
            if class.mark() != self.live {
                self.stack.push(obj);
            }
        }
    }
}

impl<L: Layouts> Visitor for Marker<'_, L> {
    #[inline(always)]
    fn value(&mut self, v: Value) {
        if let Some(obj) = v.as_object()
            && obj.mark() != self.live
        {
            self.reach(obj);
        }
    }
}
