//! `weakref`: references that don't keep their object; dictionaries and such over them are in `weakref.thr`. Floor 7.
//!
//! CPython frees most objects as soon as nobody refers to them, and its programs look at once whether one is gone. Here only a
//! collection can tell. So looking at a reference whose object seems to be there collects first, as long as there is
//! credit: some is there at the beginning, and more comes with the work that the program does.

use super::set;
use crate::heap::{Gc, Header, Kind};
use crate::object::class::flag;
use crate::object::{Class, Dict, Native, WeakData};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, class_method, function, method, new};
use crate::vm::{Args, ModuleDef, Res, Vm};

/// Collections that references may ask for before the program has done much.
const FIRST_CREDIT: u64 = 100;

/// The module.
pub static WEAKREF: ModuleDef = ModuleDef {
    name: "weakref",
    doc: "References that don't keep their object.",
    functions: &[
        function("getweakrefcount(object, /)", "The number of weak references to an object.", count),
        function("_getweakrefs(object, /)", "All weak references to an object.", all),
        function("_fresh()", "A collection, if there is credit for one.", fresh),
    ],
    init,
    source: include_str!("weakref.thr"),
};

/// Natives for the prelude.
pub const INTRINSICS: &[NativeDef] = &[
    function("_weak_due()", "A collection at the next safepoint.", collect),
    function("_weak_target(ref, /)", "The object of a reference, or None.", target),
    function("_weak_callback(ref, /)", "What is to be called for a reference.", pending_callback),
    function("_weak_set_hash(ref, hash, /)", "Keeps the hash of a reference's object.", set_hash),
];

fn init(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let class = class(vm);
    set(vm, dict, "ref", class.value());
    set(vm, dict, "ReferenceType", class.value());
    Ok(())
}

fn class(vm: &mut Vm) -> Gc<Class> {
    let key = "weakref.ref";
    if let Some(class) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let class = vm.new_native_class("ReferenceType", "weakref", &[], Kind::Native, flag::BASE);
    vm.install_methods(class, METHODS);
    vm.module_state.insert(key, class.value());
    class
}

fn weak_of<'a>(v: Value) -> Option<&'a WeakData> {
    v.cast::<Native>()?.data_ref::<WeakData>()
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a WeakData> {
    vm.native_receiver::<WeakData>(args, "weakref.ReferenceType")
}

fn ref_new(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(class) = args[0].cast::<Class>() else {
        return Err(vm.type_error("ReferenceType.__new__(X): X is not a type object"));
    };
    let callback = args.get(2).unwrap_or(Value::NONE);
    let of = vm.class_of(args[1]);
    let object = args[1].as_object().filter(|o| of.has(flag::HAS_WEAKREF) || o.kind() == Kind::Native);
    let Some(object) = object else {
        let message = format!("cannot create weak reference to '{}' object", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    };
    let plain = self::class(vm);
    if callback.is_none() && class == plain {
        // References without callback are shared.
        let shared = vm.heap.weak_to(object).iter().find(|r| {
            let data = weak_of(r.value());
            vm.class_of(r.value()) == plain && data.is_some_and(|w| w.callback.get().is_none())
        });
        if let Some(&r) = shared {
            return Ok(r.value());
        }
    }
    let n = vm.module_state.get("weakref.count").and_then(|v| v.as_int()).unwrap_or(0);
    vm.module_state.insert("weakref.count", Value::small(n + 1));
    let r = vm.new_native(class, WeakData::new(args[1], callback, n as u64));
    vm.heap.add_weak(object, r.header());
    Ok(r.value())
}

fn init_ref(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::NONE)
}

/// Whether a collection now can be afforded.
fn affordable(vm: &mut Vm) -> bool {
    let stats = vm.heap.stats();
    // Work of about as many ticks as there are objects pays for a collection.
    let earned = FIRST_CREDIT + vm.ticks() / (stats.live_objects + 1000);
    if vm.weak_credit >= earned {
        return false;
    }
    vm.weak_credit += 1;
    true
}

fn call(vm: &mut Vm, args: Args<'_>) -> Res {
    let w = this(vm, args)?;
    match w.target() {
        Some(_) if affordable(vm) => vm.prelude_call("weakref_target", &[args[0]]),
        Some(v) => Ok(v),
        None => Ok(Value::NONE),
    }
}

fn target(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(weak_of(args[0]).and_then(WeakData::target).unwrap_or(Value::NONE))
}

fn pending_callback(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(weak_of(args[0]).map_or(Value::NONE, |w| w.callback.get()))
}

fn collect(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.heap.due = true;
    vm.heap.interrupt();
    Ok(Value::NONE)
}

fn fresh(vm: &mut Vm, args: Args<'_>) -> Res {
    if affordable(vm) { collect(vm, args) } else { Ok(Value::NONE) }
}

fn set_hash(_: &mut Vm, args: Args<'_>) -> Res {
    if let Some(w) = weak_of(args[0]) {
        w.hash.set(args[1].as_int());
    }
    Ok(args[1])
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let w = this(vm, args)?;
    if let Some(h) = w.hash.get() {
        return Ok(vm.new_int(h));
    }
    match w.target() {
        Some(v) => vm.prelude_call("weakref_hash", &[args[0], v]),
        None => Err(vm.type_error("weak object has gone away")),
    }
}

fn same(vm: &mut Vm, args: Args<'_>, equal: bool) -> Res {
    let (Some(a), Some(b)) = (weak_of(args[0]), weak_of(args[1])) else { return Ok(Value::NOT_IMPLEMENTED) };
    match (a.target(), b.target()) {
        (Some(x), Some(y)) => vm.prelude_call(if equal { "weakref_eq" } else { "weakref_ne" }, &[x, y]),
        _ => Ok(Value::bool((args[0] == args[1]) == equal)),
    }
}

fn eq(vm: &mut Vm, args: Args<'_>) -> Res {
    same(vm, args, true)
}
fn ne(vm: &mut Vm, args: Args<'_>) -> Res {
    same(vm, args, false)
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let w = this(vm, args)?;
    let own = vm.id(args[0]);
    match w.target() {
        None => Ok(vm.new_str(&format!("<weakref at 0x{own:x}; dead>"))),
        Some(v) => {
            let id = vm.id(v);
            let class = vm.class_name(v);
            let text = vm.new_str(&format!("<weakref at 0x{own:x}; to '{class}' at 0x{id:x}"));
            vm.prelude_call("weakref_repr", &[text, v])
        }
    }
}

fn callback(vm: &mut Vm, args: Args<'_>) -> Res {
    let w = this(vm, args)?;
    Ok(if w.target().is_some() { w.callback.get() } else { Value::NONE })
}

fn itself(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0])
}

fn class_getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("re_alias", &[args[0], args[1]])
}

fn references(vm: &Vm, v: Value) -> Vec<Value> {
    let of = |o: Gc<Header>| vm.heap.weak_to(o).iter().map(|r| r.value()).collect();
    v.as_object().map(of).unwrap_or_default()
}

fn count(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(references(vm, args[0]).len() as i64))
}

fn all(vm: &mut Vm, args: Args<'_>) -> Res {
    let found = references(vm, args[0]);
    Ok(vm.new_list(found))
}

const METHODS: &[NativeDef] = &[
    new("__new__(cls, object, callback=None, /, *args, **kwargs)", "A weak reference.", ref_new),
    method("__init__(self, object, callback=None, /)", "Initialize self.", init_ref),
    method("__call__(self, /)", "The object, or None.", call),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__eq__(self, value, /)", "Return self==value.", eq),
    method("__ne__(self, value, /)", "Return self!=value.", ne),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__copy__(self, /)", "The reference itself.", itself),
    method("__deepcopy__(self, memo, /)", "The reference itself.", itself),
    class_method("__class_getitem__(cls, item, /)", "See PEP 585.", class_getitem),
    attribute("__callback__", "What is called when the object is gone.", callback),
];
