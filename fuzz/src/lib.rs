//! What the fuzz targets share: runs that are bounded in steps, memory and stack, on a host without files.
#![feature(alloc_error_hook)]

pub mod bounded;
pub mod memory;
pub mod source;
