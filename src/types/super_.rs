//! `super`. Floor 7.
//!
//! Invariant: the fields are the class to look behind, the object or class (or `None`), and the class whose order is
//! followed.

use crate::heap::Gc;
use crate::object::{Class, Record, RecordTag};
use crate::value::Value;
use crate::vm::native::{NativeDef, function, member, method};
use crate::vm::{Args, Res, Vm};

/// Methods of `super`.
pub const METHODS: &[NativeDef] = &[
    crate::vm::native::new("__new__(cls, /, *args)", "Attributes behind a class in an object's order.", new),
    method("__init__(self, /, *args)", "Initialize self.", init),
    member("__thisclass__", "the class invoking super()", this_class),
    member("__self__", "the instance invoking super()", self_),
    member("__self_class__", "the type of the instance invoking super()", self_class),
    method("__get__(self, instance, owner=None, /)", "Bind an unbound super object.", get),
];

/// Registers the table.
pub fn install(vm: &mut Vm) {
    let class = vm.types.super_;
    vm.install_methods(class, METHODS);
}

/// `super(class, obj)`. TypeError if `obj` is neither an instance nor a subclass.
pub fn make(vm: &mut Vm, cls: Gc<Class>, class: Gc<Class>, obj: Value) -> Res {
    let of = match obj.cast::<Class>() {
        Some(c) if c.is_subclass(class) => c,
        _ => vm.class_of(obj),
    };
    if !of.is_subclass(class) {
        let name = vm.names.class;
        return match vm.get_attr(obj, name) {
            Ok(claimed) => make_as(vm, cls, class, obj, claimed),
            Err(crate::vm::Ctl::Call(_)) => vm.prelude_call("super_by_class", &[cls.value(), class.value(), obj]),
            Err(_) => make_as(vm, cls, class, obj, Value::NONE),
        };
    }
    Ok(vm.new_record(cls, RecordTag::Super, &[class.value(), obj, of.value()]).value())
}

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] =
    &[function("_super_as(cls, after, obj, claimed, /)", "super() for what claims to be of a class.", |vm, args| {
        let (Some(cls), Some(class)) = (args[0].cast::<Class>(), args[1].cast::<Class>()) else { return vm.none() };
        make_as(vm, cls, class, args[2], args[3])
    })];

/// `super(class, obj)` for an object whose `__class__` is `claimed`.
fn make_as(vm: &mut Vm, cls: Gc<Class>, class: Gc<Class>, obj: Value, claimed: Value) -> Res {
    let of = claimed.cast::<Class>().unwrap_or(vm.class_of(obj));
    if !of.is_subclass(class) {
        let what = match obj.cast::<Class>() {
            Some(c) => format!("type {}", c.name_str()),
            None => format!("instance of {}", vm.class_name(obj)),
        };
        let message =
            format!("super(type, obj): obj ({what}) is not an instance or subtype of type ({}).", class.name_str());
        return Err(vm.type_error(message));
    }
    Ok(vm.new_record(cls, RecordTag::Super, &[class.value(), obj, of.value()]).value())
}

fn new(vm: &mut Vm, args: Args<'_>) -> Res {
    let cls = vm.receiver::<Class>(args, "type")?;
    let (class, obj) = match *args.rest() {
        [] => {
            let (class, obj) = vm.super_without_args()?;
            return make(vm, cls, class, obj);
        }
        [class] => (class, Value::NONE),
        [class, obj] => (class, obj),
        ref more => {
            let message = format!("super() expected at most 2 arguments, got {}", more.len());
            return Err(vm.type_error(message));
        }
    };
    let Some(class) = class.cast::<Class>() else {
        let message = format!("super() argument 1 must be a type, not {}", vm.class_name(class));
        return Err(vm.type_error(message));
    };
    match Some(obj).filter(|o| !o.is_none()) {
        Some(obj) => make(vm, cls, class, obj),
        None => Ok(vm.new_record(cls, RecordTag::Super, &[class.value(), Value::NONE, Value::NONE]).value()),
    }
}

fn init(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.none()
}

fn field(vm: &mut Vm, args: Args<'_>, i: usize) -> Res {
    Ok(vm.receiver::<Record>(args, "super")?.field(i))
}
fn this_class(vm: &mut Vm, args: Args<'_>) -> Res {
    field(vm, args, 0)
}
fn self_(vm: &mut Vm, args: Args<'_>) -> Res {
    field(vm, args, 1)
}
fn self_class(vm: &mut Vm, args: Args<'_>) -> Res {
    field(vm, args, 2)
}

fn get(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = vm.receiver::<Record>(args, "super")?;
    match s.field(0).cast::<Class>() {
        Some(class) if s.field(1).is_none() && !args[1].is_none() => make(vm, s.class(), class, args[1]),
        _ => Ok(args[0]),
    }
}
