//! `queue.Queue`, `LifoQueue`, `PriorityQueue`, `SimpleQueue`: state and methods. Floor 7.
//!
//! The items are in a language object, a `deque` or a `list`, which programs see as `q.queue`. What waits and wakes is in
//! `queue_ops`. Subclasses that override `_put` and kin, and priority queues whose items only the language can
//! compare, go through the prelude.
//!
//! Invariant: nobody changes the items while another thread holds `mutex`.

use super::condition::{condition_of, new_condition};
use super::lock::{LockData, lock_class, lock_of, new_lock};
use super::queue_ops::{self, get, get_nowait, join, put, put_nowait};
use super::wait::{Site, Waiters, visit_waiters, wake_all, wake_one};
use super::{CLASS_GETITEM, native_class};
use crate::heap::{Gc, HeapCell, Kind, Visitor};
use crate::object::class::flag;
use crate::object::{Class, Dict, List, Native, NativeData, NativeFn, View};
use crate::value::Value;
use crate::vm::block::WaitQueue;
use crate::vm::native::{NativeDef, attribute, attribute_rw, function, method, new};
use crate::vm::{Args, ModuleDef, Res, Vm};
use std::cell::Cell;

/// Which end items leave by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    Fifo,
    Lifo,
    Priority,
    /// `SimpleQueue`: no bound, no tasks.
    Simple,
}

/// State of a queue.
pub struct QueueData {
    pub order: Order,
    pub items: Cell<Value>,
    pub maxsize: Cell<i64>,
    pub unfinished: Cell<i64>,
    pub closed: Cell<bool>,
    pub getters: Waiters,
    pub putters: Waiters,
    pub joiners: Waiters,
    /// `mutex`, `not_empty`, `not_full`, `all_tasks_done`: `Undef` until somebody asks.
    pub parts: [Cell<Value>; 4],
    pub created: Site,
}

impl NativeData for QueueData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.items.get());
        for n in [self.maxsize.get(), self.unfinished.get(), self.closed.get() as i64] {
            v.data(n as u64);
        }
        for w in [&self.getters, &self.putters, &self.joiners] {
            visit_waiters(w, v);
        }
        self.parts.iter().for_each(|p| v.value(p.get()));
        self.created.visit(v);
    }
}

impl QueueData {
    /// Number of items in a native container.
    pub fn len(&self) -> usize {
        match super::deque::deque_of(self.items.get()) {
            Some(d) => d.len(),
            None => self.items.get().cast::<List>().map_or(0, |l| l.len()),
        }
    }

    /// Whether another item has no room.
    pub fn is_full(&self) -> bool {
        let max = self.maxsize.get();
        max > 0 && self.len() as i64 >= max
    }

    /// The mutex, if somebody asked for it.
    pub fn mutex<'a>(&self) -> Option<&'a LockData> {
        lock_of(self.parts[0].get())
    }

    /// Whether somebody has the mutex.
    pub fn is_locked(&self) -> bool {
        self.mutex().is_some_and(|l| l.count.get() > 0)
    }

    /// Tells one of those who wait for an item.
    pub fn item_came(&self, vm: &mut Vm) {
        if !self.getters.borrow().is_empty() {
            wake_one(vm, &self.getters);
        }
        self.notify_part(vm, 1, false);
    }

    /// Tells one of those who wait for room.
    pub fn room_came(&self, vm: &mut Vm) {
        if !self.putters.borrow().is_empty() {
            wake_one(vm, &self.putters);
        }
        self.notify_part(vm, 2, false);
    }

    fn notify_part(&self, vm: &mut Vm, part: usize, all: bool) {
        let v = self.parts[part].get();
        if v.is_undef() {
            return;
        }
        if let Some(c) = condition_of(v) {
            if all {
                wake_all(vm, &c.waiters);
            } else {
                wake_one(vm, &c.waiters);
            }
        }
    }
}

/// The queue that `v` is.
pub fn queue_of<'a>(v: Value) -> Option<&'a QueueData> {
    v.cast::<Native>()?.data_ref::<QueueData>()
}

/// The queue that a method was called on.
pub fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a QueueData> {
    vm.native_receiver::<QueueData>(args, "Queue")
}

/// Whether the class overrides `_put` and kin.
pub fn is_hooked(vm: &mut Vm, v: Value) -> bool {
    let class = vm.class_of(v);
    if !class.has(flag::HEAP) {
        return false;
    }
    for name in ["_put", "_get", "_qsize", "_init"] {
        let name = vm.intern(name);
        if vm.lookup_class(class, name).is_some_and(|f| f.cast::<NativeFn>().is_none()) {
            return true;
        }
    }
    false
}

/// `queue.Queue`.
pub fn queue_class(vm: &mut Vm) -> Gc<Class> {
    native_class(vm, "Queue", "queue", "sync.queue", QUEUE_METHODS)
}

/// `_queue.SimpleQueue`.
fn simple_class(vm: &mut Vm) -> Gc<Class> {
    native_class(vm, "SimpleQueue", "_queue", "sync.simple", SIMPLE)
}

fn subclass(vm: &mut Vm, name: &'static str, key: &'static str, table: &'static [NativeDef]) -> Gc<Class> {
    if let Some(class) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let base = queue_class(vm);
    let class = vm.new_native_class(name, "queue", &[base], Kind::Native, flag::BASE | flag::HAS_DICT);
    vm.install_methods(class, table);
    vm.module_state.insert(key, class.value());
    class
}

/// `queue.Empty`, `queue.Full`, `queue.ShutDown`.
pub fn error_class(vm: &mut Vm, name: &'static str) -> Gc<Class> {
    let (key, module) = match name {
        "Empty" => ("sync.Empty", "_queue"),
        "Full" => ("sync.Full", "queue"),
        _ => ("sync.ShutDown", "queue"),
    };
    if let Some(class) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let base = vm.types.Exception;
    let class = vm.new_native_class(name, module, &[base], Kind::Exception, flag::BASE | flag::HAS_DICT);
    vm.module_state.insert(key, class.value());
    class
}

fn make(vm: &mut Vm, args: Args<'_>, order: Order) -> Res {
    let Some(class) = args[0].cast::<Class>() else {
        return Err(vm.type_error("Queue.__new__(X): X is not a type object"));
    };
    let items = container(vm, order);
    let data = QueueData {
        order,
        items: Cell::new(items),
        maxsize: Cell::new(0),
        unfinished: Cell::new(0),
        closed: Cell::new(false),
        getters: HeapCell::new(WaitQueue::new()),
        putters: HeapCell::new(WaitQueue::new()),
        joiners: HeapCell::new(WaitQueue::new()),
        parts: [const { Cell::new(Value::UNDEF) }; 4],
        created: Site::here(vm),
    };
    Ok(vm.new_native(class, data).value())
}

fn container(vm: &mut Vm, order: Order) -> Value {
    match order {
        Order::Fifo | Order::Simple => super::deque::new_deque(vm),
        Order::Lifo | Order::Priority => vm.new_list(Vec::new()),
    }
}

fn fifo_new(vm: &mut Vm, args: Args<'_>) -> Res {
    make(vm, args, Order::Fifo)
}
fn lifo_new(vm: &mut Vm, args: Args<'_>) -> Res {
    make(vm, args, Order::Lifo)
}
fn priority_new(vm: &mut Vm, args: Args<'_>) -> Res {
    make(vm, args, Order::Priority)
}
fn simple_new(vm: &mut Vm, args: Args<'_>) -> Res {
    make(vm, args, Order::Simple)
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    let n = vm.clamped_arg(args, 1, 0)?;
    q.maxsize.set(n);
    if is_hooked(vm, args[0]) {
        let n = vm.new_int(n);
        return vm.prelude_call("queue_hooked_init", &[args[0], n]);
    }
    Ok(Value::NONE)
}

// ---- the hooks, as subclasses call them by super()

fn hook_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    let items = container(vm, q.order);
    q.items.set(items);
    Ok(Value::NONE)
}

fn hook_qsize(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if super::deque::deque_of(q.items.get()).is_none() && q.items.get().cast::<List>().is_none() {
        return vm.prelude_call("queue_len", &[q.items.get()]);
    }
    Ok(Value::small(q.len() as i64))
}

fn hook_put(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if queue_ops::insert(vm, q, args[1]) {
        return Ok(Value::NONE);
    }
    vm.prelude_call("queue_hook_put", &[q.items.get(), args[1], Value::bool(q.order == Order::Priority)])
}

fn hook_get(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    match queue_ops::remove(q) {
        Ok(Some(v)) => Ok(v),
        Ok(None) => Err(vm.index_error("pop from an empty deque")),
        Err(_) => vm.prelude_call("queue_hook_get", &[q.items.get(), Value::bool(q.order == Order::Priority)]),
    }
}

// ---- sizes

fn qsize(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if is_hooked(vm, args[0]) {
        return vm.prelude_call("queue_qsize", &[args[0]]);
    }
    Ok(Value::small(q.len() as i64))
}

fn empty(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if is_hooked(vm, args[0]) {
        return vm.prelude_call("queue_empty", &[args[0]]);
    }
    Ok(Value::bool(q.len() == 0))
}

fn full(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if is_hooked(vm, args[0]) {
        return vm.prelude_call("queue_full", &[args[0]]);
    }
    Ok(Value::bool(q.is_full()))
}

// ---- tasks

fn task_done(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    let n = q.unfinished.get() - 1;
    if n < 0 {
        return Err(vm.value_error("task_done() called too many times"));
    }
    q.unfinished.set(n);
    if n == 0 {
        wake_all(vm, &q.joiners);
        q.notify_part(vm, 3, true);
    }
    Ok(Value::NONE)
}

/// `_count(n)`: adds tasks; for the prelude.
fn add_tasks(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    let n = vm.index_arg(args, 1)?;
    q.unfinished.set((q.unfinished.get() + n).max(0));
    if n < 0 && q.unfinished.get() == 0 {
        wake_all(vm, &q.joiners);
        q.notify_part(vm, 3, true);
    }
    Ok(Value::NONE)
}

fn shutdown(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    let immediate = vm.truth_arg(args, 1, false)?;
    q.closed.set(true);
    if immediate && is_hooked(vm, args[0]) {
        return vm.prelude_call("queue_hooked_shutdown", &[args[0]]);
    }
    if immediate {
        let n = q.len() as i64;
        if let Some(d) = super::deque::deque_of(q.items.get()) {
            d.items.borrow_mut().clear();
        } else if let Some(l) = q.items.get().cast::<List>() {
            l.items.borrow_mut().clear();
        }
        let left = q.unfinished.get();
        if left > 0 {
            q.unfinished.set((left - n).max(0));
        }
        wake_all(vm, &q.joiners);
        q.notify_part(vm, 3, true);
    }
    wake_everybody(vm, q);
    Ok(Value::NONE)
}

fn wake_everybody(vm: &mut Vm, q: &QueueData) {
    wake_all(vm, &q.getters);
    wake_all(vm, &q.putters);
    q.notify_part(vm, 1, true);
    q.notify_part(vm, 2, true);
}

fn wake_everybody_method(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    wake_everybody(vm, q);
    Ok(Value::NONE)
}

// ---- attributes

/// The mutex or one of the conditions, made when somebody asks for the first time.
pub fn part(vm: &mut Vm, q: &QueueData, i: usize) -> Value {
    let v = q.parts[i].get();
    if !v.is_undef() {
        return v;
    }
    let v = if i == 0 {
        let class = lock_class(vm);
        new_lock(vm, class, false)
    } else {
        let mutex = part(vm, q, 0);
        new_condition(vm, mutex)
    };
    q.parts[i].set(v);
    v
}

fn mutex(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    Ok(part(vm, q, 0))
}
fn not_empty(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    Ok(part(vm, q, 1))
}
fn not_full(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    Ok(part(vm, q, 2))
}
fn all_tasks_done(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    Ok(part(vm, q, 3))
}
fn items(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.items.get())
}
fn set_items(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.items.set(args[1]);
    Ok(Value::NONE)
}
fn maxsize(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = this(vm, args)?.maxsize.get();
    Ok(vm.new_int(n))
}
fn set_maxsize(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if let View::Int(n) = args[1].view() {
        q.maxsize.set(n);
    }
    Ok(Value::NONE)
}
fn unfinished(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = this(vm, args)?.unfinished.get();
    Ok(vm.new_int(n))
}
fn set_unfinished(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    if let View::Int(n) = args[1].view() {
        q.unfinished.set(n);
    }
    Ok(Value::NONE)
}
fn is_shutdown(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.closed.get()))
}
fn set_is_shutdown(vm: &mut Vm, args: Args<'_>) -> Res {
    let q = this(vm, args)?;
    q.closed.set(args[1] == Value::TRUE);
    Ok(Value::NONE)
}

const NEW: &str = "__new__(cls, /, *args, **kwargs)";
const PUT: NativeDef =
    method("put(self, item, block=True, timeout=None)", "Put an item in, waiting for room if asked to.", put);
const GET: NativeDef =
    method("get(self, block=True, timeout=None)", "Take an item out, waiting for one if asked to.", get);
const PUT_NOWAIT: NativeDef = method("put_nowait(self, item)", "Put an item in, or raise Full.", put_nowait);
const GET_NOWAIT: NativeDef = method("get_nowait(self)", "Take an item out, or raise Empty.", get_nowait);
const QSIZE: NativeDef = method("qsize(self)", "Number of items.", qsize);
const EMPTY: NativeDef = method("empty(self)", "Whether there are no items.", empty);

const QUEUE_METHODS: &[NativeDef] = &[
    new(NEW, "A queue.", fifo_new),
    method("__init__(self, maxsize=0)", "A queue for so many items; 0 or less: no bound.", init),
    PUT,
    GET,
    PUT_NOWAIT,
    GET_NOWAIT,
    QSIZE,
    EMPTY,
    method("full(self)", "Whether there is no room.", full),
    method("task_done(self)", "Say that an item taken out has been dealt with.", task_done),
    method("join(self)", "Wait until all items have been dealt with.", join),
    method("shutdown(self, immediate=False)", "Make put() and get() raise ShutDown.", shutdown),
    method("_init(self, maxsize)", "Make the container.", hook_init),
    method("_qsize(self)", "Size of the container.", hook_qsize),
    method("_put(self, item)", "Put into the container.", hook_put),
    method("_get(self)", "Take out of the container.", hook_get),
    method("_count(self, n)", "Add tasks.", add_tasks),
    method("_wake_all(self)", "Wake everybody.", wake_everybody_method),
    method("_enter_put(self, block, timeout)", "Wait for room and take the mutex.", queue_ops::enter_put),
    method("_enter_get(self, block, timeout)", "Wait for an item and take the mutex.", queue_ops::enter_get),
    method("_leave_put(self, done)", "Free the mutex after putting.", queue_ops::leave_put),
    method("_leave_get(self, done)", "Free the mutex after taking.", queue_ops::leave_get),
    CLASS_GETITEM,
    attribute("mutex", "The lock of the container.", mutex),
    attribute("not_empty", "Condition: an item came.", not_empty),
    attribute("not_full", "Condition: room came.", not_full),
    attribute("all_tasks_done", "Condition: no unfinished tasks.", all_tasks_done),
    attribute_rw("queue", "The container.", items, set_items),
    attribute_rw("maxsize", "How many items have room.", maxsize, set_maxsize),
    attribute_rw("unfinished_tasks", "How many items were not dealt with.", unfinished, set_unfinished),
    attribute_rw("is_shutdown", "Whether shutdown() was called.", is_shutdown, set_is_shutdown),
];
const LIFO: &[NativeDef] = &[new(NEW, "A queue that gives the latest item first.", lifo_new)];
const PRIORITY: &[NativeDef] = &[new(NEW, "A queue that gives the smallest item first.", priority_new)];
const SIMPLE: &[NativeDef] =
    &[new(NEW, "A simple unbounded queue.", simple_new), PUT, GET, PUT_NOWAIT, GET_NOWAIT, QSIZE, EMPTY, CLASS_GETITEM];

fn init_queue(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let classes = [
        ("Queue", queue_class(vm)),
        ("LifoQueue", subclass(vm, "LifoQueue", "sync.lifo", LIFO)),
        ("PriorityQueue", subclass(vm, "PriorityQueue", "sync.priority", PRIORITY)),
        ("SimpleQueue", simple_class(vm)),
        ("Empty", error_class(vm, "Empty")),
        ("Full", error_class(vm, "Full")),
        ("ShutDown", error_class(vm, "ShutDown")),
    ];
    let mut names = Vec::new();
    for (name, class) in classes {
        let name = vm.intern(name);
        dict.set_str(name, class.value());
        names.push(name.value());
    }
    let (all, names) = (vm.names.all, vm.new_list(names));
    dict.set_str(all, names);
    Ok(())
}

fn new_deque(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(super::deque::new_deque(vm))
}

fn init_native(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    for (name, class) in [("SimpleQueue", simple_class(vm)), ("Empty", error_class(vm, "Empty"))] {
        let name = vm.intern(name);
        dict.set_str(name, class.value());
    }
    Ok(())
}

/// The module `queue`.
pub static QUEUE: ModuleDef = ModuleDef {
    name: "queue",
    doc: "Queues for several producers and consumers.",
    functions: &[function("_new_deque()", "An empty deque.", new_deque)],
    init: init_queue,
    source: include_str!("../modules/queue.thr"),
};

/// The module `_queue`.
pub static NATIVE_QUEUE: ModuleDef =
    ModuleDef { name: "_queue", doc: "The simple queue.", functions: &[], init: init_native, source: "" };
