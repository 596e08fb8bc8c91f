//! `bytearray`: what it has besides the methods of `bytes`. Floor 7.

use super::bytes::{bytes_methods, bytes_of_items, source_bytes};
use super::int::{class_arg, is_iterable};
use crate::heap::Gc;
use crate::object::{ByteArray, Str};
use crate::syntax::ast::BinOp;
use crate::value::Value;
use crate::vm::{Args, Res, Vm};

/// The methods of `bytearray`.
pub const METHODS: &[crate::vm::native::NativeDef] = bytes_methods! {
    new("__new__(cls, *args, **kwargs)", "An empty bytearray.", make),
    method("__init__(self, source=b'', encoding='utf-8', errors='strict')", "Fills it.", init),
    method("__setitem__(self, key, value, /)", "Set self[key] to value.", setitem),
    method("__delitem__(self, key, /)", "Delete self[key].", delitem),
    method("__iadd__(self, value, /)", "Implement self+=value.", iadd),
    method("__imul__(self, value, /)", "Implement self*=value.", imul),
    method("append(self, item, /)", "Append a byte.", append),
    method("clear(self, /)", "Remove all bytes.", clear),
    method("copy(self, /)", "A copy.", copy),
    method("extend(self, iterable_of_ints, /)", "Append all bytes of the iterable.", extend),
    method("insert(self, index, item, /)", "Insert a byte before index.", insert),
    method("pop(self, index=-1, /)", "Remove and return a byte.", pop),
    method("remove(self, value, /)", "Remove the first such byte.", remove),
    method("reverse(self, /)", "Turn the order around.", reverse),
};

fn make(vm: &mut Vm, args: Args<'_>) -> Res {
    let base = vm.types.bytearray;
    let class = class_arg(vm, args, base)?;
    Ok(vm.heap.alloc(ByteArray::new(class, Vec::new())).value())
}

fn me(vm: &mut Vm, args: Args<'_>) -> Res<Gc<ByteArray>> {
    vm.receiver::<ByteArray>(args, "bytearray")
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args)?;
    let bytes = source_bytes(vm, args, "bytearray", ("bytearray_of_text", args[0]))?;
    if bytes.len() != b.bytes.borrow().len() {
        vm.resizable(b, "__init__", args.behind_self())?;
    }
    vm.heap.charge(bytes.len());
    b.bytes.replace(bytes);
    Ok(Value::NONE)
}

fn setitem(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args)?;
    vm.pure_setitem(args[0], args[1], args[2])?;
    Ok(Value::NONE)
}

fn delitem(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args)?;
    vm.pure_delitem(args[0], args[1])?;
    Ok(Value::NONE)
}

fn iadd(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args)?;
    vm.pure_inplace(BinOp::Add, args[0], args[1])
}

fn imul(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args)?;
    vm.pure_inplace(BinOp::Mul, args[0], args[1])
}

/// Argument `i` as a byte.
fn byte(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<u8> {
    let v = vm.index_value(args, i)?;
    match u8::try_from(vm.clamp_int(v)) {
        Ok(b) => Ok(b),
        Err(_) => Err(vm.value_error("byte must be in range(0, 256)")),
    }
}

fn append(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args)?;
    let byte = byte(vm, args, 1)?;
    vm.resizable(b, "append", args.behind_self())?;
    vm.heap.charge(1);
    b.bytes.borrow_mut().push(byte);
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args)?;
    vm.resizable(b, "clear", &[])?;
    b.bytes.replace(Vec::new());
    Ok(Value::NONE)
}

fn copy(vm: &mut Vm, args: Args<'_>) -> Res {
    let bytes = me(vm, args)?.bytes.borrow().clone();
    Ok(vm.new_bytearray(bytes))
}

fn extend(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args)?;
    let more = match vm.bytes_of(args[1]) {
        Some(more) => more,
        None => {
            if args[1].cast::<Str>().is_some() {
                return Err(vm.type_error("expected iterable of integers; got: 'str'"));
            }
            if !is_iterable(vm, args[1]) {
                let got = vm.class_name(args[1]);
                return Err(vm.type_error(format!("can't extend bytearray with {got}")));
            }
            let items = vm.items_arg(args, 1)?;
            bytes_of_items(vm, &items, "byte")?
        }
    };
    vm.resizable(b, "extend", args.behind_self())?;
    vm.heap.charge(more.len());
    b.bytes.borrow_mut().extend_from_slice(&more);
    Ok(Value::NONE)
}

fn insert(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args)?;
    let at = vm.index_value(args, 1)?;
    let byte = byte(vm, args, 2)?;
    let len = b.bytes.borrow().len() as i64;
    let at = vm.clamp_int(at);
    let at = if at < 0 { (at + len).max(0) } else { at.min(len) };
    vm.resizable(b, "insert", args.behind_self())?;
    vm.heap.charge(1);
    b.bytes.borrow_mut().insert(at as usize, byte);
    Ok(Value::NONE)
}

fn pop(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args)?;
    let at = if args.get(1).is_some() { vm.index_arg(args, 1)? } else { -1 };
    let len = b.bytes.borrow().len() as i64;
    if len == 0 {
        return Err(vm.index_error("pop from empty bytearray"));
    }
    let at = if at < 0 { at.saturating_add(len) } else { at };
    if !(0..len).contains(&at) {
        return Err(vm.index_error("pop index out of range"));
    }
    vm.resizable(b, "pop", args.behind_self())?;
    let byte = b.bytes.borrow_mut().remove(at as usize);
    Ok(Value::small(byte as i64))
}

fn remove(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = me(vm, args)?;
    let byte = byte(vm, args, 1)?;
    let at = b.bytes.borrow().iter().position(|&x| x == byte);
    match at {
        Some(i) => {
            vm.resizable(b, "remove", args.behind_self())?;
            b.bytes.borrow_mut().remove(i);
            Ok(Value::NONE)
        }
        None => Err(vm.value_error("value not found in bytearray")),
    }
}

fn reverse(vm: &mut Vm, args: Args<'_>) -> Res {
    me(vm, args)?.bytes.borrow_mut().reverse();
    Ok(Value::NONE)
}
