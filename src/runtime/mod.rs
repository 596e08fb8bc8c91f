//! Assembles a VM: classes, builtins, primitives, modules, library. Floor 8.
pub mod core;
pub mod host;
pub mod main_thread;

use crate::base::config::VmConfig;
use crate::vm::{Vm, ops};
use crate::{builtins, sync, types};
use crate::vm::host::Host;

/// A complete VM.
pub fn new_vm(config: VmConfig, host: Box<dyn Host>) -> Vm {
    let mut vm = Vm::bare_with(config, host);
    if vm.config.epoch_ns.is_none() {
        vm.config.epoch_ns = Some(vm.host.real_time_ns());
    }
    install(&mut vm);
    vm
}

fn install(vm: &mut Vm) {
    crate::types::install(vm);
    crate::builtins::install(vm);
    for table in crate::types::INTRINSICS.iter().chain(crate::vm::ops::INTRINSICS) {
        vm.prelude.add_intrinsics(table);
    }
    for (name, text) in crate::vm::ops::PRELUDE {
        vm.prelude.add(name, text);
    }
}
