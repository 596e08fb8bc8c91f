//! Built-in functions. Floor 7.
mod iteration;

use crate::vm::Vm;
use crate::vm::native::NativeDef;

/// Registers the built-in functions.
pub fn install(vm: &mut Vm) {
    install_table(vm, iteration::FUNCTIONS);
}

/// Adds functions to the module `builtins`.
fn install_table(vm: &mut Vm, table: &'static [NativeDef]) {
    let module = vm.intern("builtins").value();
    for def in table {
        let f = vm.new_function(def, module);
        let name = crate::vm::native::Sig::parse(def.sig).name;
        let name = vm.intern(name);
        vm.builtins.set_str(name, f);
    }
}
