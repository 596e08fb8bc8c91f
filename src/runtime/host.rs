//! The host of the command line: the process's streams, clocks and signals. Floor 8.

use super::files::OpenFiles;
use crate::text::surrogate;
use crate::vm::host::{Files, Host};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Standard streams, the real clocks, Ctrl-C.
pub struct StdHost {
    stdout: BufWriter<io::Stdout>,
    line_buffered: bool,
    start: Instant,
    interrupted: Arc<AtomicBool>,
    /// Other signals that the program asked for.
    signals: Vec<(i32, Arc<AtomicBool>)>,
    input: Option<Input>,
    pub(super) files: OpenFiles,
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
            signals: Vec::new(),
            input: None,
            files: OpenFiles::default(),
        }
    }

    fn any_signal(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed) || self.signals.iter().any(|(_, s)| s.load(Ordering::Relaxed))
    }

    /// A read that Ctrl-C gave up on still waits for what is typed next.
    pub fn is_reading(&self) -> bool {
        self.input.as_ref().is_some_and(|i| i.asked)
    }
}

impl Default for StdHost {
    fn default() -> Self {
        Self::new()
    }
}

impl Host for StdHost {
    fn files(&mut self) -> &mut dyn Files {
        self
    }

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
        self.input.get_or_insert_with(Input::new).read_line(&self.interrupted)
    }

    fn read_stdin(&mut self, n: usize) -> io::Result<Vec<u8>> {
        self.stdout.flush()?;
        self.input.get_or_insert_with(Input::new).read_some(n, &self.interrupted)
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
            if left.is_zero() || self.any_signal() {
                return;
            }
            std::thread::sleep(left.min(NAP));
        }
    }

    fn take_signal(&mut self) -> Option<i32> {
        // Asked at every switch: a look is cheaper than a swap.
        let take = |flag: &AtomicBool| flag.load(Ordering::Relaxed) && flag.swap(false, Ordering::Relaxed);
        if take(&self.interrupted) {
            return Some(signal_hook::consts::SIGINT);
        }
        self.signals.iter().find(|(_, s)| take(s)).map(|(n, _)| *n)
    }

    fn listen(&mut self, signal: i32) -> io::Result<()> {
        if signal == signal_hook::consts::SIGINT || self.signals.iter().any(|(n, _)| *n == signal) {
            return Ok(());
        }
        let flag = Arc::new(AtomicBool::new(false));
        signal_hook::flag::register(signal, flag.clone())?;
        self.signals.push((signal, flag));
        Ok(())
    }

    fn default_action(&mut self, signal: i32) {
        let _ = self.stdout.flush();
        // Signals that end a process by default don't come back from this.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
}

/// Standard input, read on a thread of its own so that Ctrl-C gets through to who waits for a line.
struct Input {
    ask: Sender<()>,
    pieces: Receiver<io::Result<Vec<u8>>>,
    /// The other thread is reading.
    asked: bool,
    buffer: Vec<u8>,
    /// Where in the buffer the next line begins.
    at: usize,
}

impl Input {
    fn new() -> Input {
        let (ask, asked) = channel::<()>();
        let (give, pieces) = channel();
        std::thread::spawn(move || {
            // It ends with the process, or with who asks.
            while asked.recv().is_ok() {
                let mut piece = vec![0; 1 << 16];
                let read = io::stdin().read(&mut piece).map(|n| {
                    piece.truncate(n);
                    piece
                });
                if give.send(read).is_err() {
                    return;
                }
            }
        });
        Input { ask, pieces, asked: false, buffer: Vec::new(), at: 0 }
    }

    /// The next line with its end; what is left at the end of input. `Interrupted` when the flag is up.
    fn read_line(&mut self, interrupted: &AtomicBool) -> io::Result<String> {
        loop {
            if let Some(n) = memchr::memchr(b'\n', &self.buffer[self.at..]) {
                return self.take(n + 1);
            }
            let piece = self.piece(interrupted)?;
            if piece.is_empty() {
                return self.take(self.buffer.len() - self.at);
            }
            self.buffer.drain(..self.at);
            self.at = 0;
            self.buffer.extend(piece);
        }
    }

    fn take(&mut self, n: usize) -> io::Result<String> {
        let line = self.buffer[self.at..self.at + n].to_vec();
        self.at += n;
        let line = String::from_utf8(line).map_err(|e| io::Error::new(io::ErrorKind::InvalidData, e))?;
        Ok(surrogate::admit(&line).into_owned())
    }

    /// At most `n` bytes: those that were read already, else the next piece.
    fn read_some(&mut self, n: usize, interrupted: &AtomicBool) -> io::Result<Vec<u8>> {
        if self.at == self.buffer.len() {
            self.buffer = self.piece(interrupted)?;
            self.at = 0;
        }
        let end = self.buffer.len().min(self.at.saturating_add(n));
        let bytes = self.buffer[self.at..end].to_vec();
        self.at = end;
        Ok(bytes)
    }

    fn piece(&mut self, interrupted: &AtomicBool) -> io::Result<Vec<u8>> {
        if !self.asked {
            self.ask.send(()).map_err(io::Error::other)?;
            self.asked = true;
        }
        loop {
            match self.pieces.recv_timeout(NAP) {
                Ok(piece) => {
                    self.asked = false;
                    return piece;
                }
                Err(RecvTimeoutError::Timeout) if interrupted.load(Ordering::Relaxed) => {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(e) => return Err(io::Error::other(e)),
            }
        }
    }
}

/// CPU time of this process: user and system, all OS threads.
fn process_time() -> u64 {
    let t = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}
