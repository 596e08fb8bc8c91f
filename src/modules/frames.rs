//! Frame objects for programs: functions of `sys`. Floor 7.
//!
//! Invariant: frames of the interpreter's own library are not counted.

use crate::heap::Gc;
use crate::object::{Dict, Record, Str};
use crate::value::Value;
use crate::vm::frames::field;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Res, Vm};

/// What `sys` has of frames.
pub const FUNCTIONS: &[NativeDef] = &[
    function("_getframe(depth=0, /)", "The frame of the call that runs, or of one of its callers.", getframe),
    function("_getframemodulename(depth=0)", "The name of the module of a call that runs.", module_name),
    function("_current_frames()", "The innermost frame of each thread.", current_frames),
];

fn getframe(vm: &mut Vm, args: Args<'_>) -> Res {
    let depth = vm.clamped_arg(args, 0, 0)?.max(0);
    match vm.running_frame(depth as usize) {
        Some(f) => Ok(f),
        None => Err(vm.value_error("call stack is not deep enough")),
    }
}

fn module_name(vm: &mut Vm, args: Args<'_>) -> Res {
    let depth = vm.clamped_arg(args, 0, 0)?.max(0);
    let name = vm.names.name;
    let frame = vm.running_frame(depth as usize).and_then(|f| f.cast::<Record>());
    let globals = frame.and_then(|f| f.field(field::GLOBALS).cast::<Dict>());
    Ok(globals.and_then(|g: Gc<Dict>| g.get_str(name)).filter(|n| n.cast::<Str>().is_some()).unwrap_or(Value::NONE))
}

fn current_frames(vm: &mut Vm, _: Args<'_>) -> Res {
    let d = vm.new_dict();
    let ids: Vec<_> = vm.threads.all().iter().map(|t| t.id).collect();
    for id in ids {
        if let Some(f) = vm.frame_of_thread(id) {
            let key = Value::small(id.0 as i64);
            d.set(crate::text::hash::i64(id.0 as i64), key, f);
        }
    }
    Ok(d.value())
}
