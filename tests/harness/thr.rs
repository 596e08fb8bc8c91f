//! Runs the binary under test.

use super::process::{self, Finished, Streams};
use super::script::Script;
use super::{EPOCH, root};
use std::process::Command;
use std::time::Duration;

/// No run may take longer.
const LIMIT: Duration = Duration::from_secs(60);

/// How the virtual machine is set up for a run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Normal,
    /// A garbage collection at every safepoint.
    GcStress,
}

impl Mode {
    /// The last part of the trial's name.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Normal => "normal",
            Mode::GcStress => "gc_stress",
        }
    }
}

/// Runs a script on the virtual clock, from the fixed date on.
pub fn run_script(script: &Script, mode: Mode, seed: u64) -> Result<Finished, String> {
    let directives = script.directives.as_ref()?;
    let mut command = thr(mode);
    command.args(["run", "--clock", "virtual", "--epoch", EPOCH, "--seed", &seed.to_string()]);
    command.arg(&script.path).args(&directives.args);
    finish(command, &directives.stdin, Streams::Apart)
}

/// Runs an interactive session with these lines typed; both streams are in the result's `stdout`.
pub fn run_session(typed: &str, mode: Mode) -> Result<Finished, String> {
    let mut command = thr(mode);
    command.arg("-i");
    finish(command, typed.as_bytes(), Streams::Merged)
}

/// The binary, with nothing in the environment that would change what it does.
fn thr(mode: Mode) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thr"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("THR_") {
            command.env_remove(name);
        }
    }
    command.current_dir(root()).env("TZ", "UTC").env("NO_COLOR", "1").env_remove("COLUMNS");
    if mode == Mode::GcStress {
        command.env("THR_GC_STRESS", "1");
    }
    command
}

fn finish(command: Command, input: &[u8], streams: Streams) -> Result<Finished, String> {
    let finished = process::run(command, input, LIMIT, streams)?;
    if finished.timed_out {
        let out = String::from_utf8_lossy(&finished.stdout);
        let tail: Vec<&str> = out.lines().rev().take(10).collect();
        let tail = tail.into_iter().rev().collect::<Vec<_>>().join("\n");
        return Err(format!("killed after {} s; the last lines it printed:\n{tail}", LIMIT.as_secs()));
    }
    Ok(finished)
}
