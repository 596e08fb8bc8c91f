//! Module objects. Floor 7.
//!
//! Invariant: a module's attributes are its namespace; there are no others.

use crate::heap::Gc;
use crate::object::{Class, Module, Str};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute_rw, member, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of modules.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create a module object.", module_new),
    method("__init__(self, name, doc=None)", "Initialize self.", init),
    member("__dict__", "the module's namespace", dict),
    attribute_rw("__annotations__", "annotations of the module", annotations, set_annotations),
    method("__dir__(self, /)", "Names in the module.", dir),
];

/// Registers the table.
pub fn install(vm: &mut Vm) {
    let class = vm.types.module;
    vm.install_methods(class, METHODS);
    let doc =
        "Create a module object.\n\nThe name must be a string; the optional docstring argument can have any type.";
    let (name, doc) = (vm.names.doc, vm.new_str(doc));
    class.dict.set_str(name, doc);
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
    let d = vm.new_dict();
    Ok(vm.heap.alloc(Module::new(class, d)).value())
}

fn annotations(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = vm.receiver::<Module>(args, "module")?;
    let name = vm.names.annotations;
    if let Some(d) = m.dict.get_str(name) {
        return Ok(d);
    }
    let d = vm.new_dict().value();
    m.dict.set_str(name, d);
    Ok(d)
}

fn set_annotations(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = vm.receiver::<Module>(args, "module")?;
    let name = vm.names.annotations;
    if !args[1].is_undef() {
        m.dict.set_str(name, args[1]);
    } else if m.dict.remove_str(name).is_none() {
        return Err(vm.attribute_error("__annotations__"));
    }
    vm.none()
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = vm.receiver::<Module>(args, "module")?;
    if args[1].cast::<Str>().is_none() {
        let message = format!("module() argument 'name' must be str, not {}", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    }
    let n = &vm.names;
    let (name, doc, rest) = (n.name, n.doc, [n.package, n.loader, n.spec]);
    m.dict.set_str(name, args[1]);
    m.dict.set_str(doc, args.get(2).unwrap_or(Value::NONE));
    for key in rest {
        m.dict.set_str(key, Value::NONE);
    }
    vm.none()
}

fn dict(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(vm.receiver::<Module>(args, "module")?.dict.value())
}

fn dir(vm: &mut Vm, args: Args<'_>) -> Res {
    let names = vm.names_of(args[0]).into_iter().map(Gc::value).collect();
    Ok(vm.new_list(names))
}
