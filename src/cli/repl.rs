//! `thr repl`: the interactive interpreter.

use super::options::ScheduleOptions;
use super::usage_error;
use crate::repl;
use crate::runtime::{self, host::StdHost};
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
pub struct ReplArgs {
    #[command(flatten)]
    schedule: ScheduleOptions,
}

/// Starts the REPL.
pub fn run(a: ReplArgs) -> ExitCode {
    start(&a.schedule)
}

/// Starts the REPL with these options.
pub fn start(schedule: &ScheduleOptions) -> ExitCode {
    let mut config = match schedule.config() {
        Ok(c) => c,
        Err(message) => return usage_error(&message),
    };
    config.interactive = true;
    config.script_dir = Some(String::new());
    let mut vm = runtime::new_vm(config, Box::new(repl::editor::ReplHost::new(StdHost::new())));
    vm.new_module("__main__");
    let mut policy = schedule.policy(vm.config.seed);
    repl::session(&mut vm, &mut *policy, None)
}
