//! `str`: making, special methods, padding, joining. Searching and splitting: `str_/search.rs`. Floor 7.

mod case;
mod search;
mod tables;

use super::dunder::bad_receiver;
use super::int::{class_arg, is_iterable};
use super::text_args::{center_padding, width};
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Str, View, str_};
use crate::syntax::ast::BinOp;
use crate::text::{self, unicode};
use crate::value::Value;
use crate::vm::native::{NativeDef, method, new, static_method};
use crate::vm::ops::text_ops::MAX_TEXT;
use crate::vm::{Args, Ctl, Res, Vm};

fn is_str(v: Value) -> bool {
    v.cast::<Str>().is_some()
}

fn any(_: Value) -> bool {
    true
}

binary_dunders! { "str", is_str, any; Mod mod_ mod_other; }
compare_dunders! { "str", is_str, is_str; Eq eq; NotEq ne; Lt lt; LtE le; Gt gt; GtE ge; }

/// The methods of `str`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, object='', encoding='utf-8', errors='strict')", "The text of an object, or of bytes.", str_new),
    method("__add__(self, value, /)", "Return self+value.", add),
    method("__mul__(self, value, /)", "Return self*value.", mul),
    method("__rmul__(self, value, /)", "Return value*self.", mul),
    method("__mod__(self, value, /)", "Return self%value.", mod_),
    method("__rmod__(self, value, /)", "Return value%self.", rmod),
    method("__eq__(self, value, /)", "Return self==value.", eq),
    method("__ne__(self, value, /)", "Return self!=value.", ne),
    method("__lt__(self, value, /)", "Return self<value.", lt),
    method("__le__(self, value, /)", "Return self<=value.", le),
    method("__gt__(self, value, /)", "Return self>value.", gt),
    method("__ge__(self, value, /)", "Return self>=value.", ge),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__len__(self, /)", "Return len(self).", len),
    method("__iter__(self, /)", "Implement iter(self).", iter),
    method("__contains__(self, key, /)", "Return bool(key in self).", contains),
    method("__getitem__(self, key, /)", "Return self[key].", getitem),
    method("__str__(self, /)", "Return str(self).", plain),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__format__(self, format_spec, /)", "Convert to text according to format_spec.", format_dunder),
    method("__getnewargs__(self, /)", "Arguments that make an equal text.", getnewargs),
    method("__sizeof__(self, /)", "Size in memory, in bytes.", sizeof),
    method("capitalize(self, /)", "The first character upper case, the rest lower case.", case::capitalize),
    method("casefold(self, /)", "A form for comparisons without case.", case::casefold),
    method("title(self, /)", "Words in title case.", case::title),
    method("swapcase(self, /)", "Upper case to lower case and back.", case::swapcase),
    method("upper(self, /)", "A copy in upper case.", case::upper),
    method("lower(self, /)", "A copy in lower case.", case::lower),
    method("isalnum(self, /)", "Whether all characters are letters or digits.", case::isalnum),
    method("isalpha(self, /)", "Whether all characters are letters.", case::isalpha),
    method("isascii(self, /)", "Whether all characters are ASCII.", case::isascii),
    method("isdecimal(self, /)", "Whether all characters are decimal digits.", case::isdecimal),
    method("isdigit(self, /)", "Whether all characters are digits.", case::isdigit),
    method("isidentifier(self, /)", "Whether the text is an identifier.", case::isidentifier),
    method("islower(self, /)", "Whether all cased characters are lower case.", case::islower),
    method("isnumeric(self, /)", "Whether all characters are numeric.", case::isnumeric),
    method("isprintable(self, /)", "Whether all characters are printable.", case::isprintable),
    method("isspace(self, /)", "Whether all characters are white space.", case::isspace),
    method("istitle(self, /)", "Whether the words are in title case.", case::istitle),
    method("isupper(self, /)", "Whether all cased characters are upper case.", case::isupper),
    method("center(self, width, fillchar=' ', /)", "Centred in a text of this width.", center),
    method("ljust(self, width, fillchar=' ', /)", "To the left in a text of this width.", ljust),
    method("rjust(self, width, fillchar=' ', /)", "To the right in a text of this width.", rjust),
    method("zfill(self, width, /)", "Zeros in front, behind the sign.", zfill),
    method("expandtabs(self, /, tabsize=8)", "Tabs become spaces.", expandtabs),
    method("join(self, iterable, /)", "Texts joined by this one.", join),
    method("encode(self, /, encoding='utf-8', errors='strict')", "The text as bytes.", encode),
    method("format(self, *args, **kwargs)", "Fields in braces become arguments.", format),
    method("format_map(self, mapping, /)", "Fields in braces become items of the mapping.", format_map),
    method("count(self, sub, start=None, end=None, /)", "Number of occurrences that don't overlap.", search::count),
    method("find(self, sub, start=None, end=None, /)", "Lowest index of sub, or -1.", search::find),
    method("rfind(self, sub, start=None, end=None, /)", "Highest index of sub, or -1.", search::rfind),
    method("index(self, sub, start=None, end=None, /)", "Lowest index of sub, or a ValueError.", search::index),
    method("rindex(self, sub, start=None, end=None, /)", "Highest index of sub, or a ValueError.", search::rindex),
    method("startswith(self, prefix, start=None, end=None, /)", "Whether it begins with prefix.", search::startswith),
    method("endswith(self, suffix, start=None, end=None, /)", "Whether it ends with suffix.", search::endswith),
    method("removeprefix(self, prefix, /)", "Without the prefix, if it is there.", search::removeprefix),
    method("removesuffix(self, suffix, /)", "Without the suffix, if it is there.", search::removesuffix),
    method("replace(self, old, new, /, count=-1)", "Occurrences of old become new.", search::replace),
    method("split(self, /, sep=None, maxsplit=-1)", "A list of the parts between separators.", search::split),
    method("rsplit(self, /, sep=None, maxsplit=-1)", "As split, from the end.", search::rsplit),
    method("splitlines(self, /, keepends=False)", "A list of the lines.", search::splitlines),
    method("partition(self, sep, /)", "Before, separator, after the first occurrence.", search::partition),
    method("rpartition(self, sep, /)", "Before, separator, after the last occurrence.", search::rpartition),
    method("strip(self, chars=None, /)", "Without white space, or these characters, at the ends.", search::strip),
    method("lstrip(self, chars=None, /)", "Without them at the start.", search::lstrip),
    method("rstrip(self, chars=None, /)", "Without them at the end.", search::rstrip),
    method("translate(self, table, /)", "Each character becomes what the table says.", tables::translate),
    static_method("maketrans(x, y=None, z=None, /)", "A table for translate.", tables::maketrans),
];

/// `self` as a text.
pub(super) fn me(vm: &mut Vm, args: Args<'_>, name: &str) -> Res<Gc<Str>> {
    match args[0].cast::<Str>() {
        Some(s) => Ok(s),
        None => Err(bad_receiver(vm, args, name, "str")),
    }
}

/// `text`, a part of `s`, as a value: `s` itself if it is the whole of a plain one.
fn part(vm: &mut Vm, s: Gc<Str>, text: &str) -> Value {
    if text.len() == s.nbytes() && s.class() == vm.types.str_ { s.value() } else { vm.new_str(text) }
}

fn str_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let base = vm.types.str_;
    let class = class_arg(vm, args, base)?;
    if args.get(2).is_some() || args.get(3).is_some() {
        super::codec::check_names(vm, args, 2, "str")?;
        let Some(source) = args.get(1) else { return of_class(vm, class, "") };
        return match source.view() {
            _ if vm.bytes_of(source).is_some() => {
                let text = super::codec::decode(vm, args, 2, source, "str", ("str_of_bytes", class.value()))?;
                of_class(vm, class, &text)
            }
            View::Str(_) => Err(vm.type_error("decoding str is not supported")),
            _ => {
                let got = vm.class_name(source);
                Err(vm.type_error(format!("decoding to str: need a bytes-like object, {got} found")))
            }
        };
    }
    let Some(x) = args.get(1) else { return of_class(vm, class, "") };
    if class == base {
        return vm.str_value(x);
    }
    match vm.str_value(x) {
        Ok(v) => {
            let text = v.cast::<Str>().map_or("", |s| s.as_str());
            of_class(vm, class, text)
        }
        Err(Ctl::Raise(e)) => Err(Ctl::Raise(e)),
        Err(_) => vm.prelude_call("str_by_method", &[class.value(), x]),
    }
}

fn of_class(vm: &mut Vm, class: Gc<crate::object::Class>, text: &str) -> Res {
    if class == vm.types.str_ {
        return Ok(vm.new_str(text));
    }
    Ok(str_::new_str(&mut vm.heap, class, text).value())
}

fn add(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__add__")?;
    vm.pure_binary(BinOp::Add, args[0], args[1])
}

fn mul(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__mul__")?;
    let n = super::dunders::count_arg(vm, args)?;
    vm.pure_binary(BinOp::Mul, args[0], n)
}

fn rmod(vm: &mut Vm, args: Args<'_>) -> Res {
    if is_str(args[1]) { mod_other(vm, args) } else { Ok(Value::NOT_IMPLEMENTED) }
}

fn plain(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "__str__")?;
    Ok(part(vm, s, s.as_str()))
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let h = me(vm, args, "__hash__")?.hash();
    Ok(vm.new_int(h))
}

fn len(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(me(vm, args, "__len__")?.nchars() as i64))
}

fn iter(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "__iter__")?;
    let class = if s.is_ascii() { vm.types.str_ascii_iterator } else { vm.types.str_iterator };
    Ok(vm.new_iter(class, crate::object::IterTag::Str, s.value()).value())
}

fn contains(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "__contains__")?;
    let key = vm.str_arg(args, 1, "'in <string>' requires string as left operand, not {}")?;
    Ok(Value::bool(text::search::contains(s.as_str(), key.as_str())))
}

fn getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__getitem__")?;
    vm.pure_getitem(args[0], args[1])
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "__repr__")?;
    Ok(vm.new_str(&text::escape::to_repr(s.as_str())))
}

fn format_dunder(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "__format__")?;
    let spec = vm.str_arg(args, 1, "__format__() argument must be str, not {}")?;
    vm.format_number_or_text(args[0], spec.as_str())
}

fn getnewargs(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = plain(vm, args)?;
    Ok(vm.new_tuple(&[s]))
}

fn sizeof(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "__sizeof__")?;
    let widest = s.as_str().chars().map(crate::text::surrogate::code_of).max().unwrap_or(0);
    let n = s.nchars() as i64;
    Ok(Value::small(match widest {
        0..128 => 41 + n,
        128..256 => 57 + n,
        256..0x10000 => 58 + 2 * n,
        _ => 60 + 4 * n,
    }))
}

fn padded(vm: &mut Vm, args: Args<'_>, name: &str, split: fn(usize, usize) -> (usize, usize)) -> Res {
    let s = me(vm, args, name)?;
    let width = width(vm, args, 1)?;
    let fill = match args.get(2) {
        None => ' ',
        Some(v) => match v.cast::<Str>() {
            Some(f) if f.nchars() == 1 => f.char_at(0).unwrap_or(' '),
            Some(_) => return Err(vm.type_error("The fill character must be exactly one character long")),
            None => {
                let got = vm.class_name(v);
                return Err(vm.type_error(format!("The fill character must be a unicode character, not {got}")));
            }
        },
    };
    let (left, right) = split(s.nchars(), width);
    if left + right == 0 {
        return Ok(part(vm, s, s.as_str()));
    }
    if s.nbytes() + (left + right) * fill.len_utf8() > MAX_TEXT {
        return Err(vm.memory_error(""));
    }
    let mut out = String::with_capacity(s.nbytes() + (left + right) * fill.len_utf8());
    out.extend(std::iter::repeat_n(fill, left));
    out.push_str(s.as_str());
    out.extend(std::iter::repeat_n(fill, right));
    Ok(vm.new_str(&out))
}

fn center(vm: &mut Vm, args: Args<'_>) -> Res {
    padded(vm, args, "center", center_padding)
}

fn ljust(vm: &mut Vm, args: Args<'_>) -> Res {
    padded(vm, args, "ljust", |len, width| (0, width.saturating_sub(len)))
}

fn rjust(vm: &mut Vm, args: Args<'_>) -> Res {
    padded(vm, args, "rjust", |len, width| (width.saturating_sub(len), 0))
}

fn zfill(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "zfill")?;
    let n = width(vm, args, 1)?.saturating_sub(s.nchars());
    if n == 0 {
        return Ok(part(vm, s, s.as_str()));
    }
    let (sign, digits) = match s.as_str().as_bytes().first() {
        Some(b'+' | b'-') => s.as_str().split_at(1),
        _ => ("", s.as_str()),
    };
    let out = format!("{sign}{}{digits}", "0".repeat(n));
    Ok(vm.new_str(&out))
}

fn expandtabs(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "expandtabs")?;
    let size = vm.clamped_arg(args, 1, 8)?;
    let size = usize::try_from(size).unwrap_or(0);
    match unicode::expand_tabs(s.as_str(), size) {
        Some(t) => Ok(vm.new_str(&t)),
        None => Err(vm.overflow_error("new string is too long")),
    }
}

fn join(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "join")?;
    if !is_iterable(vm, args[1]) {
        return Err(vm.type_error("can only join an iterable"));
    }
    let items = vm.items_arg(args, 1)?;
    if let [one] = items[..]
        && let Some(t) = one.cast::<Str>()
        && t.class() == vm.types.str_
    {
        return Ok(one);
    }
    let mut total = 0;
    for (i, v) in items.iter().enumerate() {
        match v.cast::<Str>() {
            Some(t) => total += t.nbytes() + s.nbytes(),
            None => {
                let got = vm.class_name(*v);
                return Err(vm.type_error(format!("sequence item {i}: expected str instance, {got} found")));
            }
        }
        if total > MAX_TEXT {
            return Err(vm.memory_error(""));
        }
    }
    let mut out = vm.take_scratch();
    out.reserve(total);
    for (i, v) in items.iter().enumerate() {
        if i > 0 {
            out.push_str(s.as_str());
        }
        if let Some(t) = v.cast::<Str>() {
            out.push_str(t.as_str());
        }
    }
    Ok(vm.new_str_of(out))
}

fn encode(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args, "encode")?;
    let bytes = super::codec::encode(vm, args, 1, args[0], "encode", ("encode_text", Value::NONE))?;
    Ok(vm.new_bytes(&bytes))
}

fn format(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "format")?;
    vm.str_format(s, args.rest(), args.kwargs())
}

fn format_map(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "format_map")?;
    match args[1].view() {
        View::Dict(d)
            if !d.class().has(flag::HEAP)
                && !s.as_str().contains(['[', '.', '0', '1'])
                && !s.as_str().contains("{}") =>
        {
            vm.str_format(s, &[], Some(d))
        }
        _ => vm.prelude_call("format_map_slow", &[args[0], args[1]]),
    }
}
