//! Arithmetic of ints, floats and complex numbers. Floor 5.
//!
//! Invariant: an int result is a small value wherever it fits; no overflow passes unnoticed.

use super::super::{Ctl, Res, Vm};
use crate::object::View;
use crate::object::pure::Num;
use crate::syntax::ast::BinOp;
use crate::text::{float, int};
use crate::value::Value;
use dashu_int::IBig;

/// Ints of more bits than this are not made: a `MemoryError` instead of an exhausted machine.
const MAX_BITS: usize = 1 << 32;

impl Vm {
    /// `x <op> y` of real numbers.
    #[inline]
    pub fn number_binary(&mut self, op: BinOp, x: Num, y: Num) -> Res {
        match (x, y) {
            (Num::Int(i), Num::Int(j)) => self.int_binary(op, i, j),
            (Num::Float(f), Num::Float(g)) => self.float_binary(op, f, g),
            (Num::Float(f), Num::Int(j)) => self.float_binary(op, f, j as f64),
            (Num::Int(i), Num::Float(g)) => self.float_binary(op, i as f64, g),
            (Num::Float(f), Num::Big(b)) => {
                let g = self.big_to_float(&b.value)?;
                self.float_binary(op, f, g)
            }
            (Num::Big(b), Num::Float(g)) => {
                let f = self.big_to_float(&b.value)?;
                self.float_binary(op, f, g)
            }
            (Num::Big(a), Num::Big(b)) => self.big_binary(op, &a.value, &b.value),
            (Num::Big(a), Num::Int(j)) => self.big_binary(op, &a.value, &IBig::from(j)),
            (Num::Int(i), Num::Big(b)) => self.big_binary(op, &IBig::from(i), &b.value),
        }
    }

    /// An int as a float; an OverflowError past the range.
    pub fn big_to_float(&mut self, n: &IBig) -> Res<f64> {
        float::from_int(n).map_err(|_| self.overflow_error("int too large to convert to float"))
    }

    fn int_binary(&mut self, op: BinOp, a: i64, b: i64) -> Res {
        let small = match op {
            BinOp::Add => a.checked_add(b),
            BinOp::Sub => a.checked_sub(b),
            BinOp::Mul => a.checked_mul(b),
            BinOp::FloorDiv if b != 0 => int::div_mod_i64(a, b).map(|(q, _)| q),
            BinOp::Mod if b != 0 => int::div_mod_i64(a, b).map(|(_, r)| r),
            BinOp::Div => {
                return match int::true_div_i64(a, b) {
                    Some(f) => Ok(self.new_float(f)),
                    None => Err(self.zero_division("division by zero")),
                };
            }
            BinOp::Pow if b < 0 => return self.float_pow(a as f64, b as f64),
            BinOp::Pow => u32::try_from(b).ok().and_then(|e| int::pow_i64(a, e)),
            BinOp::BitAnd => Some(a & b),
            BinOp::BitOr => Some(a | b),
            BinOp::BitXor => Some(a ^ b),
            BinOp::LShift if (0..62).contains(&b) => a.checked_mul(1 << b),
            BinOp::RShift if b >= 0 => Some(a >> b.min(63)),
            BinOp::MatMul => return Ok(Value::NOT_IMPLEMENTED),
            _ => None,
        };
        match small {
            Some(i) => Ok(self.new_int(i)),
            None => self.big_binary(op, &IBig::from(a), &IBig::from(b)),
        }
    }

    fn big_binary(&mut self, op: BinOp, a: &IBig, b: &IBig) -> Res {
        let zero = || "integer division or modulo by zero";
        let result = match op {
            BinOp::Add => a + b,
            BinOp::Sub => a - b,
            BinOp::Mul => {
                if int::bit_length(a) + int::bit_length(b) > MAX_BITS {
                    return Err(self.memory_error(""));
                }
                a * b
            }
            BinOp::FloorDiv => match int::floor_div(a, b) {
                Some(q) => q,
                None => return Err(self.zero_division(zero())),
            },
            BinOp::Mod => match int::modulo(a, b) {
                Some(r) => r,
                None => return Err(self.zero_division("integer modulo by zero")),
            },
            BinOp::Div => {
                let r = int::true_div(a, b);
                let f = self.text_result(r)?;
                return Ok(self.new_float(f));
            }
            BinOp::Pow => return self.big_pow(a, b),
            BinOp::BitAnd => int::and(a, b),
            BinOp::BitOr => int::or(a, b),
            BinOp::BitXor => int::xor(a, b),
            BinOp::LShift | BinOp::RShift => return self.shift(op == BinOp::LShift, a, b),
            BinOp::MatMul => return Ok(Value::NOT_IMPLEMENTED),
        };
        Ok(self.new_big(result))
    }

    fn shift(&mut self, left: bool, a: &IBig, b: &IBig) -> Res {
        if *b < IBig::ZERO {
            return Err(self.value_error("negative shift count"));
        }
        if *a == IBig::ZERO {
            return Ok(Value::small(0));
        }
        let count = usize::try_from(b).ok();
        if !left {
            let r = match count {
                Some(n) => int::shr(a, n),
                None if *a < IBig::ZERO => IBig::from(-1),
                None => IBig::ZERO,
            };
            return Ok(self.new_big(r));
        }
        let Some(count) = count.filter(|&n| n <= i64::MAX as usize) else {
            return Err(self.overflow_error("too many digits in integer"));
        };
        match int::shl(a, count).filter(|_| count <= MAX_BITS) {
            Some(r) => Ok(self.new_big(r)),
            None => Err(self.memory_error("")),
        }
    }

    fn big_pow(&mut self, a: &IBig, b: &IBig) -> Res {
        if *b < IBig::ZERO {
            let (x, y) = (self.big_to_float(a)?, self.big_to_float(b)?);
            return self.float_pow(x, y);
        }
        let bits = (int::bit_length(a) as u128).saturating_mul(u128::try_from(b).unwrap_or(u128::MAX));
        let trivial = int::bit_length(a) <= 1;
        let r = if !trivial && bits > MAX_BITS as u128 { None } else { int::pow(a, b) };
        match r {
            Some(r) => Ok(self.new_big(r)),
            None => Err(self.memory_error("")),
        }
    }

    /// `pow(base, exponent, modulus)` of ints.
    pub fn mod_pow(&mut self, base: &IBig, exponent: &IBig, modulus: &IBig) -> Res {
        let r = int::mod_pow(base, exponent, modulus);
        let r = self.text_result(r)?;
        Ok(self.new_big(r))
    }

    #[inline]
    fn float_binary(&mut self, op: BinOp, f: f64, g: f64) -> Res {
        let r = match op {
            BinOp::Add => f + g,
            BinOp::Sub => f - g,
            BinOp::Mul => f * g,
            BinOp::Div if g != 0.0 => f / g,
            BinOp::Div => return Err(self.zero_division("float division by zero")),
            BinOp::FloorDiv => match float::floor_div(f, g) {
                Some(x) => x,
                None => return Err(self.zero_division("float floor division by zero")),
            },
            BinOp::Mod => match float::modulo(f, g) {
                Some(x) => x,
                None => return Err(self.zero_division("float modulo by zero")),
            },
            BinOp::Pow => return self.float_pow(f, g),
            _ => return Ok(Value::NOT_IMPLEMENTED),
        };
        Ok(self.new_float(r))
    }

    fn float_pow(&mut self, f: f64, g: f64) -> Res {
        match float::pow(f, g) {
            float::Power::Float(x) => Ok(self.new_float(x)),
            float::Power::Complex => {
                let r = float::complex_pow((f, 0.0), (g, 0.0));
                let (re, im) = self.text_result(r)?;
                Ok(self.new_complex(re, im))
            }
            float::Power::ZeroDivision => Err(self.zero_division("0.0 cannot be raised to a negative power")),
            float::Power::Overflow => Err(self.out_of_range()),
        }
    }

    /// `OverflowError: (34, 'Numerical result out of range')`.
    #[cold]
    pub fn out_of_range(&mut self) -> Ctl {
        let class = self.types.OverflowError;
        let text = self.new_str("Numerical result out of range");
        self.raise_with(class, &[Value::small(34), text])
    }

    /// The complex number that `v` is, real numbers included.
    pub fn complex_of(&mut self, v: Value) -> Res<Option<(f64, f64)>> {
        Ok(match v.view() {
            View::Complex(c) => Some((c.re, c.im)),
            _ => match Num::of(v) {
                Some(Num::Int(i)) => Some((i as f64, 0.0)),
                Some(Num::Float(f)) => Some((f, 0.0)),
                Some(Num::Big(b)) => Some((self.big_to_float(&b.value)?, 0.0)),
                None => None,
            },
        })
    }

    pub(super) fn complex_binary(&mut self, op: BinOp, a: Value, b: Value) -> Res {
        let (Some(x), Some(y)) = (self.complex_of(a)?, self.complex_of(b)?) else {
            return Ok(Value::NOT_IMPLEMENTED);
        };
        let (re, im) = match op {
            BinOp::Add => (x.0 + y.0, x.1 + y.1),
            BinOp::Sub => (x.0 - y.0, x.1 - y.1),
            BinOp::Mul => (x.0 * y.0 - x.1 * y.1, x.0 * y.1 + x.1 * y.0),
            BinOp::Div => match complex_div(x, y) {
                Some(q) => q,
                None => return Err(self.zero_division("complex division by zero")),
            },
            BinOp::Pow => {
                let r = complex_int_pow(x, y).map_or_else(|| float::complex_pow(x, y), Ok);
                self.text_result(r)?
            }
            _ => return Ok(Value::NOT_IMPLEMENTED),
        };
        Ok(self.new_complex(re, im))
    }

    /// `divmod(a, b)` of real numbers: `NotImplemented` for others.
    pub fn pure_divmod(&mut self, a: Value, b: Value) -> Res {
        let (Some(x), Some(y)) = (Num::of(a), Num::of(b)) else { return Ok(Value::NOT_IMPLEMENTED) };
        let (q, r) = match (x.to_ibig(), y.to_ibig()) {
            (Some(i), Some(j)) => match int::div_mod(&i, &j) {
                Some((q, r)) => (self.new_big(q), self.new_big(r)),
                None => return Err(self.zero_division("integer division or modulo by zero")),
            },
            _ => {
                let (f, g) = (self.num_to_float(x)?, self.num_to_float(y)?);
                match float::div_mod(f, g) {
                    Some((q, r)) => (self.new_float(q), self.new_float(r)),
                    None => return Err(self.zero_division("float divmod()")),
                }
            }
        };
        Ok(self.new_tuple(&[q, r]))
    }

    /// A real number as a float; an OverflowError past the range.
    pub fn num_to_float(&mut self, n: Num) -> Res<f64> {
        match n {
            Num::Int(i) => Ok(i as f64),
            Num::Float(f) => Ok(f),
            Num::Big(b) => self.big_to_float(&b.value),
        }
    }
}

/// Smith's method, as CPython's `_Py_c_quot`.
fn complex_div(x: (f64, f64), y: (f64, f64)) -> Option<(f64, f64)> {
    if y.0.abs() >= y.1.abs() {
        if y.0 == 0.0 && y.1 == 0.0 {
            return None;
        }
        let ratio = y.1 / y.0;
        let denominator = y.0 + y.1 * ratio;
        Some(((x.0 + x.1 * ratio) / denominator, (x.1 - x.0 * ratio) / denominator))
    } else if y.1.abs() >= y.0.abs() {
        let ratio = y.0 / y.1;
        let denominator = y.0 * ratio + y.1;
        Some(((x.0 * ratio + x.1) / denominator, (x.1 * ratio - x.0) / denominator))
    } else {
        Some((f64::NAN, f64::NAN))
    }
}

/// Powers with small whole exponents by multiplication, as CPython's `c_powi`.
fn complex_int_pow(x: (f64, f64), y: (f64, f64)) -> Option<(f64, f64)> {
    if y.1 != 0.0 || y.0.fract() != 0.0 || y.0.abs() > 100.0 {
        return None;
    }
    let mul = |a: (f64, f64), b: (f64, f64)| (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0);
    let n = y.0.abs() as u32;
    let (mut result, mut p, mut mask) = ((1.0, 0.0), x, 1u32);
    while mask > 0 && n >= mask {
        if n & mask != 0 {
            result = mul(result, p);
        }
        mask <<= 1;
        p = mul(p, p);
    }
    let result = if y.0 < 0.0 { complex_div((1.0, 0.0), result)? } else { result };
    (result.0.is_finite() && result.1.is_finite()).then_some(result)
}
