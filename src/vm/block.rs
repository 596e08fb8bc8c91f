//! Waiting and waking: the words that synchronisation and scheduler share. Plain data. Floor 5.

use crate::value::Value;
use std::collections::VecDeque;

/// A green thread's number within its VM. The main thread is 1; numbers are not used again.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct ThreadId(pub u32);

impl ThreadId {
    pub const MAIN: ThreadId = ThreadId(1);
}

/// A point in virtual time: nanoseconds since the VM was made.
pub type Nanos = u64;

/// What a thread waits for, and until when.
#[derive(Clone, Copy, Debug)]
pub struct Wait {
    /// The object (a lock, a queue, a thread …), `None` for a mere sleep.
    pub on: Value,
    /// The operation as a report names it: `acquire`, `get`, `join`, `sleep` …
    pub verb: &'static str,
    /// When to give up; `None`: never.
    pub deadline: Option<Nanos>,
}

/// Threads waiting at one object, first come first woken. Whoever parks puts itself in, whoever gives up (by deadline or
/// exception) takes itself out, whoever wakes takes the woken out.
#[derive(Default, Debug)]
pub struct WaitQueue {
    queue: VecDeque<ThreadId>,
}

impl WaitQueue {
    pub const fn new() -> Self {
        WaitQueue { queue: VecDeque::new() }
    }

    pub fn push(&mut self, t: ThreadId) {
        self.queue.push_back(t);
    }

    /// In front of all others: for one that was woken in vain.
    pub fn push_front(&mut self, t: ThreadId) {
        self.queue.push_front(t);
    }

    /// The one that has waited longest, taken out.
    pub fn pop(&mut self) -> Option<ThreadId> {
        self.queue.pop_front()
    }

    /// Takes `t` out; says whether it was in.
    pub fn remove(&mut self, t: ThreadId) -> bool {
        match self.queue.iter().position(|&x| x == t) {
            Some(i) => {
                self.queue.remove(i);
                true
            }
            None => false,
        }
    }

    pub fn contains(&self, t: ThreadId) -> bool {
        self.queue.contains(&t)
    }

    pub fn len(&self) -> usize {
        self.queue.len()
    }

    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = ThreadId> + '_ {
        self.queue.iter().copied()
    }
}

/// Why the dispatch loop came back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exit {
    /// The slice is over; the thread is ready.
    Preempted,
    /// The thread let others go first; it is ready.
    Yielded,
    /// The thread waits (see its `wait`).
    Parked,
    /// The thread's first function returned this.
    Finished(Value),
    /// The thread ended by this exception.
    Died(Value),
    /// The process is to end with this status.
    ExitProcess(i32),
}
