//! Operators, case, padding, hexadecimal digits of `bytes` and `bytearray`. Floor 7.

use super::class_of_arg;
use crate::object::{IterTag, Str, View};
use crate::syntax::ast::{BinOp, CmpOp};
use crate::text::{escape, search, unicode};
use crate::types::text_args::{center_padding, width};
use crate::value::Value;
use crate::vm::{Args, Res, Vm};

/// `self`'s bytes.
pub fn me(vm: &mut Vm, args: Args<'_>, name: &str) -> Res<Vec<u8>> {
    match args[0].view() {
        View::Bytes(b) => Ok(b.items().to_vec()),
        View::ByteArray(b) => Ok(b.bytes.borrow().clone()),
        _ => Err(crate::types::dunder::bad_receiver(vm, args, name, "bytes")),
    }
}

/// Argument `i`, which must be bytes-like.
pub fn bytes_arg(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<Vec<u8>> {
    match vm.bytes_of(args[i]) {
        Some(b) => Ok(b),
        None => {
            let got = vm.class_name(args[i]);
            Err(vm.type_error(format!("a bytes-like object is required, not '{got}'")))
        }
    }
}

/// A result of the kind of `self`.
pub fn like(vm: &mut Vm, args: Args<'_>, bytes: &[u8]) -> Res {
    Ok(vm.new_bytes_like(args[0], bytes))
}

pub fn add(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__add__")?;
    vm.pure_binary(BinOp::Add, args[0], args[1])
}

pub fn mul(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__mul__")?;
    let n = crate::types::dunders::count_arg(vm, args)?;
    vm.pure_binary(BinOp::Mul, args[0], n)
}

pub fn mod_(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__mod__")?;
    vm.pure_binary(BinOp::Mod, args[0], args[1])
}

pub fn rmod(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__rmod__")?;
    if vm.bytes_of(args[1]).is_none() {
        return Ok(Value::NOT_IMPLEMENTED);
    }
    vm.pure_binary(BinOp::Mod, args[1], args[0])
}

macro_rules! compared {
    ($($f:ident $op:ident)*) => {$(
        pub fn $f(vm: &mut Vm, args: Args<'_>) -> Res {
            me(vm, args, concat!("__", stringify!($f), "__"))?;
            vm.pure_compare(CmpOp::$op, args[0], args[1])
        }
    )*};
}
compared! { eq Eq ne NotEq lt Lt le LtE gt Gt ge GtE }

pub fn len(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(me(vm, args, "__len__")?.len() as i64))
}

pub fn iter(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__iter__")?;
    let (class, tag) = match args[0].view() {
        View::ByteArray(_) => (vm.types.bytearray_iterator, IterTag::ByteArray),
        _ => (vm.types.bytes_iterator, IterTag::Bytes),
    };
    Ok(vm.new_iter(class, tag, args[0]).value())
}

pub fn contains(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__contains__")?;
    vm.pure_contains(args[0], args[1])
}

pub fn getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__getitem__")?;
    vm.pure_getitem(args[0], args[1])
}

pub fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "__repr__")?;
    let mut out = String::new();
    escape::repr_bytes(&b, &mut out);
    if matches!(args[0].view(), View::ByteArray(_)) {
        out = format!("{}({out})", vm.class_name(args[0]));
    }
    Ok(vm.new_str(&out))
}

pub fn lower(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "lower")?.to_ascii_lowercase();
    like(vm, args, &b)
}

pub fn upper(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "upper")?.to_ascii_uppercase();
    like(vm, args, &b)
}

pub fn capitalize(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut b = me(vm, args, "capitalize")?.to_ascii_lowercase();
    if let Some(first) = b.first_mut() {
        first.make_ascii_uppercase();
    }
    like(vm, args, &b)
}

pub fn title(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut b = me(vm, args, "title")?;
    let mut inside = false;
    for c in &mut b {
        if inside {
            c.make_ascii_lowercase();
        } else {
            c.make_ascii_uppercase();
        }
        inside = c.is_ascii_alphabetic();
    }
    like(vm, args, &b)
}

pub fn swapcase(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut b = me(vm, args, "swapcase")?;
    for c in &mut b {
        *c = if c.is_ascii_uppercase() { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() };
    }
    like(vm, args, &b)
}

macro_rules! all_bytes {
    ($($f:ident $is:expr;)*) => {$(
        pub fn $f(vm: &mut Vm, args: Args<'_>) -> Res {
            let b = me(vm, args, stringify!($f))?;
            let is: fn(u8) -> bool = $is;
            Ok(Value::bool(!b.is_empty() && b.into_iter().all(is)))
        }
    )*};
}
all_bytes! {
    isalnum |c| c.is_ascii_alphanumeric();
    isalpha |c| c.is_ascii_alphabetic();
    isdigit |c| c.is_ascii_digit();
    isspace unicode::is_byte_space;
}

pub fn isascii(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(me(vm, args, "isascii")?.is_ascii()))
}

pub fn islower(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "islower")?;
    Ok(Value::bool(b.iter().any(u8::is_ascii_lowercase) && !b.iter().any(u8::is_ascii_uppercase)))
}

pub fn isupper(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "isupper")?;
    Ok(Value::bool(b.iter().any(u8::is_ascii_uppercase) && !b.iter().any(u8::is_ascii_lowercase)))
}

pub fn istitle(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "istitle")?;
    let (mut inside, mut any) = (false, false);
    for c in b {
        if (c.is_ascii_uppercase() && inside) || (c.is_ascii_lowercase() && !inside) {
            return Ok(Value::FALSE);
        }
        inside = c.is_ascii_alphabetic();
        any |= inside;
    }
    Ok(Value::bool(any))
}

fn padded(vm: &mut Vm, args: Args<'_>, name: &str, split: fn(usize, usize) -> (usize, usize)) -> Res {
    let b = me(vm, args, name)?;
    let width = width(vm, args, 1)?;
    let fill = match args.get(2) {
        None => b' ',
        Some(v) => match vm.bytes_of(v).as_deref() {
            Some([f]) => *f,
            _ => {
                let got = vm.class_name(v);
                let message = format!("{name}() argument 2 must be a byte string of length 1, not {got}");
                return Err(vm.type_error(message));
            }
        },
    };
    let (left, right) = split(b.len(), width);
    let out = [vec![fill; left], b, vec![fill; right]].concat();
    like(vm, args, &out)
}

pub fn center(vm: &mut Vm, args: Args<'_>) -> Res {
    padded(vm, args, "center", center_padding)
}

pub fn ljust(vm: &mut Vm, args: Args<'_>) -> Res {
    padded(vm, args, "ljust", |len, width| (0, width.saturating_sub(len)))
}

pub fn rjust(vm: &mut Vm, args: Args<'_>) -> Res {
    padded(vm, args, "rjust", |len, width| (width.saturating_sub(len), 0))
}

pub fn zfill(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "zfill")?;
    let zeros = vec![b'0'; width(vm, args, 1)?.saturating_sub(b.len())];
    let at = usize::from(matches!(b.first(), Some(b'+' | b'-')));
    let out = [&b[..at], &zeros, &b[at..]].concat();
    like(vm, args, &out)
}

pub fn expandtabs(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "expandtabs")?;
    let size = vm.clamped_arg(args, 1, 8)?;
    let size = usize::try_from(size).unwrap_or(0);
    let mut out = Vec::with_capacity(b.len());
    let mut column = 0;
    for c in b {
        match c {
            b'\t' => {
                let n = if size == 0 { 0 } else { size - column % size };
                if out.len() + n > crate::vm::ops::text_ops::MAX_TEXT {
                    return Err(vm.overflow_error("result too long"));
                }
                out.resize(out.len() + n, b' ');
                column += n;
            }
            b'\n' | b'\r' => {
                out.push(c);
                column = 0;
            }
            _ => {
                out.push(c);
                column += 1;
            }
        }
    }
    like(vm, args, &out)
}

/// `hex(sep, bytes_per_sep)`.
pub fn hex(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "hex")?;
    hex_of(vm, args, &b)
}

/// The digits of `b`, with the separator and the group size of arguments 1 and 2.
pub fn hex_of(vm: &mut Vm, args: Args<'_>, b: &[u8]) -> Res {
    let group = vm.clamped_arg(args, 2, 1)?;
    let sep = match args.get(1) {
        None => None,
        Some(v) => match v.cast::<Str>() {
            Some(s) if s.nchars() == 1 && s.is_ascii() => s.char_at(0),
            Some(s) if s.nchars() == 1 => return Err(vm.value_error("sep must be ASCII.")),
            Some(_) => return Err(vm.value_error("sep must be length 1.")),
            None => match vm.bytes_of(v).as_deref() {
                Some([c]) if c.is_ascii() => Some(*c as char),
                Some(_) => return Err(vm.value_error("sep must be length 1.")),
                None if vm.pure_len(v)?.is_some() => return Err(vm.type_error("sep must be str or bytes.")),
                None => {
                    let got = vm.class_name(v);
                    return Err(vm.type_error(format!("object of type '{got}' has no len()")));
                }
            },
        },
    };
    let mut out = String::with_capacity(b.len() * 2);
    let n = usize::try_from(group.unsigned_abs()).unwrap_or(usize::MAX);
    for (i, c) in b.iter().enumerate() {
        let edge = if group >= 0 { b.len() - i } else { i };
        if let Some(sep) = sep
            && n > 0
            && i > 0
            && edge % n == 0
        {
            out.push(sep);
        }
        out.push(char::from_digit(u32::from(c >> 4), 16).unwrap_or('0'));
        out.push(char::from_digit(u32::from(c & 15), 16).unwrap_or('0'));
    }
    Ok(vm.new_str(&out))
}

pub fn fromhex(vm: &mut Vm, args: Args<'_>) -> Res {
    let text = vm.str_arg(args, 1, "fromhex() argument must be str, not {}")?;
    let mut out = Vec::new();
    let bytes = text.as_str().as_bytes();
    if let Some(at) = text.as_str().chars().position(|c| !c.is_ascii()) {
        return Err(vm.value_error(format!("non-hexadecimal number found in fromhex() arg at position {at}")));
    }
    let mut i = 0;
    while i < bytes.len() {
        if unicode::is_byte_space(bytes[i]) {
            i += 1;
            continue;
        }
        let digit = |j: usize| bytes.get(j).and_then(|&b| (b as char).to_digit(16));
        match (digit(i), digit(i + 1)) {
            (Some(a), Some(b)) => out.push((a << 4 | b) as u8),
            (a, _) => {
                let at = search::char_index(text.as_str(), if a.is_none() { i } else { i + 1 });
                let message = format!("non-hexadecimal number found in fromhex() arg at position {at}");
                return Err(vm.value_error(message));
            }
        }
        i += 2;
    }
    let class = class_of_arg(vm, args[0]);
    let v = if class.is_subclass(vm.types.bytearray) { vm.new_bytearray(out) } else { vm.new_bytes(&out) };
    if class == vm.types.bytes || class == vm.types.bytearray { Ok(v) } else { vm.tail_call(class.value(), &[v]) }
}

pub fn decode(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "decode")?;
    let text = crate::types::codec::decode(vm, args, 1, args[0], "decode", ("decode_bytes", Value::NONE))?;
    Ok(vm.new_str(&text))
}

pub fn maketrans(vm: &mut Vm, args: Args<'_>) -> Res {
    let (from, to) = (bytes_arg(vm, args, 0)?, bytes_arg(vm, args, 1)?);
    if from.len() != to.len() {
        return Err(vm.value_error("maketrans arguments must have same length"));
    }
    let mut table: Vec<u8> = (0..=255).collect();
    for (&a, &b) in from.iter().zip(&to) {
        table[a as usize] = b;
    }
    Ok(vm.new_bytes(&table))
}

pub fn translate(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "translate")?;
    let table = if args[1].is_none() { None } else { Some(bytes_arg(vm, args, 1)?) };
    if table.as_ref().is_some_and(|t| t.len() != 256) {
        return Err(vm.value_error("translation table must be 256 characters long"));
    }
    let gone = if args.get(2).is_some() { bytes_arg(vm, args, 2)? } else { Vec::new() };
    let out: Vec<u8> = b
        .into_iter()
        .filter(|c| !gone.contains(c))
        .map(|c| table.as_ref().and_then(|t| t.get(c as usize).copied()).unwrap_or(c))
        .collect();
    like(vm, args, &out)
}
