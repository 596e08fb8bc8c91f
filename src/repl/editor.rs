//! Line editing with history and completion, on rustyline. Floor 9.

use crate::runtime::host::StdHost;
use crate::vm::host::{Files, Host};
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::Validator;
use rustyline::{Context, Editor, Helper};
use std::io::{self, IsTerminal};

/// Completes the word before the cursor by the session's names.
#[derive(Default)]
struct Names {
    names: Vec<String>,
}

impl Completer for Names {
    type Candidate = String;

    fn complete(&self, line: &str, pos: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..pos).unwrap_or(line);
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |i| i + before[i..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        if word.is_empty() {
            // In the indentation, Tab indents.
            return Ok((pos, if before.trim().is_empty() { vec!["    ".to_owned()] } else { Vec::new() }));
        }
        Ok((start, self.names.iter().filter(|n| n.starts_with(word)).cloned().collect()))
    }
}
impl Hinter for Names {
    type Hint = String;
}
impl Highlighter for Names {}
impl Validator for Names {}
impl Helper for Names {}

/// The process's streams, with line editing where standard input is a terminal.
pub struct ReplHost {
    inner: StdHost,
    editor: Option<Editor<Names, DefaultHistory>>,
    history: Option<std::path::PathBuf>,
}

impl ReplHost {
    /// Takes over the process's streams.
    pub fn new(inner: StdHost) -> ReplHost {
        let mut editor = if io::stdin().is_terminal() { Editor::new().ok() } else { None };
        let history = history_file();
        if let Some(e) = &mut editor {
            e.set_helper(Some(Names::default()));
            if let Some(h) = &history {
                // No history yet is the usual reason to fail.
                let _ = e.load_history(h);
            }
        }
        ReplHost { inner, editor, history }
    }
}

/// Where the history is kept: `THR_HISTORY`, or `.thr_history` in the home folder.
fn history_file() -> Option<std::path::PathBuf> {
    if let Some(path) = std::env::var_os("THR_HISTORY") {
        return Some(path.into());
    }
    std::env::var_os("HOME").map(|home| std::path::Path::new(&home).join(".thr_history"))
}

impl Drop for ReplHost {
    fn drop(&mut self) {
        if let (Some(e), Some(h)) = (&mut self.editor, &self.history) {
            let _ = e.save_history(h);
        }
    }
}

impl Host for ReplHost {
    fn files(&mut self) -> &mut dyn Files {
        self.inner.files()
    }
    fn read_stdin(&mut self, n: usize) -> io::Result<Vec<u8>> {
        self.inner.read_stdin(n)
    }
    fn write_stdout(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_stdout(bytes)
    }
    fn flush_stdout(&mut self) -> io::Result<()> {
        self.inner.flush_stdout()
    }
    fn write_stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_stderr(bytes)
    }
    fn read_line(&mut self) -> io::Result<String> {
        self.inner.read_line()
    }
    fn is_terminal(&self, stream: u8) -> bool {
        self.inner.is_terminal(stream)
    }
    fn wants_colours(&self) -> bool {
        self.inner.wants_colours()
    }
    fn real_time_ns(&self) -> i64 {
        self.inner.real_time_ns()
    }
    fn monotonic_ns(&self) -> u64 {
        self.inner.monotonic_ns()
    }
    fn process_time_ns(&self) -> u64 {
        self.inner.process_time_ns()
    }
    fn sleep_ns(&mut self, ns: u64) {
        self.inner.sleep_ns(ns);
    }
    fn take_signal(&mut self) -> Option<i32> {
        self.inner.take_signal()
    }

    fn listen(&mut self, signal: i32) -> io::Result<()> {
        self.inner.listen(signal)
    }

    fn default_action(&mut self, signal: i32) {
        self.inner.default_action(signal);
    }

    fn set_completions(&mut self, names: Vec<String>) {
        if let Some(h) = self.editor.as_mut().and_then(|e| e.helper_mut()) {
            h.names = names;
        }
    }

    fn read_entry_line(&mut self, prompt: &str) -> io::Result<Option<String>> {
        // Where a read is under way, two would take turns with what is typed.
        let Some(editor) = self.editor.as_mut().filter(|_| !self.inner.is_reading()) else {
            self.inner.write_stdout(prompt.as_bytes())?;
            let line = self.inner.read_line()?;
            return Ok(if line.is_empty() { None } else { Some(line) });
        };
        self.inner.flush_stdout()?;
        match editor.readline(prompt) {
            Ok(mut line) => {
                if !line.trim().is_empty() {
                    let _ = editor.add_history_entry(line.as_str());
                }
                line.push('\n');
                Ok(Some(line))
            }
            Err(ReadlineError::Eof) => Ok(None),
            Err(e) => Err(io::Error::new(io::ErrorKind::Interrupted, e)),
        }
    }
}
