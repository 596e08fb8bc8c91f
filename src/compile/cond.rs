//! Comparisons, and expressions whose truth decides a jump. Floor 2.
//!
//! Invariant: each operand of a chain is evaluated once, and nothing after the comparison that decides.

use super::Res;
use super::expr::small_int;
use super::fold::{fold, truth};
use super::names::Place;
use super::regs::Reg;
use super::unit::Unit;
use crate::base::span::Span;
use crate::bytecode::emit::Label;
use crate::bytecode::ops::Op;
use crate::bytecode::program::Const;
use crate::syntax::ast::*;

/// A comparison whose operands are at hand.
#[derive(Clone, Copy)]
enum Right {
    Reg(Reg),
    Imm(i16),
}

impl<'a> Unit<'a> {
    /// Jumps to `label` if the truth of `e` is `sense`; goes on otherwise.
    pub(super) fn cond(&mut self, e: &'a Expr, sense: bool, label: Label) -> Res {
        let mark = self.regs.mark();
        self.cond_inner(e, sense, label)?;
        self.regs.reset(mark);
        Ok(())
    }

    fn cond_inner(&mut self, e: &'a Expr, sense: bool, label: Label) -> Res {
        if let Some(c) = fold(e) {
            if truth(&c) == sense {
                self.jump(Op::Jump, 0, 0, 0, label, e.span);
            }
            return Ok(());
        }
        match &e.kind {
            ExprKind::UnaryOp { op: UnaryOp::Not, operand } => self.cond(operand, !sense, label),
            ExprKind::BoolOp { op, values } => {
                let Some((last, first)) = values.split_last() else { return Ok(()) };
                // The truth that decides early.
                let early = *op == BoolOp::Or;
                let skip = if early == sense { label } else { self.label() };
                for v in first {
                    self.cond(v, early, skip)?;
                }
                self.cond(last, sense, label)?;
                if early != sense {
                    self.bind(skip);
                }
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                let (no, end) = (self.label(), self.label());
                self.cond(test, false, no)?;
                self.cond(body, sense, label)?;
                self.jump(Op::Jump, 0, 0, 0, end, e.span);
                self.bind(no);
                self.cond(orelse, sense, label)?;
                self.bind(end);
                Ok(())
            }
            ExprKind::Compare { left, rest } => self.cond_compare(left, rest, sense, label, e.span),
            _ => {
                let r = self.operand(e)?;
                let op = if sense { Op::JumpIfTrue } else { Op::JumpIfFalse };
                self.jump(op, 0, r, 0, label, e.span);
                Ok(())
            }
        }
    }

    fn cond_compare(
        &mut self,
        left: &'a Expr,
        rest: &'a [(CmpOp, Expr)],
        sense: bool,
        label: Label,
        span: Span,
    ) -> Res {
        let Some((last, first)) = rest.split_last() else { return Ok(()) };
        let fail = if first.is_empty() || !sense { label } else { self.label() };
        let mut a = self.operand_before(left, &[&rest[0].1])?;
        for (i, (op, right)) in first.iter().enumerate() {
            let b = self.operand_before(right, &[&rest[i + 1].1])?;
            self.compare_jump(*op, a, Right::Reg(b), false, fail, span);
            a = b;
        }
        let (op, right) = last;
        if matches!(right.kind, ExprKind::Constant(Constant::None)) && matches!(op, CmpOp::Is | CmpOp::IsNot) {
            let none = (*op == CmpOp::Is) == sense;
            self.jump(if none { Op::JumpIfNone } else { Op::JumpIfNotNone }, 0, a, 0, label, span);
        } else {
            let b = self.right(*op, right)?;
            self.compare_jump(*op, a, b, sense, label, span);
        }
        if fail != label {
            self.bind(fail);
        }
        Ok(())
    }

    fn right(&mut self, op: CmpOp, e: &'a Expr) -> Res<Right> {
        match small_int(e) {
            Some(i) if fused(op, true).is_some() && !self.wide => Ok(Right::Imm(i)),
            _ => Ok(Right::Reg(self.comparand(op, e)?)),
        }
    }

    /// The right side of a comparison; a list of constants after `in` is a constant.
    fn comparand(&mut self, op: CmpOp, e: &'a Expr) -> Res<Reg> {
        if matches!(op, CmpOp::In | CmpOp::NotIn)
            && let ExprKind::List(items) = &e.kind
            && let Some(all) = items.iter().map(fold).collect::<Option<_>>()
        {
            return Ok(self.konst_temp(Const::Tuple(all), e.span));
        }
        self.operand(e)
    }

    /// Jumps if the comparison's truth is `sense`.
    fn compare_jump(&mut self, op: CmpOp, a: Reg, b: Right, sense: bool, label: Label, span: Span) {
        let x = u8::from(sense);
        match (b, fused(op, matches!(b, Right::Imm(_)))) {
            (Right::Imm(i), Some(op)) => self.jump(op, x, a, i as u16, label, span),
            (Right::Reg(b), Some(op)) if !self.wide => self.jump(op, x, a, b, label, span),
            (Right::Reg(b), _) => {
                let t = self.regs.alloc();
                self.op(plain(op), t, a, b, span);
                self.jump(if sense { Op::JumpIfTrue } else { Op::JumpIfFalse }, 0, t, 0, label, span);
            }
            (Right::Imm(_), None) => {}
        }
    }

    /// Goes to `label` unless `a op right`.
    pub(super) fn jump_unless(&mut self, op: CmpOp, a: Reg, right: &'a Expr, label: Label, span: Span) -> Res {
        let mark = self.regs.mark();
        let b = self.right(op, right)?;
        self.compare_jump(op, a, b, false, label, span);
        self.regs.reset(mark);
        Ok(())
    }

    /// Goes to `label` unless `a op n`, for a small `n`.
    pub(super) fn jump_unless_int(&mut self, op: CmpOp, a: Reg, n: u16, label: Label, span: Span) {
        let mark = self.regs.mark();
        let b = match i16::try_from(n) {
            Ok(i) if !self.wide => Right::Imm(i),
            _ => Right::Reg(self.konst_temp(Const::Int(i64::from(n)), span)),
        };
        self.compare_jump(op, a, b, false, label, span);
        self.regs.reset(mark);
    }

    /// The value of a comparison.
    pub(super) fn compare(&mut self, left: &'a Expr, rest: &'a [(CmpOp, Expr)], dst: Reg, span: Span) -> Res {
        let Some((last, first)) = rest.split_last() else { return Ok(()) };
        let mut a = self.operand_before(left, &[&rest[0].1])?;
        let mut b;
        let t = if first.is_empty() { dst } else { self.regs.alloc() };
        let end = self.label();
        for (i, (op, right)) in first.iter().enumerate() {
            b = self.operand_before(right, &[&rest[i + 1].1])?;
            self.op(plain(*op), t, a, b, span);
            self.jump(Op::JumpIfFalse, 0, t, 0, end, span);
            a = b;
        }
        b = self.comparand(last.0, &last.1)?;
        self.op(plain(last.0), t, a, b, span);
        self.bind(end);
        self.mov(dst, t, span);
        Ok(())
    }

    /// Whether a loop's test is one comparison of locals and constants, without a visible operation.
    pub(super) fn is_plain_test(&self, e: &Expr) -> bool {
        let plain = |e: &Expr| match &e.kind {
            ExprKind::Name(name) => matches!(self.place(&self.mangled(name)), Place::Local(_)),
            ExprKind::Constant(c) => !matches!(c, Constant::None),
            _ => small_int(e).is_some(),
        };
        match &e.kind {
            ExprKind::Compare { left, rest } => {
                matches!(&rest[..], [(op, right)] if fused(*op, false).is_some() && plain(right)) && plain(left)
            }
            _ => false,
        }
    }

    /// The test at the bottom of a loop: jumps back to `top` if it holds.
    pub(super) fn test_back(&mut self, e: &'a Expr, top: Label) -> Res {
        let ExprKind::Compare { left, rest } = &e.kind else { return Ok(()) };
        let [(op, right)] = &rest[..] else { return Ok(()) };
        let mark = self.regs.mark();
        let a = self.operand(left)?;
        let b = self.right(*op, right)?;
        match (b, fused(*op, matches!(b, Right::Imm(_)))) {
            (Right::Imm(i), Some(op)) => self.jump_back(op, 3, a, i as u16, top, e.span),
            (Right::Reg(b), Some(op)) => self.jump_back(op, 3, a, b, top, e.span),
            _ => {}
        }
        self.regs.reset(mark);
        Ok(())
    }
}

fn plain(op: CmpOp) -> Op {
    match op {
        CmpOp::Lt => Op::Lt,
        CmpOp::LtE => Op::Le,
        CmpOp::Eq => Op::Eq,
        CmpOp::NotEq => Op::Ne,
        CmpOp::Gt => Op::Gt,
        CmpOp::GtE => Op::Ge,
        CmpOp::Is => Op::Is,
        CmpOp::IsNot => Op::IsNot,
        CmpOp::In => Op::In,
        CmpOp::NotIn => Op::NotIn,
    }
}

fn fused(op: CmpOp, imm: bool) -> Option<Op> {
    Some(match (op, imm) {
        (CmpOp::Lt, false) => Op::JumpLt,
        (CmpOp::LtE, false) => Op::JumpLe,
        (CmpOp::Eq, false) => Op::JumpEq,
        (CmpOp::NotEq, false) => Op::JumpNe,
        (CmpOp::Gt, false) => Op::JumpGt,
        (CmpOp::GtE, false) => Op::JumpGe,
        (CmpOp::Lt, true) => Op::JumpLtI,
        (CmpOp::LtE, true) => Op::JumpLeI,
        (CmpOp::Eq, true) => Op::JumpEqI,
        (CmpOp::NotEq, true) => Op::JumpNeI,
        (CmpOp::Gt, true) => Op::JumpGtI,
        (CmpOp::GtE, true) => Op::JumpGeI,
        _ => return None,
    })
}
