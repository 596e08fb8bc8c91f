//! Synchronisation: locks, conditions, semaphores, events, barriers, queues, and the threads themselves. Floor 7.
//!
//! A blocking operation is a native that tries, and where it must wait goes on as a machine: it puts the thread into
//! the object's wait queue and parks. Nothing is handed over: whoever is woken tries again.
//!
//! Invariant: a thread stands in at most one wait queue, and only while it waits.

mod attributes;
mod barrier;
mod condition;
mod deque;
mod event;
mod futures;
mod handle;
mod local;
mod lock;
mod queue;
mod queue_ops;
mod report;
mod semaphore;
mod thread;
mod thread_object;
mod wait;

pub use report::describe;

use crate::heap::{Gc, Kind};
use crate::object::Class;
use crate::object::class::flag;
use crate::vm::native::{NativeDef, class_method};
use crate::vm::{Args, Res, Vm};

/// Natives that the prelude files of this floor use.
pub const INTRINSICS: &[NativeDef] = thread::INTRINSICS;

/// Registers the modules `_thread`, `threading`, `_queue`, `queue`, `_collections` and `_futures`, and the prelude of this floor.
pub fn install(vm: &mut Vm) {
    vm.module_defs.extend([
        &thread::THREAD,
        &thread::THREADING,
        &queue::QUEUE,
        &queue::NATIVE_QUEUE,
        &deque::COLLECTIONS,
        &futures::FUTURES,
    ]);
    vm.prelude.add_intrinsics(INTRINSICS);
}

/// What stands where in `Vm::numbered_state`.
mod number {
    pub const THREADS: usize = 0;
    pub const FUTURES: usize = 1;
    pub const POOLS: usize = 2;
}

/// A native class of this floor: made on first use, then always the same.
fn native_class(
    vm: &mut Vm,
    name: &'static str,
    module: &str,
    key: &'static str,
    table: &'static [NativeDef],
) -> Gc<Class> {
    class_with(vm, name, module, key, table, flag::BASE | flag::HAS_DICT)
}

/// `__class_getitem__`: `Queue[int]`.
fn class_getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.generic_alias(args[0], args[1])
}

const CLASS_GETITEM: NativeDef = class_method("__class_getitem__(cls, item, /)", "See PEP 585.", class_getitem);

/// As [`native_class`], but programs can't derive from it, nor give its objects attributes.
fn sealed_class(
    vm: &mut Vm,
    name: &'static str,
    module: &str,
    key: &'static str,
    table: &'static [NativeDef],
) -> Gc<Class> {
    class_with(vm, name, module, key, table, 0)
}

fn class_with(
    vm: &mut Vm,
    name: &'static str,
    module: &str,
    key: &'static str,
    table: &'static [NativeDef],
    flags: u32,
) -> Gc<Class> {
    if let Some(class) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let class = vm.new_native_class(name, module, &[], Kind::Native, flags);
    vm.install_methods(class, table);
    vm.module_state.insert(key, class.value());
    class
}
