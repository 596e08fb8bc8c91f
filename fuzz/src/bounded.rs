//! One run: a fresh VM, a number of steps, a stack of the size that `thr` has.

use crate::memory;
use std::collections::VecDeque;
use std::io;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex};
use thr::base::config::{ClockMode, VmConfig};
use thr::runtime::{main_thread, new_vm};
use thr::sched::policy::{Policy, by_name};
use thr::vm::block::ThreadId;
use thr::vm::host::Host;

/// Steps of the program, in ticks of the virtual clock.
const TICKS: u64 = 100_000;
/// Most bytes of output that are kept.
const OUTPUT: usize = 1 << 20;
/// What `thr` has (`src/main.rs`), and room for the larger frames of the sanitizer.
const STACK: usize = 256 << 20;
/// A switch every few instructions.
const SHORT_NS: u64 = 2_000;

/// Ends a run that has used up what it was given.
pub struct Stop;

/// How a run is to be made.
#[derive(Clone, Copy, Default)]
pub struct Setup {
    /// Seed of the schedule.
    pub seed: u64,
    /// A collection at every safepoint.
    pub gc_stress: bool,
}

/// What is seen of a run from outside.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub printed: String,
    /// How many ticks it took.
    pub ticks: u64,
    /// The exit status; `None` for a deadlock.
    pub status: Option<i32>,
}

/// Runs `text`. `None`: it has used up its steps, memory or output.
pub fn run(text: &str, setup: Setup) -> Option<Outcome> {
    on_a_stack(|| {
        let _ceiling = memory::ceiling();
        execute(text, setup)
    })
}

/// Calls `work` on a thread with a stack like that of `thr`. `None`: it was stopped.
pub fn on_a_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let joined = std::thread::scope(|scope| {
        std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).expect("a thread").join()
    });
    match joined {
        Ok(value) => Some(value),
        Err(why) if why.is::<Stop>() => None,
        // libFuzzer's hook ends the process at a panic; this is for other callers.
        Err(why) => resume_unwind(why),
    }
}

fn execute(text: &str, setup: Setup) -> Outcome {
    let config = VmConfig {
        seed: setup.seed,
        gc_stress: setup.gc_stress,
        switch_interval_ns: SHORT_NS,
        clock: ClockMode::Virtual,
        epoch_ns: Some(0),
        ..VmConfig::default()
    };
    let printed = Printed::default();
    let mut vm = new_vm(config, Box::new(printed.clone()));
    let status = match vm.compile_source("fuzz", text, false) {
        Err((error, _)) => {
            printed.add(format!("SyntaxError: {}", error.message).as_bytes());
            Some(1)
        }
        Ok(code) => {
            let module = vm.new_module("__main__");
            let loaded = vm.load_code(code);
            let function = vm.new_plain_function(loaded, module.dict);
            let mut policy = Bounded { inner: by_name("random", setup.seed).expect("it exists"), left: TICKS };
            main_thread::run_main(&mut vm, &mut policy, function)
        }
    };
    Outcome { printed: printed.text(), ticks: vm.ticks(), status }
}

/// Counts the ticks that are given out, and stops the run when there are no more.
struct Bounded {
    inner: Box<dyn Policy>,
    left: u64,
}

impl Policy for Bounded {
    fn pick(&mut self, ready: &VecDeque<ThreadId>) -> usize {
        self.inner.pick(ready)
    }
    fn slice(&mut self, interval: u64) -> u64 {
        if self.left == 0 {
            resume_unwind(Box::new(Stop));
        }
        let slice = self.inner.slice(interval);
        self.left = self.left.saturating_sub(slice);
        slice
    }
    fn hands_over(&mut self) -> bool {
        self.inner.hands_over()
    }
}

/// A host without files, input and time.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Printed {
    fn add(&self, bytes: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(|e| e.into_inner());
        kept.extend_from_slice(bytes);
        if kept.len() > OUTPUT {
            drop(kept);
            resume_unwind(Box::new(Stop));
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(|e| e.into_inner())).into_owned()
    }
}

impl Host for Printed {
    fn write_stdout(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.add(bytes);
        Ok(())
    }
    fn flush_stdout(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn write_stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.add(bytes);
        Ok(())
    }
    fn read_line(&mut self) -> io::Result<String> {
        Ok(String::new())
    }
    fn is_terminal(&self, _: u8) -> bool {
        false
    }
    fn real_time_ns(&self) -> i64 {
        0
    }
    fn monotonic_ns(&self) -> u64 {
        0
    }
    fn process_time_ns(&self) -> u64 {
        0
    }
    fn sleep_ns(&mut self, _: u64) {
        panic!("the virtual clock never sleeps");
    }
    fn take_signal(&mut self) -> Option<i32> {
        None
    }
}
