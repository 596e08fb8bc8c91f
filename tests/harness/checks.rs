//! Tests of the harness itself: a harness that can't fail proves nothing.

use super::diff::diff;
use super::expected::Expected;
use super::oracle::normalize;
use super::process::{self, Finished, Streams};
use super::script::Directives;
use super::transcript::{split, without_prompts};
use libtest_mimic::Trial;
use std::process::Command;
use std::time::Duration;

/// The harness's own trials.
pub fn trials() -> Vec<Trial> {
    let tests: [(&str, fn()); 6] = [
        ("directives", directives),
        ("diff", differences),
        ("expected", expected),
        ("normalize", normalized),
        ("transcript", transcript),
        ("time_limit", time_limit),
    ];
    let trial = |(name, test): (&str, fn())| {
        Trial::test(format!("harness::{name}"), move || {
            test();
            Ok(())
        })
    };
    tests.map(trial).into()
}

fn directives() {
    let found = Directives::parse(
        "# Title.\n#\n# test: deadlock epoch\n# args: a  b\n# stdin: x\\n\\\\y\nimport os\n# test: seeded\n",
    );
    let expected = Directives {
        deadlock: true,
        epoch: true,
        args: vec!["a".into(), "b".into()],
        stdin: b"x\n\\y".to_vec(),
        ..Directives::default()
    };
    assert_eq!(found, Ok(expected), "only the opening comment counts");
    assert!(Directives::parse("# test: any-schedul").is_err());
    assert!(Directives::parse("# test: any-schedule seeded").is_err());
    assert!(Directives::parse("# stdin: \\x").is_err());
}

fn differences() {
    assert_eq!(diff("a\nb\nc\nd\n", "a\nc\nx\nd\n"), "  a\n- b\n  c\n+ x\n  d\n");
    assert_eq!(diff("a\n", "a"), "- a\n+ a␄ (no line end)\n");
    assert_eq!(diff("1\n2\n3\n4\n5\n", "1\n2\n3\n4\n"), "  … 1 equal lines\n  2\n  3\n  4\n- 5\n");
}

fn expected() {
    let expected = Expected { stdout: b"a\n".to_vec(), ..Expected::default() };
    let good = Finished { stdout: b"a\n".to_vec(), ..Finished::default() };
    assert_eq!(expected.compare(&good), Ok(()));
    let warns = Finished { stderr: b"warning\n".to_vec(), stdout: b"a\n".to_vec(), ..Finished::default() };
    assert!(expected.compare(&warns).is_err());
    assert_eq!(expected.compare_stdout_and_status(&warns), Ok(()));
    let fails = Finished { status: 1, stdout: b"a\n".to_vec(), ..Finished::default() };
    assert!(expected.compare_stdout_and_status(&fails).is_err());
}

fn normalized() {
    let cpython = "Traceback (most recent call last):
  File \"/usr/lib/python3.13/threading.py\", line 1041, in _bootstrap_inner
    self.run()
    ~~~~~~~~^^
  File \"/home/x/thr/examples/a.thr\", line 3, in worker
    1 / 0
    ~~^~~
ZeroDivisionError: division by zero
";
    let ours = "Traceback (most recent call last):
  File \"examples/a.thr\", line 3, in worker
    1 / 0
    ~~^~~
ZeroDivisionError: division by zero
";
    assert_eq!(normalize(cpython, "/home/x/thr"), ours);
}

fn transcript() {
    let text = ">>> for i in range(2):\n...     i\n...\n0\n1\n>>> None\n>>> 'x'\n'x'\n";
    assert_eq!(split(text), ("for i in range(2):\n    i\n\nNone\n'x'\n".into(), "0\n1\n'x'\n".into()));
    assert_eq!(without_prompts(">>> ... ... 0\n1\n>>> >>> 'x'\n>>> \n"), "0\n1\n'x'\n");
    assert_eq!(without_prompts(">>> \n\nx\n>>> "), "\nx\n");
}

#[cfg(unix)]
fn time_limit() {
    let mut command = Command::new("sh");
    command.args(["-c", "echo out; echo err >&2; exec sleep 30"]);
    let found = process::run(command, b"", Duration::from_millis(300), Streams::Merged).expect("sh runs");
    assert!(found.timed_out && found.status == 128 + 9, "{found:?}");
    assert_eq!(found.stdout, b"out\nerr\n");
}

#[cfg(not(unix))]
fn time_limit() {}
