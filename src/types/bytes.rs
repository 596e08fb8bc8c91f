//! `bytes`: making it; and the table of what it shares with `bytearray`. Floor 7.

pub(super) mod shared;
pub(super) mod split;

use super::int::{class_arg, is_iterable};
use crate::object::{Class, Str, View};
use crate::value::Value;
use crate::vm::native::NativeDef;
use crate::vm::ops::text_ops::MAX_TEXT;
use crate::vm::{Args, Res, Vm};

/// The methods that `bytes` and `bytearray` share, and others: the table of a class.
macro_rules! bytes_methods {
    ($($kind:ident($sig:literal, $doc:literal, $f:expr),)*) => {{
        use $crate::types::bytes::{shared, split};
        use $crate::vm::native::{NativeDef, class_method, method, static_method};
        const TABLE: &[NativeDef] = &[
            $($crate::vm::native::$kind($sig, $doc, $f),)*
            method("__add__(self, value, /)", "Return self+value.", shared::add),
            method("__mul__(self, value, /)", "Return self*value.", shared::mul),
            method("__rmul__(self, value, /)", "Return value*self.", shared::mul),
            method("__mod__(self, value, /)", "Return self%value.", shared::mod_),
            method("__rmod__(self, value, /)", "Return value%self.", shared::rmod),
            method("__eq__(self, value, /)", "Return self==value.", shared::eq),
            method("__ne__(self, value, /)", "Return self!=value.", shared::ne),
            method("__lt__(self, value, /)", "Return self<value.", shared::lt),
            method("__le__(self, value, /)", "Return self<=value.", shared::le),
            method("__gt__(self, value, /)", "Return self>value.", shared::gt),
            method("__ge__(self, value, /)", "Return self>=value.", shared::ge),
            method("__len__(self, /)", "Return len(self).", shared::len),
            method("__iter__(self, /)", "Implement iter(self).", shared::iter),
            method("__contains__(self, key, /)", "Return bool(key in self).", shared::contains),
            method("__getitem__(self, key, /)", "Return self[key].", shared::getitem),
            method("__repr__(self, /)", "Return repr(self).", shared::repr),
            method("__str__(self, /)", "Return str(self).", shared::repr),
            method("capitalize(self, /)", "The first byte upper case, the rest lower case.", shared::capitalize),
            method("lower(self, /)", "A copy in lower case (ASCII).", shared::lower),
            method("upper(self, /)", "A copy in upper case (ASCII).", shared::upper),
            method("title(self, /)", "Words in title case (ASCII).", shared::title),
            method("swapcase(self, /)", "Upper case to lower case and back (ASCII).", shared::swapcase),
            method("isalnum(self, /)", "Whether all bytes are ASCII letters or digits.", shared::isalnum),
            method("isalpha(self, /)", "Whether all bytes are ASCII letters.", shared::isalpha),
            method("isascii(self, /)", "Whether all bytes are ASCII.", shared::isascii),
            method("isdigit(self, /)", "Whether all bytes are ASCII digits.", shared::isdigit),
            method("islower(self, /)", "Whether all letters are lower case.", shared::islower),
            method("isspace(self, /)", "Whether all bytes are ASCII white space.", shared::isspace),
            method("istitle(self, /)", "Whether the words are in title case.", shared::istitle),
            method("isupper(self, /)", "Whether all letters are upper case.", shared::isupper),
            method("center(self, width, fillchar=b' ', /)", "Centred in this width.", shared::center),
            method("ljust(self, width, fillchar=b' ', /)", "To the left in this width.", shared::ljust),
            method("rjust(self, width, fillchar=b' ', /)", "To the right in this width.", shared::rjust),
            method("zfill(self, width, /)", "Zeros in front, behind the sign.", shared::zfill),
            method("expandtabs(self, /, tabsize=8)", "Tabs become spaces.", shared::expandtabs),
            method("hex(self, sep=None, bytes_per_sep=1)", "Hexadecimal digits of the bytes.", shared::hex),
            method("decode(self, /, encoding='utf-8', errors='strict')", "The bytes as text.", shared::decode),
            method("translate(self, table, /, delete=b'')", "Each byte becomes what the table says.", shared::translate),
            static_method("maketrans(frm, to, /)", "A table for translate.", shared::maketrans),
            class_method("fromhex(cls, string, /)", "The bytes of hexadecimal digits.", shared::fromhex),
            method("join(self, iterable_of_bytes, /)", "Bytes joined by these.", split::join),
            method("count(self, sub, start=None, end=None, /)", "Occurrences that don't overlap.", split::count),
            method("find(self, sub, start=None, end=None, /)", "Lowest index of sub, or -1.", split::find),
            method("rfind(self, sub, start=None, end=None, /)", "Highest index of sub, or -1.", split::rfind),
            method("index(self, sub, start=None, end=None, /)", "Lowest index, or a ValueError.", split::index),
            method("rindex(self, sub, start=None, end=None, /)", "Highest index, or a ValueError.", split::rindex),
            method("startswith(self, prefix, start=None, end=None, /)", "Whether it begins so.", split::startswith),
            method("endswith(self, suffix, start=None, end=None, /)", "Whether it ends so.", split::endswith),
            method("removeprefix(self, prefix, /)", "Without the prefix.", split::removeprefix),
            method("removesuffix(self, suffix, /)", "Without the suffix.", split::removesuffix),
            method("replace(self, old, new, count=-1, /)", "Occurrences of old become new.", split::replace),
            method("split(self, /, sep=None, maxsplit=-1)", "A list of the parts.", split::split),
            method("rsplit(self, /, sep=None, maxsplit=-1)", "As split, from the end.", split::rsplit),
            method("splitlines(self, /, keepends=False)", "A list of the lines.", split::splitlines),
            method("partition(self, sep, /)", "Before, separator, after.", split::partition),
            method("rpartition(self, sep, /)", "As partition, from the end.", split::rpartition),
            method("strip(self, bytes=None, /)", "Without these bytes at the ends.", split::strip),
            method("lstrip(self, bytes=None, /)", "Without them at the start.", split::lstrip),
            method("rstrip(self, bytes=None, /)", "Without them at the end.", split::rstrip),
        ];
        TABLE
    }};
}
pub(super) use bytes_methods;

/// The methods of `bytes`.
pub const METHODS: &[NativeDef] = bytes_methods! {
    new(
        "__new__(cls, source=b'', encoding='utf-8', errors='strict')",
        "Make bytes of a count, of ints, of text, or of other bytes.",
        bytes_new
    ),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__bytes__(self, /)", "Convert to plain bytes.", plain),
    method("__getnewargs__(self, /)", "Arguments that make equal bytes.", getnewargs),
};

/// What `bytes(source, encoding, errors)` at arguments 1 to 3 gives; `Err(Ctl::Coerce)` to have items listed.
pub fn source_bytes(vm: &mut Vm, args: Args<'_>, name: &str, slow: (&'static str, Value)) -> Res<Vec<u8>> {
    let Some(x) = args.get(1) else {
        if args.get(2).is_some() || args.get(3).is_some() {
            let what = if args.get(2).is_some() { "encoding" } else { "errors" };
            return Err(vm.type_error(format!("{what} without a string argument")));
        }
        return Ok(Vec::new());
    };
    if x.cast::<Str>().is_some() {
        if args.get(2).is_none() {
            return Err(vm.type_error("string argument without an encoding"));
        }
        return super::codec::encode(vm, args, 2, x, name, slow);
    }
    if args.get(2).is_some() || args.get(3).is_some() {
        let what = if args.get(2).is_some() { "encoding" } else { "errors" };
        return Err(vm.type_error(format!("{what} without a string argument")));
    }
    if let Some(b) = vm.bytes_of(x) {
        return Ok(b);
    }
    let index = vm.names.index;
    if matches!(x.view(), View::Int(_) | View::Bool(_) | View::BigInt(_))
        || (matches!(x.view(), View::Instance(_)) && vm.special(x, index).is_some())
    {
        let n = vm.index_value(args, 1)?;
        let Some(n) = vm.small_int(n) else {
            return Err(vm.overflow_error("cannot fit 'int' into an index-sized integer"));
        };
        let Ok(n) = usize::try_from(n) else { return Err(vm.value_error("negative count")) };
        if n > MAX_TEXT {
            return Err(vm.memory_error(""));
        }
        return Ok(vec![0; n]);
    }
    if !is_iterable(vm, x) {
        let got = vm.class_name(x);
        return Err(vm.type_error(format!("cannot convert '{got}' object to {name}")));
    }
    let items = vm.items_arg(args, 1)?;
    bytes_of_items(vm, &items, "bytes")
}

/// The bytes that ints stand for.
pub fn bytes_of_items(vm: &mut Vm, items: &[Value], what: &str) -> Res<Vec<u8>> {
    let mut out = Vec::with_capacity(items.len());
    for &v in items {
        match vm.small_int(v) {
            Some(n) => match u8::try_from(n) {
                Ok(b) => out.push(b),
                Err(_) => return Err(vm.value_error(format!("{what} must be in range(0, 256)"))),
            },
            None if vm.big_int(v).is_some() => return Err(vm.value_error(format!("{what} must be in range(0, 256)"))),
            None => {
                let got = vm.class_name(v);
                return Err(vm.type_error(format!("'{got}' object cannot be interpreted as an integer")));
            }
        }
    }
    Ok(out)
}

fn bytes_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let base = vm.types.bytes;
    let class = class_arg(vm, args, base)?;
    if let Some(x) = args.get(1)
        && args.get(2).is_none()
    {
        if class == base && vm.class_of(x) == base {
            return Ok(x);
        }
        let name = vm.names.bytes;
        if matches!(x.view(), View::Instance(_) | View::Native(_)) && vm.special(x, name).is_some() {
            return vm.prelude_call("bytes_by_method", &[class.value(), x]);
        }
    }
    let bytes = source_bytes(vm, args, "bytes", ("bytes_of_text", class.value()))?;
    Ok(vm.new_bytes_of(class, &bytes).value())
}

/// `cls` as a class, `bytes` for others.
pub fn class_of_arg(vm: &Vm, v: Value) -> crate::heap::Gc<Class> {
    v.cast::<Class>().unwrap_or(vm.types.bytes)
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = shared::me(vm, args, "__hash__")?;
    Ok(vm.new_int(crate::text::hash::bytes(&b)))
}

fn plain(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = shared::me(vm, args, "__bytes__")?;
    Ok(vm.new_bytes(&b))
}

fn getnewargs(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = plain(vm, args)?;
    Ok(vm.new_tuple(&[b]))
}
