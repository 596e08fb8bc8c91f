//! Small layouts: exceptions, modules, generators, iterators, records of a few values, data of native modules. Floor 4.

use crate::bytecode::ops::{Instr, Op};
use crate::bytecode::program::Flavor;
use crate::heap::{Gc, Header, Heap, HeapCell, Kind, Object, Trailing, Visitor};
use crate::object::class::Class;
use crate::object::dict::Dict;
use crate::object::func::Code;
use crate::value::Value;
use std::any::{Any, TypeId};
use std::cell::Cell;
use std::marker::PhantomData;

/// One line of a traceback: where a frame was when an exception passed it.
#[derive(Clone, Copy)]
pub struct TraceEntry {
    pub code: Gc<Code>,
    /// Index of the instruction.
    pub pc: u32,
}

#[repr(C)]
pub struct Exception {
    header: Header,
    /// A tuple.
    pub args: Cell<Value>,
    pub cause: Cell<Value>,
    pub context: Cell<Value>,
    pub suppress_context: Cell<bool>,
    /// Innermost frame last… in the order in which frames were left: innermost first.
    pub trace: HeapCell<Vec<TraceEntry>>,
    /// Dict of attributes, `Undef` while there are none. `__notes__` is one of them.
    pub attrs: Cell<Value>,
    /// Dict of the fields that particular classes have (`StopIteration.value`, `OSError.errno`, …), `Undef` while none
    /// was set.
    pub fields: Cell<Value>,
    /// The traceback object that was last asked for or set, `Undef` before that. It tells the first `told` entries of
    /// `trace`; later ones are outside of it.
    pub traceback: Cell<Value>,
    pub told: Cell<usize>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Exception {
    const KIND: Kind = Kind::Exception;
}
impl Exception {
    pub fn new(class: Gc<Class>, args: Value) -> Self {
        Exception {
            header: Header::new(Kind::Exception, class),
            args: Cell::new(args),
            cause: Cell::new(Value::NONE),
            context: Cell::new(Value::NONE),
            suppress_context: Cell::new(false),
            trace: HeapCell::new(Vec::new()),
            attrs: Cell::new(Value::UNDEF),
            fields: Cell::new(Value::UNDEF),
            traceback: Cell::new(Value::UNDEF),
            told: Cell::new(0),
        }
    }
}

#[repr(C)]
pub struct Module {
    header: Header,
    pub dict: Gc<Dict>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Module {
    const KIND: Kind = Kind::Module;
}
impl Module {
    pub fn new(class: Gc<Class>, dict: Gc<Dict>) -> Self {
        Module { header: Header::new(Kind::Module, class), dict }
    }
}

/// State of a generator.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum GenState {
    Created,
    Suspended,
    Running,
    Closed,
}

#[repr(C)]
pub struct GenHead {
    header: Header,
    pub func: Value,
    pub code: Gc<Code>,
    pub pc: Cell<u32>,
    pub state: Cell<GenState>,
    /// The exception that the generator handles while it is suspended, `Undef` for none of its own.
    pub handled: Cell<Value>,
    pub name: Cell<Value>,
    pub qualname: Cell<Value>,
    /// Of an asynchronous generator: the step that runs it now, `Undef` for none.
    pub step: Cell<Value>,
    /// Of an asynchronous generator: `aclose()` was begun.
    pub closing: Cell<bool>,
    /// Of an asynchronous generator: its first step was made, and the hook for that called.
    pub hooked: Cell<bool>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for GenHead {
    const KIND: Kind = Kind::Generator;
}
impl GenHead {
    pub fn new(class: Gc<Class>, func: Value, code: Gc<Code>, name: Value, qualname: Value) -> Self {
        GenHead {
            header: Header::new(Kind::Generator, class),
            func,
            code,
            pc: Cell::new(0),
            state: Cell::new(GenState::Created),
            handled: Cell::new(Value::UNDEF),
            name: Cell::new(name),
            qualname: Cell::new(qualname),
            step: Cell::new(Value::UNDEF),
            closing: Cell::new(false),
            hooked: Cell::new(false),
        }
    }
}
/// A generator (or coroutine): a frame that left the stack. The items are its registers.
pub type Generator = Trailing<GenHead, Cell<Value>>;

impl GenHead {
    /// What kind of generator it is.
    pub fn flavor(&self) -> Flavor {
        self.code.code.flavor
    }

    /// Whether it can be iterated; coroutines and asynchronous generators can't.
    pub fn is_iterator(&self) -> bool {
        matches!(self.flavor(), Flavor::Generator | Flavor::IterableCoroutine)
    }

    /// The word for it in messages.
    pub fn word(&self) -> &'static str {
        match self.flavor() {
            Flavor::Coroutine => "coroutine",
            Flavor::AsyncGenerator => "async generator",
            _ => "generator",
        }
    }

    /// Whether it is suspended in a `yield from` or `await`.
    pub fn is_delegating(&self) -> bool {
        self.state.get() == GenState::Suspended && self.last_instr().is_some_and(|i| i.op == Op::YieldFrom)
    }

    /// The instruction that it is suspended in.
    pub fn last_instr(&self) -> Option<Instr> {
        self.code.code.instrs.get((self.pc.get() as usize).checked_sub(1)?).copied()
    }
}

/// Which built-in iterator an [`Iter`] is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum IterTag {
    /// `src` a list, `i` the next index; `src` is `None` once exhausted.
    List,
    ListReversed,
    Tuple,
    /// Ints: next `i`, `n` of them left, step `step`.
    Range,
    /// `src` a str; `i` the next byte offset.
    Str,
    Bytes,
    ByteArray,
    /// `src` a dict, `i` the next entry, `n` the length at the start (to notice changes), `step` counts left items.
    DictKeys,
    DictValues,
    DictItems,
    DictKeysReversed,
    DictValuesReversed,
    DictItemsReversed,
    /// `src` a set, `i` the next slot, `n` the length at the start.
    Set,
    /// `src` anything with `__getitem__`, `i` the next index.
    Sequence,
    SequenceReversed,
    /// `src` a callable, `aux` the sentinel.
    Callable,
    /// `src` the inner iterator, `i` the next number (`aux` where it is big).
    Enumerate,
    /// `src` the function, `aux` a tuple of iterators.
    Map,
    /// `src` the function or `None`, `aux` the inner iterator.
    Filter,
    /// `aux` a tuple of iterators, `step` 1 for `strict`.
    Zip,
}

/// A built-in iterator.
#[repr(C)]
pub struct Iter {
    header: Header,
    pub tag: IterTag,
    pub i: Cell<i64>,
    pub n: Cell<i64>,
    pub step: Cell<i64>,
    pub src: Cell<Value>,
    pub aux: Cell<Value>,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Iter {
    const KIND: Kind = Kind::Iter;
}
impl Iter {
    /// The next item of a range; `None` at its end, and where the item is no small int.
    #[inline(always)]
    pub fn next_of_range(&self) -> Option<Value> {
        let n = self.n.get();
        if n <= 0 {
            return None;
        }
        let at = self.i.get();
        let item = Value::int(at)?;
        self.n.set(n - 1);
        self.i.set(at.wrapping_add(self.step.get()));
        Some(item)
    }

    /// The next item of a tuple; `None` at its end.
    #[inline(always)]
    pub fn next_of_tuple(&self) -> Option<Value> {
        let at = self.i.get();
        let item = self.src.get().cast::<crate::object::Tuple>()?.items().get(at as usize).copied()?;
        self.i.set(at + 1);
        Some(item)
    }

    /// The next item of a list; `None` at its end.
    #[inline(always)]
    pub fn next_of_list(&self) -> Option<Value> {
        let at = self.i.get();
        let item = self.src.get().cast::<crate::object::List>()?.get(at as usize)?;
        self.i.set(at + 1);
        Some(item)
    }

    pub fn new(class: Gc<Class>, tag: IterTag, src: Value) -> Self {
        Iter {
            header: Header::new(Kind::Iter, class),
            tag,
            i: Cell::new(0),
            n: Cell::new(0),
            step: Cell::new(0),
            src: Cell::new(src),
            aux: Cell::new(Value::NONE),
        }
    }
}

/// Which small object a [`Record`] is, and what its fields are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum RecordTag {
    /// fget, fset, fdel, doc (`Undef`: the getter's), name.
    Property,
    /// callable
    StaticMethod,
    /// callable
    ClassMethod,
    /// class, object or class, class of the object.
    Super,
    /// start, stop, step
    Slice,
    /// mapping
    MappingProxy,
    /// dict
    DictKeys,
    /// dict
    DictValues,
    /// dict
    DictItems,
    /// origin, tuple of arguments, tuple of parameters
    GenericAlias,
    /// tuple of members of `X | Y`
    Union,
    /// frame record, pc as int, next traceback or `None`
    Traceback,
    /// code, globals, and what was known of its locals
    Frame,
    /// class, name, native getter and setter (both `Undef` for a `__slots__` member), and a member's key in shapes
    Member,
    /// async generator, what is sent or thrown, state, kind: what `asend()`, `athrow()` and `aclose()` give
    AsyncStep,
    /// anything else, by class
    Other,
}

#[repr(C)]
pub struct RecordHead {
    header: Header,
    pub tag: RecordTag,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for RecordHead {
    const KIND: Kind = Kind::Record;
}
impl RecordHead {
    pub fn new(class: Gc<Class>, tag: RecordTag) -> Self {
        RecordHead { header: Header::new(Kind::Record, class), tag }
    }
}
/// A small object of a few values.
pub type Record = Trailing<RecordHead, Cell<Value>>;

impl Gc<Record> {
    /// Field `i`.
    #[inline]
    pub fn field(self, i: usize) -> Value {
        self.items().get(i).map_or(Value::UNDEF, Cell::get)
    }

    pub fn set_field(self, i: usize, v: Value) {
        if let Some(c) = self.items().get(i) {
            c.set(v);
        }
    }
}

/// What a native module keeps in an object of its own: locks, queues, files, random generators.
pub trait NativeData: Any + Send {
    /// Shows every value and all plain data that belong to the state.
    fn visit(&self, v: &mut dyn Visitor);
}

/// What must be known of the data of a native object without their type.
struct Methods {
    type_id: TypeId,
    visit: fn(Gc<Native>, &mut dyn Visitor),
    drop: fn(Gc<Native>),
}

/// The [`Methods`] of a type.
struct MethodsOf<T>(PhantomData<T>);

impl<T: NativeData> MethodsOf<T> {
    const TABLE: Methods = Methods {
        type_id: TypeId::of::<T>(),
        visit: |native, v| {
            if let Some(data) = native.data_ref::<T>() {
                data.visit(v);
            }
        },
        drop: |native| {
            #[allow(unsafe_code)]
            // SAFETY: the table stands in objects made as `NativeOf<T>`; the sweep drops each once.
            unsafe {
                std::ptr::drop_in_place(native.addr() as *mut NativeOf<T>);
            }
        },
    };
}

/// An object of a native module: the part that does not depend on the type of its data, which stand behind it.
#[repr(C)]
pub struct Native {
    header: Header,
    methods: &'static Methods,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Native {
    const KIND: Kind = Kind::Native;
}

/// A native object with its data. Only made here: a `Native` is cast to it by its type's number, never by its kind.
#[repr(C)]
struct NativeOf<T> {
    native: Native,
    data: T,
}
// SAFETY: `repr(C)`, and what stands first begins with a header.
#[allow(unsafe_code)]
unsafe impl<T> Object for NativeOf<T> {
    const KIND: Kind = Kind::Native;
}

impl Native {
    /// Puts an object with these data on the heap.
    pub fn alloc<T: NativeData>(heap: &mut Heap, class: Gc<Class>, data: T) -> Gc<Native> {
        const { assert!(align_of::<NativeOf<T>>() <= 8, "cells of the heap are aligned to 8 bytes") };
        let native = Native { header: Header::new(Kind::Native, class), methods: &MethodsOf::<T>::TABLE };
        let object = heap.alloc(NativeOf { native, data });
        #[allow(unsafe_code)]
        // SAFETY: a `NativeOf` begins with a `Native`, and its kind says so.
        unsafe {
            object.header().cast_unchecked::<Native>()
        }
    }
}

impl Gc<Native> {
    /// The data, if they are a `T`. They stay as long as the object lives: until the next safepoint at least.
    #[inline]
    pub fn data_ref<'a, T: NativeData>(self) -> Option<&'a T> {
        if self.methods.type_id != TypeId::of::<T>() {
            return None;
        }
        #[allow(unsafe_code)]
        // SAFETY: the table of `T` stands in objects made as `NativeOf<T>`. Objects don't move, and are freed at safepoints
        // only, which natives don't live across.
        let this: &'a NativeOf<T> = unsafe { &*(self.addr() as *const NativeOf<T>) };
        Some(&this.data)
    }

    pub(super) fn visit(self, v: &mut dyn Visitor) {
        (self.methods.visit)(self, v);
    }

    /// Runs the destructor of the data. The sweep calls it once, last.
    pub(super) fn drop_data(self) {
        (self.methods.drop)(self);
    }
}
