//! One block under construction: instructions, registers, what is bound, what surrounds. Floor 2.
//!
//! Invariant: `bound` never claims a variable that could be unbound here. Nothing is emitted while `live` is false.

use super::names::{NAMESPACE, Overlay};
use super::regs::{Reg, Regs};
use super::symbols::{Owner, ScopeId, ScopeKind, Scopes, flag};
use super::{Res, error};
use crate::base::span::Span;
use crate::bytecode::emit::{Builder, EmitError, Label};
use crate::bytecode::ops::{Instr, Op};
use crate::bytecode::program::{Code, CodeKind, Const, Flavor, HiddenVariable, Source};
use crate::syntax::ast::{Ident, Name, Stmt};
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::collections::BTreeSet;
use std::sync::Arc;

/// CPython's limit on blocks inside blocks in one function.
const MAX_BLOCKS: usize = 21;

/// What all blocks of one compilation share.
pub(super) struct Shared {
    pub source: Arc<Source>,
    pub scopes: Scopes,
    /// `from __future__ import annotations`.
    pub future_annotations: bool,
    /// Expression statements of the outermost block are shown.
    pub interactive: bool,
    /// Some function is asynchronous: calls whose results are dropped may be forgotten `await`s.
    pub has_coroutines: bool,
    /// Where the last `__future__` import that stands at the beginning starts.
    pub future_end: u32,
}

/// A set of registers.
#[derive(Clone, Default, Debug)]
pub(super) struct Bits(SmallVec<[u64; 2]>);

impl Bits {
    pub(super) fn insert(&mut self, r: Reg) {
        let word = r as usize / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (r % 64);
    }

    pub(super) fn remove(&mut self, r: Reg) {
        if let Some(w) = self.0.get_mut(r as usize / 64) {
            *w &= !(1 << (r % 64));
        }
    }

    pub(super) fn contains(&self, r: Reg) -> bool {
        self.0.get(r as usize / 64).is_some_and(|w| w >> (r % 64) & 1 == 1)
    }

    fn intersect(&mut self, other: &Bits) {
        self.0.truncate(other.0.len());
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }

    fn subtract(&mut self, other: &Bits) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= !b);
    }
}

/// Where `continue` goes.
#[derive(Clone, Copy)]
pub(super) enum Continue {
    /// The test at the bottom of the loop.
    Forward(Label),
    /// The loop's start.
    Back(Label),
}

/// What has to be done when control leaves a block early.
#[derive(Clone, Copy)]
pub(super) enum BlockKind<'a> {
    Loop {
        brk: Label,
        cont: Continue,
    },
    /// A `try` body with handlers: nothing.
    Try,
    /// Run the `finally` suite. `slot` is a free register below the body's.
    Finally {
        body: &'a [Stmt],
    },
    /// Restore the handled exception and unbind the `as` name.
    Handler {
        saved: Reg,
        unbind: Option<&'a Ident>,
    },
    /// Control may not leave an `except*` suite.
    StarHandler,
    /// Call `__exit__`, or await `__aexit__`. `slot` is a free register below it, two more follow it.
    With {
        exit: Reg,
        slot: Reg,
        span: Span,
        is_async: bool,
    },
}

/// A block, with the ranges of instructions its handler protects.
pub(super) struct Block<'a> {
    pub kind: BlockKind<'a>,
    open: Option<u32>,
    pub ranges: Vec<(u32, u32)>,
}

/// How a function takes its arguments.
#[derive(Clone, Copy, Default)]
pub(super) struct Signature {
    pub argcount: u16,
    pub posonly: u16,
    pub kwonly: u16,
    pub varargs: bool,
    pub varkw: bool,
}

/// One block under construction.
pub(super) struct Unit<'a> {
    pub cx: &'a Shared,
    pub scope: ScopeId,
    pub kind: CodeKind,
    pub name: Name,
    pub qualname: Arc<str>,
    /// What comes before the names of inner functions and classes in their qualified names.
    pub prefix: String,
    pub signature: Signature,
    pub b: Builder,
    pub regs: Regs,
    /// Comprehensions being compiled into this frame, outermost first.
    pub overlays: Vec<Overlay>,
    /// Variables of comprehensions, for frame objects.
    pub hidden: Vec<HiddenVariable>,
    pub blocks: Vec<Block<'a>>,
    /// Compile without fused jumps, because one did not reach.
    pub wide: bool,
    pub live: bool,
    pub bound: Bits,
    slots: FxHashMap<Name, Reg>,
    locals: Vec<Name>,
    cells: Vec<Reg>,
    free_base: Reg,
    clear: BTreeSet<Reg>,
    deletable: Bits,
    states: Vec<Option<Bits>>,
}

impl<'a> Unit<'a> {
    /// Lays out the variables and emits the prologue.
    pub(super) fn new(
        cx: &'a Shared,
        scope: ScopeId,
        kind: CodeKind,
        name: Name,
        qualname: Arc<str>,
        wide: bool,
    ) -> Unit<'a> {
        let info = cx.scopes.get(scope);
        let mut locals: Vec<Name> = Vec::new();
        let mut cells = Vec::new();
        let mut nparams = 0;
        if matches!(kind, CodeKind::Class | CodeKind::Exec) {
            locals.push(Arc::from(NAMESPACE));
            nparams = 1;
        }
        if kind == CodeKind::Function {
            let here = |s: &&super::symbols::Symbol| s.owner == Owner::Here;
            let is_param = |s: &super::symbols::Symbol| s.flags & flag::PARAM != 0;
            let first = |s: &super::symbols::Symbol| &*s.name == NAMESPACE;
            locals.extend(info.symbols.iter().filter(here).filter(|s| first(s)).map(|s| s.name.clone()));
            locals
                .extend(info.symbols.iter().filter(here).filter(|s| is_param(s) && !first(s)).map(|s| s.name.clone()));
            nparams = info.symbols.iter().filter(here).filter(|s| is_param(s)).count();
            locals
                .extend(info.symbols.iter().filter(here).filter(|s| !is_param(s) && !first(s)).map(|s| s.name.clone()));
        }
        if kind == CodeKind::Class {
            locals.extend(info.symbols.iter().filter(|s| is_class_cell(s)).map(|s| s.name.clone()));
        }
        let slots: FxHashMap<Name, Reg> = locals.iter().enumerate().map(|(i, n)| (n.clone(), i as Reg)).collect();
        for (i, name) in locals.iter().enumerate() {
            if info.symbol(name).is_some_and(|s| s.cell) {
                cells.push(i as Reg);
            }
        }
        let free_base = locals.len();
        let mut u = Unit {
            cx,
            scope,
            kind,
            name,
            prefix: match info.kind {
                ScopeKind::Module => String::new(),
                // A comprehension that is code of its own counts as no function here, as in CPython.
                ScopeKind::Class
                | ScopeKind::GenExp
                | ScopeKind::ListComp
                | ScopeKind::SetComp
                | ScopeKind::DictComp => format!("{qualname}."),
                _ => format!("{qualname}.<locals>."),
            },
            qualname,
            signature: Signature { argcount: nparams as u16, ..Signature::default() },
            b: Builder::default(),
            regs: Regs::new(free_base + info.free.len()),
            overlays: Vec::new(),
            hidden: Vec::new(),
            blocks: Vec::new(),
            wide,
            live: true,
            bound: Bits::default(),
            slots,
            locals,
            cells,
            free_base: free_base as Reg,
            clear: BTreeSet::new(),
            deletable: Bits::default(),
            states: Vec::new(),
        };
        u.prologue(nparams);
        u
    }

    fn prologue(&mut self, nparams: usize) {
        let info = self.cx.scopes.get(self.scope);
        let span = Span::default();
        if !info.free.is_empty() {
            self.op(Op::CopyFree, self.free_base, info.free.len() as u16, 0, span);
        }
        for r in 0..nparams as Reg {
            self.bound.insert(r);
        }
        for &r in &self.cells.clone() {
            if r as usize >= nparams {
                if &*self.locals[r as usize] == "__classdict__" {
                    self.op(Op::Move, r, 0, 0, span);
                } else {
                    self.clear.insert(r);
                }
            }
            self.op(Op::MakeCell, r, 0, 0, span);
        }
        if info.sees_class && nparams == 0 && self.kind == CodeKind::Function {
            let (cell, name) = (self.free_reg("__classdict__"), self.b.name(&Arc::from("__classdict__")));
            self.opx(Op::LoadDeref, 1, 0, cell, name, span);
            self.bound.insert(0);
        }
        let mut everything = false;
        for s in &info.symbols {
            if s.flags & flag::DELETED != 0
                && let Some(&r) = self.slots.get(&s.name)
            {
                self.deletable.insert(r);
            }
            let looks = ["locals", "vars", "dir", "eval", "exec", "breakpoint", "sys"];
            everything |= s.owner != Owner::Here && looks.contains(&&*s.name);
        }
        if everything && self.kind == CodeKind::Function {
            self.clear.extend(nparams as Reg..self.locals.len() as Reg);
        }
    }

    /// The register of a variable of this frame.
    pub(super) fn slot(&self, name: &str) -> Option<Reg> {
        self.slots.get(name).copied()
    }

    /// The register of a free variable's cell.
    pub(super) fn free_reg(&self, name: &str) -> Reg {
        let free = &self.cx.scopes.get(self.scope).free;
        let i = free.iter().position(|n| &**n == name);
        debug_assert!(i.is_some(), "{name} is not free in {}", self.qualname);
        self.free_base + i.unwrap_or(0) as Reg
    }

    // ---- instructions

    /// Appends an instruction.
    pub(super) fn op(&mut self, op: Op, a: u16, b: u16, c: u16, span: Span) {
        self.opx(op, 0, a, b, c, span);
    }

    /// Appends an instruction with its `x`.
    pub(super) fn opx(&mut self, op: Op, x: u8, a: u16, b: u16, c: u16, span: Span) {
        if self.live {
            self.b.emit(Instr::new(op, x, a, b, c), span);
            if matches!(op, Op::Return | Op::Raise | Op::Reraise) {
                self.live = false;
            }
        }
    }

    /// Loads a constant.
    pub(super) fn konst(&mut self, dst: Reg, c: Const, span: Span) {
        if !self.live {
            return;
        }
        if let Const::Int(i) = c
            && let Ok(i) = i32::try_from(i)
        {
            self.b.emit(Instr::wide(Op::LoadInt, 0, dst, i as u32), span);
            return;
        }
        let k = self.b.konst(c);
        self.b.emit(Instr::wide(Op::LoadK, 0, dst, k), span);
    }

    /// Loads a constant into a fresh temporary.
    pub(super) fn konst_temp(&mut self, c: Const, span: Span) -> Reg {
        let t = self.regs.alloc();
        self.konst(t, c, span);
        t
    }

    /// `r[a] = r[b]`, unless they are the same.
    pub(super) fn mov(&mut self, a: Reg, b: Reg, span: Span) {
        if a != b {
            self.op(Op::Move, a, b, 0, span);
        }
    }

    /// Ends the block with `return None`, if control gets here.
    pub(super) fn return_none(&mut self, span: Span) {
        if self.live {
            let mark = self.regs.mark();
            let t = self.konst_temp(Const::None, span);
            self.op(Op::Return, t, 0, 0, span);
            self.regs.reset(mark);
        }
    }

    // ---- labels and what is bound

    /// A new label.
    pub(super) fn label(&mut self) -> Label {
        self.states.push(None);
        self.b.label()
    }

    /// Remembers what is bound on the way to a label.
    fn reach(&mut self, label: Label) {
        match &mut self.states[label.index()] {
            Some(s) => s.intersect(&self.bound),
            none => *none = Some(self.bound.clone()),
        }
    }

    /// A forward jump, conditional unless the operation is `Jump`.
    pub(super) fn jump(&mut self, op: Op, x: u8, a: u16, b: u16, label: Label, span: Span) {
        if !self.live {
            return;
        }
        self.reach(label);
        self.b.jump(Instr::new(op, x, a, b, 0), label, span);
        if op == Op::Jump {
            self.live = false;
        }
    }

    /// A jump to a label that is already placed; what is bound there is settled.
    pub(super) fn jump_back(&mut self, op: Op, x: u8, a: u16, b: u16, label: Label, span: Span) {
        if !self.live {
            return;
        }
        self.b.jump(Instr::new(op, x, a, b, 0), label, span);
        if op == Op::JumpBack {
            self.live = false;
        }
    }

    /// Places a label to which forward jumps went.
    pub(super) fn bind(&mut self, label: Label) {
        self.b.bind(label);
        let state = self.states[label.index()].take();
        match (state, self.live) {
            (Some(s), true) => self.bound.intersect(&s),
            (Some(s), false) => {
                self.bound = s;
                self.live = true;
            }
            (None, _) => {}
        }
    }

    /// Places a label to which jumps will come back: whatever is deleted in the loop may be unbound here.
    pub(super) fn bind_loop(&mut self, label: Label) {
        self.b.bind(label);
        self.bound.subtract(&self.deletable);
    }

    /// Begins an exception handler's code. Gives its place.
    pub(super) fn bind_handler(&mut self, at_entry: &Bits, reachable: bool) -> u32 {
        self.bound = at_entry.clone();
        self.bound.subtract(&self.deletable);
        self.live = reachable;
        self.b.pc()
    }

    /// Makes sure a local is bound before it is read.
    pub(super) fn check_bound(&mut self, r: Reg, name: &Name, span: Span) {
        if self.live && !self.bound.contains(r) {
            let n = self.b.name(name);
            self.op(Op::CheckBound, r, n, 0, span);
            self.clear.insert(r);
            self.bound.insert(r);
        }
    }

    /// `del` of a local.
    pub(super) fn del_local(&mut self, r: Reg, name: &Name, span: Span) {
        let n = self.b.name(name);
        self.op(Op::DelLocal, r, n, 0, span);
        if !self.bound.contains(r) {
            self.clear.insert(r);
        }
        self.bound.remove(r);
    }

    // ---- blocks

    /// Enters a block; its handler protects what follows.
    pub(super) fn push_block(&mut self, kind: BlockKind<'a>, span: Span) -> Res {
        if self.blocks.len() >= MAX_BLOCKS {
            return Err(error(span, "too many statically nested blocks"));
        }
        if self.b.is_too_large() {
            return Err(error(span, "code too large"));
        }
        self.blocks.push(Block { kind, open: Some(self.b.pc()), ranges: Vec::new() });
        Ok(())
    }

    /// Leaves the innermost block; gives the ranges it protected.
    pub(super) fn pop_block(&mut self) -> Vec<(u32, u32)> {
        self.suspend().map_or(Vec::new(), |b| b.ranges)
    }

    /// Takes the innermost block off and ends its protection here, for now.
    pub(super) fn suspend(&mut self) -> Option<Block<'a>> {
        let mut b = self.blocks.pop()?;
        let pc = self.b.pc();
        if let Some(open) = b.open.take()
            && open < pc
        {
            b.ranges.push((open, pc));
        }
        Some(b)
    }

    /// Puts back a block taken off by [`Unit::suspend`].
    pub(super) fn resume(&mut self, mut b: Block<'a>) {
        b.open = Some(self.b.pc());
        self.blocks.push(b);
    }

    /// Enters a handler for ranges.
    pub(super) fn protect(&mut self, ranges: &[(u32, u32)], handler: u32, reg: Reg) {
        // Code that turned out to be unreachable can leave a handler at the end: there is nothing to protect then.
        if handler < self.b.pc() {
            for &(start, end) in ranges {
                self.b.handler(start, end, handler, reg);
            }
        }
    }

    // ---- the end

    /// The finished code; `None` if a fused jump did not reach.
    pub(super) fn finish(self, span: Span, doc: Option<Arc<str>>) -> Res<Option<Arc<Code>>> {
        let info = self.cx.scopes.get(self.scope);
        let too_large = || Err(error(span, "code too large"));
        if self.regs.overflowed() || self.locals.len() > 0xF000 {
            return too_large();
        }
        let parts = match self.b.finish() {
            Ok(parts) => parts,
            Err(EmitError::JumpTooFar) if !self.wide => return Ok(None),
            Err(_) => return too_large(),
        };
        let function = matches!(info.kind, ScopeKind::Function | ScopeKind::Lambda | ScopeKind::GenExp);
        let flavor = match (function && info.is_generator, function && info.is_coroutine) {
            (false, false) => Flavor::Plain,
            (true, false) => Flavor::Generator,
            (false, true) => Flavor::Coroutine,
            (true, true) => Flavor::AsyncGenerator,
        };
        let class_cell = info.free.iter().position(|n| &**n == "__class__").map(|i| self.free_base + i as Reg);
        let s = self.signature;
        let nparams = s.argcount + s.kwonly + u16::from(s.varargs) + u16::from(s.varkw);
        let code = Code {
            source: self.cx.source.clone(),
            name: self.name,
            qualname: self.qualname,
            kind: self.kind,
            flavor,
            argcount: s.argcount,
            posonly: s.posonly,
            kwonly: s.kwonly,
            varargs: s.varargs,
            varkw: s.varkw,
            locals: self.locals,
            cells: self.cells,
            free: info.free.clone(),
            free_base: self.free_base,
            class_cell: class_cell.filter(|_| self.kind == CodeKind::Function),
            nregs: self.regs.window(),
            clear: self.clear.into_iter().filter(|&r| r >= nparams).collect(),
            instrs: parts.instrs,
            spans: parts.spans,
            consts: parts.consts,
            names: parts.names,
            sites: parts.sites,
            handlers: parts.handlers,
            hidden: self.hidden,
            children: parts.children,
            doc,
            span,
        };
        Ok(Some(Arc::new(code)))
    }
}

fn is_class_cell(s: &super::symbols::Symbol) -> bool {
    s.cell && matches!(&*s.name, "__class__" | "__classdict__")
}
