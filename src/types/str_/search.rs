//! Searching, splitting, stripping, replacing. Floor 7.

use super::case::piece;
use super::me;
use crate::heap::Gc;
use crate::object::{Str, Tuple};
use crate::text::{search, unicode};
use crate::types::text_args::{bounds, count as limit};
use crate::value::Value;
use crate::vm::{Args, Res, Vm};

/// The text at argument 1, in the words of methods with numbered arguments.
fn needle(vm: &mut Vm, args: Args<'_>, name: &str) -> Res<Gc<Str>> {
    match args[1].cast::<Str>() {
        Some(s) => Ok(s),
        None => {
            let got = if args[1].is_none() { "None" } else { vm.class_name(args[1]) };
            Err(vm.type_error(format!("{name}() argument 1 must be str, not {got}")))
        }
    }
}

/// The index of the first (or last) occurrence of argument 1 within the bounds.
fn position(vm: &mut Vm, args: Args<'_>, name: &str, last: bool) -> Res<Option<usize>> {
    let s = me(vm, args, name)?;
    let sub = needle(vm, args, name)?;
    let Some((start, end)) = bounds(vm, args, 2, s.nchars())? else { return Ok(None) };
    let text = s.substr(start, end);
    let at = if last { search::rfind(text, sub.as_str()) } else { search::find(text, sub.as_str()) };
    Ok(at.map(|b| start + if s.is_ascii() { b } else { search::char_index(text, b) }))
}

pub fn find(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(position(vm, args, "find", false)?.map_or(-1, |i| i as i64)))
}

pub fn rfind(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(position(vm, args, "rfind", true)?.map_or(-1, |i| i as i64)))
}

pub fn index(vm: &mut Vm, args: Args<'_>) -> Res {
    match position(vm, args, "index", false)? {
        Some(i) => Ok(Value::small(i as i64)),
        None => Err(vm.value_error("substring not found")),
    }
}

pub fn rindex(vm: &mut Vm, args: Args<'_>) -> Res {
    match position(vm, args, "rindex", true)? {
        Some(i) => Ok(Value::small(i as i64)),
        None => Err(vm.value_error("substring not found")),
    }
}

pub fn count(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "count")?;
    let sub = needle(vm, args, "count")?;
    let Some((start, end)) = bounds(vm, args, 2, s.nchars())? else { return Ok(Value::small(0)) };
    Ok(Value::small(search::count(s.substr(start, end), sub.as_str()) as i64))
}

fn affix(vm: &mut Vm, args: Args<'_>, name: &str, holds: fn(&str, &str) -> bool) -> Res {
    let s = me(vm, args, name)?;
    let range = bounds(vm, args, 2, s.nchars())?;
    let text = range.map(|(start, end)| s.substr(start, end));
    if let Some(t) = args[1].cast::<Str>() {
        return Ok(Value::bool(text.is_some_and(|x| holds(x, t.as_str()))));
    }
    let Some(options) = args[1].cast::<Tuple>() else {
        let got = vm.class_name(args[1]);
        return Err(vm.type_error(format!("{name} first arg must be str or a tuple of str, not {got}")));
    };
    for &o in options.items() {
        let Some(t) = o.cast::<Str>() else {
            let got = vm.class_name(o);
            return Err(vm.type_error(format!("tuple for {name} must only contain str, not {got}")));
        };
        if text.is_some_and(|x| holds(x, t.as_str())) {
            return Ok(Value::TRUE);
        }
    }
    Ok(Value::FALSE)
}

pub fn startswith(vm: &mut Vm, args: Args<'_>) -> Res {
    affix(vm, args, "startswith", |s, t| s.starts_with(t))
}

pub fn endswith(vm: &mut Vm, args: Args<'_>) -> Res {
    affix(vm, args, "endswith", |s, t| s.ends_with(t))
}

pub fn removeprefix(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "removeprefix")?;
    let t = vm.str_arg(args, 1, "removeprefix() argument must be str, not {}")?;
    Ok(piece(vm, s, s.as_str().strip_prefix(t.as_str()).unwrap_or(s.as_str())))
}

pub fn removesuffix(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "removesuffix")?;
    let t = vm.str_arg(args, 1, "removesuffix() argument must be str, not {}")?;
    Ok(piece(vm, s, s.as_str().strip_suffix(t.as_str()).unwrap_or(s.as_str())))
}

pub fn replace(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "replace")?;
    let old = vm.str_arg(args, 1, "replace() argument 1 must be str, not {}")?;
    let new = vm.str_arg(args, 2, "replace() argument 2 must be str, not {}")?;
    let max = limit(vm, args, 3)?;
    if new.nbytes() > old.nbytes() {
        let n = search::count(s.as_str(), old.as_str()).min(max.unwrap_or(usize::MAX));
        if n.saturating_mul(new.nbytes()) > crate::vm::ops::text_ops::MAX_TEXT {
            return Err(vm.memory_error(""));
        }
    }
    match search::replace(s.as_str(), old.as_str(), new.as_str(), max) {
        std::borrow::Cow::Borrowed(t) => Ok(piece(vm, s, t)),
        std::borrow::Cow::Owned(t) => Ok(vm.new_str(&t)),
    }
}

fn list_of(vm: &mut Vm, parts: Vec<&str>) -> Value {
    let mut items = Vec::with_capacity(parts.len());
    for p in parts {
        items.push(vm.new_str(p));
    }
    vm.new_list(items)
}

fn split_by(vm: &mut Vm, args: Args<'_>, name: &str, last: bool) -> Res {
    let s = me(vm, args, name)?;
    let max = limit(vm, args, 2)?;
    let text = s.as_str();
    let parts = match args.get(1) {
        None | Some(Value::NONE) if last => search::rsplit_space(text, max),
        None | Some(Value::NONE) => search::split_space(text, max),
        Some(v) => match v.cast::<Str>() {
            Some(sep) if sep.nbytes() == 0 => return Err(vm.value_error("empty separator")),
            Some(sep) if last => search::rsplit(text, sep.as_str(), max),
            Some(sep) => search::split(text, sep.as_str(), max),
            None => {
                let got = vm.class_name(v);
                return Err(vm.type_error(format!("must be str or None, not {got}")));
            }
        },
    };
    Ok(list_of(vm, parts))
}

pub fn split(vm: &mut Vm, args: Args<'_>) -> Res {
    split_by(vm, args, "split", false)
}

pub fn rsplit(vm: &mut Vm, args: Args<'_>) -> Res {
    split_by(vm, args, "rsplit", true)
}

pub fn splitlines(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "splitlines")?;
    let keep = vm.truth_arg(args, 1, false)?;
    Ok(list_of(vm, unicode::split_lines(s.as_str(), keep).collect()))
}

fn partition_by(vm: &mut Vm, args: Args<'_>, name: &str, last: bool) -> Res {
    let s = me(vm, args, name)?;
    let sep = vm.str_arg(args, 1, "must be str, not {}")?;
    if sep.nbytes() == 0 {
        return Err(vm.value_error("empty separator"));
    }
    let found =
        if last { search::rpartition(s.as_str(), sep.as_str()) } else { search::partition(s.as_str(), sep.as_str()) };
    let parts = match found {
        Some((a, b)) => [vm.new_str(a), args[1], vm.new_str(b)],
        None => {
            let whole = piece(vm, s, s.as_str());
            let empty = vm.new_str("");
            if last { [empty, empty, whole] } else { [whole, empty, empty] }
        }
    };
    Ok(vm.new_tuple(&parts))
}

pub fn partition(vm: &mut Vm, args: Args<'_>) -> Res {
    partition_by(vm, args, "partition", false)
}

pub fn rpartition(vm: &mut Vm, args: Args<'_>) -> Res {
    partition_by(vm, args, "rpartition", true)
}

fn stripped(vm: &mut Vm, args: Args<'_>, name: &str, left: bool, right: bool) -> Res {
    let s = me(vm, args, name)?;
    let text = match args.get(1) {
        None | Some(Value::NONE) => search::strip_space(s.as_str(), left, right),
        Some(v) => match v.cast::<Str>() {
            Some(chars) => search::strip_chars(s.as_str(), chars.as_str(), left, right),
            None => return Err(vm.type_error(format!("{name} arg must be None or str"))),
        },
    };
    Ok(piece(vm, s, text))
}

pub fn strip(vm: &mut Vm, args: Args<'_>) -> Res {
    stripped(vm, args, "strip", true, true)
}

pub fn lstrip(vm: &mut Vm, args: Args<'_>) -> Res {
    stripped(vm, args, "lstrip", true, false)
}

pub fn rstrip(vm: &mut Vm, args: Args<'_>) -> Res {
    stripped(vm, args, "rstrip", false, true)
}
