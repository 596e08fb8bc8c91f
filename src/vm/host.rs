//! The one door to the world outside: files of the process, clocks, entropy. Floor 5.
//!
//! Invariant: nothing else in the VM reads the outside, so a recording of what passes here replays a run.

use std::io::{self, Write};

/// What a VM needs of its surroundings.
pub trait Host: Send {
    /// Writes to standard output; may buffer.
    fn write_stdout(&mut self, bytes: &[u8]) -> io::Result<()>;
    fn flush_stdout(&mut self) -> io::Result<()>;
    /// Writes to standard error, after flushing nothing: the two streams are independent, as in CPython.
    fn write_stderr(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Reads a line from standard input, with its line end; empty at the end.
    fn read_line(&mut self) -> io::Result<String>;
    /// Whether stream 0, 1 or 2 is a terminal.
    fn is_terminal(&self, stream: u8) -> bool;
    /// Whether standard error is a terminal that wants colours.
    fn wants_colours(&self) -> bool {
        false
    }
    /// Real time since 1970 (UTC), nanoseconds.
    fn real_time_ns(&self) -> i64;
    /// Real monotonic time, nanoseconds since some start.
    fn monotonic_ns(&self) -> u64;
    /// CPU time of the process, nanoseconds.
    fn process_time_ns(&self) -> u64;
    /// Sleeps for real; comes back early when interrupted.
    fn sleep_ns(&mut self, ns: u64);
    /// Takes a pending signal number (SIGINT …), if there is one.
    fn take_signal(&mut self) -> Option<i32>;

    /// The names that line editing may complete from now on.
    fn set_completions(&mut self, _names: Vec<String>) {}

    /// Reads a line of an interactive entry, with its line end; `None` at the end of input, an error on Ctrl-C.
    fn read_entry_line(&mut self, prompt: &str) -> io::Result<Option<String>> {
        self.write_stdout(prompt.as_bytes())?;
        self.flush_stdout()?;
        let line = self.read_line()?;
        Ok(if line.is_empty() { None } else { Some(line) })
    }
}

/// A host that keeps the output in memory, has no input and does not sleep: for tests and embedding.
#[derive(Default)]
pub struct MemoryHost {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Host for MemoryHost {
    fn write_stdout(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdout.write_all(bytes)
    }
    fn flush_stdout(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn write_stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stderr.write_all(bytes)
    }
    fn read_line(&mut self) -> io::Result<String> {
        Ok(String::new())
    }
    fn is_terminal(&self, _: u8) -> bool {
        false
    }
    fn real_time_ns(&self) -> i64 {
        0
    }
    fn monotonic_ns(&self) -> u64 {
        0
    }
    fn process_time_ns(&self) -> u64 {
        0
    }
    fn sleep_ns(&mut self, _: u64) {}
    fn take_signal(&mut self) -> Option<i32> {
        None
    }
}
