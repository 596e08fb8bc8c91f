//! Ground floor: spans, sources, diagnostics and run configuration. Knows nothing of Python.
pub mod config;
pub mod diag;
pub mod span;
