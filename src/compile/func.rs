//! `def` and `lambda`. Floor 2.
//!
//! Invariant: decorators, defaults and annotations are evaluated in CPython's order, outside of the function.

use super::Res;
use super::regs::Reg;
use super::scope::all_params;
use super::symbols::{Owner, ScopeId, ScopeKind, tag};
use super::unit::{Signature, Unit};
use crate::base::span::Span;
use crate::bytecode::ops::Op;
use crate::bytecode::program::{Code, CodeKind, Const};
use crate::syntax::ast::*;
use std::sync::Arc;

/// What goes with a function besides its code: bits as in `MakeFunction`, the values in registers from `first`.
#[derive(Clone, Copy, Default)]
pub(super) struct Extras {
    pub bits: u8,
    pub first: Reg,
}

impl<'a> Unit<'a> {
    /// The qualified name of an inner function or class.
    pub(super) fn child_qualname(&self, name: &Name) -> Arc<str> {
        let frame = self.cx.scopes.get(self.scope);
        let mut symbols = frame;
        if frame.kind == ScopeKind::TypeParams
            && let Some(p) = frame.parent
        {
            symbols = self.cx.scopes.get(p);
        }
        if symbols.symbol(&self.mangled(name)).is_some_and(|s| s.owner == Owner::GlobalExplicit) {
            return name.clone();
        }
        Arc::from(format!("{}{name}", self.prefix))
    }

    /// `dst = function`, with its cells added to the extras, whose registers are the topmost ones.
    pub(super) fn make_function(&mut self, code: Arc<Code>, scope: ScopeId, extras: Extras, dst: Reg, span: Span) {
        let mark = self.regs.mark();
        let (mut bits, mut first) = (extras.bits, extras.first);
        if !code.free.is_empty() && bits & 16 == 0 {
            let t = self.cells_tuple(&code, scope, span);
            if bits == 0 {
                first = t;
            }
            bits |= 8;
        }
        if self.live {
            let child = self.b.child(code);
            self.opx(Op::MakeFunction, bits, dst, child, first, span);
        }
        self.regs.reset(mark);
    }

    /// A fresh temporary with the tuple of a child's cells.
    pub(super) fn cells_tuple(&mut self, code: &Code, scope: ScopeId, span: Span) -> Reg {
        let t = self.regs.alloc();
        let mark = self.regs.mark();
        let cells: Vec<Reg> = code.free.iter().map(|n| self.cell_for_child(scope, n)).collect();
        let in_row = cells.windows(2).all(|w| w[1] == w[0] + 1);
        let run = if in_row { cells[0] } else { self.regs.alloc_run(cells.len()) };
        for (i, &c) in cells.iter().enumerate() {
            self.mov(run + i as Reg, c, span);
        }
        self.op(Op::BuildTuple, t, run, cells.len() as u16, span);
        self.regs.reset(mark);
        t
    }

    /// Evaluates default values into fresh temporaries.
    pub(super) fn defaults(&mut self, p: &'a Params, span: Span) -> Res<Extras> {
        let mut x = Extras { bits: 0, first: self.regs.mark() as Reg };
        let values: Vec<&'a Expr> = p.posonly.iter().chain(&p.args).filter_map(|p| p.default.as_ref()).collect();
        if !values.is_empty() {
            x.bits |= 1;
            let t = self.regs.alloc();
            if let Some(all) = values.iter().map(|e| super::fold::fold(e)).collect::<Option<Vec<_>>>() {
                self.konst(t, Const::Tuple(all.into()), span);
            } else {
                let mark = self.regs.mark();
                for e in &values {
                    let r = self.regs.alloc();
                    self.expr(e, r)?;
                }
                self.op(Op::BuildTuple, t, mark as Reg, values.len() as u16, span);
                self.regs.reset(mark);
            }
        }
        if p.kwonly.iter().any(|p| p.default.is_some()) {
            x.bits |= 2;
            let t = self.regs.alloc();
            self.op(Op::BuildMap, t, 0, 0, span);
            for p in &p.kwonly {
                let Some(e) = &p.default else { continue };
                let mark = self.regs.mark();
                let key = self.text(&self.mangled(&p.name.name), span);
                let v = self.operand(e)?;
                self.op(Op::MapSet, t, key, v, span);
                self.regs.reset(mark);
            }
        }
        Ok(x)
    }

    /// Evaluates annotations into a dict in a fresh temporary; whether there are any.
    pub(super) fn annotations(&mut self, f: &'a FunctionDef, span: Span) -> Res<bool> {
        let p = &f.params;
        let params = p.args.iter().chain(&p.posonly).chain(&p.vararg).chain(&p.kwonly).chain(&p.kwarg);
        let params = params.filter_map(|p| Some((self.mangled(&p.name.name), p.annotation.as_ref()?)));
        let returns = f.returns.iter().map(|r| (Arc::from("return"), r));
        let all: Vec<(Name, &'a Expr)> = params.chain(returns).collect();
        if all.is_empty() {
            return Ok(false);
        }
        let t = self.regs.alloc();
        let mark = self.regs.mark();
        if all.len() <= 32 {
            for (name, e) in &all {
                self.text(name, span);
                let r = self.regs.alloc();
                let v = self.annotation(e)?;
                self.mov(r, v, e.span);
                self.regs.reset(u32::from(r) + 1);
            }
            self.op(Op::BuildMap, t, mark as Reg, all.len() as u16, span);
        } else {
            self.op(Op::BuildMap, t, 0, 0, span);
            for (name, e) in &all {
                let key = self.text(name, span);
                let v = self.annotation(e)?;
                self.op(Op::MapSet, t, key, v, span);
                self.regs.reset(mark);
            }
        }
        self.regs.reset(mark);
        Ok(true)
    }

    pub(super) fn lambda(&mut self, e: &'a Expr, params: &'a Params, body: &'a Expr, dst: Reg) -> Res {
        let extras = self.defaults(params, e.span)?;
        let scope = self.cx.scopes.of(tag::EXPR, e);
        let name: Name = Arc::from("<lambda>");
        let qualname: Arc<str> = Arc::from(format!("{}{name}", self.prefix));
        let cx = self.cx;
        let code = super::retry(|wide| {
            let mut u = Unit::new(cx, scope, CodeKind::Function, name.clone(), qualname.clone(), wide);
            u.signature = signature(params);
            let r = u.operand(body)?;
            u.op(Op::Return, r, 0, 0, body.span);
            u.finish(e.span, None)
        })?;
        self.make_function(code, scope, extras, dst, e.span);
        Ok(())
    }

    /// The code of a `def`.
    pub(super) fn function_code(&mut self, f: &'a FunctionDef, span: Span) -> Res<Arc<Code>> {
        let scope = self.cx.scopes.of(tag::FUNCTION, f);
        let qualname = self.child_qualname(&f.name.name);
        let cx = self.cx;
        let doc = docstring(&f.body);
        let start = f.decorators.first().map_or(span.start, |d| d.span.start.min(span.start));
        super::retry(|wide| {
            let mut u = Unit::new(cx, scope, CodeKind::Function, f.name.name.clone(), qualname.clone(), wide);
            u.signature = signature(&f.params);
            u.stmts(if doc.is_some() { &f.body[1..] } else { &f.body })?;
            u.return_none(f.body.last().map_or(span, |s| s.span));
            u.finish(Span::new(start, span.end), doc.clone())
        })
    }

    pub(super) fn function_def(&mut self, f: &'a FunctionDef, span: Span) -> Res {
        let (name, decorators) = (&f.name.name, &f.decorators);
        self.decorated(name, decorators, f.name.span, &mut |u, dst| {
            let extras = u.defaults(&f.params, span)?;
            if !f.type_params.is_empty() {
                return u.generic_function(f, extras, dst, span);
            }
            let at = u.regs.mark() as Reg;
            let mut x = extras;
            if u.annotations(f, span)? {
                x = Extras { bits: x.bits | 4, first: if x.bits == 0 { at } else { x.first } };
            }
            let code = u.function_code(f, span)?;
            u.make_function(code, u.cx.scopes.of(tag::FUNCTION, f), x, dst, f.name.span);
            Ok(())
        })
    }

    /// Makes something, passes it through decorators, and stores it under a name.
    pub(super) fn decorated(
        &mut self,
        name: &'a Name,
        decorators: &'a [Expr],
        at: Span,
        make: &mut dyn FnMut(&mut Unit<'a>, Reg) -> Res,
    ) -> Res {
        let mark = self.regs.mark();
        let direct = self.target_local(name).filter(|_| decorators.is_empty());
        let first = self.regs.mark() as Reg;
        for d in decorators {
            let w = self.regs.alloc();
            self.expr(d, w)?;
        }
        let t = direct.unwrap_or_else(|| self.regs.alloc());
        let inner = self.regs.mark();
        make(self, t)?;
        self.regs.reset(inner);
        for (i, d) in decorators.iter().enumerate().rev() {
            let w = first + i as Reg;
            self.op(Op::Call, w, 1, w, d.span);
        }
        match direct {
            Some(r) => self.set_bound(r),
            None => self.store(name, first, at),
        }
        self.regs.reset(mark);
        Ok(())
    }
}

/// How a function takes its arguments.
fn signature(p: &Params) -> Signature {
    debug_assert_eq!(
        all_params(p).count(),
        p.posonly.len()
            + p.args.len()
            + p.kwonly.len()
            + usize::from(p.vararg.is_some())
            + usize::from(p.kwarg.is_some())
    );
    Signature {
        argcount: (p.posonly.len() + p.args.len()) as u16,
        posonly: p.posonly.len() as u16,
        kwonly: p.kwonly.len() as u16,
        varargs: p.vararg.is_some(),
        varkw: p.kwarg.is_some(),
    }
}

/// The docstring that a body begins with, its indentation taken out.
pub(super) fn docstring(body: &[Stmt]) -> Option<Arc<str>> {
    match &body.first()?.kind {
        StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(s)), .. }) => Some(clean_doc(s)),
        _ => None,
    }
}

/// As `inspect.cleandoc`, but blank lines at the ends stay (CPython 3.13 does this when it compiles).
fn clean_doc(doc: &Arc<str>) -> Arc<str> {
    let expanded = expand_tabs(doc);
    let lines: Vec<&str> = expanded.split('\n').collect();
    let margin = lines.iter().skip(1).filter_map(|l| {
        let text = l.trim_start_matches(' ');
        if text.is_empty() { None } else { Some(l.len() - text.len()) }
    });
    let margin = margin.min().unwrap_or(0);
    let first = lines[0].trim_start_matches(' ');
    if margin == 0 && first.len() == lines[0].len() {
        return Arc::from(expanded);
    }
    let mut out = String::from(first);
    for l in &lines[1..] {
        out.push('\n');
        out.push_str(l.get(margin..).unwrap_or(""));
    }
    Arc::from(out)
}

fn expand_tabs(s: &str) -> String {
    if !s.contains('\t') {
        return s.to_string();
    }
    let mut out = String::new();
    let mut column = 0;
    for c in s.chars() {
        match c {
            '\t' => {
                let n = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', n));
                column += n;
            }
            '\n' | '\r' => {
                out.push(c);
                column = 0;
            }
            c => {
                out.push(c);
                column += 1;
            }
        }
    }
    out
}
