//! Scheduling policies: one small file each, and their names.
pub mod random;
pub mod round_robin;

use crate::vm::block::ThreadId;
use std::collections::VecDeque;

/// Decides which ready thread runs next, and for how long.
///
/// A policy is a pure function of its seed and of what it is asked.
pub trait Policy: Send {
    /// Index in `ready` (never empty, in order of becoming ready) of the thread that runs next.
    fn pick(&mut self, ready: &VecDeque<ThreadId>) -> usize;

    /// Ticks until the next switch, given the switch interval in ticks. At least 1.
    fn slice(&mut self, interval: u64) -> u64;

    /// Whether a thread that was just started runs at once (as CPython's `start()` has it).
    fn hands_over(&mut self) -> bool {
        true
    }
}

/// The names that `--policy` takes.
pub const NAMES: &[&str] = &["round-robin", "random"];

/// The policy called `name`, `None` for an unknown name.
pub fn by_name(name: &str, seed: u64) -> Option<Box<dyn Policy>> {
    Some(match name {
        "round-robin" => Box::new(round_robin::RoundRobin::new(seed)),
        "random" => Box::new(random::Random::new(seed)),
        _ => return None,
    })
}

/// SplitMix64: small, fast, good enough to break ties (Steele, Lea, Flood, OOPSLA 2014).
#[derive(Clone, Debug)]
pub struct SplitMix(u64);

impl SplitMix {
    pub fn new(seed: u64) -> Self {
        SplitMix(seed)
    }

    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `n`, which must not be 0.
    pub fn below(&mut self, n: u64) -> u64 {
        ((self.draw() as u128 * n as u128) >> 64) as u64
    }
}
