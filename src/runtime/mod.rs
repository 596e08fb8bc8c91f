//! Assembles a VM: classes, builtins, primitives, modules, library. Floor 8.
pub mod core;
mod files;
pub mod host;
pub mod main_thread;
pub mod profile;

use crate::base::config::VmConfig;
use crate::vm::host::Host;
use crate::vm::{Vm, ops};
use crate::{builtins, modules, sync, types};

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
    types::install(vm);
    builtins::install(vm);
    sync::install(vm);
    modules::install(vm);
    for (name, text) in ops::PRELUDE {
        vm.prelude.add(name, text);
    }
    vm.prelude.add("<thr prelude>/core.thr", include_str!("../prelude/core.thr"));
    vm.prelude.add("<thr prelude>/typeparams.thr", include_str!("../prelude/typeparams.thr"));
    for table in types::INTRINSICS.iter().chain(ops::INTRINSICS).chain(builtins::INTRINSICS) {
        vm.prelude.add_intrinsics(table);
    }
    vm.prelude.add_intrinsics(core::INTRINSICS);
}
