//! Methods of `object`: what every object has. Floor 7.
//!
//! Invariant: classes that override one of these never reach it, unless through `super()`.

use crate::heap::{Gc, Kind};
use crate::object::class::flag;
use crate::object::{Class, Dict, Instance, NativeFn};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, attribute_rw, class_method, function, method, new};
use crate::vm::{Args, Res, Vm};

/// The methods of `object`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create and return a new object.", object_new),
    method("__init__(self, *args, **kwargs)", "Initialize self.", object_init),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__str__(self, /)", "Return str(self).", str_),
    method("__format__(self, format_spec, /)", "Default object formatter.", format),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__eq__(self, value, /)", "Return self==value.", eq),
    method("__ne__(self, value, /)", "Return self!=value.", ne),
    method("__lt__(self, value, /)", "Return self<value.", order),
    method("__le__(self, value, /)", "Return self<=value.", order),
    method("__gt__(self, value, /)", "Return self>value.", order),
    method("__ge__(self, value, /)", "Return self>=value.", order),
    method("__getattribute__(self, name, /)", "Return getattr(self, name).", getattribute),
    method("__setattr__(self, name, value, /)", "Implement setattr(self, name, value).", setattr),
    method("__delattr__(self, name, /)", "Implement delattr(self, name).", delattr),
    method("__dir__(self, /)", "Default dir() implementation.", dir),
    method("__sizeof__(self, /)", "Size of object in memory, in bytes.", sizeof),
    method("__reduce__(self, /)", "Helper for copying.", reduce),
    method("__reduce_ex__(self, protocol, /)", "Helper for copying.", reduce_ex),
    method("__getstate__(self, /)", "Helper for copying.", getstate),
    class_method("__init_subclass__(cls, *args, **kwargs)", "Called when a class is subclassed.", init_subclass),
    class_method("__subclasshook__(cls, object, /)", "Abstract classes can override this.", subclasshook),
    attribute_rw("__class__", "the object's class", class, set_class),
];

static DICT: NativeDef = attribute_rw("__dict__", "dictionary for instance variables", dict, set_dict);
static WEAKREF: NativeDef = attribute("__weakref__", "list of weak references to the object", none);

/// Registers the table and the attributes that classes of the language get.
pub fn install(vm: &mut Vm) {
    let class = vm.types.object;
    vm.install_methods(class, METHODS);
    let doc = "The base class of the class hierarchy.\n\nWhen called, it accepts no arguments and returns a new featureless\n\
               instance that has no instance attributes and cannot be given any.\n";
    let doc = vm.new_str(doc);
    let name = vm.names.doc;
    class.dict.set_str(name, doc);
    for (key, def, setter) in
        [("object.__dict__", &DICT, false), ("object.__dict__=", &DICT, true), ("object.__weakref__", &WEAKREF, false)]
    {
        let id = vm.add_native(def, setter);
        vm.module_state.insert(key, Value::small(id as i64));
    }
}

fn none(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.none()
}

fn overrides(vm: &mut Vm, class: Gc<Class>, name: Gc<crate::object::Str>) -> bool {
    let object = vm.types.object;
    vm.lookup_class(class, name) != vm.lookup_class(object, name)
}

fn object_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else {
        let message = format!("object.__new__(X): X is not a type object ({})", vm.class_name(args[0]));
        return Err(vm.type_error(message));
    };
    if !args.rest().is_empty() || args.kwargs().is_some_and(|k| !k.is_empty()) {
        let (n, i) = (vm.names.new, vm.names.init);
        if overrides(vm, class, n) {
            return Err(vm.type_error("object.__new__() takes exactly one argument (the type to instantiate)"));
        }
        if !overrides(vm, class, i) {
            let message = format!("{}() takes no arguments", class.name_str());
            return Err(vm.type_error(message));
        }
    }
    if class.has(flag::NO_NEW) {
        let message = format!("cannot create '{}' instances", vm.full_name(class));
        return Err(vm.type_error(message));
    }
    if class.layout.get() != Kind::Instance {
        let name = class.name_str();
        let solid = class.mro.borrow().iter().find(|c| !c.has(flag::HEAP)).map_or(name, |c| c.name_str());
        return Err(vm.type_error(format!("object.__new__({name}) is not safe, use {solid}.__new__()")));
    }
    if class.has(flag::ABSTRACT) {
        return Err(abstract_error(vm, class));
    }
    Ok(vm.new_instance(class).value())
}

/// The TypeError of instantiating an abstract class.
fn abstract_error(vm: &mut Vm, class: Gc<Class>) -> crate::vm::Ctl {
    let name = vm.names.abstractmethods;
    let items = class.dict.get_str(name).map_or(Ok(None), |v| vm.pure_items(v));
    let mut names: Vec<String> = match items {
        Ok(Some(items)) => {
            items.iter().filter_map(|v| v.cast::<crate::object::Str>()).map(|s| format!("'{}'", s.as_str())).collect()
        }
        _ => Vec::new(),
    };
    names.sort();
    let s = if names.len() == 1 { "" } else { "s" };
    let message = format!(
        "Can't instantiate abstract class {} without an implementation for abstract method{s} {}",
        class.name_str(),
        names.join(", ")
    );
    vm.type_error(message)
}

fn object_init(vm: &mut Vm, args: Args<'_>) -> Res {
    if !args.rest().is_empty() || args.kwargs().is_some_and(|k| !k.is_empty()) {
        let class = vm.class_of(args[0]);
        let (n, i) = (vm.names.new, vm.names.init);
        if overrides(vm, class, i) {
            return Err(vm.type_error("object.__init__() takes exactly one argument (the instance to initialize)"));
        }
        // A built-in type has a `__new__` of its own, though it may have no name here.
        if class.layout.get() == Kind::Instance && !overrides(vm, class, n) {
            let message =
                format!("{}.__init__() takes exactly one argument (the instance to initialize)", class.name_str());
            return Err(vm.type_error(message));
        }
    }
    vm.none()
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut out = String::new();
    vm.plain_repr(args[0], &mut out);
    Ok(vm.new_str(&out))
}

fn str_(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.repr_value(args[0])
}

fn format(vm: &mut Vm, args: Args<'_>) -> Res {
    let spec = vm.str_arg(args, 1, "__format__() argument must be str, not {}")?;
    if spec.as_str().is_empty() {
        return vm.str_value(args[0]);
    }
    let message = format!("unsupported format string passed to {}.__format__", vm.class_name(args[0]));
    Err(vm.type_error(message))
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let h = match args[0].as_object() {
        Some(o) => vm.identity_hash(o),
        None => vm.id(args[0]) as i64 >> 4,
    };
    Ok(vm.new_int(h))
}

fn eq(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(if args[0] == args[1] { Value::TRUE } else { Value::NOT_IMPLEMENTED })
}

fn ne(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.names.eq;
    match vm.special(args[0], name).and_then(|f| f.cast::<NativeFn>()) {
        Some(f) => match vm.call_native(f.id, &[args[0], args[1]]) {
            Ok(v) => Ok(v.as_bool().map_or(Value::NOT_IMPLEMENTED, |b| Value::bool(!b))),
            // The language compares: its answer is the one to negate.
            Err(crate::vm::Ctl::Call(_)) => vm.prelude_call("object_ne", &[args[0], args[1]]),
            Err(c) => Err(c),
        },
        None => vm.prelude_call("object_ne", &[args[0], args[1]]),
    }
}

fn order(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}

fn getattribute(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    vm.plain_get_attr(args[0], name)
}

fn setattr(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    if let Some(c) = args[0].cast::<Class>() {
        let message = format!("can't apply this __setattr__ to {} object", c.class().name_str());
        return Err(vm.type_error(message));
    }
    vm.plain_set_attr(args[0], name, args[2])?;
    vm.none()
}

fn delattr(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    vm.plain_set_attr(args[0], name, Value::UNDEF)?;
    vm.none()
}

fn dir(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut names = vm.names_of(args[0]);
    names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    names.dedup_by(|a, b| a.same_text(*b));
    let names = names.into_iter().map(Gc::value).collect();
    Ok(vm.new_list(names))
}

fn sizeof(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::small(16))
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("object_reduce_plain", &[args[0]])
}

fn reduce_ex(vm: &mut Vm, args: Args<'_>) -> Res {
    let protocol = vm.index_arg(args, 1)?;
    vm.prelude_call("object_reduce_ex", &[args[0], Value::small(protocol)])
}

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[function(
    "_has_plain_layout(obj, /)",
    "Whether an object is made of nothing but attributes and slots.",
    |vm, args| {
        let class = vm.class_of(args[0]);
        Ok(Value::bool(matches!(class.layout.get(), Kind::Instance | Kind::Exception)))
    },
)];

fn getstate(vm: &mut Vm, args: Args<'_>) -> Res {
    let state = match vm.dict_of(args[0]) {
        Some(d) if !d.is_empty() => {
            let copy = vm.new_dict();
            copy.copy_from(&d);
            copy.value()
        }
        _ => Value::NONE,
    };
    let slots = vm.class_of(args[0]).mro.borrow().iter().any(|c| c.has(flag::SLOTS));
    if slots { vm.prelude_call("object_getstate", &[args[0], state]) } else { Ok(state) }
}

fn init_subclass(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    let name = class.qualname.get().cast::<crate::object::Str>().map_or("?", |s| s.as_str());
    if args.kwargs().is_some_and(|k| !k.is_empty()) {
        return Err(vm.type_error(format!("{name}.__init_subclass__() takes no keyword arguments")));
    }
    if !args.rest().is_empty() {
        let n = args.rest().len();
        return Err(vm.type_error(format!("{name}.__init_subclass__() takes no arguments ({n} given)")));
    }
    vm.none()
}

fn subclasshook(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}

fn class(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(vm.class_of(args[0]).value())
}

fn set_class(vm: &mut Vm, args: Args<'_>) -> Res {
    if args[1].is_undef() {
        return Err(vm.type_error("can't delete __class__ attribute"));
    }
    let Some(to) = args[1].cast::<Class>() else {
        let message = format!("__class__ must be set to a class, not '{}' object", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    };
    vm.set_class_of(args[0], to)?;
    vm.none()
}

fn dict(vm: &mut Vm, args: Args<'_>) -> Res {
    match vm.dict_of(args[0]) {
        Some(d) => Ok(d.value()),
        None => Err(vm.no_attribute(args[0], "__dict__")),
    }
}

fn set_dict(vm: &mut Vm, args: Args<'_>) -> Res {
    if args[0].cast::<Class>().is_some() {
        return Err(vm.attribute_error("attribute '__dict__' of 'type' objects is not writable"));
    }
    if args[0].cast::<crate::object::Module>().is_some() {
        return Err(vm.attribute_error("readonly attribute"));
    }
    let Some(d) = args[1].cast::<Dict>() else {
        if args[1].is_undef() && vm.class_of(args[0]).has(flag::HEAP) {
            let fresh = vm.new_dict().value();
            return set_dict(vm, Args::two(&[args[0], fresh]));
        }
        if args[1].is_undef() {
            return Err(vm.type_error("cannot delete __dict__"));
        }
        let message = format!("__dict__ must be set to a dictionary, not a '{}'", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    };
    if let Some(i) = args[0].cast::<Instance>() {
        vm.to_dict_mode(i);
        i.more.set(d.value());
    } else if let Some(e) = args[0].cast::<crate::object::Exception>() {
        e.attrs.set(d.value());
    } else if let Some(f) = args[0].cast::<crate::object::Function>() {
        f.attrs.set(d.value());
    } else if let Some(o) = args[0].as_object() {
        vm.heap.set_attrs_of(o, d.value());
    }
    vm.none()
}

/// `__dict__` as a native attribute, for the tables of other types.
pub const fn dict_attribute() -> NativeDef {
    attribute_rw("__dict__", "dictionary for instance variables", dict, set_dict)
}
