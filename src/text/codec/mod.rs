//! Encodings of text, with error handlers. Just above floor 0.
//!
//! A coder works until a place that it can't code, and stops there: `Encoder::run` and `Decoder::run` give the [`CodecError`], and
//! whoever drives them puts something in its place and goes on. [`encode`] and [`decode`] drive them with the handlers
//! that every program has; those of the program itself are driven from the language.

mod charmap;
mod charmap_tables;
mod decode;
mod encode;
mod handlers;

pub use charmap::Charmap;
pub use decode::Decoder;
pub use encode::Encoder;
pub use handlers::{Handler, Replacement};

/// A known encoding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Encoding {
    Utf8,
    /// With a byte order mark before the text.
    Utf8Sig,
    Ascii,
    Latin1,
    /// Byte order: `None` writes and reads a mark.
    Utf16(Option<Order>),
    Utf32(Option<Order>),
    /// ASCII, and a table of the upper half.
    Charmap(&'static Charmap),
    /// Escapes of string literals.
    UnicodeEscape,
    /// Latin-1, and `\u` and `\U` for the rest.
    RawUnicodeEscape,
}

/// Order of the bytes of a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Little,
    Big,
}

/// A place that can't be coded: `str[start:end]` or `bytes[start:end]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodecError {
    /// Name of the codec in messages.
    pub encoding: &'static str,
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
}

/// Why [`encode`] or [`decode`] did not come to an end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The handler gives this up: a UnicodeEncodeError or a UnicodeDecodeError.
    Error(CodecError),
    /// A handler is needed, and it isn't one of [`Handler`].
    OtherHandler,
    /// The handler does not work in this direction: a TypeError.
    WrongDirection,
}

impl Encoding {
    /// Finds an encoding by one of its names, as the module `encodings` does: letters in any case, and one underscore for a
    /// run of other signs than letters, digits and dots.
    pub fn named(name: &str) -> Option<Encoding> {
        let mut plain = String::with_capacity(name.len());
        let mut gap = false;
        for c in name.chars() {
            if c.is_ascii_alphanumeric() || c == '.' {
                if gap && !plain.is_empty() {
                    plain.push('_');
                }
                gap = false;
                plain.push(c.to_ascii_lowercase());
            } else {
                gap = true;
            }
        }
        Some(match plain.as_str() {
            "utf_8" | "utf8" | "u8" | "utf" | "cp65001" | "utf8_ucs2" | "utf8_ucs4" => Encoding::Utf8,
            "utf_8_sig" | "utf8_sig" => Encoding::Utf8Sig,
            "ascii" | "us_ascii" | "us" | "646" | "ansi_x3.4_1968" | "ansi_x3_4_1968" | "iso646_us" | "cp367" => {
                Encoding::Ascii
            }
            "latin_1" | "latin1" | "latin" | "l1" | "iso_8859_1" | "iso8859_1" | "iso8859" | "8859" | "cp819" => {
                Encoding::Latin1
            }
            "utf_16" | "utf16" | "u16" => Encoding::Utf16(None),
            "utf_16_le" | "utf_16le" | "unicodelittleunmarked" => Encoding::Utf16(Some(Order::Little)),
            "utf_16_be" | "utf_16be" | "unicodebigunmarked" => Encoding::Utf16(Some(Order::Big)),
            "utf_32" | "utf32" | "u32" => Encoding::Utf32(None),
            "utf_32_le" | "utf_32le" => Encoding::Utf32(Some(Order::Little)),
            "utf_32_be" | "utf_32be" => Encoding::Utf32(Some(Order::Big)),
            "unicode_escape" | "unicodeescape" => Encoding::UnicodeEscape,
            "raw_unicode_escape" | "rawunicodeescape" => Encoding::RawUnicodeEscape,
            other => Encoding::Charmap(Charmap::named(other)?),
        })
    }

    /// Its name in the module `codecs`: `CodecInfo.name`.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8Sig => "utf-8-sig",
            Encoding::Latin1 => "iso8859-1",
            Encoding::UnicodeEscape => "unicode-escape",
            Encoding::RawUnicodeEscape => "raw-unicode-escape",
            Encoding::Charmap(map) => map.name,
            _ => self.shown(),
        }
    }

    /// Its name in messages.
    pub fn shown(self) -> &'static str {
        match self {
            Encoding::Utf8 | Encoding::Utf8Sig => "utf-8",
            Encoding::Ascii => "ascii",
            Encoding::Latin1 => "latin-1",
            Encoding::Utf16(None) => "utf-16",
            Encoding::Utf16(Some(Order::Little)) => "utf-16-le",
            Encoding::Utf16(Some(Order::Big)) => "utf-16-be",
            Encoding::Utf32(None) => "utf-32",
            Encoding::Utf32(Some(Order::Little)) => "utf-32-le",
            Encoding::Utf32(Some(Order::Big)) => "utf-32-be",
            Encoding::Charmap(_) => "charmap",
            Encoding::UnicodeEscape => "unicodeescape",
            Encoding::RawUnicodeEscape => "rawunicodeescape",
        }
    }

    /// What stands before the text.
    pub fn mark(self) -> &'static [u8] {
        match self {
            Encoding::Utf8Sig => b"\xef\xbb\xbf",
            Encoding::Utf16(None) => b"\xff\xfe",
            Encoding::Utf32(None) => b"\xff\xfe\0\0",
            _ => b"",
        }
    }

    /// The encoding that the mark at the beginning of `bytes` tells, and the length of the mark. `None`: more bytes are
    /// needed to know.
    pub fn begin(self, bytes: &[u8], last: bool) -> Option<(Encoding, usize)> {
        let (marks, otherwise): (&[(&[u8], Encoding)], Encoding) = match self {
            Encoding::Utf8Sig => (&[(b"\xef\xbb\xbf", Encoding::Utf8)], Encoding::Utf8),
            Encoding::Utf16(None) => (
                &[
                    (b"\xff\xfe", Encoding::Utf16(Some(Order::Little))),
                    (b"\xfe\xff", Encoding::Utf16(Some(Order::Big))),
                ],
                Encoding::Utf16(Some(Order::Little)),
            ),
            Encoding::Utf32(None) => (
                &[
                    (b"\xff\xfe\0\0", Encoding::Utf32(Some(Order::Little))),
                    (b"\0\0\xfe\xff", Encoding::Utf32(Some(Order::Big))),
                ],
                Encoding::Utf32(Some(Order::Little)),
            ),
            other => return Some((other, 0)),
        };
        for &(mark, encoding) in marks {
            if bytes.starts_with(mark) {
                return Some((encoding, mark.len()));
            }
            if !last && mark.starts_with(bytes) {
                return None;
            }
        }
        Some((otherwise, 0))
    }

    /// Size of a unit of UTF-16 and UTF-32, else 1.
    fn unit(self) -> usize {
        match self {
            Encoding::Utf16(_) => 2,
            Encoding::Utf32(_) => 4,
            _ => 1,
        }
    }

    /// Appends a code point as one unit.
    fn push_unit(self, code: u32, out: &mut Vec<u8>) {
        match self {
            Encoding::Utf16(Some(Order::Big)) => out.extend_from_slice(&(code as u16).to_be_bytes()),
            Encoding::Utf16(_) => out.extend_from_slice(&(code as u16).to_le_bytes()),
            Encoding::Utf32(Some(Order::Big)) => out.extend_from_slice(&code.to_be_bytes()),
            Encoding::Utf32(_) => out.extend_from_slice(&code.to_le_bytes()),
            _ => out.push(code as u8),
        }
    }
}

/// `text.encode(encoding, errors)`; `None` as handler: it is not a built-in one, which matters only where it is needed.
pub fn encode(text: &str, encoding: Encoding, handler: Option<Handler>) -> Result<Vec<u8>, Failure> {
    let mut coder = Encoder::new(text, encoding);
    loop {
        let Err(e) = coder.run() else { return Ok(coder.into_bytes()) };
        let handler = handler.ok_or(Failure::OtherHandler)?;
        match handler.replace_text(text, &e, encoding) {
            Some(r) => coder.go_on(&r),
            None => {
                // `surrogateescape` has got over the beginning of a run, and fails in the middle.
                let good = handler.escapable(text, &e);
                return Err(Failure::Error(CodecError { start: e.start + good, ..e }));
            }
        }
    }
}

/// `bytes.decode(encoding, errors)`, and how many bytes that took: fewer than all only if not `last` and they end in the
/// middle of a character. Handlers as in [`encode`].
pub fn decode(
    bytes: &[u8],
    encoding: Encoding,
    handler: Option<Handler>,
    last: bool,
) -> Result<(String, usize), Failure> {
    let Some((encoding, skip)) = encoding.begin(bytes, last) else { return Ok((String::new(), 0)) };
    // Positions count from behind the mark of UTF-8.
    let base = if encoding == Encoding::Utf8 { skip } else { 0 };
    let body = bytes.get(base..).unwrap_or(&[]);
    let mut coder = Decoder::new(body, skip - base, encoding, last);
    while let Err(e) = coder.run() {
        match handler.ok_or(Failure::OtherHandler)?.replace_bytes(body, &e, encoding) {
            Ok(Some((text, to))) => coder.go_on(&text, to),
            Ok(None) => return Err(Failure::Error(e)),
            Err(_) => return Err(Failure::WrongDirection),
        }
    }
    let (text, taken) = coder.finish();
    Ok((text, taken + base))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(b: &[u8], e: Encoding, h: Handler) -> Result<String, Failure> {
        decode(b, e, Some(h), true).map(|(s, _)| s)
    }

    #[test]
    fn utf8_errors_name_their_reason() {
        let e = |b: &[u8]| match decoded(b, Encoding::Utf8, Handler::Strict) {
            Err(Failure::Error(e)) => (e.start, e.end, e.reason),
            other => panic!("{other:?}"),
        };
        assert_eq!(e(b"a\xff"), (1, 2, "invalid start byte"));
        assert_eq!(e(b"\xe2\x28"), (0, 1, "invalid continuation byte"));
        assert_eq!(e(b"\xe2\x82"), (0, 2, "unexpected end of data"));
        assert_eq!(decoded(b"a\xffb", Encoding::Utf8, Handler::BackslashReplace), Ok("a\\xffb".into()));
    }

    #[test]
    fn all_encodings_round_trip() {
        for name in ["utf-8", "UTF8-sig", "utf-16", "utf-16-le", "UTF_16_BE", "utf-32", "utf-32-be", "unicode_escape"] {
            let e = Encoding::named(name).unwrap();
            let b = encode("aé€😀", e, Some(Handler::Strict)).unwrap();
            assert_eq!(decoded(&b, e, Handler::Strict), Ok("aé€😀".into()), "{name}");
        }
    }

    #[test]
    fn surrogates_pass_and_escape() {
        let text = decoded(b"a\xff\x80", Encoding::Utf8, Handler::SurrogateEscape).unwrap();
        assert_eq!(encode(&text, Encoding::Utf8, Some(Handler::SurrogateEscape)), Ok(b"a\xff\x80".to_vec()));
        assert_eq!(
            encode(&text, Encoding::Utf8, Some(Handler::SurrogatePass)),
            Ok(b"a\xed\xb3\xbf\xed\xb2\x80".to_vec())
        );
        assert!(matches!(encode(&text, Encoding::Utf8, Some(Handler::Strict)), Err(Failure::Error(e)) if e.end == 3));
    }

    #[test]
    fn the_end_may_be_missing() {
        let f = |b: &[u8], e| decode(b, e, Some(Handler::Strict), false);
        assert_eq!(f(b"a\xe2\x82", Encoding::Utf8), Ok(("a".into(), 1)));
        assert_eq!(f(b"\xff", Encoding::Utf16(None)), Ok(("".into(), 0)));
        assert_eq!(f(b"\xff\xfea\0\x3d\xd8", Encoding::Utf16(None)), Ok(("a".into(), 4)));
        assert_eq!(f(b"a\\u12", Encoding::UnicodeEscape), Ok(("a".into(), 1)));
    }

    #[test]
    fn ascii_handlers() {
        let f = |h| encode("aé€", Encoding::Ascii, Some(h));
        assert_eq!(f(Handler::XmlCharRefReplace), Ok(b"a&#233;&#8364;".to_vec()));
        assert_eq!(f(Handler::BackslashReplace), Ok(b"a\\xe9\\u20ac".to_vec()));
        assert_eq!(f(Handler::NameReplace), Ok(b"a\\N{LATIN SMALL LETTER E WITH ACUTE}\\N{EURO SIGN}".to_vec()));
        assert!(matches!(f(Handler::Strict), Err(Failure::Error(e)) if (e.start, e.end) == (1, 3)));
    }
}
