//! Loading compiled code into a VM: constants become values. Floor 5.

use super::Vm;
use crate::bytecode::program::{self, Const};
use crate::heap::Gc;
use crate::object::{Code, Dict, Function};
use crate::value::Value;
use dashu_int::IBig;
use std::sync::Arc;

impl Vm {
    /// Loads a code block; its children are loaded when they are first needed.
    pub fn load_code(&mut self, code: Arc<program::Code>) -> Gc<Code> {
        let consts: Box<[Value]> = code.consts.iter().map(|c| self.load_const(c)).collect();
        let names: Box<[Value]> = code.names.iter().map(|n| self.intern(n).value()).collect();
        let class = self.types.code;
        self.heap.alloc(Code::new(class, code, consts, names))
    }

    /// A constant as a value.
    pub fn load_const(&mut self, c: &Const) -> Value {
        match c {
            Const::None => Value::NONE,
            Const::True => Value::TRUE,
            Const::False => Value::FALSE,
            Const::Ellipsis => Value::ELLIPSIS,
            Const::Int(i) => self.new_int(*i),
            Const::BigInt { digits, radix } => {
                let b = IBig::from_str_radix(digits, *radix).unwrap_or(IBig::ZERO);
                self.new_big(b)
            }
            Const::Float(f) => self.new_float(*f),
            Const::Imaginary(f) => self.new_complex(0.0, *f),
            Const::Str(s) if crate::text::unicode::is_identifier(s) => self.intern(s).value(),
            Const::Str(s) => self.new_str(s),
            Const::Bytes(b) => self.new_bytes(b),
            Const::Tuple(items) => {
                let items: Vec<Value> = items.iter().map(|c| self.load_const(c)).collect();
                self.new_tuple(&items)
            }
        }
    }

    /// A function without defaults, closure or annotations.
    pub fn new_plain_function(&mut self, code: Gc<Code>, globals: Gc<Dict>) -> Value {
        self.new_function_object(code, globals, Value::NONE).value()
    }

    /// A function with a closure: a tuple of cells, or `None`.
    pub fn new_function_object(&mut self, code: Gc<Code>, globals: Gc<Dict>, closure: Value) -> Gc<Function> {
        let name = self.new_str(&code.code.name);
        let qualname = self.new_str(&code.code.qualname);
        let doc = code.code.doc.clone();
        let class = self.types.function;
        let mut f = Function::new(class, code, globals, name, qualname);
        f.closure = closure;
        let f = self.heap.alloc(f);
        if let Some(doc) = doc {
            let doc = self.new_str(&doc);
            f.doc.set(doc);
        }
        f
    }
}
