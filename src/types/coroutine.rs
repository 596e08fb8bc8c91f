//! Coroutines, asynchronous generators and the steps that advance these (PEP 492, PEP 525). Floor 7.
//!
//! Invariant: as for generators, the dispatch loop alone resumes them, through [`Ctl::Generator`].

use super::generator::{
    close, close_generator, code, delegate, frame, itself, name, plain_exception, qualname, running, send, set_name,
    set_qualname, suspended, this, throw, throw_into,
};
use crate::bytecode::program::Flavor;
use crate::heap::Gc;
use crate::object::misc::RecordHead;
use crate::object::{Function, Generator, Record, RecordTag};
use crate::value::Value;
use crate::vm::coroutine::StepKind;
use crate::vm::native::{GenAction, NativeDef, attribute, attribute_rw, function, method};
use crate::vm::{Args, Ctl, ModuleDef, Res, Vm};
use std::cell::Cell;

/// Methods of coroutines.
pub const COROUTINE: &[NativeDef] = &[
    method("__await__(self, /)", "Return an iterator to be used in await expression.", wrap),
    method("send(self, arg, /)", "Resumes the coroutine with a value.", send),
    method("throw(self, type, value=None, traceback=None, /)", "Raises an exception where the coroutine is.", throw),
    method("close(self, /)", "Raises GeneratorExit inside the coroutine.", close),
    attribute_rw("__name__", "the coroutine's name", name, set_name),
    attribute_rw("__qualname__", "the coroutine's qualified name", qualname, set_qualname),
    attribute("cr_running", "whether it runs", running),
    attribute("cr_suspended", "whether it waits", suspended),
    attribute("cr_code", "its code", code),
    attribute("cr_frame", "its frame, None when it is finished", frame),
    attribute("cr_await", "what it waits for", delegate),
    attribute("cr_origin", "where it was made: not tracked, so None", origin),
];

/// Methods of what `coroutine.__await__()` gives.
const WRAPPER: &[NativeDef] = &[
    method("__iter__(self, /)", "Implement iter(self).", itself),
    method("__next__(self, /)", "Implement next(self).", wrapped_next),
    method("send(self, arg, /)", "Resumes the coroutine with a value.", wrapped_send),
    method("throw(self, type, value=None, traceback=None, /)", "Raises an exception in the coroutine.", wrapped_throw),
    method("close(self, /)", "Raises GeneratorExit inside the coroutine.", wrapped_close),
];

/// Methods of asynchronous generators.
const ASYNC_GENERATOR: &[NativeDef] = &[
    method("__aiter__(self, /)", "Return an awaitable, that resolves in asynchronous iterator.", itself),
    method("__anext__(self, /)", "Return an awaitable for the next value.", anext),
    method("asend(self, value, /)", "An awaitable that sends a value, and gives the next one.", asend),
    method("athrow(self, type, value=None, traceback=None, /)", "An awaitable that raises an exception.", athrow),
    method("aclose(self, /)", "An awaitable that raises GeneratorExit.", aclose),
    attribute_rw("__name__", "name of the async generator", name, set_name),
    attribute_rw("__qualname__", "qualified name of the async generator", qualname, set_qualname),
    attribute("ag_running", "whether a step of it is going on", step_running),
    attribute("ag_suspended", "whether it waits at a yield or await", suspended),
    attribute("ag_code", "its code", code),
    attribute("ag_frame", "its frame, None when it is finished", frame),
    attribute("ag_await", "what it waits for", delegate),
];

/// Methods of the awaitables that advance an asynchronous generator.
const STEP: &[NativeDef] = &[
    method("__await__(self, /)", "Return an iterator to be used in await expression.", itself),
    method("__iter__(self, /)", "Implement iter(self).", itself),
    method("__next__(self, /)", "Implement next(self).", step_next),
    method("send(self, arg, /)", "Goes on with a value.", step_send),
    method("throw(self, type, value=None, traceback=None, /)", "Goes on by raising an exception.", step_throw),
    method("close(self, /)", "Ends it by GeneratorExit.", step_close),
];

/// What `prelude/coroutines.thr` needs.
pub const INTRINSICS: &[NativeDef] = &[
    function("_athrow(gen, exc, /)", "The awaitable that raises exc where the generator is.", athrow_exc),
    function("_is_coroutine(obj, /)", "Whether it is a coroutine, or a generator that can be awaited.", is_coroutine),
    function("_close_step(step, /)", "The step can't be used any more.", close_step),
];

/// What the modules `types` and `sys` need.
pub static MODULE: ModuleDef = ModuleDef {
    name: "_coroutines",
    doc: "Natives of types.coroutine and sys.set_asyncgen_hooks.",
    functions: &[
        function("iterable_coroutine(func, /)", "Makes a generator function's generators awaitable.", awaitable),
        function("hooks()", "The hooks of this thread, a tuple.", hooks),
        function("set_hooks(firstiter, finalizer, /)", "Sets the hooks of this thread.", set_hooks),
    ],
    init: |_, _| Ok(()),
    source: "",
};

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let t = &vm.types;
    let tables = [
        (t.coroutine, COROUTINE),
        (t.coroutine_wrapper, WRAPPER),
        (t.async_generator, ASYNC_GENERATOR),
        (t.async_generator_asend, STEP),
        (t.async_generator_athrow, STEP),
    ];
    vm.module_defs.push(&MODULE);
    for (class, table) in tables {
        vm.install_methods(class, table);
    }
}

fn origin(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    vm.none()
}

fn wrap(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    let class = vm.types.coroutine_wrapper;
    let head = RecordHead::new(class, RecordTag::Other);
    Ok(vm.heap.alloc_trailing(head, 1, |_| Cell::new(g.value())).value())
}

/// The coroutine of a `coroutine_wrapper`.
fn wrapped(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(vm.receiver::<Record>(args, "coroutine_wrapper")?.field(0))
}

fn wrapped_next(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = wrapped(vm, args)?;
    Err(Ctl::Generator(g, GenAction::Send(Value::NONE)))
}
fn wrapped_send(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = wrapped(vm, args)?;
    Err(Ctl::Generator(g, GenAction::Send(args[1])))
}
fn wrapped_throw(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = wrapped(vm, args)?;
    throw_into(vm, g, args)
}
fn wrapped_close(vm: &mut Vm, args: Args<'_>) -> Res {
    match wrapped(vm, args)?.cast::<Generator>() {
        Some(g) => close_generator(vm, g),
        None => vm.none(),
    }
}

fn step_running(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(!this(vm, args)?.step.get().is_undef()))
}

fn anext(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    vm.begin_async_step(g, StepKind::Send, Value::NONE)
}
fn asend(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    vm.begin_async_step(g, StepKind::Send, args[1])
}
fn athrow(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    if args.get(2).is_some() {
        let traceback = args.get(3).unwrap_or(Value::NONE);
        return vm.prelude_call("async_generator_throw", &[args[0], args[1], args[2], traceback]);
    }
    // What isn't an exception is refused when the step is begun, as in CPython.
    let exc = plain_exception(vm, args[1]).unwrap_or(args[1]);
    vm.begin_async_step(g, StepKind::Throw, exc)
}
fn athrow_exc(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    vm.begin_async_step(g, StepKind::Throw, args[1])
}
fn aclose(vm: &mut Vm, args: Args<'_>) -> Res {
    let g = this(vm, args)?;
    vm.begin_async_step(g, StepKind::Close, Value::NONE)
}

fn step(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Record>> {
    vm.receiver::<Record>(args, "async_generator_asend")
}
fn step_next(vm: &mut Vm, args: Args<'_>) -> Res {
    step(vm, args)?;
    Err(Ctl::Generator(args[0], GenAction::Send(Value::NONE)))
}
fn step_send(vm: &mut Vm, args: Args<'_>) -> Res {
    step(vm, args)?;
    Err(Ctl::Generator(args[0], GenAction::Send(args[1])))
}
fn step_throw(vm: &mut Vm, args: Args<'_>) -> Res {
    step(vm, args)?;
    throw_into(vm, args[0], args)
}
fn step_close(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = step(vm, args)?;
    if Vm::is_step_closed(s) {
        return vm.none();
    }
    vm.prelude_call("async_step_close", &[args[0]])
}
fn close_step(vm: &mut Vm, args: Args<'_>) -> Res {
    Vm::close_step(step(vm, args)?);
    vm.none()
}

fn is_coroutine(_: &mut Vm, args: Args<'_>) -> Res {
    let g = args[0].cast::<Generator>();
    Ok(Value::bool(g.is_some_and(|g| matches!(g.flavor(), Flavor::Coroutine | Flavor::IterableCoroutine))))
}

/// `types.coroutine` of a generator function: it gets a code that says so.
fn awaitable(vm: &mut Vm, args: Args<'_>) -> Res {
    match args[0].cast::<Function>() {
        Some(f) if f.code.get().code.flavor == Flavor::Generator => {
            let mut code = (*f.code.get().code).clone();
            code.flavor = Flavor::IterableCoroutine;
            let code = vm.load_code(std::sync::Arc::new(code));
            f.code.set(code);
        }
        _ => {}
    }
    Ok(args[0])
}

fn hooks(vm: &mut Vm, _: Args<'_>) -> Res {
    match vm.async_generator_hooks() {
        Some(t) => Ok(t.value()),
        None => Ok(vm.new_tuple(&[Value::NONE; 2])),
    }
}

fn set_hooks(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.set_async_generator_hooks(args[0], args[1]);
    vm.none()
}
