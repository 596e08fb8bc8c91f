//! Stand-ins until the operators are merged. Floor 5.
use crate::syntax::ast::{BinOp, CmpOp};
use crate::value::Value;
use crate::vm::{Res, Vm};

impl Vm {
    pub fn pure_binary(&mut self, _: BinOp, _: Value, _: Value) -> Res {
        Ok(Value::NOT_IMPLEMENTED)
    }
    pub fn pure_inplace(&mut self, _: BinOp, _: Value, _: Value) -> Res {
        Ok(Value::NOT_IMPLEMENTED)
    }
    pub fn pure_compare(&mut self, _: CmpOp, _: Value, _: Value) -> Res {
        Ok(Value::NOT_IMPLEMENTED)
    }
    pub fn repr_value(&mut self, _: Value) -> Res {
        Ok(Value::NOT_IMPLEMENTED)
    }
}
impl Vm {
    pub fn pure_unary(&mut self, _: crate::syntax::ast::UnaryOp, _: Value) -> Res {
        Ok(Value::NOT_IMPLEMENTED)
    }
    pub fn pure_getitem(&mut self, _: Value, _: Value) -> Res {
        Ok(Value::NONE)
    }
    pub fn pure_setitem(&mut self, _: Value, _: Value, _: Value) -> Res<()> {
        Ok(())
    }
    pub fn pure_delitem(&mut self, _: Value, _: Value) -> Res<()> {
        Ok(())
    }
    pub fn pure_contains(&mut self, _: Value, _: Value) -> Res {
        Ok(Value::TRUE)
    }
    pub fn pure_len(&mut self, _: Value) -> Res<Option<usize>> {
        Ok(None)
    }
    pub fn str_value(&mut self, _: Value) -> Res {
        Ok(Value::NOT_IMPLEMENTED)
    }
    pub fn format_value(&mut self, _: Value, _: &str) -> Res {
        Ok(Value::NOT_IMPLEMENTED)
    }
    pub fn traceback_of(&mut self, _: Value) -> Value {
        Value::NONE
    }
}
