//! The life of the main thread: the program, its uncaught exception, the other threads' ends, clean-up. Floor 8.

use crate::base::diag::{Diagnostic, Label, Style};
use crate::sched::{End, Kernel, policy::Policy};
use crate::value::Value;
use crate::vm::native::{CallReq, Ctl, Resume, Step};
use crate::vm::{Res, Vm};

/// Exit status after an uncaught exception.
pub const STATUS_EXCEPTION: i32 = 1;
/// Exit status after a deadlock.
pub const STATUS_DEADLOCK: i32 = 3;
/// Exit status when the last of the output could not be written.
pub const STATUS_UNFLUSHED: i32 = 120;
/// Exit status after Ctrl-C: 128 + SIGINT.
pub const STATUS_INTERRUPTED: i32 = 130;

/// Runs `function` (without arguments) as the main program, to the end of all its threads. Gives the exit status, or
/// `None` for a deadlock, whose report is the caller's.
pub fn run_main(vm: &mut Vm, policy: &mut dyn Policy, function: Value) -> Option<i32> {
    vm.spawn(main_step, &[function, Value::small(0)], Value::NONE);
    let end = Kernel::new(vm, policy).run();
    let status = match &end {
        End::Finished(v) => Some(v.as_int().unwrap_or(0) as i32),
        End::Died(_) => Some(STATUS_EXCEPTION),
        End::ExitProcess(s) => Some(*s),
        End::Deadlock => None,
    };
    if !matches!(end, End::ExitProcess(_)) {
        vm.write_all_files();
    }
    match vm.host.flush_stdout() {
        Ok(()) => status,
        Err(e) => {
            let error = vm.io_error(&e);
            if let Ctl::Raise(exc) = error
                && let Ok(Some(text)) = vm.report_exception(exc)
            {
                let stream = "<_io.TextIOWrapper name='<stdout>' mode='w' encoding='utf-8'>";
                let _ = vm.host.write_stderr(format!("Exception ignored in: {stream}\n{text}").as_bytes());
            }
            Some(status.filter(|&s| s != 0).unwrap_or(STATUS_UNFLUSHED))
        }
    }
}

/// Registers: what to call, later its exception; exit status. States: 0 the program; 1 its exception is printed; 2 the threads are joined;
/// 3 the end.
fn main_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match (vm.mstate(), resume) {
        (0, Resume::Start) => Ok(Step::CallCatching(CallReq::new(vm.mreg(0), &[]))),
        (0, Resume::Raised(exc)) => {
            vm.set_mstate(1);
            uncaught(vm, exc)
        }
        (0, _) => shutdown(vm),
        (1, Resume::Raised(exc)) => {
            // Printing the exception failed.
            let name = vm.class_name(exc);
            let _ = vm.host.write_stderr(format!("{name} while printing an exception\n").as_bytes());
            shutdown(vm)
        }
        (1, Resume::Value(v)) => {
            match v.as_int() {
                Some(status) => vm.set_mreg(1, Value::small(status)),
                None => point_out(vm, vm.mreg(0)),
            }
            shutdown(vm)
        }
        (2, Resume::Raised(exc)) => {
            vm.set_mstate(3);
            uncaught(vm, exc)
        }
        _ => Ok(Step::Return(vm.mreg(1))),
    }
}

/// Prints an uncaught exception; `SystemExit` decides the status in place of that.
fn uncaught(vm: &mut Vm, exc: Value) -> Res<Step> {
    let interrupted = vm.is_instance(exc, vm.types.KeyboardInterrupt);
    vm.set_mreg(0, exc);
    vm.set_mreg(1, Value::small(if interrupted { STATUS_INTERRUPTED } else { STATUS_EXCEPTION } as i64));
    match vm.prelude_function("main_exception") {
        Ok(f) => Ok(Step::CallCatching(CallReq::new(f, &[exc]))),
        Err(Ctl::Raise(e)) => {
            let (a, b) = (vm.class_name(exc), vm.class_name(e));
            let args = |v: Value| {
                let t = v.cast::<crate::object::Exception>().and_then(|e| e.args.get().cast::<crate::object::Tuple>());
                t.and_then(|t| t.items().first().and_then(|v| v.cast::<crate::object::Str>()))
                    .map_or(String::new(), |s| s.as_str().to_owned())
            };
            let text = format!("{a}: {}\n({b}: {})\n", args(exc), args(e));
            let _ = vm.host.write_stderr(crate::text::surrogate::escaped(&text).as_bytes());
            Ok(Step::Return(Value::small(STATUS_EXCEPTION as i64)))
        }
        Err(c) => Err(c),
    }
}

/// On a terminal, shows where in the program the exception was raised, below its traceback.
fn point_out(vm: &mut Vm, exc: Value) {
    if !vm.host.is_terminal(2) || !vm.is_instance(exc, vm.types.Exception) {
        return;
    }
    let Some(place) = Vm::innermost(exc) else { return };
    let code = &place.code.code;
    let Some(&span) = code.spans.get(place.pc as usize) else { return };
    let class = vm.class_name(exc);
    // Its text may need code of the program: then the class has to do.
    let text = vm.report_exception(exc).ok().flatten().unwrap_or_default();
    let said = text.lines().rev().find(|l| l.starts_with(class)).unwrap_or(class).to_owned();
    let source = &code.source;
    let label = Label { source: source.name.clone(), text: source.text.clone(), span, message: said.clone() };
    let diagnostic = Diagnostic { code: "thr::uncaught", message: said, labels: vec![label], help: None };
    let style = if vm.host.wants_colours() { Style::Colour } else { Style::Plain };
    let _ = vm.host.write_stderr(format!("\n{}", diagnostic.render(style)).as_bytes());
}

/// Waits for the threads that are no daemons, runs exit functions.
fn shutdown(vm: &mut Vm) -> Res<Step> {
    let waited_for = ["threading", "atexit"].map(|name| vm.intern(name));
    if vm.threads.all().len() <= 1 && waited_for.iter().all(|&name| vm.modules.get_str(name).is_none()) {
        return Ok(Step::Return(vm.mreg(1)));
    }
    vm.set_mstate(2);
    match vm.prelude_function("main_shutdown") {
        Ok(f) => Ok(Step::CallCatching(CallReq::new(f, &[]))),
        Err(_) => Ok(Step::Return(vm.mreg(1))),
    }
}
