//! Placeholders until the parts of others are merged.
use super::super::{Res, Vm};
use crate::object::View;
use crate::value::Value;
impl Vm {
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
    pub fn traceback_of(&mut self, _: Value) -> Value {
        Value::NONE
    }
}
