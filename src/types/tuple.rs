//! `tuple`, and the searches that it shares with `list`. Floor 7.
//!
//! Invariant: as for `list`.

use super::dunders::{self, compare_methods};
use crate::object::Tuple;
use crate::object::pure::pure_eq;
use crate::value::Value;
use crate::vm::native::{NativeDef, class_method, method, new};
use crate::vm::{Args, Res, Vm};

const METHODS: &[NativeDef] = &[
    new("__new__(cls, iterable=(), /)", "Create and return a new object.", tuple_new),
    method("count(self, value, /)", "Return number of occurrences of value.", count),
    method("index(self, value, start=0, stop=9223372036854775807, /)", "Return first index of value.", index),
    method("__getitem__(self, key, /)", "Return self[key].", dunders::getitem),
    method("__contains__(self, key, /)", "Return bool(key in self).", dunders::contains),
    method("__len__(self, /)", "Return len(self).", dunders::len),
    method("__iter__(self, /)", "Implement iter(self).", dunders::iter),
    method("__repr__(self, /)", "Return repr(self).", dunders::repr),
    method("__hash__(self, /)", "Return hash(self).", dunders::hash),
    method("__add__(self, value, /)", "Return self+value.", add),
    method("__mul__(self, value, /)", "Return self*value.", dunders::mul),
    method("__rmul__(self, value, /)", "Return value*self.", dunders::rmul),
    method("__getnewargs__(self, /)", "The arguments of a copy.", getnewargs),
    class_method("__class_getitem__(cls, item, /)", "See PEP 585", dunders::class_getitem),
    COMPARE[0],
    COMPARE[1],
    COMPARE[2],
    COMPARE[3],
    COMPARE[4],
    COMPARE[5],
];

const COMPARE: [NativeDef; 6] = compare_methods!();

/// Registers the methods of `tuple`.
pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.tuple;
    vm.install_methods(class, METHODS);
}

fn tuple_new(vm: &mut Vm, a: Args<'_>) -> Res {
    let class = dunders::class_arg(vm, a, vm.types.tuple)?;
    let plain = class == vm.types.tuple;
    let items = match a.get(1) {
        None => Vec::new(),
        Some(t) if plain && vm.class_of(t) == class => return Ok(t),
        Some(_) => vm.items_arg(a, 1)?,
    };
    if plain {
        return Ok(vm.new_tuple(&items));
    }
    Ok(vm.new_tuple_of(class, &items).value())
}

fn items<'a>(vm: &mut Vm, a: Args<'a>) -> Res<crate::heap::Gc<Tuple>> {
    vm.receiver::<Tuple>(a, "tuple")
}

fn count(vm: &mut Vm, a: Args<'_>) -> Res {
    let items = items(vm, a)?.items().to_vec();
    count_in(vm, &items, a[0], a[1])
}

fn index(vm: &mut Vm, a: Args<'_>) -> Res {
    let items = items(vm, a)?.items().to_vec();
    index_in(vm, &items, a, "tuple")
}

fn getnewargs(vm: &mut Vm, a: Args<'_>) -> Res {
    let items = items(vm, a)?.items().to_vec();
    let copy = vm.new_tuple(&items);
    Ok(vm.new_tuple(&[copy]))
}

fn add(vm: &mut Vm, a: Args<'_>) -> Res {
    items(vm, a)?;
    dunders::add(vm, a)
}

/// `seq.count(value)`.
pub(super) fn count_in(vm: &mut Vm, items: &[Value], seq: Value, value: Value) -> Res {
    let mut n = 0;
    for &x in items {
        match if x == value { Some(true) } else { pure_eq(x, value) } {
            Some(same) => n += i64::from(same),
            None => return vm.prelude_call("sequence_count", &[seq, value]),
        }
    }
    Ok(vm.new_int(n))
}

/// `seq.index(value, start, stop)`: arguments 1 to 3.
pub(super) fn index_in(vm: &mut Vm, items: &[Value], a: Args<'_>, what: &'static str) -> Res {
    let n = items.len() as i64;
    let start = vm.clamped_arg(a, 2, 0)?;
    let stop = vm.clamped_arg(a, 3, i64::MAX)?;
    let bound = |i: i64| if i < 0 { i.saturating_add(n).max(0) } else { i };
    let (start, stop) = (bound(start), bound(stop));
    for i in start..stop.min(n) {
        let x = items[i as usize];
        match if x == a[1] { Some(true) } else { pure_eq(x, a[1]) } {
            Some(true) => return Ok(vm.new_int(i)),
            Some(false) => {}
            None => {
                let (start, stop) = (vm.new_int(start), vm.new_int(stop));
                let missing = vm.new_str(if what == "list" { "" } else { "tuple.index(x): x not in tuple" });
                return vm.prelude_call("sequence_index", &[a[0], a[1], start, stop, missing]);
            }
        }
    }
    if what == "tuple" {
        return Err(vm.value_error("tuple.index(x): x not in tuple"));
    }
    match vm.repr_value(a[1]) {
        Ok(r) => {
            let text = r.cast::<crate::object::Str>().map_or("?", |s| s.as_str());
            let message = format!("{text} is not in list");
            Err(vm.value_error(message))
        }
        Err(crate::vm::Ctl::Call(_)) => vm.prelude_call("not_in_list", &[a[1]]),
        Err(e) => Err(e),
    }
}
