//! `int` as text and as bytes: parsing, printing, `to_bytes`; its arithmetic is in [`arith`]. Pure; see `text`.
//!
//! Invariant: text of more than [`MAX_STR_DIGITS`] digits is refused in every base that is not a power of two, as CPython does
//! against quadratic conversion ("Integer string conversion length limitation" of the library's built-in types).

use std::borrow::Cow;
use std::fmt::Write;

use dashu_int::{IBig, Sign, UBig};

use super::unicode;
use super::{TextError, TextResult};

mod arith;
pub use arith::*;

/// `sys.int_info.default_max_str_digits`: the most digits that `int(text)` and `str(n)` take.
pub const MAX_STR_DIGITS: usize = 4300;

/// Why [`parse`] failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ParseIntError {
    /// `ValueError: invalid literal for int() with base <base>: <repr of the text>`; the caller has the text.
    Invalid {
        /// The base as the caller gave it (0 stays 0).
        base: u32,
    },
    /// `ValueError: int() base must be >= 2 and <= 36, or 0`.
    Base,
    /// More than [`MAX_STR_DIGITS`] digits.
    TooLong {
        /// How many.
        digits: usize,
        /// How many there may be.
        limit: usize,
    },
}

impl ParseIntError {
    /// The exception's text; `literal` is the `repr` of the text that was parsed.
    pub fn message(&self, literal: &str) -> String {
        match self {
            ParseIntError::Invalid { base } => format!("invalid literal for int() with base {base}: {literal}"),
            ParseIntError::Base => "int() base must be >= 2 and <= 36, or 0".to_owned(),
            ParseIntError::TooLong { digits, limit } => format!(
                "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; \
                 use sys.set_int_max_str_digits() to increase the limit"
            ),
        }
    }
}

/// `str(n)` of a number that has too many digits: `ValueError`.
pub fn too_many_digits(limit: usize) -> TextError {
    TextError::value(format!(
        "Exceeds the limit ({limit} digits) for integer string conversion; \
         use sys.set_int_max_str_digits() to increase the limit"
    ))
}

/// A plain decimal number: an optional sign and 1 to 18 ASCII digits, the case that needs no further look.
/// `None` says nothing but that [`parse`] must decide.
pub fn parse_i64(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut n = 0i64;
    for b in digits {
        if !b.is_ascii_digit() {
            return None;
        }
        n = n * 10 + i64::from(b - b'0');
    }
    Some(if negative { -n } else { n })
}

/// `int(text, base)`: white space around, a sign, the prefix of the base (or of any, if `base` is 0), digits of any script,
/// single underscores between digits or after the prefix (PEP 515).
pub fn parse(text: &str, base: u32) -> Result<IBig, ParseIntError> {
    parse_within(text, base, MAX_STR_DIGITS)
}

/// [`parse`] with another limit of digits; 0 for none.
pub fn parse_within(text: &str, base: u32, limit: usize) -> Result<IBig, ParseIntError> {
    if base == 10
        && let Some(n) = parse_i64(text)
    {
        return Ok(IBig::from(n));
    }
    if base == 1 || base > 36 {
        return Err(ParseIntError::Base);
    }
    let invalid = ParseIntError::Invalid { base };
    let text = text.trim_matches(unicode::is_number_space);
    let text = if text.is_ascii() {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(unicode::decimals_to_ascii(text).ok_or_else(|| invalid.clone())?)
    };
    let (sign, body) = match text.as_bytes().first() {
        Some(b'-') => (Sign::Negative, &text[1..]),
        Some(b'+') => (Sign::Positive, &text[1..]),
        _ => (Sign::Positive, &text[..]),
    };
    let prefix = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => 16,
        [b'0', b'o' | b'O', ..] => 8,
        [b'0', b'b' | b'B', ..] => 2,
        _ => 0,
    };
    let radix = match (base, prefix) {
        (0, 0) => 10,
        (0, prefix) => prefix,
        _ => base,
    };
    let prefixed = prefix == radix;
    let body = if prefixed { body[2..].strip_prefix('_').unwrap_or(&body[2..]) } else { body };
    let digits = strip_digits(body, radix).ok_or_else(|| invalid.clone())?;
    if !radix.is_power_of_two() && limit > 0 && digits.len() > limit {
        return Err(ParseIntError::TooLong { digits: digits.len(), limit });
    }
    let magnitude = UBig::from_str_radix(&digits, radix).map_err(|_| invalid.clone())?;
    // A literal without prefix has no leading zero, save for zero itself.
    if base == 0 && !prefixed && digits.starts_with('0') && !magnitude.is_zero() {
        return Err(invalid);
    }
    Ok(IBig::from_parts(sign, magnitude))
}

/// The digits of `text` without their underscores; `None` unless each underscore stands alone between two digits.
fn strip_digits(text: &str, radix: u32) -> Option<Cow<'_, str>> {
    let mut after_digit = false;
    let mut underscores = false;
    for c in text.chars() {
        if c == '_' {
            if !after_digit {
                return None;
            }
            after_digit = false;
            underscores = true;
        } else if c.is_digit(radix) {
            after_digit = true;
        } else {
            return None;
        }
    }
    if !after_digit {
        return None;
    }
    Some(if underscores { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) })
}

/// The digits of `n` in `radix` (2 to 36, else taken as 10), lower case, at the end of `buffer`.
pub(super) fn digits_u64(mut n: u64, radix: u32, upper: bool, buffer: &mut [u8; 64]) -> &str {
    let radix = if (2..=36).contains(&radix) { u64::from(radix) } else { 10 };
    let ten = if upper { b'A' } else { b'a' };
    let mut at = buffer.len();
    loop {
        // A constant divisor is a multiplication, or a shift.
        let digit = match radix {
            10 => n % 10,
            16 => n % 16,
            2 => n % 2,
            _ => n % radix,
        } as u8;
        n = match radix {
            10 => n / 10,
            16 => n / 16,
            2 => n / 2,
            _ => n / radix,
        };
        at -= 1;
        buffer[at] = if digit < 10 { b'0' + digit } else { ten + digit - 10 };
        if n == 0 {
            break;
        }
    }
    std::str::from_utf8(&buffer[at..]).unwrap_or("")
}

/// Appends `n` in decimal.
pub fn push_u64(n: u64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(n));
}

/// Appends `n` in decimal: `str(n)`.
pub fn push_i64(n: i64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(n));
}

/// Appends `str(n)`; `ValueError` past `limit` digits, unless that is 0.
pub fn push_int(n: &IBig, limit: usize, out: &mut String) -> TextResult<()> {
    if let Ok(small) = i64::try_from(n) {
        push_i64(small, out);
        return Ok(());
    }
    // Certainly too many, without the work of printing it: log2(10) is below 3.3220.
    if limit > 0 && bit_length(n) as f64 > limit as f64 * 3.3220 + 1.0 {
        return Err(too_many_digits(limit));
    }
    let before = out.len();
    // Writing to a String cannot fail.
    let _ = write!(out, "{n}");
    let digits = out.len() - before - usize::from(n.sign() == Sign::Negative);
    if limit > 0 && digits > limit {
        out.truncate(before);
        return Err(too_many_digits(limit));
    }
    Ok(())
}

/// Appends `bin(n)`, `oct(n)` or `hex(n)`: the sign, the prefix, the digits. `radix` is 2, 8 or 16.
pub fn push_prefixed(n: &IBig, radix: u32, out: &mut String) {
    if n.sign() == Sign::Negative {
        out.push('-');
    }
    out.push_str(prefix(radix));
    push_radix(n, radix, false, out);
}

/// `0b`, `0o` or `0x`; empty for another radix.
pub(super) fn prefix(radix: u32) -> &'static str {
    match radix {
        2 => "0b",
        8 => "0o",
        16 => "0x",
        _ => "",
    }
}

/// Appends the digits of `|n|` in `radix` (2 to 36, else taken as 10), without sign, prefix or limit.
pub fn push_radix(n: &IBig, radix: u32, upper: bool, out: &mut String) {
    if let Ok(small) = i64::try_from(n) {
        out.push_str(digits_u64(small.unsigned_abs(), radix, upper, &mut [0; 64]));
        return;
    }
    let magnitude = if n.sign() == Sign::Negative { -n } else { n.clone() };
    let _ = match radix {
        2 => write!(out, "{magnitude:b}"),
        8 => write!(out, "{magnitude:o}"),
        16 if upper => write!(out, "{magnitude:X}"),
        16 => write!(out, "{magnitude:x}"),
        3..=36 => write!(out, "{}", magnitude.in_radix(radix as u8)),
        _ => write!(out, "{magnitude}"),
    };
}

/// `n.to_bytes(length, byteorder, signed=signed)`. `OverflowError` if it does not fit.
pub fn to_bytes(n: &IBig, length: usize, little: bool, signed: bool) -> TextResult<Vec<u8>> {
    let negative = n.sign() == Sign::Negative;
    if negative && !signed {
        return Err(TextError::overflow("can't convert negative int to unsigned"));
    }
    let too_big = || TextError::overflow("int too big to convert");
    // The bits of the two's complement, without its sign.
    let bits = bit_length(&if negative { !n } else { n.clone() });
    let room = length.checked_mul(8).ok_or_else(too_big)?;
    if bits + usize::from(signed) > room && !(n.is_zero() || (length == 0 && *n == IBig::NEG_ONE)) {
        return Err(too_big());
    }
    let mut bytes = if signed { n.to_le_bytes() } else { n.unsigned_abs_bytes() }.into_vec();
    bytes.resize(length, if negative { 0xff } else { 0 });
    if !little {
        bytes.reverse();
    }
    Ok(bytes)
}

/// `int.from_bytes(bytes, byteorder, signed=signed)`.
pub fn from_bytes(bytes: &[u8], little: bool, signed: bool) -> IBig {
    if bytes.is_empty() {
        return IBig::ZERO;
    }
    match (little, signed) {
        (true, true) => IBig::from_le_bytes(bytes),
        (false, true) => IBig::from_be_bytes(bytes),
        (true, false) => IBig::from(UBig::from_le_bytes(bytes)),
        (false, false) => IBig::from(UBig::from_be_bytes(bytes)),
    }
}

/// The little-endian bytes of a magnitude.
trait MagnitudeBytes {
    fn unsigned_abs_bytes(&self) -> Box<[u8]>;
}

impl MagnitudeBytes for IBig {
    fn unsigned_abs_bytes(&self) -> Box<[u8]> {
        match self.as_ubig() {
            Some(magnitude) => magnitude.to_le_bytes(),
            None => self.clone().into_parts().1.to_le_bytes(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_what_int_takes() {
        for (text, base, n) in [
            ("12", 10, 12),
            (" -1_000\n", 10, -1000),
            ("+7", 10, 7),
            ("0x_1", 16, 1),
            ("0x1F", 0, 31),
            ("0b1", 16, 177),
            ("-0o17", 0, -15),
            ("0B101", 2, 5),
            ("00_0", 0, 0),
            ("z", 36, 35),
            ("\u{a0}\u{0661}\u{0662}\u{2003}", 10, 12),
            ("007", 10, 7),
        ] {
            assert_eq!(parse(text, base), Ok(IBig::from(n)), "{text:?}");
        }
        for (text, base) in [
            ("", 10),
            ("-", 10),
            ("0x", 16),
            ("01", 0),
            ("1__0", 10),
            ("_1", 10),
            ("1_", 10),
            ("- 1", 10),
            ("0x__1", 16),
            ("0_x1", 0),
            ("0xg", 0),
            ("2", 2),
            ("\x1c1", 10),
            ("1.0", 10),
            ("\u{b2}", 10),
        ] {
            assert_eq!(parse(text, base), Err(ParseIntError::Invalid { base }), "{text:?}");
        }
        assert_eq!(parse("1", 37), Err(ParseIntError::Base));
        assert_eq!(parse(&"1_".repeat(4999), 10), Err(ParseIntError::Invalid { base: 10 }));
        assert_eq!(parse(&"1".repeat(5000), 10), Err(ParseIntError::TooLong { digits: 5000, limit: 4300 }));
        assert!(parse(&"1".repeat(4300), 10).is_ok());
        assert!(parse(&"1".repeat(5000), 16).is_ok());
        assert_eq!(ParseIntError::Invalid { base: 10 }.message("'x'"), "invalid literal for int() with base 10: 'x'");
    }

    #[test]
    fn prints_in_bases() {
        let text = |n: &IBig| {
            let mut out = String::new();
            push_int(n, 4300, &mut out).map(|()| out)
        };
        assert_eq!(text(&IBig::from(i64::MIN)), Ok("-9223372036854775808".to_owned()));
        assert_eq!(text(&(IBig::from(i64::MAX) + 1)), Ok("9223372036854775808".to_owned()));
        assert!(text(&(IBig::from(10).pow(4300) - 1)).is_ok());
        assert_eq!(text(&IBig::from(10).pow(4300)), Err(too_many_digits(4300)));
        assert_eq!(text(&IBig::from(10).pow(5000)), Err(too_many_digits(4300)));
        let mut out = String::new();
        push_prefixed(&IBig::from(-255), 16, &mut out);
        push_prefixed(&(IBig::ONE << 70), 8, &mut out);
        push_prefixed(&IBig::from(5), 2, &mut out);
        push_radix(&(IBig::ONE << 70), 16, true, &mut out);
        assert_eq!(out, "-0xff0o2000000000000000000000000b101400000000000000000");
    }

    #[test]
    fn bytes_both_ways() {
        let n = IBig::from(-129);
        assert_eq!(to_bytes(&n, 2, false, true), Ok(vec![0xff, 0x7f]));
        assert_eq!(to_bytes(&n, 1, false, true), Err(TextError::overflow("int too big to convert")));
        assert_eq!(to_bytes(&n, 4, true, false), Err(TextError::overflow("can't convert negative int to unsigned")));
        assert_eq!(to_bytes(&IBig::from(-128), 1, true, true), Ok(vec![0x80]));
        assert_eq!(to_bytes(&IBig::from(128), 1, true, true), Err(TextError::overflow("int too big to convert")));
        assert_eq!(to_bytes(&IBig::from(255), 1, true, false), Ok(vec![255]));
        assert_eq!(to_bytes(&IBig::ZERO, 0, true, false), Ok(vec![]));
        assert_eq!(to_bytes(&IBig::ZERO, 2, true, true), Ok(vec![0, 0]));
        assert_eq!(to_bytes(&IBig::from(1000), 4, false, false), Ok(vec![0, 0, 3, 0xe8]));
        assert_eq!(from_bytes(&[0xff, 0x7f], false, true), n);
        assert_eq!(from_bytes(&[0xff, 0x7f], false, false), IBig::from(0xff7f));
        assert_eq!(from_bytes(&[0xff, 0x7f], true, true), IBig::from(0x7fff));
        assert_eq!(from_bytes(&[], true, true), IBig::ZERO);
    }
}
