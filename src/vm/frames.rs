//! Frame objects: what `sys._getframe()`, `f_back` and `gi_frame` give. Floor 5.
//!
//! A frame object of a running call says which activation of which thread it stands for; the thread keeps a list of
//! such objects, and the activation a flag. When it ends, its variables go over into the object. A generator's frame is
//! found through the generator. Invariant: an object without activation or generator holds its variables itself.

use super::Vm;
use super::block::ThreadId;
use super::generator::BELOW;
use super::thread::flag as frame_flag;
use crate::bytecode::ops::{Op, Role};
use crate::bytecode::program::{self, CodeKind};
use crate::heap::Gc;
use crate::object::{Code, Dict, Function, GenState, Generator, Record, RecordTag, Str, func};
use crate::value::Value;
use std::sync::Arc;

/// Fields of the record.
pub mod field {
    pub const CODE: usize = 0;
    pub const GLOBALS: usize = 1;
    /// The line where it ended.
    pub const LINE: usize = 2;
    pub const BACK: usize = 3;
    /// Variables of a call that ended.
    pub const LOCALS: usize = 4;
    /// Number of the activation in its thread, `Undef` when it has ended.
    pub const INDEX: usize = 5;
    pub const THREAD: usize = 6;
    pub const GENERATOR: usize = 7;
    /// Names that programs added to `f_locals`.
    pub const EXTRA: usize = 8;
    /// `f_trace`.
    pub const TRACE: usize = 9;
    /// The instruction where it ended.
    pub const LASTI: usize = 10;
    /// How many there are.
    pub const COUNT: usize = 11;
}
use field::*;

/// Where a variable is in a window.
pub struct Variable {
    pub name: Arc<str>,
    pub reg: usize,
    pub is_cell: bool,
}

/// The variables that code sees before its instruction `pc`. Of modules, classes and executed code only those of
/// comprehensions: the others are in a namespace.
pub fn variables(code: &program::Code, pc: usize) -> Vec<Variable> {
    let at = pc.saturating_sub(1) as u32;
    let mut found: Vec<Variable> = Vec::new();
    if code.kind == CodeKind::Function {
        let params = code.nparams();
        for (reg, name) in code.locals.iter().enumerate() {
            let r = reg as u16;
            let known = reg < params || code.clear.contains(&r) || code.cells.contains(&r);
            if (name.starts_with('.') && &**name != ".0") || !(known || written_before(code, r, pc)) {
                continue;
            }
            found.push(Variable { name: name.clone(), reg, is_cell: code.cells.contains(&r) });
        }
        for (i, name) in code.free.iter().enumerate() {
            found.push(Variable { name: name.clone(), reg: code.free_base as usize + i, is_cell: true });
        }
    }
    // An inner variable hides an outer one of the same name.
    for h in code.hidden.iter().filter(|h| h.start <= at && at < h.end) {
        let v = Variable { name: h.name.clone(), reg: h.reg as usize, is_cell: h.is_cell };
        match found.iter_mut().find(|f| f.name == h.name) {
            Some(f) => *f = v,
            None => found.push(v),
        }
    }
    found
}

/// Whether an instruction before `pc` writes register `r`: otherwise what is in it may be left over from another call.
fn written_before(code: &program::Code, r: u16, pc: usize) -> bool {
    // The instruction at `pc - 1` has not come to its end.
    code.instrs.iter().take(pc.saturating_sub(1)).any(|i| {
        let fields = i.op.roles().into_iter().zip([i.a, i.b, i.c]);
        let run = matches!(i.op, Op::Unpack | Op::UnpackEx) && i.a <= r && r < i.a + i.c.max(1);
        run || fields.into_iter().any(|(role, f)| matches!(role, Role::W | Role::RW) && f == r)
    })
}

/// Where the registers of a frame object are now.
enum Window {
    Stack(ThreadId, usize),
    Generator(Gc<Generator>),
}

impl Vm {
    /// A frame object with nothing but code and namespace.
    pub(super) fn frame_record(&mut self, code: Gc<Code>, globals: Value) -> Gc<Record> {
        let mut fields = [Value::UNDEF; COUNT];
        fields[CODE] = code.value();
        fields[GLOBALS] = globals;
        fields[TRACE] = Value::NONE;
        let class = self.types.frame;
        self.new_record(class, RecordTag::Frame, &fields)
    }

    /// The frame object of a generator.
    pub fn generator_frame(&mut self, g: Gc<Generator>) -> Value {
        let globals = g.func.cast::<Function>().map_or(Value::NONE, |f| f.globals.value());
        let f = self.frame_record(g.code, globals);
        f.set_field(GENERATOR, g.value());
        f.value()
    }

    /// The frame object of what runs in the current thread, `depth` calls up. `None`: there are not so many.
    pub fn running_frame(&mut self, depth: usize) -> Option<Value> {
        let frames = &self.threads.current.frames;
        let visible = |i: &usize| frames[*i].code.is_some_and(|c| !c.code.source.hidden);
        let index = (0..frames.len()).rev().filter(visible).nth(depth)?;
        let id = self.threads.current.id;
        self.frame_at(id, index)
    }

    /// The frame object of the innermost call of a thread.
    pub fn frame_of_thread(&mut self, id: ThreadId) -> Option<Value> {
        let n = self.threads.get(id)?.frames.len();
        self.visible_below(id, n)
    }

    fn visible_below(&mut self, id: ThreadId, below: usize) -> Option<Value> {
        let frames = &self.threads.get(id)?.frames;
        let visible = |i: &usize| frames[*i].code.is_some_and(|c| !c.code.source.hidden);
        let index = (0..below.min(frames.len())).rev().find(visible)?;
        self.frame_at(id, index)
    }

    /// The frame object of activation `index` of a thread; always the same one.
    fn frame_at(&mut self, id: ThreadId, index: usize) -> Option<Value> {
        let t = self.threads.get(id)?;
        if let Some(&(_, f)) = t.observed().iter().find(|(i, _)| *i as usize == index) {
            return Some(f);
        }
        let frame = *t.frames.get(index)?;
        let code = frame.code?;
        let base = frame.base as usize;
        let function = base.checked_sub(1).and_then(|i| t.stack.get(i)?.cast::<Function>());
        let generator = match frame.flags & frame_flag::GENERATOR != 0 {
            true => t.stack.get(base - BELOW + 1).copied(),
            false => None,
        };
        let globals = function.map_or(Value::NONE, |f| f.globals.value());
        let f = self.frame_record(code, globals);
        f.set_field(INDEX, Value::small(index as i64));
        f.set_field(THREAD, Value::small(id.0 as i64));
        if let Some(g) = generator {
            f.set_field(GENERATOR, g);
        }
        let t = self.threads.get_mut(id)?;
        let observed = &mut t.rare_mut().observed;
        observed.push((index as u32, f.value()));
        observed.sort_by_key(|(i, _)| *i);
        if let Some(frame) = t.frames.get_mut(index) {
            frame.flags |= frame_flag::OBSERVED;
        }
        Some(f.value())
    }

    /// The topmost frame, for which there is an object, is about to end or to leave the stack.
    #[cold]
    pub(super) fn leave_observed(&mut self) {
        let index = self.threads.current.frames.len().saturating_sub(1);
        let t = &mut self.threads.current;
        if let Some(f) = t.frames.last_mut() {
            f.flags &= !frame_flag::OBSERVED;
        }
        let Some(at) = t.observed().iter().position(|(i, _)| *i as usize == index) else { return };
        let (_, object) = t.rare_mut().observed.remove(at);
        let Some(f) = object.cast::<Record>() else { return };
        let id = self.threads.current.id;
        let back = self.visible_below(id, index).unwrap_or(Value::NONE);
        f.set_field(LINE, Value::small(self.frame_line(f)));
        f.set_field(LASTI, Value::small(self.frame_pc(f) as i64));
        if f.field(GENERATOR).is_undef() {
            let locals = self.frame_namespace(f).unwrap_or_else(|| {
                let d = self.new_dict();
                for (name, v) in self.frame_variables(f) {
                    d.set_str(name, v);
                }
                d.value()
            });
            f.set_field(LOCALS, locals);
            f.set_field(BACK, back);
        }
        f.set_field(INDEX, Value::UNDEF);
    }

    /// What programs added to `f_locals` of the innermost code that runs.
    pub fn added_locals(&self) -> Option<Gc<Dict>> {
        let t = &self.threads.current;
        let index = t.frames.iter().rposition(|f| f.code.is_some())?;
        let (_, f) = t.observed().iter().find(|(i, _)| *i as usize == index)?;
        f.cast::<Record>()?.field(EXTRA).cast::<Dict>()
    }

    /// The frame object of the innermost running call of this code.
    pub(super) fn frame_running(&mut self, code: Gc<Code>) -> Option<Value> {
        let index = self.threads.current.frames.iter().rposition(|f| f.code == Some(code))?;
        let id = self.threads.current.id;
        self.frame_at(id, index)
    }

    /// `f_back`.
    pub fn frame_back(&mut self, f: Gc<Record>) -> Value {
        let back = match (f.field(INDEX).as_int(), f.field(GENERATOR).cast::<Generator>()) {
            (Some(i), _) => self.visible_below(thread_of(f), i as usize),
            (None, Some(g)) => self.find_generator(g).and_then(|(id, i)| self.visible_below(id, i)),
            (None, None) => f.field(BACK).defined(),
        };
        back.unwrap_or(Value::NONE)
    }

    /// Whether the call still runs.
    pub fn frame_is_running(&self, f: Gc<Record>) -> bool {
        match f.field(GENERATOR).cast::<Generator>() {
            Some(g) => g.state.get() == GenState::Running,
            None => f.field(INDEX).as_int().is_some(),
        }
    }

    /// The activation of a running generator.
    fn find_generator(&self, g: Gc<Generator>) -> Option<(ThreadId, usize)> {
        let t = &self.threads.current;
        let mine = |f: &super::thread::Frame| {
            f.flags & frame_flag::GENERATOR != 0 && t.stack.get(f.base as usize - 2) == Some(&g.value())
        };
        Some((t.id, t.frames.iter().rposition(mine)?))
    }

    fn window(&self, f: Gc<Record>) -> Option<Window> {
        if let Some(g) = f.field(GENERATOR).cast::<Generator>() {
            return match self.find_generator(g) {
                Some((id, i)) => Some(Window::Stack(id, self.threads.get(id)?.frames.get(i)?.base as usize)),
                None => Some(Window::Generator(g)),
            };
        }
        let i = f.field(INDEX).as_int()? as usize;
        let id = thread_of(f);
        Some(Window::Stack(id, self.threads.get(id)?.frames.get(i)?.base as usize))
    }

    /// The instruction that comes next.
    pub fn frame_pc(&self, f: Gc<Record>) -> usize {
        let live = match (f.field(GENERATOR).cast::<Generator>(), f.field(INDEX).as_int()) {
            (Some(g), _) => match self.find_generator(g) {
                Some((id, i)) => self.threads.get(id).and_then(|t| t.frames.get(i)).map(|f| f.pc),
                None => Some(g.pc.get()),
            },
            (None, Some(i)) => self.threads.get(thread_of(f)).and_then(|t| t.frames.get(i as usize)).map(|f| f.pc),
            (None, None) => None,
        };
        live.map_or_else(|| f.field(LASTI).as_int().unwrap_or(0) as usize, |pc| pc as usize)
    }

    /// `f_lineno`.
    pub fn frame_line(&self, f: Gc<Record>) -> i64 {
        if self.window(f).is_none()
            && let Some(line) = f.field(LINE).as_int()
        {
            return line;
        }
        let pc = self.frame_pc(f);
        f.field(CODE).cast::<Code>().map_or(0, |c| match pc {
            0 => c.code.first_line() as i64,
            pc => c.code.line(pc - 1) as i64,
        })
    }

    /// The namespace of a module, a class body or executed code.
    pub fn frame_namespace(&self, f: Gc<Record>) -> Option<Value> {
        match f.field(CODE).cast::<Code>()?.code.kind {
            CodeKind::Module => Some(f.field(GLOBALS)),
            CodeKind::Class | CodeKind::Exec => match self.window(f) {
                Some(w) => Some(self.window_reg(&w, 0)),
                None => f.field(LOCALS).defined(),
            },
            CodeKind::Function => None,
        }
    }

    fn window_reg(&self, w: &Window, i: usize) -> Value {
        match w {
            Window::Stack(id, base) => {
                self.threads.get(*id).and_then(|t| t.stack.get(base + i)).copied().unwrap_or(Value::UNDEF)
            }
            Window::Generator(g) => g.items().get(i).map_or(Value::UNDEF, |c| c.get()),
        }
    }

    /// Names and values of the variables that have one.
    pub fn frame_variables(&mut self, f: Gc<Record>) -> Vec<(Gc<Str>, Value)> {
        let (Some(w), Some(code)) = (self.window(f), f.field(CODE).cast::<Code>()) else {
            let kept = f.field(LOCALS).cast::<Dict>().map_or(Vec::new(), |d| d.to_vec());
            return kept.iter().filter_map(|e| Some((e.key.cast::<Str>()?, e.value))).collect();
        };
        let mut found = Vec::new();
        for v in variables(&code.code, self.frame_pc(f)) {
            let mut value = self.window_reg(&w, v.reg);
            if v.is_cell
                && let Some(c) = value.cast::<func::Cell>()
            {
                value = c.value.get();
            }
            if !value.is_undef() {
                found.push((self.intern(&v.name), value));
            }
        }
        found
    }

    /// Whether the code has a variable of this name.
    pub fn frame_has_variable(&self, f: Gc<Record>, name: &str) -> bool {
        let Some(code) = f.field(CODE).cast::<Code>() else { return false };
        code.code.locals.iter().chain(&code.code.free).any(|n| &**n == name)
            || variables(&code.code, self.frame_pc(f)).iter().any(|v| &*v.name == name)
    }

    /// Gives a variable a value. `false`: the code has none of this name.
    pub fn set_frame_variable(&mut self, f: Gc<Record>, name: Gc<Str>, value: Value) -> bool {
        if !self.frame_has_variable(f, name.as_str()) {
            return false;
        }
        let (Some(w), Some(code)) = (self.window(f), f.field(CODE).cast::<Code>()) else {
            if let Some(d) = f.field(LOCALS).cast::<Dict>() {
                d.set_str(name, value);
            }
            return true;
        };
        let c = &code.code;
        let seen = variables(c, self.frame_pc(f)).into_iter().find(|v| &*v.name == name.as_str());
        let reg = match &seen {
            Some(v) => v.reg,
            None => c.locals.iter().position(|n| &**n == name.as_str()).unwrap_or(0),
        };
        let old = self.window_reg(&w, reg);
        if seen.is_some_and(|v| v.is_cell)
            && let Some(cell) = old.cast::<func::Cell>()
        {
            cell.value.set(value);
            return true;
        }
        match w {
            Window::Stack(id, base) => {
                if let Some(slot) = self.threads.get_mut(id).and_then(|t| t.stack.get_mut(base + reg)) {
                    *slot = value;
                }
            }
            Window::Generator(g) => {
                if let Some(slot) = g.items().get(reg) {
                    slot.set(value);
                }
            }
        }
        true
    }
}

fn thread_of(f: Gc<Record>) -> ThreadId {
    ThreadId(f.field(THREAD).as_int().unwrap_or(0) as u32)
}
