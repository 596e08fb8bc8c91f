//! Encodings: UTF-8, ASCII, Latin-1, UTF-16, UTF-32, with error handlers. Just above floor 0.
//!
//! Texts are UTF-8 in memory and hold no lone surrogates; bytes that would decode to one are errors.

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
}

/// Order of the bytes of a unit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Little,
    Big,
}

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

/// A place that can't be coded: `str[start:end]` or `bytes[start:end]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CodecError {
    /// Name of the codec in messages.
    pub encoding: &'static str,
    pub start: usize,
    pub end: usize,
    pub reason: &'static str,
    /// The handler does not work in this direction: a TypeError.
    pub unhandled: bool,
}

impl Encoding {
    /// Finds an encoding by one of its names.
    pub fn named(name: &str) -> Option<Encoding> {
        let plain: String =
            name.trim().chars().map(|c| if matches!(c, '_' | ' ') { '-' } else { c.to_ascii_lowercase() }).collect();
        Some(match plain.as_str() {
            "utf-8" | "utf8" | "u8" | "utf" | "cp65001" => Encoding::Utf8,
            "utf-8-sig" | "utf8-sig" => Encoding::Utf8Sig,
            "ascii" | "us-ascii" | "646" | "ansi-x3.4-1968" => Encoding::Ascii,
            "latin-1" | "latin1" | "latin" | "l1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" => Encoding::Latin1,
            "utf-16" | "utf16" | "u16" => Encoding::Utf16(None),
            "utf-16-le" | "utf-16le" => Encoding::Utf16(Some(Order::Little)),
            "utf-16-be" | "utf-16be" => Encoding::Utf16(Some(Order::Big)),
            "utf-32" | "utf32" | "u32" => Encoding::Utf32(None),
            "utf-32-le" | "utf-32le" => Encoding::Utf32(Some(Order::Little)),
            "utf-32-be" | "utf-32be" => Encoding::Utf32(Some(Order::Big)),
            _ => return None,
        })
    }

    fn shown(self) -> &'static str {
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
        }
    }
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
}

/// `text.encode(encoding, errors)`; `None` as handler: its name is unknown, which matters only where it is needed.
/// `Err(None)` then.
pub fn encode(text: &str, encoding: Encoding, handler: Option<Handler>) -> Result<Vec<u8>, Option<CodecError>> {
    let limit = match encoding {
        Encoding::Utf8 => return Ok(text.as_bytes().to_vec()),
        Encoding::Utf8Sig => return Ok([b"\xef\xbb\xbf", text.as_bytes()].concat()),
        Encoding::Utf16(order) => {
            let mut out = Vec::with_capacity(text.len() * 2 + 2);
            if order.is_none() {
                out.extend_from_slice(&[0xff, 0xfe]);
            }
            for unit in text.encode_utf16() {
                out.extend_from_slice(&if order == Some(Order::Big) { unit.to_be_bytes() } else { unit.to_le_bytes() });
            }
            return Ok(out);
        }
        Encoding::Utf32(order) => {
            let mut out = Vec::with_capacity(text.len() * 4 + 4);
            if order.is_none() {
                out.extend_from_slice(&[0xff, 0xfe, 0, 0]);
            }
            for c in text.chars() {
                let unit = c as u32;
                out.extend_from_slice(&if order == Some(Order::Big) { unit.to_be_bytes() } else { unit.to_le_bytes() });
            }
            return Ok(out);
        }
        Encoding::Ascii => 128,
        Encoding::Latin1 => 256,
    };
    let mut out = Vec::with_capacity(text.len());
    let mut skip_to = 0;
    for (i, c) in text.chars().enumerate() {
        if (c as u32) < limit {
            out.push(c as u32 as u8);
            continue;
        }
        if i < skip_to {
            continue;
        }
        match handler.ok_or(None)? {
            Handler::Ignore => {}
            Handler::Replace => out.push(b'?'),
            Handler::XmlCharRefReplace => out.extend_from_slice(format!("&#{};", c as u32).as_bytes()),
            Handler::BackslashReplace | Handler::NameReplace => out.extend_from_slice(backslashed(c as u32).as_bytes()),
            Handler::Strict | Handler::SurrogateEscape | Handler::SurrogatePass => {
                let run = text.chars().skip(i).take_while(|&c| c as u32 >= limit).count();
                skip_to = i + run;
                let reason = if limit == 128 { "ordinal not in range(128)" } else { "ordinal not in range(256)" };
                return Err(Some(CodecError {
                    encoding: encoding.shown(),
                    start: i,
                    end: skip_to,
                    reason,
                    unhandled: false,
                }));
            }
        }
    }
    Ok(out)
}

fn backslashed(c: u32) -> String {
    match c {
        0..0x100 => format!("\\x{c:02x}"),
        0x100..0x10000 => format!("\\u{c:04x}"),
        _ => format!("\\U{c:08x}"),
    }
}

/// `bytes.decode(encoding, errors)`; handlers as in [`encode`].
pub fn decode(bytes: &[u8], encoding: Encoding, handler: Option<Handler>) -> Result<String, Option<CodecError>> {
    match encoding {
        Encoding::Utf8 => decode_utf8(bytes, handler),
        Encoding::Utf8Sig => decode_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes), handler),
        Encoding::Latin1 => Ok(bytes.iter().map(|&b| b as char).collect()),
        Encoding::Ascii => {
            let mut out = String::with_capacity(bytes.len());
            for (i, &b) in bytes.iter().enumerate() {
                if b < 128 {
                    out.push(b as char);
                } else {
                    handle(bytes, i, i + 1, "ascii", "ordinal not in range(128)", handler, &mut out)?;
                }
            }
            Ok(out)
        }
        Encoding::Utf16(order) => decode_wide(bytes, order, 2, encoding, handler),
        Encoding::Utf32(order) => decode_wide(bytes, order, 4, encoding, handler),
    }
}

fn handle(
    bytes: &[u8],
    start: usize,
    end: usize,
    encoding: &'static str,
    reason: &'static str,
    handler: Option<Handler>,
    out: &mut String,
) -> Result<(), Option<CodecError>> {
    let error = |unhandled| Err(Some(CodecError { encoding, start, end, reason, unhandled }));
    match handler.ok_or(None)? {
        Handler::Ignore => {}
        Handler::Replace => out.push('\u{fffd}'),
        Handler::BackslashReplace => {
            for &b in bytes.get(start..end).unwrap_or(&[]) {
                out.push_str(&format!("\\x{b:02x}"));
            }
        }
        Handler::XmlCharRefReplace | Handler::NameReplace => return error(true),
        Handler::Strict | Handler::SurrogateEscape | Handler::SurrogatePass => return error(false),
    }
    Ok(())
}

fn decode_utf8(bytes: &[u8], handler: Option<Handler>) -> Result<String, Option<CodecError>> {
    let mut out = String::with_capacity(bytes.len());
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).unwrap_or(&[]);
        match std::str::from_utf8(rest) {
            Ok(s) => {
                out.push_str(s);
                return Ok(out);
            }
            Err(e) => {
                let good = e.valid_up_to();
                out.push_str(std::str::from_utf8(&rest[..good]).unwrap_or(""));
                let start = at + good;
                let (end, reason) = match e.error_len() {
                    None => (bytes.len(), "unexpected end of data"),
                    Some(n) => {
                        let first = bytes.get(start).copied().unwrap_or(0);
                        let lead = (0xc2..=0xf4).contains(&first);
                        (start + n, if lead { "invalid continuation byte" } else { "invalid start byte" })
                    }
                };
                handle(bytes, start, end, "utf-8", reason, handler, &mut out)?;
                at = end;
            }
        }
    }
}

fn decode_wide(
    bytes: &[u8],
    order: Option<Order>,
    size: usize,
    encoding: Encoding,
    handler: Option<Handler>,
) -> Result<String, Option<CodecError>> {
    let mut at = 0;
    let order = match order {
        Some(o) => o,
        None => {
            let (little, big): (&[u8], &[u8]) =
                if size == 2 { (&[0xff, 0xfe], &[0xfe, 0xff]) } else { (&[0xff, 0xfe, 0, 0], &[0, 0, 0xfe, 0xff]) };
            if bytes.starts_with(little) {
                at = size;
                Order::Little
            } else if bytes.starts_with(big) {
                at = size;
                Order::Big
            } else {
                Order::Little
            }
        }
    };
    let unit = |at: usize| -> Option<u32> {
        let b = bytes.get(at..at + size)?;
        let n = b.iter().fold(0u32, |n, &x| n << 8 | x as u32);
        Some(match (order, size) {
            (Order::Big, _) => n,
            (Order::Little, 2) => n.swap_bytes() >> 16,
            _ => n.swap_bytes(),
        })
    };
    let name = encoding.shown();
    let mut out = String::new();
    while at < bytes.len() {
        let Some(u) = unit(at) else {
            handle(bytes, at, bytes.len(), name, "truncated data", handler, &mut out)?;
            break;
        };
        if let Some(c) = char::from_u32(u) {
            out.push(c);
            at += size;
            continue;
        }
        if size == 4 {
            let reason = if u > 0x10ffff {
                "code point not in range(0x110000)"
            } else {
                "code point in surrogate code point range(0xd800, 0xe000)"
            };
            handle(bytes, at, at + 4, name, reason, handler, &mut out)?;
            at += 4;
            continue;
        }
        if u >= 0xdc00 {
            handle(bytes, at, at + 2, name, "illegal encoding", handler, &mut out)?;
            at += 2;
            continue;
        }
        match unit(at + 2) {
            None => {
                handle(bytes, at, bytes.len(), name, "unexpected end of data", handler, &mut out)?;
                break;
            }
            Some(low) if (0xdc00..0xe000).contains(&low) => {
                let c = 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
                out.push(char::from_u32(c).unwrap_or('\u{fffd}'));
                at += 4;
            }
            Some(_) => {
                handle(bytes, at, at + 2, name, "illegal UTF-16 surrogate", handler, &mut out)?;
                at += 2;
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_errors_name_their_reason() {
        let e = |b: &[u8]| {
            decode(b, Encoding::Utf8, Some(Handler::Strict)).unwrap_err().map(|e| (e.start, e.end, e.reason))
        };
        assert_eq!(e(b"a\xff"), Some((1, 2, "invalid start byte")));
        assert_eq!(e(b"\xe2\x28"), Some((0, 1, "invalid continuation byte")));
        assert_eq!(e(b"\xe2\x82"), Some((0, 2, "unexpected end of data")));
        assert_eq!(decode(b"a\xffb", Encoding::Utf8, Some(Handler::BackslashReplace)), Ok("a\\xffb".into()));
    }

    #[test]
    fn wide_encodings_round_trip() {
        for name in ["utf-16", "utf-16-le", "UTF_16_BE", "utf-32", "utf-32-be"] {
            let e = Encoding::named(name).unwrap();
            let b = encode("aé€😀", e, Some(Handler::Strict)).unwrap();
            assert_eq!(decode(&b, e, Some(Handler::Strict)), Ok("aé€😀".into()), "{name}");
        }
    }

    #[test]
    fn ascii_handlers() {
        let f = |h| encode("aé€", Encoding::Ascii, Some(h));
        assert_eq!(f(Handler::XmlCharRefReplace), Ok(b"a&#233;&#8364;".to_vec()));
        assert_eq!(f(Handler::BackslashReplace), Ok(b"a\\xe9\\u20ac".to_vec()));
        assert_eq!(f(Handler::Strict).unwrap_err().map(|e| (e.start, e.end)), Some((1, 3)));
    }
}
