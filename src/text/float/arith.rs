//! Arithmetic, rounding, conversion and comparison of `float`. Pure; see `text`.
//!
//! Invariant: exact where CPython is exact; a conversion to or from an integer never rounds twice.

use std::cmp::Ordering;

use dashu_int::{IBig, Sign, UBig};

use crate::text::{TextError, TextResult};

/// A finite nonzero `x` as `(mantissa, exponent)` with `|x| == mantissa * 2^exponent`.
pub(in crate::text) fn decode(x: f64) -> (u64, i32) {
    let bits = x.to_bits();
    let biased = ((bits >> 52) & 0x7ff) as i32;
    let fraction = bits & ((1 << 52) - 1);
    if biased == 0 { (fraction, -1074) } else { (fraction | 1 << 52, biased - 1075) }
}

/// `x * 2**e`, rounded once, to even; infinite past the range of floats.
pub fn ldexp(x: f64, e: i64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let (significand, exponent) = decode(x);
    round_scaled(significand, false, e.saturating_add(exponent.into())).copysign(x)
}

/// The nearest float to `significand * 2^exponent`, ties to even, infinity past the range. `sticky` says that the true
/// significand is a little larger than given; it must then have at least 55 bits.
pub(in crate::text) fn round_scaled(significand: u64, sticky: bool, exponent: i64) -> f64 {
    if significand == 0 {
        return 0.0;
    }
    let bits = i64::from(64 - significand.leading_zeros());
    let top = bits.saturating_add(exponent); // 2^(top-1) <= value < 2^top
    if top > 1024 {
        return f64::INFINITY;
    }
    if top < -1074 {
        return 0.0;
    }
    // The exponent of the last bit that the result keeps.
    let last = (top - 53).max(-1074);
    let drop = last - exponent;
    let kept = if drop <= 0 {
        significand << -drop
    } else {
        let (high, low, half) = if drop >= 64 {
            (0, significand, if drop == 64 { 1 << 63 } else { u64::MAX })
        } else {
            (significand >> drop, significand & ((1 << drop) - 1), 1 << (drop - 1))
        };
        let up = match low.cmp(&half) {
            Ordering::Greater => true,
            Ordering::Equal => sticky || high & 1 == 1,
            Ordering::Less => false,
        };
        high + u64::from(up)
    };
    // `kept` has at most 54 bits and is even if it has 54: each step below is exact or overflows to infinity.
    if last < -1022 {
        kept as f64 * f64::from_bits(1) * 2f64.powi((last + 1074) as i32)
    } else {
        let high = last.min(900);
        kept as f64 * 2f64.powi(high as i32) * 2f64.powi((last - high) as i32)
    }
}

/// `x.as_integer_ratio()`: numerator and positive denominator in lowest terms.
/// `OverflowError` for an infinity, `ValueError` for a NaN.
pub fn as_integer_ratio(x: f64) -> TextResult<(IBig, IBig)> {
    if x.is_infinite() {
        return Err(TextError::overflow("cannot convert Infinity to integer ratio"));
    }
    if x.is_nan() {
        return Err(TextError::value("cannot convert NaN to integer ratio"));
    }
    if x == 0.0 {
        return Ok((IBig::ZERO, IBig::ONE));
    }
    let (mut mantissa, mut exponent) = decode(x);
    let zeros = mantissa.trailing_zeros() as i32;
    mantissa >>= zeros;
    exponent += zeros;
    let sign = if x < 0.0 { Sign::Negative } else { Sign::Positive };
    let numerator = IBig::from_parts(sign, UBig::from(mantissa));
    let scale = exponent.unsigned_abs() as usize;
    Ok(if exponent >= 0 { (numerator << scale, IBig::ONE) } else { (numerator, IBig::ONE << scale) })
}

/// `int(x)` as an `i64`, where the truncated value fits.
pub fn to_i64(x: f64) -> Option<i64> {
    // -2^63 is a float; 2^63 is the first that is too large.
    (-9223372036854775808.0..9223372036854775808.0).contains(&x).then_some(x as i64)
}

/// `int(x)`: truncation towards zero. `OverflowError` for an infinity, `ValueError` for a NaN.
pub fn to_int(x: f64) -> TextResult<IBig> {
    if let Some(small) = to_i64(x) {
        return Ok(IBig::from(small));
    }
    if x.is_infinite() {
        return Err(TextError::overflow("cannot convert float infinity to integer"));
    }
    if x.is_nan() {
        return Err(TextError::value("cannot convert float NaN to integer"));
    }
    let (mantissa, exponent) = decode(x);
    let sign = if x < 0.0 { Sign::Negative } else { Sign::Positive };
    // Past 2^63 the exponent is positive.
    Ok(IBig::from_parts(sign, UBig::from(mantissa)) << exponent.max(0) as usize)
}

/// `float(n)`: the nearest float, ties to even; `OverflowError` past the range.
pub fn from_int(n: &IBig) -> TextResult<f64> {
    let x = n.to_f64().value();
    if x.is_infinite() { Err(TextError::overflow("int too large to convert to float")) } else { Ok(x) }
}

/// `round(x)` without digits: the nearest whole number, ties to even, still as a float. Convert it by [`to_int`].
pub fn round_half_even(x: f64) -> f64 {
    x.round_ties_even()
}

const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// `|x| * 10^places` rounded to a whole number, ties to even on the exact value, if the arithmetic fits 128 bits.
pub(in crate::text) fn fixed_digits(x: f64, places: usize) -> Option<u64> {
    if places > 18 || !x.is_finite() {
        return None;
    }
    let (mantissa, exponent) = decode(x);
    let product = u128::from(mantissa) * 10u128.pow(places as u32); // below 2^113
    if exponent >= 0 {
        let shifted = u64::try_from(product).ok()?;
        return if exponent as u32 <= shifted.leading_zeros() { shifted.checked_shl(exponent as u32) } else { None };
    }
    let drop = exponent.unsigned_abs();
    if drop >= 128 {
        return Some(0);
    }
    let whole = product >> drop;
    let rest = product & ((1u128 << drop) - 1);
    let half = 1u128 << (drop - 1);
    let up = rest > half || (rest == half && whole & 1 == 1);
    u64::try_from(whole + u128::from(up)).ok()
}

/// `round(x, ndigits)`: rounded to that decimal place, ties to even, on the exact value of `x`; then the nearest float.
/// `OverflowError` where that lies out of range. Infinities, NaNs and zeros stay as they are.
pub fn round(x: f64, ndigits: i64) -> TextResult<f64> {
    if !x.is_finite() || x == 0.0 || ndigits > 323 {
        return Ok(x);
    }
    if ndigits < -308 {
        return Ok(0.0 * x);
    }
    if ndigits >= 0 {
        let places = ndigits as usize;
        if let Some(whole) = fixed_digits(x, places)
            && whole <= 1 << 53
        {
            return Ok((whole as f64 / POWERS[places]).copysign(x));
        }
        return Ok(format!("{x:.places$}").parse().unwrap_or(x));
    }
    let unit = UBig::from(10u8).pow(ndigits.unsigned_abs() as usize);
    let (mantissa, exponent) = decode(x);
    // Twice the value, with an odd number standing for any fraction, is all that rounding to a whole multiple needs.
    let twice = if exponent >= 0 {
        UBig::from(mantissa) << (exponent as usize + 1)
    } else {
        let drop = exponent.unsigned_abs();
        let whole = mantissa.checked_shr(drop).unwrap_or(0);
        let inexact = mantissa.trailing_zeros() < drop;
        UBig::from(whole) << 1 | UBig::from(u8::from(inexact))
    };
    let double = &unit << 1;
    let mut quotient = &twice / &double;
    let rest = twice % double;
    let odd = quotient.trailing_zeros() == Some(0);
    if rest > unit || (rest == unit && odd) {
        quotient += 1u8;
    }
    let rounded = (quotient * unit).to_f64().value();
    if rounded.is_infinite() {
        return Err(TextError::overflow("rounded value too large to represent"));
    }
    Ok(rounded.copysign(x))
}

/// `divmod(x, y)`: the quotient is whole, the remainder has the sign of `y`. `None` for `y == 0` (`ZeroDivisionError`).
pub fn div_mod(x: f64, y: f64) -> Option<(f64, f64)> {
    if y == 0.0 {
        return None;
    }
    let mut rest = x % y;
    let mut quotient = (x - rest) / y;
    if rest != 0.0 {
        if (y < 0.0) != (rest < 0.0) {
            rest += y;
            quotient -= 1.0;
        }
    } else {
        rest = 0f64.copysign(y);
    }
    let whole = if quotient != 0.0 {
        let floor = quotient.floor();
        if quotient - floor > 0.5 { floor + 1.0 } else { floor }
    } else {
        0f64.copysign(x / y)
    };
    Some((whole, rest))
}

/// `x // y`; `None` for `y == 0`.
pub fn floor_div(x: f64, y: f64) -> Option<f64> {
    div_mod(x, y).map(|(quotient, _)| quotient)
}

/// `x % y`, with the sign of `y`; `None` for `y == 0`.
pub fn modulo(x: f64, y: f64) -> Option<f64> {
    if y == 0.0 {
        return None;
    }
    let rest = x % y;
    Some(if rest == 0.0 {
        0f64.copysign(y)
    } else if (y < 0.0) != (rest < 0.0) {
        rest + y
    } else {
        rest
    })
}

/// The outcome of [`pow`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Power {
    /// A float.
    Float(f64),
    /// A negative base with a fraction in the exponent: the result is `complex`, see [`complex_pow`].
    Complex,
    /// `ZeroDivisionError: 0.0 cannot be raised to a negative power`.
    ZeroDivision,
    /// `OverflowError: (34, 'Numerical result out of range')`.
    Overflow,
}

/// `x ** y` for two floats.
pub fn pow(x: f64, y: f64) -> Power {
    if x == 0.0 && y < 0.0 && y.is_finite() {
        return Power::ZeroDivision;
    }
    if x < 0.0 && x.is_finite() && y.is_finite() && y != y.floor() {
        return Power::Complex;
    }
    let result = x.powf(y);
    if result.is_infinite() && x.is_finite() && y.is_finite() { Power::Overflow } else { Power::Float(result) }
}

/// `complex(*a) ** complex(*b)`. `ZeroDivisionError` for zero to a negative or complex power, `OverflowError` out of range.
pub fn complex_pow(a: (f64, f64), b: (f64, f64)) -> TextResult<(f64, f64)> {
    if b == (0.0, 0.0) {
        return Ok((1.0, 0.0));
    }
    if a == (0.0, 0.0) {
        if b.1 != 0.0 || b.0 < 0.0 {
            return Err(TextError::zero_division("0.0 to a negative or complex power"));
        }
        return Ok((0.0, 0.0));
    }
    let size = a.0.hypot(a.1);
    let angle = a.1.atan2(a.0);
    let mut length = size.powf(b.0);
    let mut phase = angle * b.0;
    if b.1 != 0.0 {
        length /= (angle * b.1).exp();
        phase += b.1 * size.ln();
    }
    let result = (length * phase.cos(), length * phase.sin());
    if result.0.is_infinite() || result.1.is_infinite() {
        return Err(TextError::overflow("complex exponentiation"));
    }
    Ok(result)
}

/// Compares `x` with an integer, exactly. `None` if `x` is a NaN: then every comparison but `!=` is false.
pub fn cmp_i64(x: f64, n: i64) -> Option<Ordering> {
    if x.is_nan() {
        return None;
    }
    if x >= 9223372036854775808.0 {
        return Some(Ordering::Greater);
    }
    if x < -9223372036854775808.0 {
        return Some(Ordering::Less);
    }
    let whole = x as i64;
    Some(whole.cmp(&n).then_with(|| x.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal)))
}

/// Compares `x` with an integer of any size, exactly. `None` if `x` is a NaN.
pub fn cmp_int(x: f64, n: &IBig) -> Option<Ordering> {
    if let Ok(small) = i64::try_from(n) {
        return cmp_i64(x, small);
    }
    if x.is_nan() {
        return None;
    }
    if x.is_infinite() {
        return Some(if x > 0.0 { Ordering::Greater } else { Ordering::Less });
    }
    let whole = to_int(x).ok()?;
    Some(whole.cmp(n).then_with(|| x.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal)))
}

/// Whether `x == n` holds, exactly.
pub fn eq_int(x: f64, n: &IBig) -> bool {
    cmp_int(x, n) == Some(Ordering::Equal)
}

/// `x.is_integer()`.
pub fn is_integer(x: f64) -> bool {
    x.is_finite() && x == x.floor()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ErrorKind;

    #[test]
    fn rounding_is_on_the_exact_decimal() {
        for (x, n, expected) in [
            (2.675, 2, 2.67),
            (0.5, 0, 0.0),
            (1.5, 0, 2.0),
            (2.5, 0, 2.0),
            (0.125, 2, 0.12),
            (0.375, 2, 0.38),
            (1234.5678, -2, 1200.0),
            (150.0, -2, 200.0),
            (250.0, -2, 200.0),
            (250.00001, -2, 300.0),
            (-2.5, 0, -2.0),
            (-0.4, 0, -0.0),
            (5e-324, 323, 0.0),
            (1e-20, 25, 1e-20),
            (1e300, -300, 1e300),
            (49.9, -2, 0.0),
            (50.0, -2, 0.0),
            (50.1, -2, 100.0),
            (1.0000000000000002, 20, 1.0000000000000002),
            (1e22, 5, 1e22),
        ] {
            let rounded = round(x, n).map(f64::to_bits);
            assert_eq!(rounded, Ok(f64::to_bits(expected)), "{x} {n}");
        }
        assert_eq!(round(1.7e308, -308).map_err(|e| e.kind), Err(ErrorKind::Overflow));
    }

    #[test]
    fn division_has_the_sign_of_the_divisor() {
        assert_eq!(div_mod(7.0, -2.0), Some((-4.0, -1.0)));
        assert_eq!(div_mod(-7.0, 2.0), Some((-4.0, 1.0)));
        assert_eq!(div_mod(1.0, 0.1), Some((9.0, 0.09999999999999995)));
        assert_eq!(div_mod(1.0, 0.0), None);
        assert_eq!(modulo(-1e-20, 3.0), Some(3.0));
        assert_eq!(modulo(5.0, f64::INFINITY), Some(5.0));
        assert_eq!(modulo(-5.0, f64::INFINITY), Some(f64::INFINITY));
        assert_eq!(floor_div(-5.0, f64::INFINITY), Some(-1.0));
        assert_eq!(modulo(4.0, -2.0).map(f64::is_sign_negative), Some(true));
    }

    #[test]
    fn powers() {
        assert_eq!(pow(2.0, 0.5), Power::Float(std::f64::consts::SQRT_2));
        assert_eq!(pow(-8.0, 1.0 / 3.0), Power::Complex);
        assert_eq!(pow(0.0, -1.0), Power::ZeroDivision);
        assert_eq!(pow(1e200, 2.0), Power::Overflow);
        assert_eq!(pow(1.0, f64::NAN), Power::Float(1.0));
        assert_eq!(pow(f64::NEG_INFINITY, 3.0), Power::Float(f64::NEG_INFINITY));
        assert_eq!(complex_pow((-8.0, 0.0), (1.0 / 3.0, 0.0)), Ok((1.0000000000000002, 1.7320508075688772)));
    }

    #[test]
    fn integers_and_floats_meet_exactly() {
        assert_eq!(cmp_i64(9007199254740992.0, 9007199254740993), Some(Ordering::Less));
        assert_eq!(cmp_i64(-0.5, 0), Some(Ordering::Less));
        assert_eq!(cmp_i64(9223372036854775808.0, i64::MAX), Some(Ordering::Greater));
        assert_eq!(cmp_i64(-9223372036854775808.0, i64::MIN), Some(Ordering::Equal));
        assert_eq!(cmp_i64(f64::NAN, 1), None);
        let big = IBig::from(10u8).pow(23);
        assert_eq!(cmp_int(1e23, &big), Some(Ordering::Less));
        assert_eq!(to_int(1e23).map(|n| n.to_string()), Ok("99999999999999991611392".to_owned()));
        assert_eq!(cmp_int(f64::INFINITY, &big), Some(Ordering::Greater));
        assert_eq!(from_int(&big), Ok(1e23));
        assert_eq!(from_int(&IBig::from(10u8).pow(400)).map_err(|e| e.kind), Err(ErrorKind::Overflow));
        assert_eq!(to_i64(-1.9), Some(-1));
        assert_eq!(as_integer_ratio(-0.75), Ok((IBig::from(-3), IBig::from(4))));
        assert_eq!(as_integer_ratio(6.0), Ok((IBig::from(6), IBig::ONE)));
    }
}
