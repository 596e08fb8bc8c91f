//! `SyntaxError`: message and place, unpacked from the details that it is made with. Floor 7.
//!
//! Invariant: `args` keeps what was given; the attributes are what `__init__` read in it.

use super::{arg, field_of, items, keep_args, this};
use crate::heap::Gc;
use crate::object::{Exception, Str, Tuple};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute_rw, method};
use crate::vm::{Args, Res, Vm};

fields! {
    syntax_msg "msg" |_, e| arg(e, 0);
    syntax_filename "filename" |_, e| detail(e, 0);
    syntax_lineno "lineno" |_, e| detail(e, 1);
    syntax_offset "offset" |_, e| detail(e, 2);
    syntax_text "text" |_, e| detail(e, 3);
    syntax_end_lineno "end_lineno" |_, e| detail(e, 4);
    syntax_end_offset "end_offset" |_, e| detail(e, 5);
    syntax_print "print_file_and_line" |_, _| Value::NONE;
}

/// Methods of `SyntaxError`.
pub(super) const METHODS: &[NativeDef] = &[
    method("__init__(self, *args, **kwargs)", "Initialize self.", syntax_init),
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

/// Item `i` of the tuple of details in the second argument.
fn detail(e: Gc<Exception>, i: usize) -> Value {
    let details = arg(e, 1).cast::<Tuple>();
    details.and_then(|t| t.items().get(i).copied()).unwrap_or(Value::NONE)
}

fn syntax_init(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    if args.kwargs().is_some_and(|k| !k.is_empty()) {
        let message = format!("{}() takes no keyword arguments", vm.class_name(args[0]));
        return Err(vm.type_error(message));
    }
    keep_args(vm, e, args);
    let given = items(e);
    if let Some(&msg) = given.first() {
        let name = vm.names.msg;
        vm.set_exc_field(args[0], name, msg);
    }
    let &[msg, details] = &given[..] else { return vm.none() };
    let Some(parts) = vm.pure_items(details)? else {
        return vm.prelude_call("syntax_error_init", &[args[0], msg, details]);
    };
    let n = parts.len();
    if !(4..=6).contains(&n) {
        let (word, limit) = if n < 4 { ("least", 4) } else { ("most", 6) };
        return Err(vm.type_error(format!("function takes at {word} {limit} arguments ({n} given)")));
    }
    if n == 5 && !parts[4].is_none() {
        return Err(vm.type_error("end_offset must be provided when end_lineno is provided"));
    }
    let n = &vm.names;
    let names = [n.filename, n.lineno, n.offset, n.text, n.end_lineno, n.end_offset];
    for (i, name) in names.into_iter().enumerate() {
        vm.set_exc_field(args[0], name, parts.get(i).copied().unwrap_or(Value::NONE));
    }
    vm.none()
}

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
