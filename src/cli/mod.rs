//! The command line. Floor 9. One file per subcommand.
mod dis;
mod options;
mod parse;
mod repl;
mod run;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Status for wrong usage and files that can't be read.
const STATUS_USAGE: u8 = 2;

#[derive(Parser)]
#[command(
    name = "thr",
    version,
    about = "Runs Python 3.13 programs on preemptive green threads, the same way every time",
    long_about = "Runs Python 3.13 programs on preemptive green threads: with a real GIL and switch interval, a \
                  clock and a schedule that depend on nothing but the seed, and a report instead of a hang when every \
                  thread waits.",
    after_help = "`thr FILE [ARGS…]` is short for `thr run FILE [ARGS…]`; `thr -c CODE`, `thr -` and the options of \
                  `run` work without `run` too. `thr` alone starts the REPL.\n\n\
                  Exit status: 0 fine, 1 uncaught exception or syntax error, 2 wrong usage, 3 deadlock, 130 \
                  interrupted; sys.exit(n) as given.",
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a program
    Run(run::RunArgs),
    /// Check a file's syntax, or print its syntax tree
    Parse(parse::ParseArgs),
    /// Show a file's bytecode with source lines; preemption points are marked
    Dis(dis::DisArgs),
    /// Start the interactive interpreter
    Repl(repl::ReplArgs),
}

/// Names of the subcommands, and options of the whole program: anything else begins the arguments of `run`.
const WORDS: &[&str] = &["run", "parse", "dis", "repl", "-h", "--help", "-V", "--version"];

/// Entry point of the program.
pub fn main() -> ExitCode {
    let mut args: Vec<std::ffi::OsString> = std::env::args_os().collect();
    let first = args.get(1).map(|a| a.to_string_lossy().into_owned());
    match first.as_deref() {
        None => args.push("repl".into()),
        Some("-i") if args.len() == 2 => args[1] = "repl".into(),
        Some(word) if !WORDS.contains(&word) => args.insert(1, "run".into()),
        _ => {}
    }
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { STATUS_USAGE } else { 0 });
        }
    };
    match cli.command {
        Command::Run(a) => run::run(a),
        Command::Parse(a) => parse::run(a),
        Command::Dis(a) => dis::run(a),
        Command::Repl(a) => repl::run(a),
    }
}

/// Says what went wrong, and ends with the status for wrong usage.
fn usage_error(message: &str) -> ExitCode {
    eprintln!("thr: {message}");
    ExitCode::from(STATUS_USAGE)
}
