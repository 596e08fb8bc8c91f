//! The modules `_thread` and `threading`: starting, joining and naming threads. Floor 7.
//!
//! `threading.Thread` and what builds on it are written in the language (`modules/threading.thr`); here is what only the
//! VM can do.
//!
//! Invariant: a thread's identifier is its number in the VM: 1 for the main thread, never used again.

use super::lock::{lock_class, new_lock, rlock_class};
use super::thread_object::{self, ThreadClass};
use super::wait::{TIMEOUT_MAX, park};
use super::{barrier, condition, event, handle, local, semaphore};
use crate::heap::Gc;
use crate::object::{Class, Dict, List, Tuple};
use crate::value::Value;
use crate::vm::block::ThreadId;
use crate::vm::native::{CallReq, NativeDef, Resume, Step, function};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// The signal of Ctrl-C.
const SIGINT: i64 = 2;
/// The largest number that a signal has.
const SIGNALS: i64 = 64;

/// Natives for the prelude of this floor.
pub const INTRINSICS: &[NativeDef] = &[
    function("_monotonic()", "Seconds since some start.", monotonic),
    function("_class_text(obj, /)", "module.Class of an object.", condition::class_text_of),
];

fn monotonic(vm: &mut Vm, _: Args<'_>) -> Res {
    let now = vm.now() as f64 / 1e9;
    Ok(vm.new_float(now))
}

/// A call with the items of a tuple and a dict (or `None`) as arguments.
pub fn call_with(func: Value, args: Value, kwargs: Value, vm: &mut Vm) -> CallReq {
    let mut req = CallReq::new(func, args.cast::<Tuple>().as_ref().map_or(&[], |t| t.items()));
    if let Some(d) = kwargs.cast::<Dict>()
        && !d.is_empty()
    {
        let entries = d.to_vec();
        let names: Vec<Value> = entries.iter().map(|e| e.key).collect();
        req.args.extend(entries.iter().map(|e| e.value));
        req.kwnames = vm.new_tuple(&names);
    }
    req
}

/// Registers: function, tuple of arguments, dict of keyword arguments or `None`, the thread object or `None`. State 1: the
/// function runs; 2: its exception is dealt with.
fn thread_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match vm.mstate() {
        0 => {
            vm.set_mstate(1);
            if let Resume::Raised(e) = resume {
                return Err(e.into());
            }
            let (f, args, kwargs) = (vm.mreg(0), vm.mreg(1), vm.mreg(2));
            Ok(Step::CallCatching(call_with(f, args, kwargs, vm)))
        }
        1 => {
            let Resume::Raised(e) = resume else { return Ok(Step::Return(Value::NONE)) };
            vm.set_mstate(2);
            let died = if vm.mreg(3).is_none() { None } else { ThreadClass::of(vm).map(|c| c.died) };
            Ok(Step::Call(match died {
                Some(died) => CallReq::new(died, &[vm.mreg(3), e]),
                None => CallReq::new(vm.prelude_function("thread_start_failed")?, &[vm.mreg(0), e]),
            }))
        }
        _ => Ok(Step::Return(Value::NONE)),
    }
}

/// Starts a thread; `handle` gets its number. Exceptions go to who watches over the thread objects of the handle, or are
/// reported as those of [`start_new_thread`].
fn start_joinable_thread(vm: &mut Vm, args: Args<'_>) -> Res {
    if !vm.is_callable(args[0]) {
        return Err(vm.type_error("thread function must be callable"));
    }
    let value = match args.get(1) {
        None | Some(Value::NONE) => handle::new_handle(vm, Value::NONE, 0),
        Some(h) => h,
    };
    let Some(handle) = handle::handle_of(value) else {
        return Err(vm.type_error("'handle' must be a _ThreadHandle"));
    };
    let daemon = vm.truth_arg(args, 2, true)?;
    if handle.id.get() != 0 {
        return Err(vm.runtime_error("thread already started"));
    }
    let object = handle.thread.get();
    let no_args = vm.empty_tuple();
    let id = vm.spawn(thread_step, &[args[0], no_args, Value::NONE, object], object);
    handle.id.set(id.0);
    if let Some(t) = vm.threads.get_mut(id) {
        t.daemon = daemon;
    }
    Ok(value)
}

fn start_new_thread(vm: &mut Vm, args: Args<'_>) -> Res {
    if !vm.is_callable(args[0]) {
        return Err(vm.type_error("first arg must be callable"));
    }
    if args[1].cast::<Tuple>().is_none() {
        return Err(vm.type_error("2nd arg must be a tuple"));
    }
    let kwargs = args.get(2).unwrap_or(Value::NONE);
    if args.get(2).is_some() && kwargs.cast::<Dict>().is_none() {
        return Err(vm.type_error("optional 3rd arg must be a dictionary"));
    }
    let id = vm.spawn(thread_step, &[args[0], args[1], kwargs, Value::NONE], Value::NONE);
    if let Some(t) = vm.threads.get_mut(id) {
        t.daemon = true;
    }
    Ok(Value::small(id.0 as i64))
}

/// `print_exception` of the prelude's, for threads that no `threading.Thread` stands for.
fn print_exception(vm: &mut Vm, args: Args<'_>) -> Res {
    match args.get(1) {
        Some(file) => vm.prelude_call("print_exception_to", &[args[0], file]),
        None => vm.prelude_call("print_exception", &[args[0]]),
    }
}

fn thread_exception(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("thread_exception", &[args[0], args[1]])
}

fn id_of(v: Value) -> ThreadId {
    ThreadId(v.as_int().and_then(|i| u32::try_from(i).ok()).unwrap_or(0))
}

fn get_ident(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::small(vm.current_id().0 as i64))
}

fn current_thread(vm: &mut Vm, _: Args<'_>) -> Res {
    let object = vm.threads.current.object;
    if !object.is_none() {
        return Ok(object);
    }
    match ThreadClass::of(vm) {
        Some(c) => vm.tail_call(c.dummy, &[]),
        None => Ok(Value::NONE),
    }
}

fn make_handle(vm: &mut Vm, args: Args<'_>) -> Res {
    let id = id_of(args[0]).0;
    Ok(handle::new_handle(vm, Value::NONE, id))
}

fn handle_for(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(handle::new_handle(vm, args[0], 0))
}

fn main_ident(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::small(ThreadId::MAIN.0 as i64))
}

fn always(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::TRUE)
}

/// Waits for all threads that are not daemons, those that they start included.
fn shutdown(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.enter(shutdown_step, &[Value::small(0)])
}

/// Registers: number of the thread that it waits for.
fn shutdown_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let me = vm.current_id();
    if let Resume::Raised(e) = resume {
        let id = id_of(vm.mreg(0));
        if let Some(t) = vm.threads.get_mut(id) {
            t.joiners.remove(me);
        }
        return Err(e.into());
    }
    // Threads that it has waited for are gone, and daemons stay daemons: it goes on where it was.
    let from = id_of(vm.mreg(0));
    let waits_for = vm.threads.others_from(from).find(|t| !t.daemon && t.id != me).map(|t| (t.id, t.object));
    let Some((id, object)) = waits_for else { return Ok(Step::Return(Value::NONE)) };
    if let Some(t) = vm.threads.get_mut(id)
        && !t.joiners.contains(me)
    {
        t.joiners.push(me);
    }
    vm.set_mreg(0, Value::small(id.0 as i64));
    park(object, "join", Value::NONE)
}

fn set_object(vm: &mut Vm, args: Args<'_>) -> Res {
    if let Some(t) = vm.threads.get_mut(id_of(args[0])) {
        t.object = args[1];
    }
    Ok(Value::NONE)
}

fn enumerate(vm: &mut Vm, _: Args<'_>) -> Res {
    let objects = vm.threads.all().iter().map(|t| t.object).filter(|o| !o.is_none()).collect();
    Ok(vm.new_list(objects))
}

fn count(vm: &mut Vm, _: Args<'_>) -> Res {
    let n = vm.threads.all().len().saturating_sub(1);
    Ok(Value::small(n as i64))
}

fn next_number(vm: &mut Vm, args: Args<'_>) -> Res {
    let key = match args[0].cast::<crate::object::Str>().map(|s| s.as_str()) {
        Some("thread") => NEXT_THREAD,
        Some("dummy") => "threading.next_dummy",
        _ => "threading.next_executor",
    };
    Ok(Value::small(count_on(vm, key)))
}

/// The counter of threads without a name.
pub const NEXT_THREAD: &str = "threading.next_thread";

/// Counts on, from 0.
pub fn count_on(vm: &mut Vm, key: &'static str) -> i64 {
    let next = vm.module_state.entry(key).or_insert(Value::small(0));
    let n = next.as_int().unwrap_or(0);
    *next = Value::small(n + 1);
    n
}

fn allocate_lock(vm: &mut Vm, _: Args<'_>) -> Res {
    let class = lock_class(vm);
    Ok(new_lock(vm, class, false))
}

fn exit(vm: &mut Vm, _: Args<'_>) -> Res {
    let class = vm.types.SystemExit;
    Err(vm.raise_with(class, &[]))
}

/// As if the signal came: SIGINT raises KeyboardInterrupt in the main thread.
fn interrupt_main(vm: &mut Vm, args: Args<'_>) -> Res {
    let number = if args.get(0).is_none() { SIGINT } else { vm.clamped_arg(args, 0, SIGINT)? };
    if !(1..=SIGNALS).contains(&number) {
        return Err(vm.value_error("signal number out of range"));
    }
    let handlers = vm.module_state.get("signal.handlers").and_then(|v| v.cast::<List>());
    match handlers.and_then(|l| l.items.borrow().get(number as usize).copied()) {
        // SIG_DFL and SIG_IGN: nothing happens, other than with a real signal.
        Some(h) if h.as_int().is_some() => return Ok(Value::NONE),
        Some(h) if !h.is_none() && vm.current_id() == ThreadId::MAIN => {
            let numbers = vm.new_list(vec![Value::small(number)]);
            return vm.prelude_call("signal_handlers", &[numbers]);
        }
        Some(h) if !h.is_none() => {
            vm.threads.raised.push(number as i32);
            vm.attention = true;
            vm.heap.interrupt();
            return Ok(Value::NONE);
        }
        _ if number != SIGINT => return Ok(Value::NONE),
        _ => {}
    }
    let class = vm.types.KeyboardInterrupt;
    if vm.current_id() == ThreadId::MAIN {
        return Err(vm.raise_with(class, &[]));
    }
    let e = vm.new_exception(class, &[]);
    let waits_for_ever = vm.threads.get(ThreadId::MAIN).is_some_and(|t| t.wait.is_some_and(|w| w.deadline.is_none()));
    // As in CPython a wait with an end goes on to it. One without would never notice.
    if waits_for_ever && vm.threads.wake(ThreadId::MAIN, Resume::Raised(e)) {
        return Ok(Value::NONE);
    }
    if let Some(t) = vm.threads.get_mut(ThreadId::MAIN) {
        t.pending = e;
    }
    Ok(Value::NONE)
}

fn stack_size(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = vm.clamped_arg(args, 0, 0)?;
    if n < 0 {
        return Err(vm.value_error("size must be 0 or a positive value"));
    }
    if n != 0 && n < 32768 {
        return Err(vm.value_error(format!("size not valid: {n} bytes")));
    }
    let old = vm.module_state.insert("threading.stack_size", Value::small(n));
    if args.get(0).is_none()
        && let Some(old) = old
    {
        vm.module_state.insert("threading.stack_size", old);
    }
    Ok(old.unwrap_or(Value::small(0)))
}

const FUNCTIONS: &[NativeDef] = &[
    function(
        "start_new_thread(function, args, kwargs=None, /)",
        "Start a thread and return its identifier.",
        start_new_thread,
    ),
    function("start_new(function, args, kwargs=None, /)", "Obsolete name of start_new_thread().", start_new_thread),
    function(
        "start_joinable_thread(function, handle=None, daemon=True)",
        "Start a thread that can be joined; its handle.",
        start_joinable_thread,
    ),
    function("_make_thread_handle(ident, /)", "A handle for a thread that runs.", make_handle),
    function("_handle_for(thread, /)", "A handle for a Thread object.", handle_for),
    function(
        "_set_class(Thread, dummy, died, run, starter, /)",
        "Say what Thread is, and who deals with foreign threads, with exceptions, and with a run() of a program's.",
        thread_object::set_class,
    ),
    function("_init(thread, target, name, args, kwargs, daemon, stderr, /)", "Set a Thread up.", thread_object::init),
    function("_start(thread, starter, trace, profile, /)", "Start a Thread.", thread_object::start),
    function("_join(thread, /)", "Join a Thread.", thread_object::join),
    function("_shutdown()", "Wait for all threads that are not daemons.", shutdown),
    function("_get_main_thread_ident()", "The identifier of the main thread.", main_ident),
    function("_is_main_interpreter()", "True: there is one interpreter.", always),
    function("daemon_threads_allowed()", "True.", always),
    function("get_ident()", "The identifier of the running thread.", get_ident),
    function("get_native_id()", "The identifier of the running thread.", get_ident),
    function("current_thread()", "The running thread's Thread object.", current_thread),
    function("_set_object(number, thread, /)", "Give a thread its Thread object.", set_object),
    function("_enumerate()", "The objects of all threads that are alive.", enumerate),
    function("_count()", "Number of threads besides the main one.", count),
    function("_next_number(what, /)", "Count.", next_number),
    function("allocate_lock(/)", "A new lock.", allocate_lock),
    function("allocate()", "Obsolete name of allocate_lock().", allocate_lock),
    function("exit()", "Raise SystemExit.", exit),
    function("exit_thread()", "Obsolete name of exit().", exit),
    function("interrupt_main(signum=2, /)", "Raise KeyboardInterrupt in the main thread.", interrupt_main),
    function("stack_size(size=0, /)", "The stack size of new threads; kept for compatibility.", stack_size),
    function("_print_exception(exc, file=None, /)", "Print an exception, to sys.stderr by default.", print_exception),
    function("_thread_exception(name, exc, /)", "Print a thread's exception.", thread_exception),
    function("_local_get(obj, name, /)", "Attribute of a thread-local object.", local::get),
    function("_local_set(obj, name, value, /)", "Set an attribute of a thread-local object.", local::set),
    function("_local_del(obj, name, /)", "Delete an attribute of a thread-local object.", local::del),
    function("_local_dict(obj, /)", "The running thread's attributes, None if it has none yet.", local::dict),
    function("_local_forget(obj, /)", "Take the running thread's attributes away.", local::forget),
    function("_local_new(obj, /)", "Give the running thread its attributes.", local::new_dict),
];

fn put(vm: &mut Vm, dict: Gc<Dict>, name: &str, class: Gc<Class>) {
    let name = vm.intern(name);
    dict.set_str(name, class.value());
}

fn init_thread(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let (lock, rlock, error) = (lock_class(vm), rlock_class(vm), vm.types.RuntimeError);
    let handle = handle::class(vm);
    let classes = [("LockType", lock), ("lock", lock), ("RLock", rlock), ("error", error), ("_ThreadHandle", handle)];
    for (name, class) in classes {
        put(vm, dict, name, class);
    }
    let name = vm.intern("TIMEOUT_MAX");
    let max = vm.new_float(TIMEOUT_MAX);
    dict.set_str(name, max);
    Ok(())
}

fn init_threading(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let (plain, bounded) = semaphore::classes(vm);
    let classes = [
        ("Lock", lock_class(vm)),
        ("Condition", condition::class(vm)),
        ("Semaphore", plain),
        ("BoundedSemaphore", bounded),
        ("Event", event::class(vm)),
        ("Barrier", barrier::class(vm)),
        ("BrokenBarrierError", barrier::broken_error(vm)),
        ("ThreadError", vm.types.RuntimeError),
    ];
    for (name, class) in classes {
        put(vm, dict, name, class);
    }
    Ok(())
}

/// The module `_thread`.
pub static THREAD: ModuleDef = ModuleDef {
    name: "_thread",
    doc: "The primitives that threading is built of.",
    functions: FUNCTIONS,
    init: init_thread,
    source: include_str!("../modules/_thread.thr"),
};

/// The module `threading`.
pub static THREADING: ModuleDef = ModuleDef {
    name: "threading",
    doc: "Threads, and what they synchronise with.",
    functions: &[],
    init: init_threading,
    source: include_str!("../modules/threading.thr"),
};
