//! `BLESS=1` takes expectations from `thr` itself, `BLESS=cpython` from CPython 3.13. Both write; `git diff` shows what
//! has changed.

use super::expected::Expected;
use super::oracle;
use super::script::Script;
use super::thr::{Mode, run_script};

/// The exit status of a deadlock.
const DEADLOCK: i32 = 3;

/// Where new expectations come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bless {
    FromThr,
    FromCPython,
}

impl Bless {
    /// What the environment variable `BLESS` asks for.
    pub fn from_env() -> Result<Option<Self>, String> {
        match std::env::var("BLESS").as_deref() {
            Err(_) | Ok("" | "0") => Ok(None),
            Ok("1") => Ok(Some(Self::FromThr)),
            Ok("cpython") => Ok(Some(Self::FromCPython)),
            Ok(other) => Err(format!("BLESS is 1 or cpython, not {other:?}")),
        }
    }
}

/// Writes the expectations of one script.
pub fn bless(script: &Script, from: Bless) -> Result<(), String> {
    let deadlock = script.directives.as_ref()?.deadlock;
    match from {
        Bless::FromThr => {
            let found = run_script(script, Mode::Normal, 0)?;
            let text = String::from_utf8_lossy(&found.stderr).into_owned();
            match (deadlock, found.status == DEADLOCK) {
                (true, false) => return Err(format!("ended with status {}, not in a deadlock\n{text}", found.status)),
                (false, true) => return Err(format!("a deadlock that isn't marked `deadlock`\n{text}")),
                _ => {}
            }
            Expected { stdout: found.stdout, stderr: found.stderr, status: found.status }.store(script)
        }
        Bless::FromCPython if deadlock => {
            // CPython can say what is printed before everything stops; the report is for `thr` to write.
            let stdout = oracle::run_until_stuck(script)?;
            let stderr = Expected::load(script).unwrap_or_default().stderr;
            Expected { stdout, stderr, status: DEADLOCK }.store(script)
        }
        Bless::FromCPython => oracle::run(script)?.store(script),
    }
}
