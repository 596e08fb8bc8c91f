//! The floors of the house (see `src/lib.rs`): a module imports only from its own floor or lower ones.

mod source;

use source::{files, without_comments};

/// Floor of each top-level module.
const FLOORS: &[(&str, u8)] = &[
    ("base", 0),
    ("text", 0),
    ("syntax", 1),
    ("bytecode", 1),
    ("compile", 2),
    ("heap", 3),
    ("value", 3),
    ("object", 4),
    ("vm", 5),
    ("sched", 6),
    ("types", 7),
    ("builtins", 7),
    ("sync", 7),
    ("modules", 7),
    ("runtime", 8),
    ("cli", 9),
    ("repl", 9),
];

/// Neighbours on one floor that may know each other: user and used.
const NEIGHBOURS: &[(&str, &str)] = &[
    // A value is a pointer into the heap, or none; the heap marks values.
    ("heap", "value"),
    ("value", "heap"),
    // `thr` without a file, and `-i`, begin a session.
    ("cli", "repl"),
];

fn floor(module: &str) -> Option<u8> {
    FLOORS.iter().find(|(name, _)| *name == module).map(|(_, floor)| *floor)
}

fn may_use(user: &str, used: &str) -> bool {
    match (floor(user), floor(used)) {
        (Some(a), Some(b)) => user == used || b < a || NEIGHBOURS.contains(&(user, used)),
        _ => false,
    }
}

/// The top-level modules that a text names after `crate::`, alone or in braces.
fn named(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, start) in text.match_indices("crate::") {
        let rest = &text[at + start.len()..];
        let before = text[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        match rest.strip_prefix('{') {
            Some(list) => {
                let mut depth = 0;
                let list: String = list
                    .chars()
                    .take_while(|&c| {
                        depth += i32::from(c == '{') - i32::from(c == '}');
                        depth >= 0
                    })
                    .collect();
                let mut depth = 0;
                let parts = list.split(|c| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    c == ',' && depth == 0
                });
                found.extend(parts.map(first_word).filter(|w| !w.is_empty()));
            }
            None => found.push(first_word(rest)),
        }
    }
    found
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn imports_go_down() {
    let mut wrong = Vec::new();
    for file in files() {
        let module = file.module();
        if module == "lib" || module == "main" {
            continue;
        }
        if floor(&module).is_none() {
            wrong.push(format!("{}: the module `{module}` is on no floor", file.path));
        }
        for used in named(&without_comments(&file.text)) {
            // Macros and items at the crate's root have no floor of their own.
            if floor(&used).is_some() && !may_use(&module, &used) {
                wrong.push(format!("{}: `{module}` uses `{used}`", file.path));
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "imports that go up:\n{}", wrong.join("\n"));
}

#[test]
fn the_table_is_the_house() {
    let built: std::collections::BTreeSet<String> =
        files().iter().map(|f| f.module()).filter(|m| m != "lib" && m != "main" && m != "prelude").collect();
    let listed: std::collections::BTreeSet<String> = FLOORS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(built, listed);
}

#[test]
fn names_are_found() {
    let text = "use crate::vm::Vm; use crate::{types, sync::{a, b}, modules}; let x = crate::text::f(); $crate::y";
    assert_eq!(named(text), ["vm", "types", "sync", "modules", "text"]);
    assert!(may_use("vm", "heap") && !may_use("heap", "vm") && !may_use("types", "modules"));
}
