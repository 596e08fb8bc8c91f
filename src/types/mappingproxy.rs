//! `mappingproxy`: a read-only view of a mapping. Floor 7.
//!
//! Invariant: a proxy asks its mapping, with whatever the mapping's class overrides.

use super::dunders::{self, compare_methods};
use crate::heap::Gc;
use crate::object::{Dict, Record, RecordTag};
use crate::syntax::ast::BinOp;
use crate::value::Value;
use crate::vm::native::{NativeDef, class_method, method, new};
use crate::vm::{Args, Res, Vm};

const METHODS: &[NativeDef] = &[
    new("__new__(cls, mapping)", "Create and return a new object.", proxy_new),
    method("copy(self, /)", "A shallow copy of the underlying mapping.", |vm, a| ask(vm, a, "copy")),
    method("get(self, key, default=None, /)", "The value of the key, or the default.", get),
    method("items(self, /)", "The items of the mapping.", |vm, a| ask(vm, a, "items")),
    method("keys(self, /)", "The keys of the mapping.", |vm, a| ask(vm, a, "keys")),
    method("values(self, /)", "The values of the mapping.", |vm, a| ask(vm, a, "values")),
    method("__getitem__(self, key, /)", "Return self[key].", dunders::getitem),
    method("__contains__(self, key, /)", "Return bool(key in self).", dunders::contains),
    method("__len__(self, /)", "Return len(self).", len),
    method("__iter__(self, /)", "Implement iter(self).", iter),
    method("__reversed__(self, /)", "D.__reversed__() -> reverse iterator", |vm, a| {
        let m = mapping(vm, a)?;
        vm.prelude_call("reversed_of", &[m])
    }),
    method("__repr__(self, /)", "Return repr(self).", dunders::repr),
    method("__str__(self, /)", "Return str(self).", |vm, a| {
        let m = mapping(vm, a)?;
        vm.str_value(m)
    }),
    method("__hash__(self, /)", "Return hash(self).", |vm, a| {
        let m = mapping(vm, a)?;
        match vm.hash_of(m)? {
            Some(h) => Ok(vm.new_int(h)),
            None => vm.prelude_call("user_hash", &[m]),
        }
    }),
    method("__or__(self, value, /)", "Return self|value.", |vm, a| vm.pure_binary(BinOp::BitOr, a[0], a[1])),
    method("__ror__(self, value, /)", "Return value|self.", |vm, a| vm.pure_binary(BinOp::BitOr, a[1], a[0])),
    class_method("__class_getitem__(cls, item, /)", "See PEP 585", dunders::class_getitem),
    COMPARE[0],
    COMPARE[1],
    COMPARE[2],
    COMPARE[3],
    COMPARE[4],
    COMPARE[5],
];

const COMPARE: [NativeDef; 6] = compare_methods!();

/// Registers the methods of `mappingproxy`.
pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.mappingproxy;
    vm.install_methods(class, METHODS);
}

fn proxy_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let name = vm.names.getitem;
    if a[1].cast::<crate::object::List>().is_some()
        || a[1].cast::<crate::object::Tuple>().is_some()
        || vm.special(a[1], name).is_none()
    {
        let message = format!("mappingproxy() argument must be a mapping, not {}", vm.class_name(a[1]));
        return Err(vm.type_error(message));
    }
    // A proxy of a proxy shows the same: no nest of them, through which everything would have to descend.
    let mapping = match a[1].cast::<Record>() {
        Some(r) if r.tag == RecordTag::MappingProxy => r.field(0),
        _ => a[1],
    };
    let class = vm.types.mappingproxy;
    Ok(vm.new_record(class, RecordTag::MappingProxy, &[mapping]).value())
}

fn this(_: &mut Vm, a: Args<'_>) -> Res<Gc<Record>> {
    match a[0].cast::<Record>() {
        Some(r) if r.tag == RecordTag::MappingProxy => Ok(r),
        _ => Err(crate::vm::Ctl::WrongReceiver(a[0], "mappingproxy".into())),
    }
}

fn mapping(vm: &mut Vm, a: Args<'_>) -> Res {
    Ok(this(vm, a)?.field(0))
}

fn ask(vm: &mut Vm, a: Args<'_>, name: &str) -> Res {
    let m = mapping(vm, a)?;
    let name = vm.new_str(name);
    let none = vm.empty_tuple();
    vm.prelude_call("call_method", &[m, name, none])
}

fn get(vm: &mut Vm, a: Args<'_>) -> Res {
    let m = mapping(vm, a)?;
    let default = a.get(2).unwrap_or(Value::NONE);
    let name = vm.new_str("get");
    let args = vm.new_tuple(&[a[1], default]);
    vm.prelude_call("call_method", &[m, name, args])
}

fn len(vm: &mut Vm, a: Args<'_>) -> Res {
    let m = mapping(vm, a)?;
    match m.cast::<Dict>() {
        Some(d) if d.class() == vm.types.dict => Ok(vm.new_int(d.len() as i64)),
        _ => vm.prelude_call("len_of", &[m]),
    }
}

fn iter(vm: &mut Vm, a: Args<'_>) -> Res {
    let m = mapping(vm, a)?;
    vm.iter_value(m)
}
