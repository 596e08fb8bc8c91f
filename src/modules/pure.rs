//! Modules that are written in the language entirely. Floor 7.

use crate::heap::Gc;
use crate::object::Dict;
use crate::vm::{ModuleDef, Res, Vm};

fn init(_: &mut Vm, _: Gc<Dict>) -> Res<()> {
    Ok(())
}

const fn module(name: &'static str, doc: &'static str, source: &'static str) -> ModuleDef {
    ModuleDef { name, doc, functions: &[], init, source }
}

/// All of them.
pub static MODULES: &[&ModuleDef] = &[
    &module("_strptime", "Reading dates.", include_str!("_strptime.thr")),
    &module("concurrent", "Concurrency.", ""),
    &module("concurrent.futures", "Calls that run asynchronously.", include_str!("futures.thr")),
    &module(
        "concurrent.futures.thread",
        "The thread pool.",
        "from concurrent.futures import ThreadPoolExecutor, BrokenThreadPool\n",
    ),
    &module(
        "concurrent.futures._base",
        "Futures.",
        "from concurrent.futures import *\nfrom concurrent.futures import Error, TimeoutError, PENDING, RUNNING, CANCELLED, FINISHED\n",
    ),
    &module("logging", "Messages of programs.", include_str!("logging.thr")),
    &module("atexit", "Functions to call at the end.", include_str!("atexit.thr")),
    &module("collections", "More kinds of containers.", include_str!("collections.thr")),
    &module("keyword", "The keywords.", include_str!("keyword.thr")),
    &module("functools", "Functions of functions.", include_str!("functools.thr")),
    &module("heapq", "Heaps in lists.", include_str!("heapq.thr")),
    &module("contextlib", "Help for with statements.", include_str!("contextlib.thr")),
    &module("operator", "Operators as functions.", include_str!("operator.thr")),
];
