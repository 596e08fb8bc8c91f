//! Exception objects: what all have, and the fields of particular classes. Floor 7.
//!
//! Fields (`errno`, `name`, `value` …) are kept apart from the object's `__dict__` once they were set; before that they
//! are read off `args`. Invariant: `args` is a tuple.

/// A field kept under `$name`, otherwise read off `args` by `$default`.
macro_rules! fields {
    ($($module:ident $name:literal $default:expr;)*) => {
        $(mod $module {
            #[allow(unused_imports, reason = "a default need not look at anything")]
            use super::*;
            pub fn get(vm: &mut Vm, args: Args<'_>) -> Res {
                let default: fn(&mut Vm, crate::heap::Gc<crate::object::Exception>) -> Value = $default;
                crate::types::exception::field(vm, args, $name, default)
            }
            pub fn set(vm: &mut Vm, args: Args<'_>) -> Res {
                let name = vm.intern($name);
                vm.set_exc_field(args[0], name, args.get(1).unwrap_or(Value::NONE));
                vm.none()
            }
        })*
    };
}

macro_rules! rw {
    ($name:literal $module:ident $doc:literal) => {
        attribute_rw($name, $doc, $module::get, $module::set)
    };
}

mod fields;
mod os;
mod syntax;
mod unicode;

pub use os::INTRINSICS;

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Dict, Exception, List, Str, Tuple, View};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, attribute_rw, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of `BaseException`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create and return a new object.", exception_new),
    method("__init__(self, *args, **kwargs)", "Initialize self.", exception_init),
    method("__str__(self, /)", "Return str(self).", str_),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("with_traceback(self, tb, /)", "Set self.__traceback__ to tb and return self.", with_traceback),
    method("add_note(self, note, /)", "Add a note, shown below the message.", add_note),
    method("__reduce__(self, /)", "Helper for copying.", reduce),
    method("__setstate__(self, state, /)", "Helper for copying.", setstate),
    attribute_rw("args", "arguments", args_, set_args),
    attribute_rw("__cause__", "exception cause", cause, set_cause),
    attribute_rw("__context__", "exception context", context, set_context),
    attribute_rw("__suppress_context__", "whether the context is not shown", suppress, set_suppress),
    attribute_rw("__traceback__", "where it came from", traceback, set_traceback),
    super::object::dict_attribute(),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let t = &vm.types;
    let mut tables = vec![(t.BaseException, METHODS), (t.OSError, os::METHODS), (t.BlockingIOError, os::BLOCKING)];
    tables.extend(fields::tables(t));
    tables.push((t.SyntaxError, syntax::METHODS));
    tables.extend(unicode::tables(t));
    for (class, table) in tables {
        vm.install_methods(class, table);
    }
    let io = vm.intern("IOError");
    let env = vm.intern("EnvironmentError");
    let os = vm.types.OSError.value();
    vm.builtins.set_str(io, os);
    vm.builtins.set_str(env, os);
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Exception>> {
    vm.receiver::<Exception>(args, "BaseException")
}

/// The arguments.
fn items(e: Gc<Exception>) -> Vec<Value> {
    e.args.get().cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec())
}

fn arg(e: Gc<Exception>, i: usize) -> Value {
    items(e).get(i).copied().unwrap_or(Value::NONE)
}

fn field(vm: &mut Vm, args: Args<'_>, name: &str, default: fn(&mut Vm, Gc<Exception>) -> Value) -> Res {
    let e = this(vm, args)?;
    let name = vm.intern(name);
    match vm.exc_field(args[0], name) {
        Some(v) => Ok(v),
        None => Ok(default(vm, e)),
    }
}

/// A field by name, as the class's attribute of that name gives it.
pub fn field_of(vm: &mut Vm, exc: Value, name: &str) -> Value {
    let name = vm.intern(name);
    vm.plain_get_attr(exc, name).unwrap_or(Value::NONE)
}

fn exception_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    if !class.has(flag::EXCEPTION) {
        let message = format!("BaseException.__new__({0}): {0} is not a subtype of BaseException", class.name_str());
        return Err(vm.type_error(message));
    }
    if class.has(flag::ABSTRACT) {
        let message = format!("Can't instantiate abstract class {}", class.name_str());
        return Err(vm.type_error(message));
    }
    Ok(vm.new_exception(class, args.rest()))
}

fn exception_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if args.kwargs().is_some_and(|k| !k.is_empty()) {
        let message = format!("{}() takes no keyword arguments", vm.class_name(args[0]));
        return Err(vm.type_error(message));
    }
    keep_args(vm, e, args);
    vm.none()
}

/// Sets `args`, unless `__new__` has done so with the same.
fn keep_args(vm: &mut Vm, e: Gc<Exception>, args: Args<'_>) {
    if !e.args.get().cast::<Tuple>().is_some_and(|t| t.items() == args.rest()) {
        let t = vm.new_tuple(args.rest());
        e.args.set(t);
    }
}

fn str_(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let mut out = String::new();
    if vm.exception_str(e, &mut out)? {
        return Ok(vm.new_str(&out));
    }
    vm.prelude_call("str_exception", &[args[0]])
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    // Without the module that classes "written in C" have in their name.
    let mut out = format!("{}(", vm.class_of(args[0]).own_name());
    for (i, v) in items(e).into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if !vm.pure_repr(v, &mut out)? {
            return vm.prelude_call("repr_exception", &[args[0]]);
        }
    }
    out.push(')');
    Ok(vm.new_str(&out))
}

fn with_traceback(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if !super::traceback::set_on_exception(e, args[1]) {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    Ok(args[0])
}

fn add_note(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    if args[1].cast::<Str>().is_none() {
        let message = format!("note must be a str, not '{}'", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    }
    let name = vm.names.notes;
    match vm.exc_attr(args[0], name) {
        Some(v) => match v.cast::<List>() {
            Some(l) => {
                l.push(args[1]);
            }
            None => return Err(vm.type_error("Cannot add note: __notes__ is not a list")),
        },
        None => {
            let l = vm.new_list(vec![args[1]]);
            vm.set_exc_attr(args[0], name, l);
        }
    }
    vm.none()
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let class = e.class().value();
    let parts = [class, e.args.get(), e.attrs.get()];
    let n = if e.attrs.get().is_undef() { 2 } else { 3 };
    Ok(vm.new_tuple(&parts[..n]))
}

fn setstate(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    if args[1].is_none() {
        return vm.none();
    }
    if args[1].cast::<Dict>().is_none() {
        return Err(vm.type_error("state is not a dictionary"));
    }
    vm.prelude_call("set_attributes", &[args[0], args[1]])
}

fn args_(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.args.get())
}
fn set_args(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if args[1].is_undef() {
        return Err(vm.type_error("args may not be deleted"));
    }
    let items = vm.pure_items(args[1])?.unwrap_or_default();
    let t = vm.new_tuple(&items);
    e.args.set(t);
    vm.none()
}

fn exception_or_none(vm: &mut Vm, args: Args<'_>, what: &str) -> Res {
    match args.get(1) {
        Some(v) if v.is_none() || v.cast::<Exception>().is_some() => Ok(v),
        Some(_) => Err(vm.type_error(format!("exception {what} must be None or derive from BaseException"))),
        None => Err(vm.type_error(format!("__{what}__ may not be deleted"))),
    }
}
fn cause(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.cause.get())
}
fn set_cause(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let v = exception_or_none(vm, args, "cause")?;
    e.cause.set(v);
    e.suppress_context.set(true);
    vm.none()
}
fn context(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.context.get())
}
fn set_context(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let v = exception_or_none(vm, args, "context")?;
    e.context.set(v);
    vm.none()
}
fn suppress(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.suppress_context.get()))
}
fn set_suppress(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if args[1].is_undef() {
        return Err(vm.type_error("can't delete numeric/char attribute"));
    }
    match args[1].as_bool() {
        Some(b) => e.suppress_context.set(b),
        None => return Err(vm.type_error("attribute value type must be bool")),
    }
    vm.none()
}
fn traceback(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    Ok(vm.traceback_of(e.value()))
}
fn set_traceback(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if args[1].is_undef() {
        return Err(vm.type_error("__traceback__ may not be deleted"));
    }
    if !super::traceback::set_on_exception(e, args[1]) {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    vm.none()
}

/// Attributes that only this file's callers need: the exceptions of a group.
pub fn group_members(exc: Value) -> Vec<Value> {
    let Some(e) = exc.cast::<Exception>() else { return Vec::new() };
    match arg(e, 1).view() {
        View::Tuple(t) => t.items().to_vec(),
        View::List(l) => l.to_vec(),
        _ => Vec::new(),
    }
}

/// A read-only attribute, for tables of other files.
pub const fn read_only(name: &'static str, doc: &'static str, f: crate::vm::native::NativeFnPtr) -> NativeDef {
    attribute(name, doc, f)
}
