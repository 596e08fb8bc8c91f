//! What the fuzz targets (`fuzz/`) have found, each once more: no input may end in a panic, an overflow of the stack or
//! a run that can't be stopped.

mod common;

use common::Printed;
use std::any::Any;
use std::collections::VecDeque;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use thr::base::config::{ClockMode, VmConfig};
use thr::bytecode::{dis, program::Source};
use thr::runtime::{main_thread, new_vm};
use thr::sched::policy::{Policy, by_name};
use thr::vm::block::ThreadId;
use thr::{compile, syntax};

/// As `fuzz/src/bounded.rs` has it.
const TICKS: u64 = 100_000;
/// As `src/main.rs` has it.
const STACK: usize = 64 << 20;

fn inputs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder").map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

/// Calls `work` with each input, and tells of all that failed.
fn each(work: impl Fn(&[u8]) + Sync) {
    let failed: Vec<String> = std::thread::scope(|scope| {
        let run_all = || {
            let name = |path: &Path| path.file_name().map(|n| n.to_string_lossy().into_owned());
            let fails = |path: &&PathBuf| {
                let bytes = fs::read(path).expect("a file");
                catch_unwind(AssertUnwindSafe(|| work(&bytes))).is_err()
            };
            inputs().iter().filter(fails).filter_map(|path| name(path)).collect()
        };
        std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, run_all).expect("a thread").join()
    })
    .expect("panics were caught");
    assert!(failed.is_empty(), "failed: {failed:?}");
}

/// Ends a run that has used up its ticks.
struct Stop;

/// Gives out so many ticks, and stops the run then.
struct Bounded(Box<dyn Policy>, u64);

impl Policy for Bounded {
    fn pick(&mut self, ready: &VecDeque<ThreadId>) -> usize {
        self.0.pick(ready)
    }
    fn slice(&mut self, interval: u64) -> u64 {
        if self.1 == 0 {
            resume_unwind(Box::new(Stop));
        }
        let slice = self.0.slice(interval);
        self.1 = self.1.saturating_sub(slice);
        slice
    }
}

fn run(text: &str) {
    let config =
        VmConfig { clock: ClockMode::Virtual, epoch_ns: Some(0), switch_interval_ns: 2_000, ..VmConfig::default() };
    let mut vm = new_vm(config, Box::new(Printed::default()));
    let Ok(code) = vm.compile_source("fuzz", text, false) else { return };
    let module = vm.new_module("__main__");
    let loaded = vm.load_code(code);
    let function = vm.new_plain_function(loaded, module.dict);
    let mut policy = Bounded(by_name("random", 0).expect("it exists"), TICKS);
    let run = catch_unwind(AssertUnwindSafe(|| main_thread::run_main(&mut vm, &mut policy, function)));
    let stopped = |why: &Box<dyn Any + Send>| why.is::<Stop>();
    if let Err(why) = run
        && !stopped(&why)
    {
        resume_unwind(why);
    }
}

#[test]
fn all_are_parsed_and_compiled() {
    each(|bytes| {
        let Ok(text) = syntax::decode_file(bytes, "fuzz") else { return };
        let source = Source::new("fuzz", text.as_str());
        let _ = syntax::needs_more(&text);
        match syntax::parse_module(&text).and_then(|module| compile::compile_module(&module, source.clone())) {
            Ok(code) => drop(dis::disassemble(&code)),
            Err(error) => {
                assert!(!error.message.starts_with("internal error"), "{}", error.message);
                let span = error.span.start as usize..error.span.end as usize;
                assert!(text.get(span).is_some(), "{}: {:?}", error.message, error.span);
            }
        }
        if let Ok(tree) = syntax::parse_expression(&text) {
            let written = syntax::unparse::unparse(&tree);
            match syntax::parse_expression(&written) {
                Ok(again) => assert_eq!(syntax::unparse::unparse(&again), written),
                Err(error) => assert!(error.message.contains("too many"), "{}\nin {written}", error.message),
            }
        }
    });
}

#[test]
fn all_are_run() {
    each(|bytes| {
        if let Ok(text) = std::str::from_utf8(bytes) {
            run(text);
        }
    });
}
