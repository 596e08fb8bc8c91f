//! Allocation. Floor 3.
//!
//! Small objects are placed one behind the other in runs of free cells, a run per size, and apart from each other
//! those whose kinds own memory elsewhere and those that a collection may forget without a look; larger ones are
//! allocated one by one.
#![allow(unsafe_code)]

use super::block::{BlockPtr, Chunks, GRAIN, MAX_SMALL};
use super::gc::{Gc, Header, Object, Trailing, Visitor};
use crate::value::Value;
use rustc_hash::FxHashMap;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::mem::needs_drop;
use std::ptr::NonNull;

/// What the heap must know of the layouts above it. `object` implements it.
pub trait Layouts {
    /// Shows all values of `obj` to `v`.
    fn visit<V: Visitor>(obj: Gc<Header>, v: &mut V);
    /// Whether `obj` has no value but its class, and nothing outside of the heap.
    fn is_leaf(obj: Gc<Header>) -> bool;
    /// Drops what `obj` owns outside of the heap (`Vec`s, big numbers, …). Types without drop code own nothing.
    fn drop_in_place(obj: Gc<Header>);
    /// Bytes that `obj` owns outside of the heap, roughly.
    fn outside_bytes(obj: Gc<Header>) -> usize;
}

/// Set in `Header::flags` of an object (of any kind) whose attributes are in the heap's side table.
pub(super) const HAS_ATTRS: u16 = 0x8000;
/// Set in `Header::flags` of an object that was given a number by [`Heap::object_id`].
const HAS_ID: u16 = 0x4000;
/// Set in `Header::flags` of an object outside of blocks.
pub(super) const LARGE: u16 = 0x2000;

const CLASSES: usize = MAX_SMALL / GRAIN + 1;
/// A space for each size of objects without drop code, then one for each size of those with it.
pub(super) const SPACES: usize = 2 * CLASSES;
/// Cells that must be made recognisable before they are used are handed out in runs of at most this many.
const PREPARED: u32 = 64;
/// No collection before this many bytes were allocated since the last one.
const MIN_TRIGGER: isize = 4 * 1024 * 1024;

/// Counters for tests, reports and the documentation.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Collections so far.
    pub collections: u64,
    /// Objects alive after the last collection.
    pub live_objects: u64,
    /// Bytes alive after the last collection, with what objects own outside of the heap.
    pub live_bytes: u64,
    /// Objects allocated so far.
    pub allocated: u64,
    /// Bytes that the heap has taken from the system for its objects, without what they own outside of it.
    pub heap_bytes: u64,
    /// The most that `heap_bytes` has been just before a collection, or is now.
    pub peak_heap_bytes: u64,
}

/// Where the next objects of a space go.
#[derive(Clone, Copy)]
pub(super) struct Run {
    at: NonNull<u8>,
    end: NonNull<u8>,
}

impl Run {
    pub(super) const EMPTY: Run = Run { at: NonNull::dangling(), end: NonNull::dangling() };

    #[inline(always)]
    fn bytes(&self) -> usize {
        self.end.as_ptr() as usize - self.at.as_ptr() as usize
    }
}

/// Where the next run of a space is to be found.
#[derive(Default)]
pub(super) struct Space {
    /// The block that runs are taken from, and the cell from which on to look.
    pub(super) block: Option<BlockPtr>,
    pub(super) next: u32,
    /// Blocks with free cells that were not looked at yet; the last is the next.
    pub(super) waiting: Vec<BlockPtr>,
}

/// The heap of one VM.
pub struct Heap {
    /// Ticks left until the dispatch loop must look up; see `vm`. It stands here because an allocation that makes a
    /// collection due has to stop the loop at its next safepoint.
    pub fuel: i64,
    /// Ticks taken out of `fuel` by [`Heap::interrupt`].
    stolen: i64,
    /// A collection is due.
    pub due: bool,
    /// Collect at every safepoint after an allocation (`THR_GC_STRESS`).
    stress: bool,
    pub(super) runs: [Run; SPACES],
    /// As many as were needed so far.
    pub(super) spaces: Vec<Space>,
    /// Blocks with objects, in the order in which they were taken.
    pub(super) blocks: Vec<BlockPtr>,
    pub(super) chunks: Chunks,
    pub(super) large: Vec<(NonNull<Header>, usize)>,
    pub(super) large_bytes: usize,
    /// Bytes that may still be allocated before a collection is due.
    pub(super) credit: isize,
    /// The mark that objects carry which the last collection reached, and new ones.
    pub(super) live_mark: u8,
    pub(super) attrs: FxHashMap<usize, Side>,
    pub(super) ids: FxHashMap<usize, u64>,
    next_id: u64,
    /// Weak references by the address of what they refer to.
    pub(super) weak: FxHashMap<usize, Vec<Gc<Header>>>,
    /// References whose objects the last collection found unreachable.
    pub(super) died: Vec<Gc<Header>>,
    pub(super) stats: Stats,
}

// SAFETY: a heap and all its objects are owned by one `Vm`, which moves between OS threads as a whole; nothing in it is
// shared with another.
unsafe impl Send for Heap {}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

/// The space of objects of `size` bytes, which is at most `MAX_SMALL`.
#[inline(always)]
fn space_of(size: usize, drops: bool) -> usize {
    size.div_ceil(GRAIN) + if drops { CLASSES } else { 0 }
}

/// Whether objects of a space own memory elsewhere.
pub(super) fn space_drops(space: usize) -> bool {
    space >= CLASSES
}

impl Heap {
    pub fn new() -> Self {
        Heap {
            fuel: 0,
            stolen: 0,
            due: false,
            stress: false,
            runs: [Run::EMPTY; SPACES],
            spaces: Vec::new(),
            blocks: Vec::new(),
            chunks: Chunks::default(),
            large: Vec::new(),
            large_bytes: 0,
            credit: MIN_TRIGGER,
            live_mark: 1,
            attrs: FxHashMap::default(),
            ids: FxHashMap::default(),
            next_id: 0,
            weak: FxHashMap::default(),
            died: Vec::new(),
            stats: Stats::default(),
        }
    }

    /// Turns "collect at every safepoint after an allocation" on or off.
    pub fn set_stress(&mut self, on: bool) {
        self.stress = on;
        self.leave_runs();
    }

    pub fn stats(&self) -> Stats {
        let unused: usize = self.runs.iter().enumerate().map(|(i, r)| r.bytes() / (i % CLASSES * GRAIN).max(1)).sum();
        let heap_bytes = (self.chunks.bytes() + self.large_bytes) as u64;
        Stats {
            allocated: self.stats.allocated - unused as u64,
            heap_bytes,
            peak_heap_bytes: self.stats.peak_heap_bytes.max(heap_bytes),
            ..self.stats
        }
    }

    /// Leaves what is unused of the runs to the next collection.
    pub(super) fn leave_runs(&mut self) {
        self.stats.allocated = self.stats().allocated;
        self.runs = [Run::EMPTY; SPACES];
    }

    /// How many bytes may be allocated before the next collection, with `live` bytes alive: enough that marking them
    /// doesn't cost much per byte; for large heaps a smaller part of them, so that garbage doesn't take the more memory
    /// the less there is of it.
    pub(super) fn budget(live: u64) -> isize {
        let live = live as isize;
        live.min(live / 2 + MIN_TRIGGER).max(MIN_TRIGGER)
    }

    /// Makes the dispatch loop look up at its next preemption point.
    #[inline(always)]
    pub fn interrupt(&mut self) {
        self.stolen += self.fuel;
        self.fuel = 0;
    }

    /// Ticks left of the slice, whether they stand in `fuel` or were taken out of it.
    #[inline]
    pub fn fuel_left(&self) -> i64 {
        self.fuel + self.stolen
    }

    /// Gives back what [`Heap::interrupt`] took.
    pub fn restore_fuel(&mut self) {
        self.fuel += self.stolen;
        self.stolen = 0;
    }

    #[cold]
    #[inline(never)]
    fn make_due(&mut self) {
        if !self.due {
            self.due = true;
            self.interrupt();
        }
    }

    /// Counts memory that an object owns outside of the heap. Call it when a list or table grows.
    #[inline]
    pub fn charge(&mut self, bytes: usize) {
        self.credit -= bytes as isize;
        if self.credit < 0 {
            self.make_due();
        }
    }

    #[inline(always)]
    fn raw(&mut self, size: usize, drops: bool) -> NonNull<u8> {
        if size > MAX_SMALL {
            return self.raw_large(size);
        }
        let space = space_of(size, drops);
        let run = &mut self.runs[space];
        let (at, size) = (run.at, size.next_multiple_of(GRAIN));
        if run.bytes() < size {
            return self.next_run(space);
        }
        // SAFETY: the run has room for the cell.
        run.at = unsafe { at.add(size) };
        at
    }

    /// Takes a run for a space, and the first cell of it. Here allocation is accounted for: by the run.
    #[cold]
    #[inline(never)]
    fn next_run(&mut self, space: usize) -> NonNull<u8> {
        let drops = space_drops(space);
        let cell = (space % CLASSES * GRAIN).max(size_of::<Header>());
        if self.spaces.len() <= space {
            self.spaces.resize_with(space + 1, Space::default);
        }
        let (mut block, from, mut to) = loop {
            let s = &mut self.spaces[space];
            if let Some(b) = s.block
                && let Some((from, to)) = b.run(s.next)
            {
                break (b, from, to);
            }
            let block = s.waiting.pop().unwrap_or_else(|| {
                let b = self.chunks.take(space, cell);
                self.blocks.push(b);
                b
            });
            s.block = Some(block);
            s.next = 0;
        };
        if self.stress {
            to = from + 1;
        }
        if drops {
            to = to.min(from + PREPARED);
            block.prepare(to);
        }
        self.spaces[space].next = to;
        let start = block.at(from);
        self.runs[space] = Run { at: block.at(from + 1), end: block.at(to) };
        self.stats.allocated += (to - from) as u64;
        self.credit -= (to - from) as isize * cell as isize;
        if self.credit < 0 || self.stress {
            self.make_due();
        }
        start
    }

    #[cold]
    #[inline(never)]
    fn raw_large(&mut self, size: usize) -> NonNull<u8> {
        let layout = Self::large_layout(size);
        // SAFETY: the size is more than MAX_SMALL.
        let Some(p) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        self.large.push((p.cast(), size));
        self.large_bytes += size;
        self.stats.allocated += 1;
        self.credit -= size as isize;
        if self.credit < 0 || self.stress {
            self.make_due();
        }
        p
    }

    fn large_layout(size: usize) -> Layout {
        Layout::from_size_align(size, 16).unwrap_or(Layout::new::<u64>())
    }

    /// Frees a large object that was dropped.
    pub(super) fn free_large(p: NonNull<Header>, size: usize) {
        // SAFETY: it was allocated by `raw_large` with this layout; the caller takes it from the list, and nothing else
        // points to it any more.
        unsafe { dealloc(p.as_ptr().cast(), Self::large_layout(size)) };
    }

    /// An object that has just been written.
    #[inline(always)]
    fn born<T: Object>(&mut self, p: NonNull<T>, size: usize) -> Gc<T> {
        let gc = Gc::from_ptr(p);
        gc.header().set_mark(self.live_mark);
        if size > MAX_SMALL {
            gc.header().set_flag(LARGE, true);
        }
        gc
    }

    /// Puts `value` on the heap.
    #[inline(always)]
    pub fn alloc<T: Object>(&mut self, value: T) -> Gc<T> {
        let size = size_of::<T>();
        let p = self.raw(size, needs_drop::<T>()).cast::<T>();
        // SAFETY: the cell is large and aligned enough, and ours.
        unsafe { p.write(value) };
        self.born(p, size)
    }

    /// Puts `head` on the heap, followed by `len` items.
    #[inline(always)]
    pub fn alloc_trailing<H: Object, T>(
        &mut self,
        head: H,
        len: usize,
        mut item: impl FnMut(usize) -> T,
    ) -> Gc<Trailing<H, T>> {
        let size = Trailing::<H, T>::size(len);
        let p = self.raw(size, needs_drop::<H>()).cast::<Trailing<H, T>>();
        // SAFETY: the cell has room for the head and `len` items behind it; all of them are written here.
        unsafe {
            p.write(Trailing::parts(head, len as u32));
            let items = Trailing::items_ptr(p.as_ptr());
            for i in 0..len {
                items.add(i).write(item(i));
            }
        }
        self.born(p, size)
    }

    /// Puts `head` on the heap, followed by a copy of `items`.
    #[inline(always)]
    pub fn alloc_copy<H: Object, T: Copy>(&mut self, head: H, items: &[T]) -> Gc<Trailing<H, T>> {
        let size = Trailing::<H, T>::size(items.len());
        let p = self.raw(size, needs_drop::<H>()).cast::<Trailing<H, T>>();
        // SAFETY: as in `alloc_trailing`.
        unsafe {
            p.write(Trailing::parts(head, items.len() as u32));
            std::ptr::copy_nonoverlapping(items.as_ptr(), Trailing::items_ptr(p.as_ptr()), items.len());
        }
        self.born(p, size)
    }

    /// The dict of attributes that `obj` has in the side table: for objects whose layout has no room for attributes.
    pub fn attrs_of(&self, obj: Gc<Header>) -> Option<Value> {
        self.side(obj)?.dict.defined()
    }

    fn side(&self, obj: Gc<Header>) -> Option<Side> {
        if obj.has_flag(HAS_ATTRS) { self.attrs.get(&obj.addr()).copied() } else { None }
    }

    /// Gives `obj` a dict of attributes in the side table.
    pub fn set_attrs_of(&mut self, obj: Gc<Header>, dict: Value) {
        let slots = self.side(obj).map_or(Value::UNDEF, |s| s.slots);
        obj.set_flag(HAS_ATTRS, true);
        self.attrs.insert(obj.addr(), Side { dict, slots });
    }

    /// The dict of the values of `__slots__` that `obj` has in the side table: for layouts that have no slots.
    pub fn slots_of(&self, obj: Gc<Header>) -> Option<Value> {
        self.side(obj)?.slots.defined()
    }

    /// Gives `obj` a dict for the values of `__slots__` in the side table.
    pub fn set_slots_of(&mut self, obj: Gc<Header>, slots: Value) {
        let dict = self.side(obj).map_or(Value::UNDEF, |s| s.dict);
        obj.set_flag(HAS_ATTRS, true);
        self.attrs.insert(obj.addr(), Side { dict, slots });
    }

    /// A number for `obj` that no other object of this VM ever has: the basis of `id()` and of default hashes. Numbers
    /// are given in the order of asking, so they are the same in every run.
    pub fn object_id(&mut self, obj: Gc<Header>) -> u64 {
        if obj.has_flag(HAS_ID)
            && let Some(&id) = self.ids.get(&obj.addr())
        {
            return id;
        }
        self.next_id += 1;
        obj.set_flag(HAS_ID, true);
        self.ids.insert(obj.addr(), self.next_id);
        self.next_id
    }

    /// Notes that `reference` refers weakly to `target`.
    pub fn add_weak(&mut self, target: Gc<Header>, reference: Gc<Header>) {
        self.weak.entry(target.addr()).or_default().push(reference);
    }

    /// All weak references to `target`, in the order in which they were made.
    pub fn weak_to(&self, target: Gc<Header>) -> &[Gc<Header>] {
        self.weak.get(&target.addr()).map_or(&[], Vec::as_slice)
    }

    /// The references whose objects the last collection found unreachable: the caller clears them at once.
    pub fn take_died(&mut self) -> Vec<Gc<Header>> {
        std::mem::take(&mut self.died)
    }
}

/// What objects have in the side table; `Undef` for nothing.
#[derive(Clone, Copy)]
pub(super) struct Side {
    pub(super) dict: Value,
    pub(super) slots: Value,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::heap::Kind;
    use std::cell::Cell;

    #[repr(C)]
    struct Pair {
        header: Header,
        left: Cell<Value>,
        right: Cell<Value>,
    }
    // SAFETY: `repr(C)`, header first.
    unsafe impl Object for Pair {
        const KIND: Kind = Kind::Cell;
    }
    struct L;
    impl Layouts for L {
        fn visit<V: Visitor>(obj: Gc<Header>, v: &mut V) {
            if let Some(p) = obj.cast::<Pair>() {
                v.value(p.left.get());
                v.value(p.right.get());
            }
        }
        fn is_leaf(_: Gc<Header>) -> bool {
            false
        }
        fn drop_in_place(_: Gc<Header>) {}
        fn outside_bytes(_: Gc<Header>) -> usize {
            0
        }
    }
    fn pair(h: &mut Heap, left: Value, right: Value) -> Gc<Pair> {
        h.alloc(Pair { header: Header::without_class(Kind::Cell), left: Cell::new(left), right: Cell::new(right) })
    }

    #[test]
    fn cycles_are_freed_and_reachable_objects_stay() {
        let mut h = Heap::new();
        let a = pair(&mut h, Value::small(1), Value::NONE);
        let b = pair(&mut h, a.value(), Value::NONE);
        a.right.set(b.value());
        let root = pair(&mut h, Value::small(7), Value::NONE);
        h.collect::<L>(|m| m.value(root.value()));
        assert_eq!(h.stats().live_objects, 1);
        assert_eq!(root.left.get(), Value::small(7));
        h.collect::<L>(|m| m.value(root.value()));
        assert_eq!(h.stats().live_objects, 1);
        h.destroy::<L>();
    }

    #[test]
    fn freed_cells_are_used_again() {
        let mut h = Heap::new();
        for _ in 0..10_000 {
            pair(&mut h, Value::NONE, Value::NONE);
        }
        let blocks = h.blocks.len();
        h.collect::<L>(|_| ());
        for _ in 0..10_000 {
            pair(&mut h, Value::NONE, Value::NONE);
        }
        assert_eq!(h.blocks.len(), blocks);
        h.destroy::<L>();
    }

    #[test]
    fn a_full_credit_interrupts_the_loop() {
        let mut h = Heap::new();
        h.fuel = 1000;
        h.charge(MIN_TRIGGER as usize + 1);
        assert!(h.due);
        assert_eq!(h.fuel, 0);
        h.restore_fuel();
        assert_eq!(h.fuel, 1000);
        h.destroy::<L>();
    }

    #[test]
    fn large_objects_with_items() {
        let mut h = Heap::new();
        let head = || Pair {
            header: Header::without_class(Kind::Cell),
            left: Cell::new(Value::NONE),
            right: Cell::new(Value::NONE),
        };
        let t = h.alloc_trailing(head(), 1000, |i| Value::small(i as i64));
        assert_eq!(t.items()[999], Value::small(999));
        h.collect::<L>(|m| m.value(t.value()));
        assert_eq!(h.stats().live_objects, 1);
        h.collect::<L>(|_| ());
        assert_eq!(h.stats().live_objects, 0);
        h.destroy::<L>();
    }

    #[test]
    fn ids_count_from_one_and_are_not_reused() {
        let mut h = Heap::new();
        let a = pair(&mut h, Value::NONE, Value::NONE);
        assert_eq!(h.object_id(a.header()), 1);
        assert_eq!(h.object_id(a.header()), 1);
        h.collect::<L>(|_| ());
        let b = pair(&mut h, Value::NONE, Value::NONE);
        assert_eq!(h.object_id(b.header()), 2);
        h.destroy::<L>();
    }
}
