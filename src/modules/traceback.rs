//! `traceback`: texts of exceptions and stacks. Floor 7.
//!
//! Invariant: what it prints is what the report of an uncaught exception prints.

use crate::heap::Gc;
use crate::object::{Code, Dict, Record, RecordTag};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// The module.
pub static TRACEBACK: ModuleDef = ModuleDef {
    name: "traceback",
    doc: "Texts of exceptions and stacks.",
    functions: FUNCTIONS,
    init,
    source: include_str!("traceback.thr"),
};

const FUNCTIONS: &[NativeDef] = &[
    function("_message(exc, /)", "The lines below the stack, without notes.", message),
    function(
        "_levels(tb, /)",
        "File name, line, name, text, source line, last line and columns of each level.",
        levels,
    ),
    function("_stack()", "The levels of the running thread, outermost first.", stack),
];

fn init(_: &mut Vm, _: Gc<Dict>) -> Res<()> {
    Ok(())
}

fn message(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("format_exception_message", &[args[0]])
}

fn level(vm: &mut Vm, code: Gc<Code>, pc: usize, whole_line: bool) -> Value {
    let block = &code.code;
    let line = block.line(pc);
    let text = block.source.lines.line_text(&block.source.text, line).trim().to_owned();
    let shown = if whole_line {
        let head = format!("  File \"{}\", line {line}, in {}\n", block.source.name, block.name);
        if text.is_empty() { head } else { format!("{head}    {text}\n") }
    } else {
        vm.level_text(code, pc)
    };
    let span = block.spans.get(pc).copied().unwrap_or_default();
    let (_, column) = block.source.lines.line_col(span.start);
    let (end_line, end_column) = block.source.lines.line_col(span.end.max(span.start));
    let items = [
        vm.new_str(&block.source.name),
        Value::small(line as i64),
        vm.new_str(&block.name),
        vm.new_str(&shown),
        vm.new_str(&text),
        Value::small(end_line as i64),
        Value::small(column as i64),
        Value::small(end_column as i64),
    ];
    vm.new_tuple(&items)
}

fn levels(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut out = Vec::new();
    let mut at = args[0];
    while let Some(r) = at.cast::<Record>().filter(|r| r.tag == RecordTag::Traceback) {
        let code = r.field(0).cast::<Record>().and_then(|f| f.field(0).cast::<Code>());
        if let (Some(code), Some(pc)) = (code, r.field(1).as_int()) {
            out.push(level(vm, code, pc as usize, false));
        }
        at = r.field(2);
    }
    Ok(vm.new_list(out))
}

fn stack(vm: &mut Vm, _: Args<'_>) -> Res {
    let frames: Vec<(Gc<Code>, u32)> =
        vm.threads.current.frames.iter().filter_map(|f| f.code.map(|c| (c, f.pc))).collect();
    let mut out = Vec::new();
    for (code, pc) in frames {
        let name = &code.code.source.name;
        if !code.code.source.hidden && !name.starts_with("<thr") {
            out.push(level(vm, code, (pc as usize).saturating_sub(1), true));
        }
    }
    Ok(vm.new_list(out))
}
