//! Items of a `memoryview`: reading, writing, slices, comparison. Floor 7.

use super::{new_view, this, tuple_of};
use crate::object::Record;
use crate::object::memoryview::{Item, ItemCode, MemoryView, view_of};
use crate::object::pure::pure_eq;
use crate::value::Value;
use crate::vm::ops::Bounds;
use crate::vm::{Args, Res, Vm};

fn value_of(vm: &mut Vm, item: Item) -> Value {
    match item {
        Item::Int(n) => vm.new_int(n),
        Item::Unsigned(n) => match i64::try_from(n) {
            Ok(n) => vm.new_int(n),
            Err(_) => vm.new_big(n.into()),
        },
        Item::Float(x) => vm.new_float(x),
        Item::Bool(b) => Value::bool(b),
        Item::Byte(b) => vm.new_bytes(&[b]),
    }
}

/// What argument 2 is as an item of this type. May ask for a conversion.
fn item_arg(vm: &mut Vm, args: Args<'_>, code: ItemCode) -> Res<Vec<u8>> {
    let v = args[2];
    let letter = code.letter();
    let item = if letter == 'c' {
        match vm.bytes_of(v).as_deref() {
            Some(&[b]) => Some(Item::Byte(b)),
            Some(_) => None,
            None => return Err(vm.type_error(format!("memoryview: invalid type for format '{letter}'"))),
        }
    } else if letter == '?' {
        Some(Item::Bool(vm.truth_arg(args, 2, false)?))
    } else if code.is_float() {
        let name = vm.names.float_;
        if vm.small_int(v).is_none() && vm.big_int(v).is_none() && vm.special(v, name).is_none() {
            return Err(vm.type_error(format!("memoryview: invalid type for format '{letter}'")));
        }
        Some(Item::Float(vm.float_arg(args, 2)?))
    } else {
        let name = vm.names.index;
        if vm.big_int(v).is_none() && vm.special(v, name).is_none() {
            return Err(vm.type_error(format!("memoryview: invalid type for format '{letter}'")));
        }
        let v = vm.index_value(args, 2)?;
        let n = vm.big_int(v).unwrap_or_default();
        if code.is_signed() {
            i64::try_from(&n).ok().map(Item::Int)
        } else {
            u64::try_from(&n).ok().map(Item::Unsigned)
        }
    };
    match item.and_then(|item| code.write(item)) {
        Some(bytes) => Ok(bytes),
        None => Err(vm.value_error(format!("memoryview: invalid value for format '{letter}'"))),
    }
}

/// Where the item with this index in dimension `dim` lies, in bytes behind the dimension's beginning.
fn step(vm: &mut Vm, view: &MemoryView, dim: usize, index: i64) -> Res<isize> {
    let n = view.shape[dim] as i64;
    let at = if index < 0 { index.saturating_add(n) } else { index };
    if !(0..n).contains(&at) {
        return Err(vm.index_error(format!("index out of bounds on dimension {}", dim + 1)));
    }
    Ok(at as isize * view.strides[dim])
}

/// What a key selects.
enum Selected {
    /// The item at a byte of the owner.
    Item(usize),
    /// A part of the first dimension.
    Part(Bounds),
    /// All: an ellipsis, or `()` without dimensions.
    All,
}

fn select(vm: &mut Vm, args: Args<'_>, view: &MemoryView) -> Res<Selected> {
    let key = args[1];
    let dims = view.shape.len();
    if dims == 0 {
        if key == Value::ELLIPSIS {
            return Ok(Selected::All);
        }
        if tuple_of(key).is_some_and(|t| t.is_empty()) {
            return Ok(Selected::Item(view.offset));
        }
        return Err(vm.type_error("invalid indexing of 0-dim memory"));
    }
    if let Some(s) = key.cast::<Record>().filter(|s| vm.class_of(s.value()) == vm.types.slice) {
        let parts = match vm.slice_parts(s)? {
            Some(p) => p,
            None if args.len() > 2 => return vm.prelude_call("view_setitem_asking", &[args[0], key, args[2]]),
            None => return vm.prelude_call("view_getitem_asking", &[args[0], key]),
        };
        return Ok(Selected::Part(Bounds::new(parts, view.shape[0])));
    }
    if let Some(t) = tuple_of(key) {
        let index = vm.names.index;
        let mut slices = 0;
        for &i in t.items() {
            if vm.class_of(i) == vm.types.slice {
                slices += 1;
            } else if vm.big_int(i).is_none() && vm.special(i, index).is_none() {
                return Err(vm.type_error("memoryview: invalid slice key"));
            }
        }
        if slices > 0 {
            return if slices == t.len() {
                Err(vm.not_implemented_error("multi-dimensional slicing is not implemented"))
            } else {
                Err(vm.type_error("memoryview: invalid slice key"))
            };
        }
        if t.len() < dims {
            return Err(vm.not_implemented_error("sub-views are not implemented"));
        }
        if t.len() > dims {
            let message = format!("cannot index {dims}-dimension view with {}-element tuple", t.len());
            return Err(vm.type_error(message));
        }
        let mut at = view.offset as isize;
        for (dim, &i) in t.items().iter().enumerate() {
            if vm.big_int(i).is_none() {
                return Err(vm.type_error("memoryview: invalid slice key"));
            }
            let index = vm.clamp_int(i);
            at += step(vm, view, dim, index)?;
        }
        return Ok(Selected::Item(at as usize));
    }
    let index = vm.names.index;
    if vm.big_int(key).is_none() && vm.special(key, index).is_none() {
        return Err(vm.type_error("memoryview: invalid slice key"));
    }
    let i = vm.index_value(args, 1)?;
    if vm.small_int(i).is_none() {
        let class = vm.types.IndexError;
        return Err(vm.raise(class, "cannot fit 'int' into an index-sized integer"));
    }
    if dims > 1 {
        return Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented"));
    }
    let i = vm.clamp_int(i);
    let at = view.offset as isize + step(vm, view, 0, i)?;
    Ok(Selected::Item(at as usize))
}

/// The part of a view's first dimension.
fn cut(view: &MemoryView, b: Bounds) -> MemoryView {
    let mut part = view.like();
    if b.count > 0 {
        part.offset = (view.offset as isize + b.start as isize * view.strides[0]) as usize;
    }
    part.shape[0] = b.count;
    part.strides[0] = view.strides[0].wrapping_mul(b.step as isize);
    part
}

pub fn getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    let view = this(vm, args)?;
    match select(vm, args, view)? {
        Selected::Item(at) => {
            let item = view.read(at);
            Ok(value_of(vm, item))
        }
        Selected::Part(b) => {
            let part = cut(view, b);
            Ok(new_view(vm, part))
        }
        Selected::All => Ok(args[0]),
    }
}

pub fn setitem(vm: &mut Vm, args: Args<'_>) -> Res {
    let view = this(vm, args)?;
    if view.readonly {
        return Err(vm.type_error("cannot modify read-only memory"));
    }
    match select(vm, args, view)? {
        Selected::Item(at) => {
            let bytes = item_arg(vm, args, view.code)?;
            view.write(at, &bytes);
        }
        Selected::All => {
            let bytes = item_arg(vm, args, view.code)?;
            view.write(view.offset, &bytes);
        }
        Selected::Part(b) => {
            if view.shape.len() > 1 {
                return Err(
                    vm.not_implemented_error("memoryview slice assignments are currently restricted to ndim = 1")
                );
            }
            let part = cut(view, b);
            let source = match view_of(args[2]) {
                Some(v) => v.like(),
                None => match MemoryView::of(args[2]) {
                    Some(v) => v,
                    None => {
                        let got = vm.class_name(args[2]);
                        return Err(vm.type_error(format!("a bytes-like object is required, not '{got}'")));
                    }
                },
            };
            if source.code != part.code || source.shape != part.shape {
                return Err(vm.value_error("memoryview assignment: lvalue and rvalue have different structures"));
            }
            let bytes = source.to_bytes();
            for (at, item) in part.positions().into_iter().zip(bytes.chunks(part.code.size())) {
                part.write(at, item);
            }
        }
    }
    vm.none()
}

pub fn delitem(vm: &mut Vm, args: Args<'_>) -> Res {
    let readonly = this(vm, args)?.readonly;
    Err(vm.type_error(if readonly { "cannot modify read-only memory" } else { "cannot delete memory" }))
}

pub fn tolist(vm: &mut Vm, args: Args<'_>) -> Res {
    let view = this(vm, args)?;
    if view.shape.is_empty() {
        let item = view.read(view.offset);
        return Ok(value_of(vm, item));
    }
    vm.heap.charge(view.count() * 8);
    Ok(nested(vm, view, 0, view.offset as isize))
}

fn nested(vm: &mut Vm, view: &MemoryView, dim: usize, at: isize) -> Value {
    let mut items = Vec::with_capacity(view.shape[dim]);
    for i in 0..view.shape[dim] as isize {
        let at = at + i * view.strides[dim];
        items.push(if dim + 1 == view.shape.len() {
            let item = view.read(at as usize);
            value_of(vm, item)
        } else {
            nested(vm, view, dim + 1, at)
        });
    }
    vm.new_list(items)
}

/// Whether two views show equal items in the same shape. `None`: the other operand is no view of bytes.
fn same(vm: &mut Vm, args: Args<'_>) -> Option<bool> {
    let view = view_of(args[0])?;
    if view.is_released() || args[0] == args[1] && !view.code.is_float() {
        return Some(args[0] == args[1]);
    }
    let other = match view_of(args[1]) {
        Some(v) if v.is_released() => return Some(false),
        Some(v) => v.like(),
        None => MemoryView::of(args[1])?,
    };
    if view.shape != other.shape {
        return Some(false);
    }
    if view.code == other.code && !view.code.is_float() && view.code.letter() != '?' {
        return Some(view.to_bytes() == other.to_bytes());
    }
    Some(view.positions().into_iter().zip(other.positions()).all(|(p, q)| {
        let (a, b) = (view.read(p), other.read(q));
        let (a, b) = (value_of(vm, a), value_of(vm, b));
        pure_eq(a, b) == Some(true)
    }))
}

pub fn eq(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(same(vm, args).map_or(Value::NOT_IMPLEMENTED, Value::bool))
}

pub fn ne(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(same(vm, args).map_or(Value::NOT_IMPLEMENTED, |same| Value::bool(!same)))
}
