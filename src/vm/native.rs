//! The native interface: how functions written in Rust look to the VM. Floor 5.
//!
//! A native function is a *leaf*: it gets its arguments bound, works, and gives a value. It never calls the language.
//! What it can't do itself it hands over through [`Ctl`]:
//! - raise an exception ([`Ctl::Raise`], made by `vm.type_error(…)` and kin);
//! - have an argument converted by code of the language and be called again ([`Ctl::Coerce`], made by `vm.index_arg(…)`
//!   and kin): so ask for conversions before the first side effect;
//! - hand over to a callable, whose result becomes its own ([`Ctl::Call`], made by `vm.tail_call(…)` or
//!   `vm.prelude_call(…)`);
//! - go on as a *machine* ([`Ctl::Enter`]): a native frame, a resumable state machine whose whole state is a number and
//!   a window of registers.
//!
//! Invariant: a leaf holds no value across a safepoint, because none occurs while it runs.

use super::Vm;
use crate::heap::Gc;
use crate::object::Dict;
use crate::text::hash;
use crate::value::Value;
use smallvec::SmallVec;

/// What a native gives: a value, or something that the VM must do first.
pub type Res<T = Value> = Result<T, Ctl>;

/// A native function.
pub type NativeFnPtr = for<'a> fn(&mut Vm, Args<'a>) -> Res;

/// A step of a machine. See [`Ctl::Enter`].
pub type StepFn = fn(&mut Vm, Resume) -> Res<Step>;

/// What a native can't do by returning a value.
pub enum Ctl {
    /// Raise this exception object.
    Raise(Value),
    /// Call `callee`; its result is the native's.
    Call(Box<CallReq>),
    /// Convert argument `index` and call the native again.
    Coerce { index: u16, to: Coerce },
    /// Push a machine frame and step it with `Resume::Start`. Its result is the native's. Its registers are in the VM
    /// (`Vm::entering`) until then: waiting is no errand worth an allocation.
    Enter(StepFn),
    /// Resume a generator; what it yields is the native's result (its end raises `StopIteration`).
    Generator(Value, GenAction),
    /// The receiver is not of the type whose method this is: the type's name, for natives that are of no class.
    WrongReceiver(Value, Box<str>),
    /// End the process with this status, as `os._exit`.
    ExitProcess(i32),
}

/// How to go on with a generator.
#[derive(Clone, Copy, Debug)]
pub enum GenAction {
    /// With the value sent.
    Send(Value),
    /// By raising this exception in it.
    Throw(Value),
}

/// A call that a native asks for.
pub struct CallReq {
    pub callee: Value,
    /// Positional arguments, then the values of keyword arguments.
    pub args: SmallVec<[Value; 4]>,
    /// Tuple of the keywords' names, or `Undef`.
    pub kwnames: Value,
}

/// Conversions of arguments that may need code of the language.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Coerce {
    /// `operator.index(x)`: an int.
    Index,
    /// `float(x)` by `__float__` or `__index__`.
    Float,
    /// `list(x)`: a new list of all items.
    List,
    /// `str(x)`.
    Str,
    /// `repr(x)`.
    Repr,
    /// `bool(x)`.
    Truth,
}

/// Bound arguments. `args[i]` is parameter `i` in the order of the signature, without `*args` and `**kwargs`; `Undef`
/// where an optional one was left out.
#[derive(Clone, Copy)]
pub struct Args<'a> {
    pub(super) fixed: &'a [Value],
    pub(super) rest: &'a [Value],
    pub(super) kwargs: Option<Gc<Dict>>,
}

impl<'a> Args<'a> {
    /// Fixed arguments alone.
    pub fn two(fixed: &'a [Value; 2]) -> Args<'a> {
        Args { fixed, rest: &[], kwargs: None }
    }

    /// What `*args` collected.
    pub fn rest(&self) -> &'a [Value] {
        self.rest
    }

    /// What `**kwargs` collected, `None` for nothing.
    pub fn kwargs(&self) -> Option<Gc<Dict>> {
        self.kwargs
    }

    /// Parameter `i`, `None` where it was left out.
    pub fn get(&self, i: usize) -> Option<Value> {
        self.fixed.get(i).copied().and_then(Value::defined)
    }

    /// The fixed parameters of a method without its receiver; `Undef` where one was left out.
    pub fn behind_self(&self) -> &'a [Value] {
        self.fixed.get(1..).unwrap_or(&[])
    }

    /// Number of fixed parameters.
    pub fn len(&self) -> usize {
        self.fixed.len()
    }

    pub fn is_empty(&self) -> bool {
        self.fixed.is_empty()
    }
}

impl std::ops::Index<usize> for Args<'_> {
    type Output = Value;
    #[inline(always)]
    fn index(&self, i: usize) -> &Value {
        &self.fixed[i]
    }
}

/// What a table of natives says of one.
#[derive(Clone, Copy)]
pub struct NativeDef {
    /// `name(a, b=default, /, c, *args, d=None, **kw)`; attributes have only a name. A method's first parameter is
    /// `self`, a class method's `cls`. Binding, its errors and `help()` follow from it.
    pub text: &'static str,
    /// What `text` says.
    pub sig: Sig,
    pub doc: &'static str,
    pub kind: DefKind,
    pub f: NativeFnPtr,
    /// For writable attributes: `f` with the new value as second argument, or with `Undef` to delete.
    pub set: Option<NativeFnPtr>,
}

impl NativeDef {
    /// The name alone.
    pub fn name(&self) -> &'static str {
        self.text.get(..self.sig.name as usize).unwrap_or(self.text)
    }
}

/// Where a native stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DefKind {
    /// A function of a module.
    Function,
    Method,
    /// `__new__`: gets the class first.
    New,
    StaticMethod,
    ClassMethod,
    /// A computed attribute.
    Attribute,
    /// A field of the layout, which programs can't set.
    Member,
}

const fn def(kind: DefKind, text: &'static str, doc: &'static str, f: NativeFnPtr) -> NativeDef {
    NativeDef { text, sig: Sig::of(text), doc, kind, f, set: None }
}
/// A function of a module.
pub const fn function(sig: &'static str, doc: &'static str, f: NativeFnPtr) -> NativeDef {
    def(DefKind::Function, sig, doc, f)
}
/// A method: `"append(self, object, /)"`.
pub const fn method(sig: &'static str, doc: &'static str, f: NativeFnPtr) -> NativeDef {
    def(DefKind::Method, sig, doc, f)
}
/// `__new__`: `"__new__(cls, x=0, /)"`.
pub const fn new(sig: &'static str, doc: &'static str, f: NativeFnPtr) -> NativeDef {
    def(DefKind::New, sig, doc, f)
}
/// A static method: no `self`.
pub const fn static_method(sig: &'static str, doc: &'static str, f: NativeFnPtr) -> NativeDef {
    def(DefKind::StaticMethod, sig, doc, f)
}
/// A class method: `"fromkeys(cls, iterable, value=None, /)"`.
pub const fn class_method(sig: &'static str, doc: &'static str, f: NativeFnPtr) -> NativeDef {
    def(DefKind::ClassMethod, sig, doc, f)
}
/// A read-only attribute: `f` gets `self`.
pub const fn attribute(name: &'static str, doc: &'static str, f: NativeFnPtr) -> NativeDef {
    def(DefKind::Attribute, name, doc, f)
}
/// A field that can only be read: `f` gets `self`.
pub const fn member(name: &'static str, doc: &'static str, f: NativeFnPtr) -> NativeDef {
    def(DefKind::Member, name, doc, f)
}
/// An attribute that can be set: `set` gets `self` and the value (`Undef` to delete).
pub const fn attribute_rw(name: &'static str, doc: &'static str, f: NativeFnPtr, set: NativeFnPtr) -> NativeDef {
    NativeDef { set: Some(set), ..def(DefKind::Attribute, name, doc, f) }
}

/// What a machine is told when it is stepped.
#[derive(Clone, Copy, Debug)]
pub enum Resume {
    /// For the first time.
    Start,
    /// The call it asked for gave this.
    Value(Value),
    /// The call it asked for with `catch` raised this.
    Raised(Value),
    /// It was woken while it was parked.
    Woken,
    /// It was parked, and its deadline passed.
    TimedOut,
}

/// What a machine wants next. Its registers (`vm.mreg(i)`) and its state number (`vm.mstate()`) are kept meanwhile.
pub enum Step {
    /// It is done.
    Return(Value),
    /// Call this; step with `Resume::Value` after it. An exception ends the machine.
    Call(CallReq),
    /// As `Call`, but an exception comes back as `Resume::Raised`.
    CallCatching(CallReq),
    /// Resume a generator; as `CallCatching` for its result and its exceptions.
    Generator(Value, GenAction),
    /// Leave the CPU until woken or until the deadline of the wait.
    Park(super::block::Wait),
    /// Let other ready threads go first, then step with `Resume::Woken`.
    YieldCpu,
    /// Step again at once.
    Again,
}

impl CallReq {
    /// A call with positional arguments only.
    pub fn new(callee: Value, args: &[Value]) -> CallReq {
        CallReq { callee, args: SmallVec::from_slice(args), kwnames: Value::UNDEF }
    }
}

/// A signature, parsed but for the names of its parameters.
#[derive(Clone, Copy)]
pub struct Sig {
    /// The hash of the name.
    pub hash: i64,
    /// Bytes of the name.
    name: u8,
    /// Number of parameters without `*args` and `**kwargs`.
    pub nparams: u8,
    /// Number of positional-only parameters.
    pub posonly: u8,
    /// Number of parameters that can be given by position.
    pub positional: u8,
    /// Among those, how many must be given.
    pub required: u8,
    /// Parameters with defaults, a bit for each.
    optional: u32,
    /// A parameter that can only be given by name must be given.
    pub keyword_required: bool,
    /// `*args` is there.
    pub varargs: bool,
    /// `**kwargs` is there.
    pub varkw: bool,
}

/// A parameter of a signature: positional ones first, then keyword-only ones.
pub struct SigParam {
    pub name: &'static str,
    /// The text of its default, for `help()` and `inspect`.
    pub default: Option<&'static str>,
}

impl Sig {
    /// Parses `name(params)`, when the interpreter is compiled. A name alone has no parameters.
    const fn of(text: &str) -> Sig {
        let b = text.as_bytes();
        let mut i = 0;
        while i < b.len() && b[i] != b'(' {
            i += 1;
        }
        let mut sig = Sig {
            hash: hash::ascii(text.split_at(i).0),
            name: i as u8,
            nparams: 0,
            posonly: 0,
            positional: 0,
            required: 0,
            optional: 0,
            keyword_required: false,
            varargs: false,
            varkw: false,
        };
        let (mut keyword_only, mut depth, mut quote) = (false, 0, 0);
        // Of the part between two commas: where it begins, where it ends but for blanks, whether there is a default.
        let (mut start, mut end, mut default) = (None, 0, false);
        i += 1;
        while i < b.len() {
            let c = b[i];
            if quote != 0 {
                if c == quote {
                    quote = 0;
                }
            } else if depth == 0 && (c == b',' || c == b')') {
                if let Some(at) = start {
                    let stars =
                        (b[at] == b'*') as usize + (b[at] == b'*' && at + 1 < b.len() && b[at + 1] == b'*') as usize;
                    if b[at] == b'/' {
                        sig.posonly = sig.nparams;
                    } else if stars == 2 {
                        sig.varkw = true;
                    } else if stars == 1 {
                        sig.varargs = end > at + 1;
                        keyword_only = true;
                    } else {
                        if default {
                            sig.optional |= 1 << sig.nparams;
                        }
                        sig.nparams += 1;
                        sig.keyword_required |= keyword_only && !default;
                        if !keyword_only {
                            sig.positional += 1;
                            if !default {
                                sig.required += 1;
                            }
                        }
                    }
                }
                (start, default) = (None, false);
                i += 1;
                continue;
            } else if c == b'\'' || c == b'"' {
                quote = c;
            } else if c == b'(' || c == b'[' || c == b'{' {
                depth += 1;
            } else if c == b')' || c == b']' || c == b'}' {
                depth -= 1;
            } else if c == b'=' {
                default = true;
            }
            if c != b' ' {
                if start.is_none() {
                    start = Some(i);
                }
                end = i + 1;
            }
            i += 1;
        }
        sig
    }

    /// Whether parameter `i` has a default.
    pub fn is_optional(&self, i: usize) -> bool {
        self.optional >> i & 1 != 0
    }

    /// The parameters of the signature `text`.
    pub fn params(text: &'static str) -> Vec<SigParam> {
        let list = text.split_once('(').map_or("", |(_, list)| list);
        let parts = split_params(list.strip_suffix(')').unwrap_or(list));
        let named = parts.into_iter().filter(|p| !matches!(*p, "" | "/") && !p.starts_with('*'));
        named
            .map(|p| match p.split_once('=') {
                Some((name, default)) => SigParam { name: name.trim(), default: Some(default.trim()) },
                None => SigParam { name: p, default: None },
            })
            .collect()
    }

    /// Whether arguments given by position alone need no more than filling up.
    pub fn is_simple(&self) -> bool {
        !self.varargs && !self.varkw && self.positional == self.nparams
    }
}

/// Splits at commas outside of brackets and quotes.
fn split_params(list: &'static str) -> Vec<&'static str> {
    let (mut depth, mut quote, mut start, mut out) = (0, None, 0, Vec::new());
    for (i, c) in list.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, ',') if depth == 0 => {
                out.push(list[start..i].trim());
                start = i + 1;
            }
            _ => {}
        }
    }
    out.push(list[start..].trim());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures() {
        let s = Sig::of("sorted(iterable, /, *, key=None, reverse=False)");
        assert_eq!((s.posonly, s.positional, s.required, s.nparams), (1, 1, 1, 3));
        let s = Sig::of("print(*args, sep=' ', end='\\n', file=None, flush=False)");
        assert_eq!((s.positional, s.nparams, s.varargs), (0, 4, true));
        let s = Sig::of("f(a, b=(1, 2), **kw)");
        assert_eq!((s.positional, s.required, s.varkw, s.is_simple()), (2, 1, true, false));
        assert!(Sig::of("g()").is_simple());
        assert_eq!(Sig::of("__doc__").name as usize, "__doc__".len());
        let params = Sig::params("f(a, b=(1, 2), *args, c=', ', **kw)");
        let found: Vec<_> = params.iter().map(|p| (p.name, p.default)).collect();
        assert_eq!(found, [("a", None), ("b", Some("(1, 2)")), ("c", Some("', '"))]);
        let s = Sig::of("f(a, b=(1, 2), *args, c=', ', **kw)");
        assert_eq!((s.nparams, s.is_optional(0), s.is_optional(1), s.is_optional(2)), (3, false, true, true));
    }
}
