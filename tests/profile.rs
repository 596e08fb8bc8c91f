//! `thr run --profile`: what it writes (`tests/profile/`; `BLESS=1` writes that anew), and that it changes nothing else.

#[path = "harness/process.rs"]
#[allow(dead_code, reason = "shared with the golden tests")]
mod process;

use process::{Finished, Streams};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/profile")
}

/// Runs `thr` in `tests/profile/`: status, standard output, standard error.
fn run(args: &[&str]) -> (i32, String, String) {
    run_by("virtual", args)
}

/// The same by another clock.
fn run_by(clock: &str, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thr"));
    command.args(["run", "--clock", clock, "--epoch", "2026-01-01"]).args(args).current_dir(folder());
    command.env("NO_COLOR", "1").env_remove("THR_GC_STRESS").env_remove("THR_NO_QUICKEN");
    let Finished { stdout, stderr, status, .. } =
        process::run(command, b"", Duration::from_secs(60), Streams::Apart).expect("thr starts");
    let text = |b: Vec<u8>| String::from_utf8_lossy(&b).into_owned();
    (status, text(stdout), text(stderr))
}

fn temporary(name: &str) -> String {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name).to_string_lossy().into_owned()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(path).expect("it was written")
}

/// Compares a text with the file of this name, or writes the file.
fn expect(name: &str, found: &str) {
    let path = folder().join(name);
    if std::env::var_os("BLESS").is_some_and(|v| v == "1") {
        std::fs::write(&path, found).expect("the folder can be written");
    }
    assert_eq!(found, std::fs::read_to_string(path).unwrap_or_default(), "{name}");
}

#[test]
fn table_and_stacks() {
    let (status, out, table) = run(&["--profile", "bank.thr"]);
    assert_eq!((status, out.as_str()), (0, "55\n30\n"));
    expect("bank.profile", &table);
    let (file, folded) = (temporary("bank.profile"), temporary("bank.folded"));
    let (status, out, err) = run(&[&format!("--profile={file}"), "--profile-folded", &folded, "bank.thr"]);
    assert_eq!((status, out.as_str(), err.as_str()), (0, "55\n30\n", ""));
    assert_eq!(read(&file), table);
    expect("bank.folded", &read(&folded));
}

#[test]
#[cfg(feature = "flame-graph")]
fn flame_graph() {
    let (a, b) = (temporary("a.svg"), temporary("b.svg"));
    for path in [&a, &b] {
        assert_eq!(run(&["--profile-svg", path, "bank.thr"]).0, 0);
    }
    let svg = read(&a);
    assert!(svg.starts_with("<?xml") && svg.contains("Account.add (bank.thr:16) ("), "{}", &svg[..200]);
    assert_eq!(svg, read(&b));
}

#[test]
fn library_code_is_its_callers() {
    let code = "import threading\ndef work():\n    sorted('abc', key=lambda c: [c][0])\nt = threading.Thread(target=work)\n\
                t.start()\nt.join()";
    let (_, _, table) = run(&["--profile", "-c", code]);
    let part = |head: &str| {
        table.split("\n\n").find(|p| p.lines().next().is_some_and(|l| l.ends_with(head))).unwrap_or_default()
    };
    assert!(part("thread").contains("Thread-1 (work)") && part("thread").contains("MainThread"), "{table}");
    let functions: Vec<&str> =
        part("function").lines().skip(1).filter_map(|l| l.split_once(" (").map(|f| f.0)).collect();
    let mut functions: Vec<&str> = functions.iter().filter_map(|f| f.rsplit("  ").next()).collect();
    functions.sort_unstable();
    assert_eq!(functions, ["<module>", "work", "work.<locals>.<lambda>"], "{table}");
}

#[test]
fn however_the_run_ends() {
    for (code, status) in [
        ("1 / 0", 1),
        ("import sys\nsys.exit(7)", 7),
        ("import os\nos._exit(8)", 8),
        ("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()", 3),
        ("def f(): f()\nf()", 1),
        ("import sys\nsys.setrecursionlimit(20000)\ndef f(n): return n and f(n - 1)\nf(15000)", 0),
        ("", 0),
    ] {
        let found = run(&["--profile", "-c", code]);
        let plain = run(&["-c", code]);
        assert_eq!(found.0, status, "{code}");
        let rest = found.2.strip_prefix(&plain.2).unwrap_or_else(|| panic!("{code}: {}", found.2));
        assert!(rest.contains(" ticks of 100 ns") && rest.contains("MainThread"), "{rest}");
    }
}

#[test]
fn other_clocks() {
    for clock in ["paced", "wall"] {
        let (status, out, err) = run_by(clock, &["--profile", "bank.thr"]);
        assert!(status == 0 && out == "55\n30\n" && err.contains("fib (bank.thr:7)"), "{err}");
    }
}

#[test]
fn files_that_cannot_be_written() {
    for option in ["--profile=", "--profile-folded="] {
        let (status, out, err) = run(&[&format!("{option}/nowhere/file"), "-c", "print(1)"]);
        assert_eq!((status, out.as_str()), (2, "1\n"));
        assert!(err.starts_with("thr: can't write '/nowhere/file'"), "{err}");
    }
}
