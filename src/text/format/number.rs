//! Numbers under a format specification. Pure; see `text`.
//!
//! Invariant: digits are exact: rounding is half to even on the exact binary value, as in C's `printf` and CPython.

use std::fmt::Write;

use dashu_int::{IBig, Sign};

use super::{Align, Kind, SignMode, Spec, push_fill, split_padding, unknown_code};
use crate::text::float::{Digits, fixed_digits, from_int, write_exponent};
use crate::text::int::{digits_u64, prefix, push_i64, push_radix};
use crate::text::{TextError, TextResult, float};

/// A number in pieces: `sign prefix digits tail`, where grouping applies to the digits and the tail is all that follows them.
struct Pieces<'a> {
    negative: bool,
    prefix: &'a str,
    digits: &'a str,
    tail: &'a str,
}

/// Appends a number in its field: sign, prefix, grouping, padding (`calc_number_widths` and `fill_number` of CPython).
fn push_number(pieces: &Pieces<'_>, group: usize, spec: &Spec, out: &mut String) {
    let sign = match (pieces.negative, spec.sign) {
        (true, _) => Some('-'),
        (false, SignMode::Plus) => Some('+'),
        (false, SignMode::Space) => Some(' '),
        (false, _) => None,
    };
    // The tail holds one character that is not ASCII for the code 'c' only.
    let tail_len =
        if pieces.tail.len() > 1 && pieces.digits.is_empty() { pieces.tail.chars().count() } else { pieces.tail.len() };
    let others = usize::from(sign.is_some()) + pieces.prefix.len() + tail_len;
    let width = spec.width.unwrap_or(0);
    let grouped = |digits: usize| match spec.grouping {
        Some(_) if digits > 0 => digits + (digits - 1) / group,
        _ => digits,
    };
    let mut digits = pieces.digits.len();
    if digits > 0 && spec.fill == '0' && spec.align == Align::AfterSign {
        // Zeros take part in the grouping; a separator never comes first, so the field may grow by one.
        let room = width.saturating_sub(others);
        digits = digits.max(match spec.grouping {
            Some(_) => room - room / (group + 1) + usize::from(room > 0 && room.is_multiple_of(group + 1)),
            None => room,
        });
    }
    let padding = width.saturating_sub(others + grouped(digits));
    let (before, after) = if spec.align == Align::AfterSign { (0, 0) } else { split_padding(spec.align, padding) };
    push_fill(spec.fill, before, out);
    out.extend(sign);
    out.push_str(pieces.prefix);
    if spec.align == Align::AfterSign {
        push_fill(spec.fill, padding, out);
    }
    let zeros = digits - pieces.digits.len();
    match spec.grouping {
        None => {
            push_fill('0', zeros, out);
            out.push_str(pieces.digits);
        }
        Some(separator) => {
            let all = std::iter::repeat_n('0', zeros).chain(pieces.digits.chars());
            for (i, digit) in all.enumerate() {
                if i > 0 && (digits - i).is_multiple_of(group) {
                    out.push(separator);
                }
                out.push(digit);
            }
        }
    }
    out.push_str(pieces.tail);
    push_fill(spec.fill, after, out);
}

/// Whether the code makes a float of an integer.
fn is_float_code(ty: Option<char>) -> bool {
    matches!(ty, Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%'))
}

/// What the codes of integers say: the radix, or a character.
enum IntCode {
    Radix(u32, bool),
    Char,
}

fn int_code(spec: &Spec, type_name: &str) -> TextResult<IntCode> {
    let code = match spec.ty {
        None | Some('d' | 'n') => IntCode::Radix(10, false),
        Some('b') => IntCode::Radix(2, false),
        Some('o') => IntCode::Radix(8, false),
        Some('x') => IntCode::Radix(16, false),
        Some('X') => IntCode::Radix(16, true),
        Some('c') => IntCode::Char,
        Some(ty) => return Err(unknown_code(ty, type_name)),
    };
    if spec.precision.is_some() {
        return Err(TextError::value("Precision not allowed in integer format specifier"));
    }
    if spec.no_negative_zero {
        return Err(TextError::value("Negative zero coercion (z) not allowed in integer format specifier"));
    }
    if matches!(code, IntCode::Char) {
        if spec.sign != SignMode::Default {
            return Err(TextError::value("Sign not allowed with integer format specifier 'c'"));
        }
        if spec.alternate {
            return Err(TextError::value("Alternate form (#) not allowed with integer format specifier 'c'"));
        }
    }
    Ok(code)
}

fn radix_prefix(spec: &Spec, radix: u32, upper: bool) -> &'static str {
    match (spec.alternate, upper) {
        (false, _) => "",
        (true, true) => "0X",
        (true, false) => prefix(radix),
    }
}

fn push_digits(negative: bool, digits: &str, radix: u32, upper: bool, spec: &Spec, out: &mut String) {
    let group = if radix == 10 { 3 } else { 4 };
    push_number(&Pieces { negative, prefix: radix_prefix(spec, radix, upper), digits, tail: "" }, group, spec, out);
}

/// Appends `format(n, spec)` for a small integer; `type_name` (`int`, `bool`) is for messages.
/// `ValueError` for a spec that is not for integers, `OverflowError` for `c` out of range.
pub fn format_i64(n: i64, spec: &Spec, type_name: &str, out: &mut String) -> TextResult<()> {
    if is_float_code(spec.ty) {
        return format_float(n as f64, spec, type_name, out);
    }
    match int_code(spec, type_name)? {
        IntCode::Radix(10, _) => {
            push_digits(n < 0, itoa::Buffer::new().format(n.unsigned_abs()), 10, false, spec, out);
        }
        IntCode::Radix(radix, upper) => {
            let mut buffer = [0; 64];
            push_digits(n < 0, digits_u64(n.unsigned_abs(), radix, upper, &mut buffer), radix, upper, spec, out);
        }
        IntCode::Char => {
            let c = u32::try_from(n)
                .ok()
                .and_then(crate::text::surrogate::char_of)
                .ok_or_else(|| TextError::overflow("%c arg not in range(0x110000)"))?;
            let mut buffer = [0; 4];
            push_number(
                &Pieces { negative: false, prefix: "", digits: "", tail: c.encode_utf8(&mut buffer) },
                3,
                spec,
                out,
            );
        }
    }
    Ok(())
}

/// Appends `format(n, spec)` for an integer of any size. Errors as [`format_i64`]; `OverflowError` too where a float code is given
/// and the number is out of the range of floats, `ValueError` past `limit` decimal digits.
pub fn format_int(n: &IBig, spec: &Spec, type_name: &str, limit: usize, out: &mut String) -> TextResult<()> {
    if let Ok(small) = i64::try_from(n) {
        // A float code rounds once: through the exact integer.
        return format_i64(small, spec, type_name, out);
    }
    if is_float_code(spec.ty) {
        return format_float(from_int(n)?, spec, type_name, out);
    }
    match int_code(spec, type_name)? {
        IntCode::Radix(radix, upper) => {
            let mut digits = String::new();
            if radix == 10 {
                crate::text::int::push_int(n, limit, &mut digits)?;
            } else {
                push_radix(n, radix, upper, &mut digits);
            }
            push_digits(n.sign() == Sign::Negative, digits.trim_start_matches('-'), radix, upper, spec, out);
            Ok(())
        }
        IntCode::Char => Err(TextError::overflow("Python int too large to convert to C long")),
    }
}

/// Appends `format(n, spec)` for a spec still in text.
pub fn format_i64_spec(n: i64, spec: &str, out: &mut String) -> TextResult<()> {
    if spec.is_empty() {
        push_i64(n, out);
        return Ok(());
    }
    format_i64(n, &Spec::parse(spec, Kind::Int, "int")?, "int", out)
}

/// Appends `format(x, spec)` for a spec still in text; `.2f` and its like take a short way.
pub fn format_float_spec(x: f64, spec: &str, out: &mut String) -> TextResult<()> {
    match spec.as_bytes() {
        [] => {
            float::repr(x, out);
            return Ok(());
        }
        [b'.', places @ b'0'..=b'9', b'f'] if x.is_finite() && push_fixed(x, usize::from(places - b'0'), out) => {
            return Ok(());
        }
        _ => {}
    }
    format_float(x, &Spec::parse(spec, Kind::Float, "float")?, "float", out)
}

/// Appends `%.{places}f` of `x` if 64 bits hold the digits; else appends nothing and says `false`.
fn push_fixed(x: f64, places: usize, out: &mut String) -> bool {
    let Some(whole) = fixed_digits(x, places) else { return false };
    if x.is_sign_negative() {
        out.push('-');
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(whole);
    if places == 0 {
        out.push_str(digits);
        return true;
    }
    match digits.len().checked_sub(places) {
        Some(point) if point > 0 => {
            out.push_str(&digits[..point]);
            out.push('.');
            out.push_str(&digits[point..]);
        }
        _ => {
            out.push_str("0.");
            push_fill('0', places - digits.len(), out);
            out.push_str(digits);
        }
    }
    true
}

/// More digits than any float has; beyond them come zeros. (`std` takes no precision past 65535.)
const ENOUGH: usize = 1100;

/// Appends the digits of `|x|` as `d.ddd` with `places` places.
fn push_fixed_exact(x: f64, places: usize, out: &mut String) {
    if !push_fixed(x.abs(), places, out) {
        let _ = write!(out, "{:.*}", places.min(ENOUGH), x.abs());
        push_fill('0', places.saturating_sub(ENOUGH), out);
    }
}

/// `|x|` rounded to `count` (from 1) significant digits: the digits, and the exponent of the first.
fn significant(x: f64, count: usize) -> (String, i32) {
    let text = format!("{:.*e}", (count - 1).min(ENOUGH), x.abs());
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut digits: String = mantissa.chars().filter(|&c| c != '.').collect();
    push_fill('0', count.saturating_sub(digits.len()), &mut digits);
    (digits, exponent.parse().unwrap_or(0))
}

/// How [`push_magnitude`] lays out a float.
#[derive(Clone, Copy)]
pub(in crate::text) struct Layout {
    /// `e`, `f`, `g` or `r` (the shortest digits that read back), lower case.
    pub code: u8,
    /// Digits after the point (`e`, `f`) or in all (`g`); not for `r`.
    pub precision: usize,
    /// `#`: always a point; for `g` keep the zeros at the end.
    pub alternate: bool,
    /// At least one digit after the point, unless an exponent follows.
    pub add_dot_0: bool,
    /// Capital letters.
    pub upper: bool,
}

/// Appends `|x|`, without sign (`PyOS_double_to_string`).
pub(in crate::text) fn push_magnitude(x: f64, layout: Layout, out: &mut String) {
    if !x.is_finite() {
        let name = if x.is_nan() { ["nan", "NAN"] } else { ["inf", "INF"] };
        out.push_str(name[usize::from(layout.upper)]);
        return;
    }
    let letter = if layout.upper { 'E' } else { 'e' };
    match layout.code {
        b'f' => {
            push_fixed_exact(x, layout.precision, out);
            if layout.precision == 0 && layout.alternate {
                out.push('.');
            }
        }
        b'e' => {
            let (digits, exponent) = significant(x, layout.precision.saturating_add(1));
            push_pointed(&digits, 1, layout.alternate, out);
            write_exponent(exponent, letter, out);
        }
        code => {
            let exact;
            let (mut digits, point, limit) = if code == b'r' {
                exact = Digits::shortest(x);
                (exact.as_str().to_owned(), exact.point(), 16)
            } else {
                let precision = layout.precision.max(1);
                let (digits, exponent) = significant(x, precision);
                let limit = i32::try_from(precision).unwrap_or(i32::MAX) - i32::from(layout.add_dot_0);
                (digits, exponent + 1, limit)
            };
            if !(layout.alternate && code == b'g') {
                digits.truncate(digits.trim_end_matches('0').len().max(1));
            }
            if point <= -4 || point > limit {
                push_pointed(&digits, 1, layout.alternate, out);
                write_exponent(point - 1, letter, out);
                return;
            }
            if point <= 0 {
                out.push_str("0.");
                push_fill('0', point.unsigned_abs() as usize, out);
                out.push_str(&digits);
                return;
            }
            let whole = point as usize;
            let wanted = whole + usize::from(layout.add_dot_0);
            push_fill('0', wanted.saturating_sub(digits.len()), &mut digits);
            push_pointed(&digits, whole, layout.alternate, out);
        }
    }
}

/// Appends `digits` with a point after the first `whole`; none at the end, unless it must be there.
fn push_pointed(digits: &str, whole: usize, always: bool, out: &mut String) {
    let (integer, fraction) = digits.split_at_checked(whole).unwrap_or((digits, ""));
    out.push_str(integer);
    if always || !fraction.is_empty() {
        out.push('.');
    }
    out.push_str(fraction);
}

/// How a spec lays out floats, and whether a `%` follows.
fn float_layout(spec: &Spec, kind: Kind, type_name: &str) -> TextResult<(Layout, bool)> {
    let code = match spec.ty {
        None => b'r',
        Some('e' | 'E') => b'e',
        Some('f' | 'F') => b'f',
        Some('g' | 'G' | 'n') => b'g',
        Some('%') if kind == Kind::Float => b'%',
        Some(ty) => return Err(unknown_code(ty, type_name)),
    };
    if spec.precision.is_some_and(|precision| precision > i32::MAX as usize) {
        return Err(TextError::value("precision too big"));
    }
    let layout = Layout {
        code: match (code, spec.precision) {
            (b'%', _) => b'f',
            (b'r', Some(_)) => b'g',
            _ => code,
        },
        precision: spec.precision.unwrap_or(6),
        alternate: spec.alternate,
        add_dot_0: code == b'r' && kind == Kind::Float,
        upper: spec.ty.is_some_and(|ty| ty.is_ascii_uppercase()),
    };
    Ok((layout, code == b'%'))
}

/// Inserts `count` times `fill`, an ASCII character, at the byte offset `at`.
fn insert_fill(fill: char, count: usize, at: usize, out: &mut String) {
    const SPACES: &str = "                ";
    match SPACES.get(..count) {
        Some(spaces) if fill == ' ' => out.insert_str(at, spaces),
        _ => out.insert_str(at, &fill.to_string().repeat(count)),
    }
}

/// Whether a minus is shown before `|x|` printed as `text`.
fn shows_minus(x: f64, spec: &Spec, text: &str) -> bool {
    let zero = || text.bytes().take_while(|b| !matches!(b, b'e' | b'E' | b'%')).all(|b| matches!(b, b'0' | b'.'));
    x.is_sign_negative() && !x.is_nan() && !(spec.no_negative_zero && zero())
}

/// Appends `format(x, spec)` for a float; `type_name` is for messages. `ValueError` for a spec that is not for floats.
pub fn format_float(x: f64, spec: &Spec, type_name: &str, out: &mut String) -> TextResult<()> {
    let (layout, percent) = float_layout(spec, Kind::Float, type_name)?;
    let x = if percent { x * 100.0 } else { x };
    let plain = spec.width.is_none() && spec.grouping.is_none() && !spec.no_negative_zero;
    if plain && matches!(spec.sign, SignMode::Default | SignMode::Minus) {
        if x.is_sign_negative() && !x.is_nan() {
            out.push('-');
        }
        push_magnitude(x, layout, out);
        if percent {
            out.push('%');
        }
        return Ok(());
    }
    let start = out.len();
    push_magnitude(x, layout, out);
    if percent {
        out.push('%');
    }
    let text = &out[start..];
    let negative = shows_minus(x, spec, text);
    let bare = !negative && matches!(spec.sign, SignMode::Default | SignMode::Minus) && spec.grouping.is_none();
    if bare && !spec.pads(text.len()) {
        return Ok(());
    }
    if spec.grouping.is_none() && spec.align != Align::AfterSign && spec.fill.is_ascii() {
        // Room is made in front of the digits.
        let sign = match (negative, spec.sign) {
            (true, _) => "-",
            (false, SignMode::Plus) => "+",
            (false, SignMode::Space) => " ",
            (false, _) => "",
        };
        let width = out.len() - start + sign.len();
        let (before, after) = split_padding(spec.align, spec.width.unwrap_or(0).saturating_sub(width));
        out.insert_str(start, sign);
        insert_fill(spec.fill, before, start, out);
        push_fill(spec.fill, after, out);
        return Ok(());
    }
    let text = out.split_off(start);
    let whole = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, tail) = text.split_at(whole);
    push_number(&Pieces { negative, prefix: "", digits, tail }, 3, spec, out);
    Ok(())
}

/// Appends `format(complex(real, imag), spec)`. `ValueError` for a spec that is not for complex numbers.
pub fn format_complex(real: f64, imag: f64, spec: &Spec, type_name: &str, out: &mut String) -> TextResult<()> {
    let (layout, _) = float_layout(spec, Kind::Complex, type_name)?;
    if spec.fill == '0' {
        return Err(TextError::value("Zero padding is not allowed in complex format specifier"));
    }
    if spec.align == Align::AfterSign {
        return Err(TextError::value("'=' alignment flag is not allowed in complex format specifier"));
    }
    let untyped = spec.ty.is_none();
    let skip_real = untyped && real == 0.0 && real.is_sign_positive();
    let inner = Spec { fill: ' ', align: Align::Left, width: None, ..*spec };
    let mut text = String::new();
    let part = |x: f64, spec: &Spec, text: &mut String| {
        let mut digits = String::new();
        push_magnitude(x, layout, &mut digits);
        let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
        let negative = shows_minus(x, spec, &digits);
        let (digits, tail) = digits.split_at(whole);
        push_number(&Pieces { negative, prefix: "", digits, tail }, 3, spec, text);
    };
    if untyped && !skip_real {
        text.push('(');
    }
    if skip_real {
        part(imag, &inner, &mut text);
    } else {
        part(real, &inner, &mut text);
        part(imag, &Spec { sign: SignMode::Plus, ..inner }, &mut text);
    }
    text.push('j');
    if untyped && !skip_real {
        text.push(')');
    }
    super::push_aligned(&text, spec, out);
    Ok(())
}

/// Appends `repr(complex(real, imag))`.
pub fn repr_complex(real: f64, imag: f64, out: &mut String) {
    // The empty spec cannot fail.
    let _ = format_complex(real, imag, &Spec::empty(Kind::Complex), "complex", out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_int(n: i64, spec: &str) -> Result<String, String> {
        let mut out = String::new();
        format_i64_spec(n, spec, &mut out).map(|()| out).map_err(|e| e.message.into_owned())
    }

    fn of_float(x: f64, spec: &str) -> Result<String, String> {
        let mut out = String::new();
        format_float_spec(x, spec, &mut out).map(|()| out).map_err(|e| e.message.into_owned())
    }

    #[test]
    fn integers() {
        for (n, spec, expected) in [
            (42, "", "42"),
            (42, "08d", "00000042"),
            (-42, "08d", "-0000042"),
            (42, "+", "+42"),
            (42, " ", " 42"),
            (42, "<6", "42    "),
            (42, "^6", "  42  "),
            (-42, "=6", "-   42"),
            (-42, "*=6", "-***42"),
            (1234567, ",", "1,234,567"),
            (1234567, "_", "1_234_567"),
            (1234, "08,", "0,001,234"),
            (123, "07,", "000,123"),
            (-1234, "010,", "-0,001,234"),
            (255, "x", "ff"),
            (255, "#X", "0XFF"),
            (255, "#010x", "0x000000ff"),
            (65535, "_x", "ffff"),
            (65535, "#_b", "0b1111_1111_1111_1111"),
            (5, "b", "101"),
            (8, "#o", "0o10"),
            (65, "c", "A"),
            (65, "5c", "    A"),
            (65, "05c", "0000A"),
            (8364, "^5c", "  €  "),
            (3, ".2f", "3.00"),
            (3, "e", "3.000000e+00"),
            (1, "%", "100.000000%"),
            (12345678, "n", "12345678"),
            (0, "06,", "00,000"),
            (-5, "<06", "-50000"),
            (7, "é^4", "é7éé"),
        ] {
            assert_eq!(of_int(n, spec).as_deref(), Ok(expected), "{n} {spec}");
        }
    }

    #[test]
    fn integers_refused() {
        for (n, spec, message) in [
            (1, "s", "Unknown format code 's' for object of type 'int'"),
            (1, ".2d", "Precision not allowed in integer format specifier"),
            (1, "zd", "Negative zero coercion (z) not allowed in integer format specifier"),
            (65, "+c", "Sign not allowed with integer format specifier 'c'"),
            (65, "#c", "Alternate form (#) not allowed with integer format specifier 'c'"),
            (-1, "c", "%c arg not in range(0x110000)"),
            (1, ",c", "Cannot specify ',' with 'c'."),
        ] {
            assert_eq!(of_int(n, spec), Err(message.to_owned()), "{spec}");
        }
    }

    #[test]
    fn floats() {
        for (x, spec, expected) in [
            (2.34567, ".2f", "2.35"),
            (2.675, ".2f", "2.67"),
            (0.5, ".0f", "0"),
            (1.5, ".0f", "2"),
            (2.5, ".0f", "2"),
            (-0.001, ".2f", "-0.00"),
            (-0.001, "z.2f", "0.00"),
            (-0.0, "z", "0.0"),
            (1e+20, ".2f", "100000000000000000000.00"),
            (123456.789, ",.2f", "123,456.79"),
            (1234.5, "012,.1f", "00,001,234.5"),
            (1.0, "", "1.0"),
            (1.0, "5", "  1.0"),
            (1e+16, "20", "               1e+16"),
            (1000000000000000.0, ">20", "  1000000000000000.0"),
            (1e-05, "", "1e-05"),
            (1.5, "g", "1.5"),
            (1000000.0, "g", "1e+06"),
            (100000.0, "g", "100000"),
            (1e-05, "g", "1e-05"),
            (0.0001, "G", "0.0001"),
            (1e-10, "G", "1E-10"),
            (1.0, "#g", "1.00000"),
            (1.0, "#.0f", "1."),
            (1.0, "#.0e", "1.e+00"),
            (12345.6789, "e", "1.234568e+04"),
            (12345.6789, ".0e", "1e+04"),
            (0.0, "e", "0.000000e+00"),
            (0.0, "g", "0"),
            (0.256, "%", "25.600000%"),
            (0.256, ".1%", "25.6%"),
            (f64::INFINITY, "f", "inf"),
            (f64::NEG_INFINITY, "010", "-000000inf"),
            (f64::NAN, "F", "NAN"),
            (f64::NAN, "+", "+nan"),
            (f64::INFINITY, ",", "inf"),
            (1234.5678, ".3", "1.23e+03"),
            (1234.0, ".4", "1.234e+03"),
            (12345.0, ".4", "1.234e+04"),
            (0.1, ".20f", "0.10000000000000000555"),
            (
                1e+100,
                "f",
                "10000000000000000159028911097599180468360808563945281389781327557747838772170381060813469985856815104.000000",
            ),
            (1.0, "+.1f", "+1.0"),
            (2.0, " .1f", " 2.0"),
            (3.7, "<8.1f", "3.7     "),
            (3.7, "^8.1f", "  3.7   "),
            (3.7, "=+8.1f", "+    3.7"),
            (1234567.891, "_", "1_234_567.891"),
            (1e+22, ",f", "10,000,000,000,000,000,000,000.000000"),
            (1.7976931348623157e+308, ".3g", "1.8e+308"),
            (5e-324, "g", "4.94066e-324"),
            (5e-324, ".3f", "0.000"),
            (9.995, ".2f", "9.99"),
            (0.05, ".1f", "0.1"),
            (99.995, "8.2f", "  100.00"),
            (1e+17, "", "1e+17"),
            (1e+16, "g", "1e+16"),
            (100.0, ".1", "1e+02"),
            (100.0, ".3", "1e+02"),
            (1e-07, ".2", "1e-07"),
            (0.000123, ".2", "0.00012"),
        ] {
            assert_eq!(of_float(x, spec).as_deref(), Ok(expected), "{x} {spec}");
        }
        assert_eq!(of_float(1.0, "d"), Err("Unknown format code 'd' for object of type 'float'".to_owned()));
        assert_eq!(of_float(1.0, ".99999999999f"), Err("precision too big".to_owned()));
        assert_eq!(of_float(1.0, ".70000f").map(|text| text.len()), Ok(70002));
        assert_eq!(of_float(1.0, ".70000e").map(|text| text.len()), Ok(70006));
    }

    #[test]
    fn complex_numbers() {
        for (real, imag, spec, expected) in [
            (0.0, 1.0, "", "1j"),
            (1.0, 2.0, "", "(1+2j)"),
            (0.0, 1.0, "", "1j"),
            (1.5, -2.25, ".1f", "1.5-2.2j"),
            (1.0, 2.0, ">12", "      (1+2j)"),
            (1.0, 2.0, "e", "1.000000e+00+2.000000e+00j"),
            (0.0, 0.0, "f", "0.000000+0.000000j"),
            (1e+20, 1.0, ",.1f", "100,000,000,000,000,000,000.0+1.0j"),
            (0.0, 1.0, "+", "+1j"),
            (1.0, 1.0, "+", "(+1+1j)"),
            (f64::NAN, f64::NEG_INFINITY, "", "(nan-infj)"),
            (1.0, 2.0, ".3", "(1+2j)"),
        ] {
            let mut out = String::new();
            let spec = Spec::parse(spec, Kind::Complex, "complex");
            let done = spec.and_then(|spec| format_complex(real, imag, &spec, "complex", &mut out));
            assert_eq!((done, out.as_str()), (Ok(()), expected));
        }
        let spec = Spec::parse("08", Kind::Complex, "complex");
        let refused = spec.and_then(|spec| format_complex(1.0, 0.0, &spec, "complex", &mut String::new()));
        assert_eq!(refused, Err(TextError::value("Zero padding is not allowed in complex format specifier")));
    }

    #[test]
    fn big_integers() {
        let n = IBig::from(10).pow(30);
        for (spec, expected) in [
            ("", "1000000000000000000000000000000"),
            (",", "1,000,000,000,000,000,000,000,000,000,000"),
            ("x", "c9f2c9cd04674edea40000000"),
            (
                "_b",
                "1100_1001_1111_0010_1100_1001_1100_1101_0000_0100_0110_0111_0100_1110_1101_1110_1010_0100_0000_0000_0000_0000_0000_0000_0000",
            ),
            ("#X", "0XC9F2C9CD04674EDEA40000000"),
            (".3e", "1.000e+30"),
            ("050,", "00,000,001,000,000,000,000,000,000,000,000,000,000"),
            ("<40", "1000000000000000000000000000000         "),
            ("+", "+1000000000000000000000000000000"),
        ] {
            let mut out = String::new();
            let done =
                Spec::parse(spec, Kind::Int, "int").and_then(|spec| format_int(&n, &spec, "int", 4300, &mut out));
            assert_eq!((done, out.as_str()), (Ok(()), expected));
        }
    }
}
