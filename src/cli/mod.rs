//! The command line. Floor 9.

use crate::base::config::{ClockMode, VmConfig};
use crate::runtime;
use std::process::ExitCode;

/// Entry point of the program.
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let path = args.last().cloned().unwrap_or_default();
    let config = VmConfig {
        clock: ClockMode::Virtual,
        gc_stress: std::env::var_os("THR_GC_STRESS").is_some(),
        argv: vec![path.clone()],
        ..VmConfig::default()
    };
    let mut vm = runtime::new_vm(config, Box::new(runtime::host::StdHost::new()));
    let text = match std::fs::read_to_string(&path) {
        Ok(t) => t,
        Err(e) => {
            eprintln!("{e}");
            return ExitCode::from(2);
        }
    };
    let code = match vm.compile_source(&path, &text, false) {
        Ok(c) => c,
        Err((e, s)) => {
            eprintln!("{}:{}: {}", s.name, s.lines.line(e.span.start), e.message);
            return ExitCode::from(1);
        }
    };
    let module = vm.new_module("__main__");
    let loaded = vm.load_code(code);
    let function = vm.new_plain_function(loaded, module.dict);
    let mut policy = crate::sched::policy::round_robin::RoundRobin::new(0);
    match runtime::main_thread::run_main(&mut vm, &mut policy, function) {
        Some(status) => ExitCode::from(status as u8),
        None => {
            eprintln!("deadlock");
            ExitCode::from(3)
        }
    }
}
