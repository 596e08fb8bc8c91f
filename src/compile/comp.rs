//! Comprehensions (compiled into the frame around them) and generator expressions (functions). Floor 2.
//!
//! Invariant: the outermost iterable is evaluated outside of the comprehension's scope, everything else inside.

use super::Res;
use super::names::{Hidden, Overlay};
use super::regs::Reg;
use super::symbols::{Owner, tag};
use super::unit::Unit;
use crate::bytecode::ops::Op;
use crate::bytecode::program::{CodeKind, Const, HiddenVariable};
use crate::syntax::ast::*;
use std::sync::Arc;

/// What a comprehension does with each item.
#[derive(Clone, Copy)]
struct Leaf<'a> {
    op: Op,
    acc: Reg,
    elt: &'a Expr,
    value: Option<&'a Expr>,
}

impl<'a> Unit<'a> {
    /// A list, set or dict comprehension; for a dict `elt` is the key.
    pub(super) fn comprehension(
        &mut self,
        e: &'a Expr,
        elt: &'a Expr,
        value: Option<&'a Expr>,
        generators: &'a [Comprehension],
        dst: Reg,
    ) -> Res {
        let Some(first) = generators.first() else { return Ok(()) };
        let (build, op) = match e.kind {
            ExprKind::ListComp { .. } => (Op::BuildList, Op::ListAppend),
            ExprKind::SetComp { .. } => (Op::BuildSet, Op::SetAdd),
            _ => (Op::BuildMap, Op::MapSet),
        };
        let scope = self.cx.scopes.of(tag::EXPR, e);
        let acc = self.scratch(dst);
        let it = self.regs.alloc();
        self.iterator(&first.iter, it, first.is_async)?;
        self.op(build, acc, 0, 0, e.span);
        let mut vars = Vec::new();
        let simple_first = match &first.target.kind {
            ExprKind::Name(n) => Some(self.mangled(n)),
            _ => None,
        };
        for s in self.cx.scopes.get(scope).symbols.iter().filter(|s| s.owner == Owner::Here) {
            let reg = self.regs.alloc();
            // Any other variable than that of a simple first loop may be read before it is bound.
            if s.cell || simple_first.as_ref() != Some(&s.name) {
                self.op(Op::ClearReg, reg, 0, 0, e.span);
            }
            if s.cell {
                self.op(Op::MakeCell, reg, 0, 0, e.span);
            }
            vars.push(Hidden { name: s.name.clone(), reg, cell: s.cell, bound: false });
        }
        let (start, first) = (self.b.pc(), self.hidden.len());
        for v in &vars {
            let (name, reg, is_cell) = (v.name.clone(), v.reg, v.cell);
            self.hidden.push(HiddenVariable { name, reg, is_cell, start, end: start });
        }
        let count = vars.len();
        self.overlays.push(Overlay { scope, vars });
        self.generators(generators, it, Leaf { op, acc, elt, value })?;
        self.overlays.pop();
        let end = self.b.pc();
        for v in self.hidden.iter_mut().skip(first).take(count) {
            v.end = end;
        }
        self.mov(dst, acc, e.span);
        Ok(())
    }

    /// The loops from the first of `generators` inwards; its iterator is in `it`.
    fn generators(&mut self, generators: &'a [Comprehension], it: Reg, leaf: Leaf<'a>) -> Res {
        let Some((g, rest)) = generators.split_first() else { return self.leaf(leaf) };
        let direct = match &g.target.kind {
            ExprKind::Name(name) => self.target_local(name),
            _ => None,
        };
        let var = direct.unwrap_or_else(|| self.regs.alloc());
        let cont = self.label();
        self.any_for_loop(g.is_async, it, var, g.iter.span, cont, &mut |u| {
            let mark = u.regs.mark();
            match direct {
                Some(r) => u.set_bound(r),
                None => u.store_target(&g.target, var)?,
            }
            for test in &g.ifs {
                u.cond(test, false, cont)?;
            }
            match rest.first() {
                Some(next) => {
                    let it = u.regs.alloc();
                    u.iterator(&next.iter, it, next.is_async)?;
                    u.generators(rest, it, leaf)?;
                }
                None => u.leaf(leaf)?,
            }
            u.regs.reset(mark);
            Ok(())
        })
    }

    fn leaf(&mut self, leaf: Leaf<'a>) -> Res {
        let span = leaf.elt.span;
        match (leaf.op, leaf.value) {
            (Op::MapSet, Some(value)) => {
                let k = self.operand_before(leaf.elt, &[value])?;
                let v = self.operand(value)?;
                self.op(Op::MapSet, leaf.acc, k, v, span.to(value.span));
            }
            (Op::Yield, _) => {
                let v = self.operand(leaf.elt)?;
                let t = self.regs.alloc();
                self.yield_(t, v, span);
            }
            (op, _) => {
                let v = self.operand(leaf.elt)?;
                self.op(op, leaf.acc, v, 0, span);
            }
        }
        Ok(())
    }

    /// `(elt for …)`: a function called with the outermost iterator.
    pub(super) fn generator_exp(
        &mut self,
        e: &'a Expr,
        elt: &'a Expr,
        generators: &'a [Comprehension],
        dst: Reg,
    ) -> Res {
        let Some(first) = generators.first() else { return Ok(()) };
        let scope = self.cx.scopes.of(tag::EXPR, e);
        let name: Name = Arc::from("<genexpr>");
        let qualname: Arc<str> = Arc::from(format!("{}{name}", self.prefix));
        let cx = self.cx;
        let code = super::retry(|wide| {
            let mut u = Unit::new(cx, scope, CodeKind::Function, name.clone(), qualname.clone(), wide);
            u.generators(generators, 0, Leaf { op: Op::Yield, acc: 0, elt, value: None })?;
            u.return_none(e.span);
            u.finish(e.span, None)
        })?;
        let w = self.window(dst);
        self.make_function(code, scope, super::func::Extras::default(), w, e.span);
        let it = self.regs.alloc();
        self.iterator(&first.iter, it, first.is_async)?;
        self.op(Op::Call, w, 1, dst, e.span);
        Ok(())
    }

    /// A string constant in a fresh temporary.
    pub(super) fn text(&mut self, s: &Arc<str>, span: crate::base::span::Span) -> Reg {
        self.konst_temp(Const::Str(s.clone()), span)
    }
}
