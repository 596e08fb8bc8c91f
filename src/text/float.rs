//! `float` as text: repr, parsing, hexadecimal form; its arithmetic is in [`arith`]. Pure; see `text`.
//!
//! Invariant: `parse(repr(x)) == x` bit for bit, and `repr` is character for character that of CPython (`float_repr_style` "short").

use std::borrow::Cow;

use super::unicode;
use super::{TextError, TextResult};

mod arith;
pub use arith::*;

/// Appends `repr(x)`: the shortest digits that read back as `x`, with an exponent from 1e16 up and below 1e-4.
/// ("Floating-Point Arithmetic: Issues and Limitations" of the tutorial; layout of `PyOS_double_to_string(x, 'r', ...)`.)
pub fn repr(x: f64, out: &mut String) {
    if x.is_nan() {
        out.push_str("nan");
    } else if x.is_infinite() {
        out.push_str(if x < 0.0 { "-inf" } else { "inf" });
    } else {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(x);
        let size = x.abs();
        if (1e-4..1e16).contains(&size) && !text.contains('e') {
            out.push_str(text);
        } else {
            let digits = Digits::read(text);
            digits.write_repr(x.is_sign_negative(), out);
        }
    }
}

/// `repr(x)` as a new string; [`repr`] appends to one that exists.
pub fn to_repr(x: f64) -> String {
    let mut out = String::with_capacity(24);
    repr(x, &mut out);
    out
}

/// Significant decimal digits without zeros at either end, and the position of the decimal point: 0.`digits` * 10^`point`.
pub(super) struct Digits {
    digits: [u8; 32],
    len: usize,
    point: i32,
}

impl Digits {
    /// The shortest digits of a finite `x`, whose sign is ignored. Zero has the single digit 0 and point 1.
    pub(super) fn shortest(x: f64) -> Digits {
        Digits::read(zmij::Buffer::new().format_finite(x))
    }

    /// Reads what the crate printed: `[-]d*[.d*][e[-+]d*]`.
    fn read(text: &str) -> Digits {
        let mut this = Digits { digits: [0; 32], len: 0, point: 0 };
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let mut seen_point = false;
        for b in mantissa.bytes() {
            match b {
                b'.' => seen_point = true,
                b'0'..=b'9' => {
                    if b == b'0' && this.len == 0 {
                        this.point -= i32::from(seen_point);
                    } else if this.len < this.digits.len() {
                        this.digits[this.len] = b;
                        this.len += 1;
                        this.point += i32::from(!seen_point);
                    }
                }
                _ => {}
            }
        }
        while this.len > 0 && this.digits[this.len - 1] == b'0' {
            this.len -= 1;
        }
        this.point += exponent.parse::<i32>().unwrap_or(0);
        if this.len == 0 {
            this.digits[0] = b'0';
            this.len = 1;
            this.point = 1;
        }
        this
    }

    /// The digits as text.
    pub(super) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.digits[..self.len]).unwrap_or("0")
    }

    /// Where the decimal point stands, counted from before the first digit.
    pub(super) fn point(&self) -> i32 {
        self.point
    }

    fn write_repr(&self, negative: bool, out: &mut String) {
        let digits = self.as_str();
        if negative {
            out.push('-');
        }
        if self.point > 16 || self.point <= -4 {
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            write_exponent(self.point - 1, 'e', out);
        } else if self.point <= 0 {
            out.push_str("0.");
            out.extend(std::iter::repeat_n('0', self.point.unsigned_abs() as usize));
            out.push_str(digits);
        } else {
            let whole = self.point as usize;
            match digits.split_at_checked(whole) {
                Some((integer, fraction)) if !fraction.is_empty() => {
                    out.push_str(integer);
                    out.push('.');
                    out.push_str(fraction);
                }
                _ => {
                    out.push_str(digits);
                    out.extend(std::iter::repeat_n('0', whole.saturating_sub(digits.len())));
                    out.push_str(".0");
                }
            }
        }
    }
}

/// Appends an exponent as C prints it: a sign and at least two digits.
pub(super) fn write_exponent(exponent: i32, letter: char, out: &mut String) {
    out.push(letter);
    out.push(if exponent < 0 { '-' } else { '+' });
    let size = exponent.unsigned_abs();
    if size < 10 {
        out.push('0');
    }
    super::int::push_u64(u64::from(size), out);
}

/// Reads what `float(text)` accepts: white space around, a sign, `inf`/`infinity`/`nan` in any case, decimal digits of any script,
/// an underscore between two digits (PEP 515). `None` stands for `ValueError: could not convert string to float: <repr>`.
pub fn parse(text: &str) -> Option<f64> {
    let text = if text.is_ascii() {
        Cow::Borrowed(text.trim_matches(is_c_space))
    } else {
        Cow::Owned(unicode::decimals_to_ascii(text.trim_matches(unicode::is_number_space))?)
    };
    let text = without_underscores(&text)?;
    // The standard parser is correctly rounded and takes this same grammar, and nothing more.
    text.parse().ok()
}

fn is_c_space(c: char) -> bool {
    matches!(c, ' ' | '\t'..='\r')
}

/// Removes underscores that stand between two digits; `None` if any stands elsewhere.
fn without_underscores(text: &str) -> Option<Cow<'_, str>> {
    if !text.contains('_') {
        return Some(Cow::Borrowed(text));
    }
    let bytes = text.as_bytes();
    let is_digit = |i: Option<usize>| i.and_then(|i| bytes.get(i)).is_some_and(u8::is_ascii_digit);
    for (i, &b) in bytes.iter().enumerate() {
        if b == b'_' && !(is_digit(i.checked_sub(1)) && is_digit(Some(i + 1))) {
            return None;
        }
    }
    Some(Cow::Owned(text.replace('_', "")))
}

/// Appends `x.hex()`, such as `0x1.8000000000000p+1`.
pub fn hex(x: f64, out: &mut String) {
    if !x.is_finite() {
        return repr(x, out);
    }
    if x.is_sign_negative() {
        out.push('-');
    }
    if x == 0.0 {
        out.push_str("0x0.0p+0");
        return;
    }
    let bits = x.to_bits();
    let biased = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    let (lead, exponent) = if biased == 0 { ('0', -1022) } else { ('1', biased - 1023) };
    out.push_str("0x");
    out.push(lead);
    out.push('.');
    for i in (0..13).rev() {
        let nibble = (fraction >> (4 * i)) & 15;
        out.push(char::from_digit(nibble as u32, 16).unwrap_or('0'));
    }
    out.push('p');
    out.push(if exponent < 0 { '-' } else { '+' });
    super::int::push_u64(u64::from(exponent.unsigned_abs()), out);
}

/// `float.fromhex(text)`: `[sign]["0x"]integer["."fraction]["p"exponent]`, or infinity or nan; correctly rounded, ties to even.
/// `ValueError` for other text, `OverflowError` where the value is too large.
pub fn from_hex(text: &str) -> TextResult<f64> {
    let invalid = || TextError::value("invalid hexadecimal floating-point string");
    let text = text.trim_matches(is_c_space);
    let (negative, body) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = |x: f64| if negative { -x } else { x };
    if body.eq_ignore_ascii_case("inf") || body.eq_ignore_ascii_case("infinity") {
        return Ok(signed(f64::INFINITY));
    }
    if body.eq_ignore_ascii_case("nan") {
        return Ok(signed(f64::NAN));
    }
    let body = match body.as_bytes() {
        [b'0', b'x' | b'X', ..] => &body[2..],
        _ => body,
    };
    let (mantissa, exponent) = match body.find(['p', 'P']) {
        Some(at) => (&body[..at], Some(&body[at + 1..])),
        None => (body, None),
    };
    let exponent = match exponent {
        Some(text) => read_exponent(text).ok_or_else(invalid)?,
        None => 0,
    };
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if integer.is_empty() && fraction.is_empty() {
        return Err(invalid());
    }
    // The first 15 significant digits (60 bits) and whether anything but zeros follows decide the rounding.
    let mut significand = 0u64;
    let mut sticky = false;
    let mut dropped = 0i64;
    for b in integer.bytes().chain(fraction.bytes()) {
        let digit = u64::from((b as char).to_digit(16).ok_or_else(invalid)?);
        if significand >> 56 == 0 {
            significand = significand << 4 | digit;
        } else {
            sticky |= digit != 0;
            dropped += 1;
        }
    }
    if significand == 0 {
        return Ok(signed(0.0));
    }
    let shift = 4 * (dropped - fraction.len() as i64);
    let x = round_scaled(significand, sticky, exponent.saturating_add(shift));
    if x.is_infinite() {
        return Err(TextError::overflow("hexadecimal value too large to represent as a float"));
    }
    Ok(signed(x))
}

/// A decimal exponent with a sign; far out of range it saturates, for such a value is 0 or too large all the same.
fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let size = digits.parse::<i64>().unwrap_or(i64::MAX / 4).min(i64::MAX / 4);
    Some(if text.starts_with('-') { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repr_follows_cpython() {
        for (x, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (-1.5, "-1.5"),
            (1e16, "1e+16"),
            (9999999999999998.0, "9999999999999998.0"),
            (123456789012345680.0, "1.2345678901234568e+17"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.000123456, "0.000123456"),
            (1.5e-7, "1.5e-07"),
            (1e22, "1e+22"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (1_801_514_316_094_494.3, "1801514316094494.2"),
            (1e15, "1000000000000000.0"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(to_repr(x), text);
        }
    }

    #[test]
    fn parse_follows_cpython() {
        for (text, x) in [
            ("  1_0.5e3 ", 10500.0),
            ("\t-.5\n", -0.5),
            ("5.", 5.0),
            ("+1e5", 1e5),
            ("1_000", 1000.0),
            ("1e1_0", 1e10),
            ("-Infinity", f64::NEG_INFINITY),
            ("iNf", f64::INFINITY),
            ("1e400", f64::INFINITY),
            ("\u{a0}\u{0661}\u{0662}.\u{0665}", 12.5),
            ("0.1e-400", 0.0),
        ] {
            assert_eq!(parse(text), Some(x), "{text:?}");
        }
        assert!(parse("nan").is_some_and(f64::is_nan));
        for text in [
            "", " ", "1__0", "_1", "1_", "1_.5", "1._5", "1e_5", "e5", ".", "0x10", "1 2", "infinit", "--1", "1\0",
            "\x1c1",
        ] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn hexadecimal_form() {
        for (x, text) in [
            (3.0, "0x1.8000000000000p+1"),
            (0.1, "0x1.999999999999ap-4"),
            (-0.0, "-0x0.0p+0"),
            (5e-324, "0x0.0000000000001p-1022"),
            (1.7976931348623157e308, "0x1.fffffffffffffp+1023"),
            (f64::INFINITY, "inf"),
        ] {
            let mut out = String::new();
            hex(x, &mut out);
            assert_eq!(out, text);
            assert_eq!(from_hex(text), Ok(x));
        }
        assert_eq!(from_hex(" 0x.8p1 "), Ok(1.0));
        assert_eq!(from_hex("a"), Ok(10.0));
        assert_eq!(from_hex("0x1.00000000000008p0"), Ok(1.0));
        assert_eq!(from_hex("0x1.000000000000080000000000000000001p0"), Ok(1.0000000000000002));
        assert_eq!(from_hex("0x1.00000000000018p0"), Ok(1.0000000000000004));
        assert_eq!(from_hex("0x1p-1075"), Ok(0.0));
        assert_eq!(from_hex("0x1.8p-1075"), Ok(5e-324));
        assert_eq!(from_hex("0x1p99999999999999999999999").map_err(|e| e.kind), Err(crate::text::ErrorKind::Overflow));
        assert_eq!(from_hex("0x1.fffffffffffff8p1023").map_err(|e| e.kind), Err(crate::text::ErrorKind::Overflow));
        for text in ["", "0x", "0x.", "p1", "0x1p", "0x1p+", "0xg", "1 1", "0x1_0"] {
            assert_eq!(from_hex(text), Err(TextError::value("invalid hexadecimal floating-point string")), "{text:?}");
        }
    }
}
