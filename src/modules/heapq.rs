//! Natives of the module `heapq`. Floor 7.
//!
//! Invariant: items whose order only the language knows are left to the prelude, before anything was moved.

use crate::heap::Gc;
use crate::object::binheap::{self, Ask};
use crate::object::{Dict, List};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, ModuleDef, Res, Vm};

fn list(vm: &mut Vm, args: Args<'_>, name: &str) -> Res<Gc<List>> {
    match args[0].cast::<List>() {
        Some(l) => Ok(l),
        None => {
            let which = if name == "heapify" { "argument" } else { "argument 1" };
            let message = format!("{name}() {which} must be list, not {}", vm.class_name(args[0]));
            Err(vm.type_error(message))
        }
    }
}

fn heappush(vm: &mut Vm, args: Args<'_>) -> Res {
    let l = list(vm, args, "heappush")?;
    let done = binheap::push(&mut l.items.borrow_mut(), args[1]);
    vm.heap.charge(8);
    match done {
        Ok(()) => Ok(Value::NONE),
        Err(Ask) => vm.prelude_call("heap_up", &[args[0], args[1]]),
    }
}

fn heappop(vm: &mut Vm, args: Args<'_>) -> Res {
    let l = list(vm, args, "heappop")?;
    let item = binheap::pop(&mut l.items.borrow_mut());
    match item {
        Ok(Some(v)) => Ok(v),
        Ok(None) => Err(vm.index_error("index out of range")),
        Err(Ask) => vm.prelude_call("heap_down", &[args[0]]),
    }
}

fn heapreplace(vm: &mut Vm, args: Args<'_>) -> Res {
    let l = list(vm, args, "heapreplace")?;
    let item = binheap::replace(&mut l.items.borrow_mut(), args[1]);
    match item {
        Ok(Some(v)) => Ok(v),
        Ok(None) => Err(vm.index_error("index out of range")),
        Err(Ask) => vm.prelude_call("heap_replace", &[args[0], args[1]]),
    }
}

fn heappushpop(vm: &mut Vm, args: Args<'_>) -> Res {
    let l = list(vm, args, "heappushpop")?;
    let Some(top) = l.get(0) else { return Ok(args[1]) };
    match crate::object::pure::pure_cmp(top, args[1]) {
        Some(std::cmp::Ordering::Less) => heapreplace(vm, args),
        Some(_) => Ok(args[1]),
        None => vm.prelude_call("heap_pushpop", &[args[0], args[1]]),
    }
}

fn heapify(vm: &mut Vm, args: Args<'_>) -> Res {
    let l = list(vm, args, "heapify")?;
    let done = binheap::heapify(&mut l.items.borrow_mut());
    match done {
        Ok(()) => Ok(Value::NONE),
        Err(Ask) => vm.prelude_call("heap_ify", &[args[0]]),
    }
}

const FUNCTIONS: &[NativeDef] = &[
    function("heappush(heap, item, /)", "Put an item into a heap.", heappush),
    function("heappop(heap, /)", "Take the smallest item out of a heap.", heappop),
    function("heapreplace(heap, item, /)", "Take the smallest item out, then put an item in.", heapreplace),
    function("heappushpop(heap, item, /)", "Put an item in, then take the smallest one out.", heappushpop),
    function("heapify(heap, /)", "Make a list a heap.", heapify),
];

fn init(_: &mut Vm, _: Gc<Dict>) -> Res<()> {
    Ok(())
}

/// The module `_heapq`.
pub static HEAPQ: ModuleDef =
    ModuleDef { name: "_heapq", doc: "Natives of heapq.", functions: FUNCTIONS, init, source: "" };
