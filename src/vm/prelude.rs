//! The part of the library that is written in the language and belongs to no module: what natives hand over to when
//! they meet code of the language (comparisons, iterators, `__str__` …). Floor 5.
//!
//! Invariant: a prelude file is compiled when the first of its functions is needed, at most once per VM; its frames are
//! left out of tracebacks.

use super::native::NativeDef;
use super::{Ctl, Res, Vm};
use crate::heap::Gc;
use crate::object::Dict;
use crate::value::Value;
use rustc_hash::FxHashMap;

/// Where prelude functions come from.
#[derive(Default)]
pub struct Prelude {
    /// Files: name and text.
    files: Vec<(&'static str, &'static str)>,
    /// Which file defines a function.
    index: FxHashMap<&'static str, usize>,
    /// Functions that were needed so far.
    pub(super) loaded: FxHashMap<&'static str, Value>,
    /// Natives that only prelude code may call.
    intrinsics: Vec<&'static [NativeDef]>,
    /// The namespace that all files share, `Undef` until the first is loaded.
    globals: Option<Gc<Dict>>,
}

impl Prelude {
    /// Registers a file. Its top-level `def`s become known by name.
    pub fn add(&mut self, name: &'static str, text: &'static str) {
        let file = self.files.len();
        self.files.push((name, text));
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("def ").or_else(|| line.strip_prefix("class ")) {
                let end = rest.find(['(', ':']).unwrap_or(rest.len());
                self.index.insert(&rest[..end], file);
            }
        }
    }

    /// Registers natives that only prelude code sees, as global names.
    pub fn add_intrinsics(&mut self, table: &'static [NativeDef]) {
        self.intrinsics.push(table);
    }

    /// The file that defines `name`: its number, name and text.
    pub fn file_of(&self, name: &str) -> Option<(usize, &'static str, &'static str)> {
        let &i = self.index.get(name)?;
        let (file, text) = self.files[i];
        Some((i, file, text))
    }

    /// Remembers functions of a file that has run.
    pub fn remember(&mut self, file: usize, namespace: &[(String, Value)]) {
        for (name, value) in namespace {
            if let Some((&key, &f)) = self.index.get_key_value(name.as_str())
                && f == file
            {
                self.loaded.insert(key, *value);
            }
        }
    }

    /// All values that the prelude holds.
    pub fn values(&self) -> impl Iterator<Item = Value> + '_ {
        self.loaded.values().copied().chain(self.globals.map(Gc::value))
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
        match self.prelude.file_of(name) {
            Some((file, file_name, text)) => {
                self.load_prelude(file, file_name, text)?;
                match self.prelude.loaded.get(name) {
                    Some(&f) => Ok(f),
                    None => Err(self.system_error(format!("the prelude does not define {name}"))),
                }
            }
            None => Err(self.system_error(format!("the prelude does not define {name}"))),
        }
    }

    fn load_prelude(&mut self, file: usize, name: &'static str, text: &'static str) -> Res<()> {
        let code = match self.compile_source(name, text, true) {
            Ok(c) => c,
            Err((e, s)) => {
                let line = s.lines.line(e.span.start);
                return Err(self.system_error(format!("{name}:{line}: {}", e.message)));
            }
        };
        // Prelude files consist of functions and classes without decorators, defaults that call, or anything else that
        // would have to run: their functions are made here without running the file.
        let namespace = self.prelude_globals();
        let functions = self.functions_of(code, namespace);
        self.prelude.remember(file, &functions);
        Ok(())
    }

    /// The namespace of all prelude files.
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
                let key = self.intern(super::native::Sig::parse(def.sig).name);
                d.set_str(key, f);
            }
        }
        d
    }

    /// Makes the functions that a library file defines at its top level, with `namespace` as their globals, without
    /// running the file.
    fn functions_of(
        &mut self,
        code: std::sync::Arc<crate::bytecode::program::Code>,
        namespace: Gc<Dict>,
    ) -> Vec<(String, Value)> {
        let mut out = Vec::new();
        for child in &code.children {
            let loaded = self.load_code(child.clone());
            let name = self.intern(&child.name);
            let f = self.new_plain_function(loaded, namespace);
            namespace.set_str(name, f);
            out.push((child.name.to_string(), f));
        }
        out
    }
}

impl From<Value> for Ctl {
    /// Raises an exception object.
    fn from(exc: Value) -> Ctl {
        Ctl::Raise(exc)
    }
}
