//! An allocator with a ceiling. A program that asks for more than there is gets `MemoryError` where the interpreter can
//! say so; everywhere else the run is given up, which is no finding: CPython ends the same way.

use crate::bounded::Stop;
use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// Bytes that a run may hold at a time.
const CEILING: usize = 192 << 20;

/// The system's allocator, counted.
pub struct Counted;

static LIVE: AtomicUsize = AtomicUsize::new(0);
/// The ceiling holds only while a program runs: neither libFuzzer nor a run that is being given up is refused anything.
static HOLDS: AtomicBool = AtomicBool::new(false);

// SAFETY: all blocks come from `System`, with the layouts that were asked for.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if LIVE.fetch_add(layout.size(), Relaxed) + layout.size() > CEILING && HOLDS.load(Relaxed) {
            LIVE.fetch_sub(layout.size(), Relaxed);
            return std::ptr::null_mut();
        }
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Puts the ceiling in force until the result is dropped.
pub fn ceiling() -> Ceiling {
    std::alloc::set_alloc_error_hook(|_| {
        HOLDS.store(false, Relaxed);
        std::panic::resume_unwind(Box::new(Stop));
    });
    HOLDS.store(true, Relaxed);
    Ceiling
}

/// While it lives, the ceiling holds.
pub struct Ceiling;

impl Drop for Ceiling {
    fn drop(&mut self) {
        HOLDS.store(false, Relaxed);
    }
}
