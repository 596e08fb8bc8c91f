//! Natives of the module `itertools`: `count`, which programs share between threads because `next` on it can't be
//! torn. Floor 7.

use super::set;
use crate::heap::{Gc, Kind, Visitor};
use crate::object::class::flag;
use crate::object::{Class, Dict, NativeData, View};
use crate::value::Value;
use crate::vm::native::{NativeDef, method, new};
use crate::vm::{Args, ModuleDef, Res, Vm};
use dashu_int::IBig;
use std::cell::Cell;

struct CountData {
    next: Cell<Value>,
    step: Cell<Value>,
}

impl NativeData for CountData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.next.get());
        v.value(self.step.get());
    }
}

fn count_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else { return Err(vm.type_error("count.__new__(X): X is not a type")) };
    let (start, step) = (args.get(1).unwrap_or(Value::small(0)), args.get(2).unwrap_or(Value::small(1)));
    for v in [start, step] {
        if !matches!(v.view(), View::Int(_) | View::Bool(_) | View::BigInt(_) | View::Float(_)) {
            return Err(vm.type_error("a number is required"));
        }
    }
    Ok(vm.new_native(class, CountData { next: Cell::new(start), step: Cell::new(step) }).value())
}

fn sum(vm: &mut Vm, a: Value, b: Value) -> Value {
    if let (Some(x), Some(y)) = (a.as_int(), b.as_int())
        && let Some(n) = x.checked_add(y)
    {
        return vm.new_int(n);
    }
    if let (Some(x), Some(y)) = (vm.big_int(a), vm.big_int(b)) {
        return vm.new_big(x + y);
    }
    let float = |vm: &Vm, v: Value| match v.view() {
        View::Float(f) => f,
        _ => crate::text::float::from_int(&vm.big_int(v).unwrap_or(IBig::ZERO)).unwrap_or(f64::INFINITY),
    };
    let f = float(vm, a) + float(vm, b);
    vm.new_float(f)
}

fn next(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = vm.native_receiver::<CountData>(args, "itertools.count")?;
    let v = c.next.get();
    let following = sum(vm, v, c.step.get());
    c.next.set(following);
    Ok(v)
}

fn iter(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0])
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let c = vm.native_receiver::<CountData>(args, "itertools.count")?;
    vm.prelude_call("count_repr", &[c.next.get(), c.step.get()])
}

const COUNT: &[NativeDef] = &[
    new("__new__(cls, start=0, step=1)", "Numbers from start on.", count_new),
    method("__iter__(self, /)", "Implement iter(self).", iter),
    method("__next__(self, /)", "Implement next(self).", next),
    method("__repr__(self, /)", "Return repr(self).", repr),
];

fn init(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let class = vm.new_native_class("count", "itertools", &[], Kind::Native, flag::BASE);
    vm.install_methods(class, COUNT);
    set(vm, dict, "count", class.value());
    Ok(())
}

/// The module `itertools`.
pub static ITERTOOLS: ModuleDef = ModuleDef {
    name: "itertools",
    doc: "Building blocks for iterators.",
    functions: &[],
    init,
    source: include_str!("itertools.thr"),
};
