//! `Condition`. Floor 7.
//!
//! Over native locks, waiting is one machine: give the lock up, park, take it back. Over lock objects of programs, the
//! prelude calls their methods around [`wait_step`].
//!
//! Invariant: who waits has been put into the queue before the lock is given up, so no notification is lost.

use super::lock::{give_back, lock_of, new_lock, plain_lock_of, rlock_class, take};
use super::native_class;
use super::wait::{Site, Waiters, class_text, deadline_value, park, timeout_arg, visit_waiters};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::{Class, Native, NativeData};
use crate::value::Value;
use crate::vm::block::WaitQueue;
use crate::vm::native::{NativeDef, Resume, Step, attribute, method, new};
use crate::vm::{Args, Res, Vm};
use std::cell::Cell;

/// State of a condition.
pub struct ConditionData {
    pub lock: Cell<Value>,
    pub waiters: Waiters,
    pub created: Site,
}

impl NativeData for ConditionData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.lock.get());
        visit_waiters(&self.waiters, v);
        self.created.visit(v);
    }
}

/// `threading.Condition`.
pub fn class(vm: &mut Vm) -> Gc<Class> {
    native_class(vm, "Condition", "threading", "sync.condition", CONDITION)
}

/// A condition over `lock`.
pub fn new_condition(vm: &mut Vm, lock: Value) -> Value {
    let class = class(vm);
    let created = Site::here(vm);
    let data = ConditionData { lock: Cell::new(lock), waiters: HeapCell::new(WaitQueue::new()), created };
    vm.new_native(class, data).value()
}

/// The condition that `v` is.
pub fn condition_of<'a>(v: Value) -> Option<&'a ConditionData> {
    v.cast::<Native>()?.data_ref::<ConditionData>()
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a ConditionData> {
    vm.native_receiver::<ConditionData>(args, "Condition")
}

fn condition_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else {
        return Err(vm.type_error("Condition.__new__(X): X is not a type object"));
    };
    let created = Site::here(vm);
    let data = ConditionData { lock: Cell::new(Value::NONE), waiters: HeapCell::new(WaitQueue::new()), created };
    Ok(vm.new_native(class, data).value())
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let cond = this(vm, args)?;
    let lock = match args.get(1) {
        None | Some(Value::NONE) => {
            let class = rlock_class(vm);
            new_lock(vm, class, true)
        }
        Some(lock) => lock,
    };
    cond.lock.set(lock);
    Ok(Value::NONE)
}

/// Hands over to a method of the lock.
fn lock_method(vm: &mut Vm, args: Args<'_>, name: &'static str) -> Res {
    let cond = this(vm, args)?;
    let name = vm.intern(name).value();
    let kwargs = args.kwargs().map_or(Value::NONE, |k| k.value());
    let rest = vm.new_tuple(args.rest());
    vm.prelude_call("lock_method", &[cond.lock.get(), name, rest, kwargs])
}

fn acquire(vm: &mut Vm, args: Args<'_>) -> Res {
    if args.rest().is_empty() && args.kwargs().is_none() {
        return enter(vm, args);
    }
    lock_method(vm, args, "acquire")
}

fn enter(vm: &mut Vm, args: Args<'_>) -> Res {
    let cond = this(vm, args)?;
    let lock = cond.lock.get();
    match plain_lock_of(vm, lock) {
        Some(l) => take(vm, lock, l),
        None => lock_method(vm, args, "acquire"),
    }
}

fn release(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?.lock.get();
    match plain_lock_of(vm, lock) {
        Some(l) => give_back(vm, l),
        None => lock_method(vm, args, "release"),
    }
}

fn release_save(vm: &mut Vm, args: Args<'_>) -> Res {
    lock_method(vm, args, "_release_save")
}

fn acquire_restore(vm: &mut Vm, args: Args<'_>) -> Res {
    lock_method(vm, args, "_acquire_restore")
}

fn exit(vm: &mut Vm, args: Args<'_>) -> Res {
    let cond = this(vm, args)?;
    if let Some(l) = plain_lock_of(vm, cond.lock.get()) {
        return give_back(vm, l);
    }
    let name = vm.intern("__exit__").value();
    let rest = vm.new_tuple(args.rest());
    vm.prelude_call("lock_method", &[cond.lock.get(), name, rest, Value::NONE])
}

fn is_owned(vm: &mut Vm, args: Args<'_>) -> Res {
    let cond = this(vm, args)?;
    let lock = cond.lock.get();
    match plain_lock_of(vm, lock) {
        Some(l) => Ok(Value::bool(l.is_owned(vm))),
        None => vm.prelude_call("lock_is_owned", &[lock]),
    }
}

fn wait(vm: &mut Vm, args: Args<'_>) -> Res {
    let cond = this(vm, args)?;
    let timeout = timeout_arg(vm, args, 1)?;
    let lock = cond.lock.get();
    let Some(l) = plain_lock_of(vm, lock) else {
        let timeout = args.get(1).unwrap_or(Value::NONE);
        return vm.prelude_call("condition_wait", &[args[0], lock, timeout]);
    };
    if !l.is_owned(vm) {
        return Err(vm.runtime_error("cannot wait on un-acquired lock"));
    }
    let deadline = deadline_value(vm, timeout);
    vm.enter(wait_step, &[args[0], deadline, Value::small(0), Value::NONE])
}

/// Registers: condition, deadline, how often the lock had been acquired, result (a bool, or an exception to raise).
/// States: 0 new, 1 waits for a notification, 2 and 3 take the lock back (3: have waited for it).
fn wait_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let (obj, deadline) = (vm.mreg(0), vm.mreg(1));
    let Some(cond) = condition_of(obj) else { return Ok(Step::Return(Value::FALSE)) };
    let lock_value = cond.lock.get();
    let Some(lock) = lock_of(lock_value) else { return Ok(Step::Return(Value::FALSE)) };
    let me = vm.current_id();
    match vm.mstate() {
        0 => {
            cond.waiters.borrow_mut().push(me);
            let n = lock.release_all(vm);
            let n = vm.new_int(n as i64);
            vm.set_mreg(2, n);
            vm.set_mstate(1);
            return park(obj, "wait", deadline);
        }
        1 => {
            let result = match resume {
                Resume::TimedOut => Value::FALSE,
                Resume::Raised(e) => e,
                _ => Value::TRUE,
            };
            if result != Value::TRUE {
                cond.waiters.borrow_mut().remove(me);
            }
            vm.set_mreg(3, result);
            vm.set_mstate(2);
        }
        _ => {
            if let Resume::Raised(e) = resume {
                lock.waiters.borrow_mut().remove(me);
                vm.set_mreg(3, e);
            }
        }
    }
    if lock.count.get() > 0 {
        // Reentrant or not: after giving up entirely the thread doesn't own it.
        if vm.mstate() == 2 {
            vm.set_mstate(3);
            lock.waiters.borrow_mut().push(me);
        } else {
            lock.waiters.borrow_mut().push_front(me);
        }
        return park(lock_value, "acquire", Value::NONE);
    }
    lock.try_acquire(vm);
    lock.count.set(vm.mreg(2).as_int().unwrap_or(1).max(1) as u64);
    match vm.mreg(3) {
        v if v.as_bool().is_some() => Ok(Step::Return(v)),
        e => Err(e.into()),
    }
}

/// For lock objects of programs: into the queue.
fn enqueue(vm: &mut Vm, args: Args<'_>) -> Res {
    let cond = this(vm, args)?;
    let me = vm.current_id();
    cond.waiters.borrow_mut().push(me);
    Ok(Value::NONE)
}

/// For lock objects of programs: waits for the notification, if it has not come yet.
fn await_notify(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    let timeout = timeout_arg(vm, args, 1)?;
    let deadline = deadline_value(vm, timeout);
    vm.enter(await_step, &[args[0], deadline])
}

fn await_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let (obj, deadline) = (vm.mreg(0), vm.mreg(1));
    let Some(cond) = condition_of(obj) else { return Ok(Step::Return(Value::FALSE)) };
    let me = vm.current_id();
    match resume {
        Resume::TimedOut => {
            cond.waiters.borrow_mut().remove(me);
            return Ok(Step::Return(Value::FALSE));
        }
        Resume::Raised(e) => {
            cond.waiters.borrow_mut().remove(me);
            return Err(e.into());
        }
        _ => {}
    }
    if cond.waiters.borrow().contains(me) {
        return park(obj, "wait", deadline);
    }
    Ok(Step::Return(Value::TRUE))
}

fn wait_for(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    let timeout = args.get(2).unwrap_or(Value::NONE);
    vm.prelude_call("condition_wait_for", &[args[0], args[1], timeout])
}

fn notify_n(vm: &mut Vm, args: Args<'_>, n: i64) -> Res {
    let cond = this(vm, args)?;
    let lock = cond.lock.get();
    match plain_lock_of(vm, lock) {
        Some(l) if !l.is_owned(vm) => return Err(vm.runtime_error("cannot notify on un-acquired lock")),
        Some(_) => {}
        None => {
            let n = vm.new_int(n);
            return vm.prelude_call("condition_notify", &[args[0], lock, n]);
        }
    }
    notify_now(vm, cond, n);
    Ok(Value::NONE)
}

fn notify_now(vm: &mut Vm, cond: &ConditionData, n: i64) {
    for _ in 0..n {
        // A thread in the queue that does not wait yet is just about to (a program's lock): taking it out is enough.
        let Some(next) = cond.waiters.borrow_mut().pop() else { return };
        vm.wake(next);
    }
}

fn notify(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = if args.get(1).is_none() { 1 } else { vm.index_arg(args, 1)? };
    notify_n(vm, args, n)
}

fn notify_all(vm: &mut Vm, args: Args<'_>) -> Res {
    notify_n(vm, args, i64::MAX)
}

fn notify_all_deprecated(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    vm.prelude_call("condition_notifyAll", &[args[0]])
}

/// For lock objects of programs: without asking for the owner.
fn notify_unchecked(vm: &mut Vm, args: Args<'_>) -> Res {
    let cond = this(vm, args)?;
    let n = vm.index_arg(args, 1)?;
    notify_now(vm, cond, n);
    Ok(Value::NONE)
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let cond = this(vm, args)?;
    let n = cond.waiters.borrow().len();
    let lock = cond.lock.get();
    let n = vm.new_int(n as i64);
    vm.prelude_call("condition_repr", &[lock, n])
}

fn lock_attr(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.lock.get())
}

fn waiters_attr(vm: &mut Vm, args: Args<'_>) -> Res {
    let cond = this(vm, args)?;
    let items: Vec<Value> = cond.waiters.borrow().iter().map(|t| Value::small(t.0 as i64)).collect();
    Ok(vm.new_list(items))
}

/// `module.Class` of an object, for reprs made in the prelude.
pub fn class_text_of(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.class_of(args[0]);
    let text = class_text(vm, class);
    Ok(vm.new_str(&text))
}

const CONDITION: &[NativeDef] = &[
    new("__new__(cls, /, *args, **kwargs)", "A condition.", condition_new),
    method("__init__(self, lock=None)", "A condition over a lock, an RLock of its own by default.", init),
    method("acquire(self, /, *args, **kwargs)", "Take the lock.", acquire),
    method("release(self, /)", "Give the lock up.", release),
    method("__enter__(self, /)", "Take the lock.", enter),
    method("__exit__(self, /, *exc)", "Give the lock up.", exit),
    method(
        "wait(self, timeout=None)",
        "Give the lock up, wait for a notification or the timeout, take the lock back.",
        wait,
    ),
    method("wait_for(self, predicate, timeout=None)", "Wait until the predicate is true.", wait_for),
    method("notify(self, n=1)", "Wake up to n waiting threads.", notify),
    method("notify_all(self)", "Wake all waiting threads.", notify_all),
    method("notifyAll(self)", "Deprecated name of notify_all().", notify_all_deprecated),
    method("_is_owned(self)", "Whether the running thread has the lock.", is_owned),
    method("_release_save(self, /)", "Give the lock up entirely.", release_save),
    method("_acquire_restore(self, state, /, *args)", "Take the lock back.", acquire_restore),
    method("_enqueue(self)", "Queue the running thread.", enqueue),
    method("_await(self, timeout=None)", "Wait for the notification.", await_notify),
    method("_notify(self, n)", "Notify without a check.", notify_unchecked),
    method("__repr__(self, /)", "Return repr(self).", repr),
    attribute("_lock", "The lock.", lock_attr),
    attribute("_waiters", "Who waits.", waiters_attr),
];
