//! Deadlines of waiting threads, the earliest first, equal ones in order of asking. Floor 5.
//!
//! Most programs wait for the same time again and again, so that most deadlines are asked for in ascending order: those
//! stand in a queue, where asking and passing take the same short time for two and for a million. The others go into a heap.
//!
//! Invariant: `queue` ascends; an entry is taken out when it comes to the front, or with many others that nobody waits for.

use super::block::{Nanos, ThreadId};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// A deadline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Timer {
    pub when: Nanos,
    /// Order of asking.
    order: u64,
    pub thread: ThreadId,
    /// The thread's `wait_number` when it asked.
    pub number: u32,
}

/// Fewer entries than this are never looked through for those that nobody waits for.
const FEW: usize = 64;

/// All deadlines.
#[derive(Default)]
pub struct Timers {
    queue: VecDeque<Timer>,
    heap: BinaryHeap<Reverse<Timer>>,
    asked: u64,
    /// Entries that nobody waits for any more, at least.
    stale: usize,
}

impl Timers {
    /// Adds a deadline.
    pub fn add(&mut self, when: Nanos, thread: ThreadId, number: u32) {
        self.asked += 1;
        let timer = Timer { when, order: self.asked, thread, number };
        if self.queue.back().is_none_or(|last| last.when <= when) {
            self.queue.push_back(timer);
        } else {
            self.heap.push(Reverse(timer));
        }
    }

    #[inline]
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty() && self.heap.is_empty()
    }

    fn len(&self) -> usize {
        self.queue.len() + self.heap.len()
    }

    /// The earliest one.
    pub fn first(&self) -> Option<Timer> {
        match (self.queue.front(), self.heap.peek()) {
            (Some(q), Some(Reverse(h))) => Some(*q.min(h)),
            (Some(q), None) => Some(*q),
            (None, h) => h.map(|Reverse(h)| *h),
        }
    }

    /// Takes the earliest one out.
    pub fn pop(&mut self) {
        match (self.queue.front(), self.heap.peek()) {
            (Some(q), Some(Reverse(h))) if h < q => {
                self.heap.pop();
            }
            (None, _) => {
                self.heap.pop();
            }
            _ => {
                self.queue.pop_front();
            }
        }
    }

    /// A thread was woken before its deadline. `true`: most entries may be such, and are worth looking through.
    pub fn grew_stale(&mut self) -> bool {
        self.stale += 1;
        self.stale > FEW && self.stale > self.len() / 2
    }

    /// Keeps those entries only for which `waits` says that somebody does.
    pub fn retain(&mut self, waits: impl Fn(Timer) -> bool) {
        self.queue.retain(|&t| waits(t));
        self.heap.retain(|&Reverse(t)| waits(t));
        self.stale = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(timers: &mut Timers) -> Vec<u32> {
        let mut out = Vec::new();
        while let Some(t) = timers.first() {
            out.push(t.thread.0);
            timers.pop();
        }
        out
    }

    #[test]
    fn earliest_first_and_equal_ones_in_order_of_asking() {
        let mut t = Timers::default();
        for (i, when) in [50, 20, 50, 10, 20, 60, 50].into_iter().enumerate() {
            t.add(when, ThreadId(i as u32), 0);
        }
        assert_eq!(order(&mut t), [3, 1, 4, 0, 2, 6, 5]);
        assert!(t.is_empty());
    }

    #[test]
    fn entries_that_nobody_waits_for_go() {
        let mut t = Timers::default();
        let mut asked = false;
        for i in 0..1000 {
            t.add(1_000_000 - i, ThreadId(i as u32), 0);
            asked |= t.grew_stale();
        }
        assert!(asked);
        t.retain(|x| x.thread.0 == 7 || x.thread.0 == 0);
        assert_eq!(order(&mut t), [7, 0]);
    }
}
