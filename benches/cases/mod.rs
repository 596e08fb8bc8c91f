//! What the benchmarks do, apart from the tool that counts: `instructions.rs` counts it, `tests/benches.rs` does each once.
//!
//! Every case is in two steps, of which only the second is counted. Programs check their own results.

use std::sync::Arc;
use thr::base::config::{ClockMode, VmConfig};
use thr::bytecode::program::{Code, Source};
use thr::runtime::{main_thread, new_vm};
use thr::sched::policy::{Policy, by_name};
use thr::syntax::ast::Module;
use thr::value::Value;
use thr::vm::Vm;
use thr::vm::host::MemoryHost;

/// Declares the programs in `benches/programs/` and finds their texts by name.
macro_rules! programs {
    ($($name:literal)*) => {
        /// Names of all programs that can be run.
        #[allow(dead_code, reason = "the harness names each")]
        pub const PROGRAMS: &[&str] = &[$($name),*];

        fn text(name: &str) -> &'static str {
            match name {
                $($name => include_str!(concat!("../programs/", $name, ".thr")),)*
                _ => panic!("no program {name}"),
            }
        }
    };
}
programs! {
    "calls" "closures" "collections" "exceptions" "generators" "hello" "imports" "locks" "loop_int" "loop_range" "objects" "pool"
    "queues" "sorting" "spawn_join" "strings" "switches" "waiting"
}

/// A text with every construct of the language, which is not run.
pub const FRONT_END: &str = include_str!("../programs/front_end.thr");

/// Lexer and parser.
pub fn parse(text: &str) -> Module {
    thr::syntax::parse_module(text).unwrap_or_else(|e| panic!("{}", e.message))
}

/// What [`compile`] takes.
pub fn parsed(text: &str) -> (Module, Arc<Source>) {
    (parse(text), Source::new("bench", text))
}

/// Scopes, bytecode, verification.
pub fn compile((module, source): (Module, Arc<Source>)) -> Arc<Code> {
    thr::compile::compile_module(&module, source).unwrap_or_else(|e| panic!("{}", e.message))
}

/// A VM from nothing.
pub fn boot() -> Vm {
    let config = VmConfig { clock: ClockMode::Virtual, epoch_ns: Some(0), ..VmConfig::default() };
    new_vm(config, Box::new(MemoryHost::default()))
}

/// A compiled program, in a VM that is about to run it.
pub struct Ready {
    vm: Vm,
    policy: Box<dyn Policy>,
    function: Value,
}

/// What [`run`] takes.
pub fn ready(name: &str) -> Ready {
    let mut vm = boot();
    let code = compile(parsed(text(name)));
    let module = vm.new_module("__main__");
    let loaded = vm.load_code(code);
    let function = vm.new_plain_function(loaded, module.dict);
    let policy = by_name("round-robin", 0).unwrap_or_else(|| panic!("no such policy"));
    Ready { vm, policy, function }
}

/// Runs a program to its end, all threads included. What was made is given back, so that its end is not counted.
pub fn run(mut ready: Ready) -> Ready {
    let status = main_thread::run_main(&mut ready.vm, &mut *ready.policy, ready.function);
    assert_eq!(status, Some(0), "the program failed");
    ready
}

/// From a text to the end of its run: what `thr FILE` does in its process.
pub fn from_text(name: &str) -> Ready {
    run(ready(name))
}
