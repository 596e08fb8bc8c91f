//! CPython 3.13 as the oracle: what it prints is what `thr` has to print.

use super::expected::Expected;
use super::process::{self, Finished, Streams};
use super::script::Script;
use super::{EPOCH, root};
use std::process::Command;
use std::time::Duration;

/// No run may take longer.
const LIMIT: Duration = Duration::from_secs(60);
/// After this time a program marked `deadlock` is taken to be stuck.
const STUCK: Duration = Duration::from_secs(15);

/// What CPython prints, in the form in which `thr` has to print it.
pub fn run(script: &Script) -> Result<Expected, String> {
    let found = start(script, LIMIT)?;
    if found.timed_out {
        return Err(format!("CPython didn't finish within {} s", LIMIT.as_secs()));
    }
    let stderr = normalize(&String::from_utf8_lossy(&found.stderr), &root().to_string_lossy()).into_bytes();
    // A traceback that the script itself prints.
    let stdout = match String::from_utf8(found.stdout) {
        Ok(text) => text.replace(&format!("\"{}/", root().display()), "\"").into_bytes(),
        Err(e) => e.into_bytes(),
    };
    Ok(Expected { stdout, stderr, status: found.status })
}

/// What CPython prints before a deadlock.
pub fn run_until_stuck(script: &Script) -> Result<Vec<u8>, String> {
    let found = start(script, STUCK)?;
    if found.timed_out { Ok(found.stdout) } else { Err(format!("CPython ended, with status {}", found.status)) }
}

fn start(script: &Script, limit: Duration) -> Result<Finished, String> {
    let directives = script.directives.as_ref()?;
    let python = std::env::var_os("THR_PYTHON").unwrap_or_else(|| "python3.13".into());
    let mut command = Command::new(python);
    command.current_dir(root()).arg("-u").env("TZ", "UTC").env("PYTHONHASHSEED", "0").env("PYTHON_COLORS", "0");
    if directives.epoch {
        command.args(["tests/harness/epoch.py", EPOCH]);
    }
    command.arg(&script.path).args(&directives.args);
    process::run(command, &directives.stdin, limit, Streams::Apart)
}

/// Two things in CPython's tracebacks are its own affair: frames inside its library (the primitives of `thr` are
/// native), and absolute paths (`thr` shows a script's path as it was given).
pub fn normalize(stderr: &str, root: &str) -> String {
    let mut result = String::new();
    let mut in_library = false;
    for line in stderr.split_inclusive('\n') {
        if let Some(frame) = line.strip_prefix("  File \"") {
            in_library = frame.contains("/lib/python3.") || frame.starts_with("<frozen ");
        } else if !line.starts_with("    ") && !line.starts_with("  [Previous line repeated") {
            in_library = false;
        }
        if !in_library {
            // A frame quotes the path, a warning begins with it.
            let line = line.strip_prefix(&format!("{root}/")).unwrap_or(line);
            result.push_str(&line.replacen(&format!("\"{root}/"), "\"", 1));
        }
    }
    result
}
