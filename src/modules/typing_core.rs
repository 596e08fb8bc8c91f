//! What `types`, `_typing` and `typing` need of the interpreter: the module `_types`. Floor 7.
//!
//! Invariant: a sealed class can't be changed by programs any more, as if it were written in Rust.

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Dict, Function, Str};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// The module `_types`.
pub static TYPES_NATIVE: ModuleDef = ModuleDef {
    name: "_types",
    doc: "Support of the modules types and typing.",
    functions: FUNCTIONS,
    init,
    source: "",
};

const FUNCTIONS: &[NativeDef] = &[
    function("seal(cls, module, base=False, /)", "Makes a class unchangeable, and says where it belongs.", seal),
    function("union(*members)", "The union of members, whatever they are.", |vm, args| Ok(vm.union_with(args.rest()))),
    function("caller_module(depth=0, /)", "Name of the module of the program that is running.", caller_module),
    function("make_parameters(args, /)", "The type parameters in arguments.", |vm, args| {
        vm.prelude_call("make_parameters", &[args[0]])
    }),
    function("substitute(alias, args, parameters, item, /)", "Arguments with parameters replaced.", |vm, args| {
        vm.prelude_call("substitute", &[args[0], args[1], args[2], args[3]])
    }),
    function("mark_for_patterns(cls, kind, /)", "The class counts as sequence or mapping in patterns.", |vm, args| {
        let sequence = vm.str_arg(args, 1, "kind must be str, not {}")?.as_str() == "sequence";
        if let Some(c) = args[0].cast::<Class>() {
            set_flags(c, if sequence { flag::SEQUENCE } else { flag::MAPPING });
        }
        vm.none()
    }),
    function("like_in_patterns(cls, other, /)", "The class counts in patterns as the other does.", |vm, args| {
        if let (Some(c), Some(other)) = (args[0].cast::<Class>(), args[1].cast::<Class>())
            && c.has(flag::HEAP)
        {
            set_flags(c, other.flags.get() & (flag::SEQUENCE | flag::MAPPING));
        }
        vm.none()
    }),
    function("globals_of(function, /)", "The namespace of a function.", |_, args| {
        Ok(args[0].cast::<Function>().map_or(Value::NONE, |f| f.globals.value()))
    }),
];

fn init(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let t = &vm.types;
    let named = [
        ("CoroutineType", t.coroutine),
        ("AsyncGeneratorType", t.async_generator),
        ("MethodWrapperType", t.method_wrapper),
        ("ClassMethodDescriptorType", t.classmethod_descriptor),
        ("FrameType", t.frame),
        ("TracebackType", t.traceback),
    ];
    for (name, class) in named {
        super::set(vm, dict, name, class.value());
    }
    Ok(())
}

/// Sets flags of a class and of those below it.
fn set_flags(class: Gc<Class>, bits: u32) {
    class.flags.set(class.flags.get() | bits);
    let below = class.subclasses.borrow().to_vec();
    for c in below {
        set_flags(c, bits);
    }
}

fn seal(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else { return vm.none() };
    let (module, qualname) = (vm.names.module, class.name.get());
    vm.set_class_attr(class, module, args[1]);
    class.qualname.set(qualname);
    if let Some(m) = args[1].cast::<Str>().filter(|m| m.as_str() != "builtins") {
        let full = vm.new_str(&format!("{}.{}", m.as_str(), class.own_name()));
        class.type_name.set(full);
    }
    class.set_flag(flag::IMMUTABLE, true);
    class.set_flag(flag::BASE, vm.truth_arg(args, 2, false)?);
    vm.none()
}

fn caller_module(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut depth = vm.clamped_arg(args, 0, 0)?;
    let t = &vm.threads.current;
    let name = vm.names.name;
    for f in t.frames.iter().rev() {
        let Some(code) = f.code.filter(|c| !c.code.source.hidden) else { continue };
        if depth > 0 {
            depth -= 1;
            continue;
        }
        let _ = code;
        let function = (f.base as usize).checked_sub(1).and_then(|i| t.stack.get(i)?.cast::<Function>());
        return Ok(function
            .and_then(|f| f.globals.get_str(name))
            .filter(|n| n.cast::<Str>().is_some())
            .unwrap_or(Value::NONE));
    }
    vm.none()
}
