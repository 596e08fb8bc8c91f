//! Intrinsics of `prelude/core.thr`. Floor 8.

use crate::heap::Gc;
use crate::object::{Dict, Module, Str};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Res, Vm};

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_global_name(namespace, name, /)", "A global or builtin name, or NameError.", global_name),
    function("_sentinel()", "A fresh object.", sentinel),
    function("_set_underscore(value, /)", "Set builtins._", set_underscore),
    function("_write_error(text, /)", "Write to the process's standard error.", write_error),
    function("_excepthook()", "sys.excepthook if the program set one, else None.", excepthook),
];

fn global_name(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.str_arg(args, 1, "name must be str, not {}")?;
    let globals: Option<Gc<Dict>> = args[0].cast::<Dict>();
    let found = globals.and_then(|g| g.get_str(name)).or_else(|| vm.builtins.get_str(name));
    match found {
        Some(v) => Ok(v),
        None => Err(vm.undefined_name(name)),
    }
}

fn sentinel(vm: &mut Vm, _: Args<'_>) -> Res {
    let class = vm.types.object;
    Ok(vm.new_instance(class).value())
}

fn set_underscore(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.names.underscore;
    vm.builtins.set_str(name, args[0]);
    Ok(Value::NONE)
}

fn write_error(vm: &mut Vm, args: Args<'_>) -> Res {
    let text = vm.str_arg(args, 0, "text must be str, not {}")?;
    let _ = vm.host.flush_stdout();
    let _ = vm.host.write_stderr(crate::text::surrogate::escaped(text.as_str()).as_bytes());
    Ok(Value::NONE)
}

/// The hook in the module `sys`, where the program put one that is not the original.
fn excepthook(vm: &mut Vm, _: Args<'_>) -> Res {
    let (sys, hook) = (vm.intern("sys"), vm.names.excepthook);
    let original = vm.intern("__excepthook__");
    let Some(m) = vm.modules.get_str(sys).and_then(|v| v.cast::<Module>()) else { return Ok(Value::NONE) };
    match m.dict.get_str(hook) {
        Some(h) if Some(h) != m.dict.get_str(original) && h.cast::<Str>().is_none() => Ok(h),
        _ => Ok(Value::NONE),
    }
}
