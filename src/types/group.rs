//! `BaseExceptionGroup` and `ExceptionGroup`. Floor 7.
//!
//! Invariant: a group's second argument is a sequence of exceptions, checked when it was made; `exceptions` is a tuple
//! kept among its attributes.

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Exception, Str, Tuple, View};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute_rw, class_method, function, method, new};
use crate::vm::{Args, Res, Vm};

/// Methods of `BaseExceptionGroup`.
pub const METHODS: &[NativeDef] = &[
    new("__new__(cls, *args)", "Create a group of exceptions.", group_new),
    method("__init__(self, *args, **kwargs)", "Initialize self.", init),
    attribute_rw("message", "the message", message, read_only),
    attribute_rw("exceptions", "the exceptions", exceptions, read_only),
    method("__str__(self, /)", "Return str(self).", str_),
    method("derive(self, excs, /)", "A group of the same message with other exceptions.", derive),
    method("subgroup(self, matcher_value, /)", "The part that matches, or None.", subgroup),
    method("split(self, matcher_value, /)", "The part that matches, and the rest.", split),
    class_method("__class_getitem__(cls, object, /)", "Generic alias.", class_getitem),
];

/// What `prelude/groups.thr` needs.
pub const INTRINSICS: &[NativeDef] = &[function(
    "_copy_exception_info(source, target, /)",
    "Traceback, cause, context and notes of another.",
    copy_info,
)];

/// Registers the table.
pub fn install(vm: &mut Vm) {
    let class = vm.types.BaseExceptionGroup;
    vm.install_methods(class, METHODS);
}

fn group_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut class = vm.receiver::<Class>(args, "type")?;
    let &[text, list] = args.rest() else {
        let n = args.rest().len();
        return Err(vm.type_error(format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({n} given)")));
    };
    if text.cast::<Str>().is_none() {
        let message = format!("BaseExceptionGroup.__new__() argument 1 must be str, not {}", vm.class_name(text));
        return Err(vm.type_error(message));
    }
    let items = match list.view() {
        View::List(l) => l.to_vec(),
        View::Tuple(t) => t.items().to_vec(),
        _ => return Err(vm.type_error("second argument (exceptions) must be a sequence")),
    };
    if items.is_empty() {
        return Err(vm.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    let mut all_plain = true;
    for (i, &e) in items.iter().enumerate() {
        if e.cast::<Exception>().is_none() {
            return Err(vm.value_error(format!("Item {i} of second argument (exceptions) is not an exception")));
        }
        all_plain &= vm.is_instance(e, vm.types.Exception);
    }
    if class == vm.types.BaseExceptionGroup {
        if all_plain {
            class = vm.types.ExceptionGroup;
        }
    } else if !all_plain && class.is_subclass(vm.types.Exception) {
        return Err(if class == vm.types.ExceptionGroup {
            vm.type_error("Cannot nest BaseExceptions in an ExceptionGroup")
        } else {
            let name = class.name_str();
            vm.type_error(format!("Cannot nest BaseExceptions in '{name}'"))
        });
    }
    let exc = vm.new_exception(class, &[text, list]);
    let tuple = vm.new_tuple(&items);
    let key = vm.intern(".exceptions");
    vm.set_exc_field(exc, key, tuple);
    Ok(exc)
}

fn init(vm: &mut Vm, args: Args<'_>) -> Res {
    if args.kwargs().is_some_and(|k| !k.is_empty()) {
        let message = format!("{}() takes no keyword arguments", vm.class_name(args[0]));
        return Err(vm.type_error(message));
    }
    vm.none()
}

fn this(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Exception>> {
    vm.receiver::<Exception>(args, "BaseExceptionGroup")
}

fn message(vm: &mut Vm, args: Args<'_>) -> Res {
    let e = this(vm, args)?;
    Ok(e.args.get().cast::<Tuple>().and_then(|t| t.items().first().copied()).unwrap_or(Value::NONE))
}

impl Vm {
    /// The exceptions of a group, empty for other exceptions.
    pub fn group_exceptions(&mut self, exc: Value) -> Vec<Value> {
        if !self.is_instance(exc, self.types.BaseExceptionGroup) {
            return Vec::new();
        }
        let key = self.intern(".exceptions");
        match self.exc_field(exc, key).and_then(|v| v.cast::<Tuple>()) {
            Some(t) => t.items().to_vec(),
            None => super::exception::group_members(exc),
        }
    }
}

fn read_only(vm: &mut Vm, _: Args<'_>) -> Res {
    Err(vm.attribute_error("readonly attribute"))
}

fn exceptions(vm: &mut Vm, args: Args<'_>) -> Res {
    let items = vm.group_exceptions(args[0]);
    Ok(vm.new_tuple(&items))
}

fn str_(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = vm.group_exceptions(args[0]).len();
    let text = message(vm, args)?;
    let text = text.cast::<Str>().map_or("", |s| s.as_str());
    let s = if n == 1 { "" } else { "s" };
    Ok(vm.new_str(&format!("{text} ({n} sub-exception{s})")))
}

fn derive(vm: &mut Vm, args: Args<'_>) -> Res {
    let text = message(vm, args)?;
    let class = vm.types.BaseExceptionGroup.value();
    vm.tail_call(class, &[text, args[1]])
}

fn check_matcher(vm: &mut Vm, v: Value) -> Res<()> {
    let is_class = |v: Value| v.cast::<Class>().is_some_and(|c| c.has(flag::EXCEPTION));
    let tuple = v.cast::<Tuple>().is_some_and(|t| t.items().iter().all(|&c| is_class(c)));
    if is_class(v) || tuple || (v.cast::<Class>().is_none() && vm.is_callable(v)) {
        return Ok(());
    }
    Err(vm.type_error("expected an exception type, a tuple of exception types, or a callable (other than a class)"))
}

fn subgroup(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    check_matcher(vm, args[1])?;
    vm.prelude_call("group_subgroup", &[args[0], args[1]])
}

fn split(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    check_matcher(vm, args[1])?;
    vm.prelude_call("group_split", &[args[0], args[1]])
}

fn class_getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.generic_alias(args[0], args[1])
}

fn copy_info(vm: &mut Vm, args: Args<'_>) -> Res {
    let (Some(from), Some(to)) = (args[0].cast::<Exception>(), args[1].cast::<Exception>()) else {
        return vm.none();
    };
    let tb = vm.traceback_of(args[0]);
    super::traceback::set_on_exception(to, tb);
    to.cause.set(from.cause.get());
    to.context.set(from.context.get());
    to.suppress_context.set(from.suppress_context.get());
    let notes = vm.names.notes;
    if let Some(n) = vm.exc_attr(args[0], notes) {
        let copy = match n.cast::<crate::object::List>() {
            Some(l) => vm.new_list(l.to_vec()),
            None => n,
        };
        vm.set_exc_attr(args[1], notes, copy);
    }
    vm.none()
}
