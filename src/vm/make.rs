//! Making values, and taking arguments apart. Floor 5.

use super::native::{CallReq, Coerce, Resume, StepFn};
use super::{Args, Ctl, Res, Vm};
use crate::heap::{Gc, Header};
use crate::object::bigrange::BigRange;
use crate::object::class::flag;
use crate::object::misc::RecordHead;
use crate::object::pure::{Hash, pure_hash};
use crate::object::seq::{BytesHead, TupleHead};
use crate::object::{
    BigInt, BoundMethod, Bytes, Class, Complex, Dict, Float, Iter, IterTag, List, Native, NativeData, Range, Record,
    RecordTag, Set, Str, Tuple, View, str_,
};
use crate::value::Value;
use dashu_int::IBig;
use smallvec::SmallVec;
use std::cell::Cell;

/// Tuples nested deeper than this are not hashed: hashing recurses natively.
const MAX_HASH_DEPTH: usize = 10_000;

/// A larger text is given back to the system.
const MAX_SCRATCH: usize = 1 << 16;

impl Vm {
    pub fn new_str(&mut self, text: &str) -> Value {
        if let [b] = text.as_bytes()
            && b.is_ascii()
        {
            return self.ascii_char(*b);
        }
        str_::new_str(&mut self.heap, self.types.str_, text).value()
    }

    /// An empty text to write into, which [`Vm::new_str_of`] takes back.
    #[inline]
    pub fn take_scratch(&mut self) -> String {
        std::mem::take(&mut self.scratch)
    }

    /// The `str` that was written into a text from [`Vm::take_scratch`].
    #[inline]
    pub fn new_str_of(&mut self, mut text: String) -> Value {
        let v = self.new_str(&text);
        if text.capacity() <= MAX_SCRATCH {
            text.clear();
            self.scratch = text;
        }
        v
    }

    /// A `str` that is no other object, whatever it says.
    pub fn new_unique_str(&mut self, text: &str) -> Gc<Str> {
        str_::new_str(&mut self.heap, self.types.str_, text)
    }

    /// A `str` of one ASCII character: always the same object.
    #[inline]
    pub fn ascii_char(&mut self, b: u8) -> Value {
        let known = self.ascii[b as usize & 127];
        if known.is_undef() { self.make_ascii_char(b) } else { known }
    }

    #[cold]
    fn make_ascii_char(&mut self, b: u8) -> Value {
        let s = self.intern((b as char).encode_utf8(&mut [0; 4])).value();
        self.ascii[b as usize & 127] = s;
        s
    }

    /// A `str` of one character.
    #[inline]
    pub fn new_char(&mut self, c: char) -> Value {
        if c.is_ascii() { self.ascii_char(c as u8) } else { self.new_str(c.encode_utf8(&mut [0; 4])) }
    }

    #[inline(always)]
    pub fn new_int(&mut self, i: i64) -> Value {
        match Value::int(i) {
            Some(v) => v,
            None => self.new_big(IBig::from(i)),
        }
    }

    /// An int from a big integer: a small one where it fits.
    pub fn new_big(&mut self, b: IBig) -> Value {
        if let Ok(i) = i64::try_from(&b)
            && let Some(v) = Value::int(i)
        {
            return v;
        }
        self.heap.charge(crate::text::int::bit_length(&b) / 8);
        self.heap.alloc(BigInt::new(self.types.int, b)).value()
    }

    #[inline(always)]
    pub fn new_float(&mut self, f: f64) -> Value {
        match Value::flonum(f) {
            Some(v) => v,
            None => self.heap.alloc(Float::new(self.types.float, f)).value(),
        }
    }

    pub fn new_complex(&mut self, re: f64, im: f64) -> Value {
        self.heap.alloc(Complex::new(self.types.complex, re, im)).value()
    }

    #[inline]
    pub fn new_tuple(&mut self, items: &[Value]) -> Value {
        if items.is_empty() {
            return self.empty_tuple;
        }
        self.heap.alloc_copy::<_, Value>(TupleHead::new(self.types.tuple), items).value()
    }

    /// A tuple of a subclass, or of `tuple` itself.
    pub fn new_tuple_of(&mut self, class: Gc<Class>, items: &[Value]) -> Gc<Tuple> {
        self.heap.alloc_copy(TupleHead::new(class), items)
    }

    #[inline]
    pub fn new_list(&mut self, items: Vec<Value>) -> Value {
        self.heap.charge(items.capacity() * 8);
        self.heap.alloc(List::new(self.types.list, items)).value()
    }

    pub fn new_dict(&mut self) -> Gc<Dict> {
        self.heap.alloc(Dict::new(self.types.dict))
    }

    pub fn new_set(&mut self, frozen: bool) -> Gc<Set> {
        let class = if frozen { self.types.frozenset } else { self.types.set };
        self.heap.alloc(Set::new(class, frozen))
    }

    pub fn new_bytes(&mut self, bytes: &[u8]) -> Value {
        let class = self.types.bytes;
        self.new_bytes_of(class, bytes).value()
    }

    /// A bytes object of a subclass, or of `bytes` itself.
    pub fn new_bytes_of(&mut self, class: Gc<Class>, bytes: &[u8]) -> Gc<Bytes> {
        self.heap.alloc_copy(BytesHead::new(class), bytes)
    }

    pub fn new_range(&mut self, start: i64, stop: i64, step: i64) -> Value {
        self.heap.alloc(Range::new(self.types.range, start, stop, step)).value()
    }

    /// A range of numbers of any size.
    pub fn new_big_range(&mut self, r: BigRange) -> Value {
        let fits = [&r.start, &r.stop, &r.step, &r.len].map(|n| i64::try_from(n).ok());
        if let [Some(start), Some(stop), Some(step), Some(_)] = fits {
            return self.new_range(start, stop, step);
        }
        let class = self.types.range;
        self.new_native(class, r).value()
    }

    /// A record of these fields. The class must have the layout `Record`.
    pub fn new_record(&mut self, class: Gc<Class>, tag: RecordTag, fields: &[Value]) -> Gc<Record> {
        self.heap.alloc_trailing(RecordHead::new(class, tag), fields.len(), |i| Cell::new(fields[i]))
    }

    pub fn new_iter(&mut self, class: Gc<Class>, tag: IterTag, src: Value) -> Gc<Iter> {
        self.heap.alloc(Iter::new(class, tag, src))
    }

    pub fn new_method(&mut self, func: Value, receiver: Value) -> Value {
        self.heap.alloc(BoundMethod::new(self.types.method, func, receiver)).value()
    }

    /// An object of a native class with layout `Native`.
    pub fn new_native(&mut self, class: Gc<Class>, data: impl NativeData) -> Gc<Native> {
        Native::alloc(&mut self.heap, class, data)
    }

    /// The class of any value: `type(v)`.
    #[inline]
    pub fn class_of(&self, v: Value) -> Gc<Class> {
        if let Some(o) = v.as_object() {
            return o.class();
        }
        let t = &self.types;
        match v {
            _ if v.is_int() => t.int,
            _ if v.is_flonum() => t.float,
            Value::NONE => t.none,
            Value::TRUE | Value::FALSE => t.bool_,
            Value::ELLIPSIS => t.ellipsis,
            Value::NOT_IMPLEMENTED => t.not_implemented,
            _ => t.object,
        }
    }

    /// `type(v).__name__`.
    pub fn class_name(&self, v: Value) -> &'static str {
        // The name lives as long as the class, which outlives the call: callers use it for messages at once.
        self.class_of(v).name_str()
    }

    /// `isinstance(v, class)` by the method resolution order, without `__instancecheck__`.
    #[inline]
    pub fn is_instance(&self, v: Value, class: Gc<Class>) -> bool {
        self.class_of(v).is_subclass(class)
    }

    /// The hash of `v`: `None` where code of the language must say (then use `Coerce` or the prelude). An error where it
    /// is unhashable.
    pub fn hash_of(&mut self, v: Value) -> Res<Option<i64>> {
        self.hash_nested(v, 0)
    }

    fn hash_nested(&mut self, v: Value, depth: usize) -> Res<Option<i64>> {
        if depth > MAX_HASH_DEPTH {
            return Err(self.recursion_error("maximum recursion depth exceeded while hashing a tuple"));
        }
        match pure_hash(v) {
            Hash::Is(h) => Ok(Some(h)),
            Hash::Identity => Ok(v.as_object().map(|o| self.identity_hash(o))),
            Hash::Unhashable(x) => {
                let message = format!("unhashable type: '{}'", self.class_name(x));
                Err(self.type_error(message))
            }
            Hash::Ask => self.hash_asking(v, depth),
        }
    }

    /// As `hash_of` for what `pure_hash` alone can't say but no user code is needed for.
    fn hash_asking(&mut self, v: Value, depth: usize) -> Res<Option<i64>> {
        if v.as_object().is_some_and(|o| o.class().has(flag::USER_HASH)) {
            return Ok(None);
        }
        match v.view() {
            View::Tuple(t) => {
                let mut hashes: SmallVec<[i64; 8]> = SmallVec::new();
                for &item in t.items() {
                    match self.hash_nested(item, depth + 1)? {
                        Some(h) => hashes.push(h),
                        None => return Ok(None),
                    }
                }
                Ok(Some(crate::text::hash::tuple(hashes)))
            }
            View::Record(r) if r.tag == RecordTag::GenericAlias && !r.class().has(flag::HEAP) => {
                let (a, b) = (self.hash_nested(r.field(0), depth + 1)?, self.hash_nested(r.field(1), depth + 1)?);
                Ok(a.zip(b).map(|(a, b)| a ^ b))
            }
            View::Record(r) if r.tag == RecordTag::Union => {
                let members = r.field(0).cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec());
                let mut hashes = Vec::with_capacity(members.len());
                for m in members {
                    match self.hash_nested(m, depth + 1)? {
                        Some(h) => hashes.push(h),
                        None => return Ok(None),
                    }
                }
                Ok(Some(crate::text::hash::frozenset(hashes)))
            }
            View::Record(r) if r.tag == RecordTag::Slice => {
                let mut hasher = crate::text::hash::TupleHasher::new();
                for i in 0..3 {
                    match self.hash_nested(r.field(i), depth + 1)? {
                        Some(h) => hasher.add(h),
                        None => return Ok(None),
                    }
                }
                Ok(Some(hasher.finish_slice()))
            }
            View::NativeFn(f) => {
                let bound = f.bound.as_object().map_or(0, |o| self.identity_hash(o));
                Ok(Some(bound ^ crate::text::hash::i64(i64::from(f.id))))
            }
            View::BoundMethod(m) => {
                let r = self.hash_nested(m.func, depth + 1)?;
                let Some(o) = m.receiver.as_object() else { return Ok(r) };
                Ok(r.map(|h| h ^ self.identity_hash(o)))
            }
            View::Native(_) => {
                let (class, name) = (self.class_of(v), self.names.hash);
                let own = self.lookup_class(class, name);
                let object = self.lookup_class(self.types.object, name);
                if own == object { Ok(v.as_object().map(|o| self.identity_hash(o))) } else { Ok(None) }
            }
            _ => Ok(None),
        }
    }

    /// `object.__hash__`: from the object's number.
    pub fn identity_hash(&mut self, o: Gc<Header>) -> i64 {
        crate::text::hash::identity(self.id_of_object(o))
    }

    /// `id(v)`. Of objects: made from a counter, spaced like addresses; of immediate values: from the value.
    pub fn id(&mut self, v: Value) -> u64 {
        match v.as_object() {
            Some(o) => self.id_of_object(o),
            None => 0x10_0000 + (v.bits() & 0xFFFF_FFFF_FFFF) * 16,
        }
    }

    fn id_of_object(&mut self, o: Gc<Header>) -> u64 {
        0x7f00_0000_0000 + self.heap.object_id(o) * 16
    }

    // ---- arguments of natives

    /// The `str` in argument `i`, or a TypeError in the words of `what` (`"join() argument must be str, not {}"`, `{}`
    /// becoming the type's name).
    pub fn str_arg(&mut self, args: Args<'_>, i: usize, what: &str) -> Res<Gc<Str>> {
        match args[i].cast::<Str>() {
            Some(s) => Ok(s),
            None => {
                let none = args[i].is_none() && what.contains("() argument");
                let message = what.replace("{}", if none { "None" } else { self.class_name(args[i]) });
                Err(self.type_error(message))
            }
        }
    }

    /// Argument `i` as an int of any size: ints as they are, others by `__index__`, else CPython's TypeError.
    pub fn index_value(&mut self, args: Args<'_>, i: usize) -> Res<Value> {
        let v = args[i];
        match v.view() {
            View::Int(_) | View::BigInt(_) => Ok(v),
            View::Bool(b) => Ok(Value::small(b as i64)),
            _ => Err(self.index_request(v, i)),
        }
    }

    /// Has argument `i`, the value `v`, converted by its `__index__`; a TypeError where it has none.
    pub fn index_request(&mut self, v: Value, i: usize) -> Ctl {
        let (class, name) = (self.class_of(v), self.names.index);
        if self.lookup_class(class, name).is_some() {
            Ctl::Coerce { index: i as u16, to: Coerce::Index }
        } else {
            let message = format!("'{}' object cannot be interpreted as an integer", class.name_str());
            self.type_error(message)
        }
    }

    /// Argument `i` as an `i64`; too large ones are an OverflowError.
    pub fn index_arg(&mut self, args: Args<'_>, i: usize) -> Res<i64> {
        let v = self.index_value(args, i)?;
        match self.small_int(v) {
            Some(n) => Ok(n),
            None => Err(self.overflow_error("Python int too large to convert to C ssize_t")),
        }
    }

    /// Argument `i` as an `i64`, with the nearest `i64` for too large ones; `default` where it was left out.
    pub fn clamped_arg(&mut self, args: Args<'_>, i: usize, default: i64) -> Res<i64> {
        if args.get(i).is_none() {
            return Ok(default);
        }
        let v = self.index_value(args, i)?;
        Ok(self.clamp_int(v))
    }

    /// The `i64` nearest to an int value.
    pub fn clamp_int(&self, v: Value) -> i64 {
        match v.view() {
            View::Int(i) => i,
            View::Bool(b) => b as i64,
            View::BigInt(b) => {
                i64::try_from(&b.value).unwrap_or(if b.value < IBig::ZERO { i64::MIN } else { i64::MAX })
            }
            _ => 0,
        }
    }

    /// The int value as `i64`, if it fits.
    pub fn small_int(&self, v: Value) -> Option<i64> {
        match v.view() {
            View::Int(i) => Some(i),
            View::Bool(b) => Some(b as i64),
            View::BigInt(b) => i64::try_from(&b.value).ok(),
            _ => None,
        }
    }

    /// The int value, of any size.
    pub fn big_int(&self, v: Value) -> Option<IBig> {
        match v.view() {
            View::Int(i) => Some(IBig::from(i)),
            View::Bool(b) => Some(IBig::from(b as i64)),
            View::BigInt(b) => Some(b.value.clone()),
            _ => None,
        }
    }

    /// Argument `i` as a float: floats and ints, others by `__float__` or `__index__`.
    pub fn float_arg(&mut self, args: Args<'_>, i: usize) -> Res<f64> {
        match args[i].view() {
            View::Float(f) => Ok(f),
            View::Int(n) => Ok(n as f64),
            View::Bool(b) => Ok(b as i64 as f64),
            View::BigInt(b) => match crate::text::float::from_int(&b.value) {
                Ok(f) => Ok(f),
                Err(_) => Err(self.overflow_error("int too large to convert to float")),
            },
            _ => {
                let class = self.class_of(args[i]);
                let (f, n) = (self.names.float_, self.names.index);
                if self.lookup_class(class, f).is_some() || self.lookup_class(class, n).is_some() {
                    Err(Ctl::Coerce { index: i as u16, to: Coerce::Float })
                } else {
                    let message = format!("must be real number, not {}", class.name_str());
                    Err(self.type_error(message))
                }
            }
        }
    }

    /// The truth of argument `i`; `default` where it was left out.
    pub fn truth_arg(&mut self, args: Args<'_>, i: usize, default: bool) -> Res<bool> {
        let Some(v) = args.get(i) else { return Ok(default) };
        match self.pure_truth(v) {
            Some(b) => Ok(b),
            None => Err(Ctl::Coerce { index: i as u16, to: Coerce::Truth }),
        }
    }

    /// The truth of `v`, or `None` where `__bool__` or `__len__` of the language must say.
    pub fn pure_truth(&mut self, v: Value) -> Option<bool> {
        if v.as_object().is_some_and(|o| o.class().has(flag::USER_BOOL)) {
            return None;
        }
        Some(match v.view() {
            View::None => false,
            View::Bool(b) => b,
            View::Int(i) => i != 0,
            View::Float(f) => f != 0.0,
            View::BigInt(b) => b.value != IBig::ZERO,
            View::Complex(c) => c.re != 0.0 || c.im != 0.0,
            View::Str(s) => s.nbytes() > 0,
            View::Bytes(b) => !b.is_empty(),
            View::ByteArray(b) => !b.bytes.borrow().is_empty(),
            View::Tuple(t) => !t.is_empty(),
            View::List(l) => !l.is_empty(),
            View::Dict(d) => !d.is_empty(),
            View::Set(s) => !s.is_empty(),
            View::Range(r) => r.len > 0,
            View::Record(r) => match r.tag {
                RecordTag::DictKeys | RecordTag::DictValues | RecordTag::DictItems => {
                    r.field(0).cast::<Dict>().is_some_and(|d| !d.is_empty())
                }
                RecordTag::MappingProxy => return self.pure_truth(r.field(0)),
                _ => true,
            },
            View::Native(_) => {
                let class = self.class_of(v);
                let (b, l) = (self.names.bool_, self.names.len);
                if self.lookup_class(class, b).is_some() || self.lookup_class(class, l).is_some() {
                    return None;
                }
                true
            }
            _ => true,
        })
    }

    /// The items of argument `i`, any iterable. Lists, tuples, and other built-in collections are read at once; others
    /// come back as a list after code of the language made one. The error for a non-iterable is CPython's.
    pub fn items_arg(&mut self, args: Args<'_>, i: usize) -> Res<Vec<Value>> {
        match self.pure_items(args[i])? {
            Some(items) => Ok(items),
            None => Err(Ctl::Coerce { index: i as u16, to: Coerce::List }),
        }
    }

    /// `self.tail_call(f, args)` as the result of a native: call `f`, its result is the native's.
    pub fn tail_call<T>(&mut self, callee: Value, args: &[Value]) -> Res<T> {
        Err(Ctl::Call(Box::new(CallReq::new(callee, args))))
    }

    /// Goes on as a machine with these registers; its result is the native's.
    pub fn enter<T>(&mut self, step: StepFn, regs: &[Value]) -> Res<T> {
        self.entering.clear();
        self.entering.extend_from_slice(regs);
        Err(Ctl::Enter(step))
    }

    // ---- machines: the topmost frame

    /// Register `i` of the running machine.
    pub fn mreg(&self, i: usize) -> Value {
        let t = &self.threads.current;
        t.frames.last().and_then(|f| t.stack.get(f.base as usize + i)).copied().unwrap_or(Value::UNDEF)
    }

    /// Sets register `i` of the running machine, which must have so many.
    pub fn set_mreg(&mut self, i: usize, v: Value) {
        let t = &mut self.threads.current;
        if let Some(f) = t.frames.last()
            && i < f.size as usize
        {
            t.stack[f.base as usize + i] = v;
        }
    }

    /// State number of the running machine, 0 at first.
    pub fn mstate(&self) -> u32 {
        self.threads.current.frames.last().map_or(0, |f| f.pc)
    }

    pub fn set_mstate(&mut self, s: u32) {
        if let Some(f) = self.threads.current.frames.last_mut() {
            f.pc = s;
        }
    }

    /// Turns what a machine was resumed with into a value, or the error to pass on.
    pub fn resumed(&mut self, r: Resume) -> Res {
        match r {
            Resume::Value(v) => Ok(v),
            Resume::Raised(e) => Err(Ctl::Raise(e)),
            _ => Ok(Value::NONE),
        }
    }

    /// A kind check for receivers: `self` as `T`, or CPython's TypeError for a descriptor called on something else.
    pub fn receiver<T: crate::heap::Object>(&mut self, args: Args<'_>, type_name: &str) -> Res<Gc<T>> {
        match args[0].cast::<T>() {
            Some(x) => Ok(x),
            None => Err(Ctl::WrongReceiver(args[0], type_name.into())),
        }
    }

    /// The native data of `self`, or a TypeError.
    pub fn native_receiver<'a, T: NativeData>(&mut self, args: Args<'a>, type_name: &str) -> Res<&'a T> {
        let v: &'a Value = &args.fixed[0];
        match v.cast::<Native>().and_then(|n| n.data_ref::<T>()) {
            Some(x) => Ok(x),
            None => Err(Ctl::WrongReceiver(*v, type_name.into())),
        }
    }
}
