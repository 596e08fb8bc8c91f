//! REPL transcripts: what follows `>>> ` or `... ` is typed, all other lines are what must be printed.

use super::expected::stream;
use super::root;
use super::script::files;
use super::thr::{Mode, run_session};
use std::fs;
use std::path::{Path, PathBuf};

const PROMPTS: [&str; 2] = [">>> ", "... "];

/// All transcripts below `folder`.
pub fn transcripts(folder: &Path) -> Vec<PathBuf> {
    files(folder, "repl")
}

/// Types a transcript's lines into `thr -i`, and compares the answers.
pub fn check(path: &Path, mode: Mode) -> Result<(), String> {
    let text = fs::read_to_string(root().join(path)).map_err(|error| format!("{}: {error}", path.display()))?;
    let (typed, expected) = split(&text);
    let found = run_session(&typed, mode)?;
    let found = without_prompts(&String::from_utf8_lossy(&found.stdout));
    stream("the session", expected.as_bytes(), found.as_bytes()).map_or(Ok(()), Err)
}

/// The lines to type, and the lines to be printed.
pub fn split(transcript: &str) -> (String, String) {
    let (mut typed, mut printed) = (String::new(), String::new());
    for line in transcript.lines() {
        let input = PROMPTS.iter().find_map(|p| line.strip_prefix(p).or((line == p.trim_end()).then_some("")));
        let (target, text) = input.map_or((&mut printed, line), |input| (&mut typed, input));
        target.push_str(text);
        target.push('\n');
    }
    (typed, printed)
}

/// What a session printed, without its prompts. Typed lines aren't echoed to a pipe, so several prompts may stand
/// in front of one answer, and the last one stands alone.
pub fn without_prompts(session: &str) -> String {
    let mut result = String::new();
    for mut line in session.split_inclusive('\n') {
        let whole = line;
        while let Some(rest) = PROMPTS.iter().find_map(|p| line.strip_prefix(p)) {
            line = rest;
        }
        // A line of prompts only is no answer.
        if whole == line || !line.trim_end().is_empty() {
            result.push_str(line);
        }
    }
    result
}
