//! The tree as text, in the form of CPython's `ast.dump(tree, indent=2)`. Floor 1.
//!
//! Invariant: for a text that both parse, the output is CPython's, byte for byte, but for `kind='u'` (not kept) and lone
//! surrogates. With positions, those of f-string parts are left out.

use super::ast::*;
use super::repr::{bytes, float};
use crate::base::span::{LineIndex, Span};

/// Formats `module`, which was parsed from `src`; with `spans`, each node has its lines and columns.
pub fn dump(module: &Module, src: &str, spans: bool) -> String {
    let d = Dumper { lines: spans.then(|| LineIndex::new(src)) };
    let mut fields = Vec::new();
    d.put_stmts(&mut fields, "body", &module.body, 0);
    d.node("Module", fields, None, 0).0.flatten()
}

/// `repr` of a literal key of a mapping pattern.
pub(super) fn key_text(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Constant(c) => constant(c).0.flatten(),
        ExprKind::UnaryOp { operand, .. } => format!("-{}", key_text(operand)),
        ExprKind::BinOp { left, op, right } => {
            let sign = if *op == BinOp::Sub { '-' } else { '+' };
            format!("({}{sign}{})", key_text(left), key_text(right))
        }
        _ => String::new(),
    }
}

/// Text in parts: joined only at the end, so that a deep tree isn't copied at each of its levels.
enum Rope {
    Leaf(String),
    Cat(Vec<Rope>),
}

impl Rope {
    fn flatten(self) -> String {
        let (mut out, mut stack) = (String::new(), vec![self]);
        while let Some(rope) = stack.pop() {
            match rope {
                Rope::Leaf(s) => out.push_str(&s),
                Rope::Cat(v) => stack.extend(v.into_iter().rev()),
            }
        }
        out
    }
}

impl From<&str> for Rope {
    fn from(s: &str) -> Rope {
        Rope::Leaf(s.to_owned())
    }
}

/// A formatted value, and whether it may share a line with its neighbours.
type Text = (Rope, bool);
type Fields = Vec<(&'static str, Text)>;

#[derive(Clone, Copy)]
enum Ctx {
    Load,
    Store,
    Del,
}

struct Dumper {
    lines: Option<LineIndex>,
}

fn simple(s: impl Into<String>) -> Text {
    (Rope::Leaf(s.into()), true)
}

/// Beyond this level the indentation stays as it is: the text of a deep tree would grow with the square of its depth.
const MAX_LEVEL: usize = 200;

fn break_line(level: usize) -> String {
    format!("\n{:1$}", "", level.min(MAX_LEVEL) * 2)
}

impl Dumper {
    /// `Name(field=…)`, whose fields were formatted at `level + 1`.
    fn node(&self, name: &str, mut fields: Fields, span: Option<Span>, level: usize) -> Text {
        if let (Some(lines), Some(span)) = (&self.lines, span) {
            let (l, c) = lines.line_col(span.start);
            let (el, ec) = lines.line_col(span.end);
            for (name, n) in [("lineno", l), ("col_offset", c), ("end_lineno", el), ("end_col_offset", ec)] {
                fields.push((name, simple(n.to_string())));
            }
        }
        let on_one_line = fields.len() <= 3 && fields.iter().all(|(_, (_, simple))| *simple);
        let gap = if on_one_line { String::new() } else { break_line(level + 1) };
        let sep = if on_one_line { ", ".to_owned() } else { format!(",{gap}") };
        let empty = fields.is_empty();
        let mut out = Vec::with_capacity(fields.len() * 2 + 2);
        let mut before = format!("{name}({gap}");
        for (field, (text, _)) in fields {
            out.push(Rope::Leaf(format!("{before}{field}=")));
            out.push(text);
            before.clone_from(&sep);
        }
        out.push(Rope::Leaf(if empty { format!("{name}()") } else { ")".to_owned() }));
        (Rope::Cat(out), empty)
    }

    /// A list whose items were formatted at `level + 1`.
    fn list(&self, items: Vec<Rope>, level: usize) -> Text {
        let gap = break_line(level + 1);
        let mut out = Vec::with_capacity(items.len() * 2 + 1);
        let mut before = format!("[{gap}");
        for item in items {
            out.push(Rope::Leaf(before));
            out.push(item);
            before = format!(",{gap}");
        }
        out.push("]".into());
        (Rope::Cat(out), false)
    }

    fn put_list(&self, fields: &mut Fields, name: &'static str, items: Vec<Rope>, level: usize) {
        if !items.is_empty() {
            fields.push((name, self.list(items, level + 1)));
        }
    }

    fn put_exprs(&self, fields: &mut Fields, name: &'static str, v: &[Expr], ctx: Ctx, level: usize) {
        self.put_list(fields, name, v.iter().map(|e| self.expr(e, ctx, level + 2).0).collect(), level);
    }

    fn put_stmts(&self, fields: &mut Fields, name: &'static str, v: &[Stmt], level: usize) {
        if !v.is_empty() {
            fields.push((name, self.stmts(v, level + 1)));
        }
    }

    fn put(&self, fields: &mut Fields, name: &'static str, e: Option<&Expr>, level: usize) {
        if let Some(e) = e {
            fields.push((name, self.expr(e, Ctx::Load, level + 1)));
        }
    }

    fn stmts(&self, v: &[Stmt], level: usize) -> Text {
        self.list(v.iter().map(|s| self.stmt(s, level + 1)).collect(), level)
    }

    fn stmt(&self, s: &Stmt, level: usize) -> Rope {
        let mut f: Fields = Vec::new();
        let at = level + 1;
        let name = match &s.kind {
            StmtKind::FunctionDef(d) => {
                f.push(("name", quoted(&d.name.name)));
                f.push(("args", self.params(&d.params, at)));
                self.put_stmts(&mut f, "body", &d.body, level);
                self.put_exprs(&mut f, "decorator_list", &d.decorators, Ctx::Load, level);
                self.put(&mut f, "returns", d.returns.as_ref(), level);
                self.type_params(&mut f, &d.type_params, level);
                if d.is_async { "AsyncFunctionDef" } else { "FunctionDef" }
            }
            StmtKind::ClassDef(d) => {
                f.push(("name", quoted(&d.name.name)));
                self.put_exprs(&mut f, "bases", &d.bases, Ctx::Load, level);
                self.keywords(&mut f, &d.keywords, level);
                self.put_stmts(&mut f, "body", &d.body, level);
                self.put_exprs(&mut f, "decorator_list", &d.decorators, Ctx::Load, level);
                self.type_params(&mut f, &d.type_params, level);
                "ClassDef"
            }
            StmtKind::Return(e) => {
                self.put(&mut f, "value", e.as_ref(), level);
                "Return"
            }
            StmtKind::Delete(v) => {
                self.put_exprs(&mut f, "targets", v, Ctx::Del, level);
                "Delete"
            }
            StmtKind::Assign { targets, value } => {
                self.put_exprs(&mut f, "targets", targets, Ctx::Store, level);
                self.put(&mut f, "value", Some(value), level);
                "Assign"
            }
            StmtKind::AugAssign { target, op, value } => {
                f.push(("target", self.expr(target, Ctx::Store, at)));
                f.push(("op", bin_op(*op)));
                self.put(&mut f, "value", Some(value), level);
                "AugAssign"
            }
            StmtKind::AnnAssign { target, annotation, value, simple: is_simple } => {
                f.push(("target", self.expr(target, Ctx::Store, at)));
                self.put(&mut f, "annotation", Some(annotation), level);
                self.put(&mut f, "value", value.as_ref(), level);
                f.push(("simple", simple(u8::from(*is_simple).to_string())));
                "AnnAssign"
            }
            StmtKind::TypeAlias { name, type_params, value } => {
                let target = vec![("id", quoted(&name.name)), ("ctx", simple("Store()"))];
                f.push(("name", self.node("Name", target, Some(name.span), at)));
                self.type_params(&mut f, type_params, level);
                self.put(&mut f, "value", Some(value), level);
                "TypeAlias"
            }
            StmtKind::For { target, iter, body, orelse, is_async } => {
                f.push(("target", self.expr(target, Ctx::Store, at)));
                self.put(&mut f, "iter", Some(iter), level);
                self.put_stmts(&mut f, "body", body, level);
                self.put_stmts(&mut f, "orelse", orelse, level);
                if *is_async { "AsyncFor" } else { "For" }
            }
            StmtKind::While { test, body, orelse } => {
                self.put(&mut f, "test", Some(test), level);
                self.put_stmts(&mut f, "body", body, level);
                self.put_stmts(&mut f, "orelse", orelse, level);
                "While"
            }
            StmtKind::If { clauses, orelse } => return self.if_(s, clauses, orelse, level),
            StmtKind::With { items, body, is_async } => {
                let list = items.iter().map(|i| {
                    let mut f: Fields = Vec::new();
                    self.put(&mut f, "context_expr", Some(&i.context), level + 2);
                    if let Some(t) = &i.target {
                        f.push(("optional_vars", self.expr(t, Ctx::Store, level + 3)));
                    }
                    self.node("withitem", f, None, level + 2).0
                });
                self.put_list(&mut f, "items", list.collect(), level);
                self.put_stmts(&mut f, "body", body, level);
                if *is_async { "AsyncWith" } else { "With" }
            }
            StmtKind::Match { subject, cases } => {
                self.put(&mut f, "subject", Some(subject), level);
                let list = cases.iter().map(|c| {
                    let mut f: Fields = vec![("pattern", self.pattern(&c.pattern, level + 3))];
                    self.put(&mut f, "guard", c.guard.as_ref(), level + 2);
                    self.put_stmts(&mut f, "body", &c.body, level + 2);
                    self.node("match_case", f, None, level + 2).0
                });
                self.put_list(&mut f, "cases", list.collect(), level);
                "Match"
            }
            StmtKind::Raise { exc, cause } => {
                self.put(&mut f, "exc", exc.as_ref(), level);
                self.put(&mut f, "cause", cause.as_ref(), level);
                "Raise"
            }
            StmtKind::Try { body, handlers, orelse, finalbody, is_star } => {
                self.put_stmts(&mut f, "body", body, level);
                let list = handlers.iter().map(|h| {
                    let mut f: Fields = Vec::new();
                    self.put(&mut f, "type", h.class.as_ref(), level + 2);
                    if let Some(name) = &h.name {
                        f.push(("name", quoted(&name.name)));
                    }
                    self.put_stmts(&mut f, "body", &h.body, level + 2);
                    self.node("ExceptHandler", f, Some(h.span), level + 2).0
                });
                self.put_list(&mut f, "handlers", list.collect(), level);
                self.put_stmts(&mut f, "orelse", orelse, level);
                self.put_stmts(&mut f, "finalbody", finalbody, level);
                if *is_star { "TryStar" } else { "Try" }
            }
            StmtKind::Assert { test, msg } => {
                self.put(&mut f, "test", Some(test), level);
                self.put(&mut f, "msg", msg.as_ref(), level);
                "Assert"
            }
            StmtKind::Import(names) => {
                self.aliases(&mut f, names, level);
                "Import"
            }
            StmtKind::ImportFrom { module, names, level: dots } => {
                if let Some(m) = module {
                    f.push(("module", quoted(&m.name)));
                }
                self.aliases(&mut f, names, level);
                f.push(("level", simple(dots.to_string())));
                "ImportFrom"
            }
            StmtKind::Global(names) | StmtKind::Nonlocal(names) => {
                self.put_list(&mut f, "names", names.iter().map(|n| quoted(&n.name).0).collect(), level);
                if matches!(s.kind, StmtKind::Global(_)) { "Global" } else { "Nonlocal" }
            }
            StmtKind::Expr(e) => {
                self.put(&mut f, "value", Some(e), level);
                "Expr"
            }
            StmtKind::Pass => "Pass",
            StmtKind::Break => "Break",
            StmtKind::Continue => "Continue",
        };
        self.node(name, f, Some(s.span), level).0
    }

    /// `elif` nests in CPython's tree; from the last clause outwards, so that a long chain needs no recursion.
    fn if_(&self, s: &Stmt, clauses: &[(Expr, Vec<Stmt>)], orelse: &[Stmt], level: usize) -> Rope {
        let mut inner: Option<Rope> = None;
        for (i, (test, body)) in clauses.iter().enumerate().rev() {
            let level = level + 2 * i;
            let mut f: Fields = Vec::new();
            self.put(&mut f, "test", Some(test), level);
            self.put_stmts(&mut f, "body", body, level);
            match inner.take() {
                Some(text) => f.push(("orelse", self.list(vec![text], level + 1))),
                None => self.put_stmts(&mut f, "orelse", orelse, level),
            }
            // An `elif` starts at its keyword, which the tree doesn't keep: positions are those of its test.
            let span = if i == 0 { s.span } else { Span::new(test.span.start, s.span.end) };
            inner = Some(self.node("If", f, Some(span), level).0);
        }
        inner.unwrap_or_else(|| "".into())
    }

    fn aliases(&self, fields: &mut Fields, names: &[Alias], level: usize) {
        let list = names.iter().map(|a| {
            let mut f: Fields = vec![("name", quoted(&a.name.name))];
            let mut span = a.name.span;
            if let Some(n) = &a.asname {
                f.push(("asname", quoted(&n.name)));
                span = span.to(n.span);
            }
            self.node("alias", f, Some(span), level + 2).0
        });
        self.put_list(fields, "names", list.collect(), level);
    }

    fn keywords(&self, fields: &mut Fields, v: &[Keyword], level: usize) {
        let list = v.iter().map(|k| {
            let mut f: Fields = Vec::new();
            if let Some(arg) = &k.arg {
                f.push(("arg", quoted(&arg.name)));
            }
            self.put(&mut f, "value", Some(&k.value), level + 2);
            self.node("keyword", f, Some(k.span), level + 2).0
        });
        self.put_list(fields, "keywords", list.collect(), level);
    }

    fn type_params(&self, fields: &mut Fields, v: &[TypeParam], level: usize) {
        let list = v.iter().map(|p| {
            let mut f: Fields = vec![("name", quoted(&p.name.name))];
            let name = match &p.kind {
                TypeParamKind::TypeVar { bound } => {
                    self.put(&mut f, "bound", bound.as_ref(), level + 2);
                    "TypeVar"
                }
                TypeParamKind::TypeVarTuple => "TypeVarTuple",
                TypeParamKind::ParamSpec => "ParamSpec",
            };
            self.put(&mut f, "default_value", p.default.as_ref(), level + 2);
            self.node(name, f, Some(p.span), level + 2).0
        });
        self.put_list(fields, "type_params", list.collect(), level);
    }

    fn param(&self, p: &Param, level: usize) -> Text {
        let mut f: Fields = vec![("arg", quoted(&p.name.name))];
        self.put(&mut f, "annotation", p.annotation.as_ref(), level);
        let span = p.annotation.as_ref().map_or(p.name.span, |a| p.name.span.to(a.span));
        self.node("arg", f, Some(span), level)
    }

    fn params(&self, p: &Params, level: usize) -> Text {
        let mut f: Fields = Vec::new();
        let args = |v: &[Param]| v.iter().map(|p| self.param(p, level + 2).0).collect::<Vec<_>>();
        let default = |e: &Expr| self.expr(e, Ctx::Load, level + 2).0;
        self.put_list(&mut f, "posonlyargs", args(&p.posonly), level);
        self.put_list(&mut f, "args", args(&p.args), level);
        if let Some(v) = &p.vararg {
            f.push(("vararg", self.param(v, level + 1)));
        }
        self.put_list(&mut f, "kwonlyargs", args(&p.kwonly), level);
        let kw = p.kwonly.iter().map(|p| p.default.as_ref().map_or("None".into(), default));
        self.put_list(&mut f, "kw_defaults", kw.collect(), level);
        if let Some(v) = &p.kwarg {
            f.push(("kwarg", self.param(v, level + 1)));
        }
        let positional = p.posonly.iter().chain(&p.args);
        self.put_list(&mut f, "defaults", positional.filter_map(|p| p.default.as_ref()).map(default).collect(), level);
        self.node("arguments", f, None, level)
    }

    fn pattern(&self, p: &Pattern, level: usize) -> Text {
        let mut f: Fields = Vec::new();
        let patterns = |v: &[Pattern]| v.iter().map(|p| self.pattern(p, level + 2).0).collect::<Vec<_>>();
        let name = match &p.kind {
            PatternKind::Value(e) => {
                self.put(&mut f, "value", Some(e), level);
                "MatchValue"
            }
            PatternKind::Singleton(c) => {
                f.push(("value", constant(c)));
                "MatchSingleton"
            }
            PatternKind::Sequence(v) => {
                self.put_list(&mut f, "patterns", patterns(v), level);
                "MatchSequence"
            }
            PatternKind::Mapping { keys, patterns: v, rest } => {
                self.put_exprs(&mut f, "keys", keys, Ctx::Load, level);
                self.put_list(&mut f, "patterns", patterns(v), level);
                if let Some(r) = rest {
                    f.push(("rest", quoted(&r.name)));
                }
                "MatchMapping"
            }
            PatternKind::Class { class, patterns: v, keywords } => {
                self.put(&mut f, "cls", Some(class), level);
                self.put_list(&mut f, "patterns", patterns(v), level);
                let names = keywords.iter().map(|(n, _)| quoted(&n.name).0);
                self.put_list(&mut f, "kwd_attrs", names.collect(), level);
                let values = keywords.iter().map(|(_, p)| self.pattern(p, level + 2).0);
                self.put_list(&mut f, "kwd_patterns", values.collect(), level);
                "MatchClass"
            }
            PatternKind::Star(name) => {
                if let Some(n) = name {
                    f.push(("name", quoted(&n.name)));
                }
                "MatchStar"
            }
            PatternKind::As { pattern, name } => {
                if let Some(p) = pattern {
                    f.push(("pattern", self.pattern(p, level + 1)));
                }
                if let Some(n) = name {
                    f.push(("name", quoted(&n.name)));
                }
                "MatchAs"
            }
            PatternKind::Or(v) => {
                self.put_list(&mut f, "patterns", patterns(v), level);
                "MatchOr"
            }
        };
        self.node(name, f, Some(p.span), level)
    }

    fn expr(&self, e: &Expr, ctx: Ctx, level: usize) -> Text {
        let mut f: Fields = Vec::new();
        let load = |e: &Expr| self.expr(e, Ctx::Load, level + 1);
        let with_ctx = |f: &mut Fields| {
            f.push((
                "ctx",
                simple(match ctx {
                    Ctx::Load => "Load()",
                    Ctx::Store => "Store()",
                    Ctx::Del => "Del()",
                }),
            ));
        };
        let name = match &e.kind {
            ExprKind::BoolOp { op, values } => {
                f.push(("op", simple(format!("{op:?}()"))));
                self.put_exprs(&mut f, "values", values, Ctx::Load, level);
                "BoolOp"
            }
            ExprKind::Named { target, value } => {
                let t = vec![("id", quoted(&target.name)), ("ctx", simple("Store()"))];
                f.push(("target", self.node("Name", t, Some(target.span), level + 1)));
                f.push(("value", load(value)));
                "NamedExpr"
            }
            ExprKind::BinOp { left, op, right } => {
                f.push(("left", load(left)));
                f.push(("op", bin_op(*op)));
                f.push(("right", load(right)));
                "BinOp"
            }
            ExprKind::UnaryOp { op, operand } => {
                let name = match op {
                    UnaryOp::Not => "Not()",
                    UnaryOp::Invert => "Invert()",
                    UnaryOp::Plus => "UAdd()",
                    UnaryOp::Minus => "USub()",
                };
                f.push(("op", simple(name)));
                f.push(("operand", load(operand)));
                "UnaryOp"
            }
            ExprKind::Lambda { params, body } => {
                f.push(("args", self.params(params, level + 1)));
                f.push(("body", load(body)));
                "Lambda"
            }
            ExprKind::IfExp { test, body, orelse } => {
                f.push(("test", load(test)));
                f.push(("body", load(body)));
                f.push(("orelse", load(orelse)));
                "IfExp"
            }
            ExprKind::Dict(items) => {
                let key = |k: &Option<Expr>| k.as_ref().map_or("None".into(), |k| self.expr(k, Ctx::Load, level + 2).0);
                self.put_list(&mut f, "keys", items.iter().map(|(k, _)| key(k)).collect(), level);
                let values = items.iter().map(|(_, v)| self.expr(v, Ctx::Load, level + 2).0);
                self.put_list(&mut f, "values", values.collect(), level);
                "Dict"
            }
            ExprKind::Set(v) => {
                self.put_exprs(&mut f, "elts", v, Ctx::Load, level);
                "Set"
            }
            ExprKind::ListComp { elt, generators }
            | ExprKind::SetComp { elt, generators }
            | ExprKind::GeneratorExp { elt, generators } => {
                f.push(("elt", load(elt)));
                self.generators(&mut f, generators, level);
                match e.kind {
                    ExprKind::ListComp { .. } => "ListComp",
                    ExprKind::SetComp { .. } => "SetComp",
                    _ => "GeneratorExp",
                }
            }
            ExprKind::DictComp { key, value, generators } => {
                f.push(("key", load(key)));
                f.push(("value", load(value)));
                self.generators(&mut f, generators, level);
                "DictComp"
            }
            ExprKind::Await(e) => {
                f.push(("value", load(e)));
                "Await"
            }
            ExprKind::Yield(e) => {
                self.put(&mut f, "value", e.as_deref(), level);
                "Yield"
            }
            ExprKind::YieldFrom(e) => {
                f.push(("value", load(e)));
                "YieldFrom"
            }
            ExprKind::Compare { left, rest } => {
                f.push(("left", load(left)));
                self.put_list(
                    &mut f,
                    "ops",
                    rest.iter().map(|(op, _)| Rope::Leaf(format!("{op:?}()"))).collect(),
                    level,
                );
                let list = rest.iter().map(|(_, e)| self.expr(e, Ctx::Load, level + 2).0);
                self.put_list(&mut f, "comparators", list.collect(), level);
                "Compare"
            }
            ExprKind::Call(c) => {
                f.push(("func", load(&c.func)));
                self.put_exprs(&mut f, "args", &c.args, Ctx::Load, level);
                self.keywords(&mut f, &c.keywords, level);
                "Call"
            }
            ExprKind::FString(parts) => return self.joined(parts, Some(e.span), level),
            ExprKind::Constant(c) => {
                f.push(("value", constant(c)));
                "Constant"
            }
            ExprKind::Attribute { value, attr } => {
                f.push(("value", load(value)));
                f.push(("attr", quoted(&attr.name)));
                with_ctx(&mut f);
                "Attribute"
            }
            ExprKind::Subscript { value, index } => {
                f.push(("value", load(value)));
                f.push(("slice", load(index)));
                with_ctx(&mut f);
                "Subscript"
            }
            ExprKind::Starred(e) => {
                f.push(("value", self.expr(e, ctx, level + 1)));
                with_ctx(&mut f);
                "Starred"
            }
            ExprKind::Name(n) => {
                f.push(("id", quoted(n)));
                with_ctx(&mut f);
                "Name"
            }
            ExprKind::List(v) | ExprKind::Tuple(v) => {
                self.put_exprs(&mut f, "elts", v, ctx, level);
                with_ctx(&mut f);
                if matches!(e.kind, ExprKind::List(_)) { "List" } else { "Tuple" }
            }
            ExprKind::Slice { lower, upper, step } => {
                self.put(&mut f, "lower", lower.as_deref(), level);
                self.put(&mut f, "upper", upper.as_deref(), level);
                self.put(&mut f, "step", step.as_deref(), level);
                "Slice"
            }
        };
        self.node(name, f, Some(e.span), level)
    }

    fn generators(&self, fields: &mut Fields, v: &[Comprehension], level: usize) {
        let list = v.iter().map(|c| {
            let mut f: Fields = vec![("target", self.expr(&c.target, Ctx::Store, level + 3))];
            self.put(&mut f, "iter", Some(&c.iter), level + 2);
            self.put_exprs(&mut f, "ifs", &c.ifs, Ctx::Load, level + 2);
            f.push(("is_async", simple(u8::from(c.is_async).to_string())));
            self.node("comprehension", f, None, level + 2).0
        });
        self.put_list(fields, "generators", list.collect(), level);
    }

    /// An f-string. The text of a `{x=}` field joins the literal before it.
    fn joined(&self, parts: &[FStringPart], span: Option<Span>, level: usize) -> Text {
        let mut items: Vec<Rope> = Vec::new();
        let mut text = String::new();
        let flush = |text: &mut String, items: &mut Vec<Rope>| {
            if !text.is_empty() {
                let value = quoted(&std::mem::take(text));
                items.push(self.node("Constant", vec![("value", value)], None, level + 2).0);
            }
        };
        for part in parts {
            match part {
                FStringPart::Literal(s) => text.push_str(s),
                FStringPart::Field(field) => {
                    if let Some(debug) = &field.debug {
                        text.push_str(debug);
                    }
                    flush(&mut text, &mut items);
                    let mut f: Fields = vec![("value", self.expr(&field.value, Ctx::Load, level + 3))];
                    let implied = if field.debug.is_some() && field.spec.is_none() { 'r' as i32 } else { -1 };
                    let conversion = field.conversion.map_or(implied, |c| c as i32);
                    f.push(("conversion", simple(conversion.to_string())));
                    if let Some(spec) = &field.spec {
                        f.push(("format_spec", self.joined(spec, None, level + 3)));
                    }
                    items.push(self.node("FormattedValue", f, None, level + 2).0);
                }
            }
        }
        flush(&mut text, &mut items);
        let mut f: Fields = Vec::new();
        self.put_list(&mut f, "values", items, level);
        self.node("JoinedStr", f, span, level)
    }
}

fn bin_op(op: BinOp) -> Text {
    simple(match op {
        BinOp::Div => "Div()".to_owned(),
        BinOp::MatMul => "MatMult()".to_owned(),
        BinOp::Mul => "Mult()".to_owned(),
        op => format!("{op:?}()"),
    })
}

fn constant(c: &Constant) -> Text {
    simple(match c {
        Constant::None => "None".to_owned(),
        Constant::True => "True".to_owned(),
        Constant::False => "False".to_owned(),
        Constant::Ellipsis => "Ellipsis".to_owned(),
        Constant::Int(n) => n.to_string(),
        Constant::BigInt { digits, radix } => match dashu_int::UBig::from_str_radix(digits, *radix) {
            Ok(n) => n.to_string(),
            Err(_) => digits.to_string(),
        },
        Constant::Float(x) => {
            let s = float(*x);
            if s.contains(['.', 'e', 'n']) { s } else { format!("{s}.0") }
        }
        Constant::Imaginary(x) => format!("{}j", float(*x)),
        Constant::Str(s) => return quoted(s),
        Constant::Bytes(b) => bytes(b),
    })
}

fn quoted(s: &str) -> Text {
    simple(super::repr::string(s))
}
