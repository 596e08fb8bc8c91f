//! The scheduler: whose turn it is, for how long, and what time it is. Floor 6.
//!
//! The kernel drives the VM's dispatch loop slice by slice. Whoever picks the next thread is asked only through
//! [`policy::Policy`]. Invariant: no decision depends on anything but the VM's state, the seed, and (with the wall clock)
//! real time.
pub mod deadlock;
pub mod kernel;
pub mod policy;

pub use kernel::{End, Kernel};
