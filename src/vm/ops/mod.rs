//! Operators on built-in layouts, without code of the language. Floor 5.
//!
//! Invariant: an operator that a pair of types does not have gives `NotImplemented`, so that the caller can ask the
//! other operand; one that needs code of the language for items hands over to the prelude.
pub mod access;
pub mod collection;
pub mod compare;
pub mod format;
mod items;
mod items_store;
mod iterate;
mod keyed;
pub mod number;
mod set_algebra;
mod slicing;
pub mod sorting;
pub mod strformat;
pub mod text;
pub mod text_intrinsics;
pub mod text_ops;
mod text_records;

pub use items::INTRINSICS as ITEM_INTRINSICS;
pub use iterate::INTRINSICS as ITER_INTRINSICS;
pub use keyed::KeyOp;
pub use set_algebra::SetOp;
pub use slicing::Bounds;

use super::native::NativeDef;
use super::{Ctl, Res, Vm};
use crate::object::View;
use crate::object::pure::Num;
use crate::syntax::ast::{BinOp, UnaryOp};
use crate::text::{ErrorKind, TextError, TextResult};
use crate::value::Value;

/// The intrinsics of the prelude files that belong to operators.
pub const INTRINSICS: &[&[NativeDef]] = &[
    access::INTRINSICS,
    compare::INTRINSICS,
    format::INTRINSICS,
    strformat::INTRINSICS,
    text_intrinsics::INTRINSICS,
    super::report::INTRINSICS,
];

impl Vm {
    /// `a <op> b` of built-in layouts: `NotImplemented` where the pair of types has no such operator.
    pub fn pure_binary(&mut self, op: BinOp, a: Value, b: Value) -> Res {
        if let (Some(x), Some(y)) = (Num::of(a), Num::of(b)) {
            if let (Some(p), Some(q)) = (a.as_bool(), b.as_bool()) {
                match op {
                    BinOp::BitAnd => return Ok(Value::bool(p & q)),
                    BinOp::BitOr => return Ok(Value::bool(p | q)),
                    BinOp::BitXor => return Ok(Value::bool(p ^ q)),
                    _ => {}
                }
            }
            return self.number_binary(op, x, y);
        }
        match (a.view(), b.view()) {
            (View::Str(s), _) => self.str_binary(op, s, a, b),
            (View::Complex(_), _) | (_, View::Complex(_)) => self.complex_binary(op, a, b),
            (View::Bytes(_) | View::ByteArray(_), _) => self.bytes_binary(op, a, b),
            _ => self.collection_binary(op, a, b),
        }
    }

    /// `a <op>= b` where `a` is changed in place; `NotImplemented` where it isn't, and the plain operator serves.
    pub fn pure_inplace(&mut self, op: BinOp, a: Value, b: Value) -> Res {
        match a.view() {
            View::List(_) | View::Dict(_) | View::Set(_) | View::ByteArray(_) => self.collection_inplace(op, a, b),
            _ => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    /// `+v`, `-v`, `~v`; `NotImplemented` where there is none.
    pub fn pure_unary(&mut self, op: UnaryOp, v: Value) -> Res {
        let view = v.view();
        if let View::Complex(c) = view {
            return Ok(match op {
                UnaryOp::Plus => self.new_complex(c.re, c.im),
                UnaryOp::Minus => self.new_complex(-c.re, -c.im),
                _ => Value::NOT_IMPLEMENTED,
            });
        }
        let Some(n) = Num::of(v) else { return Ok(Value::NOT_IMPLEMENTED) };
        Ok(match (op, n) {
            (UnaryOp::Plus, Num::Int(i)) => self.new_int(i),
            (UnaryOp::Minus, Num::Int(i)) => match i.checked_neg() {
                Some(i) => self.new_int(i),
                None => self.new_big(-dashu_int::IBig::from(i)),
            },
            (UnaryOp::Invert, Num::Int(i)) => self.new_int(!i),
            (UnaryOp::Plus, Num::Float(f)) => self.new_float(f),
            (UnaryOp::Minus, Num::Float(f)) => self.new_float(-f),
            (UnaryOp::Plus, Num::Big(b)) => self.new_big(b.value.clone()),
            (UnaryOp::Minus, Num::Big(b)) => self.new_big(-b.value.clone()),
            (UnaryOp::Invert, Num::Big(b)) => self.new_big(crate::text::int::invert(&b.value)),
            _ => Value::NOT_IMPLEMENTED,
        })
    }

    /// The exception that a failure of the algorithms on numbers and text stands for.
    #[cold]
    pub fn text_error(&mut self, e: TextError) -> Ctl {
        let class = match e.kind {
            ErrorKind::Value => self.types.ValueError,
            ErrorKind::Type => self.types.TypeError,
            ErrorKind::Overflow => self.types.OverflowError,
            ErrorKind::ZeroDivision => self.types.ZeroDivisionError,
            ErrorKind::Index => self.types.IndexError,
            ErrorKind::Memory => self.types.MemoryError,
        };
        self.raise(class, &e.message)
    }

    /// The value of a [`TextResult`], or its error as an exception.
    #[inline]
    pub fn text_result<T>(&mut self, r: TextResult<T>) -> Res<T> {
        r.map_err(|e| self.text_error(e))
    }

    /// Whether the class of `v` defines the special method `name` in the language: then an error of a built-in operator
    /// is not the last word.
    pub fn user_reflected(&mut self, v: Value, op: BinOp) -> bool {
        let n = &self.names;
        let name = match op {
            BinOp::Add => n.radd,
            BinOp::Sub => n.rsub,
            BinOp::Mul => n.rmul,
            BinOp::Div => n.rtruediv,
            BinOp::FloorDiv => n.rfloordiv,
            BinOp::Mod => n.rmod,
            BinOp::Pow => n.rpow,
            BinOp::MatMul => n.rmatmul,
            BinOp::LShift => n.rlshift,
            BinOp::RShift => n.rrshift,
            BinOp::BitAnd => n.rand,
            BinOp::BitOr => n.ror,
            BinOp::BitXor => n.rxor,
        };
        v.as_object().is_some() && self.special(v, name).is_some()
    }
}

#[cfg(test)]
mod tests;
