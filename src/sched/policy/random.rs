//! Any ready thread, for any time up to twice the interval: shakes programs more than round robin does.

use super::{Policy, SplitMix};
use crate::vm::block::ThreadId;
use std::collections::VecDeque;

pub struct Random {
    rng: SplitMix,
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Random { rng: SplitMix::new(seed ^ 0x5EED) }
    }
}

impl Policy for Random {
    fn pick(&mut self, ready: &VecDeque<ThreadId>) -> usize {
        self.rng.below(ready.len().max(1) as u64) as usize
    }

    fn slice(&mut self, interval: u64) -> u64 {
        1 + self.rng.below(interval.max(1).saturating_mul(2))
    }

    fn hands_over(&mut self) -> bool {
        self.rng.below(2) == 0
    }
}
