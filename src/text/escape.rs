//! `repr` and `ascii` of `str`, `repr` of `bytes`. Pure; see `text`.
//!
//! Invariant: the result is a literal that evaluates to the same object.

use super::{surrogate, unicode};

/// The quote that `repr` takes: `'`, unless the text has that one and not `"`.
fn quote(text: &[u8]) -> u8 {
    if text.contains(&b'\'') && !text.contains(&b'"') { b'"' } else { b'\'' }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

fn push_hex(value: u32, digits: u32, out: &mut String) {
    for i in (0..digits).rev() {
        out.push(HEX[(value >> (4 * i)) as usize & 15] as char);
    }
}

/// Appends `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`.
pub fn push_number(code: u32, out: &mut String) {
    let (letter, digits) = match code {
        ..=0xff => ("\\x", 2),
        0x100..=0xffff => ("\\u", 4),
        _ => ("\\U", 8),
    };
    out.push_str(letter);
    push_hex(code, digits, out);
}

/// `\\xNN`, `\\uNNNN` or `\\UNNNNNNNN`.
pub fn backslashed(code: u32) -> String {
    let mut out = String::new();
    push_number(code, &mut out);
    out
}

/// Whether a byte of UTF-8 stands for itself in any `repr`, whatever the quote.
fn is_plain(b: u8) -> bool {
    matches!(b, b' '..=b'~') && !matches!(b, b'\'' | b'"' | b'\\')
}

/// Appends `repr(text)`: printable characters as they are, the others by `\n`, `\x`, `\u` or `\U`.
pub fn repr_str(text: &str, out: &mut String) {
    escape(text, true, out);
}

/// Appends `ascii(text)`: like `repr`, with every character outside of ASCII escaped.
pub fn ascii_str(text: &str, out: &mut String) {
    escape(text, false, out);
}

/// `repr(text)` as a new string; [`repr_str`] appends to one that exists.
pub fn to_repr(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    repr_str(text, &mut out);
    out
}

fn escape(text: &str, keep_printable: bool, out: &mut String) {
    if text.bytes().all(is_plain) {
        out.push('\'');
        out.push_str(text);
        out.push('\'');
        return;
    }
    let quote = quote(text.as_bytes()) as char;
    out.push(quote);
    for c in text.chars() {
        push_escaped(c, quote, keep_printable, out);
    }
    out.push(quote);
}

fn push_escaped(c: char, quote: char, keep_printable: bool, out: &mut String) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        _ if c == quote => {
            out.push('\\');
            out.push(c);
        }
        ' '..='~' => out.push(c),
        _ if keep_printable && unicode::is_printable(c) => out.push(c),
        _ => push_number(surrogate::code_of(c), out),
    }
}

/// `ascii(object)` from the `repr` of an object: every character outside of ASCII becomes an escape, nothing else changes.
pub fn ascii_of_repr(repr: &str, out: &mut String) {
    for c in repr.chars() {
        if c.is_ascii() { out.push(c) } else { push_escaped(c, '\'', false, out) }
    }
}

/// Appends `repr(bytes)`, such as `b'a\x00'`.
pub fn repr_bytes(bytes: &[u8], out: &mut String) {
    let quote = quote(bytes);
    out.push('b');
    out.push(quote as char);
    for &b in bytes {
        match b {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            _ if b == quote => {
                out.push('\\');
                out.push(b as char);
            }
            b' '..=b'~' => out.push(b as char),
            _ => {
                out.push_str("\\x");
                push_hex(u32::from(b), 2, out);
            }
        }
    }
    out.push(quote as char);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text() {
        for (text, expected) in [
            ("", "''"),
            ("abc", "'abc'"),
            ("it's", "\"it's\""),
            ("\"a\"", "'\"a\"'"),
            ("'\"", "'\\'\"'"),
            ("a\n\t\r\\\0\x1b\x7f", "'a\\n\\t\\r\\\\\\x00\\x1b\\x7f'"),
            ("é\u{a0}\u{ad}€\u{200b}😀\u{e0001}", "'é\\xa0\\xad€\\u200b😀\\U000e0001'"),
        ] {
            assert_eq!(to_repr(text), expected);
        }
        let mut out = String::new();
        ascii_str("é€😀'", &mut out);
        ascii_of_repr(" ['é\\n']", &mut out);
        assert_eq!(out, "\"\\xe9\\u20ac\\U0001f600'\" ['\\xe9\\n']");
    }

    #[test]
    fn bytes() {
        let mut out = String::new();
        repr_bytes(b"a'\x00\xff\n\\", &mut out);
        repr_bytes(b"'\"", &mut out);
        assert_eq!(out, "b\"a'\\x00\\xff\\n\\\\\"b'\\'\"'");
    }
}
