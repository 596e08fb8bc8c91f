//! The 8-byte value. Floor 3.
mod repr;
pub use repr::Value;
