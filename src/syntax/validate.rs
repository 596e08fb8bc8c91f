//! What a program must obey beyond its grammar. Floor 1.
//!
//! These are the errors of CPython's symbol table and compiler that need no knowledge of name binding, and its warnings.
//! Invariant: the walk follows left operands and the like in a loop, so that long chains cost no stack.

use super::ast::*;
use super::error::{SyntaxError, SyntaxErrorKind, SyntaxWarning};
use super::pattern::Captures;
use crate::base::span::Span;
use rustc_hash::FxHashSet;

/// Checks a module; the first error is returned, warnings go to `warnings`.
pub(crate) fn module(body: &[Stmt], warnings: &mut Vec<SyntaxWarning>) -> Result<(), SyntaxError> {
    let mut v = Validate::new(warnings);
    v.futures(body)?;
    v.stmts(body)
}

/// Checks one expression, as in `eval`.
pub(crate) fn expression(e: &Expr, warnings: &mut Vec<SyntaxWarning>) -> Result<(), SyntaxError> {
    Validate::new(warnings).expr(e)
}

pub(super) type Check = Result<(), SyntaxError>;

/// An error at `span`.
pub(super) fn fail<T>(span: Span, message: impl Into<String>) -> Result<T, SyntaxError> {
    let (kind, message) = (SyntaxErrorKind::SyntaxError, message.into());
    Err(SyntaxError { kind, message, span, help: None, incomplete: false })
}

const FUTURES: [&str; 10] = [
    "nested_scopes",
    "generators",
    "division",
    "absolute_import",
    "with_statement",
    "print_function",
    "unicode_literals",
    "barry_as_FLUFL",
    "generator_stop",
    "annotations",
];

#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Module,
    Class,
    Function,
    AsyncFunction,
    /// A comprehension, by name.
    Comprehension(&'static str),
    /// Where neither `yield` nor `await` nor `:=` may stand, by name.
    TypeParam(&'static str),
}

/// A comprehension around the current place.
struct Comp<'a> {
    targets: Vec<&'a str>,
    /// Names that a walrus inside has bound.
    walrus: Vec<&'a str>,
}

struct Validate<'a, 'w> {
    warnings: &'w mut Vec<SyntaxWarning>,
    scope: Scope,
    in_loop: bool,
    /// Inside of an `except*` block, with no loop or function begun in it?
    in_except_star: bool,
    /// The scope around the comprehensions we are in.
    around: Scope,
    comps: Vec<Comp<'a>>,
    /// Inside of the iterable of a comprehension.
    in_iterable: u32,
    /// Did the comprehension that is being walked await something?
    awaits: bool,
    /// Where the last `from __future__` import at the beginning of the file ends.
    futures_end: u32,
    /// Does the function that is being walked yield, and where does it return a value?
    yields: bool,
    returns: Option<Span>,
}

impl<'a, 'w> Validate<'a, 'w> {
    fn new(warnings: &'w mut Vec<SyntaxWarning>) -> Self {
        Validate {
            warnings,
            scope: Scope::Module,
            in_loop: false,
            in_except_star: false,
            around: Scope::Module,
            comps: Vec::new(),
            in_iterable: 0,
            awaits: false,
            futures_end: 0,
            yields: false,
            returns: None,
        }
    }

    fn warn(&mut self, span: Span, message: impl Into<String>) {
        self.warnings.push(SyntaxWarning { message: message.into(), span });
    }

    /// `from __future__` imports come first and name known features.
    fn futures(&mut self, body: &[Stmt]) -> Check {
        let mut first = true;
        for s in body {
            match &s.kind {
                StmtKind::ImportFrom { module: Some(m), names, level: 0 } if &*m.name == "__future__" => {
                    for n in names {
                        let name = &*n.name.name;
                        let here = Span::new(s.span.start, s.span.start + 1);
                        if name == "braces" {
                            return fail(here, "not a chance");
                        }
                        if !FUTURES.contains(&name) {
                            return fail(here, format!("future feature {name} is not defined"));
                        }
                    }
                    self.futures_end = s.span.end;
                }
                StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(_)), .. }) if first => {}
                _ => break,
            }
            first = false;
        }
        Ok(())
    }

    // ---- Statements ----

    fn stmts(&mut self, body: &'a [Stmt]) -> Check {
        body.iter().try_for_each(|s| self.stmt(s))
    }

    fn stmt(&mut self, s: &'a Stmt) -> Check {
        match &s.kind {
            StmtKind::FunctionDef(f) => self.function(f),
            StmtKind::ClassDef(c) => self.class(c),
            StmtKind::Return(e) => {
                if !matches!(self.scope, Scope::Function | Scope::AsyncFunction) {
                    return fail(s.span, "'return' outside function");
                }
                if self.in_except_star {
                    return fail(e.as_ref().map_or(s.span, |e| e.span), EXCEPT_STAR);
                }
                if e.is_some() {
                    self.returns.get_or_insert(s.span);
                }
                self.exprs(e)
            }
            StmtKind::Delete(v) => v.iter().try_for_each(|e| self.target(e, true)),
            StmtKind::Assign { targets, value } => {
                self.expr(value)?;
                targets.iter().try_for_each(|t| self.top_target(t))
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.target(target, false)?;
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, .. } => {
                self.expr(annotation)?;
                self.exprs(value)?;
                if let ExprKind::Name(n) = &target.kind {
                    self.bind(n, s.span)?;
                }
                self.target(target, false)
            }
            StmtKind::TypeAlias { type_params, value, .. } => {
                self.type_params(type_params)?;
                self.in_scope(Scope::TypeParam("a type alias"), |v| v.expr(value))
            }
            StmtKind::For { target, iter, body, orelse, is_async } => {
                if *is_async && self.scope != Scope::AsyncFunction {
                    return fail(s.span, "'async for' outside async function");
                }
                self.expr(iter)?;
                self.top_target(target)?;
                self.looped(body)?;
                self.stmts(orelse)
            }
            StmtKind::While { test, body, orelse } => {
                self.expr(test)?;
                self.looped(body)?;
                self.stmts(orelse)
            }
            StmtKind::If { clauses, orelse } => {
                for (test, body) in clauses {
                    self.expr(test)?;
                    self.stmts(body)?;
                }
                self.stmts(orelse)
            }
            StmtKind::With { items, body, is_async } => {
                if *is_async && self.scope != Scope::AsyncFunction {
                    return fail(s.span, "'async with' outside async function");
                }
                for i in items {
                    self.expr(&i.context)?;
                    if let Some(t) = &i.target {
                        self.top_target(t)?;
                    }
                }
                self.stmts(body)
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                for (i, c) in cases.iter().enumerate() {
                    let refutable = c.guard.is_none() && i + 1 < cases.len();
                    Captures::default().check(&c.pattern, !refutable)?;
                    self.exprs(&c.guard)?;
                    self.stmts(&c.body)?;
                }
                Ok(())
            }
            StmtKind::Raise { exc, cause } => {
                self.exprs(exc)?;
                self.exprs(cause)
            }
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                self.stmts(body)?;
                for (i, h) in handlers.iter().enumerate() {
                    if h.class.is_none() && i + 1 < handlers.len() {
                        return fail(h.span, "default 'except:' must be last");
                    }
                    self.exprs(&h.class)?;
                    if let Some(n) = &h.name {
                        self.bind(&n.name, h.span)?;
                    }
                    let star = self.in_except_star;
                    self.in_except_star |= *is_star;
                    let looped = self.in_loop;
                    self.in_loop &= !*is_star;
                    let checked = self.stmts(&h.body);
                    self.in_except_star = star;
                    self.in_loop = looped;
                    checked?;
                }
                self.stmts(orelse)?;
                self.stmts(finalbody)
            }
            StmtKind::Assert { test, msg } => {
                if let ExprKind::Tuple(v) = &test.kind
                    && !v.is_empty()
                {
                    self.warn(s.span, "assertion is always true, perhaps remove parentheses?");
                }
                self.expr(test)?;
                self.exprs(msg)
            }
            StmtKind::Import(names) => names.iter().try_for_each(|n| self.alias(n, s.span)),
            StmtKind::ImportFrom { module, names, level } => {
                let future = *level == 0 && module.as_ref().is_some_and(|m| &*m.name == "__future__");
                if future && s.span.start >= self.futures_end {
                    return fail(s.span, "from __future__ imports must occur at the beginning of the file");
                }
                let star = names.first().filter(|n| &*n.name.name == "*");
                if let (Some(n), true) = (star, self.scope != Scope::Module) {
                    return fail(n.name.span, "import * only allowed at module level");
                }
                names.iter().try_for_each(|n| self.alias(n, s.span))
            }
            StmtKind::Nonlocal(_) if self.scope == Scope::Module => {
                fail(s.span, "nonlocal declaration not allowed at module level")
            }
            StmtKind::Expr(e) => {
                if let ExprKind::Starred(_) = e.kind {
                    return fail(e.span, STARRED);
                }
                self.expr(e)
            }
            StmtKind::Break if !self.in_loop => {
                fail(s.span, if self.in_except_star { EXCEPT_STAR } else { "'break' outside loop" })
            }
            StmtKind::Continue if !self.in_loop => {
                fail(s.span, if self.in_except_star { EXCEPT_STAR } else { "'continue' not properly in loop" })
            }
            StmtKind::Global(_) | StmtKind::Nonlocal(_) | StmtKind::Pass | StmtKind::Break | StmtKind::Continue => {
                Ok(())
            }
        }
    }

    fn looped(&mut self, body: &'a [Stmt]) -> Check {
        let outer = std::mem::replace(&mut self.in_loop, true);
        let checked = self.stmts(body);
        self.in_loop = outer;
        checked
    }

    /// Runs `f` in a scope of its own.
    fn in_scope(&mut self, scope: Scope, f: impl FnOnce(&mut Self) -> Check) -> Check {
        self.enter(scope, false, f)
    }

    /// As `in_scope`; what holds in a comprehension's iterable holds in its lambdas too.
    fn enter(&mut self, scope: Scope, lambda: bool, f: impl FnOnce(&mut Self) -> Check) -> Check {
        let outer = (self.scope, self.in_loop, self.in_except_star, self.around, self.in_iterable);
        let comps = std::mem::take(&mut self.comps);
        self.scope = scope;
        self.in_loop = false;
        self.in_except_star = false;
        self.in_iterable = if lambda { outer.4 } else { 0 };
        let checked = f(self);
        (self.scope, self.in_loop, self.in_except_star, self.around, self.in_iterable) = outer;
        self.comps = comps;
        checked
    }

    fn function(&mut self, f: &'a FunctionDef) -> Check {
        self.bind(&f.name.name, f.name.span)?;
        f.decorators.iter().try_for_each(|d| self.expr(d))?;
        self.defaults(&f.params)?;
        self.type_params(&f.type_params)?;
        let annotations = |v: &mut Self| {
            for p in all_params(&f.params) {
                if let Some(a) = &p.annotation {
                    match &a.kind {
                        ExprKind::Starred(e) => v.expr(e)?,
                        _ => v.expr(a)?,
                    }
                }
            }
            v.exprs(&f.returns)
        };
        if f.type_params.is_empty() {
            annotations(self)?;
        } else {
            self.in_scope(Scope::TypeParam("the definition of a generic"), annotations)?;
        }
        self.params(&f.params)?;
        let scope = if f.is_async { Scope::AsyncFunction } else { Scope::Function };
        let yields = std::mem::replace(&mut self.yields, false);
        let returns = self.returns.take();
        self.in_scope(scope, |v| v.stmts(&f.body))?;
        if let (true, true, Some(span)) = (f.is_async, self.yields, self.returns) {
            return fail(span, "'return' with value in async generator");
        }
        (self.yields, self.returns) = (yields, returns);
        Ok(())
    }

    fn class(&mut self, c: &'a ClassDef) -> Check {
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

    fn type_params(&mut self, v: &'a [TypeParam]) -> Check {
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

    fn defaults(&mut self, p: &'a Params) -> Check {
        all_params(p).try_for_each(|p| self.exprs(&p.default))
    }

    /// The names of parameters must differ.
    fn params(&mut self, p: &'a Params) -> Check {
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

    fn alias(&mut self, a: &Alias, span: Span) -> Check {
        self.bind(&a.asname.as_ref().unwrap_or(&a.name).name, span)
    }

    fn bind(&mut self, name: &str, span: Span) -> Check {
        if name == "__debug__" { fail(span, "cannot assign to __debug__") } else { Ok(()) }
    }

    // ---- Targets ----

    /// A target that isn't inside of a list or tuple.
    fn top_target(&mut self, e: &'a Expr) -> Check {
        if let ExprKind::Starred(_) = e.kind {
            return fail(e.span, "starred assignment target must be in a list or tuple");
        }
        self.target(e, false)
    }

    fn target(&mut self, e: &'a Expr, delete: bool) -> Check {
        match &e.kind {
            ExprKind::Name(n) if &**n == "__debug__" => {
                fail(e.span, if delete { "cannot delete __debug__" } else { "cannot assign to __debug__" })
            }
            ExprKind::Attribute { value, attr } => {
                if &*attr.name == "__debug__" {
                    return fail(e.span, if delete { "cannot delete __debug__" } else { "cannot assign to __debug__" });
                }
                self.expr(value)
            }
            ExprKind::Tuple(v) | ExprKind::List(v) => {
                let mut stars = v.iter().filter(|e| matches!(e.kind, ExprKind::Starred(_)));
                if stars.next().is_some() && stars.next().is_some() {
                    return fail(e.span, "multiple starred expressions in assignment");
                }
                v.iter().try_for_each(|e| self.target(e, delete))
            }
            ExprKind::Starred(e) => self.target(e, delete),
            _ => self.expr(e),
        }
    }

    // ---- Expressions ----

    fn exprs(&mut self, v: impl IntoIterator<Item = &'a Expr>) -> Check {
        v.into_iter().try_for_each(|e| self.expr(e))
    }

    /// Elements, among which a star may stand.
    fn elements(&mut self, v: &'a [Expr]) -> Check {
        v.iter().try_for_each(|e| match &e.kind {
            ExprKind::Starred(e) => self.expr(e),
            _ => self.expr(e),
        })
    }

    fn expr(&mut self, mut e: &'a Expr) -> Check {
        loop {
            e = match &e.kind {
                ExprKind::BinOp { left, right, .. } => {
                    self.expr(right)?;
                    left
                }
                ExprKind::UnaryOp { operand, .. } => operand,
                ExprKind::Attribute { value, .. } => value,
                ExprKind::Subscript { value, index } => {
                    self.subscript(value, index, e.span)?;
                    value
                }
                ExprKind::Call(c) => {
                    self.call(c, e.span)?;
                    &c.func
                }
                ExprKind::IfExp { test, body, orelse } => {
                    self.expr(test)?;
                    self.expr(body)?;
                    orelse
                }
                _ => return self.other(e),
            };
        }
    }

    #[inline(never)]
    fn call(&mut self, c: &'a Call, span: Span) -> Check {
        if let Some(kind) = uncallable(&c.func) {
            let message = format!("'{kind}' object is not callable; perhaps you missed a comma?");
            self.warn(span, message);
        }
        self.arguments(&c.args, &c.keywords)
    }

    #[inline(never)]
    fn subscript(&mut self, value: &'a Expr, index: &'a Expr, span: Span) -> Check {
        if let Some(kind) = unsubscriptable(value) {
            let message = format!("'{kind}' object is not subscriptable; perhaps you missed a comma?");
            self.warn(span, message);
        } else if let (Some(kind), Some(index)) = (sequence_name(value), bad_index(index)) {
            let message =
                format!("{kind} indices must be integers or slices, not {index}; perhaps you missed a comma?");
            self.warn(span, message);
        }
        match &index.kind {
            ExprKind::Tuple(v) => self.elements(v),
            _ => self.expr(index),
        }
    }

    fn arguments(&mut self, args: &'a [Expr], keywords: &'a [Keyword]) -> Check {
        let mut seen = FxHashSet::default();
        for k in keywords {
            let Some(arg) = &k.arg else { continue };
            self.bind(&arg.name, k.span)?;
            if !seen.insert(&*arg.name) {
                return fail(k.span, format!("keyword argument repeated: {}", arg.name));
            }
        }
        self.elements(args)?;
        keywords.iter().try_for_each(|k| self.expr(&k.value))
    }

    fn other(&mut self, e: &'a Expr) -> Check {
        match &e.kind {
            ExprKind::BoolOp { values, .. } => self.exprs(values),
            ExprKind::Named { target, value } => {
                self.named(target, e.span)?;
                self.expr(value)
            }
            ExprKind::Lambda { params, body } => self.lambda(params, body),
            ExprKind::Dict(items) => {
                for (k, v) in items {
                    self.exprs(k)?;
                    self.expr(v)?;
                }
                Ok(())
            }
            ExprKind::Set(v) | ExprKind::List(v) | ExprKind::Tuple(v) => self.elements(v),
            ExprKind::ListComp { elt, generators } => {
                self.comprehension("list comprehension", [None, Some(elt)], generators, e.span)
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension("set comprehension", [None, Some(elt)], generators, e.span)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension("dict comprehension", [Some(key), Some(value)], generators, e.span)
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension("generator expression", [None, Some(elt)], generators, e.span)
            }
            ExprKind::Await(inner) => {
                match self.scope {
                    Scope::Module | Scope::Class => return fail(e.span, "'await' outside function"),
                    Scope::Function => return fail(e.span, "'await' outside async function"),
                    Scope::AsyncFunction => {}
                    Scope::Comprehension(_) => self.awaits = true,
                    Scope::TypeParam(place) => return not_within("await expression", place, e.span),
                }
                self.expr(inner)
            }
            ExprKind::Yield(value) => {
                self.yields(e.span, false)?;
                self.exprs(value.as_deref())
            }
            ExprKind::YieldFrom(value) => {
                self.yields(e.span, true)?;
                if self.scope == Scope::AsyncFunction {
                    return fail(e.span, "'yield from' inside async function");
                }
                self.expr(value)
            }
            ExprKind::Compare { left, rest } => {
                self.compare(left, rest, e.span);
                self.expr(left)?;
                rest.iter().try_for_each(|(_, e)| self.expr(e))
            }
            ExprKind::FString(parts) => self.parts(parts),
            ExprKind::Starred(_) => fail(e.span, STARRED),
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().try_for_each(|e| self.exprs(e.as_deref()))
            }
            ExprKind::Name(_) | ExprKind::Constant(_) => Ok(()),
            // The others are followed by `expr`.
            _ => Ok(()),
        }
    }

    #[inline(never)]
    fn lambda(&mut self, params: &'a Params, body: &'a Expr) -> Check {
        self.defaults(params)?;
        self.params(params)?;
        let (yields, returns) = (self.yields, self.returns);
        let checked = self.enter(Scope::Function, true, |v| v.expr(body));
        (self.yields, self.returns) = (yields, returns);
        checked
    }

    #[inline(never)]
    fn parts(&mut self, parts: &'a [FStringPart]) -> Check {
        for part in parts {
            if let FStringPart::Field(f) = part {
                self.expr(&f.value)?;
                if let Some(spec) = &f.spec {
                    self.parts(spec)?;
                }
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn yields(&mut self, span: Span, from: bool) -> Check {
        match self.scope {
            Scope::Function | Scope::AsyncFunction => {
                self.yields = true;
                Ok(())
            }
            Scope::Module | Scope::Class if from => fail(span, "'yield from' outside function"),
            Scope::Module | Scope::Class => fail(span, "'yield' outside function"),
            Scope::Comprehension(kind) => fail(span, format!("'yield' inside {kind}")),
            Scope::TypeParam(place) => not_within("yield expression", place, span),
        }
    }

    #[inline(never)]
    fn named(&mut self, target: &'a Ident, span: Span) -> Check {
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
    fn comprehension(
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

    /// `is` with a literal compares what may or may not be one object.
    #[inline(never)]
    fn compare(&mut self, left: &Expr, rest: &[(CmpOp, Expr)], span: Span) {
        let mut left = left;
        for (op, right) in rest {
            if matches!(op, CmpOp::Is | CmpOp::IsNot)
                && let Some(kind) = literal_name(left).or(literal_name(right))
            {
                let (is, eq) = if *op == CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
                self.warn(span, format!("\"{is}\" with '{kind}' literal. Did you mean \"{eq}\"?"));
            }
            left = right;
        }
    }
}

const STARRED: &str = "can't use starred expression here";
const EXCEPT_STAR: &str = "'break', 'continue' and 'return' cannot appear in an except* block";

fn not_within(what: &str, place: &str, span: Span) -> Check {
    fail(span, format!("{what} cannot be used within {place}"))
}

/// All parameters in the order in which CPython looks at their names.
fn all_params(p: &Params) -> impl Iterator<Item = &Param> {
    p.posonly.iter().chain(&p.args).chain(&p.kwonly).chain(&p.vararg).chain(&p.kwarg)
}

/// The type of a constant, but for those that are single objects.
fn constant_type(c: &Constant) -> Option<&'static str> {
    Some(match c {
        Constant::None | Constant::True | Constant::False | Constant::Ellipsis => return None,
        Constant::Int(_) | Constant::BigInt { .. } => "int",
        Constant::Float(_) => "float",
        Constant::Imaginary(_) => "complex",
        Constant::Str(_) => "str",
        Constant::Bytes(_) => "bytes",
    })
}

fn literal_name(e: &Expr) -> Option<&'static str> {
    match &e.kind {
        ExprKind::Constant(c) => constant_type(c),
        ExprKind::Tuple(v) if v.iter().all(|e| matches!(e.kind, ExprKind::Constant(_))) => Some("tuple"),
        ExprKind::UnaryOp { op: UnaryOp::Minus, operand } => match &operand.kind {
            ExprKind::Constant(c @ (Constant::Int(_) | Constant::Float(_) | Constant::Imaginary(_))) => {
                constant_type(c)
            }
            _ => None,
        },
        _ => None,
    }
}

fn display_name(e: &Expr) -> Option<&'static str> {
    Some(match &e.kind {
        ExprKind::Constant(Constant::None) => "NoneType",
        ExprKind::Constant(Constant::True | Constant::False) => "bool",
        ExprKind::Constant(Constant::Ellipsis) => "ellipsis",
        ExprKind::Constant(c) => return constant_type(c),
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) | ExprKind::ListComp { .. } => "list",
        ExprKind::Dict(_) | ExprKind::DictComp { .. } => "dict",
        ExprKind::Set(_) | ExprKind::SetComp { .. } => "set",
        ExprKind::GeneratorExp { .. } => "generator",
        ExprKind::Lambda { .. } => "function",
        ExprKind::FString(_) => "str",
        _ => return None,
    })
}

fn uncallable(e: &Expr) -> Option<&'static str> {
    display_name(e).filter(|n| *n != "function")
}

fn unsubscriptable(e: &Expr) -> Option<&'static str> {
    match &e.kind {
        ExprKind::Constant(Constant::Str(_) | Constant::Bytes(_)) | ExprKind::FString(_) => None,
        _ => display_name(e).filter(|n| !matches!(*n, "tuple" | "list" | "dict")),
    }
}

fn sequence_name(e: &Expr) -> Option<&'static str> {
    match &e.kind {
        ExprKind::Tuple(_)
        | ExprKind::List(_)
        | ExprKind::ListComp { .. }
        | ExprKind::FString(_)
        | ExprKind::Constant(Constant::Str(_) | Constant::Bytes(_)) => display_name(e),
        _ => None,
    }
}

fn bad_index(e: &Expr) -> Option<&'static str> {
    match &e.kind {
        ExprKind::Constant(Constant::Int(_) | Constant::BigInt { .. } | Constant::True | Constant::False) => None,
        _ => display_name(e),
    }
}
