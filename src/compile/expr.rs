//! Expressions. Floor 2.
//!
//! Invariant: `expr(e, dst)` writes a local `dst` only by its last instruction, so that an exception or a later
//! operand never sees a half-made value. A temporary `dst` may be used as scratch all along.

use super::fold::{binary, fold};
use super::regs::Reg;
use super::unit::Unit;
use super::walk::has_walrus;
use super::{Res, error};
use crate::base::span::Span;
use crate::bytecode::ops::{Awaited, Op};
use crate::bytecode::program::Const;
use crate::syntax::ast::*;

impl<'a> Unit<'a> {
    /// Evaluates into a register.
    pub(super) fn expr(&mut self, e: &'a Expr, dst: Reg) -> Res {
        let mark = self.regs.mark();
        self.expr_inner(e, dst)?;
        self.regs.reset(mark);
        Ok(())
    }

    fn expr_inner(&mut self, e: &'a Expr, dst: Reg) -> Res {
        let span = e.span;
        if !matches!(e.kind, ExprKind::BinOp { .. })
            && let Some(c) = fold(e)
        {
            self.konst(dst, c, span);
            return Ok(());
        }
        match &e.kind {
            ExprKind::Name(name) => self.load(name, dst, span),
            ExprKind::Constant(c) => self.konst(dst, super::fold::constant(c), span),
            ExprKind::BoolOp { op, values } => self.bool_op(*op, values, dst)?,
            ExprKind::Named { target, value } => {
                let r = self.named(target, value)?;
                self.mov(dst, r, span);
            }
            ExprKind::BinOp { .. } => self.bin_op(e, dst)?,
            ExprKind::UnaryOp { op, operand } => {
                let r = self.operand(operand)?;
                let op = match op {
                    UnaryOp::Not => Op::Not,
                    UnaryOp::Invert => Op::Invert,
                    UnaryOp::Plus => Op::Pos,
                    UnaryOp::Minus => Op::Neg,
                };
                self.op(op, dst, r, 0, span);
            }
            ExprKind::Lambda { params, body } => self.lambda(e, params, body, dst)?,
            ExprKind::IfExp { test, body, orelse } => {
                let (no, end) = (self.label(), self.label());
                self.cond(test, false, no)?;
                self.expr(body, dst)?;
                self.jump(Op::Jump, 0, 0, 0, end, span);
                self.bind(no);
                self.expr(orelse, dst)?;
                self.bind(end);
            }
            ExprKind::Dict(items) => self.dict_display(items, dst, span)?,
            ExprKind::Set(items) => self.set_display(items, dst, span)?,
            ExprKind::List(items) => self.list_display(items, dst, span)?,
            ExprKind::Tuple(items) => self.tuple_display(items, dst, span)?,
            ExprKind::ListComp { elt, generators } => self.comprehension(e, elt, None, generators, dst)?,
            ExprKind::SetComp { elt, generators } => self.comprehension(e, elt, None, generators, dst)?,
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(e, key, Some(value), generators, dst)?;
            }
            ExprKind::GeneratorExp { elt, generators } => self.generator_exp(e, elt, generators, dst)?,
            ExprKind::Await(value) => {
                let v = self.operand(value)?;
                self.await_(dst, v, Awaited::Expression, span);
            }
            ExprKind::Yield(value) => {
                let v = match value {
                    Some(v) => self.operand(v)?,
                    None => self.konst_temp(Const::None, span),
                };
                self.yield_(dst, v, span);
            }
            ExprKind::YieldFrom(value) => {
                let v = self.operand(value)?;
                let it = self.regs.alloc();
                self.op(Op::GetYieldFromIter, it, v, 0, span);
                let sent = self.konst_temp(Const::None, span);
                self.op(Op::YieldFrom, dst, it, sent, span);
            }
            ExprKind::Compare { left, rest } => self.compare(left, rest, dst, span)?,
            ExprKind::Call(c) => self.call(e, c, dst)?,
            ExprKind::FString(parts) => self.fstring(parts, dst, span)?,
            ExprKind::Attribute { value, attr } => {
                let r = self.operand(value)?;
                let site = self.attr_site(&attr.name, Op::GetAttr);
                let span = self.attr_span(e, attr);
                self.op(Op::GetAttr, dst, r, site, span);
            }
            ExprKind::Subscript { value, index } => {
                let r = self.operand_before(value, &[index])?;
                self.get_item(r, index, dst, span)?;
            }
            ExprKind::Slice { lower, upper, step } => {
                let run = self.regs.alloc_run(3);
                for (i, part) in [lower, upper, step].into_iter().enumerate() {
                    match part {
                        Some(part) => self.expr(part, run + i as Reg)?,
                        None => self.konst(run + i as Reg, Const::None, span),
                    }
                }
                self.op(Op::BuildSlice, dst, run, 0, span);
            }
            ExprKind::Starred(_) => return Err(error(span, "can't use starred expression here")),
        }
        Ok(())
    }

    /// Evaluates to some register: that of a local variable, or a fresh temporary.
    pub(super) fn operand(&mut self, e: &'a Expr) -> Res<Reg> {
        match &e.kind {
            ExprKind::Name(name) if &**name != "__debug__" => {
                if let Some(r) = self.local(name, e.span) {
                    return Ok(r);
                }
            }
            ExprKind::Named { target, value } => return self.named(target, value),
            _ => {}
        }
        let t = self.regs.alloc();
        self.expr(e, t)?;
        Ok(t)
    }

    /// As [`Unit::operand`]; the value stays even if evaluating `later` binds the variable anew.
    pub(super) fn operand_before(&mut self, e: &'a Expr, later: &[&Expr]) -> Res<Reg> {
        let variable = matches!(e.kind, ExprKind::Name(_) | ExprKind::Named { .. });
        if variable && self.may_rebind(later) {
            let t = self.regs.alloc();
            self.expr(e, t)?;
            return Ok(t);
        }
        self.operand(e)
    }

    fn may_rebind(&self, later: &[&Expr]) -> bool {
        self.cx.scopes.get(self.scope).has_walrus && later.iter().any(|e| has_walrus(e))
    }

    /// Evaluates for its effects.
    pub(super) fn discard(&mut self, e: &'a Expr) -> Res {
        let mark = self.regs.mark();
        self.operand(e)?;
        self.regs.reset(mark);
        Ok(())
    }

    /// `target := value`; the register that then has the value.
    fn named(&mut self, target: &'a Ident, value: &'a Expr) -> Res<Reg> {
        if let Some(r) = self.target_local(&target.name) {
            self.expr(value, r)?;
            self.set_bound(r);
            return Ok(r);
        }
        let t = self.regs.alloc();
        self.expr(value, t)?;
        self.store(&target.name, t, target.span);
        Ok(t)
    }

    /// A register to build a value in: `dst` if it is a temporary, else a fresh one.
    pub(super) fn scratch(&mut self, dst: Reg) -> Reg {
        if self.regs.is_temp(dst) { dst } else { self.regs.alloc() }
    }

    fn bool_op(&mut self, op: BoolOp, values: &'a [Expr], dst: Reg) -> Res {
        let Some((last, first)) = values.split_last() else { return Ok(()) };
        let t = self.scratch(dst);
        let end = self.label();
        let jump = if op == BoolOp::And { Op::JumpIfFalse } else { Op::JumpIfTrue };
        for v in first {
            self.expr(v, t)?;
            self.jump(jump, 0, t, 0, end, v.span);
        }
        self.expr(last, t)?;
        self.bind(end);
        self.mov(dst, t, last.span);
        Ok(())
    }

    /// A chain of left-associative operators, by a loop.
    fn bin_op(&mut self, e: &'a Expr, dst: Reg) -> Res {
        let mut chain = Vec::new();
        let mut at = e;
        while let ExprKind::BinOp { left, op, right } = &at.kind {
            chain.push((*op, &**right, at.span));
            at = left;
        }
        let mut known = fold(at);
        while let (Some(c), Some((op, right, _))) = (&known, chain.last()) {
            match fold(right).and_then(|r| binary(*op, c, &r)) {
                Some(folded) => {
                    known = Some(folded);
                    chain.pop();
                }
                None => break,
            }
        }
        let Some(&(_, first_right, _)) = chain.last() else {
            self.konst(dst, known.unwrap_or(Const::None), e.span);
            return Ok(());
        };
        let acc = if chain.len() > 1 || known.is_some() { self.scratch(dst) } else { dst };
        let mut left = match known {
            Some(c) => {
                self.konst(acc, c, at.span);
                acc
            }
            None if self.regs.is_temp(acc) && !matches!(at.kind, ExprKind::Name(_) | ExprKind::Named { .. }) => {
                self.expr(at, acc)?;
                acc
            }
            None => self.operand_before(at, &[first_right])?,
        };
        while let Some((op, right, span)) = chain.pop() {
            let to = if chain.is_empty() { dst } else { acc };
            self.operate(op, 0, to, left, right, span)?;
            left = acc;
        }
        Ok(())
    }

    /// `dst = left op right`, evaluating `right`. `x` is 1 for the in-place form.
    pub(super) fn operate(&mut self, op: BinOp, x: u8, dst: Reg, left: Reg, right: &'a Expr, span: Span) -> Res {
        let mark = self.regs.mark();
        if let (Some(op), Some(i)) = (immediate(op), small_int(right)) {
            self.opx(op, x, dst, left, i as u16, span);
            return Ok(());
        }
        let r = self.operand(right)?;
        self.opx(plain(op), x, dst, left, r, span);
        self.regs.reset(mark);
        Ok(())
    }

    /// `dst = object[index]`.
    pub(super) fn get_item(&mut self, object: Reg, index: &'a Expr, dst: Reg, span: Span) -> Res {
        if let Some(i) = small_int(index) {
            self.op(Op::GetItemI, dst, object, i as u16, span);
            return Ok(());
        }
        let i = self.operand(index)?;
        self.op(Op::GetItem, dst, object, i, span);
        Ok(())
    }

    /// Where a traceback points for an attribute: its name, if the expression goes over several lines.
    pub(super) fn attr_span(&self, e: &Expr, attr: &Ident) -> Span {
        let lines = &self.cx.source.lines;
        if lines.line(e.span.start) == lines.line(attr.span.end) { e.span } else { attr.span }
    }

    fn fstring(&mut self, parts: &'a [FStringPart], dst: Reg, span: Span) -> Res {
        if let [FStringPart::Field(f)] = parts
            && f.debug.is_none()
        {
            return self.field(f, dst);
        }
        let n =
            parts.iter().map(|p| matches!(p, FStringPart::Field(f) if f.debug.is_some()) as usize + 1).sum::<usize>();
        if n == 0 {
            self.konst(dst, Const::Str("".into()), span);
            return Ok(());
        }
        // Long ones are joined in pieces.
        let mut run = self.regs.mark();
        let mut have = 0;
        let flush = |u: &mut Self, have: &mut usize, run: u32, to: Reg| {
            u.op(Op::BuildString, to, run as Reg, *have as u16, span);
            u.regs.reset(run);
            *have = 0;
        };
        let mut pieces = Vec::new();
        for p in parts {
            match p {
                FStringPart::Literal(s) => pieces.push(Piece::Text(s)),
                FStringPart::Field(f) => {
                    pieces.extend(f.debug.as_ref().map(Piece::Text));
                    pieces.push(Piece::Field(f));
                }
            }
        }
        let long = pieces.len() > 64;
        let acc = if long { Some(self.regs.alloc()) } else { None };
        if let Some(acc) = acc {
            self.konst(acc, Const::Str("".into()), span);
            run = self.regs.mark();
        }
        for p in pieces {
            if let Some(acc) = acc
                && have == 0
            {
                let t = self.regs.alloc();
                self.mov(t, acc, span);
                have = 1;
            }
            let t = self.regs.alloc();
            match p {
                Piece::Text(s) => self.konst(t, Const::Str(s.clone()), span),
                Piece::Field(f) => self.field(f, t)?,
            }
            have += 1;
            if let Some(acc) = acc
                && have == 64
            {
                flush(self, &mut have, run, acc);
            }
        }
        match acc {
            Some(acc) => {
                if have > 0 {
                    flush(self, &mut have, run, acc);
                }
                self.mov(dst, acc, span);
            }
            None => flush(self, &mut have, run, dst),
        }
        Ok(())
    }

    fn field(&mut self, f: &'a FStringField, dst: Reg) -> Res {
        let mark = self.regs.mark();
        let later = f.spec.iter().flatten().filter_map(|p| match p {
            FStringPart::Field(f) => Some(&f.value),
            FStringPart::Literal(_) => None,
        });
        let v = self.operand_before(&f.value, &later.collect::<Vec<_>>())?;
        let conversion = match f.conversion {
            Some('s') => 1,
            Some('r') => 2,
            Some('a') => 3,
            _ if f.debug.is_some() && f.spec.is_none() => 2,
            _ => 0,
        };
        let spec = match &f.spec {
            Some(parts) => {
                let t = self.regs.alloc();
                self.fstring(parts, t, f.span)?;
                t
            }
            None => 0xFFFF,
        };
        self.opx(Op::FormatValue, conversion, dst, v, spec, f.span);
        self.regs.reset(mark);
        Ok(())
    }
}

enum Piece<'a> {
    Text(&'a Name),
    Field(&'a FStringField),
}

/// A constant integer that fits an immediate field.
pub(super) fn small_int(e: &Expr) -> Option<i16> {
    if !matches!(e.kind, ExprKind::Constant(_) | ExprKind::UnaryOp { .. } | ExprKind::BinOp { .. }) {
        return None;
    }
    match fold(e)? {
        Const::Int(i) => i16::try_from(i).ok(),
        _ => None,
    }
}

fn plain(op: BinOp) -> Op {
    match op {
        BinOp::Add => Op::Add,
        BinOp::Sub => Op::Sub,
        BinOp::Mul => Op::Mul,
        BinOp::Div => Op::Div,
        BinOp::FloorDiv => Op::FloorDiv,
        BinOp::Mod => Op::Mod,
        BinOp::Pow => Op::Pow,
        BinOp::MatMul => Op::MatMul,
        BinOp::LShift => Op::LShift,
        BinOp::RShift => Op::RShift,
        BinOp::BitAnd => Op::BitAnd,
        BinOp::BitOr => Op::BitOr,
        BinOp::BitXor => Op::BitXor,
    }
}

fn immediate(op: BinOp) -> Option<Op> {
    Some(match op {
        BinOp::Add => Op::AddI,
        BinOp::Sub => Op::SubI,
        BinOp::Mul => Op::MulI,
        BinOp::FloorDiv => Op::FloorDivI,
        BinOp::Mod => Op::ModI,
        BinOp::LShift => Op::LShiftI,
        BinOp::RShift => Op::RShiftI,
        BinOp::BitAnd => Op::BitAndI,
        BinOp::BitOr => Op::BitOrI,
        BinOp::BitXor => Op::BitXorI,
        BinOp::Div | BinOp::Pow | BinOp::MatMul => return None,
    })
}
