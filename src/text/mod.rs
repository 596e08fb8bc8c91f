//! Pure algorithms of Python's numbers and text, on plain Rust types. Just above floor 0: imports nothing of the crate but `base`.
//!
//! Invariant: nothing here knows of values, heaps or threads, and no input makes a function panic; a failure comes back
//! as a [`TextError`] that names the exception and carries CPython's wording.

use std::borrow::Cow;
use std::fmt;

pub mod codec;
pub mod escape;
pub mod float;
pub mod format;
pub mod half;
pub mod hash;
pub mod int;
pub mod percent;
pub mod random;
pub mod regex;
pub mod search;
pub mod strformat;
pub mod strftime;
pub mod surrogate;
pub mod unicode;
mod unicode_tables;

/// Which Python exception a [`TextError`] stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// `ValueError`.
    Value,
    /// `TypeError`.
    Type,
    /// `OverflowError`.
    Overflow,
    /// `ZeroDivisionError`.
    ZeroDivision,
    /// `IndexError`.
    Index,
    /// `MemoryError`.
    Memory,
}

/// A failure: the exception's type and its text as CPython 3.13 words it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TextError {
    /// The exception to raise.
    pub kind: ErrorKind,
    /// Its only argument.
    pub message: Cow<'static, str>,
}

impl TextError {
    /// An error of `kind` with `message`.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        TextError { kind, message: message.into() }
    }

    /// A `ValueError`.
    pub fn value(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Value, message)
    }

    /// A `TypeError`.
    pub fn type_(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Type, message)
    }

    /// An `OverflowError`.
    pub fn overflow(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Overflow, message)
    }

    /// A `ZeroDivisionError`.
    pub fn zero_division(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::ZeroDivision, message)
    }
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TextError {}

/// What the functions of this module return.
pub type TextResult<T> = Result<T, TextError>;
