//! Exception objects: what all have, and the fields of particular classes. Floor 7.
//!
//! Fields (`errno`, `name`, `value` …) are kept among the object's attributes once they were set; before that they are
//! read off `args`. Invariant: `args` is a tuple.

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Dict, Exception, List, Str, Tuple, View};
use crate::text::surrogate;
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, attribute_rw, function, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of `BaseException`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create and return a new object.", exception_new),
    method("__init__(self, *args, **kwargs)", "Initialize self.", exception_init),
    method("__str__(self, /)", "Return str(self).", str_),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("with_traceback(self, tb, /)", "Set self.__traceback__ to tb and return self.", with_traceback),
    method("add_note(self, note, /)", "Add a note, shown below the message.", add_note),
    method("__reduce__(self, /)", "Helper for copying.", reduce),
    method("__setstate__(self, state, /)", "Helper for copying.", setstate),
    attribute_rw("args", "arguments", args_, set_args),
    attribute_rw("__cause__", "exception cause", cause, set_cause),
    attribute_rw("__context__", "exception context", context, set_context),
    attribute_rw("__suppress_context__", "whether the context is not shown", suppress, set_suppress),
    attribute_rw("__traceback__", "where it came from", traceback, set_traceback),
    super::object::dict_attribute(),
];

/// A field kept under `$name`, otherwise read off `args` by `$default`.
macro_rules! fields {
    ($($module:ident $name:literal $default:expr;)*) => {
        $(mod $module {
            use super::*;
            pub fn get(vm: &mut Vm, args: Args<'_>) -> Res {
                let default: fn(&mut Vm, Gc<Exception>) -> Value = $default;
                field(vm, args, $name, default)
            }
            pub fn set(vm: &mut Vm, args: Args<'_>) -> Res {
                let name = vm.intern($name);
                vm.set_exc_attr(args[0], name, args.get(1).unwrap_or(Value::NONE));
                vm.none()
            }
        })*
    };
}

fields! {
    stop_value "value" |_, e| arg(e, 0);
    exit_code "code" |_, e| match items(e).len() { 0 | 1 => arg(e, 0), _ => e.args.get() };
    key_name "name" |_, _| Value::NONE;
    key_obj "obj" |_, _| Value::NONE;
    import_path "path" |_, _| Value::NONE;
    import_msg "msg" |_, e| if items(e).len() == 1 { arg(e, 0) } else { Value::NONE };
    import_from "name_from" |_, _| Value::NONE;
    os_errno "errno" |_, e| os_arg(e, 0);
    os_strerror "strerror" |_, e| os_arg(e, 1);
    os_filename "filename" |_, e| os_arg(e, 2);
    os_filename2 "filename2" |_, e| os_arg(e, 4);
    syntax_msg "msg" |_, e| arg(e, 0);
    syntax_filename "filename" |_, e| syntax_arg(e, 0);
    syntax_lineno "lineno" |_, e| syntax_arg(e, 1);
    syntax_offset "offset" |_, e| syntax_arg(e, 2);
    syntax_text "text" |_, e| syntax_arg(e, 3);
    syntax_end_lineno "end_lineno" |_, e| syntax_arg(e, 4);
    syntax_end_offset "end_offset" |_, e| syntax_arg(e, 5);
    syntax_print "print_file_and_line" |_, _| Value::NONE;
    unicode_encoding "encoding" |_, e| arg(e, 0);
    unicode_object "object" |_, e| arg(e, 1);
    unicode_start "start" |_, e| arg(e, 2);
    unicode_end "end" |_, e| arg(e, 3);
    unicode_reason "reason" |_, e| arg(e, 4);
}

macro_rules! rw {
    ($name:literal $module:ident $doc:literal) => {
        attribute_rw($name, $doc, $module::get, $module::set)
    };
}

const STOP: &[NativeDef] = &[rw!("value" stop_value "what the generator returned")];
const EXIT: &[NativeDef] = &[rw!("code" exit_code "exit status")];
const NAME: &[NativeDef] =
    &[method("__init__(self, *args, name=None)", "Initialize self.", name_init), rw!("name" key_name "name")];
const ATTRIBUTE: &[NativeDef] = &[
    method("__init__(self, *args, name=None, obj=None)", "Initialize self.", attribute_init),
    rw!("name" key_name "attribute name"),
    rw!("obj" key_obj "object"),
];
const IMPORT: &[NativeDef] = &[
    method("__init__(self, *args, **kwargs)", "Initialize self.", import_init),
    method("__str__(self, /)", "Return str(self).", import_str),
    rw!("msg" import_msg "message"),
    rw!("name" key_name "module name"),
    rw!("path" import_path "module path"),
    rw!("name_from" import_from "name not found in the module"),
];
const KEY: &[NativeDef] = &[method("__str__(self, /)", "Return str(self).", key_str)];
const OS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create and return a new object.", os_new),
    method("__init__(self, *args)", "Initialize self.", os_init),
    method("__str__(self, /)", "Return str(self).", os_str),
    rw!("errno" os_errno "error number"),
    rw!("strerror" os_strerror "error text"),
    rw!("filename" os_filename "file name"),
    rw!("filename2" os_filename2 "second file name"),
];
const SYNTAX: &[NativeDef] = &[
    method("__str__(self, /)", "Return str(self).", syntax_str),
    rw!("msg" syntax_msg "message"),
    rw!("filename" syntax_filename "file name"),
    rw!("lineno" syntax_lineno "line"),
    rw!("offset" syntax_offset "column"),
    rw!("text" syntax_text "source line"),
    rw!("end_lineno" syntax_end_lineno "last line"),
    rw!("end_offset" syntax_end_offset "column of the end"),
    rw!("print_file_and_line" syntax_print "whether the position is shown"),
];
const UNICODE: &[NativeDef] = &[
    method("__str__(self, /)", "Return str(self).", unicode_str),
    rw!("encoding" unicode_encoding "encoding"),
    rw!("object" unicode_object "object"),
    rw!("start" unicode_start "start of the failing part"),
    rw!("end" unicode_end "end of the failing part"),
    rw!("reason" unicode_reason "reason"),
];

/// What `prelude` needs.
pub const INTRINSICS: &[NativeDef] = &[function("_os_error_text(exc, /)", "Parts of an OSError's text.", os_parts)];

/// Registers the tables.
pub fn install(vm: &mut Vm) {
    let t = &vm.types;
    let tables: [(Gc<Class>, &'static [NativeDef]); 11] = [
        (t.BaseException, METHODS),
        (t.StopIteration, STOP),
        (t.SystemExit, EXIT),
        (t.NameError, NAME),
        (t.AttributeError, ATTRIBUTE),
        (t.ImportError, IMPORT),
        (t.KeyError, KEY),
        (t.OSError, OS),
        (t.SyntaxError, SYNTAX),
        (t.UnicodeDecodeError, UNICODE),
        (t.UnicodeEncodeError, UNICODE),
    ];
    for (class, table) in tables {
        vm.install_methods(class, table);
    }
    let io = vm.intern("IOError");
    let env = vm.intern("EnvironmentError");
    let os = vm.types.OSError.value();
    vm.builtins.set_str(io, os);
    vm.builtins.set_str(env, os);
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Exception>> {
    vm.receiver::<Exception>(args, "BaseException")
}

/// The arguments.
fn items(e: Gc<Exception>) -> Vec<Value> {
    e.args.get().cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec())
}

fn arg(e: Gc<Exception>, i: usize) -> Value {
    items(e).get(i).copied().unwrap_or(Value::NONE)
}

/// Argument `i` where there are as many as an OSError with a number has.
fn os_arg(e: Gc<Exception>, i: usize) -> Value {
    if items(e).len() >= 2 { arg(e, i) } else { Value::NONE }
}

/// Item `i` of the tuple of details in a SyntaxError's second argument.
fn syntax_arg(e: Gc<Exception>, i: usize) -> Value {
    let details = arg(e, 1).cast::<Tuple>();
    details.and_then(|t| t.items().get(i).copied()).unwrap_or(Value::NONE)
}

fn field(vm: &mut Vm, args: Args<'_>, name: &str, default: fn(&mut Vm, Gc<Exception>) -> Value) -> Res {
    let e = this(vm, args)?;
    let name = vm.intern(name);
    match vm.exc_attr(args[0], name) {
        Some(v) => Ok(v),
        None => Ok(default(vm, e)),
    }
}

/// A field by name, as the class's attribute of that name gives it.
pub fn field_of(vm: &mut Vm, exc: Value, name: &str) -> Value {
    let name = vm.intern(name);
    vm.plain_get_attr(exc, name).unwrap_or(Value::NONE)
}

fn exception_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    if !class.has(flag::EXCEPTION) {
        let message = format!("BaseException.__new__({0}): {0} is not a subtype of BaseException", class.name_str());
        return Err(vm.type_error(message));
    }
    if class.has(flag::ABSTRACT) {
        let message = format!("Can't instantiate abstract class {}", class.name_str());
        return Err(vm.type_error(message));
    }
    Ok(vm.new_exception(class, args.rest()))
}

fn exception_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if args.kwargs().is_some_and(|k| !k.is_empty()) {
        let message = format!("{}() takes no keyword arguments", vm.class_name(args[0]));
        return Err(vm.type_error(message));
    }
    keep_args(vm, e, args);
    vm.none()
}

/// Sets `args`, unless `__new__` has done so with the same.
fn keep_args(vm: &mut Vm, e: Gc<Exception>, args: Args<'_>) {
    if items(e) != args.rest() {
        let t = vm.new_tuple(args.rest());
        e.args.set(t);
    }
}

fn str_(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let mut out = String::new();
    if vm.exception_str(e, &mut out)? {
        return Ok(vm.new_str(&out));
    }
    vm.prelude_call("str_exception", &[args[0]])
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let mut out = format!("{}(", vm.class_name(args[0]));
    for (i, v) in items(e).into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        if !vm.pure_repr(v, &mut out)? {
            return vm.prelude_call("repr_exception", &[args[0]]);
        }
    }
    out.push(')');
    Ok(vm.new_str(&out))
}

fn with_traceback(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if !super::traceback::set_on_exception(e, args[1]) {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    Ok(args[0])
}

fn add_note(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    if args[1].cast::<Str>().is_none() {
        let message = format!("note must be a str, not '{}'", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    }
    let name = vm.names.notes;
    match vm.exc_attr(args[0], name) {
        Some(v) => match v.cast::<List>() {
            Some(l) => {
                l.push(args[1]);
            }
            None => return Err(vm.type_error("Cannot add note: __notes__ is not a list")),
        },
        None => {
            let l = vm.new_list(vec![args[1]]);
            vm.set_exc_attr(args[0], name, l);
        }
    }
    vm.none()
}

fn reduce(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let class = e.class().value();
    let parts = [class, e.args.get(), e.attrs.get()];
    let n = if e.attrs.get().is_undef() { 2 } else { 3 };
    Ok(vm.new_tuple(&parts[..n]))
}

fn setstate(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    if let Some(d) = args[1].cast::<Dict>() {
        for entry in d.to_vec() {
            if let Some(name) = entry.key.cast::<Str>() {
                let name = vm.intern_str(name);
                vm.set_exc_attr(args[0], name, entry.value);
            }
        }
    }
    vm.none()
}

fn args_(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.args.get())
}
fn set_args(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if args[1].is_undef() {
        return Err(vm.type_error("args may not be deleted"));
    }
    let items = vm.pure_items(args[1])?.unwrap_or_default();
    let t = vm.new_tuple(&items);
    e.args.set(t);
    vm.none()
}

fn exception_or_none(vm: &mut Vm, args: Args<'_>, what: &str) -> Res {
    match args.get(1) {
        Some(v) if v.is_none() || v.cast::<Exception>().is_some() => Ok(v),
        Some(_) => Err(vm.type_error(format!("exception {what} must be None or derive from BaseException"))),
        None => Err(vm.type_error(format!("__{what}__ may not be deleted"))),
    }
}
fn cause(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.cause.get())
}
fn set_cause(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let v = exception_or_none(vm, args, "cause")?;
    e.cause.set(v);
    e.suppress_context.set(true);
    vm.none()
}
fn context(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.context.get())
}
fn set_context(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let v = exception_or_none(vm, args, "context")?;
    e.context.set(v);
    vm.none()
}
fn suppress(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.suppress_context.get()))
}
fn set_suppress(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    match args[1].as_bool() {
        Some(b) => e.suppress_context.set(b),
        None => return Err(vm.type_error("attribute value type must be bool")),
    }
    vm.none()
}
fn traceback(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    Ok(vm.traceback_of(e.value()))
}
fn set_traceback(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if args[1].is_undef() {
        return Err(vm.type_error("__traceback__ may not be deleted"));
    }
    if !super::traceback::set_on_exception(e, args[1]) {
        return Err(vm.type_error("__traceback__ must be a traceback or None"));
    }
    vm.none()
}

/// Keeps keyword-only fields that were given.
fn keep(vm: &mut Vm, args: Args<'_>, i: usize, name: &str) {
    if let Some(v) = args.get(i)
        && !v.is_none()
    {
        let name = vm.intern(name);
        vm.set_exc_attr(args[0], name, v);
    }
}

fn name_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    keep_args(vm, e, args);
    keep(vm, args, 1, "name");
    vm.none()
}

fn attribute_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    keep_args(vm, e, args);
    keep(vm, args, 1, "name");
    keep(vm, args, 2, "obj");
    vm.none()
}

fn import_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    keep_args(vm, e, args);
    for entry in args.kwargs().map_or(Vec::new(), |k| k.to_vec()) {
        let Some(name) = entry.key.cast::<Str>() else { continue };
        if !matches!(name.as_str(), "name" | "path" | "name_from") {
            let message = format!("ImportError() got an unexpected keyword argument '{}'", name.as_str());
            return Err(vm.type_error(message));
        }
        let name = vm.intern_str(name);
        vm.set_exc_attr(args[0], name, entry.value);
    }
    vm.none()
}

fn import_str(vm: &mut Vm, args: Args<'_>) -> Res {
    let msg = field_of(vm, args[0], "msg");
    if msg.cast::<Str>().is_some_and(|s| s.class() == vm.types.str_) { Ok(msg) } else { str_(vm, args) }
}

fn key_str(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    match items(e)[..] {
        [one] => vm.repr_value(one),
        _ => str_(vm, args),
    }
}

// ---- OSError

impl Vm {
    /// The subclass of OSError for an error number.
    pub fn os_error_class(&self, errno: i64) -> Gc<Class> {
        let t = &self.types;
        match errno {
            11 | 114 | 115 => t.BlockingIOError,
            32 | 108 => t.BrokenPipeError,
            10 => t.ChildProcessError,
            103 => t.ConnectionAbortedError,
            111 => t.ConnectionRefusedError,
            104 => t.ConnectionResetError,
            17 => t.FileExistsError,
            2 => t.FileNotFoundError,
            4 => t.InterruptedError,
            21 => t.IsADirectoryError,
            20 => t.NotADirectoryError,
            1 | 13 => t.PermissionError,
            3 => t.ProcessLookupError,
            110 => t.TimeoutError,
            _ => t.OSError,
        }
    }
}

fn os_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut class = vm.receiver::<Class>(args, "type")?;
    if class == vm.types.OSError
        && args.rest().len() >= 2
        && let Some(n) = args.rest()[0].as_int()
    {
        class = vm.os_error_class(n);
    }
    let exc = vm.new_exception(class, args.rest());
    fill_os(vm, exc, args.rest());
    Ok(exc)
}

fn os_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let t = vm.new_tuple(args.rest());
    e.args.set(t);
    fill_os(vm, args[0], args.rest());
    vm.none()
}

/// Takes the file names out of the arguments, as CPython does.
fn fill_os(vm: &mut Vm, exc: Value, args: &[Value]) {
    let Some(e) = exc.cast::<Exception>() else { return };
    if !(3..=5).contains(&args.len()) {
        return;
    }
    let short = vm.new_tuple(&args[..2]);
    e.args.set(short);
    for (i, name) in [(2, "filename"), (4, "filename2")] {
        if let Some(&v) = args.get(i)
            && !v.is_none()
        {
            let name = vm.intern(name);
            vm.set_exc_attr(exc, name, v);
        }
    }
}

/// `(errno, strerror, filename or None, filename2 or None)`, or `None` where the plain text serves.
fn os_parts(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if items(e).len() < 2 && vm.exc_attr(args[0], vm.names.errno).is_none() {
        return vm.none();
    }
    let parts: Vec<Value> =
        ["errno", "strerror", "filename", "filename2"].iter().map(|n| field_of(vm, args[0], n)).collect();
    if parts[2].is_none() && (parts[0].is_none() || parts[1].is_none()) {
        return vm.none();
    }
    Ok(vm.new_tuple(&parts))
}

fn os_str(vm: &mut Vm, args: Args<'_>) -> Res {
    let parts = os_parts(vm, args)?;
    let Some(parts) = parts.cast::<Tuple>() else { return str_(vm, args) };
    let mut out = String::from("[Errno ");
    let [errno, strerror, filename, filename2] = parts.items() else { return str_(vm, args) };
    let mut pure = vm.pure_str(*errno, &mut out)?;
    out.push_str("] ");
    pure &= vm.pure_str(*strerror, &mut out)?;
    for (mark, v) in [(": ", filename), (" -> ", filename2)] {
        if !v.is_none() {
            out.push_str(mark);
            pure &= vm.pure_repr(*v, &mut out)?;
        }
    }
    if !pure {
        return vm.prelude_call("str_os_error", &[args[0]]);
    }
    Ok(vm.new_str(&out))
}

// ---- SyntaxError

fn syntax_str(vm: &mut Vm, args: Args<'_>) -> Res {
    let msg = field_of(vm, args[0], "msg");
    let mut out = String::new();
    if !vm.pure_str(msg, &mut out)? {
        return vm.prelude_call("str_exception", &[args[0]]);
    }
    let file = field_of(vm, args[0], "filename");
    let line = field_of(vm, args[0], "lineno").as_int();
    let file = file.cast::<Str>().map(|f| f.as_str().rsplit('/').next().unwrap_or("").to_owned());
    match (file, line) {
        (Some(f), Some(n)) => out.push_str(&format!(" ({f}, line {n})")),
        (Some(f), None) => out.push_str(&format!(" ({f})")),
        (None, Some(n)) => out.push_str(&format!(" (line {n})")),
        (None, None) => {}
    }
    Ok(vm.new_str(&out))
}

// ---- UnicodeError

fn unicode_str(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if items(e).len() < 5 {
        return str_(vm, args);
    }
    let (start, end) = (field_of(vm, args[0], "start"), field_of(vm, args[0], "end"));
    let (start, end) = (start.as_int().unwrap_or(0).max(0), end.as_int().unwrap_or(0));
    let mut encoding = String::new();
    let mut reason = String::new();
    let (enc, why) = (field_of(vm, args[0], "encoding"), field_of(vm, args[0], "reason"));
    vm.pure_str(enc, &mut encoding)?;
    vm.pure_str(why, &mut reason)?;
    let object = field_of(vm, args[0], "object");
    let text = match object.view() {
        View::Str(s) if end == start + 1 => {
            let c = surrogate::code_of(s.char_at(start as usize).unwrap_or('?'));
            let shown = match c {
                0..=0xff => format!("\\x{c:02x}"),
                0x100..=0xffff => format!("\\u{c:04x}"),
                _ => format!("\\U{c:08x}"),
            };
            format!("'{encoding}' codec can't encode character '{shown}' in position {start}: {reason}")
        }
        View::Str(_) => {
            format!("'{encoding}' codec can't encode characters in position {start}-{}: {reason}", end - 1)
        }
        _ => {
            let byte = match object.view() {
                View::Bytes(b) => b.items().get(start as usize).copied(),
                View::ByteArray(b) => b.bytes.borrow().get(start as usize).copied(),
                _ => None,
            };
            match byte {
                Some(b) if end == start + 1 => {
                    format!("'{encoding}' codec can't decode byte 0x{b:02x} in position {start}: {reason}")
                }
                _ => format!("'{encoding}' codec can't decode bytes in position {start}-{}: {reason}", end - 1),
            }
        }
    };
    Ok(vm.new_str(&text))
}

/// Attributes that only this file's callers need: the exceptions of a group.
pub fn group_members(exc: Value) -> Vec<Value> {
    let Some(e) = exc.cast::<Exception>() else { return Vec::new() };
    match arg(e, 1).view() {
        View::Tuple(t) => t.items().to_vec(),
        View::List(l) => l.to_vec(),
        _ => Vec::new(),
    }
}

/// A read-only attribute, for tables of other files.
pub const fn read_only(name: &'static str, doc: &'static str, f: crate::vm::native::NativeFnPtr) -> NativeDef {
    attribute(name, doc, f)
}
