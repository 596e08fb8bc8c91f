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

/// A frame object for `code` at `line`.
pub fn new_frame(vm: &mut Vm, code: Gc<Code>, globals: Value, line: u32) -> Value {
    let class = vm.types.frame;
    let fields = [code.value(), globals, Value::small(line as i64), Value::NONE];
    vm.new_record(class, RecordTag::Frame, &fields).value()
}

/// `exc.__traceback__`: the outermost level of what its trace tells, or `None`.
pub fn of_exception(vm: &mut Vm, e: Gc<Exception>) -> Value {
    let trace = e.trace.borrow().clone();
    let mut next = Value::NONE;
    for t in trace {
        if t.code.code.source.hidden {
            continue;
        }
        let line = t.code.code.line(t.pc as usize);
        let globals = vm.globals_of_source(&t.code.code.source.name);
        let frame = new_frame(vm, t.code, globals, line);
        let class = vm.types.traceback;
        let fields = [frame, Value::small(t.pc as i64), next];
        next = vm.new_record(class, RecordTag::Traceback, &fields).value();
    }
    next
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

impl Vm {
    /// The namespace of the module whose text has this name, or `None`.
    pub fn globals_of_source(&mut self, name: &str) -> Value {
        let (file, main) = (self.names.file, self.names.main);
        let modules = self.modules.to_vec();
        let found = modules.iter().filter_map(|e| e.value.cast::<crate::object::Module>()).find(|m| {
            m.dict.get_str(file).and_then(|f| f.cast::<crate::object::Str>()).is_some_and(|f| f.as_str() == name)
        });
        match found.or_else(|| self.modules.get_str(main).and_then(|m| m.cast::<crate::object::Module>())) {
            Some(m) => m.dict.value(),
            None => Value::NONE,
        }
    }
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
