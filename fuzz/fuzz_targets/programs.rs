//! Programs that make sense, with threads: a run is the same with a collection at every safepoint.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thr_fuzz::bounded::{Setup, run};
use thr_fuzz::memory::Counted;
use thr_fuzz::source::{Threads, program};

/// Programs of so many ticks are run again.
const FEW: u64 = 3_000;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

fuzz_target!(|bytes: &[u8]| {
    let text = program(bytes, Threads::Together);
    if std::env::var_os("SHOW").is_some() {
        eprintln!("{text}");
    }
    let seed = bytes.len() as u64;
    let Some(first) = run(&text, Setup { seed, gc_stress: false }) else { return };
    assert!(!first.printed.contains("internal error"), "{}\n{text}", first.printed);
    assert!(!first.printed.contains("SyntaxError"), "{}\n{text}", first.printed);
    // Each safepoint costs a collection of all that has been loaded.
    if first.ticks > FEW {
        return;
    }
    if let Some(second) = run(&text, Setup { seed, gc_stress: true }) {
        assert_eq!(first, second, "{text}");
    }
});
