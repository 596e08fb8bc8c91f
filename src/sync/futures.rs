//! Tasks of a thread pool: submitted, run and settled without frames of the library. Floor 7.
//!
//! `modules/futures/` asks the functions of the module `_futures` first. They do what its own code does, for futures, tasks
//! and pools of the library's own classes while nobody else looks at them; otherwise they answer that they did nothing, and
//! the library goes on itself.
//!
//! Invariant: what is done here is done in one step, while nobody holds the locks that the library would take for it.

use super::attributes::Attributes;
use super::condition::{ConditionData, condition_of, new_condition};
use super::lock::{lock_of, new_lock, rlock_class};
use super::queue::{Order, QueueData, queue_of};
use super::queue_ops::{insert, remove};
use super::semaphore::semaphore_of;
use super::thread::call_with;
use super::wait::wake_all;
use super::{handle, number};
use crate::heap::{Gc, Visitor};
use crate::object::{Class, Dict, Instance, List, Native, NativeData, Set, Tuple};
use crate::value::Value;
use crate::vm::native::{CallReq, NativeDef, Resume, Step, function};
use crate::vm::{Args, ModuleDef, Res, Vm};

const FUTURE: [&str; 6] = ["_condition", "_state", "_result", "_exception", "_waiters", "_done_callbacks"];
const CONDITION: usize = 0;
const STATE: usize = 1;
const RESULT: usize = 2;
const EXCEPTION: usize = 3;
const WAITERS: usize = 4;
const CALLBACKS: usize = 5;

const TASK: [&str; 4] = ["future", "fn", "args", "kwargs"];

const POOL: [&str; 7] =
    ["_max_workers", "_work_queue", "_idle_semaphore", "_threads", "_broken", "_shutdown", "_shutdown_lock"];
const MAX_WORKERS: usize = 0;
const QUEUE: usize = 1;
const IDLE: usize = 2;
const THREADS: usize = 3;
const BROKEN: usize = 4;
const SHUTDOWN: usize = 5;
const LOCK: usize = 6;

/// What the library says of its futures.
struct FutureClass {
    class: Value,
    /// The words of `_state`.
    pending: Value,
    running: Value,
    finished: Value,
    /// `_settle(future, result, exception)`: sets what a call gave.
    settle: Value,
    attributes: Attributes<{ FUTURE.len() }>,
}

impl NativeData for FutureClass {
    fn visit(&self, v: &mut dyn Visitor) {
        [self.class, self.pending, self.running, self.finished, self.settle].iter().for_each(|x| v.value(*x));
        self.attributes.visit(v);
    }
}

/// What the library says of its thread pool.
struct PoolClass {
    /// The class of tasks; `None` once the program ends, and the library has to look at everything.
    task: Value,
    /// The lock that the end of the program takes.
    lock: Value,
    attributes: Attributes<{ POOL.len() }>,
    of_task: Attributes<{ TASK.len() }>,
}

impl NativeData for PoolClass {
    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.task);
        v.value(self.lock);
        self.attributes.visit(v);
        self.of_task.visit(v);
    }
}

fn known<'a, T: NativeData>(vm: &Vm, number: usize) -> Option<&'a T> {
    vm.numbered_state[number].cast::<Native>()?.data_ref::<T>()
}

fn know(vm: &mut Vm, number: usize, data: impl NativeData) -> Res {
    // Nobody sees the object: any class will do.
    let class = handle::class(vm);
    let value = vm.new_native(class, data).value();
    vm.numbered_state[number] = value;
    Ok(Value::NONE)
}

/// `_set_future(Future, pending, running, finished, settle)`.
fn set_future(vm: &mut Vm, args: Args<'_>) -> Res {
    let attributes = Attributes::new(vm, FUTURE);
    let [class, pending, running, finished, settle] = [0, 1, 2, 3, 4].map(|i| args[i]);
    know(vm, number::FUTURES, FutureClass { class, pending, running, finished, settle, attributes })
}

/// `_set_pool(task, lock)`.
fn set_pool(vm: &mut Vm, args: Args<'_>) -> Res {
    let (attributes, of_task) = (Attributes::new(vm, POOL), Attributes::new(vm, TASK));
    know(vm, number::POOLS, PoolClass { task: args[0], lock: args[1], attributes, of_task })
}

impl FutureClass {
    /// The future that `v` is, if it is of the library's own class.
    fn own(&self, v: Value) -> Option<Gc<Instance>> {
        v.cast::<Instance>().filter(|f| f.class().value() == self.class)
    }

    fn set_up(&self, vm: &mut Vm, future: Gc<Instance>) -> bool {
        if !self.attributes.fits(vm, future.class()) {
            return false;
        }
        let (waiters, callbacks) = (vm.new_list(Vec::new()), vm.new_list(Vec::new()));
        self.attributes.fill(vm, future, [Value::UNDEF, self.pending, Value::NONE, Value::NONE, waiters, callbacks])
    }

    /// The future's condition, if somebody has asked for it.
    fn condition<'a>(&self, vm: &mut Vm, future: Gc<Instance>) -> Option<&'a ConditionData> {
        self.attributes.get(vm, future, CONDITION).and_then(condition_of)
    }

    /// Whether nobody holds the lock of the future's condition.
    fn is_free(&self, vm: &mut Vm, future: Gc<Instance>) -> bool {
        match self.attributes.get(vm, future, CONDITION) {
            Some(c) => condition_of(c).and_then(|c| lock_of(c.lock.get())).is_some_and(|l| l.count.get() == 0),
            None => true,
        }
    }

    /// The call begins. `false`: it was cancelled, or somebody holds the lock.
    fn run(&self, vm: &mut Vm, future: Gc<Instance>) -> bool {
        let pending = self.attributes.get(vm, future, STATE) == Some(self.pending) && self.is_free(vm, future);
        if pending {
            self.attributes.set(vm, future, STATE, self.running);
        }
        pending
    }

    /// The call gave `value`, as attribute `what`. `false`: somebody is to be told of it.
    fn finish(&self, vm: &mut Vm, future: Gc<Instance>, what: usize, value: Value) -> bool {
        let nobody = |v: Option<Value>| v.and_then(|v| v.cast::<List>()).is_some_and(|l| l.is_empty());
        let [state, waiters, callbacks] = [STATE, WAITERS, CALLBACKS].map(|i| self.attributes.get(vm, future, i));
        if state != Some(self.running) || !nobody(waiters) || !nobody(callbacks) || !self.is_free(vm, future) {
            return false;
        }
        self.attributes.set(vm, future, what, value);
        self.attributes.set(vm, future, STATE, self.finished);
        if let Some(c) = self.condition(vm, future) {
            wake_all(vm, &c.waiters);
        }
        true
    }
}

/// `_init(future)`: `False` if the library must do it.
fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let (Some(known), Some(future)) = (known::<FutureClass>(vm, number::FUTURES), args[0].cast::<Instance>()) else {
        return Ok(Value::FALSE);
    };
    Ok(Value::bool(known.set_up(vm, future)))
}

/// `_condition(future)`: a condition over a lock of its own, made and kept when it is first asked for.
fn condition(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = rlock_class(vm);
    let lock = new_lock(vm, class, true);
    let condition = new_condition(vm, lock);
    if let (Some(known), Some(future)) = (known::<FutureClass>(vm, number::FUTURES), args[0].cast::<Instance>()) {
        known.attributes.set(vm, future, CONDITION, condition);
    }
    Ok(condition)
}

/// `_value(future)`: its result if it has one, `NotImplemented` if the library must look.
fn value(vm: &mut Vm, args: Args<'_>) -> Res {
    let look = || {
        let known = known::<FutureClass>(vm, number::FUTURES)?;
        let future = known.own(args[0])?;
        let [state, exception, result] = [STATE, EXCEPTION, RESULT].map(|i| known.attributes.get(vm, future, i));
        if state == Some(known.finished) && exception == Some(Value::NONE) { result } else { None }
    };
    Ok({ look }().unwrap_or(Value::NOT_IMPLEMENTED))
}

/// `_submit(pool, fn, args, kwargs)`: the task's future, `None` if the library must do it.
fn submit(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(try_submit(vm, args).unwrap_or(Value::NONE))
}

fn simple_queue<'a>(v: Value) -> Option<&'a QueueData> {
    queue_of(v).filter(|q| q.order == Order::Simple)
}

fn try_submit(vm: &mut Vm, args: Args<'_>) -> Option<Value> {
    let (futures, pools) = (known::<FutureClass>(vm, number::FUTURES)?, known::<PoolClass>(vm, number::POOLS)?);
    let pool = args[0].cast::<Instance>()?;
    let get = |vm: &mut Vm, i: usize| pools.attributes.get(vm, pool, i);
    if get(vm, BROKEN)? != Value::FALSE || get(vm, SHUTDOWN)? != Value::FALSE {
        return None;
    }
    let free = |v: Value| lock_of(v).is_some_and(|l| l.count.get() == 0);
    if !free(get(vm, LOCK)?) || !free(pools.lock) {
        return None;
    }
    let queue = simple_queue(get(vm, QUEUE)?)?;
    let idle = semaphore_of(get(vm, IDLE)?)?;
    let threads = get(vm, THREADS)?.cast::<Set>()?.len() as i64;
    if idle.value.get() <= 0 && threads < get(vm, MAX_WORKERS)?.as_int()? {
        return None;
    }
    let future = vm.new_instance(futures.class.cast::<Class>()?);
    let task_class = pools.task.cast::<Class>()?;
    if !pools.of_task.fits(vm, task_class) || !futures.set_up(vm, future) {
        return None;
    }
    let task = vm.new_instance(task_class);
    if !pools.of_task.fill(vm, task, [future.value(), args[1], args[2], args[3]]) || !insert(vm, queue, task.value()) {
        return None;
    }
    queue.unfinished.set(queue.unfinished.get() + 1);
    queue.item_came(vm);
    idle.try_acquire(vm);
    Some(future.value())
}

/// `_run(calls, first)`: runs `first` (if it is not `...`) and the other tasks of the queue. Gives `NotImplemented` when there
/// are none, `...` when other threads want to run, and what the library must look at itself.
fn run(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.enter(run_step, &[args[0], args[1]])
}

/// Registers: queue, next task or the one that runs, `...` for none. State 1: it runs; 2: the library settles its future.
fn run_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let (Some(futures), Some(pools)) =
        (known::<FutureClass>(vm, number::FUTURES), known::<PoolClass>(vm, number::POOLS))
    else {
        return Ok(Step::Return(vm.mreg(1)));
    };
    let task = vm.mreg(1);
    let goes_on = vm.mstate() != 0;
    match (vm.mstate(), resume) {
        (1, Resume::Raised(value) | Resume::Value(value)) => {
            let raised = matches!(resume, Resume::Raised(_));
            let task = task.cast::<Instance>();
            let future = task.and_then(|t| pools.of_task.get(vm, t, 0)).unwrap_or(Value::NONE);
            let done = match futures.own(future) {
                Some(f) => futures.finish(vm, f, if raised { EXCEPTION } else { RESULT }, value),
                None => false,
            };
            vm.set_mreg(1, Value::ELLIPSIS);
            if !done {
                vm.set_mstate(2);
                let (result, exception) = if raised { (Value::NONE, value) } else { (value, Value::NONE) };
                return Ok(Step::Call(CallReq::new(futures.settle, &[future, result, exception])));
            }
        }
        (_, Resume::Raised(e)) => return Err(e.into()),
        _ => {}
    }
    vm.set_mstate(0);
    let mut next = vm.mreg(1);
    if next == Value::ELLIPSIS {
        // A task costs a tick here, so that a queue full of natives is left, too, but not before a task is done: slices may be
        // shorter than the way back here. Whether it is left depends on the slice alone, not
        // on what interrupts it (a collection, a profile).
        vm.heap.fuel -= 1;
        if goes_on && vm.heap.fuel_left() < 0 {
            return Ok(Step::Return(next));
        }
        let Some(queue) = simple_queue(vm.mreg(0)) else { return Ok(Step::Return(Value::NOT_IMPLEMENTED)) };
        next = match remove(queue) {
            Ok(Some(task)) => task,
            _ => return Ok(Step::Return(Value::NOT_IMPLEMENTED)),
        };
    }
    match begin(vm, futures, pools, next) {
        Some(call) => {
            vm.set_mreg(1, next);
            vm.set_mstate(1);
            Ok(Step::CallCatching(call))
        }
        None => Ok(Step::Return(next)),
    }
}

/// The call of a task, whose future counts as running from now on; `None` if the library must look.
fn begin(vm: &mut Vm, futures: &FutureClass, pools: &PoolClass, task: Value) -> Option<CallReq> {
    let task = task.cast::<Instance>().filter(|t| t.class().value() == pools.task)?;
    let mut get = |i: usize| pools.of_task.get(vm, task, i);
    let (future, f, args, kwargs) = (futures.own(get(0)?)?, get(1)?, get(2)?, get(3)?);
    if args.cast::<Tuple>().is_none() || kwargs.cast::<Dict>().is_none() || !futures.run(vm, future) {
        return None;
    }
    Some(call_with(f, args, kwargs, vm))
}

fn no_init(_: &mut Vm, _: Gc<Dict>) -> Res<()> {
    Ok(())
}

const FUNCTIONS: &[NativeDef] = &[
    function("_set_future(Future, pending, running, finished, settle, /)", "Say what Future is.", set_future),
    function("_set_pool(task, lock, /)", "Say what a task is.", set_pool),
    function("_init(future, /)", "Set a Future up.", init),
    function("_condition(future, /)", "Give a Future its condition.", condition),
    function("_value(future, /)", "The result of a Future, if there is one.", value),
    function("_submit(pool, fn, args, kwargs, /)", "Submit a task.", submit),
    function("_run(calls, first, /)", "Run tasks.", run),
];

/// The module `_futures`.
pub static FUTURES: ModuleDef = ModuleDef {
    name: "_futures",
    doc: "Natives of concurrent.futures.",
    functions: FUNCTIONS,
    init: no_init,
    source: "",
};
