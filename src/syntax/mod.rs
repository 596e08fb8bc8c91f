//! From text to AST. Floor 1; knows nothing of bytecode or values.
pub mod ast;
pub mod error;
