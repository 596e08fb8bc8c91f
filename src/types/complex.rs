//! `complex`. Floor 7.

use super::dunder::bad_receiver;
use super::int::class_arg;
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Complex, Str, View};
use crate::syntax::ast::BinOp;
use crate::text::{self, float};
use crate::value::Value;
use crate::vm::native::{NativeDef, member, method, new};
use crate::vm::{Args, Res, Vm};

fn is_complex(v: Value) -> bool {
    matches!(v.view(), View::Complex(_))
}

fn is_number(v: Value) -> bool {
    matches!(v.view(), View::Complex(_) | View::Float(_) | View::Int(_) | View::Bool(_) | View::BigInt(_))
}

binary_dunders! { "complex", is_complex, is_number; Add add radd; Sub sub rsub; Mul mul rmul; Div truediv rtruediv; }
compare_dunders! { "complex", is_complex, is_number; Eq eq; NotEq ne; }

/// The methods of `complex`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, real=0, imag=0)", "Make a complex number of text or of one or two numbers.", complex_new),
    method("__add__(self, value, /)", "Return self+value.", add),
    method("__radd__(self, value, /)", "Return value+self.", radd),
    method("__sub__(self, value, /)", "Return self-value.", sub),
    method("__rsub__(self, value, /)", "Return value-self.", rsub),
    method("__mul__(self, value, /)", "Return self*value.", mul),
    method("__rmul__(self, value, /)", "Return value*self.", rmul),
    method("__truediv__(self, value, /)", "Return self/value.", truediv),
    method("__rtruediv__(self, value, /)", "Return value/self.", rtruediv),
    method("__pow__(self, value, mod=None, /)", "Return pow(self, value, mod).", pow),
    method("__rpow__(self, value, mod=None, /)", "Return pow(value, self, mod).", rpow),
    method("__eq__(self, value, /)", "Return self==value.", eq),
    method("__ne__(self, value, /)", "Return self!=value.", ne),
    method("__lt__(self, value, /)", "Return self<value.", not_ordered),
    method("__le__(self, value, /)", "Return self<=value.", not_ordered),
    method("__gt__(self, value, /)", "Return self>value.", not_ordered),
    method("__ge__(self, value, /)", "Return self>=value.", not_ordered),
    method("__neg__(self, /)", "-self", neg),
    method("__pos__(self, /)", "+self", plain),
    method("__abs__(self, /)", "abs(self)", abs),
    method("__bool__(self, /)", "True if self else False", bool_),
    method("__complex__(self, /)", "Convert to a plain complex number.", plain),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__format__(self, format_spec, /)", "Convert to text according to format_spec.", format),
    method("__getnewargs__(self, /)", "Arguments that make an equal number.", getnewargs),
    method("conjugate(self, /)", "The number with the sign of its imaginary part turned.", conjugate),
    member("real", "the real part of a complex number", real),
    member("imag", "the imaginary part of a complex number", imag),
];

fn make(vm: &mut Vm, class: Gc<Class>, re: f64, im: f64) -> Value {
    vm.heap.alloc(Complex::new(class, re, im)).value()
}

fn complex_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let base = vm.types.complex;
    let class = class_arg(vm, args, base)?;
    if let Some(x) = args.get(1)
        && let Some(s) = x.cast::<Str>()
    {
        if args.get(2).is_some() {
            return Err(vm.type_error("complex() can't take second arg if first is a string"));
        }
        return match parse(s.as_str()) {
            Some((re, im)) => Ok(make(vm, class, re, im)),
            None if !underscores_fit(s.as_str()) => {
                let shown = text::escape::to_repr(s.as_str());
                Err(vm.value_error(format!("could not convert string to complex: {shown}")))
            }
            None => Err(vm.value_error("complex() arg is a malformed string")),
        };
    }
    if let Some(y) = args.get(2) {
        if y.cast::<Str>().is_some() {
            return Err(vm.type_error("complex() second arg can't be a string"));
        }
        if !is_number(y) || vm.class_of(y).has(flag::USER_NUM) {
            let names = [vm.names.float_, vm.names.index];
            if !names.into_iter().any(|n| vm.special(y, n).is_some()) {
                let got = vm.class_name(y);
                return Err(vm.type_error(format!("complex() second argument must be a number, not '{got}'")));
            }
            return vm.prelude_call("complex_by_method", &[class.value(), args.get(1).unwrap_or(Value::small(0)), y]);
        }
    }
    let x = args.get(1).unwrap_or(Value::small(0));
    if !is_number(x) || vm.class_of(x).has(flag::USER_NUM) {
        let names = [vm.names.complex_, vm.names.float_, vm.names.index];
        if !names.into_iter().any(|n| vm.special(x, n).is_some()) {
            let got = vm.class_name(x);
            return Err(vm.type_error(format!("complex() first argument must be a string or a number, not '{got}'")));
        }
        return vm.prelude_call("complex_by_method", &[class.value(), x, args.get(2).unwrap_or(Value::NONE)]);
    }
    if args.get(2).is_none() && class == base && is_complex(x) && vm.class_of(x) == base {
        return Ok(x);
    }
    let (re, im) = vm.complex_of(x)?.unwrap_or((0.0, 0.0));
    match args.get(2) {
        None => Ok(make(vm, class, re, im)),
        Some(y) => {
            let (yre, yim) = vm.complex_of(y)?.unwrap_or((0.0, 0.0));
            let re = if is_complex(y) { re - yim } else { re };
            let im = if is_complex(x) { im + yre } else { yre };
            Ok(make(vm, class, re, im))
        }
    }
}

/// Whether each underscore stands between two digits.
fn underscores_fit(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    let digit = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(char::is_ascii_digit);
    chars.iter().enumerate().all(|(i, &c)| c != '_' || (digit(i.checked_sub(1)) && digit(Some(i + 1))))
}

/// What `complex(text)` accepts: a real number, an imaginary one, or both, in parentheses or not.
fn parse(text: &str) -> Option<(f64, f64)> {
    let text = text.trim_matches(text::unicode::is_number_space);
    let text = match text.strip_prefix('(') {
        Some(inner) => inner.strip_suffix(')')?.trim_matches(text::unicode::is_number_space),
        None => text,
    };
    if text.is_empty() || text.contains(text::unicode::is_space) {
        return None;
    }
    let Some(body) = text.strip_suffix(['j', 'J']) else { return Some((float::parse(text)?, 0.0)) };
    let imaginary = |t: &str| match t {
        "" | "+" => Some(1.0),
        "-" => Some(-1.0),
        t => float::parse(t),
    };
    // The sign that begins the imaginary part: the last one that does not belong to an exponent.
    let bytes = body.as_bytes();
    let split =
        (1..bytes.len()).rev().find(|&i| matches!(bytes[i], b'+' | b'-') && !matches!(bytes[i - 1], b'e' | b'E'));
    match split {
        Some(at) => Some((float::parse(&body[..at])?, imaginary(&body[at..])?)),
        None => Some((0.0, imaginary(body)?)),
    }
}

fn me(vm: &mut Vm, args: Args<'_>, name: &str) -> Res<(f64, f64)> {
    match args[0].view() {
        View::Complex(c) => Ok((c.re, c.im)),
        _ => Err(bad_receiver(vm, args, name, "complex")),
    }
}

fn plain(vm: &mut Vm, args: Args<'_>) -> Res {
    let (re, im) = me(vm, args, "__complex__")?;
    Ok(vm.new_complex(re, im))
}

fn neg(vm: &mut Vm, args: Args<'_>) -> Res {
    let (re, im) = me(vm, args, "__neg__")?;
    Ok(vm.new_complex(-re, -im))
}

fn abs(vm: &mut Vm, args: Args<'_>) -> Res {
    let (re, im) = me(vm, args, "__abs__")?;
    let size = re.hypot(im);
    if size.is_infinite() && re.is_finite() && im.is_finite() {
        return Err(vm.overflow_error("absolute value too large"));
    }
    Ok(vm.new_float(size))
}

fn bool_(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(me(vm, args, "__bool__")? != (0.0, 0.0)))
}

fn pow(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__pow__")?;
    power(vm, args[0], args[1], args.get(2))
}

fn rpow(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__rpow__")?;
    power(vm, args[1], args[0], args.get(2))
}

fn power(vm: &mut Vm, a: Value, b: Value, modulus: Option<Value>) -> Res {
    if modulus.is_some_and(|m| !m.is_none()) {
        return Err(vm.value_error("complex modulo"));
    }
    if !is_number(a) || !is_number(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    vm.pure_binary(BinOp::Pow, a, b)
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let (re, im) = me(vm, args, "__hash__")?;
    Ok(vm.new_int(text::hash::complex(re, im)))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let (re, im) = me(vm, args, "__repr__")?;
    let mut out = String::new();
    text::format::repr_complex(re, im, &mut out);
    Ok(vm.new_str(&out))
}

fn format(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__format__")?;
    let spec = vm.str_arg(args, 1, "__format__() argument must be str, not {}")?;
    vm.format_number_or_text(args[0], spec.as_str())
}

fn getnewargs(vm: &mut Vm, args: Args<'_>) -> Res {
    let (re, im) = me(vm, args, "__getnewargs__")?;
    let (re, im) = (vm.new_float(re), vm.new_float(im));
    Ok(vm.new_tuple(&[re, im]))
}

fn conjugate(vm: &mut Vm, args: Args<'_>) -> Res {
    let (re, im) = me(vm, args, "conjugate")?;
    Ok(vm.new_complex(re, -im))
}

fn real(vm: &mut Vm, args: Args<'_>) -> Res {
    let (re, _) = me(vm, args, "real")?;
    Ok(vm.new_float(re))
}

fn imag(vm: &mut Vm, args: Args<'_>) -> Res {
    let (_, im) = me(vm, args, "imag")?;
    Ok(vm.new_float(im))
}

fn not_ordered(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}
