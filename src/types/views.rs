//! `dict_keys`, `dict_values`, `dict_items`. Floor 7.
//!
//! Invariant: a view holds nothing but its dict.

use super::dunders::{self, compare_methods};
use crate::heap::Gc;
use crate::object::{Dict, IterTag, Record, RecordTag};
use crate::syntax::ast::BinOp;
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, method};
use crate::vm::{Args, Res, Vm};

macro_rules! view_methods {
    ($($own:expr,)*) => {
        &[
            method("__len__(self, /)", "Return len(self).", dunders::len),
            method("__iter__(self, /)", "Implement iter(self).", dunders::iter),
            method("__reversed__(self, /)", "Return a reverse iterator over the dict's part.", reversed),
            method("__repr__(self, /)", "Return repr(self).", dunders::repr),
            attribute("mapping", "The dictionary that this view refers to.", mapping),
            $($own,)*
        ]
    };
}

macro_rules! set_like {
    () => {
        view_methods![
            method("__contains__(self, key, /)", "Return bool(key in self).", dunders::contains),
            method("isdisjoint(self, other, /)", "Whether the two have nothing in common.", isdisjoint),
            method("__and__(self, value, /)", "Return self&value.", |vm, a| op(vm, BinOp::BitAnd, a[0], a[1])),
            method("__or__(self, value, /)", "Return self|value.", |vm, a| op(vm, BinOp::BitOr, a[0], a[1])),
            method("__sub__(self, value, /)", "Return self-value.", |vm, a| op(vm, BinOp::Sub, a[0], a[1])),
            method("__xor__(self, value, /)", "Return self^value.", |vm, a| op(vm, BinOp::BitXor, a[0], a[1])),
            method("__rand__(self, value, /)", "Return value&self.", |vm, a| op(vm, BinOp::BitAnd, a[1], a[0])),
            method("__ror__(self, value, /)", "Return value|self.", |vm, a| op(vm, BinOp::BitOr, a[1], a[0])),
            method("__rsub__(self, value, /)", "Return value-self.", |vm, a| op(vm, BinOp::Sub, a[1], a[0])),
            method("__rxor__(self, value, /)", "Return value^self.", |vm, a| op(vm, BinOp::BitXor, a[1], a[0])),
            COMPARE[0],
            COMPARE[1],
            COMPARE[2],
            COMPARE[3],
            COMPARE[4],
            COMPARE[5],
        ]
    };
}

const COMPARE: [NativeDef; 6] = compare_methods!();
const KEYS: &[NativeDef] = set_like!();
const ITEMS: &[NativeDef] = set_like!();
const VALUES: &[NativeDef] = view_methods![];

/// Registers the methods of the views.
pub(super) fn install(vm: &mut Vm) {
    let (keys, values, items) = (vm.types.dict_keys, vm.types.dict_values, vm.types.dict_items);
    vm.install_methods(keys, KEYS);
    vm.install_methods(values, VALUES);
    vm.install_methods(items, ITEMS);
    super::unhashable(vm, keys);
    super::unhashable(vm, items);
}

fn parts(_: &mut Vm, a: Args<'_>) -> Res<(Gc<Record>, Gc<Dict>)> {
    match a[0].cast::<Record>().and_then(|r| Some((r, r.field(0).cast::<Dict>()?))) {
        Some(p) => Ok(p),
        None => Err(crate::vm::Ctl::WrongReceiver(a[0], "dict view".into())),
    }
}

fn reversed(vm: &mut Vm, a: Args<'_>) -> Res {
    let (r, d) = parts(vm, a)?;
    let t = &vm.types;
    let (class, tag) = match r.tag {
        RecordTag::DictValues => (t.dict_reversevalueiterator, IterTag::DictValuesReversed),
        RecordTag::DictItems => (t.dict_reverseitemiterator, IterTag::DictItemsReversed),
        _ => (t.dict_reversekeyiterator, IterTag::DictKeysReversed),
    };
    Ok(vm.dict_iter(class, tag, d))
}

fn mapping(vm: &mut Vm, a: Args<'_>) -> Res {
    let (_, d) = parts(vm, a)?;
    let class = vm.types.mappingproxy;
    Ok(vm.new_record(class, RecordTag::MappingProxy, &[d.value()]).value())
}

fn isdisjoint(vm: &mut Vm, a: Args<'_>) -> Res {
    vm.prelude_call("view_isdisjoint", &[a[0], a[1]])
}

fn op(vm: &mut Vm, op: BinOp, a: Value, b: Value) -> Res {
    vm.pure_binary(op, a, b)
}
