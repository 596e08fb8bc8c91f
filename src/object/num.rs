//! Numbers that don't fit a `Value`. Floor 4.

use crate::heap::{Gc, Header, Kind, Object};
use crate::object::class::Class;
use dashu_int::IBig;

#[repr(C)]
pub struct Float {
    header: Header,
    pub value: f64,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Float {
    const KIND: Kind = Kind::Float;
}
impl Float {
    pub fn new(class: Gc<Class>, value: f64) -> Self {
        Float { header: Header::new(Kind::Float, class), value }
    }
}

/// An int outside of 63 bits, or (of any size) an instance of a subclass of `int`.
#[repr(C)]
pub struct BigInt {
    header: Header,
    pub value: IBig,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for BigInt {
    const KIND: Kind = Kind::BigInt;
}
impl BigInt {
    pub fn new(class: Gc<Class>, value: IBig) -> Self {
        BigInt { header: Header::new(Kind::BigInt, class), value }
    }

    /// Bytes of the digits, where they stand apart.
    pub(super) fn outside_bytes(&self) -> usize {
        let (_, words) = self.value.as_sign_words();
        if words.len() > 2 { words.len() * size_of::<usize>() } else { 0 }
    }
}

#[repr(C)]
pub struct Complex {
    header: Header,
    pub re: f64,
    pub im: f64,
}
// SAFETY: `repr(C)`, header first.
#[allow(unsafe_code)]
unsafe impl Object for Complex {
    const KIND: Kind = Kind::Complex;
}
impl Complex {
    pub fn new(class: Gc<Class>, re: f64, im: f64) -> Self {
        Complex { header: Header::new(Kind::Complex, class), re, im }
    }
}
