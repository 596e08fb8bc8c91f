//! `types.GenericAlias` (`list[int]`) and `types.UnionType` (`int | None`). Floor 7.
//!
//! Fields of an alias: origin, tuple of arguments, tuple of parameters (`Undef` until asked for), whether it is unpacked
//! (`*tuple[int, ...]`). Invariant: arguments are a tuple; whatever needs attributes of them is in
//! `prelude/generics.thr`. Sources: PEP 585, PEP 604, PEP 646.

use crate::heap::Gc;
use crate::object::{Record, RecordTag, Tuple};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, function, member, method, new};
use crate::vm::{Args, Res, Vm};

const PARAMETERS: usize = 2;
const UNPACKED: usize = 3;

/// Methods of generic aliases.
pub const ALIAS: &[NativeDef] = &[
    new("__new__(cls, origin, arguments, /)", "Represent a PEP 585 generic type", alias_new),
    member("__origin__", "the class", |vm, args| field(vm, args, 0)),
    member("__args__", "its arguments", |vm, args| field(vm, args, 1)),
    attribute("__parameters__", "Type variables in the GenericAlias.", alias_parameters),
    member("__unpacked__", "whether it is unpacked", |vm, args| field(vm, args, UNPACKED)),
    attribute("__typing_unpacked_tuple_args__", "what an unpacked tuple stands for", unpacked_args),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__hash__(self, /)", "Return hash(self).", |vm, args| vm.prelude_call("alias_hash", &[args[0]])),
    method("__eq__(self, value, /)", "Return self==value.", alias_eq),
    method("__getitem__(self, key, /)", "Return self[key].", |vm, args| {
        vm.prelude_call("alias_getitem", &[args[0], args[1]])
    }),
    method("__call__(self, /, *args, **kwargs)", "Call self as a function.", alias_call),
    method("__iter__(self, /)", "Implement iter(self).", |vm, args| vm.prelude_call("alias_iter", &[args[0]])),
    method("__or__(self, value, /)", "Return self|value.", or),
    method("__ror__(self, value, /)", "Return value|self.", ror),
    method("__mro_entries__(self, bases, /)", "The origin.", |vm, args| {
        let origin = this(vm, args)?.field(0);
        Ok(vm.new_tuple(&[origin]))
    }),
    method("__instancecheck__(self, instance, /)", "Not possible.", |vm, _| {
        Err(vm.type_error("isinstance() argument 2 cannot be a parameterized generic"))
    }),
    method("__subclasscheck__(self, subclass, /)", "Not possible.", |vm, _| {
        Err(vm.type_error("issubclass() argument 2 cannot be a parameterized generic"))
    }),
    method("__reduce__(self, /)", "Helper for copying.", |vm, args| vm.prelude_call("alias_reduce", &[args[0]])),
    method("__dir__(self, /)", "Names of the alias's and its origin's attributes.", |vm, args| {
        vm.prelude_call("alias_dir", &[args[0]])
    }),
];

/// Methods of unions.
pub const UNION: &[NativeDef] = &[
    member("__args__", "the members", |vm, args| field(vm, args, 0)),
    attribute("__parameters__", "Type variables in the types.UnionType.", union_parameters),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__hash__(self, /)", "Return hash(self).", |vm, args| vm.prelude_call("union_hash", &[args[0]])),
    method("__eq__(self, value, /)", "Return self==value.", union_eq),
    method("__or__(self, value, /)", "Return self|value.", or),
    method("__ror__(self, value, /)", "Return value|self.", ror),
    method("__getitem__(self, key, /)", "Return self[key].", |vm, args| {
        vm.prelude_call("union_getitem", &[args[0], args[1]])
    }),
    method("__instancecheck__(self, instance, /)", "Whether it is an instance of a member.", |vm, args| {
        vm.prelude_call("union_instancecheck", &[args[0], args[1]])
    }),
    method("__subclasscheck__(self, subclass, /)", "Whether it is a subclass of a member.", |vm, args| {
        vm.prelude_call("union_subclasscheck", &[args[0], args[1]])
    }),
];

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_alias_unpacked(alias, /)", "The alias, unpacked.", |vm, args| {
        let a = this(vm, args)?;
        let fields = [a.field(0), a.field(1), a.field(PARAMETERS), Value::TRUE];
        Ok(vm.new_record(a.class(), RecordTag::GenericAlias, &fields).value())
    }),
    function("_alias_with(alias, args, /)", "The alias with other arguments.", |vm, args| {
        let a = this(vm, args)?;
        let fields = [a.field(0), args[1], Value::UNDEF, a.field(UNPACKED)];
        Ok(vm.new_record(vm.types.generic_alias, RecordTag::GenericAlias, &fields).value())
    }),
    function("_remember_parameters(alias, parameters, /)", "Keeps what was computed; gives it.", |vm, args| {
        let a = this(vm, args)?;
        let at = if a.tag == RecordTag::Union { 1 } else { PARAMETERS };
        a.set_field(at, args[1]);
        Ok(args[1])
    }),
];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let (a, u) = (vm.types.generic_alias, vm.types.union);
    vm.install_methods(a, ALIAS);
    vm.install_methods(u, UNION);
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Record>> {
    vm.receiver::<Record>(args, "types.GenericAlias")
}

fn field(vm: &mut Vm, args: Args<'_>, i: usize) -> Res {
    Ok(this(vm, args)?.field(i))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.repr_builtin(args[0])
}

fn alias_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<crate::object::Class>(args, "type")?;
    let items = match args[2].cast::<Tuple>() {
        Some(_) => args[2],
        None => vm.new_tuple(&[args[2]]),
    };
    let fields = [args[1], items, Value::UNDEF, Value::FALSE];
    Ok(vm.new_record(class, RecordTag::GenericAlias, &fields).value())
}

fn alias_parameters(vm: &mut Vm, args: Args<'_>) -> Res {
    let a = this(vm, args)?;
    match a.field(PARAMETERS).defined() {
        Some(p) => Ok(p),
        None => vm.prelude_call("remember_parameters", &[args[0], a.field(1)]),
    }
}

fn union_parameters(vm: &mut Vm, args: Args<'_>) -> Res {
    let u = this(vm, args)?;
    match u.field(1).defined() {
        Some(p) => Ok(p),
        None => vm.prelude_call("remember_parameters", &[args[0], u.field(0)]),
    }
}

/// Of `*tuple[…]`, the tuple's arguments; `None` otherwise.
fn unpacked_args(vm: &mut Vm, args: Args<'_>) -> Res {
    let a = this(vm, args)?;
    let tuple = vm.types.tuple.value();
    Ok(if a.field(UNPACKED) == Value::TRUE && a.field(0) == tuple { a.field(1) } else { Value::NONE })
}

fn of_tag(v: Value, tag: RecordTag) -> Option<Gc<Record>> {
    v.cast::<Record>().filter(|r| r.tag == tag)
}

fn alias_eq(vm: &mut Vm, args: Args<'_>) -> Res {
    match (of_tag(args[0], RecordTag::GenericAlias), of_tag(args[1], RecordTag::GenericAlias)) {
        (Some(x), Some(y)) if x == y => Ok(Value::TRUE),
        (Some(x), Some(y)) if x.field(UNPACKED) != y.field(UNPACKED) => Ok(Value::FALSE),
        (Some(_), Some(_)) => vm.prelude_call("alias_eq", &[args[0], args[1]]),
        _ => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn union_eq(vm: &mut Vm, args: Args<'_>) -> Res {
    match of_tag(args[1], RecordTag::Union) {
        Some(_) => vm.prelude_call("union_eq", &[args[0], args[1]]),
        None => Ok(Value::NOT_IMPLEMENTED),
    }
}

fn alias_call(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = vm.prelude_function("alias_call")?;
    let mut all = vec![args[0]];
    all.extend_from_slice(args.rest());
    vm.tail_call_kw(f, &all, args.kwargs())
}

fn or(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(vm.union_of(args[0], args[1]).unwrap_or(Value::NOT_IMPLEMENTED))
}

fn ror(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(vm.union_of(args[1], args[0]).unwrap_or(Value::NOT_IMPLEMENTED))
}
