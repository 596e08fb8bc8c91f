//! Runs programs inside the test's own process, without files, real clocks or sleeping.

use std::io;
use std::sync::{Arc, Mutex};
use thr::vm::host::Host;

/// What a VM printed, on both streams. Clones show the same text.
#[derive(Clone, Default)]
pub struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    /// All of it so far.
    #[allow(dead_code, reason = "a test file need not use all of this")]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().expect("no writer panics")).into_owned()
    }

    fn add(&self, bytes: &[u8]) -> io::Result<()> {
        self.0.lock().expect("no writer panics").extend_from_slice(bytes);
        Ok(())
    }
}

impl Host for Printed {
    fn write_stdout(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.add(bytes)
    }
    fn flush_stdout(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn write_stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.add(bytes)
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
    fn sleep_ns(&mut self, _: u64) {
        panic!("the virtual clock never sleeps");
    }
    fn take_signal(&mut self) -> Option<i32> {
        None
    }
}
