//! Natives of the modules `warnings` and `traceback`. Floor 7.

use crate::heap::Gc;
use crate::object::Dict;
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// `_caller(level)`: file, line number and text of the line in the `level`-th function outwards that is no part of the
/// library; the outermost one beyond.
fn caller(vm: &mut Vm, args: Args<'_>) -> Res {
    let level = vm.clamped_arg(args, 0, 1)?.max(1) as usize;
    let mut found = None;
    let mut seen = 0;
    for f in vm.threads.current.frames.iter().rev() {
        if let Some(c) = f.code
            && !c.code.source.hidden
        {
            seen += 1;
            let line = c.code.line((f.pc as usize).saturating_sub(1));
            let source = &c.code.source;
            let text = source.text.lines().nth(line.saturating_sub(1) as usize).unwrap_or("").trim().to_owned();
            found = Some((source.name.clone(), line, text));
            if seen == level {
                break;
            }
        }
    }
    let (file, line, text) = found.unwrap_or_else(|| ("sys".into(), 1, String::new()));
    let t = [vm.new_str(&file), Value::small(line as i64), vm.new_str(&text)];
    Ok(vm.new_tuple(&t))
}

/// `_format(exc, chain)`: an exception's report.
fn format(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("format_exception", &[args[0], args[1]])
}

/// `_format_only(exc)`: its last lines.
fn format_only(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("format_exception_only", &[args[0]])
}

const FUNCTIONS: &[NativeDef] = &[
    function("_caller(level, /)", "Where a function was called.", caller),
    function("_format(exc, chain, /)", "An exception's report.", format),
    function("_format_only(exc, /)", "An exception without its traceback.", format_only),
];

fn init(_: &mut Vm, _: Gc<Dict>) -> Res<()> {
    Ok(())
}

/// Classes that no expression names.
fn init_types(vm: &mut Vm, d: Gc<Dict>) -> Res<()> {
    for (name, class) in [("_traceback_type", vm.types.traceback), ("_frame_type", vm.types.frame)] {
        let name = vm.intern(name);
        d.set_str(name, class.value());
    }
    Ok(())
}

/// The module `_warnings`.
pub static WARNINGS_NATIVE: ModuleDef =
    ModuleDef { name: "_warnings", doc: "Natives of warnings.", functions: FUNCTIONS, init: init_types, source: "" };

/// The module `warnings`.
pub static WARNINGS: ModuleDef = ModuleDef {
    name: "warnings",
    doc: "Messages to programmers.",
    functions: &[],
    init,
    source: include_str!("warnings.thr"),
};
