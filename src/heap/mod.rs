//! The per-VM heap: non-moving, mark and sweep. Floor 3.
//!
//! # Rules of this floor
//! 1. A collection happens only when the VM calls [`Heap::collect`], at a safepoint of its dispatch loop, with every
//!    root. Between safepoints nothing is freed, so a [`Gc`] may be held freely by natives and needs no handle.
//! 2. No function of ours is on the native stack with an unrooted `Gc` at a safepoint: natives never call the loop.
//! 3. Objects don't move.
//! 4. A `borrow_mut` of a [`HeapCell`] lasts for one expression or a few lines without calls into the VM. Builds with
//!    debug assertions check it.
//! 5. When to collect is a function of bytes allocated, never of time or addresses.
//! 6. Every object shows all its values to [`Visitor`] through one function, `object::visit`.
mod alloc;
mod block;
mod cell;
mod collect;
mod gc;
pub use alloc::{Heap, Layouts, Stats};
pub use cell::{HeapCell, Ref, RefMut};
pub use collect::Marker;
pub use gc::{Gc, Header, Kind, Object, Trailing, Visitor};
