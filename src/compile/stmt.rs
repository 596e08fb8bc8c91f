//! Statements, loops and early exits. Floor 2.
//!
//! Invariant: between statements only the temporaries of surrounding statements are in use.

use super::regs::Reg;
use super::symbols::ScopeKind;
use super::unit::{BlockKind, Continue, Unit};
use super::{Res, error};
use crate::base::span::Span;
use crate::bytecode::emit::Label;
use crate::bytecode::ops::{Common, Intrinsic, Op};
use crate::bytecode::program::Const;
use crate::syntax::ast::*;

impl<'a> Unit<'a> {
    pub(super) fn stmts(&mut self, body: &'a [Stmt]) -> Res {
        for s in body {
            let mark = self.regs.mark();
            self.stmt(s)?;
            self.regs.reset(mark);
        }
        Ok(())
    }

    fn stmt(&mut self, s: &'a Stmt) -> Res {
        let span = s.span;
        match &s.kind {
            StmtKind::FunctionDef(f) => self.function_def(f, span),
            StmtKind::ClassDef(c) => self.class_def(c, span),
            StmtKind::Return(value) => self.return_stmt(value.as_ref(), span),
            StmtKind::Delete(targets) => targets.iter().try_for_each(|t| self.delete_target(t)),
            StmtKind::Assign { targets, value } => self.assign(targets, value),
            StmtKind::AugAssign { target, op, value } => self.aug_assign(target, *op, value, span),
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(target, annotation, value.as_ref(), *simple, span)
            }
            StmtKind::TypeAlias { name, type_params, value } => self.type_alias(name, type_params, value, span),
            StmtKind::For { target, iter, body, orelse, is_async } => {
                self.for_stmt(target, iter, body, orelse, is_async.then_some(span))
            }
            StmtKind::While { test, body, orelse } => self.while_stmt(test, body, orelse, span),
            StmtKind::If { clauses, orelse } => self.if_stmt(clauses, orelse),
            StmtKind::With { items, body, is_async } => self.with_stmt(items, body, *is_async, span),
            StmtKind::Match { subject, cases } => self.match_stmt(subject, cases),
            StmtKind::Raise { exc, cause } => self.raise_stmt(exc.as_ref(), cause.as_ref(), span),
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                self.try_stmt(body, handlers, orelse, finalbody, *is_star, span)
            }
            StmtKind::Assert { test, msg } => self.assert_stmt(test, msg.as_ref(), span),
            StmtKind::Import(names) => self.import_stmt(names, span),
            StmtKind::ImportFrom { module, names, level } => self.import_from(module.as_ref(), names, *level, span),
            StmtKind::Global(_) | StmtKind::Nonlocal(_) | StmtKind::Pass => Ok(()),
            StmtKind::Expr(e) => self.expr_stmt(e),
            StmtKind::Break => self.exit_loop(true, span),
            StmtKind::Continue => self.exit_loop(false, span),
        }
    }

    fn expr_stmt(&mut self, e: &'a Expr) -> Res {
        let shown = self.cx.interactive && self.cx.scopes.get(self.scope).kind == ScopeKind::Module;
        if shown {
            let r = self.operand(e)?;
            let t = self.regs.alloc();
            self.opx(Op::Intrinsic, Intrinsic::Display as u8, t, r, 1, e.span);
            return Ok(());
        }
        match e.kind {
            ExprKind::Constant(_) => Ok(()),
            ExprKind::Call(_) if self.cx.has_coroutines => {
                let r = self.operand(e)?;
                let t = self.regs.alloc();
                self.opx(Op::Intrinsic, Intrinsic::Dropped as u8, t, r, 1, e.span);
                Ok(())
            }
            _ => self.discard(e),
        }
    }

    fn if_stmt(&mut self, clauses: &'a [(Expr, Vec<Stmt>)], orelse: &'a [Stmt]) -> Res {
        let end = self.label();
        for (i, (test, body)) in clauses.iter().enumerate() {
            let next = self.label();
            let last = i + 1 == clauses.len() && orelse.is_empty();
            if let Some(label) = self.plain_exit(body) {
                self.cond(test, true, label)?;
                continue;
            }
            self.cond(test, false, next)?;
            self.stmts(body)?;
            if !last {
                self.jump(Op::Jump, 0, 0, 0, end, test.span);
            }
            self.bind(next);
        }
        self.stmts(orelse)?;
        self.bind(end);
        Ok(())
    }

    /// The label to jump to, if a suite is just `break` or `continue` of the innermost block.
    fn plain_exit(&self, body: &[Stmt]) -> Option<Label> {
        let [Stmt { kind, .. }] = body else { return None };
        let BlockKind::Loop { brk, cont } = self.blocks.last()?.kind else { return None };
        match (kind, cont) {
            (StmtKind::Break, _) => Some(brk),
            (StmtKind::Continue, Continue::Forward(label)) => Some(label),
            _ => None,
        }
    }

    fn for_stmt(
        &mut self,
        target: &'a Expr,
        iter: &'a Expr,
        body: &'a [Stmt],
        orelse: &'a [Stmt],
        async_stmt: Option<Span>,
    ) -> Res {
        let is_async = async_stmt.is_some();
        let it = self.regs.alloc();
        self.iterator(iter, it, is_async)?;
        let direct = match &target.kind {
            ExprKind::Name(name) => self.target_local(name),
            _ => None,
        };
        let var = direct.unwrap_or_else(|| self.regs.alloc());
        let (brk, cont) = (self.label(), self.label());
        let at = async_stmt.unwrap_or(iter.span);
        self.any_for_loop(is_async, it, var, at, cont, &mut |u| {
            u.push_block(BlockKind::Loop { brk, cont: Continue::Forward(cont) }, target.span)?;
            match direct {
                Some(r) => u.set_bound(r),
                None => u.store_target(target, var)?,
            }
            u.stmts(body)?;
            u.pop_block();
            Ok(())
        })?;
        self.stmts(orelse)?;
        self.bind(brk);
        Ok(())
    }

    /// `it = iter(e)`, or `aiter(e)` for `async for`; a list of constants is iterated as a tuple.
    pub(super) fn iterator(&mut self, e: &'a Expr, it: Reg, is_async: bool) -> Res {
        let mark = self.regs.mark();
        let constants = match &e.kind {
            ExprKind::List(items) => items.iter().map(super::fold::fold).collect::<Option<Vec<_>>>(),
            _ => None,
        };
        let r = match constants {
            Some(all) => self.konst_temp(Const::Tuple(all.into()), e.span),
            None if matches!(e.kind, ExprKind::Name(_) | ExprKind::Named { .. }) => self.operand(e)?,
            // Where the iterator will be, so that no register keeps what is iterated alive.
            None => {
                self.expr(e, it)?;
                it
            }
        };
        self.op(if is_async { Op::GetAIter } else { Op::GetIter }, it, r, 0, e.span);
        self.regs.reset(mark);
        Ok(())
    }

    /// A loop over the iterator `it`; each value is in `var` when `body` begins.
    pub(super) fn for_loop(
        &mut self,
        it: Reg,
        var: Reg,
        span: Span,
        cont: Label,
        body: &mut dyn FnMut(&mut Unit<'a>) -> Res,
    ) -> Res {
        let (top, exit) = (self.label(), self.label());
        if self.wide {
            let (stub, start) = (self.label(), self.label());
            self.bind_loop(top);
            self.jump(Op::ForIter, 0, it, var, stub, span);
            self.jump(Op::Jump, 0, 0, 0, start, span);
            self.bind(stub);
            self.jump(Op::Jump, 0, 0, 0, exit, span);
            self.bind(start);
            body(self)?;
            self.bind(cont);
            self.jump_back(Op::JumpBack, 0, 0, 0, top, span);
        } else {
            self.jump(Op::ForIter, 0, it, var, exit, span);
            self.bind_loop(top);
            body(self)?;
            self.bind(cont);
            self.jump_back(Op::ForNext, 0, it, var, top, span);
        }
        self.bind(exit);
        Ok(())
    }

    fn while_stmt(&mut self, test: &'a Expr, body: &'a [Stmt], orelse: &'a [Stmt], span: Span) -> Res {
        let (top, brk, exit) = (self.label(), self.label(), self.label());
        if !self.wide && self.is_plain_test(test) {
            let cont = self.label();
            self.cond(test, false, exit)?;
            self.bind_loop(top);
            self.push_block(BlockKind::Loop { brk, cont: Continue::Forward(cont) }, span)?;
            self.stmts(body)?;
            self.pop_block();
            self.bind(cont);
            self.test_back(test, top)?;
        } else {
            self.bind_loop(top);
            self.cond(test, false, exit)?;
            self.push_block(BlockKind::Loop { brk, cont: Continue::Back(top) }, span)?;
            self.stmts(body)?;
            self.pop_block();
            self.jump_back(Op::JumpBack, 0, 0, 0, top, test.span);
        }
        self.bind(exit);
        self.stmts(orelse)?;
        self.bind(brk);
        Ok(())
    }

    fn exit_loop(&mut self, is_break: bool, span: Span) -> Res {
        let at = self.blocks.iter().rposition(|b| matches!(b.kind, BlockKind::Loop { .. }));
        let Some(at) = at else {
            let what = if is_break { "'break' outside loop" } else { "'continue' not properly in loop" };
            return Err(error(span, what));
        };
        let BlockKind::Loop { brk, cont } = self.blocks[at].kind else { return Ok(()) };
        let inner = self.leave(at + 1, None, span)?.1;
        match (is_break, cont) {
            (true, _) => self.jump(Op::Jump, 0, 0, 0, brk, span),
            (false, Continue::Forward(label)) => self.jump(Op::Jump, 0, 0, 0, label, span),
            (false, Continue::Back(label)) => self.jump_back(Op::JumpBack, 0, 0, 0, label, span),
        }
        inner.into_iter().rev().for_each(|b| self.resume(b));
        Ok(())
    }

    fn return_stmt(&mut self, value: Option<&'a Expr>, span: Span) -> Res {
        if !matches!(self.cx.scopes.get(self.scope).kind, ScopeKind::Function | ScopeKind::Lambda) {
            return Err(error(span, "'return' outside function"));
        }
        let quiet = self.blocks.iter().all(|b| matches!(b.kind, BlockKind::Loop { .. } | BlockKind::Try));
        let r = match value {
            Some(v) if quiet => self.operand(v)?,
            Some(v) => {
                let t = self.regs.alloc();
                self.expr(v, t)?;
                t
            }
            None => self.konst_temp(Const::None, span),
        };
        let (r, inner) = self.leave(0, Some(r), span)?;
        self.op(Op::Return, r.unwrap_or(0), 0, 0, span);
        inner.into_iter().rev().for_each(|b| self.resume(b));
        Ok(())
    }

    fn raise_stmt(&mut self, exc: Option<&'a Expr>, cause: Option<&'a Expr>, span: Span) -> Res {
        let Some(exc) = exc else {
            self.opx(Op::Raise, 0, 0, 0, 0, span);
            return Ok(());
        };
        match cause {
            Some(cause) => {
                let e = self.operand_before(exc, &[cause])?;
                let c = self.operand(cause)?;
                self.opx(Op::Raise, 2, e, c, 0, span);
            }
            None => {
                let e = self.operand(exc)?;
                self.opx(Op::Raise, 1, e, 0, 0, span);
            }
        }
        Ok(())
    }

    fn assert_stmt(&mut self, test: &'a Expr, msg: Option<&'a Expr>, span: Span) -> Res {
        let fine = self.label();
        self.cond(test, true, fine)?;
        let w = self.regs.alloc();
        self.op(Op::LoadCommon, w, Common::AssertionError as u16, 0, span);
        if let Some(msg) = msg {
            let arg = self.regs.alloc();
            self.expr(msg, arg)?;
            self.op(Op::Call, w, 1, w, span);
        }
        self.opx(Op::Raise, 1, w, 0, 0, test.span);
        self.bind(fine);
        Ok(())
    }
}
