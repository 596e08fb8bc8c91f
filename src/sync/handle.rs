//! `_thread._ThreadHandle`: what one holds of a thread to join it, and joining itself. Floor 7.
//!
//! Invariant: a handle's number is 0 until its thread starts, and never changes afterwards.

use super::sealed_class;
use super::wait::{deadline_value, park, timeout_arg, wake_one};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::{Class, Native, NativeData};
use crate::value::Value;
use crate::vm::block::{ThreadId, WaitQueue};
use crate::vm::native::{NativeDef, Resume, Step, attribute, method, new};
use crate::vm::{Args, Res, Vm};
use std::cell::Cell;

/// State of a handle.
pub struct HandleData {
    /// The thread's number.
    pub id: Cell<u32>,
    /// Whether it counts as ended although it may run: the main thread at the end of the program.
    done: Cell<bool>,
    /// The `threading.Thread` that the handle belongs to, or `None`.
    pub thread: Cell<Value>,
}

impl NativeData for HandleData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.data(self.id.get() as u64);
        v.data(self.done.get() as u64);
        v.value(self.thread.get());
    }
}

impl HandleData {
    /// Of `thread` (or `None`), which has the number `id`, 0 before it starts.
    pub fn new(thread: Value, id: u32) -> HandleData {
        HandleData { id: Cell::new(id), done: Cell::new(false), thread: Cell::new(thread) }
    }

    /// Whether the thread has ended.
    pub fn is_done(&self, vm: &Vm) -> bool {
        self.done.get() || (self.id.get() != 0 && vm.threads.get(ThreadId(self.id.get())).is_none())
    }
}

/// `_thread._ThreadHandle`.
pub fn class(vm: &mut Vm) -> Gc<Class> {
    sealed_class(vm, "_ThreadHandle", "_thread", "sync.handle", HANDLE)
}

/// A handle for `thread` (or `None`), which has the number `id`, 0 before it starts.
pub fn new_handle(vm: &mut Vm, thread: Value, id: u32) -> Value {
    let class = class(vm);
    vm.new_native(class, HandleData::new(thread, id)).value()
}

/// The handle that `v` is.
pub fn handle_of<'a>(v: Value) -> Option<&'a HandleData> {
    v.cast::<Native>()?.data_ref::<HandleData>()
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a HandleData> {
    vm.native_receiver::<HandleData>(args, "_thread._ThreadHandle")
}

fn handle_new(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(new_handle(vm, Value::NONE, 0))
}

fn ident(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(this(vm, args)?.id.get() as i64))
}

fn is_done(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.is_done(vm)))
}

fn set_done(vm: &mut Vm, args: Args<'_>) -> Res {
    let handle = this(vm, args)?;
    if handle.id.get() == 0 {
        return Err(vm.runtime_error("thread not started"));
    }
    handle.done.set(true);
    if let Some(t) = vm.threads.get_mut(ThreadId(handle.id.get())) {
        let joiners: HeapCell<WaitQueue> = HeapCell::new(std::mem::take(&mut t.joiners));
        while wake_one(vm, &joiners).is_some() {}
    }
    Ok(Value::NONE)
}

/// `join(timeout=None)`: waits until the thread has ended.
///
/// # Errors
/// RuntimeError for a thread that was not started, and for the running one.
fn join(vm: &mut Vm, args: Args<'_>) -> Res {
    let handle = this(vm, args)?;
    // As for other waits that aren't locks, a negative timeout means none.
    let timeout = timeout_arg(vm, args, 1)?.filter(|&t| t >= 0.0);
    if handle.id.get() == 0 {
        return Err(vm.runtime_error("thread not started"));
    }
    if handle.is_done(vm) {
        return Ok(Value::NONE);
    }
    if handle.id.get() == vm.current_id().0 {
        return Err(vm.runtime_error("Cannot join current thread"));
    }
    let deadline = deadline_value(vm, timeout);
    wait_for(vm, args[0], deadline)
}

/// Waits until the thread of the handle `value` has ended, or until the deadline.
pub fn wait_for(vm: &mut Vm, value: Value, deadline: Value) -> Res {
    vm.enter(join_step, &[value, deadline])
}

/// Registers: handle, deadline.
fn join_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let (obj, deadline) = (vm.mreg(0), vm.mreg(1));
    let Some(handle) = handle_of(obj) else { return Ok(Step::Return(Value::NONE)) };
    let me = vm.current_id();
    let done = handle.is_done(vm);
    let Some(t) = vm.threads.get_mut(ThreadId(handle.id.get())) else {
        return vm.resumed(resume).map(|_| Step::Return(Value::NONE));
    };
    match resume {
        Resume::TimedOut => {
            t.joiners.remove(me);
            Ok(Step::Return(Value::NONE))
        }
        Resume::Raised(e) => {
            t.joiners.remove(me);
            Err(e.into())
        }
        _ if done => Ok(Step::Return(Value::NONE)),
        _ => {
            if matches!(resume, Resume::Start) || !t.joiners.contains(me) {
                t.joiners.push(me);
            }
            let thread = handle.thread.get();
            park(if thread.is_none() { obj } else { thread }, "join", deadline)
        }
    }
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = this(vm, args)?.id.get();
    Ok(vm.new_str(&format!("<_thread._ThreadHandle object: ident={n}>")))
}

const HANDLE: &[NativeDef] = &[
    new("__new__(cls, /)", "A handle for a thread that is yet to start.", handle_new),
    attribute("ident", "The thread's identifier, 0 before it starts.", ident),
    method("is_done(self, /)", "Whether the thread has ended.", is_done),
    method("_set_done(self, /)", "Make the thread count as ended.", set_done),
    method("join(self, timeout=None, /)", "Wait for the end of the thread.", join),
    method("__repr__(self, /)", "Return repr(self).", repr),
];
