//! The part of the library that is written in the language and belongs to no module: what natives hand over to when
//! they meet code of the language (comparisons, iterators, `__str__` …). Floor 5.
//!
//! Invariants: a function of the prelude is compiled when it is first needed, with those that it calls, and once for all
//! VMs that share a [`Library`]; the files consist of functions alone, whose names are unique; their frames are left out
//! of tracebacks.

use super::native::NativeDef;
use super::{Ctl, Res, Vm};
use crate::bytecode::ops::Op;
use crate::bytecode::program::Code;
use crate::heap::Gc;
use crate::object::Dict;
use crate::value::Value;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex};

// `FILES`: name and text. `FUNCTIONS`, by name: number of the file, start and end in it.
include!(concat!(env!("OUT_DIR"), "/prelude.rs"));

/// Compiled code of the prelude and of library modules, for all VMs that share it.
#[derive(Default)]
pub struct Library {
    codes: Mutex<FxHashMap<(usize, usize), Arc<Code>>>,
}

impl Library {
    /// The code of `text`, if a VM has compiled it.
    pub(super) fn get(&self, text: &'static str) -> Option<Arc<Code>> {
        self.codes.lock().ok()?.get(&Self::key(text)).cloned()
    }

    /// Keeps the code of `text` for others.
    pub(super) fn keep(&self, text: &'static str, code: &Arc<Code>) {
        if let Ok(mut codes) = self.codes.lock() {
            codes.insert(Self::key(text), code.clone());
        }
    }

    /// Texts that are part of the program are known by where they stand.
    fn key(text: &'static str) -> (usize, usize) {
        (text.as_ptr() as usize, text.len())
    }

    /// How many texts were compiled so far.
    pub fn len(&self) -> usize {
        self.codes.lock().map_or(0, |codes| codes.len())
    }

    /// Whether nothing was compiled yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a VM has of the prelude.
#[derive(Default)]
pub struct Prelude {
    /// Functions that were needed so far.
    loaded: FxHashMap<&'static str, Value>,
    /// Natives that only prelude code may call.
    intrinsics: Vec<&'static [NativeDef]>,
    /// The namespace that all functions share.
    globals: Option<Gc<Dict>>,
    /// What was compiled so far.
    pub library: Arc<Library>,
}

impl Prelude {
    /// Registers natives that only prelude code sees, as global names.
    pub fn add_intrinsics(&mut self, table: &'static [NativeDef]) {
        self.intrinsics.push(table);
    }

    /// The name of the function `name`, of its file, and its text.
    fn find(name: &str) -> Option<(&'static str, &'static str, &'static str)> {
        let i = FUNCTIONS.binary_search_by(|f| f.0.cmp(name)).ok()?;
        let (name, file, start, end) = FUNCTIONS[i];
        let (file, text) = FILES.get(file)?;
        Some((name, file, text.get(start..end)?))
    }

    /// All values that the prelude holds.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.loaded.values().copied().chain(self.globals.map(Gc::value))
    }
}

/// Names that `code` and the functions inside of it look up in their globals.
fn global_names(code: &Code, names: &mut Vec<Arc<str>>) {
    for i in code.instrs.iter().filter(|i| i.op == Op::LoadGlobal) {
        let name = code.sites.get(i.b as usize).and_then(|&n| code.names.get(n as usize));
        names.extend(name.cloned());
    }
    for child in &code.children {
        global_names(child, names);
    }
}

impl Vm {
    /// Goes on in the prelude function `name`: its result is the native's.
    pub fn prelude_call<T>(&mut self, name: &'static str, args: &[Value]) -> Res<T> {
        let f = self.prelude_function(name)?;
        self.tail_call(f, args)
    }

    /// The prelude function `name`.
    pub fn prelude_function(&mut self, name: &'static str) -> Res {
        if let Some(&f) = self.prelude.loaded.get(name) {
            return Ok(f);
        }
        let Some(found) = Prelude::find(name) else {
            return Err(self.system_error(format!("the prelude does not define {name}")));
        };
        let mut wanted = vec![found];
        while let Some((name, file, text)) = wanted.pop() {
            if self.prelude.loaded.contains_key(name) {
                continue;
            }
            let code = self.prelude_code(name, file, text)?;
            let mut names = Vec::new();
            global_names(&code, &mut names);
            wanted.extend(names.iter().filter_map(|n| Prelude::find(n)));
            let namespace = self.prelude_globals();
            let loaded = self.load_code(code);
            let f = self.new_plain_function(loaded, namespace);
            let key = self.intern(name);
            namespace.set_str(key, f);
            self.prelude.loaded.insert(name, f);
        }
        Ok(self.prelude.loaded.get(name).copied().unwrap_or(Value::NONE))
    }

    /// The code of a prelude function.
    fn prelude_code(&mut self, name: &'static str, file: &str, text: &'static str) -> Res<Arc<Code>> {
        if let Some(code) = self.prelude.library.get(text) {
            return Ok(code);
        }
        let module = match self.compile_source(file, text, true) {
            Ok(c) => c,
            Err((e, s)) => {
                let line = s.lines.line(e.span.start);
                return Err(self.system_error(format!("{file}, {name}, line {line}: {}", e.message)));
            }
        };
        // Nothing else stands there that would have to run.
        match module.children.first() {
            Some(code) => {
                self.prelude.library.keep(text, code);
                Ok(code.clone())
            }
            None => Err(self.system_error(format!("{file} has no {name}"))),
        }
    }

    /// The namespace of all prelude functions.
    fn prelude_globals(&mut self) -> Gc<Dict> {
        if let Some(d) = self.prelude.globals {
            return d;
        }
        let d = self.new_dict();
        self.prelude.globals = Some(d);
        let module = self.intern("builtins").value();
        let (name, builtins) = (self.names.name, self.names.builtins);
        d.set_str(name, module);
        d.set_str(builtins, self.builtins.value());
        for table in self.prelude.intrinsics.clone() {
            for def in table {
                let f = self.new_function(def, module);
                let key = self.intern_hashed(def.name(), def.sig.hash);
                d.set_str(key, f);
            }
        }
        d
    }
}

impl From<Value> for Ctl {
    /// Raises an exception object.
    fn from(exc: Value) -> Ctl {
        Ctl::Raise(exc)
    }
}
