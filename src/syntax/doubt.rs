//! What is legal but doubtful: the texts of CPython's `SyntaxWarning`s. Floor 1.
//!
//! Invariant: looks only at the node itself, its direct children, and what CPython folds to a constant below them.

use super::ast::*;

/// What CPython warns of in a comparison: `is` with a literal.
pub(super) fn identity(left: &Expr, rest: &[(CmpOp, Expr)]) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = left;
    for (op, right) in rest {
        if matches!(op, CmpOp::Is | CmpOp::IsNot)
            && let Some(kind) = literal_name(left).or_else(|| literal_name(right))
        {
            let (is, eq) = if *op == CmpOp::Is { ("is", "==") } else { ("is not", "!=") };
            found.push(format!("\"{is}\" with '{kind}' literal. Did you mean \"{eq}\"?"));
        }
        left = right;
    }
    found
}

/// What CPython warns of in a call.
pub(super) fn call(func: &Expr) -> Option<String> {
    let kind = uncallable(func)?;
    Some(format!("'{kind}' object is not callable; perhaps you missed a comma?"))
}

/// What CPython warns of in a subscript.
pub(super) fn subscript(value: &Expr, index: &Expr) -> Option<String> {
    if let Some(kind) = unsubscriptable(value) {
        return Some(format!("'{kind}' object is not subscriptable; perhaps you missed a comma?"));
    }
    let (kind, index) = (sequence_name(value)?, bad_index(index)?);
    Some(format!("{kind} indices must be integers or slices, not {index}; perhaps you missed a comma?"))
}

/// The type of a constant, but for those that are single objects.
fn constant_type(c: &Constant) -> Option<&'static str> {
    Some(match c {
        Constant::None | Constant::True | Constant::False | Constant::Ellipsis => return None,
        Constant::Int(_) | Constant::BigInt { .. } => "int",
        Constant::Float(_) => "float",
        Constant::Imaginary(_) => "complex",
        Constant::Str(_) => "str",
        Constant::Bytes(_) => "bytes",
    })
}

/// How deep operators on constants are followed.
const FOLDED: u32 = 8;

/// The type of what CPython makes a constant before it looks for doubtful code: `-1`, `2 ** 63`, `not 0`.
fn folded_type(e: &Expr, depth: u32) -> Option<&'static str> {
    if depth == FOLDED {
        return None;
    }
    match &e.kind {
        ExprKind::Constant(Constant::True | Constant::False) => Some("bool"),
        ExprKind::Constant(c) => constant_type(c),
        ExprKind::Tuple(v) if v.iter().all(|e| matches!(e.kind, ExprKind::Constant(_))) => Some("tuple"),
        ExprKind::UnaryOp { op, operand } => match (op, folded_type(operand, depth + 1)?) {
            (UnaryOp::Not, _) => Some("bool"),
            (_, "bool" | "int") => Some("int"),
            (UnaryOp::Minus | UnaryOp::Plus, kind @ ("float" | "complex")) => Some(kind),
            _ => None,
        },
        ExprKind::BinOp { left, op, right } => {
            let (a, b) = (folded_type(left, depth + 1)?, folded_type(right, depth + 1)?);
            let rank = |kind| ["bool", "int", "float", "complex"].iter().position(|&k| k == kind);
            match (op, rank(a)?.max(rank(b)?)) {
                (BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Pow, 0 | 1) => Some("int"),
                (BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor, 1) => Some("int"),
                (BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor, 0) => Some("bool"),
                (BinOp::LShift | BinOp::RShift, 0 | 1) => Some("int"),
                (BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div, 2) => Some("float"),
                (BinOp::Add | BinOp::Sub | BinOp::Mul | BinOp::Div, 3) => Some("complex"),
                _ => None,
            }
        }
        _ => None,
    }
}

fn literal_name(e: &Expr) -> Option<&'static str> {
    folded_type(e, 0).filter(|&kind| kind != "bool")
}

fn display_name(e: &Expr) -> Option<&'static str> {
    Some(match &e.kind {
        ExprKind::Constant(Constant::None) => "NoneType",
        ExprKind::Constant(Constant::True | Constant::False) => "bool",
        ExprKind::Constant(Constant::Ellipsis) => "ellipsis",
        ExprKind::Constant(c) => return constant_type(c),
        ExprKind::Tuple(_) => "tuple",
        ExprKind::List(_) | ExprKind::ListComp { .. } => "list",
        ExprKind::Dict(_) | ExprKind::DictComp { .. } => "dict",
        ExprKind::Set(_) | ExprKind::SetComp { .. } => "set",
        ExprKind::GeneratorExp { .. } => "generator",
        ExprKind::Lambda { .. } => "function",
        ExprKind::FString(_) => "str",
        _ => return folded_type(e, 0),
    })
}

fn uncallable(e: &Expr) -> Option<&'static str> {
    display_name(e).filter(|n| *n != "function")
}

fn unsubscriptable(e: &Expr) -> Option<&'static str> {
    match &e.kind {
        ExprKind::Constant(Constant::Str(_) | Constant::Bytes(_)) | ExprKind::FString(_) => None,
        _ => display_name(e).filter(|n| !matches!(*n, "tuple" | "list" | "dict")),
    }
}

fn sequence_name(e: &Expr) -> Option<&'static str> {
    match &e.kind {
        ExprKind::Tuple(_)
        | ExprKind::List(_)
        | ExprKind::ListComp { .. }
        | ExprKind::FString(_)
        | ExprKind::Constant(Constant::Str(_) | Constant::Bytes(_)) => display_name(e),
        _ => None,
    }
}

fn bad_index(e: &Expr) -> Option<&'static str> {
    match &e.kind {
        ExprKind::Constant(Constant::Int(_) | Constant::BigInt { .. } | Constant::True | Constant::False) => None,
        _ => display_name(e).filter(|kind| !matches!(*kind, "int" | "bool")),
    }
}
