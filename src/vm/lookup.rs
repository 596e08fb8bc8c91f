//! Finding class attributes along the method resolution order, and the flags of classes that follow. Floor 5.
//!
//! Invariant: `Vm::epoch` changes whenever a lookup may have another result.

use super::native::{DefKind, NativeDef, Sig, SigParam};
use super::{NativeEntry, Res, Vm};
use crate::heap::{Gc, Kind};
use crate::object::class::{NOT_NATIVE, flag};
use crate::object::{Class, Dict, Module, NativeFn, RecordTag, Str, View};
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
        !o.class().has(flag::HEAP)
            && !matches!(
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
        if self.config.quicken && !value.is_some_and(is_plain_data) {
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
        let at = class.mro.borrow().iter().position(|&c| c == after)?;
        for i in at + 1..class.mro.borrow().len() {
            let c = class.mro.borrow()[i];
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
        self.natives.push(NativeEntry { def, sig: def.sig, params: Box::default(), owner: Box::default(), is_setter });
        self.natives.len() as u32 - 1
    }

    /// The parameters of a native.
    pub(super) fn native_params(&mut self, id: u32) -> &[SigParam] {
        let Some(entry) = self.natives.get_mut(id as usize) else { return &[] };
        if entry.params.len() != entry.sig.nparams as usize {
            entry.params = Sig::params(entry.def.text).into();
        }
        &entry.params
    }

    /// Makes a function object of a native. `owner`: its class, or `Undef`; `bound`: the receiver, or for a function the
    /// module's name, or `Undef`.
    pub fn new_native_fn(&mut self, class: Gc<Class>, id: u32, owner: Value, bound: Value) -> Gc<NativeFn> {
        let sig = &self.natives[id as usize].sig;
        let (min, max) = if sig.is_simple() { (sig.required.into(), sig.positional.into()) } else { (0, u16::MAX) };
        let f = NativeFn::new(class, id, min, max, owner, bound);
        self.heap.alloc(if class == self.types.wrapper_descriptor { f.with_preparation() } else { f })
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
        let sig_name = self.natives[id as usize].def.name();
        self.natives[id as usize].owner = class.name_str().into();
        let name = self.intern_hashed(sig_name, def.sig.hash);
        let owner = class.value();
        let value = match def.kind {
            DefKind::Method => {
                let c = if super::arity::is_slot(sig_name, class.name_str()) {
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
            DefKind::Attribute | DefKind::Member => {
                let setter = match def.set {
                    Some(_) => Value::small(self.add_native(def, true) as i64),
                    None => Value::UNDEF,
                };
                let c = match def.kind {
                    DefKind::Member => self.types.member_descriptor,
                    _ => self.types.getset_descriptor,
                };
                let fields = [owner, name.value(), Value::small(id as i64), setter];
                self.new_record(c, RecordTag::Member, &fields).value()
            }
        };
        if class.dict.get_str(name).is_none() {
            class.dict.set_str(name, value);
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
                    let other = |f: Gc<NativeFn>| {
                        let hook = bit & (flag::USER_SETATTR | flag::USER_GETATTR) != 0;
                        f.owner.cast::<Class>().is_none() || hook && !self.is_native_method(v, name)
                    };
                    c.has(flag::HEAP) && v.cast::<NativeFn>().is_none_or(other)
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

    /// The name under which a callable appears in messages: `f()` for functions, `C.m()` for methods.
    pub fn callable_name(&mut self, f: Value) -> String {
        let text = |v: Value| v.cast::<Str>().map_or_else(String::new, |s| s.as_str().to_owned());
        match f.view() {
            View::Function(f) => text(f.qualname.get()),
            View::NativeFn(f) => {
                let name = self.natives[f.id as usize].def.name();
                match f.owner.cast::<Class>() {
                    Some(c) => format!("{}.{name}", c.own_name()),
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
