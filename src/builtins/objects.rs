//! Built-in functions on objects and classes: `isinstance`, `callable`, `repr`, `id` … Floor 7.
//!
//! Invariant: `__instancecheck__` and `__subclasscheck__` of the language are called by the prelude only.

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Record, RecordTag, Tuple};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Res, Vm};

/// The functions of this file.
pub const FUNCTIONS: &[NativeDef] = &[
    function(
        "isinstance(obj, class_or_tuple, /)",
        "Whether an object is an instance of a class or of a subclass.",
        isinstance,
    ),
    function(
        "issubclass(cls, class_or_tuple, /)",
        "Whether a class is derived from another or is the same.",
        issubclass,
    ),
    function("callable(obj, /)", "Whether the object can be called.", callable),
    function("repr(obj, /)", "The printable form of an object.", repr),
    function("id(obj, /)", "The identity of an object.", id),
    function("__build_class__(func, name, /, *bases, **kwds)", "What the class statement calls.", build_class),
    function("help(object=None, /)", "Shows what is known of an object.", help),
];

fn isinstance(vm: &mut Vm, args: Args<'_>) -> Res {
    match quick_instance(vm, args[0], args[1]) {
        Some(b) => Ok(Value::bool(b)),
        None => vm.prelude_call("isinstance_slow", &[args[0], args[1]]),
    }
}

/// `isinstance` where no code of the language is asked; `None` otherwise.
fn quick_instance(vm: &mut Vm, obj: Value, of: Value) -> Option<bool> {
    if let Some(c) = of.cast::<Class>() {
        let class = vm.class_of(obj);
        if class == c {
            return Some(true);
        }
        if c.class() != vm.types.type_ {
            return plain_check(vm, c, "__instancecheck__").then(|| class.is_subclass(c));
        }
        if class.is_subclass(c) {
            return Some(true);
        }
        // A proxy may claim another class by a `__class__` of its own.
        let name = vm.names.class;
        let object = vm.types.object;
        let asks = class.has(flag::USER_GETATTRIBUTE);
        if class.has(flag::HEAP) && (asks || vm.lookup_class(class, name) != vm.lookup_class(object, name)) {
            return match vm.get_attr(obj, name) {
                Ok(claimed) => Some(claimed.cast::<Class>().is_some_and(|k| k.is_subclass(c))),
                // A property: the prelude asks it.
                Err(crate::vm::Ctl::Call(_)) => None,
                Err(_) => Some(false),
            };
        }
        return Some(false);
    }
    let members = members(of)?;
    for &m in members.items() {
        // Tuples in tuples are left to the prelude, whose recursion is limited.
        if m.cast::<Tuple>().is_some() {
            return None;
        }
        if quick_instance(vm, obj, m)? {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether the metaclass of `c` has `type`'s own check.
fn plain_check(vm: &mut Vm, c: Gc<Class>, name: &str) -> bool {
    let name = vm.intern(name);
    let type_ = vm.types.type_;
    vm.lookup_class(c.class(), name) == vm.lookup_class(type_, name)
}

fn members(of: Value) -> Option<Gc<Tuple>> {
    if let Some(t) = of.cast::<Tuple>() {
        return Some(t);
    }
    let r = of.cast::<Record>()?;
    if r.tag == RecordTag::Union { r.field(0).cast::<Tuple>() } else { None }
}

fn issubclass(vm: &mut Vm, args: Args<'_>) -> Res {
    match quick_subclass(vm, args[0], args[1]) {
        Some(b) => Ok(Value::bool(b)),
        None => vm.prelude_call("issubclass_slow", &[args[0], args[1]]),
    }
}

fn quick_subclass(vm: &mut Vm, class: Value, of: Value) -> Option<bool> {
    let c = class.cast::<Class>()?;
    if let Some(of) = of.cast::<Class>() {
        return plain_check(vm, of, "__subclasscheck__").then(|| c.is_subclass(of));
    }
    let members = members(of)?;
    for &m in members.items() {
        if m.cast::<Tuple>().is_some() {
            return None;
        }
        if quick_subclass(vm, class, m)? {
            return Some(true);
        }
    }
    Some(false)
}

fn callable(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::bool(vm.is_callable(args[0])))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.repr_value(args[0])
}

fn id(vm: &mut Vm, args: Args<'_>) -> Res {
    let id = vm.id(args[0]);
    Ok(vm.new_int(id as i64))
}

fn build_class(vm: &mut Vm, args: Args<'_>) -> Res {
    if args[0].cast::<crate::object::Function>().is_none() {
        return Err(vm.type_error("__build_class__: func must be a function"));
    }
    if args[1].cast::<crate::object::Str>().is_none() {
        return Err(vm.type_error("__build_class__: name is not a string"));
    }
    let bases = vm.new_tuple(args.rest());
    let kwargs = args.kwargs().map_or(Value::NONE, |k| k.value());
    vm.prelude_call("build_class", &[args[0], args[1], bases, kwargs])
}

fn help(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(obj) = args.get(0) else {
        return vm.write_stdout("Type help(object) for help about object.\n");
    };
    let name = vm.names.doc;
    let doc = match vm.get_attr(obj, name) {
        Ok(v) => v.cast::<crate::object::Str>().map_or(String::new(), |s| s.as_str().to_owned()),
        Err(_) => String::new(),
    };
    let title = match vm.signature_text(obj) {
        Some(s) => s,
        None => {
            let mut out = String::new();
            vm.pure_repr(obj, &mut out)?;
            out
        }
    };
    let mut text = format!("{title}\n");
    for line in doc.lines() {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    vm.write_stdout(&text)
}

impl Vm {
    /// Name and parameters of a native function, as `help()` shows them.
    pub fn signature_text(&self, v: Value) -> Option<String> {
        let f = v.cast::<crate::object::NativeFn>()?;
        self.natives.get(f.id as usize).map(|e| e.def.text.to_owned())
    }
}
