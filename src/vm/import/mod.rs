//! Imports: `sys.modules`, native modules, files beside the script, packages. Floor 5.
//! Source: the language reference, chapter 5 "The import system", without finders and loaders of programs.
mod errors;
pub mod find;
mod load;
mod source;
mod step;

use super::Vm;
use super::drive::Act;
use super::native::{Res, Resume};
use super::thread::Then;
use crate::bytecode::ops::Instr;
use crate::heap::Gc;
use crate::object::{Dict, Str, Tuple};
use crate::value::Value;
use step::import_step;

impl Vm {
    /// The `ImportName` instruction.
    pub(super) fn import_op(&mut self, i: Instr) -> Act {
        let name = self.site_name(i.b);
        let fromlist = self.reg(i.c);
        let full = match self.absolute_name(name.as_str(), i.x as usize) {
            Ok(f) => f,
            Err(c) => return self.control(c, Then::Store, i.a, None),
        };
        match self.imported_already(&full, fromlist) {
            Ok(Some(v)) => {
                self.set_reg(i.a, v);
                return Act::Run;
            }
            Ok(None) => {}
            Err(c) => return self.control(c, Then::Store, i.a, None),
        }
        let r: Res = self.import_call(&full, fromlist);
        self.after(r, Then::Store, i.a)
    }

    /// `__import__(full, fromlist=…)` for an absolute name, as the result of a native.
    pub fn import_call(&mut self, full: &str, fromlist: Value) -> Res {
        let name = self.new_str(full);
        self.enter(import_step, &[name, fromlist, Value::UNDEF, Value::UNDEF, Value::NONE])
    }

    /// `__import__` with a level: a name relative to the package of `globals`.
    pub fn import_relative(&mut self, name: &str, level: usize, globals: Option<Gc<Dict>>, fromlist: Value) -> Res {
        let full = self.absolute_name_in(name, level, globals)?;
        self.import_call(&full, fromlist)
    }

    /// What an import statement gets where nothing has to be loaded: the module, or its topmost package.
    fn imported_already(&mut self, full: &str, fromlist: Value) -> Res<Option<Value>> {
        let top = full.split('.').next().unwrap_or(full);
        let name = self.intern(full);
        let Some(found) = self.modules.get_str(name) else { return Ok(None) };
        if found.is_none() {
            return Err(self.import_halted(full));
        }
        if !fromlist.is_none() {
            // Names asked of a package may be submodules: that is `ImportFrom`'s business, `*` the machine's.
            return Ok(Some(found).filter(|_| !self.wants_all(found, fromlist)));
        }
        if top == full {
            return Ok(Some(found));
        }
        let top = self.intern(top);
        Ok(self.modules.get_str(top))
    }

    /// Whether `from package import *` has to look for submodules that `__all__` names.
    fn wants_all(&mut self, module: Value, fromlist: Value) -> bool {
        let (all, path) = (self.names.all, self.names.path);
        let star = fromlist.cast::<Tuple>().and_then(|t| t.items().first().copied()).and_then(|v| v.cast::<Str>());
        star.is_some_and(|s| s.as_str() == "*")
            && self.module_dict(module).is_some_and(|d| d.get_str(path).is_some() && d.get_str(all).is_some())
    }

    /// The absolute name of a relative import by the running module.
    fn absolute_name(&mut self, name: &str, level: usize) -> Res<String> {
        if level == 0 {
            return Ok(name.to_owned());
        }
        let t = &self.threads.current;
        let globals = t
            .frames
            .last()
            .and_then(|f| t.stack.get((f.base as usize).checked_sub(1)?)?.cast::<crate::object::Function>())
            .map(|f| f.globals);
        self.absolute_name_in(name, level, globals)
    }

    fn absolute_name_in(&mut self, name: &str, level: usize, globals: Option<Gc<Dict>>) -> Res<String> {
        if level == 0 {
            return Ok(name.to_owned());
        }
        let (package_name, own_name, path) = (self.names.package, self.names.name, self.names.path);
        let text = |v: Option<Value>| v.and_then(|v| v.cast::<Str>()).map(|s| s.as_str().to_owned());
        let package = globals.and_then(|g| {
            text(g.get_str(package_name)).or_else(|| {
                let own = text(g.get_str(own_name))?;
                if g.get_str(path).is_some() {
                    Some(own)
                } else {
                    Some(own.rsplit_once('.').map_or(String::new(), |(p, _)| p.to_owned()))
                }
            })
        });
        let package = package.unwrap_or_default();
        if package.is_empty() {
            return Err(self.import_error("attempted relative import with no known parent package"));
        }
        let mut base = package.as_str();
        for _ in 1..level {
            match base.rsplit_once('.') {
                Some((b, _)) => base = b,
                None => return Err(self.import_error("attempted relative import beyond top-level package")),
            }
        }
        Ok(if name.is_empty() { base.to_owned() } else { format!("{base}.{name}") })
    }

    /// `ImportFrom`: an attribute of the module, or a submodule.
    pub(super) fn import_from(&mut self, i: Instr) -> Act {
        let module = self.reg(i.b);
        let name = self.site_name(i.c);
        if let super::binding::Attr::Value(v) = self.find_attr(module, name) {
            self.set_reg(i.a, v);
            return Act::Run;
        }
        let own = self.names.name;
        let module_name = self.module_dict(module).and_then(|d| d.get_str(own)).and_then(|v| v.cast::<Str>());
        let (path, getattr) = (self.names.path, self.names.getattr);
        let (is_package, computed) = match self.module_dict(module) {
            Some(d) => (d.get_str(path).is_some(), d.get_str(getattr).is_some()),
            None => (false, true),
        };
        if computed {
            return self.prelude_act("import_from_computed", &[module, name.value()], i.a);
        }
        if let Some(m) = module_name {
            let full = format!("{}.{}", m.as_str(), name.as_str());
            let key = self.intern(&full);
            if let Some(v) = self.modules.get_str(key).filter(|v| !v.is_none()) {
                self.set_reg(i.a, v);
                return Act::Run;
            }
            if is_package {
                let full = self.new_str(&full);
                self.push_machine(
                    import_step,
                    &[full, Value::TRUE, Value::UNDEF, Value::UNDEF, name.value()],
                    Then::Store,
                    i.a,
                );
                return Act::Step(Resume::Start);
            }
        }
        let c = self.cannot_import(module, name.as_str());
        self.control(c, Then::Store, i.a, None)
    }

    /// `ImportStar`: all public names, or those in `__all__`.
    pub(super) fn import_star(&mut self, module: Value) -> Act {
        let all = self.names.all;
        let Some(d) = self.module_dict(module) else { return Act::Run };
        let names: Vec<Value> = match d.get_str(all) {
            Some(v) => match self.pure_items(v) {
                Ok(items) => items.unwrap_or_default(),
                Err(c) => return self.control(c, Then::Discard, 0, None),
            },
            None => {
                let public = |v: &Value| v.cast::<Str>().is_some_and(|s| !s.as_str().starts_with('_'));
                d.to_vec().iter().map(|e| e.key).filter(public).collect()
            }
        };
        for name in names {
            let Some(name) = name.cast::<Str>() else {
                let own = self.names.name;
                let module_name = d.get_str(own).and_then(|v| v.cast::<Str>());
                let text = format!(
                    "Item in {}.__all__ must be str, not {}",
                    module_name.map_or("?", |s| s.as_str()),
                    self.class_name(name)
                );
                return self.raise_act(|vm| vm.type_error(text));
            };
            let name = self.intern_str(name);
            let Some(v) = d.get_str(name) else {
                let hook = self.names.getattr;
                let space = self.reg_namespace();
                return match (d.get_str(hook), space) {
                    // PEP 562: the module may compute it.
                    (Some(_), Some(space)) => {
                        let args = [module, d.get_str(all).unwrap_or(Value::NONE), space.value()];
                        let r = self.prelude_call("import_star_asking", &args);
                        self.after(r, Then::Discard, 0)
                    }
                    _ => self.raise_act(|vm| vm.no_attribute(module, name.as_str())),
                };
            };
            match self.reg_namespace() {
                Some(space) => space.set_str(name, v),
                None => return Act::Run,
            }
        }
        Act::Run
    }

    /// The namespace that the topmost frame's names are stored in.
    fn reg_namespace(&self) -> Option<Gc<Dict>> {
        use crate::bytecode::program::CodeKind;
        let t = &self.threads.current;
        let f = t.frames.last()?;
        match f.code?.code.kind {
            CodeKind::Class | CodeKind::Exec => self.reg(0).cast::<Dict>(),
            _ => t.stack.get((f.base as usize).checked_sub(1)?)?.cast::<crate::object::Function>().map(|f| f.globals),
        }
    }
}
