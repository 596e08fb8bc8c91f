//! The scheduler alone: fake threads that park, yield and wake each other, without any program.

mod common;

use common::Printed;
use std::collections::VecDeque;
use thr::base::config::{ClockMode, VmConfig};
use thr::sched::policy::{Policy, by_name};
use thr::sched::{End, Kernel};
use thr::value::Value;
use thr::vm::block::{ThreadId, Wait};
use thr::vm::native::{Resume, Step, StepFn};
use thr::vm::{Res, Vm};

/// A VM with a virtual clock, and what its threads print.
fn vm() -> (Vm, Printed) {
    let printed = Printed::default();
    let config = VmConfig { clock: ClockMode::Virtual, ..VmConfig::default() };
    (Vm::bare_with(config, Box::new(printed.clone())), printed)
}

/// Adds a thread with a number to work with. The first one is the main thread.
fn spawn(vm: &mut Vm, step: StepFn, number: i64) -> ThreadId {
    let id = vm.spawn(step, &[Value::small(number)], Value::NONE);
    vm.threads.handoff = None;
    id
}

fn run(vm: &mut Vm, policy: &str, seed: u64) -> End {
    let mut policy = by_name(policy, seed).expect("a policy of this name");
    Kernel::new(vm, &mut *policy).run()
}

/// The thread prints its number and `sign`.
fn say(vm: &mut Vm, sign: &str) {
    let text = format!("{}{sign} ", vm.current_id().0);
    vm.host.write_stdout(text.as_bytes()).expect("memory takes everything");
}

fn number(vm: &Vm) -> i64 {
    vm.mreg(0).as_int().expect("the thread's number")
}

fn wait(deadline: Option<u64>) -> Res<Step> {
    Ok(Step::Park(Wait { on: Value::NONE, verb: "test", deadline }))
}

/// Prints and lets others go, as often as its number says.
fn polite(vm: &mut Vm, _: Resume) -> Res<Step> {
    let left = number(vm);
    if left == 0 {
        return Ok(Step::Return(Value::NONE));
    }
    say(vm, "");
    vm.set_mreg(0, Value::small(left - 1));
    Ok(Step::YieldCpu)
}

/// Sleeps until the time that is its number, and says how it came back.
fn sleeper(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match resume {
        Resume::Start => wait(Some(number(vm) as u64)),
        Resume::TimedOut => {
            say(vm, "t");
            Ok(Step::Return(Value::NONE))
        }
        _ => {
            say(vm, "w");
            Ok(Step::Return(Value::NONE))
        }
    }
}

/// Waits without end.
fn stuck(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match resume {
        Resume::Start => wait(None),
        _ => {
            say(vm, "w");
            Ok(Step::Return(Value::small(7)))
        }
    }
}

/// Wakes the thread whose number it was given.
fn waker(vm: &mut Vm, _: Resume) -> Res<Step> {
    let id = ThreadId(number(vm) as u32);
    let woken = vm.wake(id);
    say(vm, if woken { "+" } else { "-" });
    Ok(Step::Return(Value::NONE))
}

#[test]
fn round_robin_takes_turns() {
    let (mut vm, printed) = vm();
    for turns in [3, 2, 2] {
        spawn(&mut vm, polite, turns);
    }
    assert_eq!(run(&mut vm, "round-robin", 0), End::Finished(Value::NONE));
    assert_eq!(printed.text(), "1 2 3 1 2 3 1 ");
}

#[test]
fn the_end_of_the_main_thread_is_the_end() {
    let (mut vm, printed) = vm();
    spawn(&mut vm, polite, 1);
    spawn(&mut vm, polite, 100);
    run(&mut vm, "round-robin", 0);
    assert_eq!(printed.text(), "1 2 ");
}

#[test]
fn timers_fire_in_order_of_their_times_then_of_asking() {
    let (mut vm, printed) = vm();
    for when in [9_000_000, 3_000_000, 1_000_000, 2_000_000, 1_000_000] {
        spawn(&mut vm, sleeper, when);
    }
    run(&mut vm, "round-robin", 0);
    assert_eq!(printed.text(), "3t 5t 4t 2t 1t ");
    assert!((9_000_000..10_000_000).contains(&vm.now()), "{}", vm.now());
}

#[test]
fn a_woken_thread_does_not_time_out() {
    let (mut vm, printed) = vm();
    spawn(&mut vm, sleeper, 5_000_000);
    spawn(&mut vm, waker, 1);
    run(&mut vm, "round-robin", 0);
    assert_eq!(printed.text(), "2+ 1w ");
    assert!(vm.now() < 5_000_000, "nobody waited: {}", vm.now());
}

/// Sleeps twice; the first sleep is ended early by another thread.
fn twice(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match resume {
        Resume::Start => wait(Some(1_000_000)),
        Resume::Woken => {
            say(vm, "w");
            wait(Some(5_000_000))
        }
        _ => {
            say(vm, "t");
            Ok(Step::Return(Value::NONE))
        }
    }
}

#[test]
fn an_old_timer_does_not_end_a_new_wait() {
    let (mut vm, printed) = vm();
    spawn(&mut vm, twice, 0);
    spawn(&mut vm, waker, 1);
    run(&mut vm, "round-robin", 0);
    assert_eq!(printed.text(), "2+ 1w 1t ");
    assert!(vm.now() >= 5_000_000, "the first timer came: {}", vm.now());
}

#[test]
fn waking_one_that_does_not_wait_does_nothing() {
    let (mut vm, printed) = vm();
    spawn(&mut vm, waker, 2);
    spawn(&mut vm, polite, 1);
    run(&mut vm, "round-robin", 0);
    assert_eq!(printed.text(), "1- ");
}

#[test]
fn nobody_left_to_wake_anybody_is_a_deadlock() {
    let (mut vm, _) = vm();
    spawn(&mut vm, stuck, 0);
    spawn(&mut vm, stuck, 0);
    spawn(&mut vm, polite, 3);
    assert_eq!(run(&mut vm, "round-robin", 0), End::Deadlock);
    let waiting: Vec<u32> = vm.threads.all().iter().map(|t| t.id.0).collect();
    assert_eq!(waiting, [1, 2], "the report is about those who wait");
}

#[test]
fn a_deadline_is_no_deadlock() {
    let (mut vm, printed) = vm();
    spawn(&mut vm, stuck, 0);
    spawn(&mut vm, late_waker, 0);
    assert_eq!(run(&mut vm, "round-robin", 0), End::Finished(Value::small(7)));
    assert_eq!(printed.text(), "1w ");
}

/// Wakes the main thread after a minute.
fn late_waker(vm: &mut Vm, resume: Resume) -> Res<Step> {
    if matches!(resume, Resume::Start) {
        return wait(Some(60_000_000_000));
    }
    vm.wake(ThreadId::MAIN);
    Ok(Step::Return(Value::NONE))
}

#[test]
fn joiners_are_woken_by_the_end() {
    let (mut vm, printed) = vm();
    spawn(&mut vm, stuck, 0);
    let other = spawn(&mut vm, polite, 2);
    vm.threads.get_mut(other).expect("it was just made").joiners.push(ThreadId::MAIN);
    run(&mut vm, "round-robin", 0);
    assert_eq!(printed.text(), "2 2 1w ");
}

#[test]
fn a_started_thread_runs_before_those_that_are_ready() {
    let (mut vm, printed) = vm();
    spawn(&mut vm, polite, 1);
    spawn(&mut vm, polite, 1);
    vm.spawn(polite, &[Value::small(1)], Value::NONE);
    run(&mut vm, "round-robin", 0);
    assert_eq!(printed.text(), "3 1 2 ");
}

#[test]
fn the_random_policy_is_a_function_of_its_seed() {
    let order = |seed| {
        let (mut vm, printed) = vm();
        for _ in 0..4 {
            spawn(&mut vm, polite, 10);
        }
        run(&mut vm, "random", seed);
        printed.text()
    };
    assert_eq!(order(5), order(5));
    assert!((0..10).any(|seed| order(seed) != order(5)), "ten seeds, one order");
}

#[test]
fn slices_keep_near_the_interval() {
    let (mut fair, mut wild) = (by_name("round-robin", 1).unwrap(), by_name("random", 1).unwrap());
    for _ in 0..10_000 {
        assert!((750..1250).contains(&fair.slice(1000)));
        assert!((1..=2000).contains(&wild.slice(1000)));
        assert!(fair.slice(1) >= 1 && wild.slice(1) >= 1);
    }
}

#[test]
fn policies_pick_who_is_there() {
    let ready: VecDeque<ThreadId> = (1..=3).map(ThreadId).collect();
    let mut wild: Box<dyn Policy> = by_name("random", 3).unwrap();
    let picked: std::collections::BTreeSet<usize> = (0..1000).map(|_| wild.pick(&ready)).collect();
    assert_eq!(picked.into_iter().collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(by_name("round-robin", 3).unwrap().pick(&ready), 0);
    assert!(by_name("fair", 0).is_none());
}
