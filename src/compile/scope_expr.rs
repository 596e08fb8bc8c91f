//! The symbol table's walk over expressions: comprehensions, `:=`, `yield`. Floor 2.
//!
//! Invariant: as in `scope`; a `:=` in a comprehension binds where CPython has it bind, or is refused in its words.

use super::scope::Build;
use super::symbols::{ScopeKind, flag, key, tag};
use super::{Res, error};
use crate::base::span::Span;
use crate::syntax::ast::*;
use std::sync::Arc;

impl Build {
    pub(super) fn expr(&mut self, e: &Expr) -> Res {
        if self.depth >= self.limit {
            self.too_deep = true;
            return Err(error(e.span, "too many nested expressions"));
        }
        self.depth += 1;
        let done = self.expr_inner(e);
        self.depth -= 1;
        done
    }

    fn expr_inner(&mut self, e: &Expr) -> Res {
        match &e.kind {
            ExprKind::Name(name) => {
                self.def(name, flag::USE, e.span)?;
                if &**name == "super" && self.scope().kind.is_function_like() {
                    self.scope().add(&Arc::from("__class__"), flag::USE);
                }
                Ok(())
            }
            ExprKind::Constant(_) => Ok(()),
            ExprKind::Named { target, value } => self.named(target, value, e.span),
            ExprKind::BinOp { .. } => {
                let mut rights = Vec::new();
                let mut at = e;
                while let ExprKind::BinOp { left, right, .. } = &at.kind {
                    rights.push(right);
                    at = left;
                }
                self.expr(at)?;
                rights.iter().rev().try_for_each(|r| self.expr(r))
            }
            ExprKind::Lambda { params, body } => {
                self.defaults(params)?;
                let outer = self.enter(ScopeKind::Lambda, key(tag::EXPR, e), e.span)?;
                self.params(params)?;
                self.expr(body)?;
                self.at = outer;
                Ok(())
            }
            ExprKind::ListComp { elt, generators } => self.comp(e, ScopeKind::ListComp, elt, None, generators),
            ExprKind::SetComp { elt, generators } => self.comp(e, ScopeKind::SetComp, elt, None, generators),
            ExprKind::DictComp { key, value, generators } => {
                self.comp(e, ScopeKind::DictComp, key, Some(value), generators)
            }
            ExprKind::GeneratorExp { elt, generators } => self.comp(e, ScopeKind::GenExp, elt, None, generators),
            ExprKind::Yield(value) => {
                self.not_in_annotation("yield expression", e.span)?;
                value.as_ref().map_or(Ok(()), |v| self.expr(v))?;
                self.yields(e.span)
            }
            ExprKind::YieldFrom(value) => {
                self.not_in_annotation("yield expression", e.span)?;
                self.expr(value)?;
                self.yields(e.span)
            }
            ExprKind::Await(value) => {
                self.not_in_annotation("await expression", e.span)?;
                self.expr(value)?;
                self.scope().is_coroutine = true;
                Ok(())
            }
            _ => super::walk::try_children(e, &mut |c| self.expr(c)),
        }
    }

    fn yields(&mut self, span: Span) -> Res {
        let scope = self.scope();
        scope.is_generator = true;
        let what = match scope.kind {
            ScopeKind::ListComp => "list comprehension",
            ScopeKind::SetComp => "set comprehension",
            ScopeKind::DictComp => "dict comprehension",
            ScopeKind::GenExp => "generator expression",
            ScopeKind::Module | ScopeKind::Class => return Err(error(span, "'yield' outside function")),
            _ => return Ok(()),
        };
        Err(error(span, format!("'yield' inside {what}")))
    }

    fn not_in_annotation(&self, what: &str, span: Span) -> Res {
        let place = match self.scopes.get(self.at).kind {
            ScopeKind::TypeBound => "a TypeVar bound",
            ScopeKind::TypeAlias => "a type alias",
            ScopeKind::TypeParams => "the definition of a generic",
            _ => return Ok(()),
        };
        Err(error(span, format!("{what} cannot be used within {place}")))
    }

    fn comp(
        &mut self,
        e: &Expr,
        kind: ScopeKind,
        elt: &Expr,
        value: Option<&Expr>,
        generators: &[Comprehension],
    ) -> Res {
        let Some((first, rest)) = generators.split_first() else { return Ok(()) };
        self.scope().comp_iter_expr += 1;
        self.expr(&first.iter)?;
        self.scope().comp_iter_expr -= 1;
        let in_iter = self.scope().comp_iter_expr;
        let outer = self.enter(kind, key(tag::EXPR, e), e.span)?;
        self.scope().comp_iter_expr = in_iter;
        self.scope().is_coroutine = generators.iter().any(|g| g.is_async);
        if kind == ScopeKind::GenExp {
            self.scope().add(&Arc::from(".0"), flag::PARAM);
        }
        self.comp_target(&first.target)?;
        first.ifs.iter().try_for_each(|i| self.expr(i))?;
        for g in rest {
            self.comp_target(&g.target)?;
            self.scope().comp_iter_expr += 1;
            self.expr(&g.iter)?;
            self.scope().comp_iter_expr -= 1;
            g.ifs.iter().try_for_each(|i| self.expr(i))?;
        }
        value.map_or(Ok(()), |v| self.expr(v))?;
        self.expr(elt)?;
        let awaits = self.scope().is_coroutine;
        if kind == ScopeKind::GenExp {
            self.scope().is_generator = true;
        }
        self.at = outer;
        // What an inlined comprehension awaits, the generator expression around it awaits.
        if awaits && kind != ScopeKind::GenExp && self.scope().kind.is_comprehension() {
            self.scope().is_coroutine = true;
        }
        Ok(())
    }

    fn comp_target(&mut self, t: &Expr) -> Res {
        self.scope().comp_iter_target = true;
        self.target(t, flag::LOCAL)?;
        self.scope().comp_iter_target = false;
        Ok(())
    }

    fn named(&mut self, target: &Ident, value: &Expr, span: Span) -> Res {
        self.not_in_annotation("named expression", span)?;
        if self.scope().comp_iter_expr > 0 {
            let what = "assignment expression cannot be used in a comprehension iterable expression";
            return Err(error(span, what));
        }
        let frame = self.scopes.frame(self.at);
        self.scopes.get_mut(frame).has_walrus = true;
        if self.scope().kind.is_comprehension() {
            self.walrus_in_comp(target, span)?;
        }
        self.expr(value)?;
        self.def(&target.name, flag::LOCAL, target.span)
    }

    /// `:=` in a comprehension binds in the nearest function or module around it.
    fn walrus_in_comp(&mut self, target: &Ident, span: Span) -> Res {
        let name = self.mangled(&target.name);
        let mut at = Some(self.at);
        while let Some(id) = at {
            let scope = self.scopes.get(id);
            at = scope.parent;
            let flags = scope.flags(&name);
            let wrong = match scope.kind {
                k if k.is_comprehension() => {
                    if flags & flag::COMP_ITER != 0 {
                        let what =
                            format!("assignment expression cannot rebind comprehension iteration variable '{name}'");
                        return Err(error(span, what));
                    }
                    continue;
                }
                ScopeKind::Function | ScopeKind::Lambda => {
                    let how = if flags & flag::GLOBAL != 0 { flag::GLOBAL } else { flag::NONLOCAL };
                    self.scope().add(&name, how);
                    let here = self.scopes.get_mut(id);
                    here.add(&name, flag::LOCAL);
                    here.has_walrus = true;
                    return Ok(());
                }
                ScopeKind::Module => {
                    self.scope().add(&name, flag::GLOBAL);
                    self.scopes.get_mut(id).add(&name, flag::GLOBAL);
                    return Ok(());
                }
                ScopeKind::Class => "a class body",
                ScopeKind::TypeBound => "a TypeVar bound",
                ScopeKind::TypeAlias => "a type alias",
                _ => "the definition of a generic",
            };
            let what = format!("assignment expression within a comprehension cannot be used in {wrong}");
            return Err(error(span, what));
        }
        Ok(())
    }
}
