//! `OSError`: the subclass for an error number, file names. Floor 7.
//!
//! Invariant: file names that were given are no longer among `args`, as in CPython.

use super::{arg, field_of, items, str_, this};
use crate::heap::Gc;
use crate::object::{Class, Exception, Tuple};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute_rw, function, method, new};
use crate::vm::{Args, Res, Vm};

fields! {
    os_errno "errno" |_, e| os_arg(e, 0);
    os_strerror "strerror" |_, e| os_arg(e, 1);
    os_filename "filename" |_, e| os_arg(e, 2);
    os_filename2 "filename2" |_, e| os_arg(e, 4);
}

/// Methods of `OSError`.
pub(super) const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create and return a new object.", os_new),
    method("__init__(self, *args, **kwargs)", "Initialize self.", os_init),
    method("__str__(self, /)", "Return str(self).", os_str),
    method("__reduce__(self, /)", "Helper for copying.", os_reduce),
    rw!("errno" os_errno "error number"),
    rw!("strerror" os_strerror "error text"),
    rw!("filename" os_filename "file name"),
    rw!("filename2" os_filename2 "second file name"),
];

/// Methods of `BlockingIOError`.
pub(super) const BLOCKING: &[NativeDef] =
    &[attribute_rw("characters_written", "how much was written before it would block", written, set_written)];

/// What `prelude` needs.
pub const INTRINSICS: &[NativeDef] = &[function("_os_error_text(exc, /)", "Parts of an OSError's text.", os_parts)];

/// Argument `i` where there are as many as an OSError with a number has.
fn os_arg(e: Gc<Exception>, i: usize) -> Value {
    if (2..=5).contains(&items(e).len()) { arg(e, i) } else { Value::NONE }
}

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

fn no_keywords(vm: &mut Vm, args: Args<'_>, class: Gc<Class>) -> Res<()> {
    if args.kwargs().is_some_and(|k| !k.is_empty()) {
        return Err(vm.type_error(format!("{}() takes no keyword arguments", class.name_str())));
    }
    Ok(())
}

/// Whether a class leaves the reading of arguments to `__init__`: it has one of its own, and no `__new__`.
fn reads_in_init(vm: &mut Vm, class: Gc<Class>) -> bool {
    let (new, init) = (vm.names.new, vm.names.init);
    let base = vm.types.OSError;
    vm.lookup_class(class, new) == vm.lookup_class(base, new)
        && vm.lookup_class(class, init) != vm.lookup_class(base, init)
}

fn os_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut class = vm.receiver::<Class>(args, "type")?;
    if reads_in_init(vm, class) {
        return Ok(vm.new_exception(class, &[]));
    }
    no_keywords(vm, args, class)?;
    if class == vm.types.OSError
        && (2..=5).contains(&args.rest().len())
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
    if !reads_in_init(vm, e.class()) {
        return vm.none();
    }
    no_keywords(vm, args, e.class())?;
    let t = vm.new_tuple(args.rest());
    e.args.set(t);
    fill_os(vm, args[0], args.rest());
    vm.none()
}

/// Takes the file names out of the arguments, as CPython does.
fn fill_os(vm: &mut Vm, exc: Value, args: &[Value]) {
    let Some(e) = exc.cast::<Exception>() else { return };
    if !(3..=5).contains(&args.len()) || args[2].is_none() {
        return;
    }
    if e.class() == vm.types.BlockingIOError && args[2].as_int().is_some() {
        let name = vm.intern("characters_written");
        vm.set_exc_field(exc, name, args[2]);
        let name = vm.intern("filename");
        vm.set_exc_field(exc, name, Value::NONE);
        return;
    }
    let short = vm.new_tuple(&args[..2]);
    e.args.set(short);
    for (i, name) in [(2, "filename"), (4, "filename2")] {
        if let Some(&v) = args.get(i)
            && !v.is_none()
        {
            let name = vm.intern(name);
            vm.set_exc_field(exc, name, v);
        }
    }
}

fn os_reduce(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    let filename = field_of(vm, args[0], "filename");
    let mut given = items(e);
    if given.len() == 2 && !filename.is_none() {
        given.push(filename);
        let second = field_of(vm, args[0], "filename2");
        if !second.is_none() {
            given.extend([Value::NONE, second]);
        }
    }
    let given = vm.new_tuple(&given);
    let parts = [e.class().value(), given, e.attrs.get()];
    let n = if e.attrs.get().is_undef() { 2 } else { 3 };
    Ok(vm.new_tuple(&parts[..n]))
}

fn written(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.intern("characters_written");
    match vm.exc_field(args[0], name).filter(|v| !v.is_none()) {
        Some(v) => Ok(v),
        None => Err(vm.attribute_error("characters_written")),
    }
}

fn set_written(vm: &mut Vm, args: Args<'_>) -> Res {
    if args.get(1).is_none() {
        written(vm, args)?;
    } else {
        vm.index_arg(args, 1)?;
    }
    let name = vm.intern("characters_written");
    vm.set_exc_field(args[0], name, args.get(1).unwrap_or(Value::NONE));
    vm.none()
}

/// `(errno, strerror, filename or None, filename2 or None)`, or `None` where the plain text serves.
fn os_parts(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if !(2..=5).contains(&items(e).len()) && vm.exc_field(args[0], vm.names.errno).is_none() {
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
