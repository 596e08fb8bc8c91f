//! The command line of `thr`.

use std::process::ExitCode;

/// The parser admits expressions nested thousands deep, and the compiler recurses over them.
const STACK: usize = 64 << 20;

fn main() -> ExitCode {
    let work = std::thread::Builder::new().stack_size(STACK).spawn(thr::cli::main);
    match work.map(|w| w.join()) {
        Ok(Ok(code)) => code,
        _ => ExitCode::FAILURE,
    }
}
