//! From text to AST. Floor 1; knows nothing of bytecode or values.
//!
//! `scan` (logos) makes tokens, `layout` makes lines and blocks of them, `soft` finds soft keywords, the generated
//! parser builds the tree through `build`, `validate` checks what no grammar says. Only when that fails does `explain`
//! read the tokens a second time to find CPython's words for what is wrong. Invariant: for no input does anything here
//! panic, overflow the stack or take more than linear time.

pub mod ast;
pub mod dump;
pub mod error;
pub mod unparse;

mod build;
mod build_stmt;
mod doubt;
mod explain;
mod layout;
mod literal;
mod number;
mod pattern;
mod repr;
mod scan;
mod soft;
mod source;
mod token;
mod validate;

#[allow(clippy::all, clippy::pedantic, unused, reason = "generated")]
mod parser {
    lalrpop_util::lalrpop_mod!(pub(crate) grammar, "/thr.rs");
    pub(crate) use grammar::TopParser;
}

use ast::{Expr, Module, Stmt, StmtKind};
use build::Build;
use error::{End, Stage, SyntaxError, SyntaxErrorKind, SyntaxWarning};
use explain::Explained;
use lalrpop_util::ParseError;
pub use source::{decode_file, decode_source};
use token::{Tok, Token};

use crate::base::span::{LineIndex, Span};

/// How deep an expression's tree may be. Blocks nest at most 100 deep on top of that, brackets at most 200.
pub const MAX_DEPTH: u32 = 3000;

/// Parses a whole file.
pub fn parse_module(src: &str) -> Result<Module, SyntaxError> {
    parse_module_warn(src).map(|(module, _)| module)
}

/// Parses a whole file and tells what CPython would warn of.
pub fn parse_module_warn(src: &str) -> Result<(Module, Vec<SyntaxWarning>), SyntaxError> {
    let (body, mut warnings) = parse(src, Tok::StartModule)?;
    validate::module(&body, &mut warnings)?;
    Ok((Module { body, span: Span::new(0, src.len() as u32) }, warnings))
}

/// Parses one expression, as `eval` does.
pub fn parse_expression(src: &str) -> Result<Expr, SyntaxError> {
    parse_expression_warn(src).map(|(e, _)| e)
}

/// Parses one expression and tells what CPython would warn of.
pub fn parse_expression_warn(src: &str) -> Result<(Expr, Vec<SyntaxWarning>), SyntaxError> {
    let (body, mut warnings) = parse(src, Tok::StartExpression).map_err(|e| match e.span.start.checked_sub(1) {
        // No line end is added to an expression, so the backslash joins nothing.
        Some(at) if e.incomplete && e.end == End::Is(-1) && src.ends_with('\\') => {
            let message = "unexpected character after line continuation character".to_owned();
            SyntaxError { message, end: End::Is(0), ..generic(Span::new(at, at + 1)) }
        }
        _ => e,
    })?;
    match body.into_iter().next() {
        Some(Stmt { kind: StmtKind::Expr(e), .. }) => {
            validate::expression(&e, &mut warnings)?;
            Ok((e, warnings))
        }
        _ => Err(generic(Span::default())),
    }
}

/// Parses what stands in an interactive reader's buffer; an error whose `incomplete` is set asks for another line.
pub fn parse_interactive(src: &str) -> Result<Module, SyntaxError> {
    parse_module(src).map_err(|mut e| {
        e.incomplete |= needs_more(src);
        e
    })
}

/// Parses a statement as `compile(…, "single")` does: nothing may follow it.
pub fn parse_single(src: &str) -> Result<(Module, Vec<SyntaxWarning>), SyntaxError> {
    let (module, warnings) = parse_module_warn(src)?;
    let Some(first) = module.body.first() else { return Err(generic(Span::default()).ending(End::Nowhere)) };
    let block = first.span.text(src).contains('\n');
    let compound = matches!(
        first.kind,
        StmtKind::FunctionDef(_)
            | StmtKind::ClassDef(_)
            | StmtKind::For { .. }
            | StmtKind::While { .. }
            | StmtKind::If { .. }
            | StmtKind::With { .. }
            | StmtKind::Match { .. }
            | StmtKind::Try { .. }
    );
    let lines = LineIndex::new(src);
    let line = lines.line(first.span.start);
    let next = module.body[1..].iter().find(|s| compound || lines.line(s.span.start) > line);
    let at = if compound { next.map(|s| s.span.start) } else { next.map(|_| first.span.end) };
    if let Some(at) = at {
        let message = "multiple statements found while compiling a single statement";
        let error = SyntaxError { message: message.to_owned(), ..generic(Span::new(at, at)) };
        let word = src[at as usize..]
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(src.len() as u32, |n| at + n.max(1) as u32);
        return Err(if compound { generic(Span::new(at, word)) } else { error });
    }
    if compound && !block && !src.ends_with('\n') {
        return Err(generic(Span::new(src.len() as u32, src.len() as u32)));
    }
    Ok((module, warnings))
}

/// Does an interactive reader need another line after `src`? True inside of brackets, triple quotes and joined lines,
/// and inside of a block whose last line isn't blank.
pub fn needs_more(src: &str) -> bool {
    let tokens = layout::tokens(src);
    if tokens.error.is_some() || tokens.unclosed.is_some() {
        return tokens.incomplete;
    }
    let last = src.strip_suffix('\n').unwrap_or(src).rsplit('\n').next().unwrap_or("");
    (tokens.in_block && !last.trim().is_empty()) || tokens.only_decorators
}

fn generic(span: Span) -> SyntaxError {
    SyntaxError::new(Stage::Parser, SyntaxErrorKind::SyntaxError, "invalid syntax", span)
}

fn parse(src: &str, start: Tok) -> Result<(Vec<Stmt>, Vec<SyntaxWarning>), SyntaxError> {
    let mut tokens = layout::tokens(src);
    soft::mark(&mut tokens.toks, src);
    let mut cx = Build::new(src, &tokens.toks);
    let first = Token { tok: start, span: Span::default() };
    let stream = std::iter::once(&first).chain(&tokens.toks).map(|t| Ok((t.span.start, t.tok, t.span.end)));
    let parsed = parser::TopParser::new().parse(&mut cx, stream);
    let Build { error, suspect, mut warnings, .. } = cx;
    let eval = start == Tok::StartExpression;
    if let Some(e) = error {
        return Err(e);
    }
    let failed_at = match (parsed, suspect) {
        (Ok(body), None) => {
            warnings.append(&mut tokens.warnings);
            return Ok((body, warnings));
        }
        (Ok(_), Some(span)) => span.start,
        (Err(ParseError::UnrecognizedToken { token: (at, ..), .. }), Some(span)) => span.start.min(at),
        (Err(ParseError::UnrecognizedToken { token: (at, tok, r), .. }), None) => {
            let end = (tok, Span::new(at, r));
            let found = tokens.toks.iter().rposition(|t| (t.tok, t.span) == end);
            return Err(wrong(src, &mut tokens, found.unwrap_or(0), eval));
        }
        (Err(_), _) => 0,
    };
    let failed = tokens.toks.partition_point(|t| t.span.start < failed_at);
    Err(wrong(src, &mut tokens, failed, eval))
}

/// The error of a text whose parser stopped at token `failed`; `eval`: only an expression was to be read.
fn wrong(src: &str, tokens: &mut layout::Tokens, failed: usize, eval: bool) -> SyntaxError {
    let lines = LineIndex::new(src);
    let unclosed = tokens.unclosed.map(|b| {
        let message = format!("'{}' was never closed", b.open as char);
        // By then the scanner has read on, to the end of the text: CPython finds the line again, without its end.
        let stage = if src[b.pos as usize..].trim_end().contains('\n') { Stage::Scanner } else { Stage::Parser };
        SyntaxError { message, incomplete: true, stage, end: End::Is(0), ..generic(Span::new(b.pos, b.pos + 1)) }
    });
    let failed = failed.min(tokens.toks.len() - 1);
    let token = tokens.toks[failed];
    if token.tok == Tok::Error {
        return tokens.error.take().or(unclosed).unwrap_or(generic(token.span));
    }
    if src.is_empty() {
        return generic(Span::default()).ending(End::Nowhere);
    }
    let statement = failed == 0 && token.tok != Tok::Indent;
    if eval && (statement || (token.tok == Tok::Eq && explain::level(&tokens.toks[..failed]) == 0)) {
        return generic(token.span);
    }
    let Explained { error: found, stopped, last, saw_end } = explain::explain(src, tokens, failed, &lines);
    let reached = lines.line(tokens.toks[last].span.start);
    let failed = if eval && found.is_none() { failed } else { stopped };
    let token = tokens.toks[failed];
    // What the scanner can't read outranks what the parser can't.
    let indentation = matches!(token.tok, Tok::Indent | Tok::Dedent) && found.is_none();
    if !indentation
        && (!tokens.error_yields || saw_end)
        && let Some(e) = tokens.error.take()
    {
        return e;
    }
    let error = found.unwrap_or_else(|| match token.tok {
        Tok::Indent | Tok::Dedent => {
            let kind = SyntaxErrorKind::IndentationError;
            let message = if token.tok == Tok::Indent { "unexpected indent" } else { "unexpected unindent" };
            let span = explain::token_span(&tokens.toks, failed, &lines);
            SyntaxError::new(Stage::Parser, kind, message, span).ending(End::Is(-1))
        }
        Tok::Eof => generic(explain::token_span(&tokens.toks, failed, &lines)).ending(End::Nowhere),
        _ => generic(explain::token_span(&tokens.toks, failed, &lines)),
    });
    match unclosed {
        Some(u) if !indentation && (saw_end || reached > lines.line(u.span.start)) => u,
        _ => error,
    }
}
