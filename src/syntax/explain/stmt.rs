//! Compound statements, read for their mistakes. Floor 1.
//!
//! Invariant: a header's own mistakes are looked for before those of its block.

use super::{Explain, Parse, Stop, Use, need, token_span};
use crate::syntax::error::End;
use crate::syntax::token::Tok;

impl Explain<'_> {
    pub(super) fn statement(&mut self) -> Parse<()> {
        if self.depth >= super::MAX_NESTING {
            return Err(Stop);
        }
        self.depth += 1;
        let found = self.statement_raw();
        self.depth -= 1;
        found
    }

    fn statement_raw(&mut self) -> Parse<()> {
        let start = self.pos;
        match self.peek() {
            Tok::If => self.if_(),
            Tok::While => self.while_(),
            Tok::For => self.for_(),
            Tok::Try => self.try_(),
            Tok::With => self.with(),
            Tok::Def => self.def(),
            Tok::Class => self.class(),
            Tok::At => {
                while self.eat(Tok::At) {
                    need!(self.named());
                    if !self.eat(Tok::Newline) {
                        return Ok(None);
                    }
                }
                match self.peek() {
                    Tok::Def | Tok::Class => self.statement_raw(),
                    Tok::Async if self.peek2() == Tok::Def => self.statement_raw(),
                    _ => Ok(None),
                }
            }
            Tok::Async => match self.peek2() {
                Tok::Def | Tok::For | Tok::With => {
                    self.bump();
                    self.statement_raw()
                }
                _ => Ok(None),
            },
            _ => {
                if self.is_name(start) && self.word(start) == "match" && self.attempt(Self::match_)?.is_some() {
                    return Ok(Some(()));
                }
                self.line()
            }
        }
    }

    fn if_(&mut self) -> Parse<()> {
        let opener = self.pos;
        self.bump();
        need!(self.named());
        need!(self.header_colon());
        need!(self.block("'if' statement", opener));
        while self.at(Tok::Elif) {
            let opener = self.pos;
            self.bump();
            need!(self.named());
            need!(self.header_colon());
            need!(self.block("'elif' statement", opener));
        }
        self.else_()
    }

    fn else_(&mut self) -> Parse<()> {
        let opener = self.pos;
        if !self.eat(Tok::Else) {
            return Ok(Some(()));
        }
        self.must::<()>(Tok::Colon)?;
        self.block("'else' statement", opener)
    }

    fn while_(&mut self) -> Parse<()> {
        let opener = self.pos;
        self.bump();
        need!(self.named());
        need!(self.header_colon());
        need!(self.block("'while' statement", opener));
        self.else_()
    }

    fn for_(&mut self) -> Parse<()> {
        let opener = self.pos;
        self.bump();
        let targets = self.pos;
        let found = self.attempt(Self::star_targets)?;
        if found.is_none() || !self.eat(Tok::In) {
            if self.strict {
                self.pos = targets;
                if let Some(a) = self.star_expressions()? {
                    self.check_target(&a, Use::For)?;
                }
            }
            return Ok(None);
        }
        need!(self.star_expressions());
        need!(self.header_colon());
        need!(self.block("'for' statement", opener));
        self.else_()
    }

    fn try_(&mut self) -> Parse<()> {
        let opener = self.pos;
        self.bump();
        self.must::<()>(Tok::Colon)?;
        need!(self.block("'try' statement", opener));
        if !matches!(self.peek(), Tok::Except | Tok::Finally) {
            if !self.strict {
                return Ok(None);
            }
            let here = token_span(self.toks, self.fill - 1, self.lines);
            let end = if here.is_empty() { End::Is(-1) } else { End::Span };
            return self.raise_ending(here, end, "expected 'except' or 'finally' block");
        }
        let mut star = None;
        while self.at(Tok::Except) {
            let opener = self.pos;
            self.bump();
            let is_star = self.eat(Tok::Star);
            let colon = need!(self.except_header(is_star));
            if star.is_some_and(|s: bool| s != is_star) && self.strict && colon {
                let span = self.range(opener, if is_star { opener + 1 } else { opener });
                return self.raise(span, "cannot have both 'except' and 'except*' on the same 'try'");
            }
            star = Some(is_star);
            need!(self.block(if is_star { "'except*' statement" } else { "'except' statement" }, opener));
        }
        if star.is_some() {
            need!(self.else_());
        }
        let opener = self.pos;
        if self.eat(Tok::Finally) {
            self.must::<()>(Tok::Colon)?;
            need!(self.block("'finally' statement", opener));
        }
        Ok(Some(()))
    }

    /// What follows `except` up to its colon.
    fn except_header(&mut self, is_star: bool) -> Parse<bool> {
        if is_star && matches!(self.peek(), Tok::Newline | Tok::Colon) {
            if !self.strict {
                return Ok(None);
            }
            return self.raise_last("expected one or more exception types");
        }
        if !self.at(Tok::Colon) && !self.at(Tok::Newline) {
            let a = need!(self.expression());
            if self.at(Tok::Comma) && self.strict {
                let comma = self.pos;
                self.bump();
                let more = self.attempt(|e| e.tuple_of(Self::expression))?;
                if self.eat(Tok::As) {
                    self.eat_name();
                }
                if more.is_some() && self.eat(Tok::Colon) {
                    // CPython's caret ends before the colon.
                    return self.raise_from(a.span.start, "multiple exception types must be parenthesized");
                }
                self.pos = comma;
                return Ok(None);
            }
            if self.eat(Tok::As) && !self.eat_name() {
                return Ok(None);
            }
        }
        Ok(self.header_colon()?.map(|()| true))
    }

    fn with(&mut self) -> Parse<()> {
        let opener = self.pos;
        self.bump();
        let parenthesised = self.attempt(|e| {
            if !e.eat(Tok::LParen) {
                return Ok(None);
            }
            loop {
                need!(e.with_item());
                if !e.eat(Tok::Comma) || e.at(Tok::RParen) {
                    break;
                }
            }
            Ok((e.eat(Tok::RParen) && matches!(e.peek(), Tok::Colon | Tok::Newline)).then_some(()))
        })?;
        if parenthesised.is_none() {
            loop {
                need!(self.with_item());
                if !self.eat(Tok::Comma) {
                    break;
                }
            }
        }
        need!(self.header_colon());
        self.block("'with' statement", opener)
    }

    fn with_item(&mut self) -> Parse<()> {
        need!(self.attempt(Self::expression));
        let after = self.pos;
        if !self.eat(Tok::As) {
            return Ok(Some(()));
        }
        let target = self.pos;
        let closes = |e: &mut Self| matches!(e.peek(), Tok::Comma | Tok::RParen | Tok::Colon);
        if self.attempt(Self::star_target)?.is_some() && closes(self) {
            return Ok(Some(()));
        }
        if self.strict {
            self.pos = target;
            if let Some(a) = self.attempt(Self::expression)?
                && closes(self)
            {
                self.check_target(&a, Use::Assign)?;
            }
            // A header that ends here lacks its colon.
            self.pos = target;
            if self.attempt(Self::star_target)?.is_some() && self.at(Tok::Newline) {
                return Ok(Some(()));
            }
        }
        self.pos = after;
        Ok(Some(()))
    }

    fn def(&mut self) -> Parse<()> {
        let opener = self.pos;
        self.bump();
        if !self.eat_name() {
            return Ok(None);
        }
        let brackets = self.at(Tok::LBracket);
        self.type_parameters()?;
        if brackets && !self.strict && !self.at(Tok::LParen) {
            return Ok(None);
        }
        self.must::<()>(Tok::LParen)?;
        need!(self.parameters(false));
        if !self.eat(Tok::RParen) {
            return Ok(None);
        }
        if self.eat(Tok::Arrow) {
            need!(self.expression());
        }
        self.must::<()>(Tok::Colon)?;
        self.block("function definition", opener)
    }

    fn class(&mut self) -> Parse<()> {
        let opener = self.pos;
        self.bump();
        if !self.eat_name() {
            return Ok(None);
        }
        self.type_parameters()?;
        if self.eat(Tok::LParen) {
            self.arguments()?;
            if !self.eat(Tok::RParen) {
                return Ok(None);
            }
        }
        need!(self.header_colon());
        self.block("class definition", opener)
    }

    fn match_(&mut self) -> Parse<()> {
        let opener = self.pos;
        self.bump();
        let subject = self.attempt(|e| e.tuple_of(Self::star_named))?;
        if subject.is_none() {
            return Ok(None);
        }
        need!(self.header_colon());
        if !self.eat(Tok::Newline) {
            return Ok(None);
        }
        if !self.at(Tok::Indent) {
            // `block` knows how to say it.
            self.pos -= 1;
            return self.block("'match' statement", opener);
        }
        self.bump();
        let mut any = false;
        while self.is_name(self.pos) && self.word(self.pos) == "case" {
            let opener = self.pos;
            self.bump();
            need!(self.patterns());
            if self.eat(Tok::If) {
                need!(self.named());
            }
            need!(self.header_colon());
            need!(self.block("'case' statement", opener));
            any = true;
        }
        Ok((any && self.eat(Tok::Dedent)).then_some(()))
    }
}
