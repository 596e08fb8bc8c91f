//! What `prelude/text.thr` needs to show objects whose parts are shown by code of the language. Floor 5.
//!
//! Invariant: what is being shown is noted by thread, so that threads don't take each other's for a cycle.

use super::text_records::str_or;
use crate::heap::Gc;
use crate::object::{Dict, RecordTag, Str, Tuple, View};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Res, Vm};

/// What `prelude/text.thr` needs.
pub const INTRINSICS: &[NativeDef] = &[
    function("_repr_enter(obj, /)", "Whether obj is being shown by this thread already; from now on it is.", enter),
    function("_repr_leave(obj, /)", "obj is no longer being shown.", leave),
    function("_plain_items(obj, /)", "Items of a built-in collection as a list, ignoring __iter__.", plain_items),
    function("_plain_pairs(obj, /)", "Keys and values of a dict as a list of pairs, ignoring items().", plain_pairs),
    function("_fields(obj, /)", "Name and fields of a small built-in object, for repr.", fields),
    function("_text_kind(obj, /)", "Brackets of a collection's repr.", text_kind),
];

/// The list of what the running thread is showing.
fn shown(vm: &mut Vm) -> Gc<Dict> {
    match vm.module_state.get("repr.active").and_then(|v| v.cast::<Dict>()) {
        Some(d) => d,
        None => {
            let d = vm.new_dict();
            vm.module_state.insert("repr.active", d.value());
            d
        }
    }
}

fn shown_key(vm: &mut Vm, obj: Value) -> Gc<Str> {
    let key = format!("{} {}", vm.current_id().0, vm.id(obj));
    match vm.new_str(&key).cast::<Str>() {
        Some(s) => s,
        None => vm.names.empty,
    }
}

fn enter(vm: &mut Vm, args: Args<'_>) -> Res {
    let (d, key) = (shown(vm), shown_key(vm, args[0]));
    if d.get_str(key).is_some() {
        return Ok(Value::TRUE);
    }
    d.set_str(key, args[0]);
    Ok(Value::FALSE)
}

fn leave(vm: &mut Vm, args: Args<'_>) -> Res {
    let (d, key) = (shown(vm), shown_key(vm, args[0]));
    d.remove_str(key);
    vm.none()
}

fn plain_items(vm: &mut Vm, args: Args<'_>) -> Res {
    let items = match args[0].view() {
        View::List(l) => l.to_vec(),
        View::Tuple(t) => t.items().to_vec(),
        View::Set(s) => s.to_vec().iter().map(|&(k, _)| k).collect(),
        View::Dict(d) => d.to_vec().iter().map(|e| e.key).collect(),
        View::Exception(e) => e.args.get().cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec()),
        _ => Vec::new(),
    };
    Ok(vm.new_list(items))
}

fn plain_pairs(vm: &mut Vm, args: Args<'_>) -> Res {
    let entries = args[0].cast::<Dict>().map_or(Vec::new(), |d| d.to_vec());
    let pairs: Vec<Value> = entries.iter().map(|e| vm.new_tuple(&[e.key, e.value])).collect();
    Ok(vm.new_list(pairs))
}

fn text_kind(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = args[0];
    let (open, close) = match v.view() {
        View::Tuple(t) if t.len() == 1 => ("(".to_owned(), ",)"),
        View::Tuple(_) => ("(".to_owned(), ")"),
        View::Set(s) if s.class() == vm.types.set => ("{".to_owned(), "}"),
        View::Set(_) => (format!("{}({{", vm.class_name(v)), "})"),
        _ => ("[".to_owned(), "]"),
    };
    let pair = [vm.new_str(&open), vm.new_str(close)];
    Ok(vm.new_tuple(&pair))
}

fn fields(vm: &mut Vm, args: Args<'_>) -> Res {
    let v = args[0];
    let (name, items) = match v.view() {
        View::Record(r) => match r.tag {
            RecordTag::DictKeys | RecordTag::DictValues | RecordTag::DictItems => {
                let entries = r.field(0).cast::<Dict>().map_or(Vec::new(), |d| d.to_vec());
                let items: Vec<Value> = match r.tag {
                    RecordTag::DictKeys => entries.iter().map(|e| e.key).collect(),
                    RecordTag::DictValues => entries.iter().map(|e| e.value).collect(),
                    _ => entries.iter().map(|e| vm.new_tuple(&[e.key, e.value])).collect(),
                };
                (vm.class_name(v).to_owned(), vec![vm.new_list(items)])
            }
            RecordTag::StaticMethod | RecordTag::ClassMethod => (format!("<{}", vm.class_name(v)), vec![r.field(0)]),
            RecordTag::MappingProxy => ("mappingproxy".to_owned(), vec![r.field(0)]),
            RecordTag::GenericAlias => ("[".to_owned(), vec![r.field(0), r.field(1)]),
            RecordTag::Union => ("|".to_owned(), vec![r.field(0)]),
            _ => (vm.class_name(v).to_owned(), r.items().iter().map(|c| c.get()).take(3).collect()),
        },
        View::BoundMethod(m) => {
            let name = match m.func.view() {
                View::Function(f) => str_or(f.qualname.get()).to_owned(),
                View::NativeFn(_) => vm.callable_name(m.func),
                _ => String::new(),
            };
            (name, vec![m.receiver, m.func])
        }
        _ => (vm.class_name(v).to_owned(), Vec::new()),
    };
    let name = vm.new_str(&name);
    let items = vm.new_tuple(&items);
    Ok(vm.new_tuple(&[name, items]))
}
