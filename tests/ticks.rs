//! Optimisations move no preemption point. The programs in `tests/ticks/` take exactly the ticks that `counts.txt` says and
//! print the same, whether the VM learns while it runs or not and whether a profile is taken or not, under every schedule tried.
//!
//! The counts leave out what the imports of a program take, which is the library's business.
//!
//! `BLESS=1 cargo test --test ticks` writes `counts.txt` from what runs *without* learning take: after a change of the
//! language's instructions or of the library, never after an optimisation.

mod common;

use common::Printed;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use thr::base::config::{ClockMode, Preempt, VmConfig};
use thr::runtime::{main_thread, new_vm};
use thr::sched::policy;

/// Programs that take long with a collection at every safepoint.
const LARGE: &[&str] = &["asynchronous"];

/// A program's name and text.
type Program = (String, String);

/// Programs whose output shows the schedule.
const RACY: &[&str] = &["order", "race", "sync"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ticks")
}

fn programs() -> Vec<Program> {
    let mut found: Vec<Program> = fs::read_dir(folder())
        .expect("the folder is there")
        .map(|f| f.expect("it can be read").path())
        .filter(|p| p.extension().is_some_and(|e| e == "thr"))
        .map(|p| (p.file_stem().unwrap_or_default().to_string_lossy().into(), fs::read_to_string(p).expect("text")))
        .collect();
    found.sort();
    found
}

/// One way to run a program.
#[derive(Clone, Copy, Debug)]
struct How {
    seed: u64,
    policy: &'static str,
    preempt: Preempt,
    interval_ns: u64,
    gc_stress: bool,
    profile: bool,
}

const PLAIN: How = How {
    seed: 0,
    policy: "round-robin",
    preempt: Preempt::Visible,
    interval_ns: thr::base::config::DEFAULT_SWITCH_INTERVAL_NS,
    gc_stress: false,
    profile: false,
};

/// How a run ended.
#[derive(Debug, PartialEq)]
struct Run {
    printed: String,
    status: Option<i32>,
    ticks: u64,
}

fn run((name, text): &Program, how: How, quicken: bool) -> Run {
    let config = VmConfig {
        seed: how.seed,
        switch_interval_ns: how.interval_ns,
        clock: ClockMode::Virtual,
        preempt: how.preempt,
        epoch_ns: Some(0),
        gc_stress: how.gc_stress,
        quicken,
        ..VmConfig::default()
    };
    let printed = Printed::default();
    let mut vm = new_vm(config, Box::new(printed.clone()));
    let code = vm.compile_source(name, text, false).unwrap_or_else(|_| panic!("{name} has no errors"));
    let module = vm.new_module("__main__");
    let loaded = vm.load_code(code);
    let function = vm.new_plain_function(loaded, module.dict);
    let mut policy = policy::by_name(how.policy, how.seed).expect("a policy of this name");
    if how.profile {
        vm.start_profile();
    }
    let status = main_thread::run_main(&mut vm, &mut *policy, function);
    if let Some(profile) = vm.take_profile() {
        let noted: u64 = profile.costs().map(|(_, _, cost)| cost.ticks).sum();
        assert_eq!(noted, vm.ticks(), "{name}: the profile accounts for all ticks");
    }
    Run { printed: printed.text(), status, ticks: vm.ticks() }
}

/// Runs a program with and without learning, and with a profile being taken, and expects no difference.
fn both(program: &Program, how: How) -> Run {
    let (with, without) = (run(program, how, true), run(program, how, false));
    assert_eq!(with, without, "{} differs with and without THR_NO_QUICKEN: {how:?}", program.0);
    if how.seed.is_multiple_of(2) {
        let profiled = run(program, How { profile: true, ..how }, true);
        assert_eq!(with, profiled, "{} differs with and without a profile: {how:?}", program.0);
    }
    with
}

/// The program's imports alone.
fn imports((name, text): &Program) -> Program {
    let lines = text.lines().filter(|l| l.starts_with("import ") || l.starts_with("from "));
    (name.clone(), lines.map(|l| format!("{l}\n")).collect())
}

#[test]
fn counts() {
    let path = folder().join("counts.txt");
    let bless = std::env::var_os("BLESS").is_some_and(|v| v == "1");
    let mut found = BTreeMap::new();
    for program in programs() {
        let first = run(&program, PLAIN, false);
        assert_eq!(first.status, Some(0), "{}: {}", program.0, first.printed);
        if !bless {
            assert_eq!(both(&program, PLAIN), first, "{}", program.0);
        }
        let library = run(&imports(&program), PLAIN, false).ticks;
        found.insert(program.0, first.ticks - library);
    }
    let text: String = found.iter().map(|(name, ticks)| format!("{name} {ticks}\n")).collect();
    if bless {
        fs::write(path, text).expect("the folder can be written");
        return;
    }
    assert_eq!(text, fs::read_to_string(path).expect("counts"), "ticks of the programs in tests/ticks have changed");
}

#[test]
fn counts_do_not_depend_on_collections() {
    for program in programs().iter().filter(|p| !LARGE.contains(&p.0.as_str())) {
        let how = How { gc_stress: true, ..PLAIN };
        assert_eq!(both(program, how), both(program, PLAIN), "{}", program.0);
    }
}

#[test]
fn every_schedule_is_the_same() {
    let mut outputs = std::collections::BTreeSet::new();
    for program in programs().iter().filter(|p| RACY.contains(&p.0.as_str())) {
        for seed in 0..3 {
            for policy in policy::NAMES {
                for preempt in [Preempt::Visible, Preempt::Cpython] {
                    for interval_ns in [300, 2_000, 50_000] {
                        let how = How { seed, policy, preempt, interval_ns, ..PLAIN };
                        outputs.insert(both(program, how).printed);
                    }
                }
            }
        }
    }
    assert!(outputs.len() > 30, "only {} schedules in all", outputs.len());
}

#[test]
fn switches_between_any_two_ticks() {
    for program in programs() {
        for interval_ns in [100, 700] {
            both(&program, How { seed: interval_ns, policy: "random", interval_ns, ..PLAIN });
        }
    }
}
