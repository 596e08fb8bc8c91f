//! `print` and `input`, `exit` and `quit`. Floor 7.
//!
//! Invariant: a `print` that needs no code of the language is one write.

use crate::object::{Module, Str};
use crate::text::surrogate;
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Ctl, Res, Vm};

/// The functions of this file.
pub const FUNCTIONS: &[NativeDef] = &[
    function(
        "print(*args, sep=' ', end='\\n', file=None, flush=False)",
        "Prints the values to a stream, or to sys.stdout by default.",
        print,
    ),
    function("input(prompt='', /)", "Reads a line from standard input, without its line end.", input),
    function(
        "open(file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
        "Open file and return a stream.  Raise OSError upon failure.",
        open,
    ),
    function("exit(code=None)", "Ends the program by raising SystemExit.", exit),
    function("quit(code=None)", "Ends the program by raising SystemExit.", exit),
];

/// What the prelude needs.
pub const INTRINSICS: &[NativeDef] = &[
    function("_write_stdout(text, /)", "Writes to the process's standard output.", write_out),
    function("_flush_stdout()", "Flushes the process's standard output.", flush_out),
    function("_write_stderr(text, /)", "Writes to the process's standard error.", write_err),
];

fn text_param(vm: &mut Vm, args: Args<'_>, i: usize, name: &str, default: &'static str) -> Res<Value> {
    match args.get(i) {
        None => Ok(vm.new_str(default)),
        Some(v) if v.is_none() => Ok(vm.new_str(default)),
        Some(v) if v.cast::<Str>().is_some() => Ok(v),
        Some(v) => {
            let message = format!("{name} must be None or a string, not {}", vm.class_name(v));
            Err(vm.type_error(message))
        }
    }
}

fn print(vm: &mut Vm, args: Args<'_>) -> Res {
    let sep = text_param(vm, args, 0, "sep", " ")?;
    let end = text_param(vm, args, 1, "end", "\n")?;
    let flush = vm.truth_arg(args, 3, false)?;
    let file = args.get(2).filter(|f| !f.is_none());
    let target = match file {
        Some(f) => Some(f),
        None => vm.sys_attr("stdout"),
    };
    // The stream: 1 or 2 for the process's own, which natives write to.
    let own = match target {
        None => Some(1),
        Some(f) if f.is_none() => return vm.none(),
        Some(f) => vm.own_stream(f),
    };
    let (Some(sep_text), Some(end_text)) = (sep.cast::<Str>(), end.cast::<Str>()) else { return vm.none() };
    let mut lone = false;
    if let Some(stream) = own {
        let mut text = String::new();
        let mut pure = true;
        for (i, &arg) in args.rest().iter().enumerate() {
            if i > 0 {
                text.push_str(sep_text.as_str());
            }
            if !vm.pure_str(arg, &mut text)? {
                pure = false;
                break;
            }
        }
        // Of such a text the pieces before the one that can't be encoded are written.
        lone = pure && stream == 1 && surrogate::contained(&text);
        if pure && !lone {
            text.push_str(end_text.as_str());
            if stream == 2 {
                return vm.write_stderr(&text);
            }
            vm.write_stdout(&text)?;
            if flush {
                flush_out(vm, args)?;
            }
            return vm.none();
        }
    }
    let values = vm.new_tuple(args.rest());
    let file = match (own, target) {
        (Some(1), _) | (_, None) => Value::NONE,
        (_, Some(f)) => f,
    };
    // As CPython does it, a write for each piece, can be seen in streams of the program only.
    let user = file.as_object().is_some_and(|o| o.class().has(crate::object::class::flag::HEAP))
        && vm.module_of_class(vm.class_of(file)).is_none_or(|m| m != "_io");
    let name = match (lone, user) {
        (true, _) => "print_pieces",
        (_, true) => "print_to",
        _ => "print_slow",
    };
    vm.prelude_call(name, &[values, sep, end, file, Value::bool(flush)])
}

fn input(vm: &mut Vm, args: Args<'_>) -> Res {
    let (stdin, stdout) = (vm.sys_attr("stdin"), vm.sys_attr("stdout"));
    let foreign = |vm: &Vm, f: Option<Value>| f.is_some_and(|f| vm.own_stream(f).is_none());
    if foreign(vm, stdin) || foreign(vm, stdout) {
        let prompt = args.get(0).unwrap_or(Value::NONE);
        let (stdin, stdout) = (stdin.unwrap_or(Value::NONE), stdout.unwrap_or(Value::NONE));
        return vm.prelude_call("input_slow", &[prompt, stdin, stdout]);
    }
    if let Some(prompt) = args.get(0) {
        let mut text = String::new();
        if !vm.pure_str(prompt, &mut text)? {
            return Err(Ctl::Coerce { index: 0, to: crate::vm::native::Coerce::Str });
        }
        vm.write_stdout(&text)?;
    }
    flush_out(vm, args)?;
    let line = match vm.host.read_line() {
        Ok(l) => l,
        Err(e) => return Err(vm.io_error(&e)),
    };
    if line.is_empty() {
        return Err(vm.eof_error("EOF when reading a line"));
    }
    let line = line.strip_suffix('\n').unwrap_or(&line);
    let line = line.strip_suffix('\r').unwrap_or(line);
    Ok(vm.new_str(line))
}

/// `open`: the library has it.
fn open(vm: &mut Vm, args: Args<'_>) -> Res {
    let given: Vec<Value> = (0..8).map(|i| args.get(i).unwrap_or(OPEN_DEFAULTS[i])).collect();
    let mode = match args.get(1) {
        Some(m) => m,
        None => vm.new_str("r"),
    };
    let given: Vec<Value> = given.iter().enumerate().map(|(i, &v)| if i == 1 { mode } else { v }).collect();
    vm.prelude_call("open_file", &given)
}

/// Defaults of `open`'s parameters, save for the mode.
const OPEN_DEFAULTS: [Value; 8] =
    [Value::NONE, Value::NONE, Value::small(-1), Value::NONE, Value::NONE, Value::NONE, Value::TRUE, Value::NONE];

fn exit(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.types.SystemExit;
    match args.get(0) {
        Some(code) if !code.is_none() => Err(vm.raise_with(class, &[code])),
        _ => Err(vm.raise_with(class, &[Value::NONE])),
    }
}

fn write_out(vm: &mut Vm, args: Args<'_>) -> Res {
    let text = vm.str_arg(args, 0, "write() argument must be str, not {}")?;
    vm.write_stdout(text.as_str())
}

fn write_err(vm: &mut Vm, args: Args<'_>) -> Res {
    let text = vm.str_arg(args, 0, "write() argument must be str, not {}")?;
    vm.write_stderr(text.as_str())
}

fn flush_out(vm: &mut Vm, _: Args<'_>) -> Res {
    match vm.host.flush_stdout() {
        Ok(()) => vm.none(),
        Err(e) => Err(vm.io_error(&e)),
    }
}

impl Vm {
    /// Writes to the process's standard output.
    pub fn write_stdout(&mut self, text: &str) -> Res {
        let bytes = self.utf8_of(text)?;
        match self.host.write_stdout(bytes) {
            Ok(()) => Ok(Value::NONE),
            Err(e) => Err(self.io_error(&e)),
        }
    }

    /// The text as UTF-8, for what leaves the program.
    ///
    /// # Errors
    /// UnicodeEncodeError for surrogates.
    pub fn utf8_of<'a>(&mut self, text: &'a str) -> Res<&'a [u8]> {
        if !surrogate::contained(text) {
            return Ok(text.as_bytes());
        }
        let start = text.chars().position(surrogate::is_lone).unwrap_or(0);
        let run = text.chars().skip(start).take_while(|&c| surrogate::is_lone(c)).count();
        let object = self.new_str(text);
        let (name, reason) = (self.new_str("utf-8"), self.new_str("surrogates not allowed"));
        let place = [start, start + run].map(|n| Value::small(n as i64));
        let class = self.types.UnicodeEncodeError;
        Err(self.raise_with(class, &[name, object, place[0], place[1], reason]))
    }

    /// Writes to the process's standard error, surrogates escaped.
    pub fn write_stderr(&mut self, text: &str) -> Res {
        match self.host.write_stderr(surrogate::escaped(text).as_bytes()) {
            Ok(()) => Ok(Value::NONE),
            Err(e) => Err(self.io_error(&e)),
        }
    }

    /// `sys.NAME` as it is now, if the module exists and has it.
    pub fn sys_attr(&mut self, name: &str) -> Option<Value> {
        let (sys, name) = (self.intern("sys"), self.intern(name));
        self.modules.get_str(sys)?.cast::<Module>()?.dict.get_str(name)
    }

    /// Which of the process's streams (0, 1, 2) the file object is: the module `sys` leaves its originals in
    /// `module_state` as `sys.stdin`, `sys.stdout` and `sys.stderr`. A VM without them has none but the process's own.
    pub fn own_stream(&self, file: Value) -> Option<u8> {
        let is = |name: &str| self.module_state.get(name).is_some_and(|&v| v == file);
        [(0, "sys.stdin"), (1, "sys.stdout"), (2, "sys.stderr")].into_iter().find(|(_, n)| is(n)).map(|(i, _)| i)
    }

    /// An OSError of the fitting subclass for an error of the operating system.
    pub fn io_error(&mut self, e: &std::io::Error) -> Ctl {
        if e.kind() == std::io::ErrorKind::Interrupted && self.host.take_signal().is_some() {
            let class = self.types.KeyboardInterrupt;
            return self.raise_with(class, &[]);
        }
        let number = e.raw_os_error().unwrap_or(5);
        let text = e.to_string();
        let text = text.split(" (os error").next().unwrap_or("").to_owned();
        let class = self.os_error_class(number as i64);
        let args = [Value::small(number as i64), self.new_str(&text)];
        self.raise_with(class, &args)
    }
}
