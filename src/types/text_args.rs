//! Arguments that methods of `str`, `bytes` and `bytearray` share. Floor 7.

use crate::value::Value;
use crate::vm::{Args, Res, Vm};

/// `start` and `end` at arguments `i` and `i + 1`, as a slice of a sequence of `len` units clips them. `None` if the
/// slice starts behind its end or behind the sequence's, where nothing is found, not even the empty text.
pub fn bounds(vm: &mut Vm, args: Args<'_>, i: usize, len: usize) -> Res<Option<(usize, usize)>> {
    let len = len as i64;
    let mut at = [0, len];
    for (n, slot) in at.iter_mut().enumerate() {
        match args.get(i + n) {
            None | Some(Value::NONE) => {}
            Some(v) => {
                let class = vm.class_of(v);
                let name = vm.names.index;
                if !v.is_int()
                    && v.as_bool().is_none()
                    && vm.small_int(v).is_none()
                    && vm.big_int(v).is_none()
                    && vm.lookup_class(class, name).is_none()
                {
                    return Err(vm.type_error("slice indices must be integers or None or have an __index__ method"));
                }
                let v = vm.index_value(args, i + n)?;
                let x = vm.clamp_int(v);
                *slot = if x < 0 { (x + len).max(0) } else { x };
            }
        }
    }
    let [start, end] = at;
    let end = end.min(len);
    Ok(if start > end { None } else { Some((start as usize, end as usize)) })
}

/// A count such as `maxsplit`: `None` for no limit (negative, or left out).
pub fn count(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<Option<usize>> {
    let n = vm.clamped_arg(args, i, -1)?;
    Ok(usize::try_from(n).ok())
}

/// A width.
pub fn width(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<usize> {
    let n = vm.index_arg(args, i)?;
    let n = usize::try_from(n).unwrap_or(0);
    if n > crate::vm::ops::text_ops::MAX_TEXT {
        return Err(vm.memory_error(""));
    }
    Ok(n)
}

/// How `center` splits its padding: CPython puts the odd one left where the width is odd too.
pub fn center_padding(len: usize, width: usize) -> (usize, usize) {
    let total = width.saturating_sub(len);
    let left = total / 2 + (total & width & 1);
    (left, total - left)
}
