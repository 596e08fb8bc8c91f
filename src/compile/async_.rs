//! `await`, `async for` and the suspension points of coroutines (PEP 492, 525, 530). Floor 2.
//!
//! Invariant: what is awaited is always behind an `Await` instruction, and waits in a `YieldFrom`: there alone is a
//! coroutine suspended, and by it an asynchronous generator that awaits differs from one that yields.

use super::Res;
use super::regs::Reg;
use super::unit::Unit;
use crate::base::span::Span;
use crate::bytecode::emit::Label;
use crate::bytecode::ops::{Awaited, Common, Op};
use crate::bytecode::program::Const;

impl<'a> Unit<'a> {
    /// `dst = await r[value]`.
    pub(super) fn await_(&mut self, dst: Reg, value: Reg, what: Awaited, span: Span) {
        let mark = self.regs.mark();
        let it = self.regs.alloc_run(2);
        self.opx(Op::Await, what as u8, it, value, 0, span);
        self.konst(it + 1, Const::None, span);
        self.op(Op::YieldFrom, dst, it, it + 1, span);
        self.regs.reset(mark);
    }

    /// `dst = await r[value]` without fresh registers; `value` and `sent` are used for the iterator and what is sent to it.
    pub(super) fn await_in(&mut self, dst: Reg, value: Reg, sent: Reg, what: Awaited, span: Span) {
        self.opx(Op::Await, what as u8, value, value, 0, span);
        self.konst(sent, Const::None, span);
        self.op(Op::YieldFrom, dst, value, sent, span);
    }

    /// `dst = yield r[value]`.
    pub(super) fn yield_(&mut self, dst: Reg, value: Reg, span: Span) {
        let is_async = self.cx.scopes.get(self.scope).is_coroutine;
        self.opx(Op::Yield, u8::from(is_async), dst, value, 0, span);
    }

    /// A loop over the iterator or asynchronous iterator `it`; see `for_loop`.
    pub(super) fn any_for_loop(
        &mut self,
        is_async: bool,
        it: Reg,
        var: Reg,
        span: Span,
        cont: Label,
        body: &mut dyn FnMut(&mut Unit<'a>) -> Res,
    ) -> Res {
        if is_async { self.async_for_loop(it, var, span, cont, body) } else { self.for_loop(it, var, span, cont, body) }
    }

    /// As `for_loop`. Only the step to the next item is protected: `StopAsyncIteration` out of it ends the loop.
    fn async_for_loop(
        &mut self,
        it: Reg,
        var: Reg,
        span: Span,
        cont: Label,
        body: &mut dyn FnMut(&mut Unit<'a>) -> Res,
    ) -> Res {
        let step = self.regs.alloc_run(2);
        let (top, exit) = (self.label(), self.label());
        self.bind_loop(top);
        let entry = self.bound.clone();
        let start = self.b.pc();
        self.op(Op::GetANext, step, it, 0, span);
        self.await_in(var, step, step + 1, Awaited::Next, span);
        let ranges = if self.b.pc() > start { vec![(start, self.b.pc())] } else { Vec::new() };
        body(self)?;
        self.bind(cont);
        self.jump_back(Op::JumpBack, 0, 0, 0, top, span);

        let at = self.bind_handler(&entry, !ranges.is_empty());
        self.op(Op::LoadCommon, step + 1, Common::StopAsyncIteration as u16, 0, span);
        self.op(Op::MatchExc, step + 1, step, step + 1, span);
        self.jump(Op::JumpIfTrue, 0, step + 1, 0, exit, span);
        self.op(Op::Reraise, step, 0, 0, span);
        self.protect(&ranges, at, step);
        self.bind(exit);
        Ok(())
    }
}
