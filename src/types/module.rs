//! Module objects. Floor 7.
//!
//! Invariant: a module's attributes are its namespace; there are no others.

use crate::heap::Gc;
use crate::object::{Class, Module, Str};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of modules.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, name, doc=None)", "Create a module object.", module_new),
    method("__init__(self, name, doc=None)", "Initialize self.", init),
    attribute("__dict__", "the module's namespace", dict),
    method("__dir__(self, /)", "Names in the module.", dir),
];

/// Registers the table.
pub fn install(vm: &mut Vm) {
    let class = vm.types.module;
    vm.install_methods(class, METHODS);
}

impl Vm {
    /// A module with nothing but its name and docstring in it.
    pub fn new_module_object(&mut self, class: Gc<Class>, name: Value, doc: Value) -> Gc<Module> {
        let d = self.new_dict();
        let n = &self.names;
        let (key_name, key_doc, rest) = (n.name, n.doc, [n.package, n.loader, n.spec]);
        d.set_str(key_name, name);
        d.set_str(key_doc, doc);
        for key in rest {
            d.set_str(key, Value::NONE);
        }
        self.heap.alloc(Module::new(class, d))
    }
}

fn module_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    if args[1].cast::<Str>().is_none() {
        let message = format!("module() argument 'name' must be str, not {}", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    }
    Ok(vm.new_module_object(class, args[1], args.get(2).unwrap_or(Value::NONE)).value())
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = vm.receiver::<Module>(args, "module")?;
    let (name, doc) = (vm.names.name, vm.names.doc);
    m.dict.set_str(name, args[1]);
    m.dict.set_str(doc, args.get(2).unwrap_or(Value::NONE));
    vm.none()
}

fn dict(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(vm.receiver::<Module>(args, "module")?.dict.value())
}

fn dir(vm: &mut Vm, args: Args<'_>) -> Res {
    let names = vm.names_of(args[0]).into_iter().map(Gc::value).collect();
    Ok(vm.new_list(names))
}
