//! Calls, parameters and strings, read for their mistakes. Floor 1.
//!
//! Invariant: as in `expr`: who finds nothing may leave the position anywhere, callers go back.

use super::{Explain, Kind, Parse, Stop, X, need, x};
use crate::base::span::Span;
use crate::syntax::token::Tok;

const MAYBE_EQUALS: &str = "invalid syntax. Maybe you meant '==' or ':=' instead of '='?";
const GENERATOR: &str = "Generator expression must be parenthesized";

/// The arguments of a call, as far as messages care.
#[derive(Default)]
pub(super) struct Args {
    positional: usize,
    last_positional: Span,
    /// A `**` among the keywords?
    unpacks: bool,
    /// Where keyword arguments start, if there are any.
    keywords: bool,
}

impl Explain<'_> {
    /// `(…)` after a callee.
    pub(super) fn call(&mut self) -> Parse<()> {
        if self.comprehension(Tok::RParen, Kind::Generator)?.is_some() {
            return Ok(Some(()));
        }
        self.attempt(|e| {
            e.bump();
            e.arguments()?;
            Ok(e.eat(Tok::RParen).then_some(()))
        })
    }

    /// Arguments up to a closing parenthesis, if they are all right.
    pub(super) fn arguments(&mut self) -> Result<(), Stop> {
        let start = self.pos;
        let valid = self.attempt(|e| {
            need!(e.args());
            e.eat(Tok::Comma);
            Ok(e.at(Tok::RParen).then_some(()))
        })?;
        if valid.is_none() && self.strict {
            self.invalid_arguments()?;
            self.pos = start;
        }
        Ok(())
    }

    /// `*a` of a call.
    pub(super) fn star_argument(&mut self) -> Parse<X> {
        let start = self.here().start;
        if !self.at(Tok::Star) {
            return Ok(None);
        }
        if let Some(found) = self.attempt(|e| e.starred(Self::expression))? {
            if self.strict && self.at(Tok::Eq) {
                let after = self.pos;
                self.bump();
                if let Some(b) = self.expression()? {
                    let span = Span::new(start, b.span.end);
                    return self.raise(span, "cannot assign to iterable argument unpacking");
                }
                self.pos = after;
            }
            return Ok(Some(found));
        }
        if self.strict {
            self.bump();
            return self.raise_last("Invalid star expression");
        }
        Ok(None)
    }

    /// One positional argument.
    fn positional(&mut self) -> Parse<X> {
        self.attempt(|e| {
            if e.at(Tok::Star) {
                return e.star_argument();
            }
            let found = need!(e.walrus_or_expression());
            Ok(if e.at(Tok::Eq) { None } else { Some(found) })
        })
    }

    /// One keyword argument, or `*a` among them; is it `**`?
    fn keyword(&mut self) -> Parse<(bool, X)> {
        self.attempt(|e| {
            if e.strict {
                e.invalid_keyword()?;
            }
            let start = e.here().start;
            if e.is_name(e.pos) && e.peek2() == Tok::Eq {
                e.bump();
                e.bump();
                let value = need!(e.expression());
                return Ok(Some((false, x(Kind::Name, Span::new(start, value.span.end)))));
            }
            if e.at(Tok::Star) {
                return Ok(e.star_argument()?.map(|a| (false, a)));
            }
            if e.eat(Tok::StarStar) {
                let value = need!(e.expression());
                return Ok(Some((true, value)));
            }
            Ok(None)
        })
    }

    fn invalid_keyword(&mut self) -> Result<(), Stop> {
        let (start, first) = (self.pos, self.here());
        if matches!(self.peek(), Tok::True | Tok::False | Tok::None) && self.peek2() == Tok::Eq {
            let span = first.to(self.span(start + 1));
            let message = format!("cannot assign to {}", self.word(start));
            return self.raise(span, message);
        }
        if self.is_name(start) && self.peek2() == Tok::Eq {
            let span = first.to(self.span(start + 1));
            self.bump();
            self.bump();
            if self.expression()?.is_some() && self.for_clauses()?.is_some() {
                return self.raise(span, MAYBE_EQUALS);
            }
        } else if let Some(a) = self.attempt(Self::expression)?
            && self.at(Tok::Eq)
        {
            let span = a.span.to(self.here());
            let message = "expression cannot contain assignment, perhaps you meant \"==\"?";
            return self.raise(span, message);
        }
        self.pos = start;
        if self.eat(Tok::StarStar)
            && self.expression()?.is_some()
            && self.eat(Tok::Eq)
            && let Some(b) = self.expression()?
        {
            let span = first.to(b.span);
            return self.raise(span, "cannot assign to keyword argument unpacking");
        }
        self.pos = start;
        Ok(())
    }

    /// Positional, then keyword arguments; not the comma after them.
    fn args(&mut self) -> Parse<Args> {
        let mut args = Args::default();
        let mut comma = self.pos;
        while let Some(a) = self.positional()? {
            args.positional += 1;
            args.last_positional = a.span;
            comma = self.pos;
            if !self.eat(Tok::Comma) {
                return Ok(Some(args));
            }
        }
        let mut any = args.positional > 0;
        // Either kind of unpacking may stand among keywords, but `*` not after `**`.
        while let Some((double, a)) = self.keyword()? {
            let star = a.kind == Kind::Starred && !double;
            if star && args.unpacks {
                self.pos = comma;
                return Ok(Some(args));
            }
            any = true;
            args.keywords = true;
            args.unpacks |= double;
            if star {
                args.positional += 1;
                args.last_positional = a.span;
            }
            comma = self.pos;
            if !self.eat(Tok::Comma) {
                return Ok(Some(args));
            }
        }
        self.pos = comma;
        Ok(any.then_some(args))
    }

    fn invalid_arguments(&mut self) -> Result<(), Stop> {
        let start = self.pos;
        if let Some(args) = self.attempt(Self::args)? {
            let comma = self.here().start;
            if args.keywords && self.eat(Tok::Comma) && self.at(Tok::Star) && self.star_argument()?.is_some() {
                let message = "iterable argument unpacking follows keyword argument unpacking";
                return self.raise_from(comma, message);
            }
        }
        self.pos = start;
        if let Some(a) = self.attempt(Self::expression)?
            && let Some(end) = self.for_clauses()?
            && self.eat(Tok::Comma)
        {
            let more = self.ahead(|e| Ok(e.args()?.map(|_| ())))?.is_some();
            let another = more || self.ahead(Self::expression)?.is_some();
            if another || self.at(Tok::RParen) {
                return self.raise(Span::new(a.span.start, end), GENERATOR);
            }
        }
        self.pos = start;
        if self.is_name(start) && self.peek2() == Tok::Eq {
            let span = self.here().to(self.span(start + 1));
            self.bump();
            self.bump();
            if self.expression()?.is_some() && self.for_clauses()?.is_some() {
                return self.raise(span, MAYBE_EQUALS);
            }
        }
        self.pos = start;
        let args = self.attempt(Self::args)?;
        let after_args = self.pos;
        if args.is_none() || self.eat(Tok::Comma) {
            self.missing_value()?;
        }
        self.pos = start;
        self.missing_value()?;
        let Some(args) = args else { return Ok(()) };
        self.pos = after_args;
        if args.positional > 1
            && !args.keywords
            && let Some(end) = self.for_clauses()?
        {
            return self.raise(Span::new(args.last_positional.start, end), GENERATOR);
        }
        self.pos = after_args;
        if !self.eat(Tok::Comma) {
            return Ok(());
        }
        let after_comma = self.pos;
        if let Some(a) = self.attempt(Self::expression)?
            && let Some(end) = self.for_clauses()?
        {
            return self.raise(Span::new(a.span.start, end), GENERATOR);
        }
        self.pos = after_comma;
        if self.attempt(Self::args)?.is_some() {
            let message = if args.unpacks {
                "positional argument follows keyword argument unpacking"
            } else {
                "positional argument follows keyword argument"
            };
            return self.raise_last(message);
        }
        Ok(())
    }

    /// `a=` with nothing behind it.
    fn missing_value(&mut self) -> Result<(), Stop> {
        if self.is_name(self.pos) && self.peek2() == Tok::Eq {
            let span = self.here().to(self.span(self.pos + 1));
            if matches!(self.tok_at(self.pos + 2), Tok::Comma | Tok::RParen) {
                return self.raise(span, "expected argument value expression");
            }
        }
        Ok(())
    }

    // ---- Parameters ----

    /// The parameters of a `lambda` or a `def`, up to what closes them; nothing where they make no sense.
    pub(super) fn parameters(&mut self, lambda: bool) -> Parse<()> {
        let close = if lambda { Tok::Colon } else { Tok::RParen };
        let (mut any, mut default, mut slash, mut star) = (false, false, false, false);
        loop {
            let here = self.here();
            match self.peek() {
                Tok::Slash => {
                    let problem = if slash {
                        "/ may appear only once"
                    } else if star {
                        "/ must be ahead of *"
                    } else if !any && (!self.strict || self.peek2() != Tok::Comma) {
                        return Ok(None);
                    } else if !any {
                        "at least one argument must precede /"
                    } else {
                        ""
                    };
                    if !problem.is_empty() {
                        return self.wrong(here, problem);
                    }
                    self.bump();
                    slash = true;
                    if self.at(Tok::Star) {
                        return self.wrong(self.here(), "expected comma between / and *");
                    }
                }
                Tok::Star => {
                    if star && self.strict && (self.peek2() == Tok::Comma || self.is_name(self.pos + 1)) {
                        return self.wrong(here, "* argument may appear only once");
                    }
                    if star {
                        return Ok(None);
                    }
                    star = true;
                    self.bump();
                    if self.eat_name() {
                        self.annotation(lambda, true)?;
                        if self.at(Tok::Eq) {
                            return self.wrong(self.here(), "var-positional argument cannot have default value");
                        }
                    } else {
                        let bare = self.at(close)
                            || (self.at(Tok::Comma) && (self.peek2() == close || self.peek2() == Tok::StarStar));
                        if bare && self.strict && lambda {
                            return self.raise_last("named arguments must follow bare *");
                        }
                        if bare {
                            return self.wrong(here, "named arguments must follow bare *");
                        }
                    }
                }
                Tok::StarStar => {
                    self.bump();
                    if !self.eat_name() {
                        return Ok(None);
                    }
                    self.annotation(lambda, false)?;
                    if self.at(Tok::Eq) {
                        return self.wrong(self.here(), "var-keyword argument cannot have default value");
                    }
                    if self.eat(Tok::Comma)
                        && (self.is_name(self.pos) || matches!(self.peek(), Tok::Star | Tok::StarStar | Tok::Slash))
                    {
                        return self.wrong(self.here(), "arguments cannot follow var-keyword argument");
                    }
                    return Ok(Some(()));
                }
                Tok::LParen if !star => {
                    if self.strict {
                        self.parenthesised_parameters(lambda)?;
                    }
                    return Ok(None);
                }
                _ if self.is_name(self.pos) => {
                    self.bump();
                    self.annotation(lambda, false)?;
                    any = true;
                    if self.at(Tok::Eq) {
                        let equals = self.here();
                        self.bump();
                        if self.at(Tok::Comma) || self.at(close) {
                            return self.wrong(equals, "expected default value expression");
                        }
                        need!(self.expression());
                        default = true;
                    } else if default && !star && (self.at(Tok::Comma) || self.at(close)) {
                        return self.wrong(here, "parameter without a default follows parameter with a default");
                    }
                }
                _ => return Ok(Some(())),
            }
            if !self.eat(Tok::Comma) {
                return Ok(Some(()));
            }
        }
    }

    /// A known mistake when looking for one, otherwise nothing.
    fn wrong(&mut self, span: Span, message: &str) -> Parse<()> {
        if self.strict { self.raise(span, message) } else { Ok(None) }
    }

    fn annotation(&mut self, lambda: bool, star: bool) -> Result<(), Stop> {
        if !lambda && self.at(Tok::Colon) {
            self.bump();
            if star && self.at(Tok::Star) {
                self.bump();
            }
            self.attempt(Self::expression)?;
        }
        Ok(())
    }

    /// `(a, b)` among parameters, as Python 2 had it.
    fn parenthesised_parameters(&mut self, lambda: bool) -> Result<(), Stop> {
        let start = self.here();
        self.bump();
        while self.eat_name() {
            if !self.eat(Tok::Comma) {
                break;
            }
        }
        if self.at(Tok::RParen) {
            let what = if lambda { "Lambda expression" } else { "Function" };
            let span = start.to(self.here());
            return self.raise(span, format!("{what} parameters cannot be parenthesized"));
        }
        Ok(())
    }

    // ---- Strings ----

    pub(super) fn strings(&mut self) -> Parse<X> {
        let start = self.here().start;
        let mut format = false;
        loop {
            match self.peek() {
                Tok::Str => self.bump(),
                Tok::FStart => {
                    format = true;
                    need!(self.format_string());
                }
                _ => break,
            }
        }
        Ok(Some(x(if format { Kind::FString } else { Kind::Literal }, Span::new(start, self.end()))))
    }

    fn format_string(&mut self) -> Parse<()> {
        self.bump();
        need!(self.format_parts());
        Ok(self.eat(Tok::FEnd).then_some(()))
    }

    fn format_parts(&mut self) -> Parse<()> {
        loop {
            match self.peek() {
                Tok::FMiddle => self.bump(),
                Tok::LBrace => {
                    if self.depth >= super::MAX_NESTING {
                        return Err(Stop);
                    }
                    self.depth += 1;
                    let field = self.field();
                    self.depth -= 1;
                    need!(field);
                }
                _ => return Ok(Some(())),
            }
        }
    }

    fn field(&mut self) -> Parse<()> {
        let start = self.pos;
        if let Some(()) = self.attempt(Self::valid_field)? {
            return Ok(Some(()));
        }
        if !self.strict {
            return Ok(None);
        }
        self.pos = start + 1;
        let next = self.peek();
        if matches!(next, Tok::Eq | Tok::Bang | Tok::Colon | Tok::RBrace) {
            let message = format!("f-string: valid expression required before '{}'", next.text());
            return self.raise_here(message);
        }
        if self.attempt(Self::right_side)?.is_none() {
            return self.raise_here("f-string: expecting a valid expression after '{'");
        }
        if !matches!(self.peek(), Tok::Eq | Tok::Bang | Tok::Colon | Tok::RBrace) {
            return self.raise_here("f-string: expecting '=', or '!', or ':', or '}'");
        }
        if self.eat(Tok::Eq) && !matches!(self.peek(), Tok::Bang | Tok::Colon | Tok::RBrace) {
            return self.raise_here("f-string: expecting '!', or ':', or '}'");
        }
        if self.eat(Tok::Bang) {
            if matches!(self.peek(), Tok::Colon | Tok::RBrace) {
                return self.raise_here("f-string: missing conversion character");
            }
            if !self.eat_name() {
                return self.raise_here("f-string: invalid conversion character");
            }
        }
        if !matches!(self.peek(), Tok::Colon | Tok::RBrace) {
            return self.raise_here("f-string: expecting ':' or '}'");
        }
        if self.eat(Tok::Colon) {
            self.attempt(Self::format_parts)?;
            if !self.at(Tok::RBrace) {
                return self.raise_here("f-string: expecting '}', or format specs");
            }
        }
        if !self.at(Tok::RBrace) {
            return self.raise_here("f-string: expecting '}'");
        }
        Ok(None)
    }

    fn valid_field(&mut self) -> Parse<()> {
        self.bump();
        need!(self.attempt(Self::right_side));
        self.eat(Tok::Eq);
        if self.eat(Tok::Bang) && !self.eat_name() {
            return Ok(None);
        }
        if self.eat(Tok::Colon) {
            need!(self.format_parts());
        }
        Ok(self.eat(Tok::RBrace).then_some(()))
    }
}
