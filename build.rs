//! Generates the parser from `grammar/thr.lalrpop` into `OUT_DIR`.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=grammar/thr.lalrpop");
    let mut config = lalrpop::Configuration::new();
    config.set_in_dir("grammar").emit_rerun_directives(true);
    if let Some(out) = std::env::var_os("OUT_DIR") {
        config.set_out_dir(out);
    }
    if let Err(error) = config.process() {
        eprintln!("grammar/thr.lalrpop: {error}");
        std::process::exit(1);
    }
}
