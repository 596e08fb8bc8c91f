//! Classes, shapes and instances. Floor 4.
//!
//! An instance's attributes stand in slots; its *shape* (a number in its header) says which name is in which slot. All
//! instances that got the same attributes in the same order share a shape, and each class has its own root shape, so a
//! shape determines the class. An instance whose `__dict__` was asked for, or that lost an attribute, keeps its
//! attributes in a dict from then on: its shape is the class's *dict shape*.

use crate::heap::{Gc, Header, HeapCell, Kind, Object, Trailing};
use crate::object::dict::Dict;
use crate::object::str_::Str;
use crate::value::Value;
use rustc_hash::FxHashMap;
use std::cell::Cell;

#[repr(C)]
pub struct Class {
    header: Header,
    /// `__name__`, a `str`.
    pub name: Cell<Value>,
    pub qualname: Cell<Value>,
    /// What messages call the class: its name, and the module in front of it where CPython's class is written in C.
    pub type_name: Cell<Value>,
    pub bases: HeapCell<Vec<Gc<Class>>>,
    /// Method resolution order, beginning with the class itself.
    pub mro: HeapCell<Vec<Gc<Class>>>,
    pub dict: Gc<Dict>,
    /// Direct subclasses, in order of creation.
    pub subclasses: HeapCell<Vec<Gc<Class>>>,
    /// Layout of the instances.
    pub layout: Cell<Kind>,
    pub flags: Cell<u32>,
    /// Index of the native table that its methods come from, or `NOT_NATIVE`.
    pub native: Cell<u32>,
    pub root_shape: Cell<ShapeId>,
    pub dict_shape: Cell<ShapeId>,
    /// Slots that a new instance gets within the object: as many as instances so far needed.
    pub inline_slots: Cell<u16>,
    /// How instances are made, as the VM last found out.
    pub maker: Cell<Maker>,
}

// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Class {
    const KIND: Kind = Kind::Class;
}

/// How a call of a class makes an instance: found by looking `__new__` and `__init__` up, and good while the VM's epoch is
/// this one. The functions are held by the classes that have them.
#[derive(Clone, Copy)]
pub struct Maker {
    pub epoch: u32,
    pub how: How,
    /// `__new__` where it is a native, or `Undef`.
    pub new: Value,
    /// `__init__`.
    pub init: Value,
}

/// See [`Maker`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum How {
    /// Step by step.
    General,
    /// By `object.__new__`, without arguments.
    Object,
    /// By `object.__new__`, and an `__init__` of the language.
    ObjectThenFunction,
    /// By a native `__new__` alone.
    Native,
    NativeThenFunction,
    NativeThenNative,
}

/// Bits of `Class::flags`.
pub mod flag {
    /// The class or a base defines `__eq__` in the language.
    pub const USER_EQ: u32 = 1;
    /// The class or a base defines `__hash__` in the language, or sets it to `None`.
    pub const USER_HASH: u32 = 2;
    /// Instances have a `__dict__`.
    pub const HAS_DICT: u32 = 4;
    /// May be a base class.
    pub const BASE: u32 = 8;
    /// Can't be changed by programs: a native type.
    pub const IMMUTABLE: u32 = 16;
    /// The methods of the native table stand in `dict`.
    pub const FILLED: u32 = 32;
    /// Instances are made by plain `object.__new__`, and attributes are got and set in the plain way.
    pub const PLAIN_NEW: u32 = 64;
    /// `__getattribute__` is not `object`'s.
    pub const USER_GETATTRIBUTE: u32 = 128;
    /// `__getattr__` is defined.
    pub const USER_GETATTR: u32 = 256;
    /// `__setattr__` or `__delattr__` is not `object`'s.
    pub const USER_SETATTR: u32 = 512;
    /// A class written in the language (or made by `type()`).
    pub const HEAP: u32 = 1024;
    /// A subclass of `BaseException`.
    pub const EXCEPTION: u32 = 2048;
    /// A subclass of `type`.
    pub const META: u32 = 4096;
    /// Counts as a sequence in patterns.
    pub const SEQUENCE: u32 = 8192;
    /// Counts as a mapping in patterns.
    pub const MAPPING: u32 = 16384;
    /// Can't be instantiated from the language.
    pub const NO_NEW: u32 = 32768;
    /// Has abstract methods.
    pub const ABSTRACT: u32 = 1 << 16;
    /// `__bool__` or `__len__` is defined in the language.
    pub const USER_BOOL: u32 = 1 << 17;
    /// `__repr__`, `__str__` or `__format__` is defined in the language.
    pub const USER_STR: u32 = 1 << 18;
    /// `__iter__` or `__next__` is defined in the language.
    pub const USER_ITER: u32 = 1 << 19;
    /// An order comparison (`__lt__` …) is defined in the language.
    pub const USER_ORD: u32 = 1 << 20;
    /// `__index__`, `__int__` or `__float__` is defined in the language.
    pub const USER_NUM: u32 = 1 << 21;
    /// Instances can be referred to weakly.
    pub const HAS_WEAKREF: u32 = 1 << 22;
    /// The class brought slots of its own by `__slots__`.
    pub const SLOTS: u32 = 1 << 23;
}

/// `Class::native` of classes written in the language.
pub const NOT_NATIVE: u32 = u32::MAX;

impl Class {
    /// A class with neither bases nor attributes; the maker fills it in.
    pub fn new(header: Header, name: Value, dict: Gc<Dict>, layout: Kind) -> Class {
        Class {
            header,
            name: Cell::new(name),
            qualname: Cell::new(name),
            type_name: Cell::new(name),
            bases: HeapCell::new(Vec::new()),
            mro: HeapCell::new(Vec::new()),
            dict,
            subclasses: HeapCell::new(Vec::new()),
            layout: Cell::new(layout),
            flags: Cell::new(0),
            native: Cell::new(NOT_NATIVE),
            root_shape: Cell::new(ShapeId::NONE),
            dict_shape: Cell::new(ShapeId::NONE),
            inline_slots: Cell::new(2),
            maker: Cell::new(Maker { epoch: 0, how: How::General, new: Value::UNDEF, init: Value::UNDEF }),
        }
    }

    #[inline(always)]
    pub fn has(&self, flag: u32) -> bool {
        self.flags.get() & flag != 0
    }

    pub fn set_flag(&self, flag: u32, on: bool) {
        let f = self.flags.get();
        self.flags.set(if on { f | flag } else { f & !flag });
    }
}

impl Gc<Class> {
    /// `issubclass(self, of)` by the method resolution order.
    #[inline]
    pub fn is_subclass(self, of: Gc<Class>) -> bool {
        self == of || self.mro.borrow().contains(&of)
    }

    /// What messages call the class, `tp_name` in CPython: `collections.deque`, but `Thread`.
    pub fn name_str<'a>(self) -> &'a str {
        self.type_name.get().cast::<Str>().map_or("?", |s| s.as_str())
    }

    /// `__name__`.
    pub fn own_name<'a>(self) -> &'a str {
        self.name.get().cast::<Str>().map_or("?", |s| s.as_str())
    }
}

impl<T: Object> Gc<T> {
    /// The class of the object.
    #[inline(always)]
    pub fn class(self) -> Gc<Class> {
        self.header().class_as::<Class>()
    }
}

/// Number of a shape in the VM's [`Shapes`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub struct ShapeId(pub u32);
impl ShapeId {
    /// Not yet made.
    pub const NONE: ShapeId = ShapeId(0);
}

/// Which names are in which slots.
pub struct Shape {
    pub class: Gc<Class>,
    /// Names in slot order.
    pub names: Vec<Gc<Str>>,
    /// Attributes are in a dict in place of slots.
    pub is_dict: bool,
    next: FxHashMap<Gc<Str>, ShapeId>,
    index: FxHashMap<Gc<Str>, u16>,
}

/// All shapes of a VM.
pub struct Shapes {
    all: Vec<Shape>,
}
impl Default for Shapes {
    fn default() -> Self {
        Self::new()
    }
}

/// An instance with more attributes than this keeps them in a dict.
pub const MAX_SLOTS: usize = 60;

impl Shapes {
    pub fn new() -> Self {
        Shapes { all: Vec::new() }
    }

    #[inline(always)]
    pub fn get(&self, id: ShapeId) -> &Shape {
        &self.all[id.0 as usize - 1]
    }

    fn add(&mut self, class: Gc<Class>, names: Vec<Gc<Str>>, is_dict: bool) -> ShapeId {
        let index = names.iter().enumerate().map(|(i, &n)| (n, i as u16)).collect();
        self.all.push(Shape { class, names, is_dict, next: FxHashMap::default(), index });
        ShapeId(self.all.len() as u32)
    }

    /// The shape of a new instance of `class`.
    #[inline(always)]
    pub fn root(&mut self, class: Gc<Class>) -> ShapeId {
        let s = class.root_shape.get();
        if s != ShapeId::NONE {
            return s;
        }
        let s = self.add(class, Vec::new(), false);
        class.root_shape.set(s);
        s
    }

    /// Gives new instances of `class` the slots `keys`, which they keep in every shape.
    pub fn reserve(&mut self, class: Gc<Class>, keys: Vec<Gc<Str>>) {
        let n = keys.len() as u16;
        class.inline_slots.set(if class.has(flag::HAS_DICT) { n + 2 } else { n });
        let s = self.add(class, keys, false);
        class.root_shape.set(s);
    }

    /// The shape of instances of `class` that keep their attributes in a dict.
    pub fn dict_shape(&mut self, class: Gc<Class>) -> ShapeId {
        let s = class.dict_shape.get();
        if s != ShapeId::NONE {
            return s;
        }
        let root = self.root(class);
        let s = self.add(class, self.get(root).names.clone(), true);
        class.dict_shape.set(s);
        s
    }

    /// The slot of the interned `name` in `shape`.
    #[inline]
    pub fn slot(&self, shape: ShapeId, name: Gc<Str>) -> Option<u16> {
        let s = self.get(shape);
        if s.names.len() <= 8 {
            s.names.iter().position(|&n| n == name).map(|i| i as u16)
        } else {
            s.index.get(&name).copied()
        }
    }

    /// The shape after adding `name`, or `None` where a dict serves better.
    pub fn with(&mut self, shape: ShapeId, name: Gc<Str>) -> Option<ShapeId> {
        let s = self.get(shape);
        if let Some(&next) = s.next.get(&name) {
            return Some(next);
        }
        if s.names.len() >= MAX_SLOTS || s.is_dict {
            return None;
        }
        let (class, mut names) = (s.class, s.names.clone());
        names.push(name);
        if names.len() > class.inline_slots.get() as usize {
            class.inline_slots.set(names.len() as u16);
        }
        let next = self.add(class, names, false);
        self.all[shape.0 as usize - 1].next.insert(name, next);
        Some(next)
    }

    pub fn visit<V: crate::heap::Visitor>(&self, v: &mut V) {
        for s in &self.all {
            v.value(s.class.value());
            for n in &s.names {
                v.value(n.value());
            }
        }
    }
}

#[repr(C)]
pub struct InstanceHead {
    header: Header,
    /// `Undef`, a `List` of the slots that had no room within the object, or the dict of attributes.
    pub more: Cell<Value>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for InstanceHead {
    const KIND: Kind = Kind::Instance;
}
impl InstanceHead {
    pub fn new(class: Gc<Class>, shape: ShapeId) -> Self {
        let header = Header::new(Kind::Instance, class);
        header.shape.set(shape.0);
        InstanceHead { header, more: Cell::new(Value::UNDEF) }
    }

    #[inline(always)]
    pub fn shape(&self) -> ShapeId {
        ShapeId(self.header.shape.get())
    }

    pub fn set_shape(&self, s: ShapeId) {
        self.header.shape.set(s.0);
    }
}
/// An instance of a class written in the language. The items are its slots.
pub type Instance = Trailing<InstanceHead, Cell<Value>>;

impl Gc<Instance> {
    /// The value in slot `i`: `Undef` where none was stored.
    #[inline(always)]
    pub fn slot(self, i: usize) -> Value {
        match self.items().get(i) {
            Some(c) => c.get(),
            None => self.far_slot(i),
        }
    }

    #[cold]
    fn far_slot(self, i: usize) -> Value {
        let far = self.more.get().cast::<crate::object::seq::List>();
        far.and_then(|l| l.get(i - self.len())).unwrap_or(Value::UNDEF)
    }
}
