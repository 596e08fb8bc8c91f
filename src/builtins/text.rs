//! `chr`, `ord`, `ascii`, `format`. Floor 7.

use crate::object::{Native, Str};
use crate::text::{escape, surrogate};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Res, Vm};

/// Built-in functions.
pub const FUNCTIONS: &[NativeDef] = &[
    function("chr(i, /)", "The character of a code point.", chr),
    function("ord(c, /)", "The code point of a character.", ord),
    function("ascii(obj, /)", "As repr, with other characters than ASCII escaped.", ascii),
    function("format(value, format_spec='', /)", "The value as text, formatted by its type.", format),
];

fn chr(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = vm.index_value(args, 0)?;
    match u32::try_from(vm.clamp_int(v)).ok().and_then(surrogate::char_of) {
        Some(c) => Ok(vm.new_char(c)),
        _ => Err(vm.value_error("chr() arg not in range(0x110000)")),
    }
}

fn ord(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = match args[0].cast::<Str>() {
        Some(s) if s.nchars() == 1 => {
            return Ok(Value::small(s.char_at(0).map_or(0, |c| surrogate::code_of(c) as i64)));
        }
        Some(s) => s.nchars(),
        None => match vm.bytes_of(args[0]).filter(|_| args[0].cast::<Native>().is_none()).as_deref() {
            Some([b]) => return Ok(Value::small(*b as i64)),
            Some(b) => b.len(),
            None => {
                let got = vm.class_name(args[0]);
                return Err(vm.type_error(format!("ord() expected string of length 1, but {got} found")));
            }
        },
    };
    Err(vm.type_error(format!("ord() expected a character, but string of length {n} found")))
}

fn ascii(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut shown = String::new();
    if !vm.pure_repr(args[0], &mut shown)? {
        return vm.prelude_call("ascii_by_repr", &[args[0]]);
    }
    let mut out = String::new();
    escape::ascii_of_repr(&shown, &mut out);
    Ok(vm.new_str(&out))
}

fn format(vm: &mut Vm, args: Args<'_>) -> Res {
    let spec = match args.get(1) {
        None => "",
        Some(_) => vm.str_arg(args, 1, "format() argument 2 must be str, not {}")?.as_str(),
    };
    vm.format_value(args[0], spec)
}
