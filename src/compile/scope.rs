//! Builds the symbol table: one walk over the tree, with CPython's complaints about names. Floor 2.
//!
//! Invariant: scopes are made in the order in which CPython's `symtable` makes them, parents before children, and
//! each is found again by the address of its node.

use super::symbols::{Scope, ScopeId, ScopeKind, Scopes, flag, key, mangle, tag};
use super::{Res, error};
use crate::base::span::Span;
use crate::syntax::ast::*;
use std::sync::Arc;

/// The symbol table of a module's statements, or `None` if expressions nest deeper than `limit`.
pub(super) fn of_module(body: &[Stmt], future_annotations: bool, limit: u32) -> Res<Option<Scopes>> {
    let mut b = Build::new(future_annotations, limit);
    let done = b.stmts(body);
    b.finish(done)
}

/// The symbol table of a lone expression.
pub(super) fn of_expr(e: &Expr, limit: u32) -> Res<Option<Scopes>> {
    let mut b = Build::new(false, limit);
    let done = b.expr(e);
    b.finish(done)
}

/// Functions and classes inside of each other, at most.
const MAX_SCOPES: usize = 200;

/// The walk's state.
pub(super) struct Build {
    pub(super) scopes: Scopes,
    pub(super) at: ScopeId,
    future_annotations: bool,
    /// How deep in expressions the walk is, how deep it may go, and whether it had to stop for that.
    pub(super) depth: u32,
    pub(super) limit: u32,
    pub(super) too_deep: bool,
}

impl Build {
    fn new(future_annotations: bool, limit: u32) -> Build {
        let mut scopes = Scopes::default();
        scopes.all.push(Scope::new(ScopeKind::Module, None, None));
        Build { scopes, at: ScopeId(0), future_annotations, depth: 0, limit, too_deep: false }
    }

    fn finish(mut self, done: Res) -> Res<Option<Scopes>> {
        if self.too_deep {
            return Ok(None);
        }
        done?;
        self.scopes.resolve()?;
        Ok(Some(self.scopes))
    }

    pub(super) fn scope(&mut self) -> &mut Scope {
        self.scopes.get_mut(self.at)
    }

    pub(super) fn enter(&mut self, kind: ScopeKind, node: super::symbols::NodeKey, span: Span) -> Res<ScopeId> {
        let outer = self.at;
        let nesting = std::iter::successors(Some(outer), |&s| self.scopes.get(s).parent).take(MAX_SCOPES).count();
        if nesting >= MAX_SCOPES {
            return Err(error(span, "too many nested functions"));
        }
        let parent = self.scopes.get(outer);
        let mut scope = Scope::new(kind, Some(outer), parent.private.clone());
        let direct = parent.kind == ScopeKind::Class && kind.is_annotation();
        scope.sees_class = direct || parent.sees_class && (kind.is_annotation() || kind.is_inlined());
        let sees = scope.sees_class;
        let id = ScopeId(self.scopes.all.len() as u32);
        self.scopes.all.push(scope);
        self.scopes.by_node.insert(node, id);
        self.at = id;
        if sees && kind.is_annotation() {
            // The class's namespace goes to r[0]: as an argument, or through this cell.
            let how = if kind == ScopeKind::TypeParams { flag::PARAM } else { flag::LOCAL };
            self.scope().add(&Arc::from(super::names::NAMESPACE), how);
            self.scope().add(&Arc::from("__classdict__"), flag::USE);
        }
        Ok(outer)
    }

    pub(super) fn mangled(&self, name: &Name) -> Name {
        mangle(self.scopes.get(self.at).private.as_ref(), name)
    }

    pub(super) fn def(&mut self, name: &Name, flags: u16, span: Span) -> Res {
        if &**name == "__debug__" && flags & flag::BOUND != 0 {
            let what = if flags & flag::DELETED != 0 && flags & flag::PARAM == 0 { "delete" } else { "assign to" };
            return Err(error(span, format!("cannot {what} __debug__")));
        }
        let name = self.mangled(name);
        let old = self.scope().flags(&name);
        if flags & flag::PARAM != 0 && old & flag::PARAM != 0 {
            return Err(error(span, format!("duplicate argument '{name}' in function definition")));
        }
        if flags & flag::TYPE_PARAM != 0 && old & flag::TYPE_PARAM != 0 {
            return Err(error(span, format!("duplicate type parameter '{name}'")));
        }
        let mut flags = flags;
        if self.scope().comp_iter_target && flags & flag::LOCAL != 0 {
            if old & (flag::GLOBAL | flag::NONLOCAL) != 0 {
                let what = format!("comprehension inner loop cannot rebind assignment expression target '{name}'");
                return Err(error(span, what));
            }
            flags |= flag::COMP_ITER;
        }
        self.scope().add(&name, flags);
        Ok(())
    }

    fn stmts(&mut self, body: &[Stmt]) -> Res {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    fn stmt(&mut self, s: &Stmt) -> Res {
        match &s.kind {
            StmtKind::FunctionDef(f) => self.function(f, s.span),
            StmtKind::ClassDef(c) => self.class(c, s.span),
            StmtKind::Return(value) => self.opt(value.as_ref()),
            StmtKind::Delete(targets) => targets.iter().try_for_each(|t| self.target(t, flag::LOCAL | flag::DELETED)),
            StmtKind::Assign { targets, value } => {
                targets.iter().try_for_each(|t| self.target(t, flag::LOCAL))?;
                self.expr(value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                // An augmented attribute does not count for `__static_attributes__`.
                match &target.kind {
                    ExprKind::Attribute { value, .. } => self.expr(value)?,
                    _ => self.target(target, flag::LOCAL)?,
                }
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.ann_assign(target, annotation, value.as_ref(), *simple, s.span)
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                self.def(&name.name, flag::LOCAL, name.span)?;
                let outer = self.type_params(type_params)?;
                let inner = self.enter(ScopeKind::TypeAlias, key(tag::ALIAS, value), s.span)?;
                self.expr(value)?;
                self.at = inner;
                self.at = outer;
                Ok(())
            }
            StmtKind::For { target, iter, body, orelse, .. } => {
                self.target(target, flag::LOCAL)?;
                self.expr(iter)?;
                self.stmts(body)?;
                self.stmts(orelse)
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test)?;
                self.stmts(body)?;
                self.stmts(orelse)
            }
            StmtKind::If { clauses, orelse } => {
                for (test, body) in clauses {
                    self.expr(test)?;
                    self.stmts(body)?;
                }
                self.stmts(orelse)
            }
            StmtKind::With { items, body, .. } => {
                for item in items {
                    self.expr(&item.context)?;
                    if let Some(t) = &item.target {
                        self.target(t, flag::LOCAL)?;
                    }
                }
                self.stmts(body)
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                for case in cases {
                    self.pattern(&case.pattern)?;
                    self.opt(case.guard.as_ref())?;
                    self.stmts(&case.body)?;
                }
                Ok(())
            }
            StmtKind::Raise { exc, cause } => {
                self.opt(exc.as_ref())?;
                self.opt(cause.as_ref())
            }
            StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
                self.stmts(body)?;
                for h in handlers {
                    self.opt(h.class.as_ref())?;
                    if let Some(name) = &h.name {
                        self.def(&name.name, flag::LOCAL | flag::DELETED, name.span)?;
                    }
                    self.stmts(&h.body)?;
                }
                self.stmts(orelse)?;
                self.stmts(finalbody)
            }
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.opt(msg.as_ref())
            }
            StmtKind::Import(names) => names.iter().try_for_each(|a| self.alias(a)),
            StmtKind::ImportFrom { names, .. } => names.iter().try_for_each(|a| {
                if &*a.name.name == "*" {
                    if self.scope().kind != ScopeKind::Module {
                        return Err(error(s.span, "import * only allowed at module level"));
                    }
                    return Ok(());
                }
                self.alias(a)
            }),
            StmtKind::Global(names) => names.iter().try_for_each(|n| self.directive(n, s.span, flag::GLOBAL)),
            StmtKind::Nonlocal(names) => names.iter().try_for_each(|n| self.directive(n, s.span, flag::NONLOCAL)),
            StmtKind::Expr(e) => self.expr(e),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }

    fn alias(&mut self, a: &Alias) -> Res {
        let bound = match &a.asname {
            Some(n) => n.name.clone(),
            None => Arc::from(a.name.name.split('.').next().unwrap_or("")),
        };
        self.def(&bound, flag::IMPORT, a.name.span)
    }

    fn directive(&mut self, n: &Ident, span: Span, what: u16) -> Res {
        let name = self.mangled(&n.name);
        let word = if what == flag::GLOBAL { "global" } else { "nonlocal" };
        let old = self.scope().flags(&name);
        if old & (flag::PARAM | flag::LOCAL | flag::USE | flag::ANNOT) != 0 {
            let text = if old & flag::PARAM != 0 {
                format!("name '{name}' is parameter and {word}")
            } else if old & flag::USE != 0 {
                format!("name '{name}' is used prior to {word} declaration")
            } else if old & flag::ANNOT != 0 {
                format!("annotated name '{name}' can't be {word}")
            } else {
                format!("name '{name}' is assigned to before {word} declaration")
            };
            return Err(error(span, text));
        }
        self.scope().add(&name, what);
        if what == flag::GLOBAL {
            // So that exec'd code, whose names are elsewhere, binds it among the globals too.
            self.scopes.get_mut(ScopeId(0)).add(&name, flag::GLOBAL);
        }
        self.scope().directives.push((name, span));
        Ok(())
    }

    fn ann_assign(&mut self, target: &Expr, annotation: &Expr, value: Option<&Expr>, simple: bool, span: Span) -> Res {
        if let ExprKind::Name(name) = &target.kind {
            let flags = self.scopes.get(self.at).flags(&self.mangled(name));
            if flags & (flag::GLOBAL | flag::NONLOCAL) != 0 && self.scope().kind != ScopeKind::Module && simple {
                let word = if flags & flag::GLOBAL != 0 { "global" } else { "nonlocal" };
                return Err(error(span, format!("annotated name '{name}' can't be {word}")));
            }
            let add = if simple { flag::ANNOT | flag::LOCAL } else { 0 };
            let bind = if value.is_some() { flag::LOCAL } else { 0 };
            if add | bind != 0 {
                self.def(name, add | bind, target.span)?;
            }
        } else {
            self.target(target, flag::LOCAL)?;
        }
        self.annotation(annotation)?;
        self.opt(value)
    }

    fn annotation(&mut self, e: &Expr) -> Res {
        if self.future_annotations { Ok(()) } else { self.expr(e) }
    }

    fn function(&mut self, f: &FunctionDef, span: Span) -> Res {
        self.def(&f.name.name, flag::LOCAL, f.name.span)?;
        f.decorators.iter().try_for_each(|d| self.expr(d))?;
        self.defaults(&f.params)?;
        let outer = self.type_params(&f.type_params)?;
        for p in annotated(&f.params) {
            self.annotation(p)?;
        }
        if let Some(r) = &f.returns {
            self.annotation(r)?;
        }
        let around = self.enter(ScopeKind::Function, key(tag::FUNCTION, f), span)?;
        self.params(&f.params)?;
        self.scope().is_coroutine = f.is_async;
        self.stmts(&f.body)?;
        self.at = around;
        self.at = outer;
        Ok(())
    }

    pub(super) fn defaults(&mut self, p: &Params) -> Res {
        p.posonly.iter().chain(&p.args).chain(&p.kwonly).try_for_each(|p| self.opt(p.default.as_ref()))
    }

    pub(super) fn params(&mut self, p: &Params) -> Res {
        for p in all_params(p) {
            self.def(&p.name.name, flag::PARAM, p.name.span)?;
        }
        Ok(())
    }

    fn class(&mut self, c: &ClassDef, span: Span) -> Res {
        self.def(&c.name.name, flag::LOCAL, c.name.span)?;
        c.decorators.iter().try_for_each(|d| self.expr(d))?;
        let outer = self.type_params(&c.type_params)?;
        if !c.type_params.is_empty() {
            self.scope().add(&Arc::from(".type_params"), flag::LOCAL);
        }
        c.bases.iter().try_for_each(|b| self.expr(b))?;
        c.keywords.iter().try_for_each(|k| self.expr(&k.value))?;
        let around = self.enter(ScopeKind::Class, key(tag::CLASS, c), span)?;
        self.scope().private = Some(c.name.name.clone());
        if !c.type_params.is_empty() {
            self.scope().add(&Arc::from(".type_params"), flag::USE);
        }
        self.stmts(&c.body)?;
        self.at = around;
        self.at = outer;
        Ok(())
    }

    /// Enters the scope of type parameters, if there are any; gives the scope to go back to.
    fn type_params(&mut self, params: &Vec<TypeParam>) -> Res<ScopeId> {
        let outer = self.at;
        if params.is_empty() {
            return Ok(outer);
        }
        self.enter(ScopeKind::TypeParams, key(tag::PARAMS, params), params[0].span)?;
        for hidden in [".defaults", ".kwdefaults"] {
            self.scope().add(&Arc::from(hidden), flag::PARAM);
        }
        for p in params {
            self.def(&p.name.name, flag::LOCAL | flag::TYPE_PARAM, p.name.span)?;
            let bound = match &p.kind {
                TypeParamKind::TypeVar { bound } => bound.as_ref(),
                _ => None,
            };
            for e in bound.into_iter().chain(&p.default) {
                let around = self.enter(ScopeKind::TypeBound, key(tag::BOUND, e), e.span)?;
                self.expr(e)?;
                self.at = around;
            }
        }
        Ok(outer)
    }

    fn opt(&mut self, e: Option<&Expr>) -> Res {
        e.map_or(Ok(()), |e| self.expr(e))
    }

    /// A target of assignment or `del`, bound with `flags`.
    pub(super) fn target(&mut self, e: &Expr, flags: u16) -> Res {
        match &e.kind {
            ExprKind::Name(name) => self.def(name, flags, e.span),
            ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().try_for_each(|i| self.target(i, flags)),
            ExprKind::Starred(inner) => self.target(inner, flags),
            ExprKind::Attribute { value, attr } => {
                if flags & flag::DELETED == 0 && matches!(&value.kind, ExprKind::Name(n) if &**n == "self") {
                    self.static_attribute(&attr.name);
                }
                self.expr(value)
            }
            _ => self.expr(e),
        }
    }

    /// `self.x = …` is noted in the nearest class around this frame.
    fn static_attribute(&mut self, name: &Name) {
        let mut at = self.scopes.get(self.scopes.frame(self.at)).parent;
        while let Some(id) = at {
            let scope = self.scopes.get_mut(id);
            if scope.kind == ScopeKind::Class {
                if !scope.static_attributes.contains(name) {
                    scope.static_attributes.push(name.clone());
                }
                return;
            }
            at = scope.parent;
        }
    }

    fn pattern(&mut self, p: &Pattern) -> Res {
        match &p.kind {
            PatternKind::Value(e) => self.expr(e),
            PatternKind::Singleton(_) => Ok(()),
            PatternKind::Sequence(ps) | PatternKind::Or(ps) => ps.iter().try_for_each(|p| self.pattern(p)),
            PatternKind::Mapping { keys, patterns, rest } => {
                keys.iter().try_for_each(|k| self.expr(k))?;
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                rest.as_ref().map_or(Ok(()), |r| self.def(&r.name, flag::LOCAL, r.span))
            }
            PatternKind::Class { class, patterns, keywords } => {
                self.expr(class)?;
                patterns.iter().try_for_each(|p| self.pattern(p))?;
                keywords.iter().try_for_each(|(_, p)| self.pattern(p))
            }
            PatternKind::Star(name) => name.as_ref().map_or(Ok(()), |n| self.def(&n.name, flag::LOCAL, n.span)),
            PatternKind::As { pattern, name } => {
                pattern.as_ref().map_or(Ok(()), |p| self.pattern(p))?;
                name.as_ref().map_or(Ok(()), |n| self.def(&n.name, flag::LOCAL, n.span))
            }
        }
    }
}

/// All parameters in the order of their registers.
pub(super) fn all_params(p: &Params) -> impl Iterator<Item = &Param> {
    p.posonly.iter().chain(&p.args).chain(&p.kwonly).chain(&p.vararg).chain(&p.kwarg)
}

/// The annotations of parameters in the order of evaluation (CPython takes `args` before positional-only ones).
fn annotated(p: &Params) -> impl Iterator<Item = &Expr> {
    p.args
        .iter()
        .chain(&p.posonly)
        .chain(&p.vararg)
        .chain(&p.kwonly)
        .chain(&p.kwarg)
        .filter_map(|p| p.annotation.as_ref())
}

#[cfg(test)]
mod tests {
    use super::super::symbols::Owner;
    use super::*;
    use crate::syntax::parse_module;

    fn scopes(src: &str) -> Result<Scopes, String> {
        let module = parse_module(src).map_err(|e| e.message)?;
        of_module(&module.body, false, 1000).map_err(|e| e.message).map(|s| s.expect("not deep"))
    }

    fn owner(s: &Scopes, scope: u32, name: &str) -> (Owner, bool) {
        let s = s.get(ScopeId(scope)).symbol(name).expect("a symbol");
        (s.owner, s.cell)
    }

    #[test]
    fn names_are_found_where_they_live() {
        let s = scopes("def f(a):\n b = 1\n def g():\n  nonlocal b\n  b = a + c\n").expect("fine");
        assert_eq!(owner(&s, 1, "a"), (Owner::Here, true));
        assert_eq!(owner(&s, 1, "b"), (Owner::Here, true));
        assert_eq!(owner(&s, 2, "a"), (Owner::Outer(ScopeId(1)), false));
        assert_eq!(owner(&s, 2, "c"), (Owner::GlobalImplicit, false));
        assert_eq!(s.get(ScopeId(2)).free.iter().map(|n| &**n).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn inlined_comprehensions_capture_nothing() {
        let s = scopes("def f(xs, n):\n return [x + n for x in xs]\n").expect("fine");
        assert_eq!(owner(&s, 1, "n"), (Owner::Here, false));
        assert_eq!(owner(&s, 2, "n"), (Owner::Outer(ScopeId(1)), false));
        let s = scopes("def f(n):\n return [lambda: (x, n) for x in n]\n").expect("fine");
        assert_eq!(owner(&s, 1, "n"), (Owner::Here, true));
        assert_eq!(owner(&s, 2, "x"), (Owner::Here, true));
    }

    #[test]
    fn methods_see_past_their_class_but_get_its_cell() {
        let s = scopes("def f(x):\n class A:\n  x = 2\n  def m(self):\n   return super().m(x)\n").expect("fine");
        assert_eq!(owner(&s, 3, "x"), (Owner::Outer(ScopeId(1)), false));
        assert_eq!(owner(&s, 3, "__class__"), (Owner::Outer(ScopeId(2)), false));
        assert_eq!(owner(&s, 2, "x").0, Owner::Here);
    }

    #[test]
    fn private_names_are_mangled() {
        let s = scopes("class _A:\n def m(self, __x): return __x + __y__\n").expect("fine");
        assert!(s.get(ScopeId(2)).symbol("_A__x").is_some() && s.get(ScopeId(2)).symbol("__y__").is_some());
    }

    #[test]
    fn complaints_are_those_of_cpython() {
        for (src, message) in [
            ("def f(a):\n global a", "name 'a' is parameter and global"),
            ("def f():\n a = 1\n global a", "name 'a' is assigned to before global declaration"),
            ("def f():\n print(a)\n global a", "name 'a' is used prior to global declaration"),
            ("def f():\n nonlocal q", "no binding for nonlocal 'q' found"),
            ("nonlocal q", "nonlocal declaration not allowed at module level"),
            ("def f():\n global x\n nonlocal x", "name 'x' is nonlocal and global"),
            ("def f():\n a: int\n global a", "annotated name 'a' can't be global"),
            ("def f(a, a): pass", "duplicate argument 'a' in function definition"),
            ("def f():\n from a import *", "import * only allowed at module level"),
            ("[x := 1 for x in y]", "assignment expression cannot rebind comprehension iteration variable 'x'"),
            ("[x for x in (y := 1)]", "assignment expression cannot be used in a comprehension iterable expression"),
            (
                "class A:\n [x := 1 for y in z]",
                "assignment expression within a comprehension cannot be used in a class body",
            ),
            ("yield 1", "'yield' outside function"),
            ("def f(): return [(yield) for x in y]", "'yield' inside list comprehension"),
        ] {
            assert_eq!(scopes(&format!("{src}\n")).err().as_deref(), Some(message), "{src}");
        }
    }
}
