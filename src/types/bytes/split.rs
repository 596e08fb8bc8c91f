//! Searching, splitting, stripping of `bytes` and `bytearray`. Floor 7.

use super::shared::{bytes_arg, like, me};
use crate::object::Tuple;
use crate::text::search;
use crate::types::text_args::{bounds, count as limit};
use crate::value::Value;
use crate::vm::{Args, Res, Vm};

/// Argument 1: bytes-like, or an int that stands for one byte.
fn needle(vm: &mut Vm, args: Args<'_>) -> Res<Vec<u8>> {
    if let Some(b) = vm.bytes_of(args[1]) {
        return Ok(b);
    }
    if let Some(n) = vm.small_int(args[1]) {
        return match u8::try_from(n) {
            Ok(b) => Ok(vec![b]),
            Err(_) => Err(vm.value_error("byte must be in range(0, 256)")),
        };
    }
    let got = vm.class_name(args[1]);
    Err(vm.type_error(format!("argument should be integer or bytes-like object, not '{got}'")))
}

fn position(vm: &mut Vm, args: Args<'_>, name: &str, last: bool) -> Res<Option<usize>> {
    let b = me(vm, args, name)?;
    let sub = needle(vm, args)?;
    let Some((start, end)) = bounds(vm, args, 2, b.len())? else { return Ok(None) };
    let text = &b[start..end];
    let at = if last { search::rfind(text, &sub[..]) } else { search::find(text, &sub[..]) };
    Ok(at.map(|i| start + i))
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
        None => Err(vm.value_error("subsection not found")),
    }
}

pub fn rindex(vm: &mut Vm, args: Args<'_>) -> Res {
    match position(vm, args, "rindex", true)? {
        Some(i) => Ok(Value::small(i as i64)),
        None => Err(vm.value_error("subsection not found")),
    }
}

pub fn count(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "count")?;
    let sub = needle(vm, args)?;
    let Some((start, end)) = bounds(vm, args, 2, b.len())? else { return Ok(Value::small(0)) };
    Ok(Value::small(search::count(&b[start..end], &sub[..]) as i64))
}

fn affix(vm: &mut Vm, args: Args<'_>, name: &str, holds: fn(&[u8], &[u8]) -> bool) -> Res {
    let b = me(vm, args, name)?;
    let range = bounds(vm, args, 2, b.len())?;
    let text = range.map(|(start, end)| &b[start..end]);
    if let Some(t) = vm.bytes_of(args[1]) {
        return Ok(Value::bool(text.is_some_and(|x| holds(x, &t))));
    }
    let Some(options) = args[1].cast::<Tuple>() else {
        let got = vm.class_name(args[1]);
        return Err(vm.type_error(format!("{name} first arg must be bytes or a tuple of bytes, not {got}")));
    };
    for &o in options.items() {
        let Some(t) = vm.bytes_of(o) else {
            let got = vm.class_name(o);
            return Err(vm.type_error(format!("a bytes-like object is required, not '{got}'")));
        };
        if text.is_some_and(|x| holds(x, &t)) {
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
    let (b, t) = (me(vm, args, "removeprefix")?, bytes_arg(vm, args, 1)?);
    like(vm, args, b.strip_prefix(&t[..]).unwrap_or(&b))
}

pub fn removesuffix(vm: &mut Vm, args: Args<'_>) -> Res {
    let (b, t) = (me(vm, args, "removesuffix")?, bytes_arg(vm, args, 1)?);
    like(vm, args, b.strip_suffix(&t[..]).unwrap_or(&b))
}

pub fn replace(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "replace")?;
    let (old, new) = (bytes_arg(vm, args, 1)?, bytes_arg(vm, args, 2)?);
    let max = limit(vm, args, 3)?;
    let n = search::count(&b[..], &old[..]).min(max.unwrap_or(usize::MAX));
    if n.saturating_mul(new.len()) > crate::vm::ops::text_ops::MAX_TEXT {
        return Err(vm.memory_error(""));
    }
    let out = search::replace(&b[..], &old[..], &new[..], max).into_owned();
    like(vm, args, &out)
}

fn list_of(vm: &mut Vm, args: Args<'_>, parts: Vec<&[u8]>) -> Value {
    let items = parts.into_iter().map(|p| vm.new_bytes_like(args[0], p)).collect();
    vm.new_list(items)
}

fn split_by(vm: &mut Vm, args: Args<'_>, name: &str, last: bool) -> Res {
    let b = me(vm, args, name)?;
    let max = limit(vm, args, 2)?;
    let parts = match args.get(1) {
        None | Some(Value::NONE) if last => search::rsplit_space(&b[..], max),
        None | Some(Value::NONE) => search::split_space(&b[..], max),
        Some(_) => {
            let sep = bytes_arg(vm, args, 1)?;
            if sep.is_empty() {
                return Err(vm.value_error("empty separator"));
            }
            if last { search::rsplit(&b[..], &sep[..], max) } else { search::split(&b[..], &sep[..], max) }
        }
    };
    Ok(list_of(vm, args, parts))
}

pub fn split(vm: &mut Vm, args: Args<'_>) -> Res {
    split_by(vm, args, "split", false)
}

pub fn rsplit(vm: &mut Vm, args: Args<'_>) -> Res {
    split_by(vm, args, "rsplit", true)
}

pub fn splitlines(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "splitlines")?;
    let keep = vm.truth_arg(args, 1, false)?;
    let (mut parts, mut rest) = (Vec::new(), &b[..]);
    while !rest.is_empty() {
        let end = rest.iter().position(|c| matches!(c, b'\n' | b'\r'));
        let Some(end) = end else {
            parts.push(rest);
            break;
        };
        let after = if rest[end..].starts_with(b"\r\n") { end + 2 } else { end + 1 };
        parts.push(&rest[..if keep { after } else { end }]);
        rest = &rest[after..];
    }
    Ok(list_of(vm, args, parts))
}

fn partition_by(vm: &mut Vm, args: Args<'_>, name: &str, last: bool) -> Res {
    let b = me(vm, args, name)?;
    let sep = bytes_arg(vm, args, 1)?;
    if sep.is_empty() {
        return Err(vm.value_error("empty separator"));
    }
    let found = if last { search::rpartition(&b[..], &sep[..]) } else { search::partition(&b[..], &sep[..]) };
    let parts = match found {
        Some((x, y)) => [x, &sep[..], y],
        None if last => [&[][..], &[], &b[..]],
        None => [&b[..], &[], &[]],
    };
    let parts = parts.map(|p| vm.new_bytes_like(args[0], p));
    Ok(vm.new_tuple(&parts))
}

pub fn partition(vm: &mut Vm, args: Args<'_>) -> Res {
    partition_by(vm, args, "partition", false)
}

pub fn rpartition(vm: &mut Vm, args: Args<'_>) -> Res {
    partition_by(vm, args, "rpartition", true)
}

fn stripped(vm: &mut Vm, args: Args<'_>, name: &str, left: bool, right: bool) -> Res {
    let b = me(vm, args, name)?;
    match args.get(1) {
        None | Some(Value::NONE) => like(vm, args, search::strip_space(&b[..], left, right)),
        Some(_) => {
            let set = bytes_arg(vm, args, 1)?;
            like(vm, args, search::strip_bytes(&b, &set, left, right))
        }
    }
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

pub fn join(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args, "join")?;
    if !crate::types::int::is_iterable(vm, args[1]) {
        return Err(vm.type_error("can only join an iterable"));
    }
    let items = vm.items_arg(args, 1)?;
    let mut out = Vec::new();
    for (i, &v) in items.iter().enumerate() {
        let Some(piece) = vm.bytes_of(v) else {
            let got = vm.class_name(v);
            return Err(vm.type_error(format!("sequence item {i}: expected a bytes-like object, {got} found")));
        };
        if i > 0 {
            out.extend_from_slice(&b);
        }
        out.extend_from_slice(&piece);
        if out.len() > crate::vm::ops::text_ops::MAX_TEXT {
            return Err(vm.memory_error(""));
        }
    }
    like(vm, args, &out)
}
