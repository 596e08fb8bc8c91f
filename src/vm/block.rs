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

/// Room for so many waiting threads is kept for the next ones.
const CROWD: usize = 16;

/// Threads waiting at one object, first come first woken. Whoever parks puts itself in, whoever gives up (by deadline or
/// exception) takes itself out, whoever wakes takes the woken out.
///
/// Most queues hold nobody, or one thread: that one needs no memory of its own.
#[derive(Default, Debug)]
pub struct WaitQueue {
    first: Option<ThreadId>,
    /// Those behind the first. Empty while there is no first. In a box, because there are far more queues than crowds.
    #[allow(clippy::box_collection)]
    others: Option<Box<VecDeque<ThreadId>>>,
}

impl WaitQueue {
    pub const fn new() -> Self {
        WaitQueue { first: None, others: None }
    }

    pub fn push(&mut self, t: ThreadId) {
        match self.first {
            None => self.first = Some(t),
            Some(_) => self.others.get_or_insert_default().push_back(t),
        }
    }

    /// In front of all others: for one that was woken in vain.
    pub fn push_front(&mut self, t: ThreadId) {
        if let Some(old) = self.first.replace(t) {
            self.others.get_or_insert_default().push_front(old);
        }
    }

    /// The one that has waited longest, taken out.
    pub fn pop(&mut self) -> Option<ThreadId> {
        let first = self.first.take()?;
        self.first = self.others.as_mut().and_then(|o| o.pop_front());
        // A crowd that is gone leaves no memory behind.
        if self.first.is_none() && self.others.as_ref().is_some_and(|o| o.capacity() > CROWD) {
            self.others = None;
        }
        Some(first)
    }

    /// Takes `t` out; says whether it was in.
    pub fn remove(&mut self, t: ThreadId) -> bool {
        if self.first == Some(t) {
            self.pop();
            return true;
        }
        let Some(others) = &mut self.others else { return false };
        match others.iter().position(|&x| x == t) {
            Some(i) => {
                others.remove(i);
                true
            }
            None => false,
        }
    }

    pub fn contains(&self, t: ThreadId) -> bool {
        self.iter().any(|x| x == t)
    }

    pub fn len(&self) -> usize {
        self.first.is_some() as usize + self.others.as_ref().map_or(0, |o| o.len())
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub fn iter(&self) -> impl Iterator<Item = ThreadId> + '_ {
        self.first.into_iter().chain(self.others.iter().flat_map(|o| o.iter().copied()))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_come_first_woken() {
        let mut q = WaitQueue::new();
        assert_eq!(q.pop(), None);
        (1..=4).for_each(|i| q.push(ThreadId(i)));
        assert_eq!(q.pop(), Some(ThreadId(1)));
        q.push_front(ThreadId(9));
        assert!(q.remove(ThreadId(3)) && !q.remove(ThreadId(3)));
        assert!(q.contains(ThreadId(4)));
        assert_eq!(q.iter().map(|t| t.0).collect::<Vec<_>>(), [9, 2, 4]);
        assert!(q.remove(ThreadId(9)));
        assert_eq!((q.len(), q.pop(), q.pop(), q.pop()), (2, Some(ThreadId(2)), Some(ThreadId(4)), None));
        assert!(q.is_empty());
    }
}
