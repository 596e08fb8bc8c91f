//! Where modules are: the library, the folders of `sys.path`, a package's `__path__`. Floor 5.
//!
//! Invariant: a file of the program goes before a module of the library of the same name, as in CPython, save for modules that
//! are built into CPython itself or private.

use crate::heap::Gc;
use crate::object::{Dict, Module, Str};
use crate::value::Value;
use crate::vm::{ModuleDef, Vm};

/// Where a module comes from.
pub enum Found {
    Native(&'static ModuleDef),
    /// Path and whether it is a package's `__init__`.
    File(String, bool),
    /// A package without code: its folders.
    Namespace(Vec<String>),
    Missing,
}

/// Modules that no file can take the place of: CPython has them in its executable, or has imported them before a program runs.
const BUILT_IN: &[&str] = &[
    "abc",
    "atexit",
    "builtins",
    "codecs",
    "collections",
    "encodings",
    "errno",
    "faulthandler",
    "functools",
    "gc",
    "io",
    "itertools",
    "keyword",
    "marshal",
    "operator",
    "os",
    "os.path",
    "posix",
    "posixpath",
    "pwd",
    "reprlib",
    "site",
    "stat",
    "sys",
    "time",
    "types",
];

impl Vm {
    /// Finds module `full`; `path`: the `__path__` of its package, if it is in one.
    pub fn find_module(&mut self, full: &str, path: Option<Vec<String>>) -> Found {
        let native = self.module_defs.iter().find(|d| d.name == full).copied();
        if let Some(def) = native
            && (full.starts_with('_') || full.contains('.') || BUILT_IN.contains(&full))
        {
            return Found::Native(def);
        }
        let last = full.rsplit('.').next().unwrap_or(full);
        let folders = path.unwrap_or_else(|| self.search_path());
        let mut portions = Vec::new();
        for folder in folders {
            let base =
                if folder.is_empty() { last.to_owned() } else { format!("{}/{last}", folder.trim_end_matches('/')) };
            let is_folder = self.is_kind(&base, 0o040_000);
            if is_folder {
                for extension in ["thr", "py"] {
                    let init = format!("{base}/__init__.{extension}");
                    if self.is_kind(&init, 0o100_000) {
                        return Found::File(init, true);
                    }
                }
            }
            for extension in ["thr", "py"] {
                let file = format!("{base}.{extension}");
                if self.is_kind(&file, 0o100_000) {
                    return Found::File(file, false);
                }
            }
            if is_folder {
                portions.push(base);
            }
        }
        match native {
            Some(def) => Found::Native(def),
            None if !portions.is_empty() => Found::Namespace(portions),
            None => Found::Missing,
        }
    }

    fn is_kind(&mut self, path: &str, kind: u32) -> bool {
        self.host.files().stat(path, true).is_ok_and(|s| s.mode & 0o170_000 == kind)
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

    /// The `__path__` of a package.
    pub(super) fn package_path(&mut self, package: Gc<Dict>) -> Vec<String> {
        let name = self.names.path;
        let path = package.get_str(name);
        self.strings_of(path)
    }
}
