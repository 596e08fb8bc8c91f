//! `abs`, `divmod`, `pow`, `round`, `bin`, `oct`, `hex`, `hash`. Floor 7.

use crate::object::class::flag;
use crate::object::pure::Num;
use crate::object::{Set, View};
use crate::syntax::ast::{BinOp, UnaryOp};
use crate::text::{float, int};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Res, Vm};
use dashu_int::IBig;

/// Built-in functions.
pub const FUNCTIONS: &[NativeDef] = &[
    function("abs(x, /)", "The absolute value of a number.", abs),
    function("divmod(x, y, /)", "The pair (x//y, x%y).", divmod),
    function("pow(base, exp, mod=None)", "base**exp, or base**exp % mod.", pow),
    function("round(number, ndigits=None)", "Round a number to a number of decimal digits.", round),
    function("bin(number, /)", "The binary form of an int.", bin),
    function("oct(number, /)", "The octal form of an int.", oct),
    function("hex(number, /)", "The hexadecimal form of an int.", hex),
    function("hash(obj, /)", "The hash of an object.", hash),
];

/// The real number that a value of a class without its own special methods is.
fn plain_number(v: Value) -> Option<Num> {
    if v.as_object().is_some_and(|o| o.class().has(flag::HEAP)) { None } else { Num::of(v) }
}

fn abs(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = args[0];
    match plain_number(v) {
        Some(Num::Int(i)) if i >= 0 => return Ok(vm.new_int(i)),
        Some(Num::Float(f)) => return Ok(vm.new_float(f.abs())),
        Some(Num::Big(b)) if b.value >= IBig::ZERO => return Ok(v),
        Some(_) => return vm.pure_unary(UnaryOp::Minus, v),
        None => {}
    }
    let name = vm.names.abs;
    match vm.special(v, name) {
        Some(f) => vm.tail_call(f, &[v]),
        None => {
            let got = vm.class_name(v);
            Err(vm.type_error(format!("bad operand type for abs(): '{got}'")))
        }
    }
}

fn divmod(vm: &mut Vm, args: Args<'_>) -> Res {
    if plain_number(args[0]).is_some() && plain_number(args[1]).is_some() {
        return vm.pure_divmod(args[0], args[1]);
    }
    vm.prelude_call("divmod_by_method", &[args[0], args[1]])
}

fn pow(vm: &mut Vm, args: Args<'_>) -> Res {
    let (a, b) = (args[0], args[1]);
    let (x, y) = (plain_number(a), plain_number(b));
    match args.get(2) {
        None | Some(Value::NONE) => match (x, y) {
            (Some(_), Some(_)) => vm.pure_binary(BinOp::Pow, a, b),
            _ => vm.prelude_call("pow_binary", &[a, b]),
        },
        Some(m) => match (x, y, plain_number(m)) {
            (Some(x), Some(y), Some(z)) => match (x.to_ibig(), y.to_ibig(), z.to_ibig()) {
                (Some(x), Some(y), Some(z)) => vm.mod_pow(&x, &y, &z),
                _ => Err(vm.type_error("pow() 3rd argument not allowed unless all arguments are integers")),
            },
            _ => vm.prelude_call("pow_mod", &[a, b, m]),
        },
    }
}

fn round(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = args[0];
    let digits = args.get(1).filter(|d| !d.is_none());
    match (plain_number(v), digits) {
        (Some(Num::Float(f)), None) => return whole(vm, float::round_half_even(f)),
        (Some(Num::Int(i)), None) => return Ok(vm.new_int(i)),
        (Some(Num::Big(_)), None) => return Ok(v),
        (Some(Num::Float(f)), Some(_)) => {
            let n = vm.index_value(args, 1)?;
            let r = float::round(f, vm.clamp_int(n));
            let r = vm.text_result(r)?;
            return Ok(vm.new_float(r));
        }
        _ => {}
    }
    let name = vm.names.round;
    match vm.special(v, name) {
        Some(f) => match digits {
            Some(d) => vm.tail_call(f, &[v, d]),
            None => vm.tail_call(f, &[v]),
        },
        None => {
            let got = vm.class_name(v);
            Err(vm.type_error(format!("type {got} doesn't define __round__ method")))
        }
    }
}

/// A whole float as an int.
fn whole(vm: &mut Vm, f: f64) -> Res {
    match float::to_i64(f) {
        Some(i) => Ok(vm.new_int(i)),
        None => {
            let n = float::to_int(f);
            let n = vm.text_result(n)?;
            Ok(vm.new_big(n))
        }
    }
}

fn prefixed(vm: &mut Vm, args: Args<'_>, radix: u32) -> Res {
    let v = vm.index_value(args, 0)?;
    let n = vm.big_int(v).unwrap_or(IBig::ZERO);
    let mut out = String::new();
    int::push_prefixed(&n, radix, &mut out);
    Ok(vm.new_str(&out))
}

fn bin(vm: &mut Vm, args: Args<'_>) -> Res {
    prefixed(vm, args, 2)
}

fn oct(vm: &mut Vm, args: Args<'_>) -> Res {
    prefixed(vm, args, 8)
}

fn hex(vm: &mut Vm, args: Args<'_>) -> Res {
    prefixed(vm, args, 16)
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = args[0];
    if let Some(h) = vm.hash_of(v)? {
        return Ok(vm.new_int(h));
    }
    let user = v.as_object().is_some_and(|o| o.class().has(flag::USER_HASH));
    if !user && (matches!(v.view(), View::Tuple(_)) || v.cast::<Set>().is_some()) {
        return vm.prelude_call("hash_parts", &[v]);
    }
    let name = vm.names.hash;
    match vm.special(v, name) {
        Some(f) if !f.is_none() => vm.prelude_call("hash_by_method", &[v]),
        _ => {
            let got = vm.class_name(v);
            Err(vm.type_error(format!("unhashable type: '{got}'")))
        }
    }
}
