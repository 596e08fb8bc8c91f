//! `thr dis`: bytecode with source lines.

use super::options::{print_syntax_error, read_program};
use crate::bytecode::dis::disassemble;
use crate::bytecode::program::Source;
use clap::Args;
use std::process::ExitCode;

/// What the columns mean.
const LEGEND: &str = "\
; line, » jump target, index, switch point, operation, operands
; switch points: another thread may run before `!` and `*`; with --preempt cpython before `*` only

";

#[derive(Args)]
pub struct DisArgs {
    /// The file (`-`: standard input)
    file: String,
}

/// Prints the bytecode of the file and of all functions in it.
pub fn run(a: DisArgs) -> ExitCode {
    let bytes = match read_program(&a.file) {
        Ok(b) => b,
        Err((message, status)) => {
            super::complain(&format!("thr: {message}\n"));
            return ExitCode::from(status);
        }
    };
    let name = if a.file == "-" { "<stdin>" } else { &a.file };
    let text = match crate::syntax::decode_file(&bytes, name) {
        Ok(t) => t,
        Err(e) => {
            print_syntax_error(&e, &Source::new(name, String::from_utf8_lossy(&bytes).as_ref()));
            return ExitCode::from(1);
        }
    };
    let source = Source::new(name, text.as_str());
    let compiled = crate::syntax::parse_module(&text).and_then(|m| crate::compile::compile_module(&m, source.clone()));
    match compiled {
        Ok(code) => super::show(&format!("{LEGEND}{}", disassemble(&code))),
        Err(e) => {
            print_syntax_error(&e, &source);
            ExitCode::from(1)
        }
    }
}
