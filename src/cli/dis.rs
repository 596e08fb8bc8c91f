//! `thr dis`: bytecode with source lines.

use super::options::{print_syntax_error, read_program};
use crate::bytecode::dis::disassemble;
use crate::bytecode::program::Source;
use clap::Args;
use std::process::ExitCode;

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
            eprintln!("thr: {message}");
            return ExitCode::from(status);
        }
    };
    let name = if a.file == "-" { "<stdin>" } else { &a.file };
    let text = match crate::syntax::decode_source(&bytes) {
        Ok(t) => t,
        Err(e) => {
            print_syntax_error(&e, &Source::new(name, String::from_utf8_lossy(&bytes).as_ref()));
            return ExitCode::from(1);
        }
    };
    let source = Source::new(name, text.as_str());
    let compiled = crate::syntax::parse_module(&text).and_then(|m| crate::compile::compile_module(&m, source.clone()));
    match compiled {
        Ok(code) => {
            use std::io::Write;
            // A reader that has seen enough (`| head`) is no error.
            let _ = std::io::stdout().write_all(disassemble(&code).as_bytes());
            ExitCode::SUCCESS
        }
        Err(e) => {
            print_syntax_error(&e, &source);
            ExitCode::from(1)
        }
    }
}
