//! From bytes to text. Just above floor 0.

use super::{CodecError, Encoding, Order};
use crate::text::surrogate;

/// Decodes bytes, from error to error.
pub struct Decoder<'a> {
    encoding: Encoding,
    bytes: &'a [u8],
    at: usize,
    /// No more bytes will come: what is cut off at the end is an error.
    last: bool,
    out: String,
}

impl<'a> Decoder<'a> {
    /// At byte `at`, behind the mark.
    pub fn new(bytes: &'a [u8], at: usize, encoding: Encoding, last: bool) -> Self {
        Decoder { encoding, bytes, at, last, out: String::with_capacity(bytes.len().saturating_sub(at)) }
    }

    /// The text, and how many bytes it took.
    pub fn finish(self) -> (String, usize) {
        (self.out, self.at)
    }

    /// Writes what a handler gave, and goes on where it said.
    pub fn go_on(&mut self, text: &str, to: usize) {
        self.out.push_str(text);
        self.at = to;
    }

    /// Decodes as far as possible.
    ///
    /// # Errors
    /// The bytes that mean nothing.
    pub fn run(&mut self) -> Result<(), CodecError> {
        match self.encoding {
            Encoding::Utf8 | Encoding::Utf8Sig => self.utf8(),
            Encoding::Latin1 => self.narrow("", |b| Some(b as char)),
            Encoding::Ascii => self.narrow("ordinal not in range(128)", |b| b.is_ascii().then_some(b as char)),
            Encoding::Charmap(map) => self.narrow("character maps to <undefined>", |b| map.char_of(b)),
            Encoding::Utf16(order) => self.utf16(order == Some(Order::Big)),
            Encoding::Utf32(order) => self.utf32(order == Some(Order::Big)),
            Encoding::UnicodeEscape => self.unicode_escape(),
            Encoding::RawUnicodeEscape => self.raw_unicode_escape(),
        }
    }

    fn error<T>(&self, end: usize, reason: &'static str) -> Result<T, CodecError> {
        Err(CodecError { encoding: self.encoding.shown(), start: self.at, end, reason })
    }

    /// A code point, which is not one of a surrogate by the rules of the encoding.
    fn push(&mut self, code: u32) {
        self.out.push(surrogate::char_of(code).unwrap_or('\u{fffd}'));
    }

    fn utf8(&mut self) -> Result<(), CodecError> {
        let rest = self.bytes.get(self.at..).unwrap_or(&[]);
        let (good, failed) = match std::str::from_utf8(rest) {
            Ok(s) => (s, None),
            Err(e) => (std::str::from_utf8(&rest[..e.valid_up_to()]).unwrap_or(""), Some(e.error_len())),
        };
        self.out.push_str(&surrogate::admit(good));
        self.at += good.len();
        match failed {
            None => Ok(()),
            Some(None) if !self.last => Ok(()),
            Some(None) => self.error(self.bytes.len(), "unexpected end of data"),
            Some(Some(n)) => {
                let lead = matches!(self.bytes.get(self.at), Some(0xc2..=0xf4));
                let reason = if lead { "invalid continuation byte" } else { "invalid start byte" };
                self.error(self.at + n, reason)
            }
        }
    }

    fn narrow(&mut self, reason: &'static str, char_of: impl Fn(u8) -> Option<char>) -> Result<(), CodecError> {
        while let Some(&b) = self.bytes.get(self.at) {
            match char_of(b) {
                Some(c) => self.out.push(c),
                None => return self.error(self.at + 1, reason),
            }
            self.at += 1;
        }
        Ok(())
    }

    fn utf16(&mut self, big: bool) -> Result<(), CodecError> {
        let bytes = self.bytes;
        let unit = |at: usize| -> Option<u32> {
            let &[a, b] = bytes.get(at..at + 2)? else { return None };
            Some(u32::from(if big { u16::from_be_bytes([a, b]) } else { u16::from_le_bytes([a, b]) }))
        };
        while self.at < bytes.len() {
            match unit(self.at) {
                None if !self.last => return Ok(()),
                None => return self.error(bytes.len(), "truncated data"),
                Some(high @ 0xd800..0xdc00) => match unit(self.at + 2) {
                    None if !self.last => return Ok(()),
                    None => return self.error(bytes.len(), "unexpected end of data"),
                    Some(low @ 0xdc00..0xe000) => {
                        self.push(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                        self.at += 2;
                    }
                    Some(_) => return self.error(self.at + 2, "illegal UTF-16 surrogate"),
                },
                Some(0xdc00..0xe000) => return self.error(self.at + 2, "illegal encoding"),
                Some(code) => self.push(code),
            }
            self.at += 2;
        }
        Ok(())
    }

    fn utf32(&mut self, big: bool) -> Result<(), CodecError> {
        while self.at < self.bytes.len() {
            let Some(&[a, b, c, d]) = self.bytes.get(self.at..self.at + 4) else {
                return if self.last { self.error(self.bytes.len(), "truncated data") } else { Ok(()) };
            };
            let code = if big { u32::from_be_bytes([a, b, c, d]) } else { u32::from_le_bytes([a, b, c, d]) };
            match code {
                0xd800..0xe000 => {
                    return self.error(self.at + 4, "code point in surrogate code point range(0xd800, 0xe000)");
                }
                0x11_0000.. => return self.error(self.at + 4, "code point not in range(0x110000)"),
                _ => self.push(code),
            }
            self.at += 4;
        }
        Ok(())
    }

    /// Up to `n` hexadecimal digits at `at`: their value, and the index behind them.
    fn hex(&self, at: usize, n: usize) -> (u32, usize) {
        let digits = self.bytes.get(at..).unwrap_or(&[]).iter().take(n).map_while(|b| (*b as char).to_digit(16));
        let (mut value, mut end) = (0, at);
        for d in digits {
            value = value << 4 | d;
            end += 1;
        }
        (value, end)
    }

    fn raw_unicode_escape(&mut self) -> Result<(), CodecError> {
        while let Some(&b) = self.bytes.get(self.at) {
            let digits = match (b, self.bytes.get(self.at + 1)) {
                (b'\\', Some(b'u')) => 4,
                (b'\\', Some(b'U')) => 8,
                (b'\\', None) if !self.last => return Ok(()),
                (b'\\', Some(&next)) => {
                    self.out.push('\\');
                    self.out.push(next as char);
                    self.at += 2;
                    continue;
                }
                _ => {
                    self.out.push(b as char);
                    self.at += 1;
                    continue;
                }
            };
            let (code, end) = self.hex(self.at + 2, digits);
            if end - self.at - 2 < digits {
                if !self.last && end == self.bytes.len() {
                    return Ok(());
                }
                let reason = if digits == 4 { "truncated \\uXXXX escape" } else { "truncated \\UXXXXXXXX escape" };
                return self.error(end, reason);
            }
            if code >= 0x11_0000 {
                return self.error(end, "\\Uxxxxxxxx out of range");
            }
            self.push(code);
            self.at = end;
        }
        Ok(())
    }

    fn unicode_escape(&mut self) -> Result<(), CodecError> {
        while let Some(&b) = self.bytes.get(self.at) {
            if b != b'\\' {
                self.out.push(b as char);
                self.at += 1;
                continue;
            }
            let Some(&kind) = self.bytes.get(self.at + 1) else {
                return if self.last { self.error(self.bytes.len(), "\\ at end of string") } else { Ok(()) };
            };
            let (digits, reason) = match kind {
                b'x' => (2, "truncated \\xXX escape"),
                b'u' => (4, "truncated \\uXXXX escape"),
                b'U' => (8, "truncated \\UXXXXXXXX escape"),
                b'N' => {
                    if !self.named()? {
                        return Ok(());
                    }
                    continue;
                }
                b'0'..=b'7' => {
                    let digits = self.bytes[self.at + 1..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7'));
                    let (mut code, mut n) = (0, 0);
                    for d in digits {
                        code = code << 3 | u32::from(d - b'0');
                        n += 1;
                    }
                    self.push(code);
                    self.at += 1 + n;
                    continue;
                }
                _ => {
                    match simple_escape(kind) {
                        Some(text) => self.out.push_str(text),
                        None => {
                            self.out.push('\\');
                            self.out.push(kind as char);
                        }
                    }
                    self.at += 2;
                    continue;
                }
            };
            let (code, end) = self.hex(self.at + 2, digits);
            if end - self.at - 2 < digits {
                if !self.last && end == self.bytes.len() {
                    return Ok(());
                }
                return self.error(end, reason);
            }
            if code >= 0x11_0000 {
                return self.error(end, "illegal Unicode character");
            }
            self.push(code);
            self.at = end;
        }
        Ok(())
    }

    /// `\N{NAME}`; `false` if more bytes are needed.
    fn named(&mut self) -> Result<bool, CodecError> {
        let malformed = "malformed \\N character escape";
        match self.bytes.get(self.at + 2) {
            None if !self.last => return Ok(false),
            Some(b'{') => {}
            _ => return self.error(self.at + 2, malformed),
        }
        let start = self.at + 3;
        let name = self.bytes.get(start..).unwrap_or(&[]);
        let Some(len) = name.iter().position(|b| *b == b'}') else {
            return if self.last { self.error(self.bytes.len(), malformed) } else { Ok(false) };
        };
        if len == 0 {
            return self.error(start, malformed);
        }
        match std::str::from_utf8(&name[..len]).ok().and_then(unicode_names2::character) {
            Some(c) => {
                self.push(c as u32);
                self.at = start + len + 1;
                Ok(true)
            }
            None => self.error(start + len + 1, "unknown Unicode character name"),
        }
    }
}

/// Escapes of one letter; a line end behind a backslash is nothing.
fn simple_escape(kind: u8) -> Option<&'static str> {
    Some(match kind {
        b'\n' => "",
        b'\\' => "\\",
        b'\'' => "'",
        b'"' => "\"",
        b'a' => "\x07",
        b'b' => "\x08",
        b'f' => "\x0c",
        b'n' => "\n",
        b'r' => "\r",
        b't' => "\t",
        b'v' => "\x0b",
        _ => return None,
    })
}
