//! Names, displays and comprehensions, read for their mistakes. Floor 1.
//!
//! Invariant: as in `expr`: what finds nothing leaves a position from which its caller can go back.

use super::{Explain, Kind, Node, Parse, Stop, Use, X, need, x};
use crate::base::span::Span;
use crate::syntax::error::End;
use crate::syntax::token::Tok;
use std::rc::Rc;

impl Explain<'_> {
    pub(super) fn atom(&mut self) -> Parse<X> {
        let span = self.here();
        let kind = match self.peek() {
            Tok::Name | Tok::Match | Tok::Case | Tok::Type => Kind::Name,
            Tok::None => Kind::None,
            Tok::True => Kind::True,
            Tok::False => Kind::False,
            Tok::Ellipsis => Kind::Ellipsis,
            Tok::Number => Kind::Literal,
            Tok::Str | Tok::FStart => return self.strings(),
            Tok::LParen | Tok::LBracket | Tok::LBrace => return self.bracketed(),
            _ => return Ok(None),
        };
        self.bump();
        Ok(Some(x(kind, span)))
    }

    pub(super) fn bracketed(&mut self) -> Parse<X> {
        match self.peek() {
            Tok::LParen => self.parentheses(),
            Tok::LBracket => self.list(),
            Tok::LBrace => self.braces(),
            _ => Ok(None),
        }
    }

    /// Comma-separated elements, then `close`.
    fn elements(&mut self, close: Tok, kind: Kind, needs_comma: bool) -> Parse<X> {
        let start = self.here().start;
        self.bump();
        let (mut parts, mut comma) = (Vec::new(), false);
        while !self.at(close) {
            match self.attempt(Self::star_named)? {
                Some(part) => parts.push(part),
                None => return Ok(None),
            }
            if !self.eat(Tok::Comma) {
                break;
            }
            comma = true;
        }
        let is_tuple = comma || parts.is_empty();
        if (needs_comma && !is_tuple) || !self.eat(close) {
            return Ok(None);
        }
        Ok(Some(Rc::new(Node { kind, span: Span::new(start, self.end()), parts })))
    }

    fn parentheses(&mut self) -> Parse<X> {
        if let Some(tuple) = self.attempt(|e| e.elements(Tok::RParen, Kind::Tuple, true))? {
            return Ok(Some(tuple));
        }
        let group = self.attempt(|e| {
            e.bump();
            let inner = if e.at(Tok::Yield) { need!(e.yield_expression()) } else { need!(e.named()) };
            Ok(e.eat(Tok::RParen).then_some(inner))
        })?;
        if group.is_some() {
            return Ok(group);
        }
        if self.strict {
            self.ahead(|e| {
                e.bump();
                let start = e.here();
                if let Some(a) = e.attempt(Self::star_argument)? {
                    return if e.at(Tok::RParen) {
                        e.raise(a.span, "cannot use starred expression here")
                    } else {
                        Ok(None::<()>)
                    };
                }
                if e.eat(Tok::StarStar) && e.expression()?.is_some() && e.at(Tok::RParen) {
                    return e.raise(start, "cannot use double starred expression here");
                }
                Ok(None)
            })?;
        }
        self.comprehension(Tok::RParen, Kind::Generator)
    }

    /// `[x for …]` and its like, whose bracket is the current token.
    pub(super) fn comprehension(&mut self, close: Tok, kind: Kind) -> Parse<X> {
        let start = self.here().start;
        let found = self.attempt(|e| {
            e.bump();
            if close == Tok::RParen {
                need!(e.walrus_or_expression());
            } else {
                need!(e.named());
            }
            need!(e.for_clauses());
            Ok(e.eat(close).then(|| x(kind, Span::new(start, e.end()))))
        })?;
        if found.is_none() && self.strict {
            self.invalid_comprehension()?;
        }
        Ok(found)
    }

    fn invalid_comprehension(&mut self) -> Result<(), Stop> {
        self.ahead(|e| {
            let parenthesis = e.at(Tok::LParen);
            e.bump();
            let inner = e.pos;
            if e.at(Tok::Star)
                && let Some(a) = e.star_argument()?
                && e.for_clauses()?.is_some()
            {
                return e.raise(a.span, "iterable unpacking cannot be used in comprehension");
            }
            e.pos = inner;
            if parenthesis {
                return Ok(None::<()>);
            }
            let a = need!(e.star_named());
            let mut end = e.here().end;
            if !e.eat(Tok::Comma) {
                return Ok(None);
            }
            while let Some(b) = e.attempt(Self::star_named)? {
                end = b.span.end;
                if !e.eat(Tok::Comma) {
                    break;
                }
            }
            need!(e.for_clauses());
            let span = Span::new(a.span.start, end);
            e.raise(span, "did you forget parentheses around the comprehension target?")
        })?;
        Ok(())
    }

    /// A walrus, or an expression that isn't the start of one.
    pub(super) fn walrus_or_expression(&mut self) -> Parse<X> {
        if let Some(w) = self.attempt(Self::walrus)? {
            return Ok(Some(w));
        }
        let e = need!(self.expression());
        Ok(if self.at(Tok::ColonEq) { None } else { Some(e) })
    }

    fn list(&mut self) -> Parse<X> {
        if let Some(list) = self.attempt(|e| e.elements(Tok::RBracket, Kind::List, false))? {
            return Ok(Some(list));
        }
        self.comprehension(Tok::RBracket, Kind::ListComp)
    }

    fn braces(&mut self) -> Parse<X> {
        let start = self.here().start;
        let dict = self.attempt(|e| {
            e.bump();
            let mut first = true;
            while !e.at(Tok::RBrace) {
                need!(e.pair(first));
                first = false;
                if !e.eat(Tok::Comma) {
                    break;
                }
            }
            Ok(e.eat(Tok::RBrace).then(|| x(Kind::Dict, Span::new(start, e.end()))))
        })?;
        if dict.is_some() {
            return Ok(dict);
        }
        self.ahead(|e| {
            e.bump();
            e.invalid_pairs()?;
            Ok(None::<()>)
        })?;
        let set = self.attempt(|e| e.elements(Tok::RBrace, Kind::Set, false))?;
        if set.as_ref().is_some_and(|s| !s.parts.is_empty()) {
            return Ok(set);
        }
        let comp = self.attempt(|e| {
            e.bump();
            need!(e.attempt(Self::expression));
            if !e.eat(Tok::Colon) {
                return Ok(None);
            }
            need!(e.expression());
            need!(e.for_clauses());
            Ok(e.eat(Tok::RBrace).then(|| x(Kind::DictComp, Span::new(start, e.end()))))
        })?;
        if comp.is_some() {
            return Ok(comp);
        }
        if self.strict {
            self.ahead(|e| {
                e.bump();
                let a = e.here();
                if e.eat(Tok::StarStar) && e.bit_or()?.is_some() && e.for_clauses()?.is_some() && e.at(Tok::RBrace) {
                    return e.raise(a, "dict unpacking cannot be used in dict comprehension");
                }
                Ok(None::<()>)
            })?;
        }
        self.comprehension(Tok::RBrace, Kind::SetComp)
    }

    /// `a: b` or `**a`.
    fn pair(&mut self, first: bool) -> Parse<()> {
        self.attempt(|e| {
            if e.eat(Tok::StarStar) {
                need!(e.bit_or());
                return Ok(Some(()));
            }
            need!(e.key(first));
            if !e.eat(Tok::Colon) {
                return Ok(None);
            }
            need!(e.expression());
            Ok(Some(()))
        })
    }

    /// The key of a pair; in those after the first, a missing colon is told before a missing comma.
    fn key(&mut self, first: bool) -> Parse<X> {
        if !first && self.strict {
            self.strict = false;
            let key = self.attempt(Self::expression);
            self.strict = true;
            if let Some(key) = key? {
                return Ok(Some(key));
            }
        }
        self.attempt(Self::expression)
    }

    fn invalid_pairs(&mut self) -> Result<(), Stop> {
        if !self.strict {
            return Ok(());
        }
        let mut first = true;
        loop {
            if self.pair(first)?.is_some() {
                first = false;
                if self.eat(Tok::Comma) {
                    continue;
                }
                return Ok(());
            }
            let Some(key) = self.key(first)? else { return Ok(()) };
            let colon = self.here();
            if !self.eat(Tok::Colon) {
                if first {
                    return Ok(());
                }
                let end = key.span.end;
                let at = Span::new(end.saturating_sub(1), end);
                return self.raise_ending(at, End::Is(0), "':' expected after dictionary key");
            }
            if self.at(Tok::Star) {
                let from = self.here().start;
                self.bump();
                if self.bit_or()?.is_some() {
                    return self.raise_from(from, "cannot use a starred expression in a dictionary value");
                }
            } else if matches!(self.peek(), Tok::RBrace | Tok::Comma) {
                return self.raise(colon, "expression expected after dictionary key and ':'");
            }
            return Ok(());
        }
    }

    /// One or more `for … in … if …`; gives where they end.
    pub(super) fn for_clauses(&mut self) -> Parse<u32> {
        let mut end = None;
        loop {
            let start = self.pos;
            self.eat(Tok::Async);
            if !self.eat(Tok::For) {
                self.pos = start;
                return Ok(end);
            }
            let targets = self.pos;
            let target = self.attempt(Self::star_targets)?;
            if target.is_some() && self.eat(Tok::In) {
                let iter = need!(self.disjunction());
                end = Some(iter.span.end);
                while self.eat(Tok::If) {
                    let test = need!(self.disjunction());
                    end = Some(test.span.end);
                }
                continue;
            }
            if self.strict {
                self.pos = targets;
                if self.tuple_of(Self::bit_or)?.is_some() && !self.at(Tok::In) {
                    return self.raise_last("'in' expected after for-loop variables");
                }
                self.pos = targets;
                if let Some(a) = self.star_expressions()? {
                    self.check_target(&a, Use::For)?;
                }
            }
            self.pos = start;
            return Ok(end);
        }
    }

    /// Targets without `=`, `in` or the like after them.
    pub(super) fn star_targets(&mut self) -> Parse<X> {
        let found = need!(self.tuple_of(Self::star_target));
        Ok(super::is_target(&found).then_some(found))
    }

    pub(super) fn star_target(&mut self) -> Parse<X> {
        let found = if self.at(Tok::Star) { need!(self.starred(Self::bit_or)) } else { need!(self.bit_or()) };
        Ok(super::is_target(&found).then_some(found))
    }
}
