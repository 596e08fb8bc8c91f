//! Constant folding where CPython's is visible, nothing cleverer. Floor 2.
//!
//! Invariant: a folded value equals what the instructions would compute; whatever could raise, or grow large, is left
//! to run time.

use crate::bytecode::program::Const;
use crate::syntax::ast::*;
use std::sync::Arc;

/// Strings and tuples longer than this are built at run time.
const MAX_LEN: usize = 4096;

/// The value of a constant expression.
pub(super) fn fold(e: &Expr) -> Option<Const> {
    match &e.kind {
        ExprKind::Constant(c) => Some(constant(c)),
        ExprKind::Name(name) if &**name == "__debug__" => Some(Const::True),
        ExprKind::Tuple(items) => Some(Const::Tuple(items.iter().map(fold).collect::<Option<_>>()?)),
        ExprKind::UnaryOp { op, operand } => unary(*op, fold(operand)?),
        ExprKind::BinOp { .. } => {
            let mut chain = Vec::new();
            let mut at = e;
            while let ExprKind::BinOp { left, op, right } = &at.kind {
                chain.push((*op, right));
                at = left;
            }
            let first = fold(at)?;
            chain.iter().rev().try_fold(first, |acc, (op, right)| binary(*op, &acc, &fold(right)?))
        }
        _ => None,
    }
}

/// A literal as a constant.
pub(super) fn constant(c: &Constant) -> Const {
    match c {
        Constant::None => Const::None,
        Constant::True => Const::True,
        Constant::False => Const::False,
        Constant::Ellipsis => Const::Ellipsis,
        Constant::Int(i) => Const::Int(*i),
        Constant::BigInt { digits, radix } => Const::BigInt { digits: digits.clone(), radix: *radix },
        Constant::Float(f) => Const::Float(*f),
        Constant::Imaginary(f) => Const::Imaginary(*f),
        Constant::Str(s) => Const::Str(s.clone()),
        Constant::Bytes(b) => Const::Bytes(b.clone()),
    }
}

/// Whether a constant is true.
pub(super) fn truth(c: &Const) -> bool {
    match c {
        Const::None | Const::False => false,
        Const::True | Const::Ellipsis | Const::BigInt { .. } => true,
        Const::Int(i) => *i != 0,
        Const::Float(f) | Const::Imaginary(f) => *f != 0.0,
        Const::Str(s) => !s.is_empty(),
        Const::Bytes(b) => !b.is_empty(),
        Const::Tuple(t) => !t.is_empty(),
    }
}

fn int(c: &Const) -> Option<i64> {
    match c {
        Const::Int(i) => Some(*i),
        Const::True => Some(1),
        Const::False => Some(0),
        _ => None,
    }
}

fn unary(op: UnaryOp, c: Const) -> Option<Const> {
    Some(match (op, c) {
        (UnaryOp::Not, c) => {
            if truth(&c) {
                Const::False
            } else {
                Const::True
            }
        }
        (UnaryOp::Minus, Const::Float(f)) => Const::Float(-f),
        (UnaryOp::Plus, Const::Float(f)) => Const::Float(f),
        (UnaryOp::Minus, Const::BigInt { digits, radix: 10 }) if &*digits == "9223372036854775808" => {
            Const::Int(i64::MIN)
        }
        (UnaryOp::Minus, c) => Const::Int(int(&c)?.checked_neg()?),
        (UnaryOp::Plus, c) => Const::Int(int(&c)?),
        (UnaryOp::Invert, c @ (Const::Int(_) | Const::True | Const::False)) => Const::Int(!int(&c)?),
        _ => return None,
    })
}

/// The value of `a op b` for constants.
pub(super) fn binary(op: BinOp, a: &Const, b: &Const) -> Option<Const> {
    match (op, a, b) {
        (BinOp::Add, Const::Str(a), Const::Str(b)) if a.len() + b.len() <= MAX_LEN => {
            return Some(Const::Str(Arc::from(format!("{a}{b}"))));
        }
        (BinOp::Add, Const::Bytes(a), Const::Bytes(b)) if a.len() + b.len() <= MAX_LEN => {
            return Some(Const::Bytes([&a[..], &b[..]].concat().into()));
        }
        (BinOp::Add, Const::Tuple(a), Const::Tuple(b)) if a.len() + b.len() <= 256 => {
            return Some(Const::Tuple([&a[..], &b[..]].concat().into()));
        }
        (BinOp::Mul, Const::Str(s), n) | (BinOp::Mul, n, Const::Str(s)) => {
            let n = usize::try_from(int(n)?.max(0)).ok()?;
            return (s.len().checked_mul(n)? <= MAX_LEN).then(|| Const::Str(Arc::from(s.repeat(n))));
        }
        (BinOp::Mul, Const::Bytes(s), n) | (BinOp::Mul, n, Const::Bytes(s)) => {
            let n = usize::try_from(int(n)?.max(0)).ok()?;
            return (s.len().checked_mul(n)? <= MAX_LEN).then(|| Const::Bytes(s.repeat(n).into()));
        }
        (BinOp::Mul, Const::Tuple(t), n) | (BinOp::Mul, n, Const::Tuple(t)) => {
            let n = usize::try_from(int(n)?.max(0)).ok()?;
            return (t.len().checked_mul(n)? <= 256)
                .then(|| Const::Tuple(t.iter().cycle().take(t.len() * n).cloned().collect()));
        }
        _ => {}
    }
    if matches!(a, Const::Float(_)) || matches!(b, Const::Float(_)) || op == BinOp::Div {
        return float(op, a, b);
    }
    if let (Const::True | Const::False, Const::True | Const::False) = (a, b)
        && matches!(op, BinOp::BitAnd | BinOp::BitOr | BinOp::BitXor)
    {
        // These give a bool.
        return None;
    }
    let (a, b) = (int(a)?, int(b)?);
    Some(Const::Int(match op {
        BinOp::Add => a.checked_add(b)?,
        BinOp::Sub => a.checked_sub(b)?,
        BinOp::Mul => a.checked_mul(b)?,
        BinOp::FloorDiv => {
            let q = a.checked_div(b)?;
            if a % b != 0 && (a < 0) != (b < 0) { q.checked_sub(1)? } else { q }
        }
        BinOp::Mod => {
            let r = a.checked_rem(b)?;
            if r != 0 && (r < 0) != (b < 0) { r + b } else { r }
        }
        BinOp::Pow => a.checked_pow(u32::try_from(b).ok()?)?,
        BinOp::LShift => {
            let shifted = a.checked_shl(u32::try_from(b).ok()?)?;
            if b >= 63 || shifted >> b != a {
                return None;
            }
            shifted
        }
        BinOp::RShift => a >> u32::try_from(b).ok()?.min(63),
        BinOp::BitAnd => a & b,
        BinOp::BitOr => a | b,
        BinOp::BitXor => a ^ b,
        BinOp::Div | BinOp::MatMul => return None,
    }))
}

/// Float arithmetic that has one correctly rounded answer.
fn float(op: BinOp, a: &Const, b: &Const) -> Option<Const> {
    let number = |c: &Const| match c {
        Const::Float(f) => Some(*f),
        c => int(c).filter(|i| i.unsigned_abs() <= 1 << 53).map(|i| i as f64),
    };
    let (a, b) = (number(a)?, number(b)?);
    Some(Const::Float(match op {
        BinOp::Add => a + b,
        BinOp::Sub => a - b,
        BinOp::Mul => a * b,
        BinOp::Div if b != 0.0 => a / b,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_as_python_has_them() {
        let f = |op, a, b| binary(op, &Const::Int(a), &Const::Int(b));
        assert_eq!(f(BinOp::FloorDiv, -7, 2), Some(Const::Int(-4)));
        assert_eq!(f(BinOp::Mod, -7, 3), Some(Const::Int(2)));
        assert_eq!(f(BinOp::Mod, 7, -3), Some(Const::Int(-2)));
        assert_eq!(f(BinOp::FloorDiv, 1, 0), None);
        assert_eq!(f(BinOp::LShift, 1, 63), None);
        assert_eq!(f(BinOp::LShift, 1, 62), Some(Const::Int(1 << 62)));
        assert_eq!(f(BinOp::RShift, -1, 100), Some(Const::Int(-1)));
        assert_eq!(f(BinOp::Div, 1, 2), Some(Const::Float(0.5)));
        assert_eq!(f(BinOp::Pow, 2, 64), None);
    }
}
