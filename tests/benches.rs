//! What the benchmarks in `benches/` do, once each and without counting: a benchmark that no longer runs is noticed here.

#[path = "../benches/cases/mod.rs"]
mod cases;

#[test]
fn the_front_end() {
    cases::compile(cases::parsed(cases::FRONT_END));
}

#[test]
fn every_program() {
    for name in cases::PROGRAMS {
        cases::from_text(name);
    }
}

#[test]
fn every_program_is_counted() {
    let counted = include_str!("../benches/instructions.rs");
    for name in cases::PROGRAMS {
        assert!(counted.contains(&format!("(\"{name}\")")), "benches/instructions.rs leaves out {name}");
    }
    let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/programs")).expect("the folder");
    // All but the text for the front end.
    assert_eq!(files.count(), cases::PROGRAMS.len() + 1, "benches/cases leaves out a program");
}
