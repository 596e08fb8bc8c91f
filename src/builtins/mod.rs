//! Built-in functions. Floor 7.
pub mod attributes;
mod code;
pub mod io;
mod iteration;
pub mod numbers;
pub mod objects;
pub mod text;

use crate::vm::Vm;
use crate::vm::native::NativeDef;

/// Natives that only the prelude calls.
pub const INTRINSICS: &[&[NativeDef]] = &[io::INTRINSICS];

/// Registers the built-in functions, and the built-in classes under their names.
pub fn install(vm: &mut Vm) {
    for table in [
        iteration::FUNCTIONS,
        attributes::FUNCTIONS,
        code::FUNCTIONS,
        io::FUNCTIONS,
        objects::FUNCTIONS,
        numbers::FUNCTIONS,
        text::FUNCTIONS,
    ] {
        install_table(vm, table);
    }
    let builtins = vm.intern("builtins").value();
    for class in vm.types.all() {
        if let Some(name) = class.name.get().cast::<crate::object::Str>()
            && is_public(name.as_str())
        {
            vm.builtins.set_str(name, class.value());
        }
    }
    use crate::value::Value;
    for (name, value) in [
        ("None", Value::NONE),
        ("True", Value::TRUE),
        ("False", Value::FALSE),
        ("Ellipsis", Value::ELLIPSIS),
        ("NotImplemented", Value::NOT_IMPLEMENTED),
        ("__debug__", Value::TRUE),
    ] {
        let name = vm.intern(name);
        vm.builtins.set_str(name, value);
    }
    for (name, alias) in [("EnvironmentError", vm.types.OSError), ("IOError", vm.types.OSError)] {
        let name = vm.intern(name);
        vm.builtins.set_str(name, alias.value());
    }
    let name = vm.names.name;
    vm.builtins.set_str(name, builtins);
    // `import builtins`.
    let (class, namespace) = (vm.types.module, vm.builtins);
    let module = vm.heap.alloc(crate::object::Module::new(class, namespace));
    let name = vm.intern("builtins");
    vm.modules.set_str(name, module.value());
}

/// Whether a class of the module `builtins` is also a name in it: `list` is, `list_iterator` isn't.
fn is_public(name: &str) -> bool {
    const TYPES: &[&str] = &[
        "object",
        "type",
        "int",
        "bool",
        "float",
        "complex",
        "str",
        "bytes",
        "bytearray",
        "memoryview",
        "tuple",
        "list",
        "dict",
        "set",
        "frozenset",
        "range",
        "slice",
        "property",
        "staticmethod",
        "classmethod",
        "super",
        "enumerate",
        "map",
        "filter",
        "zip",
        "reversed",
    ];
    match name.as_bytes().first() {
        Some(c) if c.is_ascii_uppercase() => !name.ends_with("Type"),
        _ => TYPES.contains(&name),
    }
}

/// Adds functions to the module `builtins`.
fn install_table(vm: &mut Vm, table: &'static [NativeDef]) {
    let module = vm.intern("builtins").value();
    for def in table {
        let f = vm.new_function(def, module);
        let name = vm.intern_hashed(def.name(), def.sig.hash);
        vm.builtins.set_str(name, f);
    }
}
