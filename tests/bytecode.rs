//! Golden bytecode: each `tests/bytecode/*.thr` is compiled, verified, disassembled, and compared with the `.dis` file
//! beside it. `BLESS=1 cargo test --test bytecode` writes the `.dis` files anew: look at the diff before you commit it.

use std::fs;
use std::path::Path;
use thr::bytecode::program::Source;
use thr::bytecode::{dis::disassemble, verify::verify};
use thr::compile::compile_module;
use thr::syntax::parse_module;

fn listing(path: &Path) -> String {
    let text = fs::read_to_string(path).expect("readable");
    let module = parse_module(&text).unwrap_or_else(|e| panic!("{}: {}", path.display(), e.message));
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("?");
    let code = compile_module(&module, Source::new(name, text.as_str()))
        .unwrap_or_else(|e| panic!("{}: {}", path.display(), e.message));
    verify(&code).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    disassemble(&code)
}

#[test]
fn golden_bytecode() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bytecode");
    let bless = std::env::var_os("BLESS").is_some();
    let mut paths: Vec<_> = fs::read_dir(&dir).expect("a directory").filter_map(|e| Some(e.ok()?.path())).collect();
    paths.sort();
    let mut wrong = Vec::new();
    for path in paths.iter().filter(|p| p.extension().is_some_and(|e| e == "thr")) {
        let found = listing(path);
        let golden = path.with_extension("dis");
        if bless {
            fs::write(&golden, found).expect("writable");
        } else if fs::read_to_string(&golden).unwrap_or_default() != found {
            wrong.push(format!("{}:\n{found}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "bytecode changed (BLESS=1 accepts it):\n{}", wrong.join("\n"));
}
