//! `try`, `with`, and what happens when control leaves them. Floor 2.
//!
//! Invariant: every way out of a handler restores the handled exception, and every way out of a `finally` or `with`
//! runs its code once, outside of the ranges that its own handler protects.

use super::regs::Reg;
use super::unit::{Bits, Block, BlockKind, Unit};
use super::{Res, error};
use crate::base::span::Span;
use crate::bytecode::emit::Label;
use crate::bytecode::ops::{Awaited, Intrinsic, Op};
use crate::bytecode::program::Const;
use crate::syntax::ast::*;

/// Registers of a statement with handlers: the exception, the one handled before, one raised by a handler.
#[derive(Clone, Copy)]
struct Regs3 {
    exc: Reg,
    saved: Reg,
    again: Reg,
}

type Ranges = Vec<(u32, u32)>;

impl<'a> Unit<'a> {
    /// Emits what leaving the blocks from `depth` up takes, innermost first. Gives where a value to return is now, and
    /// the blocks, to be put back (in reverse) after the jump.
    pub(super) fn leave(
        &mut self,
        depth: usize,
        mut value: Option<Reg>,
        span: Span,
    ) -> Res<(Option<Reg>, Vec<Block<'a>>)> {
        let mut left = Vec::new();
        while self.blocks.len() > depth {
            let Some(block) = self.suspend() else { break };
            match block.kind {
                BlockKind::Loop { .. } | BlockKind::Try => {}
                BlockKind::Finally { body } => {
                    if self.b.is_too_large() {
                        return Err(error(span, "code too large"));
                    }
                    self.stmts(body)?;
                }
                BlockKind::Handler { saved, unbind } => {
                    self.op(Op::PopHandled, saved, 0, 0, span);
                    if let Some(name) = unbind {
                        self.unbind(name);
                    }
                }
                BlockKind::StarHandler => {
                    let what = "'break', 'continue' and 'return' cannot appear in an except* block";
                    return Err(error(span, what));
                }
                BlockKind::With { exit, slot, span, is_async } => {
                    if let Some(v) = value.filter(|&v| v >= exit) {
                        self.mov(slot, v, span);
                        value = Some(slot);
                    }
                    self.with_exit(exit, slot + 1, is_async, span);
                }
            }
            left.push(block);
        }
        Ok((value, left))
    }

    fn regs3(&mut self) -> Regs3 {
        Regs3 { exc: self.regs.alloc(), saved: self.regs.alloc(), again: self.regs.alloc() }
    }

    /// The code that restores the handled exception for exceptions raised in `ranges`, and goes on raising.
    fn cleanup(&mut self, ranges: &Ranges, r: Regs3, unbind: Option<&'a Ident>, entry: &Bits, span: Span) {
        let at = self.bind_handler(entry, !ranges.is_empty());
        self.op(Op::PopHandled, r.saved, 0, 0, span);
        if let Some(name) = unbind {
            self.unbind(name);
        }
        self.op(Op::Reraise, r.again, 0, 0, span);
        self.protect(ranges, at, r.again);
    }

    pub(super) fn try_stmt(
        &mut self,
        body: &'a [Stmt],
        handlers: &'a [ExceptHandler],
        orelse: &'a [Stmt],
        finalbody: &'a [Stmt],
        is_star: bool,
        span: Span,
    ) -> Res {
        let span = Span::new(span.start, span.start + 3);
        if finalbody.is_empty() {
            return self.try_except(body, handlers, orelse, is_star, span);
        }
        let r = self.regs3();
        let entry = self.bound.clone();
        let end = self.label();
        self.push_block(BlockKind::Finally { body: finalbody }, span)?;
        if handlers.is_empty() {
            self.stmts(body)?;
            self.stmts(orelse)?;
        } else {
            self.try_except(body, handlers, orelse, is_star, span)?;
        }
        let ranges = self.pop_block();
        if self.live {
            self.stmts(finalbody)?;
        }
        self.jump(Op::Jump, 0, 0, 0, end, span);

        let at = self.bind_handler(&entry, !ranges.is_empty());
        self.op(Op::PushHandled, r.saved, r.exc, 0, span);
        self.push_block(BlockKind::Handler { saved: r.saved, unbind: None }, span)?;
        self.stmts(finalbody)?;
        let inner = self.pop_block();
        self.op(Op::PopHandled, r.saved, 0, 0, span);
        self.op(Op::Reraise, r.exc, 0, 0, span);
        self.protect(&ranges, at, r.exc);
        self.cleanup(&inner, r, None, &entry, span);
        self.bind(end);
        Ok(())
    }

    fn try_except(
        &mut self,
        body: &'a [Stmt],
        handlers: &'a [ExceptHandler],
        orelse: &'a [Stmt],
        is_star: bool,
        span: Span,
    ) -> Res {
        if let Some(h) = handlers.iter().rev().skip(1).find(|h| h.class.is_none()) {
            return Err(error(Span::new(h.span.start, h.span.start + 6), "default 'except:' must be last"));
        }
        let mark = self.regs.mark();
        let r = self.regs3();
        let entry = self.bound.clone();
        let end = self.label();
        self.push_block(BlockKind::Try, span)?;
        self.stmts(body)?;
        let ranges = self.pop_block();
        self.stmts(orelse)?;
        self.jump(Op::Jump, 0, 0, 0, end, span);

        let at = self.bind_handler(&entry, !ranges.is_empty());
        self.op(Op::PushHandled, r.saved, r.exc, 0, span);
        if is_star {
            self.star_handlers(handlers, r, end, &entry, span)?;
        } else {
            self.handlers(handlers, r, end, &entry, span)?;
        }
        self.protect(&ranges, at, r.exc);
        self.bind(end);
        self.regs.reset(mark);
        Ok(())
    }

    fn handlers(&mut self, handlers: &'a [ExceptHandler], r: Regs3, end: Label, entry: &Bits, span: Span) -> Res {
        let plain = BlockKind::Handler { saved: r.saved, unbind: None };
        let mut plain_ranges = Vec::new();
        let mut named = Vec::new();
        for h in handlers {
            let next = self.label();
            self.push_block(plain, span)?;
            if let Some(class) = &h.class {
                let mark = self.regs.mark();
                let c = self.operand(class)?;
                let t = self.regs.alloc();
                self.op(Op::MatchExc, t, r.exc, c, h.span);
                self.jump(Op::JumpIfFalse, 0, t, 0, next, h.span);
                self.regs.reset(mark);
            }
            if let Some(name) = &h.name {
                self.store(&name.name, r.exc, name.span);
                plain_ranges.extend(self.pop_block());
                self.push_block(BlockKind::Handler { saved: r.saved, unbind: Some(name) }, span)?;
            }
            self.stmts(&h.body)?;
            let ranges = self.pop_block();
            self.op(Op::PopHandled, r.saved, 0, 0, h.span);
            match &h.name {
                Some(name) => {
                    self.unbind(name);
                    named.push((ranges, name));
                }
                None => plain_ranges.extend(ranges),
            }
            self.jump(Op::Jump, 0, 0, 0, end, h.span);
            self.bind(next);
        }
        // No handler was for it.
        self.op(Op::PopHandled, r.saved, 0, 0, span);
        self.op(Op::Reraise, r.exc, 0, 0, span);
        for (ranges, name) in named {
            self.cleanup(&ranges, r, Some(name), entry, span);
        }
        self.cleanup(&plain_ranges, r, None, entry, span);
        Ok(())
    }

    /// `except*`: each handler gets its part of the group; what they raise and what is left is raised together.
    fn star_handlers(&mut self, handlers: &'a [ExceptHandler], r: Regs3, end: Label, entry: &Bits, span: Span) -> Res {
        // The original and the list of what was raised are side by side for `PrepareReraiseStar`.
        let orig = self.regs.alloc_run(2);
        let raised = orig + 1;
        let rest = self.regs.alloc();
        let part = self.regs.alloc_run(2);
        let inner_saved = self.regs.alloc();
        let plain = BlockKind::Handler { saved: r.saved, unbind: None };
        self.push_block(plain, span)?;
        self.op(Op::Move, orig, r.exc, 0, span);
        self.op(Op::BuildList, raised, 0, 0, span);
        self.op(Op::Move, rest, r.exc, 0, span);
        for h in handlers {
            let Some(class) = &h.class else { return Err(error(h.span, "expected one or more exception types")) };
            let next = self.label();
            let mark = self.regs.mark();
            let c = self.operand(class)?;
            self.op(Op::MatchExcStar, part, rest, c, h.span);
            self.regs.reset(mark);
            self.op(Op::Move, rest, part + 1, 0, h.span);
            self.jump(Op::JumpIfNone, 0, part, 0, next, h.span);
            self.op(Op::PushHandled, inner_saved, part, 0, h.span);
            if let Some(name) = &h.name {
                self.store(&name.name, part, name.span);
            }
            let before = self.bound.clone();
            self.push_block(BlockKind::StarHandler, span)?;
            self.stmts(&h.body)?;
            let ranges = self.pop_block();
            let leave = |u: &mut Self| {
                u.op(Op::PopHandled, inner_saved, 0, 0, h.span);
                if let Some(name) = &h.name {
                    u.unbind(name);
                }
            };
            leave(self);
            self.jump(Op::Jump, 0, 0, 0, next, h.span);
            let at = self.bind_handler(&before, !ranges.is_empty());
            leave(self);
            self.op(Op::ListAppend, raised, r.again, 0, h.span);
            self.jump(Op::Jump, 0, 0, 0, next, h.span);
            self.protect(&ranges, at, r.again);
            self.bind(next);
        }
        let none_left = self.label();
        self.jump(Op::JumpIfNone, 0, rest, 0, none_left, span);
        self.op(Op::ListAppend, raised, rest, 0, span);
        self.bind(none_left);
        let t = self.regs.alloc();
        self.opx(Op::Intrinsic, Intrinsic::PrepareReraiseStar as u8, t, orig, 2, span);
        let ranges = self.pop_block();
        let fine = self.label();
        self.op(Op::PopHandled, r.saved, 0, 0, span);
        self.jump(Op::JumpIfNone, 0, t, 0, fine, span);
        self.op(Op::Reraise, t, 0, 0, span);
        self.bind(fine);
        self.jump(Op::Jump, 0, 0, 0, end, span);
        self.cleanup(&ranges, r, None, entry, span);
        Ok(())
    }

    /// `with a as x, b as y: …`
    pub(super) fn with_stmt(&mut self, items: &'a [WithItem], body: &'a [Stmt], is_async: bool, stmt: Span) -> Res {
        let Some((item, rest)) = items.split_first() else { return self.stmts(body) };
        let span = item.context.span;
        let mark = self.regs.mark();
        let r = self.regs3();
        let result = self.regs.alloc();
        let context = self.operand(&item.context)?;
        let exit = self.regs.alloc_run(2);
        self.regs.reserve(3);
        let direct = match &item.target {
            Some(Expr { kind: ExprKind::Name(name), .. }) => self.target_local(name),
            _ => None,
        };
        let entered = direct.unwrap_or(result);
        self.opx(Op::WithEnter, u8::from(is_async), entered, context, exit, span);
        if is_async {
            self.await_(entered, entered, Awaited::Enter, span);
        }
        let entry = self.bound.clone();
        let end = self.label();
        self.push_block(BlockKind::With { exit, slot: r.exc, span, is_async }, stmt)?;
        match (&item.target, direct) {
            (_, Some(r)) => self.set_bound(r),
            (Some(target), None) => self.store_target(target, result)?,
            (None, None) => {}
        }
        self.with_stmt(rest, body, is_async, stmt)?;
        let ranges = self.pop_block();
        self.with_exit(exit, r.saved, is_async, span);
        self.jump(Op::Jump, 0, 0, 0, end, span);

        let at = self.bind_handler(&entry, !ranges.is_empty());
        self.op(Op::PushHandled, r.saved, r.exc, 0, span);
        let start = self.b.pc();
        let swallow = self.label();
        self.op(Op::WithExitExc, result, r.exc, exit, span);
        if is_async {
            self.await_(result, result, Awaited::Exit, span);
        }
        self.jump(Op::JumpIfTrue, 0, result, 0, swallow, span);
        let inner = if self.b.pc() > start { vec![(start, self.b.pc())] } else { Vec::new() };
        self.op(Op::PopHandled, r.saved, 0, 0, span);
        self.op(Op::Reraise, r.exc, 0, 0, span);
        self.bind(swallow);
        self.op(Op::PopHandled, r.saved, 0, 0, span);
        self.jump(Op::Jump, 0, 0, 0, end, span);
        self.protect(&ranges, at, r.exc);
        self.cleanup(&inner, r, None, &entry, span);
        self.bind(end);
        self.regs.reset(mark);
        Ok(())
    }

    /// Leaves a `with` block without an exception. `scratch`: a register that is free meanwhile, as is the next one.
    fn with_exit(&mut self, exit: Reg, scratch: Reg, is_async: bool, span: Span) {
        self.opx(Op::WithExit, u8::from(is_async), exit, 0, scratch, span);
        if is_async {
            self.await_in(scratch, scratch, scratch + 1, Awaited::Exit, span);
        }
    }

    /// `None` in a fresh temporary.
    pub(super) fn none(&mut self, span: Span) -> Reg {
        self.konst_temp(Const::None, span)
    }
}
