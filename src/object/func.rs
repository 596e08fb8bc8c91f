//! Code, functions, bound methods, cells. Floor 4.

use crate::bytecode::ops::{Instr, Op};
use crate::bytecode::program;
use crate::heap::{Gc, Header, HeapCell, Kind, Object};
use crate::object::class::Class;
use crate::object::dict::Dict;
use crate::value::Value;
use std::cell::Cell as StdCell;
use std::sync::Arc;

/// A variable shared between functions.
#[repr(C)]
pub struct Cell {
    header: Header,
    /// `Undef` while unbound.
    pub value: StdCell<Value>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Cell {
    const KIND: Kind = Kind::Cell;
}
impl Cell {
    pub fn new(class: Gc<Class>, value: Value) -> Self {
        Cell { header: Header::new(Kind::Cell, class), value: StdCell::new(value) }
    }
}

/// What an instruction remembers of its last execution. Guards are checked before anything in it is believed.
#[derive(Clone, Copy)]
pub struct Cache {
    /// What was found; meaning of the rest depends on it.
    pub kind: CacheKind,
    pub index: u16,
    /// Shape of the object, or version of a dict.
    pub shape: u32,
    /// Epoch of the classes (see `Vm::epoch`), or index in a second dict.
    pub epoch: u32,
    /// A function or class attribute, or the dict that holds it.
    pub value: Value,
    /// The class or object that was looked at, where that is no instance with a shape.
    pub subject: Value,
    /// The key that entry `index` of a dict must have: the interned name.
    pub key: Value,
}
impl CacheKind {
    /// The specialised form of an instruction whose site holds such a cache.
    pub fn specialised(self, op: Op) -> Op {
        match (op, self) {
            (Op::LoadGlobal, CacheKind::Global) => Op::LoadGlobalModule,
            (Op::LoadGlobal, CacheKind::Builtin) => Op::LoadGlobalBuiltin,
            (Op::StoreGlobal, CacheKind::Global) => Op::StoreGlobalModule,
            (Op::GetAttr, CacheKind::Slot) => Op::GetAttrSlot,
            (Op::GetAttr, CacheKind::ClassData) => Op::GetAttrClass,
            (Op::GetAttr, CacheKind::Property) => Op::GetAttrProperty,
            (Op::GetAttr, CacheKind::Module) => Op::GetAttrModule,
            (Op::GetAttr, CacheKind::OfClass) => Op::GetAttrOfClass,
            (Op::LoadMethod, CacheKind::Method) => Op::LoadMethodShape,
            (Op::LoadMethod, CacheKind::NativeMethod) => Op::LoadMethodNative,
            (Op::LoadMethod, CacheKind::Module) => Op::LoadMethodModule,
            (Op::LoadMethod, CacheKind::OfClass) => Op::LoadMethodOfClass,
            (Op::SetAttr, CacheKind::Slot) => Op::SetAttrSlot,
            (Op::GetAttr, CacheKind::Poly) => Op::GetAttrPoly,
            (Op::LoadMethod, CacheKind::Poly) => Op::LoadMethodPoly,
            (Op::SetAttr, CacheKind::Poly) => Op::SetAttrPoly,
            (Op::SetAttr, CacheKind::AddSlot) => Op::SetAttrAdd,
            _ => op,
        }
    }
}
/// See [`Cache`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum CacheKind {
    Empty,
    /// Slot `index` of instances of `shape`.
    Slot,
    /// `value` is a function of the class of instances of `shape`, which have no such attribute of their own.
    Method,
    /// `value` is a native method of the class `subject`.
    NativeMethod,
    /// The class has it in entry `index` of the dict `value`, instances of `shape` don't shadow it.
    ClassData,
    /// A property of the class of instances of `shape`, whose getter is the function `value`.
    Property,
    /// Storing moves instances of `shape` to the shape numbered by the bits of `value`, at slot `index`.
    AddSlot,
    /// Entry `index` of the module's globals.
    Global,
    /// Not in the globals of version `shape`; entry `index` of the builtins.
    Builtin,
    /// Entry `index` of the dict of the module `subject`.
    Module,
    /// Instances of several shapes come here: what is known of each is in the VM's table, under `key`.
    Poly,
    /// Entry `index` of the dict `value` of a class in the order of the class `subject`.
    OfClass,
}
impl Cache {
    pub const EMPTY: Cache = Cache {
        kind: CacheKind::Empty,
        index: 0,
        shape: 0,
        epoch: 0,
        value: Value::UNDEF,
        subject: Value::UNDEF,
        key: Value::UNDEF,
    };
}

/// Code loaded into a VM: a [`program::Code`] with its constants as values and its inline caches.
#[repr(C)]
pub struct Code {
    header: Header,
    pub code: Arc<program::Code>,
    /// The instructions, which the VM specialises while it runs them. The program's own never change.
    pub instrs: Box<[StdCell<Instr>]>,
    pub consts: Box<[Value]>,
    /// Interned strings.
    pub names: Box<[Value]>,
    pub caches: HeapCell<Box<[Cache]>>,
    /// Loaded children, `Undef` until first used.
    pub children: Box<[StdCell<Value>]>,
    /// Number of arguments with which a call needs no binding; more than there can be if every call does.
    arity: u32,
    /// Size of the register window.
    pub nregs: u32,
    /// Registers that must be `Undef` at the start.
    pub clear: Box<[u16]>,
    /// Interned names of the parameters that can be given by name, those given only by position in front; empty until the
    /// first call with names.
    pub params: HeapCell<Box<[Value]>>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Code {
    const KIND: Kind = Kind::Code;
}
impl Code {
    pub fn new(class: Gc<Class>, code: Arc<program::Code>, consts: Box<[Value]>, names: Box<[Value]>) -> Self {
        Code {
            header: Header::new(Kind::Code, class),
            caches: HeapCell::new(vec![Cache::EMPTY; code.sites.len()].into_boxed_slice()),
            arity: match code.flavor {
                program::Flavor::Plain
                    if code.kind == program::CodeKind::Function && code.kwonly == 0 && !code.varargs && !code.varkw =>
                {
                    code.argcount as u32
                }
                _ => u32::MAX,
            },
            nregs: code.nregs as u32,
            params: HeapCell::new(Box::default()),
            clear: code.clear.clone().into_boxed_slice(),
            instrs: code.instrs.iter().map(|&i| StdCell::new(i)).collect(),
            children: code.children.iter().map(|_| StdCell::new(Value::UNDEF)).collect(),
            code,
            consts,
            names,
        }
    }
}

impl Code {
    /// Whether a call with `n` positional arguments pushes a frame at once, without binding.
    #[inline(always)]
    pub fn takes_exactly(&self, n: u16) -> bool {
        self.arity == n as u32
    }
}

/// A function of the language.
#[repr(C)]
pub struct Function {
    header: Header,
    pub code: StdCell<Gc<Code>>,
    pub globals: Gc<Dict>,
    /// Tuple of cells, or `None`.
    pub closure: Value,
    /// Tuple, or `None`.
    pub defaults: StdCell<Value>,
    /// Dict, or `None`.
    pub kwdefaults: StdCell<Value>,
    pub name: StdCell<Value>,
    pub qualname: StdCell<Value>,
    pub doc: StdCell<Value>,
    pub module: StdCell<Value>,
    /// Dict, or `Undef` until asked for.
    pub annotations: StdCell<Value>,
    /// Tuple, or `Undef`.
    pub type_params: StdCell<Value>,
    /// Dict of attributes, or `Undef` while there are none.
    pub attrs: StdCell<Value>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Function {
    const KIND: Kind = Kind::Function;
}
impl Function {
    pub fn new(class: Gc<Class>, code: Gc<Code>, globals: Gc<Dict>, name: Value, qualname: Value) -> Self {
        let none = || StdCell::new(Value::NONE);
        Function {
            header: Header::new(Kind::Function, class),
            code: StdCell::new(code),
            globals,
            closure: Value::NONE,
            defaults: none(),
            kwdefaults: none(),
            name: StdCell::new(name),
            qualname: StdCell::new(qualname),
            doc: none(),
            module: none(),
            annotations: StdCell::new(Value::UNDEF),
            type_params: StdCell::new(Value::UNDEF),
            attrs: StdCell::new(Value::UNDEF),
        }
    }
}

/// A function written in Rust. Which one, only the VM knows.
#[repr(C)]
pub struct NativeFn {
    header: Header,
    /// Index into the VM's table of native functions.
    pub id: u32,
    /// Number of positional parameters that must be given.
    pub min: u16,
    /// Number of positional parameters; calls with fewer than `max` and at least `min` arguments and no keywords are
    /// filled up with `Undef`.
    pub max: u16,
    /// Number of arguments with which a call needs neither binding nor a receiver put in front, or -1.
    exact: i32,
    /// Whether its receiver, `bound`, comes in front of the arguments of a call.
    pub binds: bool,
    /// The class it is a method of, or `Undef` for a plain function.
    pub owner: Value,
    /// The object it is bound to (`[].append`), a module's name for a plain function, or `Undef`.
    pub bound: Value,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for NativeFn {
    const KIND: Kind = Kind::NativeFn;
}
impl NativeFn {
    pub fn new(class: Gc<Class>, id: u32, min: u16, max: u16, owner: Value, bound: Value) -> Self {
        // A plain function's `bound` is its module's name, a `str`; a bound method's `owner` is its class.
        let free = bound.is_undef() || owner.is_undef();
        let exact = if free && max != u16::MAX { max as i32 } else { -1 };
        NativeFn { header: Header::new(Kind::NativeFn, class), id, min, max, exact, binds: !free, owner, bound }
    }

    /// Has every call prepared: its receiver is looked at.
    pub fn with_preparation(mut self) -> Self {
        self.exact = -1;
        self
    }

    /// Whether a call with `n` positional arguments needs no preparation.
    #[inline(always)]
    pub fn takes_exactly(&self, n: u16) -> bool {
        self.exact == n as i32
    }

    /// Whether a call with `n` positional arguments needs no more than its receiver in front of them, and filling up with
    /// what was left out.
    #[inline(always)]
    pub fn takes_filled_up(&self, n: u16) -> bool {
        let n = n + self.binds as u16;
        n >= self.min && n <= self.max && self.max != u16::MAX && (self.exact >= 0 || self.binds)
    }
}

/// A function of the language, or any callable, bound to its first argument.
#[repr(C)]
pub struct BoundMethod {
    header: Header,
    pub func: Value,
    pub receiver: Value,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for BoundMethod {
    const KIND: Kind = Kind::BoundMethod;
}
impl BoundMethod {
    pub fn new(class: Gc<Class>, func: Value, receiver: Value) -> Self {
        BoundMethod { header: Header::new(Kind::BoundMethod, class), func, receiver }
    }
}
