//! Checks of definitions and comprehensions: what opens a scope. Floor 1.
//!
//! Invariant: the scope that a method enters is left when it returns.

use super::{Check, Comp, Scope, Validate, fail, not_within};
use crate::base::span::Span;
use crate::syntax::ast::*;
use rustc_hash::FxHashSet;

impl<'a> Validate<'a, '_> {
    pub(super) fn function(&mut self, f: &'a FunctionDef) -> Check {
        self.bind(&f.name.name, f.name.span)?;
        f.decorators.iter().try_for_each(|d| self.expr(d))?;
        self.defaults(&f.params)?;
        self.type_params(&f.type_params)?;
        let annotations = |v: &mut Self| {
            for p in all_params(&f.params) {
                if let Some(a) = &p.annotation {
                    match &a.kind {
                        ExprKind::Starred(e) => v.annotation(e)?,
                        _ => v.annotation(a)?,
                    }
                }
            }
            f.returns.as_ref().map_or(Ok(()), |r| v.annotation(r))
        };
        if f.type_params.is_empty() {
            annotations(self)?;
        } else {
            self.in_scope(Scope::TypeParam("the definition of a generic"), annotations)?;
        }
        self.params(&f.params)?;
        let scope = if f.is_async { Scope::AsyncFunction } else { Scope::Function };
        self.in_scope(scope, |v| {
            v.stmts(&f.body)?;
            match (f.is_async && v.yields, v.returns) {
                (true, Some(span)) => fail(span, "'return' with value in async generator"),
                _ => Ok(()),
            }
        })
    }

    pub(super) fn class(&mut self, c: &'a ClassDef) -> Check {
        self.bind(&c.name.name, c.name.span)?;
        c.decorators.iter().try_for_each(|d| self.expr(d))?;
        self.type_params(&c.type_params)?;
        if c.type_params.is_empty() {
            self.arguments(&c.bases, &c.keywords)?;
        } else {
            let generic = Scope::TypeParam("the definition of a generic");
            self.in_scope(generic, |v| v.arguments(&c.bases, &c.keywords))?;
        }
        self.in_scope(Scope::Class, |v| v.stmts(&c.body))
    }

    pub(super) fn type_params(&mut self, v: &'a [TypeParam]) -> Check {
        let mut default = false;
        let mut seen = FxHashSet::default();
        for p in v {
            if !seen.insert(&*p.name.name) {
                return fail(p.span, format!("duplicate type parameter '{}'", p.name.name));
            }
            let (bound, place) = match &p.kind {
                TypeParamKind::TypeVar { bound } => (bound, "a TypeVar default"),
                TypeParamKind::TypeVarTuple => (&None, "a TypeVarTuple default"),
                TypeParamKind::ParamSpec => (&None, "a ParamSpec default"),
            };
            if let Some(b) = bound {
                let tuple = matches!(b.kind, ExprKind::Tuple(_));
                let place = if tuple { "a TypeVar constraint" } else { "a TypeVar bound" };
                self.in_scope(Scope::TypeParam(place), |v| v.expr(b))?;
            }
            if let Some(d) = &p.default {
                default = true;
                let d = match &d.kind {
                    ExprKind::Starred(e) => e,
                    _ => d,
                };
                self.in_scope(Scope::TypeParam(place), |v| v.expr(d))?;
            } else if default {
                let name = &p.name.name;
                let message = format!("non-default type parameter '{name}' follows default type parameter");
                return fail(p.span, message);
            }
        }
        Ok(())
    }

    pub(super) fn defaults(&mut self, p: &'a Params) -> Check {
        all_params(p).try_for_each(|p| self.exprs(&p.default))
    }

    /// The names of parameters must differ.
    pub(super) fn params(&mut self, p: &'a Params) -> Check {
        let mut seen = FxHashSet::default();
        for p in all_params(p) {
            let span = p.annotation.as_ref().map_or(p.name.span, |a| p.name.span.to(a.span));
            if !seen.insert(&*p.name.name) {
                return fail(span, format!("duplicate argument '{}' in function definition", p.name.name));
            }
            self.bind(&p.name.name, span)?;
        }
        Ok(())
    }

    #[inline(never)]
    pub(super) fn named(&mut self, target: &'a Ident, span: Span) -> Check {
        if let Scope::TypeParam(place) = self.scope {
            return not_within("named expression", place, span);
        }
        if self.in_iterable > 0 {
            let message = "assignment expression cannot be used in a comprehension iterable expression";
            return fail(span, message);
        }
        let name = &*target.name;
        if self.comps.iter().any(|c| c.targets.contains(&name)) {
            let message = format!("assignment expression cannot rebind comprehension iteration variable '{name}'");
            return fail(target.span, message);
        }
        let place = match self.around {
            Scope::Class => "in a class body".to_owned(),
            Scope::TypeParam(place) if place.starts_with("the ") => format!("within {place}"),
            Scope::TypeParam(place) => format!("in {place}"),
            _ => String::new(),
        };
        if !self.comps.is_empty() && !place.is_empty() {
            let message = format!("assignment expression within a comprehension cannot be used {place}");
            return fail(target.span, message);
        }
        if let Some(c) = self.comps.last_mut() {
            c.walrus.push(name);
        }
        self.bind(name, target.span)
    }

    #[inline(never)]
    pub(super) fn comprehension(
        &mut self,
        kind: &'static str,
        elts: [Option<&'a Expr>; 2],
        generators: &'a [Comprehension],
        span: Span,
    ) -> Check {
        let outer = self.scope;
        let awaits_outside = std::mem::replace(&mut self.awaits, false);
        // The first iterable is evaluated outside.
        if let Some(first) = generators.first() {
            self.awaits = awaits_outside;
            self.iterable(&first.iter)?;
        }
        let awaits_outside = std::mem::replace(&mut self.awaits, false);
        if self.comps.is_empty() {
            self.around = outer;
        }
        self.scope = Scope::Comprehension(kind);
        self.comps.push(Comp { targets: Vec::new(), walrus: Vec::new() });
        for (i, g) in generators.iter().enumerate() {
            self.awaits |= g.is_async;
            if i > 0 {
                self.iterable(&g.iter)?;
            }
            self.top_target(&g.target)?;
            self.comp_targets(&g.target)?;
            self.exprs(&g.ifs)?;
        }
        self.exprs(elts.into_iter().flatten().rev())?;
        if let Some(c) = self.comps.pop()
            && let Some(outer) = self.comps.last_mut()
        {
            outer.walrus.extend(c.walrus);
        }
        self.scope = outer;
        let is_async = std::mem::replace(&mut self.awaits, awaits_outside);
        if is_async && kind != "generator expression" {
            match outer {
                Scope::AsyncFunction => {}
                Scope::Comprehension(_) => self.awaits = true,
                _ => return fail(span, "asynchronous comprehension outside of an asynchronous function"),
            }
        }
        Ok(())
    }

    fn iterable(&mut self, e: &'a Expr) -> Check {
        self.in_iterable += 1;
        let checked = self.expr(e);
        self.in_iterable -= 1;
        checked
    }

    /// Takes down the names that a comprehension's `for` binds.
    fn comp_targets(&mut self, e: &'a Expr) -> Check {
        match &e.kind {
            ExprKind::Name(n) => {
                let Some(c) = self.comps.last_mut() else { return Ok(()) };
                if c.walrus.contains(&&**n) {
                    let message = format!("comprehension inner loop cannot rebind assignment expression target '{n}'");
                    return fail(e.span, message);
                }
                c.targets.push(n);
                Ok(())
            }
            ExprKind::Tuple(v) | ExprKind::List(v) => v.iter().try_for_each(|e| self.comp_targets(e)),
            ExprKind::Starred(e) => self.comp_targets(e),
            _ => Ok(()),
        }
    }
}

/// All parameters in the order in which CPython looks at their names.
fn all_params(p: &Params) -> impl Iterator<Item = &Param> {
    p.posonly.iter().chain(&p.args).chain(&p.kwonly).chain(&p.vararg).chain(&p.kwarg)
}
