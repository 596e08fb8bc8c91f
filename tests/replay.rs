//! Whole programs in this process: the seed decides the schedule, all of it, and locks hold under any schedule.

mod common;

use common::Printed;
use thr::base::config::{ClockMode, VmConfig};
use thr::runtime::{main_thread, new_vm};
use thr::sched::policy;

/// How many schedules a program with a lock is run under.
const SEEDS: u64 = 1_000;
/// Twenty ticks: a switch every few instructions.
const SHORT: u64 = 2_000;

const COUNTER: &str = "
import threading

count = 0
lock = threading.Lock()

def work():
    global count
    for _ in range(25):
        BODY

threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(count)
";

fn locked() -> String {
    COUNTER.replace("BODY", "with lock: count += 1")
}

fn unlocked() -> String {
    COUNTER.replace("BODY", "count += 1")
}

/// How a run ended.
#[derive(Debug, PartialEq)]
struct Run {
    printed: String,
    status: Option<i32>,
    ticks: u64,
}

fn run(program: &str, seed: u64, switch_interval_ns: u64, policy: &str) -> Run {
    let config =
        VmConfig { seed, switch_interval_ns, clock: ClockMode::Virtual, epoch_ns: Some(0), ..VmConfig::default() };
    let printed = Printed::default();
    let mut vm = new_vm(config, Box::new(printed.clone()));
    let code = vm.compile_source("test", program, false).unwrap_or_else(|_| panic!("the program has no errors"));
    let module = vm.new_module("__main__");
    let loaded = vm.load_code(code);
    let function = vm.new_plain_function(loaded, module.dict);
    let mut policy = policy::by_name(policy, seed).expect("a policy of this name");
    let status = main_thread::run_main(&mut vm, &mut *policy, function);
    Run { printed: printed.text(), status, ticks: vm.ticks() }
}

/// Runs the seeds from 0 on all cores.
fn under_seeds(check: impl Fn(u64) + Sync) {
    let workers = std::thread::available_parallelism().map_or(2, |n| n.get() as u64);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let check = &check;
            scope.spawn(move || (worker..SEEDS).step_by(workers as usize).for_each(check));
        }
    });
}

#[test]
fn a_locked_counter_counts_under_a_thousand_seeds() {
    let program = locked();
    under_seeds(|seed| {
        let policy = if seed % 2 == 0 { "round-robin" } else { "random" };
        let found = run(&program, seed, SHORT, policy);
        assert_eq!((found.printed.as_str(), found.status), ("50\n", Some(0)), "seed {seed}, {policy}");
    });
}

#[test]
fn an_unlocked_counter_loses_updates_with_the_default_seed() {
    let found = run(&unlocked(), VmConfig::default().seed, SHORT, "round-robin");
    let count: u32 = found.printed.trim().parse().expect("a number");
    assert!((2..50).contains(&count), "counted {count} of 50");
}

#[test]
fn the_same_seed_is_the_same_run() {
    for policy in policy::NAMES {
        for seed in [0, 1, 99] {
            assert_eq!(run(&unlocked(), seed, SHORT, policy), run(&unlocked(), seed, SHORT, policy));
        }
    }
}

#[test]
fn other_seeds_are_other_runs() {
    let counts: std::collections::BTreeSet<String> =
        (0..20).map(|seed| run(&unlocked(), seed, SHORT, "round-robin").printed).collect();
    assert!(counts.len() > 1, "20 seeds, one result: {counts:?}");
}

#[test]
fn waiting_costs_virtual_time_only() {
    let found = run("import time\ntime.sleep(3600)\nprint(round(time.monotonic()) % 3600)", 0, SHORT, "round-robin");
    assert_eq!(found.status, Some(0));
    assert!(found.ticks < 1_000_000, "{found:?}");
}

#[test]
fn a_deadlock_ends_the_run() {
    let found = run("import threading\nlock = threading.Lock()\nlock.acquire()\nlock.acquire()", 0, SHORT, "random");
    assert_eq!(found.status, None);
}
