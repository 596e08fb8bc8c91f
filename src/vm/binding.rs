//! Descriptors: what binding a class attribute to an object comes to, and where an attribute is. Floor 5.
//!
//! Nothing here runs code of the language: where an attribute is computed by such code, the answer says which to call.

use super::Vm;
use crate::heap::{Gc, Kind};
use crate::object::class::flag;
use crate::object::{Class, NativeFn, Record, RecordTag, Str, Tuple, View};
use crate::value::Value;

/// How to get an attribute's value.
#[derive(Clone, Copy, Debug)]
pub enum Attr {
    /// This is it.
    Value(Value),
    /// A function or native method of the class: bind it to the object, or call it with the object first.
    Method(Value),
    /// A native attribute: call this native with the object.
    Native(u32),
    /// Call the getter with the object: a `property`.
    Getter(Value),
    /// Call `__get__` (the first value) with the descriptor (the second), the object (or `None`) and the class.
    Descriptor {
        get: Value,
        descr: Value,
        instance: Value,
        owner: Gc<Class>,
    },
    /// A `__slots__` member of a class that the object is no instance of.
    Foreign(Gc<Record>),
    Missing,
}

/// How to set an attribute.
#[derive(Clone, Copy, Debug)]
pub enum Setter {
    /// Store it in the object's own attributes.
    Plain,
    /// A `__slots__` member.
    Slot(Gc<Record>),
    /// A native attribute: call this native with the object and the value.
    Native(u32),
    /// Call this with the object and the value: a property's setter.
    Call(Value),
    /// Call `__set__` or `__delete__` (the first) with the descriptor (the second), the object and the value.
    Descriptor { set: Value, descr: Value },
    /// It is read-only: what is missing, for [`Vm::no_accessor`].
    ReadOnly(&'static str),
}

/// Attributes that a generic alias has of its own; all others are its origin's.
const ALIAS_OWN: &[&str] = &[
    "__class__",
    "__origin__",
    "__args__",
    "__unpacked__",
    "__parameters__",
    "__typing_unpacked_tuple_args__",
    "__mro_entries__",
    "__reduce_ex__",
    "__reduce__",
    "__copy__",
    "__deepcopy__",
    "__bases__",
];

impl Vm {
    /// What binding the class attribute `found` to `instance` (or to nothing, for access through the class) gives.
    pub fn bind(&mut self, found: Value, instance: Option<Value>, owner: Gc<Class>) -> Attr {
        let Some(o) = found.as_object() else { return Attr::Value(found) };
        match o.kind() {
            Kind::Function => match instance {
                Some(_) => Attr::Method(found),
                None => Attr::Value(found),
            },
            Kind::NativeFn => {
                let c = o.class();
                let t = &self.types;
                if c == t.classmethod_descriptor {
                    let Some(f) = found.cast::<NativeFn>() else { return Attr::Value(found) };
                    let class = self.types.builtin_function;
                    return Attr::Value(self.new_native_fn(class, f.id, f.owner, owner.value()).value());
                }
                if instance.is_some() && (c == t.method_descriptor || c == t.wrapper_descriptor) {
                    return Attr::Method(found);
                }
                Attr::Value(found)
            }
            Kind::Record => {
                let Some(r) = found.cast::<Record>() else { return Attr::Value(found) };
                if o.class().has(flag::HEAP) && self.overrides(r, self.names.get) {
                    return self.bind_by_get(found, instance, owner);
                }
                match r.tag {
                    RecordTag::Property => match instance {
                        Some(_) => Attr::Getter(r.field(0)),
                        None => Attr::Value(found),
                    },
                    RecordTag::StaticMethod => Attr::Value(r.field(0)),
                    RecordTag::ClassMethod => Attr::Value(self.new_bound(r.field(0), owner.value())),
                    RecordTag::Member => match (instance, r.field(2).as_int()) {
                        (Some(_), Some(id)) => Attr::Native(id as u32),
                        (Some(obj), None) => match self.member_value(obj, r) {
                            Some(v) => Attr::Value(v),
                            None if r.field(0).cast::<Class>().is_some_and(|c| self.is_instance(obj, c)) => {
                                Attr::Missing
                            }
                            None => Attr::Foreign(r),
                        },
                        (None, _) => Attr::Value(found),
                    },
                    _ => self.bind_by_get(found, instance, owner),
                }
            }
            Kind::Instance | Kind::Native => self.bind_by_get(found, instance, owner),
            _ if is_user_kind(found) => self.bind_by_get(found, instance, owner),
            _ => Attr::Value(found),
        }
    }

    /// Binds through a `__get__` of the descriptor's class, if there is one.
    fn bind_by_get(&mut self, found: Value, instance: Option<Value>, owner: Gc<Class>) -> Attr {
        let name = self.names.get;
        match self.special(found, name) {
            Some(get) => Attr::Descriptor { get, descr: found, instance: instance.unwrap_or(Value::NONE), owner },
            None => Attr::Value(found),
        }
    }

    /// Whether a subclass of a built-in descriptor defines the special method `name` in the language.
    pub(super) fn overrides(&mut self, r: Gc<Record>, name: Gc<Str>) -> bool {
        self.lookup_class(r.class(), name).is_some_and(|f| f.cast::<NativeFn>().is_none())
    }

    /// Whether a class attribute comes before the instance's own: it can set or delete.
    pub fn is_data_descriptor(&mut self, v: Value) -> bool {
        let sets = |vm: &mut Vm| {
            let (s, d) = (vm.names.set, vm.names.delete);
            vm.special(v, s).is_some() || vm.special(v, d).is_some()
        };
        match v.view() {
            View::Record(r) => match r.tag {
                RecordTag::Property | RecordTag::Member => true,
                _ => r.class().has(flag::HEAP) && sets(self),
            },
            View::Instance(_) | View::Native(_) => sets(self),
            _ => is_user_kind(v) && sets(self),
        }
    }

    /// `object.__getattribute__(obj, name)` and its kin for classes, modules and `super`: where the attribute is.
    /// `name` is interned. See also [`Vm::stands_for`].
    pub fn find_attr(&mut self, obj: Value, name: Gc<Str>) -> Attr {
        match obj.view() {
            View::Class(c) => return self.find_class_attr(c, name),
            View::Record(r) if r.tag == RecordTag::Super => return self.find_super_attr(r, name),
            _ => {}
        }
        let class = self.class_of(obj);
        let found = self.lookup_class(class, name);
        if let Some(f) = found
            && self.is_data_descriptor(f)
        {
            match self.bind(f, Some(obj), class) {
                // A descriptor that only sets: the object's own attribute comes first.
                Attr::Value(v) if v == f => {}
                attr => return attr,
            }
        }
        if let Some(v) = self.own_attr(obj, name) {
            return Attr::Value(v);
        }
        match found {
            Some(f) => self.bind(f, Some(obj), class),
            None => Attr::Missing,
        }
    }

    /// Whose attribute `name` of `obj` is, if not its own or its class's: a generic alias has its origin's, a bound method
    /// its function's.
    pub(super) fn stands_for(&mut self, obj: Value, name: Gc<Str>) -> Option<Value> {
        match obj.view() {
            View::Record(r) if r.tag == RecordTag::GenericAlias && !ALIAS_OWN.contains(&name.as_str()) => {
                Some(r.field(0))
            }
            View::BoundMethod(m) => match self.lookup_class(m.class(), name) {
                Some(_) => None,
                None => Some(m.func),
            },
            _ => None,
        }
    }

    /// `type.__getattribute__(class, name)`.
    fn find_class_attr(&mut self, class: Gc<Class>, name: Gc<Str>) -> Attr {
        let meta = class.class();
        let in_meta = self.lookup_class(meta, name);
        if let Some(f) = in_meta
            && self.is_data_descriptor(f)
        {
            match self.bind(f, Some(class.value()), meta) {
                Attr::Value(v) if v == f => {}
                attr => return attr,
            }
        }
        if let Some(f) = self.lookup_class(class, name) {
            return self.bind(f, None, class);
        }
        match in_meta {
            Some(f) => self.bind(f, Some(class.value()), meta),
            None => Attr::Missing,
        }
    }

    /// The method `name` of `super()`, unbound, with its receiver.
    pub(super) fn super_method(&mut self, v: Value, name: Gc<Str>) -> Option<(Value, Value)> {
        let s = v.cast::<Record>().filter(|s| s.tag == RecordTag::Super && s.class() == self.types.super_)?;
        let (class, of) = (s.field(0).cast::<Class>()?, s.field(2).cast::<Class>()?);
        let obj = s.field(1);
        if name == self.names.class || obj == of.value() {
            return None;
        }
        let f = self.lookup_after(of, class, name)?;
        match self.bind(f, Some(obj), of) {
            Attr::Method(f) => Some((f, obj)),
            _ => None,
        }
    }

    fn find_super_attr(&mut self, s: Gc<Record>, name: Gc<Str>) -> Attr {
        if let (Some(class), Some(of)) = (s.field(0).cast::<Class>(), s.field(2).cast::<Class>())
            && name != self.names.class
            && let Some(f) = self.lookup_after(of, class, name)
        {
            let obj = s.field(1);
            // `super(C, cls)` in a class method: the class itself is what the function is bound to.
            let instance = if obj == of.value() { None } else { Some(obj) };
            return match self.bind(f, instance, of) {
                Attr::Method(f) => Attr::Value(self.new_bound(f, obj)),
                // Computed for the object, not for the `super` object.
                Attr::Getter(_) | Attr::Native(_) => {
                    let get = self.names.get;
                    match self.special(f, get) {
                        Some(get) => Attr::Descriptor { get, descr: f, instance: obj, owner: of },
                        None => Attr::Missing,
                    }
                }
                other => other,
            };
        }
        let class = s.class();
        if let Some(f) = self.lookup_class(class, name)
            && self.is_data_descriptor(f)
        {
            return self.bind(f, Some(s.value()), class);
        }
        if let Some(v) = self.own_attr(s.value(), name) {
            return Attr::Value(v);
        }
        match self.lookup_class(class, name) {
            Some(f) => self.bind(f, Some(s.value()), class),
            None => Attr::Missing,
        }
    }

    /// A method object of a class's function and a receiver.
    pub fn new_bound(&mut self, func: Value, receiver: Value) -> Value {
        match func.cast::<NativeFn>() {
            // What is bound already, or stands for itself, becomes the function of an ordinary method.
            Some(f) if !f.owner.is_undef() && f.bound.is_undef() => {
                let class = self.types.builtin_function;
                self.new_native_fn(class, f.id, f.owner, receiver).value()
            }
            _ => self.new_method(func, receiver),
        }
    }

    /// How `obj.name = value` (or `del obj.name`) is done; `name` is interned.
    pub fn find_setter(&mut self, obj: Value, name: Gc<Str>, delete: bool) -> Setter {
        let class = self.class_of(obj);
        let Some(f) = self.lookup_class(class, name) else { return Setter::Plain };
        match f.view() {
            View::Record(r) if r.class().has(flag::HEAP) => {
                let own = if delete { self.names.delete } else { self.names.set };
                match r.tag {
                    RecordTag::Property if !self.overrides(r, own) => property_setter(r, delete),
                    _ => self.setter_by_set(f, delete),
                }
            }
            View::Record(r) if r.tag == RecordTag::Property => property_setter(r, delete),
            View::Record(r) if r.tag == RecordTag::Member => match (r.field(2).as_int(), r.field(3).as_int()) {
                (_, Some(id)) => Setter::Native(id as u32),
                (Some(_), None) => Setter::ReadOnly(""),
                (None, None) => Setter::Slot(r),
            },
            View::Instance(_) | View::Native(_) => self.setter_by_set(f, delete),
            _ if is_user_kind(f) => self.setter_by_set(f, delete),
            _ => Setter::Plain,
        }
    }

    fn setter_by_set(&mut self, f: Value, delete: bool) -> Setter {
        let name = if delete { self.names.delete } else { self.names.set };
        match self.special(f, name) {
            Some(set) => Setter::Descriptor { set, descr: f },
            None => {
                let other = if delete { self.names.set } else { self.names.delete };
                match self.special(f, other) {
                    Some(_) => Setter::ReadOnly(if delete { "__delete__" } else { "__set__" }),
                    None => Setter::Plain,
                }
            }
        }
    }

    /// Whether looking an attribute of `v` up goes elsewhere than to its class and itself.
    pub(super) fn looks_elsewhere(&self, v: Value) -> bool {
        v.cast::<Record>().is_some_and(|r| matches!(r.tag, RecordTag::Super | RecordTag::GenericAlias))
    }

    /// The names in a tuple of strings.
    pub fn names_in(&self, v: Value) -> Vec<Gc<Str>> {
        v.cast::<Tuple>().map_or(Vec::new(), |t| t.items().iter().filter_map(|x| x.cast::<Str>()).collect())
    }
}

fn property_setter(r: Gc<Record>, delete: bool) -> Setter {
    let setter = r.field(if delete { 2 } else { 1 });
    match (setter.is_none(), delete) {
        (false, _) => Setter::Call(setter),
        (true, true) => Setter::ReadOnly("deleter"),
        (true, false) => Setter::ReadOnly("setter"),
    }
}

/// Whether the class of `v` may define descriptor methods, although its layout is that of a built-in type.
pub(super) fn is_user_kind(v: Value) -> bool {
    v.as_object().is_some_and(|o| o.class().has(flag::HEAP) && !matches!(o.kind(), Kind::Function | Kind::NativeFn))
}
