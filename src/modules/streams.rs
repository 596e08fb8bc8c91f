//! The standard text streams: `sys.stdout`, `sys.stderr`, `sys.stdin`. Floor 7.
//!
//! Invariant: all bytes pass through the VM's host.

use crate::heap::{Gc, Kind, Visitor};
use crate::object::class::flag;
use crate::object::{Class, NativeData, Str};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, method, new};
use crate::vm::{Args, Res, Vm};
use std::cell::Cell;

/// A standard stream, or (with no descriptor) a text stream over something else, which `_io` takes care of.
struct StreamData {
    fd: Option<u8>,
    closed: Cell<bool>,
}

impl NativeData for StreamData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.data(self.fd.map_or(u64::MAX, u64::from));
    }
}

const CLASS: &str = "io.text";

/// The base of `_io.TextIOWrapper`.
pub fn class(vm: &mut Vm) -> Gc<Class> {
    if let Some(class) = vm.module_state.get(CLASS).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let class = vm.new_native_class(
        "TextIOWrapper",
        "_io",
        &[],
        Kind::Native,
        flag::BASE | flag::HAS_DICT | flag::USER_GETATTR,
    );
    vm.install_methods(class, METHODS);
    class.set_flag(flag::USER_GETATTR, true);
    vm.module_state.insert(CLASS, class.value());
    class
}

/// A stream object for file descriptor 0, 1 or 2.
pub fn new_stream(vm: &mut Vm, fd: u8) -> Value {
    let class = class(vm);
    let stream = vm.new_native(class, StreamData { fd: Some(fd), closed: Cell::new(false) }).value();
    let (name, mode) = (vm.intern("mode"), vm.new_str(mode_of(fd)));
    vm.set_own_attr(stream, name, mode);
    vm.module_state.insert(KEYS[fd as usize % 3], stream);
    stream
}

/// Under which names the VM knows the streams that it may read and write directly.
const KEYS: [&str; 3] = ["sys.stdin", "sys.stdout", "sys.stderr"];
/// The same streams as `_io` finds them.
const ORIGINALS: [&str; 3] = ["io.stdin", "io.stdout", "io.stderr"];

fn new_text(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    Ok(vm.new_native(class, StreamData { fd: None, closed: Cell::new(false) }).value())
}

/// `standard_streams(class)`: makes the streams objects of the class; a list of them with descriptor and mode.
pub fn adopt(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    let mut rows = Vec::new();
    for fd in 0..3u8 {
        let Some(&stream) = vm.module_state.get(KEYS[fd as usize]) else { continue };
        let Some(o) = stream.as_object() else { continue };
        o.set_class(class);
        let row = [stream, Value::small(fd as i64), vm.new_str(mode_of(fd))];
        rows.push(vm.new_tuple(&row));
        vm.module_state.insert(ORIGINALS[fd as usize], stream);
    }
    // What was read ahead is known to the object only.
    vm.module_state.remove(KEYS[0]);
    Ok(vm.new_list(rows))
}

/// `disown(stream)`: no more direct way to a stream that does something else now.
pub fn disown(vm: &mut Vm, args: Args<'_>) -> Res {
    for key in KEYS {
        if vm.module_state.get(key) == Some(&args[0]) {
            vm.module_state.remove(key);
        }
    }
    Ok(Value::NONE)
}

/// What this file doesn't have, `_io` does.
fn getattr(vm: &mut Vm, args: Args<'_>) -> Res {
    let original = class(vm);
    if vm.class_of(args[0]) != original {
        let name = vm.str_arg(args, 1, "attribute name must be string, not '{}'")?;
        return Err(vm.no_attribute_of(args[0], name.as_str()));
    }
    vm.prelude_call("stream_getattr", &[args[0], args[1]])
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<(&'a StreamData, u8)> {
    let s = vm.native_receiver::<StreamData>(args, "_io.TextIOWrapper")?;
    if s.closed.get() {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    match s.fd {
        Some(fd) => Ok((s, fd)),
        None => Err(vm.value_error("I/O operation on uninitialized object")),
    }
}

fn mode_of(fd: u8) -> &'static str {
    if fd == 0 { "r" } else { "w" }
}

fn write(vm: &mut Vm, args: Args<'_>) -> Res {
    let (_, fd) = this(vm, args)?;
    let Some(text) = args[1].cast::<Str>() else {
        let message = format!("write() argument must be str, not {}", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    };
    match fd {
        0 => {
            let name = vm.intern("write").value();
            return vm.prelude_call("stream_call", &[args[0], name, args[1]]);
        }
        1 => vm.write_stdout(text.as_str())?,
        _ => vm.write_stderr(text.as_str())?,
    };
    Ok(Value::small(text.nchars() as i64))
}

fn writelines(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    vm.prelude_call("stream_writelines", &[args[0], args[1]])
}

fn flush(vm: &mut Vm, args: Args<'_>) -> Res {
    let (_, fd) = this(vm, args)?;
    if fd == 1
        && let Err(e) = vm.host.flush_stdout()
    {
        return Err(vm.io_error(&e));
    }
    Ok(Value::NONE)
}

/// A line of standard input; `None` for other streams.
fn line(vm: &mut Vm, args: Args<'_>) -> Res<Option<String>> {
    let (_, fd) = this(vm, args)?;
    if fd != 0 {
        return Ok(None);
    }
    match vm.host.read_line() {
        Ok(l) => Ok(Some(if l.contains('\r') { l.replace("\r\n", "\n").replace('\r', "\n") } else { l })),
        Err(e) => Err(vm.io_error(&e)),
    }
}

fn readline(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.intern("readline").value();
    if let Some(size) = args.get(1) {
        this(vm, args)?;
        return vm.prelude_call("stream_call", &[args[0], name, size]);
    }
    match line(vm, args)? {
        Some(l) => Ok(vm.new_str(&l)),
        None => vm.prelude_call("stream_call", &[args[0], name, Value::small(-1)]),
    }
}

fn next(vm: &mut Vm, args: Args<'_>) -> Res {
    match line(vm, args)? {
        Some(l) if l.is_empty() => Err(vm.stop_iteration(Value::NONE)),
        Some(l) => Ok(vm.new_str(&l)),
        None => {
            let name = vm.intern("readline").value();
            vm.prelude_call("stream_call", &[args[0], name, Value::small(-1)])
        }
    }
}

fn fileno(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(this(vm, args)?.1 as i64))
}

fn isatty(vm: &mut Vm, args: Args<'_>) -> Res {
    let (_, fd) = this(vm, args)?;
    Ok(Value::bool(vm.host.is_terminal(fd)))
}

fn readable(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.1 == 0))
}

fn writable(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.1 != 0))
}

fn closed(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = vm.native_receiver::<StreamData>(args, "_io.TextIOWrapper")?;
    Ok(Value::bool(s.closed.get()))
}

fn enter(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0])
}

fn exit(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.intern("close").value();
    vm.prelude_call("stream_call", &[args[0], name])
}

fn stream_name(fd: u8) -> &'static str {
    ["<stdin>", "<stdout>", "<stderr>"][fd as usize % 3]
}

fn name(vm: &mut Vm, args: Args<'_>) -> Res {
    let (_, fd) = this(vm, args)?;
    Ok(vm.new_str(stream_name(fd)))
}

fn encoding(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    Ok(vm.new_str("utf-8"))
}

fn errors(vm: &mut Vm, args: Args<'_>) -> Res {
    let (_, fd) = this(vm, args)?;
    Ok(vm.new_str(if fd == 2 { "backslashreplace" } else { "strict" }))
}

fn newlines(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    Ok(Value::NONE)
}

fn line_buffering(vm: &mut Vm, args: Args<'_>) -> Res {
    let (_, fd) = this(vm, args)?;
    Ok(Value::bool(fd == 2 || vm.host.is_terminal(fd)))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let fd = this(vm, args)?.1;
    let (name, mode) = (stream_name(fd), mode_of(fd));
    Ok(vm.new_str(&format!("<_io.TextIOWrapper name='{name}' mode='{mode}' encoding='utf-8'>")))
}

const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args, **kwargs)", "Create a stream.", new_text),
    method("__getattr__(self, name, /)", "What is seldom needed.", getattr),
    method("write(self, text, /)", "Write a text; its length.", write),
    method("writelines(self, lines, /)", "Write several texts.", writelines),
    method("flush(self, /)", "Hand what was buffered over to the system.", flush),
    method("readline(self, size=-1, /)", "The next line, with its end; empty at the end.", readline),
    method("__iter__(self, /)", "Implement iter(self).", enter),
    method("__next__(self, /)", "Implement next(self).", next),
    method("fileno(self, /)", "The number of the stream.", fileno),
    method("isatty(self, /)", "Whether it is a terminal.", isatty),
    method("readable(self, /)", "Whether it can be read.", readable),
    method("writable(self, /)", "Whether it can be written.", writable),
    method("__enter__(self, /)", "Enter a with statement.", enter),
    method("__exit__(self, /, *args)", "Leave a with statement.", exit),
    method("__repr__(self, /)", "Return repr(self).", repr),
    attribute("closed", "Whether it was closed.", closed),
    attribute("name", "Its name.", name),
    attribute("encoding", "Its encoding.", encoding),
    attribute("errors", "What is done about characters that it can't encode.", errors),
    attribute("newlines", "None.", newlines),
    attribute("line_buffering", "Whether lines are written at once.", line_buffering),
];
