//! Characters to tokens: names, numbers, strings, f-strings, brackets. Floor 1.
//!
//! logos finds where a token starts; what a regular expression can't say (numbers' errors, strings, PEP 701) is read by
//! hand from there. Invariant: after the first `Tok::Error` no more tokens are made, and `error` says why.

use super::error::{End, Stage, SyntaxError, SyntaxErrorKind, SyntaxWarning};
use super::token::{Tok, Token};
use crate::base::span::Span;
use logos::{Lexer, Logos};
use unicode_ident::{is_xid_continue, is_xid_start};
use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// CPython's limit of open brackets.
pub(crate) const MAX_BRACKETS: usize = 200;
/// CPython's limit of f-strings inside of f-strings.
const MAX_FSTRINGS: usize = 149;
/// How deep fields may stand in format specs, the outermost one included.
const MAX_FIELDS: usize = 3;

/// An open bracket.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bracket {
    pub(crate) open: u8,
    pub(crate) pos: u32,
}

/// An f-string which is being read.
#[derive(Debug)]
struct FMode {
    quote: u8,
    triple: bool,
    raw: bool,
    start: u32,
    /// For each field we are in, the number of open brackets with its own.
    fields: Vec<usize>,
    /// Reading literal text (of the string or of a format spec) rather than an expression.
    literal: bool,
}

/// The state of reading one text.
pub(crate) struct Scanner<'s> {
    pub(super) src: &'s str,
    lex: Lexer<'s, Tok>,
    pub(crate) brackets: Vec<Bracket>,
    fstrings: Vec<FMode>,
    pub(crate) error: Option<SyntaxError>,
    /// The error counts only if the parser gets there; a mistake found before it is reported in its place.
    pub(crate) yields: bool,
    /// The error was an end of text inside of a triple-quoted string or after a backslash.
    pub(crate) incomplete: bool,
    pub(crate) warnings: Vec<SyntaxWarning>,
}

impl<'s> Scanner<'s> {
    pub(crate) fn new(src: &'s str) -> Self {
        Scanner {
            src,
            lex: Tok::lexer(src),
            brackets: Vec::new(),
            fstrings: Vec::new(),
            error: None,
            yields: false,
            incomplete: false,
            warnings: Vec::new(),
        }
    }

    /// Where the next token will be looked for.
    pub(crate) fn pos(&self) -> usize {
        self.lex.span().end
    }

    /// Continues at `pos`, which lies ahead.
    pub(crate) fn skip_to(&mut self, pos: usize) {
        let n = pos.saturating_sub(self.pos());
        self.lex.bump(n);
    }

    /// Continues at `pos`, which may lie behind.
    fn restart_at(&mut self, pos: usize) {
        self.lex = Tok::lexer(self.src);
        self.lex.bump(pos);
    }

    /// Records the first error; every error ends the scan.
    pub(crate) fn fail(&mut self, kind: SyntaxErrorKind, message: impl Into<String>, span: Span) -> Token {
        if self.error.is_none() {
            self.yields = !self.fstrings.is_empty() || kind != SyntaxErrorKind::SyntaxError;
            self.error = Some(SyntaxError::new(Stage::Scanner, kind, message, span).ending(End::Start));
        }
        Token { tok: Tok::Error, span }
    }

    /// The error that was just found is the parser's word for a failure of the scanner: it has the whole line, and this
    /// in place of an end.
    pub(crate) fn end_is(&mut self, end: i8) {
        if let Some(e) = &mut self.error {
            (e.stage, e.end) = (Stage::Parser, End::Is(end));
        }
    }

    /// A plain syntax error that points at the character which ends at `end`.
    pub(super) fn fail_before(&mut self, end: usize, message: impl Into<String>) -> Token {
        let start = self.src[..end].char_indices().next_back().map_or(0, |(i, _)| i);
        self.fail(SyntaxErrorKind::SyntaxError, message, Span::new(start as u32, end as u32))
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.src.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// The next token. Comments and joined lines are left out, line ends come as they are.
    pub(crate) fn next(&mut self) -> Token {
        loop {
            if self.fstrings.last().is_some_and(|f| f.literal) {
                return self.fstring_literal();
            }
            let Some(found) = self.lex.next() else {
                let end = self.src.len() as u32;
                return Token { tok: Tok::Eof, span: Span::new(end, end) };
            };
            let range = self.lex.span();
            let (start, end) = (range.start, range.end);
            let tok = found.unwrap_or(Tok::Unknown);
            let token = Token { tok, span: Span::new(start as u32, end as u32) };
            return match tok {
                Tok::Comment => continue,
                Tok::Continuation if end == self.src.len() => self.end_after_backslash(start),
                Tok::Continuation => continue,
                Tok::Unknown if self.byte(start) == b'\\' => self.stray_backslash(start),
                Tok::Unknown => self.stray(start),
                Tok::Number => self.number(start),
                Tok::Str => self.string(start, end),
                Tok::NonAscii => self.identifier(start),
                Tok::Name if self.byte(end) >= 0x80 => self.identifier(start),
                t if t.is_keyword() && self.byte(end) >= 0x80 => self.identifier(start),
                Tok::LParen | Tok::LBracket | Tok::LBrace => self.open(token),
                Tok::RParen | Tok::RBracket | Tok::RBrace => self.close(token),
                Tok::Colon | Tok::ColonEq if self.at_field_level() => {
                    if tok == Tok::ColonEq {
                        self.restart_at(start + 1);
                    }
                    if let Some(f) = self.fstrings.last_mut() {
                        f.literal = true;
                    }
                    Token { tok: Tok::Colon, span: Span::new(start as u32, start as u32 + 1) }
                }
                _ => token,
            };
        }
    }

    /// Inside of an f-string's field, with no bracket open but the field's own?
    fn at_field_level(&self) -> bool {
        self.fstrings.last().is_some_and(|f| f.fields.last() == Some(&self.brackets.len()))
    }

    fn stray_backslash(&mut self, start: usize) -> Token {
        if start + 1 == self.src.len() {
            return self.end_after_backslash(start);
        }
        let width = self.src[start + 1..].chars().next().map_or(1, char::len_utf8);
        let token = self.fail_before(start + 1 + width, "unexpected character after line continuation character");
        self.end_is(0);
        self.yields = true;
        token
    }

    fn end_after_backslash(&mut self, start: usize) -> Token {
        self.incomplete = true;
        let span = Span::new(start as u32 + 1, start as u32 + 1);
        let token = self.fail(SyntaxErrorKind::SyntaxError, "unexpected EOF while parsing", span);
        self.end_is(-1);
        self.yields = true;
        token
    }

    /// A character that starts no token: an error if it doesn't print, otherwise the parser's business.
    fn stray(&mut self, start: usize) -> Token {
        let b = self.byte(start);
        if b < 0x20 || b == 0x7f {
            return self.fail_before(start + 1, format!("invalid non-printable character U+{b:04X}"));
        }
        Token { tok: Tok::Unknown, span: Span::new(start as u32, start as u32 + 1) }
    }

    /// An identifier with characters beyond ASCII; letters are judged after NFKC, as PEP 3131 says.
    fn identifier(&mut self, start: usize) -> Token {
        let rest = &self.src[start..];
        let len = rest.find(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = &rest[..len];
        for (i, c) in word.char_indices() {
            let fine = |c: char, first: bool| c == '_' || if first { is_xid_start(c) } else { is_xid_continue(c) };
            let ok = fine(c, i == 0) && (c.is_ascii() || c.nfkc().enumerate().all(|(k, n)| fine(n, i == 0 && k == 0)));
            if ok {
                continue;
            }
            let code = c as u32;
            let message = if is_printable(c) {
                format!("invalid character '{c}' (U+{code:04X})")
            } else {
                format!("invalid non-printable character U+{code:04X}")
            };
            return self.fail_before(start + i + c.len_utf8(), message);
        }
        self.skip_to(start + len);
        Token { tok: Tok::Name, span: Span::new(start as u32, (start + len) as u32) }
    }

    fn open(&mut self, token: Token) -> Token {
        if self.brackets.len() >= MAX_BRACKETS {
            return self.fail_before(token.span.end as usize, "too many nested parentheses");
        }
        self.brackets.push(Bracket { open: self.byte(token.span.start as usize), pos: token.span.start });
        token
    }

    fn close(&mut self, token: Token) -> Token {
        let close = self.byte(token.span.start as usize) as char;
        let end = token.span.end as usize;
        if self.at_field_level() {
            if close != '}' {
                return self.fail_before(end, format!("f-string: unmatched '{close}'"));
            }
            self.brackets.pop();
            if let Some(f) = self.fstrings.last_mut() {
                f.fields.pop();
                f.literal = true;
            }
            return token;
        }
        let prefix = if self.fstrings.is_empty() { "" } else { "f-string: " };
        let Some(top) = self.brackets.pop() else {
            return self.fail_before(end, format!("{prefix}unmatched '{close}'"));
        };
        let open = top.open as char;
        if matches!((open, close), ('(', ')') | ('[', ']') | ('{', '}')) {
            return token;
        }
        let between = &self.src.as_bytes()[top.pos as usize..end];
        let message = if between.iter().any(|b| matches!(b, b'\n' | b'\r')) {
            let line = crate::base::span::LineIndex::new(&self.src[..end]).line(top.pos);
            format!("closing parenthesis '{close}' does not match opening parenthesis '{open}' on line {line}")
        } else {
            format!("closing parenthesis '{close}' does not match opening parenthesis '{open}'")
        };
        self.fail_before(end, message)
    }

    /// A string or the start of an f-string; its prefix and first quote lie in `start..end`.
    fn string(&mut self, start: usize, end: usize) -> Token {
        let quote = self.byte(end - 1);
        let prefix = &self.src.as_bytes()[start..end - 1];
        let has = |p: u8| prefix.iter().any(|b| b.eq_ignore_ascii_case(&p));
        let triple = self.byte(end) == quote && self.byte(end + 1) == quote;
        let body = if triple { end + 2 } else { end };
        if has(b'f') {
            if self.fstrings.len() >= MAX_FSTRINGS {
                return self.fail_before(end, "too many nested f-strings");
            }
            self.skip_to(body);
            let raw = has(b'r');
            let start = start as u32;
            self.fstrings.push(FMode { quote, triple, raw, start, fields: Vec::new(), literal: true });
            return Token { tok: Tok::FStart, span: Span::new(start, body as u32) };
        }
        let bytes = self.src.as_bytes();
        let mut at = body;
        let mut escaped_quote = false;
        loop {
            match bytes.get(at) {
                None => break,
                Some(b'\\') => {
                    escaped_quote |= bytes.get(at + 1) == Some(&quote);
                    let crlf = bytes.get(at + 1) == Some(&b'\r') && bytes.get(at + 2) == Some(&b'\n');
                    at += if crlf { 3 } else { 2 };
                }
                Some(b'\n' | b'\r') if !triple => break,
                Some(&b) if b == quote && (!triple || bytes[at..].starts_with(&[quote; 3])) => {
                    let end = if triple { at + 3 } else { at + 1 };
                    self.skip_to(end);
                    return Token { tok: Tok::Str, span: Span::new(start as u32, end as u32) };
                }
                Some(_) => at += 1,
            }
        }
        let at = at.min(bytes.len());
        if let Some(f) = self.fstrings.last()
            && f.quote == quote
            && f.triple == triple
        {
            return self.fail_before(start + 1, "f-string: expecting '}'");
        }
        let line = self.line_of(at);
        if triple {
            self.incomplete = true;
            let message = format!("unterminated triple-quoted string literal (detected at line {line})");
            return self.fail_before(start + 1, message);
        }
        self.incomplete = at == bytes.len() && bytes.ends_with(b"\\") || self.src[..at].ends_with("\\\n");
        let hint = if escaped_quote { "; perhaps you escaped the end quote?" } else { "" };
        self.fail_before(start + 1, format!("unterminated string literal (detected at line {line}){hint}"))
    }

    /// The line of `at` as CPython counts it where a literal ran into the end of the text.
    fn line_of(&self, at: usize) -> u32 {
        let at = at.min(self.src.len());
        let index = crate::base::span::LineIndex::new(&self.src[..at]);
        let line = index.line(at as u32);
        let at_end = at == self.src.len();
        if at_end && line > 1 && index.line_start(line) == Some(at as u32) { line - 1 } else { line }
    }

    /// The next piece of the innermost f-string: its end, a brace, or text up to one of them.
    fn fstring_literal(&mut self) -> Token {
        let start = self.pos();
        let Some(f) = self.fstrings.last() else { return Token { tok: Tok::Error, span: Span::default() } };
        let (quote, triple, raw, in_spec) = (f.quote, f.triple, f.raw, !f.fields.is_empty());
        let fstart = f.start as usize;
        let bytes = self.src.as_bytes();
        let is_end = |at: usize| bytes[at] == quote && (!triple || bytes[at..].starts_with(&[quote; 3]));
        let mut at = start;
        let mut named = false;
        let stop = loop {
            let Some(&b) = bytes.get(at) else { break None };
            match b {
                b'\n' | b'\r' if !triple => break Some(b),
                b'{' if !in_spec && bytes.get(at + 1) == Some(&b'{') => at += 2,
                b'{' => break Some(b),
                b'}' if named => {
                    named = false;
                    at += 1;
                }
                b'}' if !in_spec && bytes.get(at + 1) == Some(&b'}') => at += 2,
                b'}' => break Some(b),
                _ if is_end(at) => break Some(b),
                b'\\' => match bytes.get(at + 1) {
                    // A backslash does not protect a brace.
                    Some(b'{' | b'}') => at += 1,
                    Some(b'N') if !raw && bytes.get(at + 2) == Some(&b'{') => {
                        named = true;
                        at += 3;
                    }
                    Some(b'\r') if bytes.get(at + 2) == Some(&b'\n') => at += 3,
                    Some(_) => at += 2,
                    None => at += 1,
                },
                _ => at += 1,
            }
        };
        let at = at.min(bytes.len());
        let middle = Token { tok: Tok::FMiddle, span: Span::new(start as u32, at as u32) };
        match stop {
            Some(b'\n' | b'\r') if in_spec => {
                self.skip_to(at);
                if let Some(f) = self.fstrings.last_mut() {
                    f.literal = false;
                }
                middle
            }
            None | Some(b'\n' | b'\r') => {
                let line = self.line_of(at);
                let what = if triple { "triple-quoted f-string" } else { "f-string" };
                self.incomplete = triple;
                self.fail_before(fstart + 1, format!("unterminated {what} literal (detected at line {line})"))
            }
            Some(_) if at > start => {
                self.skip_to(at);
                middle
            }
            Some(b'{') => {
                self.skip_to(at + 1);
                let token = self.open(Token { tok: Tok::LBrace, span: Span::new(at as u32, at as u32 + 1) });
                let depth = self.brackets.len();
                let too_deep = self.fstrings.last_mut().is_some_and(|f| {
                    f.fields.push(depth);
                    f.literal = false;
                    f.fields.len() > MAX_FIELDS
                });
                if too_deep && token.tok != Tok::Error {
                    return self.fail_before(at, "f-string: expressions nested too deeply");
                }
                token
            }
            Some(b'}') => {
                self.skip_to(at + 1);
                if !in_spec {
                    return self.fail_before(at + 1, "f-string: single '}' is not allowed");
                }
                self.close(Token { tok: Tok::RBrace, span: Span::new(at as u32, at as u32 + 1) })
            }
            Some(_) => {
                let end = if triple { at + 3 } else { at + 1 };
                self.skip_to(end);
                self.fstrings.pop();
                Token { tok: Tok::FEnd, span: Span::new(at as u32, end as u32) }
            }
        }
    }
}

/// CPython's `str.isprintable` for one character, as far as error messages need it.
pub(crate) fn is_printable(c: char) -> bool {
    !matches!(c.general_category_group(), GeneralCategoryGroup::Other | GeneralCategoryGroup::Separator) || c == ' '
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(src: &str) -> Vec<(Tok, &str)> {
        let mut s = Scanner::new(src);
        let mut out = Vec::new();
        loop {
            let t = s.next();
            if matches!(t.tok, Tok::Eof | Tok::Error) {
                if t.tok == Tok::Error {
                    out.push((t.tok, ""));
                }
                return out;
            }
            out.push((t.tok, t.span.text(src)));
        }
    }

    fn message(src: &str) -> String {
        let mut s = Scanner::new(src);
        while !matches!(s.next().tok, Tok::Eof | Tok::Error) {}
        s.error.map(|e| e.message).unwrap_or_default()
    }

    #[test]
    fn numbers() {
        for n in ["1.", ".5", "1e5", "1_000", "0x_ff", "0b1", "00_0", "1j", "01.5", "1.e-3J"] {
            assert_eq!(scan(n), [(Tok::Number, n)], "{n}");
        }
        assert_eq!(scan("1if x"), [(Tok::Number, "1"), (Tok::If, "if"), (Tok::Name, "x")]);
        assert_eq!(scan("1..real"), [(Tok::Number, "1."), (Tok::Dot, "."), (Tok::Name, "real")]);
        for n in ["1__0", "1e", "1_", "1abc", "1.real"] {
            assert_eq!(message(n), "invalid decimal literal", "{n}");
        }
        assert!(message("0_7").starts_with("leading zeros"));
    }

    #[test]
    fn fstrings() {
        use Tok::*;
        let toks: Vec<Tok> = scan("f\"a{{{x!r:>{w}}}}\"").into_iter().map(|t| t.0).collect();
        assert_eq!(
            toks,
            [FStart, FMiddle, LBrace, Name, Bang, Name, Colon, FMiddle, LBrace, Name, RBrace, RBrace, FMiddle, FEnd]
        );
        let toks: Vec<Tok> = scan("f'{x:=^10}{f'{1}'}'").into_iter().map(|t| t.0).collect();
        assert_eq!(
            toks,
            [FStart, LBrace, Name, Colon, FMiddle, RBrace, LBrace, FStart, LBrace, Number, RBrace, FEnd, RBrace, FEnd]
        );
    }

    #[test]
    fn identifiers() {
        assert_eq!(scan("é_1 iffé"), [(Tok::Name, "é_1"), (Tok::Name, "iffé")]);
        assert_eq!(scan("ifé"), [(Tok::Name, "ifé")]);
        assert_eq!(message("a€"), "invalid character '€' (U+20AC)");
    }
}
