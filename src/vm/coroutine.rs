//! Coroutines and asynchronous generators: what `await` and `async for` do beyond generators (PEP 492, PEP 525). Floor 5.
//!
//! An asynchronous generator is advanced by a *step*, the object that `asend()`, `athrow()` and `aclose()` give and that is awaited.
//! Its frame is resumed as a generator's is. What it awaits suspends it in a `YieldFrom`, and goes up to whoever drives the
//! step; its own `yield` (`x` = 1) ends the step: the value is the result of the `await`.

use super::Vm;
use super::drive::Act;
use super::native::{GenAction, Res};
use super::thread::Then;
use crate::bytecode::ops::{Awaited, Instr};
use crate::bytecode::program::Flavor;
use crate::heap::Gc;
use crate::object::misc::RecordHead;
use crate::object::{Dict, Exception, GenState, Generator, Record, RecordTag, Str, Tuple};
use crate::value::Value;
use std::cell::Cell;

/// What a step does to its generator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepKind {
    /// `__anext__()`, `asend(value)`
    Send,
    /// `athrow(exception)`
    Throw,
    /// `aclose()`
    Close,
}

/// Where the hooks of `sys.set_asyncgen_hooks` are: a dict by thread.
const HOOKS: &str = "asyncgen_hooks";

/// Fields of the record.
const GENERATOR: usize = 0;
const VALUE: usize = 1;
const STATE: usize = 2;
const KIND: usize = 3;

/// Values of its state.
const CREATED: i64 = 0;
const RUNNING: i64 = 1;
const CLOSED: i64 = 2;

fn kind_of(step: Gc<Record>) -> StepKind {
    match step.field(KIND).as_int() {
        Some(0) => StepKind::Send,
        Some(1) => StepKind::Throw,
        _ => StepKind::Close,
    }
}

impl Vm {
    /// What `asend`, `athrow` or `aclose` gives. `value`: what is sent or thrown.
    pub fn new_async_step(&mut self, generator: Gc<Generator>, kind: StepKind, value: Value) -> Value {
        let class = match kind {
            StepKind::Send => self.types.async_generator_asend,
            _ => self.types.async_generator_athrow,
        };
        let fields = [generator.value(), value, Value::small(CREATED), Value::small(kind as i64)];
        let head = RecordHead::new(class, RecordTag::AsyncStep);
        self.heap.alloc_trailing(head, fields.len(), |i| Cell::new(fields[i])).value()
    }

    /// A step of an asynchronous generator: for its first one, the `firstiter` hook of the thread is called before.
    pub fn begin_async_step(&mut self, generator: Gc<Generator>, kind: StepKind, value: Value) -> Res {
        let step = self.new_async_step(generator, kind, value);
        if generator.hooked.replace(true) {
            return Ok(step);
        }
        match self.async_generator_hooks() {
            Some(hooks) if !hooks.items()[0].is_none() => {
                self.prelude_call("async_generator_begins", &[hooks.items()[0], generator.value(), step])
            }
            _ => Ok(step),
        }
    }

    /// The hooks of this thread: a tuple of `firstiter` and `finalizer`.
    pub fn async_generator_hooks(&mut self) -> Option<Gc<Tuple>> {
        let all = self.module_state.get(HOOKS)?.cast::<Dict>()?;
        let thread = self.thread_key();
        all.get_str(thread)?.cast::<Tuple>().filter(|t| t.len() == 2)
    }

    fn thread_key(&mut self) -> Gc<Str> {
        let id = self.threads.current.id.0.to_string();
        self.intern(&id)
    }

    /// Sets them.
    pub fn set_async_generator_hooks(&mut self, firstiter: Value, finalizer: Value) {
        let all = match self.module_state.get(HOOKS).and_then(|v| v.cast::<Dict>()) {
            Some(d) => d,
            None => {
                let d = self.new_dict();
                self.module_state.insert(HOOKS, d.value());
                d
            }
        };
        let hooks = self.new_tuple(&[firstiter, finalizer]);
        let thread = self.thread_key();
        all.set_str(thread, hooks);
    }

    /// Whether a step is over.
    pub fn is_step_closed(step: Gc<Record>) -> bool {
        step.field(STATE).as_int() == Some(CLOSED)
    }

    /// Ends a step that was not begun, or that was left.
    pub fn close_step(step: Gc<Record>) {
        step.set_field(STATE, Value::small(CLOSED));
    }

    /// Drives a step on for the topmost frame.
    pub(super) fn resume_async_step(&mut self, step: Gc<Record>, action: GenAction, then: Then, dst: u16) -> Act {
        let Some(g) = step.field(GENERATOR).cast::<Generator>() else { return Act::Run };
        let kind = kind_of(step);
        let (reused, running) = match kind {
            StepKind::Send => ("__anext__()/asend()", "anext()"),
            StepKind::Throw => ("aclose()/athrow()", "athrow()"),
            StepKind::Close => ("aclose()/athrow()", "aclose()"),
        };
        match step.field(STATE).as_int() {
            Some(CREATED) => {}
            Some(CLOSED) => {
                let message = format!("cannot reuse already awaited {reused}");
                return self.raise_act(|vm| vm.runtime_error(message));
            }
            _ => return self.resume_generator(g, action, then, dst),
        }
        if kind != StepKind::Send && g.state.get() == GenState::Closed {
            Self::close_step(step);
            return self.generator_end(then, dst, Value::NONE);
        }
        if !g.step.get().is_undef() {
            Self::close_step(step);
            let message = format!("{running}: asynchronous generator is already running");
            return self.raise_act(|vm| vm.runtime_error(message));
        }
        let action = match (kind, action) {
            (_, GenAction::Throw(exc)) => GenAction::Throw(exc),
            (StepKind::Send, GenAction::Send(v)) => GenAction::Send(if v.is_none() { step.field(VALUE) } else { v }),
            (_, GenAction::Send(_)) if g.closing.get() => {
                Self::close_step(step);
                return self.raise_act(|vm| vm.stop_async_iteration());
            }
            (_, GenAction::Send(v)) if !v.is_none() => {
                return self.raise_act(|vm| vm.runtime_error("can't send non-None value to a just-started coroutine"));
            }
            (StepKind::Throw, _) if step.field(VALUE).cast::<Exception>().is_none() => {
                // A class of the program's own, or nothing that can be raised.
                let r = self.prelude_call("generator_throw", &[step.value(), step.field(VALUE), Value::NONE]);
                return self.after(r, then, dst);
            }
            (StepKind::Throw, _) => GenAction::Throw(step.field(VALUE)),
            (StepKind::Close, _) => {
                g.closing.set(true);
                let class = self.types.GeneratorExit;
                GenAction::Throw(self.new_exception(class, &[]))
            }
        };
        step.set_field(STATE, Value::small(RUNNING));
        g.step.set(step.value());
        self.resume_generator(g, action, then, dst)
    }

    /// The step that runs `g` is over; gives its kind.
    pub(super) fn step_closed(&mut self, g: Gc<Generator>) -> Option<StepKind> {
        let step = g.step.replace(Value::UNDEF).cast::<Record>()?;
        Self::close_step(step);
        Some(kind_of(step))
    }

    /// The exception `exc` came out of `g`, so that its step is over; gives what its driver gets.
    pub(super) fn step_ended_by(&mut self, g: Gc<Generator>, exc: Value) -> Value {
        let Some(kind) = self.step_closed(g) else { return exc };
        let (stop, exit) = (self.types.StopAsyncIteration, self.types.GeneratorExit);
        if !self.is_instance(exc, stop) && !self.is_instance(exc, exit) {
            return exc;
        }
        g.closing.set(true);
        if kind == StepKind::Close {
            // `await aclose()` is done.
            let class = self.types.StopIteration;
            return self.new_exception(class, &[]);
        }
        exc
    }

    /// `yield value` of an asynchronous generator, whose frame is the topmost one.
    pub(super) fn async_yield(&mut self, value: Value) -> Act {
        let base = self.threads.current.frames.last().map_or(0, |f| f.base as usize);
        let g = self.threads.current.stack.get(base.wrapping_sub(2)).and_then(|v| v.cast::<Generator>());
        let (Some(frame), Some(g)) = (self.suspend(), g) else { return Act::Run };
        if self.step_closed(g) == Some(StepKind::Close) {
            return self.raise_act(|vm| vm.runtime_error("async generator ignored GeneratorExit"));
        }
        self.generator_end(frame.then, frame.dst, value)
    }

    /// An asynchronous generator has no more values.
    pub(super) fn async_generator_end(&mut self, g: Gc<Generator>, then: Then, dst: u16) -> Act {
        if self.step_closed(g) == Some(StepKind::Close) {
            return self.generator_end(then, dst, Value::NONE);
        }
        g.closing.set(true);
        // Like an exception raised by a native: the frame of the generator has no part in it.
        let c = self.stop_async_iteration();
        self.control(c, then, dst, None)
    }

    /// `Await`: the iterator of an awaitable.
    pub(super) fn get_awaitable(&mut self, v: Value, i: Instr) -> Act {
        if let Some(g) = v.cast::<Generator>()
            && matches!(g.flavor(), Flavor::Coroutine | Flavor::IterableCoroutine)
        {
            if g.flavor() == Flavor::Coroutine && g.is_delegating() {
                return self.raise_act(|vm| vm.runtime_error("coroutine is being awaited already"));
            }
            self.set_reg(i.a, v);
            return Act::Run;
        }
        if v.cast::<Record>().is_some_and(|r| r.tag == RecordTag::AsyncStep) {
            self.set_reg(i.a, v);
            return Act::Run;
        }
        let name = self.names.await_;
        if self.special(v, name).is_some() {
            let f = if i.x == Awaited::Next as u8 { "awaitable_of_next" } else { "awaitable_iterator" };
            let r = self.prelude_call(f, &[v]);
            return self.after(r, Then::Store, i.a);
        }
        let class = self.class_name(v);
        let message = match i.x {
            x if x == Awaited::Enter as u8 => {
                format!("'async with' received an object from __aenter__ that does not implement __await__: {class}")
            }
            x if x == Awaited::Exit as u8 => {
                format!("'async with' received an object from __aexit__ that does not implement __await__: {class}")
            }
            x if x == Awaited::Next as u8 => {
                let r = self.prelude_call("invalid_next", &[v]);
                return self.after(r, Then::Store, i.a);
            }
            _ => format!("object {class} can't be used in 'await' expression"),
        };
        self.raise_act(|vm| vm.type_error(message))
    }

    /// Whether it is a coroutine that was not begun.
    pub(super) fn is_forgotten_coroutine(&self, v: Value) -> bool {
        v.cast::<Generator>().is_some_and(|g| g.flavor() == Flavor::Coroutine && g.state.get() == GenState::Created)
    }

    /// `GetYieldFromIter`: as `iter(v)`; a generator that can be awaited may delegate to a coroutine.
    pub(super) fn get_yield_from_iter(&mut self, v: Value, dst: u16) -> Act {
        if v.cast::<Generator>().is_some_and(|g| g.flavor() == Flavor::Coroutine) {
            let code = self.threads.current.frames.last().and_then(|f| f.code);
            if code.is_none_or(|c| c.code.flavor != Flavor::IterableCoroutine) {
                return self.raise_act(|vm| {
                    vm.type_error("cannot 'yield from' a coroutine object in a non-coroutine generator")
                });
            }
            self.set_reg(dst, v);
            return Act::Run;
        }
        self.get_iter(v, dst)
    }

    /// `GetAIter`: `aiter(v)` for `async for`.
    pub(super) fn get_async_iter(&mut self, v: Value, dst: u16) -> Act {
        if v.cast::<Generator>().is_some_and(|g| g.flavor() == Flavor::AsyncGenerator) {
            self.set_reg(dst, v);
            return Act::Run;
        }
        let name = self.names.aiter;
        match self.special(v, name) {
            Some(f) if !f.is_none() => {
                let r = self.prelude_call("async_iterator", &[v]);
                self.after(r, Then::Store, dst)
            }
            _ => {
                let message =
                    format!("'async for' requires an object with __aiter__ method, got {}", self.class_name(v));
                self.raise_act(|vm| vm.type_error(message))
            }
        }
    }

    /// `GetANext`: `anext(v)` for `async for`.
    pub(super) fn get_async_next(&mut self, v: Value, dst: u16) -> Act {
        if let Some(g) = v.cast::<Generator>()
            && g.flavor() == Flavor::AsyncGenerator
        {
            let r = self.begin_async_step(g, StepKind::Send, Value::NONE);
            return self.after(r, Then::Store, dst);
        }
        let name = self.names.anext;
        match self.special(v, name) {
            Some(f) if !f.is_none() => self.call_special(f, v, &[], Then::Store, dst),
            _ => {
                let message =
                    format!("'async for' requires an iterator with __anext__ method, got {}", self.class_name(v));
                self.raise_act(|vm| vm.type_error(message))
            }
        }
    }
}
