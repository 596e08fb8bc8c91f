//! `int`. Floor 7.

use super::dunder::bad_receiver;
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::pure::Num;
use crate::object::{BigInt, Class, Str, View};
use crate::syntax::ast::UnaryOp;
use crate::text::{self, int};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, class_method, function, method, new};
use crate::vm::{Args, Res, Vm};
use dashu_int::IBig;

fn is_int(v: Value) -> bool {
    matches!(v.view(), View::Int(_) | View::Bool(_) | View::BigInt(_))
}

binary_dunders! { "int", is_int, is_int;
    Add add radd; Sub sub rsub; Mul mul rmul; Div truediv rtruediv; FloorDiv floordiv rfloordiv; Mod mod_ rmod;
    LShift lshift rlshift; RShift rshift rrshift; BitAnd and rand; BitOr or ror; BitXor xor rxor;
}
compare_dunders! { "int", is_int, is_int; Eq eq; NotEq ne; Lt lt; LtE le; Gt gt; GtE ge; }

/// The methods of `int`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, x=0, /, base=10)", "Make an int of a number or of text.", int_new),
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
    method("__lshift__(self, value, /)", "Return self<<value.", lshift),
    method("__rlshift__(self, value, /)", "Return value<<self.", rlshift),
    method("__rshift__(self, value, /)", "Return self>>value.", rshift),
    method("__rrshift__(self, value, /)", "Return value>>self.", rrshift),
    method("__and__(self, value, /)", "Return self&value.", and),
    method("__rand__(self, value, /)", "Return value&self.", rand),
    method("__or__(self, value, /)", "Return self|value.", or),
    method("__ror__(self, value, /)", "Return value|self.", ror),
    method("__xor__(self, value, /)", "Return self^value.", xor),
    method("__rxor__(self, value, /)", "Return value^self.", rxor),
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
    method("__invert__(self, /)", "~self", invert),
    method("__abs__(self, /)", "abs(self)", abs),
    method("__bool__(self, /)", "True if self else False", bool_),
    method("__int__(self, /)", "int(self)", plain),
    method("__index__(self, /)", "Return self as an int.", plain),
    method("__float__(self, /)", "float(self)", to_float),
    method("__trunc__(self, /)", "Truncating an int gives itself.", plain),
    method("__floor__(self, /)", "The floor of an int is itself.", plain),
    method("__ceil__(self, /)", "The ceiling of an int is itself.", plain),
    method("__round__(self, ndigits=None, /)", "Round; negative digits round left of the point.", round),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__format__(self, format_spec, /)", "Convert to text according to format_spec.", format),
    method("__getnewargs__(self, /)", "Arguments that make an equal int.", getnewargs),
    method("__sizeof__(self, /)", "Size in memory, in bytes.", sizeof),
    method("bit_length(self, /)", "Number of bits needed to show self in binary.", bit_length),
    method("bit_count(self, /)", "Number of ones in the binary form of the absolute value.", bit_count),
    method("conjugate(self, /)", "Returns self, the complex conjugate of any int.", plain),
    method("is_integer(self, /)", "Returns True.", is_integer),
    method("as_integer_ratio(self, /)", "A pair of ints whose ratio is self.", as_integer_ratio),
    method("to_bytes(self, /, length=1, byteorder='big', *, signed=False)", "Bytes that show the integer.", to_bytes),
    class_method("from_bytes(cls, /, bytes, byteorder='big', *, signed=False)", "The int that bytes show.", from_bytes),
    attribute("real", "the real part of a complex number", plain),
    attribute("imag", "the imaginary part of a complex number", zero),
    attribute("numerator", "the numerator of a rational number in lowest terms", plain),
    attribute("denominator", "the denominator of a rational number in lowest terms", one),
];

/// Natives that only prelude code sees.
pub const INTRINSICS: &[NativeDef] = &[
    function("_exact_int(n, /)", "An int of any class as a plain one.", exact_int),
    function("_exact_float(n, /)", "A float of any class as a plain one.", exact_float),
    function("_str_of_class(cls, s, /)", "A str of this class.", str_of_class),
];

/// An int of class `class`, which may be a subclass.
pub fn make_int(vm: &mut Vm, class: Gc<Class>, value: IBig) -> Value {
    if class == vm.types.int { vm.new_big(value) } else { vm.heap.alloc(BigInt::new(class, value)).value() }
}

/// The class argument of `__new__`, checked to be `base` or a subclass of it.
pub fn class_arg(vm: &mut Vm, args: Args<'_>, base: Gc<Class>) -> Res<Gc<Class>> {
    let name = base.name_str();
    match args[0].cast::<Class>() {
        Some(c) if c.is_subclass(base) => Ok(c),
        Some(c) => {
            let c = c.name_str();
            Err(vm.type_error(format!("{name}.__new__({c}): {c} is not a subtype of {name}")))
        }
        None => {
            let got = vm.class_name(args[0]);
            Err(vm.type_error(format!("{name}.__new__(X): X is not a type object ({got})")))
        }
    }
}

/// The text that `int` and `float` read: of a str, or of bytes.
pub fn number_text(vm: &Vm, v: Value) -> Option<String> {
    match v.cast::<Str>() {
        Some(s) => Some(s.as_str().to_owned()),
        None => vm.bytes_of(v).map(|b| b.iter().map(|&b| if b.is_ascii() { b as char } else { '\u{fffd}' }).collect()),
    }
}

fn int_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let base_class = vm.types.int;
    let class = class_arg(vm, args, base_class)?;
    if class == vm.types.bool_ {
        return Err(vm.type_error("int.__new__(bool) is not safe, use bool.__new__()"));
    }
    let Some(x) = args.get(1) else {
        if args.get(2).is_some() {
            return Err(vm.type_error("int() missing string argument"));
        }
        return Ok(make_int(vm, class, IBig::ZERO));
    };
    if args.get(2).is_some() {
        let base = vm.index_value(args, 2)?;
        let base = match u32::try_from(vm.clamp_int(base)) {
            Ok(b) if b == 0 || (2..=36).contains(&b) => b,
            _ => return Err(vm.value_error("int() base must be >= 2 and <= 36, or 0")),
        };
        let Some(text) = number_text(vm, x).filter(|_| !matches!(x.view(), View::Native(_))) else {
            return Err(vm.type_error("int() can't convert non-string with explicit base"));
        };
        return parse(vm, class, x, &text, base);
    }
    let user = vm.class_of(x).has(flag::USER_NUM);
    match x.view() {
        View::Int(i) => {
            if class == vm.types.int {
                return Ok(x);
            }
            Ok(make_int(vm, class, IBig::from(i)))
        }
        View::Bool(b) => Ok(make_int(vm, class, IBig::from(b as i64))),
        View::BigInt(b) if !user => Ok(make_int(vm, class, b.value.clone())),
        View::Float(f) if !user => {
            if class == vm.types.int
                && let Some(i) = text::float::to_i64(f)
            {
                return Ok(vm.new_int(i));
            }
            let n = text::float::to_int(f);
            let n = vm.text_result(n)?;
            Ok(make_int(vm, class, n))
        }
        View::Str(_) | View::Bytes(_) | View::ByteArray(_) | View::Native(_)
            if !user && (vm.bytes_of(x).is_some() || x.cast::<Str>().is_some()) =>
        {
            let text = number_text(vm, x).unwrap_or_default();
            parse(vm, class, x, &text, 10)
        }
        _ => {
            let names = [vm.names.int_, vm.names.index, vm.names.trunc];
            if names.into_iter().any(|n| vm.special(x, n).is_some()) {
                return vm.prelude_call("int_by_method", &[class.value(), x]);
            }
            let got = vm.class_name(x);
            Err(vm.type_error(format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{got}'"
            )))
        }
    }
}

fn parse(vm: &mut Vm, class: Gc<Class>, source: Value, text: &str, base: u32) -> Res {
    if base == 10
        && class == vm.types.int
        && let Some(i) = int::parse_i64(text)
    {
        return Ok(vm.new_int(i));
    }
    match int::parse_within(text, base, vm.max_str_digits) {
        Ok(n) => Ok(make_int(vm, class, n)),
        Err(e) => {
            let mut shown = String::new();
            vm.pure_repr(source, &mut shown)?;
            let message = e.message(&shown);
            Err(vm.value_error(message))
        }
    }
}

/// `self` as a number.
fn me(vm: &mut Vm, args: Args<'_>, name: &str) -> Res<Num> {
    match Num::of(args[0]) {
        Some(n) if is_int(args[0]) => Ok(n),
        _ => Err(bad_receiver(vm, args, name, "int")),
    }
}

fn my_big(vm: &mut Vm, args: Args<'_>, name: &str) -> Res<IBig> {
    Ok(me(vm, args, name)?.to_ibig().unwrap_or(IBig::ZERO))
}

fn plain(vm: &mut Vm, args: Args<'_>) -> Res {
    match me(vm, args, "__int__")? {
        Num::Int(i) => Ok(vm.new_int(i)),
        Num::Big(b) if b.class() == vm.types.int => Ok(args[0]),
        n => {
            let b = n.to_ibig().unwrap_or(IBig::ZERO);
            Ok(vm.new_big(b))
        }
    }
}

fn zero(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::small(0))
}

fn one(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::small(1))
}

fn neg(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__neg__")?;
    vm.pure_unary(UnaryOp::Minus, args[0])
}

fn invert(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__invert__")?;
    vm.pure_unary(UnaryOp::Invert, args[0])
}

fn abs(vm: &mut Vm, args: Args<'_>) -> Res {
    match me(vm, args, "__abs__")? {
        Num::Int(i) if i >= 0 => Ok(vm.new_int(i)),
        Num::Big(b) if b.value >= IBig::ZERO => plain(vm, args),
        _ => vm.pure_unary(UnaryOp::Minus, args[0]),
    }
}

fn bool_(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(my_big(vm, args, "__bool__")? != IBig::ZERO))
}

fn to_float(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = me(vm, args, "__float__")?;
    let f = vm.num_to_float(n)?;
    Ok(vm.new_float(f))
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
    if !is_int(a) || !is_int(b) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    match modulus {
        None | Some(Value::NONE) => vm.pure_binary(crate::syntax::ast::BinOp::Pow, a, b),
        Some(m) => match (vm.big_int(a), vm.big_int(b), vm.big_int(m)) {
            (Some(a), Some(b), Some(m)) => vm.mod_pow(&a, &b, &m),
            _ => Ok(Value::NOT_IMPLEMENTED),
        },
    }
}

fn divmod(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__divmod__")?;
    if !is_int(args[1]) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    vm.pure_divmod(args[0], args[1])
}

fn rdivmod(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__rdivmod__")?;
    if !is_int(args[1]) {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    vm.pure_divmod(args[1], args[0])
}

/// `round(n, ndigits)` of an int: half to even.
pub fn round_int(vm: &mut Vm, n: IBig, ndigits: i64) -> Value {
    if ndigits >= 0 {
        return vm.new_big(n);
    }
    let places = ndigits.unsigned_abs();
    // More places than there are digits round to 0.
    if places as u128 * 3 > int::bit_length(&n) as u128 + 3 {
        return Value::small(0);
    }
    let Some(unit) = int::pow(&IBig::from(10), &IBig::from(places)) else { return Value::small(0) };
    let Some((q, r)) = int::div_mod(&n, &unit) else { return Value::small(0) };
    let twice = &r * IBig::from(2);
    let odd = int::and(&q, &IBig::from(1)) != IBig::ZERO;
    let q = if twice > unit || (twice == unit && odd) { q + IBig::from(1) } else { q };
    vm.new_big(q * unit)
}

fn round(vm: &mut Vm, args: Args<'_>) -> Res {
    if args.get(1).is_none_or(Value::is_none) {
        return plain(vm, args);
    }
    let n = my_big(vm, args, "__round__")?;
    let digits = vm.index_value(args, 1)?;
    let digits = vm.clamp_int(digits);
    Ok(round_int(vm, n, digits))
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = my_big(vm, args, "__hash__")?;
    Ok(vm.new_int(text::hash::int(&n)))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut out = String::new();
    match me(vm, args, "__repr__")? {
        Num::Int(i) => int::push_i64(i, &mut out),
        n => {
            let r = int::push_int(&n.to_ibig().unwrap_or(IBig::ZERO), vm.max_str_digits, &mut out);
            vm.text_result(r)?;
        }
    }
    Ok(vm.new_str(&out))
}

fn format(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__format__")?;
    let spec = vm.str_arg(args, 1, "__format__() argument must be str, not {}")?;
    vm.format_number_or_text(args[0], spec.as_str())
}

fn getnewargs(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = plain(vm, args)?;
    Ok(vm.new_tuple(&[n]))
}

fn sizeof(vm: &mut Vm, args: Args<'_>) -> Res {
    let bits = int::bit_length(&my_big(vm, args, "__sizeof__")?);
    Ok(Value::small(24 + 4 * bits.div_ceil(30).max(1) as i64))
}

fn bit_length(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = my_big(vm, args, "bit_length")?;
    Ok(Value::small(int::bit_length(&n) as i64))
}

fn bit_count(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = my_big(vm, args, "bit_count")?;
    Ok(Value::small(int::bit_count(&n) as i64))
}

fn is_integer(vm: &mut Vm, args: Args<'_>) -> Res {
    plain(vm, args)?;
    Ok(Value::TRUE)
}

fn as_integer_ratio(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = plain(vm, args)?;
    Ok(vm.new_tuple(&[n, Value::small(1)]))
}

/// Whether argument `i` says `little`.
fn byteorder(vm: &mut Vm, args: Args<'_>, i: usize, function: &str) -> Res<bool> {
    let Some(v) = args.get(i) else { return Ok(false) };
    match v.cast::<Str>().map(|s| s.as_str()) {
        Some("little") => Ok(true),
        Some("big") => Ok(false),
        Some(_) => Err(vm.value_error("byteorder must be either 'little' or 'big'")),
        None => {
            let got = vm.class_name(v);
            Err(vm.type_error(format!("{function}() argument 'byteorder' must be str, not {got}")))
        }
    }
}

fn to_bytes(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = my_big(vm, args, "to_bytes")?;
    let length = if args.get(1).is_some() { vm.index_arg(args, 1)? } else { 1 };
    let signed = vm.truth_arg(args, 3, false)?;
    let little = byteorder(vm, args, 2, "to_bytes")?;
    let Ok(length) = usize::try_from(length) else {
        return Err(vm.value_error("length argument must be non-negative"));
    };
    if length > crate::vm::ops::text_ops::MAX_TEXT {
        return Err(vm.memory_error(""));
    }
    let bytes = int::to_bytes(&n, length, little, signed);
    let bytes = vm.text_result(bytes)?;
    Ok(vm.new_bytes(&bytes))
}

fn from_bytes(vm: &mut Vm, args: Args<'_>) -> Res {
    let signed = vm.truth_arg(args, 3, false)?;
    let little = byteorder(vm, args, 2, "from_bytes")?;
    let bytes = match vm.bytes_of(args[1]) {
        Some(b) => b,
        None => {
            if args[1].cast::<Str>().is_some() || !is_iterable(vm, args[1]) {
                let got = vm.class_name(args[1]);
                return Err(vm.type_error(format!("cannot convert '{got}' object to bytes")));
            }
            let items = vm.items_arg(args, 1)?;
            super::bytes::bytes_of_items(vm, &items, "bytes")?
        }
    };
    let n = int::from_bytes(&bytes, little, signed);
    let class = args[0].cast::<Class>();
    let n = vm.new_big(n);
    match class {
        Some(c) if c != vm.types.int => vm.tail_call(c.value(), &[n]),
        _ => Ok(n),
    }
}

/// Whether a value has `__iter__` or is a built-in iterable.
pub fn is_iterable(vm: &mut Vm, v: Value) -> bool {
    match v.view() {
        View::Int(_) | View::Bool(_) | View::BigInt(_) | View::Float(_) | View::None | View::Complex(_) => false,
        View::Instance(_) | View::Native(_) => {
            let (iter, getitem) = (vm.names.iter, vm.names.getitem);
            vm.special(v, iter).is_some() || vm.special(v, getitem).is_some()
        }
        View::Function(_) | View::NativeFn(_) | View::BoundMethod(_) | View::Module(_) => false,
        _ => true,
    }
}

fn exact_int(vm: &mut Vm, args: Args<'_>) -> Res {
    match vm.big_int(args[0]) {
        Some(b) => Ok(vm.new_big(b)),
        None => Ok(Value::NONE),
    }
}

fn exact_float(vm: &mut Vm, args: Args<'_>) -> Res {
    match args[0].view() {
        View::Float(f) => Ok(vm.new_float(f)),
        _ => Ok(Value::NONE),
    }
}

fn str_of_class(vm: &mut Vm, args: Args<'_>) -> Res {
    match (args[0].cast::<Class>(), args[1].cast::<Str>()) {
        (Some(c), Some(s)) => Ok(crate::object::str_::new_str(&mut vm.heap, c, s.as_str()).value()),
        _ => Ok(args[1]),
    }
}
