//! `repr` and `str` of values without code of the language. Floor 5.
//!
//! Invariant: nothing here runs code of the language; where `__repr__` or `__str__` is written in it, the answer is
//! `false`, and `repr_value`/`str_value` go on in `prelude/text.thr`.

use super::text_records::{quoted, str_or};
use crate::heap::{Gc, Kind};
use crate::object::class::flag;
use crate::object::{Class, Dict, Exception, NativeFn, RecordTag, Str, Tuple, View};
use crate::text;
use crate::value::Value;
use crate::vm::native::{DefKind, NativeDef};
use crate::vm::{Args, Ctl, Res, Vm};
use std::fmt::Write;

/// Nesting up to which containers are shown natively; deeper ones go to the language, which counts its recursion.
const MAX_NESTING: usize = 100;

impl Vm {
    /// Appends `repr(v)`. `false`: code of the language is needed, and what was appended is worthless. Errors: those of
    /// natives' `__repr__`, and ValueError for huge ints.
    pub fn pure_repr(&mut self, v: Value, out: &mut String) -> Res<bool> {
        self.repr_at(v, out, &mut Vec::new())
    }

    /// Appends `str(v)`; otherwise as [`Vm::pure_repr`].
    pub fn pure_str(&mut self, v: Value, out: &mut String) -> Res<bool> {
        if let Some(s) = v.cast::<Str>()
            && !s.class().has(flag::USER_STR)
        {
            out.push_str(s.as_str());
            return Ok(true);
        }
        let Some(o) = v.as_object() else { return self.pure_repr(v, out) };
        let class = o.class();
        if class.has(flag::USER_STR) || matches!(o.kind(), Kind::Native | Kind::Exception | Kind::Record | Kind::Iter) {
            let (name, object) = (self.names.str_, self.types.object);
            match self.lookup_class_where(class, name) {
                Some((owner, f)) if owner != object => {
                    let Some(f) = f.cast::<NativeFn>() else { return Ok(false) };
                    if f.owner.cast::<Class>() == Some(object) {
                        return self.pure_repr(v, out);
                    }
                    if let Some(e) = v.cast::<Exception>()
                        && f.owner.cast::<Class>() == Some(self.types.BaseException)
                    {
                        return self.exception_str(e, out);
                    }
                    return self.text_of_leaf(f, v, out);
                }
                _ => {}
            }
            // `str` subclasses with another `__repr__` are still texts.
            if let Some(s) = v.cast::<Str>() {
                out.push_str(s.as_str());
                return Ok(true);
            }
        }
        self.pure_repr(v, out)
    }

    /// `repr(v)` as a value; goes on in the prelude where `__repr__` is written in the language.
    pub fn repr_value(&mut self, v: Value) -> Res {
        let mut out = self.take_scratch();
        if self.pure_repr(v, &mut out)? {
            return Ok(self.new_str_of(out));
        }
        if self.is_user_text(v, true) {
            return self.prelude_call("repr_user", &[v]);
        }
        self.repr_of_parts(v)
    }

    /// What the native `__repr__` of `v`'s layout gives, even where the class has one in the language: for
    /// `super().__repr__()`.
    pub fn repr_builtin(&mut self, v: Value) -> Res {
        let mut out = String::new();
        if self.repr_layout(v, &mut out, &mut Vec::new())? {
            return Ok(self.new_str(&out));
        }
        self.repr_of_parts(v)
    }

    /// `repr(v)` where only parts of `v` need the language.
    fn repr_of_parts(&mut self, v: Value) -> Res {
        let name = match v.view() {
            View::List(_) | View::Tuple(_) | View::Set(_) => "repr_items",
            View::Dict(_) => "repr_dict",
            View::Exception(_) => "repr_exception",
            View::BoundMethod(_) => "repr_method",
            View::Module(_) => "repr_module",
            View::Record(r) if r.tag != RecordTag::Other => "repr_record",
            _ => {
                let name = self.names.repr;
                let Some(f) = self.special(v, name) else { return Err(self.type_error("object has no __repr__")) };
                return match f.cast::<NativeFn>() {
                    Some(f) => self.call_leaf(f, v),
                    None => self.prelude_call("repr_user", &[v]),
                };
            }
        };
        self.prelude_call(name, &[v])
    }

    /// `str(v)` as a value; goes on in the prelude where `__str__` or `__repr__` is written in the language.
    pub fn str_value(&mut self, v: Value) -> Res {
        if v.cast::<Str>().is_some_and(|s| s.class() == self.types.str_) {
            return Ok(v);
        }
        if let Some(i) = v.as_int() {
            return Ok(self.new_str(itoa::Buffer::new().format(i)));
        }
        let mut out = self.take_scratch();
        if self.pure_str(v, &mut out)? {
            return Ok(self.new_str_of(out));
        }
        if self.is_user_text(v, false) {
            return self.prelude_call("str_user", &[v]);
        }
        let (name, object) = (self.names.str_, self.types.object);
        match self.special(v, name).and_then(|f| f.cast::<NativeFn>()) {
            Some(f) if f.owner.cast::<Class>() != Some(object) => {
                if v.cast::<Exception>().is_some() && f.owner.cast::<Class>() == Some(self.types.BaseException) {
                    return self.prelude_call("str_exception", &[v]);
                }
                self.call_leaf(f, v)
            }
            _ if self.is_user_text(v, true) => self.prelude_call("str_by_repr", &[v]),
            _ => self.repr_value(v),
        }
    }

    /// Whether the `__repr__` (or `__str__`) of `v`'s class is written in the language.
    fn is_user_text(&mut self, v: Value, repr: bool) -> bool {
        let name = if repr { self.names.repr } else { self.names.str_ };
        v.as_object().is_some_and(|o| o.class().has(flag::USER_STR))
            && self.special(v, name).is_some_and(|f| f.cast::<NativeFn>().is_none())
    }

    /// Calls a native method that takes nothing but `self`.
    pub fn call_leaf(&mut self, f: Gc<NativeFn>, v: Value) -> Res {
        self.call_native(f.id, &[v])
    }

    /// Calls the native `id` with positional arguments; parameters that are left out are `Undef`.
    pub fn call_native(&mut self, id: u32, args: &[Value]) -> Res {
        let Some(entry) = self.natives.get(id as usize) else { return Ok(Value::NONE) };
        let def: &'static NativeDef = entry.def;
        let n = entry.sig.nparams as usize;
        let f = match (entry.is_setter, def.set) {
            (true, Some(set)) => set,
            _ => def.f,
        };
        let mut fixed: smallvec::SmallVec<[Value; 6]> = smallvec::SmallVec::from_slice(args);
        let rest = if def.kind != DefKind::Attribute && entry.sig.varargs && fixed.len() > entry.sig.positional as usize
        {
            fixed.split_off_from(entry.sig.positional as usize)
        } else {
            smallvec::SmallVec::new()
        };
        while fixed.len() < n {
            fixed.push(Value::UNDEF);
        }
        f(self, Args { fixed: &fixed, rest: &rest, kwargs: None })
    }

    fn text_of_leaf(&mut self, f: Gc<NativeFn>, v: Value, out: &mut String) -> Res<bool> {
        match self.call_leaf(f, v) {
            Ok(s) => match s.cast::<Str>() {
                Some(s) => {
                    out.push_str(s.as_str());
                    Ok(true)
                }
                None => Ok(false),
            },
            Err(Ctl::Raise(e)) => Err(Ctl::Raise(e)),
            Err(_) => Ok(false),
        }
    }

    pub(super) fn repr_at(&mut self, v: Value, out: &mut String, active: &mut Vec<Value>) -> Res<bool> {
        if active.len() > MAX_NESTING {
            return Ok(false);
        }
        if let Some(o) = v.as_object()
            && o.class().has(flag::USER_STR)
        {
            let (class, name) = (o.class(), self.names.repr);
            match self.lookup_class(class, name).and_then(|f| f.cast::<NativeFn>()) {
                None => return Ok(false),
                Some(f) if f.owner.cast::<Class>() == Some(self.types.object) => {
                    self.plain_repr(v, out);
                    return Ok(true);
                }
                Some(_) => {}
            }
        }
        self.repr_layout(v, out, active)
    }

    /// By the layout alone: what the native `__repr__` of the built-in type does.
    fn repr_layout(&mut self, v: Value, out: &mut String, active: &mut Vec<Value>) -> Res<bool> {
        match v.view() {
            View::Undef => out.push_str("<unbound>"),
            View::None => out.push_str("None"),
            View::Bool(b) => out.push_str(if b { "True" } else { "False" }),
            View::Ellipsis => out.push_str("Ellipsis"),
            View::NotImplemented => out.push_str("NotImplemented"),
            View::Int(i) => text::int::push_i64(i, out),
            View::BigInt(b) => {
                if let Err(e) = text::int::push_int(&b.value, self.max_str_digits, out) {
                    return Err(self.value_error(e.message.as_ref()));
                }
            }
            View::Float(f) => text::float::repr(f, out),
            View::Complex(c) => text::format::repr_complex(c.re, c.im, out),
            View::Str(s) => text::escape::repr_str(s.as_str(), out),
            View::Bytes(b) => text::escape::repr_bytes(b.items(), out),
            View::ByteArray(b) => {
                out.push_str(self.class_name(v));
                out.push('(');
                let copy = b.bytes.borrow().clone();
                text::escape::repr_bytes(&copy, out);
                out.push(')');
            }
            View::List(l) => {
                let items = l.to_vec();
                return self.repr_items(v, &items, "[", "]", out, active);
            }
            View::Tuple(t) => {
                let close = if t.len() == 1 { ",)" } else { ")" };
                if !t.is_empty() && self.has_other_repr(v, self.types.tuple) {
                    return self.repr_by_class(v, out);
                }
                return self.repr_items(v, t.items(), "(", close, out, active);
            }
            View::Set(s) => {
                let items: Vec<Value> = s.to_vec().iter().map(|&(k, _)| k).collect();
                let name = self.class_name(v);
                if items.is_empty() {
                    out.push_str(name);
                    out.push_str("()");
                } else if s.class() == self.types.set {
                    return self.repr_items(v, &items, "{", "}", out, active);
                } else {
                    out.push_str(name);
                    if active.contains(&v) {
                        out.push_str("(...)");
                        return Ok(true);
                    }
                    return self.repr_items(v, &items, "({", "})", out, active);
                }
            }
            View::Dict(d) => {
                if self.has_other_repr(v, self.types.dict) {
                    return self.repr_by_class(v, out);
                }
                return self.repr_pairs(v, d, out, active);
            }
            View::Range(r) => {
                let _ = write!(out, "range({}, {}", r.start, r.stop);
                if r.step != 1 {
                    let _ = write!(out, ", {}", r.step);
                }
                out.push(')');
            }
            View::Cell(c) => {
                let at = self.id(v);
                if c.value.get().is_undef() {
                    let _ = write!(out, "<cell at {at:#x}: empty>");
                } else {
                    let inner = c.value.get();
                    let (name, inner) = (self.class_name(inner), self.id(inner));
                    let _ = write!(out, "<cell at {at:#x}: {name} object at {inner:#x}>");
                }
            }
            View::Code(c) => {
                let at = self.id(v);
                let (name, file, line) = (&c.code.name, &c.code.source.name, c.code.first_line());
                let _ = write!(out, "<code object {name} at {at:#x}, file \"{file}\", line {line}>");
            }
            View::Function(f) => {
                let at = self.id(v);
                let _ = write!(out, "<function {} at {at:#x}>", str_or(f.qualname.get()));
            }
            View::NativeFn(f) => self.repr_native_fn(v, f, out),
            View::BoundMethod(m) => {
                let name = match m.func.view() {
                    View::Function(f) => str_or(f.qualname.get()).to_owned(),
                    View::NativeFn(_) => self.callable_name(m.func),
                    _ => return Ok(false),
                };
                let _ = write!(out, "<bound method {name} of ");
                active.push(v);
                let ok = self.repr_at(m.receiver, out, active)?;
                active.pop();
                out.push('>');
                return Ok(ok);
            }
            View::Class(c) => {
                let name = self.full_name(c);
                let _ = write!(out, "<class '{name}'>");
            }
            View::Record(r) => return self.repr_record(v, r, out, active),
            View::Exception(e) => {
                if self.has_other_repr(v, self.types.BaseException) {
                    return self.repr_by_class(v, out);
                }
                out.push_str(self.class_of(v).own_name());
                out.push('(');
                let items = e.args.get().cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec());
                active.push(v);
                let ok = self.repr_joined(&items, out, active)?;
                active.pop();
                out.push(')');
                return Ok(ok);
            }
            View::Module(m) => {
                let n = &self.names;
                let (name, file, told) = (n.name, n.file, [n.loader, n.spec]);
                let told = told.map(|k| m.dict.get_str(k)).into_iter().flatten().any(|v| !v.is_none());
                if told && m.dict.get_str(file).is_none() {
                    return Ok(false);
                }
                let _ = write!(out, "<module {}", m.dict.get_str(name).map_or("'?'".into(), quoted));
                match m.dict.get_str(file).and_then(|f| f.cast::<Str>()) {
                    Some(f) => {
                        let _ = write!(out, " from {}>", text::escape::to_repr(f.as_str()));
                    }
                    None if m.dict.get_str(name).and_then(|n| n.cast::<Str>()).is_some_and(|n| {
                        matches!(n.as_str(), "__main__" | "builtins" | "sys")
                            || self.module_defs.iter().any(|d| d.name == n.as_str())
                    }) =>
                    {
                        out.push_str(" (built-in)>");
                    }
                    None => {
                        let path = self.names.path;
                        if let Some(folders) = m.dict.get_str(path) {
                            out.push_str(" (namespace) from ");
                            let _ = self.pure_repr(folders, out)?;
                        }
                        out.push('>');
                    }
                }
            }
            View::Generator(g) => {
                let at = self.id(v);
                let kind = self.class_name(v);
                let _ = write!(out, "<{kind} object {} at {at:#x}>", str_or(g.qualname.get()));
            }
            View::Instance(_) => self.plain_repr(v, out),
            View::Iter(_) | View::Native(_) => return self.repr_by_class(v, out),
        }
        Ok(true)
    }

    /// Whether a native class between `v`'s and `base` brings a `__repr__` of its own (`OrderedDict`, named tuples …).
    fn has_other_repr(&mut self, v: Value, base: Gc<Class>) -> bool {
        let class = self.class_of(v);
        if class == base {
            return false;
        }
        let name = self.names.repr;
        self.lookup_class(class, name) != self.lookup_class(base, name)
    }

    /// By the class's native `__repr__`, or the plain form.
    pub(super) fn repr_by_class(&mut self, v: Value, out: &mut String) -> Res<bool> {
        let (class, name, object) = (self.class_of(v), self.names.repr, self.types.object);
        match self.lookup_class_where(class, name) {
            Some((owner, f)) if owner != object => match f.cast::<NativeFn>() {
                Some(f) => self.text_of_leaf(f, v, out),
                None => Ok(false),
            },
            _ => {
                self.plain_repr(v, out);
                Ok(true)
            }
        }
    }

    /// Appends what `object.__repr__` gives: `<__main__.A object at 0x…>`.
    pub fn plain_repr(&mut self, v: Value, out: &mut String) {
        let class = self.class_of(v);
        let name = self.full_name(class);
        let at = self.id(v);
        let _ = write!(out, "<{name} object at {at:#x}>");
    }

    pub(super) fn repr_joined(&mut self, items: &[Value], out: &mut String, active: &mut Vec<Value>) -> Res<bool> {
        for (i, &x) in items.iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            if !self.repr_at(x, out, active)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn repr_items(
        &mut self,
        v: Value,
        items: &[Value],
        open: &str,
        close: &str,
        out: &mut String,
        active: &mut Vec<Value>,
    ) -> Res<bool> {
        out.push_str(open);
        if active.contains(&v) {
            out.push_str("...");
            out.push_str(close.trim_start_matches(','));
            return Ok(true);
        }
        active.push(v);
        let ok = self.repr_joined(items, out, active)?;
        active.pop();
        out.push_str(close);
        Ok(ok)
    }

    fn repr_pairs(&mut self, v: Value, d: Gc<Dict>, out: &mut String, active: &mut Vec<Value>) -> Res<bool> {
        if active.contains(&v) {
            out.push_str("{...}");
            return Ok(true);
        }
        active.push(v);
        out.push('{');
        for (i, e) in d.to_vec().into_iter().enumerate() {
            if i > 0 {
                out.push_str(", ");
            }
            if !self.repr_at(e.key, out, active)? {
                return Ok(false);
            }
            out.push_str(": ");
            if !self.repr_at(e.value, out, active)? {
                return Ok(false);
            }
        }
        active.pop();
        out.push('}');
        Ok(true)
    }

    /// `BaseException.__str__`.
    pub fn exception_str(&mut self, e: Gc<Exception>, out: &mut String) -> Res<bool> {
        let args = e.args.get();
        let items = args.cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec());
        match items[..] {
            [] => Ok(true),
            [one] => self.pure_str(one, out),
            _ => self.pure_repr(args, out),
        }
    }
}

trait SplitOff {
    /// What stands from `at` on, taken off.
    fn split_off_from(&mut self, at: usize) -> Self;
}

impl SplitOff for smallvec::SmallVec<[Value; 6]> {
    fn split_off_from(&mut self, at: usize) -> Self {
        self.drain(at..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::config::VmConfig;

    fn show(vm: &mut Vm, v: Value) -> String {
        let mut out = String::new();
        assert!(matches!(vm.pure_repr(v, &mut out), Ok(true)));
        out
    }

    #[test]
    fn containers() {
        let mut vm = Vm::bare(VmConfig::default());
        let vm = &mut vm;
        let s = vm.new_str("a'b");
        let one = vm.new_tuple(&[Value::small(1)]);
        let l = vm.new_list(vec![s, one, Value::NONE, Value::TRUE]);
        assert_eq!(show(vm, l), "[\"a'b\", (1,), None, True]");
        if let View::List(x) = l.view() {
            x.push(l);
        }
        assert_eq!(show(vm, l), "[\"a'b\", (1,), None, True, [...]]");
        let d = vm.new_dict();
        let k = vm.intern("k");
        d.set_str(k, d.value());
        assert_eq!(show(vm, d.value()), "{'k': {...}}");
        let f = vm.new_set(true).value();
        assert_eq!(show(vm, f), "frozenset()");
        let t = vm.types.ValueError;
        let e = vm.new_exception(t, &[s]);
        assert_eq!(show(vm, e), "ValueError(\"a'b\")");
        assert_eq!(show(vm, t.value()), "<class 'ValueError'>");
    }
}
