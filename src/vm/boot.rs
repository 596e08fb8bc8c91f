//! Making a VM: the first classes, names and strings. Floor 5.

use super::host::{Host, MemoryHost};
use super::lookup::MethodCache;
use super::names::Names;
use super::prelude::Prelude;
use super::table::Threads;
use super::types::Types;
use super::{Vm, intern_in};
use crate::base::config::{DEFAULT_RECURSION_LIMIT, VmConfig};
use crate::heap::{Gc, Header, Heap, Kind};
use crate::object::class::flag;
use crate::object::seq::TupleHead;
use crate::object::{Class, Dict, Shapes};
use crate::text::hash;
use crate::value::Value;
use hashbrown::HashTable;
use rustc_hash::FxHashMap;

/// Room for the names that every VM has.
const NAMES: usize = 800;
/// Room for the names of the module `builtins`.
const BUILTINS: usize = 200;

impl Vm {
    /// A VM with its built-in classes, but without methods and modules: `runtime` adds them.
    pub fn bare(config: VmConfig) -> Vm {
        Self::bare_with(config, Box::new(MemoryHost::default()))
    }

    /// As [`Vm::bare`], with a host.
    pub fn bare_with(config: VmConfig, host: Box<dyn Host>) -> Vm {
        let mut heap = Heap::new();
        let mut interned = HashTable::with_capacity(NAMES);
        let mut bare_class = |layout| {
            let dict = heap.alloc(Dict::without_class());
            heap.alloc(Class::new(Header::without_class(Kind::Class), Value::NONE, dict, layout))
        };
        // `object`, `type`, `str`, `dict` need one another: they are made without classes and names, which follow.
        let object = bare_class(Kind::Instance);
        let type_ = bare_class(Kind::Class);
        let str_class = bare_class(Kind::Str);
        let dict_class = bare_class(Kind::Dict);
        for c in [object, type_, str_class, dict_class] {
            c.header().set_class(type_);
            c.dict.header().set_class(dict_class);
        }
        for (c, name) in [(object, "object"), (type_, "type")] {
            let name = intern_in(&mut heap, &mut interned, str_class, name, hash::str(name)).value();
            c.name.set(name);
            c.qualname.set(name);
            c.type_name.set(name);
        }
        link(object, &[]);
        link(type_, &[object]);
        object.flags.set(flag::BASE | flag::IMMUTABLE | flag::PLAIN_NEW);
        type_.flags.set(flag::BASE | flag::IMMUTABLE | flag::META | flag::HAS_WEAKREF);
        let types = Types::new(object, type_, |(name, name_hash), module, bases, layout, bits| {
            let name_text = intern_in(&mut heap, &mut interned, str_class, name, name_hash).value();
            let class = match name {
                "str" => str_class,
                "dict" => dict_class,
                _ => {
                    let dict = heap.alloc(Dict::new(dict_class));
                    heap.alloc(Class::new(Header::new(Kind::Class, type_), name_text, dict, layout))
                }
            };
            class.name.set(name_text);
            class.qualname.set(name_text);
            class.type_name.set(name_text);
            link(class, bases);
            let mut flags = flag::IMMUTABLE;
            if bits == 'b' {
                flags |= flag::BASE;
            }
            if bits == 'n' {
                flags |= flag::NO_NEW;
            }
            if layout == Kind::Exception {
                flags |= flag::EXCEPTION | flag::HAS_DICT;
            }
            if layout != Kind::Exception {
                flags |= abilities(name);
            }
            class.flags.set(flags);
            // Classes of `builtins` have no `__module__` in their dicts: `type.__module__` knows.
            if module != "builtins" {
                let mut text = |t: &str| intern_in(&mut heap, &mut interned, str_class, t, hash::str(t));
                class.type_name.set(text(&format!("{module}.{name}")).value());
                let (key, value) = (text("__module__"), text(module).value());
                class.dict.set_str(key, value);
            }
            class
        });
        let names = Names::new(|text, hash| intern_in(&mut heap, &mut interned, str_class, text, hash));
        let empty_tuple = heap.alloc_copy::<_, Value>(TupleHead::new(types.tuple), &[]).value();
        let builtins = heap.alloc(Dict::with_room(types.dict, BUILTINS));
        let modules = heap.alloc(Dict::new(types.dict));
        heap.set_stress(config.gc_stress);
        let mut threads = Threads::new();
        threads.clock.wall_start = host.monotonic_ns();
        Vm {
            heap,
            types,
            names,
            shapes: Shapes::new(),
            epoch: 1,
            scratch: String::new(),
            config,
            host,
            builtins,
            modules,
            threads,
            natives: Vec::new(),
            module_defs: Vec::new(),
            prelude: Prelude::default(),
            class_tables: Vec::new(),
            method_cache: MethodCache::new(),
            shape_cache: Box::default(),
            interned,
            entering: smallvec::SmallVec::new(),
            empty_tuple,
            ascii: [Value::UNDEF; 128],
            module_state: FxHashMap::default(),
            numbered_state: [Value::UNDEF; super::NUMBERED],
            files: Default::default(),
            weak_pending: Vec::new(),
            weak_credit: 0,
            recursion_limit: DEFAULT_RECURSION_LIMIT,
            max_str_digits: crate::text::int::MAX_STR_DIGITS,
            attention: false,
            profile: None,
        }
    }

    /// Adds a native class after the start: for modules.
    pub fn new_native_class(
        &mut self,
        name: &str,
        module: &str,
        bases: &[Gc<Class>],
        layout: Kind,
        flags: u32,
    ) -> Gc<Class> {
        let name = self.intern(name).value();
        let module = self.intern(module);
        let dict = self.new_dict();
        let type_ = self.types.type_;
        let class = self.heap.alloc(Class::new(Header::new(Kind::Class, type_), name, dict, layout));
        let bases = if bases.is_empty() { &[self.types.object][..] } else { bases };
        link(class, bases);
        let inherited = bases[0].flags.get() & (flag::EXCEPTION | flag::SEQUENCE | flag::MAPPING | flag::META);
        class.flags.set(flags | inherited | flag::IMMUTABLE);
        let module_name = self.names.module;
        class.dict.set_str(module_name, module.value());
        self.set_type_name(class, module.as_str());
        class
    }
}

/// What instances of a built-in class can do besides what follows from its layout.
fn abilities(name: &str) -> u32 {
    match name {
        "function" | "module" => flag::HAS_WEAKREF | flag::HAS_DICT,
        "staticmethod" | "classmethod" => flag::HAS_DICT,
        "method"
        | "builtin_function_or_method"
        | "generator"
        | "set"
        | "frozenset"
        | "code"
        | "UnionType"
        | "coroutine"
        | "GenericAlias" => flag::HAS_WEAKREF,
        "memoryview" => flag::HAS_WEAKREF | flag::SEQUENCE,
        "list" | "tuple" | "range" => flag::SEQUENCE,
        "dict" | "mappingproxy" => flag::MAPPING,
        _ => 0,
    }
}

/// Sets bases and a method resolution order of single inheritance: the first base's, the class in front; further bases
/// before `BaseException`'s tail (only `ExceptionGroup` has two).
fn link(class: Gc<Class>, bases: &[Gc<Class>]) {
    let mro = match bases.split_last() {
        None => vec![class],
        Some((last, others)) => {
            let inherited = last.mro.borrow();
            let mut mro = Vec::with_capacity(1 + others.len() + inherited.len());
            mro.push(class);
            mro.extend_from_slice(others);
            mro.extend_from_slice(&inherited);
            mro
        }
    };
    *class.mro.borrow_mut() = mro;
    *class.bases.borrow_mut() = bases.to_vec();
    for b in bases {
        b.subclasses.borrow_mut().push(class);
    }
}
