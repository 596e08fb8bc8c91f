//! What a program must obey beyond its grammar. Floor 1.
//!
//! These are the errors of CPython's symbol table and compiler that need no knowledge of name binding, and its warnings.
//! Invariant: the walk follows left operands and the like in a loop, so that long chains cost no stack.

mod define;

use super::ast::*;
use super::doubt;
use super::error::{End, Stage, SyntaxError, SyntaxErrorKind, SyntaxWarning};
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
    Err(SyntaxError::new(Stage::Compiler, SyntaxErrorKind::SyntaxError, message, span))
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

/// What `enter` puts aside.
struct Outer<'a> {
    scope: Scope,
    around: Scope,
    in_loop: bool,
    in_except_star: bool,
    in_iterable: u32,
    comps: Vec<Comp<'a>>,
    yields: bool,
    returns: Option<Span>,
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
    future_annotations: bool,
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
            future_annotations: false,
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
                        let unknown = if name == "braces" {
                            "not a chance".to_owned()
                        } else if !FUTURES.contains(&name) {
                            format!("future feature {name} is not defined")
                        } else {
                            self.future_annotations |= name == "annotations";
                            continue;
                        };
                        return fail(here, unknown).map_err(|e| e.ending(End::Unknown));
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
                self.annotation(annotation)?;
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

    /// Begins a scope of its own; `leave` takes what is given back. What holds in a comprehension's iterable holds in
    /// its lambdas too.
    #[inline(never)]
    fn enter(&mut self, scope: Scope, lambda: bool) -> Box<Outer<'a>> {
        let outer = Outer {
            scope: self.scope,
            around: self.around,
            in_loop: std::mem::replace(&mut self.in_loop, false),
            in_except_star: std::mem::replace(&mut self.in_except_star, false),
            in_iterable: self.in_iterable,
            comps: std::mem::take(&mut self.comps),
            yields: std::mem::replace(&mut self.yields, false),
            returns: self.returns.take(),
        };
        self.scope = scope;
        if !lambda {
            self.in_iterable = 0;
        }
        Box::new(outer)
    }

    fn leave(&mut self, outer: Outer<'a>) {
        self.scope = outer.scope;
        self.around = outer.around;
        self.in_loop = outer.in_loop;
        self.in_except_star = outer.in_except_star;
        self.in_iterable = outer.in_iterable;
        self.comps = outer.comps;
        self.yields = outer.yields;
        self.returns = outer.returns;
    }

    /// Runs `f` in a scope of its own.
    fn in_scope(&mut self, scope: Scope, f: impl FnOnce(&mut Self) -> Check) -> Check {
        let outer = self.enter(scope, false);
        let checked = f(self);
        self.leave(*outer);
        checked
    }

    /// An annotation; where it is not evaluated it is a scope of its own.
    fn annotation(&mut self, e: &'a Expr) -> Check {
        if self.future_annotations {
            self.in_scope(Scope::TypeParam("an annotation"), |v| v.expr(e))
        } else {
            self.expr(e)
        }
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
        // What is outside of the first of the lambdas that we walk into.
        let mut outer = None;
        let checked = loop {
            let step = match &e.kind {
                ExprKind::BinOp { left, right, .. } => self.expr(right).map(|()| &**left),
                ExprKind::UnaryOp { operand, .. } => Ok(&**operand),
                ExprKind::Attribute { value, .. } => Ok(&**value),
                ExprKind::Subscript { value, index } => self.subscript(value, index).map(|()| &**value),
                ExprKind::Call(c) => self.call(c).map(|()| &c.func),
                ExprKind::IfExp { test, body, orelse } => {
                    self.expr(test).and_then(|()| self.expr(body)).map(|()| &**orelse)
                }
                ExprKind::Lambda { params, body } => match self.defaults(params).and_then(|()| self.params(params)) {
                    Ok(()) => {
                        let around = self.enter(Scope::Function, true);
                        outer.get_or_insert(around);
                        Ok(&**body)
                    }
                    Err(e) => Err(e),
                },
                _ => break self.other(e),
            };
            match step {
                Ok(next) => e = next,
                Err(e) => break Err(e),
            }
        };
        if let Some(outer) = outer {
            self.leave(*outer);
        }
        checked
    }

    #[inline(never)]
    fn call(&mut self, c: &'a Call) -> Check {
        if let Some(message) = doubt::call(&c.func) {
            self.warn(c.func.span, message);
        }
        self.arguments(&c.args, &c.keywords)
    }

    #[inline(never)]
    fn subscript(&mut self, value: &'a Expr, index: &'a Expr) -> Check {
        if let Some(message) = doubt::subscript(value, index) {
            self.warn(value.span, message);
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
                for message in doubt::identity(left, rest) {
                    self.warn(e.span, message);
                }
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
}

const STARRED: &str = "can't use starred expression here";
const EXCEPT_STAR: &str = "'break', 'continue' and 'return' cannot appear in an except* block";

fn not_within(what: &str, place: &str, span: Span) -> Check {
    fail(span, format!("{what} cannot be used within {place}"))
}
