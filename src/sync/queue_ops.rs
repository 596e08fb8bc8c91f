//! Putting into and taking out of queues, waiting included. Floor 7.
//!
//! Invariant: an operation happens in one step, while nobody holds the queue's mutex.

use super::deque::deque_of;
use super::lock::lock_of;
use super::queue::{Order, QueueData, error_class, is_hooked, part, queue_of, this};
use super::wait::{deadline_value, park, timeout_arg, wake_one};
use crate::object::List;
use crate::object::binheap::{self, Ask};
use crate::value::Value;
use crate::vm::native::{CallReq, Resume, Step};
use crate::vm::{Args, Ctl, Res, Vm};

/// Puts `item` into the container; `false` if the language must.
pub fn insert(vm: &mut Vm, q: &QueueData, item: Value) -> bool {
    vm.heap.charge(8);
    if let Some(d) = deque_of(q.items.get()) {
        d.push_back(item);
        return true;
    }
    let Some(list) = q.items.get().cast::<List>() else { return false };
    if q.order == Order::Priority {
        return binheap::push(&mut list.items.borrow_mut(), item).is_ok();
    }
    list.push(item);
    true
}

/// Takes an item out of the container; `None` if there is none.
pub fn remove(q: &QueueData) -> Result<Option<Value>, Ask> {
    if let Some(d) = deque_of(q.items.get()) {
        return Ok(d.pop_front());
    }
    let Some(list) = q.items.get().cast::<List>() else { return Err(Ask) };
    if q.order == Order::Priority {
        return binheap::pop(&mut list.items.borrow_mut());
    }
    Ok(list.items.borrow_mut().pop())
}

fn raise(vm: &mut Vm, name: &'static str) -> Ctl {
    let class = error_class(vm, name);
    vm.raise_with(class, &[])
}

fn wait_time(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<Option<f64>> {
    let t = timeout_arg(vm, args, i)?;
    if t.is_some_and(|t| t < 0.0) {
        return Err(vm.value_error("'timeout' must be a non-negative number"));
    }
    Ok(t)
}

/// `put(item, block=True, timeout=None)`.
pub fn put(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    let block = vm.truth_arg(args, 2, true)?;
    let timeout = args.get(3).unwrap_or(Value::NONE);
    if q.order != Order::Simple && is_hooked(vm, args[0]) {
        return vm.prelude_call("queue_hooked_put", &[args[0], args[1], Value::bool(block), timeout]);
    }
    let bounded = q.maxsize.get() > 0;
    let seconds = if block && bounded { wait_time(vm, args, 3)? } else { None };
    if !q.is_locked() {
        if q.closed.get() {
            return Err(raise(vm, "ShutDown"));
        }
        if !bounded || !q.is_full() {
            if insert(vm, q, args[1]) {
                q.unfinished.set(q.unfinished.get() + 1);
                q.item_came(vm);
                return Ok(Value::NONE);
            }
            return vm.prelude_call("queue_priority_put", &[args[0], args[1], Value::bool(block), timeout]);
        }
        if !block {
            return Err(raise(vm, "Full"));
        }
    }
    let deadline = deadline_value(vm, seconds);
    vm.enter(put_step, &[args[0], deadline, Value::bool(block), args[1]])
}

/// `get(block=True, timeout=None)`.
pub fn get(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    let block = vm.truth_arg(args, 1, true)?;
    let timeout = args.get(2).unwrap_or(Value::NONE);
    if q.order != Order::Simple && is_hooked(vm, args[0]) {
        return vm.prelude_call("queue_hooked_get", &[args[0], Value::bool(block), timeout]);
    }
    // A timeout is checked although nobody waits, as in CPython.
    let seconds = if block && !timeout.is_none() { wait_time(vm, args, 2)? } else { None };
    if !q.is_locked() {
        match remove(q) {
            Ok(Some(v)) => {
                q.room_came(vm);
                return Ok(v);
            }
            Ok(None) if q.closed.get() => return Err(raise(vm, "ShutDown")),
            Ok(None) if !block => return Err(raise(vm, "Empty")),
            Ok(None) => {}
            Err(Ask) => return vm.prelude_call("queue_priority_get", &[args[0], Value::bool(block), timeout]),
        }
    }
    let deadline = deadline_value(vm, seconds);
    vm.enter(get_step, &[args[0], deadline, Value::bool(block)])
}

/// `put_nowait(item)`: as a subclass's own `put` would.
pub fn put_nowait(vm: &mut Vm, args: Args<'_>) -> Res {
    if this(vm, args)?.order == Order::Simple {
        // The native queue doesn't ask a subclass.
        return put(vm, args);
    }
    vm.prelude_call("queue_put_nowait", &[args[0], args[1]])
}

/// `get_nowait()`: as a subclass's own `get` would.
pub fn get_nowait(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if q.order == Order::Simple {
        return match remove(q) {
            Ok(Some(v)) => Ok(v),
            _ => Err(raise(vm, "Empty")),
        };
    }
    vm.prelude_call("queue_get_nowait", &[args[0]])
}

/// What a waiting step does first: leaves the queues it stands in if it is to give up. `Some` ends the machine.
fn resumed(vm: &mut Vm, q: &QueueData, resume: Resume, putting: bool) -> Option<Ctl> {
    let me = vm.current_id();
    if let (Resume::Woken, Some(m)) = (resume, q.mutex())
        && vm.mstate() == 2
    {
        // The mutex woke this thread, which does not keep it: the next may come too.
        m.give_up(vm, me);
        return None;
    }
    let (err, waiters) = match resume {
        Resume::TimedOut => (None, if putting { &q.putters } else { &q.getters }),
        Resume::Raised(e) => (Some(e), if putting { &q.putters } else { &q.getters }),
        _ => return None,
    };
    let waited = waiters.borrow_mut().remove(me);
    if vm.mstate() == 2
        && let Some(m) = q.mutex()
    {
        m.give_up(vm, me);
    }
    if !waited && (if putting { !q.is_full() } else { q.len() > 0 }) {
        wake_one(vm, waiters);
    }
    match err {
        Some(e) => Some(e.into()),
        // An item (or room) may have come together with the deadline.
        None if putting && !q.is_full() => None,
        None if !putting && q.len() > 0 => None,
        None => Some(raise(vm, if putting { "Full" } else { "Empty" })),
    }
}

/// Waits until nobody has the mutex. `None`: nobody has.
fn wait_for_mutex(vm: &mut Vm, q: &QueueData) -> Option<Res<Step>> {
    if !q.is_locked() {
        return None;
    }
    let me = vm.current_id();
    vm.set_mstate(2);
    q.mutex()?.waiters.borrow_mut().push(me);
    Some(park(q.parts[0].get(), "acquire", Value::NONE))
}

/// Waits at `waiters` until `deadline`: behind the others, or in front if it was woken in vain.
fn wait_at(vm: &mut Vm, obj: Value, q: &QueueData, putting: bool, deadline: Value) -> Res<Step> {
    let me = vm.current_id();
    let waiters = if putting { &q.putters } else { &q.getters };
    if vm.mstate() == 0 {
        waiters.borrow_mut().push(me);
    } else {
        waiters.borrow_mut().push_front(me);
    }
    vm.set_mstate(1);
    park(obj, if putting { "put" } else { "get" }, deadline)
}

/// Registers: queue, deadline, whether to wait, item. States: 0 new, 1 waits for room, 2 waits for the mutex,
/// 3 the language does the rest.
fn put_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    if vm.mstate() == 3 {
        return vm.resumed(resume).map(Step::Return);
    }
    let (obj, deadline, block, item) = (vm.mreg(0), vm.mreg(1), vm.mreg(2), vm.mreg(3));
    let Some(q) = queue_of(obj) else { return Ok(Step::Return(Value::NONE)) };
    if let Some(end) = resumed(vm, q, resume, true) {
        return Err(end);
    }
    if let Some(wait) = wait_for_mutex(vm, q) {
        return wait;
    }
    if q.closed.get() {
        return Err(raise(vm, "ShutDown"));
    }
    if q.is_full() {
        if block == Value::FALSE {
            return Err(raise(vm, "Full"));
        }
        return wait_at(vm, obj, q, true, deadline);
    }
    if insert(vm, q, item) {
        q.unfinished.set(q.unfinished.get() + 1);
        q.item_came(vm);
        return Ok(Step::Return(Value::NONE));
    }
    // Only the language can compare: the rest is its.
    let f = vm.prelude_function("queue_priority_put")?;
    let args = [obj, item, block, Value::NONE];
    vm.set_mstate(3);
    Ok(Step::Call(CallReq::new(f, &args)))
}

/// Registers: queue, deadline, whether to wait. States as for `put_step`.
fn get_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    if vm.mstate() == 3 {
        return vm.resumed(resume).map(Step::Return);
    }
    let (obj, deadline, block) = (vm.mreg(0), vm.mreg(1), vm.mreg(2));
    let Some(q) = queue_of(obj) else { return Ok(Step::Return(Value::NONE)) };
    if let Some(end) = resumed(vm, q, resume, false) {
        return Err(end);
    }
    if let Some(wait) = wait_for_mutex(vm, q) {
        return wait;
    }
    match remove(q) {
        Ok(Some(v)) => {
            q.room_came(vm);
            Ok(Step::Return(v))
        }
        Ok(None) if q.closed.get() => Err(raise(vm, "ShutDown")),
        Ok(None) if block == Value::FALSE => Err(raise(vm, "Empty")),
        Ok(None) => wait_at(vm, obj, q, false, deadline),
        Err(Ask) => {
            let f = vm.prelude_function("queue_priority_get")?;
            vm.set_mstate(3);
            Ok(Step::Call(CallReq::new(f, &[obj, block, Value::NONE])))
        }
    }
}

// ---- for the prelude: room or item, and the mutex with it

/// `_enter_put(block, timeout)`: waits for room and takes the mutex.
pub fn enter_put(vm: &mut Vm, args: Args<'_>) -> Res {
    enter(vm, args, true)
}

/// `_enter_get(block, timeout)`: waits for an item and takes the mutex.
pub fn enter_get(vm: &mut Vm, args: Args<'_>) -> Res {
    enter(vm, args, false)
}

fn enter(vm: &mut Vm, args: Args<'_>, putting: bool) -> Res {
    let q = this(vm, args)?;
    part(vm, q, 0);
    let block = vm.truth_arg(args, 1, true)?;
    let seconds = if block { wait_time(vm, args, 2)? } else { None };
    let deadline = deadline_value(vm, seconds);
    vm.enter(enter_step, &[args[0], deadline, Value::bool(block), Value::bool(putting)])
}

/// Registers: queue, deadline, whether to wait, whether it is for putting. States as for `put_step`.
fn enter_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let (obj, deadline, block, putting) = (vm.mreg(0), vm.mreg(1), vm.mreg(2), vm.mreg(3) == Value::TRUE);
    let Some(q) = queue_of(obj) else { return Ok(Step::Return(Value::NONE)) };
    if let Some(end) = resumed(vm, q, resume, putting) {
        return Err(end);
    }
    if let Some(wait) = wait_for_mutex(vm, q) {
        return wait;
    }
    let ready = if putting { !q.is_full() } else { q.len() > 0 };
    if q.closed.get() && (putting || !ready) {
        return Err(raise(vm, "ShutDown"));
    }
    if !ready {
        if block == Value::FALSE {
            return Err(raise(vm, if putting { "Full" } else { "Empty" }));
        }
        return wait_at(vm, obj, q, putting, deadline);
    }
    if let Some(m) = q.mutex() {
        m.try_acquire(vm);
    }
    Ok(Step::Return(Value::NONE))
}

/// `_leave_put(done)`: frees the mutex, and tells of the item.
pub fn leave_put(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if let Some(m) = lock_of(q.parts[0].get()) {
        m.release_all(vm);
    }
    if args[1] == Value::TRUE {
        q.unfinished.set(q.unfinished.get() + 1);
        q.item_came(vm);
    }
    Ok(Value::NONE)
}

/// `_leave_get(done)`: frees the mutex, and tells of the room.
pub fn leave_get(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if let Some(m) = lock_of(q.parts[0].get()) {
        m.release_all(vm);
    }
    if args[1] == Value::TRUE {
        q.room_came(vm);
    }
    Ok(Value::NONE)
}

/// `join()`: waits until no task is unfinished.
pub fn join(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if q.unfinished.get() == 0 {
        return Ok(Value::NONE);
    }
    vm.enter(join_step, &[args[0]])
}

fn join_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let obj = vm.mreg(0);
    let Some(q) = queue_of(obj) else { return Ok(Step::Return(Value::NONE)) };
    let me = vm.current_id();
    if let Resume::Raised(e) = resume {
        q.joiners.borrow_mut().remove(me);
        return Err(e.into());
    }
    if q.unfinished.get() == 0 {
        return Ok(Step::Return(Value::NONE));
    }
    q.joiners.borrow_mut().push(me);
    park(obj, "join", Value::NONE)
}
