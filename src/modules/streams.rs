//! The standard text streams: `sys.stdout`, `sys.stderr`, `sys.stdin`. Floor 7.
//!
//! Invariant: all bytes pass through the VM's host.

use crate::heap::{Gc, Kind, Visitor};
use crate::object::class::flag;
use crate::object::{Class, NativeData, Str, View};
use crate::text::surrogate;
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, method};
use crate::vm::{Args, Ctl, Res, Vm};
use std::cell::Cell;

/// A standard stream.
struct StreamData {
    fd: u8,
    binary: bool,
    closed: Cell<bool>,
}

impl NativeData for StreamData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.data(self.fd as u64);
    }
}

fn class(vm: &mut Vm, binary: bool) -> Gc<Class> {
    let (name, key) = if binary { ("BufferedWriter", "io.binary") } else { ("TextIOWrapper", "io.text") };
    if let Some(class) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let class = vm.new_native_class(name, "_io", &[], Kind::Native, flag::HAS_DICT);
    vm.install_methods(class, METHODS);
    vm.module_state.insert(key, class.value());
    class
}

/// A stream object for file descriptor 0, 1 or 2.
pub fn new_stream(vm: &mut Vm, fd: u8, binary: bool) -> Value {
    let class = class(vm, binary);
    vm.new_native(class, StreamData { fd, binary, closed: Cell::new(false) }).value()
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a StreamData> {
    let s = vm.native_receiver::<StreamData>(args, "_io.TextIOWrapper")?;
    if s.closed.get() {
        return Err(vm.value_error("I/O operation on closed file."));
    }
    Ok(s)
}

fn unsupported(vm: &mut Vm, what: &str) -> Ctl {
    vm.os_error(what)
}

fn io_error(vm: &mut Vm, e: std::io::Error) -> Ctl {
    vm.io_error(&e)
}

fn write(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = this(vm, args)?;
    if s.fd == 0 {
        return Err(unsupported(vm, "not writable"));
    }
    let (bytes, n): (Vec<u8>, usize) = match args[1].view() {
        View::Str(t) if !s.binary && s.fd == 2 => (surrogate::escaped(t.as_str()).as_bytes().to_vec(), t.nchars()),
        View::Str(t) if !s.binary => (vm.utf8_of(t.as_str())?.to_vec(), t.nchars()),
        View::Bytes(b) if s.binary => (b.items().to_vec(), b.len()),
        View::ByteArray(b) if s.binary => (b.bytes.borrow().clone(), b.bytes.borrow().len()),
        _ => {
            let name = vm.class_name(args[1]);
            let message = if s.binary {
                format!("a bytes-like object is required, not '{name}'")
            } else {
                format!("write() argument must be str, not {name}")
            };
            return Err(vm.type_error(message));
        }
    };
    let done = if s.fd == 2 { vm.host.write_stderr(&bytes) } else { vm.host.write_stdout(&bytes) };
    match done {
        Ok(()) => Ok(Value::small(n as i64)),
        Err(e) => Err(io_error(vm, e)),
    }
}

fn writelines(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    vm.prelude_call("stream_writelines", &[args[0], args[1]])
}

fn flush(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = this(vm, args)?;
    if s.fd == 1
        && let Err(e) = vm.host.flush_stdout()
    {
        return Err(io_error(vm, e));
    }
    Ok(Value::NONE)
}

fn line(vm: &mut Vm, args: Args<'_>) -> Res<String> {
    let s = this(vm, args)?;
    if s.fd != 0 {
        return Err(unsupported(vm, "not readable"));
    }
    match vm.host.read_line() {
        Ok(l) => Ok(l),
        Err(e) => Err(io_error(vm, e)),
    }
}

fn readline(vm: &mut Vm, args: Args<'_>) -> Res {
    let l = line(vm, args)?;
    Ok(vm.new_str(&l))
}

fn next(vm: &mut Vm, args: Args<'_>) -> Res {
    let l = line(vm, args)?;
    if l.is_empty() {
        return Err(vm.stop_iteration(Value::NONE));
    }
    Ok(vm.new_str(&l))
}

fn read(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut all = String::new();
    loop {
        let l = line(vm, args)?;
        if l.is_empty() {
            return Ok(vm.new_str(&all));
        }
        all.push_str(&l);
    }
}

fn readlines(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    vm.prelude_call("stream_readlines", &[args[0]])
}

fn fileno(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = this(vm, args)?;
    Ok(Value::small(s.fd as i64))
}

fn isatty(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = this(vm, args)?;
    Ok(Value::bool(vm.host.is_terminal(s.fd)))
}

fn readable(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.fd == 0))
}

fn writable(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(this(vm, args)?.fd != 0))
}

fn seekable(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    Ok(Value::FALSE)
}

fn close(vm: &mut Vm, args: Args<'_>) -> Res {
    flush(vm, args)?;
    this(vm, args)?.closed.set(true);
    Ok(Value::NONE)
}

fn closed(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = vm.native_receiver::<StreamData>(args, "_io.TextIOWrapper")?;
    Ok(Value::bool(s.closed.get()))
}

fn reconfigure(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    Ok(Value::NONE)
}

fn enter(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0])
}

fn exit(vm: &mut Vm, args: Args<'_>) -> Res {
    close(vm, args)
}

fn stream_name(fd: u8) -> &'static str {
    ["<stdin>", "<stdout>", "<stderr>"][fd as usize % 3]
}

fn name(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = this(vm, args)?;
    Ok(vm.new_str(stream_name(s.fd)))
}

fn mode(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = this(vm, args)?;
    Ok(vm.new_str(if s.fd == 0 { "r" } else { "w" }))
}

fn encoding(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    Ok(vm.new_str("utf-8"))
}

fn errors(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = this(vm, args)?;
    Ok(vm.new_str(if s.fd == 2 { "backslashreplace" } else { "strict" }))
}

fn newlines(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    Ok(Value::NONE)
}

fn line_buffering(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = this(vm, args)?;
    Ok(Value::bool(s.fd == 2 || vm.host.is_terminal(s.fd)))
}

fn buffer(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = this(vm, args)?;
    let key: Gc<Str> = vm.intern("_buffer");
    if let Some(b) = vm.own_attr(args[0], key) {
        return Ok(b);
    }
    let b = new_stream(vm, s.fd, true);
    vm.set_own_attr(args[0], key, b);
    Ok(b)
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let s = vm.native_receiver::<StreamData>(args, "_io.TextIOWrapper")?;
    let (name, mode) = (stream_name(s.fd), if s.fd == 0 { "r" } else { "w" });
    let text = if s.binary {
        format!("<_io.BufferedWriter name='{name}'>")
    } else {
        format!("<_io.TextIOWrapper name='{name}' mode='{mode}' encoding='utf-8'>")
    };
    Ok(vm.new_str(&text))
}

const METHODS: &[NativeDef] = &[
    method("write(self, text, /)", "Write a text; its length.", write),
    method("writelines(self, lines, /)", "Write several texts.", writelines),
    method("flush(self, /)", "Hand what was buffered over to the system.", flush),
    method("read(self, size=-1, /)", "All that is left.", read),
    method("readline(self, size=-1, /)", "The next line, with its end; empty at the end.", readline),
    method("readlines(self, hint=-1, /)", "All lines that are left.", readlines),
    method("__iter__(self, /)", "Implement iter(self).", enter),
    method("__next__(self, /)", "Implement next(self).", next),
    method("fileno(self, /)", "The number of the stream.", fileno),
    method("isatty(self, /)", "Whether it is a terminal.", isatty),
    method("readable(self, /)", "Whether it can be read.", readable),
    method("writable(self, /)", "Whether it can be written.", writable),
    method("seekable(self, /)", "Whether it can be repositioned.", seekable),
    method("close(self, /)", "Close the stream.", close),
    method("reconfigure(self, /, **options)", "Nothing: the streams are UTF-8.", reconfigure),
    method("__enter__(self, /)", "The stream.", enter),
    method("__exit__(self, /, *exc)", "Close the stream.", exit),
    method("__repr__(self, /)", "Return repr(self).", repr),
    attribute("name", "The name in angle brackets.", name),
    attribute("mode", "r or w.", mode),
    attribute("encoding", "utf-8.", encoding),
    attribute("errors", "What is done with characters that can't be encoded.", errors),
    attribute("newlines", "None.", newlines),
    attribute("line_buffering", "Whether lines are handed over at once.", line_buffering),
    attribute("closed", "Whether the stream was closed.", closed),
    attribute("buffer", "The stream for bytes.", buffer),
];
