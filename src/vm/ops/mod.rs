//! Operations on values of built-in layouts: what the dispatch loop calls where its fast paths end. Floor 5.
pub mod access;
pub mod text;
