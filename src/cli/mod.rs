//! The command line. Floor 9. One file per subcommand.
mod dis;
mod options;
mod parse;
mod profile;
mod repl;
mod run;

use clap::{Parser, Subcommand};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;

/// Status for wrong usage and files that can't be read.
const STATUS_USAGE: u8 = 2;

#[derive(Parser)]
#[command(
    name = "thr",
    version,
    override_usage = "thr [OPTIONS] FILE [ARGS]…\n       thr [OPTIONS] -c CODE [ARGS]…\n       thr <COMMAND> …",
    about = "Runs Python 3.13 programs on preemptive green threads, the same way every time",
    long_about = "Runs Python 3.13 programs on preemptive green threads: with a real GIL and switch interval, a \
                  clock and a schedule that depend on nothing but the seed, and a report instead of a hang when every \
                  thread waits.",
    after_help = "`thr FILE [ARGS…]` is short for `thr run FILE [ARGS…]`; `thr -c CODE`, `thr -` and the options of \
                  `run` work without `run` too. `thr` alone starts the REPL, or runs what comes through a pipe.\n\n\
                  Examples:\n  thr bank.thr\n  thr --seed 7 --clock virtual bank.thr --verbose\n  thr -c 'print(1)'\n  \
                  thr dis bank.thr\n\n\
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
        // As CPython: a program that comes through a pipe is run, not talked with.
        None if !std::io::stdin().is_terminal() => args.extend(["run".into(), "-".into()]),
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
    complain(&format!("thr: {message}\n"));
    ExitCode::from(STATUS_USAGE)
}

/// Writes to standard error; there is nobody left to tell when that fails.
fn complain(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes to standard output. A reader that has seen enough (`| head`) is no error, all else is.
fn show(text: &str) -> ExitCode {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            complain(&format!("thr: can't write: {e}\n"));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
