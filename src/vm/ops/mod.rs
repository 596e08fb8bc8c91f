//! Operations on built-in values as the dispatch loop calls them. Floor 5.
mod items;
mod iterate;
mod keyed;
mod set_algebra;
mod slicing;
mod stubs;
pub mod sorting;

pub use items::INTRINSICS as ITEM_INTRINSICS;
pub use iterate::INTRINSICS as ITER_INTRINSICS;
pub use keyed::KeyOp;
pub use set_algebra::SetOp;
pub use slicing::Bounds;
