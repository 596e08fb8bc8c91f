//! Calls. Floor 2.
//!
//! Invariant: a window sits at the top of the temporaries, so that what the callee overwrites is nobody's.

use super::display::has_star;
use super::regs::Reg;
use super::unit::Unit;
use super::{Res, error};
use crate::base::span::Span;
use crate::bytecode::ops::Op;
use crate::bytecode::program::Const;
use crate::syntax::ast::*;
use std::collections::HashSet;

/// Calls with more arguments than this go through a list.
const MAX_ARGS: usize = 200;

impl<'a> Unit<'a> {
    /// The start of a call window: `dst` itself if it is the topmost temporary.
    pub(super) fn window(&mut self, dst: Reg) -> Reg {
        if self.regs.is_top(dst) { dst } else { self.regs.alloc() }
    }

    pub(super) fn call(&mut self, e: &'a Expr, c: &'a Call, dst: Reg) -> Res {
        self.check_keywords(&c.keywords)?;
        let spread = is_spread(&c.args, &c.keywords);
        if !spread && let ExprKind::Attribute { value, attr } = &c.func.kind {
            return self.method_call(e, c, value, attr, dst);
        }
        let w = self.window(dst);
        self.expr(&c.func, w)?;
        if spread {
            return self.call_ex(w, &c.args, &c.keywords, dst, e.span);
        }
        self.arguments(&c.args)?;
        let n = self.keywords(c.args.len(), &c.keywords, e.span)?;
        let op = if c.keywords.is_empty() { Op::Call } else { Op::CallKw };
        self.op(op, w, n, dst, e.span);
        Ok(())
    }

    fn method_call(&mut self, e: &'a Expr, c: &'a Call, value: &'a Expr, attr: &'a Ident, dst: Reg) -> Res {
        let w = self.window(dst);
        let local = match &value.kind {
            ExprKind::Name(name) => self.local(name, value.span),
            _ => None,
        };
        let object = match local {
            Some(r) => r,
            None => {
                self.expr(value, w)?;
                w
            }
        };
        self.regs.alloc();
        let site = self.attr_site(&attr.name, Op::LoadMethod);
        let at = self.attr_span(&c.func, attr);
        self.op(Op::LoadMethod, w, object, site, at);
        self.arguments(&c.args)?;
        let n = self.keywords(c.args.len(), &c.keywords, e.span)?;
        let span = if at == c.func.span { e.span } else { at.to(Span::new(e.span.end, e.span.end)) };
        let op = if c.keywords.is_empty() { Op::CallMethod } else { Op::CallMethodKw };
        self.op(op, w, n, dst, span);
        Ok(())
    }

    fn arguments(&mut self, args: &'a [Expr]) -> Res {
        for a in args {
            let t = self.regs.alloc();
            self.expr(a, t)?;
        }
        Ok(())
    }

    /// Keyword arguments after `positional` ones, and the tuple of their names; the number of all arguments.
    fn keywords(&mut self, positional: usize, keywords: &'a [Keyword], span: Span) -> Res<u16> {
        if !keywords.is_empty() {
            let mut names = Vec::new();
            for k in keywords {
                let t = self.regs.alloc();
                self.expr(&k.value, t)?;
                names.extend(k.arg.as_ref().map(|a| Const::Str(a.name.clone())));
            }
            self.konst_temp(Const::Tuple(names.into()), span);
        }
        Ok((positional + keywords.len()) as u16)
    }

    /// The rest of a call with `*` or `**`; the callee is in `w`.
    pub(super) fn call_ex(&mut self, w: Reg, args: &'a [Expr], keywords: &'a [Keyword], dst: Reg, span: Span) -> Res {
        let list = self.regs.alloc();
        if args.is_empty() {
            self.konst(list, Const::Tuple([].into()), span);
        } else {
            self.grow_list_for(args, list, span, true)?;
        }
        if !keywords.is_empty() {
            let dict = self.regs.alloc();
            self.keyword_dict(keywords, dict, w, span)?;
        }
        self.opx(Op::CallEx, u8::from(!keywords.is_empty()), w, 0, dst, span);
        Ok(())
    }

    /// Builds the dict of keyword arguments for a call to `callee`.
    pub(super) fn keyword_dict(&mut self, keywords: &'a [Keyword], dict: Reg, callee: Reg, span: Span) -> Res {
        self.op(Op::BuildMap, dict, 0, 0, span);
        let mut spread = false;
        for k in keywords {
            let mark = self.regs.mark();
            match &k.arg {
                Some(name) => {
                    let key = self.konst_temp(Const::Str(name.name.clone()), span);
                    let value = self.operand(&k.value)?;
                    if spread {
                        // After `**`, a name that is there already is an error.
                        let pair = self.regs.alloc_run(2);
                        self.mov(pair, key, span);
                        self.mov(pair + 1, value, span);
                        self.op(Op::BuildMap, pair, pair, 1, span);
                        self.op(Op::MapMerge, dict, pair, callee, span);
                    } else {
                        self.op(Op::MapSet, dict, key, value, span);
                    }
                }
                None => {
                    spread = true;
                    let value = self.operand(&k.value)?;
                    self.op(Op::MapMerge, dict, value, callee, span);
                }
            }
            self.regs.reset(mark);
        }
        Ok(())
    }

    pub(super) fn check_keywords(&self, keywords: &[Keyword]) -> Res {
        let mut seen = HashSet::new();
        for k in keywords {
            let Some(name) = &k.arg else { continue };
            if &*name.name == "__debug__" {
                return Err(error(k.span, "cannot assign to __debug__"));
            }
            if !seen.insert(&name.name) {
                return Err(error(k.span, format!("keyword argument repeated: {}", name.name)));
            }
        }
        Ok(())
    }
}

/// Whether arguments must be gathered at run time.
pub(super) fn is_spread(args: &[Expr], keywords: &[Keyword]) -> bool {
    has_star(args) || keywords.iter().any(|k| k.arg.is_none()) || args.len() + keywords.len() > MAX_ARGS
}
