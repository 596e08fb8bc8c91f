//! Pointers to heap objects and what every object has. Floor 3.
//!
//! Invariant: a `Gc<T>` points to an initialised `T` whose header's kind is `T::KIND`, alive until a collection finds it
//! unreachable.
#![allow(unsafe_code)]

use crate::value::Value;
use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// The memory layout of an object. Not its class: an instance of a subclass of `list` has the layout `List`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A freed cell.
    Free,
    Float,
    BigInt,
    Complex,
    Str,
    StrBuf,
    Bytes,
    ByteArray,
    Tuple,
    List,
    Dict,
    Set,
    Range,
    Cell,
    Code,
    Function,
    NativeFn,
    BoundMethod,
    /// `classmethod`, `staticmethod`, `property`, `super` and other small fixed groups of values.
    Record,
    Class,
    Instance,
    Exception,
    Module,
    Generator,
    Iter,
    /// Data of a native module behind a vtable.
    Native,
}

/// The first 16 bytes of every heap object.
#[repr(C)]
pub struct Header {
    kind: Cell<Kind>,
    mark: Cell<u8>,
    /// Meaning depends on the kind.
    pub flags: Cell<u16>,
    /// Shape number of objects with attributes, otherwise free for the kind to use.
    pub shape: Cell<u32>,
    /// The class, a `Gc<Class>`; dangling only while the first classes are being made.
    class: Cell<NonNull<Header>>,
}

impl Header {
    /// A header for a new object of layout `kind` and class `class`.
    pub fn new<C>(kind: Kind, class: Gc<C>) -> Header {
        Header {
            kind: Cell::new(kind),
            mark: Cell::new(0),
            flags: Cell::new(0),
            shape: Cell::new(0),
            class: Cell::new(class.ptr.cast()),
        }
    }

    /// A header without a class, for the first classes and objects that the language never sees.
    pub fn without_class(kind: Kind) -> Header {
        Header {
            kind: Cell::new(kind),
            mark: Cell::new(0),
            flags: Cell::new(0),
            shape: Cell::new(0),
            class: Cell::new(NonNull::dangling()),
        }
    }

    #[inline(always)]
    pub fn kind(&self) -> Kind {
        self.kind.get()
    }

    /// The class pointer. The caller names the class layout's type; `object` wraps this.
    #[inline(always)]
    pub fn class_as<C: Object>(&self) -> Gc<C> {
        Gc { ptr: self.class.get().cast(), _t: PhantomData }
    }

    /// Whether a class was ever set.
    pub fn has_class(&self) -> bool {
        self.class.get() != NonNull::dangling()
    }

    pub fn set_class<C: Object>(&self, class: Gc<C>) {
        self.class.set(class.ptr.cast());
    }

    pub fn has_flag(&self, bit: u16) -> bool {
        self.flags.get() & bit != 0
    }

    pub fn set_flag(&self, bit: u16, on: bool) {
        let f = self.flags.get();
        self.flags.set(if on { f | bit } else { f & !bit });
    }

    #[inline(always)]
    pub(super) fn mark(&self) -> u8 {
        self.mark.get()
    }

    #[inline(always)]
    pub(super) fn set_mark(&self, m: u8) {
        self.mark.set(m);
    }

    pub(super) fn set_free(&self) {
        self.kind.set(Kind::Free);
    }
}

/// A type that lives on the heap.
///
/// # Safety
/// The type is `repr(C)` and its first field is a [`Header`], made with `KIND`.
pub unsafe trait Object {
    const KIND: Kind;
}

// SAFETY: a header is its own first field. `Gc<Header>` stands for an object of any kind.
unsafe impl Object for Header {
    const KIND: Kind = Kind::Free;
}

/// A pointer to a heap object. `Copy`, no reference count: see the rules of this floor.
pub struct Gc<T> {
    ptr: NonNull<T>,
    _t: PhantomData<T>,
}

impl<T> Clone for Gc<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Gc<T> {}
impl<T> PartialEq for Gc<T> {
    #[inline(always)]
    fn eq(&self, o: &Self) -> bool {
        self.ptr == o.ptr
    }
}
impl<T> Eq for Gc<T> {}
impl<T> std::hash::Hash for Gc<T> {
    fn hash<H: std::hash::Hasher>(&self, h: &mut H) {
        self.ptr.hash(h);
    }
}
impl<T> std::fmt::Debug for Gc<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Gc")
    }
}

impl<T> Deref for Gc<T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the module's invariant.
        unsafe { self.ptr.as_ref() }
    }
}

impl<T> Gc<T> {
    #[inline(always)]
    pub(super) fn from_ptr(ptr: NonNull<T>) -> Self {
        Gc { ptr, _t: PhantomData }
    }

    /// # Safety
    /// `addr` came from [`Gc::addr`] of an object that is still alive.
    #[inline(always)]
    pub unsafe fn from_addr(addr: usize) -> Self {
        // SAFETY: an address of a live object is not null.
        Gc { ptr: unsafe { NonNull::new_unchecked(addr as *mut T) }, _t: PhantomData }
    }

    #[inline(always)]
    pub fn addr(self) -> usize {
        self.ptr.as_ptr() as usize
    }

    #[inline(always)]
    pub fn value(self) -> Value {
        Value::object(self)
    }

    #[inline(always)]
    pub fn header(self) -> Gc<Header> {
        Gc { ptr: self.ptr.cast(), _t: PhantomData }
    }
}

impl Gc<Header> {
    /// The object as a `T`, if it has that layout.
    #[inline(always)]
    pub fn cast<T: Object>(self) -> Option<Gc<T>> {
        if self.kind() == T::KIND { Some(Gc { ptr: self.ptr.cast(), _t: PhantomData }) } else { None }
    }

    /// The object as a `T`, whose layout the caller has just looked at. Panics in debug builds if it isn't one.
    ///
    /// # Safety
    /// The kind is `T::KIND`.
    #[inline(always)]
    pub(crate) unsafe fn cast_unchecked<T: Object>(self) -> Gc<T> {
        debug_assert_eq!(self.kind(), T::KIND);
        Gc { ptr: self.ptr.cast(), _t: PhantomData }
    }
}

impl Value {
    /// The object as a `T`, if it is one of that layout.
    #[inline(always)]
    pub fn cast<T: Object>(self) -> Option<Gc<T>> {
        self.as_object()?.cast()
    }
}

impl<T> From<Gc<T>> for Value {
    #[inline(always)]
    fn from(p: Gc<T>) -> Value {
        Value::object(p)
    }
}

/// An object followed in memory by items whose number is fixed when it is made.
#[repr(C)]
pub struct Trailing<H, T> {
    pub head: H,
    len: u32,
    items: [T; 0],
}

// SAFETY: the head comes first and begins with a header.
unsafe impl<H: Object, T> Object for Trailing<H, T> {
    const KIND: Kind = H::KIND;
}

impl<H, T> Trailing<H, T> {
    /// Number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    #[inline(always)]
    pub fn items(&self) -> &[T] {
        // SAFETY: `Heap::alloc_trailing` made room for `len` items behind this and initialised them all. They may be
        // changed only through `Cell`s.
        unsafe { std::slice::from_raw_parts(self.items.as_ptr(), self.len as usize) }
    }

    /// Bytes of an object with `len` items.
    #[inline(always)]
    pub(super) fn size(len: usize) -> usize {
        (std::mem::offset_of!(Self, items) + len * size_of::<T>()).max(size_of::<Header>())
    }

    pub(super) fn parts(head: H, len: u32) -> Self {
        Trailing { head, len, items: [] }
    }

    pub(super) fn items_ptr(this: *mut Self) -> *mut T {
        // SAFETY: only an address is computed, within the allocation.
        unsafe { std::ptr::addr_of_mut!((*this).items).cast() }
    }
}

impl<H, T> Deref for Trailing<H, T> {
    type Target = H;
    #[inline(always)]
    fn deref(&self) -> &H {
        &self.head
    }
}

/// Sees every value and every piece of plain data of an object, in a fixed order. Marking is one visitor; hashing the
/// state and heap dumps are others.
pub trait Visitor {
    fn value(&mut self, v: Value);
    /// Plain data that belongs to the state, for visitors other than marking.
    fn data(&mut self, _n: u64) {}
}
