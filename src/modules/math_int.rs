//! The whole-number functions of the module `math`. Floor 7.
//!
//! Invariant: arguments that are not ints (nor have `__index__`) are a TypeError.

use super::text_error;
use crate::object::View;
use crate::text::TextError;
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Res, Vm};
use dashu_int::{IBig, UBig};

/// An int of a float without a fraction.
pub fn from_float(vm: &mut Vm, x: f64) -> Res {
    if x.is_nan() {
        return Err(vm.value_error("cannot convert float NaN to integer"));
    }
    if x.is_infinite() {
        return Err(vm.overflow_error("cannot convert float infinity to integer"));
    }
    if x.abs() < 9e18 {
        return Ok(vm.new_int(x as i64));
    }
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as usize;
    let mantissa = IBig::from(bits & ((1 << 52) - 1) | 1 << 52) << exponent.saturating_sub(1075);
    Ok(vm.new_big(if x < 0.0 { -mantissa } else { mantissa }))
}

fn big_arg(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<IBig> {
    let v = vm.index_value(args, i)?;
    Ok(vm.big_int(v).unwrap_or(IBig::ZERO))
}

/// The ints of `*args`.
fn rest_ints(vm: &mut Vm, args: Args<'_>) -> Res<Vec<IBig>> {
    let mut out = Vec::with_capacity(args.rest().len());
    for (i, &v) in args.rest().iter().enumerate() {
        match vm.big_int(v) {
            Some(b) => out.push(b),
            // To be converted as an argument: those of `*args` count on from the fixed ones.
            None => return Err(vm.index_request(v, args.len() + i)),
        }
    }
    Ok(out)
}

fn gcd_i64(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn gcd_big(a: IBig, b: IBig) -> IBig {
    let (mut a, mut b) = (a, b);
    while b != IBig::ZERO {
        let r = &a % &b;
        a = b;
        b = r;
    }
    if a < IBig::ZERO { -a } else { a }
}

fn gcd(vm: &mut Vm, args: Args<'_>) -> Res {
    if let [a, b] = args.rest()
        && let (Some(a), Some(b)) = (a.as_int(), b.as_int())
    {
        let g = gcd_i64(a.unsigned_abs(), b.unsigned_abs());
        return Ok(vm.new_big(IBig::from(g)));
    }
    let g = rest_ints(vm, args)?.into_iter().fold(IBig::ZERO, gcd_big);
    Ok(vm.new_big(g))
}

fn lcm(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut all = IBig::ONE;
    for n in rest_ints(vm, args)? {
        if n == IBig::ZERO {
            return Ok(Value::small(0));
        }
        let g = gcd_big(all.clone(), n.clone());
        all = all / g * n;
        if all < IBig::ZERO {
            all = -all;
        }
    }
    Ok(vm.new_big(all))
}

fn factorial(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = vm.index_value(args, 0)?;
    let n = vm.clamp_int(n);
    if n < 0 {
        return Err(vm.value_error("factorial() not defined for negative values"));
    }
    if n > 1_000_000 {
        return Err(vm.overflow_error("factorial() argument should not exceed 1000000"));
    }
    let product = product_of(1, n as u64);
    Ok(vm.new_big(IBig::from(product)))
}

/// `low * (low + 1) * … * high`, halving so that factors are of like size.
fn product_of(low: u64, high: u64) -> UBig {
    if low > high {
        return UBig::ONE;
    }
    if high - low < 8 {
        return (low.max(1)..=high).fold(UBig::ONE, |a, n| a * n);
    }
    let mid = low + (high - low) / 2;
    product_of(low, mid) * product_of(mid + 1, high)
}

fn n_and_k(vm: &mut Vm, args: Args<'_>) -> Res<(i64, Option<i64>)> {
    let n = vm.index_value(args, 0)?;
    let n = vm.clamp_int(n);
    if n < 0 {
        return Err(vm.value_error("n must be a non-negative integer"));
    }
    let k = match args.get(1) {
        None | Some(Value::NONE) => return Ok((n, None)),
        Some(_) => vm.index_value(args, 1)?,
    };
    let k = vm.clamp_int(k);
    if k < 0 {
        return Err(vm.value_error("k must be a non-negative integer"));
    }
    Ok((n, Some(k)))
}

fn perm(vm: &mut Vm, args: Args<'_>) -> Res {
    let (n, k) = n_and_k(vm, args)?;
    let k = k.unwrap_or(n);
    if k > n {
        return Ok(Value::small(0));
    }
    if k > 1_000_000 {
        return Err(vm.overflow_error("k must not exceed 1000000"));
    }
    let p = if k == 0 { UBig::ONE } else { product_of((n - k + 1) as u64, n as u64) };
    Ok(vm.new_big(IBig::from(p)))
}

fn comb(vm: &mut Vm, args: Args<'_>) -> Res {
    let (n, k) = n_and_k(vm, args)?;
    let k = k.unwrap_or(0);
    if k > n {
        return Ok(Value::small(0));
    }
    let k = k.min(n - k);
    if k > 1_000_000 {
        return Err(vm.overflow_error("min(n - k, k) must not exceed 1000000"));
    }
    let top = if k == 0 { UBig::ONE } else { product_of((n - k + 1) as u64, n as u64) };
    Ok(vm.new_big(IBig::from(top / product_of(1, k as u64))))
}

fn isqrt(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = big_arg(vm, args, 0)?;
    if n < IBig::ZERO {
        return Err(vm.value_error("isqrt() argument must be nonnegative"));
    }
    if let Ok(small) = u64::try_from(&n) {
        return Ok(vm.new_big(IBig::from(small.isqrt())));
    }
    // Newton's way down from a power of two above the root.
    let mut x = IBig::ONE << (crate::text::int::bit_length(&n).div_ceil(2));
    loop {
        let y = (&x + &n / &x) >> 1;
        if y >= x {
            return Ok(vm.new_big(x));
        }
        x = y;
    }
}

fn prod(vm: &mut Vm, args: Args<'_>) -> Res {
    let items = vm.items_arg(args, 0)?;
    let start = args.get(1).unwrap_or(Value::small(1));
    let mut acc = Acc::of(start);
    for &v in &items {
        acc = match (acc, Acc::of(v)) {
            (Some(Acc::Int(a)), Some(Acc::Int(b))) => Some(Acc::Int(a * b)),
            (Some(a), Some(b)) => match (a.float(), b.float()) {
                (Some(a), Some(b)) => Some(Acc::Float(a * b)),
                _ => return Err(text_error(vm, TextError::overflow("int too large to convert to float"))),
            },
            _ => None,
        };
        if acc.is_none() {
            break;
        }
    }
    match acc {
        Some(Acc::Int(n)) => Ok(vm.new_big(n)),
        Some(Acc::Float(f)) => Ok(vm.new_float(f)),
        None => {
            let list = vm.new_list(items);
            vm.prelude_call("math_prod", &[list, start])
        }
    }
}

enum Acc {
    Int(IBig),
    Float(f64),
}

impl Acc {
    fn of(v: Value) -> Option<Acc> {
        match v.view() {
            View::Int(i) => Some(Acc::Int(IBig::from(i))),
            View::Bool(b) => Some(Acc::Int(IBig::from(b as i64))),
            View::BigInt(b) => Some(Acc::Int(b.value.clone())),
            View::Float(f) => Some(Acc::Float(f)),
            _ => None,
        }
    }

    fn float(&self) -> Option<f64> {
        match self {
            Acc::Int(n) => crate::text::float::from_int(n).ok(),
            Acc::Float(f) => Some(*f),
        }
    }
}

fn sumprod(vm: &mut Vm, args: Args<'_>) -> Res {
    let (p, q) = (vm.items_arg(args, 0)?, vm.items_arg(args, 1)?);
    if p.len() != q.len() {
        return Err(vm.value_error("Inputs are not the same length"));
    }
    let (p, q) = (vm.new_list(p), vm.new_list(q));
    vm.prelude_call("math_sumprod", &[p, q])
}

/// `math.prod`.
pub const PROD: NativeDef = function("prod(iterable, /, *, start=1)", "The product of all items.", prod);
/// `math.sumprod`.
pub const SUMPROD: NativeDef = function("sumprod(p, q, /)", "The sum of products.", sumprod);
/// `math.gcd`.
pub const GCD: NativeDef = function("gcd(*integers)", "The greatest common divisor.", gcd);
/// `math.lcm`.
pub const LCM: NativeDef = function("lcm(*integers)", "The least common multiple.", lcm);
/// `math.factorial`.
pub const FACTORIAL: NativeDef = function("factorial(n, /)", "n!", factorial);
/// `math.comb`.
pub const COMB: NativeDef = function("comb(n, k, /)", "Ways to choose k of n.", comb);
/// `math.perm`.
pub const PERM: NativeDef = function("perm(n, k=None, /)", "Ways to arrange k of n.", perm);
/// `math.isqrt`.
pub const ISQRT: NativeDef = function("isqrt(n, /)", "The whole part of the square root.", isqrt);
