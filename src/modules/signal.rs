//! `signal`: handlers that run in the main thread, alarms; the functions are in `signal.thr`. Floor 7.
//!
//! Invariant: alarms are deadlines of the run's clock, so a run with the same seed is interrupted at the same place.

use super::set;
use crate::heap::Gc;
use crate::object::{Dict, List};
use crate::value::Value;
use crate::vm::block::{ThreadId, Wait};
use crate::vm::native::{NativeDef, Resume, Step, function};
use crate::vm::table::PAUSE;
use crate::vm::{Args, ModuleDef, Res, Vm};

/// Number of signals, and one.
const NSIG: usize = 65;
const HANDLERS: &str = "signal.handlers";

/// The module.
pub static SIGNAL: ModuleDef = ModuleDef {
    name: "signal",
    doc: "Signals and their handlers.",
    functions: &[
        function("_set(signalnum, handler, /)", "Sets a handler.", set_handler),
        function("_get(signalnum, /)", "A handler.", get_handler),
        function("_send(signalnum, /)", "Sends a signal to this process.", send),
        function(
            "_alarm(seconds, interval, /)",
            "Sets the alarm: what was left of the last one, and its interval.",
            alarm,
        ),
        function("_left()", "What is left of the alarm, and its interval.", left),
        function("_is_main()", "Whether this is the main thread.", is_main),
        function("pause()", "Wait until a signal comes.", pause),
    ],
    init,
    source: include_str!("signal.thr"),
};

/// Natives for the prelude.
pub const INTRINSICS: &[NativeDef] = &[function("_signal_handler(signalnum, /)", "A handler.", get_handler)];

fn init(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    handlers(vm);
    set(vm, dict, "NSIG", Value::small(NSIG as i64));
    Ok(())
}

/// The handlers by number: `None` where the program has set none.
fn handlers(vm: &mut Vm) -> Gc<List> {
    if let Some(list) = vm.module_state.get(HANDLERS).and_then(|v| v.cast::<List>()) {
        return list;
    }
    let list = vm.new_list(vec![Value::NONE; NSIG]);
    vm.module_state.insert(HANDLERS, list);
    match list.cast::<List>() {
        Some(l) => l,
        None => handlers(vm),
    }
}

fn number(vm: &mut Vm, args: Args<'_>) -> Res<usize> {
    let n = vm.index_arg(args, 0)?;
    if (1..NSIG as i64).contains(&n) { Ok(n as usize) } else { Err(vm.value_error("signal number out of range")) }
}

fn set_handler(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = number(vm, args)?;
    let known = handlers(vm).items.borrow().get(n).copied().is_some_and(|h| !h.is_none());
    if !known && vm.host.listen(n as i32).is_err() {
        return Ok(Value::FALSE);
    }
    if let Some(h) = handlers(vm).items.borrow_mut().get_mut(n) {
        *h = args[1];
    }
    Ok(Value::TRUE)
}

fn get_handler(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = number(vm, args)?;
    Ok(handlers(vm).items.borrow().get(n).copied().unwrap_or(Value::NONE))
}

fn send(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = number(vm, args)?;
    vm.threads.raised.push(n as i32);
    vm.attention = true;
    vm.heap.interrupt();
    Ok(Value::NONE)
}

fn remaining(vm: &mut Vm) -> Value {
    let (left, again) = match vm.threads.alarm {
        Some((at, again)) => (at.saturating_sub(vm.now()), again),
        None => (0, 0),
    };
    let pair = [vm.new_float(left as f64 / 1e9), vm.new_float(again as f64 / 1e9)];
    vm.new_tuple(&pair)
}

fn alarm(vm: &mut Vm, args: Args<'_>) -> Res {
    let (seconds, interval) = (vm.float_arg(args, 0)?, vm.float_arg(args, 1)?);
    let before = remaining(vm);
    vm.threads.alarm =
        if seconds > 0.0 { Some((vm.deadline_in(seconds), (interval.max(0.0) * 1e9) as u64)) } else { None };
    // The slice ends no later than the alarm comes.
    vm.attention = true;
    vm.heap.interrupt();
    Ok(before)
}

fn left(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(remaining(vm))
}

fn is_main(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::bool(vm.current_id() == ThreadId::MAIN))
}

fn pause(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.enter(pause_step, &[])
}

fn pause_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match resume {
        Resume::Start => Ok(Step::Park(Wait { on: Value::NONE, verb: PAUSE, deadline: None })),
        other => vm.resumed(other).map(|_| Step::Return(Value::NONE)),
    }
}
