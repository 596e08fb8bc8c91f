//! What imports that fail say. Floor 5.
//! Source: CPython's `Python/ceval.c` (`import_from`) and `Objects/moduleobject.c` (`_Py_module_getattro_impl`), whose texts
//! these are.

use crate::heap::Gc;
use crate::object::{Dict, Module, Str};
use crate::value::Value;
use crate::vm::report::suggest;
use crate::vm::{Ctl, Vm};

const INITIALIZING: &str = "import.initializing";

impl Vm {
    /// `ModuleNotFoundError(message)` with the module's name.
    #[cold]
    pub fn module_not_found(&mut self, full: &str, message: &str) -> Ctl {
        let class = self.types.ModuleNotFoundError;
        let text = self.new_str(message);
        let exc = self.new_exception(class, &[text]);
        let (attr, name) = (self.names.name_attr, self.new_str(full));
        self.set_exc_field(exc, attr, name);
        Ctl::Raise(exc)
    }

    /// `sys.modules[full]` is `None`.
    #[cold]
    pub(super) fn import_halted(&mut self, full: &str) -> Ctl {
        self.module_not_found(full, &format!("import of {full} halted; None in sys.modules"))
    }

    fn initializing(&mut self) -> Gc<Dict> {
        if let Some(d) = self.module_state.get(INITIALIZING).and_then(|v| v.cast::<Dict>()) {
            return d;
        }
        let d = self.new_dict();
        self.module_state.insert(INITIALIZING, d.value());
        d
    }

    /// Notes that the code of a module runs, or that it has run.
    pub(super) fn set_initializing(&mut self, name: &str, module: Option<Value>) {
        let (all, key) = (self.initializing(), self.intern(name));
        match module {
            Some(m) => {
                all.set_str(key, m);
            }
            None => {
                all.remove_str(key);
            }
        }
    }

    /// Whether the module's code has not run to its end.
    fn is_initializing(&mut self, name: &str, module: Value) -> bool {
        let (all, key) = (self.initializing(), self.intern(name));
        all.get_str(key) == Some(module)
    }

    fn module_text(&self, d: Option<Gc<Dict>>, name: Gc<Str>) -> Option<String> {
        d?.get_str(name)?.cast::<Str>().map(|s| s.as_str().to_owned())
    }

    /// `cannot import name 'x' from 'm' (file)`.
    pub fn cannot_import(&mut self, module: Value, name: &str) -> Ctl {
        let (own, file, class) = (self.names.name, self.names.file, self.types.ImportError);
        let d = self.module_dict(module);
        let known = self.module_text(d, own);
        let path = self.module_text(d, file);
        let partial = known.as_deref().is_some_and(|n| self.is_initializing(n, module));
        let module_name = known.unwrap_or_else(|| "<unknown module name>".into());
        let message = match (&path, partial) {
            (Some(p), true) => format!(
                "cannot import name '{name}' from partially initialized module '{module_name}' (most likely due to a circular import) ({p})"
            ),
            (None, true) => format!(
                "cannot import name '{name}' from partially initialized module '{module_name}' (most likely due to a circular import)"
            ),
            (Some(p), false) => format!("cannot import name '{name}' from '{module_name}' ({p})"),
            (None, false) => format!("cannot import name '{name}' from '{module_name}' (unknown location)"),
        };
        let message = self.new_str(&message);
        let exc = self.new_exception(class, &[message]);
        let (n, p, from) = (self.names.name_attr, self.names.path_attr, self.names.name_from);
        let (module_name, name) = (self.new_str(&module_name), self.new_str(name));
        let path = path.map_or(Value::NONE, |p| self.new_str(&p));
        self.set_exc_field(exc, n, module_name);
        self.set_exc_field(exc, p, path);
        self.set_exc_field(exc, from, name);
        Ctl::Raise(exc)
    }

    /// What the AttributeError of a module says.
    #[cold]
    pub fn module_has_no(&mut self, m: Gc<Module>, name: &str) -> String {
        let (own, file) = (self.names.name, self.names.file);
        let Some(module) = self.module_text(Some(m.dict), own) else {
            return format!("module has no attribute '{name}'");
        };
        let origin = self.module_text(Some(m.dict), file);
        let shadowing = origin.as_deref().is_some_and(|o| {
            let folder = o.rsplit_once('/').map_or("", |(f, _)| f);
            let folder = match o.rsplit('/').next() {
                Some("__init__.py" | "__init__.thr") => folder.rsplit_once('/').map_or("", |(f, _)| f),
                _ => folder,
            };
            self.config.script_dir.as_deref() == Some(folder)
        });
        if let Some(o) = origin.as_deref().filter(|_| shadowing && suggest::MODULES.contains(&module.as_str())) {
            return format!(
                "module '{module}' has no attribute '{name}' (consider renaming '{o}' since it has the same name as the standard library module named '{module}' and the import system gives it precedence)"
            );
        }
        if self.is_initializing(&module, m.value()) {
            return match origin {
                Some(o) if shadowing => format!(
                    "module '{module}' has no attribute '{name}' (consider renaming '{o}' if it has the same name as a third-party module you intended to import)"
                ),
                Some(o) => format!(
                    "partially initialized module '{module}' from '{o}' has no attribute '{name}' (most likely due to a circular import)"
                ),
                None => format!(
                    "partially initialized module '{module}' has no attribute '{name}' (most likely due to a circular import)"
                ),
            };
        }
        if self.module_text(Some(m.dict), own).is_some_and(|n| {
            let full = format!("{n}.{name}");
            let (all, key) = (self.initializing(), self.intern(&full));
            all.get_str(key).is_some()
        }) {
            return format!(
                "cannot access submodule '{name}' of module '{module}' (most likely due to a circular import)"
            );
        }
        format!("module '{module}' has no attribute '{name}'")
    }
}
