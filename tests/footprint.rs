//! What a VM takes before a program runs, and what a program's garbage may take: by counters, never by the clock.

mod common;

use common::Printed;
use std::sync::Arc;
use thr::base::config::{ClockMode, VmConfig};
use thr::heap::Stats;
use thr::runtime::{main_thread, new_vm_sharing};
use thr::sched::policy::round_robin::RoundRobin;
use thr::vm::prelude::Library;

const MB: u64 = 1 << 20;

/// Runs a program; gives the heap's counters at its end.
fn run(program: &str, library: &Arc<Library>) -> Stats {
    let config = VmConfig { clock: ClockMode::Virtual, epoch_ns: Some(0), ..VmConfig::default() };
    let printed = Printed::default();
    let mut vm = new_vm_sharing(config, Box::new(printed.clone()), library.clone());
    let code = vm.compile_source("test", program, false).unwrap_or_else(|_| panic!("the program has no errors"));
    let module = vm.new_module("__main__");
    let loaded = vm.load_code(code);
    let function = vm.new_plain_function(loaded, module.dict);
    let status = main_thread::run_main(&mut vm, &mut RoundRobin::new(0), function);
    assert_eq!(status, Some(0), "{}", printed.text());
    vm.heap.stats()
}

#[test]
fn a_vm_is_small() {
    let stats = run("", &Arc::default());
    assert!(stats.allocated < 1_000, "{stats:?}");
    assert!(stats.peak_heap_bytes <= MB, "{stats:?}");
}

#[test]
fn printing_compiles_nothing_of_the_library() {
    let library = Arc::default();
    run("print('hi', 1, 2.5, [3], sep='-')", &library);
    assert_eq!(library.len(), 0);
}

#[test]
fn what_one_vm_compiled_the_next_takes() {
    let library = Arc::default();
    let program = "import threading, queue, time, sys\nprint(sorted([3, 1], key=lambda x: -x))";
    let first = run(program, &library);
    let compiled = library.len();
    assert!(compiled > 5);
    let second = run(program, &library);
    assert_eq!(library.len(), compiled);
    assert_eq!(first, second);
}

#[test]
fn short_lived_strings_take_no_more_than_a_small_heap() {
    let stats = run("for i in range(400_000):\n    s = 'a' + str(i)\nimport gc\ngc.collect()", &Arc::default());
    assert!(stats.allocated > 800_000, "{stats:?}");
    assert!(stats.live_bytes < MB, "{stats:?}");
    assert!(stats.peak_heap_bytes < 6 * MB, "{stats:?}");
}

#[test]
fn garbage_takes_less_than_what_is_alive() {
    let program = "
kept = ['kept ' + str(i) for i in range(250_000)]
for i in range(500_000):
    kept[i % 250_000] = 'changed ' + str(i)
";
    let stats = run(program, &Arc::default());
    let alive = stats.live_bytes;
    assert!(alive > 12 * MB, "{stats:?}");
    assert!(stats.peak_heap_bytes < 2 * alive, "{stats:?}");
}

#[test]
fn memory_goes_back_when_it_is_not_needed_any_more() {
    let program = "
import gc
kept = [[i] for i in range(200_000)]
kept = None
gc.collect()
";
    let stats = run(program, &Arc::default());
    assert!(stats.peak_heap_bytes > 8 * MB, "{stats:?}");
    assert!(stats.heap_bytes < 6 * MB, "{stats:?}");
}
