//! The module `_imp`: what `importlib` takes of the import system. Floor 7.

use crate::heap::Gc;
use crate::object::{Dict, Module, Str};
use crate::value::Value;
use crate::vm::import::find::Found;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// `find(name, path)`: `(kind, where)`: kind `"native"`, `"file"`, `"package"` or `"namespace"`; `None` if there is none.
fn find(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.str_arg(args, 0, "name must be str, not {}")?;
    let path = match args[1] {
        Value::NONE => None,
        v => {
            let items = vm.pure_items(v)?.unwrap_or_default();
            Some(items.iter().filter_map(|x| x.cast::<Str>()).map(|s| s.as_str().to_owned()).collect())
        }
    };
    let (kind, place) = match vm.find_module(name.as_str(), path) {
        Found::Missing => return Ok(Value::NONE),
        Found::Native(_) => ("native", Value::NONE),
        Found::File(path, false) => ("file", vm.new_str(&path)),
        Found::File(path, true) => ("package", vm.new_str(&path)),
        Found::Namespace(folders) => {
            let folders = folders.iter().map(|f| vm.new_str(f)).collect();
            ("namespace", vm.new_list(folders))
        }
    };
    let kind = vm.new_str(kind);
    Ok(vm.new_tuple(&[kind, place]))
}

/// `run(module, path)`: runs the source file in the module's namespace.
fn run(vm: &mut Vm, args: Args<'_>) -> Res {
    let module = vm.receiver::<Module>(args, "module")?;
    let path = vm.str_arg(args, 1, "path must be str, not {}")?;
    let text = vm.read_source(path.as_str())?;
    let f = vm.module_function(path.as_str(), &text, false, module)?;
    vm.tail_call(f, &[])
}

/// `caller()`: `__name__` of the module whose code called into the library.
fn caller(vm: &mut Vm, _: Args<'_>) -> Res {
    let name = vm.names.name;
    let found = vm.calling_globals().and_then(|g| g.get_str(name));
    Ok(found.unwrap_or(Value::NONE))
}

fn init(_: &mut Vm, _: Gc<Dict>) -> Res<()> {
    Ok(())
}

const FUNCTIONS: &[NativeDef] = &[
    function("find(name, path, /)", "Where a module is.", find),
    function("caller()", "The name of the calling module.", caller),
    function("run(module, path, /)", "Run a source file in a module.", run),
];

/// The module `_imp`.
pub static IMP: ModuleDef =
    ModuleDef { name: "_imp", doc: "What importlib needs.", functions: FUNCTIONS, init, source: "" };
