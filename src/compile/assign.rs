//! Assignment, its targets, and `del`. Floor 2.
//!
//! Invariant: the value first, then targets from left to right; no variable changes before everything that can fail
//! in computing its value is done.

use super::regs::Reg;
use super::unit::Unit;
use super::{Res, error};
use crate::base::span::Span;
use crate::bytecode::ops::Op;
use crate::bytecode::program::{CodeKind, Const};
use crate::syntax::ast::*;
use std::sync::Arc;

impl<'a> Unit<'a> {
    /// `a = b = value`.
    pub(super) fn assign(&mut self, targets: &'a [Expr], value: &'a Expr) -> Res {
        let mark = self.regs.mark();
        if let [target] = targets {
            if let ExprKind::Name(name) = &target.kind
                && let Some(r) = self.target_local(name)
            {
                self.expr(value, r)?;
                self.set_bound(r);
                return Ok(());
            }
            if let (Some(to), Some(from)) = (items(target), items(value))
                && to.len() == from.len()
                && (2..=16).contains(&to.len())
                && !super::display::has_star(to)
                && !super::display::has_star(from)
            {
                self.assign_parallel(to, from)?;
                self.regs.reset(mark);
                return Ok(());
            }
        }
        let mut r = self.operand(value)?;
        if targets.len() > 1 && !self.regs.is_temp(r) {
            // An earlier target may bind the variable anew.
            let t = self.regs.alloc();
            self.mov(t, r, value.span);
            r = t;
        }
        for t in targets {
            self.store_target(t, r)?;
        }
        self.regs.reset(mark);
        Ok(())
    }

    /// `a, b = x, y` without making a tuple.
    fn assign_parallel(&mut self, to: &'a [Expr], from: &'a [Expr]) -> Res {
        let locals: Option<Vec<Reg>> = to
            .iter()
            .map(|t| match &t.kind {
                ExprKind::Name(n) => self.target_local(n),
                _ => None,
            })
            .collect();
        let run = self.regs.alloc_run(from.len());
        // With only locals as targets the order of writing does not show: the last value can go to its place at once.
        let direct = locals.filter(|l| (1..l.len()).all(|i| !l[..i].contains(&l[i])));
        for (i, e) in from.iter().enumerate() {
            if let (Some(l), true) = (&direct, i + 1 == from.len()) {
                self.expr(e, l[i])?;
                self.set_bound(l[i]);
            } else {
                self.expr(e, run + i as Reg)?;
            }
        }
        let n = if direct.is_some() { to.len() - 1 } else { to.len() };
        for (i, t) in to[..n].iter().enumerate() {
            self.store_target(t, run + i as Reg)?;
        }
        Ok(())
    }

    /// Assigns a register to a target.
    pub(super) fn store_target(&mut self, target: &'a Expr, src: Reg) -> Res {
        let mark = self.regs.mark();
        let span = target.span;
        match &target.kind {
            ExprKind::Name(name) => self.store(name, src, span),
            ExprKind::Tuple(items) | ExprKind::List(items) => self.unpack(items, src, span)?,
            ExprKind::Starred(_) => {
                return Err(error(span, "starred assignment target must be in a list or tuple"));
            }
            ExprKind::Attribute { value, attr } => {
                let object = self.operand(value)?;
                if &*attr.name == "__debug__" {
                    return Err(error(span, "cannot assign to __debug__"));
                }
                let site = self.attr_site(&attr.name, Op::SetAttr);
                let at = self.attr_span(target, attr);
                self.op(Op::SetAttr, object, src, site, at);
            }
            ExprKind::Subscript { value, index } => {
                let object = self.operand_before(value, &[index])?;
                self.set_item(object, index, src, span)?;
            }
            _ => return Err(error(span, "cannot assign to expression here. Maybe you meant '==' instead of '='?")),
        }
        self.regs.reset(mark);
        Ok(())
    }

    fn set_item(&mut self, object: Reg, index: &'a Expr, src: Reg, span: Span) -> Res {
        if let Some(i) = super::expr::small_int(index) {
            self.op(Op::SetItemI, object, i as u16, src, span);
        } else {
            let i = self.operand(index)?;
            self.op(Op::SetItem, object, i, src, span);
        }
        Ok(())
    }

    fn unpack(&mut self, items: &'a [Expr], src: Reg, span: Span) -> Res {
        let stars: Vec<usize> = (0..items.len()).filter(|&i| matches!(items[i].kind, ExprKind::Starred(_))).collect();
        match stars[..] {
            [] => {}
            [at] if at >= 256 || items.len() - at > 256 => {
                return Err(error(span, "too many expressions in star-unpacking assignment"));
            }
            [_] => {}
            _ => return Err(error(span, "multiple starred expressions in assignment")),
        }
        if items.len() > 0xF000 {
            return Err(error(span, "code too large"));
        }
        if stars.is_empty()
            && let Some(first) = self.consecutive_locals(items)
        {
            self.op(Op::Unpack, first, src, items.len() as u16, span);
            for i in 0..items.len() {
                self.set_bound(first + i as Reg);
            }
            return Ok(());
        }
        let run = self.regs.alloc_run(items.len());
        match stars.first() {
            None => self.op(Op::Unpack, run, src, items.len() as u16, span),
            Some(&at) => self.opx(Op::UnpackEx, (items.len() - at - 1) as u8, run, src, at as u16, span),
        }
        for (i, item) in items.iter().enumerate() {
            let item = match &item.kind {
                ExprKind::Starred(inner) => inner,
                _ => item,
            };
            self.store_target(item, run + i as Reg)?;
        }
        Ok(())
    }

    /// The first of targets that are locals in registers next to each other.
    fn consecutive_locals(&self, items: &[Expr]) -> Option<Reg> {
        let mut first = None;
        for (i, item) in items.iter().enumerate() {
            let ExprKind::Name(name) = &item.kind else { return None };
            let r = self.target_local(name)?;
            let f = *first.get_or_insert(r);
            if r != f + i as Reg {
                return None;
            }
        }
        first
    }

    /// `target op= value`.
    pub(super) fn aug_assign(&mut self, target: &'a Expr, op: BinOp, value: &'a Expr, span: Span) -> Res {
        let mark = self.regs.mark();
        match &target.kind {
            ExprKind::Name(name) => {
                if let Some(r) = self.target_local(name) {
                    let left = self.operand_before(target, &[value])?;
                    self.operate(op, 1, r, left, value, span)?;
                    self.set_bound(r);
                } else {
                    let t = self.regs.alloc();
                    self.load(name, t, target.span);
                    self.operate(op, 1, t, t, value, span)?;
                    self.store(name, t, target.span);
                }
            }
            ExprKind::Attribute { value: object, attr } => {
                let o = self.operand_before(object, &[value])?;
                let t = self.regs.alloc();
                let at = self.attr_span(target, attr);
                let site = self.attr_site(&attr.name, Op::GetAttr);
                self.op(Op::GetAttr, t, o, site, at);
                self.operate(op, 1, t, t, value, span)?;
                let site = self.attr_site(&attr.name, Op::SetAttr);
                self.op(Op::SetAttr, o, t, site, at);
            }
            ExprKind::Subscript { value: object, index } => {
                let o = self.operand_before(object, &[index, value])?;
                let t = self.regs.alloc();
                if let Some(i) = super::expr::small_int(index) {
                    self.op(Op::GetItemI, t, o, i as u16, target.span);
                    self.operate(op, 1, t, t, value, span)?;
                    self.op(Op::SetItemI, o, i as u16, t, target.span);
                } else {
                    let i = self.operand_before(index, &[value])?;
                    self.op(Op::GetItem, t, o, i, target.span);
                    self.operate(op, 1, t, t, value, span)?;
                    self.op(Op::SetItem, o, i, t, target.span);
                }
            }
            _ => return Err(error(target.span, "illegal expression for augmented assignment")),
        }
        self.regs.reset(mark);
        Ok(())
    }

    /// `target: annotation = value`.
    pub(super) fn ann_assign(
        &mut self,
        target: &'a Expr,
        annotation: &'a Expr,
        value: Option<&'a Expr>,
        simple: bool,
        span: Span,
    ) -> Res {
        let mark = self.regs.mark();
        if let Some(v) = value {
            self.assign(std::slice::from_ref(target), v)?;
        }
        let evaluates = self.kind != CodeKind::Function;
        match &target.kind {
            ExprKind::Name(name) if simple => {
                if evaluates {
                    let a = self.annotation(annotation)?;
                    let dict = self.regs.alloc();
                    self.load(&Arc::from("__annotations__"), dict, span);
                    let key = self.konst_temp(Const::Str(self.mangled(name)), span);
                    self.op(Op::SetItem, dict, key, a, span);
                }
            }
            ExprKind::Name(_) => {}
            ExprKind::Attribute { value: object, .. } if value.is_none() => self.discard(object)?,
            ExprKind::Subscript { value: object, index } if value.is_none() => {
                self.discard(object)?;
                self.discard(index)?;
            }
            ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => {}
            _ => return Err(error(target.span, "illegal target for annotation")),
        }
        if !simple && evaluates && !self.cx.future_annotations {
            self.discard(annotation)?;
        }
        self.regs.reset(mark);
        Ok(())
    }

    /// Evaluates an annotation; under `from __future__ import annotations` to its text.
    pub(super) fn annotation(&mut self, e: &'a Expr) -> Res<Reg> {
        if self.cx.future_annotations {
            let text = crate::syntax::unparse::unparse(e);
            return Ok(self.konst_temp(Const::Str(text.into()), e.span));
        }
        if let ExprKind::Starred(inner) = &e.kind {
            // `*args: *Ts`
            let r = self.operand(inner)?;
            let t = self.regs.alloc();
            self.op(Op::Unpack, t, r, 1, e.span);
            return Ok(t);
        }
        self.operand(e)
    }

    /// `del target`.
    pub(super) fn delete_target(&mut self, target: &'a Expr) -> Res {
        let mark = self.regs.mark();
        let span = target.span;
        match &target.kind {
            ExprKind::Name(name) => self.delete(name, span),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                for i in items {
                    self.delete_target(i)?;
                }
            }
            ExprKind::Attribute { value, attr } => {
                let object = self.operand(value)?;
                let site = self.attr_site(&attr.name, Op::DelAttr);
                let at = self.attr_span(target, attr);
                self.op(Op::DelAttr, object, 0, site, at);
            }
            ExprKind::Subscript { value, index } => {
                let object = self.operand_before(value, &[index])?;
                let i = self.operand(index)?;
                self.op(Op::DelItem, object, i, 0, span);
            }
            _ => return Err(error(span, "cannot delete expression")),
        }
        self.regs.reset(mark);
        Ok(())
    }
}

/// The items of a tuple or list display.
fn items(e: &Expr) -> Option<&[Expr]> {
    match &e.kind {
        ExprKind::Tuple(items) | ExprKind::List(items) => Some(items),
        _ => None,
    }
}
