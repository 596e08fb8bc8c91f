//! Generators: frames that leave the stack and come back. Floor 5.
//!
//! On the stack a generator's window is preceded by three values: the exception that its resumer handles (`r[-3]`), the
//! generator (`r[-2]`), its function (`r[-1]`).

use super::Vm;
use super::drive::Act;
use super::native::GenAction;
use super::thread::{Frame, Then, flag as frame_flag};
use crate::bytecode::ops::Op;
use crate::bytecode::program::Flavor;
use crate::heap::Gc;
use crate::object::{GenState, Generator, Iter, Record, RecordTag};
use crate::value::Value;

/// Values below a generator's window.
pub(super) const BELOW: usize = 3;

impl Vm {
    /// Resumes `g` for the topmost frame.
    pub(super) fn resume_generator(&mut self, g: Gc<Generator>, action: GenAction, then: Then, dst: u16) -> Act {
        match (g.state.get(), action) {
            (GenState::Running, _) => {
                let message = format!("{} already executing", g.word());
                return self.raise_act(|vm| vm.value_error(message));
            }
            (GenState::Closed, _) if g.flavor() == Flavor::Coroutine => {
                return self.raise_act(|vm| vm.runtime_error("cannot reuse already awaited coroutine"));
            }
            (GenState::Closed, GenAction::Send(_)) => return self.generator_return_to(g, then, dst, Value::NONE),
            (GenState::Closed, GenAction::Throw(exc)) => return Act::Raise { exc, record: true },
            // Nothing of its body has begun, so no handler of it applies.
            (GenState::Created, GenAction::Throw(exc)) => {
                g.state.set(GenState::Closed);
                if let Some(e) = exc.cast::<crate::object::Exception>() {
                    // CPython shows the line of the `def`, which belongs to no instruction of ours.
                    e.trace.borrow_mut().push(crate::object::TraceEntry { code: g.code, pc: u32::MAX });
                }
                let exc = self.step_ended_by(g, exc);
                if let Some(act) = self.caught_by_then(then, dst, exc) {
                    return act;
                }
                return Act::Raise { exc, record: true };
            }
            (GenState::Created, GenAction::Send(v)) if !v.is_none() => {
                let message = format!("can't send non-None value to a just-started {}", g.word());
                return self.raise_act(|vm| vm.type_error(message));
            }
            _ => {}
        }
        if self.threads.current.frames.len() > self.recursion_limit && self.too_deep() {
            return self.recursion_act();
        }
        let started = g.state.get() != GenState::Created;
        self.push_generator(g, then, dst);
        if !started {
            return Act::Run;
        }
        let i = self.current_instr();
        match action {
            GenAction::Send(v) if i.op == Op::YieldFrom => {
                self.set_reg(i.c, v);
                self.step_back();
                Act::Run
            }
            GenAction::Send(v) => {
                self.set_reg(i.a, v);
                Act::Run
            }
            GenAction::Throw(exc) if i.op == Op::YieldFrom => self.throw_into_inner(self.reg(i.b), exc),
            GenAction::Throw(exc) => {
                // Only what the generator itself handles becomes the context.
                if !self.threads.current.handled.is_none() {
                    self.set_context(exc);
                }
                Act::Raise { exc, record: true }
            }
        }
    }

    /// Puts the frame of `g` on the stack.
    #[inline]
    fn push_generator(&mut self, g: Gc<Generator>, then: Then, dst: u16) {
        let t = &mut *self.threads.current;
        let at = t.top();
        let base = at + BELOW;
        let n = g.len();
        if t.stack.len() < base + n {
            t.grow_stack(base + n);
        }
        t.handled_below += u32::from(!t.handled.is_none());
        let window = &mut t.stack[at..base + n];
        window[0] = t.handled;
        window[1] = g.value();
        window[2] = g.func;
        for (slot, reg) in window[BELOW..].iter_mut().zip(g.items()) {
            *slot = reg.get();
        }
        t.handled = g.handled.get().defined().unwrap_or(Value::NONE);
        g.state.set(GenState::Running);
        t.frames.push(Frame {
            code: Some(g.code),
            step: None,
            pc: g.pc.get(),
            base: base as u32,
            dst,
            size: 0,
            then,
            flags: frame_flag::GENERATOR,
        });
    }

    /// Resumes `g` for the `ForIter` or `ForNext` at hand where nothing is special about it; `false` if something is.
    #[inline(never)]
    pub(super) fn resume_for_item(&mut self, g: Gc<Generator>, dst: u16) -> bool {
        if self.threads.current.frames.len() > self.recursion_limit {
            return false;
        }
        match g.state.get() {
            GenState::Created => self.push_generator(g, Then::ForItem, dst),
            GenState::Suspended => match g.last_instr() {
                Some(i) if i.op == Op::Yield && i.x == 0 => {
                    self.push_generator(g, Then::ForItem, dst);
                    self.set_reg(i.a, Value::NONE);
                }
                _ => return false,
            },
            _ => return false,
        }
        true
    }

    /// `yield value` to a `ForIter` or `ForNext`, or to a call of `next()` or `send()`: both frames at once. `false` if somebody
    /// else resumed the generator.
    #[inline(never)]
    pub(super) fn yield_to_caller(&mut self, value: Value) -> bool {
        let t = &mut *self.threads.current;
        let [.., caller, frame] = &mut t.frames[..] else { return false };
        if !matches!(frame.then, Then::ForItem | Then::Store) || frame.flags != frame_flag::GENERATOR {
            return false;
        }
        let (base, pc) = (frame.base as usize, frame.pc);
        let dst = caller.base as usize + frame.dst as usize;
        let at = caller.code.and_then(|c| Some(c.instrs.get((caller.pc as usize).checked_sub(1)?)?.get()));
        let (Some(i), Some(g)) = (at, t.stack[base - 2].cast::<Generator>()) else { return false };
        if frame.then == Then::ForItem && i.op != Op::ForIter {
            caller.pc = caller.pc.wrapping_add_signed(i.c as i16 as i32);
        }
        for (slot, reg) in g.items().iter().zip(&t.stack[base..base + g.len()]) {
            slot.set(*reg);
        }
        g.pc.set(pc);
        g.state.set(GenState::Suspended);
        g.handled.set(t.handled);
        t.handled = t.stack[base - BELOW];
        t.handled_below -= u32::from(!t.handled.is_none());
        t.stack[dst] = value;
        t.frames.pop();
        true
    }

    /// The instruction that was fetched last will run again.
    pub(super) fn step_back(&mut self) {
        if let Some(f) = self.threads.current.frames.last_mut() {
            f.pc = f.pc.saturating_sub(1);
        }
    }

    /// `throw()` into a generator that delegates: the inner iterator gets it first. `GeneratorExit` closes it.
    fn throw_into_inner(&mut self, inner: Value, exc: Value) -> Act {
        let exit = self.types.GeneratorExit;
        let closing = self.is_instance(exc, exit);
        if let Some(g) = inner.cast::<Generator>()
            && !closing
        {
            // What leaves the inner one is raised here, where this one may be handling something.
            if !self.threads.current.handled.is_none() {
                self.set_context(exc);
            }
            return self.resume_generator(g, GenAction::Throw(exc), Then::YieldFrom, self.current_instr().a);
        }
        if let Some(step) = inner.cast::<Record>().filter(|r| r.tag == RecordTag::AsyncStep && !closing) {
            return self.resume_async_step(step, GenAction::Throw(exc), Then::YieldFrom, self.current_instr().a);
        }
        let r = if closing {
            self.prelude_call("generator_close_inner", &[inner, exc])
        } else {
            self.prelude_call("generator_throw_inner", &[inner, exc])
        };
        let dst = self.current_instr().a;
        self.after(r, Then::YieldFrom, dst)
    }

    /// Takes the topmost frame, a generator's, off the stack; its registers go back into the generator.
    pub(super) fn suspend(&mut self) -> Option<Frame> {
        if self.threads.current.frames.last()?.flags & frame_flag::OBSERVED != 0 {
            self.leave_observed();
        }
        let t = &mut self.threads.current;
        let frame = t.frames.pop()?;
        let base = frame.base as usize;
        let g = t.stack[base - 2].cast::<Generator>()?;
        for (slot, reg) in g.items().iter().zip(&t.stack[base..base + g.len()]) {
            slot.set(*reg);
        }
        g.pc.set(frame.pc);
        g.state.set(GenState::Suspended);
        g.handled.set(t.handled);
        self.leave_handled(base);
        Some(frame)
    }

    /// `yield value`: the topmost frame is a generator's.
    pub(super) fn yield_value(&mut self, value: Value) -> Act {
        match self.suspend() {
            Some(f) => Act::Value { then: f.then, dst: f.dst, value },
            None => Act::Run,
        }
    }

    /// The inner iterator of a `YieldFrom` gave a value: it is yielded on.
    pub(super) fn yield_on(&mut self, value: Value) -> Act {
        self.yield_value(value)
    }

    /// `return value` of a generator: its frame is the topmost one.
    pub(super) fn generator_return(&mut self, value: Value) -> Act {
        let t = &mut self.threads.current;
        let Some(frame) = t.frames.pop() else { return Act::Run };
        let base = frame.base as usize;
        let Some(g) = t.stack[base - 2].cast::<Generator>() else { return Act::Run };
        g.state.set(GenState::Closed);
        self.leave_handled(base);
        self.generator_return_to(g, frame.then, frame.dst, value)
    }

    /// `g` has returned `value`.
    fn generator_return_to(&mut self, g: Gc<Generator>, then: Then, dst: u16, value: Value) -> Act {
        if g.flavor() == Flavor::AsyncGenerator {
            return self.async_generator_end(g, then, dst);
        }
        self.generator_end(then, dst, value)
    }

    /// A generator has no more values: `value` is what it returned.
    pub(super) fn generator_end(&mut self, then: Then, dst: u16, value: Value) -> Act {
        match then {
            Then::ForItem => self.for_end(),
            Then::YieldFrom => {
                self.set_reg(dst, value);
                Act::Run
            }
            _ => {
                // Like an exception raised by a native: the frame of the generator has no part in it.
                let c = self.stop_iteration(value);
                self.control(c, then, dst, None)
            }
        }
    }

    /// The `YieldFrom` instruction: one step of the inner iterator in `r[b]`.
    pub(super) fn yield_from(&mut self, inner: Value, sent: Value, dst: u16) -> Act {
        if let Some(g) = inner.cast::<Generator>() {
            return self.resume_generator(g, GenAction::Send(sent), Then::YieldFrom, dst);
        }
        if let Some(step) = inner.cast::<Record>().filter(|r| r.tag == RecordTag::AsyncStep) {
            return self.resume_async_step(step, GenAction::Send(sent), Then::YieldFrom, dst);
        }
        if sent.is_none() {
            if let Some(it) = inner.cast::<Iter>() {
                use super::items::Next;
                match self.next_of(it) {
                    Ok(Next::Item(v)) => return self.yield_value(v),
                    Ok(Next::End) => {
                        self.set_reg(dst, Value::NONE);
                        return Act::Run;
                    }
                    Ok(Next::Ask) => {
                        let r = self.advance(inner);
                        return self.after(r, Then::YieldFrom, dst);
                    }
                    Err(c) => return self.control(c, Then::YieldFrom, dst, None),
                }
            }
            let next = self.names.next;
            return match self.special(inner, next) {
                Some(f) => self.call_special(f, inner, &[], Then::YieldFrom, dst),
                None => {
                    let message = format!("'{}' object is not an iterator", self.class_name(inner));
                    self.raise_act(|vm| vm.type_error(message))
                }
            };
        }
        let r = self.prelude_call("generator_send_inner", &[inner, sent]);
        self.after(r, Then::YieldFrom, dst)
    }
}
