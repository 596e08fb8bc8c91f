//! Allocation, marking and sweeping. Floor 3.
//!
//! Small objects live in blocks of equal cells, freed ones in a free list per size; larger ones are allocated one by
//! one. Invariant: between collections every cell that is not on a free list holds an initialised object.
#![allow(unsafe_code)]

use super::gc::{Gc, Header, Kind, Object, Trailing, Visitor};
use crate::value::Value;
use rustc_hash::FxHashMap;
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// What the heap must know of the layouts above it. `object` implements it.
pub trait Layouts {
    /// Shows all values of `obj` to `v`.
    fn visit<V: Visitor>(obj: Gc<Header>, v: &mut V);
    /// Drops what `obj` owns outside of the heap (`Vec`s, big numbers, …).
    fn drop_in_place(obj: Gc<Header>);
    /// Bytes that `obj` owns outside of the heap, roughly.
    fn outside_bytes(obj: Gc<Header>) -> usize;
}

/// Set in `Header::flags` of an object (of any kind) whose attributes are in the heap's side table.
const HAS_ATTRS: u16 = 0x8000;
/// Set in `Header::flags` of an object that was given a number by [`Heap::object_id`].
const HAS_ID: u16 = 0x4000;

const BLOCK: usize = 32 * 1024;
const GRAIN: usize = 8;
const MAX_SMALL: usize = 512;
const CLASSES: usize = MAX_SMALL / GRAIN + 1;
/// No collection before this many bytes were allocated since the last one.
const MIN_TRIGGER: isize = 4 * 1024 * 1024;

/// Counters for tests, reports and the documentation.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Collections so far.
    pub collections: u64,
    /// Objects alive after the last collection.
    pub live_objects: u64,
    /// Bytes alive after the last collection.
    pub live_bytes: u64,
    /// Objects allocated so far.
    pub allocated: u64,
}

struct Block {
    start: NonNull<u8>,
    cell: usize,
}

#[repr(C)]
struct FreeCell {
    header: Header,
    next: Option<NonNull<FreeCell>>,
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
    free: [Option<NonNull<FreeCell>>; CLASSES],
    blocks: Vec<Block>,
    large: Vec<(NonNull<Header>, usize)>,
    /// Bytes that may still be allocated before a collection is due.
    credit: isize,
    /// The mark that objects carry which the last collection reached, and new ones.
    live_mark: u8,
    attrs: FxHashMap<usize, Side>,
    ids: FxHashMap<usize, u64>,
    next_id: u64,
    /// Weak references by the address of what they refer to.
    weak: FxHashMap<usize, Vec<Gc<Header>>>,
    /// References whose objects the last collection found unreachable.
    died: Vec<Gc<Header>>,
    stats: Stats,
}

// SAFETY: a heap and all its objects are owned by one `Vm`, which moves between OS threads as a whole; nothing in it is
// shared with another.
unsafe impl Send for Heap {}

impl Default for Heap {
    fn default() -> Self {
        Self::new()
    }
}

impl Heap {
    pub fn new() -> Self {
        Heap {
            fuel: 0,
            stolen: 0,
            due: false,
            stress: false,
            free: [None; CLASSES],
            blocks: Vec::new(),
            large: Vec::new(),
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
    }

    pub fn stats(&self) -> Stats {
        self.stats
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
    fn raw(&mut self, size: usize) -> NonNull<u8> {
        self.stats.allocated += 1;
        self.credit -= size as isize;
        if self.credit < 0 || self.stress {
            self.make_due();
        }
        if size <= MAX_SMALL {
            let class = size.div_ceil(GRAIN);
            match self.free[class] {
                Some(cell) => {
                    // SAFETY: cells on a free list hold a `FreeCell`.
                    self.free[class] = unsafe { cell.as_ref().next };
                    cell.cast()
                }
                None => self.refill(class),
            }
        } else {
            self.raw_large(size)
        }
    }

    #[cold]
    #[inline(never)]
    fn refill(&mut self, class: usize) -> NonNull<u8> {
        let cell = (class * GRAIN).max(size_of::<FreeCell>());
        let layout = Layout::from_size_align(BLOCK, 16).expect("a constant layout");
        // SAFETY: the layout is not empty.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        let n = BLOCK / cell;
        let mut next = None;
        for i in (1..n).rev() {
            // SAFETY: cell `i` lies inside of the block.
            next = Some(unsafe {
                let p = start.add(i * cell).cast::<FreeCell>();
                p.write(FreeCell { header: Header::without_class(Kind::Free), next });
                p
            });
        }
        self.free[class] = next;
        self.blocks.push(Block { start, cell });
        start
    }

    #[cold]
    #[inline(never)]
    fn raw_large(&mut self, size: usize) -> NonNull<u8> {
        let layout = Layout::from_size_align(size, 16).unwrap_or(Layout::new::<u64>());
        // SAFETY: the size is more than MAX_SMALL.
        let Some(p) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        self.large.push((p.cast(), size));
        p
    }

    /// Puts `value` on the heap.
    #[inline(always)]
    pub fn alloc<T: Object>(&mut self, value: T) -> Gc<T> {
        let p = self.raw(size_of::<T>()).cast::<T>();
        let mark = self.live_mark;
        // SAFETY: the cell is large and aligned enough, and ours.
        unsafe { p.write(value) };
        let gc = Gc::from_ptr(p);
        gc.header().set_mark(mark);
        gc
    }

    /// Puts `head` on the heap, followed by `len` items.
    #[inline(always)]
    pub fn alloc_trailing<H: Object, T>(
        &mut self,
        head: H,
        len: usize,
        mut item: impl FnMut(usize) -> T,
    ) -> Gc<Trailing<H, T>> {
        let size = size_of::<Trailing<H, T>>() + len * size_of::<T>();
        let p = self.raw(size).cast::<Trailing<H, T>>();
        let mark = self.live_mark;
        // SAFETY: the cell has room for the head and `len` items behind it; all of them are written here.
        unsafe {
            p.write(Trailing::parts(head, len as u32));
            let items = Trailing::items_ptr(p.as_ptr());
            for i in 0..len {
                items.add(i).write(item(i));
            }
        }
        let gc = Gc::from_ptr(p);
        gc.header().set_mark(mark);
        gc
    }

    /// Puts `head` on the heap, followed by a copy of `items`.
    #[inline(always)]
    pub fn alloc_copy<H: Object, T: Copy>(&mut self, head: H, items: &[T]) -> Gc<Trailing<H, T>> {
        let size = size_of::<Trailing<H, T>>() + size_of_val(items);
        let p = self.raw(size).cast::<Trailing<H, T>>();
        let mark = self.live_mark;
        // SAFETY: as in `alloc_trailing`.
        unsafe {
            p.write(Trailing::parts(head, items.len() as u32));
            std::ptr::copy_nonoverlapping(items.as_ptr(), Trailing::items_ptr(p.as_ptr()), items.len());
        }
        let gc = Gc::from_ptr(p);
        gc.header().set_mark(mark);
        gc
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

    /// Frees everything that is not reachable from what `roots` shows. Call it only at a safepoint.
    pub fn collect<L: Layouts>(&mut self, roots: impl FnOnce(&mut Marker<'_>)) {
        let live = 3 - self.live_mark;
        let mut marker = Marker { live, stack: Vec::new(), attrs: &self.attrs };
        roots(&mut marker);
        while let Some(obj) = marker.stack.pop() {
            L::visit(obj, &mut marker);
        }
        self.live_mark = live;
        self.part_with(live);
        self.sweep::<L>(live);
        self.due = false;
        self.stats.collections += 1;
        self.credit = (self.stats.live_bytes as isize).max(MIN_TRIGGER);
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

    /// Finds the weak references whose objects are about to be freed.
    fn part_with(&mut self, live: u8) {
        let died = &mut self.died;
        self.weak.retain(|&target, references| {
            references.retain(|r| r.mark() == live);
            // SAFETY: an entry goes away in the collection that finds its object unreachable, so the object is still there.
            if unsafe { Gc::<Header>::from_addr(target) }.mark() == live {
                return !references.is_empty();
            }
            died.append(references);
            false
        });
    }

    fn sweep<L: Layouts>(&mut self, live: u8) {
        let (mut objects, mut bytes) = (0u64, 0u64);
        self.free = [None; CLASSES];
        // Backwards, and cells backwards within a block, so that free lists run in ascending order of age.
        for b in (0..self.blocks.len()).rev() {
            let Block { start, cell } = self.blocks[b];
            let class = cell / GRAIN;
            let mut list = self.free[class];
            for i in (0..BLOCK / cell).rev() {
                // SAFETY: every cell of a block holds an initialised object or a `FreeCell`, both begin with a header.
                unsafe {
                    let p = start.add(i * cell);
                    let gc = Gc::from_ptr(p.cast::<Header>());
                    if gc.kind() != Kind::Free {
                        if gc.mark() == live {
                            objects += 1;
                            bytes += (cell + L::outside_bytes(gc)) as u64;
                            continue;
                        }
                        Self::forget(&mut self.attrs, &mut self.ids, gc);
                        L::drop_in_place(gc);
                        if cfg!(debug_assertions) {
                            std::ptr::write_bytes(p.as_ptr(), 0xDD, cell);
                        }
                    }
                    let cell = p.cast::<FreeCell>();
                    cell.write(FreeCell { header: Header::without_class(Kind::Free), next: list });
                    list = Some(cell);
                }
            }
            self.free[class] = list;
        }
        let (attrs, ids) = (&mut self.attrs, &mut self.ids);
        self.large.retain(|&(p, size)| {
            let gc = Gc::from_ptr(p);
            if gc.mark() == live {
                objects += 1;
                bytes += (size + L::outside_bytes(gc)) as u64;
                return true;
            }
            Self::forget(attrs, ids, gc);
            L::drop_in_place(gc);
            gc.set_free();
            // SAFETY: it was allocated by `raw_large` with this layout, and nothing points to it any more.
            unsafe { dealloc(p.as_ptr().cast(), Layout::from_size_align_unchecked(size, 16)) };
            false
        });
        self.stats.live_objects = objects;
        self.stats.live_bytes = bytes;
    }

    fn forget(attrs: &mut FxHashMap<usize, Side>, ids: &mut FxHashMap<usize, u64>, gc: Gc<Header>) {
        if gc.has_flag(HAS_ATTRS) {
            attrs.remove(&gc.addr());
        }
        if gc.has_flag(HAS_ID) {
            ids.remove(&gc.addr());
        }
    }

    /// Drops every object. The owner calls it once, last.
    pub fn destroy<L: Layouts>(&mut self) {
        self.collect::<L>(|_| ());
        for b in self.blocks.drain(..) {
            // SAFETY: allocated by `refill` with this layout; all its objects have been dropped.
            unsafe { dealloc(b.start.as_ptr(), Layout::from_size_align_unchecked(BLOCK, 16)) };
        }
        self.free = [None; CLASSES];
    }
}

/// What objects have in the side table; `Undef` for nothing.
#[derive(Clone, Copy)]
struct Side {
    dict: Value,
    slots: Value,
}

/// The visitor that marks.
pub struct Marker<'h> {
    live: u8,
    stack: Vec<Gc<Header>>,
    attrs: &'h FxHashMap<usize, Side>,
}

impl Visitor for Marker<'_> {
    #[inline(always)]
    fn value(&mut self, v: Value) {
        if let Some(obj) = v.as_object()
            && obj.mark() != self.live
        {
            debug_assert_ne!(obj.kind(), Kind::Free, "a freed object is reachable");
            obj.set_mark(self.live);
            self.stack.push(obj);
            if obj.has_flag(HAS_ATTRS)
                && let Some(&side) = self.attrs.get(&obj.addr())
            {
                self.value(side.dict);
                self.value(side.slots);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
