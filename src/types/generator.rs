//! Generators, coroutines and asynchronous generators. Floor 7.
//!
//! Invariant: a generator is resumed by the dispatch loop only, through [`Ctl::Generator`].

use crate::bytecode::ops::Op;
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Exception, GenState, Generator, Str};
use crate::value::Value;
use crate::vm::native::{GenAction, NativeDef, attribute, attribute_rw, function, method};
use crate::vm::{Args, Ctl, Res, Vm};

/// Methods of generators.
pub const GENERATOR: &[NativeDef] = &[
    method("__iter__(self, /)", "Implement iter(self).", itself),
    method("__next__(self, /)", "Implement next(self).", next),
    method("send(self, value, /)", "Resumes the generator with a value.", send),
    method("throw(self, type, value=None, traceback=None, /)", "Raises an exception where the generator is.", throw),
    method("close(self, /)", "Raises GeneratorExit inside the generator.", close),
    attribute_rw("__name__", "the generator's name", name, set_name),
    attribute_rw("__qualname__", "the generator's qualified name", qualname, set_qualname),
    attribute("gi_running", "whether it runs", running),
    attribute("gi_suspended", "whether it waits at a yield", suspended),
    attribute("gi_code", "its code", code),
    attribute("gi_frame", "its frame, None when it is finished", frame),
    attribute("gi_yieldfrom", "what it iterates by yield from", inner),
];

/// Methods of coroutines.
pub const COROUTINE: &[NativeDef] = &[
    method("__await__(self, /)", "The iterator of an awaited coroutine.", itself),
    method("send(self, value, /)", "Resumes the coroutine with a value.", send),
    method("throw(self, type, value=None, traceback=None, /)", "Raises an exception where the coroutine is.", throw),
    method("close(self, /)", "Raises GeneratorExit inside the coroutine.", close),
    method("__next__(self, /)", "Goes on to the next suspension.", next),
    method("__iter__(self, /)", "The iterator of an awaited coroutine.", itself),
    attribute_rw("__name__", "the coroutine's name", name, set_name),
    attribute_rw("__qualname__", "the coroutine's qualified name", qualname, set_qualname),
    attribute("cr_running", "whether it runs", running),
    attribute("cr_suspended", "whether it waits", suspended),
    attribute("cr_code", "its code", code),
    attribute("cr_frame", "its frame, None when it is finished", frame),
    attribute("cr_await", "what it waits for", inner),
];

/// What `prelude/classes.thr` needs.
pub const INTRINSICS: &[NativeDef] = &[
    function("_throw(gen, exc, /)", "Raises exc where the generator is.", throw_exc),
    function("_generator_kind(gen, /)", "The word for it in messages.", kind),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let (g, c) = (vm.types.generator, vm.types.coroutine);
    vm.install_methods(g, GENERATOR);
    vm.install_methods(c, COROUTINE);
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Generator>> {
    vm.receiver::<Generator>(args, "generator")
}

fn itself(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0])
}

/// What a generator that is suspended in `yield from` delegates to.
fn inner(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    let at = g.code.code.instrs.get((g.pc.get() as usize).wrapping_sub(1));
    match at {
        Some(i) if g.state.get() == GenState::Suspended && i.op == Op::YieldFrom => {
            Ok(g.items().get(i.b as usize).map_or(Value::NONE, |r| r.get()))
        }
        _ => vm.none(),
    }
}

fn next(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    Err(Ctl::Generator(args[0], GenAction::Send(Value::NONE)))
}

fn word(vm: &Vm, v: Value) -> &'static str {
    let class = vm.class_of(v);
    if class == vm.types.coroutine {
        "coroutine"
    } else if class == vm.types.async_generator {
        "async generator"
    } else {
        "generator"
    }
}

fn send(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    if g.state.get() == GenState::Created && !args[1].is_none() {
        let message = format!("can't send non-None value to a just-started {}", word(vm, args[0]));
        return Err(vm.type_error(message));
    }
    Err(Ctl::Generator(args[0], GenAction::Send(args[1])))
}

fn throw(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    if args.get(2).is_some() {
        let traceback = args.get(3).unwrap_or(Value::NONE);
        return vm.prelude_call("generator_throw_parts", &[args[0], args[1], args[2], traceback]);
    }
    if args[1].cast::<Exception>().is_some() {
        return Err(Ctl::Generator(args[0], GenAction::Throw(args[1])));
    }
    match args[1].cast::<Class>().filter(|c| c.has(flag::EXCEPTION)) {
        Some(class) if !class.has(flag::HEAP) => {
            let exc = vm.new_exception(class, &[]);
            Err(Ctl::Generator(args[0], GenAction::Throw(exc)))
        }
        _ => vm.prelude_call("generator_throw", &[args[0], args[1], Value::NONE]),
    }
}

fn throw_exc(_: &mut Vm, args: Args<'_>) -> Res {
    Err(Ctl::Generator(args[0], GenAction::Throw(args[1])))
}

fn kind(vm: &mut Vm, args: Args<'_>) -> Res {
    let word = word(vm, args[0]);
    Ok(vm.new_str(word))
}

fn close(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    match g.state.get() {
        GenState::Created => {
            g.state.set(GenState::Closed);
            vm.none()
        }
        GenState::Closed => vm.none(),
        GenState::Running => {
            let message = format!("{} already executing", word(vm, args[0]));
            Err(vm.value_error(message))
        }
        GenState::Suspended => vm.prelude_call("generator_close", &[args[0]]),
    }
}

fn name(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.name.get())
}
fn set_name(vm: &mut Vm, args: Args<'_>) -> Res {
    if args.get(1).and_then(|v| v.cast::<Str>()).is_none() {
        return Err(vm.type_error("__name__ must be set to a string object"));
    }
    this(vm, args)?.name.set(args[1]);
    vm.none()
}
fn qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.qualname.get())
}
fn set_qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    if args.get(1).and_then(|v| v.cast::<Str>()).is_none() {
        return Err(vm.type_error("__qualname__ must be set to a string object"));
    }
    this(vm, args)?.qualname.set(args[1]);
    vm.none()
}

fn running(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.state.get() == GenState::Running))
}
fn suspended(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.state.get() == GenState::Suspended))
}
fn code(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.code.value())
}

fn frame(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    if g.state.get() == GenState::Closed {
        return vm.none();
    }
    Ok(vm.generator_frame(g))
}
