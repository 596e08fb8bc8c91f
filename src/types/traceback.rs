//! Traceback and frame objects. Floor 7.
//!
//! Invariant: an exception's `trace` is the truth; traceback objects are made of it when they are asked for, and turned
//! back into it when they are set. Frames of the interpreter's own library are left out.

use crate::heap::Gc;
use crate::object::{Code, Exception, Record, RecordTag, TraceEntry};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, attribute_rw, method};
use crate::vm::{Args, Res, Vm};

/// Attributes of tracebacks. The record: frame, instruction, next traceback or `None`.
pub const TRACEBACK: &[NativeDef] = &[
    attribute("tb_frame", "the frame", tb_frame),
    attribute("tb_lineno", "the line", tb_lineno),
    attribute("tb_lasti", "the instruction", tb_lasti),
    attribute_rw("tb_next", "the next inner level", tb_next, set_tb_next),
];

/// Attributes of frames. The record: code, globals, line.
pub const FRAME: &[NativeDef] = &[
    attribute("f_code", "the code", f_code),
    attribute("f_globals", "the module's namespace", f_globals),
    attribute("f_lineno", "the line", f_lineno),
    attribute("f_back", "the caller's frame", f_back),
    attribute("f_locals", "what is known of the local variables", f_locals),
    attribute("f_builtins", "the built-in namespace", f_builtins),
    method("clear(self, /)", "Drops the local variables.", f_back),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let (t, f) = (vm.types.traceback, vm.types.frame);
    vm.install_methods(t, TRACEBACK);
    vm.install_methods(f, FRAME);
}

/// Makes the exception's trace what the traceback object (or `None`) says. `false`: it is neither.
pub fn set_on_exception(e: Gc<Exception>, tb: Value) -> bool {
    let mut trace = Vec::new();
    let mut at = tb;
    while !at.is_none() {
        let Some(r) = at.cast::<Record>().filter(|r| r.tag == RecordTag::Traceback) else { return false };
        let code = r.field(0).cast::<Record>().and_then(|f| f.field(0).cast::<Code>());
        if let (Some(code), Some(pc)) = (code, r.field(1).as_int()) {
            trace.push(TraceEntry { code, pc: pc as u32 });
        }
        at = r.field(2);
    }
    trace.reverse();
    *e.trace.borrow_mut() = trace;
    e.traceback.set(Value::UNDEF);
    true
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Record>> {
    vm.receiver::<Record>(args, "traceback")
}

fn tb_frame(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(0))
}
fn tb_lineno(vm: &mut Vm, args: Args<'_>) -> Res {
    let frame = this(vm, args)?.field(0);
    Ok(frame.cast::<Record>().map_or(Value::NONE, |f| f.field(2)))
}
fn tb_lasti(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(1))
}
fn tb_next(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(2))
}
fn set_tb_next(vm: &mut Vm, args: Args<'_>) -> Res {
    let t = this(vm, args)?;
    let ok = args[1].is_none() || args[1].cast::<Record>().is_some_and(|r| r.tag == RecordTag::Traceback);
    if !ok {
        let message = format!("expected traceback object, got '{}'", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    }
    t.set_field(2, args[1]);
    vm.none()
}

fn f_code(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(0))
}
fn f_globals(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(1))
}
fn f_lineno(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(2))
}
fn f_back(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(3).defined().unwrap_or(Value::NONE))
}
fn f_locals(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = this(vm, args)?;
    match f.field(0).cast::<Code>().map(|c| c.code.kind) {
        Some(crate::bytecode::program::CodeKind::Module) => Ok(f.field(1)),
        _ => Ok(vm.new_dict().value()),
    }
}
fn f_builtins(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(vm.builtins.value())
}
