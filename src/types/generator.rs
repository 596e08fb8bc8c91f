//! Generators; coroutines are beside, in `coroutine.rs`. Floor 7.
//!
//! Invariant: a generator is resumed by the dispatch loop only, through [`Ctl::Generator`].

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
    attribute("gi_yieldfrom", "what it iterates by yield from", delegate),
];

/// What `prelude/classes.thr` needs.
pub const INTRINSICS: &[NativeDef] = &[
    function("_throw(gen, exc, /)", "Raises exc where the generator is.", throw_exc),
    function("_generator_kind(gen, /)", "The word for it in messages.", kind),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let g = vm.types.generator;
    vm.install_methods(g, GENERATOR);
}

pub(super) fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Generator>> {
    vm.receiver::<Generator>(args, "generator")
}

pub(super) fn itself(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0])
}
/// What it waits for in a `yield from` or `await`.
pub(super) fn delegate(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    if !g.is_delegating() {
        return vm.none();
    }
    Ok(g.last_instr().and_then(|i| g.items().get(i.b as usize)).map_or(Value::NONE, |c| c.get()))
}

pub(super) fn next(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    Err(Ctl::Generator(args[0], GenAction::Send(Value::NONE)))
}

pub(super) fn send(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    if g.state.get() == GenState::Created && !args[1].is_none() {
        let message = format!("can't send non-None value to a just-started {}", g.word());
        return Err(vm.type_error(message));
    }
    Err(Ctl::Generator(args[0], GenAction::Send(args[1])))
}

pub(super) fn throw(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    throw_into(vm, args[0], args)
}

/// `target.throw(…)` with the arguments after the first one, for whatever the VM can resume.
pub(super) fn throw_into(vm: &mut Vm, target: Value, args: Args<'_>) -> Res {
    if args.get(2).is_some() {
        let traceback = args.get(3).unwrap_or(Value::NONE);
        return vm.prelude_call("generator_throw_parts", &[target, args[1], args[2], traceback]);
    }
    match plain_exception(vm, args[1]) {
        Some(exc) => Err(Ctl::Generator(target, GenAction::Throw(exc))),
        None => vm.prelude_call("generator_throw", &[target, args[1], Value::NONE]),
    }
}

/// The exception that the argument of `throw()` means; `None` if it takes code of the language to make it.
pub(super) fn plain_exception(vm: &mut Vm, exc: Value) -> Option<Value> {
    if exc.cast::<Exception>().is_some() {
        return Some(exc);
    }
    let class = exc.cast::<Class>().filter(|c| c.has(flag::EXCEPTION) && !c.has(flag::HEAP))?;
    Some(vm.new_exception(class, &[]))
}

fn throw_exc(_: &mut Vm, args: Args<'_>) -> Res {
    Err(Ctl::Generator(args[0], GenAction::Throw(args[1])))
}

fn kind(vm: &mut Vm, args: Args<'_>) -> Res {
    let word = args[0].cast::<Generator>().map_or("coroutine", |g| g.word());
    Ok(vm.new_str(word))
}

pub(super) fn close(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    close_generator(vm, g)
}

/// `close()`.
pub(super) fn close_generator(vm: &mut Vm, g: Gc<Generator>) -> Res {
    match g.state.get() {
        GenState::Created => {
            g.state.set(GenState::Closed);
            vm.none()
        }
        GenState::Closed => vm.none(),
        GenState::Running => {
            let message = format!("{} already executing", g.word());
            Err(vm.value_error(message))
        }
        GenState::Suspended => vm.prelude_call("generator_close", &[g.value()]),
    }
}

pub(super) fn name(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.name.get())
}
pub(super) fn set_name(vm: &mut Vm, args: Args<'_>) -> Res {
    if args.get(1).and_then(|v| v.cast::<Str>()).is_none() {
        return Err(vm.type_error("__name__ must be set to a string object"));
    }
    this(vm, args)?.name.set(args[1]);
    vm.none()
}
pub(super) fn qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.qualname.get())
}
pub(super) fn set_qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    if args.get(1).and_then(|v| v.cast::<Str>()).is_none() {
        return Err(vm.type_error("__qualname__ must be set to a string object"));
    }
    this(vm, args)?.qualname.set(args[1]);
    vm.none()
}

pub(super) fn running(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.state.get() == GenState::Running))
}
pub(super) fn suspended(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.state.get() == GenState::Suspended))
}
pub(super) fn code(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.code.value())
}

pub(super) fn frame(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    if g.state.get() == GenState::Closed {
        return vm.none();
    }
    Ok(vm.generator_frame(g))
}
