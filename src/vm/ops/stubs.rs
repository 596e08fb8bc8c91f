//! Placeholders until the parts of others are merged.
use super::super::{Res, Vm};
use crate::heap::Gc;
use crate::object::{Set, View};
use crate::value::Value;
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetOp {
    Or,
    And,
    Sub,
    Xor,
}
impl Vm {
    pub fn set_op(&mut self, _: SetOp, a: Gc<Set>, _: Value) -> Res {
        Ok(a.value())
    }
    pub fn set_inplace(&mut self, _: SetOp, _: Gc<Set>, _: Value) -> Res<()> {
        Ok(())
    }
    pub fn pure_repr(&mut self, v: Value, out: &mut String) -> Res<bool> {
        match v.view() {
            View::Str(s) => crate::text::escape::repr_str(s.as_str(), out),
            View::Int(i) => crate::text::int::push_i64(i, out),
            View::Float(f) => crate::text::float::repr(f, out),
            _ => out.push('?'),
        }
        Ok(true)
    }
    pub fn pure_str(&mut self, v: Value, out: &mut String) -> Res<bool> {
        match v.view() {
            View::Str(s) => out.push_str(s.as_str()),
            _ => return self.pure_repr(v, out),
        }
        Ok(true)
    }
    pub fn repr_value(&mut self, v: Value) -> Res {
        let mut out = String::new();
        self.pure_repr(v, &mut out)?;
        Ok(self.new_str(&out))
    }
    pub fn str_value(&mut self, v: Value) -> Res {
        let mut out = String::new();
        self.pure_str(v, &mut out)?;
        Ok(self.new_str(&out))
    }
}
impl Vm {
    pub fn pure_getitem(&mut self, _: Value, _: Value) -> Res {
        Ok(Value::NONE)
    }
    pub fn pure_contains(&mut self, _: Value, _: Value) -> Res {
        Ok(Value::NONE)
    }
    pub fn pure_setitem(&mut self, _: Value, _: Value, _: Value) -> Res<()> {
        Ok(())
    }
    pub fn pure_delitem(&mut self, _: Value, _: Value) -> Res<()> {
        Ok(())
    }
}
