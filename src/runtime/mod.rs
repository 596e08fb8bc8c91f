//! Assembles a VM: classes, builtins, primitives, modules, library. Floor 8.
pub mod host;
pub mod main_thread;

use crate::base::config::VmConfig;
use crate::vm::Vm;
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
    crate::sync::install(vm);
    crate::modules::install(vm);
}
