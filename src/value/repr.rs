//! The bits of a [`Value`]; no other module knows them. Floor 3.
//!
//! ```text
//! …iiiiiii1  int, 63 bits, signed
//! …ffffff10  double whose exponent is near 1 ("flonum", an idea of CRuby's), or 0.0; other doubles are boxed on the heap
//! …ppppp000  pointer to a heap object (never null)
//! …sssss100  Undef, None, False, True, Ellipsis, NotImplemented
//! ```
//! Invariant: a value with the pointer tag was made from a live [`Gc`]; it stays valid until a collection finds it
//! unreachable, and collections happen only at safepoints.

use crate::heap::{Gc, Header};

/// Any value of the language: 8 bytes, `Copy`. Equality of `Value`s is identity (`is`), except that equal flonums are
/// the same value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
pub struct Value(u64);

const UNDEF: u64 = 0x04;
const NONE: u64 = 0x0C;
const FALSE: u64 = 0x14;
const TRUE: u64 = 0x1C;
const ELLIPSIS: u64 = 0x24;
const NOT_IMPLEMENTED: u64 = 0x2C;
/// 0.0, whose exponent is far from 1. It is the code of 2^-256, which is boxed in its place.
const ZERO_FLOAT: u64 = 0x02;
/// Added to the bits of a double it makes the upper two bits of the exponent `10` where the exponent is between -256 and 255:
/// turned to the lower end they are the tag. (Mélançon, Serrano, Feeley: Float Self-Tagging, 2024.)
const FLOAT_BIAS: u64 = 257 << 52;

impl Value {
    /// No value: an unbound variable, an omitted argument, a deleted entry. Never visible to the language.
    pub const UNDEF: Value = Value(UNDEF);
    pub const NONE: Value = Value(NONE);
    pub const FALSE: Value = Value(FALSE);
    pub const TRUE: Value = Value(TRUE);
    pub const ELLIPSIS: Value = Value(ELLIPSIS);
    pub const NOT_IMPLEMENTED: Value = Value(NOT_IMPLEMENTED);
    /// Largest int that needs no heap object.
    pub const MAX_INT: i64 = i64::MAX >> 1;
    /// Smallest int that needs no heap object.
    pub const MIN_INT: i64 = i64::MIN >> 1;

    /// An int that fits 63 bits, or `None`.
    #[inline(always)]
    pub const fn int(i: i64) -> Option<Value> {
        if i >= Self::MIN_INT && i <= Self::MAX_INT { Some(Value::small(i)) } else { None }
    }

    /// An int known to fit 63 bits (higher bits are lost otherwise).
    #[inline(always)]
    pub const fn small(i: i64) -> Value {
        Value(((i as u64) << 1) | 1)
    }

    #[inline(always)]
    pub const fn bool(b: bool) -> Value {
        if b { Value(TRUE) } else { Value(FALSE) }
    }

    /// A double with the common exponents (about 1e-77 to 1e77) or 0.0, or `None` for one that must be boxed.
    #[inline(always)]
    pub fn flonum(f: f64) -> Option<Value> {
        let code = f.to_bits().wrapping_add(FLOAT_BIAS).rotate_left(3);
        if code & 3 == 2 && code != ZERO_FLOAT {
            Some(Value(code))
        } else if f.to_bits() == 0 {
            Some(Value(ZERO_FLOAT))
        } else {
            None
        }
    }

    #[inline(always)]
    pub fn object<T>(p: Gc<T>) -> Value {
        Value(p.addr() as u64)
    }

    #[inline(always)]
    pub const fn is_int(self) -> bool {
        self.0 & 1 == 1
    }

    /// The int, if this is one that needs no heap object (a `bool` is not).
    #[inline(always)]
    pub const fn as_int(self) -> Option<i64> {
        if self.is_int() { Some(self.0 as i64 >> 1) } else { None }
    }

    /// The int without a check: garbage for other values.
    #[inline(always)]
    pub const fn int_bits(self) -> i64 {
        self.0 as i64 >> 1
    }

    /// `a + b` of two ints, `None` if one is no small int or the sum does not fit.
    #[inline(always)]
    pub fn int_add(a: Value, b: Value) -> Option<Value> {
        if a.0 & b.0 & 1 == 0 {
            return None;
        }
        // (2x+1) - 1 + (2y+1) = 2(x+y)+1
        (a.0 as i64 - 1).checked_add(b.0 as i64).map(|s| Value(s as u64))
    }

    /// `a - b`, as [`Value::int_add`].
    #[inline(always)]
    pub fn int_sub(a: Value, b: Value) -> Option<Value> {
        if a.0 & b.0 & 1 == 0 {
            return None;
        }
        (a.0 as i64).checked_sub(b.0 as i64 - 1).map(|s| Value(s as u64))
    }

    /// `a * b`, as [`Value::int_add`].
    #[inline(always)]
    pub fn int_mul(a: Value, b: Value) -> Option<Value> {
        if a.0 & b.0 & 1 == 0 {
            return None;
        }
        (a.0 as i64 >> 1).checked_mul(b.0 as i64 - 1).map(|s| Value((s as u64).wrapping_add(1)))
    }

    /// Whether both are small ints; then [`Value::int_lt`] and kin may be used.
    #[inline(always)]
    pub fn both_ints(a: Value, b: Value) -> bool {
        a.0 & b.0 & 1 == 1
    }

    /// The order of two small ints.
    #[inline(always)]
    pub fn cmp_ints(a: Value, b: Value) -> std::cmp::Ordering {
        (a.0 as i64).cmp(&(b.0 as i64))
    }

    #[inline(always)]
    pub const fn is_flonum(self) -> bool {
        self.0 & 3 == 2
    }

    /// The double, if it is an immediate one.
    #[inline(always)]
    pub fn as_flonum(self) -> Option<f64> {
        if self.is_flonum() { Some(self.flonum_bits()) } else { None }
    }

    /// The double without a check: garbage for other values.
    #[inline(always)]
    pub fn flonum_bits(self) -> f64 {
        if self.0 == ZERO_FLOAT {
            return 0.0;
        }
        f64::from_bits(self.0.rotate_right(3).wrapping_sub(FLOAT_BIAS))
    }

    /// Whether both are immediate doubles.
    #[inline(always)]
    pub const fn both_flonums(a: Value, b: Value) -> bool {
        ((a.0 ^ 2) | (b.0 ^ 2)) & 3 == 0
    }

    #[inline(always)]
    pub const fn is_object(self) -> bool {
        self.0 & 7 == 0
    }

    /// The heap object, if this is one.
    #[inline(always)]
    pub fn as_object(self) -> Option<Gc<Header>> {
        if self.is_object() {
            #[allow(unsafe_code)]
            // SAFETY: the pointer tag is only made by `object`, from a `Gc`, which is non-null; it is live, because
            // collections happen only at safepoints and every value that survives one was reachable.
            Some(unsafe { Gc::from_addr(self.0 as usize) })
        } else {
            None
        }
    }

    #[inline(always)]
    pub const fn is_undef(self) -> bool {
        self.0 == UNDEF
    }

    #[inline(always)]
    pub const fn is_none(self) -> bool {
        self.0 == NONE
    }

    /// The bool, if this is `True` or `False`.
    #[inline(always)]
    pub const fn as_bool(self) -> Option<bool> {
        match self.0 {
            TRUE => Some(true),
            FALSE => Some(false),
            _ => None,
        }
    }

    /// `None` for `Undef`, for the omitted arguments of natives.
    #[inline(always)]
    pub fn defined(self) -> Option<Value> {
        if self.is_undef() { None } else { Some(self) }
    }

    /// The bits, for identity tables and hashing of immediates. Says nothing that is stable between runs for objects.
    #[inline(always)]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            UNDEF => f.write_str("Undef"),
            NONE => f.write_str("None"),
            FALSE => f.write_str("False"),
            TRUE => f.write_str("True"),
            ELLIPSIS => f.write_str("Ellipsis"),
            NOT_IMPLEMENTED => f.write_str("NotImplemented"),
            _ => match (self.as_int(), self.as_flonum()) {
                (Some(i), _) => write!(f, "{i}"),
                (_, Some(x)) => write!(f, "{x:?}"),
                _ => f.write_str("<object>"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ints_round_trip() {
        for i in [0, 1, -1, Value::MAX_INT, Value::MIN_INT, 1 << 40] {
            assert_eq!(Value::int(i).and_then(Value::as_int), Some(i));
        }
        assert_eq!(Value::int(Value::MAX_INT + 1), None);
        assert_eq!(Value::int(Value::MIN_INT - 1), None);
    }

    #[test]
    fn int_arithmetic_notices_overflow() {
        let max = Value::small(Value::MAX_INT);
        assert_eq!(Value::int_add(max, Value::small(1)), None);
        assert_eq!(Value::int_sub(Value::small(Value::MIN_INT), Value::small(1)), None);
        assert_eq!(Value::int_mul(max, Value::small(2)), None);
        assert_eq!(Value::int_mul(Value::small(-3), Value::small(7)), Some(Value::small(-21)));
        assert_eq!(Value::int_add(Value::small(-3), Value::small(7)), Some(Value::small(4)));
        assert_eq!(Value::int_sub(Value::small(-3), Value::small(7)), Some(Value::small(-10)));
        assert_eq!(Value::int_add(Value::TRUE, Value::small(7)), None);
    }

    #[test]
    fn floats_round_trip_or_are_refused() {
        for f in [0.0, 1.0, -1.5, 3.25e10, -1e-70, 1e70, -(2f64.powi(-256)), 2f64.powi(-255), 1.9 * 2f64.powi(255)] {
            assert_eq!(Value::flonum(f).and_then(Value::as_flonum).map(f64::to_bits), Some(f.to_bits()));
        }
        for f in [
            -0.0,
            1e300,
            1e-300,
            -1e300,
            -1e-300,
            f64::NAN,
            f64::INFINITY,
            f64::MAX,
            f64::MIN_POSITIVE,
            2f64.powi(-256),
        ] {
            assert_eq!(Value::flonum(f), None);
        }
    }
}
