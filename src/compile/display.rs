//! List, tuple, set and dict displays. Floor 2.
//!
//! Invariant: short displays are one instruction over a run of registers; long or starred ones grow in a temporary, so
//! that the number of registers stays bounded.

use super::fold::fold;
use super::regs::Reg;
use super::unit::Unit;
use super::{Res, error};
use crate::base::span::Span;
use crate::bytecode::ops::Op;
use crate::bytecode::program::Const;
use crate::syntax::ast::*;

/// Displays with more items than this are built item by item.
const MAX_RUN: usize = 64;

/// Whether one of the items is `*x`.
pub(super) fn has_star(items: &[Expr]) -> bool {
    items.iter().any(|i| matches!(i.kind, ExprKind::Starred(_)))
}

fn constants(items: &[Expr]) -> Option<Const> {
    Some(Const::Tuple(items.iter().map(fold).collect::<Option<_>>()?))
}

impl<'a> Unit<'a> {
    /// Evaluates items into a run of fresh registers; the first.
    pub(super) fn run(&mut self, items: &'a [Expr]) -> Res<Reg> {
        if let [only] = items {
            return self.operand(only);
        }
        let first = self.regs.mark() as Reg;
        for item in items {
            let t = self.regs.alloc();
            self.expr(item, t)?;
        }
        Ok(if items.is_empty() { 0 } else { first })
    }

    pub(super) fn tuple_display(&mut self, items: &'a [Expr], dst: Reg, span: Span) -> Res {
        if has_star(items) || items.len() > MAX_RUN {
            let t = self.regs.alloc();
            self.grow_list(items, t, span)?;
            self.op(Op::ListToTuple, dst, t, 0, span);
            return Ok(());
        }
        let run = self.run(items)?;
        self.op(Op::BuildTuple, dst, run, items.len() as u16, span);
        Ok(())
    }

    pub(super) fn list_display(&mut self, items: &'a [Expr], dst: Reg, span: Span) -> Res {
        if items.len() >= 3
            && let Some(all) = constants(items)
        {
            let t = self.scratch(dst);
            self.op(Op::BuildList, t, 0, 0, span);
            let k = self.konst_temp(all, span);
            self.op(Op::ListExtend, t, k, 0, span);
            self.mov(dst, t, span);
            return Ok(());
        }
        if has_star(items) || items.len() > MAX_RUN {
            let t = self.scratch(dst);
            self.grow_list(items, t, span)?;
            self.mov(dst, t, span);
            return Ok(());
        }
        let run = self.run(items)?;
        self.op(Op::BuildList, dst, run, items.len() as u16, span);
        Ok(())
    }

    /// Makes a list in the temporary `acc` item by item.
    pub(super) fn grow_list(&mut self, items: &'a [Expr], acc: Reg, span: Span) -> Res {
        self.grow_list_for(items, acc, span, false)
    }

    /// As `grow_list`; with `call`, for a call of what is in the register before: a single `*` names it in its error.
    pub(super) fn grow_list_for(&mut self, items: &'a [Expr], acc: Reg, span: Span, call: bool) -> Res {
        let single = call && items.len() == 1;
        self.op(Op::BuildList, acc, 0, 0, span);
        for item in items {
            let mark = self.regs.mark();
            if let ExprKind::Starred(inner) = &item.kind {
                let r = self.operand(inner)?;
                self.opx(Op::ListExtend, u8::from(single), acc, r, 0, span);
            } else {
                let r = self.operand(item)?;
                self.op(Op::ListAppend, acc, r, 0, item.span);
            }
            self.regs.reset(mark);
        }
        Ok(())
    }

    pub(super) fn set_display(&mut self, items: &'a [Expr], dst: Reg, span: Span) -> Res {
        let all = if items.len() >= 3 { constants(items) } else { None };
        if all.is_none() && !has_star(items) && items.len() <= MAX_RUN {
            let run = self.run(items)?;
            self.op(Op::BuildSet, dst, run, items.len() as u16, span);
            return Ok(());
        }
        let acc = self.scratch(dst);
        self.op(Op::BuildSet, acc, 0, 0, span);
        if let Some(all) = all {
            let k = self.konst_temp(all, span);
            self.op(Op::SetUpdate, acc, k, 0, span);
        } else {
            for item in items {
                let mark = self.regs.mark();
                let (inner, op) = match &item.kind {
                    ExprKind::Starred(inner) => (&**inner, Op::SetUpdate),
                    _ => (item, Op::SetAdd),
                };
                let r = self.operand(inner)?;
                self.op(op, acc, r, 0, span);
                self.regs.reset(mark);
            }
        }
        self.mov(dst, acc, span);
        Ok(())
    }

    pub(super) fn dict_display(&mut self, items: &'a [(Option<Expr>, Expr)], dst: Reg, span: Span) -> Res {
        let simple = items.len() <= MAX_RUN / 2 && items.iter().all(|(k, _)| k.is_some());
        if simple {
            let first = self.regs.mark() as Reg;
            for (key, value) in items {
                for e in key.iter().chain([value]) {
                    let t = self.regs.alloc();
                    self.expr(e, t)?;
                }
            }
            let run = if items.is_empty() { 0 } else { first };
            self.op(Op::BuildMap, dst, run, items.len() as u16, span);
            return Ok(());
        }
        let acc = self.scratch(dst);
        self.op(Op::BuildMap, acc, 0, 0, span);
        for (key, value) in items {
            let mark = self.regs.mark();
            match key {
                Some(key) => {
                    let k = self.operand_before(key, &[value])?;
                    let v = self.operand(value)?;
                    self.op(Op::MapSet, acc, k, v, span);
                }
                None => {
                    if matches!(value.kind, ExprKind::Starred(_)) {
                        return Err(error(value.span, "can't use starred expression here"));
                    }
                    let v = self.operand(value)?;
                    self.op(Op::MapUpdate, acc, v, 0, span);
                }
            }
            self.regs.reset(mark);
        }
        self.mov(dst, acc, span);
        Ok(())
    }
}
