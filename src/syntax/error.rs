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
}

/// Something legal but doubtful, which CPython reports as a `SyntaxWarning`.
#[derive(Clone, Debug, PartialEq)]
pub struct SyntaxWarning {
    pub message: String,
    pub span: Span,
}
