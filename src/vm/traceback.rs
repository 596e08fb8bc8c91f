//! Traceback and frame objects, made of an exception's trace when they are asked for. Floor 5.

use super::Vm;
use crate::heap::Gc;
use crate::object::{Code, Exception, RecordTag};
use crate::value::Value;

impl Vm {
    /// A frame object for `code` at `line`.
    pub fn new_frame(&mut self, code: Gc<Code>, globals: Value, line: u32) -> Value {
        let class = self.types.frame;
        let fields = [code.value(), globals, Value::small(line as i64), Value::NONE];
        self.new_record(class, RecordTag::Frame, &fields).value()
    }

    /// `exc.__traceback__`: the outermost level of what its trace tells, or `None`.
    pub fn traceback_of(&mut self, exc: Value) -> Value {
        let Some(e) = exc.cast::<Exception>() else { return Value::NONE };
        if let Some(tb) = e.traceback.get().defined() {
            return tb;
        }
        let trace = e.trace.borrow().clone();
        let mut next = Value::NONE;
        for t in trace {
            if t.code.code.source.hidden {
                continue;
            }
            let line = t.code.code.line(t.pc as usize);
            let globals = self.globals_of_source(&t.code.code.source.name);
            let frame = self.new_frame(t.code, globals, line);
            let class = self.types.traceback;
            let fields = [frame, Value::small(t.pc as i64), next];
            next = self.new_record(class, RecordTag::Traceback, &fields).value();
        }
        next
    }

    /// The namespace of the module whose text has this name, or `None`.
    pub fn globals_of_source(&mut self, name: &str) -> Value {
        let (file, main) = (self.names.file, self.names.main);
        let modules = self.modules.to_vec();
        let found = modules.iter().filter_map(|e| e.value.cast::<crate::object::Module>()).find(|m| {
            m.dict.get_str(file).and_then(|f| f.cast::<crate::object::Str>()).is_some_and(|f| f.as_str() == name)
        });
        match found.or_else(|| self.modules.get_str(main).and_then(|m| m.cast::<crate::object::Module>())) {
            Some(m) => m.dict.value(),
            None => Value::NONE,
        }
    }
}
