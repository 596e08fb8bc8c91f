//! Getting, setting and deleting attributes by name, as natives do it (`getattr`, `object.__setattr__` …). Floor 5.
//!
//! Invariant: nothing here runs code of the language; where a descriptor or a special method of the language is asked,
//! the call is handed over as [`Ctl::Call`].

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Dict, Module, NativeFn, Record, RecordTag, Str, Tuple};
use crate::value::Value;
use crate::vm::lookup::{Attr, Setter};
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

    /// What [`Vm::find_attr`] found, as a value; `None` where it is missing. Computed attributes that need the language
    /// come back as [`Ctl::Call`].
    pub fn attr_value(&mut self, obj: Value, attr: Attr) -> Res<Option<Value>> {
        match attr {
            Attr::Value(v) => Ok(Some(v)),
            Attr::Method(f) => Ok(Some(self.new_bound(f, obj))),
            Attr::Native(id) => self.call_native(id, &[obj]).map(Some),
            Attr::Getter(f) if f.is_none() => Err(self.attribute_error("property has no getter")),
            Attr::Getter(f) => self.tail_call(f, &[obj]),
            Attr::Descriptor { get, descr, instance, owner } => self.tail_call(get, &[descr, instance, owner.value()]),
            Attr::Missing => Ok(None),
        }
    }

    /// `getattr(obj, name)`. Errors: AttributeError; [`Ctl::Call`] where the language computes it.
    pub fn get_attr(&mut self, obj: Value, name: Gc<Str>) -> Res {
        let class = self.class_of(obj);
        let guarded = class.has(flag::USER_GETATTR);
        if class.has(flag::USER_GETATTRIBUTE) {
            return match guarded {
                true => self.prelude_call("getattr_guarded", &[obj, name.value()]),
                false => self.user_getattribute(obj, name),
            };
        }
        let found = self.find_attr(obj, name);
        if guarded && matches!(found, Attr::Getter(_) | Attr::Descriptor { .. } | Attr::Native(_)) {
            return self.prelude_call("getattr_guarded", &[obj, name.value()]);
        }
        if let Attr::Getter(f) = found
            && f.is_none()
        {
            return Err(self.no_accessor(obj, name, "getter"));
        }
        match self.attr_value(obj, found)? {
            Some(v) => Ok(v),
            None => self.missing_attr(obj, name),
        }
    }

    /// What becomes of an attribute that isn't there: `__getattr__` of the class or the module, or an AttributeError.
    pub fn missing_attr(&mut self, obj: Value, name: Gc<Str>) -> Res {
        let getattr = self.names.getattr;
        if self.class_of(obj).has(flag::USER_GETATTR)
            && let Some(f) = self.special(obj, getattr)
        {
            return self.tail_call(f, &[obj, name.value()]);
        }
        if let Some(m) = obj.cast::<Module>()
            && let Some(f) = m.dict.get_str(getattr)
        {
            return self.tail_call(f, &[name.value()]);
        }
        Err(self.no_attribute_of(obj, name.as_str()))
    }

    /// As [`Vm::no_attribute`]; knows `super` objects.
    pub fn no_attribute_of(&mut self, obj: Value, name: &str) -> Ctl {
        if let Some(r) = obj.cast::<Record>()
            && r.tag == RecordTag::Super
        {
            let message = format!("'super' object has no attribute '{name}'");
            return self.attribute_error_for(obj, name, &message);
        }
        self.no_attribute(obj, name)
    }

    fn user_getattribute(&mut self, obj: Value, name: Gc<Str>) -> Res {
        let getattribute = self.names.getattribute;
        match self.special(obj, getattribute) {
            Some(f) if f.cast::<NativeFn>().is_none() => self.tail_call(f, &[obj, name.value()]),
            _ => self.plain_get_attr(obj, name),
        }
    }

    /// `object.__getattribute__(obj, name)` (or `type`'s, for classes): without `__getattr__`.
    pub fn plain_get_attr(&mut self, obj: Value, name: Gc<Str>) -> Res {
        let found = self.find_attr(obj, name);
        if let Attr::Getter(f) = found
            && f.is_none()
        {
            return Err(self.no_accessor(obj, name, "getter"));
        }
        match self.attr_value(obj, found)? {
            Some(v) => Ok(v),
            None => Err(self.no_attribute_of(obj, name.as_str())),
        }
    }

    /// `setattr(obj, name, value)`; `Undef` deletes.
    pub fn set_attr(&mut self, obj: Value, name: Gc<Str>, value: Value) -> Res<()> {
        if self.class_of(obj).has(flag::USER_SETATTR) {
            let special = if value.is_undef() { self.names.delattr } else { self.names.setattr };
            if let Some(f) = self.special(obj, special)
                && f.cast::<NativeFn>().is_none()
            {
                return match value.is_undef() {
                    true => self.tail_call(f, &[obj, name.value()]),
                    false => self.tail_call(f, &[obj, name.value(), value]),
                };
            }
        }
        self.plain_set_attr(obj, name, value)
    }

    /// `object.__setattr__(obj, name, value)` (or `type`'s, for classes); `Undef` deletes.
    pub fn plain_set_attr(&mut self, obj: Value, name: Gc<Str>, value: Value) -> Res<()> {
        let delete = value.is_undef();
        match self.find_setter(obj, name, delete) {
            Setter::Native(id) => self.call_native(id, &[obj, value]).map(|_| ()),
            Setter::Call(f) if delete => self.tail_call(f, &[obj]),
            Setter::Call(f) => self.tail_call(f, &[obj, value]),
            Setter::Descriptor { set, descr } if delete => self.tail_call(set, &[descr, obj]),
            Setter::Descriptor { set, descr } => self.tail_call(set, &[descr, obj, value]),
            Setter::ReadOnly(what) => Err(self.no_accessor(obj, name, what)),
            Setter::Plain => self.store_attr(obj, name, value),
        }
    }

    fn store_attr(&mut self, obj: Value, name: Gc<Str>, value: Value) -> Res<()> {
        if let Some(c) = obj.cast::<Class>() {
            if c.has(flag::IMMUTABLE) {
                let full = self.full_name(c);
                let message = format!("cannot set '{}' attribute of immutable type '{full}'", name.as_str());
                return Err(self.type_error(message));
            }
            return match self.set_class_attr(c, name, value) {
                true => Ok(()),
                false => Err(self.no_attribute(obj, name.as_str())),
            };
        }
        let done = if value.is_undef() { self.del_own_attr(obj, name) } else { self.set_own_attr(obj, name, value) };
        if done {
            return Ok(());
        }
        Err(self.cannot_set(obj, name, value.is_undef()))
    }

    /// The error of setting (or deleting) an attribute of an object that can't have it.
    pub fn cannot_set(&mut self, obj: Value, name: Gc<Str>, delete: bool) -> Ctl {
        let class = self.class_of(obj);
        let text = name.as_str();
        let found = self.lookup_class(class, name);
        if found.is_some_and(|f| f.cast::<Record>().is_some_and(|r| r.tag == RecordTag::Member)) {
            return self.attribute_error_for(obj, text, text);
        }
        if found.is_some() && !class.has(flag::HAS_DICT) {
            let message = format!("'{}' object attribute '{text}' is read-only", class.name_str());
            return self.attribute_error_for(obj, text, &message);
        }
        if delete || class.has(flag::HAS_DICT) {
            return self.no_attribute(obj, text);
        }
        let message = format!(
            "'{}' object has no attribute '{text}' and no __dict__ for setting new attributes",
            class.name_str()
        );
        self.attribute_error_for(obj, text, &message)
    }

    /// The error of a property without getter, setter or deleter (`what`), or of another read-only attribute (`""`).
    pub fn no_accessor(&mut self, obj: Value, name: Gc<Str>, what: &str) -> Ctl {
        let class = self.class_of(obj);
        let found = self.lookup_class(class, name);
        let message = match found.and_then(|f| f.cast::<Record>()) {
            Some(r) if r.tag == RecordTag::Property => {
                let qualname = class.qualname.get().cast::<Str>().map_or("?", |s| s.as_str());
                match r.field(4).cast::<Str>() {
                    Some(n) => format!("property '{}' of '{qualname}' object has no {what}", n.as_str()),
                    None => format!("property of '{qualname}' object has no {what}"),
                }
            }
            Some(r) if r.tag == RecordTag::Member => {
                let owner = r.field(0).cast::<Class>().map_or("?", |c| c.name_str());
                format!("attribute '{}' of '{owner}' objects is not writable", name.as_str())
            }
            _ => what.to_owned(),
        };
        self.attribute_error(message)
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
    function("_check_class_cell(cell, cls, name, /)", "The __class__ cell must be filled by now.", check_cell),
];

fn special(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    Ok(vm.bound_special(args[0], name)?.unwrap_or(Value::NONE))
}

fn getattribute(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = vm.name_arg(args, 1)?;
    vm.user_getattribute(args[0], name)
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

fn check_cell(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(cell) = args[0].cast::<crate::object::func::Cell>() else { return vm.none() };
    let name = args[2].cast::<Str>().map_or("?", |s| s.as_str());
    if cell.value.get().is_undef() {
        let message = format!(
            "__class__ not set defining '{name}' as {}. Was __classcell__ propagated to type.__new__?",
            args[1].cast::<Class>().map_or(String::new(), |c| format!("<class '{}'>", vm.full_name(c)))
        );
        return Err(vm.runtime_error(message));
    }
    vm.none()
}
