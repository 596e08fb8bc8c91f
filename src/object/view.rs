//! A value taken apart for `match`. Floor 4.

use super::{
    BigInt, BoundMethod, ByteArray, Bytes, Class, Code, Complex, Dict, Exception, Float, Function, Generator, Instance,
    Iter, List, Module, Native, NativeFn, Range, Record, Set, Str, Tuple, func,
};
use crate::heap::{Gc, Kind, Object};
use crate::value::Value;

/// What a [`Value`] is, by layout: an instance of a subclass of `list` is a `List` here.
#[derive(Clone, Copy)]
pub enum View {
    Undef,
    None,
    Bool(bool),
    Ellipsis,
    NotImplemented,
    Int(i64),
    BigInt(Gc<BigInt>),
    Float(f64),
    Complex(Gc<Complex>),
    Str(Gc<Str>),
    Bytes(Gc<Bytes>),
    ByteArray(Gc<ByteArray>),
    Tuple(Gc<Tuple>),
    List(Gc<List>),
    Dict(Gc<Dict>),
    Set(Gc<Set>),
    Range(Gc<Range>),
    Cell(Gc<func::Cell>),
    Code(Gc<Code>),
    Function(Gc<Function>),
    NativeFn(Gc<NativeFn>),
    BoundMethod(Gc<BoundMethod>),
    Record(Gc<Record>),
    Class(Gc<Class>),
    Instance(Gc<Instance>),
    Exception(Gc<Exception>),
    Module(Gc<Module>),
    Generator(Gc<Generator>),
    Iter(Gc<Iter>),
    Native(Gc<Native>),
}

impl Value {
    /// Takes the value apart.
    #[inline]
    pub fn view(self) -> View {
        if let Some(i) = self.as_int() {
            return View::Int(i);
        }
        if let Some(f) = self.as_flonum() {
            return View::Float(f);
        }
        let Some(o) = self.as_object() else {
            return match self {
                Value::NONE => View::None,
                Value::TRUE => View::Bool(true),
                Value::FALSE => View::Bool(false),
                Value::ELLIPSIS => View::Ellipsis,
                Value::NOT_IMPLEMENTED => View::NotImplemented,
                _ => View::Undef,
            };
        };
        fn cast<T: Object>(o: Gc<crate::heap::Header>) -> Gc<T> {
            #[allow(unsafe_code)]
            // SAFETY: each call below follows a look at the kind.
            unsafe {
                o.cast_unchecked()
            }
        }
        match o.kind() {
            Kind::Float => View::Float(cast::<Float>(o).value),
            Kind::BigInt => View::BigInt(cast(o)),
            Kind::Complex => View::Complex(cast(o)),
            Kind::Str => View::Str(cast(o)),
            Kind::Bytes => View::Bytes(cast(o)),
            Kind::ByteArray => View::ByteArray(cast(o)),
            Kind::Tuple => View::Tuple(cast(o)),
            Kind::List => View::List(cast(o)),
            Kind::Dict => View::Dict(cast(o)),
            Kind::Set => View::Set(cast(o)),
            Kind::Range => View::Range(cast(o)),
            Kind::Cell => View::Cell(cast(o)),
            Kind::Code => View::Code(cast(o)),
            Kind::Function => View::Function(cast(o)),
            Kind::NativeFn => View::NativeFn(cast(o)),
            Kind::BoundMethod => View::BoundMethod(cast(o)),
            Kind::Record => View::Record(cast(o)),
            Kind::Class => View::Class(cast(o)),
            Kind::Instance => View::Instance(cast(o)),
            Kind::Exception => View::Exception(cast(o)),
            Kind::Module => View::Module(cast(o)),
            Kind::Generator => View::Generator(cast(o)),
            Kind::Iter => View::Iter(cast(o)),
            Kind::Native => View::Native(cast(o)),
            Kind::Free | Kind::StrBuf => View::Undef,
        }
    }
}
