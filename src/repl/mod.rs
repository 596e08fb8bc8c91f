//! The interactive interpreter. Floor 9.
//!
//! The REPL is the main thread: a machine that asks for an entry, runs it, shows what comes of it, and asks again.
//! Threads that an entry started go on while later entries run.
pub mod editor;

use crate::bytecode::program::Source;
use crate::heap::Gc;
use crate::object::{Dict, Module, Str};
use crate::runtime::main_thread::{STATUS_DEADLOCK, STATUS_EXCEPTION};
use crate::sched::policy::Policy;
use crate::sched::{End, Kernel, deadlock};
use crate::value::Value;
use crate::vm::native::{CallReq, Ctl, Resume, Step};
use crate::vm::{Res, Vm};
use std::process::ExitCode;

/// Names under which a VM keeps the session's state.
const STATE_RUNNING: u32 = 1;
const STATE_REPORTING: u32 = 2;
const STATE_ENDING: u32 = 3;
const STATE_JOINING: u32 = 4;

/// Runs a session in the module `__main__`, after `first` if there is one.
pub fn session(vm: &mut Vm, policy: &mut dyn Policy, first: Option<Value>) -> ExitCode {
    vm.spawn(repl_step, &[first.unwrap_or(Value::NONE), Value::small(0)], Value::NONE);
    let end = Kernel::new(vm, policy).run();
    let status = match end {
        End::Finished(v) => v.as_int().unwrap_or(0) as i32,
        End::Died(_) => STATUS_EXCEPTION,
        End::ExitProcess(s) => s,
        End::Deadlock => {
            let report = deadlock::report(vm, crate::sync::describe);
            use crate::base::diag::Style;
            let _ = vm.host.flush_stdout();
            let style = if vm.host.wants_colours() { Style::Colour } else { Style::Plain };
            let _ = vm.host.write_stderr(report.render(style).as_bytes());
            STATUS_DEADLOCK
        }
    };
    let _ = vm.host.flush_stdout();
    ExitCode::from((status & 0xFF) as u8)
}

/// Registers: what to run next or `None`, exit status.
fn repl_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match (vm.mstate(), resume) {
        (0, _) if !vm.mreg(0).is_none() => {
            vm.set_mstate(STATE_RUNNING);
            Ok(Step::CallCatching(CallReq::new(vm.mreg(0), &[])))
        }
        (STATE_RUNNING, Resume::Raised(exc)) => {
            vm.set_mstate(STATE_REPORTING);
            let exit = vm.types.SystemExit;
            if vm.is_instance(exc, exit) {
                vm.set_mstate(STATE_ENDING);
            }
            match vm.prelude_function("main_exception") {
                Ok(f) => Ok(Step::CallCatching(CallReq::new(f, &[exc]))),
                Err(c) => Err(c),
            }
        }
        (STATE_ENDING, Resume::Value(v)) => {
            if let Some(n) = v.as_int() {
                vm.set_mreg(1, Value::small(n));
            }
            end(vm)
        }
        (STATE_ENDING, _) => end(vm),
        (STATE_JOINING, _) => Ok(Step::Return(vm.mreg(1))),
        _ => next_entry(vm),
    }
}

/// Asks for entries until one can be run.
fn next_entry(vm: &mut Vm) -> Res<Step> {
    vm.set_mstate(STATE_RUNNING);
    loop {
        match read_entry(vm) {
            Entry::End => return end(vm),
            Entry::Interrupted => {
                let _ = vm.host.take_signal();
                let _ = vm.host.write_stderr(b"KeyboardInterrupt\n");
            }
            Entry::Text(text) if text.trim().is_empty() => {}
            Entry::Text(text) => match compile(vm, &text) {
                Ok(f) => return Ok(Step::CallCatching(CallReq::new(f, &[]))),
                Err(exc) => {
                    vm.set_mstate(STATE_REPORTING);
                    let f = vm.prelude_function("main_exception")?;
                    return Ok(Step::CallCatching(CallReq::new(f, &[exc])));
                }
            },
        }
    }
}

/// The threads that are no daemons are waited for, as at the end of a program.
fn end(vm: &mut Vm) -> Res<Step> {
    vm.set_mstate(STATE_JOINING);
    match vm.prelude_function("main_shutdown") {
        Ok(f) => Ok(Step::CallCatching(CallReq::new(f, &[]))),
        Err(Ctl::Raise(_)) => Ok(Step::Return(vm.mreg(1))),
        Err(c) => Err(c),
    }
}

enum Entry {
    Text(String),
    Interrupted,
    End,
}

/// Reads lines until they make a whole entry.
fn read_entry(vm: &mut Vm) -> Entry {
    let names = completions(vm);
    vm.host.set_completions(names);
    let mut text = String::new();
    loop {
        let prompt = if text.is_empty() { ">>> " } else { "... " };
        match vm.host.read_entry_line(prompt) {
            Ok(Some(line)) => text.push_str(&line),
            Ok(None) if text.is_empty() => return Entry::End,
            Ok(None) => return Entry::Text(text),
            Err(_) => return Entry::Interrupted,
        }
        if !crate::syntax::needs_more(&text) {
            return Entry::Text(text);
        }
    }
}

/// The names that can be completed: those of the session and the builtins, and the keywords.
fn completions(vm: &mut Vm) -> Vec<String> {
    let mut names: Vec<String> = main_namespace(vm)
        .into_iter()
        .chain([vm.builtins])
        .flat_map(|d| d.to_vec())
        .filter_map(|e| e.key.cast::<Str>().map(|s| s.as_str().to_owned()))
        .collect();
    names.extend(KEYWORDS.iter().map(|k| (*k).to_owned()));
    names.sort_unstable();
    names.dedup();
    names
}

const KEYWORDS: &[&str] = &[
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else", "except",
    "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "match", "nonlocal", "not", "or", "pass",
    "raise", "return", "try", "while", "with", "yield",
];

fn main_namespace(vm: &mut Vm) -> Option<Gc<Dict>> {
    let main = vm.names.main;
    vm.modules.get_str(main).and_then(|m| m.cast::<Module>()).map(|m| m.dict)
}

/// An entry as a function; the error is a `SyntaxError` object.
fn compile(vm: &mut Vm, text: &str) -> Result<Value, Value> {
    let source = Source::new("<stdin>", text);
    let compiled =
        crate::syntax::parse_interactive(text).and_then(|m| crate::compile::compile_interactive(&m, source.clone()));
    match compiled {
        Ok(code) => {
            let loaded = vm.load_code(code);
            match main_namespace(vm) {
                Some(d) => Ok(vm.new_plain_function(loaded, d)),
                None => Err(Value::NONE),
            }
        }
        Err(e) => Err(vm.syntax_error_value(&e, &source)),
    }
}
