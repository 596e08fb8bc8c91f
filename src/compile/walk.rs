//! The children of an expression, in the order of evaluation. Floor 2.
//!
//! Invariant: every direct subexpression is visited exactly once.

use crate::syntax::ast::*;

/// Calls `f` on each direct subexpression until one fails.
pub(super) fn try_children<'a, E>(e: &'a Expr, f: &mut dyn FnMut(&'a Expr) -> Result<(), E>) -> Result<(), E> {
    match &e.kind {
        ExprKind::BoolOp { values, .. } => values.iter().try_for_each(f),
        ExprKind::Named { value, .. } => f(value),
        ExprKind::BinOp { left, right, .. } => {
            f(left)?;
            f(right)
        }
        ExprKind::UnaryOp { operand, .. } => f(operand),
        ExprKind::Lambda { params, body } => {
            params
                .posonly
                .iter()
                .chain(&params.args)
                .chain(&params.kwonly)
                .filter_map(|p| p.default.as_ref())
                .try_for_each(&mut *f)?;
            f(body)
        }
        ExprKind::IfExp { test, body, orelse } => {
            f(test)?;
            f(body)?;
            f(orelse)
        }
        ExprKind::Dict(items) => items.iter().try_for_each(|(k, v)| {
            k.as_ref().map_or(Ok(()), &mut *f)?;
            f(v)
        }),
        ExprKind::Set(items) | ExprKind::List(items) | ExprKind::Tuple(items) => items.iter().try_for_each(f),
        ExprKind::ListComp { elt, generators }
        | ExprKind::SetComp { elt, generators }
        | ExprKind::GeneratorExp { elt, generators } => {
            generators_of(generators, f)?;
            f(elt)
        }
        ExprKind::DictComp { key, value, generators } => {
            generators_of(generators, f)?;
            f(key)?;
            f(value)
        }
        ExprKind::Await(v) | ExprKind::YieldFrom(v) | ExprKind::Starred(v) => f(v),
        ExprKind::Yield(v) => v.as_ref().map_or(Ok(()), |v| f(v)),
        ExprKind::Compare { left, rest } => {
            f(left)?;
            rest.iter().try_for_each(|(_, e)| f(e))
        }
        ExprKind::Call(c) => {
            f(&c.func)?;
            c.args.iter().try_for_each(&mut *f)?;
            c.keywords.iter().try_for_each(|k| f(&k.value))
        }
        ExprKind::FString(parts) => fstring(parts, f),
        ExprKind::Attribute { value, .. } => f(value),
        ExprKind::Subscript { value, index } => {
            f(value)?;
            f(index)
        }
        ExprKind::Slice { lower, upper, step } => [lower, upper, step].into_iter().flatten().try_for_each(|e| f(e)),
        ExprKind::Constant(_) | ExprKind::Name(_) => Ok(()),
    }
}

fn generators_of<'a, E>(gs: &'a [Comprehension], f: &mut dyn FnMut(&'a Expr) -> Result<(), E>) -> Result<(), E> {
    gs.iter().try_for_each(|g| {
        f(&g.iter)?;
        f(&g.target)?;
        g.ifs.iter().try_for_each(&mut *f)
    })
}

fn fstring<'a, E>(parts: &'a [FStringPart], f: &mut dyn FnMut(&'a Expr) -> Result<(), E>) -> Result<(), E> {
    parts.iter().try_for_each(|p| match p {
        FStringPart::Literal(_) => Ok(()),
        FStringPart::Field(field) => {
            f(&field.value)?;
            field.spec.as_ref().map_or(Ok(()), |s| fstring(s, f))
        }
    })
}

/// Whether evaluating the expression may bind a name by `:=`.
pub(super) fn has_walrus(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Named { .. })
        || try_children(e, &mut |c| if has_walrus(c) { Err(()) } else { Ok(()) }).is_err()
}
