//! `UnicodeEncodeError`, `UnicodeDecodeError` and `UnicodeTranslateError`. Floor 7.
//!
//! Invariant: five arguments of the right types (four without the encoding), checked by `__init__`.

use super::{arg, field_of, items, keep_args, this};
use crate::heap::Gc;
use crate::object::{Class, Str, View};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute_rw, method};
use crate::vm::{Args, Res, Vm, types::Types};

fields! {
    encoding "encoding" |_, e| arg(e, 0);
    object "object" |_, e| arg(e, 1);
    start "start" |_, e| arg(e, 2);
    end "end" |_, e| arg(e, 3);
    reason "reason" |_, e| arg(e, 4);
    translated "object" |_, e| arg(e, 0);
    translated_start "start" |_, e| arg(e, 1);
    translated_end "end" |_, e| arg(e, 2);
    translated_reason "reason" |_, e| arg(e, 3);
}

/// The methods of an error that knows its encoding, with its `__init__`.
macro_rules! with_encoding {
    ($init:ident) => {
        &[
            method("__init__(self, *args, **kwargs)", "Initialize self.", $init),
            method("__str__(self, /)", "Return str(self).", unicode_str),
            rw!("encoding" encoding "encoding"),
            rw!("object" object "object"),
            rw!("start" start "start of the failing part"),
            rw!("end" end "end of the failing part"),
            rw!("reason" reason "reason"),
        ]
    };
}
const ENCODE: &[NativeDef] = with_encoding!(encode_init);
const DECODE: &[NativeDef] = with_encoding!(decode_init);
const TRANSLATE: &[NativeDef] = &[
    method("__init__(self, *args, **kwargs)", "Initialize self.", translate_init),
    method("__str__(self, /)", "Return str(self).", unicode_str),
    rw!("object" translated "object"),
    rw!("start" translated_start "start of the failing part"),
    rw!("end" translated_end "end of the failing part"),
    rw!("reason" translated_reason "reason"),
];

/// The tables of this file.
pub(super) fn tables(t: &Types) -> [(Gc<Class>, &'static [NativeDef]); 3] {
    [(t.UnicodeEncodeError, ENCODE), (t.UnicodeDecodeError, DECODE), (t.UnicodeTranslateError, TRANSLATE)]
}

/// Checks the arguments by a letter for each: `U` a str, `n` an int, `O` anything.
fn check(vm: &mut Vm, args: Args<'_>, kinds: &str) -> Res<()> {
    let e = this(vm, args)?;
    if args.kwargs().is_some_and(|k| !k.is_empty()) {
        let message = format!("{}() takes no keyword arguments", vm.class_name(args[0]));
        return Err(vm.type_error(message));
    }
    let given = args.rest();
    if given.len() != kinds.len() {
        let (want, got) = (kinds.len(), given.len());
        return Err(vm.type_error(format!("function takes exactly {want} arguments ({got} given)")));
    }
    for (i, (kind, &v)) in kinds.bytes().zip(given).enumerate() {
        let found = vm.class_name(v);
        if kind == b'U' && v.cast::<Str>().is_none() {
            return Err(vm.type_error(format!("argument {} must be str, not {found}", i + 1)));
        }
        if kind == b'n' && vm.small_int(v).is_none() {
            if vm.big_int(v).is_some() {
                return Err(vm.overflow_error("Python int too large to convert to C ssize_t"));
            }
            return Err(vm.type_error(format!("'{found}' object cannot be interpreted as an integer")));
        }
    }
    keep_args(vm, e, args);
    Ok(())
}

fn encode_init(vm: &mut Vm, args: Args<'_>) -> Res {
    check(vm, args, "UUnnU")?;
    vm.none()
}

fn translate_init(vm: &mut Vm, args: Args<'_>) -> Res {
    check(vm, args, "UnnU")?;
    vm.none()
}

fn decode_init(vm: &mut Vm, args: Args<'_>) -> Res {
    check(vm, args, "UOnnU")?;
    let object = args.rest()[1];
    if object.cast::<crate::object::Bytes>().is_none() {
        let Some(bytes) = vm.bytes_of(object) else {
            let message = format!("a bytes-like object is required, not '{}'", vm.class_name(object));
            return Err(vm.type_error(message));
        };
        let (name, copy) = (vm.intern("object"), vm.new_bytes(&bytes));
        vm.set_exc_field(args[0], name, copy);
    }
    vm.none()
}

fn unicode_str(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let translate = vm.is_instance(args[0], vm.types.UnicodeTranslateError);
    if items(e).len() < if translate { 4 } else { 5 } {
        return Ok(vm.new_str(""));
    }
    let (start, end) = (field_of(vm, args[0], "start"), field_of(vm, args[0], "end"));
    let (start, end) = (start.as_int().unwrap_or(0).max(0), end.as_int().unwrap_or(0));
    let text = |vm: &mut Vm, name: &str| -> Res<String> {
        let (v, mut out) = (field_of(vm, args[0], name), String::new());
        vm.pure_str(v, &mut out)?;
        Ok(out)
    };
    let reason = text(vm, "reason")?;
    let what = if translate {
        "can't translate".to_owned()
    } else {
        let codec = text(vm, "encoding")?;
        let verb = if vm.is_instance(args[0], vm.types.UnicodeEncodeError) { "en" } else { "de" };
        format!("'{codec}' codec can't {verb}code")
    };
    let one = usize::try_from(start).ok().filter(|_| end == start + 1);
    let place = match field_of(vm, args[0], "object").view() {
        View::Str(s) => match one.and_then(|i| s.char_at(i)) {
            Some(c) => format!("character '{}' in position {start}", escaped(c)),
            None => format!("characters in position {start}-{}", end - 1),
        },
        View::Bytes(b) => match one.and_then(|i| b.items().get(i)) {
            Some(b) => format!("byte 0x{b:02x} in position {start}"),
            None => format!("bytes in position {start}-{}", end - 1),
        },
        _ => {
            let name = vm.class_name(args[0]);
            return Err(vm.type_error(format!("{name}.object attribute not set")));
        }
    };
    Ok(vm.new_str(&format!("{what} {place}: {reason}")))
}

fn escaped(c: char) -> String {
    match crate::text::surrogate::code_of(c) {
        c @ 0..=0xff => format!("\\x{c:02x}"),
        c @ 0x100..=0xffff => format!("\\u{c:04x}"),
        c => format!("\\U{c:08x}"),
    }
}
