//! Attributes of functions of the language, their code and cells. Floor 7.
//!
//! Invariant: a function's name is always a text, its defaults a tuple or `None`.

use crate::bytecode::program::Flavor;
use crate::heap::Gc;
use crate::object::{Class, Code, Dict, Function, Str, Tuple, func};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, attribute_rw, member, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of functions.
pub const FUNCTION: &[NativeDef] = &[
    new(
        "__new__(cls, code, globals, name=None, argdefs=None, closure=None, kwdefaults=None)",
        "Create a function object.",
        function_new,
    ),
    attribute_rw("__name__", "the function's name", name, set_name),
    attribute_rw("__qualname__", "the function's qualified name", qualname, set_qualname),
    attribute_rw("__doc__", "the docstring", doc, set_doc),
    attribute_rw("__module__", "the module's name", module, set_module),
    attribute_rw("__defaults__", "default values of parameters", defaults, set_defaults),
    attribute_rw("__kwdefaults__", "default values of keyword-only parameters", kwdefaults, set_kwdefaults),
    attribute_rw("__code__", "the code object", code, set_code),
    member("__globals__", "the module's namespace", globals),
    member("__builtins__", "the built-in namespace", builtins),
    member("__closure__", "cells of the free variables", closure),
    attribute_rw("__annotations__", "annotations of parameters", annotations, set_annotations),
    attribute_rw("__type_params__", "type parameters", type_params, set_type_params),
    super::object::dict_attribute(),
    method("__get__(self, instance, owner=None, /)", "Bind the function to an object.", get),
    method("__call__(self, /, *args, **kwargs)", "Call self as a function.", call),
];

/// Attributes of code objects.
pub const CODE: &[NativeDef] = &[
    member("co_name", "name", co_name),
    member("co_qualname", "qualified name", co_qualname),
    member("co_filename", "source name", co_filename),
    member("co_firstlineno", "first line", co_firstlineno),
    member("co_argcount", "number of positional parameters", co_argcount),
    member("co_posonlyargcount", "number of positional-only parameters", co_posonly),
    member("co_kwonlyargcount", "number of keyword-only parameters", co_kwonly),
    attribute("co_nlocals", "number of local variables", co_nlocals),
    attribute("co_varnames", "names of local variables", co_varnames),
    attribute("co_cellvars", "names of variables that inner functions use", co_cellvars),
    attribute("co_freevars", "names of free variables", co_freevars),
    member("co_names", "names of globals and attributes", co_names),
    member("co_consts", "constants", co_consts),
    member("co_flags", "bits", co_flags),
    method("co_lines(self, /)", "Ranges of instructions with their lines.", co_lines),
    method("co_positions(self, /)", "Where each instruction stands in the source.", co_positions),
    member("co_stacksize", "number of registers", co_stacksize),
];

/// Attributes of cells.
pub const CELL: &[NativeDef] = &[
    new("__new__(cls, contents=None, /)", "Create a new cell object.", |vm, args| {
        let cell = func::Cell::new(vm.types.cell, args.get(1).unwrap_or(Value::UNDEF));
        Ok(vm.heap.alloc(cell).value())
    }),
    attribute_rw("cell_contents", "the variable's value", cell_contents, set_cell),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let (f, name) = (vm.types.function, vm.names.module);
    // Every function has a module of its own.
    f.dict.remove_str(name);
    vm.install_methods(f, FUNCTION);
    let c = vm.types.code;
    vm.install_methods(c, CODE);
    let c = vm.types.cell;
    vm.install_methods(c, CELL);
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Function>> {
    vm.receiver::<Function>(args, "function")
}

fn text(vm: &mut Vm, args: Args<'_>, what: &str) -> Res {
    match args.get(1) {
        Some(v) if v.cast::<Str>().is_some() => Ok(v),
        _ => Err(vm.type_error(format!("{what} must be set to a string object"))),
    }
}

fn name(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.name.get())
}
fn set_name(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = text(vm, args, "__name__")?;
    this(vm, args)?.name.set(v);
    vm.none()
}
fn qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.qualname.get())
}
fn set_qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = text(vm, args, "__qualname__")?;
    this(vm, args)?.qualname.set(v);
    vm.none()
}
fn doc(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.doc.get())
}
fn set_doc(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.doc.set(args.get(1).unwrap_or(Value::NONE));
    vm.none()
}

fn module(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    if !f.module.get().is_none() {
        return Ok(f.module.get().defined().unwrap_or(Value::NONE));
    }
    let name = vm.names.name;
    Ok(f.globals.get_str(name).unwrap_or(Value::NONE))
}
fn set_module(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.module.set(args.get(1).filter(|v| !v.is_none()).unwrap_or(Value::UNDEF));
    vm.none()
}

fn defaults(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.defaults.get())
}
fn set_defaults(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    match args.get(1) {
        Some(v) if !v.is_none() && v.cast::<Tuple>().is_none() => {
            return Err(vm.type_error("__defaults__ must be set to a tuple object"));
        }
        v => f.defaults.set(v.unwrap_or(Value::NONE)),
    }
    // Calls that were prepared for the old defaults must be prepared anew.
    vm.epoch += 1;
    vm.none()
}
fn kwdefaults(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.kwdefaults.get())
}
fn set_kwdefaults(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    match args.get(1) {
        Some(v) if !v.is_none() && v.cast::<Dict>().is_none() => {
            return Err(vm.type_error("__kwdefaults__ must be set to a dict object"));
        }
        v => f.kwdefaults.set(v.unwrap_or(Value::NONE)),
    }
    vm.none()
}

fn code(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.code.get().value())
}
fn set_code(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    let Some(c) = args.get(1).and_then(|v| v.cast::<Code>()) else {
        return Err(vm.type_error("__code__ must be set to a code object"));
    };
    let have = f.closure.cast::<Tuple>().map_or(0, |t| t.len());
    if c.code.free.len() != have {
        let name = f.name.get().cast::<Str>().map_or("?", |s| s.as_str());
        let message = format!("{name}() requires a code object with {have} free vars, not {}", c.code.free.len());
        return Err(vm.value_error(message));
    }
    f.code.set(c);
    vm.epoch += 1;
    vm.none()
}

fn globals(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.globals.value())
}
fn builtins(vm: &mut Vm, args: Args<'_>) -> Res {
    let globals = this(vm, args)?.globals;
    Ok(vm.builtins_of(globals).value())
}

/// `function(code, globals, name, argdefs, closure, kwdefaults)`.
fn function_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let given = |i: usize| args.get(i).filter(|v| !v.is_none());
    let Some(code) = args[1].cast::<Code>() else {
        let message = format!("function() argument 'code' must be code, not {}", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    };
    let Some(globals) = args[2].cast::<Dict>() else {
        let message = format!("function() argument 'globals' must be dict, not {}", vm.class_name(args[2]));
        return Err(vm.type_error(message));
    };
    if given(3).is_some_and(|n| n.cast::<Str>().is_none()) {
        return Err(vm.type_error("arg 3 (name) must be None or string"));
    }
    if given(4).is_some_and(|d| d.cast::<Tuple>().is_none()) {
        return Err(vm.type_error("arg 4 (defaults) must be None or tuple"));
    }
    let free = code.code.free.len();
    let cells = match given(5).map(|c| (c, c.cast::<Tuple>())) {
        None if free > 0 => return Err(vm.type_error("arg 5 (closure) must be tuple")),
        None => 0,
        Some((_, None)) => return Err(vm.type_error("arg 5 (closure) must be None or tuple")),
        Some((_, Some(t))) => {
            if let Some(&x) = t.items().iter().find(|c| c.cast::<func::Cell>().is_none()) {
                let message = format!("arg 5 (closure) expected cell, found {}", vm.class_name(x));
                return Err(vm.type_error(message));
            }
            t.len()
        }
    };
    if cells != free {
        let message = format!("{} requires closure of length {free}, not {cells}", code.code.name);
        return Err(vm.value_error(message));
    }
    let f = vm.new_function_object(code, globals, given(5).unwrap_or(Value::NONE));
    if let Some(name) = given(3) {
        f.name.set(name);
    }
    f.defaults.set(given(4).unwrap_or(Value::NONE));
    f.kwdefaults.set(given(6).unwrap_or(Value::NONE));
    let name = vm.names.name;
    f.module.set(globals.get_str(name).unwrap_or(Value::NONE));
    Ok(f.value())
}
fn closure(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = this(vm, args)?.closure;
    Ok(if c.cast::<Tuple>().is_some_and(|t| !t.is_empty()) { c } else { Value::NONE })
}

fn annotations(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    if f.annotations.get().is_undef() {
        let d = vm.new_dict();
        f.annotations.set(d.value());
    }
    Ok(f.annotations.get())
}
fn set_annotations(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    match args.get(1) {
        Some(v) if v.cast::<Dict>().is_some() => f.annotations.set(v),
        Some(v) if !v.is_none() => return Err(vm.type_error("__annotations__ must be set to a dict object")),
        _ => f.annotations.set(Value::UNDEF),
    }
    vm.none()
}

fn type_params(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    Ok(f.type_params.get().defined().unwrap_or(vm.empty_tuple()))
}
fn set_type_params(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    match args.get(1) {
        Some(v) if v.cast::<Tuple>().is_some() => f.type_params.set(v),
        _ => return Err(vm.type_error("__type_params__ must be set to a tuple")),
    }
    vm.none()
}

fn get(vm: &mut Vm, args: Args<'_>) -> Res {
    if args[1].is_none() && args.get(2).is_some_and(|o| o.cast::<Class>().is_some_and(|c| c != vm.types.none)) {
        return Ok(args[0]);
    }
    Ok(vm.new_bound(args[0], args[1]))
}

/// `f(*args, **kwargs)`, for the `__call__` of any callable.
pub(super) fn call(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.tail_call_kw(args[0], args.rest(), args.kwargs())
}

fn co(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Code>> {
    vm.receiver::<Code>(args, "code")
}
fn co_name(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    Ok(vm.new_str(&c.code.name))
}
fn co_qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    Ok(vm.new_str(&c.code.qualname))
}
fn co_filename(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    Ok(vm.new_str(&c.code.source.name))
}
fn co_firstlineno(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(co(vm, args)?.code.first_line() as i64))
}
fn co_argcount(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(co(vm, args)?.code.argcount as i64))
}
fn co_posonly(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(co(vm, args)?.code.posonly as i64))
}
fn co_kwonly(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(co(vm, args)?.code.kwonly as i64))
}
fn co_stacksize(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(co(vm, args)?.code.nregs as i64))
}
/// Instructions count two bytes each, as in CPython.
fn co_lines(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    let mut ranges: Vec<(usize, usize, u32)> = Vec::new();
    for pc in 0..c.code.instrs.len() {
        let line = c.code.line(pc);
        match ranges.last_mut() {
            Some((_, end, same)) if *same == line => *end = 2 * pc + 2,
            _ => ranges.push((2 * pc, 2 * pc + 2, line)),
        }
    }
    let items = ranges
        .into_iter()
        .map(|(start, end, line)| {
            let t = [start as i64, end as i64, i64::from(line)].map(Value::small);
            vm.new_tuple(&t)
        })
        .collect();
    let list = vm.new_list(items);
    vm.raw_iter(list)
}

fn co_positions(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    let lines = &c.code.source.lines;
    let mut items = Vec::with_capacity(c.code.spans.len());
    for span in &c.code.spans {
        let ((line, col), (end_line, end_col)) = (lines.line_col(span.start), lines.line_col(span.end));
        let t = [line, end_line, col, end_col].map(|n| Value::small(i64::from(n)));
        items.push(vm.new_tuple(&t));
    }
    let list = vm.new_list(items);
    vm.raw_iter(list)
}

fn co_nlocals(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(co(vm, args)?.code.locals.len() as i64))
}

fn names(vm: &mut Vm, names: &[std::sync::Arc<str>]) -> Value {
    let names: Vec<Value> = names.iter().map(|n| vm.intern(n).value()).collect();
    vm.new_tuple(&names)
}
fn co_varnames(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    Ok(names(vm, &c.code.locals))
}
fn co_freevars(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    Ok(names(vm, &c.code.free))
}
fn co_cellvars(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    let cells: Vec<_> = c.code.cells.iter().filter_map(|&r| c.code.locals.get(r as usize).cloned()).collect();
    Ok(names(vm, &cells))
}
fn co_names(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    Ok(vm.new_tuple(&c.names))
}
fn co_consts(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    Ok(vm.new_tuple(&c.consts))
}
fn co_flags(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = co(vm, args)?;
    let c = &c.code;
    let bit = |on: bool, n: i64| if on { n } else { 0 };
    let flavor = match c.flavor {
        Flavor::Plain => 0,
        Flavor::Generator => 0x20,
        Flavor::IterableCoroutine => 0x120,
        Flavor::Coroutine => 0x80,
        Flavor::AsyncGenerator => 0x200,
    };
    Ok(Value::small(3 | bit(c.varargs, 4) | bit(c.varkw, 8) | bit(!c.free.is_empty(), 16) | flavor))
}

fn cell_contents(vm: &mut Vm, args: Args<'_>) -> Res {
    match vm.receiver::<func::Cell>(args, "cell")?.value.get().defined() {
        Some(v) => Ok(v),
        None => Err(vm.value_error("Cell is empty")),
    }
}
fn set_cell(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.receiver::<func::Cell>(args, "cell")?.value.set(args[1]);
    vm.none()
}
