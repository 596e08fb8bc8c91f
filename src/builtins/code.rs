//! `compile`, `eval`, `exec`, `__import__`. Floor 7.
//!
//! Invariant: nothing is executed here; the compiled text runs in a frame of its own, in place of the native's.

use super::attributes::local_variables;
use crate::base::span::Span;
use crate::bytecode::program::Source;
use crate::heap::Gc;
use crate::object::{Code, Dict, Str, View};
use crate::syntax;
use crate::syntax::error::{Stage, SyntaxError, SyntaxErrorKind, SyntaxWarning};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Ctl, Res, Vm};
use std::sync::Arc;

/// The functions of this file.
pub const FUNCTIONS: &[NativeDef] = &[
    function(
        "compile(source, filename, mode, flags=0, dont_inherit=False, optimize=-1, *, _feature_version=-1)",
        "Compile source into a code object.",
        compile,
    ),
    function("eval(source, /, globals=None, locals=None)", "The value of an expression.", eval),
    function("exec(source, /, globals=None, locals=None, *, closure=None)", "Run statements.", exec),
    function(
        "__import__(name, globals=None, locals=None, fromlist=(), level=0)",
        "What the import statement calls.",
        import,
    ),
];

#[derive(Clone, Copy, PartialEq)]
enum Mode {
    Exec,
    Eval,
    Single,
}

/// The text of a `source` argument, or the code object that it is.
fn source_text(vm: &mut Vm, v: Value, what: &str) -> Res<String> {
    let bytes = match v.view() {
        View::Str(s) => {
            vm.utf8_of(s.as_str())?;
            return Ok(s.as_str().to_owned());
        }
        View::Bytes(b) => b.items().to_vec(),
        View::ByteArray(b) => b.bytes.borrow().clone(),
        _ => {
            let other = if what.starts_with("compile") { "AST" } else { "code" };
            return Err(vm.type_error(format!("{what} must be a string, bytes or {other} object")));
        }
    };
    match syntax::decode_source(&bytes) {
        Ok(text) => Ok(text),
        Err(e) => {
            let exc = vm.syntax_error_value(&e, &Source::new("<string>", ""));
            Err(Ctl::Raise(exc))
        }
    }
}

/// The code of a text, and what the parser found doubtful in it: a list of the arguments of the prelude's
/// `syntax_warning`, or `None`.
fn compiled(vm: &mut Vm, text: &str, name: &str, mode: Mode) -> Res<(Gc<Code>, Value)> {
    if text.contains('\0') {
        let class = vm.types.SyntaxError;
        return Err(vm.raise(class, "source code string cannot contain null bytes"));
    }
    if text.starts_with('\u{feff}') {
        let source = Source::new(name, text);
        let (kind, span) = (SyntaxErrorKind::SyntaxError, Span::new(0, 3));
        let message = "invalid non-printable character U+FEFF";
        let e = SyntaxError::new(Stage::Scanner, kind, message, span).ending(syntax::error::End::Start);
        let exc = vm.syntax_error_value(&e, &source);
        return Err(Ctl::Raise(exc));
    }
    let mut source = Source::new(name, text);
    if let Some(s) = Arc::get_mut(&mut source) {
        (s.transient, s.bare) = (true, mode != Mode::Exec);
    }
    let parsed = match mode {
        Mode::Eval => syntax::parse_expression_warn(text)
            .and_then(|(e, w)| crate::compile::compile_eval(&e, source.clone()).map(|c| (c, w))),
        Mode::Exec => syntax::parse_module_warn(text)
            .and_then(|(m, w)| crate::compile::compile_exec(&m, source.clone()).map(|c| (c, w))),
        Mode::Single => syntax::parse_single(text)
            .and_then(|(m, w)| crate::compile::compile_interactive(&m, source.clone()).map(|c| (c, w))),
    };
    match parsed {
        Ok((code, warnings)) if warnings.is_empty() => Ok((vm.load_code(code), Value::NONE)),
        Ok((code, warnings)) => {
            let items = warnings.iter().map(|w| warning_value(vm, w, &source)).collect();
            Ok((vm.load_code(code), vm.new_list(items)))
        }
        Err(e) => {
            let exc = vm.syntax_error_value(&e, &source);
            Err(Ctl::Raise(exc))
        }
    }
}

/// Message, file, line and the details that a SyntaxError has in its place where warnings are errors.
fn warning_value(vm: &mut Vm, w: &SyntaxWarning, source: &Source) -> Value {
    let error = SyntaxError::new(Stage::Compiler, SyntaxErrorKind::SyntaxError, w.message.clone(), w.span);
    let line = source.lines.line(w.span.start.min(source.text.len() as u32));
    let exc = vm.syntax_error_value(&error, source);
    let (message, file) = (vm.new_str(&w.message), vm.new_str(&source.name));
    vm.new_tuple(&[message, file, Value::small(line as i64), exc])
}

fn compile(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = match args[1].view() {
        View::Str(s) => s.as_str().to_owned(),
        View::Bytes(b) => String::from_utf8_lossy(b.items()).into_owned(),
        _ => {
            let message = format!("expected str, bytes or os.PathLike object, not {}", vm.class_name(args[1]));
            return Err(vm.type_error(message));
        }
    };
    let mode = match vm.str_arg(args, 2, "compile() argument 'mode' must be str, not {}")?.as_str() {
        "exec" => Mode::Exec,
        "eval" => Mode::Eval,
        "single" => Mode::Single,
        _ => return Err(vm.value_error("compile() mode must be 'exec', 'eval' or 'single'")),
    };
    if args[0].cast::<Code>().is_some() {
        return Ok(args[0]);
    }
    let text = source_text(vm, args[0], "compile() arg 1")?;
    match compiled(vm, &text, &name, mode)? {
        (code, warnings) if warnings.is_none() => Ok(code.value()),
        (code, warnings) => vm.prelude_call("syntax_warned", &[warnings, code.value()]),
    }
}

/// Goes on in the frame of the code, with its namespaces.
fn run(vm: &mut Vm, args: Args<'_>, what: &str, mode: Mode) -> Res {
    let given = args.get(1).filter(|v| !v.is_none());
    let globals = match given {
        Some(g) => match g.cast::<Dict>() {
            Some(d) => d,
            None => {
                let name = vm.class_name(g);
                let mapping = vm.names.getitem;
                let mapping = vm.special(g, mapping).is_some();
                return Err(vm.type_error(match (what, mapping) {
                    ("eval", true) => "globals must be a real dict; try eval(code, {}, mapping)".to_owned(),
                    ("eval", false) => "globals must be a dict".to_owned(),
                    _ => format!("{what}() globals must be a dict, not {name}"),
                }));
            }
        },
        None => match vm.current_globals() {
            Some(d) => d,
            None => return Err(vm.system_error("globals and locals cannot be NULL")),
        },
    };
    let locals = match (args.get(2).filter(|v| !v.is_none()), given) {
        (Some(l), _) => l,
        (None, Some(g)) => g,
        (None, None) => local_variables(vm)?,
    };
    if let Some(l) = args.get(2).filter(|l| !l.is_none()) {
        let mapping = vm.names.getitem;
        if vm.special(l, mapping).is_none() {
            let name = vm.class_name(l);
            return Err(vm.type_error(match what {
                "eval" => "locals must be a mapping".to_owned(),
                _ => format!("locals must be a mapping or None, not {name}"),
            }));
        }
    }
    let given_code = args[0].cast::<Code>().is_some();
    let (code, warnings) = match args[0].cast::<Code>() {
        Some(c) if !c.code.free.is_empty() => {
            return Err(vm.type_error(format!("code object passed to {what}() may not contain free variables")));
        }
        Some(c) => (c, Value::NONE),
        None => {
            let text = source_text(vm, args[0], &format!("{what}() arg 1"))?;
            let text = if mode == Mode::Eval { text.trim_start_matches([' ', '\t']) } else { &text };
            compiled(vm, text, "<string>", mode)?
        }
    };
    let builtins = vm.names.builtins;
    if globals.get_str(builtins).is_none() {
        globals.set_str(builtins, vm.builtins.value());
    }
    let f = vm.new_plain_function(code, globals);
    let needs_locals = code.code.kind == crate::bytecode::program::CodeKind::Exec;
    let arguments = if needs_locals { &[locals][..] } else { &[] };
    if !warnings.is_none() {
        let arguments = vm.new_tuple(arguments);
        return vm.prelude_call("syntax_warned_call", &[warnings, f, arguments]);
    }
    if given_code && what == "exec" {
        // Its value, where it has one, is nobody's.
        let arguments: Vec<Value> = std::iter::once(f).chain(arguments.iter().copied()).collect();
        return vm.prelude_call("call_for_nothing", &arguments);
    }
    vm.tail_call(f, arguments)
}

fn eval(vm: &mut Vm, args: Args<'_>) -> Res {
    run(vm, args, "eval", Mode::Eval)
}

fn exec(vm: &mut Vm, args: Args<'_>) -> Res {
    run(vm, args, "exec", Mode::Exec)
}

fn import(vm: &mut Vm, args: Args<'_>) -> Res {
    let name: Gc<Str> = vm.str_arg(args, 0, "module name must be a string")?;
    let level = vm.clamped_arg(args, 4, 0)?;
    if level < 0 {
        return Err(vm.value_error("level must be >= 0"));
    }
    if name.nbytes() == 0 && level == 0 {
        return Err(vm.value_error("Empty module name"));
    }
    let fromlist = match args.get(3) {
        Some(v) if vm.pure_truth(v) != Some(false) => v,
        _ => Value::NONE,
    };
    vm.import_relative(name.as_str(), level as usize, args.get(1).and_then(|g| g.cast::<Dict>()), fromlist)
}
