//! Modules that are written in the language entirely. Floor 7.

use crate::heap::Gc;
use crate::object::Dict;
use crate::vm::{ModuleDef, Res, Vm};

fn init(_: &mut Vm, _: Gc<Dict>) -> Res<()> {
    Ok(())
}

pub(super) const fn module(name: &'static str, doc: &'static str, source: &'static str) -> ModuleDef {
    ModuleDef { name, doc, functions: &[], init, source }
}

/// All of them.
pub static MODULES: &[&ModuleDef] = &[
    &module("__future__", "Names of features.", include_str!("future.thr")),
    &module("abc", "Abstract base classes.", include_str!("abc.thr")),
    &module("_strptime", "Reading dates.", include_str!("_strptime.thr")),
    &module("concurrent", "Concurrency.", ""),
    &module("concurrent.futures", "Calls that run asynchronously.", include_str!("futures/init.thr")),
    &module("concurrent.futures._base", "Futures.", include_str!("futures/base.thr")),
    &module("concurrent.futures.thread", "The thread pool.", include_str!("futures/thread.thr")),
    &module("concurrent.futures.process", "What there is of the process pool.", include_str!("futures/process.thr")),
    &module("_threading_local", "Attributes of threads.", include_str!("_threading_local.thr")),
    &module("logging", "Messages of programs.", include_str!("logging.thr")),
    &module("atexit", "Functions to call at the end.", include_str!("atexit.thr")),
    &module("collections", "More kinds of containers.", include_str!("collections/init.thr")),
    &module("collections._user", "Containers to derive from.", include_str!("collections/user.thr")),
    &module("keyword", "The keywords.", include_str!("keyword.thr")),
    &module("functools", "Functions of functions.", include_str!("functools/init.thr")),
    &module("_functools_dispatch", "Functions chosen by class.", include_str!("functools/dispatch.thr")),
    &module("heapq", "Heaps in lists.", include_str!("heapq.thr")),
    &module("contextlib", "Help for with statements.", include_str!("contextlib.thr")),
    &module("operator", "Operators as functions.", include_str!("operator.thr")),
    &module("types", "Names of built-in types.", include_str!("types.thr")),
    &module("enum", "Sets of named values.", include_str!("enum.thr")),
    &module("dataclasses", "Classes of fields.", include_str!("dataclasses.thr")),
    &module("_frames", "What f_locals is.", include_str!("frames.thr")),
    &module("_typing", "Type parameters and aliases.", include_str!("_typing.thr")),
    &module("copyreg", "How objects are taken apart for copies.", include_str!("copyreg.thr")),
    &module("typing", "Names of the type system.", include_str!("typing.thr")),
    &module("copy", "Copies of objects.", include_str!("copy.thr")),
    &module("string", "Texts of characters, templates.", include_str!("string.thr")),
    &module("_io_base", "The classes below all streams.", include_str!("io/base.thr")),
    &module("_io_buffered", "Streams of bytes.", include_str!("io/buffered.thr")),
    &module("_io_memory", "Streams in memory.", include_str!("io/memory.thr")),
    &module("_io_text", "Streams of text.", include_str!("io/text.thr")),
    &module("_io", "Streams.", include_str!("io/open.thr")),
    &module("io", "Streams.", include_str!("io/io.thr")),
    &module("importlib", "Imports as functions.", include_str!("importlib/init.thr")),
    &module("importlib.machinery", "How modules are loaded.", include_str!("importlib/machinery.thr")),
    &module("importlib.util", "Help with specs.", include_str!("importlib/util.thr")),
    &module("errno", "Numbers of errors.", include_str!("os/errno.thr")),
    &module("stat", "The bits of a file's mode.", include_str!("os/stat.thr")),
    &module("posixpath", "Paths as POSIX has them.", include_str!("os/path.thr")),
    &module("os", "Files and the process.", include_str!("os/os.thr")),
    &module("gc", "The collector.", include_str!("gc.thr")),
    &module("timeit", "Measuring small pieces of code.", include_str!("timeit.thr")),
    &module("sched", "Calling functions at given times.", include_str!("sched.thr")),
    &module("difflib", "Differences of sequences.", include_str!("difflib.thr")),
    &module("pprint", "Printing data structures.", include_str!("pprint.thr")),
    &module("textwrap", "Texts with lines of a width.", include_str!("textwrap.thr")),
    &module("_collections_abc", "Abstract base classes of containers.", include_str!("_collections_abc.thr")),
    &module(
        "collections.abc",
        "Abstract base classes of containers.",
        "from _collections_abc import *\nfrom _collections_abc import __all__, _CallableGenericAlias\n",
    ),
    &module("contextvars", "Variables with a value in each context.", include_str!("contextvars.thr")),
    &module("json", "JSON.", include_str!("json/init.thr")),
    &module("json.decoder", "Reading JSON.", include_str!("json/decoder.thr")),
    &module("json.encoder", "Writing JSON.", include_str!("json/encoder.thr")),
    &module("json.scanner", "Values in texts of JSON.", include_str!("json/scanner.thr")),
    &module("datetime", "Dates and times.", include_str!("datetime.thr")),
    &module("struct", "Values as bytes.", include_str!("struct.thr")),
    &module("statistics", "Means and such.", include_str!("statistics.thr")),
    &module("numbers", "Kinds of numbers.", include_str!("numbers.thr")),
    &module("fractions", "Rational numbers.", include_str!("fractions.thr")),
    &module("decimal", "Decimal numbers.", include_str!("decimal.thr")),
    &module("unittest", "Tests of programs.", include_str!("unittest/init.thr")),
    &module("unittest.util", "Help for tests.", include_str!("unittest/util.thr")),
    &module("unittest.result", "What comes of tests.", include_str!("unittest/result.thr")),
    &module("unittest.case", "One test.", include_str!("unittest/case.thr")),
    &module("unittest.async_case", "Tests that await.", include_str!("unittest/async_case.thr")),
    &module("unittest._log", "Tests of what is logged.", include_str!("unittest/_log.thr")),
    &module("unittest.suite", "Tests together.", include_str!("unittest/suite.thr")),
    &module("unittest.loader", "Finding tests.", include_str!("unittest/loader.thr")),
    &module("unittest.runner", "Running tests.", include_str!("unittest/runner.thr")),
    &module("unittest.signals", "Interrupting tests.", include_str!("unittest/signals.thr")),
    &module("unittest.main", "The command line of tests.", include_str!("unittest/main.thr")),
    &module("bisect", "Searching in sorted lists.", include_str!("bisect.thr")),
];
