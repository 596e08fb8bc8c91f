//! Bound methods and functions written in Rust. Floor 7.
//!
//! Invariant: other attributes of a bound method are those of its function (`Vm::find_attr` sees to it).

use crate::heap::Gc;
use crate::object::{BoundMethod, Class, NativeFn, Str, View};
use crate::value::Value;
use crate::vm::native::{DefKind, NativeDef, attribute, member, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of bound methods.
pub const METHOD: &[NativeDef] = &[
    new("__new__(cls, function, instance, /)", "Create a bound method.", method_new),
    member("__self__", "the object", self_),
    member("__func__", "the function", func),
    attribute("__name__", "the function's name", forward_name),
    attribute("__qualname__", "the function's qualified name", forward_qualname),
    attribute("__doc__", "the function's docstring", forward_doc),
    attribute("__module__", "the function's module", forward_module),
    method("__eq__(self, value, /)", "Return self==value.", eq),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__get__(self, instance, owner=None, /)", "A bound method stays bound.", |_, args| Ok(args[0])),
    method("__call__(self, /, *args, **kwargs)", "Call self as a function.", super::function::call),
];

/// Methods of functions written in Rust, bound or not.
pub const NATIVE: &[NativeDef] = &[
    attribute("__name__", "name", native_name),
    attribute("__qualname__", "qualified name", native_qualname),
    attribute("__doc__", "docstring", native_doc),
    attribute("__module__", "module", native_module),
    attribute("__self__", "the object it is bound to", native_self),
    member("__objclass__", "the class it belongs to", objclass),
    attribute("__text_signature__", "parameters as a text", signature),
    method("__eq__(self, value, /)", "Return self==value.", native_eq),
    method("__hash__(self, /)", "Return hash(self).", native_hash),
    method("__get__(self, instance, owner=None, /)", "Bind the function to an object.", native_get),
    method("__call__(self, /, *args, **kwargs)", "Call self as a function.", super::function::call),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let t = &vm.types;
    let natives =
        [t.builtin_function, t.method_descriptor, t.wrapper_descriptor, t.method_wrapper, t.classmethod_descriptor];
    let (m, name) = (t.method, vm.names.module);
    m.dict.remove_str(name);
    vm.install_methods(m, METHOD);
    for class in natives {
        class.dict.remove_str(name);
        vm.install_methods(class, NATIVE);
    }
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<BoundMethod>> {
    vm.receiver::<BoundMethod>(args, "method")
}

fn method_new(vm: &mut Vm, args: Args<'_>) -> Res {
    if !vm.is_callable(args[1]) {
        return Err(vm.type_error("first argument must be callable"));
    }
    if args[2].is_none() {
        return Err(vm.type_error("instance must not be None"));
    }
    Ok(vm.new_method(args[1], args[2]))
}

fn self_(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.receiver)
}
fn func(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.func)
}

fn forward(vm: &mut Vm, args: Args<'_>, name: Gc<Str>) -> Res {
    let f = this(vm, args)?.func;
    vm.get_attr(f, name)
}
fn forward_name(vm: &mut Vm, args: Args<'_>) -> Res {
    forward(vm, args, vm.names.name)
}
fn forward_qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    forward(vm, args, vm.names.qualname)
}
fn forward_doc(vm: &mut Vm, args: Args<'_>) -> Res {
    forward(vm, args, vm.names.doc)
}
fn forward_module(vm: &mut Vm, args: Args<'_>) -> Res {
    forward(vm, args, vm.names.module)
}

fn eq(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(match (args[0].view(), args[1].view()) {
        (View::BoundMethod(a), View::BoundMethod(b)) => Value::bool(a.func == b.func && a.receiver == b.receiver),
        _ => Value::NOT_IMPLEMENTED,
    })
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    match vm.hash_of(args[0])? {
        Some(h) => Ok(vm.new_int(h)),
        None => Err(vm.type_error("unhashable method")),
    }
}

fn native(vm: &mut Vm, args: Args<'_>) -> Res<Gc<NativeFn>> {
    vm.receiver::<NativeFn>(args, "builtin_function_or_method")
}

fn native_name(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = native(vm, args)?;
    let name = vm.natives[f.id as usize].def.name();
    Ok(vm.intern(name).value())
}

fn native_qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    native(vm, args)?;
    let name = vm.callable_name(args[0]);
    Ok(vm.new_str(&name))
}

fn native_doc(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = native(vm, args)?;
    let doc = vm.natives[f.id as usize].def.doc;
    if doc.is_empty() { vm.none() } else { Ok(vm.new_str(doc)) }
}

fn native_module(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = native(vm, args)?;
    if f.owner.is_undef() && f.bound.cast::<Str>().is_some() {
        return Ok(f.bound);
    }
    vm.none()
}

fn native_self(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = native(vm, args)?;
    if f.owner.is_undef() {
        // A module's function: its `__self__` is the module.
        if let Some(module) = f.bound.cast::<Str>()
            && let Some(m) = vm.modules.get_str(module)
        {
            return Ok(m);
        }
        return Ok(f.bound.defined().unwrap_or(Value::NONE));
    }
    if vm.natives[f.id as usize].def.kind == DefKind::New {
        return Ok(f.owner);
    }
    match f.bound.defined() {
        Some(v) => Ok(v),
        None => Err(vm.no_attribute(args[0], "__self__")),
    }
}

fn objclass(vm: &mut Vm, args: Args<'_>) -> Res {
    match native(vm, args)?.owner.cast::<Class>() {
        Some(c) => Ok(c.value()),
        None => Err(vm.no_attribute(args[0], "__objclass__")),
    }
}

fn signature(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = native(vm, args)?;
    let sig = vm.natives[f.id as usize].def.text;
    match sig.find('(') {
        Some(i) => {
            // As CPython marks the receiver of a method.
            let mut text = sig[i..].replacen("(self", "($self", 1).replacen("(cls", "($cls", 1);
            if f.owner.is_undef() {
                let rest = match (sig[i..].starts_with("()"), sig.contains('/')) {
                    (true, _) => "($module, /",
                    (_, true) => "($module, ",
                    (_, false) => "($module, /, ",
                };
                text = text.replacen('(', rest, 1);
            }
            Ok(vm.new_str(&text))
        }
        None => vm.none(),
    }
}

fn native_eq(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(match (args[0].view(), args[1].view()) {
        (View::NativeFn(a), View::NativeFn(b)) => Value::bool(a.id == b.id && a.bound == b.bound),
        _ => Value::NOT_IMPLEMENTED,
    })
}

fn native_hash(vm: &mut Vm, args: Args<'_>) -> Res {
    match vm.hash_of(args[0])? {
        Some(h) => Ok(vm.new_int(h)),
        None => vm.none(),
    }
}

fn native_get(vm: &mut Vm, args: Args<'_>) -> Res {
    native(vm, args)?;
    let owner = match args.get(2).and_then(|o| o.cast::<Class>()) {
        Some(c) => c,
        None => vm.class_of(args[1]),
    };
    let instance = Some(args[1]).filter(|v| !v.is_none());
    let attr = vm.bind(args[0], instance, owner);
    Ok(vm.attr_value(args[1], attr)?.unwrap_or(args[0]))
}
