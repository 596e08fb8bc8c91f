//! Getting, setting and deleting attributes by name, as natives do it (`getattr`, `object.__setattr__` …). Floor 5.
//!
//! Invariant: nothing here runs code of the language; where a descriptor or a special method of the language is asked,
//! the call is handed over as [`Ctl::Call`].

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Dict, NativeFn, Record, RecordTag, Str, Tuple};
use crate::value::Value;
use crate::vm::attr::Get;
use crate::vm::binding::Attr;
use crate::vm::native::{CallReq, NativeDef, function};
use crate::vm::{Args, Ctl, Res, Vm};

impl Vm {
    /// The attribute name in argument `i`, interned. TypeError if it isn't a text.
    pub fn name_arg(&mut self, args: Args<'_>, i: usize) -> Res<Gc<Str>> {
        match args[i].cast::<Str>() {
            Some(s) => Ok(self.intern_str(s)),
            None => {
                let message = format!("attribute name must be string, not '{}'", self.class_name(args[i]));
                Err(self.type_error(message))
            }
        }
    }

    /// What [`Vm::bind`] gave, as a value; `None` where it is missing. Computed attributes that need the language come
    /// back as [`Ctl::Call`].
    pub fn attr_value(&mut self, obj: Value, attr: Attr) -> Res<Option<Value>> {
        match attr {
            Attr::Value(v) => Ok(Some(v)),
            Attr::Method(f) => Ok(Some(self.new_bound(f, obj))),
            Attr::Native(id) => self.call_native(id, &[obj]).map(Some),
            Attr::Getter(f) if f.is_none() => Err(self.attribute_error("property has no getter")),
            Attr::Getter(f) => self.tail_call(f, &[obj]),
            Attr::Descriptor { get, descr, instance, owner } => {
                let req = self.special_request(get, descr, &[instance, owner.value()])?;
                Err(Ctl::Call(Box::new(req)))
            }
            Attr::Foreign(m) => Err(self.foreign_receiver(m, obj)),
            Attr::Missing => Ok(None),
        }
    }

    /// `getattr(obj, name)`. Errors: AttributeError; [`Ctl::Call`] where the language computes it.
    pub fn get_attr(&mut self, obj: Value, name: Gc<Str>) -> Res {
        match self.attr_of(obj, name)? {
            Get::Value(v) => Ok(v),
            Get::Call(_) if self.class_of(obj).has(flag::USER_GETATTR) => {
                self.prelude_call("getattr_guarded", &[obj, name.value()])
            }
            Get::Call(req) | Get::Last(req) => Err(Ctl::Call(Box::new(req))),
        }
    }

    /// `object.__getattribute__(obj, name)` (or `type`'s, for classes): without `__getattr__`.
    pub fn plain_get_attr(&mut self, obj: Value, name: Gc<Str>) -> Res {
        match self.plain_attr_of(obj, name)? {
            Some(Get::Value(v)) => Ok(v),
            Some(Get::Call(req) | Get::Last(req)) => Err(Ctl::Call(Box::new(req))),
            None => Err(self.no_attribute_of(obj, name.as_str())),
        }
    }

    /// `setattr(obj, name, value)`; `Undef` deletes.
    pub fn set_attr(&mut self, obj: Value, name: Gc<Str>, value: Value) -> Res<()> {
        match self.assign_attr(obj, name, value)? {
            None => Ok(()),
            Some(req) => Err(Ctl::Call(Box::new(req))),
        }
    }

    /// `object.__setattr__(obj, name, value)` (or `type`'s, for classes); `Undef` deletes.
    pub fn plain_set_attr(&mut self, obj: Value, name: Gc<Str>, value: Value) -> Res<()> {
        match self.assign_plainly(obj, name, value)? {
            None => Ok(()),
            Some(req) => Err(Ctl::Call(Box::new(req))),
        }
    }

    /// The special method `name` of `obj`'s class, bound; `None` where there is none.
    pub fn bound_special(&mut self, obj: Value, name: Gc<Str>) -> Res<Option<Value>> {
        let class = self.class_of(obj);
        let Some(found) = self.lookup_class(class, name) else { return Ok(None) };
        let attr = self.bind(found, Some(obj), class);
        self.attr_value(obj, attr)
    }

    /// Calls `callee(*args, **kwargs)`: its result is the native's.
    pub fn tail_call_kw<T>(&mut self, callee: Value, args: &[Value], kwargs: Option<Gc<Dict>>) -> Res<T> {
        let mut req = CallReq::new(callee, args);
        if let Some(k) = kwargs.filter(|k| !k.is_empty()) {
            let entries = k.to_vec();
            let names: Vec<Value> = entries.iter().map(|e| e.key).collect();
            req.args.extend(entries.iter().map(|e| e.value));
            req.kwnames = self.new_tuple(&names);
        }
        Err(Ctl::Call(Box::new(req)))
    }
}

/// What `prelude/classes.thr` needs.
pub const INTRINSICS: &[NativeDef] = &[
    function("_special(obj, name, /)", "Special method of obj's class, bound; None if there is none.", special),
    function("_getattribute(obj, name, /)", "getattr without __getattr__.", getattribute),
    function(
        "_class_attribute(cls, name, /)",
        "Attribute along the order of cls, bound to the class.",
        class_attribute,
    ),
    function("_class_items(cls, /)", "Names and values of the class's own attributes.", class_items),
    function("_is_exact_instance(obj, cls, /)", "isinstance by the method resolution order alone.", is_exact),
    function("_members(cls, /)", "Members of a tuple or union of classes, else None.", members),
    function("_winning_metaclass(meta, bases, /)", "The most derived metaclass.", winning),
    function("_run_class_body(func, namespace, /)", "Runs a class body; gives its __class__ cell or None.", run_body),
];

fn special(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    Ok(vm.bound_special(args[0], name)?.unwrap_or(Value::NONE))
}

fn getattribute(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    let special = vm.names.getattribute;
    match vm.special(args[0], special).filter(|f| f.cast::<NativeFn>().is_none()) {
        Some(f) => {
            let req = vm.special_request(f, args[0], &[name.value()])?;
            Err(Ctl::Call(Box::new(req)))
        }
        None => vm.plain_get_attr(args[0], name),
    }
}

fn class_attribute(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    let class = vm.receiver::<Class>(args, "type")?;
    match vm.lookup_class(class, name) {
        Some(f) => {
            let attr = vm.bind(f, None, class);
            Ok(vm.attr_value(args[0], attr)?.unwrap_or(Value::NONE))
        }
        None => Ok(Value::NONE),
    }
}

fn class_items(vm: &mut Vm, args: Args<'_>) -> Res {
    let class = vm.receiver::<Class>(args, "type")?;
    let mut items = Vec::new();
    for e in class.dict.to_vec() {
        items.push(vm.new_tuple(&[e.key, e.value]));
    }
    Ok(vm.new_list(items))
}

fn is_exact(vm: &mut Vm, args: Args<'_>) -> Res {
    let is = args[1].cast::<Class>().is_some_and(|c| vm.is_instance(args[0], c));
    Ok(Value::bool(is))
}

fn members(_: &mut Vm, args: Args<'_>) -> Res {
    if args[0].cast::<Tuple>().is_some() {
        return Ok(args[0]);
    }
    match args[0].cast::<Record>() {
        Some(r) if r.tag == RecordTag::Union => Ok(r.field(0)),
        _ => Ok(Value::NONE),
    }
}

fn winning(vm: &mut Vm, args: Args<'_>) -> Res {
    let (Some(meta), Some(bases)) = (args[0].cast::<Class>(), args[1].cast::<Tuple>()) else { return Ok(args[0]) };
    Ok(vm.winning_metaclass(meta, bases.items())?.value())
}

fn run_body(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.tail_call(args[0], &[args[1]])
}
