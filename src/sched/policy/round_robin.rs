//! The default policy: first ready, first served; slices jittered by the seed.
//!
//! Without jitter a loop whose length divides the slice would be preempted at the same place each time.

use super::{Policy, SplitMix};
use crate::vm::block::ThreadId;
use std::collections::VecDeque;

pub struct RoundRobin {
    rng: SplitMix,
}

impl RoundRobin {
    pub fn new(seed: u64) -> Self {
        RoundRobin { rng: SplitMix::new(seed) }
    }
}

impl Policy for RoundRobin {
    fn pick(&mut self, _: &VecDeque<ThreadId>) -> usize {
        0
    }

    /// Between three quarters and five quarters of the interval.
    fn slice(&mut self, interval: u64) -> u64 {
        let spread = (interval / 2).max(1);
        (interval - interval / 4 + self.rng.below(spread)).max(1)
    }
}
