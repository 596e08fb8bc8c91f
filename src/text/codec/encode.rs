//! From text to bytes. Just above floor 0.

use super::{CodecError, Encoding, Replacement};
use crate::text::{escape, surrogate};

/// Encodes a text, from error to error.
pub struct Encoder<'a> {
    encoding: Encoding,
    /// What is still to do, and the index of its first character.
    rest: &'a str,
    at: usize,
    whole: &'a str,
    out: Vec<u8>,
}

impl<'a> Encoder<'a> {
    /// At the beginning of the text, behind the mark.
    pub fn new(text: &'a str, encoding: Encoding) -> Self {
        Self::from(text, encoding, 0, encoding.mark().to_vec())
    }

    /// At character `at`; the bytes are appended to `out`.
    pub fn from(text: &'a str, encoding: Encoding, at: usize, out: Vec<u8>) -> Self {
        let mut coder = Encoder { encoding, rest: text, at: 0, whole: text, out };
        coder.seek(at);
        coder
    }

    /// What has been written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn seek(&mut self, at: usize) {
        let from = if at >= self.at { (self.rest, at - self.at) } else { (self.whole, at) };
        let skip = from.0.char_indices().nth(from.1).map_or(from.0.len(), |(i, _)| i);
        self.rest = &from.0[skip..];
        self.at = at;
    }

    /// Writes what a handler gave, and goes on where it said.
    pub fn go_on(&mut self, replacement: &Replacement) {
        self.out.extend_from_slice(&replacement.bytes);
        self.seek(replacement.to);
    }

    /// Encodes as far as possible.
    ///
    /// # Errors
    /// The characters that have no counterpart: a run of them, except in UTF-16 and UTF-32, which tell of each alone.
    pub fn run(&mut self) -> Result<(), CodecError> {
        match self.encoding {
            Encoding::Utf8 | Encoding::Utf8Sig => self.utf8(),
            Encoding::Ascii => self.narrow("ordinal not in range(128)", |c| (c as u32) < 128, |c| c as u32 as u8),
            Encoding::Latin1 => self.narrow("ordinal not in range(256)", |c| (c as u32) < 256, |c| c as u32 as u8),
            Encoding::Charmap(map) => self.narrow(
                "character maps to <undefined>",
                |c| map.byte_of(c).is_some(),
                |c| map.byte_of(c).unwrap_or(b'?'),
            ),
            Encoding::Utf16(_) | Encoding::Utf32(_) => self.wide(),
            Encoding::UnicodeEscape => {
                unicode_escape(self.rest, &mut self.out);
                Ok(())
            }
            Encoding::RawUnicodeEscape => {
                for c in self.rest.chars() {
                    match surrogate::code_of(c) {
                        code @ 0..=0xff => self.out.push(code as u8),
                        code @ ..=0xffff => self.out.extend_from_slice(format!("\\u{code:04x}").as_bytes()),
                        code => self.out.extend_from_slice(format!("\\U{code:08x}").as_bytes()),
                    }
                }
                Ok(())
            }
        }
    }

    /// The run of characters from `byte` on, `index` characters behind the beginning, for which `bad` holds.
    fn stop(&mut self, index: usize, byte: usize, reason: &'static str, bad: impl Fn(char) -> bool) -> CodecError {
        self.rest = &self.rest[byte..];
        self.at += index;
        let run = self.rest.chars().take_while(|&c| bad(c)).count().max(1);
        CodecError { encoding: self.encoding.shown(), start: self.at, end: self.at + run, reason }
    }

    fn utf8(&mut self) -> Result<(), CodecError> {
        let bad = |c: char| surrogate::is_lone(c);
        if surrogate::contained(self.rest)
            && let Some((index, (byte, _))) = self.rest.char_indices().enumerate().find(|(_, (_, c))| bad(*c))
        {
            self.out.extend_from_slice(&self.rest.as_bytes()[..byte]);
            return Err(self.stop(index, byte, "surrogates not allowed", bad));
        }
        self.out.extend_from_slice(self.rest.as_bytes());
        Ok(())
    }

    fn narrow(
        &mut self,
        reason: &'static str,
        good: impl Fn(char) -> bool,
        byte_of: impl Fn(char) -> u8,
    ) -> Result<(), CodecError> {
        if self.rest.is_ascii() {
            self.out.extend_from_slice(self.rest.as_bytes());
            return Ok(());
        }
        for (index, (byte, c)) in self.rest.char_indices().enumerate() {
            if !good(c) {
                return Err(self.stop(index, byte, reason, |c| !good(c)));
            }
            self.out.push(byte_of(c));
        }
        Ok(())
    }

    fn wide(&mut self) -> Result<(), CodecError> {
        let short = self.encoding.unit() == 2;
        for (index, (byte, c)) in self.rest.char_indices().enumerate() {
            if surrogate::is_lone(c) {
                let mut error = self.stop(index, byte, "surrogates not allowed", surrogate::is_lone);
                error.end = error.start + 1;
                return Err(error);
            }
            if short {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    self.encoding.push_unit(u32::from(*unit), &mut self.out);
                }
            } else {
                self.encoding.push_unit(c as u32, &mut self.out);
            }
        }
        Ok(())
    }
}

fn unicode_escape(text: &str, out: &mut Vec<u8>) {
    for c in text.chars() {
        match c {
            '\\' => out.extend_from_slice(b"\\\\"),
            '\n' => out.extend_from_slice(b"\\n"),
            '\r' => out.extend_from_slice(b"\\r"),
            '\t' => out.extend_from_slice(b"\\t"),
            ' '..='~' => out.push(c as u8),
            _ => out.extend_from_slice(escape::backslashed(surrogate::code_of(c)).as_bytes()),
        }
    }
}
