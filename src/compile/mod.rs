//! From AST to register bytecode. Floor 2; imports `base`, `syntax` and `bytecode` only.
//!
//! `scope` says where each name lives; `unit` holds what is being built for one block; the other files each compile
//! one kind of construct, in CPython's order of evaluation. Invariant: whatever this gives passes
//! [`crate::bytecode::verify::verify`], and no input makes it panic.

mod assign;
mod call;
mod class;
mod comp;
mod cond;
mod display;
mod expr;
mod fold;
mod func;
mod generic;
mod import;
mod names;
mod pattern;
mod regs;
mod scope;
mod stmt;
mod symbols;
mod try_;
mod unit;
mod walk;

use crate::base::span::Span;
use crate::bytecode::program::{Code, CodeKind, Source};
use crate::syntax::ast::{Expr, Module, Stmt, StmtKind};
use crate::syntax::error::{SyntaxError, SyntaxErrorKind};
use std::sync::Arc;
use symbols::{ScopeId, Scopes};
use unit::{Shared, Unit};

/// What every compiling function gives.
type Res<T = ()> = Result<T, SyntaxError>;

/// A plain `SyntaxError`.
fn error(span: Span, message: impl Into<String>) -> SyntaxError {
    SyntaxError { kind: SyntaxErrorKind::SyntaxError, message: message.into(), span, help: None, incomplete: false }
}

/// The answer to everything `async`.
fn no_async(span: Span) -> SyntaxError {
    error(span, "async functions are not supported by this version of thr")
}

/// Compiles a module.
pub fn compile_module(module: &Module, source: Arc<Source>) -> Result<Arc<Code>, SyntaxError> {
    block(&module.body, module.span, source, CodeKind::Module, false)
}

/// Compiles a REPL entry: the value of each expression statement is shown.
pub fn compile_interactive(module: &Module, source: Arc<Source>) -> Result<Arc<Code>, SyntaxError> {
    block(&module.body, module.span, source, CodeKind::Module, true)
}

/// Compiles a text for `exec`: names are in the mapping `r[0]`, then globals.
pub fn compile_exec(module: &Module, source: Arc<Source>) -> Result<Arc<Code>, SyntaxError> {
    block(&module.body, module.span, source, CodeKind::Exec, false)
}

/// Compiles an expression for `eval`: as [`compile_exec`], returning the value.
pub fn compile_eval(e: &Expr, source: Arc<Source>) -> Result<Arc<Code>, SyntaxError> {
    let shared =
        Shared { source, scopes: scope::of_expr(e)?, future_annotations: false, interactive: false, future_end: 0 };
    retry(|wide| {
        let mut u = Unit::new(&shared, ScopeId(0), CodeKind::Exec, names::module_name(), names::module_name(), wide);
        let r = u.operand(e)?;
        u.op(crate::bytecode::ops::Op::Return, r, 0, 0, e.span);
        u.finish(e.span, None)
    })
}

fn block(body: &[Stmt], span: Span, source: Arc<Source>, kind: CodeKind, interactive: bool) -> Res<Arc<Code>> {
    let (future_annotations, future_end) = import::future(body)?;
    let scopes: Scopes = scope::of_module(body, future_annotations)?;
    let shared = Shared { source, scopes, future_annotations, interactive, future_end };
    retry(|wide| {
        let mut u = Unit::new(&shared, ScopeId(0), kind, names::module_name(), names::module_name(), wide);
        let doc = if interactive { None } else { func::docstring(body) };
        if has_annotations(body) {
            u.op(crate::bytecode::ops::Op::SetupAnnotations, 0, 0, 0, Span::default());
        }
        let mut rest = body;
        if let Some(doc) = &doc {
            u.store_doc(doc, body[0].span)?;
            rest = &body[1..];
        }
        u.stmts(rest)?;
        u.return_none(body.last().map_or(span, |s| s.span));
        u.finish(Span::new(span.start, span.start), None)
    })
}

/// Compiles with fused jumps, and again without where one of them can't reach.
fn retry(mut compile: impl FnMut(bool) -> Res<Option<Arc<Code>>>) -> Res<Arc<Code>> {
    for wide in [false, true] {
        if let Some(code) = compile(wide)? {
            return Ok(code);
        }
    }
    Err(error(Span::default(), "code too large"))
}

/// Whether annotated names are among the statements, not counting inner functions and classes.
fn has_annotations(body: &[Stmt]) -> bool {
    body.iter().any(|s| match &s.kind {
        StmtKind::AnnAssign { .. } => true,
        StmtKind::For { body, orelse, .. } | StmtKind::While { body, orelse, .. } => {
            has_annotations(body) || has_annotations(orelse)
        }
        StmtKind::If { clauses, orelse } => clauses.iter().any(|c| has_annotations(&c.1)) || has_annotations(orelse),
        StmtKind::With { body, .. } => has_annotations(body),
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            has_annotations(body)
                || handlers.iter().any(|h| has_annotations(&h.body))
                || has_annotations(orelse)
                || has_annotations(finalbody)
        }
        StmtKind::Match { cases, .. } => cases.iter().any(|c| has_annotations(&c.body)),
        _ => false,
    })
}
