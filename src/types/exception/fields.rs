//! Fields of exceptions that say what ended, which name was missing, which module. Floor 7.
//!
//! Invariant: a field that was never set is read off `args`, where CPython's `__init__` would have taken it from.

use super::{arg, field_of, items, keep_args, reduce, str_, this};
use crate::heap::Gc;
use crate::object::{Class, Dict, Str};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute_rw, method};
use crate::vm::{Args, Res, Vm, types::Types};

fields! {
    stop_value "value" |_, e| arg(e, 0);
    exit_code "code" |_, e| match items(e).len() { 0 | 1 => arg(e, 0), _ => e.args.get() };
    key_name "name" |_, _| Value::NONE;
    key_obj "obj" |_, _| Value::NONE;
    import_path "path" |_, _| Value::NONE;
    import_msg "msg" |_, e| if items(e).len() == 1 { arg(e, 0) } else { Value::NONE };
    import_from "name_from" |_, _| Value::NONE;
}

const STOP: &[NativeDef] = &[rw!("value" stop_value "what the generator returned")];
const EXIT: &[NativeDef] = &[rw!("code" exit_code "exit status")];
const NAME: &[NativeDef] =
    &[method("__init__(self, *args, **kwargs)", "Initialize self.", name_init), rw!("name" key_name "name")];
const ATTRIBUTE: &[NativeDef] = &[
    method("__init__(self, *args, **kwargs)", "Initialize self.", attribute_init),
    method("__reduce__(self, /)", "Helper for copying.", attribute_reduce),
    rw!("name" key_name "attribute name"),
    rw!("obj" key_obj "object"),
];
const IMPORT: &[NativeDef] = &[
    method("__init__(self, *args, **kwargs)", "Initialize self.", import_init),
    method("__reduce__(self, /)", "Helper for copying.", import_reduce),
    method("__str__(self, /)", "Return str(self).", import_str),
    rw!("msg" import_msg "message"),
    rw!("name" key_name "module name"),
    rw!("path" import_path "module path"),
    rw!("name_from" import_from "name not found in the module"),
];
const KEY: &[NativeDef] = &[method("__str__(self, /)", "Return str(self).", key_str)];

/// The tables of this file.
pub(super) fn tables(t: &Types) -> [(Gc<Class>, &'static [NativeDef]); 6] {
    [
        (t.StopIteration, STOP),
        (t.SystemExit, EXIT),
        (t.NameError, NAME),
        (t.AttributeError, ATTRIBUTE),
        (t.ImportError, IMPORT),
        (t.KeyError, KEY),
    ]
}

/// Takes `args` and, of the keyword arguments, the fields of these names.
fn take_fields(vm: &mut Vm, args: Args<'_>, class: &str, fields: &[&str]) -> Res {
    let e = this(vm, args)?;
    keep_args(vm, e, args);
    if e.fields.get().defined().is_some() {
        // Initialised again.
        for name in fields {
            let name = vm.intern(name);
            vm.set_exc_field(args[0], name, Value::NONE);
        }
    }
    for entry in args.kwargs().map_or(Vec::new(), |k| k.to_vec()) {
        let Some(name) = entry.key.cast::<Str>() else { continue };
        if !fields.contains(&name.as_str()) {
            let message = format!("{class}() got an unexpected keyword argument '{}'", name.as_str());
            return Err(vm.type_error(message));
        }
        let name = vm.intern_str(name);
        vm.set_exc_field(args[0], name, entry.value);
    }
    vm.none()
}

fn name_init(vm: &mut Vm, args: Args<'_>) -> Res {
    take_fields(vm, args, "NameError", &["name"])
}

fn attribute_init(vm: &mut Vm, args: Args<'_>) -> Res {
    take_fields(vm, args, "AttributeError", &["name", "obj"])
}

fn import_init(vm: &mut Vm, args: Args<'_>) -> Res {
    take_fields(vm, args, "ImportError", &["name", "path", "name_from"])
}

/// `__reduce__` with a state of the exception's own dict and these fields, where one of them was set.
fn reduce_with(vm: &mut Vm, args: Args<'_>, fields: &[&str], and_args: bool) -> Res {
    let e = this(vm, args)?;
    let state = vm.new_dict();
    let mut any = false;
    for name in fields {
        let name = vm.intern(name);
        if let Some(v) = vm.exc_field(args[0], name).filter(|v| !v.is_none()) {
            state.set_str(name, v);
            any = true;
        }
    }
    if !any {
        return reduce(vm, args);
    }
    if let Some(own) = e.attrs.get().cast::<Dict>() {
        for entry in own.to_vec() {
            if let Some(name) = entry.key.cast::<Str>() {
                let name = vm.intern_str(name);
                state.set_str(name, entry.value);
            }
        }
    }
    if and_args {
        let name = vm.intern("args");
        state.set_str(name, e.args.get());
    }
    let parts = [e.class().value(), e.args.get(), state.value()];
    Ok(vm.new_tuple(&parts))
}

fn attribute_reduce(vm: &mut Vm, args: Args<'_>) -> Res {
    // `obj` is left out: it may be anything, and need not be copied to be reported.
    reduce_with(vm, args, &["name"], true)
}

fn import_reduce(vm: &mut Vm, args: Args<'_>) -> Res {
    reduce_with(vm, args, &["name", "path", "name_from"], false)
}

fn import_str(vm: &mut Vm, args: Args<'_>) -> Res {
    let msg = field_of(vm, args[0], "msg");
    if msg.cast::<Str>().is_some_and(|s| s.class() == vm.types.str_) { Ok(msg) } else { str_(vm, args) }
}

fn key_str(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    match items(e)[..] {
        [one] => vm.repr_value(one),
        _ => str_(vm, args),
    }
}
