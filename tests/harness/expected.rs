//! Expectation files: `NAME.out`, `NAME.err` (absent: nothing on standard error), `NAME.status` (absent: 0).

use super::diff::diff;
use super::process::Finished;
use super::script::Script;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What a script should print, and how it should end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Expected {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub status: i32,
}

impl Expected {
    /// Reads the expectation files of a script.
    pub fn load(script: &Script) -> Result<Self, String> {
        let out = script.golden_file("out");
        let stdout = read(&out)?.ok_or_else(|| {
            format!("no expectation {}: look at what thr prints, then BLESS=1 cargo test --test golden", out.display())
        })?;
        let stderr = read(&script.golden_file("err"))?.unwrap_or_default();
        let status = match read(&script.golden_file("status"))? {
            None => 0,
            Some(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                text.trim().parse().map_err(|_| format!("a .status file holds a number, not {text:?}"))?
            }
        };
        Ok(Self { stdout, stderr, status })
    }

    /// Writes the files; those that would say what their absence says are removed.
    pub fn store(&self, script: &Script) -> Result<(), String> {
        write(&script.golden_file("out"), Some(&self.stdout))?;
        write(&script.golden_file("err"), Some(&self.stderr).filter(|bytes| !bytes.is_empty()))?;
        let status = format!("{}\n", self.status).into_bytes();
        write(&script.golden_file("status"), Some(&status).filter(|_| self.status != 0))
    }

    /// Everything must be as expected, byte for byte.
    pub fn compare(&self, found: &Finished) -> Result<(), String> {
        report([
            stream("standard output", &self.stdout, &found.stdout),
            stream("standard error", &self.stderr, &found.stderr),
            self.status(found, &found.stderr),
        ])
    }

    /// What must be the same under every seed.
    pub fn compare_stdout_and_status(&self, found: &Finished) -> Result<(), String> {
        report([stream("standard output", &self.stdout, &found.stdout), None, self.status(found, &found.stderr)])
    }

    fn status(&self, found: &Finished, stderr: &[u8]) -> Option<String> {
        (self.status != found.status).then(|| {
            let stderr = String::from_utf8_lossy(stderr);
            format!("exit status {} in place of {}; standard error was:\n{stderr}", found.status, self.status)
        })
    }
}

/// One failure message out of the differences.
fn report(differences: [Option<String>; 3]) -> Result<(), String> {
    let text: Vec<String> = differences.into_iter().flatten().collect();
    if text.is_empty() { Ok(()) } else { Err(text.join("\n")) }
}

/// How a stream differs, if it does.
pub fn stream(name: &str, expected: &[u8], found: &[u8]) -> Option<String> {
    if expected == found {
        return None;
    }
    let lines = diff(&String::from_utf8_lossy(expected), &String::from_utf8_lossy(found));
    Some(format!("{name} differs (- expected, + found):\n{lines}"))
}

/// The file's content, or nothing if there is no such file.
fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("{}: {error}", path.display())),
    }
}

/// Writes the file, or sees to it that there is none.
fn write(path: &Path, bytes: Option<&Vec<u8>>) -> Result<(), String> {
    let result = match bytes {
        Some(bytes) => path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, bytes)),
        None => match fs::remove_file(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            result => result,
        },
    };
    result.map_err(|error| format!("{}: {error}", path.display()))
}
