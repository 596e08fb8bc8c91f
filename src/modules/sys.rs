//! The module `sys`. Floor 7.
//!
//! Invariant: the standard streams are looked up in the module's namespace whenever they are used.

use super::set;
use super::streams::new_stream;
use crate::heap::{Gc, Kind};
use crate::object::class::flag;
use crate::object::{Class, Dict, Module, Str, Tuple, View};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, function, method};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// What `sys.version` begins with: the version of the language that is run.
pub const VERSION: &str = "3.13.0";

/// Natives for the prelude.
pub const INTRINSICS: &[NativeDef] = &[
    function("_loaded_module(name, /)", "A module that was imported, or None.", loaded_module),
    function("_cannot_import(module, name, /)", "Raise the ImportError of a missing name.", cannot_import),
];

fn cannot_import(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.str_arg(args, 1, "name must be str, not {}")?;
    Err(vm.cannot_import(args[0], name.as_str()))
}

fn loaded_module(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(name) = args[0].cast::<Str>() else { return Ok(Value::NONE) };
    let modules = vm.modules;
    Ok(modules.get_str(name).filter(|m| m.cast::<Module>().is_some()).unwrap_or(Value::NONE))
}

fn exit(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.types.SystemExit;
    let status: Vec<Value> = args.get(0).into_iter().collect();
    Err(vm.raise_with(class, &status))
}

fn exception(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(vm.handled_exception())
}

fn exc_info(vm: &mut Vm, _: Args<'_>) -> Res {
    let exc = vm.handled_exception();
    if exc.is_none() {
        return Ok(vm.new_tuple(&[Value::NONE; 3]));
    }
    vm.prelude_call("sys_exc_info", &[exc])
}

fn getswitchinterval(vm: &mut Vm, _: Args<'_>) -> Res {
    let s = vm.config.switch_interval_ns as f64 / 1e9;
    Ok(vm.new_float(s))
}

fn setswitchinterval(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = vm.float_arg(args, 0)?;
    if s.is_nan() || s <= 0.0 {
        return Err(vm.value_error("switch interval must be strictly positive"));
    }
    vm.config.switch_interval_ns = ((s * 1e9).round().min(9e18) as u64).max(1);
    vm.attention = true;
    Ok(Value::NONE)
}

fn getrecursionlimit(vm: &mut Vm, _: Args<'_>) -> Res {
    let n = vm.recursion_limit as i64;
    Ok(vm.new_int(n))
}

fn setrecursionlimit(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = vm.index_arg(args, 0)?;
    if n < 1 {
        return Err(vm.value_error("recursion limit must be greater or equal than 1"));
    }
    if n > i32::MAX as i64 {
        return Err(vm.overflow_error("Python int too large to convert to C int"));
    }
    let depth = vm.depth();
    if n as usize <= depth {
        let message =
            format!("cannot set the recursion limit to {n} at the recursion depth {depth}: the limit is too low");
        return Err(vm.recursion_error(message));
    }
    vm.recursion_limit = n as usize;
    Ok(Value::NONE)
}

fn intern(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = vm.str_arg(args, 0, "intern() argument must be str, not {}")?;
    Ok(vm.intern_str(s).value())
}

fn getsizeof(_: &mut Vm, args: Args<'_>) -> Res {
    let n = match args[0].view() {
        View::Int(0) => 28,
        View::Int(i) => 24 + 4 * (64 - i.unsigned_abs().leading_zeros() as usize).div_ceil(30),
        View::BigInt(b) => 24 + 4 * crate::text::int::bit_length(&b.value).div_ceil(30),
        View::Float(_) => 24,
        View::Bool(_) => 28,
        View::None => 16,
        View::Str(s) if s.is_ascii() => 41 + s.nbytes(),
        View::Str(s) => 58 + 2 * s.nchars(),
        View::Bytes(b) => 33 + b.len(),
        View::Tuple(t) => 40 + 8 * t.len(),
        View::List(l) => 56 + 8 * l.len(),
        View::Dict(d) => match d.len() {
            0 => 64,
            n => 184 + 96 * (n.saturating_sub(1) / 5),
        },
        View::Set(s) => 216 + 32 * s.len().saturating_sub(4),
        _ => 48,
    };
    Ok(Value::small(n as i64))
}

fn getrefcount(_: &mut Vm, _: Args<'_>) -> Res {
    // There are no counts: what a fresh object would show.
    Ok(Value::small(2))
}

fn identity(key: &'static str) -> impl Fn(&mut Vm, Args<'_>) -> Res {
    move |vm, args| {
        vm.module_state.insert(key, args[0]);
        Ok(Value::NONE)
    }
}

fn settrace(vm: &mut Vm, args: Args<'_>) -> Res {
    identity("sys.trace")(vm, args)
}
fn setprofile(vm: &mut Vm, args: Args<'_>) -> Res {
    identity("sys.profile")(vm, args)
}
fn gettrace(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(vm.module_state.get("sys.trace").copied().unwrap_or(Value::NONE))
}
fn getprofile(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(vm.module_state.get("sys.profile").copied().unwrap_or(Value::NONE))
}

fn is_finalizing(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::FALSE)
}

fn getdefaultencoding(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(vm.new_str("utf-8"))
}

fn gil_enabled(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::TRUE)
}

fn max_str_digits(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::small(vm.max_str_digits as i64))
}

fn set_max_str_digits(vm: &mut Vm, args: Args<'_>) -> Res {
    match usize::try_from(vm.index_arg(args, 0)?) {
        Ok(n) if n == 0 || n >= 640 => vm.max_str_digits = n,
        _ => return Err(vm.value_error("maxdigits must be 0 or larger than 640")),
    }
    Ok(Value::NONE)
}

fn excepthook(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("print_exception", &[args[1]])
}

/// `_frames(thread=0)`: what runs, innermost first: tuples of function name, file, line, first line.
fn frames(vm: &mut Vm, _: Args<'_>) -> Res {
    let mut found = Vec::new();
    for f in vm.threads.current.frames.iter().rev() {
        if let Some(c) = f.code
            && !c.code.source.hidden
        {
            let line = c.code.line((f.pc as usize).saturating_sub(1));
            found.push((c.code.name.clone(), c.code.source.name.clone(), line, c.code.first_line()));
        }
    }
    let mut items = Vec::new();
    for (name, file, line, first) in found {
        let t = [vm.new_str(&name), vm.new_str(&file), Value::small(line as i64), Value::small(first as i64)];
        items.push(vm.new_tuple(&t));
    }
    Ok(vm.new_list(items))
}

fn thread_numbers(vm: &mut Vm, _: Args<'_>) -> Res {
    let ids: Vec<Value> = vm.threads.all().iter().map(|t| Value::small(t.id.0 as i64)).collect();
    Ok(vm.new_list(ids))
}

/// `_collect()`: a collection at the next safepoint, for `gc`.
fn collect(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.heap.due = true;
    vm.heap.interrupt();
    Ok(Value::NONE)
}

const FUNCTIONS: &[NativeDef] = &[
    function("_collect()", "Collect garbage.", collect),
    function("exit(status=None, /)", "Raise SystemExit.", exit),
    function("exception()", "The exception being handled.", exception),
    function("exc_info()", "Class, object and traceback of the exception being handled.", exc_info),
    function("getswitchinterval()", "The length of a thread's slice in seconds.", getswitchinterval),
    function("setswitchinterval(interval, /)", "Set the length of a thread's slice in seconds.", setswitchinterval),
    function("getrecursionlimit()", "The greatest depth of calls.", getrecursionlimit),
    function("setrecursionlimit(limit, /)", "Set the greatest depth of calls.", setrecursionlimit),
    function("intern(string, /)", "The one string of this text.", intern),
    function("getsizeof(object, default=None)", "The size of an object in bytes, as CPython has it.", getsizeof),
    function("getrefcount(object, /)", "There are no reference counts here.", getrefcount),
    function("settrace(function, /)", "Kept for compatibility.", settrace),
    function("setprofile(function, /)", "Kept for compatibility.", setprofile),
    function("gettrace()", "What settrace() was given.", gettrace),
    function("getprofile()", "What setprofile() was given.", getprofile),
    function("is_finalizing()", "Whether the interpreter is shutting down.", is_finalizing),
    function("getdefaultencoding()", "utf-8.", getdefaultencoding),
    function("getfilesystemencoding()", "utf-8.", getdefaultencoding),
    function("_is_gil_enabled()", "Whether there is a global lock.", gil_enabled),
    function("get_int_max_str_digits()", "Most digits of an int's text.", max_str_digits),
    function(
        "set_int_max_str_digits(maxdigits)",
        "Set the most digits of an int's text, 0 for no limit.",
        set_max_str_digits,
    ),
    function("excepthook(exctype, value, traceback, /)", "Print an uncaught exception.", excepthook),
    function("__excepthook__(exctype, value, traceback, /)", "Print an uncaught exception.", excepthook),
    function("_frames()", "What runs in this thread.", frames),
    function("_thread_numbers()", "The identifiers of all threads.", thread_numbers),
];

// ---- tuples with named fields

fn field<const I: usize>(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0].cast::<Tuple>().and_then(|t| t.items().get(I).copied()).unwrap_or(Value::NONE))
}

fn seq_repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.class_of(args[0]);
    let name = vm.new_str(&format!("sys.{}", class.name_str()));
    let key = vm.intern("_fields");
    let names = class.dict.get_str(key).unwrap_or(Value::NONE);
    let all = args[0].cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec());
    let values = vm.new_list(all);
    vm.prelude_call("structseq_repr", &[name, names, values])
}

const REPR: NativeDef = method("__repr__(self, /)", "Return repr(self).", seq_repr);

macro_rules! fields {
    ($($name:ident: $($i:literal $field:literal)*;)*) => {
        $(const $name: &[NativeDef] = &[REPR, $(attribute($field, "", field::<$i>),)*];)*
    };
}
fields! {
    VERSION_INFO: 0 "major" 1 "minor" 2 "micro" 3 "releaselevel" 4 "serial";
    FLOAT_INFO: 0 "max" 1 "max_exp" 2 "max_10_exp" 3 "min" 4 "min_exp" 5 "min_10_exp" 6 "dig" 7 "mant_dig" 8 "epsilon" 9 "radix" 10 "rounds";
    INT_INFO: 0 "bits_per_digit" 1 "sizeof_digit" 2 "default_max_str_digits" 3 "str_digits_check_threshold";
    HASH_INFO: 0 "width" 1 "modulus" 2 "inf" 3 "nan" 4 "imag" 5 "algorithm" 6 "hash_bits" 7 "seed_bits" 8 "cutoff";
    THREAD_INFO: 0 "name" 1 "lock" 2 "version";
    FLAGS: 0 "debug" 1 "inspect" 2 "interactive" 3 "optimize" 4 "dont_write_bytecode" 5 "no_user_site" 6 "no_site" 7 "ignore_environment" 8 "verbose" 9 "bytes_warning" 10 "quiet" 11 "hash_randomization" 12 "isolated" 13 "dev_mode" 14 "utf8_mode" 15 "warn_default_encoding" 16 "safe_path" 17 "int_max_str_digits";
    IMPLEMENTATION: 0 "name" 1 "cache_tag" 2 "version" 3 "hexversion";
}

fn seq(vm: &mut Vm, dict: Gc<Dict>, name: &'static str, table: &'static [NativeDef], values: &[Value]) -> Value {
    let base = vm.types.tuple;
    let class: Gc<Class> = vm.new_native_class(name, "sys", &[base], Kind::Tuple, flag::SEQUENCE | flag::NO_NEW);
    vm.install_methods(class, table);
    let names: Vec<Value> = table[1..].iter().map(|d| vm.new_str(d.text)).collect();
    let names = vm.new_tuple(&names);
    let key = vm.intern("_fields");
    class.dict.set_str(key, names);
    let v = vm.new_tuple_of(class, values).value();
    set(vm, dict, name, v);
    v
}

fn init(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let module = vm.intern("sys").value();
    for def in super::frames::FUNCTIONS {
        let f = vm.new_function(def, module);
        set(vm, dict, def.name(), f);
    }
    let ints = |v: &[i64]| v.iter().map(|&i| Value::small(i)).collect::<Vec<_>>();
    let text = |vm: &mut Vm, s: &str| vm.new_str(s);
    let final_ = text(vm, "final");
    let small = Value::small;
    let version = seq(vm, dict, "version_info", VERSION_INFO, &[small(3), small(13), small(0), final_, small(0)]);
    let (max, min, eps) = (vm.new_float(f64::MAX), vm.new_float(f64::MIN_POSITIVE), vm.new_float(f64::EPSILON));
    let float =
        [max, small(1024), small(308), min, small(-1021), small(-307), small(15), small(53), eps, small(2), small(1)];
    seq(vm, dict, "float_info", FLOAT_INFO, &float);
    seq(vm, dict, "int_info", INT_INFO, &ints(&[30, 4, 4300, 640]));
    let algorithm = text(vm, "siphash13");
    let hash = [
        small(64),
        small((1 << 61) - 1),
        small(314_159),
        small(0),
        small(1_000_003),
        algorithm,
        small(64),
        small(128),
        small(0),
    ];
    seq(vm, dict, "hash_info", HASH_INFO, &hash);
    let thread = [text(vm, "green"), text(vm, "green"), Value::NONE];
    seq(vm, dict, "thread_info", THREAD_INFO, &thread);
    let mut flags = ints(&[0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    flags.extend([Value::FALSE, small(1), small(0), Value::FALSE, small(4300)]);
    seq(vm, dict, "flags", FLAGS, &flags);
    let hex = small(0x030d_00f0);
    let implementation = [text(vm, "thr"), text(vm, "thr-313"), version, hex];
    seq(vm, dict, "implementation", IMPLEMENTATION, &implementation);
    set(vm, dict, "hexversion", hex);
    let long = format!("{VERSION} (thr {})", env!("CARGO_PKG_VERSION"));
    for (name, s) in [
        ("version", long.as_str()),
        ("platform", "linux"),
        ("byteorder", "little"),
        ("executable", "thr"),
        ("prefix", "/usr"),
        ("exec_prefix", "/usr"),
        ("base_prefix", "/usr"),
        ("copyright", "See the licences of thr."),
        ("float_repr_style", "short"),
        ("ps1", ">>> "),
        ("ps2", "... "),
        ("abiflags", ""),
    ] {
        let v = text(vm, s);
        set(vm, dict, name, v);
    }
    set(vm, dict, "maxsize", Value::int(i64::MAX).unwrap_or(Value::NONE));
    let maxsize = vm.new_int(i64::MAX);
    set(vm, dict, "maxsize", maxsize);
    set(vm, dict, "maxunicode", small(0x10_ffff));
    set(vm, dict, "dont_write_bytecode", Value::TRUE);
    let argv = vm.config.argv.clone();
    let argv: Vec<Value> = argv.iter().map(|a| vm.new_str(a)).collect();
    let argv = vm.new_list(argv);
    set(vm, dict, "argv", argv);
    set(vm, dict, "orig_argv", argv);
    let rules = vm.config.warn_options.clone();
    let rules: Vec<Value> = rules.iter().map(|r| vm.new_str(r)).collect();
    let rules = vm.new_list(rules);
    set(vm, dict, "warnoptions", rules);
    let path: Vec<String> = vm.config.script_dir.iter().cloned().collect();
    let path: Vec<Value> = path.iter().map(|p| vm.new_str(p)).collect();
    let path = vm.new_list(path);
    set(vm, dict, "path", path);
    let modules = vm.modules.value();
    set(vm, dict, "modules", modules);
    for (i, name) in ["stdin", "stdout", "stderr"].iter().enumerate() {
        let s = new_stream(vm, i as u8);
        set(vm, dict, name, s);
        set(vm, dict, &format!("__{name}__"), s);
    }
    let names: Vec<Value> =
        vm.module_defs.iter().map(|d| d.name).collect::<Vec<_>>().into_iter().map(|n| vm.new_str(n)).collect();
    let names = vm.new_tuple(&names);
    set(vm, dict, "builtin_module_names", names);
    Ok(())
}

/// The module `sys`.
pub static SYS: ModuleDef = ModuleDef {
    name: "sys",
    doc: "What the interpreter knows of itself.",
    functions: FUNCTIONS,
    init,
    source: include_str!("sys.thr"),
};
