//! The life of a `threading.Thread`: set up, started, run and joined without a frame of the library. Floor 7.
//!
//! `modules/threading.thr` asks the functions here first. They do what its own code does, for threads that take the usual
//! way; for any other (a class that overrides what the library calls, arguments that need conversions) they answer that
//! they did nothing, and the library goes on itself.
//!
//! Invariant: whatever a program can see is as if the library's code had run.

use super::attributes::Attributes;
use super::event::EventData;
use super::handle::{self, HandleData};
use super::number;
use super::thread::{NEXT_THREAD, call_with, count_on};
use crate::heap::{Gc, Visitor};
use crate::object::class::flag;
use crate::object::{BoundMethod, Class, Dict, Function, Instance, Native, NativeData, Str, Tuple};
use crate::value::Value;
use crate::vm::native::{CallReq, Resume, Step};
use crate::vm::{Args, Res, Vm};

/// Attributes of a thread.
const NAMES: [&str; 10] =
    ["_target", "_name", "_args", "_kwargs", "_daemonic", "_ident", "_handle", "_started", "_stderr", "_initialized"];
const TARGET: usize = 0;
const ARGS: usize = 2;
const KWARGS: usize = 3;
const DAEMONIC: usize = 4;
const IDENT: usize = 5;
const HANDLE: usize = 6;
const STARTED: usize = 7;
const INITIALIZED: usize = 9;

/// What a class may override.
const METHODS: [&str; 3] = ["run", "daemon", "_bootstrap"];
const RUN: usize = 0;
const DAEMON: usize = 1;
const BOOTSTRAP: usize = 2;

/// What the library says of itself.
pub struct ThreadClass {
    /// Makes an object for a thread that was not started by the library.
    pub dummy: Value,
    /// Is told of the exception that ended a thread.
    pub died: Value,
    /// Calls `run()` of a thread.
    call_run: Value,
    /// What the library starts threads with.
    starter: Value,
    /// What `Thread` has under these names.
    own: [Value; METHODS.len()],
    methods: Attributes<{ METHODS.len() }>,
    attributes: Attributes<{ NAMES.len() }>,
    /// Classes.
    event: Value,
    handle: Value,
}

impl NativeData for ThreadClass {
    fn visit(&self, v: &mut dyn Visitor) {
        for x in [self.dummy, self.died, self.call_run, self.starter, self.event, self.handle].iter().chain(&self.own) {
            v.value(*x);
        }
        self.methods.visit(v);
        self.attributes.visit(v);
    }
}

impl ThreadClass {
    /// What the library said, if it is loaded.
    pub fn of<'a>(vm: &Vm) -> Option<&'a ThreadClass> {
        vm.numbered_state[number::THREADS].cast::<Native>()?.data_ref::<ThreadClass>()
    }

    fn get(&self, vm: &mut Vm, thread: Gc<Instance>, i: usize) -> Option<Value> {
        self.attributes.get(vm, thread, i)
    }

    /// Whether attributes of `thread` are got and set as those of most objects.
    fn is_plain(&self, thread: Gc<Instance>) -> bool {
        !thread.class().has(flag::USER_GETATTRIBUTE | flag::USER_SETATTR)
    }

    /// Whether the class of `thread` has what `Thread` itself has under name `i` of `METHODS`.
    fn is_own(&self, vm: &mut Vm, thread: Gc<Instance>, i: usize) -> bool {
        let name = self.methods.name(vm, i);
        vm.lookup_class(thread.class(), name) == Some(self.own[i])
    }
}

/// `_set_class(Thread, dummy, died, run, starter)`.
pub fn set_class(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else { return Err(vm.type_error("Thread is not a class")) };
    let (attributes, methods) = (Attributes::new(vm, NAMES), Attributes::new(vm, METHODS));
    let own = [RUN, DAEMON, BOOTSTRAP].map(|i| class.dict.get_str(methods.name(vm, i)).unwrap_or(Value::NONE));
    let handle_class = handle::class(vm);
    let (event, handle) = (super::event::class(vm).value(), handle_class.value());
    let (dummy, died, call_run, starter) = (args[1], args[2], args[3], args[4]);
    let data = ThreadClass { dummy, died, call_run, starter, own, methods, attributes, event, handle };
    let value = vm.new_native(handle_class, data).value();
    vm.numbered_state[number::THREADS] = value;
    Ok(Value::NONE)
}

/// The name that `target` gives to its thread; `None` if only the language can say.
fn name_of_target(target: Value) -> Option<Option<Gc<Str>>> {
    if target.is_none() {
        return Some(None);
    }
    let f = match target.cast::<BoundMethod>() {
        Some(m) => m.func.cast::<Function>()?,
        None => target.cast::<Function>()?,
    };
    f.name.get().cast::<Str>().map(Some)
}

/// `Thread-1 (target)`.
fn number_name(vm: &mut Vm, target: Option<Gc<Str>>) -> Value {
    let n = count_on(vm, NEXT_THREAD) + 1;
    let mut digits = [0u8; 20];
    let (mut at, mut left) = (digits.len(), n.unsigned_abs());
    while left > 0 || at == digits.len() {
        at -= 1;
        digits[at] = b'0' + (left % 10) as u8;
        left /= 10;
    }
    let mut text = String::with_capacity(48);
    text.push_str("Thread-");
    text.extend(digits[at..].iter().map(|&d| d as char));
    if let Some(target) = target {
        text.push_str(" (");
        text.push_str(target.as_str());
        text.push(')');
    }
    vm.new_str(&text)
}

/// `_init(thread, target, name, args, kwargs, daemon, stderr)`: `False` if the library must do it.
pub fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let (target, given, daemon) = (args[1], args[2], args[5]);
    let (Some(thread), Some(known)) = (args[0].cast::<Instance>(), ThreadClass::of(vm)) else {
        return Ok(Value::FALSE);
    };
    if !known.attributes.fits(vm, thread.class()) || thread.shape() != vm.shapes.root(thread.class()) {
        return Ok(Value::FALSE);
    }
    let daemon = if daemon.is_none() {
        // As its property `daemon` says, which a class may override.
        let Some(parent) = vm.threads.current.object.cast::<Instance>() else { return Ok(Value::FALSE) };
        if !known.is_own(vm, parent, DAEMON) {
            return Ok(Value::FALSE);
        }
        let Some(inherited) = known.get(vm, parent, DAEMONIC) else { return Ok(Value::FALSE) };
        inherited
    } else {
        daemon
    };
    let named = given.cast::<Str>().filter(|s| s.class() == vm.types.str_ && s.as_str() != "");
    let name = match named {
        Some(name) => name.value(),
        None if given.is_none() || given.cast::<Str>().is_some_and(|s| s.as_str().is_empty()) => {
            let Some(of_target) = name_of_target(target) else { return Ok(Value::FALSE) };
            number_name(vm, of_target)
        }
        None => return Ok(Value::FALSE),
    };
    let kwargs = if args[4].is_none() { vm.new_dict().value() } else { args[4] };
    let (Some(handle_class), Some(event_class)) = (known.handle.cast::<Class>(), known.event.cast::<Class>()) else {
        return Ok(Value::FALSE);
    };
    let handle = vm.new_native(handle_class, HandleData::new(thread.value(), 0)).value();
    let event = EventData::new(vm);
    let started = vm.new_native(event_class, event).value();
    let values = [target, name, args[3], kwargs, daemon, Value::NONE, handle, started, args[6], Value::TRUE];
    Ok(Value::bool(known.attributes.fill(vm, thread, values)))
}

/// The data of a thread's handle and of its event, if they are the library's own.
fn parts<'a>(known: &ThreadClass, vm: &mut Vm, thread: Gc<Instance>) -> Option<(Value, &'a HandleData, &'a EventData)> {
    if !known.is_plain(thread) || known.get(vm, thread, INITIALIZED)? != Value::TRUE {
        return None;
    }
    let handle = known.get(vm, thread, HANDLE)?;
    let event = known.get(vm, thread, STARTED)?.cast::<Native>()?;
    if event.class().value() != known.event {
        return None;
    }
    Some((handle, handle::handle_of(handle)?, event.data_ref::<EventData>()?))
}

/// `_start(thread, starter, trace, profile)`: `False` if the library must do it, because a program has put another function
/// into the library, or wants to be told of calls.
pub fn start(vm: &mut Vm, args: Args<'_>) -> Res {
    let usual = args[2].is_none() && args[3].is_none();
    Ok(Value::bool(usual && try_start(vm, args[0], args[1]).is_some()))
}

fn try_start(vm: &mut Vm, thread: Value, starter: Value) -> Option<()> {
    let (instance, known) = (thread.cast::<Instance>()?, ThreadClass::of(vm)?);
    let (_, handle, started) = parts(known, vm, instance)?;
    let daemon = known.get(vm, instance, DAEMONIC)?.as_bool()?;
    let usual = starter == known.starter && known.is_own(vm, instance, DAEMON) && known.is_own(vm, instance, BOOTSTRAP);
    if handle.id.get() != 0 || started.set.get() || !usual {
        return None;
    }
    let id = vm.spawn(object_step, &[thread], thread);
    handle.id.set(id.0);
    if let Some(t) = vm.threads.get_mut(id) {
        t.daemon = daemon;
    }
    known.attributes.set(vm, instance, IDENT, Value::small(id.0 as i64));
    started.set(vm);
    Some(())
}

/// What a new thread calls first, and whether that is its target: the library's `run()` calls nothing else.
fn first_call(vm: &mut Vm, known: &ThreadClass, thread: Gc<Instance>) -> (Option<CallReq>, bool) {
    let run = known.methods.name(vm, RUN);
    let overridden = vm.own_attr(thread.value(), run).is_some();
    if !overridden && known.is_plain(thread) && known.is_own(vm, thread, RUN) {
        let [target, args, kwargs] = [TARGET, ARGS, KWARGS].map(|i| known.get(vm, thread, i));
        if let (Some(target), Some(args), Some(kwargs)) = (target, args, kwargs) {
            let plain = args.cast::<Tuple>().is_some() && kwargs.cast::<Dict>().is_some();
            if target.is_none() {
                return (None, true);
            }
            if plain {
                return (Some(call_with(target, args, kwargs, vm)), true);
            }
        }
    }
    let found = vm.lookup_class(thread.class(), run).filter(|f| f.cast::<Function>().is_some());
    match found {
        Some(f) if !overridden => (Some(CallReq::new(f, &[thread.value()])), false),
        _ => (Some(CallReq::new(known.call_run, &[thread.value()])), false),
    }
}

/// The library's `run()` forgets what it called, so that nothing is kept alive by it.
fn forget_target(vm: &mut Vm, known: &ThreadClass, thread: Gc<Instance>) {
    for i in [TARGET, ARGS, KWARGS] {
        known.attributes.empty(vm, thread, i);
    }
}

/// Register: the thread object. State 1: its target runs, called in place of `run()`; 2: its `run()` runs; 3: its exception
/// is dealt with.
fn object_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let object = vm.mreg(0);
    let (Some(thread), Some(known)) = (object.cast::<Instance>(), ThreadClass::of(vm)) else {
        return Ok(Step::Return(Value::NONE));
    };
    match vm.mstate() {
        0 => {
            if let Resume::Raised(e) = resume {
                return Err(e.into());
            }
            let (call, is_target) = first_call(vm, known, thread);
            vm.set_mstate(if is_target { 1 } else { 2 });
            match call {
                Some(call) => return Ok(Step::CallCatching(call)),
                None => forget_target(vm, known, thread),
            }
        }
        n @ (1 | 2) => {
            if n == 1 {
                forget_target(vm, known, thread);
            }
            if let Resume::Raised(e) = resume {
                vm.set_mstate(3);
                return Ok(Step::Call(CallReq::new(known.died, &[object, e])));
            }
        }
        _ => {}
    }
    Ok(Step::Return(Value::NONE))
}

/// `_join(thread)`: waits for the thread's end; `False` if the library must do it.
pub fn join(vm: &mut Vm, args: Args<'_>) -> Res {
    let (Some(thread), Some(known)) = (args[0].cast::<Instance>(), ThreadClass::of(vm)) else {
        return Ok(Value::FALSE);
    };
    match parts(known, vm, thread) {
        Some((value, handle, started)) if started.set.get() && handle.id.get() != 0 => {
            if vm.threads.current.object == args[0] || handle.id.get() == vm.current_id().0 {
                return Ok(Value::FALSE);
            }
            if handle.is_done(vm) {
                return Ok(Value::NONE);
            }
            handle::wait_for(vm, value, Value::NONE)
        }
        _ => Ok(Value::FALSE),
    }
}
