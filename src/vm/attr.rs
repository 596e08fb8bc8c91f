//! Getting, setting and deleting attributes: the one general path, for instructions and natives alike. Floor 5.
//!
//! Invariant: nothing here runs code of the language; where it computes the attribute, the answer is the call to make.
//! Whoever asks decides what becomes of it: instructions push a frame (`attr_act`), natives hand over
//! (`ops/access.rs`).

use super::binding::{Attr, Setter};
use super::native::CallReq;
use super::{Ctl, Res, Vm};
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Function, Module, NativeFn, Record, RecordTag, Str};
use crate::value::Value;

/// What getting an attribute comes to.
pub enum Get {
    Value(Value),
    /// Call this. An AttributeError that it raises asks `__getattr__`, where the class has one.
    Call(CallReq),
    /// Call this: the last word.
    Last(CallReq),
}

impl Vm {
    /// `getattr(obj, name)`. Errors: AttributeError, and what native getters raise.
    pub fn attr_of(&mut self, obj: Value, name: Gc<Str>) -> Res<Get> {
        match self.attr_if_any(obj, name)? {
            Some(got) => Ok(got),
            None => Err(self.no_attribute_of(obj, name.as_str())),
        }
    }

    /// The same for those who don't need the words of an error: `None` where the attribute is missing.
    pub fn attr_if_any(&mut self, obj: Value, name: Gc<Str>) -> Res<Option<Get>> {
        let class = self.class_of(obj);
        if class.has(flag::USER_GETATTRIBUTE) {
            let special = self.names.getattribute;
            if let Some(f) = self.lookup_class(class, special)
                && f.cast::<NativeFn>().is_none()
            {
                return self.special_request(f, obj, &[name.value()]).map(Get::Call).map(Some);
            }
        }
        match self.plain_attr_of(obj, name) {
            Ok(Some(got)) => Ok(Some(got)),
            Ok(None) => self.missing_attr_of(obj, name),
            Err(Ctl::Raise(e)) if class.has(flag::USER_GETATTR) && self.is_instance(e, self.types.AttributeError) => {
                self.missing_attr_of(obj, name)
            }
            Err(c) => Err(c),
        }
    }

    /// `object.__getattribute__(obj, name)` (or `type`'s, for classes): without `__getattr__`. `None` where the attribute
    /// is missing.
    pub fn plain_attr_of(&mut self, obj: Value, name: Gc<Str>) -> Res<Option<Get>> {
        if let Some(other) = self.stands_for(obj, name) {
            return self.attr_of(other, name).map(Some);
        }
        Ok(Some(match self.find_attr(obj, name) {
            Attr::Value(v) => Get::Value(v),
            Attr::Method(f) => Get::Value(self.new_bound(f, obj)),
            Attr::Native(id) => Get::Value(self.call_native(id, &[obj])?),
            Attr::Getter(f) if f.is_none() => return Err(self.no_accessor(obj, name, "getter")),
            Attr::Getter(f) => Get::Call(CallReq::new(f, &[obj])),
            Attr::Descriptor { get, descr, instance, owner } => {
                Get::Call(self.special_request(get, descr, &[instance, owner.value()])?)
            }
            Attr::Foreign(m) => return Err(self.foreign_receiver(m, obj)),
            Attr::Missing => return Ok(None),
        }))
    }

    /// What becomes of an attribute that isn't there: `__getattr__` of the class or the module, or `None`.
    fn missing_attr_of(&mut self, obj: Value, name: Gc<Str>) -> Res<Option<Get>> {
        let getattr = self.names.getattr;
        if self.class_of(obj).has(flag::USER_GETATTR)
            && let Some(f) = self.special(obj, getattr)
        {
            return self.special_request(f, obj, &[name.value()]).map(Get::Last).map(Some);
        }
        if let Some(m) = obj.cast::<Module>()
            && let Some(f) = m.dict.get_str(getattr)
        {
            return Ok(Some(Get::Last(CallReq::new(f, &[name.value()]))));
        }
        if (name == self.names.spec || name == self.names.loader) && obj.cast::<Module>().is_some() {
            let f = self.prelude_function("module_spec")?;
            return Ok(Some(Get::Last(CallReq::new(f, &[obj, name.value()]))));
        }
        Ok(None)
    }

    /// The call of the special method `f`, found in the class of `receiver`, with it and `args`.
    pub fn special_request(&mut self, f: Value, receiver: Value, args: &[Value]) -> Res<CallReq> {
        let class = self.class_of(receiver);
        match self.bind(f, Some(receiver), class) {
            Attr::Method(f) => {
                let mut req = CallReq::new(f, &[receiver]);
                req.args.extend_from_slice(args);
                Ok(req)
            }
            Attr::Value(f) => Ok(CallReq::new(f, args)),
            // Computed by the language: that first, then the call of what it gave.
            Attr::Descriptor { get, descr, instance, owner } => {
                let get = self.special_bound(get, descr);
                self.request_through(get, &[instance, owner.value()], args)
            }
            Attr::Getter(f) if !f.is_none() => self.request_through(f, &[receiver], args),
            Attr::Native(id) => {
                let f = self.call_native(id, &[receiver])?;
                Ok(CallReq::new(f, args))
            }
            Attr::Foreign(m) => Err(self.foreign_receiver(m, receiver)),
            Attr::Getter(_) | Attr::Missing => Err(self.attribute_error("special method is not there")),
        }
    }

    /// The call of what `getter(*getter_args)` gives, with `args`.
    fn request_through(&mut self, getter: Value, getter_args: &[Value], args: &[Value]) -> Res<CallReq> {
        let f = self.prelude_function("call_through")?;
        let getter_args = self.new_tuple(getter_args);
        let mut req = CallReq::new(f, &[getter, getter_args]);
        req.args.extend_from_slice(args);
        Ok(req)
    }

    /// `get` bound to `descr` where it is a function; itself where it is something else.
    fn special_bound(&mut self, get: Value, descr: Value) -> Value {
        match get.cast::<Function>().is_some() || get.cast::<NativeFn>().is_some() {
            true => self.new_bound(get, descr),
            false => get,
        }
    }

    /// `setattr(obj, name, value)`; `Undef` deletes. Done, or the call that does it.
    pub fn assign_attr(&mut self, obj: Value, name: Gc<Str>, value: Value) -> Res<Option<CallReq>> {
        let class = self.class_of(obj);
        if class.has(flag::USER_SETATTR) {
            let special = if value.is_undef() { self.names.delattr } else { self.names.setattr };
            if let Some(f) = self.lookup_class(class, special)
                && !self.is_native_method(f, special)
            {
                let args = [name.value(), value];
                return self.special_request(f, obj, &args[..2 - usize::from(value.is_undef())]).map(Some);
            }
        }
        self.assign_plainly(obj, name, value)
    }

    /// `object.__setattr__(obj, name, value)` (or `type`'s, for classes); `Undef` deletes.
    pub fn assign_plainly(&mut self, obj: Value, name: Gc<Str>, value: Value) -> Res<Option<CallReq>> {
        let delete = value.is_undef();
        let pair = [obj, value];
        let args = &pair[..2 - usize::from(delete)];
        match self.find_setter(obj, name, delete) {
            Setter::Plain => self.store_own(obj, name, value).map(|()| None),
            Setter::Slot(m) => self.set_member(obj, m, value).map(|()| None),
            Setter::Native(id) => match self.call_native(id, &pair) {
                Ok(_) => Ok(None),
                // The value has to be converted first: a call can.
                Err(Ctl::Coerce { .. }) => {
                    let class = self.types.builtin_function;
                    let f = NativeFn::new(class, id, 2, 2, Value::UNDEF, Value::UNDEF);
                    let f = self.heap.alloc(f).value();
                    Ok(Some(CallReq::new(f, &pair)))
                }
                Err(c) => Err(c),
            },
            Setter::Call(f) => Ok(Some(CallReq::new(f, args))),
            Setter::Descriptor { set, descr } => self.special_request(set, descr, args).map(Some),
            Setter::ReadOnly(what) => Err(self.no_accessor(obj, name, what)),
        }
    }

    /// Stores (or with `Undef` deletes) an object's own attribute, or a class's.
    fn store_own(&mut self, obj: Value, name: Gc<Str>, value: Value) -> Res<()> {
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
        Err(self.cannot_set(obj, name))
    }

    /// Whether a special method is the native one of that name, and not another native put in its place.
    pub(super) fn is_native_method(&self, f: Value, name: Gc<Str>) -> bool {
        f.cast::<NativeFn>().is_some_and(|f| self.natives[f.id as usize].def.name() == name.as_str())
    }

    /// The error of setting (or deleting) an attribute of an object that can't have it.
    fn cannot_set(&mut self, obj: Value, name: Gc<Str>) -> Ctl {
        let class = self.class_of(obj);
        let text = name.as_str();
        if class.has(flag::HAS_DICT) || obj.cast::<Module>().is_some() {
            return self.no_attribute(obj, text);
        }
        let message = if self.lookup_class(class, name).is_some() {
            format!("'{}' object attribute '{text}' is read-only", class.name_str())
        } else if class.has(flag::USER_SETATTR) {
            format!("'{}' object has no attribute '{text}'", class.name_str())
        } else {
            format!(
                "'{}' object has no attribute '{text}' and no __dict__ for setting new attributes",
                class.name_str()
            )
        };
        self.attribute_error_for(obj, text, &message)
    }

    /// As [`Vm::no_attribute`]; knows `super` objects.
    pub fn no_attribute_of(&mut self, obj: Value, name: &str) -> Ctl {
        if obj.cast::<Record>().is_some_and(|r| r.tag == RecordTag::Super) {
            let message = format!("'super' object has no attribute '{name}'");
            return self.attribute_error_for(obj, name, &message);
        }
        self.no_attribute(obj, name)
    }

    /// The error of a property without getter, setter or deleter (`what`), or of another read-only attribute (`""`).
    pub fn no_accessor(&mut self, obj: Value, name: Gc<Str>, what: &str) -> Ctl {
        let class = self.class_of(obj);
        let found = self.lookup_class(class, name);
        let message = match found.and_then(|f| f.cast::<Record>()) {
            Some(r) if r.tag == RecordTag::Property => return self.no_property_accessor(r, obj, what),
            Some(r) if r.class() == self.types.member_descriptor => "readonly attribute".to_owned(),
            Some(r) if r.tag == RecordTag::Member => {
                let owner = r.field(0).cast::<Class>().map_or("?", |c| c.name_str());
                format!("attribute '{}' of '{owner}' objects is not writable", name.as_str())
            }
            _ => what.to_owned(),
        };
        self.attribute_error(message)
    }

    /// The AttributeError of a property that has no getter, setter or deleter.
    pub fn no_property_accessor(&mut self, p: Gc<Record>, obj: Value, what: &str) -> Ctl {
        let class = self.class_of(obj);
        let qualname = class.qualname.get().cast::<Str>().map_or("?", |s| s.as_str());
        let named = p.field(4).defined().or_else(|| p.field(0).cast::<Function>().map(|f| f.name.get()));
        let mut text = String::new();
        let message = match named.map(|n| self.pure_repr(n, &mut text)) {
            Some(Ok(true)) => format!("property {text} of '{qualname}' object has no {what}"),
            _ => format!("property of '{qualname}' object has no {what}"),
        };
        self.attribute_error(message)
    }

    /// The TypeError of a descriptor of another class.
    pub fn foreign_receiver(&mut self, m: Gc<Record>, obj: Value) -> Ctl {
        let owner = m.field(0).cast::<Class>().map_or("?", |c| c.name_str());
        let name = m.field(1).cast::<Str>().map_or("?", |s| s.as_str());
        let message =
            format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{}' object", self.class_name(obj));
        self.type_error(message)
    }
}
