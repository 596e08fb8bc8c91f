//! The text of a pattern or a template, one character or escape at a time. Pure; see `text`.
//!
//! Invariant: an error's position is that of the next token less an offset, which is how CPython counts.

use super::RegexError;
use crate::text::escape::{ascii_str, to_repr};
use crate::text::surrogate::char_of;
use crate::text::unicode::is_identifier;

/// One character, or a backslash and a character.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    pub first: u32,
    /// What follows a backslash.
    pub escaped: Option<u32>,
}

impl Token {
    /// The character, where it is a plain one.
    pub fn plain(self) -> Option<char> {
        if self.escaped.is_some() { None } else { char_of(self.first) }
    }

    pub fn is(self, c: char) -> bool {
        self.plain() == Some(c)
    }

    /// Number of characters.
    pub fn len(self) -> usize {
        1 + self.escaped.is_some() as usize
    }

    pub fn text(self) -> String {
        let mut s = String::new();
        s.extend(char_of(self.first));
        s.extend(self.escaped.and_then(char_of));
        s
    }
}

/// A reader of tokens.
pub struct Source<'a> {
    chars: &'a [u32],
    pub is_text: bool,
    index: usize,
    pub next: Option<Token>,
}

impl<'a> Source<'a> {
    pub fn new(chars: &'a [u32], is_text: bool) -> Result<Self, RegexError> {
        let mut s = Source { chars, is_text, index: 0, next: None };
        s.advance()?;
        Ok(s)
    }

    fn advance(&mut self) -> Result<(), RegexError> {
        let Some(&first) = self.chars.get(self.index) else {
            self.next = None;
            return Ok(());
        };
        if first == '\\' as u32 {
            let Some(&c) = self.chars.get(self.index + 1) else {
                let at = self.chars.len() - 1;
                return Err(RegexError::Pattern("bad escape (end of pattern)".into(), Some(at)));
            };
            self.next = Some(Token { first, escaped: Some(c) });
            self.index += 2;
        } else {
            self.next = Some(Token { first, escaped: None });
            self.index += 1;
        }
        Ok(())
    }

    /// Takes the next token.
    pub fn get(&mut self) -> Result<Option<Token>, RegexError> {
        let t = self.next;
        self.advance()?;
        Ok(t)
    }

    /// Takes the next token if it is this character.
    pub fn take(&mut self, c: char) -> Result<bool, RegexError> {
        if !self.next_is(c) {
            return Ok(false);
        }
        self.advance()?;
        Ok(true)
    }

    pub fn next_is(&self, c: char) -> bool {
        self.next.is_some_and(|t| t.is(c))
    }

    /// The next character if it is a plain one.
    pub fn peek(&self) -> Option<char> {
        self.next.and_then(Token::plain)
    }

    /// Takes up to `n` characters of a kind.
    pub fn take_while(&mut self, n: usize, keep: fn(char) -> bool) -> Result<String, RegexError> {
        let mut out = String::new();
        for _ in 0..n {
            match self.peek() {
                Some(c) if keep(c) => out.push(c),
                _ => break,
            }
            self.advance()?;
        }
        Ok(out)
    }

    /// Takes all until `end`, which is taken too.
    pub fn take_until(&mut self, end: char, what: &str) -> Result<String, RegexError> {
        let mut out = String::new();
        loop {
            let Some(t) = self.get()? else {
                return Err(match out.as_str() {
                    "" => self.error(format!("missing {what}"), 0),
                    _ => self.error(format!("missing {end}, unterminated name"), out.chars().count()),
                });
            };
            if t.is(end) {
                if out.is_empty() {
                    return Err(self.error(format!("missing {what}"), 1));
                }
                return Ok(out);
            }
            out.push_str(&t.text());
        }
    }

    /// Where the next token begins.
    pub fn tell(&self) -> usize {
        self.index - self.next.map_or(0, Token::len)
    }

    /// Goes back to a place that `tell` gave.
    pub fn seek(&mut self, index: usize) -> Result<(), RegexError> {
        self.index = index;
        self.advance()
    }

    pub fn error(&self, message: impl Into<String>, offset: usize) -> RegexError {
        RegexError::Pattern(message.into(), Some(self.tell().saturating_sub(offset)))
    }

    /// Fails unless `name` can be a group's name.
    pub fn check_group_name(&self, name: &str, offset: usize) -> Result<(), RegexError> {
        let n = name.chars().count() + offset;
        if !self.is_text && !name.is_ascii() {
            let mut shown = String::new();
            ascii_str(name, &mut shown);
            return Err(self.error(format!("bad character in group name {shown}"), n));
        }
        if !is_identifier(name) {
            return Err(self.error(format!("bad character in group name {}", to_repr(name)), n));
        }
        Ok(())
    }
}
