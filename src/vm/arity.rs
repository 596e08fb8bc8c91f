//! What CPython says when a native gets wrong arguments. Floor 5.
//!
//! CPython has several kinds of functions in C, and each complains in its own words; which one a native would be follows from
//! its signature and its name (`Python/getargs.c`, `Objects/descrobject.c`, `Objects/typeobject.c`).

use super::native::{DefKind, Sig};
use super::{Ctl, Res, Vm};
use crate::heap::Gc;
use crate::object::{Class, NativeFn};
use crate::value::Value;

/// Special methods that are plain methods in CPython, without a slot in the type.
const PLAIN_SPECIALS: &[&str] = &[
    "__format__",
    "__reduce__",
    "__reduce_ex__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__getstate__",
    "__setstate__",
    "__getformat__",
    "__sizeof__",
    "__dir__",
    "__round__",
    "__trunc__",
    "__floor__",
    "__ceil__",
    "__reversed__",
    "__length_hint__",
    "__class_getitem__",
    "__complex__",
    "__bytes__",
    "__enter__",
    "__exit__",
    "__aenter__",
    "__aexit__",
    "__copy__",
    "__deepcopy__",
    "__missing__",
    "__set_name__",
    "__subclasses__",
    "__prepare__",
    "__instancecheck__",
    "__subclasscheck__",
    "__init_subclass__",
    "__subclasshook__",
    "__mro_entries__",
    "__fspath__",
];

/// Whether the method `name` of the class `owner` is a slot of the type in CPython, seen through a wrapper.
pub fn is_slot(name: &str, owner: &str) -> bool {
    let faster =
        matches!((owner, name), ("list" | "dict", "__getitem__") | ("dict" | "set" | "frozenset", "__contains__"));
    name.starts_with("__") && name.ends_with("__") && !faster && !PLAIN_SPECIALS.contains(&name)
}

/// Wrappers that count their arguments as a function without a name.
fn is_nameless(name: &str, owner: &str) -> bool {
    let sequence = matches!(owner, "str" | "bytes" | "bytearray" | "list" | "tuple" | "deque" | "array");
    matches!(name, "__pow__" | "__rpow__" | "__ipow__" | "__setitem__" | "__get__" | "__set__" | "__setattr__")
        || sequence && matches!(name, "__mul__" | "__rmul__" | "__imul__")
}

/// `1 argument`, `2 arguments`.
fn arguments(n: usize) -> String {
    format!("{n} argument{}", if n == 1 { "" } else { "s" })
}

impl Vm {
    /// Checks the number of arguments of a native, and keywords where it takes none. `positional` are those given by
    /// position, the receiver included; `nkw` is the number of those given by name.
    pub(super) fn check_arity(&mut self, f: Gc<NativeFn>, positional: &[Value], nkw: usize) -> Res<()> {
        let entry = &self.natives[f.id as usize];
        let (kind, receiver) = (entry.def.kind, entry.has_receiver());
        let Sig { positional: npos, required, posonly, varargs, varkw, .. } = entry.sig;
        let (nparams, name) = (entry.sig.nparams, entry.def.name());
        let owner = f.owner.cast::<Class>();
        let own_name = owner.map_or("", |c| c.own_name());
        if kind == DefKind::Method
            && f.bound.is_undef()
            && let Some(owner) = owner
        {
            match positional.first() {
                None if is_slot(name, own_name) => {
                    let message = format!("descriptor '{name}' of '{own_name}' object needs an argument");
                    return Err(self.type_error(message));
                }
                None => {
                    return Err(self.type_error(format!("unbound method {own_name}.{name}() needs an argument")));
                }
                Some(&v) if !self.class_of(v).is_subclass(owner) => {
                    return Err(self.wrong_receiver(f.id, v, own_name));
                }
                Some(_) => {}
            }
        }
        let skip = usize::from(receiver);
        let got = positional.len().saturating_sub(skip);
        let [npos, required, posonly, all] =
            [npos, required, posonly, nparams].map(|n| usize::from(n).saturating_sub(skip));
        // The usual case, before any words are looked for.
        let fits = if nkw == 0 {
            got >= required && (varargs || got <= npos)
        } else if kind == DefKind::New || name.starts_with("__") {
            false
        } else if varargs || varkw {
            varkw || all > 0
        } else {
            posonly < all && got >= required.min(posonly) && got <= npos && got + nkw <= all
        };
        if fits {
            return Ok(());
        }
        let constructor = kind == DefKind::New || name == "__init__" && f.owner.cast::<Class>().is_some();
        if kind == DefKind::Method && !constructor && is_slot(name, own_name) {
            if nkw > 0 && !varkw {
                return Err(self.type_error(format!("wrapper {name}() takes no keyword arguments")));
            }
            if !varargs && (got > npos || got < required) {
                let gap = if is_nameless(name, own_name) { " " } else { "" };
                let (bound, want) = match (required == npos, got < required) {
                    (true, _) => ("", npos),
                    (false, true) => ("at least ", required),
                    (false, false) => ("at most ", npos),
                };
                return Err(self.type_error(format!("{gap}expected {bound}{}, got {got}", arguments(want))));
            }
            return Ok(());
        }
        if varargs && !varkw && all == 0 && nkw > 0 {
            let of = if constructor { own_name.to_owned() } else { self.callable_name(f.value()) };
            return Err(self.type_error(format!("{of}() takes no keyword arguments")));
        }
        if varargs || varkw {
            return Ok(());
        }
        // What the words call it: `str.lower` in some, `lower` in others; a constructor by its class.
        let (short, full) = match (constructor, owner) {
            (true, Some(c)) => (c.own_name().to_owned(), c.own_name().to_owned()),
            (_, Some(c)) => (name.to_owned(), format!("{}.{name}", c.own_name())),
            _ => (name.to_owned(), self.callable_name(f.value())),
        };
        // Some read their arguments by hand.
        let by_hand = nkw == 0 && constructor && matches!(own_name, "int" | "str");
        if name == "sorted" && got != 1 {
            return Err(self.type_error(format!("sorted expected 1 argument, got {got}")));
        }
        if posonly == all || by_hand {
            if nkw > 0 && !self.leaves_keywords(f, positional) {
                return Err(self.type_error(format!("{full}() takes no keyword arguments")));
            }
            if (required..=npos).contains(&got) {
                return Ok(());
            }
            return Err(self.type_error(match (required, npos) {
                (0, 0) if constructor => format!("{short}() takes no arguments"),
                (0, 0) => format!("{full}() takes no arguments ({got} given)"),
                (1, 1) if !constructor => format!("{full}() takes exactly one argument ({got} given)"),
                (a, b) if a == b => format!("{short} expected {}, got {got}", arguments(npos)),
                _ if got < required => format!("{short} expected at least {}, got {got}", arguments(required)),
                _ => format!("{short} expected at most {}, got {got}", arguments(npos)),
            }));
        }
        if got + nkw > all {
            let keyword = if got == 0 { "keyword " } else { "" };
            let s = if all == 1 { "" } else { "s" };
            let message = format!("{short}() takes at most {all} {keyword}argument{s} ({} given)", got + nkw);
            return Err(self.type_error(message));
        }
        let count = |least: &str, n: usize| {
            let s = if n == 1 { "" } else { "s" };
            format!("{short}() takes {least} {n} positional argument{s} ({got} given)")
        };
        let needed = required.min(posonly);
        let message = if got > npos && npos == 0 {
            format!("{short}() takes no positional arguments")
        } else if got > npos {
            count(if required < npos { "at most" } else { "exactly" }, npos)
        } else if got < needed {
            count(if needed < npos { "at least" } else { "exactly" }, needed)
        } else {
            return Ok(());
        };
        Err(self.type_error(message))
    }

    /// Whether keywords of a constructor without any are left to the `__init__` of the class: that of a subclass which has its
    /// own.
    pub(super) fn leaves_keywords(&mut self, f: Gc<NativeFn>, positional: &[Value]) -> bool {
        let entry = &self.natives[f.id as usize];
        if entry.def.kind != DefKind::New || entry.sig.posonly != entry.sig.nparams || entry.sig.varkw {
            return false;
        }
        let class = positional.first().and_then(|v| v.cast::<Class>());
        let (Some(class), Some(owner)) = (class, f.owner.cast::<Class>()) else { return false };
        let init = self.names.init;
        class != owner && self.lookup_class(class, init) != self.lookup_class(owner, init)
    }

    /// The error of a method called on an object of another type.
    #[cold]
    pub(super) fn wrong_receiver(&mut self, id: u32, receiver: Value, wanted: &str) -> Ctl {
        let got = self.class_name(receiver).to_owned();
        let Some(entry) = self.natives.get(id as usize).filter(|e| !e.owner.is_empty()) else {
            return self.type_error(format!("descriptor requires a '{wanted}' object but received a '{got}'"));
        };
        let (name, owner) = (entry.def.name(), entry.owner.clone());
        self.type_error(if is_slot(name, &owner) {
            format!("descriptor '{name}' requires a '{owner}' object but received a '{got}'")
        } else {
            format!("descriptor '{name}' for '{owner}' objects doesn't apply to a '{got}' object")
        })
    }
}
