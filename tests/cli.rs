//! `thr` as a person at a shell meets it: arguments, input that is bad, pipes, exit statuses, signals, sessions.
//!
//! Scripts that take more than a line are in `tests/cli/`, which is the working directory of all runs.

#[path = "harness/process.rs"]
#[allow(dead_code, reason = "shared with the golden tests")]
mod process;

use process::{Finished, Streams};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

fn thr(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thr"));
    command.args(args).current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli"));
    command.env("NO_COLOR", "1").env_remove("THR_GC_STRESS");
    command
}

fn run_with(args: &[&str], input: &[u8]) -> (i32, String, String) {
    let Finished { stdout, stderr, status, timed_out } =
        process::run(thr(args), input, LIMIT, Streams::Apart).expect("thr starts");
    assert!(!timed_out, "{args:?} takes too long");
    let text = |b: Vec<u8>| String::from_utf8_lossy(&b).into_owned();
    (status, text(stdout), text(stderr))
}

fn run(args: &[&str]) -> (i32, String, String) {
    run_with(args, b"")
}

/// A file with these bytes, which are too odd to be kept among the sources.
fn file(name: &str, bytes: &[u8]) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, bytes).expect("the folder for temporary files can be written");
    path.to_string_lossy().into_owned()
}

#[test]
fn files_that_are_no_programs() {
    let (status, _, err) = run(&["missing.thr"]);
    assert_eq!(
        (status, err.as_str()),
        (2, "thr: can't open file 'missing.thr': [Errno 2] No such file or directory\n")
    );
    let (status, _, err) = run(&["."]);
    assert_eq!((status, err.as_str()), (2, "thr: can't run '.': it is a directory\n"));
    for command in ["parse", "dis"] {
        assert_eq!(run(&[command, "missing.thr"]).0, 2);
    }
    let path = file("latin.thr", b"\nx = '\xff'\n");
    for args in [&[path.as_str()][..], &["parse", &path], &["dis", &path]] {
        let (status, _, err) = run(args);
        let want =
            format!("SyntaxError: Non-UTF-8 code starting with '\\xff' in file {path} on line 2, but no encoding");
        assert!(status == 1 && err.starts_with(&want), "{err}");
    }
    let (status, _, err) = run(&[&file("nul.thr", b"x = 1\n\0y")]);
    assert!(status == 1 && err.ends_with("SyntaxError: source code cannot contain null bytes\n"), "{err}");
}

#[test]
fn odd_but_fine() {
    assert_eq!(run(&[&file("empty.thr", b"")]), (0, String::new(), String::new()));
    let (_, out, _) = run(&[&file("bom.thr", b"\xef\xbb\xbfprint(1)\r\nprint(2)\r\n")]);
    assert_eq!(out, "1\n2\n");
    let long = format!("x = [{}]\nprint(len(x))\n", "1,".repeat(500_000));
    assert_eq!(run(&[&file("long.thr", long.as_bytes())]).1, "500000\n");
}

#[test]
fn hostile() {
    let (status, _, err) = run(&[&file("brackets.thr", "(".repeat(10_000).as_bytes())]);
    assert!(status == 1 && err.ends_with("SyntaxError: too many nested parentheses\n"));
    let (status, _, err) = run(&[&file("digits.thr", "9".repeat(5000).as_bytes())]);
    assert!(status == 1 && err.contains("Exceeds the limit (4300 digits)"));
    let (status, _, err) = run(&["recursion.thr"]);
    assert!(status == 1 && err.ends_with("RecursionError: maximum recursion depth exceeded\n"), "{err}");
    assert!(err.contains("  [Previous line repeated 99"), "{err}");
    assert_eq!(run(&["deep.thr"]), (0, "100000\n".into(), String::new()));
}

#[test]
fn exit_statuses() {
    let exit = |code: &str| {
        let (status, out, err) = run(&["-c", &format!("import sys\nprint('out', end='')\nsys.exit({code})")]);
        assert_eq!(out, "out");
        (status, err)
    };
    assert_eq!(exit(""), (0, String::new()));
    assert_eq!(exit("None"), (0, String::new()));
    assert_eq!(exit("7"), (7, String::new()));
    assert_eq!(exit("300"), (44, String::new()));
    assert_eq!(exit("-1"), (255, String::new()));
    assert_eq!(exit("True"), (1, String::new()));
    assert_eq!(exit("'text'"), (1, "text\n".into()));
    assert_eq!(exit("(1, 2)"), (1, "(1, 2)\n".into()));
    let (status, out, err) = run(&["thread_failure.thr"]);
    assert_eq!((status, out.as_str()), (0, "out"));
    assert!(err.starts_with("Exception in thread Thread-1 (f):\n") && err.ends_with("ValueError: 1\n"), "{err}");
    let (status, out, err) = run(&["deadlock.thr"]);
    assert_eq!((status, out.as_str()), (3, "out"));
    assert!(err.starts_with("thr::deadlock"), "{err}");
}

#[test]
fn uncaught() {
    let want = "Traceback (most recent call last):\n  File \"<string>\", line 1, in <module>\n    1/0\n    ~^~\n\
                ZeroDivisionError: division by zero\n";
    assert_eq!(run(&["-c", "1/0"]), (1, String::new(), want.into()));
    let (status, out, err) = run(&["-c", "input('p> ')"]);
    assert!(status == 1 && out == "p> " && err.ends_with("EOFError: EOF when reading a line\n"));
}

#[test]
fn arguments() {
    let argv = |args: &[&str]| run(args).1;
    assert_eq!(argv(&["argv.thr", "--seed", "3", "-x"]), "['argv.thr', '--seed', '3', '-x']\n");
    assert_eq!(argv(&["--seed", "3", "argv.thr", "a"]), "['argv.thr', 'a']\n");
    assert_eq!(argv(&["argv.thr", "--help"]), "['argv.thr', '--help']\n");
    assert_eq!(argv(&["run", "argv.thr", "--version"]), "['argv.thr', '--version']\n");
    let code = "import sys; print(sys.argv)";
    assert_eq!(argv(&["-c", code, "a", "--seed", "-c"]), "['-c', 'a', '--seed', '-c']\n");
    assert_eq!(run_with(&["-", "a", "-b"], code.as_bytes()).1, "['-', 'a', '-b']\n");
    // Nothing but a pipe: it holds the program.
    assert_eq!(run_with(&[], b"print(1)\n2\n"), (0, "1\n".into(), String::new()));
}

#[test]
fn wrong_usage() {
    for (args, part) in [
        (&["--bogus", "argv.thr"][..], "no option '--bogus'"),
        (&["--seed", "x", "argv.thr"], "--seed takes a number or `random`"),
        (&["--clock", "x", "argv.thr"], "[possible values: paced, virtual, wall]"),
        (&["--policy", "x", "argv.thr"], "there are: round-robin, random"),
        (&["--switch-interval", "0", "argv.thr"], "must be more than 0"),
        (&["--epoch", "x", "argv.thr"], "no date like"),
        (&["run"], "what shall be run?"),
        (&["-c"], "a value is required"),
        (&["dis"], "FILE"),
    ] {
        let (status, out, err) = run(args);
        assert!(status == 2 && out.is_empty() && err.contains(part), "{args:?}: {err}");
    }
    let (_, out, err) = run(&["--seed", "random", "argv.thr"]);
    assert!(err.starts_with("thr: --seed ") && out == "['argv.thr']\n");
}

#[test]
fn help() {
    assert!(run(&["--version"]).1.starts_with("thr "));
    for args in [&["--help"][..], &["run", "--help"], &["parse", "--help"], &["dis", "--help"], &["repl", "--help"]] {
        let (status, out, _) = run(args);
        assert!(status == 0 && out.contains("Usage: thr"), "{args:?}: {out}");
    }
}

/// Every long option and exit status is in the page about the command line.
#[test]
fn documented() {
    let page = include_str!("../docs/cli.md");
    for command in ["run", "parse", "dis", "repl"] {
        assert!(page.contains(&format!("`thr {command}")), "{command}");
        let help = run(&[command, "--help"]).1;
        for option in help.split_whitespace().filter(|w| w.starts_with("--")) {
            let name = option.split(['=', '[', ',', '.', ';']).next().unwrap_or(option);
            assert!(page.contains(name), "{option}");
        }
    }
    for status in ["0", "1", "2", "3", "120", "130"] {
        assert!(page.contains(&format!("| {status} |")), "{status}");
    }
}

#[test]
fn options_of_the_schedule() {
    let (_, out, _) = run(&["--epoch", "2026-01-01T00:00:00Z", "-c", "import time; print(int(time.time()))"]);
    assert_eq!(out, "1767225600\n");
    let sleep = "import time; time.sleep(100000); print('woke')";
    assert_eq!(run(&["--clock", "virtual", "-c", sleep]).1, "woke\n");
    let counter = |options: &[&str]| run(&[options, &["counter.thr"]].concat()).1;
    assert_eq!(counter(&["--preempt", "cpython"]), "200000\n");
    assert_ne!(counter(&[]), "200000\n");
    assert_eq!(counter(&["--policy", "random", "--seed", "5"]), counter(&["--policy", "random", "--seed", "5"]));
    assert_eq!(counter(&["--switch-interval", "100"]), "200000\n");
}

#[test]
fn parse_and_dis() {
    assert_eq!(run(&["parse", "argv.thr"]), (0, String::new(), String::new()));
    assert!(run(&["parse", "--ast", "argv.thr"]).1.starts_with("Module("));
    let (_, out, _) = run(&["dis", "argv.thr"]);
    assert!(out.starts_with("; ") && out.contains("module <module>") && out.contains("* Call"), "{out}");
    let (status, _, err) = run_with(&["parse", "-"], b"if x\n    y\n");
    assert_eq!(
        (status, err.as_str()),
        (1, "  File \"<stdin>\", line 1\n    if x\n        ^\nSyntaxError: expected ':'\n")
    );
}

#[test]
fn syntax_warnings() {
    let (status, out, err) = run(&["doubtful.thr"]);
    assert_eq!((status, out.as_str()), (0, "True\n"));
    let want = "doubtful.thr:1: SyntaxWarning: invalid escape sequence '\\d'\n  x = '\\d'\n\
                doubtful.thr:3: SyntaxWarning: \"is\" with 'int' literal. Did you mean \"==\"?\n  print(1 is 1)\n";
    assert_eq!(err, want);
}

#[cfg(unix)]
#[test]
fn nobody_reads() {
    let mut child = thr(&["-c", "for i in range(100000): print(i)"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("thr starts");
    let mut first = String::new();
    let mut reader = BufReader::new(child.stdout.take().expect("stdout is piped"));
    reader.read_line(&mut first).expect("a line comes");
    drop(reader);
    let mut err = String::new();
    child.stderr.take().expect("stderr is piped").read_to_string(&mut err).expect("stderr is text");
    let status = child.wait().expect("thr ends");
    assert_eq!((first.as_str(), status.code()), ("0\n", Some(1)));
    assert!(err.ends_with("BrokenPipeError: [Errno 32] Broken pipe\n"), "{err}");
}

#[cfg(target_os = "linux")]
#[test]
fn full_disk() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has /dev/full");
    let done = thr(&["-c", "print(1)"]).stdout(full).output().expect("thr starts");
    let err = String::from_utf8_lossy(&done.stderr);
    assert_eq!(done.status.code(), Some(120));
    assert!(err.starts_with("Exception ignored in: <_io.TextIOWrapper name='<stdout>'"), "{err}");
    assert!(err.ends_with("OSError: [Errno 28] No space left on device\n"), "{err}");
}

/// Runs code that prints a line when it is ready, and interrupts it then.
#[cfg(unix)]
fn interrupt(code: &str) -> (Option<i32>, String, String) {
    let mut child = thr(&["-c", code])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("thr starts");
    let mut out = BufReader::new(child.stdout.take().expect("stdout is piped"));
    let mut text = String::new();
    out.read_line(&mut text).expect("a line comes");
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is kill");
    assert!(sent.success());
    let mut err = String::new();
    // Held until the end: nothing comes, but standard input doesn't end either.
    let _stdin = child.stdin.take();
    text.clear();
    out.read_to_string(&mut text).expect("stdout is text");
    child.stderr.take().expect("stderr is piped").read_to_string(&mut err).expect("stderr is text");
    (child.wait().expect("thr ends").code(), text, err)
}

#[cfg(unix)]
#[test]
fn interrupted() {
    for wait in [
        "while True: pass",
        "input()",
        "import time; time.sleep(30)",
        "import threading; k = threading.Lock(); k.acquire(); k.acquire(timeout=30)",
        "import queue; queue.Queue().get(timeout=30)",
        "import threading, time; t = threading.Thread(target=time.sleep, args=(30,), daemon=True); t.start(); t.join()",
    ] {
        let (status, _, err) = interrupt(&format!("print('ready', flush=True)\n{wait}"));
        assert_eq!(status, Some(130), "{wait}: {err}");
        assert!(
            err.starts_with("Traceback (most recent call last):\n") && err.ends_with("KeyboardInterrupt\n"),
            "{err}"
        );
    }
    let (status, out, err) =
        interrupt("try:\n    print('ready', flush=True)\n    while True: pass\nexcept KeyboardInterrupt: print('on')");
    assert_eq!((status, out.as_str(), err.as_str()), (Some(0), "on\n", ""));
}

/// What a session answers, without its prompts.
fn session(args: &[&str], typed: &str) -> (i32, String) {
    let done = process::run(thr(args), typed.as_bytes(), LIMIT, Streams::Merged).expect("thr starts");
    assert!(!done.timed_out, "the session doesn't end");
    let out = String::from_utf8_lossy(&done.stdout).replace(">>> ", "").replace("... ", "");
    (done.status, out)
}

#[test]
fn sessions() {
    assert_eq!(session(&["-i"], "1 + 1\n_ * 2\n'a'\nNone\n"), (0, "2\n4\n'a'\n".into()));
    assert_eq!(session(&["repl"], "def f(x):\n    return x\n\nf(3)\n"), (0, "3\n".into()));
    assert_eq!(session(&["-i"], "exit()\n1\n"), (0, String::new()));
    assert_eq!(session(&["-i"], "import sys\nsys.exit(5)\n").0, 5);
    let (status, out) = session(&["-i"], "x = )\n1 / 0\n2\n");
    assert!(status == 0 && out.contains("SyntaxError: unmatched ')'\n"), "{out}");
    assert!(out.contains("File \"<stdin>\", line 1, in <module>\n") && out.ends_with("division by zero\n2\n"), "{out}");
    let (_, out) = session(&["-i", "argv.thr"], "len(sys.argv)\n");
    assert_eq!(out, "['argv.thr']\n1\n");
    let thread = "import threading\nt = threading.Thread(target=print, args=('hello',)); t.start()\nt.join()\n";
    assert_eq!(session(&["-i"], thread), (0, "hello\n".into()));
}

#[test]
fn input_lines() {
    let code = "import sys\nprint(input(), sys.stdin.readline(), [l for l in sys.stdin])";
    let (_, out, _) = run_with(&["-c", code], b"a\nb\nc\r\nd");
    assert_eq!(out.lines().next(), Some("a b"));
}

#[test]
fn syntax_errors_in_plain_form() {
    let error = |text: &str| run_with(&["-"], text.as_bytes()).2;
    let form =
        |code: &str, carets: &str, said: &str| format!("  File \"<stdin>\", line 1\n    {code}\n{carets}{said}\n");
    assert_eq!(
        error("print('日本' 3)\n"),
        form("print('日本' 3)", "          ^^^^^^\n", "SyntaxError: invalid syntax. Perhaps you forgot a comma?")
    );
    assert_eq!(error("\tx = 1\n"), form("\tx = 1", "    ^\n", "IndentationError: unexpected indent"));
    assert_eq!(error("    x\n"), form("x", "", "IndentationError: unexpected indent"));
    assert!(error("if 1:\nx\n").ends_with("expected an indented block after 'if' statement on line 1\n"));
}
