//! Where `unsafe` may stand, and that each says why it is right; see `docs/unsafe.md`. No state outside of a VM.

mod source;

use source::{files, without_comments};

/// Files with `unsafe` in them.
const MAY: &[&str] = &[
    "src/heap/alloc.rs",
    "src/heap/block.rs",
    "src/heap/cell.rs",
    "src/heap/collect.rs",
    "src/heap/gc.rs",
    "src/object/class.rs",
    "src/object/dict.rs",
    "src/object/func.rs",
    "src/object/layouts.rs",
    "src/object/misc.rs",
    "src/object/num.rs",
    "src/object/seq.rs",
    "src/object/set.rs",
    "src/object/str_.rs",
    "src/object/view.rs",
    "src/value/repr.rs",
    "src/vm/regs.rs",
];

/// State that all VMs of a process would share.
const GLOBAL_STATE: &[&str] = &["static mut ", "thread_local!", "OnceLock", "LazyLock", "OnceCell<", "lazy_static"];

/// How far above its `unsafe` a comment may begin.
const NEAR: usize = 6;

/// Numbers of the lines with the keyword, from 0.
fn unsafe_lines(text: &str) -> Vec<usize> {
    let words = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|w| w == "unsafe");
    without_comments(text).lines().enumerate().filter(|(_, l)| words(l)).map(|(i, _)| i).collect()
}

#[test]
fn unsafe_stays_where_it_is() {
    let found: Vec<String> =
        files().into_iter().filter(|f| !unsafe_lines(&f.text).is_empty()).map(|f| f.path).collect();
    assert_eq!(found, MAY, "found, and allowed");
}

#[test]
fn each_unsafe_says_why() {
    let mut bare = Vec::new();
    for file in files() {
        let lines: Vec<&str> = file.text.lines().collect();
        for i in unsafe_lines(&file.text) {
            let near = &lines[i.saturating_sub(NEAR)..=i];
            if !near.iter().any(|l| l.contains("SAFETY:") || l.contains("# Safety")) {
                bare.push(format!("{}:{}", file.path, i + 1));
            }
        }
    }
    assert!(bare.is_empty(), "without a SAFETY comment:\n{}", bare.join("\n"));
}

#[test]
fn no_state_outside_of_a_vm() {
    let mut found = Vec::new();
    for file in files() {
        let text = without_comments(&file.text);
        found.extend(GLOBAL_STATE.iter().filter(|s| text.contains(**s)).map(|s| format!("{}: {s}", file.path)));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_keyword_is_found() {
    assert_eq!(unsafe_lines("// unsafe\n#![allow(unsafe_code)]\nlet x = unsafe { y };\n"), [2]);
}
