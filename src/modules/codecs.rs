//! Natives of the module `codecs`: doors to the prelude. Floor 7.

use crate::heap::Gc;
use crate::object::Dict;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, ModuleDef, Res, Vm};

const FUNCTIONS: &[NativeDef] = &[
    function("lookup_error(name, /)", "The error handler registered under this name.", lookup_error),
    function("_registered(encoding, /)", "What a search function of the program finds.", registered),
    function("_encode(text, encoding, errors, /)", "All bytes of a text.", encode),
    function("_decode_some(data, encoding, errors, last, /)", "Text, number of bytes, encoding by the mark.", decode),
    function("_builtin_handler(name, exc, /)", "What a built-in handler does.", builtin_handler),
    function("_codec_name(encoding, /)", "Its name if it is built in, or None.", codec_name),
    function("_codec_handlers()", "The handlers of the program.", handlers),
    function("_codec_searches()", "The search functions of the program.", searches),
];

/// The module `codecs`.
pub static CODECS: ModuleDef = ModuleDef {
    name: "codecs",
    doc: "Registry of codecs and error handlers.",
    functions: FUNCTIONS,
    init,
    source: include_str!("codecs.thr"),
};

fn init(_: &mut Vm, _: Gc<Dict>) -> Res<()> {
    Ok(())
}

fn lookup_error(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.str_arg(args, 0, "lookup_error() argument must be str, not {}")?;
    vm.prelude_call("error_handler", &[args[0]])
}

fn registered(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("codec_info", &[args[0]])
}

fn encode(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("encode_text", &[args[0], args[0], args[1], args[2]])
}

fn decode(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("decode_from", &[args[0], args[1], args[2], args[3]])
}

fn builtin_handler(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("builtin_handler", &[args[0], args[1]])
}

fn codec_name(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("builtin_codec_name", &[args[0]])
}

fn handlers(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.prelude_call("registered_handlers", &[])
}

fn searches(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.prelude_call("registered_searches", &[])
}
