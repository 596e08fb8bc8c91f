//! Natives of the modules `warnings` and `traceback`. Floor 7.

use crate::heap::Gc;
use crate::object::{Dict, Function, Str, Tuple};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// `_context(level, skip)`: file, line number, text of the line and namespace of the `level`-th function outwards that is
/// no part of the library, nor (beyond the first) of a file whose name starts with one of `skip`. `None` beyond the outermost.
fn context(vm: &mut Vm, args: Args<'_>) -> Res {
    let skip: Vec<Gc<Str>> =
        args[1].cast::<Tuple>().map_or(Vec::new(), |t| t.items().iter().filter_map(|v| v.cast::<Str>()).collect());
    let level = vm.clamped_arg(args, 0, 1)?.max(if skip.is_empty() { 1 } else { 2 });
    let t = &vm.threads.current;
    let mut seen = 0;
    let mut found = None;
    for f in t.frames.iter().rev() {
        let Some(c) = f.code.filter(|c| !c.code.source.hidden) else { continue };
        if seen > 0 && skip.iter().any(|s| c.code.source.name.starts_with(s.as_str())) {
            continue;
        }
        seen += 1;
        if seen == level {
            let function = t.stack.get((f.base as usize).wrapping_sub(1)).and_then(|v| v.cast::<Function>());
            found = Some((c, f.pc, function.map(|f| f.globals)));
            break;
        }
    }
    let Some((c, pc, globals)) = found else { return vm.none() };
    let line = c.code.line((pc as usize).saturating_sub(1));
    let source = &c.code.source;
    let text = if source.transient { "" } else { source.lines.line_text(&source.text, line).trim() };
    let globals = match globals {
        Some(g) => g.value(),
        None => vm.new_dict().value(),
    };
    let t = [vm.new_str(&source.name), Value::small(line as i64), vm.new_str(text), globals];
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
    function("_context(level, skip, /)", "Where a function was called.", context),
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
