//! Built-in functions. Floor 7.
pub mod attributes;
pub mod io;
pub mod objects;

use crate::vm::Vm;
use crate::vm::native::NativeDef;

/// Puts the built-in functions into the namespace of the module `builtins`.
pub fn install(vm: &mut Vm) {
    let tables: &[&'static [NativeDef]] = &[attributes::FUNCTIONS, io::FUNCTIONS, objects::FUNCTIONS];
    let module = vm.intern("builtins").value();
    for table in tables {
        for def in *table {
            let f = vm.new_function(def, module);
            let name = vm.intern(def.sig.split('(').next().unwrap_or(def.sig));
            vm.builtins.set_str(name, f);
        }
    }
}
