//! Making modules: their objects, and the code that fills them. Floor 5.

use super::find::Found;
use crate::bytecode::program::Code;
use crate::heap::Gc;
use crate::object::{Dict, Module};
use crate::value::Value;
use crate::vm::{Ctl, ModuleDef, Res, Vm};
use std::sync::Arc;

impl Vm {
    /// Makes a module object with `__name__`, `__doc__`, `__package__`, `__loader__`, `__spec__`, and puts it into
    /// `sys.modules`.
    pub fn new_module(&mut self, name: &str) -> Gc<Module> {
        let dict = self.new_dict();
        let class = self.types.module;
        let module = self.heap.alloc(Module::new(class, dict));
        let key = self.intern(name);
        let package = self.intern(name.rsplit_once('.').map_or("", |(p, _)| p)).value();
        let (n, d, p, l, s) = (self.names.name, self.names.doc, self.names.package, self.names.loader, self.names.spec);
        dict.set_str(n, key.value());
        dict.set_str(d, Value::NONE);
        dict.set_str(p, package);
        if name == "__main__" {
            // A script has no package and no spec. Other modules get theirs when they are asked for them.
            dict.set_str(p, Value::NONE);
            dict.set_str(l, Value::NONE);
            dict.set_str(s, Value::NONE);
        }
        self.modules.set_str(key, module.value());
        module
    }

    /// Loads module `full`: gives its object and the function that runs its code, if it has any.
    pub(super) fn load_module(&mut self, full: &str, package: Option<Gc<Dict>>) -> Res<(Value, Option<Value>)> {
        let path = package.map(|p| self.package_path(p));
        match self.find_module(full, path) {
            Found::Native(def) => {
                let module = self.new_module(full);
                self.fill_native_module(def, module.dict)?;
                if self.module_defs.iter().any(|d| d.name.strip_prefix(full).is_some_and(|r| r.starts_with('.'))) {
                    let list = self.new_list(Vec::new());
                    self.make_package(module, full, list);
                }
                if def.source.is_empty() {
                    return Ok((module.value(), None));
                }
                let loaded = self.library_code(def)?;
                let loaded = self.load_code(loaded);
                Ok((module.value(), Some(self.new_plain_function(loaded, module.dict))))
            }
            Found::File(path, is_package) => {
                let text = self.read_source(&path)?;
                let module = self.new_module(full);
                let (file, value) = (self.names.file, self.new_str(&path));
                module.dict.set_str(file, value);
                if is_package {
                    let folder = path.rsplit_once('/').map_or("", |(f, _)| f);
                    let folder = self.new_str(folder);
                    let list = self.new_list(vec![folder]);
                    self.make_package(module, full, list);
                }
                let f = self.module_function(&path, &text, false, module)?;
                Ok((module.value(), Some(f)))
            }
            Found::Namespace(folders) => {
                let module = self.new_module(full);
                let folders = folders.iter().map(|f| self.new_str(f)).collect();
                let list = self.new_list(folders);
                self.make_package(module, full, list);
                Ok((module.value(), None))
            }
            Found::Missing => {
                let parent = full.rsplit_once('.').map(|(p, _)| p);
                let message = match (parent, package) {
                    (Some(p), None) => format!("No module named '{full}'; '{p}' is not a package"),
                    _ => format!("No module named '{full}'"),
                };
                Err(self.module_not_found(full, &message))
            }
        }
    }

    fn make_package(&mut self, module: Gc<Module>, full: &str, path: Value) {
        let (path_name, package_name, own) = (self.names.path, self.names.package, self.intern(full).value());
        module.dict.set_str(path_name, path);
        module.dict.set_str(package_name, own);
    }

    /// The code of a library module, which VMs with the same library share.
    fn library_code(&mut self, def: &'static ModuleDef) -> Res<Arc<Code>> {
        let library = self.prelude.library.clone();
        if let Some(code) = library.get(def.source) {
            return Ok(code);
        }
        match self.compile_source(&format!("<thr>/{}", def.name), def.source, true) {
            Ok(code) => {
                library.keep(def.source, &code);
                Ok(code)
            }
            Err((e, s)) => Err(Ctl::Raise(self.syntax_error_value(&e, &s))),
        }
    }

    /// The function that runs a module's text in the module's namespace.
    pub fn module_function(&mut self, name: &str, text: &str, hidden: bool, module: Gc<Module>) -> Res {
        match self.compile_source(name, text, hidden) {
            Ok(code) => {
                let loaded = self.load_code(code);
                Ok(self.new_plain_function(loaded, module.dict))
            }
            Err((e, s)) => Err(Ctl::Raise(self.syntax_error_value(&e, &s))),
        }
    }

    fn fill_native_module(&mut self, def: &'static ModuleDef, dict: Gc<Dict>) -> Res<()> {
        let name = self.intern(def.name).value();
        let (doc_name, doc) = (self.names.doc, self.new_str(def.doc));
        dict.set_str(doc_name, doc);
        for f in def.functions {
            let value = self.new_function(f, name);
            let key = self.intern_hashed(f.name(), f.sig.hash);
            dict.set_str(key, value);
        }
        (def.init)(self, dict)
    }
}
