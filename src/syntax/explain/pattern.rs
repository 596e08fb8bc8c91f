//! Patterns of `case`, read for their mistakes. Floor 1.
//!
//! Invariant: as in `expr`: who finds nothing may leave the position anywhere, callers go back.

use super::{Explain, Parse, Stop, need};
use crate::base::span::Span;
use crate::syntax::token::Tok;

impl Explain<'_> {
    /// What stands between `case` and its guard or colon.
    pub(super) fn patterns(&mut self) -> Parse<()> {
        let star = self.at(Tok::Star);
        need!(self.maybe_star());
        if star && !self.at(Tok::Comma) {
            return Ok(None);
        }
        while self.eat(Tok::Comma) {
            if self.attempt(Self::maybe_star)?.is_none() {
                break;
            }
        }
        Ok(Some(()))
    }

    /// The elements of `[…]`, where a star may stand alone.
    fn list_patterns(&mut self) -> Parse<()> {
        if self.at(Tok::Star) && self.is_name(self.pos + 1) && self.tok_at(self.pos + 2) == Tok::RBracket {
            self.bump();
            self.bump();
            return Ok(Some(()));
        }
        self.patterns()
    }

    fn maybe_star(&mut self) -> Parse<Span> {
        if self.eat(Tok::Star) {
            let span = self.here();
            return Ok(self.eat_name().then_some(span));
        }
        self.as_pattern()
    }

    fn as_pattern(&mut self) -> Parse<Span> {
        if self.depth >= super::MAX_NESTING {
            return Err(Stop);
        }
        self.depth += 1;
        let found = self.as_pattern_raw();
        self.depth -= 1;
        found
    }

    fn as_pattern_raw(&mut self) -> Parse<Span> {
        let start = self.here().start;
        need!(self.closed());
        while self.eat(Tok::Pipe) {
            need!(self.closed());
        }
        if self.eat(Tok::As) {
            let here = self.here();
            if self.is_name(self.pos) {
                if self.word(self.pos) == "_" && self.strict {
                    return self.raise(here, "cannot use '_' as a target");
                }
                self.bump();
            } else {
                if let Some(a) = self.expression()?
                    && self.strict
                {
                    return self.raise(a.span, "invalid pattern target");
                }
                return Ok(None);
            }
        }
        Ok(Some(Span::new(start, self.end())))
    }

    fn closed(&mut self) -> Parse<()> {
        match self.peek() {
            Tok::None | Tok::True | Tok::False => {
                self.bump();
                Ok(Some(()))
            }
            Tok::Str | Tok::FStart => Ok(self.strings()?.map(|_| ())),
            Tok::Number | Tok::Minus => {
                self.eat(Tok::Minus);
                if !self.eat(Tok::Number) {
                    return Ok(None);
                }
                if matches!(self.peek(), Tok::Plus | Tok::Minus) {
                    self.bump();
                    return Ok(self.eat(Tok::Number).then_some(()));
                }
                Ok(Some(()))
            }
            Tok::LParen | Tok::LBracket => {
                let close = if self.at(Tok::LParen) { Tok::RParen } else { Tok::RBracket };
                self.bump();
                if !self.at(close) {
                    need!(if close == Tok::RBracket { self.list_patterns() } else { self.patterns() });
                }
                Ok(self.eat(close).then_some(()))
            }
            Tok::LBrace => self.mapping(),
            _ if self.is_name(self.pos) => {
                self.bump();
                while self.eat(Tok::Dot) {
                    if !self.eat_name() {
                        return Ok(None);
                    }
                }
                if self.eat(Tok::LParen) { self.class_arguments() } else { Ok(Some(())) }
            }
            _ => Ok(None),
        }
    }

    fn mapping(&mut self) -> Parse<()> {
        self.bump();
        while !self.at(Tok::RBrace) {
            if self.eat(Tok::StarStar) {
                if !self.is_name(self.pos) || self.word(self.pos) == "_" {
                    return Ok(None);
                }
                self.bump();
                self.eat(Tok::Comma);
                return Ok(self.eat(Tok::RBrace).then_some(()));
            } else {
                // A key is a literal or a dotted name.
                let plain = self.is_name(self.pos) && self.peek2() != Tok::Dot;
                if plain || matches!(self.peek(), Tok::LBrace | Tok::LBracket | Tok::LParen) {
                    return Ok(None);
                }
                need!(self.closed());
                if !self.eat(Tok::Colon) {
                    return Ok(None);
                }
                need!(self.as_pattern());
            }
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        Ok(self.eat(Tok::RBrace).then_some(()))
    }

    fn class_arguments(&mut self) -> Parse<()> {
        let mut keywords = false;
        while !self.at(Tok::RParen) {
            if self.is_name(self.pos) && self.peek2() == Tok::Eq {
                self.bump();
                self.bump();
                need!(self.as_pattern());
                keywords = true;
            } else {
                let mut span = need!(self.as_pattern());
                if keywords && !self.strict {
                    return Ok(None);
                }
                if keywords {
                    while self.eat(Tok::Comma) && !(self.is_name(self.pos) && self.peek2() == Tok::Eq) {
                        match self.attempt(Self::as_pattern)? {
                            Some(more) => span = span.to(more),
                            None => break,
                        }
                    }
                    return self.raise(span, "positional patterns follow keyword patterns");
                }
            }
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        Ok(self.eat(Tok::RParen).then_some(()))
    }
}
