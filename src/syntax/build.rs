//! The grammar's actions for expressions: from tokens to tree. Floor 1.
//!
//! Actions never fail: what they find wrong is noted, and the facade asks after the parse. Invariant: no tree that
//! leaves here is deeper than `MAX_DEPTH`.

use super::MAX_DEPTH;
use super::ast::*;
use super::error::{Stage, SyntaxError, SyntaxErrorKind, SyntaxWarning};
use super::literal;
use super::token::{Tok, Token};
use crate::base::span::Span;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use unicode_normalization::UnicodeNormalization;

/// An expression with the depth of its tree.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub(crate) expr: Expr,
    pub(crate) depth: u32,
}

/// A `with` item before its target is checked.
pub(crate) struct Item(pub(crate) Node, pub(crate) Option<Node>);

/// A call's argument in source order.
pub(crate) enum Arg {
    Positional(Node),
    Generator(Node, Vec<(Comprehension, u32)>),
    Keyword(Keyword, u32),
    /// Not an argument: a comma stood at the end of the list.
    TrailingComma,
}

/// A literal of an implicit concatenation: its extent, for an f-string the end of its opening quote and its pieces.
pub(crate) enum Piece {
    Plain(u32, u32),
    Format(u32, u32, Vec<FPiece>),
}

/// A piece of an f-string whose text isn't decoded yet.
pub(crate) enum FPiece {
    Text(u32, u32),
    Field(Box<Field>),
}

/// A replacement field.
pub(crate) struct Field {
    value: Node,
    debug: Option<Arc<str>>,
    conversion: Option<char>,
    spec: Option<Vec<FPiece>>,
    span: Span,
}

/// `v` with `x` at its end.
pub(crate) fn push<T>(mut v: Vec<T>, x: T) -> Vec<T> {
    v.push(x);
    v
}

/// What the actions share.
pub(crate) struct Build<'s> {
    pub(crate) src: &'s str,
    toks: &'s [Token],
    names: FxHashMap<&'s str, Name>,
    pub(crate) warnings: Vec<SyntaxWarning>,
    /// The first error that is certain.
    pub(crate) error: Option<SyntaxError>,
    /// The first place where the grammar accepted too much; `explain` finds the right words for it.
    pub(crate) suspect: Option<Span>,
}

impl<'s> Build<'s> {
    pub(crate) fn new(src: &'s str, toks: &'s [Token]) -> Self {
        let names = FxHashMap::default();
        Build { src, toks, names, warnings: Vec::new(), error: None, suspect: None }
    }

    /// Notes an error.
    pub(crate) fn fail(&mut self, span: Span, message: impl Into<String>) {
        if self.error.is_none() {
            self.error = Some(SyntaxError::new(Stage::Parser, SyntaxErrorKind::SyntaxError, message, span));
        }
    }

    /// As `fail`, for what CPython finds only when the tree is complete.
    pub(crate) fn fail_late(&mut self, span: Span, message: &str) {
        if self.error.is_none() {
            self.error = Some(SyntaxError::new(Stage::Compiler, SyntaxErrorKind::SyntaxError, message, span));
        }
    }

    /// Notes that the grammar let pass what Python forbids.
    pub(crate) fn suspect(&mut self, span: Span) {
        self.suspect.get_or_insert(span);
    }

    /// The token that follows `end`.
    fn next_token(&self, end: u32) -> Span {
        let i = self.toks.partition_point(|t| t.span.start < end || (t.span.start == end && t.span.end == end));
        self.toks.get(i).or(self.toks.last()).map_or(Span::new(end, end), |t| t.span)
    }

    /// Does `span` stand in parentheses of its own?
    pub(crate) fn in_parentheses(&self, span: Span) -> bool {
        let i = self.toks.partition_point(|t| t.span.start < span.start);
        let j = self.toks.partition_point(|t| t.span.start < span.end);
        i > 0 && self.toks[i - 1].tok == Tok::LParen && self.toks.get(j).is_some_and(|t| t.tok == Tok::RParen)
    }

    // ---- Leaves and nodes ----

    /// A node over children of depth `below`.
    pub(crate) fn node(&mut self, l: u32, kind: ExprKind, r: u32, below: u32) -> Node {
        let span = Span::new(l, r);
        let depth = below + 1;
        if depth > MAX_DEPTH {
            self.fail(span, "too many nested expressions");
            return Node { expr: Expr { kind: ExprKind::Constant(Constant::None), span }, depth: 1 };
        }
        Node { expr: Expr { kind, span }, depth }
    }

    fn intern(&mut self, l: u32, r: u32) -> Name {
        let text = self.src.get(l as usize..r as usize).unwrap_or("");
        if let Some(name) = self.names.get(text) {
            return name.clone();
        }
        let name: Name = if text.is_ascii() { text.into() } else { text.nfkc().collect::<String>().into() };
        self.names.insert(text, name.clone());
        name
    }

    pub(crate) fn ident(&mut self, l: u32, r: u32) -> Ident {
        Ident { name: self.intern(l, r), span: Span::new(l, r) }
    }

    /// `a.b.c`, where white space may stand around the dots.
    pub(crate) fn dotted(&mut self, l: u32, r: u32) -> Ident {
        let text = self.src.get(l as usize..r as usize).unwrap_or("");
        if text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')) {
            return self.ident(l, r);
        }
        let from = self.toks.partition_point(|t| t.span.start < l);
        let words = self.toks[from..].iter().take_while(|t| t.span.end <= r).map(|t| t.span.text(self.src));
        let name: String = words.flat_map(|w| w.nfkc()).collect();
        Ident { name: name.into(), span: Span::new(l, r) }
    }

    pub(crate) fn name(&mut self, l: u32, r: u32) -> Node {
        let name = self.intern(l, r);
        self.node(l, ExprKind::Name(name), r, 0)
    }

    pub(crate) fn constant(&mut self, l: u32, c: Constant, r: u32) -> Node {
        self.node(l, ExprKind::Constant(c), r, 0)
    }

    pub(crate) fn number(&mut self, l: u32, r: u32) -> Node {
        let c = literal::number(Span::new(l, r).text(self.src));
        self.constant(l, c, r)
    }

    // ---- Operators ----

    pub(crate) fn binary(&mut self, l: u32, a: Node, op: BinOp, b: Node, r: u32) -> Node {
        let below = a.depth.max(b.depth);
        self.node(l, ExprKind::BinOp { left: Box::new(a.expr), op, right: Box::new(b.expr) }, r, below)
    }

    pub(crate) fn unary(&mut self, l: u32, op: UnaryOp, e: Node, r: u32) -> Node {
        self.node(l, ExprKind::UnaryOp { op, operand: Box::new(e.expr) }, r, e.depth)
    }

    pub(crate) fn bool_op(&mut self, l: u32, op: BoolOp, first: Node, rest: Vec<Node>, r: u32) -> Node {
        let mut all = Vec::with_capacity(rest.len() + 1);
        all.push(first);
        all.extend(rest);
        let (values, below) = split(all);
        self.node(l, ExprKind::BoolOp { op, values }, r, below)
    }

    pub(crate) fn compare(&mut self, l: u32, left: Node, rest: Vec<(CmpOp, Node)>, r: u32) -> Node {
        let below = rest.iter().map(|(_, e)| e.depth).fold(left.depth, u32::max);
        let rest = rest.into_iter().map(|(op, e)| (op, e.expr)).collect();
        self.node(l, ExprKind::Compare { left: Box::new(left.expr), rest }, r, below)
    }

    pub(crate) fn if_exp(&mut self, l: u32, body: Node, test: Node, orelse: Node, r: u32) -> Node {
        let below = body.depth.max(test.depth).max(orelse.depth);
        let [test, body, orelse] = [test, body, orelse].map(|n| Box::new(n.expr));
        self.node(l, ExprKind::IfExp { test, body, orelse }, r, below)
    }

    pub(crate) fn named(&mut self, l: u32, target: Ident, value: Node, r: u32) -> Node {
        self.node(l, ExprKind::Named { target, value: Box::new(value.expr) }, r, value.depth)
    }

    pub(crate) fn await_(&mut self, l: u32, e: Node, r: u32) -> Node {
        self.node(l, ExprKind::Await(Box::new(e.expr)), r, e.depth)
    }

    pub(crate) fn yield_(&mut self, l: u32, e: Option<Node>, r: u32) -> Node {
        let below = e.as_ref().map_or(0, |e| e.depth);
        self.node(l, ExprKind::Yield(e.map(|e| Box::new(e.expr))), r, below)
    }

    pub(crate) fn yield_from(&mut self, l: u32, e: Node, r: u32) -> Node {
        self.node(l, ExprKind::YieldFrom(Box::new(e.expr)), r, e.depth)
    }

    pub(crate) fn starred(&mut self, l: u32, e: Node, r: u32) -> Node {
        self.node(l, ExprKind::Starred(Box::new(e.expr)), r, e.depth)
    }

    // ---- Displays ----

    pub(crate) fn tuple(&mut self, l: u32, v: Vec<Node>, r: u32) -> Node {
        let (v, below) = split(v);
        self.node(l, ExprKind::Tuple(v), r, below)
    }

    /// `(v)`: an expression in parentheses, or a tuple.
    pub(crate) fn group(&mut self, l: u32, mut v: Vec<Node>, r: u32) -> Node {
        match v.pop() {
            Some(only) if v.is_empty() => {
                if matches!(only.expr.kind, ExprKind::Starred(_)) {
                    self.suspect(only.expr.span);
                }
                only
            }
            Some(last) => self.tuple(l, push(v, last), r),
            None => self.tuple(l, v, r),
        }
    }

    pub(crate) fn list(&mut self, l: u32, v: Vec<Node>, r: u32) -> Node {
        let (v, below) = split(v);
        self.node(l, ExprKind::List(v), r, below)
    }

    pub(crate) fn set(&mut self, l: u32, v: Vec<Node>, r: u32) -> Node {
        let (v, below) = split(v);
        self.node(l, ExprKind::Set(v), r, below)
    }

    pub(crate) fn dict(&mut self, l: u32, v: Vec<(Option<Node>, Node)>, r: u32) -> Node {
        let below = v.iter().map(|(k, e)| e.depth.max(k.as_ref().map_or(0, |k| k.depth))).max().unwrap_or(0);
        let items = v.into_iter().map(|(k, e)| (k.map(|k| k.expr), e.expr)).collect();
        self.node(l, ExprKind::Dict(items), r, below)
    }

    pub(crate) fn comprehension(&mut self, is_async: bool, t: Node, i: Node, ifs: Vec<Node>) -> (Comprehension, u32) {
        self.check_target(&t.expr);
        let (ifs, below) = split(ifs);
        (Comprehension { target: t.expr, iter: i.expr, ifs, is_async }, below.max(t.depth).max(i.depth))
    }

    /// The parts of a comprehension over `elt`.
    fn comp(&mut self, elt: Node, fors: Vec<(Comprehension, u32)>) -> (Box<Expr>, Vec<Comprehension>, u32) {
        let below = fors.iter().map(|(_, d)| *d).fold(elt.depth, u32::max);
        (Box::new(elt.expr), fors.into_iter().map(|(c, _)| c).collect(), below)
    }

    pub(crate) fn generator(&mut self, l: u32, e: Node, c: Vec<(Comprehension, u32)>, r: u32) -> Node {
        let (elt, generators, below) = self.comp(e, c);
        self.node(l, ExprKind::GeneratorExp { elt, generators }, r, below)
    }

    pub(crate) fn list_comp(&mut self, l: u32, e: Node, c: Vec<(Comprehension, u32)>, r: u32) -> Node {
        let (elt, generators, below) = self.comp(e, c);
        self.node(l, ExprKind::ListComp { elt, generators }, r, below)
    }

    pub(crate) fn set_comp(&mut self, l: u32, e: Node, c: Vec<(Comprehension, u32)>, r: u32) -> Node {
        let (elt, generators, below) = self.comp(e, c);
        self.node(l, ExprKind::SetComp { elt, generators }, r, below)
    }

    pub(crate) fn dict_comp(&mut self, l: u32, k: Node, v: Node, c: Vec<(Comprehension, u32)>, r: u32) -> Node {
        let kd = k.depth;
        let (value, generators, below) = self.comp(v, c);
        self.node(l, ExprKind::DictComp { key: Box::new(k.expr), value, generators }, r, below.max(kd))
    }

    // ---- Primaries ----

    pub(crate) fn attribute(&mut self, l: u32, e: Node, attr: Ident, r: u32) -> Node {
        self.node(l, ExprKind::Attribute { value: Box::new(e.expr), attr }, r, e.depth)
    }

    pub(crate) fn subscript(&mut self, l: u32, e: Node, i: Node, r: u32) -> Node {
        let below = e.depth.max(i.depth);
        self.node(l, ExprKind::Subscript { value: Box::new(e.expr), index: Box::new(i.expr) }, r, below)
    }

    /// `a[*b]` is `a[(*b,)]`.
    pub(crate) fn star_index(&mut self, l: u32, e: Node, r: u32) -> Node {
        let starred = self.starred(l, e, r);
        self.tuple(l, vec![starred], r)
    }

    pub(crate) fn slice(&mut self, l: u32, a: Option<Node>, b: Option<Node>, c: Option<Option<Node>>, r: u32) -> Node {
        let parts = [a, b, c.flatten()];
        let below = parts.iter().flatten().map(|n| n.depth).max().unwrap_or(0);
        let [lower, upper, step] = parts.map(|n| n.map(|n| Box::new(n.expr)));
        self.node(l, ExprKind::Slice { lower, upper, step }, r, below)
    }

    /// `f(…)`, whose parenthesis opens at `open`.
    pub(crate) fn call(&mut self, l: u32, f: Node, open: u32, args: Vec<Arg>, r: u32) -> Node {
        let (args, keywords, below) = self.arguments(open, args, r, true);
        let below = below.max(f.depth);
        self.node(l, ExprKind::Call(Box::new(Call { func: f.expr, args, keywords })), r, below)
    }

    /// Sorts the arguments between the parentheses at `open` and before `r`, and checks their order.
    pub(crate) fn arguments(
        &mut self,
        open: u32,
        list: Vec<Arg>,
        r: u32,
        is_call: bool,
    ) -> (Vec<Expr>, Vec<Keyword>, u32) {
        let alone = list.len() == 1;
        let (mut args, mut keywords, mut below) = (Vec::with_capacity(list.len()), Vec::new(), 0);
        let mut unpacked = false;
        for arg in list {
            match arg {
                Arg::Positional(n) => {
                    let starred = matches!(n.expr.kind, ExprKind::Starred(_));
                    if unpacked || (!keywords.is_empty() && !starred) {
                        self.suspect(n.expr.span);
                    }
                    below = below.max(n.depth);
                    args.push(n.expr);
                }
                Arg::Generator(e, c) => {
                    if !alone || !is_call {
                        let span = self.next_token(e.expr.span.end);
                        self.suspect(span);
                    }
                    let n = self.generator(open, e, c, r);
                    below = below.max(n.depth);
                    args.push(n.expr);
                }
                Arg::Keyword(k, depth) => {
                    unpacked |= k.arg.is_none();
                    below = below.max(depth);
                    keywords.push(k);
                }
                Arg::TrailingComma => {}
            }
        }
        (args, keywords, below)
    }

    /// `f(x for x in y,)` is an error, other lists may end in a comma.
    pub(crate) fn trailing_comma(&mut self, v: Vec<Arg>) -> Vec<Arg> {
        if matches!(v.as_slice(), [Arg::Generator(..)]) { push(v, Arg::TrailingComma) } else { v }
    }

    pub(crate) fn double_star(&mut self, l: u32, e: Node, r: u32) -> Arg {
        Arg::Keyword(Keyword { arg: None, value: e.expr, span: Span::new(l, r) }, e.depth)
    }

    /// `n=e`, where `n` ends at `m` and must be a bare name.
    pub(crate) fn keyword(&mut self, l: u32, n: Node, m: u32, e: Node, r: u32) -> Arg {
        let span = n.expr.span;
        let arg = match n.expr.kind {
            ExprKind::Name(name) if span == Span::new(l, m) => Some(Ident { name, span }),
            _ => {
                self.suspect(Span::new(l, r));
                None
            }
        };
        Arg::Keyword(Keyword { arg, value: e.expr, span: Span::new(l, r) }, e.depth)
    }

    pub(crate) fn lambda(&mut self, l: u32, params: Vec<super::build_stmt::ParamItem>, e: Node, r: u32) -> Node {
        let (params, below) = self.params(l, params);
        let kind = ExprKind::Lambda { params: Box::new(params), body: Box::new(e.expr) };
        self.node(l, kind, r, below.max(e.depth))
    }

    // ---- Strings ----

    /// Literals that stand side by side.
    pub(crate) fn strings(&mut self, l: u32, pieces: Vec<Piece>, r: u32) -> Node {
        let is_bytes = |p: &Piece| match p {
            Piece::Plain(a, _) => {
                let prefix = self.src.as_bytes().get(*a as usize..*a as usize + 2).unwrap_or(b"");
                prefix[..].iter().take_while(|b| b.is_ascii_alphabetic()).any(|b| b.eq_ignore_ascii_case(&b'b'))
            }
            Piece::Format(..) => false,
        };
        let bytes = pieces.iter().filter(|p| is_bytes(p)).count();
        if bytes != 0 && bytes != pieces.len() {
            let span = self.next_token(r);
            self.fail(span, "cannot mix bytes and nonbytes literals");
            return self.constant(l, Constant::None, r);
        }
        if bytes != 0 {
            let mut value = Vec::new();
            for piece in &pieces {
                if let Piece::Plain(a, b) = *piece {
                    literal::bytes(self, Span::new(a, b), &mut value);
                }
            }
            return self.constant(l, Constant::Bytes(value.into()), r);
        }
        if let [Piece::Plain(a, b)] = *pieces.as_slice() {
            let mut text = String::new();
            literal::string(self, Span::new(a, b), &mut text);
            return self.constant(l, Constant::Str(text.into()), r);
        }
        let is_format = pieces.iter().any(|p| matches!(p, Piece::Format(..)));
        let (mut parts, mut text, mut below) = (Vec::new(), String::new(), 0);
        for piece in pieces {
            match piece {
                Piece::Plain(a, b) => literal::string(self, Span::new(a, b), &mut text),
                Piece::Format(a, m, pieces) => {
                    let raw = Span::new(a, m).text(self.src).bytes().any(|b| b.eq_ignore_ascii_case(&b'r'));
                    below = below.max(self.format_parts(pieces, raw, &mut text, &mut parts));
                }
            }
        }
        if !is_format {
            return self.constant(l, Constant::Str(text.into()), r);
        }
        if !text.is_empty() {
            parts.push(FStringPart::Literal(text.into()));
        }
        self.node(l, ExprKind::FString(parts), r, below)
    }

    /// Decodes pieces to parts. Literal text is gathered in `text`, so that neighbours become one part.
    fn format_parts(&mut self, v: Vec<FPiece>, raw: bool, text: &mut String, parts: &mut Vec<FStringPart>) -> u32 {
        let mut below = 0;
        for piece in v {
            match piece {
                FPiece::Text(l, r) => literal::format_text(self, Span::new(l, r), raw, text),
                FPiece::Field(f) => {
                    if !text.is_empty() {
                        parts.push(FStringPart::Literal(std::mem::take(text).into()));
                    }
                    below = below.max(f.value.depth);
                    let spec = f.spec.map(|pieces| {
                        let (mut text, mut parts) = (String::new(), Vec::new());
                        below = below.max(self.format_parts(pieces, raw, &mut text, &mut parts) + 1);
                        if !text.is_empty() {
                            parts.push(FStringPart::Literal(text.into()));
                        }
                        parts
                    });
                    let (value, debug, conversion, span) = (f.value.expr, f.debug, f.conversion, f.span);
                    let field = FStringField { value, debug, conversion, spec, span };
                    parts.push(FStringPart::Field(Box::new(field)));
                }
            }
        }
        below
    }

    /// `{e=!c:s}`, whose expression starts at `m`; `debug` is where the `=` ends.
    #[expect(clippy::too_many_arguments, reason = "one per part of a field")]
    pub(crate) fn field(
        &mut self,
        l: u32,
        m: u32,
        value: Node,
        debug: Option<u32>,
        conversion: Option<char>,
        spec: Option<Vec<FPiece>>,
        r: u32,
    ) -> FPiece {
        let debug = debug.map(|end| {
            let end = self.next_token(end).start;
            literal::debug_text(Span::new(m, end).text(self.src)).into()
        });
        FPiece::Field(Box::new(Field { value, debug, conversion, spec, span: Span::new(l, r) }))
    }

    /// `!name`, with `!` at `m`.
    pub(crate) fn conversion(&mut self, m: u32, l: u32, r: u32) -> char {
        let name = Span::new(l, r).text(self.src);
        let span = Span::new(l, r);
        if m + 1 != l {
            // CPython's spelling.
            let message = "f-string: conversion type must come right after the exclamanation mark";
            self.fail(Span::new(m, r), message);
        }
        match name {
            "r" | "s" | "a" => name.chars().next().unwrap_or('r'),
            _ => {
                let message = format!("f-string: invalid conversion character {name:?}: expected 's', 'r', or 'a'");
                self.fail(span, message.replace('"', "'"));
                'r'
            }
        }
    }

    /// The token after which a string's decoding error is reported: the end of the f-string around `at`.
    pub(crate) fn fstring_end(&self, at: u32) -> Span {
        let from = self.toks.partition_point(|t| t.span.start <= at);
        let mut open = 0;
        for t in &self.toks[from..] {
            match t.tok {
                Tok::FStart => open += 1,
                Tok::FEnd if open == 0 => return t.span,
                Tok::FEnd => open -= 1,
                _ => {}
            }
        }
        Span::new(at, at)
    }
}

/// The expressions of `v`, and how deep the deepest is.
pub(crate) fn split(v: Vec<Node>) -> (Vec<Expr>, u32) {
    let below = v.iter().map(|n| n.depth).max().unwrap_or(0);
    (v.into_iter().map(|n| n.expr).collect(), below)
}
