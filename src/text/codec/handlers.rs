//! Error handlers of every program: what stands in for what can't be coded. Just above floor 0.
//!
//! See "Error Handlers" in the library reference of `codecs`.

use super::{CodecError, Encoding, Order};
use crate::text::{escape, surrogate};

/// What to do where a character or byte has no counterpart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Handler {
    Strict,
    Ignore,
    Replace,
    BackslashReplace,
    XmlCharRefReplace,
    NameReplace,
    SurrogateEscape,
    SurrogatePass,
}

/// What stands for characters that can't be encoded, and the index of the character to go on with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Replacement {
    pub bytes: Vec<u8>,
    pub to: usize,
}

impl Handler {
    /// Finds a handler by its name.
    pub fn named(name: &str) -> Option<Handler> {
        Some(match name {
            "strict" => Handler::Strict,
            "ignore" => Handler::Ignore,
            "replace" => Handler::Replace,
            "backslashreplace" => Handler::BackslashReplace,
            "xmlcharrefreplace" => Handler::XmlCharRefReplace,
            "namereplace" => Handler::NameReplace,
            "surrogateescape" => Handler::SurrogateEscape,
            "surrogatepass" => Handler::SurrogatePass,
            _ => return None,
        })
    }

    /// The text in the place of `characters`; `None` for handlers that don't give text.
    pub fn text_for(self, characters: &str) -> Option<String> {
        let each = |f: fn(char) -> String| Some(characters.chars().map(f).collect());
        match self {
            Handler::Ignore => Some(String::new()),
            Handler::Replace => each(|_| "?".into()),
            Handler::XmlCharRefReplace => each(|c| format!("&#{};", surrogate::code_of(c))),
            Handler::BackslashReplace => each(|c| escape::backslashed(surrogate::code_of(c))),
            Handler::NameReplace => each(|c| match unicode_names2::name(c) {
                Some(name) => format!("\\N{{{name}}}"),
                None => escape::backslashed(surrogate::code_of(c)),
            }),
            Handler::Strict | Handler::SurrogateEscape | Handler::SurrogatePass => None,
        }
    }

    /// The bytes for the characters of an error, `None` to raise it.
    pub fn replace_text(self, text: &str, e: &CodecError, encoding: Encoding) -> Option<Replacement> {
        let characters = part(text, e);
        let mut bytes = Vec::new();
        match self.text_for(characters) {
            Some(shown) => shown.chars().for_each(|c| encoding.push_unit(c as u32, &mut bytes)),
            None if self == Handler::SurrogateEscape && encoding.unit() == 1 => {
                for c in characters.chars() {
                    bytes.push(escaped_byte(c)?);
                }
            }
            None if self == Handler::SurrogatePass => {
                for c in characters.chars() {
                    let code = if surrogate::is_lone(c) { surrogate::code_of(c) } else { return None };
                    match encoding {
                        Encoding::Utf8 | Encoding::Utf8Sig => bytes.extend_from_slice(&[
                            0xe0 | (code >> 12) as u8,
                            0x80 | (code >> 6 & 0x3f) as u8,
                            0x80 | (code & 0x3f) as u8,
                        ]),
                        Encoding::Utf16(_) | Encoding::Utf32(_) => encoding.push_unit(code, &mut bytes),
                        _ => return None,
                    }
                }
            }
            None => return None,
        }
        Some(Replacement { bytes, to: e.end })
    }

    /// How many characters at the beginning of a run this handler could have encoded, if it fails at a later one.
    pub fn escapable(self, text: &str, e: &CodecError) -> usize {
        if self == Handler::SurrogateEscape {
            part(text, e).chars().take_while(|&c| escaped_byte(c).is_some()).count().min(e.end - e.start - 1)
        } else {
            0
        }
    }

    /// The text for the bytes of an error and where to go on, `None` to raise it.
    ///
    /// # Errors
    /// The handler is one for encoding only.
    pub fn replace_bytes(
        self,
        bytes: &[u8],
        e: &CodecError,
        encoding: Encoding,
    ) -> Result<Option<(String, usize)>, EncodingOnly> {
        let wrong = bytes.get(e.start..e.end).unwrap_or(&[]);
        Ok(match self {
            Handler::Ignore => Some((String::new(), e.end)),
            Handler::Replace => Some(("\u{fffd}".into(), e.end)),
            Handler::BackslashReplace => Some((wrong.iter().map(|b| format!("\\x{b:02x}")).collect(), e.end)),
            Handler::XmlCharRefReplace | Handler::NameReplace => return Err(EncodingOnly),
            Handler::Strict => None,
            Handler::SurrogateEscape => {
                let text: String = wrong
                    .iter()
                    .take_while(|b| **b >= 0x80)
                    .take(4)
                    .filter_map(|&b| surrogate::char_of(0xdc00 + u32::from(b)))
                    .collect();
                let n = text.chars().count();
                (n > 0).then_some((text, e.start + n))
            }
            Handler::SurrogatePass => {
                let rest = bytes.get(e.start..).unwrap_or(&[]);
                let (code, n) = match (encoding, rest) {
                    (Encoding::Utf8 | Encoding::Utf8Sig, &[0xed, a @ 0xa0..=0xbf, b @ 0x80..=0xbf, ..]) => {
                        (0xd000 | u32::from(a & 0x3f) << 6 | u32::from(b & 0x3f), 3)
                    }
                    (Encoding::Utf16(Some(Order::Big)), &[a, b, ..]) => (u32::from_be_bytes([0, 0, a, b]), 2),
                    (Encoding::Utf16(_), &[a, b, ..]) => (u32::from_le_bytes([a, b, 0, 0]), 2),
                    (Encoding::Utf32(Some(Order::Big)), &[a, b, c, d, ..]) => (u32::from_be_bytes([a, b, c, d]), 4),
                    (Encoding::Utf32(_), &[a, b, c, d, ..]) => (u32::from_le_bytes([a, b, c, d]), 4),
                    _ => return Ok(None),
                };
                let c = surrogate::char_of(code).filter(|&c| surrogate::is_lone(c));
                c.map(|c| (c.to_string(), e.start + n))
            }
        })
    }
}

/// A handler of encoding was asked about decoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EncodingOnly;

/// The byte that `surrogateescape` has hidden in a surrogate.
fn escaped_byte(c: char) -> Option<u8> {
    match surrogate::code_of(c) {
        code @ 0xdc80..=0xdcff => Some((code - 0xdc00) as u8),
        _ => None,
    }
}

/// `text[e.start:e.end]`.
fn part<'a>(text: &'a str, e: &CodecError) -> &'a str {
    let skip = |t: &'a str, n: usize| &t[t.char_indices().nth(n).map_or(t.len(), |(i, _)| i)..];
    let from = skip(text, e.start);
    &from[..from.len() - skip(from, e.end.saturating_sub(e.start)).len()]
}
