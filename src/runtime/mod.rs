//! Assembles a VM: classes, builtins, primitives, modules, library. Floor 8.
pub mod core;
mod files;
pub mod host;
pub mod main_thread;
pub mod profile;

use crate::base::config::VmConfig;
use crate::vm::host::Host;
use crate::vm::prelude::Library;
use crate::vm::{Vm, ops};
use crate::{builtins, modules, sync, types};
use std::sync::Arc;

/// A complete VM.
pub fn new_vm(config: VmConfig, host: Box<dyn Host>) -> Vm {
    new_vm_sharing(config, host, Arc::default())
}

/// A complete VM that takes compiled code of the interpreter's own library from `library`, and adds to it what it
/// compiles: for many VMs in one process.
pub fn new_vm_sharing(config: VmConfig, host: Box<dyn Host>, library: Arc<Library>) -> Vm {
    let mut vm = Vm::bare_with(config, host);
    vm.prelude.library = library;
    if vm.config.epoch_ns.is_none() {
        vm.config.epoch_ns = Some(vm.host.real_time_ns());
    }
    install(&mut vm);
    vm
}

fn install(vm: &mut Vm) {
    types::install(vm);
    builtins::install(vm);
    sync::install(vm);
    modules::install(vm);
    for table in types::INTRINSICS.iter().chain(ops::INTRINSICS).chain(builtins::INTRINSICS) {
        vm.prelude.add_intrinsics(table);
    }
    vm.prelude.add_intrinsics(core::INTRINSICS);
}
