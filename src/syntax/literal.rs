//! The values of number and string literals. Floor 1.
//!
//! Invariant: a literal that can't be decoded leaves an error in the `Build`; its value then doesn't matter.

use super::ast::Constant;
use super::build::Build;
use super::error::SyntaxWarning;
use crate::base::span::Span;
use crate::text::surrogate;
use std::borrow::Cow;

/// The value of a number that `scan` has accepted.
pub(crate) fn number(text: &str) -> Constant {
    let clean: Cow<str> = if text.contains('_') { text.replace('_', "").into() } else { text.into() };
    let lower = clean.as_bytes().get(1).map(u8::to_ascii_lowercase);
    let radix = match lower {
        Some(b'x') => 16,
        Some(b'o') => 8,
        Some(b'b') => 2,
        _ => 10,
    };
    if radix != 10 {
        return integer(&clean[2..], radix);
    }
    if let Some(real) = clean.strip_suffix(['j', 'J']) {
        return Constant::Imaginary(real.parse().unwrap_or(0.0));
    }
    if clean.contains(['.', 'e', 'E']) {
        return Constant::Float(clean.parse().unwrap_or(0.0));
    }
    integer(&clean, 10)
}

fn integer(digits: &str, radix: u32) -> Constant {
    match i64::from_str_radix(digits, radix) {
        Ok(n) => Constant::Int(n),
        Err(_) => Constant::BigInt { digits: digits.trim_start_matches('0').into(), radix },
    }
}

/// The prefix, quotes and body of a string token: is it raw, and where lies its text?
fn body(src: &str, token: Span) -> (bool, Span) {
    let text = token.text(src);
    let prefix = text.find(['\'', '"']).unwrap_or(0);
    let raw = text[..prefix].contains(['r', 'R']);
    let quote = &text[prefix..(prefix + 1).min(text.len())];
    let width = if text.len() >= prefix + 6 && text[prefix..].starts_with(&quote.repeat(3)) { 3 } else { 1 };
    let start = token.start + (prefix + width) as u32;
    (raw, Span::new(start, (token.end - width as u32).max(start)))
}

/// Appends the value of the `str` literal at `token`.
pub(crate) fn string(cx: &mut Build, token: Span, out: &mut String) {
    let (raw, inner) = body(cx.src, token);
    let text = inner.text(cx.src);
    if !text.contains(['\\', '\r']) {
        out.push_str(text);
    } else if raw {
        push_lines(text, out);
    } else if let Err(message) = unescape(cx, inner, false, token.start, out) {
        cx.fail(token, message);
    }
}

/// Appends a piece of an f-string's literal text.
pub(crate) fn format_text(cx: &mut Build, span: Span, raw: bool, out: &mut String) {
    let text = span.text(cx.src);
    if !text.contains(['\\', '\r', '{', '}']) {
        out.push_str(text);
    } else if raw {
        push_lines(&text.replace("{{", "{").replace("}}", "}"), out);
    } else if let Err(message) = unescape(cx, span, true, span.start, out) {
        let end = cx.fstring_end(span.start);
        cx.fail(end, message);
    }
}

/// Appends `text` with every line end as `\n`.
fn push_lines(text: &str, out: &mut String) {
    if text.contains('\r') {
        out.push_str(&text.replace("\r\n", "\n").replace('\r', "\n"));
    } else {
        out.push_str(text);
    }
}

/// Decodes the escapes in `span`; with `braces`, doubled braces too. The error is CPython's message.
fn unescape(cx: &mut Build, span: Span, braces: bool, token: u32, out: &mut String) -> Result<(), String> {
    let text = span.text(cx.src);
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(len) = text[at..].find(['\\', '\r', '{', '}']) {
        out.push_str(&text[at..at + len]);
        at += len;
        let next = bytes.get(at + 1).copied();
        match bytes[at] {
            b'\r' => {
                out.push('\n');
                at += if next == Some(b'\n') { 2 } else { 1 };
                continue;
            }
            b @ (b'{' | b'}') => {
                out.push(b as char);
                at += if braces && next == Some(b) { 2 } else { 1 };
                continue;
            }
            _ => {}
        }
        let simple = match next {
            Some(b'\n') => Some(""),
            Some(b'\r') => {
                at += if bytes.get(at + 2) == Some(&b'\n') { 3 } else { 2 };
                continue;
            }
            Some(b'\\') => Some("\\"),
            Some(b'\'') => Some("'"),
            Some(b'"') => Some("\""),
            Some(b'a') => Some("\x07"),
            Some(b'b') => Some("\x08"),
            Some(b'f') => Some("\x0c"),
            Some(b'n') => Some("\n"),
            Some(b'r') => Some("\r"),
            Some(b't') => Some("\t"),
            Some(b'v') => Some("\x0b"),
            _ => None,
        };
        if let Some(value) = simple {
            out.push_str(value);
            at += 2;
            continue;
        }
        let hex = |len: usize| {
            let digits = bytes[at + 2..].iter().take(len).take_while(|b| b.is_ascii_hexdigit()).count();
            let value = u32::from_str_radix(&text[at + 2..at + 2 + digits], 16).unwrap_or(0);
            (digits == len, at + 2 + digits, value)
        };
        let (whole, end, value, what) = match next {
            Some(b'0'..=b'7') => {
                let digits = bytes[at + 1..].iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
                let value = u32::from_str_radix(&text[at + 1..at + 1 + digits], 8).unwrap_or(0);
                if value > 0o377 {
                    warn_octal(cx, token, &text[at + 1..at + 4]);
                }
                (true, at + 1 + digits, value, "")
            }
            Some(b'x') => {
                let (whole, end, value) = hex(2);
                (whole, end, value, "truncated \\xXX escape")
            }
            Some(b'u') => {
                let (whole, end, value) = hex(4);
                (whole, end, value, "truncated \\uXXXX escape")
            }
            Some(b'U') => {
                let (whole, end, value) = hex(8);
                if whole && value > 0x10_ffff {
                    return Err(cannot_decode(text, at, end, "illegal Unicode character"));
                }
                (whole, end, value, "truncated \\UXXXXXXXX escape")
            }
            Some(b'N') => {
                let name = bytes.get(at + 2).filter(|b| **b == b'{').and_then(|_| text[at + 3..].find('}'));
                match name {
                    Some(len) if len > 0 => match unicode_names2::character(&text[at + 3..at + 3 + len]) {
                        Some(c) => (true, at + 4 + len, c as u32, ""),
                        None => {
                            return Err(cannot_decode(text, at, at + 4 + len, "unknown Unicode character name"));
                        }
                    },
                    _ => {
                        // CPython's reader goes on to the end of the text in search of the brace.
                        let end = if bytes.get(at + 2) == Some(&b'{') {
                            if name.is_some() { at + 3 } else { bytes.len() }
                        } else {
                            at + 2
                        };
                        return Err(cannot_decode(text, at, end, "malformed \\N character escape"));
                    }
                }
            }
            _ => {
                out.push('\\');
                let c = text[at + 1..].chars().next().or_else(|| cx.src[span.end as usize..].chars().next());
                warn_escape(cx, token, c);
                at += 1;
                continue;
            }
        };
        if !whole {
            return Err(cannot_decode(text, at, end, what));
        }
        out.push(surrogate::char_of(value).unwrap_or('\u{fffd}'));
        at = end;
    }
    out.push_str(&text[at..]);
    Ok(())
}

/// CPython's codec message; it decodes a text in which characters beyond ASCII stand as ten-byte escapes.
fn cannot_decode(text: &str, start: usize, end: usize, why: &str) -> String {
    let width = |s: &str| s.chars().map(|c| if c.is_ascii() { 1 } else { 10 }).sum::<usize>();
    let first = width(&text[..start]);
    let last = first + width(&text[start..end]) - 1;
    format!("(unicode error) 'unicodeescape' codec can't decode bytes in position {first}-{last}: {why}")
}

fn warn_escape(cx: &mut Build, at: u32, c: Option<char>) {
    let c = c.unwrap_or(' ');
    let message = format!("invalid escape sequence '\\{c}'");
    cx.warnings.push(SyntaxWarning { message, span: Span::new(at, at + 1 + c.len_utf8() as u32) });
}

fn warn_octal(cx: &mut Build, at: u32, digits: &str) {
    let message = format!("invalid octal escape sequence '\\{digits}'");
    cx.warnings.push(SyntaxWarning { message, span: Span::new(at, at + 1 + digits.len() as u32) });
}

/// Appends the value of the bytes literal at `token`.
pub(crate) fn bytes(cx: &mut Build, token: Span, out: &mut Vec<u8>) {
    let (raw, inner) = body(cx.src, token);
    let text = inner.text(cx.src);
    if !text.is_ascii() {
        cx.fail(token, "bytes can only contain ASCII literal characters");
        return;
    }
    let text = text.as_bytes();
    let mut at = 0;
    while let Some(&b) = text.get(at) {
        at += 1;
        if b == b'\r' {
            out.push(b'\n');
            at += usize::from(text.get(at) == Some(&b'\n'));
            continue;
        }
        if b != b'\\' || raw {
            out.push(b);
            continue;
        }
        let start = at - 1;
        let Some(&e) = text.get(at) else { continue };
        at += 1;
        match e {
            b'\n' => {}
            b'\r' => at += usize::from(text.get(at) == Some(&b'\n')),
            b'\\' | b'\'' | b'"' => out.push(e),
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'0'..=b'7' => {
                let mut value = u32::from(e - b'0');
                while at - start < 4 && matches!(text.get(at), Some(b'0'..=b'7')) {
                    value = value * 8 + u32::from(text[at] - b'0');
                    at += 1;
                }
                if value > 0o377 {
                    let digits = String::from_utf8_lossy(&text[start + 1..at]).into_owned();
                    warn_octal(cx, token.start, &digits);
                }
                out.push(value as u8);
            }
            b'x' => {
                let digit = |i: usize| text.get(i).and_then(|b| (*b as char).to_digit(16));
                match (digit(at), digit(at + 1)) {
                    (Some(a), Some(b)) => out.push((a * 16 + b) as u8),
                    _ => {
                        cx.fail(token, format!("(value error) invalid \\x escape at position {start}"));
                        return;
                    }
                }
                at += 2;
            }
            _ => {
                out.push(b'\\');
                at -= 1;
                warn_escape(cx, token.start, Some(e as char));
            }
        }
    }
}

/// The text that `{x = }` prints: comments and joined line ends are left out.
pub(crate) fn debug_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    if !text.contains(['#', '\\']) {
        push_lines(text, &mut out);
        return out;
    }
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            Some(q) if q == c => quote = None,
            None if c == '\'' || c == '"' => quote = Some(c),
            // A line end that a backslash takes back.
            _ if c == '\\' && chars.peek().is_some_and(|c| matches!(c, '\n' | '\r')) => {
                if chars.next() == Some('\r') {
                    chars.next_if_eq(&'\n');
                }
                continue;
            }
            None if c == '#' => {
                while chars.next_if(|c| *c != '\n').is_some() {}
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(number("0x_ff"), Constant::Int(255));
        assert_eq!(number("1_000"), Constant::Int(1000));
        assert_eq!(number("1e3"), Constant::Float(1000.0));
        assert_eq!(number("00"), Constant::Int(0));
        assert_eq!(number("2J"), Constant::Imaginary(2.0));
        assert_eq!(number("9223372036854775808"), Constant::BigInt { digits: "9223372036854775808".into(), radix: 10 });
    }

    #[test]
    fn debug() {
        assert_eq!(debug_text("x = "), "x = ");
        assert_eq!(debug_text("'#' # no\n="), "'#' \n=");
    }
}
