//! `Lock` and `RLock`. Floor 7.
//!
//! Invariant: `count` is 0 exactly while the lock is free; a plain lock never counts further than 1.

use super::wait::{Site, Waiters, deadline_value, park, timeout_arg, visit_waiters, wake_one};
use super::{native_class, sealed_class};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::class::flag;
use crate::object::{Class, Native, NativeData, NativeFn};
use crate::value::Value;
use crate::vm::block::{ThreadId, WaitQueue};
use crate::vm::native::{NativeDef, Resume, Step, attribute, method, new};
use crate::vm::{Args, Res, Vm};
use std::cell::Cell;

/// State of a lock.
pub struct LockData {
    /// Whether the owner may acquire it again.
    pub reentrant: bool,
    /// The thread that acquired it; of a plain lock, for reports only: anybody may release it.
    pub owner: Cell<u32>,
    /// How often the owner has acquired it.
    pub count: Cell<u64>,
    pub waiters: Waiters,
    pub acquired: Site,
    pub created: Site,
}

impl NativeData for LockData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.data(self.owner.get() as u64);
        v.data(self.count.get());
        visit_waiters(&self.waiters, v);
        self.acquired.visit(v);
        self.created.visit(v);
    }
}

impl LockData {
    fn new(reentrant: bool, created: Site) -> LockData {
        LockData {
            reentrant,
            owner: Cell::new(0),
            count: Cell::new(0),
            waiters: HeapCell::new(WaitQueue::new()),
            acquired: Site::default(),
            created,
        }
    }

    /// Takes the lock for the running thread if that needs no waiting.
    #[inline]
    pub fn try_acquire(&self, vm: &Vm) -> bool {
        let me = vm.current_id().0;
        if self.count.get() == 0 {
            self.owner.set(me);
            self.count.set(1);
            self.acquired.set_here(vm);
            true
        } else if self.reentrant && self.owner.get() == me {
            self.count.set(self.count.get() + 1);
            true
        } else {
            false
        }
    }

    /// Whether the running thread may release it.
    pub fn is_owned(&self, vm: &Vm) -> bool {
        self.count.get() > 0 && (!self.reentrant || self.owner.get() == vm.current_id().0)
    }

    /// Gives the lock up entirely; how often it had been acquired.
    pub fn release_all(&self, vm: &mut Vm) -> u64 {
        let n = self.count.replace(0);
        self.owner.set(0);
        wake_one(vm, &self.waiters);
        n
    }

    /// Undoes one acquisition. `false` if it was not acquired.
    #[inline]
    fn release(&self, vm: &mut Vm) -> bool {
        if !self.is_owned(vm) {
            return false;
        }
        let n = self.count.get() - 1;
        self.count.set(n);
        if n == 0 {
            self.owner.set(0);
            if !self.waiters.borrow().is_empty() {
                wake_one(vm, &self.waiters);
            }
        }
        true
    }

    /// Takes a thread that stops waiting out of the queue. One that was woken already passes the turn on.
    pub fn give_up(&self, vm: &mut Vm, me: ThreadId) {
        let waited = self.waiters.borrow_mut().remove(me);
        if !waited && self.count.get() == 0 {
            wake_one(vm, &self.waiters);
        }
    }
}

/// The lock that `v` is.
pub fn lock_of<'a>(v: Value) -> Option<&'a LockData> {
    v.cast::<Native>()?.data_ref::<LockData>()
}

/// As [`lock_of`], for locks that act natively: those whose class does not override acquiring or releasing.
pub fn plain_lock_of<'a>(vm: &mut Vm, v: Value) -> Option<&'a LockData> {
    let lock = lock_of(v)?;
    let class = vm.class_of(v);
    if !class.has(flag::HEAP) {
        return Some(lock);
    }
    for name in ["acquire", "release"] {
        let name = vm.intern(name);
        vm.lookup_class(class, name)?.cast::<NativeFn>()?;
    }
    Some(lock)
}

/// `_thread.lock`.
pub fn lock_class(vm: &mut Vm) -> Gc<Class> {
    sealed_class(vm, "lock", "_thread", "sync.lock", LOCK)
}

/// `_thread.RLock`.
pub fn rlock_class(vm: &mut Vm) -> Gc<Class> {
    native_class(vm, "RLock", "_thread", "sync.rlock", RLOCK)
}

/// A new lock object.
pub fn new_lock(vm: &mut Vm, class: Gc<Class>, reentrant: bool) -> Value {
    let created = Site::here(vm);
    vm.new_native(class, LockData::new(reentrant, created)).value()
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a LockData> {
    vm.native_receiver::<LockData>(args, "_thread.lock")
}

fn lock_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else {
        return Err(vm.type_error("lock.__new__(X): X is not a type object"));
    };
    if class == lock_class(vm) {
        if args.kwargs().is_some_and(|k| !k.is_empty()) {
            return Err(vm.type_error("lock() takes no keyword arguments"));
        }
        if !args.rest().is_empty() {
            let message = format!("lock expected 0 arguments, got {}", args.rest().len());
            return Err(vm.type_error(message));
        }
    }
    Ok(new_lock(vm, class, false))
}

fn rlock_new(vm: &mut Vm, args: Args<'_>) -> Res {
    match args[0].cast::<Class>() {
        Some(class) => Ok(new_lock(vm, class, true)),
        None => Err(vm.type_error("RLock.__new__(X): X is not a type object")),
    }
}

/// Arguments were for `__new__`, or for the `__init__` of a subclass.
fn init(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::NONE)
}

fn acquire(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?;
    if args.get(1).is_none() && args.get(2).is_none() {
        if lock.try_acquire(vm) {
            return Ok(Value::TRUE);
        }
        return vm.enter(acquire_step, &[args[0], Value::NONE]);
    }
    let blocking = vm.truth_arg(args, 1, true)?;
    let timeout = timeout_arg(vm, args, 2)?;
    if args.get(2) == Some(Value::NONE) {
        return Err(vm.type_error("'NoneType' object cannot be interpreted as an integer"));
    }
    let timeout = timeout.filter(|&t| t != -1.0);
    if !blocking && timeout.is_some() {
        return Err(vm.value_error("can't specify a timeout for a non-blocking call"));
    }
    if timeout.is_some_and(|t| t < 0.0) {
        return Err(vm.value_error("timeout value must be a non-negative number"));
    }
    if lock.try_acquire(vm) {
        return Ok(Value::TRUE);
    }
    if !blocking {
        return Ok(Value::FALSE);
    }
    let deadline = deadline_value(vm, timeout);
    vm.enter(acquire_step, &[args[0], deadline])
}

/// Registers: lock, deadline. State 1: it has waited.
fn acquire_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let (obj, deadline) = (vm.mreg(0), vm.mreg(1));
    let Some(lock) = lock_of(obj) else { return Ok(Step::Return(Value::FALSE)) };
    let me = vm.current_id();
    match resume {
        Resume::TimedOut => {
            lock.give_up(vm, me);
            return Ok(Step::Return(Value::FALSE));
        }
        Resume::Raised(e) => {
            lock.give_up(vm, me);
            return Err(e.into());
        }
        _ => {}
    }
    if lock.try_acquire(vm) {
        return Ok(Step::Return(Value::TRUE));
    }
    wait_turn(vm, lock, me);
    park(obj, "acquire", deadline)
}

/// Queues the running machine's thread: at the end, or in front if it was woken in vain.
pub fn wait_turn(vm: &mut Vm, lock: &LockData, me: ThreadId) {
    if vm.mstate() == 0 {
        vm.set_mstate(1);
        lock.waiters.borrow_mut().push(me);
    } else {
        lock.waiters.borrow_mut().push_front(me);
    }
}

fn release(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?;
    give_back(vm, lock)
}

/// Undoes one acquisition.
///
/// # Errors
/// RuntimeError if the running thread may not release the lock.
pub fn give_back(vm: &mut Vm, lock: &LockData) -> Res {
    if lock.release(vm) {
        return Ok(Value::NONE);
    }
    let message = if lock.reentrant { "cannot release un-acquired lock" } else { "release unlocked lock" };
    Err(vm.runtime_error(message))
}

fn enter(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?;
    take(vm, args[0], lock)
}

/// Takes the lock `obj`, waiting for it as long as need be.
pub fn take(vm: &mut Vm, obj: Value, lock: &LockData) -> Res {
    if lock.try_acquire(vm) {
        return Ok(Value::TRUE);
    }
    vm.enter(acquire_step, &[obj, Value::NONE])
}

fn locked(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?;
    Ok(Value::bool(lock.count.get() > 0))
}

fn is_owned(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?;
    Ok(Value::bool(lock.is_owned(vm)))
}

fn recursion_count(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?;
    let n = if lock.is_owned(vm) { lock.count.get() } else { 0 };
    Ok(vm.new_int(n as i64))
}

fn owner_attr(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(this(vm, args)?.owner.get() as i64))
}

fn count_attr(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = this(vm, args)?.count.get();
    Ok(vm.new_int(n as i64))
}

fn release_save(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?;
    if !lock.is_owned(vm) {
        return Err(vm.runtime_error("cannot release un-acquired lock"));
    }
    let owner = lock.owner.get();
    let n = lock.release_all(vm);
    let pair = [vm.new_int(n as i64), vm.new_int(owner as i64)];
    Ok(vm.new_tuple(&pair))
}

fn acquire_restore(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    let count = args[1].cast::<crate::object::Tuple>().and_then(|t| t.items().first().copied());
    vm.enter(restore_step, &[args[0], Value::NONE, count.unwrap_or(Value::small(1))])
}

/// Registers: lock, deadline (none), count. State 1: it has waited.
fn restore_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let count = vm.mreg(2).as_int().unwrap_or(1).max(1) as u64;
    let obj = vm.mreg(0);
    let step = acquire_step(vm, resume)?;
    if let Step::Return(_) = step {
        if let Some(lock) = lock_of(obj) {
            lock.count.set(count);
        }
        return Ok(Step::Return(Value::NONE));
    }
    Ok(step)
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?;
    let id = vm.id(args[0]);
    let class = vm.class_of(args[0]);
    let name = super::wait::class_text(vm, class);
    let state = if lock.count.get() > 0 { "locked" } else { "unlocked" };
    let text = if lock.reentrant {
        format!("<{state} {name} object owner={} count={} at {id:#x}>", lock.owner.get(), lock.count.get())
    } else {
        format!("<{state} {name} object at {id:#x}>")
    };
    Ok(vm.new_str(&text))
}

/// After a fork: the lock is free.
fn reinit(vm: &mut Vm, args: Args<'_>) -> Res {
    let lock = this(vm, args)?;
    lock.release_all(vm);
    Ok(Value::NONE)
}

const ACQUIRE: NativeDef =
    method("acquire(self, blocking=True, timeout=-1)", "Take the lock, waiting for it if asked to.", acquire);
const RELEASE: NativeDef = method("release(self, /)", "Give the lock up.", release);
const LOCKED: NativeDef = method("locked(self, /)", "Whether somebody has the lock.", locked);
const ENTER: NativeDef = method("__enter__(self, /)", "Take the lock.", enter);
const EXIT: NativeDef = method("__exit__(self, /, *exc)", "Give the lock up.", release);
const INIT: NativeDef = method("__init__(self, /, *args, **kwargs)", "Nothing to set up.", init);
const REPR: NativeDef = method("__repr__(self, /)", "Return repr(self).", repr);
const REINIT: NativeDef = method("_at_fork_reinit(self, /)", "Free the lock.", reinit);

const LOCK: &[NativeDef] = &[
    new("__new__(cls, /, *args, **kwargs)", "A free lock.", lock_new),
    INIT,
    ACQUIRE,
    RELEASE,
    LOCKED,
    method("acquire_lock(self, blocking=True, timeout=-1)", "Obsolete name of acquire().", acquire),
    method("release_lock(self, /)", "Obsolete name of release().", release),
    method("locked_lock(self, /)", "Obsolete name of locked().", locked),
    ENTER,
    EXIT,
    REPR,
    REINIT,
];

const RLOCK: &[NativeDef] = &[
    new("__new__(cls, /, *args, **kwargs)", "A free lock that its owner may take again.", rlock_new),
    INIT,
    ACQUIRE,
    RELEASE,
    ENTER,
    EXIT,
    method("_is_owned(self, /)", "Whether the running thread has the lock.", is_owned),
    method("_recursion_count(self, /)", "How often the running thread has taken the lock.", recursion_count),
    method("_release_save(self, /)", "Give the lock up entirely, for a wait.", release_save),
    method("_acquire_restore(self, state, /)", "Take the lock back after a wait.", acquire_restore),
    attribute("_owner", "Identifier of the thread that has the lock, 0 for none.", owner_attr),
    attribute("_count", "How often it has taken the lock.", count_attr),
    REPR,
    REINIT,
];
