//! `thr run`: runs a program to the end.

use super::options::{ScheduleOptions, print_syntax_error, read_program, style};
use super::profile::ProfileOptions;
use super::usage_error;
use crate::bytecode::program::Source;
use crate::repl;
use crate::runtime::{self, host::StdHost, main_thread};
use crate::sched::deadlock;
use crate::sync;
use crate::vm::Vm;
use clap::Args;
use std::mem::ManuallyDrop;
use std::process::ExitCode;

#[derive(Args)]
pub struct RunArgs {
    #[command(flatten)]
    schedule: ScheduleOptions,
    #[command(flatten)]
    profile: ProfileOptions,
    /// Run this text in place of a file
    #[arg(short = 'c', value_name = "CODE", allow_hyphen_values = true)]
    code: Option<String>,
    /// Go on interactively after the program
    #[arg(short = 'i')]
    interactive: bool,
    /// The program (`-`: standard input), and its arguments
    #[arg(value_name = "FILE [ARGS]…", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

/// Runs the program.
pub fn run(a: RunArgs) -> ExitCode {
    let mut config = match a.schedule.config() {
        Ok(c) => c,
        Err(message) => return usage_error(&message),
    };
    let (name, bytes) = match (&a.code, a.args.first()) {
        (Some(code), _) => {
            config.argv = std::iter::once("-c".to_owned()).chain(a.args.iter().cloned()).collect();
            config.script_dir = Some(String::new());
            ("<string>".to_owned(), code.clone().into_bytes())
        }
        (None, Some(path)) => {
            if path.len() > 1 && path.starts_with('-') && !std::path::Path::new(path).exists() {
                return usage_error(&format!("no option '{path}'; see `thr run --help`"));
            }
            config.argv = a.args.clone();
            let folder = std::path::Path::new(path).parent().map(|p| p.to_string_lossy().into_owned());
            config.script_dir = Some(if path == "-" { String::new() } else { folder.unwrap_or_default() });
            match read_program(path) {
                Ok(bytes) => (if path == "-" { "<stdin>".to_owned() } else { path.clone() }, bytes),
                Err((message, status)) => {
                    super::complain(&format!("thr: {message}\n"));
                    return ExitCode::from(status);
                }
            }
        }
        (None, None) if a.interactive => return super::repl::start(&a.schedule),
        (None, None) => return usage_error("what shall be run? Give a file, `-` or -c CODE; see `thr --help`"),
    };
    let text = match crate::syntax::decode_file(&bytes, &name) {
        Ok(t) => t,
        Err(e) => {
            let source = Source::new(name.as_str(), String::from_utf8_lossy(&bytes).as_ref());
            print_syntax_error(&e, &source);
            return ExitCode::from(1);
        }
    };
    // The process is about to end when the program has: the system takes the memory back faster than we could.
    let mut vm = ManuallyDrop::new(runtime::new_vm(config, Box::new(StdHost::new())));
    let code = match vm.compile_source(&name, &text, false) {
        Ok(c) => c,
        Err((e, source)) => {
            print_syntax_error(&e, &source);
            return ExitCode::from(1);
        }
    };
    let module = vm.new_module("__main__");
    if a.code.is_none() {
        let (file, path) = (vm.names.file, vm.new_str(&name));
        module.dict.set_str(file, path);
    }
    let builtins = vm.names.builtins;
    let builtins_dict = vm.builtins.value();
    module.dict.set_str(builtins, builtins_dict);
    let loaded = vm.load_code(code);
    let function = vm.new_plain_function(loaded, module.dict);
    let mut policy = a.schedule.policy(vm.config.seed);
    if a.interactive {
        return repl::session(&mut vm, &mut *policy, Some(function));
    }
    a.profile.start(&mut vm);
    let status = main_thread::run_main(&mut vm, &mut *policy, function);
    let code = finish(&mut vm, status);
    if let Err(message) = a.profile.finish(&mut vm) {
        return usage_error(&message);
    }
    code
}

/// The process's end: a report where nothing could run any more.
pub fn finish(vm: &mut Vm, status: Option<i32>) -> ExitCode {
    let status = match status {
        Some(s) => s,
        None => {
            let report = deadlock::report(vm, sync::describe);
            super::complain(&report.render(style()));
            main_thread::STATUS_DEADLOCK
        }
    };
    ExitCode::from((status & 0xFF) as u8)
}
