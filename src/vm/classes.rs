//! Making classes: method resolution order, layout, slots, implicit class and static methods. Floor 5.
//!
//! Nothing here runs code of the language: `__set_name__`, `__init_subclass__` and metaclasses' methods are called by
//! `prelude/classes.thr`. Invariant: a class that [`Vm::make_class`] gave is complete, its flags are right.

use super::{Res, Vm};
use crate::heap::{Gc, Header, Kind};
use crate::object::class::flag;
use crate::object::func::Cell;
use crate::object::{Class, Dict, Function, RecordTag, Str, Tuple, View};
use crate::value::Value;

/// Flags that a class has because a base has them.
const INHERITED: u32 = flag::EXCEPTION | flag::META | flag::SEQUENCE | flag::MAPPING;

/// Modules whose classes are written in C in CPython, in part or (no names) all of them: messages show these modules.
const C_TYPES: &[(&str, &[&str])] = &[
    ("_collections", &[]),
    ("_io", &[]),
    ("_queue", &[]),
    ("_thread", &[]),
    ("collections", &["OrderedDict", "defaultdict", "deque"]),
    ("functools", &["_lru_cache_wrapper", "partial"]),
    ("itertools", &[]),
    ("operator", &["attrgetter", "itemgetter", "methodcaller"]),
    ("sys", &[]),
    ("time", &[]),
    ("types", &["GenericAlias", "SimpleNamespace", "UnionType"]),
];

/// The name with the module, where messages show it.
pub(super) fn full_type_name(module: &str, name: &str) -> Option<String> {
    let shown = |(m, names): &(&str, &[&str])| *m == module && (names.is_empty() || names.contains(&name));
    C_TYPES.iter().any(shown).then(|| format!("{module}.{name}"))
}

impl Vm {
    /// A class as `type.__new__(meta, name, bases, namespace)` makes it, without calling `__set_name__` and
    /// `__init_subclass__`. The namespace is copied. Errors: CPython's for bases, slots and names.
    pub fn make_class(
        &mut self,
        meta: Gc<Class>,
        name: Gc<Str>,
        bases: &[Gc<Class>],
        namespace: Gc<Dict>,
    ) -> Res<Gc<Class>> {
        let object = [self.types.object];
        let bases = if bases.is_empty() { &object[..] } else { bases };
        let best = self.best_base(bases)?;
        let class_dict = self.new_dict();
        class_dict.copy_from(&namespace);
        let qualname = self.take_qualname(class_dict, name)?;
        let cell = match class_dict.remove_str(self.names.classcell).map(|c| (c, c.cast::<Cell>())) {
            Some((c, None)) => {
                let given = self.class_of(c);
                let given = self.full_name(given);
                let message = format!("__classcell__ must be a nonlocal cell, not <class '{given}'>");
                return Err(self.type_error(message));
            }
            found => found.and_then(|(_, cell)| cell),
        };
        let layout = best.layout.get();
        let class = self.heap.alloc(Class::new(Header::new(Kind::Class, meta), name.value(), class_dict, layout));
        class.qualname.set(qualname);
        if let Some(module) = class_dict.get_str(self.names.module).and_then(|m| m.cast::<Str>()) {
            self.set_type_name(class, module.as_str());
        }
        *class.bases.borrow_mut() = bases.to_vec();
        let order = self.linearise(class, bases)?;
        *class.mro.borrow_mut() = order;
        let mut flags = flag::HEAP | flag::BASE;
        for b in bases {
            flags |= b.flags.get() & INHERITED;
        }
        class.flags.set(flags);
        self.add_slots(class, best, bases)?;
        self.add_implicit_names(class, layout)?;
        for b in bases {
            b.subclasses.borrow_mut().push(class);
        }
        if let Some(c) = cell {
            c.value.set(class.value());
        }
        self.compute_flags(class);
        Ok(class)
    }

    /// Sets what messages call a new class of this module.
    pub(super) fn set_type_name(&mut self, class: Gc<Class>, module: &str) {
        if let Some(full) = full_type_name(module, class.own_name()) {
            let full = self.intern(&full);
            class.type_name.set(full.value());
        }
    }

    /// Calls `__set_name__` of the new class's attributes and `__init_subclass__` of its bases, if there are any; the
    /// class is the result. The prelude does it where the language defines one.
    pub fn call_class_hooks(&mut self, class: Gc<Class>, kwargs: Option<Gc<Dict>>) -> Res {
        let (set_name, init) = (self.names.set_name, self.names.init_subclass);
        let mut hooks = kwargs.is_some_and(|k| !k.is_empty());
        for e in class.dict.to_vec() {
            match e.value.view() {
                View::Record(r) if r.class() == self.types.property => r.set_field(4, e.key),
                View::Instance(_) | View::Native(_) | View::Record(_) | View::Class(_) => {
                    hooks |= self.special(e.value, set_name).is_some();
                }
                _ => {}
            }
        }
        let plain = self.types.object;
        let plain = self.lookup_class(plain, init);
        hooks |= self.lookup_after(class, class, init) != plain;
        if !hooks {
            return Ok(class.value());
        }
        let kwargs = kwargs.map_or(Value::NONE, |k| k.value());
        self.prelude_call("class_hooks", &[class.value(), kwargs])
    }

    /// The most derived metaclass of `meta` and the bases' metaclasses. TypeError "metaclass conflict" if there is none.
    pub fn winning_metaclass(&mut self, meta: Gc<Class>, bases: &[Value]) -> Res<Gc<Class>> {
        let mut winner = meta;
        for &b in bases {
            let c = self.class_of(b);
            if winner.is_subclass(c) {
                continue;
            }
            if c.is_subclass(winner) {
                winner = c;
                continue;
            }
            return Err(self.type_error(
                "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the \
                 metaclasses of all its bases",
            ));
        }
        Ok(winner)
    }

    /// The base whose layout the instances get, after checking that the bases go together.
    pub fn best_base(&mut self, bases: &[Gc<Class>]) -> Res<Gc<Class>> {
        let mut best: Option<(Gc<Class>, Gc<Class>)> = None;
        for (i, &b) in bases.iter().enumerate() {
            if !b.has(flag::BASE) {
                let message = format!("type '{}' is not an acceptable base type", self.full_name(b));
                return Err(self.type_error(message));
            }
            if bases[..i].contains(&b) {
                let message = format!("duplicate base class {}", b.name_str());
                return Err(self.type_error(message));
            }
            let solid = self.solid_base(b);
            match best {
                None => best = Some((b, solid)),
                Some((_, old)) if old.is_subclass(solid) => {}
                Some((_, old)) if solid.is_subclass(old) => best = Some((b, solid)),
                Some(_) => return Err(self.type_error("multiple bases have instance lay-out conflict")),
            }
        }
        Ok(best.map_or(self.types.object, |(b, _)| b))
    }

    /// The class that gives instances of `class` their layout.
    pub fn solid_base(&self, class: Gc<Class>) -> Gc<Class> {
        let t = &self.types;
        let with_fields = [
            t.BaseExceptionGroup,
            t.StopIteration,
            t.SystemExit,
            t.ImportError,
            t.OSError,
            t.SyntaxError,
            t.UnicodeDecodeError,
            t.UnicodeEncodeError,
            t.UnicodeTranslateError,
            t.AttributeError,
            t.NameError,
            t.BaseException,
        ];
        let plain = |c: Gc<Class>| {
            c.has(flag::HEAP) && !c.has(flag::SLOTS)
                || !c.has(flag::HEAP) && c.layout.get() == Kind::Instance
                || (!c.has(flag::HEAP) && c.layout.get() == Kind::Exception && !with_fields.contains(&c))
        };
        class.mro.borrow().iter().copied().find(|&c| !plain(c)).unwrap_or(t.object)
    }

    /// The method resolution order by C3.
    pub fn linearise(&mut self, class: Gc<Class>, bases: &[Gc<Class>]) -> Res<Vec<Gc<Class>>> {
        let mut order = vec![class];
        if let [base] = bases {
            order.extend(base.mro.borrow().iter().copied());
            return Ok(order);
        }
        let mut lists: Vec<Vec<Gc<Class>>> = bases.iter().map(|b| b.mro.borrow().to_vec()).collect();
        lists.push(bases.to_vec());
        let mut at = vec![0usize; lists.len()];
        loop {
            let heads: Vec<Gc<Class>> = lists.iter().zip(&at).filter_map(|(l, &i)| l.get(i).copied()).collect();
            if heads.is_empty() {
                return Ok(order);
            }
            let free = |c: &Gc<Class>| lists.iter().zip(&at).all(|(l, &i)| !l.iter().skip(i + 1).any(|x| x == c));
            let Some(&next) = heads.iter().find(|c| free(c)) else {
                let mut names: Vec<&str> = Vec::new();
                let mut seen: Vec<Gc<Class>> = Vec::new();
                for c in heads {
                    if !seen.contains(&c) {
                        seen.push(c);
                        names.push(c.name_str());
                    }
                }
                let message =
                    format!("Cannot create a consistent method resolution order (MRO) for bases {}", names.join(", "));
                return Err(self.type_error(message));
            };
            order.push(next);
            for (l, i) in lists.iter().zip(at.iter_mut()) {
                if l.get(*i) == Some(&next) {
                    *i += 1;
                }
            }
        }
    }

    fn take_qualname(&mut self, dict: Gc<Dict>, name: Gc<Str>) -> Res {
        match dict.remove_str(self.names.qualname) {
            None => Ok(name.value()),
            Some(q) if q.cast::<Str>().is_some() => Ok(q),
            Some(q) => {
                let message = format!("type __qualname__ must be a str, not {}", self.class_name(q));
                Err(self.type_error(message))
            }
        }
    }

    /// `__slots__`, and `__dict__` and `__weakref__` where the class brings them.
    fn add_slots(&mut self, class: Gc<Class>, best: Gc<Class>, bases: &[Gc<Class>]) -> Res<()> {
        // Whose instances differ in length have no room for more at their end.
        let var_sized = matches!(best.layout.get(), Kind::BigInt | Kind::Tuple | Kind::Bytes | Kind::Class);
        let may_dict = !best.has(flag::HAS_DICT | flag::META);
        let may_weakref = !best.has(flag::HAS_WEAKREF) && !var_sized;
        let slots = class.dict.get_str(self.names.slots);
        let (mut adds_dict, mut adds_weakref) = (may_dict && slots.is_none(), may_weakref && slots.is_none());
        let mut own = Vec::new();
        if let Some(slots) = slots {
            let names = self.slot_names(slots)?;
            if var_sized && !names.is_empty() {
                let base = best.name_str();
                return Err(self.type_error(format!("nonempty __slots__ not supported for subtype of '{base}'")));
            }
            for name in names {
                match name.as_str() {
                    "__dict__" if !may_dict || adds_dict => {
                        return Err(self.type_error("__dict__ slot disallowed: we already got one"));
                    }
                    "__weakref__" if !may_weakref || adds_weakref => {
                        return Err(self.type_error("__weakref__ slot disallowed: we already got one"));
                    }
                    "__dict__" => adds_dict = true,
                    "__weakref__" => adds_weakref = true,
                    text if !crate::text::unicode::is_identifier(text) => {
                        return Err(self.type_error("__slots__ must be identifiers"));
                    }
                    text => own.push(mangle(class.own_name(), text)),
                }
            }
            // What other bases than the one with the layout bring.
            adds_dict |= may_dict && bases.iter().any(|b| b.has(flag::HAS_DICT));
            adds_weakref |= may_weakref && bases.iter().any(|b| b.has(flag::HAS_WEAKREF));
        }
        class.set_flag(flag::HAS_DICT, adds_dict || best.has(flag::HAS_DICT));
        class.set_flag(flag::HAS_WEAKREF, adds_weakref || best.has(flag::HAS_WEAKREF));
        self.add_members(class, best, own)?;
        if adds_dict {
            self.add_hidden_member(class, "__dict__");
        }
        if adds_weakref {
            self.add_hidden_member(class, "__weakref__");
        }
        Ok(())
    }

    /// The members of the class's own slots, and the room for all slots in its instances.
    fn add_members(&mut self, class: Gc<Class>, best: Gc<Class>, mut own: Vec<String>) -> Res<()> {
        own.sort();
        let root = self.shapes.root(best);
        let mut keys = self.shapes.get(root).names.clone();
        class.set_flag(flag::SLOTS, !own.is_empty());
        for text in own {
            let name = self.intern(&text);
            if class.dict.get_str(name).is_some() {
                let message = format!("'{text}' in __slots__ conflicts with class variable");
                return Err(self.value_error(message));
            }
            let key = self.new_unique_str(&text);
            keys.push(key);
            let fields = [class.value(), name.value(), Value::UNDEF, Value::UNDEF, key.value()];
            let c = self.types.member_descriptor;
            let member = self.new_record(c, RecordTag::Member, &fields).value();
            class.dict.set_str(name, member);
        }
        if class.layout.get() == Kind::Instance && !keys.is_empty() {
            self.shapes.reserve(class, keys);
        }
        Ok(())
    }

    fn slot_names(&mut self, slots: Value) -> Res<Vec<Gc<Str>>> {
        if let Some(one) = slots.cast::<Str>() {
            return Ok(vec![one]);
        }
        let items = self.pure_items(slots)?.unwrap_or_default();
        let mut names = Vec::with_capacity(items.len());
        for item in items {
            match item.cast::<Str>() {
                Some(s) => names.push(s),
                None => {
                    let message = format!("__slots__ items must be strings, not '{}'", self.class_name(item));
                    return Err(self.type_error(message));
                }
            }
        }
        Ok(names)
    }

    /// `__dict__` or `__weakref__` as an attribute of the class.
    fn add_hidden_member(&mut self, class: Gc<Class>, name: &'static str) {
        let id = |vm: &mut Vm, key| vm.module_state.get(key).copied().unwrap_or(Value::UNDEF);
        let (get, set) = match name {
            "__dict__" => (id(self, "object.__dict__"), id(self, "object.__dict__=")),
            _ => (id(self, "object.__weakref__"), Value::UNDEF),
        };
        if get.is_undef() {
            return;
        }
        let key = self.intern(name);
        let c = self.types.getset_descriptor;
        let member = self.new_record(c, RecordTag::Member, &[class.value(), key.value(), get, set]).value();
        if class.dict.get_str(key).is_none() {
            class.dict.set_str(key, member);
        }
    }

    /// `__module__`, `__doc__`, `__hash__ = None`, and the methods that are static or class methods by their names.
    fn add_implicit_names(&mut self, class: Gc<Class>, _layout: Kind) -> Res<()> {
        let dict = class.dict;
        let n = &self.names;
        let (module, doc, hash, eq) = (n.module, n.doc, n.hash, n.eq);
        let (new, init_subclass, class_getitem) = (n.new, n.init_subclass, n.class_getitem);
        if dict.get_str(module).is_none() {
            let name = self.names.name;
            if let Some(m) = self.current_globals().and_then(|g| g.get_str(name)) {
                dict.set_str(module, m);
            }
        }
        if dict.get_str(doc).is_none() {
            dict.set_str(doc, Value::NONE);
        }
        if dict.get_str(eq).is_some() && dict.get_str(hash).is_none() {
            dict.set_str(hash, Value::NONE);
        }
        if let Some(f) = dict.get_str(new)
            && f.cast::<Function>().is_some()
        {
            let c = self.types.staticmethod;
            let wrapped = self.new_record(c, RecordTag::StaticMethod, &[f]).value();
            dict.set_str(new, wrapped);
        }
        for name in [init_subclass, class_getitem] {
            if let Some(f) = dict.get_str(name)
                && f.cast::<Function>().is_some()
            {
                let c = self.types.classmethod;
                let wrapped = self.new_record(c, RecordTag::ClassMethod, &[f]).value();
                dict.set_str(name, wrapped);
            }
        }
        Ok(())
    }

    /// Globals of the running function of the language.
    pub fn current_globals(&self) -> Option<Gc<Dict>> {
        self.current_function().map(|f| f.globals)
    }

    /// Globals of the innermost function that is not part of the interpreter's own library.
    pub fn calling_globals(&self) -> Option<Gc<Dict>> {
        let t = &self.threads.current;
        let f = t.frames.iter().rev().find(|f| f.code.is_some_and(|c| !c.code.source.hidden))?;
        t.stack.get((f.base as usize).checked_sub(1)?)?.cast::<Function>().map(|f| f.globals)
    }

    /// The running function of the language: that of the topmost frame which is not a machine's.
    pub fn current_function(&self) -> Option<Gc<Function>> {
        let t = &self.threads.current;
        let f = t.frames.iter().rev().find(|f| f.code.is_some())?;
        t.stack.get((f.base as usize).checked_sub(1)?)?.cast::<Function>()
    }

    /// Register `i` of the topmost frame of the language.
    pub fn current_register(&self, i: usize) -> Value {
        let t = &self.threads.current;
        let Some(f) = t.frames.iter().rev().find(|f| f.code.is_some()) else { return Value::UNDEF };
        t.stack.get(f.base as usize + i).copied().unwrap_or(Value::UNDEF)
    }

    /// The class and object that `super()` without arguments stands for. RuntimeError where there are none.
    pub fn super_without_args(&mut self) -> Res<(Gc<Class>, Value)> {
        let Some(code) = self.threads.current.frames.iter().rev().find_map(|f| f.code) else {
            return Err(self.runtime_error("super(): no current frame"));
        };
        if code.code.nparams() == 0 {
            return Err(self.runtime_error("super(): no arguments"));
        }
        let Some(reg) = code.code.class_cell else {
            return Err(self.runtime_error("super(): __class__ cell not found"));
        };
        let mut first = self.current_register(0);
        if let Some(c) = first.cast::<Cell>()
            && code.code.cells.contains(&0)
        {
            first = c.value.get();
        }
        if first.is_undef() {
            return Err(self.runtime_error("super(): arg[0] deleted"));
        }
        let class = self.current_register(reg as usize);
        let class = class.cast::<Cell>().map_or(class, |c| c.value.get());
        match class.cast::<Class>() {
            Some(c) => Ok((c, first)),
            None if class.is_undef() => Err(self.runtime_error("super(): empty __class__ cell")),
            None => {
                let message = format!("super(): __class__ is not a type ({})", self.class_name(class));
                Err(self.runtime_error(message))
            }
        }
    }

    /// Module and qualified name of a class, `builtins` left out, as messages and `repr` have it.
    pub fn full_name(&mut self, class: Gc<Class>) -> String {
        let qualname = class.qualname.get().cast::<Str>().map_or("?", |s| s.as_str());
        match self.module_of_class(class).as_deref() {
            None | Some("builtins") => qualname.to_owned(),
            Some(m) => format!("{m}.{qualname}"),
        }
    }

    /// `__module__` of a class, if it is a text.
    pub fn module_of_class(&mut self, class: Gc<Class>) -> Option<String> {
        let name = self.names.module;
        match class.dict.get_str(name) {
            Some(v) => match v.cast::<Str>() {
                Some(s) => Some(s.as_str().to_owned()),
                None if class.has(flag::HEAP) => None,
                None => Some("builtins".to_owned()),
            },
            None if class.has(flag::HEAP) => None,
            None => Some("builtins".to_owned()),
        }
    }

    /// The bases in a tuple as classes. TypeError if one is not a class.
    pub fn classes_in(&mut self, bases: Gc<Tuple>) -> Res<Vec<Gc<Class>>> {
        let mut out = Vec::with_capacity(bases.len());
        for &b in bases.items() {
            match b.cast::<Class>() {
                Some(c) => out.push(c),
                None => return Err(self.type_error("bases must be types")),
            }
        }
        Ok(out)
    }
}

/// A private name as it is stored: `__x` in class `C` is `_C__x`.
fn mangle(class: &str, name: &str) -> String {
    let class = class.trim_start_matches('_');
    if name.starts_with("__") && !name.ends_with("__") && !class.is_empty() {
        format!("_{class}{name}")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::config::VmConfig;
    use crate::vm::Ctl;

    fn class(vm: &mut Vm, name: &str, bases: &[Gc<Class>]) -> Result<Gc<Class>, String> {
        let (meta, name, ns) = (vm.types.type_, vm.intern(name), vm.new_dict());
        vm.make_class(meta, name, bases, ns).map_err(|e| match e {
            Ctl::Raise(e) => match e.view() {
                View::Exception(e) => match e.args.get().view() {
                    View::Tuple(t) => t.items()[0].cast::<Str>().unwrap().as_str().to_owned(),
                    _ => String::new(),
                },
                _ => String::new(),
            },
            _ => String::from("?"),
        })
    }

    #[test]
    fn resolution_order() {
        let mut vm = Vm::bare(VmConfig::default());
        let a = class(&mut vm, "A", &[]).unwrap();
        let b = class(&mut vm, "B", &[a]).unwrap();
        let c = class(&mut vm, "C", &[a]).unwrap();
        let d = class(&mut vm, "D", &[b, c]).unwrap();
        assert_eq!(*d.mro.borrow(), [d, b, c, a, vm.types.object]);
        assert_eq!(
            class(&mut vm, "E", &[a, b]).unwrap_err(),
            "Cannot create a consistent method resolution order (MRO) for bases A, B"
        );
        assert_eq!(class(&mut vm, "E", &[a, a]).unwrap_err(), "duplicate base class A");
    }

    #[test]
    fn layouts() {
        let mut vm = Vm::bare(VmConfig::default());
        let (list, dict, bool_) = (vm.types.list, vm.types.dict, vm.types.bool_);
        let l = class(&mut vm, "L", &[list]).unwrap();
        assert_eq!(l.layout.get(), Kind::List);
        assert_eq!(class(&mut vm, "X", &[list, dict]).unwrap_err(), "multiple bases have instance lay-out conflict");
        assert_eq!(class(&mut vm, "X", &[bool_]).unwrap_err(), "type 'bool' is not an acceptable base type");
        let (v, k, o) = (vm.types.ValueError, vm.types.KeyError, vm.types.OSError);
        assert!(class(&mut vm, "X", &[v, k]).is_ok());
        assert!(class(&mut vm, "X", &[v, o]).is_ok());
        let i = vm.types.ImportError;
        assert!(class(&mut vm, "X", &[i, o]).is_err());
    }

    #[test]
    fn slots_take_the_place_of_a_dict() {
        let mut vm = Vm::bare(VmConfig::default());
        let (meta, name, ns) = (vm.types.type_, vm.intern("S"), vm.new_dict());
        let (key, a, z) = (vm.names.slots, vm.intern("a"), vm.intern("z"));
        let slots = vm.new_tuple(&[a.value()]);
        ns.set_str(key, slots);
        let Ok(c) = vm.make_class(meta, name, &[], ns) else { panic!() };
        assert!(!c.has(flag::HAS_DICT));
        let i = vm.new_instance(c).value();
        let member = vm.lookup_class(c, a).and_then(|m| m.cast::<crate::object::Record>());
        assert!(member.is_some_and(|m| m.tag == crate::object::RecordTag::Member));
        // What slots hold is no attribute of the object's own dict, and there is none.
        assert!(!vm.set_own_attr(i, a, Value::TRUE) && !vm.set_own_attr(i, z, Value::TRUE));
    }
}
