//! Golden tests: every example and tutorial is run with the `thr` binary, and what it prints must be what the
//! expectation files say, byte for byte. `docs/testing.md` describes directives, expectation files and `BLESS`.
//!
//! For each script there are up to three trials: `normal` (virtual clock, seed 0, fixed date), `gc_stress` (the
//! same, with a collection at every safepoint) and `seeds` (20 seeds, for scripts whose output must not depend on
//! the schedule). For each `*.repl` transcript: `normal` and `gc_stress`.

mod harness;

use harness::bless::{Bless, bless};
use harness::expected::Expected;
use harness::script::{Script, scripts};
use harness::thr::{Mode, run_script};
use harness::transcript::{self, transcripts};
use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::sync::Arc;

/// How many seeds a script marked `any-schedule` is run with.
const SEEDS: u64 = 20;

fn main() {
    let args = Arguments::from_args();
    let mode = match Bless::from_env() {
        Ok(mode) => mode,
        Err(message) => {
            eprintln!("{message}");
            std::process::exit(2);
        }
    };
    let mut trials = harness::checks::trials();
    collect(&mut trials, mode, "examples", "examples", Some("tests/golden"));
    if harness::root().join("../shared").is_dir() {
        collect(&mut trials, mode, "tutorials", "../shared/tutorials", Some("tests/golden/tutorials"));
    } else {
        trials.push(absent("tutorials"));
    }
    if harness::root().join("tests/language").is_dir() {
        collect(&mut trials, mode, "language", "tests/language", None);
    }
    if harness::root().join("tests/library").is_dir() {
        collect(&mut trials, mode, "library", "tests/library", None);
    }
    libtest_mimic::run(&args, trials).exit();
}

/// Adds the trials of all scripts and transcripts below `folder`. Expectations are in `golden`, or beside the scripts.
fn collect(trials: &mut Vec<Trial>, bless: Option<Bless>, group: &str, folder: &str, golden: Option<&str>) {
    match scripts(Path::new(folder), golden.map(Path::new)) {
        Ok(found) if found.is_empty() => {
            let message = format!("{folder} has no scripts");
            trials.push(Trial::test(format!("{group}::discovery"), move || Err(message.into())));
        }
        Ok(found) => {
            for script in found {
                add_script(trials, bless, group, script);
            }
        }
        Err(error) => trials.push(Trial::test(format!("{group}::discovery"), move || Err(error.into()))),
    }
    if bless.is_some() {
        return;
    }
    for path in transcripts(Path::new(folder)) {
        for mode in [Mode::Normal, Mode::GcStress] {
            let path = path.clone();
            let name = format!("{group}::{}::{}", harness::stem(&path), mode.name());
            trials.push(Trial::test(name, move || Ok(transcript::check(&path, mode)?)));
        }
    }
}

/// Adds the trials of one script; when blessing, the one that writes its expectations.
fn add_script(trials: &mut Vec<Trial>, mode: Option<Bless>, group: &str, script: Script) {
    let name = |kind: &str| format!("{group}::{}::{kind}", script.name);
    let directives = match &script.directives {
        Ok(directives) => directives,
        Err(error) => {
            let error = error.clone();
            trials.push(Trial::test(name("directives"), move || Err(error.into())));
            return;
        }
    };
    if let Some(mode) = mode {
        let ignored = mode == Bless::FromCPython && !directives.cpython_can_run();
        let trial = Trial::test(name("bless"), move || Ok(bless(&script, mode)?));
        trials.push(trial.with_ignored_flag(ignored));
        return;
    }
    let (any_schedule, no_gc_stress) = (directives.any_schedule, directives.no_gc_stress);
    let [normal, gc_stress, seeds] = ["normal", "gc_stress", "seeds"].map(name);
    let script = Arc::new(script);
    let shared = Arc::clone(&script);
    trials.push(Trial::test(normal, move || check_once(&shared, Mode::Normal)));
    let shared = Arc::clone(&script);
    let trial = Trial::test(gc_stress, move || check_once(&shared, Mode::GcStress));
    trials.push(trial.with_ignored_flag(no_gc_stress));
    if any_schedule {
        trials.push(Trial::test(seeds, move || check_seeds(&script)));
    }
}

/// One run with the default seed must print what is expected.
fn check_once(script: &Script, mode: Mode) -> Result<(), Failed> {
    let expected = Expected::load(script)?;
    let found = run_script(script, mode, 0)?;
    Ok(expected.compare(&found)?)
}

/// Standard output and exit status must be the same under every seed.
fn check_seeds(script: &Script) -> Result<(), Failed> {
    let expected = Expected::load(script)?;
    for seed in 1..=SEEDS {
        let found = run_script(script, Mode::Normal, seed).map_err(|error| format!("with --seed {seed}: {error}"))?;
        expected.compare_stdout_and_status(&found).map_err(|error| format!("with --seed {seed}:\n{error}"))?;
    }
    Ok(())
}

/// Stands for the tests of a folder that isn't here: ignored on a developer's machine, a failure in CI.
fn absent(group: &str) -> Trial {
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    let trial = Trial::test(format!("{group} (skipped: ../shared is not here)"), || {
        Err("../shared is not here, and CI must not skip its programs".into())
    });
    trial.with_ignored_flag(!in_ci)
}
