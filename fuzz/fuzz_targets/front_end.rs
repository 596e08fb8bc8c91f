//! Any bytes through decoding, lexer, parser, compiler, verifier and disassembler; expressions also back into text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use thr::bytecode::{dis, program::Source};
use thr::syntax::error::SyntaxError;
use thr::{compile, syntax};
use thr_fuzz::bounded::on_a_stack;

fuzz_target!(|bytes: &[u8]| {
    on_a_stack(|| {
        if let Ok(text) = syntax::decode_file(bytes, "fuzz") {
            file(&text);
            interactive(&text);
            expression(&text);
        }
    });
});

fn file(text: &str) {
    let source = Source::new("fuzz", text);
    match syntax::parse_module(text).and_then(|module| compile::compile_module(&module, source.clone())) {
        Ok(code) => drop(dis::disassemble(&code)),
        Err(error) => refused(&error, &source),
    }
}

fn interactive(text: &str) {
    let _ = syntax::needs_more(text);
    let source = Source::new("fuzz", text);
    match syntax::parse_interactive(text).and_then(|module| compile::compile_interactive(&module, source.clone())) {
        Ok(_) => {}
        Err(error) => refused(&error, &source),
    }
}

/// What an expression is written as is the same expression.
fn expression(text: &str) {
    let source = Source::new("fuzz", text);
    let Ok(tree) = syntax::parse_expression(text) else { return };
    if let Err(error) = compile::compile_eval(&tree, source.clone()) {
        refused(&error, &source);
        return;
    }
    let written = syntax::unparse::unparse(&tree);
    match syntax::parse_expression(&written) {
        Ok(again) => assert_eq!(syntax::unparse::unparse(&again), written),
        // Parentheses are added, and there may be too many of them.
        Err(error) => assert!(error.message.contains("too many"), "{}\nin {written}", error.message),
    }
}

/// A refusal points at text of the program, and is about that, not about the compiler's own work.
fn refused(error: &SyntaxError, source: &Source) {
    assert!(!error.message.starts_with("internal error"), "{}", error.message);
    let (start, end) = (error.span.start as usize, error.span.end as usize);
    assert!(source.text.get(start..end).is_some(), "{}: {start}..{end}", error.message);
}
