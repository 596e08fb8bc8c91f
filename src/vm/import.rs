//! Imports: `sys.modules`, native modules, files beside the script. Floor 5.
//! Source: the language reference, chapter 5 "The import system", without finders and loaders.

use super::drive::Act;
use super::native::{CallReq, Ctl, Res, Resume, Step};
use super::thread::Then;
use super::{ModuleDef, Vm};
use crate::bytecode::ops::Instr;
use crate::bytecode::program::Source;
use crate::heap::Gc;
use crate::object::{Dict, Module, Str};
use crate::syntax::error::{End, Stage, SyntaxError, SyntaxWarning};
use crate::value::Value;
use std::sync::Arc;

/// First line of a library file whose functions are natives in CPython: like those they are one step, save for what they
/// call of the program.
const ATOMIC: &str = "# atomic\n";

/// Where a module comes from.
enum Found {
    Native(&'static ModuleDef),
    /// Path and whether it is a package's `__init__`.
    File(String, bool),
    Missing,
}

impl Vm {
    /// Compiles a module's text. `hidden`: part of the interpreter's own library.
    pub fn compile_source(
        &mut self,
        name: &str,
        text: &str,
        hidden: bool,
    ) -> Result<Arc<crate::bytecode::program::Code>, (SyntaxError, Arc<Source>)> {
        let mut source = Source::new(name, text);
        if let Some(s) = Arc::get_mut(&mut source) {
            s.hidden = hidden;
            s.shown = !hidden;
            s.atomic = hidden && text.starts_with(ATOMIC);
        }
        let compiled = crate::syntax::parse_module_warn(text).and_then(|(module, warnings)| {
            let code = crate::compile::compile_module(&module, source.clone())?;
            Ok((code, warnings))
        });
        match compiled {
            Ok((code, warnings)) => {
                if !hidden {
                    self.syntax_warnings(&warnings, &source);
                }
                Ok(code)
            }
            Err(e) => Err((e, source)),
        }
    }

    /// Prints what the parser found doubtful. CPython's compiler keeps no register of what was said already.
    fn syntax_warnings(&mut self, warnings: &[SyntaxWarning], source: &Source) {
        for w in warnings {
            let line = source.lines.line(w.span.start.min(source.text.len() as u32));
            let mut text = format!("{}:{line}: SyntaxWarning: {}\n", source.name, w.message);
            let code = source.lines.line_text(&source.text, line).trim();
            if !code.is_empty() {
                text.push_str(&format!("  {code}\n"));
            }
            // A program runs even when nobody can read its warnings.
            let _ = self.host.write_stderr(text.as_bytes());
        }
    }

    /// A `SyntaxError` exception object for an error in `source`.
    pub fn syntax_error_value(&mut self, e: &SyntaxError, source: &Source) -> Value {
        use crate::syntax::error::SyntaxErrorKind as K;
        let class = match e.kind {
            K::SyntaxError => self.types.SyntaxError,
            K::IndentationError => self.types.IndentationError,
            K::TabError => self.types.TabError,
        };
        let (line, col) = source.lines.line_col(e.span.start.min(source.text.len() as u32));
        let (end_line, end_col) = source.lines.line_col(e.span.end.min(source.text.len() as u32));
        let line_text = source.lines.line_text(&source.text, line);
        let chars =
            |text: &str, bytes: u32| text.get(..bytes as usize).map_or(bytes as i64, |t| t.chars().count() as i64);
        let end_text = source.lines.line_text(&source.text, end_line);
        let (mut offset, mut end_offset) = (chars(line_text, col) + 1, chars(end_text, end_col) + 1);
        match e.stage {
            // `eval("1 +")`: the end of such a text has no column.
            Stage::Parser if source.bare && e.span.is_empty() && e.span.start as usize == source.text.len() => {
                (offset, end_offset) = (0, 0);
            }
            // A line's end is one character wide.
            Stage::Parser if e.span.is_empty() && col as usize == line_text.len() => end_offset += 1,
            _ => {}
        }
        let end_offset = match e.end {
            End::Span => Value::small(end_offset),
            End::Start => Value::small(offset),
            End::Is(n) => Value::small(n as i64),
            End::Unknown => Value::NONE,
        };
        let message = self.new_str(&e.message);
        let file = self.new_str(&source.name);
        let last = source.lines.line_start(line + 1).is_none() && !source.text.ends_with('\n');
        let text = match e.stage {
            Stage::Compiler if source.transient => Value::NONE,
            Stage::Scanner => self.new_str(line_text),
            Stage::Parser if end_line > line || (last && source.bare) => self.new_str(line_text),
            _ => self.new_str(&format!("{line_text}\n")),
        };
        let fields =
            [file, Value::small(line as i64), Value::small(offset), text, Value::small(end_line as i64), end_offset];
        let details = self.new_tuple(&fields);
        let exc = self.new_exception(class, &[message, details]);
        let n = &self.names;
        let names = [n.filename, n.lineno, n.offset, n.text, n.end_lineno, n.end_offset];
        for (name, value) in names.into_iter().zip(fields) {
            self.set_exc_field(exc, name, value);
        }
        let (msg, flag) = (self.names.msg, self.names.print_file_and_line);
        self.set_exc_field(exc, msg, message);
        self.set_exc_field(exc, flag, Value::NONE);
        exc
    }

    /// The `ImportName` instruction.
    pub(super) fn import_op(&mut self, i: Instr) -> Act {
        let name = self.site_name(i.b);
        let fromlist = self.reg(i.c);
        let full = match self.absolute_name(name.as_str(), i.x as usize) {
            Ok(f) => f,
            Err(c) => return self.control(c, Then::Store, i.a, None),
        };
        if let Some(v) = self.imported_already(&full, !fromlist.is_none()) {
            self.set_reg(i.a, v);
            return Act::Run;
        }
        let r: Res = self.import_call(&full, fromlist);
        self.after(r, Then::Store, i.a)
    }

    /// `__import__(full, fromlist=…)` for an absolute name, as the result of a native.
    pub fn import_call(&mut self, full: &str, fromlist: Value) -> Res {
        let name = self.new_str(full);
        self.enter(import_step, &[name, fromlist, Value::UNDEF, Value::UNDEF, Value::NONE])
    }

    /// What an import statement gets where nothing has to be loaded: the module, or its topmost package.
    fn imported_already(&mut self, full: &str, leaf: bool) -> Option<Value> {
        let top = full.split('.').next().unwrap_or(full);
        let name = self.intern(full);
        let found = self.modules.get_str(name)?;
        if leaf || top == full {
            // Names asked of a package may be submodules: that is `ImportFrom`'s business.
            return Some(found);
        }
        let top = self.intern(top);
        self.modules.get_str(top)
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

    /// Finds module `full`, whose package (if it has one) is loaded.
    fn find_module(&mut self, full: &str, package: Option<Gc<Dict>>) -> Found {
        if let Some(&def) = self.module_defs.iter().find(|d| d.name == full) {
            return Found::Native(def);
        }
        let last = full.rsplit('.').next().unwrap_or(full);
        let folders: Vec<String> = match package {
            None => self.search_path(),
            Some(d) => {
                let name = self.names.path;
                self.strings_of(d.get_str(name))
            }
        };
        for folder in folders {
            let base = if folder.is_empty() { last.to_owned() } else { format!("{folder}/{last}") };
            for extension in ["thr", "py"] {
                let init = format!("{base}/__init__.{extension}");
                if std::path::Path::new(&init).is_file() {
                    return Found::File(init, true);
                }
                let file = format!("{base}.{extension}");
                if std::path::Path::new(&file).is_file() {
                    return Found::File(file, false);
                }
            }
        }
        Found::Missing
    }

    /// `sys.path` as it is now, or the script's folder before `sys` was imported.
    fn search_path(&mut self) -> Vec<String> {
        let (sys, path) = (self.intern("sys"), self.names.path_attr);
        let from_sys = self.modules.get_str(sys).and_then(|m| m.cast::<Module>()).and_then(|m| m.dict.get_str(path));
        match from_sys {
            Some(v) => self.strings_of(Some(v)),
            None => self.config.script_dir.iter().cloned().collect(),
        }
    }

    fn strings_of(&mut self, v: Option<Value>) -> Vec<String> {
        let items = v.and_then(|v| self.pure_items(v).ok().flatten()).unwrap_or_default();
        items.iter().filter_map(|x| x.cast::<Str>()).map(|s| s.as_str().to_owned()).collect()
    }

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
        dict.set_str(l, Value::NONE);
        dict.set_str(s, Value::NONE);
        self.modules.set_str(key, module.value());
        module
    }

    /// Loads module `full`: gives its object and the function that runs its code, if it has any.
    fn load_module(&mut self, full: &str, package: Option<Gc<Dict>>) -> Res<(Value, Option<Value>)> {
        match self.find_module(full, package) {
            Found::Native(def) => {
                let module = self.new_module(full);
                self.fill_native_module(def, module.dict)?;
                if def.source.is_empty() {
                    return Ok((module.value(), None));
                }
                let name = format!("<thr>/{full}");
                let code = match self.compile_source(&name, def.source, true) {
                    Ok(c) => c,
                    Err((e, s)) => {
                        let exc = self.syntax_error_value(&e, &s);
                        return Err(Ctl::Raise(exc));
                    }
                };
                let loaded = self.load_code(code);
                let f = self.new_plain_function(loaded, module.dict);
                Ok((module.value(), Some(f)))
            }
            Found::File(path, is_package) => {
                let text = self.read_source(&path)?;
                let code = match self.compile_source(&path, &text, false) {
                    Ok(c) => c,
                    Err((e, s)) => {
                        let exc = self.syntax_error_value(&e, &s);
                        return Err(Ctl::Raise(exc));
                    }
                };
                let module = self.new_module(full);
                let (file, path_name, package_name) = (self.names.file, self.names.path, self.names.package);
                let value = self.new_str(&path);
                module.dict.set_str(file, value);
                if is_package {
                    let folder = path.rsplit_once('/').map_or("", |(f, _)| f);
                    let folder = self.new_str(folder);
                    let list = self.new_list(vec![folder]);
                    module.dict.set_str(path_name, list);
                    let own = self.intern(full).value();
                    module.dict.set_str(package_name, own);
                }
                let loaded = self.load_code(code);
                let f = self.new_plain_function(loaded, module.dict);
                Ok((module.value(), Some(f)))
            }
            Found::Missing => {
                let class = self.types.ModuleNotFoundError;
                let parent = full.rsplit_once('.').map(|(p, _)| p);
                let message = match (parent, package) {
                    (Some(p), None) => format!("No module named '{full}'; '{p}' is not a package"),
                    _ => format!("No module named '{full}'"),
                };
                let text = self.new_str(&message);
                let exc = self.new_exception(class, &[text]);
                let (attr, name) = (self.names.name_attr, self.new_str(full));
                self.set_exc_field(exc, attr, name);
                Err(Ctl::Raise(exc))
            }
        }
    }

    fn fill_native_module(&mut self, def: &'static ModuleDef, dict: Gc<Dict>) -> Res<()> {
        let name = self.intern(def.name).value();
        let (doc_name, doc) = (self.names.doc, self.new_str(def.doc));
        dict.set_str(doc_name, doc);
        for f in def.functions {
            let value = self.new_function(f, name);
            let key = self.intern(crate::vm::native::Sig::parse(f.sig).name);
            dict.set_str(key, value);
        }
        (def.init)(self, dict)
    }

    /// Reads and decodes a source file.
    pub fn read_source(&mut self, path: &str) -> Res<String> {
        let bytes = match std::fs::read(path) {
            Ok(b) => b,
            Err(e) => return Err(self.import_error(format!("cannot read '{path}': {e}"))),
        };
        match crate::syntax::decode_source(&bytes) {
            Ok(t) => Ok(t),
            Err(e) => {
                let source = Source::new(path, "");
                let exc = self.syntax_error_value(&e, &source);
                Err(Ctl::Raise(exc))
            }
        }
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
        let path = self.names.path;
        let is_package = self.module_dict(module).is_some_and(|d| d.get_str(path).is_some());
        if let Some(m) = module_name {
            let full = format!("{}.{}", m.as_str(), name.as_str());
            let key = self.intern(&full);
            if let Some(v) = self.modules.get_str(key) {
                self.set_reg(i.a, v);
                return Act::Run;
            }
            let getattr = self.names.getattr;
            let native = self.module_defs.iter().any(|d| d.name == full);
            if !native && let Some(f) = self.module_dict(module).and_then(|d| d.get_str(getattr)) {
                // The module's own `__getattr__` is asked; its AttributeError becomes the ImportError.
                let Ctl::Raise(failure) = self.cannot_import(module, name.as_str()) else { return Act::Run };
                let r = self.prelude_call("import_attribute", &[f, name.value(), failure]);
                return self.after(r, Then::Store, i.a);
            }
            if is_package || self.module_defs.iter().any(|d| d.name == full) {
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

    /// `cannot import name 'x' from 'm' (file)`.
    pub(super) fn cannot_import(&mut self, module: Value, name: &str) -> Ctl {
        let (own, file, class) = (self.names.name, self.names.file, self.types.ImportError);
        let text = |v: Option<Value>| v.and_then(|v| v.cast::<Str>()).map(|s| s.as_str().to_owned());
        let d = self.module_dict(module);
        let module_name = text(d.and_then(|d| d.get_str(own))).unwrap_or_else(|| "<unknown module name>".into());
        let path = text(d.and_then(|d| d.get_str(file)));
        let place = path.clone().unwrap_or_else(|| "unknown location".into());
        let message = self.new_str(&format!("cannot import name '{name}' from '{module_name}' ({place})"));
        let exc = self.new_exception(class, &[message]);
        let (n, p, from) = (self.names.name_attr, self.names.path_attr, self.names.name_from);
        let (module_name, name) = (self.new_str(&module_name), self.new_str(name));
        let path = path.map_or(Value::NONE, |p| self.new_str(&p));
        self.set_exc_field(exc, n, module_name);
        self.set_exc_field(exc, p, path);
        self.set_exc_field(exc, from, name);
        Ctl::Raise(exc)
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
                return self.raise_act(|vm| vm.type_error("Item in __all__ must be str"));
            };
            let name = self.intern_str(name);
            let Some(v) = d.get_str(name) else {
                return self.raise_act(|vm| vm.no_attribute(module, name.as_str()));
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

/// Imports a dotted name, package by package. Registers: full name, fromlist (`None`: give the topmost package),
/// the topmost module, the module whose code runs, and the name that an `ImportFrom` asked for (else `None`). The state
/// counts finished parts.
fn import_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let full = vm.mreg(0).cast::<Str>().map_or_else(String::new, |s| s.as_str().to_owned());
    let parts: Vec<&str> = full.split('.').collect();
    let prefix = |n: usize| parts[..n].join(".");
    match resume {
        Resume::Raised(e) => {
            // A module whose code failed is not imported.
            let key = vm.intern(&prefix((vm.mstate() as usize + 1).min(parts.len())));
            vm.modules.remove_str(key);
            return Err(Ctl::Raise(e));
        }
        Resume::Value(_) => {
            finish_part(vm, &parts);
        }
        _ => {}
    }
    loop {
        let done = vm.mstate() as usize;
        if done == parts.len() {
            let leaf = vm.mreg(3);
            return Ok(Step::Return(if vm.mreg(1).is_none() { vm.mreg(2) } else { leaf }));
        }
        let name = prefix(done + 1);
        let key = vm.intern(&name);
        if let Some(m) = vm.modules.get_str(key) {
            vm.set_mreg(3, m);
            if done == 0 {
                vm.set_mreg(2, m);
            }
            vm.set_mstate(done as u32 + 1);
            continue;
        }
        let package = if done == 0 {
            None
        } else {
            let path = vm.names.path;
            vm.module_dict(vm.mreg(3)).filter(|d| d.get_str(path).is_some())
        };
        let native = vm.module_defs.iter().any(|d| d.name == name);
        if done > 0 && package.is_none() && !native {
            let asked = vm.mreg(4);
            if let (Some(n), module) = (asked.cast::<Str>(), vm.mreg(3)) {
                return Err(vm.cannot_import(module, n.as_str()));
            }
        }
        let loaded = vm.load_module(&name, package);
        let (module, code) = match loaded {
            Ok(x) => x,
            Err(c) => {
                vm.modules.remove_str(key);
                // `from package import missing` is an ImportError of the name.
                if done + 1 == parts.len()
                    && let (Some(n), module) = (vm.mreg(4).cast::<Str>(), vm.mreg(3))
                    && let Ctl::Raise(e) = &c
                    && vm.is_instance(*e, vm.types.ModuleNotFoundError)
                {
                    return Err(vm.cannot_import(module, n.as_str()));
                }
                return Err(c);
            }
        };
        vm.set_mreg(3, module);
        if done == 0 {
            vm.set_mreg(2, module);
        }
        match code {
            Some(f) => {
                return Ok(Step::CallCatching(CallReq::new(f, &[])));
            }
            None => finish_part(vm, &parts),
        }
    }
}

/// A part of a dotted name has run: the package before it gets it as an attribute.
fn finish_part(vm: &mut Vm, parts: &[&str]) {
    let done = vm.mstate() as usize;
    if done > 0 {
        let parent = vm.intern(&parts[..done].join("."));
        let parent = vm.modules.get_str(parent).and_then(|m| vm.module_dict(m));
        let name = vm.intern(parts[done]);
        let module = vm.mreg(3);
        if let Some(d) = parent {
            d.set_str(name, module);
        }
    }
    // A module may replace itself in `sys.modules`.
    let key = vm.intern(&parts[..=done].join("."));
    if let Some(m) = vm.modules.get_str(key) {
        vm.set_mreg(3, m);
        if done == 0 {
            vm.set_mreg(2, m);
        }
    }
    vm.set_mstate(done as u32 + 1);
}
