//! Lone surrogates inside of UTF-8. Just above floor 0.
//!
//! A Python `str` may hold the code points U+D800 to U+DFFF; UTF-8, which texts are kept in, has no place for them. They are
//! held as the 2048 characters U+10F000 to U+10F7FF of plane 16, a private use area to which no font, no
//! standard and hardly a program gives a meaning. So every algorithm on `&str` keeps working, lengths and slices included;
//! only what looks at the *number* of a character has to come here: `ord`, `chr`, escapes, encodings, order and hash.
//!
//! Invariant: in a text of the language, a character of the block stands for a surrogate and never for itself. What comes from
//! outside passes [`admit`] or [`char_of`], which turn the block's own characters into U+FFFD.

use std::borrow::Cow;
use std::cmp::Ordering;

/// The character that holds U+D800.
const BLOCK: u32 = 0x10_f000;
/// The first surrogate, and how many there are.
const FIRST: u32 = 0xd800;
const COUNT: u32 = 0x800;
/// The first byte of all characters of planes 16 in UTF-8; hardly any other text has it.
const LEAD: u8 = 0xf4;

/// Whether `c` holds a surrogate.
#[inline]
pub fn is_lone(c: char) -> bool {
    (c as u32).wrapping_sub(BLOCK) < COUNT
}

/// The code point of a character of a text: `ord(c)`.
#[inline]
pub fn code_of(c: char) -> u32 {
    let code = c as u32;
    if code.wrapping_sub(BLOCK) < COUNT { code - BLOCK + FIRST } else { code }
}

/// The character that stands for a code point in a text: `chr(code)`. `None` from 0x110000 on.
#[inline]
pub fn char_of(code: u32) -> Option<char> {
    match code.wrapping_sub(FIRST) {
        0..COUNT => char::from_u32(code - FIRST + BLOCK),
        _ if code.wrapping_sub(BLOCK) < COUNT => Some('\u{fffd}'),
        _ => char::from_u32(code),
    }
}

/// Whether the text holds a surrogate.
pub fn contained(text: &str) -> bool {
    memchr::memchr_iter(LEAD, text.as_bytes())
        .any(|i| text.get(i..).and_then(|t| t.chars().next()).is_some_and(is_lone))
}

/// A text from outside of the language, in which characters of the block mean themselves.
pub fn admit(text: &str) -> Cow<'_, str> {
    if contained(text) {
        Cow::Owned(text.chars().map(|c| if is_lone(c) { '\u{fffd}' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// The order of texts by their code points, in which surrogates come before U+E000.
pub fn cmp(a: &str, b: &str) -> Ordering {
    let order = a.cmp(b);
    if order == Ordering::Equal
        || memchr::memchr(LEAD, a.as_bytes()).is_none() && memchr::memchr(LEAD, b.as_bytes()).is_none()
    {
        return order;
    }
    a.chars().map(code_of).cmp(b.chars().map(code_of))
}

/// The text with surrogates escaped (`\udc80`), for streams that must not fail.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !contained(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_lone(c) { out.push_str(&format!("\\u{:04x}", code_of(c))) } else { out.push(c) }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for code in [0, 0x41, 0xd7ff, 0xd800, 0xdc80, 0xdfff, 0xe000, 0xffff, 0x10_efff, 0x10_f800, 0x10_ffff] {
            assert_eq!(char_of(code).map(code_of), Some(code), "{code:x}");
        }
        assert_eq!(char_of(0x10_f000), Some('\u{fffd}'));
        assert_eq!(char_of(0x11_0000), None);
    }

    #[test]
    fn order_is_by_code_point() {
        let lone = char_of(0xd800).unwrap().to_string();
        assert_eq!(cmp(&lone, "\u{d7ff}"), Ordering::Greater);
        assert_eq!(cmp(&lone, "\u{e000}"), Ordering::Less);
        assert_eq!(cmp(&lone, &format!("{lone}a")), Ordering::Less);
    }

    #[test]
    fn what_comes_from_outside() {
        assert!(matches!(admit("a\u{10ffff}"), Cow::Borrowed(_)));
        assert_eq!(admit("a\u{10f7ff}"), "a\u{fffd}");
        assert_eq!(escaped("a\u{10f7ff}"), "a\\udfff");
    }
}
