//! `maketrans` and `translate`. Floor 7.

use super::me;
use crate::object::class::flag;
use crate::object::{Dict, Found, Str, View};
use crate::text::{hash, surrogate};
use crate::value::Value;
use crate::vm::{Args, Res, Vm};

fn set(vm: &mut Vm, d: &Dict, c: char, value: Value) {
    let n = surrogate::code_of(c) as i64;
    let bytes = match d.find(hash::i64(n), Value::small(n)) {
        Found::At(i) => {
            d.set_at(i, value);
            0
        }
        _ => d.insert_new(hash::i64(n), Value::small(n), value),
    };
    vm.heap.charge(bytes);
}

pub fn maketrans(vm: &mut Vm, args: Args<'_>) -> Res {
    let table = vm.new_dict();
    let Some(to) = args.get(1) else {
        let Some(d) = args[0].cast::<Dict>() else {
            return Err(vm.type_error("if you give only one argument to maketrans it must be a dict"));
        };
        for e in d.to_vec() {
            match e.key.view() {
                View::Str(s) if s.nchars() == 1 => {
                    let c = s.char_at(0).unwrap_or(' ');
                    set(vm, &table, c, e.value);
                }
                View::Str(_) => {
                    return Err(vm.value_error("string keys in translate table must be of length 1"));
                }
                View::Int(_) | View::Bool(_) | View::BigInt(_) => {
                    table.set(e.hash, e.key, e.value);
                }
                _ => return Err(vm.type_error("keys in translate table must be strings or integers")),
            }
        }
        return Ok(table.value());
    };
    let (Some(from), Some(to)) = (args[0].cast::<Str>(), to.cast::<Str>()) else {
        let wrong = if args[0].cast::<Str>().is_none() {
            return Err(vm.type_error("first maketrans argument must be a string if there is a second argument"));
        } else {
            to
        };
        let got = vm.class_name(wrong);
        return Err(vm.type_error(format!("maketrans() argument 2 must be str, not {got}")));
    };
    if from.nchars() != to.nchars() {
        return Err(vm.value_error("the first two maketrans arguments must have equal length"));
    }
    for (a, b) in from.as_str().chars().zip(to.as_str().chars()) {
        set(vm, &table, a, Value::small(surrogate::code_of(b) as i64));
    }
    if let Some(v) = args.get(2) {
        let Some(gone) = v.cast::<Str>() else {
            let got = vm.class_name(v);
            return Err(vm.type_error(format!("maketrans() argument 3 must be str, not {got}")));
        };
        for c in gone.as_str().chars() {
            set(vm, &table, c, Value::NONE);
        }
    }
    Ok(table.value())
}

pub fn translate(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = me(vm, args, "translate")?;
    let d = match args[1].cast::<Dict>() {
        Some(d) if !d.class().has(flag::HEAP) => d,
        _ => {
            let name = vm.names.getitem;
            if vm.special(args[1], name).is_none() {
                let got = vm.class_name(args[1]);
                return Err(vm.type_error(format!("'{got}' object is not subscriptable")));
            }
            return vm.prelude_call("translate_slow", &[args[0], args[1]]);
        }
    };
    let mut out = String::with_capacity(s.nbytes());
    for c in s.as_str().chars() {
        let n = surrogate::code_of(c) as i64;
        match d.find(hash::i64(n), Value::small(n)) {
            Found::Missing => out.push(c),
            Found::Ask => return vm.prelude_call("translate_slow", &[args[0], args[1]]),
            Found::At(i) => match d.entry(i).map_or(Value::NONE, |e| e.value).view() {
                View::None => {}
                View::Str(t) => out.push_str(t.as_str()),
                View::Int(n) => match u32::try_from(n).ok().and_then(surrogate::char_of) {
                    Some(c) => out.push(c),
                    None => return Err(vm.value_error("character mapping must be in range(0x110000)")),
                },
                _ => return Err(vm.type_error("character mapping must return integer, None or str")),
            },
        }
    }
    Ok(vm.new_str(&out))
}
