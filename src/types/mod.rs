//! Methods of built-in types. Floor 7.
mod dict;
mod dunders;
mod iterators;
mod list;
mod mappingproxy;
mod range;
mod set_;
mod slice;
mod tuple;
mod views;

use crate::vm::Vm;
use crate::vm::native::NativeDef;

/// Natives that only the prelude calls.
pub const INTRINSICS: &[&[NativeDef]] = &[
    list::INTRINSICS,
    dict::INTRINSICS,
    set_::INTRINSICS,
    iterators::INTRINSICS,
    dunders::INTRINSICS,
    crate::vm::ops::ITEM_INTRINSICS,
    crate::vm::ops::ITER_INTRINSICS,
];

/// Registers the methods of all types.
pub fn install(vm: &mut Vm) {
    install_containers(vm);
}

/// Containers and iterators.
fn install_containers(vm: &mut Vm) {
    list::install(vm);
    tuple::install(vm);
    dict::install(vm);
    set_::install(vm);
    range::install(vm);
    slice::install(vm);
    views::install(vm);
    mappingproxy::install(vm);
    iterators::install(vm);
    for (file, text) in [
        ("<thr prelude>/containers.thr", include_str!("../prelude/containers.thr")),
        ("<thr prelude>/iteration.thr", include_str!("../prelude/iteration.thr")),
        ("<thr prelude>/sorting.thr", include_str!("../prelude/sorting.thr")),
    ] {
        vm.prelude.add(file, text);
    }
}

/// `__hash__ = None`.
fn unhashable(vm: &mut Vm, class: crate::heap::Gc<crate::object::Class>) {
    let name = vm.names.hash;
    class.dict.set_str(name, crate::value::Value::NONE);
}
