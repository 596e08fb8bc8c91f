//! `class`. Floor 2.
//!
//! Invariant: the body is a block of its own whose names live in its namespace; it gives back its `__class__` cell
//! where a method needs one.

use super::Res;
use super::display::has_star;
use super::func::docstring;
use super::regs::Reg;
use super::symbols::tag;
use super::unit::Unit;
use crate::base::span::Span;
use crate::bytecode::ops::{Intrinsic, Op};
use crate::bytecode::program::{Code, CodeKind, Const};
use crate::syntax::ast::*;
use std::sync::Arc;

impl<'a> Unit<'a> {
    pub(super) fn class_def(&mut self, c: &'a ClassDef, span: Span) -> Res {
        self.check_keywords(&c.keywords)?;
        self.decorated(&c.name.name, &c.decorators, c.name.span, &mut |u, dst| {
            if c.type_params.is_empty() { u.build_class(c, dst, span, None) } else { u.generic_class(c, dst, span) }
        })
    }

    /// Where a traceback points for the making of a class: from the word `class` on.
    fn class_span(&self, c: &ClassDef, span: Span) -> Span {
        let before = Span::new(span.start, c.name.span.start).text(&self.cx.source.text);
        match before.rfind("class") {
            Some(at) => Span::new(span.start + at as u32, span.end),
            None => span,
        }
    }

    /// `dst = class`; `type_params` is a register with their tuple.
    pub(super) fn build_class(&mut self, c: &'a ClassDef, dst: Reg, span: Span, type_params: Option<Reg>) -> Res {
        let at = self.class_span(c, span);
        let run = self.regs.alloc_run(4);
        let code = self.class_code(c, span)?;
        let scope = self.cx.scopes.of(tag::CLASS, c);
        self.make_function(code, scope, super::func::Extras::default(), run, at);
        self.konst(run + 1, Const::Str(c.name.name.clone()), at);
        let mark = self.regs.mark();
        if has_star(&c.bases) || c.bases.len() > 60 {
            let list = self.regs.alloc();
            self.grow_list(&c.bases, list, at)?;
            if let Some(p) = type_params {
                let g = self.regs.alloc();
                self.opx(Op::Intrinsic, Intrinsic::SubscriptGeneric as u8, g, p, 1, at);
                self.op(Op::ListAppend, list, g, 0, at);
            }
            self.op(Op::ListToTuple, run + 2, list, 0, at);
        } else {
            let first = self.regs.mark() as Reg;
            for b in &c.bases {
                let t = self.regs.alloc();
                self.expr(b, t)?;
            }
            let mut n = c.bases.len() as u16;
            if let Some(p) = type_params {
                let g = self.regs.alloc();
                self.opx(Op::Intrinsic, Intrinsic::SubscriptGeneric as u8, g, p, 1, at);
                n += 1;
            }
            self.op(Op::BuildTuple, run + 2, if n == 0 { 0 } else { first }, n, at);
        }
        self.regs.reset(mark);
        if c.keywords.is_empty() {
            self.op(Op::ClearReg, run + 3, 0, 0, at);
        } else {
            self.keyword_dict(&c.keywords, run + 3, run, at)?;
        }
        self.op(Op::BuildClass, dst, run, 0, at);
        Ok(())
    }

    fn class_code(&mut self, c: &'a ClassDef, span: Span) -> Res<Arc<Code>> {
        let scope = self.cx.scopes.of(tag::CLASS, c);
        let qualname = self.child_qualname(&c.name.name);
        let cx = self.cx;
        let doc = docstring(&c.body);
        let start = c.decorators.first().map_or(span.start, |d| d.span.start.min(span.start));
        let whole = Span::new(start, span.end);
        super::retry(|wide| {
            let mut u = Unit::new(cx, scope, CodeKind::Class, c.name.name.clone(), qualname.clone(), wide);
            let at = Span::new(span.start, span.start);
            let name = |s: &str| -> Name { Arc::from(s) };
            let t = u.regs.alloc();
            u.load(&name("__name__"), t, at);
            u.store(&name("__module__"), t, at);
            u.konst(t, Const::Str(qualname.clone()), at);
            u.store(&name("__qualname__"), t, at);
            u.konst(t, Const::Int(i64::from(cx.source.lines.line(start))), at);
            u.store(&name("__firstlineno__"), t, at);
            if !c.type_params.is_empty() {
                u.load(&name(".type_params"), t, at);
                u.store(&name("__type_params__"), t, at);
            }
            if super::has_annotations(&c.body) {
                u.op(Op::SetupAnnotations, 0, 0, 0, at);
            }
            if let Some(doc) = &doc {
                u.store_doc(doc, c.body[0].span);
            }
            u.stmts(if doc.is_some() { &c.body[1..] } else { &c.body })?;
            let attributes = cx.scopes.get(scope).static_attributes.iter();
            let attributes: Vec<Const> = attributes.map(|a| Const::Str(a.clone())).collect();
            u.konst(t, Const::Tuple(attributes.into()), at);
            u.store(&name("__static_attributes__"), t, at);
            match u.slot("__class__") {
                Some(cell) => u.op(Op::Return, cell, 0, 0, at),
                None => u.return_none(at),
            }
            u.finish(whole, doc.clone())
        })
    }
}
