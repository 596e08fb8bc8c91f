//! Imports, `__future__` among them. Floor 2.
//!
//! Invariant: names bound are those CPython binds: the top package for `import a.b`, the last module for `as`.

use super::unit::Unit;
use super::{Res, error};
use crate::base::span::Span;
use crate::bytecode::ops::Op;
use crate::bytecode::program::Const;
use crate::syntax::ast::*;
use std::sync::Arc;

/// Checks the `__future__` imports at a module's beginning: whether `annotations` is among them, and where the last
/// of them starts.
pub(super) fn future(body: &[Stmt]) -> Res<(bool, u32)> {
    let (mut found, mut end) = (false, 0);
    for (i, s) in body.iter().enumerate() {
        let StmtKind::ImportFrom { module: Some(m), names, level: 0 } = &s.kind else {
            let doc =
                i == 0 && matches!(&s.kind, StmtKind::Expr(Expr { kind: ExprKind::Constant(Constant::Str(_)), .. }));
            if doc {
                continue;
            }
            break;
        };
        if &*m.name != "__future__" {
            break;
        }
        end = s.span.start;
        for n in names {
            // Unknown ones were refused by `validate`.
            found |= &*n.name.name == "annotations";
        }
    }
    Ok((found, end))
}

impl<'a> Unit<'a> {
    pub(super) fn import_stmt(&mut self, names: &'a [Alias], span: Span) -> Res {
        for a in names {
            let mark = self.regs.mark();
            let t = self.regs.alloc();
            let none = self.none(span);
            let site = self.site(&a.name.name, Op::ImportName);
            self.op(Op::ImportName, t, site, none, span);
            let mut parts = a.name.name.split('.');
            let top: Name = Arc::from(parts.next().unwrap_or(""));
            match &a.asname {
                Some(name) => {
                    for part in parts {
                        let site = self.site(&Arc::from(part), Op::ImportFrom);
                        self.op(Op::ImportFrom, t, t, site, span);
                    }
                    self.store(&name.name, t, span);
                }
                None => self.store(&top, t, span),
            }
            self.regs.reset(mark);
        }
        Ok(())
    }

    pub(super) fn import_from(&mut self, module: Option<&Ident>, names: &'a [Alias], level: u32, span: Span) -> Res {
        let Ok(level) = u8::try_from(level) else { return Err(error(span, "too many levels of relative import")) };
        let name: Name = module.map_or_else(|| Arc::from(""), |m| m.name.clone());
        if level == 0 && &*name == "__future__" && span.start > self.cx.future_end {
            return Err(error(span, "from __future__ imports must occur at the beginning of the file"));
        }
        let t = self.regs.alloc();
        let wanted = names.iter().map(|a| Const::Str(a.name.name.clone())).collect();
        let list = self.konst_temp(Const::Tuple(wanted), span);
        let site = self.site(&name, Op::ImportName);
        self.opx(Op::ImportName, level, t, site, list, span);
        if let [a] = names
            && &*a.name.name == "*"
        {
            self.op(Op::ImportStar, t, 0, 0, span);
            return Ok(());
        }
        let part = self.regs.alloc();
        for a in names {
            let site = self.site(&a.name.name, Op::ImportFrom);
            self.op(Op::ImportFrom, part, t, site, span);
            self.store(&a.asname.as_ref().unwrap_or(&a.name).name, part, span);
        }
        Ok(())
    }
}
