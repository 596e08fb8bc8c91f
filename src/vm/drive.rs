//! What happens between instructions: calls begin, values are delivered, exceptions unwind, machines step. Floor 5.
//!
//! All of it is one loop over [`Act`]s, so that no amount of nesting in the language nests Rust calls.
//! Invariant: when `drive` returns `Flow::Run`, the topmost frame is code and its `pc` is where to go on.

use super::Vm;
use super::block::Exit;
use super::native::{CallReq, Ctl, GenAction, Res, Resume, Step, StepFn};
use super::thread::{Frame, Then, flag as frame_flag};
use crate::object::{Generator, Record, RecordTag};
use crate::value::Value;

/// What to do next.
pub enum Act {
    /// Hand the value to the topmost frame, as its callee's `then` says.
    Value {
        then: Then,
        dst: u16,
        value: Value,
    },
    /// Call what stands at stack index `at` with the `n` arguments behind it, the last ones named by `kwnames`.
    Call {
        at: usize,
        n: usize,
        kwnames: Value,
        then: Then,
        dst: u16,
    },
    /// Raise in the topmost frame. `record`: with a line in the traceback for it.
    Raise {
        exc: Value,
        record: bool,
    },
    /// Step the topmost frame, a machine.
    Step(Resume),
    /// Resume a generator for the topmost frame.
    Generator {
        generator: crate::heap::Gc<Generator>,
        action: GenAction,
        then: Then,
        dst: u16,
    },
    /// Go on with the topmost frame, which is code.
    Run,
    Exit(Exit),
}

/// A native call that wants an argument converted.
pub(super) struct NativeCall {
    pub id: u32,
    pub args: smallvec::SmallVec<[Value; 8]>,
    /// Number of fixed parameters among `args`; the others are `*args`.
    pub fixed: usize,
    /// Dict of `**kwargs`, or `Undef`.
    pub kwargs: Value,
}

/// What the dispatch loop does after `drive`.
pub enum Flow {
    Run,
    Exit(Exit),
}

impl Vm {
    /// Works until code can run or the thread has to leave the CPU.
    pub(super) fn drive(&mut self, mut act: Act) -> Flow {
        loop {
            act = match act {
                Act::Value { then, dst, value } => self.deliver(then, dst, value),
                Act::Call { at, n, kwnames, then, dst } => self.call_at(at, n, kwnames, then, dst),
                Act::Raise { exc, record } => self.unwind(exc, record),
                Act::Step(resume) => self.step_machine(resume),
                Act::Generator { generator, action, then, dst } => self.resume_generator(generator, action, then, dst),
                Act::Run => return Flow::Run,
                Act::Exit(e) => return Flow::Exit(e),
            }
        }
    }

    /// Turns what a native or an operation gave into an act.
    #[inline]
    pub(super) fn after(&mut self, r: Res, then: Then, dst: u16) -> Act {
        match r {
            Ok(value) => self.give(then, dst, value),
            Err(c) => self.control(c, then, dst, None),
        }
    }

    /// Hands `value` to the topmost frame: at once where it is only stored.
    #[inline(always)]
    pub(super) fn give(&mut self, then: Then, dst: u16, value: Value) -> Act {
        if then == Then::Store {
            self.set_reg(dst, value);
            return Act::Run;
        }
        Act::Value { then, dst, value }
    }

    /// Does what a native asked for. `native`: where on the stack it stands, with the number of its bound arguments, for
    /// conversions of them.
    #[cold]
    #[inline(never)]
    pub(super) fn control(&mut self, c: Ctl, then: Then, dst: u16, native: Option<NativeCall>) -> Act {
        match c {
            Ctl::Raise(exc) => {
                // A native that raises what the instruction waits for left no frame whose end would say so.
                if matches!(then, Then::ForItem | Then::YieldFrom | Then::GetAttr)
                    && let Some(act) = self.caught_by_then(then, dst, exc)
                {
                    return act;
                }
                if exc.cast::<crate::object::Exception>().is_some_and(|e| e.trace.borrow().is_empty()) {
                    self.set_context(exc);
                }
                Act::Raise { exc, record: true }
            }
            Ctl::Call(req) => self.call_req(&req, then, dst),
            Ctl::Enter(step) => {
                let regs = std::mem::take(&mut self.entering);
                self.push_machine(step, &regs, then, dst);
                self.entering = regs;
                Act::Step(Resume::Start)
            }
            Ctl::Generator(g, action) => match g.cast::<Generator>() {
                Some(generator) => Act::Generator { generator, action, then, dst },
                None if g.cast::<Record>().is_some_and(|r| r.tag == RecordTag::AsyncStep) => match g.cast::<Record>() {
                    Some(step) => self.resume_async_step(step, action, then, dst),
                    None => Act::Run,
                },
                None => Act::Raise { exc: self.internal_error("not a generator"), record: true },
            },
            Ctl::Coerce { index, to } => match native {
                Some(call) => self.coerce(call, index, to, then, dst),
                None => Act::Raise { exc: self.internal_error("no argument to convert"), record: true },
            },
            Ctl::WrongReceiver(v, wanted) => {
                let id = native.map_or(u32::MAX, |call| call.id);
                let c = self.wrong_receiver(id, v, &wanted);
                self.control(c, then, dst, None)
            }
            Ctl::ExitProcess(status) => Act::Exit(Exit::ExitProcess(status)),
        }
    }

    /// `SystemError` for what natives must not do.
    #[cold]
    pub(super) fn internal_error(&mut self, message: &str) -> Value {
        let class = self.types.SystemError;
        let text = self.new_str(message);
        self.new_exception(class, &[text])
    }

    /// Pushes a machine frame above everything else.
    pub(super) fn push_machine(&mut self, step: StepFn, regs: &[Value], then: Then, dst: u16) {
        let base = self.threads.current.top();
        self.ensure_stack(base + regs.len());
        let t = &mut self.threads.current;
        t.stack[base..base + regs.len()].copy_from_slice(regs);
        t.frames.push(Frame {
            code: None,
            step: Some(step),
            pc: 0,
            base: base as u32,
            dst,
            size: regs.len() as u16,
            then,
            flags: 0,
        });
    }

    /// Makes the value stack at least `len` long.
    #[inline(always)]
    pub(super) fn ensure_stack(&mut self, len: usize) {
        if self.threads.current.stack.len() < len {
            self.threads.current.grow_stack(len);
        }
    }

    /// Lays a call out above everything else.
    pub(super) fn call_values(&mut self, callee: Value, args: &[Value], then: Then, dst: u16) -> Act {
        let at = self.threads.current.top();
        self.ensure_stack(at + 1 + args.len());
        let stack = &mut self.threads.current.stack;
        stack[at] = callee;
        stack[at + 1..at + 1 + args.len()].copy_from_slice(args);
        Act::Call { at, n: args.len(), kwnames: Value::UNDEF, then, dst }
    }

    pub(super) fn call_req(&mut self, req: &CallReq, then: Then, dst: u16) -> Act {
        match self.call_values(req.callee, &req.args, then, dst) {
            Act::Call { at, n, then, dst, .. } => Act::Call { at, n, kwnames: req.kwnames, then, dst },
            other => other,
        }
    }

    fn step_machine(&mut self, resume: Resume) -> Act {
        let Some(&Frame { step: Some(step), then, dst, .. }) = self.threads.current.frames.last() else {
            return Act::Run;
        };
        match step(self, resume) {
            Ok(Step::Return(value)) => {
                self.threads.current.frames.pop();
                Act::Value { then, dst, value }
            }
            Ok(Step::Call(req)) => self.call_req(&req, Then::Machine, 0),
            Ok(Step::CallCatching(req)) => {
                self.set_catch(true);
                self.call_req(&req, Then::Machine, 0)
            }
            Ok(Step::Generator(g, action)) => {
                self.set_catch(true);
                self.control(Ctl::Generator(g, action), Then::Machine, 0, None)
            }
            Ok(Step::Park(wait)) => {
                self.threads.park_current(wait);
                Act::Exit(Exit::Parked)
            }
            Ok(Step::YieldCpu) => {
                self.threads.current.resume = Resume::Woken;
                Act::Exit(Exit::Yielded)
            }
            Ok(Step::Again) => Act::Step(Resume::Woken),
            Err(c) => {
                self.threads.current.frames.pop();
                self.control(c, then, dst, None)
            }
        }
    }

    /// Whether exceptions of what the topmost machine calls come back to it.
    pub(super) fn set_catch(&mut self, on: bool) {
        if let Some(f) = self.threads.current.frames.last_mut() {
            f.flags = if on { f.flags | frame_flag::CATCH } else { f.flags & !frame_flag::CATCH };
        }
    }

    /// Register `i` of the topmost frame.
    #[inline]
    pub(super) fn reg(&self, i: u16) -> Value {
        let t = &self.threads.current;
        t.frames.last().map_or(Value::UNDEF, |f| t.stack[f.base as usize + i as usize])
    }

    /// Sets register `i` of the topmost frame.
    #[inline]
    pub(super) fn set_reg(&mut self, i: u16, v: Value) {
        let t = &mut self.threads.current;
        if let Some(f) = t.frames.last() {
            t.stack[f.base as usize + i as usize] = v;
        }
    }

    /// The instruction that the topmost frame, which is code, is in the middle of.
    #[inline]
    pub(super) fn current_instr(&self) -> crate::bytecode::ops::Instr {
        use crate::bytecode::ops::{Instr, Op};
        let f = self.threads.current.frames.last();
        f.and_then(|f| f.code?.code.instrs.get((f.pc as usize).checked_sub(1)?).copied()).unwrap_or(Instr::new(
            Op::Nop,
            0,
            0,
            0,
            0,
        ))
    }

    /// Makes the topmost frame, which is code, go on by `by` instructions further.
    pub(super) fn jump_by(&mut self, by: u16) {
        if let Some(f) = self.threads.current.frames.last_mut() {
            f.pc = f.pc.wrapping_add_signed(by as i16 as i32);
        }
    }

    pub(super) fn jump_to(&mut self, pc: u32) {
        if let Some(f) = self.threads.current.frames.last_mut() {
            f.pc = pc;
        }
    }
}
