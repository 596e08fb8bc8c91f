//! The loop around the dispatch loop: gives the GIL to one thread after the other, moves the clock.

use super::policy::Policy;
use crate::base::config::{ClockMode, TICK_NS};
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::block::{Exit, ThreadId};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// The main thread returned this.
    Finished(Value),
    /// The main thread ended by this exception.
    Died(Value),
    /// No thread can run, and none has a deadline.
    Deadlock,
    /// The process is to end with this status.
    ExitProcess(i32),
}

/// With the wall clock: ticks between looks at the real time.
const WALL_TICKS: u64 = 2_000;
/// With the wall clock: slices between looks at the real time, if those ticks have not passed before.
const WALL_SLICES: u32 = 16;
/// How long the process sleeps at once while the main thread waits for a signal.
const PAUSE_NS: u64 = 20_000_000;
/// Most slices between looks at pending signals.
const POLL_SLICES: u32 = 16;
/// Most ticks between looks at pending signals.
const POLL_TICKS: u64 = 1_000_000;

/// Drives a VM.
pub struct Kernel<'v> {
    vm: &'v mut Vm,
    policy: &'v mut dyn Policy,
    /// With the wall clock: ticks and slices since the last look at it.
    unlooked: (u64, u32),
    /// Slices since the last look for signals.
    unpolled: u32,
}

impl<'v> Kernel<'v> {
    pub fn new(vm: &'v mut Vm, policy: &'v mut dyn Policy) -> Self {
        Kernel { vm, policy, unlooked: (0, 0), unpolled: 0 }
    }

    /// Runs until the main thread ends, or nothing can.
    pub fn run(&mut self) -> End {
        self.vm.settle_charges();
        loop {
            if self.looks_outside() {
                self.vm.deliver_signals();
            }
            if self.looks_at_clock() {
                self.expire();
            }
            let Some(next) = self.choose() else {
                match self.vm.threads.next_deadline() {
                    Some(when) => {
                        self.wait_until(when);
                        continue;
                    }
                    None if self.vm.paused() => {
                        self.wait_until(self.vm.now() + PAUSE_NS);
                        continue;
                    }
                    None => return End::Deadlock,
                }
            };
            if let Some(end) = self.slices_of(next) {
                return end;
            }
        }
    }

    /// Whether to look for signals: at once for those from within, and before the process sleeps; otherwise once in a few
    /// switches.
    fn looks_outside(&mut self) -> bool {
        self.unpolled += 1;
        let threads = &self.vm.threads;
        let looks = self.unpolled >= POLL_SLICES || !threads.raised.is_empty() || threads.ready.is_empty();
        if looks {
            self.unpolled = 0;
        }
        looks
    }

    /// Whether deadlines may have passed. Reading the real clock takes longer than a switch: while threads are ready, it is
    /// read once in a few switches, or ticks.
    fn looks_at_clock(&mut self) -> bool {
        let threads = &self.vm.threads;
        if threads.is_timeless() {
            return false;
        }
        let (ticks, slices) = self.unlooked;
        let soon = self.vm.config.clock == ClockMode::Wall && ticks < WALL_TICKS && slices < WALL_SLICES;
        if soon && !threads.ready.is_empty() {
            self.unlooked.1 += 1;
            return false;
        }
        self.unlooked = (0, 0);
        true
    }

    /// Wakes those whose deadlines have passed.
    fn expire(&mut self) {
        let now = self.vm.now();
        self.vm.threads.expire(now);
        if !self.vm.threads.raised.is_empty() {
            self.vm.deliver_signals();
        }
    }

    /// Takes the next thread out of the ready queue.
    fn choose(&mut self) -> Option<ThreadId> {
        let started = self.vm.threads.handoff.take();
        let ready = &mut self.vm.threads.ready;
        if ready.is_empty() {
            return None;
        }
        let index = match started {
            // Starts are rare: looking for the thread from the back finds it at once.
            Some(id) if self.policy.hands_over() => ready.iter().rposition(|&x| x == id),
            _ => None,
        };
        let index = match index {
            Some(i) => i,
            None => self.policy.pick(ready).min(ready.len() - 1),
        };
        if index == 0 { ready.pop_front() } else { ready.remove(index) }
    }

    /// Runs `id` until its slice is over or it leaves the CPU by itself.
    fn slices_of(&mut self, id: ThreadId) -> Option<End> {
        if !self.vm.threads.take_current(id) {
            return None;
        }
        let interval = (self.vm.config.switch_interval_ns / TICK_NS).max(1);
        let mut left = self.policy.slice(interval);
        let wall = self.vm.config.clock == ClockMode::Wall;
        // Most slices end before the first look at the clock: those need no end.
        let mut wall_end = None;
        loop {
            let budget = self.budget(left, wall);
            let exit = self.run_current(budget);
            self.unlooked.0 = self.unlooked.0.saturating_add(self.vm.last_slice_ticks());
            match exit {
                Exit::Preempted => {
                    let used = self.vm.last_slice_ticks();
                    left = left.saturating_sub(used.max(1));
                    let over = if self.vm.threads.handoff.is_some() {
                        true
                    } else if wall {
                        let now = self.vm.now();
                        let passed = (self.vm.threads.clock.last * TICK_NS).min(self.vm.config.switch_interval_ns);
                        now >= *wall_end.get_or_insert(now + self.vm.config.switch_interval_ns - passed)
                    } else {
                        left == 0
                    };
                    if !over || self.looks_outside() {
                        self.vm.deliver_signals();
                    }
                    if !self.vm.threads.is_timeless() {
                        self.unlooked = (0, 0);
                        self.expire();
                    }
                    if over || !self.vm.threads.current.pending.is_undef() {
                        if self.vm.threads.ready.is_empty() {
                            // Nobody else wants the GIL: a new slice, without the way through the table.
                            left = self.policy.slice(interval);
                            continue;
                        }
                        self.vm.threads.put_current();
                        return None;
                    }
                }
                Exit::Yielded | Exit::Parked => {
                    self.vm.threads.put_current();
                    return None;
                }
                Exit::Finished(value) => return self.finish(id, End::Finished(value)),
                Exit::Died(exc) => return self.finish(id, End::Died(exc)),
                Exit::ExitProcess(status) => return Some(End::ExitProcess(status)),
            }
        }
    }

    /// Ticks that the dispatch loop may run without looking up.
    fn budget(&mut self, left: u64, wall: bool) -> u64 {
        if wall {
            return WALL_TICKS;
        }
        let next = if self.vm.threads.is_timeless() { None } else { self.vm.threads.next_deadline() };
        let until_deadline = match next {
            Some(when) => when.saturating_sub(self.vm.now()).div_ceil(TICK_NS).max(1),
            None => u64::MAX,
        };
        left.max(1).min(until_deadline).min(POLL_TICKS)
    }

    fn run_current(&mut self, budget: u64) -> Exit {
        self.vm.begin_slice(budget);
        let exit = self.vm.run();
        self.vm.end_slice();
        exit
    }

    /// The current thread has ended. The end of the main thread is the end of the run.
    fn finish(&mut self, id: ThreadId, end: End) -> Option<End> {
        self.vm.threads.finish_current();
        if id == ThreadId::MAIN { Some(end) } else { None }
    }

    /// Everybody waits: the clock moves to `when`.
    fn wait_until(&mut self, when: u64) {
        let now = self.vm.now();
        if when <= now {
            return;
        }
        match self.vm.config.clock {
            ClockMode::Virtual => self.vm.threads.clock.jumped += when - now,
            ClockMode::Paced => {
                // Real time follows virtual time, which has run ahead or behind by what computing took.
                let real = self.vm.host.monotonic_ns().saturating_sub(self.vm.threads.clock.wall_start);
                let _ = self.vm.host.flush_stdout();
                let mut left = when.saturating_sub(real);
                // A clock far behind (much computing) does not make up for it by never sleeping.
                if left == 0 {
                    self.vm.threads.clock.wall_start = self.vm.host.monotonic_ns().saturating_sub(when);
                }
                while left > 0 {
                    let before = self.vm.host.monotonic_ns();
                    self.vm.host.sleep_ns(left);
                    left = left.saturating_sub(self.vm.host.monotonic_ns().saturating_sub(before).max(1));
                    if self.vm.deliver_signals() {
                        break;
                    }
                }
                self.vm.threads.clock.jumped += when - now - left.min(when - now);
            }
            ClockMode::Wall => {
                let _ = self.vm.host.flush_stdout();
                self.vm.host.sleep_ns(when - now);
            }
        }
    }
}
