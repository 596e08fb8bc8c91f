//! Traceback objects. Floor 7.
//!
//! Invariant: an exception's `trace` is the truth; traceback objects are made of it when they are asked for, and turned
//! back into it when they are set. Frames of the interpreter's own library are left out.

use crate::heap::Gc;
use crate::object::{Exception, Record, RecordTag};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, attribute_rw, new};
use crate::vm::{Args, Res, Vm};

/// Attributes of tracebacks. The record: frame, instruction, next traceback or `None`, line.
pub const TRACEBACK: &[NativeDef] = &[
    new("__new__(cls, tb_next, tb_frame, tb_lasti, tb_lineno)", "Create and return a new object.", tb_new),
    attribute("tb_frame", "the frame", tb_frame),
    attribute("tb_lineno", "the line", tb_lineno),
    attribute("tb_lasti", "the instruction", tb_lasti),
    attribute_rw("tb_next", "the next inner level", tb_next, set_tb_next),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let t = vm.types.traceback;
    vm.install_methods(t, TRACEBACK);
}

/// Makes the exception's trace what the traceback object (or `None`) says. `false`: it is neither.
pub fn set_on_exception(e: Gc<Exception>, tb: Value) -> bool {
    if !tb.is_none() && !is_traceback(tb) {
        return false;
    }
    let mut trace = crate::vm::traceback_entries(tb);
    trace.reverse();
    e.told.set(trace.len());
    *e.trace.borrow_mut() = trace;
    e.traceback.set(tb);
    true
}

fn is_traceback(v: Value) -> bool {
    v.cast::<Record>().is_some_and(|r| r.tag == RecordTag::Traceback)
}

/// `TracebackType(tb_next, tb_frame, tb_lasti, tb_lineno)`.
fn tb_new(vm: &mut Vm, args: Args<'_>) -> Res {
    if !args[1].is_none() && !is_traceback(args[1]) {
        let message = format!("expected traceback object or None, got '{}'", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    }
    if args[2].cast::<Record>().is_none_or(|r| r.tag != RecordTag::Frame) {
        let message = format!("TracebackType() argument 'tb_frame' must be frame, not {}", vm.class_name(args[2]));
        return Err(vm.type_error(message));
    }
    let (lasti, line) = (vm.index_arg(args, 3)?, vm.index_arg(args, 4)?);
    let class = vm.types.traceback;
    let fields = [args[2], Value::small(lasti), args[1], Value::small(line)];
    Ok(vm.new_record(class, RecordTag::Traceback, &fields).value())
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Record>> {
    vm.receiver::<Record>(args, "traceback")
}

fn tb_frame(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(0))
}
fn tb_lineno(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(3))
}
fn tb_lasti(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(1))
}
fn tb_next(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(2))
}
fn set_tb_next(vm: &mut Vm, args: Args<'_>) -> Res {
    let t = this(vm, args)?;
    if args[1].is_undef() {
        return Err(vm.type_error("can't delete tb_next attribute"));
    }
    if !args[1].is_none() && !is_traceback(args[1]) {
        let message = format!("expected traceback object, got '{}'", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    }
    // Each level is checked, so that no loop is made.
    let mut at = args[1];
    while let Some(r) = at.cast::<Record>() {
        if r == t {
            return Err(vm.value_error("traceback loop detected"));
        }
        at = r.field(2);
    }
    t.set_field(2, args[1]);
    vm.none()
}
