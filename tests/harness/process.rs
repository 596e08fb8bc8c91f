//! Runs a command with given input, collects what it prints, and kills it when it takes too long.

use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// More output than this is a runaway program; it is left blocked on a full pipe until its time is up.
const MAX_OUTPUT: u64 = 64 << 20;

/// What came out of a run.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Finished {
    pub stdout: Vec<u8>,
    /// Empty when both streams were merged.
    pub stderr: Vec<u8>,
    /// The exit status, 128 + n after signal n, as a shell reports it.
    pub status: i32,
    /// The time limit was reached, and the process was killed.
    pub timed_out: bool,
}

/// Where standard error goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    Apart,
    /// Standard error goes into standard output, in the order of writing.
    Merged,
}

/// Runs `command` to its end, or to the end of `limit`.
pub fn run(mut command: Command, input: &[u8], limit: Duration, streams: Streams) -> Result<Finished, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |error: io::Error| format!("can't run {program}: {error}");
    command.stdin(Stdio::piped());
    let mut merged = None;
    match streams {
        Streams::Apart => {
            command.stdout(Stdio::piped()).stderr(Stdio::piped());
        }
        Streams::Merged => {
            let (reader, writer) = io::pipe().map_err(failed)?;
            command.stdout(writer.try_clone().map_err(failed)?).stderr(writer);
            merged = Some(reader);
        }
    }
    let mut child = command.spawn().map_err(failed)?;
    drop(command); // It holds the writing ends of a merged pipe, which would never end otherwise.

    let mut stdin = child.stdin.take().expect("stdin is piped");
    let input = input.to_vec();
    let feeder = thread::spawn(move || {
        // A program may end without reading its input: that is no failure.
        let _ = stdin.write_all(&input);
    });
    let (stdout, stderr) = match merged {
        Some(reader) => (collect(Some(reader)), collect(None::<io::Empty>)),
        None => (collect(child.stdout.take()), collect(child.stderr.take())),
    };
    let (status, timed_out) = wait(&mut child, limit).map_err(failed)?;
    let join = |handle: thread::JoinHandle<Vec<u8>>| handle.join().expect("a reader doesn't panic");
    let finished = Finished { stdout: join(stdout), stderr: join(stderr), status, timed_out };
    feeder.join().expect("the feeder doesn't panic");
    Ok(finished)
}

/// Reads a stream to its end on a thread of its own, so that the program never blocks on a full pipe.
fn collect(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(stream) = stream {
            // A read error ends the collection; what is missing shows in the comparison.
            let _ = stream.take(MAX_OUTPUT).read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Waits for the end of the process; kills it at the limit. Returns its status, and whether it was killed.
fn wait(child: &mut Child, limit: Duration) -> io::Result<(i32, bool)> {
    let deadline = Instant::now() + limit;
    let mut pause = Duration::from_micros(500);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((code(status), false));
        }
        if Instant::now() >= deadline {
            child.kill()?;
            return Ok((code(child.wait()?), true));
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// The exit status as a shell reports it.
fn code(status: std::process::ExitStatus) -> i32 {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt;
        if let Some(signal) = status.signal() {
            return 128 + signal;
        }
    }
    status.code().unwrap_or(-1)
}
