//! `property`, `staticmethod`, `classmethod`, and the descriptors of native attributes and slots. Floor 7.
//!
//! Invariant: a property's accessors are callables or `None`; its docstring is `Undef` while it is the getter's.

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Record, RecordTag, Str, View};
use crate::value::Value;
use crate::vm::binding::Attr;
use crate::vm::native::{NativeDef, attribute, attribute_rw, function, member, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of `property`.
pub const PROPERTY: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Property attribute.", property_bare),
    method("__init__(self, fget=None, fset=None, fdel=None, doc=None)", "Initialize self.", property_init),
    member("fget", "the getter", fget),
    member("fset", "the setter", fset),
    member("fdel", "the deleter", fdel),
    attribute_rw("__doc__", "the docstring", doc, set_doc),
    attribute_rw("__name__", "the name", name, set_name),
    attribute("__isabstractmethod__", "whether an accessor is abstract", is_abstract),
    method("getter(self, fget, /)", "A copy with another getter.", getter),
    method("setter(self, fset, /)", "A copy with another setter.", setter),
    method("deleter(self, fdel, /)", "A copy with another deleter.", deleter),
    method("__get__(self, instance, owner=None, /)", "Return an attribute of instance.", get),
    method("__set__(self, instance, value, /)", "Set an attribute of instance.", set),
    method("__delete__(self, instance, /)", "Delete an attribute of instance.", delete),
    method("__set_name__(self, /, *args)", "Remember the name.", set_name_method),
];

/// Methods of `staticmethod` and `classmethod`.
const WRAPPER: &[NativeDef] = &[
    new("__new__(cls, function, /)", "Convert a function to be a static or class method.", wrapper_new),
    method("__init__(self, function, /)", "Initialize self.", wrapper_init),
    super::object::dict_attribute(),
    member("__func__", "the function", wrapped),
    member("__wrapped__", "the function", wrapped),
    attribute("__isabstractmethod__", "whether the function is abstract", is_abstract),
    method("__get__(self, instance, owner=None, /)", "The function, bound as it is to be.", wrapper_get),
    method("__call__(self, /, *args, **kwargs)", "Call self as a function.", wrapper_call),
];

/// Methods of descriptors of native attributes and slots.
const MEMBER: &[NativeDef] = &[
    attribute("__name__", "the name", member_name),
    member("__objclass__", "the class", member_class),
    attribute("__qualname__", "the qualified name", member_qualname),
    method("__get__(self, instance, owner=None, /)", "Return an attribute of instance.", member_get),
    method("__set__(self, instance, value, /)", "Set an attribute of instance.", member_set),
    method("__delete__(self, instance, /)", "Delete an attribute of instance.", member_delete),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let t = &vm.types;
    let (p, s, c, g, m) = (t.property, t.staticmethod, t.classmethod, t.getset_descriptor, t.member_descriptor);
    vm.install_methods(p, PROPERTY);
    let module = vm.names.module;
    for class in [s, c] {
        class.dict.remove_str(module);
        vm.install_methods(class, WRAPPER);
    }
    for class in [g, m] {
        vm.install_methods(class, MEMBER);
    }
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Record>> {
    vm.receiver::<Record>(args, "property")
}

fn property_bare(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    let empty = [Value::NONE, Value::NONE, Value::NONE, Value::NONE, Value::UNDEF, Value::FALSE];
    Ok(vm.new_record(class, RecordTag::Property, &empty).value())
}

fn property_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    for i in 0..3 {
        p.set_field(i, args.get(i + 1).unwrap_or(Value::NONE));
    }
    let given = args.get(4).filter(|d| !d.is_none());
    p.set_field(DOC, given.unwrap_or(Value::NONE));
    p.set_field(4, Value::UNDEF);
    p.set_field(GETTER_DOC, Value::FALSE);
    let getter = p.field(0);
    if given.is_none()
        && let View::Function(f) = getter.view()
    {
        let doc = f.doc.get();
        p.set_field(DOC, doc);
        p.set_field(GETTER_DOC, Value::bool(!doc.is_none()));
    } else if given.is_none() && !getter.is_none() {
        return vm.prelude_call("property_doc", &[args[0], getter, Value::bool(p.class() != vm.types.property)]);
    }
    if p.class() != vm.types.property {
        return vm.prelude_call("property_subclass_doc", &[args[0], p.field(DOC), p.field(GETTER_DOC)]);
    }
    vm.none()
}

/// The docstring; where it is the getter's, the field behind the name says so.
const DOC: usize = 3;
const GETTER_DOC: usize = 5;

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_property_took_doc(prop, doc, /)", "The docstring is the getter's.", |vm, args| {
        let p = this(vm, args)?;
        p.set_field(DOC, args[1]);
        p.set_field(GETTER_DOC, Value::bool(!args[1].is_none()));
        vm.none()
    }),
    function(
        "_property_copy(prop, new, /)",
        "Gives a copy the name; whether the docstring is the getter's.",
        |vm, args| {
            let p = this(vm, args)?;
            if let Some(new) = args[1].cast::<Record>().filter(|r| r.tag == RecordTag::Property) {
                new.set_field(4, p.field(4));
            }
            Ok(p.field(GETTER_DOC))
        },
    ),
];

fn fget(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(0))
}
fn fset(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(1))
}
fn fdel(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(2))
}

fn doc(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(DOC))
}
fn set_doc(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.set_field(DOC, args.get(1).unwrap_or(Value::NONE));
    vm.none()
}

fn name(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    match p.field(4).defined() {
        Some(n) => Ok(n),
        None if p.field(0).is_none() => Err(vm.no_attribute(args[0], "__name__")),
        None => match p.field(0).cast::<crate::object::Function>() {
            Some(f) => Ok(f.name.get()),
            None => vm.prelude_call("property_name", &[args[0], p.field(0)]),
        },
    }
}
fn set_name(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.set_field(4, args[1]);
    vm.none()
}
fn set_name_method(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    match args.rest() {
        [_, name] => p.set_field(4, *name),
        rest => {
            let message = format!("__set_name__() takes 2 positional arguments but {} were given", rest.len());
            return Err(vm.type_error(message));
        }
    }
    vm.none()
}

fn is_abstract(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    let parts: Vec<Value> = (0..p.len().min(3)).map(|i| p.field(i)).collect();
    let parts = vm.new_tuple(&parts);
    vm.prelude_call("any_abstract", &[parts])
}

fn copy_with(vm: &mut Vm, args: Args<'_>, i: usize) -> Res {
    let p = this(vm, args)?;
    let mut parts = [p.field(0), p.field(1), p.field(2)];
    if !args[1].is_none() {
        parts[i] = args[1];
    }
    vm.prelude_call("property_copy", &[args[0], p.class().value(), parts[0], parts[1], parts[2], p.field(DOC)])
}
fn getter(vm: &mut Vm, args: Args<'_>) -> Res {
    copy_with(vm, args, 0)
}
fn setter(vm: &mut Vm, args: Args<'_>) -> Res {
    copy_with(vm, args, 1)
}
fn deleter(vm: &mut Vm, args: Args<'_>) -> Res {
    copy_with(vm, args, 2)
}

fn get(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    if args[1].is_none() {
        return Ok(args[0]);
    }
    if p.field(0).is_none() {
        return Err(vm.no_property_accessor(p, args[1], "getter"));
    }
    vm.tail_call(p.field(0), &[args[1]])
}
fn set(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    if p.field(1).is_none() {
        return Err(vm.no_property_accessor(p, args[1], "setter"));
    }
    vm.tail_call(p.field(1), &[args[1], args[2]])
}
fn delete(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    if p.field(2).is_none() {
        return Err(vm.no_property_accessor(p, args[1], "deleter"));
    }
    vm.tail_call(p.field(2), &[args[1]])
}

fn wrapper_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    let tag = if class.is_subclass(vm.types.staticmethod) { RecordTag::StaticMethod } else { RecordTag::ClassMethod };
    Ok(vm.new_record(class, tag, &[args[1]]).value())
}

fn wrapped(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(0))
}

/// The wrapper gets the attributes by which the function is known.
fn wrapper_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    r.set_field(0, args[1]);
    let Some(f) = args[1].cast::<crate::object::Function>().filter(|_| !r.class().has(flag::HEAP)) else {
        return vm.prelude_call("wrapper_init", &[args[0], args[1]]);
    };
    let name = vm.names.module;
    let module = vm.get_attr(args[1], name)?;
    let name = vm.names.annotations;
    let annotations = vm.get_attr(args[1], name)?;
    let n = &vm.names;
    let known = [
        (n.module, module),
        (n.name, f.name.get()),
        (n.qualname, f.qualname.get()),
        (n.doc, f.doc.get()),
        (n.annotations, annotations),
    ];
    let d = vm.new_dict();
    for (name, value) in known {
        d.set_str(name, value);
    }
    if let Some(o) = args[0].as_object() {
        vm.heap.set_attrs_of(o, d.value());
    }
    vm.none()
}

fn wrapper_get(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    if r.tag == RecordTag::StaticMethod {
        return Ok(r.field(0));
    }
    let owner = match args.get(2).filter(|o| !o.is_none()) {
        Some(o) => o,
        None => vm.class_of(args[1]).value(),
    };
    Ok(vm.new_bound(r.field(0), owner))
}

fn wrapper_call(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    if r.tag == RecordTag::ClassMethod {
        let message = format!("'{}' object is not callable", vm.class_name(args[0]));
        return Err(vm.type_error(message));
    }
    vm.tail_call_kw(r.field(0), args.rest(), args.kwargs())
}

fn member_name(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(1))
}
fn member_class(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.field(0))
}
fn member_qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    let owner = r.field(0).cast::<Class>().map_or("?", |c| c.name_str());
    let name = r.field(1).cast::<Str>().map_or("?", |s| s.as_str());
    Ok(vm.new_str(&format!("{owner}.{name}")))
}

/// The receiver must be an instance of the descriptor's class.
fn check_owner(vm: &mut Vm, r: Gc<Record>, obj: Value) -> Res<()> {
    let Some(owner) = r.field(0).cast::<Class>() else { return Ok(()) };
    if vm.is_instance(obj, owner) {
        return Ok(());
    }
    Err(vm.foreign_receiver(r, obj))
}

fn member_get(vm: &mut Vm, args: Args<'_>) -> Res {
    let r = this(vm, args)?;
    if args[1].is_none() {
        return Ok(args[0]);
    }
    check_owner(vm, r, args[1])?;
    let class = vm.class_of(args[1]);
    match vm.bind(args[0], Some(args[1]), class) {
        Attr::Missing => {
            let name = r.field(1).cast::<Str>().map_or("?", |s| s.as_str());
            Err(vm.no_attribute(args[1], name))
        }
        attr => Ok(vm.attr_value(args[1], attr)?.unwrap_or(Value::NONE)),
    }
}

fn member_store(vm: &mut Vm, args: Args<'_>, value: Value) -> Res {
    let r = this(vm, args)?;
    check_owner(vm, r, args[1])?;
    let Some(name) = r.field(1).cast::<Str>() else { return vm.none() };
    if let Some(id) = r.field(3).as_int() {
        return vm.call_native(id as u32, &[args[1], value]);
    }
    if r.field(2).as_int().is_some() {
        return Err(vm.no_accessor(args[1], name, ""));
    }
    vm.set_member(args[1], r, value)?;
    vm.none()
}
fn member_set(vm: &mut Vm, args: Args<'_>) -> Res {
    member_store(vm, args, args[2])
}
fn member_delete(vm: &mut Vm, args: Args<'_>) -> Res {
    member_store(vm, args, Value::UNDEF)
}
