//! Names: where each lives, and how it is read, written and deleted. Floor 2.
//!
//! Invariant: a name is resolved by the scope it stands in (an inlined comprehension's own scope included), never by
//! what happens to be compiled around it.

use super::regs::Reg;
use super::symbols::{Owner, ScopeId, ScopeKind, mangle};
use super::unit::Unit;
use crate::base::span::Span;
use crate::bytecode::ops::Op;
use crate::bytecode::program::{CodeKind, Const};
use crate::syntax::ast::{Ident, Name};
use std::sync::Arc;

/// The hidden local that holds the namespace of a class body or of exec'd code, in `r[0]`.
pub(super) const NAMESPACE: &str = ".namespace";

/// What CPython calls a module's code.
pub(super) fn module_name() -> Arc<str> {
    Arc::from("<module>")
}

/// A variable of an inlined comprehension.
pub(super) struct Hidden {
    pub name: Name,
    pub reg: Reg,
    pub cell: bool,
    /// Surely bound where the compiler is now.
    pub bound: bool,
}

/// A comprehension being compiled into the frame around it.
pub(super) struct Overlay {
    pub scope: ScopeId,
    pub vars: Vec<Hidden>,
}

/// Where a name lives, as seen from here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Local(Reg),
    /// A cell in a register; whether it comes from outside.
    Cell(Reg, bool),
    /// In the namespace `r[0]`, else in a cell from outside.
    NameOrCell(Reg),
    Global,
    /// In the namespace `r[0]`, then globals.
    Name,
}

impl<'a> Unit<'a> {
    /// The scope in which names stand here.
    fn name_scope(&self) -> ScopeId {
        self.overlays.last().map_or(self.scope, |o| o.scope)
    }

    /// A name as it is after mangling of private ones.
    pub(super) fn mangled(&self, name: &Name) -> Name {
        mangle(self.cx.scopes.get(self.name_scope()).private.as_ref(), name)
    }

    fn hidden(&self, scope: ScopeId, name: &str) -> Option<&Hidden> {
        let o = self.overlays.iter().rev().find(|o| o.scope == scope)?;
        o.vars.iter().find(|v| &*v.name == name)
    }

    /// Where a name (already mangled) lives.
    pub(super) fn place(&self, name: &str) -> Place {
        let scope = self.name_scope();
        let info = self.cx.scopes.get(scope);
        let frame_kind = self.cx.scopes.get(self.scope).kind;
        let in_frame = scope == self.scope;
        let implicit = match frame_kind {
            _ if info.sees_class && frame_kind.is_annotation() => Place::Name,
            ScopeKind::Module if self.kind == CodeKind::Exec => Place::Name,
            ScopeKind::Class if in_frame => Place::Name,
            _ => Place::Global,
        };
        let Some(symbol) = info.symbol(name) else { return implicit };
        match symbol.owner {
            // A class body that binds `__class__` itself does so in its namespace, beside the cell.
            Owner::Here if in_frame && self.kind == CodeKind::Class => Place::Name,
            Owner::Here => self.place_here(scope, name),
            Owner::GlobalExplicit => Place::Global,
            Owner::GlobalImplicit => implicit,
            Owner::Outer(o) if self.cx.scopes.frame(o) == self.scope => self.place_here(o, name),
            Owner::Outer(_) => {
                let r = self.free_reg(name);
                let class = frame_kind == ScopeKind::Class && in_frame || info.sees_class && frame_kind.is_annotation();
                if class && name != "__classdict__" && name != ".type_params" {
                    Place::NameOrCell(r)
                } else {
                    Place::Cell(r, true)
                }
            }
        }
    }

    /// Where a name lives that `scope`, part of this frame, binds.
    fn place_here(&self, scope: ScopeId, name: &str) -> Place {
        if let Some(v) = self.hidden(scope, name) {
            return if v.cell { Place::Cell(v.reg, false) } else { Place::Local(v.reg) };
        }
        let info = self.cx.scopes.get(scope);
        let cell = info.symbol(name).is_some_and(|s| s.cell);
        match (self.kind, self.slot(name)) {
            (CodeKind::Module, _) => Place::Global,
            (CodeKind::Exec, _) => Place::Name,
            (CodeKind::Class, Some(r)) if cell && matches!(name, "__class__" | "__classdict__") => {
                Place::Cell(r, false)
            }
            (CodeKind::Class, _) => Place::Name,
            (CodeKind::Function, Some(r)) => {
                if cell {
                    Place::Cell(r, false)
                } else {
                    Place::Local(r)
                }
            }
            (CodeKind::Function, None) => Place::Global,
        }
    }

    /// The register of the cell that a child's free variable is.
    pub(super) fn cell_for_child(&self, child: ScopeId, name: &str) -> Reg {
        // The overlays that are around the child, innermost first; then this frame's own variables.
        let mut at = self.cx.scopes.get(child).parent;
        while let Some(id) = at {
            if let Some(v) = self.hidden(id, name).filter(|v| v.cell) {
                return v.reg;
            }
            if id == self.scope {
                break;
            }
            at = self.cx.scopes.get(id).parent;
        }
        let symbol = self.cx.scopes.get(self.scope).symbol(name);
        let own = symbol.is_some_and(|s| s.cell);
        match self.slot(name) {
            Some(r) if own => r,
            _ => self.free_reg(name),
        }
    }

    /// Makes sure that a local may be read.
    fn check_local(&mut self, r: Reg, name: &Name, span: Span) {
        if !self.regs.is_temp(r) {
            return self.check_bound(r, name, span);
        }
        let unbound = self.overlays.iter().flat_map(|o| &o.vars).any(|v| v.reg == r && !v.cell && !v.bound);
        if unbound {
            let n = self.b.name(name);
            self.op(Op::CheckBound, r, n, 0, span);
        }
    }

    /// The register of a local variable, checked to be bound; `None` for all other names.
    pub(super) fn local(&mut self, name: &Name, span: Span) -> Option<Reg> {
        let name = self.mangled(name);
        match self.place(&name) {
            Place::Local(r) => {
                self.check_local(r, &name, span);
                Some(r)
            }
            _ => None,
        }
    }

    /// Reads a name into a register.
    pub(super) fn load(&mut self, name: &Name, dst: Reg, span: Span) {
        let name = self.mangled(name);
        match self.place(&name) {
            Place::Local(r) => {
                self.check_local(r, &name, span);
                self.mov(dst, r, span);
            }
            Place::Cell(r, free) => {
                let n = self.b.name(&name);
                self.opx(Op::LoadDeref, u8::from(free), dst, r, n, span);
            }
            Place::NameOrCell(r) => {
                let s = self.b.site(&name, Op::LoadNameDeref);
                self.op(Op::LoadNameDeref, dst, r, s, span);
            }
            Place::Global => self.load_global(dst, &name, span),
            Place::Name => {
                let s = self.site(&name, Op::LoadName);
                self.op(Op::LoadName, dst, s, 0, span);
            }
        }
    }

    /// Reads a global.
    pub(super) fn load_global(&mut self, dst: Reg, name: &Name, span: Span) {
        let s = self.site(name, Op::LoadGlobal);
        self.op(Op::LoadGlobal, dst, s, 0, span);
    }

    /// A site of the instruction `op` for a name, if code is being emitted.
    pub(super) fn site(&mut self, name: &Name, op: Op) -> u16 {
        if self.live { self.b.site(name, op) } else { 0 }
    }

    /// A site for an attribute.
    pub(super) fn attr_site(&mut self, name: &Name, op: Op) -> u16 {
        let name = self.mangled(name);
        self.site(&name, op)
    }

    /// Writes a register to a name.
    pub(super) fn store(&mut self, name: &Name, src: Reg, span: Span) {
        let name = self.mangled(name);
        match self.place(&name) {
            Place::Local(r) => {
                self.mov(r, src, span);
                self.set_bound(r);
            }
            Place::Cell(r, _) | Place::NameOrCell(r) => self.op(Op::StoreDeref, r, src, 0, span),
            Place::Global => {
                let s = self.site(&name, Op::StoreGlobal);
                self.op(Op::StoreGlobal, src, s, 0, span);
            }
            Place::Name => {
                let s = self.site(&name, Op::StoreName);
                self.op(Op::StoreName, src, s, 0, span);
            }
        }
    }

    /// Notes that a local is bound from here on.
    pub(super) fn set_bound(&mut self, r: Reg) {
        if self.regs.is_temp(r) {
            for v in self.overlays.iter_mut().flat_map(|o| &mut o.vars).filter(|v| v.reg == r) {
                v.bound = true;
            }
        } else {
            self.bound.insert(r);
        }
    }

    /// The local variable that a target name is, if it is one: results can go there directly.
    pub(super) fn target_local(&self, name: &Name) -> Option<Reg> {
        match self.place(&self.mangled(name)) {
            Place::Local(r) => Some(r),
            _ => None,
        }
    }

    /// `del name`.
    pub(super) fn delete(&mut self, name: &Name, span: Span) {
        let name = self.mangled(name);
        match self.place(&name) {
            Place::Local(r) => self.del_local(r, &name, span),
            Place::Cell(r, free) => {
                let n = self.b.name(&name);
                self.opx(Op::DelDeref, u8::from(free), r, 0, n, span);
            }
            Place::NameOrCell(r) => {
                let n = self.b.name(&name);
                self.opx(Op::DelDeref, 1, r, 0, n, span);
            }
            Place::Global => {
                let s = self.site(&name, Op::DelGlobal);
                self.op(Op::DelGlobal, 0, s, 0, span);
            }
            Place::Name => {
                let s = self.site(&name, Op::DelName);
                self.op(Op::DelName, 0, s, 0, span);
            }
        }
    }

    /// What `except … as e` does at its end: `e = None; del e`.
    pub(super) fn unbind(&mut self, name: &Ident) {
        let span = name.span;
        if let Some(r) = self.target_local(&name.name) {
            self.op(Op::ClearReg, r, 0, 0, span);
            self.bound.remove(r);
            return;
        }
        let mark = self.regs.mark();
        let none = self.konst_temp(Const::None, span);
        self.store(&name.name, none, span);
        self.delete(&name.name, span);
        self.regs.reset(mark);
    }

    /// Stores the docstring.
    pub(super) fn store_doc(&mut self, doc: &Arc<str>, span: Span) {
        let mark = self.regs.mark();
        let t = self.konst_temp(Const::Str(doc.clone()), span);
        self.store(&Arc::from("__doc__"), t, span);
        self.regs.reset(mark);
    }
}
