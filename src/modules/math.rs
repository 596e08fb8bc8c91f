//! The module `math`: functions of floats. The whole-number part is in `math_int`. Floor 7.
//!
//! Invariant: errors are CPython 3.13's: `math domain error`, `math range error`.

use super::math_int;
use super::set;
use crate::heap::Gc;
use crate::object::{Dict, Str, View};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Ctl, ModuleDef, Res, Vm};

fn domain(vm: &mut Vm) -> Ctl {
    vm.value_error("math domain error")
}

fn range(vm: &mut Vm) -> Ctl {
    vm.overflow_error("math range error")
}

/// A result that is not finite while the argument is, is an error: a NaN of the domain, an infinity of the range (or of
/// the domain, where the function has a pole).
fn checked(vm: &mut Vm, x: f64, y: f64, pole: bool) -> Res {
    if y.is_nan() && !x.is_nan() {
        return Err(domain(vm));
    }
    if y.is_infinite() && x.is_finite() {
        return Err(if pole { domain(vm) } else { range(vm) });
    }
    Ok(vm.new_float(y))
}

macro_rules! unary {
    ($($f:ident $pole:literal $body:expr;)*) => {
        $(fn $f(vm: &mut Vm, args: Args<'_>) -> Res {
            let x = vm.float_arg(args, 0)?;
            let g: fn(f64) -> f64 = $body;
            checked(vm, x, g(x), $pole)
        })*
    };
}
unary! {
    sqrt true f64::sqrt; exp false f64::exp; exp2 false f64::exp2; expm1 false f64::exp_m1; log1p true f64::ln_1p;
    sin true f64::sin; cos true f64::cos; tan true f64::tan; asin true f64::asin; acos true f64::acos;
    atan true f64::atan; sinh false f64::sinh; cosh false f64::cosh; tanh false f64::tanh; asinh false f64::asinh;
    acosh true acosh_of; atanh true atanh_of; cbrt true f64::cbrt; fabs false f64::abs; degrees false f64::to_degrees;
    radians false radians_of; erf false erf_of; erfc false |x| if x.abs() < 0.5 { 1.0 - erf_of(x) } else { erfc_of(x) };
}

fn radians_of(x: f64) -> f64 {
    x * (std::f64::consts::PI / 180.0)
}
fn acosh_of(x: f64) -> f64 {
    if x < 1.0 { f64::NAN } else { x.acosh() }
}
fn atanh_of(x: f64) -> f64 {
    if x.abs() >= 1.0 { f64::NAN } else { x.atanh() }
}

/// The error function: a series near 0, the complement elsewhere.
fn erf_of(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x.abs() >= 1.5 {
        let c = erfc_of(x.abs());
        return if x > 0.0 { 1.0 - c } else { c - 1.0 };
    }
    let (x2, mut sum, mut term) = (x * x, 0.0, 1.0);
    for n in 0..60 {
        sum += term;
        term *= x2 / (f64::from(n) + 1.5);
        if term < sum * 1e-18 {
            break;
        }
    }
    2.0 / std::f64::consts::PI.sqrt() * x * (-x2).exp() * sum
}

/// The complement by its continued fraction, from the inside out.
fn erfc_of(x: f64) -> f64 {
    if x < 1.5 {
        return 1.0 - erf_of(x);
    }
    if x >= 30.0 {
        return 0.0;
    }
    let mut f = x;
    for k in (1..120).rev() {
        f = x + f64::from(k) / 2.0 / f;
    }
    (-x * x).exp() / (std::f64::consts::PI.sqrt() * f)
}

/// A logarithm of an int of any size or of a float.
fn log_of(vm: &mut Vm, args: Args<'_>, i: usize, of: fn(f64) -> f64, two: f64) -> Res<f64> {
    if let View::BigInt(b) = args[i].view() {
        let n = &b.value;
        if n.sign() == dashu_int::Sign::Negative {
            return Err(domain(vm));
        }
        if let Ok(f) = crate::text::float::from_int(n) {
            return Ok(of(f));
        }
        let bits = crate::text::int::bit_length(n);
        let shift = bits.saturating_sub(64);
        let top = crate::text::float::from_int(&(n >> shift)).unwrap_or(1.0);
        return Ok(of(top) + shift as f64 * two);
    }
    let x = vm.float_arg(args, i)?;
    if x <= 0.0 {
        return Err(domain(vm));
    }
    Ok(of(x))
}

fn log(vm: &mut Vm, args: Args<'_>) -> Res {
    let x = log_of(vm, args, 0, f64::ln, std::f64::consts::LN_2)?;
    if args.get(1).is_none() {
        return Ok(vm.new_float(x));
    }
    let base = log_of(vm, args, 1, f64::ln, std::f64::consts::LN_2)?;
    if base == 0.0 {
        return Err(vm.zero_division("float division by zero"));
    }
    Ok(vm.new_float(x / base))
}

fn log2(vm: &mut Vm, args: Args<'_>) -> Res {
    let x = log_of(vm, args, 0, f64::log2, 1.0)?;
    Ok(vm.new_float(x))
}

fn log10(vm: &mut Vm, args: Args<'_>) -> Res {
    let x = log_of(vm, args, 0, f64::log10, std::f64::consts::LOG10_2)?;
    Ok(vm.new_float(x))
}

fn pow(vm: &mut Vm, args: Args<'_>) -> Res {
    let (x, y) = (vm.float_arg(args, 0)?, vm.float_arg(args, 1)?);
    let z = x.powf(y);
    if z.is_nan() && !x.is_nan() && !y.is_nan() || (z.is_infinite() && x == 0.0) {
        return Err(domain(vm));
    }
    if z.is_infinite() && x.is_finite() && y.is_finite() {
        return Err(range(vm));
    }
    Ok(vm.new_float(z))
}

fn atan2(vm: &mut Vm, args: Args<'_>) -> Res {
    let (y, x) = (vm.float_arg(args, 0)?, vm.float_arg(args, 1)?);
    Ok(vm.new_float(y.atan2(x)))
}

fn fmod(vm: &mut Vm, args: Args<'_>) -> Res {
    let (x, y) = (vm.float_arg(args, 0)?, vm.float_arg(args, 1)?);
    let z = x % y;
    if z.is_nan() && !x.is_nan() && !y.is_nan() {
        return Err(domain(vm));
    }
    Ok(vm.new_float(z))
}

fn remainder(vm: &mut Vm, args: Args<'_>) -> Res {
    let (x, y) = (vm.float_arg(args, 0)?, vm.float_arg(args, 1)?);
    if x.is_nan() || y.is_nan() {
        return Ok(vm.new_float(f64::NAN));
    }
    if x.is_infinite() || y == 0.0 {
        return Err(domain(vm));
    }
    if y.is_infinite() {
        return Ok(vm.new_float(x));
    }
    let (a, b) = (x.abs(), y.abs());
    let m = a % b;
    let c = b - m;
    let r = if m < c {
        m
    } else if m > c {
        -c
    } else {
        m - 2.0 * ((0.5 * (a - m)) % b)
    };
    Ok(vm.new_float(1f64.copysign(x) * r))
}

fn copysign(vm: &mut Vm, args: Args<'_>) -> Res {
    let (x, y) = (vm.float_arg(args, 0)?, vm.float_arg(args, 1)?);
    Ok(vm.new_float(x.copysign(y)))
}

fn fma(vm: &mut Vm, args: Args<'_>) -> Res {
    let (x, y, z) = (vm.float_arg(args, 0)?, vm.float_arg(args, 1)?, vm.float_arg(args, 2)?);
    let r = x.mul_add(y, z);
    if r.is_nan() && !x.is_nan() && !y.is_nan() && !z.is_nan() {
        return Err(vm.value_error("invalid operation in fma"));
    }
    if r.is_infinite() && x.is_finite() && y.is_finite() && z.is_finite() {
        return Err(vm.overflow_error("overflow in fma"));
    }
    Ok(vm.new_float(r))
}

fn isnan(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(vm.float_arg(args, 0)?.is_nan()))
}
fn isinf(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(vm.float_arg(args, 0)?.is_infinite()))
}
fn isfinite(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(vm.float_arg(args, 0)?.is_finite()))
}

fn isclose(vm: &mut Vm, args: Args<'_>) -> Res {
    let (a, b) = (vm.float_arg(args, 0)?, vm.float_arg(args, 1)?);
    let rel = if args.get(2).is_some() { vm.float_arg(args, 2)? } else { 1e-9 };
    let abs = if args.get(3).is_some() { vm.float_arg(args, 3)? } else { 0.0 };
    if rel < 0.0 || abs < 0.0 {
        return Err(vm.value_error("tolerances must be non-negative"));
    }
    if a == b {
        return Ok(Value::TRUE);
    }
    if a.is_infinite() || b.is_infinite() {
        return Ok(Value::FALSE);
    }
    let d = (b - a).abs();
    Ok(Value::bool(d <= (rel * b).abs() || d <= (rel * a).abs() || d <= abs))
}

fn modf(vm: &mut Vm, args: Args<'_>) -> Res {
    let x = vm.float_arg(args, 0)?;
    let (f, i) = if x.is_infinite() { (0f64.copysign(x), x) } else { (x.fract().copysign(x), x.trunc()) };
    let pair = [vm.new_float(f), vm.new_float(i)];
    Ok(vm.new_tuple(&pair))
}

/// Mantissa in `[0.5, 1)` and exponent.
fn split(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (x, extra) = if x.abs() < f64::MIN_POSITIVE { (x * 2f64.powi(64), -64) } else { (x, 0) };
    let e = ((x.to_bits() >> 52) & 0x7ff) as i64 - 1022;
    (f64::from_bits(x.to_bits() & !(0x7ff << 52) | 1022 << 52), e + extra)
}

fn frexp(vm: &mut Vm, args: Args<'_>) -> Res {
    let (m, e) = split(vm.float_arg(args, 0)?);
    let pair = [vm.new_float(m), Value::small(e)];
    Ok(vm.new_tuple(&pair))
}

fn ldexp(vm: &mut Vm, args: Args<'_>) -> Res {
    let x = vm.float_arg(args, 0)?;
    let e = vm.clamped_arg(args, 1, 0)?;
    if x == 0.0 || !x.is_finite() {
        return Ok(vm.new_float(x));
    }
    let y = crate::text::float::ldexp(x, e);
    if y.is_infinite() {
        return Err(range(vm));
    }
    Ok(vm.new_float(y))
}

fn nextafter(vm: &mut Vm, args: Args<'_>) -> Res {
    let (x, y) = (vm.float_arg(args, 0)?, vm.float_arg(args, 1)?);
    let steps = if args.get(2).is_some_and(|s| !s.is_none()) { vm.clamped_arg(args, 2, 1)? } else { 1 };
    if steps < 0 {
        return Err(vm.value_error("steps must be a non-negative integer"));
    }
    let mut z = x;
    for _ in 0..steps {
        if z.is_nan() {
            break;
        }
        if z == y || y.is_nan() {
            z = y;
            break;
        }
        z = if y > z { z.next_up() } else { z.next_down() };
    }
    Ok(vm.new_float(z))
}

fn ulp(vm: &mut Vm, args: Args<'_>) -> Res {
    let x = vm.float_arg(args, 0)?.abs();
    let u = if !x.is_finite() {
        x
    } else if x == f64::MAX {
        x - x.next_down()
    } else {
        x.next_up() - x
    };
    Ok(vm.new_float(u))
}

fn gamma(vm: &mut Vm, args: Args<'_>) -> Res {
    let x = vm.float_arg(args, 0)?;
    if x.is_nan() || x == f64::INFINITY {
        return Ok(vm.new_float(x));
    }
    if x == f64::NEG_INFINITY || (x <= 0.0 && x == x.floor()) {
        return Err(domain(vm));
    }
    let g = gamma_of(x);
    if g.is_infinite() {
        return Err(range(vm));
    }
    Ok(vm.new_float(g))
}

fn gamma_of(x: f64) -> f64 {
    if x == x.floor() && x <= 171.0 {
        return (1..x as i64).fold(1.0, |a, n| a * n as f64);
    }
    if x < 0.5 {
        return std::f64::consts::PI / ((std::f64::consts::PI * x).sin() * gamma_of(1.0 - x));
    }
    if x > 171.7 {
        return f64::INFINITY;
    }
    crate::text::random::lgamma(x).exp()
}

fn lgamma(vm: &mut Vm, args: Args<'_>) -> Res {
    let x = vm.float_arg(args, 0)?;
    if x.is_nan() || x.is_infinite() {
        return Ok(vm.new_float(x.abs()));
    }
    if x <= 0.0 && x == x.floor() {
        return Err(domain(vm));
    }
    let y = if x > 0.0 {
        crate::text::random::lgamma(x)
    } else {
        let sine = (std::f64::consts::PI * x).sin().abs();
        (std::f64::consts::PI / sine).ln() - crate::text::random::lgamma(1.0 - x)
    };
    Ok(vm.new_float(y))
}

/// Floats of values that are built-in numbers.
fn floats(vm: &mut Vm, items: &[Value]) -> Res<Vec<f64>> {
    let mut out = Vec::with_capacity(items.len());
    for &v in items {
        out.push(match v.view() {
            View::Float(f) => f,
            View::Int(i) => i as f64,
            View::Bool(b) => b as i64 as f64,
            View::BigInt(b) => match crate::text::float::from_int(&b.value) {
                Ok(f) => f,
                Err(_) => return Err(vm.overflow_error("int too large to convert to float")),
            },
            _ => {
                let message = format!("must be real number, not {}", vm.class_name(v));
                return Err(vm.type_error(message));
            }
        });
    }
    Ok(out)
}

fn norm(vm: &mut Vm, xs: &[f64]) -> Value {
    let max = xs.iter().fold(0f64, |a, x| a.max(x.abs()));
    if xs.iter().any(|x| x.is_infinite()) {
        return vm.new_float(f64::INFINITY);
    }
    if xs.iter().any(|x| x.is_nan()) {
        return vm.new_float(f64::NAN);
    }
    if max == 0.0 {
        return vm.new_float(0.0);
    }
    // Scaled by a power of two, which rounds nothing; squares summed exactly in two parts.
    let (_, e) = split(max);
    let scale = 2f64.powi((-e).clamp(-1000, 1000) as i32);
    let (mut sum, mut low) = (0f64, 0f64);
    for x in xs {
        let x = x * scale;
        let square = x * x;
        low += x.mul_add(x, -square);
        let next = sum + square;
        low += if sum >= square { (sum - next) + square } else { (square - next) + sum };
        sum = next;
    }
    let h = (sum + low).sqrt();
    let rest = (-h).mul_add(h, sum) + low;
    vm.new_float((h + rest / (2.0 * h)) / scale)
}

/// Whether all are numbers that are built in; others know by themselves what they are as a float.
fn built_in(items: &[Value]) -> bool {
    items.iter().all(|v| matches!(v.view(), View::Float(_) | View::Int(_) | View::Bool(_) | View::BigInt(_)))
}

/// The function again, with the items of each row as floats.
fn as_floats(vm: &mut Vm, name: &str, rows: &[&[Value]]) -> Res {
    let mut args = vec![vm.new_str(name)];
    for row in rows {
        args.push(vm.new_list(row.to_vec()));
    }
    vm.prelude_call("math_as_floats", &args)
}

fn hypot(vm: &mut Vm, args: Args<'_>) -> Res {
    if !built_in(args.rest()) {
        return as_floats(vm, "hypot", &[args.rest()]);
    }
    let xs = floats(vm, args.rest())?;
    Ok(norm(vm, &xs))
}

fn dist(vm: &mut Vm, args: Args<'_>) -> Res {
    let (p, q) = (vm.items_arg(args, 0)?, vm.items_arg(args, 1)?);
    if p.len() != q.len() {
        return Err(vm.value_error("both points must have the same number of dimensions"));
    }
    if !built_in(&p) || !built_in(&q) {
        return as_floats(vm, "dist", &[&p, &q]);
    }
    let (p, q) = (floats(vm, &p)?, floats(vm, &q)?);
    let d: Vec<f64> = p.iter().zip(&q).map(|(a, b)| a - b).collect();
    Ok(norm(vm, &d))
}

fn fsum(vm: &mut Vm, args: Args<'_>) -> Res {
    let items = vm.items_arg(args, 0)?;
    if !built_in(&items) {
        return as_floats(vm, "fsum", &[&items]);
    }
    let xs = floats(vm, &items)?;
    // Partial sums that don't overlap (Shewchuk 1997).
    let mut parts: Vec<f64> = Vec::new();
    let mut special = 0.0;
    for &start in &xs {
        if !start.is_finite() {
            special += start;
            continue;
        }
        let mut x = start;
        let mut kept = 0;
        for i in 0..parts.len() {
            let mut y = parts[i];
            if x.abs() < y.abs() {
                std::mem::swap(&mut x, &mut y);
            }
            let hi = x + y;
            let lo = y - (hi - x);
            if lo != 0.0 {
                parts[kept] = lo;
                kept += 1;
            }
            x = hi;
        }
        parts.truncate(kept);
        if x.is_infinite() {
            return Err(vm.overflow_error("intermediate overflow in fsum"));
        }
        parts.push(x);
    }
    if special != 0.0 {
        if special.is_nan() && !xs.iter().any(|x| x.is_nan()) {
            return Err(vm.value_error("-inf + inf in fsum"));
        }
        return Ok(vm.new_float(special));
    }
    let mut hi = 0.0;
    let mut n = parts.len();
    if n > 0 {
        n -= 1;
        hi = parts[n];
        let mut lo = 0.0;
        while n > 0 {
            let x: f64 = hi;
            n -= 1;
            let y = parts[n];
            hi = x + y;
            lo = y - (hi - x);
            if lo != 0.0 {
                break;
            }
        }
        // Half-way cases round as the exact sum would.
        if n > 0 && (lo < 0.0 && parts[n - 1] < 0.0 || lo > 0.0 && parts[n - 1] > 0.0) {
            let y = lo * 2.0;
            let x = hi + y;
            if y == x - hi {
                hi = x;
            }
        }
    }
    Ok(vm.new_float(hi))
}

macro_rules! to_int {
    ($($f:ident $dunder:literal $prelude:literal $body:expr;)*) => {
        $(fn $f(vm: &mut Vm, args: Args<'_>) -> Res {
            match args[0].view() {
                View::Int(_) | View::BigInt(_) => return Ok(args[0]),
                View::Bool(b) => return Ok(Value::small(b as i64)),
                View::Float(_) => {}
                _ => {
                    let name: Gc<Str> = vm.intern($dunder);
                    if let Some(f) = vm.special(args[0], name) {
                        return vm.tail_call(f, &[args[0]]);
                    }
                    if $prelude {
                        let message = format!("type {} doesn't define {} method", vm.class_name(args[0]), $dunder);
                        return Err(vm.type_error(message));
                    }
                }
            }
            let x = vm.float_arg(args, 0)?;
            let g: fn(f64) -> f64 = $body;
            math_int::from_float(vm, g(x))
        })*
    };
}
to_int! {
    ceil "__ceil__" false f64::ceil; floor "__floor__" false f64::floor; trunc "__trunc__" true f64::trunc;
}

const FUNCTIONS: &[NativeDef] = &[
    function("sqrt(x, /)", "The square root.", sqrt),
    function("exp(x, /)", "e to the power of x.", exp),
    function("exp2(x, /)", "2 to the power of x.", exp2),
    function("expm1(x, /)", "exp(x) - 1 without loss.", expm1),
    function("log(x, base=None, /)", "The logarithm, natural without a base.", log),
    function("log2(x, /)", "The logarithm to base 2.", log2),
    function("log10(x, /)", "The logarithm to base 10.", log10),
    function("log1p(x, /)", "log(1 + x) without loss.", log1p),
    function("pow(x, y, /)", "x to the power of y.", pow),
    function("sin(x, /)", "The sine.", sin),
    function("cos(x, /)", "The cosine.", cos),
    function("tan(x, /)", "The tangent.", tan),
    function("asin(x, /)", "The arc sine.", asin),
    function("acos(x, /)", "The arc cosine.", acos),
    function("atan(x, /)", "The arc tangent.", atan),
    function("atan2(y, x, /)", "The angle of the point (x, y).", atan2),
    function("sinh(x, /)", "The hyperbolic sine.", sinh),
    function("cosh(x, /)", "The hyperbolic cosine.", cosh),
    function("tanh(x, /)", "The hyperbolic tangent.", tanh),
    function("asinh(x, /)", "Inverse of sinh.", asinh),
    function("acosh(x, /)", "Inverse of cosh.", acosh),
    function("atanh(x, /)", "Inverse of tanh.", atanh),
    function("cbrt(x, /)", "The cube root.", cbrt),
    function("fabs(x, /)", "The absolute value as a float.", fabs),
    function("degrees(x, /)", "Radians to degrees.", degrees),
    function("radians(x, /)", "Degrees to radians.", radians),
    function("erf(x, /)", "The error function.", erf),
    function("erfc(x, /)", "The complementary error function.", erfc),
    function("gamma(x, /)", "The gamma function.", gamma),
    function("lgamma(x, /)", "The logarithm of the gamma function's absolute value.", lgamma),
    function("fmod(x, y, /)", "The remainder with the sign of x.", fmod),
    function("remainder(x, y, /)", "The difference from the nearest multiple of y.", remainder),
    function("copysign(x, y, /)", "x with the sign of y.", copysign),
    function("fma(x, y, z, /)", "x * y + z with one rounding.", fma),
    function("isnan(x, /)", "Whether x is not a number.", isnan),
    function("isinf(x, /)", "Whether x is infinite.", isinf),
    function("isfinite(x, /)", "Whether x is finite.", isfinite),
    function("isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0)", "Whether two numbers are close.", isclose),
    function("modf(x, /)", "Fraction and whole part.", modf),
    function("frexp(x, /)", "Mantissa and exponent.", frexp),
    function("ldexp(x, i, /)", "x * 2**i.", ldexp),
    function("nextafter(x, y, /, *, steps=None)", "The next float from x towards y.", nextafter),
    function("ulp(x, /)", "The value of the lowest bit of x.", ulp),
    function("hypot(*coordinates)", "The length of a vector.", hypot),
    function("dist(p, q, /)", "The distance of two points.", dist),
    function("fsum(seq, /)", "The exact sum of floats.", fsum),
    function("ceil(x, /)", "The smallest int not below x.", ceil),
    function("floor(x, /)", "The greatest int not above x.", floor),
    function("trunc(x, /)", "x cut off to an int.", trunc),
    math_int::PROD,
    math_int::SUMPROD,
    math_int::GCD,
    math_int::LCM,
    math_int::FACTORIAL,
    math_int::COMB,
    math_int::PERM,
    math_int::ISQRT,
];

fn init(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let constants = [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ];
    for (name, x) in constants {
        let v = vm.new_float(x);
        set(vm, dict, name, v);
    }
    Ok(())
}

/// The module `math`.
pub static MATH: ModuleDef =
    ModuleDef { name: "math", doc: "Mathematical functions.", functions: FUNCTIONS, init, source: "" };
