//! Integer arithmetic of any size with Python's sign rules. Pure; see `text`.
//!
//! Invariant: floor division and modulo satisfy `q * b + r == a` with `r` of the sign of `b`; bits are those of an infinite
//! two's complement ("Bitwise Operations on Integer Types" of the library reference).

use dashu_int::fast_div::ConstDivisor;
use dashu_int::ops::{BitTest, DivRem, Gcd, SquareRoot};
use dashu_int::{IBig, Sign, UBig};

use crate::text::float::round_scaled;
use crate::text::{TextError, TextResult};

/// `divmod(a, b)` of small numbers. `None` if `b` is 0 or the quotient does not fit (`i64::MIN // -1`).
pub fn div_mod_i64(a: i64, b: i64) -> Option<(i64, i64)> {
    let quotient = a.checked_div(b)?;
    let rest = a % b;
    Some(if rest != 0 && (rest < 0) != (b < 0) { (quotient - 1, rest + b) } else { (quotient, rest) })
}

/// `divmod(a, b)`; `None` if `b` is 0 (`ZeroDivisionError: integer division or modulo by zero`).
pub fn div_mod(a: &IBig, b: &IBig) -> Option<(IBig, IBig)> {
    if b.is_zero() {
        return None;
    }
    let (quotient, rest) = a.div_rem(b);
    Some(if !rest.is_zero() && rest.sign() != b.sign() { (quotient - 1, rest + b) } else { (quotient, rest) })
}

/// `a // b`; `None` if `b` is 0 (`ZeroDivisionError: integer division or modulo by zero`).
pub fn floor_div(a: &IBig, b: &IBig) -> Option<IBig> {
    div_mod(a, b).map(|(quotient, _)| quotient)
}

/// `a % b`; `None` if `b` is 0 (`ZeroDivisionError: integer modulo by zero`).
pub fn modulo(a: &IBig, b: &IBig) -> Option<IBig> {
    if b.is_zero() {
        return None;
    }
    let rest = a % b;
    Some(if !rest.is_zero() && rest.sign() != b.sign() { rest + b } else { rest })
}

/// `a / b` of small numbers, correctly rounded; `None` if `b` is 0.
pub fn true_div_i64(a: i64, b: i64) -> Option<f64> {
    const EXACT: u64 = 1 << 53;
    if b == 0 {
        return None;
    }
    if a.unsigned_abs() <= EXACT && b.unsigned_abs() <= EXACT {
        return Some(a as f64 / b as f64);
    }
    true_div(&IBig::from(a), &IBig::from(b)).ok()
}

/// `a / b`: the float nearest to the exact quotient, ties to even.
/// `ZeroDivisionError` for `b == 0`, `OverflowError` past the range of floats.
pub fn true_div(a: &IBig, b: &IBig) -> TextResult<f64> {
    if b.is_zero() {
        return Err(TextError::zero_division("division by zero"));
    }
    if a.is_zero() {
        return Ok(if *b < IBig::ZERO { -0.0 } else { 0.0 });
    }
    let negative = a.sign() != b.sign();
    let (a, b) = (magnitude(a), magnitude(b));
    // A quotient of 62 or 63 bits, and whether anything is left over, decide the rounding.
    let shift = a.bit_len() as i64 - b.bit_len() as i64 - 62;
    let (quotient, rest) = if shift >= 0 { a.div_rem(b << shift as usize) } else { (a << -shift as usize).div_rem(b) };
    let significand = u64::try_from(quotient).unwrap_or(u64::MAX);
    let x = round_scaled(significand, !rest.is_zero(), shift);
    if x.is_infinite() {
        return Err(TextError::overflow("integer division result too large for a float"));
    }
    Ok(if negative { -x } else { x })
}

fn magnitude(n: &IBig) -> UBig {
    n.clone().into_parts().1
}

/// `base ** exponent` for an exponent that is not negative. `None` where the result would not fit in memory
/// (some 2^36 bits): `MemoryError`.
pub fn pow(base: &IBig, exponent: &IBig) -> Option<IBig> {
    if exponent.is_zero() || base.is_one() {
        return Some(IBig::ONE);
    }
    if base.is_zero() {
        return Some(IBig::ZERO);
    }
    if *base == IBig::NEG_ONE {
        return Some(if exponent.bit(0) { IBig::NEG_ONE } else { IBig::ONE });
    }
    let exponent = usize::try_from(exponent).ok()?;
    let bits = bit_length(base).checked_mul(exponent)?;
    if bits > 1 << 36 {
        return None;
    }
    Some(base.pow(exponent))
}

/// `base ** exponent` of small numbers; `None` if the result does not fit, and [`pow`] must do it.
pub fn pow_i64(base: i64, exponent: u32) -> Option<i64> {
    base.checked_pow(exponent)
}

/// `pow(base, exponent, modulus)`; a negative exponent takes the inverse of `base`. The result has the sign of `modulus`.
/// `ValueError` for modulus 0 and for a base that has no inverse.
pub fn mod_pow(base: &IBig, exponent: &IBig, modulus: &IBig) -> TextResult<IBig> {
    if modulus.is_zero() {
        return Err(TextError::value("pow() 3rd argument cannot be 0"));
    }
    let size = magnitude(modulus);
    if size.is_one() {
        return Ok(IBig::ZERO);
    }
    let ring = ConstDivisor::new(size);
    let mut element = ring.reduce(base.clone());
    if exponent.sign() == Sign::Negative {
        let Some(inverse) = element.inv() else {
            return Err(TextError::value("base is not invertible for the given modulus"));
        };
        element = inverse;
    }
    let result = IBig::from(element.pow(&magnitude(exponent)).residue());
    let wrong_sign = modulus.sign() == Sign::Negative && !result.is_zero();
    Ok(if wrong_sign { result + modulus } else { result })
}

/// `math.isqrt(n)`: the floor of the square root; `None` if `n` is negative
/// (`ValueError: isqrt() argument must be nonnegative`).
pub fn isqrt(n: &IBig) -> Option<IBig> {
    n.as_ubig().map(|n| IBig::from(n.sqrt()))
}

/// `math.gcd(a, b)`: never negative; `gcd(0, 0)` is 0.
pub fn gcd(a: &IBig, b: &IBig) -> IBig {
    match (a.is_zero(), b.is_zero()) {
        (true, _) => IBig::from(magnitude(b)),
        (_, true) => IBig::from(magnitude(a)),
        _ => IBig::from(a.gcd(b)),
    }
}

/// `math.gcd` of small numbers, as a magnitude (`gcd(i64::MIN, 0)` does not fit an `i64`).
pub fn gcd_i64(a: i64, b: i64) -> u64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// `math.lcm(a, b)`: never negative; 0 if either is 0.
pub fn lcm(a: &IBig, b: &IBig) -> IBig {
    if a.is_zero() || b.is_zero() {
        return IBig::ZERO;
    }
    IBig::from(magnitude(&(a / gcd(a, b) * b)))
}

/// `n.bit_length()`: bits of the magnitude.
pub fn bit_length(n: &IBig) -> usize {
    match n.as_ubig() {
        Some(n) => n.bit_len(),
        None => (-n).into_parts().1.bit_len(),
    }
}

/// `n.bit_count()`: ones of the magnitude.
pub fn bit_count(n: &IBig) -> usize {
    match n.as_ubig() {
        Some(n) => n.count_ones(),
        None => (-n).into_parts().1.count_ones(),
    }
}

/// `a << count`. `None` where the result would not fit in memory (some 2^36 bits).
pub fn shl(a: &IBig, count: usize) -> Option<IBig> {
    if a.is_zero() {
        return Some(IBig::ZERO);
    }
    (count.checked_add(bit_length(a))? <= 1 << 36).then(|| a << count)
}

/// `a >> count`, rounding down.
pub fn shr(a: &IBig, count: usize) -> IBig {
    a >> count
}

/// `a & b`.
pub fn and(a: &IBig, b: &IBig) -> IBig {
    a & b
}

/// `a | b`.
pub fn or(a: &IBig, b: &IBig) -> IBig {
    a | b
}

/// `a ^ b`.
pub fn xor(a: &IBig, b: &IBig) -> IBig {
    a ^ b
}

/// `~a`.
pub fn invert(a: &IBig) -> IBig {
    !a
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::ErrorKind;

    fn big(text: &str) -> IBig {
        crate::text::int::parse(text, 10).unwrap_or_default()
    }

    #[test]
    fn floor_and_sign() {
        for (a, b, q, r) in [(7, 2, 3, 1), (-7, 2, -4, 1), (7, -2, -4, -1), (-7, -2, 3, -1), (-6, 3, -2, 0)] {
            assert_eq!(div_mod_i64(a, b), Some((q, r)));
            assert_eq!(div_mod(&IBig::from(a), &IBig::from(b)), Some((IBig::from(q), IBig::from(r))));
            assert_eq!(modulo(&IBig::from(a), &IBig::from(b)), Some(IBig::from(r)));
        }
        assert_eq!(div_mod_i64(i64::MIN, -1), None);
        assert_eq!(div_mod_i64(1, 0), None);
        assert_eq!(floor_div(&big("-100000000000000000000"), &IBig::from(3)), Some(big("-33333333333333333334")));
        assert_eq!(modulo(&IBig::ONE, &IBig::ZERO), None);
    }

    #[test]
    fn true_division_rounds_once() {
        assert_eq!(true_div_i64(1, 3), Some(0.3333333333333333));
        assert_eq!(true_div_i64(9007199254740993, 1), Some(9007199254740992.0));
        assert_eq!(true_div_i64(9007199254740995, 1), Some(9007199254740996.0));
        assert_eq!(true_div_i64(0, -5).map(f64::to_bits), Some((-0.0f64).to_bits()));
        assert_eq!(true_div(&IBig::from(10).pow(400), &IBig::from(10).pow(399)), Ok(10.0));
        assert_eq!(true_div(&IBig::from(-1), &IBig::from(10).pow(320)), Ok(-1e-320));
        assert_eq!(true_div(&IBig::from(1), &IBig::from(10).pow(330)), Ok(0.0));
        assert_eq!(true_div(&IBig::from(10).pow(400), &IBig::from(3)).map_err(|e| e.kind), Err(ErrorKind::Overflow));
        assert_eq!(true_div(&IBig::ONE, &IBig::ZERO).map_err(|e| e.kind), Err(ErrorKind::ZeroDivision));
        assert_eq!(true_div(&(IBig::ONE << 1074), &(IBig::ONE << 2148)), Ok(5e-324));
        assert_eq!(true_div(&IBig::ONE, &(IBig::ONE << 1075)), Ok(0.0));
    }

    #[test]
    fn powers_and_inverses() {
        assert_eq!(pow(&IBig::from(-2), &IBig::from(63)), Some(IBig::from(i64::MIN)));
        assert_eq!(pow(&IBig::from(7), &(IBig::ONE << 70)), None);
        assert_eq!(pow(&IBig::NEG_ONE, &((IBig::ONE << 70) + 1)), Some(IBig::NEG_ONE));
        let modpow = |b: i64, e: i64, m: i64| mod_pow(&IBig::from(b), &IBig::from(e), &IBig::from(m));
        assert_eq!(modpow(38, -1, 97), Ok(IBig::from(23)));
        assert_eq!(modpow(3, 4, -5), Ok(IBig::from(-4)));
        assert_eq!(modpow(-3, 3, 5), Ok(IBig::from(3)));
        assert_eq!(modpow(2, 10, 1), Ok(IBig::ZERO));
        assert_eq!(modpow(0, 0, 7), Ok(IBig::ONE));
        assert_eq!(modpow(2, -1, 4), Err(TextError::value("base is not invertible for the given modulus")));
        assert_eq!(modpow(2, 1, 0), Err(TextError::value("pow() 3rd argument cannot be 0")));
    }

    #[test]
    fn roots_divisors_bits() {
        assert_eq!(isqrt(&big("1000000000000000000000000")), Some(big("1000000000000")));
        assert_eq!(isqrt(&IBig::NEG_ONE), None);
        assert_eq!(gcd(&IBig::from(-12), &IBig::from(18)), IBig::from(6));
        assert_eq!(gcd(&IBig::ZERO, &IBig::ZERO), IBig::ZERO);
        assert_eq!(gcd(&IBig::ZERO, &IBig::from(-5)), IBig::from(5));
        assert_eq!(gcd_i64(i64::MIN, 0), 1 << 63);
        assert_eq!(lcm(&IBig::from(-4), &IBig::from(6)), IBig::from(12));
        assert_eq!((bit_length(&IBig::from(-256)), bit_count(&IBig::from(-255))), (9, 8));
        assert_eq!(bit_length(&IBig::ZERO), 0);
        for (a, b) in [(-5, 3), (5, -3), (-5, -3), (5, 3), (0, -1)] {
            let (x, y) = (IBig::from(a), IBig::from(b));
            assert_eq!(and(&x, &y), IBig::from(a & b));
            assert_eq!(or(&x, &y), IBig::from(a | b));
            assert_eq!(xor(&x, &y), IBig::from(a ^ b));
            assert_eq!(invert(&x), IBig::from(!a));
            assert_eq!(shr(&x, 1), IBig::from(a >> 1));
        }
        assert_eq!(shr(&-(IBig::ONE << 80), 100), IBig::NEG_ONE);
        assert_eq!(shl(&IBig::from(-3), 70), Some(big("-3541774862152233910272")));
        assert_eq!(shl(&IBig::ONE, usize::MAX), None);
    }
}
