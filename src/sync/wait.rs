//! What blocking operations have in common: timeouts, sites, giving up. Floor 7.
//!
//! Invariant: see `sync`.

use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::{Class, View};
use crate::value::Value;
use crate::vm::block::{Nanos, ThreadId, Wait, WaitQueue};
use crate::vm::native::Step;
use crate::vm::{Args, Res, Vm};
use std::cell::Cell;

/// The longest timeout in seconds: `threading.TIMEOUT_MAX`.
pub const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// Threads that wait at an object.
pub type Waiters = HeapCell<WaitQueue>;

/// Shows who waits.
pub fn visit_waiters(waiters: &Waiters, v: &mut dyn Visitor) {
    let w = waiters.borrow();
    v.data(w.len() as u64);
    w.iter().for_each(|t| v.data(t.0 as u64));
}

/// A place in a program: code and instruction.
pub struct Site {
    /// `Undef` while the place is not known.
    code: Cell<Value>,
    pc: Cell<u32>,
}

impl Default for Site {
    fn default() -> Site {
        Site { code: Cell::new(Value::UNDEF), pc: Cell::new(0) }
    }
}

impl Site {
    /// Remembers where the running thread is.
    #[inline]
    pub fn set_here(&self, vm: &Vm) {
        for f in vm.threads.current.frames.iter().rev() {
            if let Some(c) = f.code
                && !c.code.source.hidden
            {
                self.code.set(c.value());
                self.pc.set(f.pc);
                return;
            }
        }
        self.code.set(Value::UNDEF);
    }

    /// Where the running thread is.
    pub fn here(vm: &Vm) -> Site {
        let s = Site::default();
        s.set_here(vm);
        s
    }

    /// The line, if the place is known.
    pub fn line(&self) -> Option<u32> {
        let code = self.code.get().cast::<crate::object::Code>()?;
        Some(code.code.line((self.pc.get() as usize).saturating_sub(1)))
    }

    /// Code and index behind the instruction, if the place is known.
    pub fn get(&self) -> Option<(Value, u32)> {
        Some((self.code.get().defined()?, self.pc.get()))
    }

    /// Shows the place.
    pub fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.code.get());
        v.data(self.pc.get() as u64);
    }
}

/// A deadline as a register's value: `None` for never.
pub fn deadline_value(vm: &mut Vm, seconds: Option<f64>) -> Value {
    match seconds {
        Some(s) => {
            let at = vm.deadline_in(s);
            Value::int(i64::try_from(at).unwrap_or(i64::MAX)).unwrap_or(Value::NONE)
        }
        None => Value::NONE,
    }
}

/// The deadline in a register.
pub fn deadline_of(v: Value) -> Option<Nanos> {
    v.as_int().map(|i| i.max(0) as Nanos)
}

/// The step that waits at `on`.
pub fn park(on: Value, verb: &'static str, deadline: Value) -> Res<Step> {
    Ok(Step::Park(Wait { on, verb, deadline: deadline_of(deadline) }))
}

/// A timeout argument that may be left out or `None`, with the errors of lock timeouts.
pub fn timeout_arg(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<Option<f64>> {
    match args.get(i) {
        None | Some(Value::NONE) => Ok(None),
        Some(v) => match v.view() {
            View::Float(_) | View::Int(_) | View::Bool(_) | View::BigInt(_) => {
                let t = vm.float_arg(args, i)?;
                if t.is_nan() {
                    return Err(vm.value_error("Invalid value NaN (not a number)"));
                }
                if t > TIMEOUT_MAX {
                    return Err(vm.overflow_error("timestamp out of range for platform time_t"));
                }
                Ok(Some(t))
            }
            _ => {
                let class = vm.class_of(v);
                let (f, n) = (vm.names.float_, vm.names.index);
                if vm.lookup_class(class, f).is_some() || vm.lookup_class(class, n).is_some() {
                    return vm.float_arg(args, i).map(Some);
                }
                let message = format!("'{}' object cannot be interpreted as an integer", class.name_str());
                Err(vm.type_error(message))
            }
        },
    }
}

/// Wakes the thread that has waited longest at these waiters. Borrows end before the thread is told.
pub fn wake_one(vm: &mut Vm, waiters: &Waiters) -> Option<ThreadId> {
    loop {
        let next = waiters.borrow_mut().pop()?;
        if vm.wake(next) {
            return Some(next);
        }
    }
}

/// Wakes all threads that wait at these waiters.
pub fn wake_all(vm: &mut Vm, waiters: &Waiters) {
    while wake_one(vm, waiters).is_some() {}
}

/// `<module.Class at 0x…: rest>`.
pub fn repr_at(vm: &mut Vm, obj: Value, rest: &str) -> Value {
    let id = vm.id(obj);
    let class = vm.class_of(obj);
    let name = class_text(vm, class);
    vm.new_str(&format!("<{name} at {id:#x}: {rest}>"))
}

/// `module.qualname` of a class.
pub fn class_text(vm: &mut Vm, class: Gc<Class>) -> String {
    let text = |v: Option<Value>| v.and_then(|v| v.cast::<crate::object::Str>()).map_or("?", |s| s.as_str());
    let name = vm.names.module;
    let module = text(class.dict.get_str(name));
    format!("{module}.{}", text(Some(class.qualname.get())))
}
