//! Any text as a program: parsed, compiled, verified, and run for some steps on a machine of its own.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use thr_fuzz::bounded::{Setup, run};
use thr_fuzz::memory::Counted;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

fuzz_target!(|text: &str| -> Corpus {
    // The seed is a function of the program, so that a finding is found again.
    let seed = text.bytes().fold(0u64, |sum, b| sum.wrapping_mul(31).wrapping_add(b.into()));
    match run(text, Setup { seed: seed % 1000, gc_stress: false }) {
        Some(outcome) => {
            assert!(!outcome.printed.contains("internal error"), "{}", outcome.printed);
            Corpus::Keep
        }
        None => Corpus::Reject,
    }
});
