//! Blocks of equal cells, and the chunks of memory they are cut from. Floor 3.
//!
//! A block begins with a table of the cells that the last collection reached. What lies between those are the *runs*
//! in which new objects are placed one behind the other: a fresh block is a single run. Invariant: blocks are aligned to
//! their size, so that the block of an object follows from its address.
#![allow(unsafe_code)]

use super::gc::{Gc, Header, Kind};
use std::alloc::{Layout, alloc, dealloc, handle_alloc_error};
use std::ptr::NonNull;

/// Sizes of cells are multiples of this.
pub(super) const GRAIN: usize = 8;
/// Larger objects don't live in blocks.
pub(super) const MAX_SMALL: usize = 512;
/// Bytes of a block.
pub(super) const BLOCK: usize = 16 * 1024;
const CHUNK_BLOCKS: usize = 16;
/// Bytes of a chunk.
const CHUNK: usize = CHUNK_BLOCKS * BLOCK;
/// An object is at least a header.
const WORDS: usize = BLOCK / size_of::<Header>() / 64;

#[repr(C)]
struct Block {
    reached: [u64; WORDS],
    /// Bytes of a cell.
    cell: u32,
    /// Number of cells.
    cells: u32,
    /// 2^32 / `cell`, rounded up: multiplying is faster than dividing.
    inverse: u32,
    /// How many cells have ever been handed out; kept where objects must be dropped.
    used: u32,
    /// The space that the block belongs to.
    space: u32,
    /// The chunk that the block is part of.
    chunk: u32,
}

/// A block of one heap.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct BlockPtr(NonNull<Block>);

impl BlockPtr {
    /// The block that holds the small object at `addr`.
    #[inline(always)]
    pub(super) fn of(obj: Gc<Header>) -> BlockPtr {
        // SAFETY: small objects lie in blocks, which are aligned to their size and not at address 0.
        BlockPtr(unsafe { NonNull::new_unchecked((obj.addr() & !(BLOCK - 1)) as *mut Block) })
    }

    #[inline(always)]
    fn head(&self) -> &Block {
        // SAFETY: `set_up` wrote it; blocks are freed by `Chunks` only when the heap has let go of them.
        unsafe { self.0.as_ref() }
    }

    #[inline(always)]
    fn head_mut(&mut self) -> &mut Block {
        // SAFETY: as above; references to a block's head last for one expression.
        unsafe { self.0.as_mut() }
    }

    /// Makes a block of free cells for `space`.
    pub(super) fn set_up(&mut self, space: usize, cell: usize) {
        let b = self.head_mut();
        b.reached = [0; WORDS];
        b.cell = cell as u32;
        b.cells = ((BLOCK - size_of::<Block>()) / cell) as u32;
        b.inverse = (1u64 << 32).div_ceil(cell as u64) as u32;
        b.used = 0;
        b.space = space as u32;
    }

    pub(super) fn space(&self) -> usize {
        self.head().space as usize
    }

    pub(super) fn cell(&self) -> usize {
        self.head().cell as usize
    }

    pub(super) fn cells(&self) -> u32 {
        self.head().cells
    }

    fn chunk(&self) -> usize {
        self.head().chunk as usize
    }

    /// The address of a cell.
    pub(super) fn at(&self, i: u32) -> NonNull<u8> {
        let b = self.head();
        debug_assert!(i <= b.cells);
        // SAFETY: the cell, or the end of the last one, lies in the block.
        unsafe { self.0.cast::<u8>().add(size_of::<Block>() + i as usize * b.cell as usize) }
    }

    /// Forgets which cells were reached.
    pub(super) fn clear(&mut self) {
        self.head_mut().reached = [0; WORDS];
    }

    /// Notes that the object in this block is reached.
    #[inline(always)]
    pub(super) fn reach(&mut self, obj: Gc<Header>) {
        let b = self.head_mut();
        let offset = (obj.addr() & (BLOCK - 1)) - size_of::<Block>();
        let i = ((offset as u64 * b.inverse as u64) >> 32) as usize;
        b.reached[(i / 64) % WORDS] |= 1 << (i % 64);
    }

    /// How many objects were reached.
    pub(super) fn reached(&self) -> u32 {
        self.head().reached.iter().map(|w| w.count_ones()).sum()
    }

    fn is_reached(&self, i: u32) -> bool {
        self.head().reached[i as usize / 64] >> (i % 64) & 1 != 0
    }

    /// The first cell from `from` on whose bit is not `skipped`, the number of cells if there is none.
    fn next(&self, from: u32, skipped: bool) -> u32 {
        let b = self.head();
        let flip = if skipped { u64::MAX } else { 0 };
        let mut word = from as usize / 64;
        let mut mask = u64::MAX << (from % 64);
        while let Some(&w) = b.reached.get(word) {
            let bits = (w ^ flip) & mask;
            if bits != 0 {
                return (word as u32 * 64 + bits.trailing_zeros()).min(b.cells);
            }
            mask = u64::MAX;
            word += 1;
        }
        b.cells
    }

    /// The first run of free cells at `from` or behind it: where it begins and ends.
    pub(super) fn run(&self, from: u32) -> Option<(u32, u32)> {
        let start = self.next(from, true);
        if start == self.cells() { None } else { Some((start, self.next(start, false))) }
    }

    /// Makes cells up to `to` recognisable as free before they are used for the first time.
    pub(super) fn prepare(&mut self, to: u32) {
        for i in self.head().used..to {
            // SAFETY: the cell lies in the block, is at least a header in size, and holds no object yet.
            unsafe { self.at(i).cast::<Header>().write(Header::without_class(Kind::Free)) };
        }
        let b = self.head_mut();
        b.used = b.used.max(to);
    }

    /// Calls `drop` with every object that was not reached, of a block whose cells were all prepared, and frees it.
    pub(super) fn drop_dead(&mut self, mut drop: impl FnMut(Gc<Header>)) {
        for i in 0..self.head().used {
            if !self.is_reached(i) {
                let gc = Gc::from_ptr(self.at(i).cast::<Header>());
                if gc.kind() != Kind::Free {
                    drop(gc);
                    gc.set_free();
                }
            }
        }
    }

    /// Overwrites cells that were not reached, so that a use of them is noticed.
    pub(super) fn poison(&mut self) {
        for i in 0..self.cells() {
            if !self.is_reached(i) {
                // SAFETY: nothing points to the cell any more.
                unsafe {
                    std::ptr::write_bytes(self.at(i).as_ptr(), 0xDD, self.cell());
                    self.at(i).cast::<Header>().write(Header::without_class(Kind::Free));
                }
            }
        }
    }
}

/// The chunks of a heap, and the blocks in them that hold nothing.
#[derive(Default)]
pub(super) struct Chunks {
    /// Where they begin, and how many of a chunk's blocks are in use. `None`: it was given back.
    chunks: Vec<Option<(NonNull<Block>, u32)>>,
    empty: Vec<BlockPtr>,
}

impl Chunks {
    fn layout() -> Layout {
        Layout::from_size_align(CHUNK, BLOCK).unwrap_or(Layout::new::<u64>())
    }

    /// A block for `space`, whose cells are free.
    pub(super) fn take(&mut self, space: usize, cell: usize) -> BlockPtr {
        let mut block = match self.empty.pop() {
            Some(b) => b,
            None => self.grow(),
        };
        if let Some(Some((_, used))) = self.chunks.get_mut(block.chunk()) {
            *used += 1;
        }
        block.set_up(space, cell);
        block
    }

    #[cold]
    fn grow(&mut self) -> BlockPtr {
        let layout = Self::layout();
        // SAFETY: the layout is not empty.
        let Some(start) = NonNull::new(unsafe { alloc(layout) }) else { handle_alloc_error(layout) };
        let number = self.chunks.iter().position(Option::is_none).unwrap_or(self.chunks.len());
        let entry = Some((start.cast(), 0));
        match self.chunks.get_mut(number) {
            Some(hole) => *hole = entry,
            None => self.chunks.push(entry),
        }
        let block = |i: usize| {
            // SAFETY: block `i` lies in the chunk, whose memory is ours; the number of its chunk is all that is known of it.
            unsafe {
                let p = start.add(i * BLOCK).cast::<Block>();
                (&raw mut (*p.as_ptr()).chunk).write(number as u32);
                BlockPtr(p)
            }
        };
        self.empty.extend((1..CHUNK_BLOCKS).rev().map(block));
        block(0)
    }

    /// Takes back a block that holds nothing.
    pub(super) fn put(&mut self, block: BlockPtr) {
        if let Some(Some((_, used))) = self.chunks.get_mut(block.chunk()) {
            *used -= 1;
        }
        self.empty.push(block);
    }

    /// Gives memory back, chunk by chunk, as long as empty blocks take more than `reserve` bytes.
    pub(super) fn shrink(&mut self, reserve: usize) {
        let surplus = (self.empty.len() * BLOCK).saturating_sub(reserve) / CHUNK;
        if surplus == 0 {
            return;
        }
        let unused = (0..self.chunks.len()).rev().filter(|&i| matches!(self.chunks[i], Some((_, 0))));
        let going: Vec<usize> = unused.take(surplus).collect();
        self.empty.retain(|b| !going.contains(&b.chunk()));
        for i in going {
            if let Some((start, _)) = self.chunks[i].take() {
                // SAFETY: `grow` allocated it with this layout; none of its blocks is in use, or in the list any more.
                unsafe { dealloc(start.as_ptr().cast(), Self::layout()) };
            }
        }
    }

    /// Bytes that were taken from the system.
    pub(super) fn bytes(&self) -> usize {
        self.chunks.iter().flatten().count() * CHUNK
    }

    /// Gives everything back. The owner calls it once, last.
    pub(super) fn free_all(&mut self) {
        self.empty.clear();
        for (start, _) in self.chunks.drain(..).flatten() {
            // SAFETY: `grow` allocated it with this layout; all objects in it have been dropped.
            unsafe { dealloc(start.as_ptr().cast(), Self::layout()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_lie_between_the_reached_cells() {
        let mut chunks = Chunks::default();
        let mut b = chunks.take(0, 24);
        let n = b.cells();
        assert_eq!(b.run(0), Some((0, n)));
        for i in [0, 1, 70, n - 1] {
            b.prepare(i + 1);
            b.reach(Gc::from_ptr(b.at(i).cast()));
        }
        assert_eq!(b.reached(), 4);
        assert_eq!(b.run(0), Some((2, 70)));
        assert_eq!(b.run(70), Some((71, n - 1)));
        assert_eq!(b.run(n - 1), None);
        chunks.free_all();
    }

    #[test]
    fn every_size_of_cell_finds_its_number() {
        let mut chunks = Chunks::default();
        for cell in (16..=MAX_SMALL).step_by(GRAIN) {
            let mut b = chunks.take(0, cell);
            for i in 0..b.cells() {
                b.reach(Gc::from_ptr(b.at(i).cast()));
                assert!(b.is_reached(i));
                assert_eq!(b.reached(), i + 1);
            }
            assert_eq!(b.run(0), None);
            chunks.put(b);
        }
        chunks.free_all();
    }

    #[test]
    fn unused_chunks_are_given_back() {
        let mut chunks = Chunks::default();
        let blocks: Vec<BlockPtr> = (0..3 * CHUNK_BLOCKS).map(|_| chunks.take(0, 64)).collect();
        assert_eq!(chunks.bytes(), 3 * CHUNK);
        for &b in &blocks[1..] {
            chunks.put(b);
        }
        chunks.shrink(CHUNK * 2);
        assert_eq!(chunks.bytes(), 3 * CHUNK);
        chunks.shrink(0);
        assert_eq!(chunks.bytes(), CHUNK);
        chunks.put(blocks[0]);
        chunks.shrink(0);
        assert_eq!(chunks.bytes(), 0);
        chunks.take(0, 64);
        chunks.free_all();
    }
}
