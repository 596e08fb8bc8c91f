//! Reads number literals by hand, for the sake of CPython's errors. Floor 1.
//!
//! Invariant: a `Number` token is one that `literal::number` can read.

use super::error::{End, SyntaxErrorKind, SyntaxWarning};
use super::scan::Scanner;
use super::token::{Tok, Token};
use crate::base::span::Span;

/// CPython's default limit of decimal digits in an integer literal.
const MAX_INT_DIGITS: usize = 4300;

impl Scanner<'_> {
    pub(super) fn number(&mut self, start: usize) -> Token {
        match self.number_end(start) {
            Ok(end) => {
                self.skip_to(end);
                Token { tok: Tok::Number, span: Span::new(start as u32, end as u32) }
            }
            Err(token) => token,
        }
    }

    /// Reads a number and returns where it ends.
    fn number_end(&mut self, start: usize) -> Result<usize, Token> {
        let mut at = start;
        if self.byte(at) == b'0' {
            let radix = match self.byte(at + 1) {
                b'x' | b'X' => Some((16, "hexadecimal")),
                b'o' | b'O' => Some((8, "octal")),
                b'b' | b'B' => Some((2, "binary")),
                _ => None,
            };
            if let Some((radix, kind)) = radix {
                return self.radix_digits(at + 2, radix, kind);
            }
            loop {
                if self.byte(at) == b'_' {
                    at += 1;
                    if !self.byte(at).is_ascii_digit() {
                        return Err(self.fail_before(at, "invalid decimal literal"));
                    }
                }
                if self.byte(at) != b'0' {
                    break;
                }
                at += 1;
            }
            let zeros_end = at;
            if self.byte(at).is_ascii_digit() {
                at = self.digits(at)?;
                if !matches!(self.byte(at), b'.' | b'e' | b'E' | b'j' | b'J') {
                    let message = "leading zeros in decimal integer literals are not permitted; \
                                   use an 0o prefix for octal integers";
                    let span = Span::new(start as u32, zeros_end as u32);
                    let token = self.fail(SyntaxErrorKind::SyntaxError, message, span);
                    self.error = self.error.take().map(|e| e.ending(End::Span));
                    return Err(token);
                }
            }
        } else if self.byte(at) != b'.' {
            at = self.digits(at)?;
        }
        let mut is_int = true;
        if self.byte(at) == b'.' {
            is_int = false;
            at += 1;
            if self.byte(at).is_ascii_digit() {
                at = self.digits(at)?;
            }
        }
        if matches!(self.byte(at), b'e' | b'E') {
            let mut exp = at + 1;
            let signed = matches!(self.byte(exp), b'+' | b'-');
            if signed {
                exp += 1;
            }
            if self.byte(exp).is_ascii_digit() {
                is_int = false;
                at = self.digits(exp)?;
            } else if signed {
                return Err(self.fail_before(exp, "invalid decimal literal"));
            } else {
                self.check_end(start, at, "decimal")?;
                return Ok(at);
            }
        }
        if matches!(self.byte(at), b'j' | b'J') {
            self.check_end(start, at + 1, "imaginary")?;
            return Ok(at + 1);
        }
        self.check_end(start, at, "decimal")?;
        let digits = || self.src[start..at].bytes().filter(|&b| b != b'_').count();
        if is_int && at - start > MAX_INT_DIGITS && digits() > MAX_INT_DIGITS {
            let message = format!(
                "Exceeds the limit ({MAX_INT_DIGITS} digits) for integer string conversion: value has {} digits; use \
                 sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals \
                 to avoid decimal conversion limits.",
                digits()
            );
            let token = self.fail(SyntaxErrorKind::SyntaxError, message, Span::new(start as u32, at as u32));
            self.error = self.error.take().map(|e| e.ending(End::Nowhere));
            return Err(token);
        }
        Ok(at)
    }

    /// Decimal digits with single underscores between them.
    fn digits(&mut self, mut at: usize) -> Result<usize, Token> {
        loop {
            while self.byte(at).is_ascii_digit() {
                at += 1;
            }
            if self.byte(at) != b'_' {
                return Ok(at);
            }
            at += 1;
            if !self.byte(at).is_ascii_digit() {
                return Err(self.fail_before(at, "invalid decimal literal"));
            }
        }
    }

    fn radix_digits(&mut self, mut at: usize, radix: u32, kind: &str) -> Result<usize, Token> {
        let start = at;
        loop {
            if self.byte(at) == b'_' {
                at += 1;
            }
            let b = self.byte(at);
            if !(b as char).is_digit(radix) {
                if b.is_ascii_digit() {
                    let message = format!("invalid digit '{}' in {kind} literal", b as char);
                    return Err(self.fail_before(at + 1, message));
                }
                return Err(self.fail_before(at, format!("invalid {kind} literal")));
            }
            while (self.byte(at) as char).is_digit(radix) {
                at += 1;
            }
            if self.byte(at) == b'_' {
                continue;
            }
            if self.byte(at).is_ascii_digit() {
                let message = format!("invalid digit '{}' in {kind} literal", self.byte(at) as char);
                return Err(self.fail_before(at + 1, message));
            }
            self.check_end(start, at, kind)?;
            return Ok(at);
        }
    }

    /// A number must not run into a word, but for a few keywords, where that is only warned of.
    fn check_end(&mut self, start: usize, at: usize, kind: &str) -> Result<(), Token> {
        let rest = &self.src.as_bytes()[at..];
        if ["and", "else", "for", "if", "in", "is", "or", "not"].iter().any(|k| rest.starts_with(k.as_bytes())) {
            let span = Span::new(start as u32, at as u32);
            self.warnings.push(SyntaxWarning { message: format!("invalid {kind} literal"), span });
        } else if rest.first().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_') {
            return Err(self.fail_before(at, format!("invalid {kind} literal")));
        }
        Ok(())
    }
}
