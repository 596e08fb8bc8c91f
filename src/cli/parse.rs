//! `thr parse`: syntax only.

use super::options::{print_syntax_error, read_program};
use crate::bytecode::program::Source;
use clap::Args;
use std::process::ExitCode;

#[derive(Args)]
pub struct ParseArgs {
    /// Print the syntax tree
    #[arg(long)]
    ast: bool,
    /// With byte positions
    #[arg(long, requires = "ast")]
    spans: bool,
    /// The file (`-`: standard input)
    file: String,
}

/// Parses and compiles the file; says nothing if all is well.
pub fn run(a: ParseArgs) -> ExitCode {
    let bytes = match read_program(&a.file) {
        Ok(b) => b,
        Err((message, status)) => {
            super::complain(&format!("thr: {message}\n"));
            return ExitCode::from(status);
        }
    };
    let name = if a.file == "-" { "<stdin>" } else { &a.file };
    let fail = |e, text: &str| {
        print_syntax_error(&e, &Source::new(name, text));
        ExitCode::from(1)
    };
    let text = match crate::syntax::decode_file(&bytes, name) {
        Ok(t) => t,
        Err(e) => return fail(e, &String::from_utf8_lossy(&bytes)),
    };
    let module = match crate::syntax::parse_module(&text) {
        Ok(m) => m,
        Err(e) => return fail(e, &text),
    };
    // Rules about names are the compiler's.
    if let Err(e) = crate::compile::compile_module(&module, Source::new(name, text.as_str())) {
        return fail(e, &text);
    }
    if a.ast {
        return super::show(&format!("{}\n", crate::syntax::dump::dump(&module, &text, a.spans)));
    }
    ExitCode::SUCCESS
}
