//! Regular expressions as Python's `re` has them: a parser, a compiler, a backtracking matcher. Pure; see `text`.
//!
//! Why our own: no engine has Python's syntax, its words for errors, and can be stopped in the middle. The matcher uses no native
//! recursion and is given fuel, so that a pattern that takes exponential time can still be interrupted.
//! Source: the library reference, `re` ("Regular Expression Syntax").
//!
//! Invariant: characters are `u32` everywhere, code points for `str` and bytes for `bytes`; positions in texts are byte offsets.

mod compile;
mod exec;
mod fold;
mod parse;
mod program;
mod source;
mod template;

pub use exec::{Fuel, Matcher, Mode, Outcome, Span};
pub use program::Program;
pub use template::{Part, parse_template};

/// Flags of patterns, with `re`'s values.
pub mod flag {
    pub const IGNORECASE: u32 = 2;
    pub const LOCALE: u32 = 4;
    pub const MULTILINE: u32 = 8;
    pub const DOTALL: u32 = 16;
    pub const UNICODE: u32 = 32;
    pub const VERBOSE: u32 = 64;
    pub const DEBUG: u32 = 128;
    pub const ASCII: u32 = 256;
    /// Those of which one at most holds.
    pub const TYPE: u32 = ASCII | LOCALE | UNICODE;
}

/// What is wrong with a pattern or a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RegexError {
    /// `re.PatternError`: what, and where (`None`: nowhere in particular).
    Pattern(String, Option<usize>),
    /// `ValueError`.
    Value(String),
    /// `OverflowError`.
    Overflow(String),
    /// `IndexError`.
    Index(String),
    /// `RecursionError`: nested too deeply.
    Depth,
}

/// A pattern, compiled: what it was made of is the caller's to keep.
pub struct Compiled {
    pub program: Program,
    /// The flags that hold, those inside of the pattern too.
    pub flags: u32,
    /// Number of groups.
    pub groups: usize,
    /// Groups with names, in the order of their numbers.
    pub names: Vec<(String, usize)>,
    /// Texts of `FutureWarning`s.
    pub warnings: Vec<String>,
}

/// Compiles a pattern of code points (`is_text`) or bytes.
pub fn compile(
    pattern: &[u32],
    is_text: bool,
    flags: u32,
    named_char: fn(&str) -> Option<char>,
) -> Result<Compiled, RegexError> {
    let parsed = parse::parse(pattern, is_text, flags, named_char)?;
    let program = compile::compile(&parsed, is_text)?;
    Ok(Compiled {
        program,
        flags: parsed.flags,
        groups: parsed.groups - 1,
        names: parsed.names,
        warnings: parsed.warnings,
    })
}
