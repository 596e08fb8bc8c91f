//! What Python's `str` knows of characters: classes, case, digits, line ends. Pure; see `text`.
//!
//! Invariant: agrees with CPython 3.13 (Unicode 15.1) on every character. The tables of the standard library and of the crates are
//! newer: what they say of characters that are not assigned in that version is not asked.

use std::borrow::Cow;

use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use super::unicode_tables as tables;

fn in_ranges(ranges: &[(char, char)], c: char) -> bool {
    let at = ranges.partition_point(|&(start, _)| start <= c);
    at > 0 && c <= ranges[at - 1].1
}

fn mapped(table: &'static [(char, &'static str)], c: char) -> Option<&'static str> {
    table.binary_search_by_key(&c, |&(from, _)| from).ok().map(|at| table[at].1)
}

/// Whether `c` came after Unicode 15.1, or has not come yet.
fn is_unassigned(c: char) -> bool {
    c >= '\u{378}' && in_ranges(tables::UNASSIGNED, c)
}

/// Upper case of one character.
fn push_upper(c: char, out: &mut String) {
    if is_unassigned(c) || c.to_uppercase().any(is_unassigned) { out.push(c) } else { out.extend(c.to_uppercase()) }
}

/// Lower case of one character, a sigma apart.
fn push_lower(c: char, out: &mut String) {
    if is_unassigned(c) || c.to_lowercase().any(is_unassigned) { out.push(c) } else { out.extend(c.to_lowercase()) }
}

/// `c.isalpha()`: a letter of any kind.
pub fn is_alpha(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphabetic();
    }
    c.general_category_group() == GeneralCategoryGroup::Letter && !is_unassigned(c)
}

/// The value of a decimal digit of any script: `unicodedata.decimal(c)`.
pub fn decimal_value(c: char) -> Option<u32> {
    if c.is_ascii() {
        return c.to_digit(10);
    }
    let at = tables::ZEROS.partition_point(|&zero| zero <= c);
    let value = c as u32 - *tables::ZEROS.get(at.checked_sub(1)?)? as u32;
    (value < 10).then_some(value)
}

/// `c.isdecimal()`.
pub fn is_decimal(c: char) -> bool {
    decimal_value(c).is_some()
}

/// `c.isdigit()`: decimal digits and such as superscripts.
pub fn is_digit(c: char) -> bool {
    is_decimal(c) || (!c.is_ascii() && in_ranges(tables::DIGITS, c))
}

/// `c.isnumeric()`: digits, fractions, numerals.
pub fn is_numeric(c: char) -> bool {
    is_digit(c) || (!c.is_ascii() && in_ranges(tables::NUMERIC, c))
}

/// `c.isalnum()`.
pub fn is_alnum(c: char) -> bool {
    is_alpha(c) || is_numeric(c)
}

/// `c.isspace()`; also what `split` and `strip` take for white space.
pub fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r' | '\x1c'..='\x1f' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}'
        | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}')
}

/// White space for `bytes`: `b.isspace()`, and what `bytes.split` and `bytes.strip` take.
pub fn is_byte_space(b: u8) -> bool {
    matches!(b, b' ' | b'\t'..=b'\r')
}

/// White space that `int(text)` and `float(text)` skip: all but the ASCII separators 0x1c to 0x1f.
pub fn is_number_space(c: char) -> bool {
    is_space(c) && !matches!(c, '\x1c'..='\x1f')
}

/// Ends a line for `splitlines`; `\r\n` counts as one end.
pub fn is_line_break(c: char) -> bool {
    matches!(c, '\n'..='\r' | '\x1c'..='\x1e' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// `c.isupper()`.
pub fn is_upper(c: char) -> bool {
    c.is_uppercase() && !is_unassigned(c)
}

/// `c.islower()`.
pub fn is_lower(c: char) -> bool {
    // A letter without case in later versions.
    c == '\u{295}' || c.is_lowercase() && !is_unassigned(c)
}

/// Whether `c` is a title-case letter, such as U+01C5.
pub fn is_title(c: char) -> bool {
    !c.is_ascii() && c.general_category() == GeneralCategory::TitlecaseLetter
}

/// Whether `c` has case at all.
pub fn is_cased(c: char) -> bool {
    is_upper(c) || is_lower(c) || is_title(c)
}

/// `c.isprintable()`: neither a control, format, private or unassigned character nor a separator other than the space.
pub fn is_printable(c: char) -> bool {
    if c.is_ascii() {
        return matches!(c, ' '..='~');
    }
    !matches!(c.general_category_group(), GeneralCategoryGroup::Other | GeneralCategoryGroup::Separator)
        && !is_unassigned(c)
}

/// `text.isidentifier()`. Keywords are identifiers here.
pub fn is_identifier(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next().is_some_and(|c| c == '_' || unicode_ident::is_xid_start(c))
        && chars.all(unicode_ident::is_xid_continue)
        && (text.is_ascii() || !text.chars().any(is_unassigned))
}

/// `text.isupper()`: some cased character, and none of lower or title case.
pub fn str_is_upper(text: &str) -> bool {
    let mut cased = false;
    for c in text.chars() {
        if is_lower(c) || is_title(c) {
            return false;
        }
        cased |= is_upper(c);
    }
    cased
}

/// `text.islower()`: some cased character, and none of upper or title case.
pub fn str_is_lower(text: &str) -> bool {
    let mut cased = false;
    for c in text.chars() {
        if is_upper(c) || is_title(c) {
            return false;
        }
        cased |= is_lower(c);
    }
    cased
}

/// `text.istitle()`: upper and title case only after uncased characters, lower case only after cased ones.
pub fn str_is_title(text: &str) -> bool {
    let (mut cased, mut after_cased) = (false, false);
    for c in text.chars() {
        if is_upper(c) || is_title(c) {
            if after_cased {
                return false;
            }
            (cased, after_cased) = (true, true);
        } else if is_lower(c) {
            if !after_cased {
                return false;
            }
            cased = true;
        } else {
            after_cased = false;
        }
    }
    cased
}

/// `text.upper()`.
pub fn upper(text: &str) -> String {
    let upper = text.to_uppercase();
    if upper.is_ascii() || !text.chars().chain(upper.chars()).any(is_unassigned) {
        return upper;
    }
    let mut out = String::with_capacity(text.len());
    text.chars().for_each(|c| push_upper(c, &mut out));
    out
}

/// `text.lower()`; a capital sigma at the end of a word becomes the final one.
pub fn lower(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.is_ascii() || !text.chars().chain(lower.chars()).any(is_unassigned) {
        return lower;
    }
    let mut out = String::with_capacity(text.len());
    let mut steps = Lower::new(text);
    text.chars().for_each(|c| steps.take(c, Some(&mut out)));
    out
}

/// `text.casefold()`.
pub fn casefold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match mapped(tables::FOLD, c) {
            Some(folded) => out.push_str(folded),
            None => push_lower(c, &mut out),
        }
    }
    out
}

fn push_title(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_uppercase());
        return;
    }
    match mapped(tables::TITLE, c) {
        Some(title) => out.push_str(title),
        None => push_upper(c, out),
    }
}

/// Lower-cases one character after another of one text: a capital sigma depends on its neighbours.
struct Lower {
    /// The whole text in lower case, if it has a capital sigma.
    whole: Option<String>,
    /// How much of `whole` belongs to the characters already taken.
    at: usize,
}

impl Lower {
    fn new(text: &str) -> Self {
        Lower { whole: text.contains('Σ').then(|| text.to_lowercase()), at: 0 }
    }

    /// Must be called for each character of the text in order; with `out` if its lower case is wanted.
    fn take(&mut self, c: char, out: Option<&mut String>) {
        let Some(whole) = &self.whole else {
            if let Some(out) = out {
                push_lower(c, out);
            }
            return;
        };
        let len: usize = c.to_lowercase().map(char::len_utf8).sum();
        if let (Some(out), Some(lower)) = (out, whole.get(self.at..self.at + len)) {
            out.push_str(lower);
        }
        self.at += len;
    }
}

/// `text.title()`: a title-case letter after each uncased character, lower case after cased ones.
pub fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lower = Lower::new(text);
    let mut after_cased = false;
    for c in text.chars() {
        if after_cased {
            lower.take(c, Some(&mut out));
        } else {
            push_title(c, &mut out);
            lower.take(c, None);
        }
        after_cased = is_cased(c);
    }
    out
}

/// `text.capitalize()`: the first character in title case, the rest in lower case.
pub fn capitalize(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lower = Lower::new(text);
    for (i, c) in text.char_indices() {
        if i == 0 {
            push_title(c, &mut out);
            lower.take(c, None);
        } else {
            lower.take(c, Some(&mut out));
        }
    }
    out
}

/// `text.swapcase()`.
pub fn swapcase(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lower = Lower::new(text);
    for c in text.chars() {
        if is_upper(c) {
            lower.take(c, Some(&mut out));
            continue;
        }
        if is_lower(c) {
            push_upper(c, &mut out);
        } else {
            out.push(c);
        }
        lower.take(c, None);
    }
    out
}

/// Replaces decimal digits of other scripts by ASCII ones and white space by spaces, as `int` and `float` do before reading.
/// `None` if any other character is outside of ASCII.
pub fn decimals_to_ascii(text: &str) -> Option<String> {
    text.chars()
        .map(|c| match decimal_value(c) {
            _ if c.is_ascii() => Some(c),
            Some(value) => char::from_digit(value, 10),
            None => is_space(c).then_some(' '),
        })
        .collect()
}

/// `text.splitlines(keepends)`.
pub fn split_lines(text: &str, keep_ends: bool) -> SplitLines<'_> {
    SplitLines { rest: text, keep_ends }
}

/// The lines of a text; see [`split_lines`].
#[derive(Clone, Debug)]
pub struct SplitLines<'t> {
    rest: &'t str,
    keep_ends: bool,
}

impl<'t> Iterator for SplitLines<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        if self.rest.is_empty() {
            return None;
        }
        let Some((end, c)) = self.rest.char_indices().find(|&(_, c)| is_line_break(c)) else {
            return Some(std::mem::take(&mut self.rest));
        };
        let two = c == '\r' && self.rest[end..].starts_with("\r\n");
        let next = end + if two { 2 } else { c.len_utf8() };
        let (line, rest) = self.rest.split_at(next);
        self.rest = rest;
        Some(if self.keep_ends { line } else { &line[..end] })
    }
}

/// `text.expandtabs(size)`: each tab up to the next column that is a multiple of `size`; columns start anew after `\n` and `\r`.
/// Borrowed if there is no tab. `None` where the result would be too long (`OverflowError: new string is too long`).
pub fn expand_tabs(text: &str, size: usize) -> Option<Cow<'_, str>> {
    if !text.contains('\t') {
        return Some(Cow::Borrowed(text));
    }
    let tabs = text.bytes().filter(|&b| b == b'\t').count();
    if size.checked_mul(tabs)? > 1 << 36 {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut column = 0usize;
    for c in text.chars() {
        match c {
            '\t' => {
                if size > 0 {
                    let spaces = size - column % size;
                    out.extend(std::iter::repeat_n(' ', spaces));
                    column += spaces;
                }
            }
            _ => {
                out.push(c);
                column = if matches!(c, '\n' | '\r') { 0 } else { column + 1 };
            }
        }
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        assert!(is_alpha('é') && is_alpha('日') && !is_alpha('\u{2160}') && !is_alpha('1'));
        assert!(is_decimal('\u{0665}') && !is_decimal('²') && is_digit('²') && !is_digit('½') && is_numeric('½'));
        assert_eq!(decimal_value('\u{1d7ff}'), Some(9));
        assert_eq!(decimal_value('\u{1d800}'), None);
        assert!(is_numeric('五') && is_alnum('五') && is_alnum('²'));
        assert!(is_space('\x1c') && is_space('\u{3000}') && !is_space('\u{200b}'));
        assert!(is_printable('é') && !is_printable('\u{ad}') && !is_printable('\u{a0}') && is_printable(' '));
        assert!(is_upper('\u{2160}') && is_lower('ª') && is_title('ǅ'));
        assert!(is_identifier("_a1") && is_identifier("été") && !is_identifier("1a") && !is_identifier(""));
    }

    #[test]
    fn case_of_words() {
        assert_eq!(upper("straße ŉ"), "STRASSE ʼN");
        assert_eq!(lower("ὈΔΥΣΣΕΎΣ Σ İ"), "ὀδυσσεύς σ i̇");
        assert_eq!(title("they're bill's ŉx ΑΣ"), "They'Re Bill'S ʼNx Ας");
        assert_eq!(title("ǆungla ßa"), "ǅungla Ssa");
        assert_eq!(capitalize("hELLO Σ ΑΣ"), "Hello σ ας");
        assert_eq!(capitalize("ǆUNGLA"), "ǅungla");
        assert_eq!(swapcase("aBß ΑΣ ǅ"), "AbSS ας ǅ");
        assert_eq!(casefold("Straße ΑΣ"), "strasse ασ");
        assert!(str_is_upper("ABC 1") && !str_is_upper("1") && !str_is_upper("ǅ"));
        assert!(str_is_lower("abc 1") && !str_is_lower(""));
        assert!(str_is_title("Hello World 1") && !str_is_title("Hello world") && !str_is_title("HEllo"));
    }

    #[test]
    fn lines_and_tabs() {
        let lines: Vec<_> = split_lines("a\r\nb\n\nc\u{2028}d\r", false).collect();
        assert_eq!(lines, ["a", "b", "", "c", "d"]);
        let lines: Vec<_> = split_lines("a\r\nb\x0cc", true).collect();
        assert_eq!(lines, ["a\r\n", "b\x0c", "c"]);
        assert_eq!(expand_tabs("a\tbc\n\té\tx", 4).as_deref(), Some("a   bc\n    é   x"));
        assert_eq!(expand_tabs("a\tb", 0).as_deref(), Some("ab"));
        assert_eq!(decimals_to_ascii("\u{0661}\u{a0}x").as_deref(), Some("1 x"));
        assert_eq!(decimals_to_ascii("é"), None);
    }
}
