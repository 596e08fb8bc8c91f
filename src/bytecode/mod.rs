//! The instruction set and compiled programs. Floor 1; knows nothing of syntax or values.
//!
//! Invariant: everything here is plain immutable data, `Send + Sync`, without heap values, so that one compiled
//! program serves many VMs on many OS threads.
pub mod dis;
pub mod emit;
pub mod ops;
pub mod program;
pub mod verify;
