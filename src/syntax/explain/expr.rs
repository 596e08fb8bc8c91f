//! Expressions, read for their mistakes. Floor 1.
//!
//! Invariant: a rule that finds nothing leaves the position where its caller can go back from (`memo`, `attempt`).

use super::{Explain, Kind, Node, Parse, Rule, Stop, X, need, x};
use crate::base::span::Span;
use crate::syntax::token::Tok;
use std::rc::Rc;

/// How tightly a binary operator binds, from `|` on.
fn binary_level(tok: Tok) -> Option<u8> {
    Some(match tok {
        Tok::Pipe => 1,
        Tok::Caret => 2,
        Tok::Amp => 3,
        Tok::LtLt | Tok::GtGt => 4,
        Tok::Plus | Tok::Minus => 5,
        Tok::Star | Tok::Slash | Tok::SlashSlash | Tok::Percent | Tok::At => 6,
        _ => return None,
    })
}

impl Explain<'_> {
    pub(super) fn expression(&mut self) -> Parse<X> {
        self.memo(Rule::Expression, Self::expression_raw)
    }

    fn expression_raw(&mut self) -> Parse<X> {
        if self.strict {
            self.invalid_expression()?;
        }
        self.plain_expression()
    }

    /// `a if b else c`, `a` or a lambda.
    fn plain_expression(&mut self) -> Parse<X> {
        let start = self.here().start;
        if self.at(Tok::Lambda) {
            return self.lambda();
        }
        let body = need!(self.disjunction());
        let whole = self.attempt(|e| {
            if !e.eat(Tok::If) {
                return Ok(None);
            }
            need!(e.disjunction());
            if !e.eat(Tok::Else) {
                return Ok(None);
            }
            need!(e.expression());
            Ok(Some(x(Kind::Conditional, Span::new(start, e.end()))))
        })?;
        Ok(Some(whole.unwrap_or(body)))
    }

    fn lambda(&mut self) -> Parse<X> {
        let start = self.here().start;
        self.bump();
        need!(self.parameters(true));
        if !self.eat(Tok::Colon) {
            return Ok(None);
        }
        need!(self.expression());
        Ok(Some(x(Kind::Lambda, Span::new(start, self.end()))))
    }

    /// Is `e` the name `print` or `exec`, once statements?
    fn is_legacy(&self, e: &X) -> bool {
        e.kind == Kind::Name && matches!(e.span.text(self.src), "print" | "exec")
    }

    fn invalid_expression(&mut self) -> Result<(), Stop> {
        let start = self.pos;
        let is_name = self.is_name(start);
        // CPython compares only as many letters as the name has.
        let soft = is_name && ["_", "case", "match", "type"].iter().any(|k| k.starts_with(self.word(start)));
        let prefixed = is_name && matches!(self.peek2(), Tok::Str | Tok::FStart);
        if let Some(a) = self.disjunction()? {
            let after = self.pos;
            if !soft && !prefixed {
                let strict = std::mem::replace(&mut self.strict, false);
                let b = self.memo(Rule::Expression, Self::expression_raw);
                self.strict = strict;
                if let Some(b) = b?
                    && !self.is_legacy(&a)
                    && self.levels[self.pos - 1] != 0
                {
                    return self.raise(a.span.to(b.span), "invalid syntax. Perhaps you forgot a comma?");
                }
                self.pos = after;
            }
            if self.eat(Tok::If)
                && let Some(b) = self.disjunction()?
                && !matches!(self.peek(), Tok::Else | Tok::Colon)
            {
                return self.raise(a.span.to(b.span), "expected 'else' after 'if' expression");
            }
        }
        self.pos = start;
        if self.at(Tok::Lambda) {
            let from = self.here().start;
            self.bump();
            self.parameters(true)?;
            let in_field = start >= 2
                && self.toks[start - 1].tok == Tok::LBrace
                && matches!(self.toks[start - 2].tok, Tok::FStart | Tok::FMiddle | Tok::RBrace);
            let next = self.peek2();
            if self.at(Tok::Colon) && (next == Tok::FMiddle || (in_field && next == Tok::RBrace)) {
                let span = Span::new(from, self.here().end);
                return self.raise(span, "f-string: lambda expressions are not allowed without parentheses");
            }
        }
        self.pos = start;
        if is_name && matches!(self.word(start), "print" | "exec") && self.peek2() != Tok::LParen {
            let (name, word) = (self.here(), self.word(start).to_owned());
            self.bump();
            if let Some(b) = self.star_expressions()? {
                let message = format!("Missing parentheses in call to '{word}'. Did you mean {word}(...)?");
                return self.raise(name.to(b.span), message);
            }
        }
        self.pos = start;
        Ok(())
    }

    /// A comma list of `item`: one alone as it is, more as a tuple.
    pub(super) fn tuple_of(&mut self, item: fn(&mut Self) -> Parse<X>) -> Parse<X> {
        let start = self.here().start;
        let first = need!(item(self));
        if !self.at(Tok::Comma) {
            return Ok(Some(first));
        }
        let mut parts = vec![first];
        while self.eat(Tok::Comma) {
            match self.attempt(item)? {
                Some(next) => parts.push(next),
                None => break,
            }
        }
        Ok(Some(Rc::new(Node { kind: Kind::Tuple, span: Span::new(start, self.end()), parts })))
    }

    pub(super) fn star_expressions(&mut self) -> Parse<X> {
        self.memo(Rule::StarExpressions, |e| e.tuple_of(Self::star_expression))
    }

    pub(super) fn star_expression(&mut self) -> Parse<X> {
        if self.at(Tok::Star) { self.starred(Self::bit_or) } else { self.expression() }
    }

    /// `*` and what `inner` reads.
    pub(super) fn starred(&mut self, inner: fn(&mut Self) -> Parse<X>) -> Parse<X> {
        let start = self.here().start;
        if !self.eat(Tok::Star) {
            return Ok(None);
        }
        let e = need!(inner(self));
        Ok(Some(Rc::new(Node { kind: Kind::Starred, span: Span::new(start, e.span.end), parts: vec![e] })))
    }

    pub(super) fn star_named(&mut self) -> Parse<X> {
        if self.at(Tok::Star) { self.starred(Self::bit_or) } else { self.named() }
    }

    /// `a := b`, nothing else.
    pub(super) fn walrus(&mut self) -> Parse<X> {
        let start = self.here().start;
        if !self.is_name(self.pos) || self.peek2() != Tok::ColonEq {
            return Ok(None);
        }
        self.bump();
        self.bump();
        need!(self.expression());
        Ok(Some(x(Kind::Named, Span::new(start, self.end()))))
    }

    pub(super) fn named(&mut self) -> Parse<X> {
        self.memo(Rule::Named, |e| {
            if let Some(w) = e.attempt(Self::walrus)? {
                return Ok(Some(w));
            }
            if e.strict {
                e.invalid_named()?;
            }
            let found = need!(e.expression());
            Ok(if e.at(Tok::ColonEq) { None } else { Some(found) })
        })
    }

    fn invalid_named(&mut self) -> Result<(), Stop> {
        let start = self.pos;
        if let Some(a) = self.expression()?
            && self.at(Tok::ColonEq)
        {
            self.bump();
            if self.expression()?.is_some() {
                let message = format!("cannot use assignment expressions with {}", a.kind.text());
                return self.raise(a.span, message);
            }
        }
        self.pos = start;
        if self.is_name(start) && self.peek2() == Tok::Eq {
            let a = self.here();
            self.bump();
            self.bump();
            if let Some(b) = self.bit_or()?
                && !matches!(self.peek(), Tok::Eq | Tok::ColonEq)
            {
                let message = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
                return self.raise(a.to(b.span), message);
            }
        }
        self.pos = start;
        let excluded = match self.peek() {
            Tok::True | Tok::None | Tok::False => true,
            Tok::LParen | Tok::LBracket => {
                let atom = self.ahead(Self::bracketed)?;
                atom.is_some_and(|a| matches!(a.kind, Kind::List | Kind::Tuple | Kind::Generator))
            }
            _ => false,
        };
        if !excluded
            && let Some(a) = self.bit_or()?
            && self.eat(Tok::Eq)
            && self.bit_or()?.is_some()
            && !matches!(self.peek(), Tok::Eq | Tok::ColonEq)
        {
            let message = format!("cannot assign to {} here. Maybe you meant '==' instead of '='?", a.kind.text());
            return self.raise(a.span, message);
        }
        self.pos = start;
        Ok(())
    }

    pub(super) fn yield_expression(&mut self) -> Parse<X> {
        let start = self.here().start;
        if !self.eat(Tok::Yield) {
            return Ok(None);
        }
        if self.at(Tok::From) {
            let after = self.pos;
            self.bump();
            if self.expression()?.is_none() {
                self.pos = after;
            }
        } else {
            self.attempt(Self::star_expressions)?;
        }
        Ok(Some(x(Kind::Yield, Span::new(start, self.end()))))
    }

    /// `yield …` or a list of expressions.
    pub(super) fn right_side(&mut self) -> Parse<X> {
        if self.at(Tok::Yield) { self.yield_expression() } else { self.star_expressions() }
    }

    // ---- Operators ----

    pub(super) fn disjunction(&mut self) -> Parse<X> {
        self.memo(Rule::Disjunction, |e| e.chain(Tok::Or, |e| e.chain(Tok::And, Self::inversion)))
    }

    fn chain(&mut self, op: Tok, part: impl Fn(&mut Self) -> Parse<X>) -> Parse<X> {
        let start = self.here().start;
        let first = need!(part(self));
        let mut more = false;
        loop {
            let before = self.pos;
            if !self.eat(op) {
                break;
            }
            if part(self)?.is_none() {
                self.pos = before;
                break;
            }
            more = true;
        }
        Ok(Some(if more { x(Kind::Operation, Span::new(start, self.end())) } else { first }))
    }

    fn inversion(&mut self) -> Parse<X> {
        let (start, mut any) = (self.here().start, false);
        while self.eat(Tok::Not) {
            any = true;
        }
        let e = need!(self.comparison());
        Ok(Some(if any { x(Kind::Operation, Span::new(start, self.end())) } else { e }))
    }

    fn comparison(&mut self) -> Parse<X> {
        let start = self.here().start;
        let first = need!(self.bit_or());
        let (mut more, mut starts_with_in) = (false, false);
        loop {
            let before = self.pos;
            let op = self.peek();
            let known = match op {
                Tok::EqEq | Tok::NotEq | Tok::Lt | Tok::LtE | Tok::Gt | Tok::GtE | Tok::In => {
                    self.bump();
                    true
                }
                Tok::Is => {
                    self.bump();
                    self.eat(Tok::Not);
                    true
                }
                Tok::Not if self.peek2() == Tok::In => {
                    self.bump();
                    self.bump();
                    true
                }
                _ => false,
            };
            if !known || self.bit_or()?.is_none() {
                self.pos = before;
                break;
            }
            starts_with_in |= !more && op == Tok::In;
            more = true;
        }
        if !more {
            return Ok(Some(first));
        }
        let span = Span::new(start, self.end());
        Ok(Some(Rc::new(Node { kind: Kind::Compare(starts_with_in), span, parts: vec![first] })))
    }

    pub(super) fn bit_or(&mut self) -> Parse<X> {
        self.memo(Rule::BitOr, |e| e.binary(1))
    }

    fn binary(&mut self, level: u8) -> Parse<X> {
        let start = self.here().start;
        let mut left = need!(self.factor());
        loop {
            let before = self.pos;
            let op = self.peek();
            let Some(found) = binary_level(op).filter(|l| *l >= level) else { break };
            self.bump();
            if self.strict && found >= 5 && self.at(Tok::Not) {
                self.misplaced_not(Self::inversion)?;
            }
            if self.binary(found + 1)?.is_none() {
                self.pos = before;
                break;
            }
            left = x(Kind::Operation, Span::new(start, self.end()));
        }
        Ok(Some(left))
    }

    fn factor(&mut self) -> Parse<X> {
        let (start, mut signs) = (self.here().start, false);
        while matches!(self.peek(), Tok::Plus | Tok::Minus | Tok::Tilde) {
            self.bump();
            signs = true;
        }
        if signs && self.strict && self.at(Tok::Not) {
            self.misplaced_not(|e| {
                e.bump();
                e.factor()
            })?;
        }
        let awaits = self.eat(Tok::Await);
        let mut e = need!(self.primary());
        if awaits {
            e = x(Kind::Await, Span::new(start, self.end()));
        }
        let before = self.pos;
        if self.eat(Tok::StarStar) {
            if self.depth >= super::MAX_NESTING {
                return Err(Stop);
            }
            self.depth += 1;
            let right = self.factor();
            self.depth -= 1;
            match right? {
                Some(_) => e = x(Kind::Operation, Span::new(start, self.end())),
                None => self.pos = before,
            }
        }
        Ok(Some(if signs { x(Kind::Operation, Span::new(start, self.end())) } else { e }))
    }

    /// `not` as an operand of something that binds tighter.
    fn misplaced_not(&mut self, operand: fn(&mut Self) -> Parse<X>) -> Result<(), Stop> {
        let (before, start) = (self.pos, self.here().start);
        if operand(self)?.is_some() {
            let span = Span::new(start, self.end());
            return self.raise(span, "'not' after an operator must be parenthesized");
        }
        self.pos = before;
        Ok(())
    }

    fn primary(&mut self) -> Parse<X> {
        self.memo(Rule::Primary, |e| {
            let start = e.here().start;
            let mut left = need!(e.atom());
            loop {
                let before = e.pos;
                let kind = match e.peek() {
                    Tok::Dot => {
                        e.bump();
                        e.eat_name().then_some(Kind::Attribute)
                    }
                    Tok::LParen => e.call()?.map(|()| Kind::Call),
                    Tok::LBracket => {
                        e.bump();
                        match e.slices()? {
                            Some(()) if e.eat(Tok::RBracket) => Some(Kind::Subscript),
                            _ => None,
                        }
                    }
                    _ => None,
                };
                let Some(kind) = kind else {
                    e.pos = before;
                    return Ok(Some(left));
                };
                left = x(kind, Span::new(start, e.end()));
            }
        })
    }

    fn slices(&mut self) -> Parse<()> {
        let mut any = false;
        loop {
            let found = self.attempt(|e| {
                if e.at(Tok::Star) {
                    need!(e.star_argument());
                    return Ok(Some(()));
                }
                let slice = e.attempt(|e| {
                    e.attempt(Self::expression)?;
                    if !e.eat(Tok::Colon) {
                        return Ok(None);
                    }
                    e.attempt(Self::expression)?;
                    if e.eat(Tok::Colon) {
                        e.attempt(Self::expression)?;
                    }
                    Ok(Some(()))
                })?;
                if slice.is_none() {
                    need!(e.named());
                }
                Ok(Some(()))
            })?;
            if found.is_none() {
                return Ok(if any { Some(()) } else { None });
            }
            any = true;
            if !self.eat(Tok::Comma) {
                return Ok(Some(()));
            }
        }
    }
}
