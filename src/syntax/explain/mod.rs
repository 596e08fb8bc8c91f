//! Why a text that doesn't parse is wrong, in CPython's words. Floor 1.
//!
//! The generated parser knows where a text stops making sense, but not what the author meant. This is a second reader
//! with backtracking, used only after a failure and only on the statement that failed: it looks for the mistakes that
//! CPython knows by name. Invariant: it gives up rather than recurse deeper than `MAX_NESTING` or peek past the tokens.

mod atom;
mod call;
mod expr;
mod pattern;
mod simple;
mod stmt;

use super::error::{End, Stage, SyntaxError, SyntaxErrorKind};
use super::layout::Tokens;
use super::token::{Tok, Token};
use crate::base::span::{LineIndex, Span};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Nesting at which the search is given up (brackets are limited to 200 before).
const MAX_NESTING: u32 = 1200;

/// What an expression is, as far as messages care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Name,
    Attribute,
    Subscript,
    Starred,
    List,
    Tuple,
    Lambda,
    Call,
    Operation,
    Generator,
    Yield,
    Await,
    ListComp,
    SetComp,
    DictComp,
    Dict,
    Set,
    FString,
    None,
    True,
    False,
    Ellipsis,
    Literal,
    /// A comparison; does it start with `in`?
    Compare(bool),
    Conditional,
    Named,
}

impl Kind {
    /// CPython's name for it.
    fn text(self) -> &'static str {
        match self {
            Kind::Name => "name",
            Kind::Attribute => "attribute",
            Kind::Subscript => "subscript",
            Kind::Starred => "starred",
            Kind::List => "list",
            Kind::Tuple => "tuple",
            Kind::Lambda => "lambda",
            Kind::Call => "function call",
            Kind::Operation => "expression",
            Kind::Generator => "generator expression",
            Kind::Yield => "yield expression",
            Kind::Await => "await expression",
            Kind::ListComp => "list comprehension",
            Kind::SetComp => "set comprehension",
            Kind::DictComp => "dict comprehension",
            Kind::Dict => "dict literal",
            Kind::Set => "set display",
            Kind::FString => "f-string expression",
            Kind::None => "None",
            Kind::True => "True",
            Kind::False => "False",
            Kind::Ellipsis => "ellipsis",
            Kind::Literal => "literal",
            Kind::Compare(_) => "comparison",
            Kind::Conditional => "conditional expression",
            Kind::Named => "named expression",
        }
    }
}

/// An expression: its kind, its place, and the parts that could be targets.
#[derive(Debug)]
struct Node {
    kind: Kind,
    span: Span,
    parts: Vec<X>,
}

type X = Rc<Node>;

fn x(kind: Kind, span: Span) -> X {
    Rc::new(Node { kind, span, parts: Vec::new() })
}

/// The search is over: an error was found, or it is given up.
struct Stop;

/// What a rule gives: something, nothing (with the position where it was), or the end of the search.
type Parse<T> = Result<Option<T>, Stop>;

/// Gives up on the rule where the part isn't there.
macro_rules! need {
    ($e:expr) => {
        match $e? {
            Some(x) => x,
            None => return Ok(None),
        }
    };
}
pub(super) use need;

/// The place of an assignment target.
#[derive(Clone, Copy, PartialEq)]
enum Use {
    Assign,
    Delete,
    For,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Rule {
    Expression,
    Disjunction,
    BitOr,
    Primary,
    Named,
    StarExpressions,
}

struct Explain<'a> {
    src: &'a str,
    toks: &'a [Token],
    /// The number of brackets open after each token.
    levels: Vec<u16>,
    pos: usize,
    /// Just past the furthest token that was looked at.
    fill: usize,
    /// Look for mistakes (rather than only for valid text)?
    strict: bool,
    depth: u32,
    memo: FxHashMap<(Rule, u32, bool), Option<(X, u32)>>,
    raised: Option<SyntaxError>,
    /// A statement could not be read.
    stuck: bool,
    lines: &'a LineIndex,
}

/// What a search found.
pub(super) struct Explained {
    /// The mistake, if it is one that we know.
    pub(super) error: Option<SyntaxError>,
    /// The token at which CPython's parser stops.
    pub(super) stopped: usize,
    /// The furthest token that was looked at.
    pub(super) last: usize,
    /// Was that the last one of all?
    pub(super) saw_end: bool,
}

/// Looks for the mistake in a text whose parser stopped at token `failed`.
pub(super) fn explain(src: &str, tokens: &Tokens, failed: usize, lines: &LineIndex) -> Explained {
    // First as CPython's parser reads valid text, to see how far it looks; then with all that it knows of mistakes.
    let mut e = Explain::new(src, tokens, failed, lines);
    e.strict = false;
    e.run(failed);
    let stopped = if e.stuck { e.fill.max(1) } else { e.fill.max(failed + 1) };
    if e.raised.is_none() {
        e.memo.clear();
        (e.strict, e.depth, e.fill) = (true, 0, stopped);
        e.pos = statement_start(e.toks, failed);
        e.run(failed);
    }
    Explained { error: e.raised, stopped: stopped - 1, last: e.fill - 1, saw_end: e.fill >= e.toks.len() }
}

/// How many brackets `toks` leave open.
pub(super) fn level(toks: &[Token]) -> usize {
    toks.iter().fold(0, |level, t| match t.tok {
        Tok::LParen | Tok::LBracket | Tok::LBrace => level + 1,
        Tok::RParen | Tok::RBracket | Tok::RBrace => level.saturating_sub(1),
        _ => level,
    })
}

/// The token that starts the outermost statement around token `failed`.
fn statement_start(toks: &[Token], failed: usize) -> usize {
    let (mut start, mut depth, mut decorated) = (0, 0usize, false);
    for i in 0..toks.len().min(failed.max(1)) {
        match toks[i].tok {
            Tok::Indent => depth += 1,
            Tok::Dedent => depth = depth.saturating_sub(1),
            Tok::Newline => continue,
            _ => {}
        }
        let line_start = i == 0 || matches!(toks[i - 1].tok, Tok::Newline | Tok::Dedent);
        if depth > 0 || !line_start || toks[i].tok == Tok::Dedent {
            continue;
        }
        if !matches!(toks[i].tok, Tok::Elif | Tok::Else | Tok::Except | Tok::Finally | Tok::Eof) && !decorated {
            start = i;
        }
        decorated = toks[i].tok == Tok::At;
    }
    start
}

impl<'a> Explain<'a> {
    fn new(src: &'a str, tokens: &'a Tokens, failed: usize, lines: &'a LineIndex) -> Self {
        let toks = &tokens.toks;
        let mut level = 0u16;
        let levels = toks.iter().map(|t| {
            match t.tok {
                Tok::LParen | Tok::LBracket | Tok::LBrace => level += 1,
                Tok::RParen | Tok::RBracket | Tok::RBrace => level = level.saturating_sub(1),
                _ => {}
            }
            level
        });
        Explain {
            src,
            toks,
            levels: levels.collect(),
            pos: statement_start(toks, failed),
            fill: 0,
            strict: true,
            depth: 0,
            memo: FxHashMap::default(),
            raised: None,
            stuck: false,
            lines,
        }
    }

    /// Reads statements up to the one with token `failed`; what follows it isn't looked at.
    fn run(&mut self, failed: usize) {
        while self.pos <= failed {
            match self.statement() {
                Ok(Some(())) => {}
                Ok(None) => {
                    self.stuck = true;
                    break;
                }
                Err(Stop) => break,
            }
        }
    }
}

impl Explain<'_> {
    // ---- Tokens ----

    fn tok_at(&mut self, i: usize) -> Tok {
        let i = i.min(self.toks.len() - 1);
        self.fill = self.fill.max(i + 1);
        self.toks[i].tok
    }

    fn peek(&mut self) -> Tok {
        self.tok_at(self.pos)
    }

    fn peek2(&mut self) -> Tok {
        self.tok_at(self.pos + 1)
    }

    fn at(&mut self, tok: Tok) -> bool {
        self.peek() == tok
    }

    fn bump(&mut self) {
        self.pos = (self.pos + 1).min(self.toks.len() - 1);
    }

    fn eat(&mut self, tok: Tok) -> bool {
        let found = self.at(tok);
        if found {
            self.bump();
        }
        found
    }

    /// The place of the token at `i`.
    fn span(&self, i: usize) -> Span {
        self.toks[i.min(self.toks.len() - 1)].span
    }

    fn here(&self) -> Span {
        self.span(self.pos)
    }

    /// Where the token before the current one ends.
    fn end(&self) -> u32 {
        if self.pos == 0 { 0 } else { self.span(self.pos - 1).end }
    }

    fn is_name(&mut self, i: usize) -> bool {
        matches!(self.tok_at(i), Tok::Name | Tok::Match | Tok::Case | Tok::Type)
    }

    fn word(&self, i: usize) -> &str {
        self.span(i).text(self.src)
    }

    fn eat_name(&mut self) -> bool {
        let found = self.is_name(self.pos);
        if found {
            self.bump();
        }
        found
    }

    // ---- Errors ----

    fn raise_kind(&mut self, kind: SyntaxErrorKind, span: Span, message: impl Into<String>) -> Stop {
        // What the scanner could not read comes first, if we got there.
        let broken = self.fill >= self.toks.len() && self.toks.last().is_some_and(|t| t.tok == Tok::Error);
        if self.raised.is_none() && !broken {
            self.raised = Some(SyntaxError::new(Stage::Parser, kind, message, span));
        }
        Stop
    }

    fn raise<T>(&mut self, span: Span, message: impl Into<String>) -> Result<T, Stop> {
        Err(self.raise_kind(SyntaxErrorKind::SyntaxError, span, message))
    }

    /// With something else than the span's end as `end_offset`.
    fn raise_ending<T>(&mut self, span: Span, end: End, message: impl Into<String>) -> Result<T, Stop> {
        let stop = self.raise_kind(SyntaxErrorKind::SyntaxError, span, message);
        if let Some(e) = &mut self.raised {
            e.end = end;
        }
        Err(stop)
    }

    /// At the furthest token that was looked at.
    fn raise_last<T>(&mut self, message: impl Into<String>) -> Result<T, Stop> {
        let span = token_span(self.toks, self.fill - 1, self.lines);
        self.raise(span, message)
    }

    /// From `start` to the furthest token that was looked at.
    fn raise_from<T>(&mut self, start: u32, message: impl Into<String>) -> Result<T, Stop> {
        let last = self.toks[self.fill - 1];
        // CPython's line end is one character wide, even where the text has none.
        let end = if last.tok == Tok::Newline { last.span.start } else { last.span.end.max(1) - 1 };
        let at_end = last.tok == Tok::Newline && last.span.start == start;
        let end_offset = if at_end { End::Start } else { End::Span };
        self.raise_ending(Span::new(start, end.max(start)), end_offset, message)
    }

    /// At the current token.
    fn raise_here<T>(&mut self, message: impl Into<String>) -> Result<T, Stop> {
        self.peek();
        let span = token_span(self.toks, self.pos, self.lines);
        self.raise(span, message)
    }

    /// Where an expected token isn't the next one.
    fn must<T: Default>(&mut self, tok: Tok) -> Result<T, Stop> {
        if self.eat(tok) { Ok(T::default()) } else { self.raise_here(format!("expected '{}'", tok.text())) }
    }

    /// Complains of the first part of `e` that can't be a target.
    fn check_target(&mut self, e: &X, usage: Use) -> Result<(), Stop> {
        match invalid_target(e, usage) {
            Some(bad) => {
                let what = if usage == Use::Delete { "delete" } else { "assign to" };
                self.raise(bad.span, format!("cannot {what} {}", bad.kind.text()))
            }
            None => Ok(()),
        }
    }

    /// Runs `rule` once for each position.
    fn memo(&mut self, key: Rule, rule: fn(&mut Self) -> Parse<X>) -> Parse<X> {
        let key = (key, self.pos as u32, self.strict);
        if let Some(known) = self.memo.get(&key) {
            return Ok(known.clone().map(|(x, end)| {
                self.pos = end as usize;
                x
            }));
        }
        let start = self.pos;
        if self.depth >= MAX_NESTING {
            return Err(Stop);
        }
        self.depth += 1;
        let found = rule(self);
        self.depth -= 1;
        let found = found?;
        if found.is_none() {
            self.pos = start;
        }
        self.memo.insert(key, found.clone().map(|x| (x, self.pos as u32)));
        Ok(found)
    }

    /// Runs `rule`; where it finds nothing, the position is as before.
    fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        let start = self.pos;
        let found = rule(self)?;
        if found.is_none() {
            self.pos = start;
        }
        Ok(found)
    }

    /// Runs `rule` and goes back.
    fn ahead<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        let start = self.pos;
        let found = rule(self)?;
        self.pos = start;
        Ok(found)
    }
}

/// The place that CPython gives the token at `i`: line structure has none of its own, it points before itself.
pub(super) fn token_span(toks: &[Token], i: usize, lines: &LineIndex) -> Span {
    let token = toks[i.min(toks.len() - 1)];
    let at = token.span.end;
    match token.tok {
        Tok::Indent | Tok::Dedent if toks.last().is_none_or(|t| t.span != token.span) => {
            let line_start = at - lines.line_col(at).1;
            Span::new(at.saturating_sub(1).max(line_start), at)
        }
        Tok::Eof | Tok::Dedent => {
            // The line end that CPython adds to a text without one doesn't count.
            let before = if lines.line_col(at).1 == 0 { at.saturating_sub(1) } else { at };
            Span::new(before, before)
        }
        Tok::Newline => Span::new(token.span.start, token.span.start),
        _ => token.span,
    }
}

/// The first part of `e` that can't be assigned to.
fn invalid_target(e: &X, usage: Use) -> Option<X> {
    match e.kind {
        Kind::List | Kind::Tuple => e.parts.iter().find_map(|p| invalid_target(p, usage)),
        Kind::Starred if usage == Use::Delete => Some(e.clone()),
        Kind::Starred => e.parts.first().and_then(|p| invalid_target(p, usage)),
        Kind::Compare(starts_with_in) if usage == Use::For => {
            if starts_with_in {
                e.parts.first().and_then(|p| invalid_target(p, usage))
            } else {
                None
            }
        }
        Kind::Name | Kind::Attribute | Kind::Subscript => None,
        _ => Some(e.clone()),
    }
}

/// Is `e` a valid target of an assignment?
fn is_target(e: &X) -> bool {
    match e.kind {
        Kind::Name | Kind::Attribute | Kind::Subscript => true,
        Kind::List | Kind::Tuple => e.parts.iter().all(is_target),
        Kind::Starred => e.parts.first().is_some_and(|p| p.kind != Kind::Starred && is_target(p)),
        _ => false,
    }
}
