//! Searching, splitting and replacing in `str` and `bytes`. Pure; see `text`.
//!
//! Invariant: offsets are byte offsets; those of a `str` lie on character boundaries ([`char_index`] counts characters).
//! An empty needle stands before every character and at the end. ("String Methods" of the library reference.)

use std::borrow::Cow;
use std::ops::Range;

use memchr::memmem;

use super::unicode::{is_byte_space, is_space};

/// Whether an ASCII character is white space in a `str`: four more are than in `bytes`.
#[inline(always)]
fn is_ascii_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t'..=b'\r' | 0x1c..=0x1f)
}

/// Text in units that can be searched: `str` in characters, `[u8]` in bytes.
pub trait Text: ToOwned {
    /// The bytes of the text.
    fn bytes(&self) -> &[u8];
    /// The part in a byte range that lies on boundaries; empty for any other.
    fn part(&self, range: Range<usize>) -> &Self;
    /// The boundary after the unit that starts at `at`; past the end, `at + 1`.
    fn after(&self, at: usize) -> usize;
    /// How many units there are.
    fn units(&self) -> usize;
    /// The white space at the start: its length in bytes, 0 if there is none.
    fn leading_space(&self) -> usize;
    /// The white space at the end, in bytes.
    fn trailing_space(&self) -> usize;
    /// The first white space: where it is, in bytes.
    fn find_space(&self) -> Option<usize>;
    /// Just past the last white space.
    fn after_last_space(&self) -> Option<usize>;
    /// Appends `part` to `out`.
    fn append(out: &mut Self::Owned, part: &Self);
    /// An owned text without content, with room for `capacity` bytes.
    fn with_capacity(capacity: usize) -> Self::Owned;
}

impl Text for str {
    fn bytes(&self) -> &[u8] {
        self.as_bytes()
    }
    fn part(&self, range: Range<usize>) -> &str {
        self.get(range).unwrap_or("")
    }
    fn after(&self, at: usize) -> usize {
        at + self.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
    }
    fn units(&self) -> usize {
        self.chars().count()
    }
    fn leading_space(&self) -> usize {
        let n = self.bytes().take_while(|&b| is_ascii_space(b)).count();
        match self.as_bytes().get(n) {
            Some(b) if !b.is_ascii() => self.len() - self.trim_start_matches(is_space).len(),
            _ => n,
        }
    }
    fn trailing_space(&self) -> usize {
        let n = self.bytes().rev().take_while(|&b| is_ascii_space(b)).count();
        match self.as_bytes().get((self.len() - n).wrapping_sub(1)) {
            Some(b) if !b.is_ascii() => self.len() - self.trim_end_matches(is_space).len(),
            _ => n,
        }
    }
    fn find_space(&self) -> Option<usize> {
        let at = self.bytes().position(|b| is_ascii_space(b) || !b.is_ascii())?;
        if is_ascii_space(self.as_bytes()[at]) {
            return Some(at);
        }
        self.get(at..)?.find(is_space).map(|n| at + n)
    }
    fn after_last_space(&self) -> Option<usize> {
        self.char_indices().rev().find(|&(_, c)| is_space(c)).map(|(at, c)| at + c.len_utf8())
    }
    fn append(out: &mut String, part: &str) {
        out.push_str(part);
    }
    fn with_capacity(capacity: usize) -> String {
        String::with_capacity(capacity)
    }
}

impl Text for [u8] {
    fn bytes(&self) -> &[u8] {
        self
    }
    fn part(&self, range: Range<usize>) -> &[u8] {
        self.get(range).unwrap_or(&[])
    }
    fn after(&self, at: usize) -> usize {
        at + 1
    }
    fn units(&self) -> usize {
        self.len()
    }
    fn leading_space(&self) -> usize {
        self.iter().take_while(|&&b| is_byte_space(b)).count()
    }
    fn trailing_space(&self) -> usize {
        self.iter().rev().take_while(|&&b| is_byte_space(b)).count()
    }
    fn find_space(&self) -> Option<usize> {
        self.iter().position(|&b| is_byte_space(b))
    }
    fn after_last_space(&self) -> Option<usize> {
        self.iter().rposition(|&b| is_byte_space(b)).map(|at| at + 1)
    }
    fn append(out: &mut Vec<u8>, part: &[u8]) {
        out.extend_from_slice(part);
    }
    fn with_capacity(capacity: usize) -> Vec<u8> {
        Vec::with_capacity(capacity)
    }
}

fn find_bytes(hay: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(0),
        [one] => memchr::memchr(*one, hay),
        _ if needle.len() > hay.len() => None,
        _ => memmem::find(hay, needle),
    }
}

fn rfind_bytes(hay: &[u8], needle: &[u8]) -> Option<usize> {
    match needle {
        [] => Some(hay.len()),
        [one] => memchr::memrchr(*one, hay),
        _ if needle.len() > hay.len() => None,
        _ => memmem::rfind(hay, needle),
    }
}

/// `text.find(needle)`: the offset of the first occurrence. An empty needle is at 0.
pub fn find<T: Text + ?Sized>(text: &T, needle: &T) -> Option<usize> {
    find_bytes(text.bytes(), needle.bytes())
}

/// `text.rfind(needle)`: the offset of the last occurrence. An empty needle is at the end.
pub fn rfind<T: Text + ?Sized>(text: &T, needle: &T) -> Option<usize> {
    rfind_bytes(text.bytes(), needle.bytes())
}

/// `needle in text`.
pub fn contains<T: Text + ?Sized>(text: &T, needle: &T) -> bool {
    find(text, needle).is_some()
}

/// `text.count(needle)`: occurrences that do not overlap. An empty needle occurs once more than there are units.
pub fn count<T: Text + ?Sized>(text: &T, needle: &T) -> usize {
    match needle.bytes() {
        [] => text.units() + 1,
        [one] => memchr::memchr_iter(*one, text.bytes()).count(),
        needle => memmem::find_iter(text.bytes(), needle).count(),
    }
}

/// `text.split(separator, maxsplit)`; `None` as `max` splits everywhere. The caller refuses an empty separator
/// (`ValueError: empty separator`); here it splits nowhere.
pub fn split<'t, T: Text + ?Sized>(text: &'t T, separator: &T, max: Option<usize>) -> Vec<&'t T> {
    let (bytes, needle) = (text.bytes(), separator.bytes());
    let mut parts = Vec::new();
    let mut start = 0;
    if !needle.is_empty() {
        let max = max.unwrap_or(usize::MAX);
        let mut push = |at: usize| {
            parts.push(text.part(start..at));
            start = at + needle.len();
        };
        match needle {
            [one] => memchr::memchr_iter(*one, bytes).take(max).for_each(&mut push),
            _ => memmem::find_iter(bytes, needle).take(max).for_each(&mut push),
        }
    }
    parts.push(text.part(start..bytes.len()));
    parts
}

/// `text.rsplit(separator, maxsplit)`: as [`split`], counting from the end. The parts are in the order of the text.
pub fn rsplit<'t, T: Text + ?Sized>(text: &'t T, separator: &T, max: Option<usize>) -> Vec<&'t T> {
    let (bytes, needle) = (text.bytes(), separator.bytes());
    let mut parts = Vec::new();
    let mut end = bytes.len();
    let mut left = if needle.is_empty() { 0 } else { max.unwrap_or(usize::MAX) };
    while left > 0
        && let Some(at) = rfind_bytes(&bytes[..end], needle)
    {
        parts.push(text.part(at + needle.len()..end));
        end = at;
        left -= 1;
    }
    parts.push(text.part(0..end));
    parts.reverse();
    parts
}

/// `text.split(None, maxsplit)`: at runs of white space, none of it kept but what follows the last split allowed, up to the end.
pub fn split_space<T: Text + ?Sized>(text: &T, max: Option<usize>) -> Vec<&T> {
    let mut parts = Vec::new();
    let mut left = max.unwrap_or(usize::MAX);
    let end = text.bytes().len();
    let mut rest = text.part(text.leading_space()..end);
    while !rest.bytes().is_empty() {
        let len = rest.bytes().len();
        let stop = if left == 0 { None } else { rest.find_space() };
        let Some(stop) = stop else {
            parts.push(rest);
            break;
        };
        parts.push(rest.part(0..stop));
        rest = rest.part(stop..len);
        rest = rest.part(rest.leading_space()..rest.bytes().len());
        left -= 1;
    }
    parts
}

/// `text.rsplit(None, maxsplit)`: as [`split_space`], counting from the end. The parts are in the order of the text.
pub fn rsplit_space<T: Text + ?Sized>(text: &T, max: Option<usize>) -> Vec<&T> {
    let mut parts = Vec::new();
    let mut left = max.unwrap_or(usize::MAX);
    let mut rest = text.part(0..text.bytes().len() - text.trailing_space());
    while !rest.bytes().is_empty() {
        let len = rest.bytes().len();
        let stop = if left == 0 { None } else { rest.after_last_space() };
        let Some(stop) = stop else {
            parts.push(rest);
            break;
        };
        parts.push(rest.part(stop..len));
        rest = rest.part(0..stop);
        rest = rest.part(0..stop - rest.trailing_space());
        left -= 1;
    }
    parts.reverse();
    parts
}

/// `text.replace(old, new, count)`; `None` as `max` replaces every occurrence. Borrowed if there is none.
/// An empty `old` is found before each unit and at the end.
pub fn replace<'t, T: Text + ?Sized>(text: &'t T, old: &T, new: &T, max: Option<usize>) -> Cow<'t, T> {
    let (bytes, needle) = (text.bytes(), old.bytes());
    let max = max.unwrap_or(usize::MAX);
    if max == 0 {
        return Cow::Borrowed(text);
    }
    if needle.is_empty() {
        let mut out = T::with_capacity(bytes.len());
        let mut at = 0;
        for _ in 0..max {
            T::append(&mut out, new);
            if at >= bytes.len() {
                return Cow::Owned(out);
            }
            let next = text.after(at);
            T::append(&mut out, text.part(at..next));
            at = next;
        }
        T::append(&mut out, text.part(at..bytes.len()));
        return Cow::Owned(out);
    }
    let Some(first) = find_bytes(bytes, needle) else { return Cow::Borrowed(text) };
    let mut out = T::with_capacity(bytes.len() + new.bytes().len().saturating_sub(needle.len()));
    T::append(&mut out, text.part(0..first));
    T::append(&mut out, new);
    let mut start = first + needle.len();
    if max > 1 {
        for at in memmem::find_iter(&bytes[start..], needle).take(max - 1).map(|at| at + first + needle.len()) {
            T::append(&mut out, text.part(start..at));
            T::append(&mut out, new);
            start = at + needle.len();
        }
    }
    T::append(&mut out, text.part(start..bytes.len()));
    Cow::Owned(out)
}

/// `text.partition(separator)`: what stands before and after the first occurrence; `None` if there is none.
/// The caller refuses an empty separator.
pub fn partition<'t, T: Text + ?Sized>(text: &'t T, separator: &T) -> Option<(&'t T, &'t T)> {
    let at = find(text, separator)?;
    Some((text.part(0..at), text.part(at + separator.bytes().len()..text.bytes().len())))
}

/// `text.rpartition(separator)`: what stands before and after the last occurrence; `None` if there is none.
pub fn rpartition<'t, T: Text + ?Sized>(text: &'t T, separator: &T) -> Option<(&'t T, &'t T)> {
    let at = rfind(text, separator)?;
    Some((text.part(0..at), text.part(at + separator.bytes().len()..text.bytes().len())))
}

/// `text.strip()`, `lstrip()`, `rstrip()`: without white space at the ends asked for.
pub fn strip_space<T: Text + ?Sized>(text: &T, left: bool, right: bool) -> &T {
    let start = if left { text.leading_space() } else { 0 };
    let end = text.bytes().len();
    let rest = text.part(start..end);
    let len = rest.bytes().len();
    if right { rest.part(0..len - rest.trailing_space()) } else { rest }
}

/// `text.strip(chars)`, `lstrip(chars)`, `rstrip(chars)`: without those characters at the ends asked for.
pub fn strip_chars<'t>(text: &'t str, chars: &str, left: bool, right: bool) -> &'t str {
    let text = if left { text.trim_start_matches(|c| chars.contains(c)) } else { text };
    if right { text.trim_end_matches(|c| chars.contains(c)) } else { text }
}

/// The same for `bytes`.
pub fn strip_bytes<'t>(text: &'t [u8], bytes: &[u8], left: bool, right: bool) -> &'t [u8] {
    let end = if right { text.iter().rposition(|b| !bytes.contains(b)).map_or(0, |at| at + 1) } else { text.len() };
    let text = text.get(..end).unwrap_or(text);
    let start = if left { text.iter().take_while(|b| bytes.contains(b)).count() } else { 0 };
    text.get(start..).unwrap_or(&[])
}

/// How many characters stand before byte `offset` of `text`: turns the offsets of this module into Python's indices.
pub fn char_index(text: &str, offset: usize) -> usize {
    text.as_bytes().iter().take(offset).filter(|&&b| b & 0xc0 != 0x80).count()
}

/// Where character `index` of `text` starts, in bytes; the end of the text for an index past it.
pub fn byte_offset(text: &str, index: usize) -> usize {
    if text.is_ascii() {
        return index.min(text.len());
    }
    text.char_indices().nth(index).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finding() {
        assert_eq!(
            (find("aéba", "a"), rfind("aéba", "a"), find("aéba", "éb"), find("a", "ab")),
            (Some(0), Some(4), Some(1), None)
        );
        assert_eq!((find("abc", ""), rfind("abc", ""), count("éé", ""), count("aaaa", "aa")), (Some(0), Some(3), 3, 2));
        assert_eq!((count(&b"aaa"[..], b"a"), rfind(&b"abab"[..], b"ab"), count("", "")), (3, Some(2), 1));
        assert_eq!((char_index("aéb", 3), byte_offset("aéb", 2), byte_offset("é", 9)), (2, 3, 2));
        assert!(contains("", "") && !contains("", "a"));
    }

    #[test]
    fn splitting() {
        assert_eq!(split("a,b,,c", ",", None), ["a", "b", "", "c"]);
        assert_eq!(split("a,b,,c", ",", Some(1)), ["a", "b,,c"]);
        assert_eq!(split("", ",", None), [""]);
        assert_eq!(split("<>a<>", "<>", None), ["", "a", ""]);
        assert_eq!(rsplit("a,b,c", ",", Some(1)), ["a,b", "c"]);
        assert_eq!(rsplit("aaa", "aa", None), ["a", ""]);
        assert_eq!(split_space(" a  b\tc ", None), ["a", "b", "c"]);
        assert_eq!(split_space(" a  b c ", Some(1)), ["a", "b c "]);
        assert_eq!(split_space(" a b ", Some(0)), ["a b "]);
        assert_eq!(rsplit_space(" a  b c ", Some(1)), [" a  b", "c"]);
        assert_eq!(rsplit_space(" a\u{3000}b ", None), ["a", "b"]);
        assert_eq!(split_space("  ", None), [""; 0]);
        assert_eq!(split_space(&b" a \x1cb "[..], None), [&b"a"[..], b"\x1cb"]);
        assert_eq!(split(&b"a\xffb"[..], &[0xff], None), [b"a", b"b"]);
    }

    #[test]
    fn replacing() {
        assert_eq!(replace("aXbX", "X", "__", None), "a__b__");
        assert_eq!(replace("aXbX", "X", "", Some(1)), "abX");
        assert_eq!(replace("éa", "", "-", None), "-é-a-");
        assert_eq!(replace("éa", "", "-", Some(2)), "-é-a");
        assert_eq!(replace("", "", "x", None), "x");
        assert_eq!(replace("", "", "x", Some(0)), "");
        assert_eq!(replace("aaa", "aa", "b", None), "ba");
        assert!(matches!(replace("abc", "x", "y", None), Cow::Borrowed("abc")));
        assert_eq!(&*replace(&b"abab"[..], b"ab", b"c", Some(5)), b"cc");
    }

    #[test]
    fn parting_and_stripping() {
        assert_eq!(partition("a=b=c", "="), Some(("a", "b=c")));
        assert_eq!(rpartition("a=b=c", "="), Some(("a=b", "c")));
        assert_eq!(partition("abc", "="), None);
        assert_eq!(strip_space("\u{a0} a \n", true, true), "a");
        assert_eq!(strip_space(" a ", false, true), " a");
        assert_eq!(strip_chars("xxayx", "xy", true, true), "a");
        assert_eq!(strip_chars("xxayx", "xy", true, false), "ayx");
        assert_eq!(strip_bytes(b"xxayx", b"xy", true, true), b"a");
        assert_eq!(strip_bytes(b"xx", b"x", true, true), b"");
    }
}
