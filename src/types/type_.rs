//! Methods and attributes of classes: `type`. Floor 7.
//!
//! Invariant: a class made here has had its hooks (`__set_name__`, `__init_subclass__`) called before it is given out.

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Dict, RecordTag, Str, Tuple};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, attribute_rw, class_method, function, method, new};
use crate::vm::{Args, Res, Vm};

/// The methods of `type`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create and return a new class, or the class of an object.", type_new),
    method("__init__(self, *args, **kwargs)", "Initialize self.", type_init),
    method("__call__(self, *args, **kwargs)", "Call self as a function.", call),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__getattribute__(self, name, /)", "Return getattr(self, name).", getattribute),
    method("__setattr__(self, name, value, /)", "Implement setattr(self, name, value).", setattr),
    method("__delattr__(self, name, /)", "Implement delattr(self, name).", delattr),
    method("__or__(self, value, /)", "Return self|value.", or),
    method("__ror__(self, value, /)", "Return value|self.", ror),
    method("mro(self, /)", "Return a type's method resolution order.", mro_list),
    method("__subclasses__(self, /)", "Return a list of immediate subclasses.", subclasses),
    class_method("__prepare__(cls, *args, **kwargs)", "The namespace for a class body.", prepare),
    method("__instancecheck__(self, instance, /)", "Check if an object is an instance.", instancecheck),
    method("__subclasscheck__(self, subclass, /)", "Check if a class is a subclass.", subclasscheck),
    method("__dir__(self, /)", "Names of the class's attributes.", dir),
    attribute("__base__", "the base that gives the layout", base),
    attribute_rw("__name__", "the class's name", name, set_name),
    attribute_rw("__qualname__", "the class's qualified name", qualname, set_qualname),
    attribute_rw("__bases__", "the base classes", bases, set_bases),
    attribute("__mro__", "the method resolution order", mro),
    attribute_rw("__module__", "the module's name", module, set_module),
    attribute_rw("__abstractmethods__", "names of abstract methods", abstracts, set_abstracts),
    attribute("__dict__", "the class's namespace", dict),
    attribute_rw("__doc__", "the docstring", doc, set_doc),
    attribute("__text_signature__", "parameters as a text", none),
    attribute_rw("__annotations__", "annotations of the body", annotations, set_annotations),
    attribute_rw("__type_params__", "type parameters", type_params, set_type_params),
    attribute("__flags__", "bits of the class", flags),
];

/// Registers the table.
pub fn install(vm: &mut Vm) {
    let class = vm.types.type_;
    vm.install_methods(class, METHODS);
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Class>> {
    vm.receiver::<Class>(args, "type")
}

fn type_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let meta = this(vm, args)?;
    let rest = args.rest();
    if !meta.is_subclass(vm.types.type_) {
        let name = meta.name_str();
        return Err(vm.type_error(format!("type.__new__({name}): {name} is not a subtype of type")));
    }
    let &[name, bases, namespace] = rest else {
        return Err(vm.type_error(format!("type.__new__() takes exactly 3 arguments ({} given)", rest.len())));
    };
    let wrong = |vm: &mut Vm, n: u8, what: &str, v: Value| {
        let message = format!("type.__new__() argument {n} must be {what}, not {}", vm.class_name(v));
        vm.type_error(message)
    };
    let Some(name) = name.cast::<Str>() else { return Err(wrong(vm, 1, "str", name)) };
    if name.as_str().contains('\0') {
        return Err(vm.value_error("type name must not contain null characters"));
    }
    let Some(bases_tuple) = bases.cast::<Tuple>() else { return Err(wrong(vm, 2, "tuple", bases)) };
    let Some(namespace) = namespace.cast::<Dict>() else { return Err(wrong(vm, 3, "dict", namespace)) };
    for &b in bases_tuple.items() {
        let entries = vm.names.mro_entries;
        if b.cast::<Class>().is_none() && vm.special(b, entries).is_some() {
            return Err(vm.type_error("type() doesn't support MRO entry resolution; use types.new_class()"));
        }
    }
    let winner = vm.winning_metaclass(meta, bases_tuple.items())?;
    if winner != meta {
        let (name_of_new, type_) = (vm.names.new, vm.types.type_);
        let own = vm.lookup_class(winner, name_of_new);
        if own != vm.lookup_class(type_, name_of_new) {
            let new = vm.intern("__new__");
            let f = vm.get_attr(winner.value(), new)?;
            return vm.tail_call_kw(f, &[winner.value(), name.value(), bases, namespace.value()], args.kwargs());
        }
    }
    let classes = vm.classes_in(bases_tuple)?;
    let class = vm.make_class(winner, name, &classes, namespace)?;
    let order = vm.intern("mro");
    let type_ = vm.types.type_;
    if vm.lookup_class(winner, order) != vm.lookup_class(type_, order) {
        let kwargs = args.kwargs().map_or(Value::NONE, |k| k.value());
        return vm.prelude_call("class_with_mro", &[class.value(), kwargs]);
    }
    vm.call_class_hooks(class, args.kwargs())
}

/// Whether the metaclass of `class` or of one below has an `mro()` of its own.
fn has_own_mro(vm: &mut Vm, class: Gc<Class>) -> bool {
    let order = vm.intern("mro");
    let type_ = vm.types.type_;
    let subs = class.subclasses.borrow().to_vec();
    vm.lookup_class(class.class(), order) != vm.lookup_class(type_, order)
        || subs.into_iter().any(|c| has_own_mro(vm, c))
}

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_assign_bases(cls, bases, /)", "Sets the bases.", |vm, args| {
        if let Some(class) = args[0].cast::<Class>() {
            vm.set_bases_of(class, args[1])?;
        }
        vm.none()
    }),
    function(
        "_set_mro(cls, order, /)",
        "Sets the method resolution order that a metaclass's mro() gave.",
        |vm, args| {
            let (Some(class), Some(order)) = (args[0].cast::<Class>(), args[1].cast::<Tuple>()) else {
                return vm.none();
            };
            vm.set_order(class, order.items())?;
            vm.none()
        },
    ),
];

fn type_init(vm: &mut Vm, args: Args<'_>) -> Res {
    if args.kwargs().is_some_and(|k| !k.is_empty()) && args.rest().len() == 1 {
        return Err(vm.type_error("type.__init__() takes no keyword arguments"));
    }
    if !matches!(args.rest().len(), 1 | 3) {
        return Err(vm.type_error("type.__init__() takes 1 or 3 arguments"));
    }
    vm.none()
}

fn call(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    let f = vm.prelude_function("instance_call")?;
    let mut all = vec![args[0]];
    all.extend_from_slice(args.rest());
    vm.tail_call_kw(f, &all, args.kwargs())
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    let name = vm.full_name(class);
    Ok(vm.new_str(&format!("<class '{name}'>")))
}

fn getattribute(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    vm.plain_get_attr(args[0], name)
}

fn setattr(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    vm.plain_set_attr(args[0], name, args[2])?;
    vm.none()
}

fn delattr(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    vm.plain_set_attr(args[0], name, Value::UNDEF)?;
    vm.none()
}

fn or(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(vm.union_of(args[0], args[1]).unwrap_or(Value::NOT_IMPLEMENTED))
}

fn ror(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(vm.union_of(args[1], args[0]).unwrap_or(Value::NOT_IMPLEMENTED))
}

fn mro(vm: &mut Vm, args: Args<'_>) -> Res {
    let order: Vec<Value> = this(vm, args)?.mro.borrow().iter().map(|c| c.value()).collect();
    Ok(vm.new_tuple(&order))
}

fn mro_list(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    let bases = class.bases.borrow().to_vec();
    let order = vm.linearise(class, &bases)?.into_iter().map(Gc::value).collect();
    Ok(vm.new_list(order))
}

fn subclasses(vm: &mut Vm, args: Args<'_>) -> Res {
    let subs: Vec<Value> = this(vm, args)?.subclasses.borrow().iter().map(|c| c.value()).collect();
    Ok(vm.new_list(subs))
}

fn prepare(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(vm.new_dict().value())
}

fn instancecheck(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    vm.prelude_call("object_isinstance", &[args[1], args[0]])
}

fn subclasscheck(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    match args[1].cast::<Class>() {
        Some(c) => Ok(Value::bool(c.is_subclass(class))),
        None => vm.prelude_call("object_issubclass", &[args[1], args[0]]),
    }
}

fn dir(vm: &mut Vm, args: Args<'_>) -> Res {
    let names = vm.names_of(args[0]).into_iter().map(Gc::value).collect();
    Ok(vm.new_list(names))
}

fn base(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    Ok(vm.base_of(class).map_or(Value::NONE, |b| b.value()))
}

fn name(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.name.get())
}

fn changeable(vm: &mut Vm, args: Args<'_>, what: &str) -> Res<Gc<Class>> {
    let class = this(vm, args)?;
    if class.has(flag::IMMUTABLE) {
        let message = format!("cannot set '{what}' attribute of immutable type '{}'", class.name_str());
        return Err(vm.type_error(message));
    }
    if args[1].is_undef() && what != "__annotations__" && what != "__abstractmethods__" {
        let message = format!("cannot delete '{what}' attribute of immutable type '{}'", class.name_str());
        return Err(vm.type_error(message));
    }
    Ok(class)
}

fn set_name(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = changeable(vm, args, "__name__")?;
    if args[1].cast::<Str>().is_none() {
        let message =
            format!("can only assign string to {}.__name__, not '{}'", class.name_str(), vm.class_name(args[1]));
        return Err(vm.type_error(message));
    }
    class.name.set(args[1]);
    class.type_name.set(args[1]);
    vm.none()
}

fn qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.qualname.get())
}

fn set_qualname(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = changeable(vm, args, "__qualname__")?;
    if args[1].cast::<Str>().is_none() {
        let message =
            format!("can only assign string to {}.__qualname__, not '{}'", class.name_str(), vm.class_name(args[1]));
        return Err(vm.type_error(message));
    }
    class.qualname.set(args[1]);
    vm.none()
}

fn bases(vm: &mut Vm, args: Args<'_>) -> Res {
    let bases: Vec<Value> = this(vm, args)?.bases.borrow().iter().map(|c| c.value()).collect();
    Ok(vm.new_tuple(&bases))
}

fn set_bases(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = changeable(vm, args, "__bases__")?;
    if has_own_mro(vm, class) {
        return vm.prelude_call("bases_with_mro", &[args[0], args[1]]);
    }
    vm.set_bases_of(class, args[1])?;
    vm.none()
}

fn module(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    let name = vm.names.module;
    match class.dict.get_str(name) {
        Some(v) if class.has(flag::HEAP) || v.cast::<Str>().is_some() => Ok(v),
        _ if class.has(flag::HEAP) => Err(vm.no_attribute(args[0], "__module__")),
        _ => Ok(vm.intern("builtins").value()),
    }
}

fn set_module(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = changeable(vm, args, "__module__")?;
    let name = vm.names.module;
    vm.set_class_attr(class, name, args[1]);
    vm.none()
}

fn abstracts(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    let name = vm.names.abstractmethods;
    // `type` itself has the descriptor of this name in its dict.
    match class.dict.get_str(name).filter(|_| class.has(flag::HEAP)) {
        Some(v) => Ok(v),
        None => Err(vm.no_attribute(args[0], "__abstractmethods__")),
    }
}

fn set_abstracts(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = changeable(vm, args, "__abstractmethods__")?;
    let name = vm.names.abstractmethods;
    let any = args.get(1).is_some_and(|v| vm.pure_truth(v).unwrap_or(true));
    if !vm.set_class_attr(class, name, args[1]) {
        return Err(vm.attribute_error("__abstractmethods__"));
    }
    class.set_flag(flag::ABSTRACT, any);
    vm.compute_flags(class);
    vm.epoch += 1;
    vm.none()
}

fn dict(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    vm.fill_class(class);
    let c = vm.types.mappingproxy;
    Ok(vm.new_record(c, RecordTag::MappingProxy, &[class.dict.value()]).value())
}

fn doc(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    let name = vm.names.doc;
    let Some(found) = class.dict.get_str(name) else { return vm.none() };
    if !class.has(flag::HEAP) && found.cast::<Str>().is_none() {
        return vm.none();
    }
    let attr = vm.bind(found, None, class);
    Ok(vm.attr_value(args[0], attr)?.unwrap_or(Value::NONE))
}

fn set_doc(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = changeable(vm, args, "__doc__")?;
    let name = vm.names.doc;
    vm.set_class_attr(class, name, args[1]);
    vm.none()
}

fn none(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.none()
}

fn annotations(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    let name = vm.names.annotations;
    if !class.has(flag::HEAP) {
        return Err(vm.no_attribute(args[0], "__annotations__"));
    }
    if let Some(d) = class.dict.get_str(name) {
        return Ok(d);
    }
    let d = vm.new_dict().value();
    class.dict.set_str(name, d);
    Ok(d)
}

fn set_annotations(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = changeable(vm, args, "__annotations__")?;
    let name = vm.names.annotations;
    if !vm.set_class_attr(class, name, args[1]) {
        return Err(vm.no_attribute(args[0], "__annotations__"));
    }
    vm.none()
}

fn type_params(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    let name = vm.names.type_params;
    match class.dict.get_str(name).filter(|_| class.has(flag::HEAP)) {
        Some(v) => Ok(v),
        None => Ok(vm.empty_tuple()),
    }
}

fn set_type_params(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = changeable(vm, args, "__type_params__")?;
    let name = vm.names.type_params;
    vm.set_class_attr(class, name, args[1]);
    vm.none()
}

fn flags(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = this(vm, args)?;
    // Bits that CPython documents: heap type 9, base type 10, abstract 20.
    let bit = |on: bool, n: u32| (on as i64) << n;
    let bits = bit(class.has(flag::HEAP), 9) | bit(class.has(flag::BASE), 10) | bit(class.has(flag::ABSTRACT), 20);
    Ok(Value::small(bits))
}
