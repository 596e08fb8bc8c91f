//! The host of the command line: the process's streams, clocks and signals. Floor 8.

use crate::vm::host::Host;
use std::io::{self, BufRead, BufWriter, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Standard streams, the real clocks, Ctrl-C.
pub struct StdHost {
    stdout: BufWriter<io::Stdout>,
    line_buffered: bool,
    start: Instant,
    interrupted: Arc<AtomicBool>,
}

/// Longest sleep without a look at signals.
const NAP: Duration = Duration::from_millis(20);

impl StdHost {
    /// The process's streams. Ctrl-C sets a flag that the scheduler looks at.
    pub fn new() -> StdHost {
        let interrupted = Arc::new(AtomicBool::new(false));
        // Without the handler Ctrl-C ends the process at once: no reason to refuse to run.
        let _ = signal_hook::flag::register(signal_hook::consts::SIGINT, interrupted.clone());
        StdHost {
            stdout: BufWriter::with_capacity(1 << 16, io::stdout()),
            line_buffered: io::stdout().is_terminal(),
            start: Instant::now(),
            interrupted,
        }
    }
}

impl Default for StdHost {
    fn default() -> Self {
        Self::new()
    }
}

impl Host for StdHost {
    fn write_stdout(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdout.write_all(bytes)?;
        if self.line_buffered { self.stdout.flush() } else { Ok(()) }
    }

    fn flush_stdout(&mut self) -> io::Result<()> {
        self.stdout.flush()
    }

    fn write_stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::stderr().write_all(bytes)
    }

    fn read_line(&mut self) -> io::Result<String> {
        self.stdout.flush()?;
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line)?;
        Ok(line)
    }

    fn is_terminal(&self, stream: u8) -> bool {
        match stream {
            0 => io::stdin().is_terminal(),
            1 => io::stdout().is_terminal(),
            _ => io::stderr().is_terminal(),
        }
    }

    fn wants_colours(&self) -> bool {
        self.is_terminal(2) && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty())
    }

    fn real_time_ns(&self) -> i64 {
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_nanos() as i64)
    }

    fn monotonic_ns(&self) -> u64 {
        self.start.elapsed().as_nanos() as u64
    }

    fn process_time_ns(&self) -> u64 {
        process_time()
    }

    fn sleep_ns(&mut self, ns: u64) {
        let until = Instant::now() + Duration::from_nanos(ns);
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() || self.interrupted.load(Ordering::Relaxed) {
                return;
            }
            std::thread::sleep(left.min(NAP));
        }
    }

    fn take_signal(&mut self) -> Option<i32> {
        if self.interrupted.swap(false, Ordering::Relaxed) { Some(signal_hook::consts::SIGINT) } else { None }
    }
}

/// CPU time of this process: user and system, all OS threads.
fn process_time() -> u64 {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}
