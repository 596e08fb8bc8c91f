//! `Event`. Floor 7.
//!
//! Invariant: nobody waits at an event that is set.

use super::native_class;
use super::wait::{Site, Waiters, deadline_value, park, repr_at, timeout_arg, visit_waiters, wake_all};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::{Class, Native, NativeData};
use crate::value::Value;
use crate::vm::block::WaitQueue;
use crate::vm::native::{NativeDef, Resume, Step, method, new};
use crate::vm::{Args, Res, Vm};
use std::cell::Cell;

/// State of an event.
pub struct EventData {
    pub set: Cell<bool>,
    pub waiters: Waiters,
    pub created: Site,
}

impl NativeData for EventData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.data(self.set.get() as u64);
        visit_waiters(&self.waiters, v);
        self.created.visit(v);
    }
}

impl EventData {
    /// Of an event that is not set.
    pub fn new(vm: &Vm) -> EventData {
        EventData { set: Cell::new(false), waiters: HeapCell::new(WaitQueue::new()), created: Site::here(vm) }
    }

    /// Sets the event, and wakes all that wait for it.
    pub fn set(&self, vm: &mut Vm) {
        self.set.set(true);
        if !self.waiters.borrow().is_empty() {
            wake_all(vm, &self.waiters);
        }
    }
}

/// `threading.Event`.
pub fn class(vm: &mut Vm) -> Gc<Class> {
    native_class(vm, "Event", "threading", "sync.event", EVENT)
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a EventData> {
    vm.native_receiver::<EventData>(args, "Event")
}

fn event_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else {
        return Err(vm.type_error("Event.__new__(X): X is not a type object"));
    };
    let data = EventData::new(vm);
    Ok(vm.new_native(class, data).value())
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.set.set(false);
    Ok(Value::NONE)
}

fn is_set(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.set.get()))
}

fn is_set_deprecated(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    vm.prelude_call("event_isSet", &[args[0]])
}

fn set(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.set(vm);
    Ok(Value::NONE)
}

fn clear(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.set.set(false);
    Ok(Value::NONE)
}

fn wait(vm: &mut Vm, args: Args<'_>) -> Res {
    let event = this(vm, args)?;
    if event.set.get() {
        return Ok(Value::TRUE);
    }
    let timeout = timeout_arg(vm, args, 1)?;
    if timeout.is_some_and(|t| t <= 0.0) {
        return Ok(Value::FALSE);
    }
    let deadline = deadline_value(vm, timeout);
    vm.enter(wait_step, &[args[0], deadline])
}

/// Registers: event, deadline.
fn wait_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let (obj, deadline) = (vm.mreg(0), vm.mreg(1));
    let Some(event) = obj.cast::<Native>().and_then(|n| n.data_ref::<EventData>()) else {
        return Ok(Step::Return(Value::FALSE));
    };
    let me = vm.current_id();
    match resume {
        Resume::Start if !event.set.get() => {
            event.waiters.borrow_mut().push(me);
            park(obj, "wait", deadline)
        }
        Resume::TimedOut => {
            event.waiters.borrow_mut().remove(me);
            Ok(Step::Return(Value::FALSE))
        }
        Resume::Raised(e) => {
            event.waiters.borrow_mut().remove(me);
            Err(e.into())
        }
        // Woken by set(), even if it was cleared again since.
        _ => Ok(Step::Return(Value::TRUE)),
    }
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let set = this(vm, args)?.set.get();
    Ok(repr_at(vm, args[0], if set { "set" } else { "unset" }))
}

const EVENT: &[NativeDef] = &[
    new("__new__(cls, /, *args, **kwargs)", "An event.", event_new),
    method("__init__(self)", "An event that is not set.", init),
    method("is_set(self)", "Whether the event is set.", is_set),
    method("isSet(self)", "Deprecated name of is_set().", is_set_deprecated),
    method("set(self)", "Set the event, and wake all that wait for it.", set),
    method("clear(self)", "Unset the event.", clear),
    method("wait(self, timeout=None)", "Wait until the event is set; False if the timeout came first.", wait),
    method("__repr__(self, /)", "Return repr(self).", repr),
];
