//! Syntax errors as data: CPython's class, CPython's wording, a span. Floor 1.

use crate::base::span::Span;

/// Which of CPython's exception classes a syntax error belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    SyntaxError,
    IndentationError,
    TabError,
}

/// A syntax error at a place. `message` is CPython 3.13's text where CPython has one.
#[derive(Clone, Debug, PartialEq)]
pub struct SyntaxError {
    pub kind: SyntaxErrorKind,
    pub message: String,
    /// What CPython underlines with carets.
    pub span: Span,
    /// What to do about it, where we know more than CPython says; shown only in the long form of the diagnostic.
    pub help: Option<String>,
    /// The text ended where more was expected: an interactive reader should ask for another line.
    pub incomplete: bool,
    pub stage: Stage,
    pub end: End,
}

/// Who found the error. It decides what CPython tells of the line: the scanner points at one place and knows the line
/// without its end, the compiler no longer has the text and looks for it in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Scanner,
    Parser,
    Compiler,
}

/// What `end_offset` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The end of the span.
    Span,
    /// The same as `offset`.
    Start,
    /// A number that means nothing, as CPython has where only the beginning is known.
    Is(i8),
    /// `None`.
    Unknown,
    /// Both offsets are 0: the end of the text has no column.
    Nowhere,
}

impl SyntaxError {
    /// An error found by `stage`.
    pub fn new(stage: Stage, kind: SyntaxErrorKind, message: impl Into<String>, span: Span) -> SyntaxError {
        let end = match kind {
            SyntaxErrorKind::TabError => End::Is(0),
            _ => End::Span,
        };
        SyntaxError { kind, message: message.into(), span, help: None, incomplete: false, stage, end }
    }

    /// The same with another `end_offset`.
    pub fn ending(self, end: End) -> SyntaxError {
        SyntaxError { end, ..self }
    }
}

/// Something legal but doubtful, which CPython reports as a `SyntaxWarning`.
#[derive(Clone, Debug, PartialEq)]
pub struct SyntaxWarning {
    pub message: String,
    pub span: Span,
}
