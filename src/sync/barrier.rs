//! `Barrier`. Floor 7.
//!
//! Invariant: `count` threads are inside; while they leave (`Draining`, `Resetting`) nobody comes in.

use super::native_class;
use super::wait::{Site, Waiters, deadline_of, deadline_value, park, repr_at, timeout_arg, visit_waiters, wake_all};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::{Class, Native, NativeData};
use crate::value::Value;
use crate::vm::block::WaitQueue;
use crate::vm::native::{CallReq, NativeDef, Resume, Step, attribute, method, new};
use crate::vm::{Args, Ctl, Res, Vm};
use std::cell::Cell;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Filling,
    /// The last one runs the action.
    Acting,
    Draining,
    Resetting,
    Broken,
}

/// State of a barrier.
pub struct BarrierData {
    parties: Cell<i64>,
    count: Cell<i64>,
    phase: Cell<Phase>,
    action: Cell<Value>,
    /// Seconds, or `None`.
    timeout: Cell<Value>,
    /// Those inside, waiting for the others.
    waiters: Waiters,
    /// Those who came while others were leaving.
    entering: Waiters,
    pub created: Site,
}

impl NativeData for BarrierData {
    fn visit(&self, v: &mut dyn Visitor) {
        for n in [self.parties.get(), self.count.get(), self.phase.get() as i64] {
            v.data(n as u64);
        }
        v.value(self.action.get());
        v.value(self.timeout.get());
        visit_waiters(&self.waiters, v);
        visit_waiters(&self.entering, v);
        self.created.visit(v);
    }
}

impl BarrierData {
    /// A thread leaves: it passed, timed out, or found the barrier broken.
    fn leave(&self, vm: &mut Vm) {
        self.count.set(self.count.get() - 1);
        if self.count.get() == 0 && matches!(self.phase.get(), Phase::Draining | Phase::Resetting) {
            self.phase.set(Phase::Filling);
            wake_all(vm, &self.entering);
        }
    }

    fn break_up(&self, vm: &mut Vm) {
        self.phase.set(Phase::Broken);
        wake_all(vm, &self.waiters);
        wake_all(vm, &self.entering);
    }

    /// How full it is, for reports.
    pub fn text(&self) -> String {
        format!("Barrier ({} of {})", self.count.get(), self.parties.get())
    }
}

/// `threading.Barrier`.
pub fn class(vm: &mut Vm) -> Gc<Class> {
    native_class(vm, "Barrier", "threading", "sync.barrier", BARRIER)
}

/// `threading.BrokenBarrierError`.
pub fn broken_error(vm: &mut Vm) -> Gc<Class> {
    let key = "sync.broken_barrier";
    if let Some(class) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let base = vm.types.RuntimeError;
    let flags = crate::object::class::flag::BASE | crate::object::class::flag::HAS_DICT;
    let class = vm.new_native_class("BrokenBarrierError", "threading", &[base], crate::heap::Kind::Exception, flags);
    vm.module_state.insert(key, class.value());
    class
}

fn raise_broken(vm: &mut Vm) -> Ctl {
    let class = broken_error(vm);
    vm.raise_with(class, &[])
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a BarrierData> {
    vm.native_receiver::<BarrierData>(args, "Barrier")
}

/// The barrier that `v` is.
pub fn barrier_of<'a>(v: Value) -> Option<&'a BarrierData> {
    v.cast::<Native>()?.data_ref::<BarrierData>()
}

fn barrier_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else {
        return Err(vm.type_error("Barrier.__new__(X): X is not a type object"));
    };
    let data = BarrierData {
        parties: Cell::new(1),
        count: Cell::new(0),
        phase: Cell::new(Phase::Filling),
        action: Cell::new(Value::NONE),
        timeout: Cell::new(Value::NONE),
        waiters: HeapCell::new(WaitQueue::new()),
        entering: HeapCell::new(WaitQueue::new()),
        created: Site::here(vm),
    };
    Ok(vm.new_native(class, data).value())
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = this(vm, args)?;
    let n = vm.clamped_arg(args, 1, 1)?;
    if n < 1 {
        return Err(vm.value_error("parties must be > 0"));
    }
    timeout_arg(vm, args, 3)?;
    b.parties.set(n);
    b.action.set(args.get(2).unwrap_or(Value::NONE));
    b.timeout.set(args.get(3).unwrap_or(Value::NONE));
    Ok(Value::NONE)
}

fn wait(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = this(vm, args)?;
    let timeout = match timeout_arg(vm, args, 1)? {
        Some(t) => Some(t),
        None => match b.timeout.get().view() {
            crate::object::View::Float(f) => Some(f),
            crate::object::View::Int(i) => Some(i as f64),
            _ => None,
        },
    };
    let deadline = deadline_value(vm, timeout);
    vm.enter(wait_step, &[args[0], deadline, Value::NONE])
}

/// Registers: barrier, deadline, index. States: 0 wants in, 1 runs the action, 2 waits for the others.
fn wait_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let (obj, deadline) = (vm.mreg(0), vm.mreg(1));
    let Some(b) = barrier_of(obj) else { return Ok(Step::Return(Value::NONE)) };
    let me = vm.current_id();
    match vm.mstate() {
        0 => {
            if let Resume::Raised(e) = resume {
                b.entering.borrow_mut().remove(me);
                return Err(e.into());
            }
            match b.phase.get() {
                Phase::Broken => return Err(raise_broken(vm)),
                Phase::Draining | Phase::Resetting | Phase::Acting => {
                    b.entering.borrow_mut().push(me);
                    return park(obj, "wait", Value::NONE);
                }
                Phase::Filling => {}
            }
            let index = b.count.get();
            b.count.set(index + 1);
            vm.set_mreg(2, Value::small(index));
            if index + 1 < b.parties.get() {
                vm.set_mstate(2);
                if deadline_of(deadline).is_some_and(|d| d <= vm.now()) {
                    return wait_step(vm, Resume::TimedOut);
                }
                b.waiters.borrow_mut().push(me);
                return park(obj, "wait", deadline);
            }
            if b.action.get().is_none() {
                return release_all(vm, b);
            }
            b.phase.set(Phase::Acting);
            vm.set_mstate(1);
            Ok(Step::CallCatching(CallReq::new(b.action.get(), &[])))
        }
        1 => match resume {
            Resume::Raised(e) => {
                b.break_up(vm);
                b.leave(vm);
                Err(e.into())
            }
            _ if b.phase.get() != Phase::Acting => {
                b.leave(vm);
                Err(raise_broken(vm))
            }
            _ => release_all(vm, b),
        },
        _ => {
            match resume {
                Resume::TimedOut => {
                    b.waiters.borrow_mut().remove(me);
                    b.break_up(vm);
                }
                Resume::Raised(e) => {
                    b.waiters.borrow_mut().remove(me);
                    if b.phase.get() == Phase::Filling {
                        b.break_up(vm);
                    }
                    b.leave(vm);
                    return Err(e.into());
                }
                _ => {}
            }
            let phase = b.phase.get();
            b.leave(vm);
            match phase {
                Phase::Draining => Ok(Step::Return(vm.mreg(2))),
                _ => Err(raise_broken(vm)),
            }
        }
    }
}

/// The last one has come: everybody may go on.
fn release_all(vm: &mut Vm, b: &BarrierData) -> Res<Step> {
    b.phase.set(Phase::Draining);
    wake_all(vm, &b.waiters);
    b.leave(vm);
    Ok(Step::Return(vm.mreg(2)))
}

fn reset(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = this(vm, args)?;
    if b.count.get() > 0 {
        if matches!(b.phase.get(), Phase::Filling | Phase::Broken) {
            b.phase.set(Phase::Resetting);
        }
    } else {
        b.phase.set(Phase::Filling);
    }
    wake_all(vm, &b.waiters);
    Ok(Value::NONE)
}

fn abort(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = this(vm, args)?;
    b.break_up(vm);
    Ok(Value::NONE)
}

fn parties(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = this(vm, args)?.parties.get();
    Ok(vm.new_int(n))
}

fn n_waiting(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = this(vm, args)?;
    let n = if b.phase.get() == Phase::Filling { b.count.get() } else { 0 };
    Ok(vm.new_int(n))
}

fn broken(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.phase.get() == Phase::Broken))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let b = this(vm, args)?;
    let rest = if b.phase.get() == Phase::Broken {
        "broken".to_owned()
    } else {
        let n = if b.phase.get() == Phase::Filling { b.count.get() } else { 0 };
        format!("waiters={n}/{}", b.parties.get())
    };
    Ok(repr_at(vm, args[0], &rest))
}

const BARRIER: &[NativeDef] = &[
    new("__new__(cls, /, *args, **kwargs)", "A barrier.", barrier_new),
    method("__init__(self, parties, action=None, timeout=None)", "A barrier for so many threads.", init),
    method("wait(self, timeout=None)", "Wait until all parties are there; which one came as the how-manieth.", wait),
    method("reset(self)", "Empty the barrier; those who wait get BrokenBarrierError.", reset),
    method("abort(self)", "Break the barrier.", abort),
    method("__repr__(self, /)", "Return repr(self).", repr),
    attribute("parties", "How many threads it takes.", parties),
    attribute("n_waiting", "How many wait.", n_waiting),
    attribute("broken", "Whether the barrier is broken.", broken),
];
