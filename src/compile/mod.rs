//! From AST to register bytecode. Floor 2; imports `base`, `syntax` and `bytecode` only.
//!
//! `scope` says where each name lives; `unit` holds what is being built for one block; the other files each compile
//! one kind of construct, in CPython's order of evaluation. Invariant: whatever this gives passes
//! [`crate::bytecode::verify::verify`], and no input makes it panic.

mod assign;
mod async_;
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
mod scope_expr;
mod stmt;
mod symbols;
mod try_;
mod unit;
mod walk;

use crate::base::span::Span;
use crate::bytecode::ops::Op;
use crate::bytecode::program::{Code, CodeKind, Source};
use crate::syntax::ast::{Expr, Module, Stmt, StmtKind};
use crate::syntax::error::{Stage, SyntaxError, SyntaxErrorKind};
use std::sync::Arc;
use symbols::ScopeId;
use unit::{Shared, Unit};

/// What every compiling function gives.
type Res<T = ()> = Result<T, SyntaxError>;

/// A plain `SyntaxError`.
fn error(span: Span, message: impl Into<String>) -> SyntaxError {
    SyntaxError::new(Stage::Compiler, SyntaxErrorKind::SyntaxError, message, span)
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
    let code = on_enough_stack(e.span, |limit| {
        let Some(scopes) = scope::of_expr(e, limit)? else { return Ok(None) };
        let shared = Shared {
            source: source.clone(),
            scopes,
            future_annotations: false,
            interactive: false,
            has_coroutines: false,
            future_end: 0,
        };
        let code = retry(|wide| {
            let mut u =
                Unit::new(&shared, ScopeId(0), CodeKind::Exec, names::module_name(), names::module_name(), wide);
            let r = u.operand(e)?;
            u.op(Op::Return, r, 0, 0, e.span);
            u.finish(e.span, None)
        })?;
        Ok(Some(code))
    })?;
    verified(code, e.span)
}

fn block(body: &[Stmt], span: Span, source: Arc<Source>, kind: CodeKind, interactive: bool) -> Res<Arc<Code>> {
    let (future_annotations, future_end) = import::future(body)?;
    let code = on_enough_stack(span, |limit| {
        let Some(scopes) = scope::of_module(body, future_annotations, limit)? else { return Ok(None) };
        let has_coroutines = scopes.has_coroutines();
        let shared =
            Shared { source: source.clone(), scopes, future_annotations, interactive, has_coroutines, future_end };
        retry(|wide| {
            let mut u = Unit::new(&shared, ScopeId(0), kind, names::module_name(), names::module_name(), wide);
            u.module(body, span)?;
            u.finish(Span::new(span.start, span.start), None)
        })
        .map(Some)
    })?;
    verified(code, span)
}

/// The code and all its children, verified: the VM reads registers and instructions of it without checks.
fn verified(code: Arc<Code>, span: Span) -> Res<Arc<Code>> {
    match crate::bytecode::verify::verify(&code) {
        Ok(()) => Ok(code),
        Err(why) => Err(error(span, format!("internal error: bad bytecode: {why}"))),
    }
}

/// Expressions nested deeper than this are compiled on a stack of their own.
const SHALLOW: u32 = 150;
/// Enough for `syntax::MAX_DEPTH` levels, with a wide margin.
const DEEP_STACK: usize = 256 << 20;

/// Calls `compile` with how deep expressions may nest; again, on a larger stack, where that was not enough.
fn on_enough_stack<T: Send>(span: Span, compile: impl Fn(u32) -> Res<Option<T>> + Sync) -> Res<T> {
    if let Some(done) = compile(SHALLOW)? {
        return Ok(done);
    }
    let deep = std::thread::scope(|s| {
        let thread = std::thread::Builder::new().stack_size(DEEP_STACK).spawn_scoped(s, || compile(u32::MAX));
        thread.ok().and_then(|t| t.join().ok())
    });
    match deep {
        Some(done) => done?.ok_or_else(|| error(span, "too many nested expressions")),
        None => Err(error(span, "too many nested expressions")),
    }
}

impl<'a> Unit<'a> {
    /// The statements of a module.
    fn module(&mut self, body: &'a [Stmt], span: Span) -> Res {
        if has_annotations(body) {
            self.op(Op::SetupAnnotations, 0, 0, 0, Span::default());
        }
        let doc = if self.cx.interactive { None } else { func::docstring(body) };
        if let Some(doc) = &doc {
            self.store_doc(doc, body[0].span);
        }
        self.stmts(if doc.is_some() { &body[1..] } else { body })?;
        self.return_none(body.last().map_or(span, |s| s.span));
        Ok(())
    }
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
