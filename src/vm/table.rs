//! All threads of a VM, who is ready, who has a deadline, and what time it is. Floor 5.
//!
//! Plain data: who runs next is decided above, by the scheduler's policy.

use super::Vm;
use super::block::{Nanos, ThreadId, Wait};
use super::native::Resume;
use super::thread::{State, Thread};
use super::threadmap::ThreadMap;
use super::timers::{Timer, Timers};
use crate::base::config::{ClockMode, TICK_NS};
use crate::value::Value;
use std::collections::VecDeque;

const SIGINT: i32 = 2;
const SIGALRM: i32 = 14;
/// What `signal.pause()` does, in reports: any signal ends it.
pub const PAUSE: &str = "pause";

/// Ticks that starting a thread takes: 10 µs, about what the operating system needs for one.
const START_TICKS: i64 = 100;

/// So many finished threads are kept, for their memory, to become new ones.
const SPARE: usize = 64;

/// The thread table.
pub struct Threads {
    /// The thread that has the GIL. Between slices: an empty one.
    pub current: Box<Thread>,
    /// Parked and ready threads, by number; the current one is taken out.
    others: ThreadMap,
    /// Takes the place of the current thread while there is none.
    idle: Option<Box<Thread>>,
    /// Finished threads, in the boxes in which they go back into the table.
    #[allow(clippy::vec_box)]
    spare: Vec<Box<Thread>>,
    /// Ready threads in the order in which they became so.
    pub ready: VecDeque<ThreadId>,
    timers: Timers,
    /// Number of threads that have not finished.
    pub alive: usize,
    /// The thread that the next slice belongs to: one that was just started.
    pub handoff: Option<ThreadId>,
    pub clock: Clock,
    /// When SIGALRM comes next, and after how long again (0: no more).
    pub alarm: Option<(Nanos, Nanos)>,
    /// Signals that were sent from within, or by the alarm.
    pub raised: Vec<i32>,
}

/// Virtual time.
#[derive(Default)]
pub struct Clock {
    /// Ticks of finished slices.
    pub ticks: u64,
    /// Nanoseconds skipped while everybody waited.
    pub jumped: Nanos,
    /// Ticks that the current slice was given.
    pub budget: i64,
    /// Ticks of the last slice.
    pub last: u64,
    /// Real monotonic time at the start, for the wall clock.
    pub wall_start: u64,
}

impl Threads {
    pub(super) fn new() -> Threads {
        Threads {
            current: Box::new(Thread::new(ThreadId(0))),
            others: ThreadMap::new(),
            idle: None,
            spare: Vec::new(),
            ready: VecDeque::new(),
            timers: Timers::default(),
            alive: 0,
            handoff: None,
            clock: Clock::default(),
            alarm: None,
            raised: Vec::new(),
        }
    }

    /// Adds a thread that is ready to run and gives its number. `begin` makes it ready.
    pub fn add(&mut self, begin: impl FnOnce(&mut Thread)) -> ThreadId {
        let spare = self.spare.pop();
        let id = self.others.add(|id| {
            let mut t = spare.unwrap_or_else(|| Box::new(Thread::new(id)));
            t.id = id;
            begin(&mut t);
            t
        });
        self.ready.push_back(id);
        self.alive += 1;
        id
    }

    /// The thread `id`, unless it has finished.
    pub fn get(&self, id: ThreadId) -> Option<&Thread> {
        if self.current.id == id {
            return Some(&self.current);
        }
        self.others.get(id)
    }

    pub fn get_mut(&mut self, id: ThreadId) -> Option<&mut Thread> {
        if self.current.id == id {
            return Some(&mut self.current);
        }
        self.others.get_mut(id)
    }

    /// Makes the ready thread `id` the current one. It must be in the table, and no thread current.
    pub fn take_current(&mut self, id: ThreadId) -> bool {
        let Some(mut t) = self.others.take(id) else { return false };
        t.state = State::Running;
        self.idle = Some(std::mem::replace(&mut self.current, t));
        true
    }

    fn leave_current(&mut self) -> Box<Thread> {
        let idle = self.idle.take().unwrap_or_else(|| Box::new(Thread::new(ThreadId(0))));
        std::mem::replace(&mut self.current, idle)
    }

    /// Puts the current thread back into the table.
    pub fn put_current(&mut self) {
        let mut t = self.leave_current();
        if t.state == State::Running {
            // It goes on being ready, behind the others.
            t.state = State::Ready;
            self.ready.push_back(t.id);
        }
        self.others.put(t);
    }

    /// The current thread has finished: its joiners are woken.
    pub fn finish_current(&mut self) {
        self.alive -= 1;
        let mut t = self.leave_current();
        self.others.finished(t.id);
        t.state = State::Finished;
        while let Some(waiter) = t.joiners.pop() {
            self.wake(waiter, Resume::Woken);
        }
        if self.spare.len() < SPARE && t.clear() {
            self.spare.push(t);
        }
    }

    /// Marks the current thread as waiting.
    pub fn park_current(&mut self, wait: Wait) {
        let t = &mut self.current;
        t.state = State::Waiting;
        t.wait = Some(wait);
        t.wait_number = t.wait_number.wrapping_add(1);
        if let Some(deadline) = wait.deadline {
            self.timers.add(deadline, t.id, t.wait_number);
        }
    }

    /// Makes a waiting thread ready; `false` if it wasn't waiting.
    pub fn wake(&mut self, id: ThreadId, with: Resume) -> bool {
        let Some(t) = self.get_mut(id) else { return false };
        if t.state != State::Waiting {
            // The handler of a signal runs while it waits: it is told after that.
            if t.take_suspended().is_some() {
                t.resume = with;
                return true;
            }
            return false;
        }
        t.state = State::Ready;
        t.resume = with;
        let timed = t.wait.take().is_some_and(|w| w.deadline.is_some()) && !matches!(with, Resume::TimedOut);
        self.ready.push_back(id);
        if timed && self.timers.grew_stale() {
            let mut timers = std::mem::take(&mut self.timers);
            timers.retain(|t| self.waits_for(t));
            self.timers = timers;
        }
        true
    }

    /// Whether the thread still waits for this deadline.
    fn waits_for(&self, timer: Timer) -> bool {
        self.get(timer.thread).is_some_and(|t| t.state == State::Waiting && t.wait_number == timer.number)
    }

    /// The next deadline that somebody still waits for.
    pub fn next_deadline(&mut self) -> Option<Nanos> {
        let alarm = self.alarm.map(|(when, _)| when);
        match (self.next_timer(), alarm) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn next_timer(&mut self) -> Option<Nanos> {
        while let Some(timer) = self.timers.first() {
            if self.waits_for(timer) {
                return Some(timer.when);
            }
            self.timers.pop();
        }
        None
    }

    /// Whether nobody waits for a moment in time.
    #[inline]
    pub fn is_timeless(&self) -> bool {
        self.timers.is_empty() && self.alarm.is_none()
    }

    /// Wakes everybody whose deadline is not after `now`.
    pub fn expire(&mut self, now: Nanos) {
        while let Some(when) = self.next_deadline() {
            if when > now {
                return;
            }
            if let Some((at, again)) = self.alarm
                && at == when
            {
                self.alarm = (again > 0).then_some((at + again, again));
                self.raised.push(SIGALRM);
                continue;
            }
            if let Some(timer) = self.timers.first() {
                self.timers.pop();
                self.wake(timer.thread, Resume::TimedOut);
            }
        }
    }

    /// All threads that have not finished, in order of their numbers.
    pub fn all(&self) -> Vec<&Thread> {
        let mut v: Vec<&Thread> = self.others.from(ThreadId(0)).collect();
        if self.current.id.0 != 0 {
            let at = v.partition_point(|t| t.id < self.current.id);
            v.insert(at, &self.current);
        }
        v
    }

    /// Those from number `id` on, without the current one, in order of their numbers.
    pub fn others_from(&self, id: ThreadId) -> impl Iterator<Item = &Thread> {
        self.others.from(id)
    }

    /// As `all`, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Thread> {
        self.others.all_mut().chain(std::iter::once(&mut *self.current))
    }
}

impl Vm {
    /// Ticks passed so far.
    pub fn ticks(&self) -> u64 {
        self.threads.clock.ticks + (self.threads.clock.budget - self.heap.fuel_left()).max(0) as u64
    }

    /// Now, in nanoseconds since the VM was made: virtual time, or real time with the wall clock.
    pub fn now(&self) -> Nanos {
        match self.config.clock {
            ClockMode::Wall => self.host.monotonic_ns().saturating_sub(self.threads.clock.wall_start),
            _ => self.ticks() * TICK_NS + self.threads.clock.jumped,
        }
    }

    /// The date now: nanoseconds since 1970 (UTC).
    pub fn date_ns(&self) -> i64 {
        match self.config.clock {
            ClockMode::Wall => self.host.real_time_ns(),
            _ => self.config.epoch_ns.unwrap_or(0) + self.now() as i64,
        }
    }

    /// The deadline `seconds` from now, for timeouts. Negative ones count as none passed: now.
    pub fn deadline_in(&self, seconds: f64) -> Nanos {
        let ns = (seconds * 1e9).round();
        self.now().saturating_add(if ns > 0.0 { ns as u64 } else { 0 })
    }

    /// Starts a green thread that calls `func(*args, **kwargs)`; the next slice is its. `object` is its
    /// `threading.Thread`.
    pub fn spawn(&mut self, step: super::native::StepFn, regs: &[Value], object: Value) -> ThreadId {
        let id = self.threads.add(|t| {
            t.begin(step, regs);
            t.object = object;
        });
        self.threads.handoff = Some(id);
        // At its next preemption point the starter makes way.
        self.heap.fuel -= START_TICKS;
        self.heap.interrupt();
        id
    }

    /// Counts what was charged outside of any slice (starting the main thread), so that it is no slice's debt: else what looks at a
    /// slice's fuel, as collections do, would end the first one early.
    pub fn settle_charges(&mut self) {
        self.heap.restore_fuel();
        self.threads.clock.ticks += (-self.heap.fuel).max(0) as u64;
        self.heap.fuel = 0;
    }

    /// Gives the current thread `budget` ticks.
    pub fn begin_slice(&mut self, budget: u64) {
        let budget = budget.min(i64::MAX as u64 / 4) as i64;
        self.threads.clock.budget = budget;
        self.heap.fuel = budget;
        if self.profile.is_some() {
            self.note_slice_begin();
        } else if self.heap.due || self.attention {
            self.heap.interrupt();
        }
    }

    /// The slice is over: its ticks are counted.
    pub fn end_slice(&mut self) {
        let used = self.last_slice_ticks();
        self.threads.clock.ticks += used;
        self.threads.clock.last = used;
        self.threads.clock.budget = 0;
        self.heap.restore_fuel();
        self.heap.fuel = 0;
        if self.profile.is_some() {
            self.note_slice_end();
        }
    }

    /// Ticks of the slice that is running, or of the last one.
    pub fn last_slice_ticks(&self) -> u64 {
        if self.threads.clock.budget == 0 {
            return self.threads.clock.last;
        }
        (self.threads.clock.budget - self.heap.fuel_left()).max(0) as u64
    }

    /// Turns pending signals into exceptions of the main thread; says whether there were any.
    pub fn deliver_signals(&mut self) -> bool {
        let mut any = false;
        loop {
            let sent = if self.threads.raised.is_empty() { None } else { Some(self.threads.raised.remove(0)) };
            let Some(signal) = sent.or_else(|| self.host.take_signal()) else { break };
            let handlers = self.module_state.get("signal.handlers").and_then(|v| v.cast::<crate::object::List>());
            let handler = handlers.and_then(|l| l.items.borrow().get(signal as usize).copied());
            match handler {
                // SIG_IGN.
                Some(h) if h.as_int() == Some(1) => continue,
                Some(h) if h.as_int() == Some(0) => {
                    self.host.default_action(signal);
                    continue;
                }
                Some(h) if !h.is_none() => {
                    any = true;
                    self.hand_to_main(signal);
                    continue;
                }
                _ if signal != SIGINT => {
                    self.host.default_action(signal);
                    continue;
                }
                _ => {}
            }
            any = true;
            let class = self.types.KeyboardInterrupt;
            let exc = self.new_exception(class, &[]);
            let Some(main) = self.threads.get_mut(ThreadId::MAIN) else { continue };
            main.pending = exc;
            self.threads.wake(ThreadId::MAIN, Resume::Woken);
        }
        any
    }

    /// Whether the main thread waits for a signal from outside.
    pub fn paused(&self) -> bool {
        let wait = self.threads.get(ThreadId::MAIN).and_then(|t| t.wait);
        wait.is_some_and(|w| w.verb == PAUSE)
    }

    /// The main thread will call the handler of this signal, and go on with what it waits for after that.
    fn hand_to_main(&mut self, signal: i32) {
        self.module_state.insert("signal.count", {
            let n = self.module_state.get("signal.count").and_then(|v| v.as_int()).unwrap_or(0);
            Value::small(n + 1)
        });
        let Some(main) = self.threads.get_mut(ThreadId::MAIN) else { return };
        main.rare_mut().signals.push(signal);
        if main.state == State::Waiting {
            main.state = State::Ready;
            let wait = main.wait.take();
            main.rare_mut().suspended = wait;
            main.resume = Resume::Start;
            self.threads.ready.push_back(ThreadId::MAIN);
        }
    }

    /// Before a thread goes on: the handlers of signals that came. The machine that it waits in, if it does, is told what they
    /// raise, and goes on waiting otherwise.
    #[cold]
    pub(super) fn call_signal_handlers(&mut self) -> super::drive::Act {
        use super::drive::Act;
        let signals: Vec<Value> =
            self.threads.current.rare_mut().signals.drain(..).map(|s| Value::small(s as i64)).collect();
        let signals = self.new_list(signals);
        let waits = self.threads.current.frames.last().is_some_and(|f| f.code.is_none());
        let then = if waits { super::thread::Then::Rewait } else { super::thread::Then::Replay };
        match self.prelude_function("signal_handlers") {
            Ok(f) => {
                if waits {
                    self.set_catch(true);
                } else {
                    self.stand_in_instruction();
                }
                self.call_values(f, &[signals], then, 0)
            }
            Err(_) => Act::Run,
        }
    }

    /// The topmost frame counts as being in the instruction that it was about to run, so that what is raised there finds the
    /// handlers that protect it.
    pub(super) fn stand_in_instruction(&mut self) {
        if let Some(f) = self.threads.current.frames.last_mut() {
            f.pc += 1;
        }
    }

    /// The handlers are done: the machine below waits again, or is told what happened meanwhile.
    pub(super) fn wait_again(&mut self) -> super::drive::Act {
        use super::drive::Act;
        self.set_catch(false);
        match self.threads.current.take_suspended() {
            Some(wait) if wait.verb == PAUSE => Act::Step(Resume::Woken),
            Some(wait) if wait.deadline.is_some_and(|d| d <= self.now()) => Act::Step(Resume::TimedOut),
            Some(wait) => {
                self.threads.park_current(wait);
                Act::Exit(super::block::Exit::Parked)
            }
            None => Act::Step(std::mem::replace(&mut self.threads.current.resume, Resume::Start)),
        }
    }

    /// Number of the running thread.
    pub fn current_id(&self) -> ThreadId {
        self.threads.current.id
    }

    /// Makes a waiting thread ready.
    pub fn wake(&mut self, id: ThreadId) -> bool {
        self.threads.wake(id, Resume::Woken)
    }
}
