//! Equality, hashing and order of values that need no code of the language. Floor 4.
//!
//! Each function answers `None` where only the language can say (a class defines `__eq__` …); callers then go on in a
//! frame of the language. Invariant: nothing here runs, raises or allocates on the heap.

use super::class::flag;
use super::view::View;
use super::{Str, Tuple};
use crate::heap::Gc;
use crate::text::{self, surrogate};
use crate::value::Value;
use dashu_int::IBig;
use std::cmp::Ordering;

/// Nesting of containers up to which comparisons stay native; deeper ones (and cycles) go to the language, which counts
/// its recursion.
const MAX_NESTING: u32 = 64;

/// Whether `a == b`, or `None` if code of the language must say.
#[inline]
pub fn pure_eq(a: Value, b: Value) -> Option<bool> {
    if Value::both_ints(a, b) {
        return Some(a == b);
    }
    if let (Some(x), Some(y)) = (a.cast::<Str>(), b.cast::<Str>()) {
        return if user_eq(a) || user_eq(b) { None } else { Some(x.same_text(y)) };
    }
    eq_at(a, b, 0)
}

#[inline]
fn user_eq(v: Value) -> bool {
    v.as_object().is_some_and(|o| o.class().has(flag::USER_EQ))
}

/// Equality of the items of containers: identity implies it.
#[inline]
fn item_eq(a: Value, b: Value, depth: u32) -> Option<bool> {
    if a == b && !a.is_flonum() {
        return Some(true);
    }
    if Value::both_ints(a, b) {
        return Some(false);
    }
    if let (Some(x), Some(y)) = (a.cast::<Str>(), b.cast::<Str>()) {
        return if user_eq(a) || user_eq(b) { None } else { Some(x.same_text(y)) };
    }
    eq_at(a, b, depth)
}

fn eq_at(a: Value, b: Value, depth: u32) -> Option<bool> {
    if depth > MAX_NESTING || user_eq(a) || user_eq(b) {
        return None;
    }
    if let (Some(x), Some(y)) = (a.cast::<Tuple>(), b.cast::<Tuple>()) {
        return eq_items(x.items(), y.items(), depth);
    }
    if let (Some(x), Some(y)) = (Num::of(a), Num::of(b)) {
        return Some(x.cmp(&y) == Some(Ordering::Equal));
    }
    match (a.view(), b.view()) {
        (View::Str(x), View::Str(y)) => Some(x.same_text(y)),
        (View::List(x), View::List(y)) => eq_items(&x.items.borrow(), &y.items.borrow(), depth),
        (View::Bytes(x), View::Bytes(y)) => Some(x.items() == y.items()),
        (View::Bytes(x), View::ByteArray(y)) | (View::ByteArray(y), View::Bytes(x)) => {
            Some(x.items() == &y.bytes.borrow()[..])
        }
        (View::ByteArray(x), View::ByteArray(y)) => Some(*x.bytes.borrow() == *y.bytes.borrow()),
        (View::Range(x), View::Range(y)) => {
            Some(x.len == y.len && (x.len == 0 || (x.start == y.start && (x.len == 1 || x.step == y.step))))
        }
        (View::Complex(x), View::Complex(y)) => Some(x.re == y.re && x.im == y.im),
        (View::Complex(x), _) => {
            Some(x.im == 0.0 && Num::of(b).is_some_and(|n| n.cmp(&Num::Float(x.re)) == Some(Ordering::Equal)))
        }
        (_, View::Complex(y)) => {
            Some(y.im == 0.0 && Num::of(a).is_some_and(|n| n.cmp(&Num::Float(y.re)) == Some(Ordering::Equal)))
        }
        // Comparisons of these look keys up or know more than identity.
        (View::Dict(x), View::Dict(y)) => {
            if x == y {
                return if x.is_empty() { Some(true) } else { None };
            }
            if x.len() != y.len() { Some(false) } else { eq_dicts(&x.to_vec(), y, depth) }
        }
        (View::Set(x), View::Set(y)) => {
            if x == y {
                return Some(true);
            }
            if x.len() != y.len() {
                return Some(false);
            }
            for (k, h) in x.to_vec() {
                match y.find(h, k) {
                    super::Found::At(_) => {}
                    super::Found::Missing => return Some(false),
                    super::Found::Ask => return None,
                }
            }
            Some(true)
        }
        (View::BoundMethod(x), View::BoundMethod(y)) => Some(x.func == y.func && x.receiver == y.receiver),
        (View::NativeFn(x), View::NativeFn(y)) => Some(x.id == y.id && x.bound == y.bound),
        (View::Record(x), View::Record(y)) if a != b => {
            use super::RecordTag as T;
            match (x.tag, y.tag) {
                (T::Slice, T::Slice) => {
                    let f = |r: Gc<super::Record>| [r.field(0), r.field(1), r.field(2)];
                    eq_items(&f(x), &f(y), depth)
                }
                (T::GenericAlias, T::GenericAlias) => {
                    let f = |r: Gc<super::Record>| [r.field(0), r.field(1), r.field(3)];
                    eq_items(&f(x), &f(y), depth)
                }
                (
                    T::Property | T::StaticMethod | T::ClassMethod | T::Super | T::Traceback | T::Frame | T::Member,
                    _,
                ) => Some(false),
                _ => None,
            }
        }
        (View::Record(x), _) | (_, View::Record(x)) if a != b => match x.tag {
            super::RecordTag::DictKeys
            | super::RecordTag::DictItems
            | super::RecordTag::MappingProxy
            | super::RecordTag::Other => None,
            _ => Some(false),
        },
        (View::Native(_), _) | (_, View::Native(_)) if a != b => {
            // A native class may bring an `__eq__`; the class lookup decides.
            None
        }
        _ => Some(a == b),
    }
}

fn eq_items(x: &[Value], y: &[Value], depth: u32) -> Option<bool> {
    if x.len() != y.len() {
        return Some(false);
    }
    for (&a, &b) in x.iter().zip(y) {
        if !item_eq(a, b, depth + 1)? {
            return Some(false);
        }
    }
    Some(true)
}

fn eq_dicts(x: &[super::dict::Entry], y: Gc<super::Dict>, depth: u32) -> Option<bool> {
    for e in x {
        match y.find(e.hash, e.key) {
            super::Found::At(i) => {
                let other = y.entry(i)?.value;
                if !item_eq(e.value, other, depth + 1)? {
                    return Some(false);
                }
            }
            super::Found::Missing => return Some(false),
            super::Found::Ask => return None,
        }
    }
    Some(true)
}

/// The order of two values for sorting and `<`, where both are numbers, texts, bytes, or tuples and lists of them.
/// `None`: the language must say (or there is no order). NaNs have none either.
pub fn pure_cmp(a: Value, b: Value) -> Option<Ordering> {
    cmp_at(a, b, 0)
}

fn cmp_at(a: Value, b: Value, depth: u32) -> Option<Ordering> {
    if Value::both_ints(a, b) {
        return Some(Value::cmp_ints(a, b));
    }
    let user = |v: Value| v.as_object().is_some_and(|o| o.class().flags.get() & (flag::USER_EQ | flag::USER_ORD) != 0);
    if depth > MAX_NESTING || user(a) || user(b) {
        return None;
    }
    if let (Some(x), Some(y)) = (Num::of(a), Num::of(b)) {
        return x.cmp(&y);
    }
    match (a.view(), b.view()) {
        (View::Str(x), View::Str(y)) => Some(surrogate::cmp(x.as_str(), y.as_str())),
        (View::Bytes(x), View::Bytes(y)) => Some(x.items().cmp(y.items())),
        (View::Bytes(x), View::ByteArray(y)) => Some(x.items().cmp(&y.bytes.borrow()[..])),
        (View::ByteArray(x), View::Bytes(y)) => Some(x.bytes.borrow()[..].cmp(y.items())),
        (View::ByteArray(x), View::ByteArray(y)) => Some(x.bytes.borrow().cmp(&y.bytes.borrow())),
        (View::Tuple(x), View::Tuple(y)) => cmp_items(x.items(), y.items(), depth),
        (View::List(x), View::List(y)) => cmp_items(&x.items.borrow(), &y.items.borrow(), depth),
        _ => None,
    }
}

fn cmp_items(x: &[Value], y: &[Value], depth: u32) -> Option<Ordering> {
    for (&a, &b) in x.iter().zip(y) {
        if Value::both_ints(a, b) {
            match Value::cmp_ints(a, b) {
                Ordering::Equal => continue,
                order => return Some(order),
            }
        }
        if !item_eq(a, b, depth + 1)? {
            return cmp_at(a, b, depth + 1);
        }
    }
    Some(x.len().cmp(&y.len()))
}

/// What can be said of a value's hash without running code.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hash {
    Is(i64),
    /// By identity: the heap gives the object a number.
    Identity,
    /// `unhashable type`: the value that is to blame.
    Unhashable(Value),
    /// Code of the language must say.
    Ask,
}

/// The hash of `v`, as CPython's with `PYTHONHASHSEED=0`.
#[inline]
pub fn pure_hash(v: Value) -> Hash {
    if let Some(i) = v.as_int() {
        return Hash::Is(text::hash::i64(i));
    }
    if let Some(s) = v.cast::<Str>()
        && !s.class().has(flag::USER_HASH)
    {
        return Hash::Is(s.hash());
    }
    hash_at(v, 0)
}

#[inline]
fn item_hash(v: Value, depth: u32) -> Hash {
    match v.as_int() {
        Some(i) => Hash::Is(text::hash::i64(i)),
        None => hash_at(v, depth),
    }
}

fn hash_at(v: Value, depth: u32) -> Hash {
    if depth > MAX_NESTING || v.as_object().is_some_and(|o| o.class().has(flag::USER_HASH)) {
        return Hash::Ask;
    }
    match v.view() {
        View::Int(i) => Hash::Is(text::hash::i64(i)),
        View::Bool(b) => Hash::Is(b as i64),
        View::None => Hash::Is(text::hash::NONE),
        View::Float(f) if f.is_nan() => Hash::Identity,
        View::Float(f) => Hash::Is(text::hash::float(f)),
        View::BigInt(b) => Hash::Is(text::hash::int(&b.value)),
        View::Complex(c) => Hash::Is(text::hash::complex(c.re, c.im)),
        View::Str(s) => Hash::Is(s.hash()),
        View::Bytes(b) => Hash::Is(text::hash::bytes(b.items())),
        View::Tuple(t) => hash_tuple(t, depth),
        View::Set(s) if s.is_frozen() => {
            let h = s.hash.get();
            if h != 0 {
                return Hash::Is(h);
            }
            let hashes: Vec<i64> = s.to_vec().iter().map(|&(_, h)| h).collect();
            let h = text::hash::frozenset(hashes);
            s.hash.set(h);
            Hash::Is(h)
        }
        View::Range(r) => {
            let item = |b: bool, x: i64| if b { text::hash::i64(x) } else { text::hash::NONE };
            let items = [text::hash::i64(r.len), item(r.len > 0, r.start), item(r.len > 1, r.step)];
            Hash::Is(text::hash::tuple(items))
        }
        View::List(_) | View::Dict(_) | View::Set(_) | View::ByteArray(_) => Hash::Unhashable(v),
        View::BoundMethod(_) | View::Native(_) => Hash::Ask,
        View::NativeFn(f) if f.bound.as_object().is_some() => Hash::Ask,
        View::Record(r) => match r.tag {
            super::RecordTag::Slice => {
                let mut hasher = text::hash::TupleHasher::new();
                for i in 0..3 {
                    match hash_at(r.field(i), depth + 1) {
                        Hash::Is(x) => hasher.add(x),
                        // The heap must number the part first.
                        Hash::Identity => return Hash::Ask,
                        other => return other,
                    }
                }
                Hash::Is(hasher.finish_slice())
            }
            super::RecordTag::DictKeys | super::RecordTag::DictItems => Hash::Unhashable(v),
            super::RecordTag::MappingProxy => hash_at(r.field(0), depth + 1),
            super::RecordTag::GenericAlias | super::RecordTag::Union | super::RecordTag::Other => Hash::Ask,
            _ => Hash::Identity,
        },
        _ => Hash::Identity,
    }
}

fn hash_tuple(t: Gc<Tuple>, depth: u32) -> Hash {
    let mut hasher = text::hash::TupleHasher::new();
    for &item in t.items() {
        match item_hash(item, depth + 1) {
            Hash::Is(x) => hasher.add(x),
            // The heap must number the item first.
            Hash::Identity => return Hash::Ask,
            other => return other,
        }
    }
    Hash::Is(hasher.finish())
}

/// A real number.
#[derive(Clone, Copy)]
pub enum Num {
    Int(i64),
    Big(Gc<super::BigInt>),
    Float(f64),
}

impl Num {
    /// The number that `v` is (`bool` is an int), whatever its class.
    #[inline]
    pub fn of(v: Value) -> Option<Num> {
        Some(match v.view() {
            View::Int(i) => Num::Int(i),
            View::Bool(b) => Num::Int(b as i64),
            View::BigInt(b) => Num::Big(b),
            View::Float(f) => Num::Float(f),
            _ => return None,
        })
    }

    /// The integer, or `None` for a float.
    pub fn to_ibig(self) -> Option<IBig> {
        Some(match self {
            Num::Int(i) => IBig::from(i),
            Num::Big(b) => b.value.clone(),
            Num::Float(_) => return None,
        })
    }

    /// The order, exact between ints and floats; `None` with a NaN.
    #[allow(clippy::should_implement_trait)]
    pub fn cmp(&self, o: &Num) -> Option<Ordering> {
        match (self, o) {
            (Num::Int(a), Num::Int(b)) => Some(a.cmp(b)),
            (Num::Float(a), Num::Float(b)) => a.partial_cmp(b),
            (Num::Int(a), Num::Float(b)) => text::float::cmp_i64(*b, *a).map(Ordering::reverse),
            (Num::Float(a), Num::Int(b)) => text::float::cmp_i64(*a, *b),
            (Num::Big(a), Num::Big(b)) => Some(a.value.cmp(&b.value)),
            (Num::Big(a), Num::Int(b)) => Some(a.value.cmp(&IBig::from(*b))),
            (Num::Int(a), Num::Big(b)) => Some(IBig::from(*a).cmp(&b.value)),
            (Num::Big(a), Num::Float(b)) => text::float::cmp_int(*b, &a.value).map(Ordering::reverse),
            (Num::Float(a), Num::Big(b)) => text::float::cmp_int(*a, &b.value),
        }
    }
}
