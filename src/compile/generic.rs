//! Type parameters and `type` statements (PEP 695, 696). Floor 2.
//!
//! Invariant: bounds, defaults and values of aliases are functions without arguments, evaluated when first asked for;
//! what can be generic is made by a function `<generic parameters of …>` that is called at once.

use super::Res;
use super::func::Extras;
use super::regs::Reg;
use super::symbols::{ScopeKind, tag};
use super::unit::Unit;
use crate::base::span::Span;
use crate::bytecode::ops::{Intrinsic, Op};
use crate::bytecode::program::{CodeKind, Const};
use crate::syntax::ast::*;
use std::sync::Arc;

impl<'a> Unit<'a> {
    /// Calls the function that makes a generic thing, with its defaults.
    fn call_generic(
        &mut self,
        name: &Name,
        params: &'a Vec<TypeParam>,
        extras: Extras,
        dst: Reg,
        span: Span,
        make: &mut dyn FnMut(&mut Unit<'a>, Reg) -> Res,
    ) -> Res {
        let scope = self.cx.scopes.of(tag::PARAMS, params);
        let cx = self.cx;
        let title: Name = Arc::from(format!("<generic parameters of {name}>"));
        let qualname: Arc<str> = Arc::from(format!("{}{title}", self.prefix));
        let (prefix, namespace) = (self.prefix.clone(), cx.scopes.get(scope).sees_class);
        let code = super::retry(|wide| {
            let mut u = Unit::new(cx, scope, CodeKind::Function, title.clone(), qualname.clone(), wide);
            u.prefix = prefix.clone();
            let tuple = u.type_params(params, span)?;
            let t = u.regs.alloc();
            make(&mut u, tuple)?;
            // The thing made is in the register after the tuple.
            u.op(Op::Return, t, 0, 0, span);
            u.finish(span, None)
        })?;
        let w = self.regs.alloc();
        self.make_function(code, scope, Extras::default(), w, span);
        let mut n = 2;
        if namespace {
            let t = self.regs.alloc();
            if self.cx.scopes.get(self.scope).kind == ScopeKind::Class {
                self.mov(t, 0, span);
            } else {
                self.load(&Arc::from("__classdict__"), t, span);
            }
            n += 1;
        }
        let mut at = extras.first;
        for bit in [1, 2] {
            let t = self.regs.alloc();
            if extras.bits & bit != 0 {
                self.mov(t, at, span);
                at += 1;
            } else {
                self.konst(t, Const::None, span);
            }
        }
        self.op(Op::Call, w, n, dst, span);
        Ok(())
    }

    /// Makes the type parameters and binds their names; a fresh temporary with their tuple.
    fn type_params(&mut self, params: &'a [TypeParam], span: Span) -> Res<Reg> {
        let tuple = self.regs.alloc();
        let first = self.regs.alloc_run(params.len());
        for (i, p) in params.iter().enumerate() {
            let mark = self.regs.mark();
            let run = self.regs.alloc_run(2);
            self.konst(run, Const::Str(p.name.name.clone()), p.span);
            let (kind, bound) = match &p.kind {
                TypeParamKind::TypeVar { bound } => (Intrinsic::TypeVar, bound.as_ref()),
                TypeParamKind::TypeVarTuple => (Intrinsic::TypeVarTuple, None),
                TypeParamKind::ParamSpec => (Intrinsic::ParamSpec, None),
            };
            if let Some(b) = bound {
                self.lazy(b, tag::BOUND, &p.name.name, run + 1)?;
            }
            let r = first + i as Reg;
            self.opx(Op::Intrinsic, kind as u8, r, run, 1 + u16::from(bound.is_some()), p.span);
            if let Some(d) = &p.default {
                self.mov(run, r, p.span);
                self.lazy(d, tag::BOUND, &p.name.name, run + 1)?;
                self.opx(Op::Intrinsic, Intrinsic::SetTypeParamDefault as u8, r, run, 2, p.span);
            }
            self.store(&p.name.name, r, p.name.span);
            self.regs.reset(mark);
        }
        self.op(Op::BuildTuple, tuple, first, params.len() as u16, span);
        self.regs.reset(u32::from(tuple) + 1);
        Ok(tuple)
    }

    /// `dst` = a function without arguments that evaluates `e`.
    fn lazy(&mut self, e: &'a Expr, tag: u8, name: &Name, dst: Reg) -> Res {
        let scope = self.cx.scopes.of(tag, e);
        let cx = self.cx;
        let qualname: Arc<str> = Arc::from(format!("{}{name}", self.prefix));
        let code = super::retry(|wide| {
            let mut u = Unit::new(cx, scope, CodeKind::Function, name.clone(), qualname.clone(), wide);
            let r = u.annotation_value(e)?;
            u.op(Op::Return, r, 0, 0, e.span);
            u.finish(e.span, None)
        })?;
        self.make_function(code, scope, Extras::default(), dst, e.span);
        Ok(())
    }

    fn annotation_value(&mut self, e: &'a Expr) -> Res<Reg> {
        match &e.kind {
            // The default of a TypeVarTuple may be `*Ts`.
            ExprKind::Starred(inner) => {
                let r = self.operand(inner)?;
                let t = self.regs.alloc();
                self.op(Op::Unpack, t, r, 1, e.span);
                Ok(t)
            }
            _ => self.operand(e),
        }
    }

    pub(super) fn generic_function(&mut self, f: &'a FunctionDef, extras: Extras, dst: Reg, span: Span) -> Res {
        self.call_generic(&f.name.name, &f.type_params, extras, dst, span, &mut |u, tuple| {
            let mut x = Extras { bits: 0, first: u.regs.mark() as Reg };
            for (bit, hidden) in [(1, ".defaults"), (2, ".kwdefaults")] {
                if extras.bits & bit != 0 {
                    let t = u.regs.alloc();
                    u.load(&Arc::from(hidden), t, span);
                    x.bits |= bit;
                }
            }
            if u.annotations(f, span)? {
                x.bits |= 4;
            }
            let code = u.function_code(f, span)?;
            let scope = u.cx.scopes.of(tag::FUNCTION, f);
            if !code.free.is_empty() {
                u.cells_tuple(&code, scope, span);
                x.bits |= 8;
            }
            let t = u.regs.alloc();
            u.mov(t, tuple, span);
            x.bits |= 16;
            u.make_function(code, scope, x, tuple + 1, span);
            Ok(())
        })
    }

    pub(super) fn generic_class(&mut self, c: &'a ClassDef, dst: Reg, span: Span) -> Res {
        self.call_generic(&c.name.name, &c.type_params, Extras::default(), dst, span, &mut |u, tuple| {
            u.store(&Arc::from(".type_params"), tuple, span);
            u.build_class(c, tuple + 1, span, Some(tuple))
        })
    }

    pub(super) fn type_alias(
        &mut self,
        name: &'a Ident,
        params: &'a Vec<TypeParam>,
        value: &'a Expr,
        span: Span,
    ) -> Res {
        let mark = self.regs.mark();
        let dst = self.regs.alloc();
        let make = &mut |u: &mut Unit<'a>, tuple: Option<Reg>, dst: Reg| -> Res {
            let run = u.regs.alloc_run(3);
            u.konst(run, Const::Str(name.name.clone()), span);
            match tuple {
                Some(t) => u.mov(run + 1, t, span),
                None => u.konst(run + 1, Const::None, span),
            }
            u.lazy(value, tag::ALIAS, &name.name, run + 2)?;
            u.opx(Op::Intrinsic, Intrinsic::TypeAlias as u8, dst, run, 3, span);
            Ok(())
        };
        if params.is_empty() {
            make(self, None, dst)?;
        } else {
            self.call_generic(&name.name, params, Extras::default(), dst, span, &mut |u, tuple| {
                make(u, Some(tuple), tuple + 1)
            })?;
        }
        self.store(&name.name, dst, name.span);
        self.regs.reset(mark);
        Ok(())
    }
}
