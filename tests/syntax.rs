//! File-based tests of the parser. `err/*.thr` must fail with exactly the text that CPython 3.13 prints for it (`*.err`);
//! `ok/*.thr` must give the tree that CPython's `ast.dump(…, indent=2)` shows (`*.ast`).

use std::fs;
use std::path::{Path, PathBuf};
use thr::base::span::LineIndex;
use thr::syntax::error::SyntaxError;

/// The error as CPython's traceback prints it, without colours.
fn plain(name: &str, src: &str, e: &SyntaxError) -> String {
    let lines = LineIndex::new(src);
    let column = |at: u32| {
        let at = at.min(src.len() as u32);
        let (line, col) = lines.line_col(at);
        (line, src[(at - col) as usize..at as usize].chars().count())
    };
    let ((line, start), (end_line, end)) = (column(e.span.start), column(e.span.end));
    let whole = lines.line_text(src, line);
    let text = whole.trim_start_matches([' ', '\x0c']);
    let indent = whole.chars().count() - text.chars().count();
    let end = if end_line == line { end } else { whole.chars().count() };
    let width = if end > start { end - start } else { 1 };
    let mut out = format!("  File \"{name}\", line {line}\n    {text}\n");
    if start >= indent {
        let gap: String = text.chars().take(start - indent).map(|c| if c.is_whitespace() { c } else { ' ' }).collect();
        let missing = (start - indent).saturating_sub(gap.chars().count());
        out += &format!("    {gap}{:missing$}{}\n", "", "^".repeat(width));
    }
    out + &format!("{:?}: {}\n", e.kind, e.message)
}

fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/syntax").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|f| f.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "thr"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

/// Compares each case with what is expected beside it and reports all that differ.
fn check(folder: &str, expected: &str, run: impl Fn(&str, &str) -> String) {
    let mut wrong = Vec::new();
    for file in cases(folder) {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let got = match thr::syntax::decode_source(&fs::read(&file).unwrap()) {
            Ok(src) => run(&name, &src),
            Err(e) => format!("{:?}: {}\n", e.kind, e.message),
        };
        let want = fs::read_to_string(file.with_extension(expected)).unwrap();
        if got != want {
            wrong.push(format!("{name}\n--- expected\n{want}--- got\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn errors_as_cpython_words_them() {
    check("err", "err", |name, src| match thr::syntax::parse_module(src) {
        Ok(_) => "parsed\n".to_owned(),
        Err(e) => plain(name, src, &e),
    });
}

#[test]
fn trees_as_cpython_shows_them() {
    check("ok", "ast", |name, src| match thr::syntax::parse_module(src) {
        Ok(module) => thr::syntax::dump::dump(&module, src, false) + "\n",
        Err(e) => plain(name, src, &e),
    });
}

#[test]
fn warnings() {
    let messages = |src: &str| -> Vec<String> {
        thr::syntax::parse_module_warn(src).unwrap().1.into_iter().map(|w| w.message).collect()
    };
    assert_eq!(messages("x is 1\n"), ["\"is\" with 'int' literal. Did you mean \"==\"?"]);
    assert_eq!(messages("'a' is not x\n"), ["\"is not\" with 'str' literal. Did you mean \"!=\"?"]);
    assert_eq!(messages("1(2)\n"), ["'int' object is not callable; perhaps you missed a comma?"]);
    assert_eq!(
        messages("[1][2, 3]\n"),
        ["list indices must be integers or slices, not tuple; perhaps you missed a comma?"]
    );
    assert_eq!(messages("assert (x, 'y')\n"), ["assertion is always true, perhaps remove parentheses?"]);
    assert_eq!(messages(r"'\d'"), [r"invalid escape sequence '\d'"]);
    assert_eq!(messages(r"b'\400'"), [r"invalid octal escape sequence '\400'"]);
    assert_eq!(messages("1if x else 2\n"), ["invalid decimal literal"]);
    assert!(messages("x is None\n").is_empty());
}

#[test]
fn interactive() {
    use thr::syntax::{needs_more, parse_interactive};
    for more in ["if x:", "def f():\n  pass", "f(", "'''a", "x = \\", "@d", "for x in y:\n", "x = [1,\n"] {
        assert!(needs_more(more), "{more:?}");
    }
    for done in ["x", "if x:\n  y\n\n", "f()\n", "x = 'a", ")", "if x: y\n\n", ""] {
        assert!(!needs_more(done), "{done:?}");
    }
    assert!(parse_interactive("f(").unwrap_err().incomplete);
    assert!(parse_interactive("if x:").unwrap_err().incomplete);
    assert!(!parse_interactive("f)").unwrap_err().incomplete);
}

/// Sources made to hurt: they must give a tree or an error, soon, without exhausting the stack.
#[test]
fn hostile() {
    let deep = |open: &str, middle: &str, close: &str, n: usize| open.repeat(n) + middle + &close.repeat(n);
    let sources = [
        deep("(", "", ")", 10_000),
        deep("[", "a b", "]", 190),
        deep("f(", "x for x in y, 1", ")", 150),
        deep("{1:", "2 3", "}", 190),
        deep("f'{", "1", "}'", 149),
        deep("(lambda:", "1", ")", 190),
        "-".repeat(1_000_000),
        vec!["1"; 100_000].join("+"),
        vec!["1"; 2_990].join("+"),
        format!("a{}", ".b".repeat(100_000)),
        format!("a{}", "()".repeat(2_900)),
        format!("{}x", "not ".repeat(100_000)),
        format!("{}1", "lambda: ".repeat(2_900)),
        format!("{}c", "a if b else ".repeat(2_900)),
        vec!["2"; 2_900].join("**"),
        format!("x = ({}a b)", "a, ".repeat(50_000)),
        format!("f({}b)", "a=1, ".repeat(20_000)),
        format!("if a: b\n{}", "elif a: b\n".repeat(20_000)),
        (0..1000).map(|i| format!("{}if x:\n", " ".repeat(i))).collect(),
        format!("'{}'", "a".repeat(1_000_000)),
    ];
    for src in &sources {
        let _ = thr::syntax::parse_module(src);
        let _ = thr::syntax::parse_expression(src);
        let _ = thr::syntax::needs_more(src);
    }
}
