//! Generates the parser from `grammar/thr.lalrpop`, and the index of the functions in `src/prelude`, into `OUT_DIR`.
use std::fmt::Write;
use std::path::Path;

const PRELUDE: &str = "src/prelude";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=grammar/thr.lalrpop");
    println!("cargo:rerun-if-changed={PRELUDE}");
    let Some(out) = std::env::var_os("OUT_DIR") else { fail("OUT_DIR is not set") };
    let mut config = lalrpop::Configuration::new();
    config.set_in_dir("grammar").emit_rerun_directives(true).set_out_dir(&out);
    if let Err(error) = config.process() {
        fail(&format!("grammar/thr.lalrpop: {error}"));
    }
    match prelude_index().map(|text| std::fs::write(Path::new(&out).join("prelude.rs"), text)) {
        Ok(Ok(())) => {}
        Ok(Err(error)) | Err(error) => fail(&format!("{PRELUDE}: {error}")),
    }
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    std::process::exit(1);
}

/// The files of the prelude, and where each of their functions stands: what `src/vm/prelude.rs` includes.
fn prelude_index() -> std::io::Result<String> {
    let mut paths: Vec<_> = std::fs::read_dir(PRELUDE)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    let (mut files, mut functions) = (String::new(), Vec::new());
    for (number, path) in paths.iter().enumerate() {
        let text = std::fs::read_to_string(path)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let _ =
            writeln!(files, "    ({:?}, include_str!({:?})),", format!("<thr prelude>/{name}"), path.canonicalize()?);
        let mut at = 0;
        let mut starts = Vec::new();
        for line in text.split_inclusive('\n') {
            let def = line.strip_prefix("async ").unwrap_or(line);
            if let Some((function, _)) = def.strip_prefix("def ").and_then(|rest| rest.split_once('(')) {
                starts.push((function.to_owned(), at));
            } else if !line.starts_with([' ', '#', '\n']) {
                fail(&format!("{PRELUDE}/{name}: only functions stand at the top level, not: {line}"));
            }
            at += line.len();
        }
        let ends = starts.iter().skip(1).map(|s| s.1).chain([text.len()]).collect::<Vec<_>>();
        functions.extend(starts.into_iter().zip(ends).map(|((function, start), end)| (function, number, start, end)));
    }
    functions.sort();
    if let Some(twice) = functions.windows(2).find(|w| w[0].0 == w[1].0) {
        fail(&format!("{PRELUDE}: two functions are called {}", twice[0].0));
    }
    let mut out = format!("static FILES: &[(&str, &str)] = &[\n{files}];\n");
    let _ = writeln!(out, "static FUNCTIONS: &[(&str, usize, usize, usize)] = &{functions:?};");
    Ok(out)
}
