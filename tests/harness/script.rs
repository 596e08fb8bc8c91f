//! Finds scripts, and reads the directives in their opening comment.
//!
//! ```text
//! # test: any-schedule epoch
//! # args: one two
//! # stdin: first line\nsecond line\n
//! ```
//!
//! Scripts that can't carry directives (the tutorials are kept verbatim) have them in a file `NAME.test` beside
//! their expectations.

use super::{root, stem};
use std::fs;
use std::path::{Path, PathBuf};

/// What a script says about how to test it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    /// `any-schedule`: the output must not depend on the seed.
    pub any_schedule: bool,
    /// `seeded`: the output is the same for the same seed only, so CPython can't tell what it should be.
    pub seeded: bool,
    /// `deadlock`: the run ends with a report and status 3 (CPython hangs).
    pub deadlock: bool,
    /// `epoch`: the output shows the date or the time.
    pub epoch: bool,
    /// `no-gc-stress`: too slow with a collection at every safepoint.
    pub no_gc_stress: bool,
    /// `args:` what follows the script on the command line.
    pub args: Vec<String>,
    /// `stdin:` what the script reads, with `\n`, `\t` and `\\`.
    pub stdin: Vec<u8>,
}

impl Directives {
    /// Reads the directives in the comment lines at the top of `text`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut found = Self::default();
        for line in text.lines().map_while(|line| line.strip_prefix('#')) {
            let line = line.trim();
            if let Some(words) = line.strip_prefix("test:") {
                for word in words.split_whitespace() {
                    match word {
                        "any-schedule" => found.any_schedule = true,
                        "seeded" => found.seeded = true,
                        "deadlock" => found.deadlock = true,
                        "epoch" => found.epoch = true,
                        "no-gc-stress" => found.no_gc_stress = true,
                        _ => return Err(format!("unknown directive {word:?} in `# test:`")),
                    }
                }
            } else if let Some(words) = line.strip_prefix("args:") {
                found.args = words.split_whitespace().map(str::to_owned).collect();
            } else if let Some(text) = line.strip_prefix("stdin:") {
                found.stdin = unescape(text.trim_start())?.into_bytes();
            }
        }
        if found.any_schedule && found.seeded {
            return Err("`any-schedule` and `seeded` exclude each other".into());
        }
        Ok(found)
    }

    /// Whether CPython's output says what `thr` has to print.
    pub fn cpython_can_run(&self) -> bool {
        !self.seeded
    }
}

/// Replaces the escapes that `# stdin:` knows.
fn unescape(text: &str) -> Result<String, String> {
    let mut result = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => result.push('\n'),
                Some('t') => result.push('\t'),
                Some('\\') => result.push('\\'),
                other => return Err(format!("unknown escape in `# stdin:`: \\{}", other.unwrap_or(' '))),
            },
            c => result.push(c),
        }
    }
    Ok(result)
}

/// One script and what is known about it.
pub struct Script {
    /// As it is given on the command line, relative to the root.
    pub path: PathBuf,
    /// For trial names: the path below the folder that was searched, without extension.
    pub name: String,
    /// Where the expectations are, without `.out`, `.err`, `.status`.
    golden: PathBuf,
    pub directives: Result<Directives, String>,
}

impl Script {
    /// The expectation file with this extension.
    pub fn golden_file(&self, extension: &str) -> PathBuf {
        self.golden.with_added_extension(extension)
    }
}

/// All `*.thr` below `folder` (relative to the root), sorted. Expectations are in `golden`, or beside the scripts.
pub fn scripts(folder: &Path, golden: Option<&Path>) -> Result<Vec<Script>, String> {
    files(folder, "thr").into_iter().map(|path| script(folder, golden, path)).collect()
}

fn script(folder: &Path, golden: Option<&Path>, path: PathBuf) -> Result<Script, String> {
    let below = path.strip_prefix(folder).expect("found below the folder").with_extension("");
    let golden = root().join(golden.unwrap_or(folder)).join(&below);
    let text = fs::read(root().join(&path)).map_err(|error| format!("{}: {error}", path.display()))?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let sidecar = fs::read_to_string(golden.with_added_extension("test")).unwrap_or_default();
    let directives = Directives::parse(if sidecar.is_empty() { &text } else { &sidecar });
    let name = below.with_file_name(stem(&path)).to_string_lossy().replace('\\', "/");
    Ok(Script { path, name, golden, directives })
}

/// All files with this extension below `folder` (relative to the root, as the result), sorted.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(root().join(&folder)) else { continue };
        for entry in entries.flatten() {
            let path = folder.join(entry.file_name());
            if root().join(&path).is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
