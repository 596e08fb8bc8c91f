//! The command line of `thr`.

fn main() -> std::process::ExitCode {
    thr::cli::main()
}
