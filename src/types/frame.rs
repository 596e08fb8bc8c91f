//! Frame objects. Floor 7.
//!
//! Invariant: `f_locals` of a function is a view through which its variables can be read and set, and a mapping of its own
//! for other code. See `vm/frames.rs` for what a frame object is.

use crate::heap::Gc;
use crate::object::{Code, Dict, GenState, Generator, Record, RecordTag, Str};
use crate::value::Value;
use crate::vm::frames::field;
use crate::vm::native::{NativeDef, attribute, attribute_rw, function, member, method};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// Attributes of frames.
pub const FRAME: &[NativeDef] = &[
    attribute("f_back", "the caller's frame", |vm, args| {
        let f = this(vm, args)?;
        Ok(vm.frame_back(f))
    }),
    member("f_code", "the code", |vm, args| Ok(this(vm, args)?.field(field::CODE))),
    member("f_globals", "the module's namespace", |vm, args| Ok(this(vm, args)?.field(field::GLOBALS))),
    member("f_builtins", "the built-in namespace", f_builtins),
    attribute("f_locals", "the local variables", f_locals),
    attribute("f_lasti", "the instruction", |vm, args| {
        let f = this(vm, args)?;
        // Instructions of CPython are two bytes long.
        Ok(Value::small(vm.frame_pc(f) as i64 * 2 - 2))
    }),
    attribute("f_lineno", "the line", |vm, args| {
        let f = this(vm, args)?;
        Ok(Value::small(vm.frame_line(f)))
    }),
    attribute_rw("f_trace", "the tracing function", f_trace, set_f_trace),
    attribute_rw("f_trace_lines", "whether lines are traced", |_, _| Ok(Value::TRUE), |vm, _| vm.none()),
    attribute_rw("f_trace_opcodes", "whether instructions are traced", |_, _| Ok(Value::FALSE), |vm, _| vm.none()),
    method("clear(self, /)", "Forgets the local variables.", clear),
];

/// The module that `_frames`, the view that `f_locals` is, takes them from.
static VIEW_MODULE: ModuleDef =
    ModuleDef { name: "_thr_frames", doc: "Variables of frames.", functions: VIEW, init: |_, _| Ok(()), source: "" };

/// Natives for the view that `f_locals` is.
const VIEW: &[NativeDef] = &[
    function("names(frame, /)", "Names of the variables that have a value.", |vm, args| {
        let f = this(vm, args)?;
        let mut names: Vec<Value> = vm.frame_variables(f).iter().map(|(n, _)| n.value()).collect();
        if let Some(extra) = f.field(field::EXTRA).cast::<Dict>() {
            names.extend(extra.to_vec().iter().map(|e| e.key));
        }
        Ok(vm.new_list(names))
    }),
    function("values(frame, /)", "Names and values, as a dict.", |vm, args| {
        let f = this(vm, args)?;
        let d = vm.new_dict();
        for (name, v) in vm.frame_variables(f) {
            d.set_str(name, v);
        }
        if let Some(extra) = f.field(field::EXTRA).cast::<Dict>() {
            add_all(d, extra);
        }
        Ok(d.value())
    }),
    function("assign(frame, name, value, /)", "Sets a variable; False if there is none.", |vm, args| {
        let f = this(vm, args)?;
        let Some(name) = args[1].cast::<Str>() else { return Ok(Value::FALSE) };
        let name = vm.intern_str(name);
        Ok(Value::bool(vm.set_frame_variable(f, name, args[2])))
    }),
    function("extra(frame, /)", "Names that programs added.", |vm, args| {
        let f = this(vm, args)?;
        if f.field(field::EXTRA).is_undef() {
            let d = vm.new_dict().value();
            f.set_field(field::EXTRA, d);
        }
        Ok(f.field(field::EXTRA))
    }),
];

/// Registers the table.
pub fn install(vm: &mut Vm) {
    let f = vm.types.frame;
    vm.install_methods(f, FRAME);
    vm.module_defs.push(&VIEW_MODULE);
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Record>> {
    match args[0].cast::<Record>().filter(|r| r.tag == RecordTag::Frame) {
        Some(r) => Ok(r),
        None => {
            let message = format!("expect frame, not {}", vm.class_name(args[0]));
            Err(vm.type_error(message))
        }
    }
}

/// Adds the entries of `more` to `d`, whose keys are names.
fn add_all(d: Gc<Dict>, more: Gc<Dict>) {
    if d.is_empty() {
        d.copy_from(&more);
        return;
    }
    for e in more.to_vec() {
        d.set(e.hash, e.key, e.value);
    }
}

fn f_builtins(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    Ok(match f.field(field::GLOBALS).cast::<Dict>() {
        Some(g) => vm.builtins_of(g).value(),
        None => vm.builtins.value(),
    })
}

fn f_locals(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    let inner = vm.frame_variables(f);
    match vm.frame_namespace(f) {
        Some(space) if inner.is_empty() || !vm.frame_is_running(f) => Ok(space),
        Some(_) => {
            // Inside of a comprehension: its variables.
            let d = vm.new_dict();
            for (name, v) in inner {
                d.set_str(name, v);
            }
            Ok(d.value())
        }
        None => vm.prelude_call("frame_view", &[args[0]]),
    }
}

fn f_trace(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(field::TRACE))
}

fn set_f_trace(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.set_field(field::TRACE, args[1].defined().unwrap_or(Value::NONE));
    vm.none()
}

fn clear(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    if vm.frame_is_running(f) {
        return Err(vm.runtime_error("cannot clear an executing frame"));
    }
    if let Some(g) = f.field(field::GENERATOR).cast::<Generator>() {
        match g.state.get() {
            GenState::Suspended => return Err(vm.runtime_error("cannot clear a suspended frame")),
            _ => g.state.set(GenState::Closed),
        }
        for c in g.items() {
            c.set(Value::UNDEF);
        }
    }
    if f.field(field::CODE).cast::<Code>().is_some() {
        let d = vm.new_dict().value();
        f.set_field(field::LOCALS, d);
    }
    vm.none()
}
