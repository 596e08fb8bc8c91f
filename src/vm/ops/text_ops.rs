//! Operators of `str`, `bytes` and `bytearray`: concatenation, repetition, `%`. Floor 5.

use super::super::{Res, Vm};
use crate::heap::Gc;
use crate::object::memoryview::view_of;
use crate::object::{ByteArray, Str, View, str_};
use crate::syntax::ast::BinOp;
use crate::value::Value;

/// Texts longer than this are not made: lengths are 32-bit.
pub const MAX_TEXT: usize = u32::MAX as usize / 2;

impl Vm {
    pub(super) fn str_binary(&mut self, op: BinOp, s: Gc<Str>, a: Value, b: Value) -> Res {
        match op {
            BinOp::Add => match b.cast::<Str>() {
                Some(t) => self.str_concat(s, t),
                None if self.user_reflected(b, op) => Ok(Value::NOT_IMPLEMENTED),
                None => {
                    let message = format!("can only concatenate str (not \"{}\") to str", self.class_name(b));
                    Err(self.type_error(message))
                }
            },
            BinOp::Mod => self.percent_format(s, b),
            BinOp::Mul => self.repeat_sequence(a, b),
            _ => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    /// `s + t`.
    #[inline]
    pub fn str_concat(&mut self, s: Gc<Str>, t: Gc<Str>) -> Res {
        let class = self.types.str_;
        if s.nbytes() == 0 && t.class() == class {
            return Ok(t.value());
        }
        if t.nbytes() == 0 && s.class() == class {
            return Ok(s.value());
        }
        if s.nbytes() + t.nbytes() > MAX_TEXT {
            return Err(self.memory_error(""));
        }
        Ok(str_::concat(&mut self.heap, class, s, t).value())
    }

    /// The bytes of a bytes-like object.
    pub fn bytes_of(&self, v: Value) -> Option<Vec<u8>> {
        match v.view() {
            View::Bytes(b) => Some(b.items().to_vec()),
            View::ByteArray(b) => Some(b.bytes.borrow().clone()),
            View::Native(_) => view_of(v).filter(|m| !m.is_released()).map(|m| m.to_bytes()),
            _ => None,
        }
    }

    /// Makes sure that `b` may change its size. Otherwise the prelude calls the method `name` again when views that are
    /// garbage have been collected.
    ///
    /// # Errors
    /// BufferError while there are views.
    #[inline]
    pub fn resizable(&mut self, b: Gc<ByteArray>, name: &str, args: &[Value]) -> Res<()> {
        if b.exports.any() { self.resizable_slow(b, name, args) } else { Ok(()) }
    }

    #[cold]
    fn resizable_slow(&mut self, b: Gc<ByteArray>, name: &str, args: &[Value]) -> Res<()> {
        if b.exports.exact.get() {
            return Err(self.buffer_error("Existing exports of data: object cannot be re-sized"));
        }
        let mut all = vec![self.new_str(name), b.value()];
        all.extend(args.iter().filter(|v| !v.is_undef()));
        // What calls have left behind is not a use of a view.
        self.threads.current.forget_above_top();
        self.prelude_call("bytearray_after_collection", &all)
    }

    /// A new `bytearray`.
    pub fn new_bytearray(&mut self, bytes: Vec<u8>) -> Value {
        self.heap.charge(bytes.capacity());
        self.heap.alloc(ByteArray::new(self.types.bytearray, bytes)).value()
    }

    /// `bytes`, or a `bytearray` if `like` is one.
    pub fn new_bytes_like(&mut self, like: Value, bytes: &[u8]) -> Value {
        match like.view() {
            View::ByteArray(_) => self.new_bytearray(bytes.to_vec()),
            _ => self.new_bytes(bytes),
        }
    }

    pub(super) fn bytes_binary(&mut self, op: BinOp, a: Value, b: Value) -> Res {
        match op {
            BinOp::Add => match (self.bytes_of(a), self.bytes_of(b)) {
                (Some(mut x), Some(y)) => {
                    x.extend_from_slice(&y);
                    Ok(self.new_bytes_like(a, &x))
                }
                _ if self.user_reflected(b, op) => Ok(Value::NOT_IMPLEMENTED),
                _ => {
                    let message = format!("can't concat {} to {}", self.class_name(b), self.class_name(a));
                    Err(self.type_error(message))
                }
            },
            BinOp::Mod => self.percent_format_bytes(a, b),
            BinOp::Mul => self.repeat_sequence(a, b),
            _ => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    /// `a * n` of a sequence, as [`Vm::pure_binary`].
    pub(super) fn repeat_sequence(&mut self, a: Value, n: Value) -> Res {
        let n = match n.view() {
            View::Int(_) | View::Bool(_) | View::BigInt(_) => match self.small_int(n) {
                Some(n) => usize::try_from(n).unwrap_or(0),
                None => return Err(self.overflow_error("cannot fit 'int' into an index-sized integer")),
            },
            _ => {
                if self.user_reflected(n, BinOp::Mul) {
                    return Ok(Value::NOT_IMPLEMENTED);
                }
                let index = self.names.index;
                if n.as_object().is_some() && self.special(n, index).is_some() {
                    return self.prelude_call("repeat_by_index", &[a, n]);
                }
                let message = format!("can't multiply sequence by non-int of type '{}'", self.class_name(n));
                return Err(self.type_error(message));
            }
        };
        let too_long = |len: usize| len.checked_mul(n).is_none_or(|total| total > MAX_TEXT);
        match a.view() {
            View::Str(s) => {
                if n == 1 && s.class() == self.types.str_ {
                    return Ok(a);
                }
                if too_long(s.nbytes()) {
                    return Err(self.memory_error(""));
                }
                let text = s.as_str().repeat(n);
                Ok(self.new_str(&text))
            }
            View::Bytes(_) | View::ByteArray(_) => {
                let bytes = self.bytes_of(a).unwrap_or_default();
                if too_long(bytes.len()) {
                    return Err(self.memory_error(""));
                }
                Ok(self.new_bytes_like(a, &bytes.repeat(n)))
            }
            View::Tuple(t) => {
                if n == 1 && t.class() == self.types.tuple {
                    return Ok(a);
                }
                if too_long(t.len() * 8) {
                    return Err(self.memory_error(""));
                }
                Ok(self.new_tuple(&t.items().repeat(n)))
            }
            View::List(l) => {
                if too_long(l.len() * 8) {
                    return Err(self.memory_error(""));
                }
                let items = l.items.borrow().repeat(n);
                Ok(self.new_list(items))
            }
            _ => Ok(Value::NOT_IMPLEMENTED),
        }
    }
}
