//! Case and kinds of characters. Floor 7.

use super::{me, part};
use crate::text::unicode;
use crate::value::Value;
use crate::vm::{Args, Res, Vm};

macro_rules! changed {
    ($($f:ident)*) => {$(
        pub fn $f(vm: &mut Vm, args: Args<'_>) -> Res {
            let s = me(vm, args, stringify!($f))?;
            Ok(vm.new_str(&unicode::$f(s.as_str())))
        }
    )*};
}
changed! { capitalize casefold title swapcase }

pub fn upper(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "upper")?;
    if s.is_ascii() {
        return Ok(vm.new_str(&s.as_str().to_ascii_uppercase()));
    }
    Ok(vm.new_str(&unicode::upper(s.as_str())))
}

pub fn lower(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "lower")?;
    if s.is_ascii() {
        return Ok(vm.new_str(&s.as_str().to_ascii_lowercase()));
    }
    Ok(vm.new_str(&unicode::lower(s.as_str())))
}

/// Whether there is a character and all of them are such.
macro_rules! all_chars {
    ($($f:ident $is:ident)*) => {$(
        pub fn $f(vm: &mut Vm, args: Args<'_>) -> Res {
            let s = me(vm, args, stringify!($f))?;
            Ok(Value::bool(s.nbytes() > 0 && s.as_str().chars().all(unicode::$is)))
        }
    )*};
}
all_chars! {
    isalnum is_alnum isalpha is_alpha isdecimal is_decimal isdigit is_digit isnumeric is_numeric isspace is_space
}

macro_rules! texts {
    ($($f:ident $is:ident)*) => {$(
        pub fn $f(vm: &mut Vm, args: Args<'_>) -> Res {
            let s = me(vm, args, stringify!($f))?;
            Ok(Value::bool(unicode::$is(s.as_str())))
        }
    )*};
}
texts! { isidentifier is_identifier islower str_is_lower isupper str_is_upper istitle str_is_title }

pub fn isascii(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(me(vm, args, "isascii")?.is_ascii()))
}

pub fn isprintable(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "isprintable")?;
    Ok(Value::bool(s.as_str().chars().all(unicode::is_printable)))
}

/// Used by `search.rs` too: the part of a text as a value.
pub fn piece(vm: &mut Vm, s: crate::heap::Gc<crate::object::Str>, text: &str) -> Value {
    part(vm, s, text)
}
