//! Traceback and frame objects, made of an exception's trace when they are asked for. Floor 5.

use super::Vm;
use crate::heap::Gc;
use crate::object::{Code, Exception, Record, RecordTag, TraceEntry};
use crate::value::Value;

impl Vm {
    /// A frame object for `code` at `line`.
    pub fn new_frame(&mut self, code: Gc<Code>, globals: Value, line: u32) -> Value {
        let f = self.frame_record(code, globals);
        f.set_field(super::frames::field::LINE, Value::small(line as i64));
        f.value()
    }

    /// `exc.__traceback__`: the outermost level of what its trace tells, or `None`.
    pub fn traceback_of(&mut self, exc: Value) -> Value {
        let Some(e) = exc.cast::<Exception>() else { return Value::NONE };
        let told = e.told.get();
        let trace = e.trace.borrow()[told..].to_vec();
        let mut next = e.traceback.get().defined().unwrap_or(Value::NONE);
        for (i, &t) in trace.iter().enumerate() {
            if t.code.code.source.hidden {
                continue;
            }
            let line = t.code.code.line(t.pc as usize);
            let globals = self.globals_of_source(&t.code.code.source.name);
            // The outermost level is the call that handles the exception, which still runs.
            let running = if i + 1 == trace.len() { self.frame_running(t.code) } else { None };
            let frame = running.unwrap_or_else(|| self.new_frame(t.code, globals, line));
            let class = self.types.traceback;
            let fields = [frame, Value::small(t.pc as i64), next, Value::small(line as i64)];
            next = self.new_record(class, RecordTag::Traceback, &fields).value();
        }
        e.told.set(told + trace.len());
        e.traceback.set(next);
        next
    }

    /// The levels of an exception's traceback, the outermost first: those that a program may have rearranged as their
    /// objects say.
    pub fn trace_levels(&self, exc: Value) -> Vec<TraceEntry> {
        let Some(e) = exc.cast::<Exception>() else { return Vec::new() };
        let mut levels: Vec<TraceEntry> = e.trace.borrow()[e.told.get()..].iter().rev().copied().collect();
        levels.extend(traceback_entries(e.traceback.get()));
        levels
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

/// The levels that a traceback object and those behind it tell, the outermost first.
pub fn traceback_entries(tb: Value) -> Vec<TraceEntry> {
    let mut levels = Vec::new();
    let mut at = tb;
    while let Some(r) = at.cast::<Record>().filter(|r| r.tag == RecordTag::Traceback) {
        let code = r.field(0).cast::<Record>().and_then(|f| f.field(0).cast::<Code>());
        if let (Some(code), Some(pc)) = (code, r.field(1).as_int()) {
            levels.push(TraceEntry { code, pc: u32::try_from(pc).unwrap_or(u32::MAX) });
        }
        at = r.field(2);
    }
    levels
}
