//! `Semaphore` and `BoundedSemaphore`. Floor 7.
//!
//! Invariant: the value is never negative, and of a bounded one never above the bound.

use super::native_class;
use super::wait::{Site, Waiters, deadline_value, park, repr_at, timeout_arg, visit_waiters, wake_one};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::{Class, Native, NativeData};
use crate::value::Value;
use crate::vm::block::{ThreadId, WaitQueue};
use crate::vm::native::{NativeDef, Resume, Step, attribute_rw, method, new};
use crate::vm::{Args, Res, Vm};
use std::cell::Cell;

/// State of a semaphore.
pub struct SemaphoreData {
    pub value: Cell<i64>,
    /// The value that a bounded one must not exceed.
    pub bound: Cell<Option<i64>>,
    pub waiters: Waiters,
    /// The thread that acquired it last, for reports.
    pub last: Cell<u32>,
    pub acquired: Site,
    pub created: Site,
}

impl NativeData for SemaphoreData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.data(self.value.get() as u64);
        visit_waiters(&self.waiters, v);
        self.acquired.visit(v);
        self.created.visit(v);
    }
}

impl SemaphoreData {
    /// Takes a place if there is a free one.
    #[inline]
    pub fn try_acquire(&self, vm: &Vm) -> bool {
        let n = self.value.get();
        if n <= 0 {
            return false;
        }
        self.value.set(n - 1);
        self.last.set(vm.current_id().0);
        self.acquired.set_here(vm);
        true
    }

    fn give_up(&self, vm: &mut Vm, me: ThreadId) {
        let waited = self.waiters.borrow_mut().remove(me);
        if !waited && self.value.get() > 0 {
            wake_one(vm, &self.waiters);
        }
    }
}

/// `threading.Semaphore` and `threading.BoundedSemaphore`, which is a subclass of it.
pub fn classes(vm: &mut Vm) -> (Gc<Class>, Gc<Class>) {
    let plain = native_class(vm, "Semaphore", "threading", "sync.semaphore", SEMAPHORE);
    let key = "sync.bounded";
    if let Some(bounded) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return (plain, bounded);
    }
    let flags = crate::object::class::flag::BASE | crate::object::class::flag::HAS_DICT;
    let bounded = vm.new_native_class("BoundedSemaphore", "threading", &[plain], crate::heap::Kind::Native, flags);
    vm.install_methods(bounded, BOUNDED);
    vm.module_state.insert(key, bounded.value());
    (plain, bounded)
}

/// The semaphore that `v` is.
pub fn semaphore_of<'a>(v: Value) -> Option<&'a SemaphoreData> {
    v.cast::<Native>()?.data_ref::<SemaphoreData>()
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a SemaphoreData> {
    vm.native_receiver::<SemaphoreData>(args, "Semaphore")
}

fn semaphore_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else {
        return Err(vm.type_error("Semaphore.__new__(X): X is not a type object"));
    };
    let data = SemaphoreData {
        value: Cell::new(1),
        bound: Cell::new(None),
        waiters: HeapCell::new(WaitQueue::new()),
        last: Cell::new(0),
        acquired: Site::default(),
        created: Site::here(vm),
    };
    Ok(vm.new_native(class, data).value())
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let sem = this(vm, args)?;
    let n = if args.get(1).is_none() { 1 } else { vm.clamped_arg(args, 1, 1)? };
    if n < 0 {
        return Err(vm.value_error("semaphore initial value must be >= 0"));
    }
    sem.value.set(n);
    Ok(Value::NONE)
}

fn init_bounded(vm: &mut Vm, args: Args<'_>) -> Res {
    init(vm, args)?;
    let sem = this(vm, args)?;
    sem.bound.set(Some(sem.value.get()));
    Ok(Value::NONE)
}

fn acquire(vm: &mut Vm, args: Args<'_>) -> Res {
    let sem = this(vm, args)?;
    let blocking = vm.truth_arg(args, 1, true)?;
    let timeout = timeout_arg(vm, args, 2)?;
    if !blocking && timeout.is_some() {
        return Err(vm.value_error("can't specify timeout for non-blocking acquire"));
    }
    if sem.try_acquire(vm) {
        return Ok(Value::TRUE);
    }
    if !blocking || timeout.is_some_and(|t| t <= 0.0) {
        return Ok(Value::FALSE);
    }
    let deadline = deadline_value(vm, timeout);
    vm.enter(acquire_step, &[args[0], deadline])
}

/// Registers: semaphore, deadline. State 1: it has waited.
fn acquire_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let (obj, deadline) = (vm.mreg(0), vm.mreg(1));
    let Some(sem) = obj.cast::<Native>().and_then(|n| n.data_ref::<SemaphoreData>()) else {
        return Ok(Step::Return(Value::FALSE));
    };
    let me = vm.current_id();
    match resume {
        Resume::TimedOut => {
            sem.give_up(vm, me);
            return Ok(Step::Return(Value::FALSE));
        }
        Resume::Raised(e) => {
            sem.give_up(vm, me);
            return Err(e.into());
        }
        _ => {}
    }
    if sem.try_acquire(vm) {
        return Ok(Step::Return(Value::TRUE));
    }
    if vm.mstate() == 0 {
        vm.set_mstate(1);
        sem.waiters.borrow_mut().push(me);
    } else {
        sem.waiters.borrow_mut().push_front(me);
    }
    park(obj, "acquire", deadline)
}

fn enter(vm: &mut Vm, args: Args<'_>) -> Res {
    let sem = this(vm, args)?;
    if sem.try_acquire(vm) {
        return Ok(Value::TRUE);
    }
    vm.enter(acquire_step, &[args[0], Value::NONE])
}

fn release_n(vm: &mut Vm, sem: &SemaphoreData, n: i64) -> Res {
    if n < 1 {
        return Err(vm.value_error("n must be one or more"));
    }
    let after = sem.value.get().saturating_add(n);
    if sem.bound.get().is_some_and(|b| after > b) {
        return Err(vm.value_error("Semaphore released too many times"));
    }
    sem.value.set(after);
    for _ in 0..n {
        if sem.waiters.borrow().is_empty() || wake_one(vm, &sem.waiters).is_none() {
            break;
        }
    }
    Ok(Value::NONE)
}

fn release(vm: &mut Vm, args: Args<'_>) -> Res {
    let sem = this(vm, args)?;
    let n = vm.clamped_arg(args, 1, 1)?;
    release_n(vm, sem, n)
}

fn exit(vm: &mut Vm, args: Args<'_>) -> Res {
    let sem = this(vm, args)?;
    release_n(vm, sem, 1)
}

fn value(vm: &mut Vm, args: Args<'_>) -> Res {
    let sem = this(vm, args)?;
    Ok(vm.new_int(sem.value.get()))
}

fn set_value(vm: &mut Vm, args: Args<'_>) -> Res {
    let sem = this(vm, args)?;
    let n = vm.clamp_int(args[1]);
    sem.value.set(n.max(0));
    Ok(Value::NONE)
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let sem = this(vm, args)?;
    let rest = match sem.bound.get() {
        Some(b) => format!("value={}/{b}", sem.value.get()),
        None => format!("value={}", sem.value.get()),
    };
    Ok(repr_at(vm, args[0], &rest))
}

const SEMAPHORE: &[NativeDef] = &[
    new("__new__(cls, /, *args, **kwargs)", "A semaphore.", semaphore_new),
    method("__init__(self, value=1)", "A counter of free places.", init),
    method("acquire(self, blocking=True, timeout=None)", "Take a place, waiting for one if asked to.", acquire),
    method("release(self, n=1)", "Give places back.", release),
    method("__enter__(self, /)", "Take a place.", enter),
    method("__exit__(self, t, v, tb)", "Give the place back.", exit),
    method("__repr__(self, /)", "Return repr(self).", repr),
    attribute_rw("_value", "Number of free places.", value, set_value),
];

const BOUNDED: &[NativeDef] =
    &[method("__init__(self, value=1)", "A counter of free places with a bound.", init_bounded)];
