//! Finding attributes: method resolution order, descriptors, instance attributes. Floor 5.
//!
//! Nothing here runs code of the language: where an attribute is computed by such code, the answer says which to call.

use super::native::{DefKind, NativeDef, Sig};
use super::{NativeEntry, Res, Vm};
use crate::heap::{Gc, Kind};
use crate::object::class::{NOT_NATIVE, flag};
use crate::object::{Class, Dict, Instance, List, Module, NativeFn, Record, RecordTag, Str, View};
use crate::value::Value;

#[derive(Clone, Copy)]
struct MethodEntry {
    class: usize,
    name: usize,
    epoch: u32,
    /// `Undef`: it is known not to be there.
    value: Value,
}

/// Remembers lookups along method resolution orders. Emptied by every collection, because it compares addresses.
pub struct MethodCache {
    entries: Box<[MethodEntry]>,
}

const CACHE_SIZE: usize = 1024;

impl Default for MethodCache {
    fn default() -> Self {
        Self::new()
    }
}

impl MethodCache {
    pub fn new() -> Self {
        let empty = MethodEntry { class: 0, name: 0, epoch: 0, value: Value::UNDEF };
        MethodCache { entries: vec![empty; CACHE_SIZE].into_boxed_slice() }
    }

    pub fn clear(&mut self) {
        for e in &mut self.entries {
            e.class = 0;
        }
    }
}

/// Whether a class attribute is neither a method, a descriptor nor a class: binding gives it as it is.
fn is_plain_data(v: Value) -> bool {
    v.as_object().is_none_or(|o| {
        !matches!(
            o.kind(),
            Kind::Function
                | Kind::NativeFn
                | Kind::Record
                | Kind::Instance
                | Kind::Native
                | Kind::Class
                | Kind::BoundMethod
        )
    })
}

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
    Missing,
}

/// How to set an attribute.
#[derive(Clone, Copy, Debug)]
pub enum Setter {
    /// Store it in the object's own attributes.
    Plain,
    /// A native attribute: call this native with the object and the value.
    Native(u32),
    /// Call this with the object and the value: a property's setter.
    Call(Value),
    /// Call `__set__` or `__delete__` (the first) with the descriptor (the second), the object and the value.
    Descriptor { set: Value, descr: Value },
    /// It is read-only: an error message for AttributeError.
    ReadOnly(&'static str),
}

impl Vm {
    /// Looks `name` (interned) up along the method resolution order of `class`, without binding.
    #[inline]
    pub fn lookup_class(&mut self, class: Gc<Class>, name: Gc<Str>) -> Option<Value> {
        let i = ((class.addr() >> 4) ^ (name.addr() >> 3)) & (CACHE_SIZE - 1);
        let e = self.method_cache.entries[i];
        if e.class == class.addr() && e.name == name.addr() && e.epoch == self.epoch {
            return e.value.defined();
        }
        let value = self.lookup_class_slowly(class, name);
        // Plain data may be replaced without a new epoch: it is not remembered here.
        if !value.is_some_and(is_plain_data) {
            self.method_cache.entries[i] = MethodEntry {
                class: class.addr(),
                name: name.addr(),
                epoch: self.epoch,
                value: value.unwrap_or(Value::UNDEF),
            };
        }
        value
    }

    #[inline(never)]
    fn lookup_class_slowly(&mut self, class: Gc<Class>, name: Gc<Str>) -> Option<Value> {
        self.lookup_class_where(class, name).map(|(_, v)| v)
    }

    /// As [`Vm::lookup_class`], with the class that has it.
    pub fn lookup_class_where(&mut self, class: Gc<Class>, name: Gc<Str>) -> Option<(Gc<Class>, Value)> {
        let n = class.mro.borrow().len();
        for i in 0..n {
            let c = class.mro.borrow()[i];
            self.fill_class(c);
            if let Some(v) = c.dict.get_str(name) {
                return Some((c, v));
            }
        }
        None
    }

    /// Looks up along the order of `class` behind `after`: for `super()`.
    pub fn lookup_after(&mut self, class: Gc<Class>, after: Gc<Class>, name: Gc<Str>) -> Option<Value> {
        let mro = class.mro.borrow().to_vec();
        let at = mro.iter().position(|&c| c == after)?;
        for &c in &mro[at + 1..] {
            self.fill_class(c);
            if let Some(v) = c.dict.get_str(name) {
                return Some(v);
            }
        }
        None
    }

    /// The special method `name` of `v`'s class.
    #[inline]
    pub fn special(&mut self, v: Value, name: Gc<Str>) -> Option<Value> {
        let class = self.class_of(v);
        self.lookup_class(class, name)
    }

    /// Registers a native and gives its number.
    pub fn add_native(&mut self, def: &'static NativeDef, is_setter: bool) -> u32 {
        self.natives.push(NativeEntry { def, sig: Sig::parse(def.sig), is_setter });
        self.natives.len() as u32 - 1
    }

    /// Makes a function object of a native. `owner`: its class, or `Undef`; `bound`: the receiver, or for a function the
    /// module's name, or `Undef`.
    pub fn new_native_fn(&mut self, class: Gc<Class>, id: u32, owner: Value, bound: Value) -> Gc<NativeFn> {
        let sig = &self.natives[id as usize].sig;
        let (min, max) = if sig.is_simple() { (sig.required, sig.positional) } else { (0, u16::MAX as usize) };
        self.heap.alloc(NativeFn::new(class, id, min as u16, max as u16, owner, bound))
    }

    /// A function of a module.
    pub fn new_function(&mut self, def: &'static NativeDef, module: Value) -> Value {
        let id = self.add_native(def, false);
        let class = self.types.builtin_function;
        self.new_native_fn(class, id, Value::UNDEF, module).value()
    }

    /// Puts the methods of a native class's table into its dict, if they aren't there yet.
    #[inline]
    pub fn fill_class(&mut self, class: Gc<Class>) {
        if class.native.get() != NOT_NATIVE && !class.has(flag::FILLED) {
            self.fill_class_now(class);
        }
    }

    #[cold]
    fn fill_class_now(&mut self, class: Gc<Class>) {
        class.set_flag(flag::FILLED, true);
        let Some(&table) = self.class_tables.get(class.native.get() as usize) else { return };
        for def in table {
            self.add_def(class, def);
        }
    }

    /// Adds one native to a class's dict.
    pub fn add_def(&mut self, class: Gc<Class>, def: &'static NativeDef) {
        let id = self.add_native(def, false);
        let sig_name = self.natives[id as usize].sig.name;
        let name = self.intern(sig_name);
        let owner = class.value();
        let value = match def.kind {
            DefKind::Method => {
                let c = if sig_name.starts_with("__") && sig_name.ends_with("__") {
                    self.types.wrapper_descriptor
                } else {
                    self.types.method_descriptor
                };
                self.new_native_fn(c, id, owner, Value::UNDEF).value()
            }
            DefKind::ClassMethod => {
                let c = self.types.classmethod_descriptor;
                self.new_native_fn(c, id, owner, Value::UNDEF).value()
            }
            DefKind::New | DefKind::Function => {
                let c = self.types.builtin_function;
                self.new_native_fn(c, id, owner, Value::UNDEF).value()
            }
            DefKind::StaticMethod => {
                let c = self.types.builtin_function;
                let f = self.new_native_fn(c, id, owner, Value::UNDEF).value();
                let c = self.types.staticmethod;
                self.new_record(c, RecordTag::StaticMethod, &[f]).value()
            }
            DefKind::Attribute => {
                let setter = match def.set {
                    Some(_) => Value::small(self.add_native(def, true) as i64),
                    None => Value::UNDEF,
                };
                let c = self.types.getset_descriptor;
                let fields = [owner, name.value(), Value::small(id as i64), setter];
                self.new_record(c, RecordTag::Member, &fields).value()
            }
        };
        if class.dict.get_str(name).is_none() {
            class.dict.set_str(name, value);
        }
    }

    /// The object's own attributes as a dict, if it keeps them in one (or has none yet and `make` is set).
    pub fn own_dict(&mut self, obj: Value, make: bool) -> Option<Gc<Dict>> {
        let slot = match obj.view() {
            View::Module(m) => return Some(m.dict),
            View::Class(c) => return Some(c.dict),
            View::Exception(e) => {
                if e.attrs.get().is_undef() && make {
                    let d = self.new_dict();
                    e.attrs.set(d.value());
                }
                e.attrs.get()
            }
            View::Function(f) => {
                if f.attrs.get().is_undef() && make {
                    let d = self.new_dict();
                    f.attrs.set(d.value());
                }
                f.attrs.get()
            }
            View::Instance(i) => {
                if !self.shapes.get(i.shape()).is_dict {
                    if !make || !i.class().has(flag::HAS_DICT) {
                        return None;
                    }
                    self.to_dict_mode(i);
                }
                i.more.get()
            }
            _ => {
                let o = obj.as_object()?;
                if let Some(d) = self.heap.attrs_of(o) {
                    d
                } else if make && o.class().has(flag::HAS_DICT) {
                    let d = self.new_dict();
                    self.heap.set_attrs_of(o, d.value());
                    d.value()
                } else {
                    return None;
                }
            }
        };
        slot.cast::<Dict>()
    }

    /// Moves an instance's attributes from slots to a dict.
    pub fn to_dict_mode(&mut self, i: Gc<Instance>) -> Gc<Dict> {
        let shape = self.shapes.get(i.shape());
        if shape.is_dict
            && let Some(d) = i.more.get().cast::<Dict>()
        {
            return d;
        }
        let names = shape.names.clone();
        let d = self.new_dict();
        for (n, name) in names.iter().enumerate() {
            let v = i.slot(n);
            if !v.is_undef() {
                d.set_str(*name, v);
            }
        }
        let s = self.shapes.dict_shape(i.class());
        i.set_shape(s);
        i.more.set(d.value());
        d
    }

    /// The object's own attribute `name` (interned): no class lookup.
    #[inline]
    pub fn own_attr(&mut self, obj: Value, name: Gc<Str>) -> Option<Value> {
        if let Some(i) = obj.cast::<Instance>() {
            let shape = i.shape();
            if let Some(slot) = self.shapes.slot(shape, name) {
                return i.slot(slot as usize).defined();
            }
            if !self.shapes.get(shape).is_dict {
                return None;
            }
        }
        self.own_dict(obj, false)?.get_str(name)
    }

    /// Sets the object's own attribute `name` (interned); `false` if it can't have attributes.
    pub fn set_own_attr(&mut self, obj: Value, name: Gc<Str>, value: Value) -> bool {
        if let Some(i) = obj.cast::<Instance>() {
            let shape = i.shape();
            if let Some(slot) = self.shapes.slot(shape, name) {
                self.set_slot(i, slot as usize, value);
                return true;
            }
            if !self.shapes.get(shape).is_dict {
                if !i.class().has(flag::HAS_DICT) {
                    return false;
                }
                match self.shapes.with(shape, name) {
                    Some(next) => {
                        let slot = self.shapes.get(shape).names.len();
                        self.set_slot(i, slot, value);
                        i.set_shape(next);
                    }
                    None => {
                        let d = self.to_dict_mode(i);
                        d.set_str(name, value);
                    }
                }
                return true;
            }
        }
        match self.own_dict(obj, true) {
            Some(d) => {
                d.set_str(name, value);
                true
            }
            None => false,
        }
    }

    /// Stores into slot `i` of an instance, within the object or in its overflow list.
    #[inline]
    pub fn set_slot(&mut self, obj: Gc<Instance>, i: usize, value: Value) {
        match obj.items().get(i) {
            Some(c) => c.set(value),
            None => {
                let far = i - obj.len();
                let list = match obj.more.get().cast::<List>() {
                    Some(l) => l,
                    None => {
                        let v = self.new_list(Vec::new());
                        obj.more.set(v);
                        match v.cast::<List>() {
                            Some(l) => l,
                            None => return,
                        }
                    }
                };
                let mut items = list.items.borrow_mut();
                if items.len() <= far {
                    items.resize(far + 1, Value::UNDEF);
                }
                items[far] = value;
            }
        }
    }

    /// Deletes the object's own attribute; `false` if it isn't there.
    pub fn del_own_attr(&mut self, obj: Value, name: Gc<Str>) -> bool {
        if let Some(i) = obj.cast::<Instance>()
            && !self.shapes.get(i.shape()).is_dict
        {
            if self.own_attr(obj, name).is_none() {
                return false;
            }
            if !i.class().has(flag::HAS_DICT) {
                // An instance with slots only keeps its shape.
                if let Some(slot) = self.shapes.slot(i.shape(), name) {
                    self.set_slot(i, slot as usize, Value::UNDEF);
                }
                return true;
            }
            self.to_dict_mode(i);
        }
        self.own_dict(obj, false).is_some_and(|d| d.remove_str(name).is_some())
    }

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
                match r.tag {
                    RecordTag::Property => match instance {
                        Some(_) => Attr::Getter(r.field(0)),
                        None => Attr::Value(found),
                    },
                    RecordTag::StaticMethod => Attr::Value(r.field(0)),
                    RecordTag::ClassMethod => {
                        let m = self.new_method(r.field(0), owner.value());
                        Attr::Value(m)
                    }
                    RecordTag::Member => match (instance, r.field(2).as_int()) {
                        (Some(_), Some(id)) => Attr::Native(id as u32),
                        (Some(obj), None) => match r.field(1).cast::<Str>().and_then(|n| self.own_attr(obj, n)) {
                            Some(v) => Attr::Value(v),
                            None => Attr::Missing,
                        },
                        (None, _) => Attr::Value(found),
                    },
                    _ => self.bind_by_get(found, instance, owner),
                }
            }
            Kind::Instance | Kind::Native => self.bind_by_get(found, instance, owner),
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

    /// Whether a class attribute comes before the instance's own: it can set or delete.
    pub fn is_data_descriptor(&mut self, v: Value) -> bool {
        match v.view() {
            View::Record(r) => matches!(r.tag, RecordTag::Property | RecordTag::Member),
            View::Instance(_) | View::Native(_) => {
                let (s, d) = (self.names.set, self.names.delete);
                self.special(v, s).is_some() || self.special(v, d).is_some()
            }
            _ => false,
        }
    }

    /// `object.__getattribute__(obj, name)` and its kin for classes, modules and `super`: where the attribute is.
    /// `name` is interned.
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
            // A bound method has its function's attributes.
            None => match obj.cast::<crate::object::BoundMethod>() {
                Some(m) => self.find_attr(m.func, name),
                None => Attr::Missing,
            },
        }
    }

    /// `type.__getattribute__(class, name)`.
    fn find_class_attr(&mut self, class: Gc<Class>, name: Gc<Str>) -> Attr {
        let meta = class.class();
        let in_meta = self.lookup_class(meta, name);
        if let Some(f) = in_meta
            && self.is_data_descriptor(f)
        {
            return self.bind(f, Some(class.value()), meta);
        }
        if let Some(f) = self.lookup_class(class, name) {
            return self.bind(f, None, class);
        }
        match in_meta {
            Some(f) => self.bind(f, Some(class.value()), meta),
            None => Attr::Missing,
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
        match self.lookup_class(class, name) {
            Some(f) => self.bind(f, Some(s.value()), class),
            None => Attr::Missing,
        }
    }

    /// A method object of a class's function and a receiver.
    pub fn new_bound(&mut self, func: Value, receiver: Value) -> Value {
        match func.cast::<NativeFn>() {
            Some(f) => {
                let class = self.types.builtin_function;
                self.new_native_fn(class, f.id, f.owner, receiver).value()
            }
            None => self.new_method(func, receiver),
        }
    }

    /// How `obj.name = value` (or `del obj.name`) is done; `name` is interned.
    pub fn find_setter(&mut self, obj: Value, name: Gc<Str>, delete: bool) -> Setter {
        let class = self.class_of(obj);
        let Some(f) = self.lookup_class(class, name) else { return Setter::Plain };
        match f.view() {
            View::Record(r) if r.tag == RecordTag::Property => {
                let setter = r.field(if delete { 2 } else { 1 });
                if setter.is_none() {
                    Setter::ReadOnly(if delete { "deleter" } else { "setter" })
                } else {
                    Setter::Call(setter)
                }
            }
            View::Record(r) if r.tag == RecordTag::Member => match (r.field(2).as_int(), r.field(3).as_int()) {
                (_, Some(id)) => Setter::Native(id as u32),
                (Some(_), None) => Setter::ReadOnly(""),
                // A `__slots__` member: stored like any other.
                (None, None) => Setter::Plain,
            },
            View::Instance(_) | View::Native(_) => {
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
            _ => Setter::Plain,
        }
    }

    /// Sets a class attribute, keeping caches and flags right. `Undef` deletes; `false` if there was nothing to delete.
    pub fn set_class_attr(&mut self, class: Gc<Class>, name: Gc<Str>, value: Value) -> bool {
        let old = class.dict.get_str(name);
        if value.is_undef() {
            if old.is_none() {
                return false;
            }
            class.dict.remove_str(name);
        } else {
            class.dict.set_str(name, value);
        }
        // Replacing plain data by plain data needs no new epoch: caches hold where it is, not what it is.
        if !(old.is_some_and(is_plain_data) && !value.is_undef() && is_plain_data(value)) {
            self.epoch += 1;
            self.update_flags(class, name);
        } else {
            self.forget_lookup(class, name);
        }
        true
    }

    /// Drops what the method cache remembers of `name` in `class` and its subclasses.
    fn forget_lookup(&mut self, class: Gc<Class>, name: Gc<Str>) {
        let name = self.intern_str(name);
        let i = ((class.addr() >> 4) ^ (name.addr() >> 3)) & (CACHE_SIZE - 1);
        let e = &mut self.method_cache.entries[i];
        if e.class == class.addr() && e.name == name.addr() {
            e.class = 0;
        }
        let subs = class.subclasses.borrow().to_vec();
        for c in subs {
            self.forget_lookup(c, name);
        }
    }

    /// Sets the class flags that depend on whether `name` is defined by the language, for `class` and its subclasses.
    pub fn update_flags(&mut self, class: Gc<Class>, name: Gc<Str>) {
        let text = name.as_str();
        if !(text.starts_with("__") && text.ends_with("__")) {
            return;
        }
        self.compute_flags(class);
        let subs = class.subclasses.borrow().to_vec();
        for c in subs {
            self.update_flags(c, name);
        }
    }

    /// Computes the flags of a class that cache which special methods the language defines for it.
    pub fn compute_flags(&mut self, class: Gc<Class>) {
        let n = &self.names;
        let groups: [(u32, &[Gc<Str>]); 10] = [
            (flag::USER_EQ, &[n.eq]),
            (flag::USER_HASH, &[n.hash]),
            (flag::USER_GETATTRIBUTE, &[n.getattribute]),
            (flag::USER_GETATTR, &[n.getattr]),
            (flag::USER_SETATTR, &[n.setattr, n.delattr]),
            (flag::USER_BOOL, &[n.bool_, n.len]),
            (flag::USER_STR, &[n.repr, n.str_, n.format]),
            (flag::USER_ITER, &[n.iter, n.next]),
            (flag::USER_ORD, &[n.lt, n.le, n.gt, n.ge]),
            (flag::USER_NUM, &[n.index, n.int_, n.float_]),
        ];
        let groups: Vec<(u32, Vec<Gc<Str>>)> = groups.iter().map(|(f, names)| (*f, names.to_vec())).collect();
        for (bit, names) in groups {
            let user = names.iter().any(|&name| {
                self.lookup_class_where(class, name).is_some_and(|(c, v)| {
                    c.has(flag::HEAP) && v.cast::<NativeFn>().is_none_or(|f| f.owner.cast::<Class>().is_none())
                })
            });
            class.set_flag(bit, user);
        }
        let (new, object_new) = (self.names.new, self.types.object);
        let plain = class.layout.get() == Kind::Instance
            && !class.has(flag::ABSTRACT)
            && self.lookup_class(class, new) == self.lookup_class(object_new, new);
        class.set_flag(flag::PLAIN_NEW, plain);
    }

    /// A new instance of a class written in the language, with no attributes.
    #[inline]
    pub fn new_instance(&mut self, class: Gc<Class>) -> Gc<Instance> {
        let shape = self.shapes.root(class);
        let head = crate::object::class::InstanceHead::new(class, shape);
        let n = class.inline_slots.get() as usize;
        self.heap.alloc_trailing(head, n, |_| std::cell::Cell::new(Value::UNDEF))
    }

    /// `__dict__` of an object that has one.
    pub fn dict_of(&mut self, obj: Value) -> Option<Gc<Dict>> {
        match obj.view() {
            View::Function(_) | View::Module(_) | View::Exception(_) => self.own_dict(obj, true),
            View::Class(_) => None,
            _ if self.class_of(obj).has(flag::HAS_DICT) => self.own_dict(obj, true),
            _ => None,
        }
    }

    /// The name under which a callable appears in messages: `f()` for functions, `C.m()` for methods.
    pub fn callable_name(&mut self, f: Value) -> String {
        let text = |v: Value| v.cast::<Str>().map_or_else(String::new, |s| s.as_str().to_owned());
        match f.view() {
            View::Function(f) => text(f.qualname.get()),
            View::NativeFn(f) => {
                let name = self.natives[f.id as usize].sig.name;
                match f.owner.cast::<Class>() {
                    Some(c) => format!("{}.{name}", c.name_str()),
                    None => name.to_owned(),
                }
            }
            View::BoundMethod(m) => self.callable_name(m.func),
            View::Class(c) => text(c.qualname.get()),
            _ => self.class_name(f).to_owned(),
        }
    }

    /// What errors about `*` and `**` call a callable: `module.qualname()`, without the module for builtins.
    pub fn function_text(&mut self, f: Value) -> String {
        let module = match f.view() {
            View::BoundMethod(m) => return self.function_text(m.func),
            View::Function(f) => f.module.get().cast::<Str>().map(|s| s.as_str().to_owned()),
            View::Class(c) => self.module_of_class(c),
            View::NativeFn(_) => None,
            _ => {
                let mut text = String::new();
                // What has no name is shown as it is, where that needs no code of the language.
                return if matches!(self.pure_repr(f, &mut text), Ok(true)) {
                    text
                } else {
                    self.class_name(f).to_owned()
                };
            }
        };
        let name = self.callable_name(f);
        match module.as_deref() {
            None | Some("builtins") => format!("{name}()"),
            Some(m) => format!("{m}.{name}()"),
        }
    }

    /// A module's namespace as a module object's.
    pub fn module_dict(&self, v: Value) -> Option<Gc<Dict>> {
        v.cast::<Module>().map(|m| m.dict)
    }

    /// Whether `v` can be called.
    pub fn is_callable(&mut self, v: Value) -> bool {
        match v.view() {
            View::Function(_) | View::NativeFn(_) | View::BoundMethod(_) | View::Class(_) => true,
            _ => {
                let name = self.names.call;
                self.special(v, name).is_some()
            }
        }
    }

    /// Whether `v` is a class derived from `BaseException`.
    pub fn is_exception_class(&self, v: Value) -> bool {
        v.cast::<Class>().is_some_and(|c| c.has(flag::EXCEPTION))
    }

    /// The result of `Res` natives that have none.
    pub fn none(&self) -> Res {
        Ok(Value::NONE)
    }
}
