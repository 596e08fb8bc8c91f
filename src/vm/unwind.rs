//! Exceptions: finding a handler, building tracebacks. Floor 5.

use super::Vm;
use super::block::Exit;
use super::drive::Act;
use super::native::Resume;
use super::thread::{Then, flag as frame_flag};
use crate::bytecode::ops::Op;
use crate::bytecode::program::Flavor;
use crate::object::{Exception, GenState, Generator, TraceEntry};
use crate::value::Value;

impl Vm {
    /// Raises `exc` in the topmost frame: control goes to its handler, or the frame ends and the next one is asked.
    /// `record`: the topmost frame gets a line in the traceback; re-raised exceptions have it already.
    pub(super) fn unwind(&mut self, mut exc: Value, mut record: bool) -> Act {
        loop {
            let Some(&frame) = self.threads.current.frames.last() else {
                return Act::Exit(Exit::Died(exc));
            };
            match frame.code {
                Some(loaded) => {
                    let at = frame.pc.saturating_sub(1);
                    if record && let Some(e) = exc.cast::<Exception>() {
                        e.trace.borrow_mut().push(TraceEntry { code: loaded, pc: at });
                    }
                    if let Some(h) = loaded.code.handlers.iter().find(|h| h.start <= at && at < h.end) {
                        self.set_reg(h.reg, exc);
                        self.jump_to(h.handler);
                        return Act::Run;
                    }
                    if frame.flags & frame_flag::OBSERVED != 0 {
                        self.leave_observed();
                    }
                    self.threads.current.frames.pop();
                    if frame.flags & frame_flag::GENERATOR != 0 {
                        exc = self.leave_generator(frame.base as usize, exc);
                    }
                }
                None if frame.flags & frame_flag::CATCH != 0 => {
                    self.set_catch(false);
                    return Act::Step(Resume::Raised(exc));
                }
                None => {
                    self.threads.current.frames.pop();
                }
            }
            if let Some(act) = self.caught_by_then(frame.then, frame.dst, exc) {
                return act;
            }
            record = true;
        }
    }

    /// What a frame that ends by an exception means to its caller, where that is not just the exception.
    pub(super) fn caught_by_then(&mut self, then: Then, dst: u16, exc: Value) -> Option<Act> {
        let stop = self.types.StopIteration;
        match then {
            Then::ForItem if self.is_instance(exc, stop) => Some(self.for_end()),
            Then::YieldFrom if self.is_instance(exc, stop) => {
                let value = self.stop_value(exc);
                self.set_reg(dst, value);
                Some(Act::Run)
            }
            Then::GetAttr => {
                let attribute_error = self.types.AttributeError;
                if !self.is_instance(exc, attribute_error) {
                    return None;
                }
                self.getattr_fallback(dst, exc)
            }
            _ => None,
        }
    }

    /// `StopIteration.value`.
    pub fn stop_value(&self, exc: Value) -> Value {
        if let Some(v) = self.exc_field(exc, self.names.value) {
            return v;
        }
        let args = exc.cast::<Exception>().and_then(|e| e.args.get().cast::<crate::object::Tuple>());
        args.and_then(|t| t.items().first().copied()).unwrap_or(Value::NONE)
    }

    /// Closes the generator whose frame, with its window at `base`, ended by `exc`; gives what to raise in its caller.
    fn leave_generator(&mut self, base: usize, exc: Value) -> Value {
        self.leave_handled(base);
        let Some(g) = self.threads.current.stack[base - 2].cast::<Generator>() else { return exc };
        g.state.set(GenState::Closed);
        // PEP 479, PEP 525.
        let (stop, async_stop) = (self.types.StopIteration, self.types.StopAsyncIteration);
        let text = if self.is_instance(exc, stop) {
            format!("{} raised StopIteration", g.word())
        } else if g.flavor() == Flavor::AsyncGenerator && self.is_instance(exc, async_stop) {
            format!("{} raised StopAsyncIteration", g.word())
        } else {
            return self.step_ended_by(g, exc);
        };
        self.step_closed(g);
        let class = self.types.RuntimeError;
        let text = self.new_str(&text);
        let new = self.new_exception(class, &[text]);
        if let Some(e) = new.cast::<Exception>() {
            e.cause.set(exc);
            e.context.set(exc);
            e.suppress_context.set(true);
        }
        new
    }

    /// The exception being handled (`sys.exception()`), or `None`: the innermost generator's, or that of whoever
    /// resumed it.
    pub fn handled_exception(&self) -> Value {
        let t = &self.threads.current;
        if !t.handled.is_none() || t.handled_below == 0 {
            return t.handled;
        }
        let generators = t.frames.iter().rev().filter(|f| f.flags & frame_flag::GENERATOR != 0);
        generators.map(|f| t.stack[f.base as usize - 3]).find(|h| !h.is_none()).unwrap_or(Value::NONE)
    }

    /// A generator's frame, with its window at `base`, ends or pauses: its resumer's handled exception is the thread's.
    pub(super) fn leave_handled(&mut self, base: usize) {
        let t = &mut self.threads.current;
        t.handled = t.stack[base - 3];
        t.handled_below -= u32::from(!t.handled.is_none());
    }

    /// Sets `__context__` of a newly raised exception: the one being handled.
    pub(super) fn set_context(&mut self, exc: Value) {
        let handled = self.handled_exception();
        let (Some(e), Some(mut h)) = (exc.cast::<Exception>(), handled.cast::<Exception>()) else { return };
        if h == e {
            return;
        }
        e.context.set(handled);
        // No cycles: if the new one is somewhere in the chain, it is cut out there.
        for _ in 0..10_000 {
            let Some(next) = h.context.get().cast::<Exception>() else { return };
            if next == e {
                h.context.set(Value::NONE);
                return;
            }
            h = next;
        }
    }

    /// The `Raise` instruction: raises `exc`, which may be a class, `from` a cause.
    pub(super) fn raise_op(&mut self, exc: Value, cause: Option<Value>) -> Act {
        if self.is_exception_class(exc) {
            // Made by calling it; the call's result comes back to a machine that raises it.
            self.push_machine(super::raise::raise_step, &[exc, cause.unwrap_or(Value::UNDEF)], Then::Discard, 0);
            return Act::Step(Resume::Start);
        }
        let Some(e) = exc.cast::<Exception>() else {
            return self.raise_act(|vm| vm.type_error("exceptions must derive from BaseException"));
        };
        if let Some(c) = cause {
            if self.is_exception_class(c) {
                self.push_machine(super::raise::raise_step, &[exc, c], Then::Discard, 0);
                return Act::Step(Resume::Start);
            }
            if !c.is_none() && c.cast::<Exception>().is_none() {
                return self.raise_act(|vm| vm.type_error("exception causes must derive from BaseException"));
            }
            e.cause.set(c);
            e.suppress_context.set(true);
        }
        self.set_context(exc);
        Act::Raise { exc, record: true }
    }

    /// `raise` without operand: the handled exception again.
    pub(super) fn reraise_handled(&mut self) -> Act {
        let handled = self.handled_exception();
        if handled.is_none() {
            return self.raise_act(|vm| vm.runtime_error("No active exception to reraise"));
        }
        Act::Raise { exc: handled, record: false }
    }

    /// `MatchExc`: whether `exc` is an instance of a class or of one of a tuple of classes.
    pub(super) fn match_exception(&mut self, exc: Value, class: Value) -> super::Res<bool> {
        let classes: smallvec::SmallVec<[Value; 4]> = match class.cast::<crate::object::Tuple>() {
            Some(t) => smallvec::SmallVec::from_slice(t.items()),
            None => smallvec::smallvec![class],
        };
        for &c in &classes {
            if !self.is_exception_class(c) {
                return Err(self.type_error("catching classes that do not inherit from BaseException is not allowed"));
            }
        }
        let own = self.class_of(exc);
        Ok(classes.iter().any(|c| c.cast::<crate::object::Class>().is_some_and(|c| own.is_subclass(c))))
    }

    /// The loop of the caller's `ForIter` or `ForNext` is over.
    pub(super) fn for_end(&mut self) -> Act {
        let i = self.current_instr();
        if i.op == Op::ForIter {
            self.jump_by(i.c);
        }
        Act::Run
    }

    /// The caller's `ForIter` or `ForNext` has its next item.
    pub(super) fn for_item(&mut self, item: Value) -> Act {
        let i = self.current_instr();
        self.set_reg(i.b, item);
        if i.op == Op::ForNext {
            self.jump_by(i.c);
        }
        Act::Run
    }
}
