//! The grammar's actions for statements and patterns. Floor 1.
//!
//! Invariant: a statement's span ends with its last token that isn't a line end.

use super::ast::*;
use super::build::{Arg, Build, Item, Node, push, split};
use crate::base::span::Span;

/// A parameter as written, before the list is sorted. Depths are of its default.
pub(crate) enum ParamItem {
    Plain(Param, u32),
    Star(Option<Param>),
    StarStar(Param),
    Slash,
}

/// An `except` clause; is it `except*`?
pub(crate) struct Handler {
    star: bool,
    handler: ExceptHandler,
}

/// An item of a mapping pattern.
pub(crate) enum MapItem {
    Pair(Expr, Pattern),
    Rest(Ident),
}

/// An argument of a class pattern.
pub(crate) enum PatArg {
    Positional(Pattern),
    Keyword(Ident, Pattern),
}

/// Where a suite ends.
fn end(body: &[Stmt], otherwise: u32) -> u32 {
    body.last().map_or(otherwise, |s| s.span.end)
}

/// Can `e` be assigned to? A star is a target only inside of a list or tuple; at the top that is said later.
fn is_target(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => true,
        ExprKind::Starred(inner) => !matches!(inner.kind, ExprKind::Starred(_)) && is_target(inner),
        ExprKind::Tuple(v) | ExprKind::List(v) => v.iter().all(is_target),
        _ => false,
    }
}

/// Can `e` be deleted?
fn is_deletable(e: &Expr) -> bool {
    match &e.kind {
        ExprKind::Tuple(v) | ExprKind::List(v) => v.iter().all(is_deletable),
        ExprKind::Starred(_) => false,
        _ => is_target(e),
    }
}

impl Build<'_> {
    pub(crate) fn check_target(&mut self, e: &Expr) {
        if !is_target(e) {
            self.suspect(e.span);
        }
    }

    pub(crate) fn extend(&mut self, mut v: Vec<Stmt>, s: Vec<Stmt>) -> Vec<Stmt> {
        v.extend(s);
        v
    }

    pub(crate) fn stmt(&mut self, l: u32, kind: StmtKind, r: u32) -> Stmt {
        Stmt { kind, span: Span::new(l, r) }
    }

    pub(crate) fn only_expression(&mut self, e: Node) -> Vec<Stmt> {
        let span = e.expr.span;
        vec![Stmt { kind: StmtKind::Expr(e.expr), span }]
    }

    // ---- Simple statements ----

    pub(crate) fn expr_stmt(&mut self, l: u32, e: Node, r: u32) -> Stmt {
        self.stmt(l, StmtKind::Expr(e.expr), r)
    }

    pub(crate) fn assign(&mut self, l: u32, targets: Vec<Node>, e: Node, r: u32) -> Stmt {
        let (targets, _) = split(targets);
        for t in &targets {
            self.check_target(t);
        }
        self.stmt(l, StmtKind::Assign { targets, value: e.expr }, r)
    }

    pub(crate) fn aug_assign(&mut self, l: u32, t: Node, op: BinOp, e: Node, r: u32) -> Stmt {
        if !matches!(t.expr.kind, ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Subscript { .. }) {
            self.suspect(t.expr.span);
        }
        self.stmt(l, StmtKind::AugAssign { target: t.expr, op, value: e.expr }, r)
    }

    pub(crate) fn ann_assign(&mut self, l: u32, t: Node, a: Node, v: Option<Node>, r: u32) -> Stmt {
        let simple = match t.expr.kind {
            ExprKind::Name(_) => t.expr.span.start == l,
            ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => false,
            _ => {
                self.suspect(t.expr.span);
                false
            }
        };
        let value = v.map(|v| v.expr);
        self.stmt(l, StmtKind::AnnAssign { target: t.expr, annotation: a.expr, value, simple }, r)
    }

    pub(crate) fn type_alias(&mut self, l: u32, name: Ident, type_params: Vec<TypeParam>, v: Node, r: u32) -> Stmt {
        self.stmt(l, StmtKind::TypeAlias { name, type_params, value: v.expr }, r)
    }

    pub(crate) fn return_(&mut self, l: u32, e: Option<Node>, r: u32) -> Stmt {
        self.stmt(l, StmtKind::Return(e.map(|e| e.expr)), r)
    }

    pub(crate) fn delete(&mut self, l: u32, targets: Vec<Node>, r: u32) -> Stmt {
        let (targets, _) = split(targets);
        for t in &targets {
            if !is_deletable(t) {
                self.suspect(t.span);
            }
        }
        self.stmt(l, StmtKind::Delete(targets), r)
    }

    pub(crate) fn raise(&mut self, l: u32, exc: Option<Node>, cause: Option<Node>, r: u32) -> Stmt {
        let [exc, cause] = [exc, cause].map(|n| n.map(|n| n.expr));
        self.stmt(l, StmtKind::Raise { exc, cause }, r)
    }

    pub(crate) fn assert(&mut self, l: u32, test: Node, msg: Option<Node>, r: u32) -> Stmt {
        self.stmt(l, StmtKind::Assert { test: test.expr, msg: msg.map(|m| m.expr) }, r)
    }

    pub(crate) fn import_from(&mut self, l: u32, level: u32, module: Option<Ident>, names: Vec<Alias>, r: u32) -> Stmt {
        self.stmt(l, StmtKind::ImportFrom { module, names, level }, r)
    }

    // ---- Compound statements ----

    pub(crate) fn if_(
        &mut self,
        l: u32,
        test: Node,
        body: Vec<Stmt>,
        elifs: Vec<(Expr, Vec<Stmt>)>,
        orelse: Option<Vec<Stmt>>,
    ) -> Stmt {
        let mut clauses = Vec::with_capacity(elifs.len() + 1);
        clauses.push((test.expr, body));
        clauses.extend(elifs);
        let orelse = orelse.unwrap_or_default();
        let r = end(&orelse, clauses.last().map_or(l, |(_, b)| end(b, l)));
        self.stmt(l, StmtKind::If { clauses, orelse }, r)
    }

    pub(crate) fn while_(&mut self, l: u32, test: Node, body: Vec<Stmt>, orelse: Option<Vec<Stmt>>) -> Stmt {
        let orelse = orelse.unwrap_or_default();
        let r = end(&orelse, end(&body, l));
        self.stmt(l, StmtKind::While { test: test.expr, body, orelse }, r)
    }

    pub(crate) fn for_(
        &mut self,
        l: u32,
        target: Node,
        iter: Node,
        body: Vec<Stmt>,
        orelse: Option<Vec<Stmt>>,
        is_async: bool,
    ) -> Stmt {
        self.check_target(&target.expr);
        let orelse = orelse.unwrap_or_default();
        let r = end(&orelse, end(&body, l));
        self.stmt(l, StmtKind::For { target: target.expr, iter: iter.expr, body, orelse, is_async }, r)
    }

    pub(crate) fn try_(
        &mut self,
        l: u32,
        body: Vec<Stmt>,
        handlers: Vec<Handler>,
        orelse: Option<Vec<Stmt>>,
        finalbody: Option<Vec<Stmt>>,
    ) -> Stmt {
        let is_star = handlers.first().is_some_and(|h| h.star);
        if let Some(h) = handlers.iter().find(|h| h.star != is_star) {
            self.suspect(h.handler.span);
        }
        let handlers: Vec<ExceptHandler> = handlers.into_iter().map(|h| h.handler).collect();
        let (orelse, finalbody) = (orelse.unwrap_or_default(), finalbody.unwrap_or_default());
        let r = handlers.last().map_or(end(&body, l), |h| h.span.end);
        let r = end(&finalbody, end(&orelse, r));
        self.stmt(l, StmtKind::Try { body, handlers, orelse, finalbody, is_star }, r)
    }

    pub(crate) fn handler(
        &mut self,
        l: u32,
        star: bool,
        class: Option<Node>,
        name: Option<Ident>,
        body: Vec<Stmt>,
    ) -> Handler {
        let span = Span::new(l, end(&body, l));
        Handler { star, handler: ExceptHandler { class: class.map(|c| c.expr), name, body, span } }
    }

    pub(crate) fn with(&mut self, l: u32, items: Vec<WithItem>, body: Vec<Stmt>, is_async: bool) -> Stmt {
        let r = end(&body, l);
        self.stmt(l, StmtKind::With { items, body, is_async }, r)
    }

    /// Items without parentheses around all of them; `with (a, b):` reads as one tuple, but means two items.
    pub(crate) fn with_items(&mut self, l: u32, v: Vec<Item>, r: u32) -> Vec<WithItem> {
        let splits = match v.as_slice() {
            [Item(Node { expr: Expr { kind: ExprKind::Tuple(parts), span }, .. }, None)] => {
                let plain = |e: &Expr| {
                    // An item can be neither starred nor a bare walrus or yield.
                    !matches!(e.kind, ExprKind::Starred(_))
                        && (!matches!(e.kind, ExprKind::Named { .. }) || self.in_parentheses(e.span))
                };
                *span == Span::new(l, r) && !parts.is_empty() && parts.iter().all(plain)
            }
            _ => false,
        };
        let mut items = Vec::with_capacity(v.len());
        for Item(context, target) in v {
            match context.expr.kind {
                ExprKind::Tuple(parts) if splits => {
                    items.extend(parts.into_iter().map(|context| WithItem { context, target: None }));
                }
                _ => items.push(self.with_item(context, target)),
            }
        }
        items
    }

    /// Items in common parentheses.
    pub(crate) fn as_items(&mut self, v: Vec<Item>) -> Vec<WithItem> {
        v.into_iter()
            .map(|Item(context, target)| {
                let e = &context.expr;
                let bare_walrus = matches!(e.kind, ExprKind::Named { .. }) && !self.in_parentheses(e.span);
                if bare_walrus || matches!(e.kind, ExprKind::Starred(_)) {
                    self.suspect(e.span);
                }
                self.with_item(context, target)
            })
            .collect()
    }

    pub(crate) fn first_as(&mut self, v: Vec<Node>, e: Node, t: Node) -> Vec<Item> {
        push(v.into_iter().map(|n| Item(n, None)).collect(), Item(e, Some(t)))
    }

    fn with_item(&mut self, context: Node, target: Option<Node>) -> WithItem {
        if let Some(t) = &target {
            self.check_target(&t.expr);
        }
        WithItem { context: context.expr, target: target.map(|t| t.expr) }
    }

    // ---- Definitions ----

    pub(crate) fn decorated(&mut self, l: u32, decorators: Vec<Expr>, mut kind: StmtKind) -> Stmt {
        let r = match &mut kind {
            StmtKind::FunctionDef(f) => {
                f.decorators = decorators;
                end(&f.body, l)
            }
            StmtKind::ClassDef(c) => {
                c.decorators = decorators;
                end(&c.body, l)
            }
            _ => l,
        };
        self.stmt(l, kind, r)
    }

    pub(crate) fn def(
        &mut self,
        is_async: bool,
        name: Ident,
        type_params: Vec<TypeParam>,
        params: Params,
        returns: Option<Node>,
        body: Vec<Stmt>,
    ) -> StmtKind {
        let returns = returns.map(|r| r.expr);
        let decorators = Vec::new();
        StmtKind::FunctionDef(Box::new(FunctionDef { name, type_params, params, returns, body, decorators, is_async }))
    }

    pub(crate) fn class(
        &mut self,
        name: Ident,
        type_params: Vec<TypeParam>,
        args: Option<Vec<Arg>>,
        body: Vec<Stmt>,
    ) -> StmtKind {
        let (bases, keywords, _) = self.arguments(0, args.unwrap_or_default(), 0, false);
        let decorators = Vec::new();
        StmtKind::ClassDef(Box::new(ClassDef { name, type_params, bases, keywords, body, decorators }))
    }

    pub(crate) fn type_var(&mut self, l: u32, name: Ident, b: Option<Node>, d: Option<Node>, r: u32) -> TypeParam {
        self.type_param(l, name, TypeParamKind::TypeVar { bound: b.map(|b| b.expr) }, d, r)
    }

    pub(crate) fn type_param(
        &mut self,
        l: u32,
        name: Ident,
        kind: TypeParamKind,
        default: Option<Node>,
        r: u32,
    ) -> TypeParam {
        TypeParam { name, kind, default: default.map(|d| d.expr), span: Span::new(l, r) }
    }

    pub(crate) fn param(&mut self, name: Ident, a: Option<Node>, d: Option<Node>) -> ParamItem {
        let depth = d.as_ref().map_or(0, |d| d.depth);
        ParamItem::Plain(Param { name, annotation: a.map(|a| a.expr), default: d.map(|d| d.expr) }, depth)
    }

    pub(crate) fn star_param(&mut self, name: Ident, a: Option<Node>) -> ParamItem {
        ParamItem::Star(Some(Param { name, annotation: a.map(|a| a.expr), default: None }))
    }

    pub(crate) fn star_star_param(&mut self, name: Ident, a: Option<Node>) -> ParamItem {
        ParamItem::StarStar(Param { name, annotation: a.map(|a| a.expr), default: None })
    }

    /// Sorts parameters by kind and checks their order; also tells the depth of their defaults.
    pub(crate) fn params(&mut self, l: u32, items: Vec<ParamItem>) -> (Params, u32) {
        let mut params = Params::default();
        let (mut below, mut slash, mut star, mut bare, mut wrong) = (0, false, false, false, false);
        for item in items {
            wrong |= params.kwarg.is_some();
            match item {
                ParamItem::Plain(p, depth) => {
                    below = below.max(depth);
                    if star {
                        bare = false;
                        params.kwonly.push(p);
                    } else {
                        wrong |= p.default.is_none() && params.args.last().is_some_and(|q| q.default.is_some());
                        let posonly_default = params.posonly.last().is_some_and(|q| q.default.is_some());
                        wrong |= p.default.is_none() && params.args.is_empty() && posonly_default;
                        params.args.push(p);
                    }
                }
                ParamItem::Slash => {
                    wrong |= slash || star || params.args.is_empty();
                    slash = true;
                    params.posonly = std::mem::take(&mut params.args);
                }
                ParamItem::Star(p) => {
                    wrong |= star;
                    star = true;
                    bare = p.is_none();
                    params.vararg = p;
                }
                ParamItem::StarStar(p) => {
                    wrong |= bare;
                    params.kwarg = Some(p);
                }
            }
        }
        if wrong || bare {
            self.suspect(Span::new(l, l));
        }
        (params, below)
    }

    // ---- Patterns ----

    pub(crate) fn match_(&mut self, l: u32, subject: Expr, cases: Vec<MatchCase>) -> Stmt {
        let r = cases.last().map_or(l, |c| end(&c.body, l));
        self.stmt(l, StmtKind::Match { subject, cases }, r)
    }

    pub(crate) fn case(&mut self, pattern: Pattern, guard: Option<Node>, body: Vec<Stmt>) -> MatchCase {
        MatchCase { pattern, guard: guard.map(|g| g.expr), body }
    }

    pub(crate) fn pattern(&mut self, l: u32, kind: PatternKind, r: u32) -> Pattern {
        Pattern { kind, span: Span::new(l, r) }
    }

    pub(crate) fn prepend(&mut self, p: Pattern, mut v: Vec<Pattern>) -> Vec<Pattern> {
        v.insert(0, p);
        v
    }

    pub(crate) fn star_pattern(&mut self, l: u32, n: Ident, r: u32) -> Pattern {
        let name = if &*n.name == "_" { None } else { Some(n) };
        self.pattern(l, PatternKind::Star(name), r)
    }

    /// `(*name)`, which is no sequence for want of a comma.
    pub(crate) fn lone_star_pattern(&mut self, l: u32, n: Ident, r: u32) -> Pattern {
        self.suspect(Span::new(r.saturating_sub(1), r));
        self.star_pattern(l, n, r)
    }

    pub(crate) fn as_pattern(&mut self, l: u32, p: Pattern, n: Ident, r: u32) -> Pattern {
        if &*n.name == "_" {
            self.suspect(n.span);
        }
        self.pattern(l, PatternKind::As { pattern: Some(Box::new(p)), name: Some(n) }, r)
    }

    pub(crate) fn or_pattern(&mut self, l: u32, first: Pattern, rest: Vec<Pattern>, r: u32) -> Pattern {
        let mut all = Vec::with_capacity(rest.len() + 1);
        all.push(first);
        all.extend(rest);
        self.pattern(l, PatternKind::Or(all), r)
    }

    pub(crate) fn value_pattern(&mut self, l: u32, e: Node, r: u32) -> Pattern {
        self.check_pattern_value(&e.expr);
        self.pattern(l, PatternKind::Value(e.expr), r)
    }

    fn check_pattern_value(&mut self, e: &Expr) {
        if matches!(e.kind, ExprKind::FString(_)) {
            self.fail_late(e.span, "patterns may only match literals and attribute lookups");
        }
    }

    pub(crate) fn capture_pattern(&mut self, l: u32, n: Ident, r: u32) -> Pattern {
        let name = if &*n.name == "_" { None } else { Some(n) };
        self.pattern(l, PatternKind::As { pattern: None, name }, r)
    }

    /// `1 + 2j` in a pattern: a real, then an imaginary number.
    pub(crate) fn complex_pattern(&mut self, l: u32, a: Node, op: BinOp, b: Node, r: u32) -> Node {
        let real = match &a.expr.kind {
            ExprKind::UnaryOp { operand, .. } => operand,
            _ => &a.expr,
        };
        if matches!(real.kind, ExprKind::Constant(Constant::Imaginary(_))) {
            let span = real.span;
            self.fail(span, "real number required in complex literal");
        }
        if !matches!(b.expr.kind, ExprKind::Constant(Constant::Imaginary(_))) {
            self.fail(b.expr.span, "imaginary number required in complex literal");
        }
        self.binary(l, a, op, b, r)
    }

    pub(crate) fn mapping_pattern(&mut self, l: u32, items: Vec<MapItem>, r: u32) -> Pattern {
        let (mut keys, mut patterns, mut rest) = (Vec::new(), Vec::new(), None);
        for item in items {
            match item {
                MapItem::Pair(k, p) => {
                    if rest.is_some() {
                        self.suspect(k.span);
                    }
                    if matches!(k.kind, ExprKind::FString(_)) {
                        let message = "mapping pattern keys may only match literals and attribute lookups";
                        self.fail_late(Span::new(l, r), message);
                    }
                    keys.push(k);
                    patterns.push(p);
                }
                MapItem::Rest(n) => {
                    if &*n.name == "_" || rest.is_some() {
                        self.suspect(n.span);
                    }
                    rest = Some(n);
                }
            }
        }
        self.pattern(l, PatternKind::Mapping { keys, patterns, rest }, r)
    }

    pub(crate) fn class_pattern(&mut self, l: u32, class: Node, args: Vec<PatArg>, r: u32) -> Pattern {
        let (mut patterns, mut keywords) = (Vec::new(), Vec::new());
        for arg in args {
            match arg {
                PatArg::Positional(p) => {
                    if !keywords.is_empty() {
                        self.suspect(p.span);
                    }
                    patterns.push(p);
                }
                PatArg::Keyword(n, p) => keywords.push((n, p)),
            }
        }
        self.pattern(l, PatternKind::Class { class: class.expr, patterns, keywords }, r)
    }
}
