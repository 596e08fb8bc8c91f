//! `thr`: a Python-3.13-compatible interpreter with preemptive green threads.
//!
//! The floors of the house, top to bottom; a module imports only from lower floors (`tests/floors.rs` checks it):
//!
//! ```text
//! 9  cli  repl
//! 8  runtime                            assembles a Vm
//! 7  types  builtins  sync  modules     Python-visible natives
//! 6  sched                              run queue, policies, clock
//! 5  vm                                 frames, dispatch, calls, unwinding, native interface
//! 4  object                             layouts of builtin types and their pure operations
//! 3  heap  value                        8-byte Value, allocator, mark-sweep
//! 2  compile                            AST to Program
//! 1  syntax  bytecode                   tokens to AST; instruction table, Program
//! 0  base  text                         spans, diagnostics, configuration; pure algorithms on numbers and text
//! ```
#![deny(unsafe_code)]

pub mod base;
pub mod builtins;
pub mod bytecode;
pub mod cli;
pub mod compile;
pub mod heap;
pub mod modules;
pub mod object;
pub mod repl;
pub mod runtime;
pub mod sched;
pub mod sync;
pub mod syntax;
pub mod text;
pub mod types;
pub mod value;
pub mod vm;
