//! `float`. Floor 7.

use super::dunder::bad_receiver;
use super::int::{class_arg, number_text};
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Float, Str, View};
use crate::syntax::ast::BinOp;
use crate::text::{self, float};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, class_method, method, new};
use crate::vm::{Args, Res, Vm};

fn is_float(v: Value) -> bool {
    matches!(v.view(), View::Float(_))
}

fn is_real(v: Value) -> bool {
    matches!(v.view(), View::Float(_) | View::Int(_) | View::Bool(_) | View::BigInt(_))
}

binary_dunders! { "float", is_float, is_real;
    Add add radd; Sub sub rsub; Mul mul rmul; Div truediv rtruediv; FloorDiv floordiv rfloordiv; Mod mod_ rmod;
}
compare_dunders! { "float", is_float, is_real; Eq eq; NotEq ne; Lt lt; LtE le; Gt gt; GtE ge; }

/// The methods of `float`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, x=0, /)", "Make a float of a number or of text.", float_new),
    method("__add__(self, value, /)", "Return self+value.", add),
    method("__radd__(self, value, /)", "Return value+self.", radd),
    method("__sub__(self, value, /)", "Return self-value.", sub),
    method("__rsub__(self, value, /)", "Return value-self.", rsub),
    method("__mul__(self, value, /)", "Return self*value.", mul),
    method("__rmul__(self, value, /)", "Return value*self.", rmul),
    method("__truediv__(self, value, /)", "Return self/value.", truediv),
    method("__rtruediv__(self, value, /)", "Return value/self.", rtruediv),
    method("__floordiv__(self, value, /)", "Return self//value.", floordiv),
    method("__rfloordiv__(self, value, /)", "Return value//self.", rfloordiv),
    method("__mod__(self, value, /)", "Return self%value.", mod_),
    method("__rmod__(self, value, /)", "Return value%self.", rmod),
    method("__pow__(self, value, mod=None, /)", "Return pow(self, value, mod).", pow),
    method("__rpow__(self, value, mod=None, /)", "Return pow(value, self, mod).", rpow),
    method("__divmod__(self, value, /)", "Return divmod(self, value).", divmod),
    method("__rdivmod__(self, value, /)", "Return divmod(value, self).", rdivmod),
    method("__eq__(self, value, /)", "Return self==value.", eq),
    method("__ne__(self, value, /)", "Return self!=value.", ne),
    method("__lt__(self, value, /)", "Return self<value.", lt),
    method("__le__(self, value, /)", "Return self<=value.", le),
    method("__gt__(self, value, /)", "Return self>value.", gt),
    method("__ge__(self, value, /)", "Return self>=value.", ge),
    method("__neg__(self, /)", "-self", neg),
    method("__pos__(self, /)", "+self", plain),
    method("__abs__(self, /)", "abs(self)", abs),
    method("__bool__(self, /)", "True if self else False", bool_),
    method("__int__(self, /)", "int(self)", trunc),
    method("__float__(self, /)", "float(self)", plain),
    method("__trunc__(self, /)", "The integral value closest to self between 0 and self.", trunc),
    method("__floor__(self, /)", "Return the floor as an integer.", floor),
    method("__ceil__(self, /)", "Return the ceiling as an integer.", ceil),
    method("__round__(self, ndigits=None, /)", "Round to a number of digits, half to even.", round),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__format__(self, format_spec, /)", "Convert to text according to format_spec.", format),
    method("__getnewargs__(self, /)", "Arguments that make an equal float.", getnewargs),
    method("is_integer(self, /)", "Whether the float is a whole number.", is_integer),
    method("as_integer_ratio(self, /)", "A pair of ints whose ratio is exactly self.", as_integer_ratio),
    method("conjugate(self, /)", "Returns self, the complex conjugate of any float.", plain),
    method("hex(self, /)", "A hexadecimal text of the float.", hex),
    class_method("__getformat__(cls, typestr, /)", "How floats are kept: for tests.", getformat),
    class_method("fromhex(cls, string, /)", "The float that a hexadecimal text shows.", fromhex),
    attribute("real", "the real part of a complex number", plain),
    attribute("imag", "the imaginary part of a complex number", imag),
];

/// A float of class `class`, which may be a subclass.
pub fn make_float(vm: &mut Vm, class: Gc<Class>, f: f64) -> Value {
    if class == vm.types.float { vm.new_float(f) } else { vm.heap.alloc(Float::new(class, f)).value() }
}

fn float_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let base = vm.types.float;
    let class = class_arg(vm, args, base)?;
    let Some(x) = args.get(1) else { return Ok(make_float(vm, class, 0.0)) };
    let user = vm.class_of(x).has(flag::USER_NUM);
    let f = match x.view() {
        View::Float(_) if class == base && vm.class_of(x) == base => return Ok(x),
        View::Float(f) if !user => f,
        View::Int(i) => i as f64,
        View::Bool(b) => b as i64 as f64,
        View::BigInt(b) if !user => vm.big_to_float(&b.value)?,
        View::Str(_) | View::Bytes(_) | View::ByteArray(_) | View::Native(_)
            if !user && (vm.bytes_of(x).is_some() || x.cast::<crate::object::Str>().is_some()) =>
        {
            let text = number_text(vm, x).unwrap_or_default();
            match float::parse(&text) {
                Some(f) => f,
                None => {
                    let mut shown = String::new();
                    vm.pure_repr(x, &mut shown)?;
                    return Err(vm.value_error(format!("could not convert string to float: {shown}")));
                }
            }
        }
        _ => {
            let names = [vm.names.float_, vm.names.index];
            if names.into_iter().any(|n| vm.special(x, n).is_some()) {
                return vm.prelude_call("float_by_method", &[class.value(), x]);
            }
            let got = vm.class_name(x);
            return Err(vm.type_error(format!("float() argument must be a string or a real number, not '{got}'")));
        }
    };
    Ok(make_float(vm, class, f))
}

fn me(vm: &mut Vm, args: Args<'_>, name: &str) -> Res<f64> {
    match args[0].view() {
        View::Float(f) => Ok(f),
        _ => Err(bad_receiver(vm, args, name, "float")),
    }
}

fn plain(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "__float__")?;
    Ok(vm.new_float(f))
}

fn imag(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(vm.new_float(0.0))
}

fn neg(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "__neg__")?;
    Ok(vm.new_float(-f))
}

fn abs(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "__abs__")?;
    Ok(vm.new_float(f.abs()))
}

fn bool_(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(me(vm, args, "__bool__")? != 0.0))
}

/// A whole float as an int; the errors of infinities and NaNs.
pub fn whole(vm: &mut Vm, f: f64) -> Res {
    match float::to_i64(f) {
        Some(i) => Ok(vm.new_int(i)),
        None => {
            let n = float::to_int(f);
            let n = vm.text_result(n)?;
            Ok(vm.new_big(n))
        }
    }
}

fn trunc(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "__trunc__")?;
    whole(vm, f)
}

fn floor(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "__floor__")?;
    whole(vm, f.floor())
}

fn ceil(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "__ceil__")?;
    whole(vm, f.ceil())
}

fn round(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "__round__")?;
    if args.get(1).is_none_or(Value::is_none) {
        return whole(vm, float::round_half_even(f));
    }
    let digits = vm.index_value(args, 1)?;
    let digits = vm.clamp_int(digits);
    let r = float::round(f, digits);
    let r = vm.text_result(r)?;
    Ok(vm.new_float(r))
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
        return Err(vm.type_error("pow() 3rd argument not allowed unless all arguments are integers"));
    }
    if !is_real(a) || !is_real(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    vm.pure_binary(BinOp::Pow, a, b)
}

fn divmod(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__divmod__")?;
    vm.pure_divmod(args[0], args[1])
}

fn rdivmod(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__rdivmod__")?;
    vm.pure_divmod(args[1], args[0])
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "__hash__")?;
    let h = match args[0].as_object() {
        Some(o) if f.is_nan() => vm.identity_hash(o),
        _ => text::hash::float(f),
    };
    Ok(vm.new_int(h))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "__repr__")?;
    Ok(vm.new_str(&float::to_repr(f)))
}

fn format(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__format__")?;
    let spec = vm.str_arg(args, 1, "__format__() argument must be str, not {}")?;
    vm.format_number_or_text(args[0], spec.as_str())
}

fn getnewargs(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = plain(vm, args)?;
    Ok(vm.new_tuple(&[f]))
}

fn is_integer(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(float::is_integer(me(vm, args, "is_integer")?)))
}

fn as_integer_ratio(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "as_integer_ratio")?;
    let r = float::as_integer_ratio(f);
    let (n, d) = vm.text_result(r)?;
    let (n, d) = (vm.new_big(n), vm.new_big(d));
    Ok(vm.new_tuple(&[n, d]))
}

fn hex(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = me(vm, args, "hex")?;
    let mut out = String::new();
    float::hex(f, &mut out);
    Ok(vm.new_str(&out))
}

fn fromhex(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(s) = args[1].cast::<Str>() else {
        return Err(vm.type_error("bad argument type for built-in operation"));
    };
    let f = float::from_hex(s.as_str());
    let f = vm.text_result(f)?;
    let v = vm.new_float(f);
    of_class(vm, args[0], v)
}

/// `cls(v)`, or `v` for `float` itself.
fn of_class(vm: &mut Vm, cls: Value, v: Value) -> Res {
    if cls == vm.types.float.value() { Ok(v) } else { vm.tail_call(cls, &[v]) }
}

fn getformat(vm: &mut Vm, args: Args<'_>) -> Res {
    match args[1].cast::<Str>().map(|s| s.as_str()) {
        Some("double" | "float") => Ok(vm.new_str("IEEE, little-endian")),
        Some(_) => Err(vm.value_error("__getformat__() argument 1 must be 'double' or 'float'")),
        None => vm.str_arg(args, 1, "__getformat__() argument must be str, not {}").map(|s| s.value()),
    }
}
