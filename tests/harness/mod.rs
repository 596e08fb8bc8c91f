//! The parts of the golden-test harness, from the bottom up:
//!
//! - `process` runs a command with a time limit;
//! - `script` finds scripts and reads their directives;
//! - `thr` runs one script with the binary under test;
//! - `diff` and `expected` compare what came out with what should have;
//! - `bless` writes expectations, from `thr` or from CPython (`oracle`);
//! - `transcript` checks REPL sessions;
//! - `checks` tests the harness itself.

pub mod bless;
pub mod checks;
pub mod diff;
pub mod expected;
pub mod oracle;
pub mod process;
pub mod script;
pub mod thr;
pub mod transcript;

use std::path::Path;

/// The date at which every run starts, so that programs that print the time print the same one each time.
pub const EPOCH: &str = "2026-01-01T00:00:00Z";

/// The root of the repository: the working directory of every run, so that tracebacks show `examples/name.thr`.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The file name without its extension.
pub fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
