use std::sync::Arc;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let dis = args[0] == "-d";
    let mut bad = 0;
    let mut n = 0;
    let mut instrs = 0usize;
    fn count(c: &thr::bytecode::program::Code) -> usize {
        c.instrs.len() + c.children.iter().map(|c| count(c)).sum::<usize>()
    }
    for f in args.iter().skip(dis as usize) {
        let Ok(bytes) = std::fs::read(f) else { continue };
        let Ok(text) = String::from_utf8(bytes) else { continue };
        n += 1;
        let m = match thr::syntax::parse_module(&text) {
            Ok(m) => m,
            Err(e) => {
                println!("PARSE {f}: {} {:?}", e.message, e.span);
                continue;
            }
        };
        let s = thr::bytecode::program::Source::new(f.as_str(), text.as_str());
        match thr::compile::compile_module(&m, s.clone()) {
            Err(e) => {
                if !e.message.starts_with("async") {
                    bad += 1;
                    println!("{f}:{}: {}", s.lines.line(e.span.start), e.message)
                }
            }
            Ok(c) => {
                instrs += count(&c);
                if let Err(e) = thr::bytecode::verify::verify(&c) {
                    bad += 1;
                    println!("VERIFY {f}: {e}")
                } else if dis {
                    print!("{}", thr::bytecode::dis::disassemble(&c))
                }
            }
        }
        let _ = Arc::strong_count(&s);
    }
    eprintln!("{n} files, {bad} bad, {instrs} instructions");
}
