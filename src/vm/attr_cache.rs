//! Attribute and global instructions: inline caches, in front of the general path (`attr.rs`). Floor 5.
//!
//! Invariant: a cache only holds what the general path would find again, as long as its guards hold.

use super::Vm;
use super::attr::Get;
use super::binding::{Attr, Setter, is_user_kind};
use super::drive::Act;
use super::native::Res;
use super::own::MEMBER_KEY;
use super::thread::Then;
use crate::bytecode::ops::{Instr, Op};
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::func::{Cache, CacheKind};
use crate::object::{Class, Dict, Function, Instance, Module, Native, NativeFn, Record, RecordTag, ShapeId, Str};
use crate::value::Value;

/// What is known of one attribute of instances of one shape: for sites that see objects of several shapes, whose own
/// caches keep losing.
#[derive(Clone, Copy)]
pub(super) struct ShapeEntry {
    shape: u32,
    store: bool,
    cache: Cache,
}

/// Number of entries: two to this power.
const SHAPE_BITS: u32 = 10;

/// Empty entries.
fn new_shape_cache() -> Box<[ShapeEntry]> {
    let empty = ShapeEntry { shape: 0, store: false, cache: Cache::EMPTY };
    vec![empty; 1 << SHAPE_BITS].into_boxed_slice()
}

#[inline(always)]
fn shape_index(shape: u32, name: Value, store: bool) -> usize {
    let key = (u64::from(shape) << 1 | u64::from(store)) ^ name.bits().rotate_left(32);
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SHAPE_BITS)) as usize
}

impl Vm {
    /// What [`Vm::remember_shape`] stored, if it still holds.
    #[inline(always)]
    fn known_shape(&self, shape: u32, name: Value, store: bool) -> Option<&Cache> {
        let e = self.shape_cache.get(shape_index(shape, name, store))?;
        let same = e.shape == shape && e.cache.key == name && e.store == store && e.cache.epoch == self.epoch;
        if same { Some(&e.cache) } else { None }
    }

    /// Stores what a site learnt of instances of a shape, for the site and for others that meet the same.
    fn remember_shape(&mut self, site: u16, name: Gc<Str>, store: bool, cache: Cache) {
        let cache = Cache { key: name.value(), ..cache };
        if !self.is_polymorphic(site) {
            self.set_cache(site, cache);
        }
        if self.config.quicken && self.shape_cache.is_empty() {
            self.shape_cache = new_shape_cache();
        }
        if self.config.quicken
            && let Some(e) = self.shape_cache.get_mut(shape_index(cache.shape, name.value(), store))
        {
            *e = ShapeEntry { shape: cache.shape, store, cache };
        }
    }

    fn is_polymorphic(&self, site: u16) -> bool {
        let code = self.threads.current.frames.last().and_then(|f| f.code);
        code.is_some_and(|c| c.caches.borrow().get(site as usize).is_some_and(|c| c.kind == CacheKind::Poly))
    }

    /// The site of the instruction at hand has seen a second shape.
    fn make_polymorphic(&mut self, site: u16, name: Gc<Str>) {
        if !self.is_polymorphic(site) {
            self.set_cache(site, Cache { kind: CacheKind::Poly, key: name.value(), ..Cache::EMPTY });
        }
    }

    /// The attribute `name` of `obj`, where an object of its shape was seen before and has it as a value.
    #[inline(always)]
    pub(super) fn load_known(&self, obj: Value, name: Value) -> Option<Value> {
        let inst = obj.cast::<Instance>()?;
        let c = self.known_shape(inst.shape().0, name, false)?;
        match c.kind {
            CacheKind::Slot => inst.slot(c.index as usize).defined(),
            CacheKind::ClassData => c.value.cast::<Dict>().and_then(|d| d.get_cached(c.index as usize, name)),
            _ => None,
        }
    }

    /// The function that is the method `name` of `obj`, where an object of its shape was seen before.
    #[inline(always)]
    pub(super) fn method_known(&self, obj: Value, name: Value) -> Option<Value> {
        let inst = obj.cast::<Instance>()?;
        let c = self.known_shape(inst.shape().0, name, false)?;
        if c.kind == CacheKind::Method { Some(c.value) } else { None }
    }

    /// A store into a slot that is already known; `false` if nothing is.
    #[inline(always)]
    pub(super) fn store_known(&self, obj: Value, name: Value, value: Value) -> bool {
        let Some(inst) = obj.cast::<Instance>() else { return false };
        let Some(c) = self.known_shape(inst.shape().0, name, true) else { return false };
        let Some(slot) = inst.items().get(c.index as usize) else { return false };
        match c.kind {
            CacheKind::Slot => slot.set(value),
            CacheKind::AddSlot => {
                slot.set(value);
                inst.set_shape(crate::object::ShapeId(c.value.int_bits() as u32));
            }
            _ => return false,
        }
        true
    }

    /// The interned name of a site of the topmost frame.
    pub(super) fn site_name(&self, site: u16) -> Gc<Str> {
        let frame = self.threads.current.frames.last();
        frame
            .and_then(|f| {
                let c = f.code?;
                let n = *c.code.sites.get(site as usize)?;
                c.names.get(n as usize)?.cast::<Str>()
            })
            .unwrap_or(self.names.empty)
    }

    /// Remembers what the instruction that runs, whose site this is, has seen, and specialises it, unless the VM is not to
    /// learn.
    pub(super) fn set_cache(&mut self, site: u16, cache: Cache) {
        if !self.config.quicken {
            return;
        }
        let Some(frame) = self.threads.current.frames.last() else { return };
        let Some(code) = frame.code else { return };
        if let Some(slot) = code.caches.borrow_mut().get_mut(site as usize) {
            *slot = cache;
        }
        self.specialise(|op| cache.kind.specialised(op));
    }

    /// Gives the instruction that runs another form, unless the VM is not to learn: `form` of its general operation.
    pub(super) fn specialise(&self, form: impl FnOnce(Op) -> Op) {
        if !self.config.quicken {
            return;
        }
        let Some(frame) = self.threads.current.frames.last() else { return };
        let at = frame.code.zip((frame.pc as usize).checked_sub(1));
        if let Some(at) = at.as_ref().and_then(|(code, pc)| code.instrs.get(*pc)) {
            let i = at.get();
            at.set(Instr { op: form(i.op.generic()), ..i });
        }
    }

    /// `GetAttr` and `LoadMethod` whose caches failed.
    #[inline(never)]
    pub(super) fn load_attr(&mut self, i: Instr) -> Act {
        let obj = self.reg(i.b);
        let name = self.site_name(i.c);
        if let Some(v) = self.load_known(obj, name.value()) {
            self.make_polymorphic(i.c, name);
            if i.op == Op::LoadMethod {
                self.set_reg(i.a, Value::UNDEF);
                self.set_reg(i.a + 1, v);
            } else {
                self.set_reg(i.a, v);
            }
            return Act::Run;
        }
        if i.op == Op::LoadMethod
            && let Some(f) = self.method_known(obj, name.value())
        {
            self.make_polymorphic(i.c, name);
            self.set_reg(i.a, f);
            self.set_reg(i.a + 1, obj);
            return Act::Run;
        }
        if i.op == Op::LoadMethod
            && let Some((f, receiver)) = self.super_method(obj, name)
        {
            self.set_reg(i.a, f);
            self.set_reg(i.a + 1, receiver);
            return Act::Run;
        }
        if i.op == Op::LoadMethod
            && let Some(f) = self.native_method(obj, name)
        {
            self.set_reg(i.a, f);
            self.set_reg(i.a + 1, obj);
            return Act::Run;
        }
        self.learn_load(obj, name, i.c);
        if i.op == Op::GetAttr {
            return self.attr_act(obj, name, i.a);
        }
        // LoadMethod: a function of the class comes unbound, with the receiver behind it.
        let class = self.class_of(obj);
        if !class.has(flag::USER_GETATTRIBUTE)
            && let Attr::Method(f) = self.find_attr(obj, name)
        {
            self.set_reg(i.a, f);
            self.set_reg(i.a + 1, obj);
            return Act::Run;
        }
        self.set_reg(i.a, Value::UNDEF);
        // The register of the receiver may be the one just cleared: it is kept for `__getattr__`.
        self.set_reg(i.a + 1, obj);
        self.attr_act(obj, name, i.a + 1)
    }

    /// The method `name` of a lock, a queue or the like: their classes can't change, and they seldom have attributes of their
    /// own.
    fn native_method(&mut self, obj: Value, name: Gc<Str>) -> Option<Value> {
        let native = obj.cast::<Native>()?;
        let class = native.class();
        if class.has(flag::HEAP) || (class.has(flag::HAS_DICT) && self.heap.attrs_of(native.header()).is_some()) {
            return None;
        }
        let f = self.lookup_class(class, name)?;
        (f.cast::<NativeFn>()?.class() == self.types.method_descriptor).then_some(f)
    }

    /// `r[dst] = obj.name`.
    pub(super) fn attr_act(&mut self, obj: Value, name: Gc<Str>, dst: u16) -> Act {
        match self.attr_of(obj, name) {
            Ok(Get::Value(value)) => {
                self.set_reg(dst, value);
                Act::Run
            }
            Ok(Get::Call(req)) => self.call_req(&req, Then::GetAttr, dst),
            Ok(Get::Last(req)) => self.call_req(&req, Then::Store, dst),
            Err(c) => self.control(c, Then::Store, dst, None),
        }
    }

    /// A getter or `__getattribute__` ended by the AttributeError `_exc`: `__getattr__` is asked, if there is one.
    pub(super) fn getattr_fallback(&mut self, dst: u16, _exc: Value) -> Option<Act> {
        let i = self.current_instr();
        if !matches!(i.op, Op::GetAttr | Op::LoadMethod) {
            return None;
        }
        let obj = if i.op == Op::LoadMethod { self.reg(i.a + 1) } else { self.reg(i.b) };
        let name = self.site_name(i.c);
        let getattr = self.names.getattr;
        let f = self.special(obj, getattr)?;
        Some(self.call_special(f, obj, &[name.value()], Then::Store, dst))
    }

    /// Remembers where an attribute was found, if it will be there the next time.
    fn learn_load(&mut self, obj: Value, name: Gc<Str>, site: u16) {
        let class = self.class_of(obj);
        if class.has(flag::USER_GETATTRIBUTE) || self.looks_elsewhere(obj) {
            return;
        }
        let epoch = self.epoch;
        if let Some(m) = obj.cast::<Module>() {
            let shadow = self.lookup_class(class, name);
            if shadow.is_none()
                && let Some(index) = m.dict.find_str(name)
                && index <= u16::MAX as usize
                && m.dict.entry(index).is_some_and(|e| e.key == name.value())
            {
                let c = Cache {
                    kind: CacheKind::Module,
                    index: index as u16,
                    epoch,
                    value: m.dict.value(),
                    subject: obj,
                    key: name.value(),
                    ..Cache::EMPTY
                };
                self.set_cache(site, c);
            }
            return;
        }
        if let Some(c) = obj.cast::<Class>() {
            self.learn_of_class(c, name, site);
            return;
        }
        let found = self.lookup_class(class, name);
        let Some(i) = obj.cast::<Instance>() else {
            if class.is_subclass(self.types.super_) {
                return;
            }
            if let Some(f) = found
                && f.cast::<NativeFn>().is_some_and(|_| {
                    let c = f.as_object().map(|o| o.class());
                    c == Some(self.types.method_descriptor) || c == Some(self.types.wrapper_descriptor)
                })
                && self.own_dict(obj, false).is_none()
                && !class.has(flag::HAS_DICT)
            {
                let c =
                    Cache { kind: CacheKind::NativeMethod, epoch, value: f, subject: class.value(), ..Cache::EMPTY };
                self.set_cache(site, c);
            }
            return;
        };
        let shape = i.shape();
        if self.shapes.get(shape).is_dict {
            return;
        }
        let base = Cache { shape: shape.0, epoch, ..Cache::EMPTY };
        if let Some(f) = found
            && self.is_data_descriptor(f)
        {
            let Some(r) = f.cast::<Record>().filter(|r| !r.class().has(flag::HEAP)) else { return };
            match r.tag {
                RecordTag::Property if r.field(0).cast::<Function>().is_some() => {
                    self.set_cache(site, Cache { kind: CacheKind::Property, value: r.field(0), ..base });
                }
                RecordTag::Member => {
                    if let Some(slot) = self.member_slot(shape, r) {
                        self.remember_shape(site, name, false, Cache { kind: CacheKind::Slot, index: slot, ..base });
                    }
                }
                _ => {}
            }
            return;
        }
        if let Some(slot) = self.shapes.slot(shape, name) {
            self.remember_shape(site, name, false, Cache { kind: CacheKind::Slot, index: slot, ..base });
            return;
        }
        let Some(f) = found else { return };
        if f.cast::<Function>().is_some() {
            self.remember_shape(site, name, false, Cache { kind: CacheKind::Method, value: f, ..base });
        } else if !needs_binding(f)
            && let Some((holder, _)) = self.lookup_class_where(class, name)
            && let Some(index) = holder.dict.find_str(name)
            && index <= u16::MAX as usize
            && holder.dict.entry(index).is_some_and(|e| e.key == name.value())
        {
            let c = Cache {
                kind: CacheKind::ClassData,
                index: index as u16,
                value: holder.dict.value(),
                key: name.value(),
                ..base
            };
            self.remember_shape(site, name, false, c);
        }
    }

    /// The slot of a `__slots__` member in a shape.
    fn member_slot(&self, shape: ShapeId, m: Gc<Record>) -> Option<u16> {
        self.shapes.slot(shape, m.field(MEMBER_KEY).cast::<Str>()?)
    }

    fn learn_of_class(&mut self, class: Gc<Class>, name: Gc<Str>, site: u16) {
        let meta = class.class();
        if self.lookup_class(meta, name).is_some() {
            return;
        }
        let Some((holder, v)) = self.lookup_class_where(class, name) else { return };
        if needs_binding(v) && v.cast::<Function>().is_none() {
            return;
        }
        if let Some(index) = holder.dict.find_str(name)
            && index <= u16::MAX as usize
            && holder.dict.entry(index).is_some_and(|e| e.key == name.value())
        {
            let c = Cache {
                kind: CacheKind::OfClass,
                index: index as u16,
                epoch: self.epoch,
                value: holder.dict.value(),
                subject: class.value(),
                key: name.value(),
                ..Cache::EMPTY
            };
            self.set_cache(site, c);
        }
    }

    /// `SetAttr` whose cache failed.
    #[inline(never)]
    pub(super) fn store_attr_op(&mut self, i: Instr) -> Act {
        let (obj, value) = (self.reg(i.a), self.reg(i.b));
        let name = self.site_name(i.c);
        if let Some(inst) = obj.cast::<Instance>() {
            if self.store_known(obj, name.value(), value) {
                self.make_polymorphic(i.c, name);
                return Act::Run;
            }
            let class = inst.class();
            let shape = inst.shape();
            let setter = match class.has(flag::USER_SETATTR) || self.shapes.get(shape).is_dict {
                true => None,
                false => Some(self.find_setter(obj, name, false)),
            };
            if let Some(Setter::Slot(m)) = setter
                && let Some(slot) = self.member_slot(shape, m)
            {
                let base = Cache { shape: shape.0, epoch: self.epoch, ..Cache::EMPTY };
                self.remember_shape(i.c, name, true, Cache { kind: CacheKind::Slot, index: slot, ..base });
            } else if matches!(setter, Some(Setter::Plain)) && class.has(flag::HAS_DICT) {
                let base = Cache { shape: shape.0, epoch: self.epoch, ..Cache::EMPTY };
                if let Some(slot) = self.shapes.slot(shape, name) {
                    self.set_slot(inst, slot as usize, value);
                    self.remember_shape(i.c, name, true, Cache { kind: CacheKind::Slot, index: slot, ..base });
                    return Act::Run;
                }
                if let Some(next) = self.shapes.with(shape, name) {
                    let slot = self.shapes.get(shape).names.len();
                    self.set_slot(inst, slot, value);
                    inst.set_shape(next);
                    if slot < inst.len() {
                        let c = Cache {
                            kind: CacheKind::AddSlot,
                            index: slot as u16,
                            value: Value::small(next.0 as i64),
                            ..base
                        };
                        self.remember_shape(i.c, name, true, c);
                    }
                    return Act::Run;
                }
            }
        }
        self.set_attr_act(obj, name, value)
    }

    /// `obj.name = value`, or `del obj.name` for `Undef`.
    pub(super) fn set_attr_act(&mut self, obj: Value, name: Gc<Str>, value: Value) -> Act {
        match self.assign_attr(obj, name, value) {
            Ok(None) => Act::Run,
            Ok(Some(req)) => self.call_req(&req, Then::Discard, 0),
            Err(c) => self.control(c, Then::Discard, 0, None),
        }
    }

    /// `LoadGlobal` whose cache failed.
    #[inline(never)]
    pub(super) fn load_global(&mut self, globals: Gc<Dict>, i: Instr) -> Res {
        let name = self.site_name(i.b);
        if let Some(index) = globals.find_str(name) {
            let entry = globals.entry(index);
            if index <= u16::MAX as usize && entry.is_some_and(|e| e.key == name.value()) {
                self.set_cache(
                    i.b,
                    Cache { kind: CacheKind::Global, index: index as u16, key: name.value(), ..Cache::EMPTY },
                );
            }
            if let Some(e) = entry {
                return Ok(e.value);
            }
        }
        let builtins = self.builtins_of(globals);
        if let Some(index) = builtins.find_str(name)
            && let Some(e) = builtins.entry(index)
        {
            if index <= u16::MAX as usize && builtins == self.builtins && e.key == name.value() {
                let c = Cache {
                    kind: CacheKind::Builtin,
                    index: index as u16,
                    shape: globals.version(),
                    key: name.value(),
                    ..Cache::EMPTY
                };
                self.set_cache(i.b, c);
            }
            return Ok(e.value);
        }
        Err(self.undefined_name(name))
    }

    /// `NameError: name 'x' is not defined`.
    #[cold]
    pub fn undefined_name(&mut self, name: Gc<Str>) -> super::Ctl {
        let class = self.types.NameError;
        let text = self.new_str(&format!("name '{}' is not defined", name.as_str()));
        let exc = self.new_exception(class, &[text]);
        let attr = self.names.name_attr;
        self.set_exc_field(exc, attr, name.value());
        self.note_undefined(exc, name);
        super::Ctl::Raise(exc)
    }

    /// The builtins behind a namespace: its `__builtins__`, if that is a dict or module.
    pub fn builtins_of(&mut self, globals: Gc<Dict>) -> Gc<Dict> {
        let name = self.names.builtins;
        match globals.get_str(name) {
            Some(v) => match (v.cast::<Dict>(), v.cast::<Module>()) {
                (Some(d), _) => d,
                (_, Some(m)) => m.dict,
                _ => self.builtins,
            },
            None => self.builtins,
        }
    }
}

/// Whether binding a class attribute to an object gives anything else than itself.
fn needs_binding(v: Value) -> bool {
    use crate::heap::Kind;
    v.as_object().is_some_and(|o| {
        matches!(o.kind(), Kind::Function | Kind::NativeFn | Kind::Record | Kind::Instance | Kind::Native)
            || is_user_kind(v)
    })
}
