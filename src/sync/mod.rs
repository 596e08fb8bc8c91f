//! Synchronisation: locks, conditions, semaphores, events, barriers, queues, and the threads themselves. Floor 7.
//!
//! A blocking operation is a native that tries, and where it must wait goes on as a machine: it puts the thread into
//! the object's wait queue and parks. Nothing is handed over: whoever is woken tries again.
//!
//! Invariant: a thread stands in at most one wait queue, and only while it waits.

mod barrier;
mod condition;
mod deque;
mod event;
mod handle;
mod local;
mod lock;
mod queue;
mod queue_ops;
mod report;
mod semaphore;
mod thread;
mod wait;

pub use report::describe;

use crate::heap::{Gc, Kind};
use crate::object::Class;
use crate::object::class::flag;
use crate::vm::Vm;
use crate::vm::native::NativeDef;

/// Natives that the prelude files of this floor use.
pub const INTRINSICS: &[NativeDef] = thread::INTRINSICS;

/// Registers the modules `_thread`, `threading`, `_queue`, `queue` and `_collections`, and the prelude of this floor.
pub fn install(vm: &mut Vm) {
    vm.module_defs.extend([
        &thread::THREAD,
        &thread::THREADING,
        &queue::QUEUE,
        &queue::NATIVE_QUEUE,
        &deque::COLLECTIONS,
    ]);
    vm.prelude.add_intrinsics(INTRINSICS);
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
