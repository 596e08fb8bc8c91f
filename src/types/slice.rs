//! `slice`. Floor 7.
//!
//! Invariant: a slice's fields are what it was made of; ints are asked of them only where they are used.

use super::dunders::{self, compare_methods};
use crate::heap::Gc;
use crate::object::bigrange::slice_indices;
use crate::object::{Record, RecordTag};
use crate::value::Value;
use crate::vm::native::{NativeDef, member, method, new};
use crate::vm::{Args, Res, Vm};
use dashu_int::IBig;

const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args)", "Create and return a new object.", slice_new),
    member("start", "Where to begin.", |vm, a| Ok(this(vm, a)?.field(0))),
    member("stop", "Where to end.", |vm, a| Ok(this(vm, a)?.field(1))),
    member("step", "The distance of neighbours.", |vm, a| Ok(this(vm, a)?.field(2))),
    method("indices(self, len, /)", "(start, stop, step) for a sequence of this length.", indices),
    method("__reduce__(self, /)", "Helper for copying.", |vm, a| {
        let s = this(vm, a)?;
        let fields = vm.new_tuple(&[s.field(0), s.field(1), s.field(2)]);
        let class = vm.types.slice.value();
        Ok(vm.new_tuple(&[class, fields]))
    }),
    method("__repr__(self, /)", "Return repr(self).", dunders::repr),
    method("__hash__(self, /)", "Return hash(self).", dunders::hash),
    COMPARE[0],
    COMPARE[1],
    COMPARE[2],
    COMPARE[3],
    COMPARE[4],
    COMPARE[5],
];

const COMPARE: [NativeDef; 6] = compare_methods!();

/// Registers the methods of `slice`.
pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.slice;
    vm.install_methods(class, METHODS);
}

fn this(_: &mut Vm, a: Args<'_>) -> Res<Gc<Record>> {
    match a[0].cast::<Record>() {
        Some(r) if r.tag == RecordTag::Slice => Ok(r),
        _ => Err(crate::vm::Ctl::WrongReceiver(a[0], "slice".into())),
    }
}

fn slice_new(vm: &mut Vm, a: Args<'_>) -> Res {
    match *a.rest() {
        [] => Err(vm.type_error("slice expected at least 1 argument, got 0")),
        [stop] => Ok(vm.new_slice(Value::NONE, stop, Value::NONE)),
        [start, stop] => Ok(vm.new_slice(start, stop, Value::NONE)),
        [start, stop, step] => Ok(vm.new_slice(start, stop, step)),
        _ => {
            let n = a.rest().len();
            Err(vm.type_error(format!("slice expected at most 3 arguments, got {n}")))
        }
    }
}

fn indices(vm: &mut Vm, a: Args<'_>) -> Res {
    let n = vm.index_value(a, 1)?;
    let n = vm.big_int(n).unwrap_or_default();
    let s = this(vm, a)?;
    if n < IBig::ZERO {
        return Err(vm.value_error("length should not be negative"));
    }
    match super::range::big_slice_parts(vm, s)? {
        None => vm.prelude_call("slice_indices", &[a[0], a[1]]),
        Some(parts) => {
            let items = slice_indices(parts, &n).map(|n| vm.new_big(n));
            Ok(vm.new_tuple(&items))
        }
    }
}
