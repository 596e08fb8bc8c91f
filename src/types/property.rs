//! `property`, `staticmethod`, `classmethod`, and the descriptors of native attributes and slots. Floor 7.
//!
//! Invariant: a property's accessors are callables or `None`; its docstring is `Undef` while it is the getter's.

use crate::heap::Gc;
use crate::object::{Class, Record, RecordTag, Str, View};
use crate::value::Value;
use crate::vm::binding::Attr;
use crate::vm::native::{NativeDef, attribute, attribute_rw, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of `property`.
pub const PROPERTY: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Property attribute.", property_bare),
    method("__init__(self, fget=None, fset=None, fdel=None, doc=None)", "Initialize self.", property_init),
    attribute("fget", "the getter", fget),
    attribute("fset", "the setter", fset),
    attribute("fdel", "the deleter", fdel),
    attribute_rw("__doc__", "the docstring", doc, set_doc),
    attribute_rw("__name__", "the name", name, set_name),
    attribute("__isabstractmethod__", "whether an accessor is abstract", is_abstract),
    method("getter(self, fget, /)", "A copy with another getter.", getter),
    method("setter(self, fset, /)", "A copy with another setter.", setter),
    method("deleter(self, fdel, /)", "A copy with another deleter.", deleter),
    method("__get__(self, instance, owner=None, /)", "Return an attribute of instance.", get),
    method("__set__(self, instance, value, /)", "Set an attribute of instance.", set),
    method("__delete__(self, instance, /)", "Delete an attribute of instance.", delete),
    method("__set_name__(self, owner, name, /)", "Remember the name.", set_name_method),
];

/// Methods of `staticmethod` and `classmethod`.
const WRAPPER: &[NativeDef] = &[
    new("__new__(cls, function, /)", "Convert a function to be a static or class method.", wrapper_new),
    method("__init__(self, function, /)", "Initialize self.", none),
    attribute("__func__", "the function", wrapped),
    attribute("__wrapped__", "the function", wrapped),
    attribute("__isabstractmethod__", "whether the function is abstract", is_abstract),
    attribute("__name__", "the function's name", wrapped_name),
    attribute("__qualname__", "the function's qualified name", wrapped_qualname),
    attribute("__doc__", "the function's docstring", wrapped_doc),
    attribute("__module__", "the function's module", wrapped_module),
    method("__get__(self, instance, owner=None, /)", "The function, bound as it is to be.", wrapper_get),
    method("__call__(self, /, *args, **kwargs)", "Call self as a function.", wrapper_call),
];

/// Methods of descriptors of native attributes and slots.
const MEMBER: &[NativeDef] = &[
    attribute("__name__", "the name", member_name),
    attribute("__objclass__", "the class", member_class),
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

fn none(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.none()
}

fn property_bare(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    let empty = [Value::NONE, Value::NONE, Value::NONE, Value::UNDEF, Value::UNDEF];
    let p = vm.new_record(class, RecordTag::Property, &empty);
    // Where nothing else initialises it, the arguments are taken at once.
    for (i, &a) in args.rest().iter().take(4).enumerate() {
        if !(i == 3 && a.is_none()) {
            p.set_field(i, a);
        }
    }
    Ok(p.value())
}

fn property_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    for i in 0..3 {
        p.set_field(i, args.get(i + 1).unwrap_or(Value::NONE));
    }
    p.set_field(3, args.get(4).filter(|d| !d.is_none()).unwrap_or(Value::UNDEF));
    vm.none()
}

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
    let p = this(vm, args)?;
    match p.field(3).defined() {
        Some(d) => Ok(d),
        None if p.field(0).is_none() => vm.none(),
        None => {
            let name = vm.names.doc;
            vm.get_attr(p.field(0), name)
        }
    }
}
fn set_doc(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.set_field(3, args.get(1).unwrap_or(Value::NONE));
    vm.none()
}

fn name(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    match p.field(4).defined() {
        Some(n) => Ok(n),
        None if p.field(0).is_none() => Err(vm.no_attribute(args[0], "__name__")),
        None => {
            let name = vm.names.name;
            vm.get_attr(p.field(0), name)
        }
    }
}
fn set_name(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.set_field(4, args[1]);
    vm.none()
}
fn set_name_method(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?.set_field(4, args[2]);
    vm.none()
}

fn is_abstract(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    let any = (0..p.len().min(3)).any(|i| marked_abstract(vm, p.field(i)));
    Ok(Value::bool(any))
}

/// Whether `__isabstractmethod__` of a function or of what wraps one is true.
fn marked_abstract(vm: &mut Vm, v: Value) -> bool {
    match v.view() {
        View::Record(r) if matches!(r.tag, RecordTag::Property | RecordTag::StaticMethod | RecordTag::ClassMethod) => {
            (0..r.len().min(3)).any(|i| marked_abstract(vm, r.field(i)))
        }
        View::None | View::Undef => false,
        _ => {
            let name = vm.names.isabstractmethod;
            vm.own_attr(v, name).and_then(|v| vm.pure_truth(v)).unwrap_or(false)
        }
    }
}

fn copy_with(vm: &mut Vm, args: Args<'_>, i: usize) -> Res {
    let p = this(vm, args)?;
    let mut fields = [p.field(0), p.field(1), p.field(2), p.field(3), p.field(4)];
    fields[i] = args[1];
    // A getter brings its own docstring.
    if i == 0 && fields[3].cast::<Str>().is_none() {
        fields[3] = Value::UNDEF;
    }
    Ok(vm.new_record(p.class(), RecordTag::Property, &fields).value())
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

fn wrapped_attr(vm: &mut Vm, args: Args<'_>, name: Gc<Str>) -> Res {
    let f = this(vm, args)?.field(0);
    vm.get_attr(f, name)
}
fn wrapped_name(vm: &mut Vm, args: Args<'_>) -> Res {
    wrapped_attr(vm, args, vm.names.name)
}
fn wrapped_qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    wrapped_attr(vm, args, vm.names.qualname)
}
fn wrapped_doc(vm: &mut Vm, args: Args<'_>) -> Res {
    wrapped_attr(vm, args, vm.names.doc)
}
fn wrapped_module(vm: &mut Vm, args: Args<'_>) -> Res {
    wrapped_attr(vm, args, vm.names.module)
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
