//! Built-in functions on attributes and namespaces: `getattr`, `dir`, `vars`, `globals` … Floor 7.
//!
//! Invariant: what may run code of the language (`__getattr__`, `__dir__`, properties) is handed over, never called.

use crate::heap::Gc;
use crate::object::func::Cell;
use crate::object::{Class, Dict, Module, NativeFn, Str};
use crate::value::Value;
use crate::vm::attr::Get;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Ctl, Res, Vm};

/// The functions of this file.
pub const FUNCTIONS: &[NativeDef] = &[
    function(
        "getattr(object, name, default=None, /)",
        "Get a named attribute; the default where there is none.",
        getattr,
    ),
    function("setattr(object, name, value, /)", "Set a named attribute.", setattr),
    function("delattr(object, name, /)", "Delete a named attribute.", delattr),
    function("hasattr(object, name, /)", "Whether the object has an attribute of that name.", hasattr),
    function("dir(object=None, /)", "Names of an object's attributes, or of the current scope.", dir),
    function("vars(object=None, /)", "The object's __dict__, or the local variables.", vars),
    function("globals()", "The dictionary of the current module's variables.", globals),
    function("locals()", "The current scope's local variables as a dictionary.", locals),
];

fn getattr(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    let Some(default) = args.get(2) else { return vm.get_attr(args[0], name) };
    match vm.attr_if_any(args[0], name) {
        Ok(Some(Get::Value(v))) => Ok(v),
        Ok(None) => Ok(default),
        Ok(_) => vm.prelude_call("getattr_default", &[args[0], name.value(), default]),
        Err(Ctl::Raise(e)) if vm.is_instance(e, vm.types.AttributeError) => Ok(default),
        Err(e) => Err(e),
    }
}

fn setattr(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    vm.set_attr(args[0], name, args[2])?;
    vm.none()
}

fn delattr(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    vm.set_attr(args[0], name, Value::UNDEF)?;
    vm.none()
}

fn hasattr(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    match vm.attr_if_any(args[0], name) {
        Ok(Some(Get::Value(_))) => Ok(Value::TRUE),
        Ok(None) => Ok(Value::FALSE),
        Ok(_) => vm.prelude_call("hasattr_slow", &[args[0], name.value()]),
        Err(Ctl::Raise(e)) if vm.is_instance(e, vm.types.AttributeError) => Ok(Value::FALSE),
        Err(e) => Err(e),
    }
}

fn dir(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(obj) = args.get(0) else {
        let d = local_variables(vm)?;
        let names = d.cast::<Dict>().map_or(Vec::new(), |d| d.to_vec());
        let names: Vec<Gc<Str>> = names.iter().filter_map(|e| e.key.cast::<Str>()).collect();
        return sorted_names(vm, names);
    };
    let name = vm.names.dir;
    if let Some(f) = vm.special(obj, name)
        && f.cast::<NativeFn>().is_none()
    {
        let bound = vm.bound_special(obj, name)?.unwrap_or(Value::NONE);
        return vm.prelude_call("dir_user", &[obj, bound]);
    }
    if let Some(m) = obj.cast::<Module>()
        && let Some(f) = m.dict.get_str(name)
    {
        return vm.prelude_call("dir_user", &[obj, f]);
    }
    let names = vm.names_of(obj);
    sorted_names(vm, names)
}

fn sorted_names(vm: &mut Vm, mut names: Vec<Gc<Str>>) -> Res {
    names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    names.dedup_by(|a, b| a.same_text(*b));
    let names = names.into_iter().map(Gc::value).collect();
    Ok(vm.new_list(names))
}

fn vars(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(obj) = args.get(0) else { return local_variables(vm) };
    let name = vm.names.dict;
    match vm.get_attr(obj, name) {
        Err(Ctl::Raise(e)) if vm.is_instance(e, vm.types.AttributeError) => {
            Err(vm.type_error("vars() argument must have __dict__ attribute"))
        }
        other => other,
    }
}

fn globals(vm: &mut Vm, _: Args<'_>) -> Res {
    match vm.current_globals() {
        Some(g) => Ok(g.value()),
        None => Err(vm.system_error("globals() outside of a frame")),
    }
}

fn locals(vm: &mut Vm, _: Args<'_>) -> Res {
    local_variables(vm)
}

/// `locals()` of the running frame: the namespace itself in modules and class bodies, a new dict in functions.
pub(super) fn local_variables(vm: &mut Vm) -> Res {
    use crate::bytecode::program::CodeKind;
    let Some(code) = vm.threads.current.frames.iter().rev().find_map(|f| f.code) else {
        return Err(vm.system_error("locals() outside of a frame"));
    };
    let pc = vm.threads.current.frames.iter().rev().find(|f| f.code.is_some()).map_or(0, |f| f.pc as usize);
    let seen = crate::vm::frames::variables(&code.code, pc);
    match code.code.kind {
        _ if !seen.is_empty() => {}
        CodeKind::Module => return globals_value(vm),
        CodeKind::Class | CodeKind::Exec => return Ok(vm.current_register(0)),
        CodeKind::Function => {}
    }
    let d = vm.new_dict();
    for variable in seen {
        let mut v = vm.current_register(variable.reg);
        if variable.is_cell
            && let Some(c) = v.cast::<Cell>()
        {
            v = c.value.get();
        }
        if !v.is_undef() {
            let name = vm.intern(&variable.name);
            d.set_str(name, v);
        }
    }
    if let Some(extra) = vm.added_locals() {
        for e in extra.to_vec() {
            d.set(e.hash, e.key, e.value);
        }
    }
    Ok(d.value())
}

fn globals_value(vm: &mut Vm) -> Res {
    Ok(vm.current_globals().map_or(Value::NONE, |g| g.value()))
}

impl Vm {
    /// The names that `object.__dir__`, `type.__dir__` or a module's gives, in no order and with repetitions.
    pub fn names_of(&mut self, obj: Value) -> Vec<Gc<Str>> {
        let mut names: Vec<Gc<Str>> = Vec::new();
        let mut add = |d: Gc<Dict>| names.extend(d.to_vec().iter().filter_map(|e| e.key.cast::<Str>()));
        if let Some(m) = obj.cast::<Module>() {
            add(m.dict);
            return names;
        }
        let class = match obj.cast::<Class>() {
            Some(c) => c,
            None => {
                if let Some(i) = obj.cast::<crate::object::Instance>()
                    && !self.shapes.get(i.shape()).is_dict
                {
                    let shape = self.shapes.get(i.shape());
                    let own: Vec<Gc<Str>> = shape
                        .names
                        .iter()
                        .enumerate()
                        .filter(|(n, _)| !i.slot(*n).is_undef())
                        .map(|(_, &n)| n)
                        .collect();
                    names.extend(own);
                    return self.with_class_names(names, self.class_of(obj));
                }
                // A bound method has its function's attributes.
                let holder = obj.cast::<crate::object::BoundMethod>().map_or(obj, |m| m.func);
                if let Some(d) = self.own_dict(holder, false) {
                    add(d);
                    // What exceptions keep for reports.
                    names.retain(|n| !n.as_str().starts_with('.'));
                }
                self.class_of(obj)
            }
        };
        self.with_class_names(names, class)
    }

    fn with_class_names(&mut self, mut names: Vec<Gc<Str>>, class: Gc<Class>) -> Vec<Gc<Str>> {
        let order = class.mro.borrow().to_vec();
        for c in order {
            self.fill_class(c);
            names.extend(c.dict.to_vec().iter().filter_map(|e| e.key.cast::<Str>()));
        }
        names
    }
}
