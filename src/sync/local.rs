//! `threading.local`: attributes that each thread has its own of. Floor 7.
//!
//! The class is written in the language and hands every access over to these natives.
//!
//! Invariant: a thread's dict is made by that thread only.

use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::{Class, Dict, Native, NativeData, Str};
use crate::value::Value;
use crate::vm::binding::Setter;
use crate::vm::block::ThreadId;
use crate::vm::{Args, Ctl, Res, Vm};
use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::Bound;

/// Dicts by thread.
struct LocalData {
    dicts: HeapCell<BTreeMap<ThreadId, Value>>,
    /// Where the search for threads that have ended goes on.
    swept: Cell<ThreadId>,
}

/// Entries that each new one has looked at, so that what belongs to ended threads goes away again.
const SWEEP: usize = 4;

impl NativeData for LocalData {
    fn visit(&self, v: &mut dyn Visitor) {
        for (&t, &d) in self.dicts.borrow().iter() {
            v.data(t.0 as u64);
            v.value(d);
        }
    }
}

fn data<'a>(vm: &mut Vm, obj: Value) -> Option<&'a LocalData> {
    let name = vm.intern("_local__data");
    vm.own_attr(obj, name)?.cast::<Native>()?.data_ref::<LocalData>()
}

fn dict_of(vm: &mut Vm, obj: Value) -> Option<Gc<Dict>> {
    let me = vm.current_id();
    let data = data(vm, obj)?;
    let dict = data.dicts.borrow().get(&me).copied();
    dict?.cast::<Dict>()
}

fn own_dict(vm: &mut Vm, obj: Value) -> Res<Gc<Dict>> {
    match dict_of(vm, obj) {
        Some(d) => Ok(d),
        None => Err(vm.runtime_error("thread-local object was not made by local.__new__")),
    }
}

/// `_local_dict(obj)`.
pub fn dict(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(dict_of(vm, args[0]).map_or(Value::NONE, |d| d.value()))
}

/// `_local_new(obj)`.
pub fn new_dict(vm: &mut Vm, args: Args<'_>) -> Res {
    let me = vm.current_id();
    let d = vm.new_dict().value();
    if let Some(data) = data(vm, args[0]) {
        let mut dicts = data.dicts.borrow_mut();
        let mut at = data.swept.get();
        for _ in 0..SWEEP {
            let next = dicts.range((Bound::Excluded(at), Bound::Unbounded)).next().map(|(&t, _)| t);
            at = next.unwrap_or(ThreadId(0));
            if next.is_some_and(|t| vm.threads.get(t).is_none()) {
                dicts.remove(&at);
            }
        }
        data.swept.set(at);
        dicts.insert(me, d);
        return Ok(d);
    }
    let class = super::native_class(vm, "_localdata", "_thread", "sync.localdata", &[]);
    let data = vm.new_native(class, LocalData { dicts: HeapCell::new(BTreeMap::from([(me, d)])), swept: Cell::new(ThreadId(0)) }).value();
    let name = vm.intern("_local__data");
    vm.set_own_attr(args[0], name, data);
    Ok(d)
}

/// `_local_forget(obj)`: the running thread has no attributes any more.
pub fn forget(vm: &mut Vm, args: Args<'_>) -> Res {
    let me = vm.current_id();
    if let Some(data) = data(vm, args[0]) {
        data.dicts.borrow_mut().remove(&me);
    }
    Ok(Value::NONE)
}

fn name_arg(vm: &mut Vm, args: Args<'_>) -> Res<Gc<Str>> {
    let name = vm.str_arg(args, 1, "attribute name must be string, not '{}'")?;
    Ok(vm.intern_str(name))
}

/// `object.__getattribute__(obj, name)` with the running thread's attributes.
pub fn get(vm: &mut Vm, args: Args<'_>) -> Res {
    let obj = args[0];
    let name = name_arg(vm, args)?;
    let own = own_dict(vm, obj)?;
    if name == vm.names.dict {
        return Ok(own.value());
    }
    let class = vm.class_of(obj);
    let found = vm.lookup_class(class, name);
    if let Some(f) = found
        && vm.is_data_descriptor(f)
    {
        return bound(vm, f, obj, class, name);
    }
    if let Some(v) = own.get_str(name) {
        return Ok(v);
    }
    match found {
        Some(f) => bound(vm, f, obj, class, name),
        None => Err(missing(vm, obj, name)),
    }
}

/// The AttributeError, with the name that CPython's class has.
fn missing(vm: &mut Vm, obj: Value, name: Gc<Str>) -> Ctl {
    match vm.class_name(obj) {
        "_local" => {
            let message = format!("'_thread._local' object has no attribute '{}'", name.as_str());
            vm.attribute_error_for(obj, name.as_str(), &message)
        }
        _ => vm.no_attribute(obj, name.as_str()),
    }
}

fn bound(vm: &mut Vm, found: Value, obj: Value, class: Gc<Class>, name: Gc<Str>) -> Res {
    let attr = vm.bind(found, Some(obj), class);
    match vm.attr_value(obj, attr)? {
        Some(v) => Ok(v),
        None => Err(vm.no_attribute(obj, name.as_str())),
    }
}

/// `object.__setattr__(obj, name, value)` with the running thread's attributes.
pub fn set(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = name_arg(vm, args)?;
    let own = own_dict(vm, args[0])?;
    if name == vm.names.dict {
        let message = format!("'{}' object attribute '__dict__' is read-only", vm.class_name(args[0]));
        return Err(vm.attribute_error(message));
    }
    match vm.find_setter(args[0], name, false) {
        Setter::Call(f) => vm.tail_call(f, &[args[0], args[2]]),
        Setter::Descriptor { set, descr } => vm.tail_call(set, &[descr, args[0], args[2]]),
        Setter::Slot(m) => vm.set_member(args[0], m, args[2]).map(|()| Value::NONE),
        Setter::Plain | Setter::Native(_) | Setter::ReadOnly(_) => {
            own.set_str(name, args[2]);
            Ok(Value::NONE)
        }
    }
}

/// `object.__delattr__(obj, name)` with the running thread's attributes.
pub fn del(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = name_arg(vm, args)?;
    let own = own_dict(vm, args[0])?;
    match own.remove_str(name) {
        Some(_) => Ok(Value::NONE),
        None => Err(missing(vm, args[0], name)),
    }
}
