//! Generates the parser from `grammar/thr.lalrpop` into `OUT_DIR`.
fn main() {}
