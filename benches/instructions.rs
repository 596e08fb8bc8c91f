//! Counts the instructions of the processor that each case takes, with callgrind: the same on a busy machine as on an idle
//! one. `docs/performance.md` says how to run it.

mod cases;

use cases::{FRONT_END, Ready, boot, compile, from_text, parse, parsed, ready, run};
use gungraun::{Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use std::hint::black_box;
use std::sync::Arc;
use thr::bytecode::program::{Code, Source};
use thr::syntax::ast::Module;
use thr::vm::Vm;

#[library_benchmark]
fn lexer_and_parser() -> Module {
    black_box(parse(black_box(FRONT_END)))
}

#[library_benchmark]
#[bench::of(parsed(FRONT_END))]
fn compiler(tree: (Module, Arc<Source>)) -> Arc<Code> {
    black_box(compile(black_box(tree)))
}

#[library_benchmark]
fn vm_boot() -> Vm {
    black_box(boot())
}

#[library_benchmark]
fn hello() -> Ready {
    black_box(from_text(black_box("hello")))
}

#[library_benchmark(setup = ready)]
#[bench::calls("calls")]
#[bench::closures("closures")]
#[bench::collections("collections")]
#[bench::exceptions("exceptions")]
#[bench::generators("generators")]
#[bench::loop_int("loop_int")]
#[bench::loop_range("loop_range")]
#[bench::objects("objects")]
#[bench::sorting("sorting")]
#[bench::strings("strings")]
fn program(ready: Ready) -> Ready {
    black_box(run(ready))
}

#[library_benchmark(setup = ready)]
#[bench::imports("imports")]
#[bench::locks("locks")]
#[bench::pool("pool")]
#[bench::queues("queues")]
#[bench::spawn_join("spawn_join")]
#[bench::switches("switches")]
#[bench::waiting("waiting")]
fn threads(ready: Ready) -> Ready {
    black_box(run(ready))
}

library_benchmark_group!(name = front_end; benchmarks = lexer_and_parser, compiler);
library_benchmark_group!(name = start_up; benchmarks = vm_boot, hello);
library_benchmark_group!(name = language; benchmarks = program);
library_benchmark_group!(name = concurrency; benchmarks = threads);
main!(
    config = LibraryBenchmarkConfig::default().tool(Callgrind::with_args(["--cache-sim=no"]));
    library_benchmark_groups = front_end, start_up, language, concurrency
);
