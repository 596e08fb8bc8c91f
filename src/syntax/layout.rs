//! Lines to blocks: NEWLINE, INDENT and DEDENT tokens. Floor 1.
//!
//! Indentation is measured twice, with tabs to every eighth column and with tabs as one column, and the two measures
//! must agree (CPython's TabError). Invariant: every Indent has its Dedent, unless the tokens end in an Error.

use super::error::{SyntaxError, SyntaxErrorKind, SyntaxWarning};
use super::scan::{Bracket, Scanner};
use super::token::{Tok, Token};
use crate::base::span::Span;

/// CPython's limit of indentation levels.
const MAX_INDENTS: usize = 100;

/// A whole text as tokens, ending in `Eof` or `Error`.
pub(crate) struct Tokens {
    pub(crate) toks: Vec<Token>,
    /// Why the scanner gave up.
    pub(crate) error: Option<SyntaxError>,
    /// A mistake that the parser finds is reported in place of `error`.
    pub(crate) error_yields: bool,
    /// The innermost bracket that the end of the text left open.
    pub(crate) unclosed: Option<Bracket>,
    /// The text ended inside of a bracket, a triple-quoted string or a joined line.
    pub(crate) incomplete: bool,
    /// The last logical line stands inside of a block, or opens one.
    pub(crate) in_block: bool,
    /// The last logical line is a decorator.
    pub(crate) only_decorators: bool,
    pub(crate) warnings: Vec<SyntaxWarning>,
}

/// Reads all tokens of `src`.
pub(crate) fn tokens(src: &str) -> Tokens {
    let mut layout =
        Layout { src, scan: Scanner::new(src), toks: Vec::with_capacity(src.len() / 4), stack: vec![(0, 0)] };
    layout.run();
    let opens_block = layout
        .toks
        .iter()
        .rev()
        .find(|t| !matches!(t.tok, Tok::Newline | Tok::Dedent | Tok::Eof | Tok::Error))
        .is_some_and(|t| t.tok == Tok::Colon);
    let last_line = layout.toks.iter().rposition(|t| !matches!(t.tok, Tok::Newline | Tok::Dedent | Tok::Eof));
    let only_decorators = last_line.is_some_and(|end| {
        let start = layout.toks[..end].iter().rposition(|t| matches!(t.tok, Tok::Newline | Tok::Indent | Tok::Dedent));
        layout.toks[start.map_or(0, |i| i + 1)].tok == Tok::At
    });
    let Layout { mut scan, toks, stack, .. } = layout;
    let at_error = toks.last().is_some_and(|t| t.tok == Tok::Error);
    let unclosed = if at_error && scan.error.is_none() { scan.brackets.last().copied() } else { None };
    let mut error = scan.error.take();
    let incomplete = scan.incomplete || unclosed.is_some();
    if let Some(e) = &mut error {
        e.incomplete = incomplete;
    }
    let in_block = opens_block || stack.len() > 1;
    Tokens {
        toks,
        error,
        error_yields: scan.yields,
        unclosed,
        incomplete,
        in_block,
        only_decorators,
        warnings: scan.warnings,
    }
}

struct Layout<'s> {
    src: &'s str,
    scan: Scanner<'s>,
    toks: Vec<Token>,
    /// Open indentations: columns with tabs to 8 and to 1. What is left at the end tells `in_block`.
    stack: Vec<(u32, u32)>,
}

impl Layout<'_> {
    fn run(&mut self) {
        if self.src.starts_with('\u{feff}') {
            self.scan.skip_to('\u{feff}'.len_utf8());
        }
        let mut line_start = true;
        loop {
            if line_start {
                if !self.indentation() {
                    return;
                }
                line_start = false;
            }
            let token = self.scan.next();
            match token.tok {
                Tok::Newline if !self.scan.brackets.is_empty() => {}
                Tok::Newline => {
                    self.toks.push(token);
                    line_start = true;
                }
                Tok::Eof if !self.scan.brackets.is_empty() => {
                    self.toks.push(Token { tok: Tok::Error, span: token.span });
                    return;
                }
                Tok::Eof => {
                    if self.toks.last().is_some_and(|t| !matches!(t.tok, Tok::Newline | Tok::Indent | Tok::Dedent)) {
                        self.toks.push(Token { tok: Tok::Newline, span: token.span });
                    }
                    for _ in 1..self.stack.len() {
                        self.toks.push(Token { tok: Tok::Dedent, span: token.span });
                    }
                    self.toks.push(token);
                    return;
                }
                Tok::Error => {
                    self.toks.push(token);
                    return;
                }
                _ => self.toks.push(token),
            }
        }
    }

    /// Measures the indentation of the next line that isn't blank and emits what it means; false after an error.
    fn indentation(&mut self) -> bool {
        let bytes = self.src.as_bytes();
        let mut at = self.scan.pos();
        let (mut line, mut col, mut alt) = (at, 0u32, 0u32);
        let mut joined: Option<(u32, u32)> = None;
        loop {
            match bytes.get(at) {
                Some(b' ') => (col, alt) = (col + 1, alt + 1),
                Some(b'\t') => (col, alt) = ((col / 8 + 1) * 8, alt + 1),
                Some(b'\x0c') => (col, alt) = (0, 0),
                Some(b'\\') => {
                    let end = line_end(bytes, at + 1);
                    if end == at + 1 || end == bytes.len() {
                        break;
                    }
                    joined = joined.or(Some((col, alt)));
                    at = end;
                    continue;
                }
                Some(b'#') => {
                    while at < bytes.len() && !matches!(bytes[at], b'\n' | b'\r') {
                        at += 1;
                    }
                    continue;
                }
                Some(b'\n' | b'\r') => {
                    at = line_end(bytes, at);
                    (line, col, alt, joined) = (at, 0, 0, None);
                    continue;
                }
                None => {
                    self.scan.skip_to(at);
                    return true;
                }
                Some(_) => break,
            }
            at += 1;
        }
        self.scan.skip_to(at);
        self.place(line, at, joined.unwrap_or((col, alt)))
    }

    /// Compares the columns of a line's first token, at `at`, with the open indentations.
    fn place(&mut self, line: usize, at: usize, (col, alt): (u32, u32)) -> bool {
        let here = Span::new(at as u32, at as u32);
        let top = self.stack.last().copied().unwrap_or((0, 0));
        if col > top.0 {
            if self.stack.len() >= MAX_INDENTS {
                return self.fail(SyntaxErrorKind::IndentationError, "too many levels of indentation", line, at);
            }
            if alt <= top.1 {
                return self.tab_error(line, at);
            }
            self.stack.push((col, alt));
            self.toks.push(Token { tok: Tok::Indent, span: Span::new(line as u32, at as u32) });
            return true;
        }
        while let Some(&top) = self.stack.last() {
            if col < top.0 && self.stack.len() > 1 {
                self.stack.pop();
                self.toks.push(Token { tok: Tok::Dedent, span: here });
                continue;
            }
            if col != top.0 {
                let message = "unindent does not match any outer indentation level";
                return self.fail(SyntaxErrorKind::IndentationError, message, line, at);
            }
            if alt != top.1 {
                return self.tab_error(line, at);
            }
            break;
        }
        true
    }

    fn tab_error(&mut self, line: usize, at: usize) -> bool {
        self.fail(SyntaxErrorKind::TabError, "inconsistent use of tabs and spaces in indentation", line, at)
    }

    fn fail(&mut self, kind: SyntaxErrorKind, message: &str, line: usize, at: usize) -> bool {
        let bytes = self.src.as_bytes();
        let end = (at..bytes.len()).find(|&i| matches!(bytes[i], b'\n' | b'\r')).unwrap_or(bytes.len());
        // CPython points past the line's end for a wrong unindent, at the line's start for the others.
        let span = if message.starts_with("unindent") {
            Span::new(end as u32, end as u32)
        } else {
            Span::new(line as u32, line as u32)
        };
        let token = self.scan.fail(kind, message, span);
        self.scan.end_is(if message.starts_with("unindent") { -1 } else { 0 });
        // The dedents already seen would only hide the error.
        while self.toks.last().is_some_and(|t| t.tok == Tok::Dedent) {
            self.toks.pop();
        }
        self.toks.push(Token { tok: token.tok, span: Span::new(at as u32, at as u32) });
        false
    }
}

/// Just past the line end that starts at `at`, or `at` where there is none.
fn line_end(bytes: &[u8], at: usize) -> usize {
    match (bytes.get(at), bytes.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) => at + 2,
        (Some(b'\r' | b'\n'), _) => at + 1,
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Tok::*;

    fn toks(src: &str) -> Vec<Tok> {
        tokens(src).toks.iter().map(|t| t.tok).collect()
    }

    #[test]
    fn blocks() {
        let src = "if a:\n  b\n\n  # note\n  c\nd";
        assert_eq!(
            toks(src),
            [If, Name, Colon, Newline, Indent, Name, Newline, Name, Newline, Dedent, Name, Newline, Eof]
        );
        assert_eq!(toks("if a:\r\n\tb\r\n"), [If, Name, Colon, Newline, Indent, Name, Newline, Dedent, Eof]);
        assert_eq!(toks("a\rb"), [Name, Newline, Name, Newline, Eof]);
    }

    #[test]
    fn brackets_and_joins() {
        assert_eq!(toks("(\n a\n)\n"), [LParen, Name, RParen, Newline, Eof]);
        assert_eq!(toks("a \\\n  b\n"), [Name, Name, Newline, Eof]);
        assert!(tokens("(a").unclosed.is_some());
        assert!(tokens("a \\\n").incomplete);
        assert!(tokens("'''a").incomplete);
    }

    #[test]
    fn tabs() {
        let kind = |s| tokens(s).error.map(|e| e.kind);
        assert_eq!(kind("if x:\n\ta\n        b\n"), Some(SyntaxErrorKind::TabError));
        assert_eq!(kind("if x:\n    a\n  b\n"), Some(SyntaxErrorKind::IndentationError));
        assert!(kind("if x:\n\ta\n\tb\n").is_none());
    }

    #[test]
    fn form_feed_and_bom() {
        assert_eq!(toks("\u{feff}a\n  \x0cb\n"), [Name, Newline, Name, Newline, Eof]);
    }
}
