//! Simple statements, read for their mistakes. Floor 1.
//!
//! Invariant: assignments are tried first, as CPython does, since most mistakes show there.

use super::{Explain, Kind, Parse, Stop, Use, need};
use crate::base::span::Span;
use crate::syntax::error::{End, SyntaxErrorKind};
use crate::syntax::token::Tok;

fn is_augmented(tok: Tok) -> bool {
    (Tok::PlusEq..=Tok::GtGtEq).contains(&tok)
}

impl Explain<'_> {
    /// One line of simple statements with its end.
    pub(super) fn line(&mut self) -> Parse<()> {
        loop {
            need!(self.simple());
            if !self.eat(Tok::Semi) || self.at(Tok::Newline) {
                break;
            }
        }
        Ok(self.eat(Tok::Newline).then_some(()))
    }

    fn simple(&mut self) -> Parse<()> {
        if self.attempt(Self::assignment)?.is_some() {
            return Ok(Some(()));
        }
        if self.attempt(Self::type_alias)?.is_some() || self.attempt(Self::star_expressions)?.is_some() {
            return Ok(Some(()));
        }
        match self.peek() {
            Tok::Return => {
                self.bump();
                self.attempt(Self::star_expressions)?;
                Ok(Some(()))
            }
            Tok::Yield => Ok(self.yield_expression()?.map(|_| ())),
            Tok::Import => self.import(),
            Tok::From => self.import_from(),
            Tok::Raise => {
                self.bump();
                if self.attempt(Self::expression)?.is_some() {
                    self.attempt(|e| if e.eat(Tok::From) { e.expression() } else { Ok(None) })?;
                }
                Ok(Some(()))
            }
            Tok::Pass | Tok::Break | Tok::Continue => {
                self.bump();
                Ok(Some(()))
            }
            Tok::Del => self.delete(),
            Tok::Assert => {
                self.bump();
                need!(self.expression());
                self.attempt(|e| if e.eat(Tok::Comma) { e.expression() } else { Ok(None) })?;
                Ok(Some(()))
            }
            Tok::Global | Tok::Nonlocal => {
                self.bump();
                loop {
                    if !self.eat_name() {
                        return Ok(None);
                    }
                    if !self.eat(Tok::Comma) {
                        return Ok(Some(()));
                    }
                }
            }
            _ => Ok(None),
        }
    }

    /// `type X[T] = …`
    fn type_alias(&mut self) -> Parse<()> {
        let at = self.pos;
        if !self.is_name(at) || self.word(at) != "type" || !self.is_name(at + 1) {
            return Ok(None);
        }
        self.bump();
        self.bump();
        self.type_parameters()?;
        if !self.eat(Tok::Eq) {
            return Ok(None);
        }
        Ok(self.expression()?.map(|_| ()))
    }

    fn assignment(&mut self) -> Parse<()> {
        let start = self.pos;
        // `a: b = c`
        let annotated = self.attempt(|e| {
            let target = need!(e.bit_or());
            let fine = matches!(target.kind, Kind::Name | Kind::Attribute | Kind::Subscript);
            if !fine || !e.eat(Tok::Colon) {
                return Ok(None);
            }
            need!(e.expression());
            e.attempt(|e| if e.eat(Tok::Eq) { e.right_side() } else { Ok(None) })?;
            Ok(Some(()))
        });
        if annotated?.is_some() {
            return Ok(Some(()));
        }
        let plain = self.attempt(|e| {
            need!(e.targets());
            need!(e.right_side());
            Ok((!e.at(Tok::Eq)).then_some(()))
        })?;
        if plain.is_some() {
            return Ok(Some(()));
        }
        let target = self.attempt(Self::bit_or)?;
        let single = target.is_some_and(|t| matches!(t.kind, Kind::Name | Kind::Attribute | Kind::Subscript));
        if single && is_augmented(self.peek()) {
            self.bump();
            return Ok(self.right_side()?.map(|_| ()));
        }
        self.pos = start;
        if self.strict {
            self.invalid_assignment()?;
        }
        Ok(None)
    }

    /// One or more `target =`.
    fn targets(&mut self) -> Parse<()> {
        let mut any = None;
        while let Some(()) = self.attempt(|e| {
            need!(e.star_targets());
            Ok(e.eat(Tok::Eq).then_some(()))
        })? {
            any = Some(());
        }
        Ok(any)
    }

    fn invalid_assignment(&mut self) -> Result<(), Stop> {
        let start = self.pos;
        // A tuple or list in brackets, which can't be annotated.
        let mut open = 0;
        while self.at(Tok::LParen) {
            let tuple = self.ahead(Self::star_target)?;
            if tuple.as_ref().is_some_and(|t| t.kind == Kind::Tuple && t.span.start == self.here().start) {
                break;
            }
            self.bump();
            open += 1;
        }
        if matches!(self.peek(), Tok::LParen | Tok::LBracket)
            && let Some(a) = self.bit_or()?
            && matches!(a.kind, Kind::Tuple | Kind::List)
        {
            while open > 0 && self.eat(Tok::RParen) {
                open -= 1;
            }
            if open == 0 && self.eat(Tok::Colon) && self.expression()?.is_some() {
                let message = format!("only single target (not {}) can be annotated", a.kind.text());
                return self.raise(a.span, message);
            }
        }
        self.pos = start;
        if let Some(a) = self.star_named()?
            && self.eat(Tok::Comma)
        {
            // CPython takes any number of lists here, with nothing between them.
            while self.attempt(Self::star_named)?.is_some() {
                self.eat(Tok::Comma);
            }
            if self.eat(Tok::Colon) && self.expression()?.is_some() {
                return self.raise(a.span, "only single target (not tuple) can be annotated");
            }
        }
        self.pos = start;
        if let Some(a) = self.expression()?
            && self.eat(Tok::Colon)
            && self.expression()?.is_some()
        {
            return self.raise(a.span, "illegal target for annotation");
        }
        self.pos = start;
        self.targets()?;
        if let Some(a) = self.attempt(Self::star_expressions)?
            && self.at(Tok::Eq)
        {
            self.check_target(&a, Use::Assign)?;
        }
        self.pos = start;
        self.targets()?;
        if let Some(a) = self.attempt(Self::yield_expression)?
            && self.at(Tok::Eq)
        {
            return self.raise(a.span, "assignment to yield expression not possible");
        }
        self.pos = start;
        if let Some(a) = self.attempt(Self::star_expressions)?
            && is_augmented(self.peek())
        {
            self.bump();
            if self.right_side()?.is_some() {
                let message = format!("'{}' is an illegal expression for augmented assignment", a.kind.text());
                return self.raise(a.span, message);
            }
        }
        self.pos = start;
        Ok(())
    }

    fn delete(&mut self) -> Parse<()> {
        self.bump();
        let start = self.pos;
        let valid = self.attempt(|e| {
            let targets = need!(e.tuple_of(Self::bit_or));
            let fine = super::is_target(&targets) && matches!(e.peek(), Tok::Semi | Tok::Newline);
            Ok((fine && super::invalid_target(&targets, Use::Delete).is_none()).then_some(()))
        })?;
        if valid.is_none() && self.strict {
            if let Some(a) = self.star_expressions()? {
                self.check_target(&a, Use::Delete)?;
            }
            self.pos = start;
        }
        Ok(valid)
    }

    fn dotted(&mut self) -> bool {
        if !self.eat_name() {
            return false;
        }
        while self.at(Tok::Dot) && self.is_name(self.pos + 1) {
            self.bump();
            self.bump();
        }
        true
    }

    fn import(&mut self) -> Parse<()> {
        let start = self.here().start;
        self.bump();
        if self.strict {
            let names = self.pos;
            let mut any = false;
            while self.dotted() {
                any = true;
                if !self.eat(Tok::Comma) {
                    break;
                }
            }
            if any && self.span(self.pos - 1).text(self.src) != "," && self.eat(Tok::From) && self.dotted() {
                self.peek();
                return self.raise_from(start, "Did you mean to use 'from ... import ...' instead?");
            }
            self.pos = names;
            if self.at(Tok::Newline) {
                let here = self.here().start;
                return self.raise_from(here, "Expected one or more names after 'import'");
            }
        }
        loop {
            if !self.dotted() || (self.eat(Tok::As) && !self.eat_name()) {
                return Ok(None);
            }
            if !self.eat(Tok::Comma) {
                return Ok(Some(()));
            }
        }
    }

    fn import_from(&mut self) -> Parse<()> {
        self.bump();
        let start = self.pos;
        while self.eat(Tok::Dot) || self.eat(Tok::Ellipsis) {}
        self.dotted();
        if self.pos == start || !self.eat(Tok::Import) {
            return Ok(None);
        }
        if self.eat(Tok::Star) {
            return Ok(Some(()));
        }
        if self.at(Tok::Newline) && self.strict {
            let here = self.here().start;
            return self.raise_from(here, "Expected one or more names after 'import'");
        }
        let parenthesis = self.eat(Tok::LParen);
        loop {
            if !self.eat_name() || (self.eat(Tok::As) && !self.eat_name()) {
                return Ok(None);
            }
            if !self.eat(Tok::Comma) {
                break;
            }
            if parenthesis && self.at(Tok::RParen) {
                break;
            }
            if self.at(Tok::Newline) && self.strict {
                return self.raise_last("trailing comma not allowed without surrounding parentheses");
            }
        }
        Ok((!parenthesis || self.eat(Tok::RParen)).then_some(()))
    }

    /// `[T, *U, **V]`, if it is there.
    pub(super) fn type_parameters(&mut self) -> Result<(), Stop> {
        if !self.eat(Tok::LBracket) {
            return Ok(());
        }
        if self.at(Tok::RBracket) && !self.strict {
            return Ok(());
        }
        if self.at(Tok::RBracket) {
            let here = self.here().start;
            return self.raise_from(here, "Type parameter list cannot be empty");
        }
        loop {
            let stars = self.peek();
            if matches!(stars, Tok::Star | Tok::StarStar) {
                self.bump();
            }
            if !self.eat_name() {
                return Ok(());
            }
            let colon = self.here().start;
            if self.at(Tok::Colon) && (self.strict || !matches!(stars, Tok::Star | Tok::StarStar)) {
                self.bump();
                let Some(bound) = self.expression()? else { return Ok(()) };
                let what = match stars {
                    Tok::Star => "TypeVarTuple",
                    Tok::StarStar => "ParamSpec",
                    _ => "",
                };
                if !what.is_empty() && self.strict {
                    self.peek();
                    let with = if bound.kind == Kind::Tuple { "constraints" } else { "bound" };
                    return self.raise_from(colon, format!("cannot use {with} with {what}"));
                }
            }
            if self.eat(Tok::Eq) {
                let rule = if stars == Tok::Star { Self::star_expression } else { Self::expression };
                if self.attempt(rule)?.is_none() {
                    return Ok(());
                }
            }
            if !self.eat(Tok::Comma) {
                self.eat(Tok::RBracket);
                return Ok(());
            }
            if self.eat(Tok::RBracket) {
                return Ok(());
            }
        }
    }

    /// An indented block, or a line. `what` opened it, at token `opener`.
    pub(super) fn block(&mut self, what: &str, opener: usize) -> Parse<()> {
        if !self.eat(Tok::Newline) {
            return self.line();
        }
        if !self.eat(Tok::Indent) {
            self.peek();
            let span = super::token_span(self.toks, self.fill - 1, self.lines);
            let line = self.lines.line(self.span(opener).start);
            let message = format!("expected an indented block after {what} on line {line}");
            let stop = self.raise_kind(SyntaxErrorKind::IndentationError, span, message);
            if span.is_empty()
                && let Some(e) = &mut self.raised
            {
                e.end = End::Is(-1);
            }
            return Err(stop);
        }
        loop {
            if self.eat(Tok::Dedent) {
                return Ok(Some(()));
            }
            need!(self.statement());
        }
    }

    /// The colon of a header whose line ends without one; elsewhere a missing colon is plain invalid syntax.
    pub(super) fn header_colon(&mut self) -> Parse<()> {
        if self.eat(Tok::Colon) {
            return Ok(Some(()));
        }
        if self.at(Tok::Newline) && self.strict {
            return self.raise_last("expected ':'");
        }
        Ok(None)
    }

    /// The span from token `a` to token `b`.
    pub(super) fn range(&self, a: usize, b: usize) -> Span {
        self.span(a).to(self.span(b))
    }
}
