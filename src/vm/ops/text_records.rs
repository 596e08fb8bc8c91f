//! `repr` of functions, views, iterators and other small built-in objects. Floor 5.
//!
//! Invariant: as in `text`: nothing here runs code of the language.

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Dict, NativeFn, Record, RecordTag, Str, Tuple, View};
use crate::text;
use crate::value::Value;
use crate::vm::native::DefKind;
use crate::vm::{Res, Vm};
use std::fmt::Write;

impl Vm {
    pub(super) fn repr_native_fn(&mut self, v: Value, f: Gc<NativeFn>, out: &mut String) {
        let Some(entry) = self.natives.get(f.id as usize) else { return };
        let (name, kind) = (entry.def.name(), entry.def.kind);
        let dunder = name.starts_with("__") && name.ends_with("__");
        let owner = f.owner.cast::<Class>().map_or("?", |c| c.name_str());
        let class = self.class_of(v);
        let _ = if class == self.types.wrapper_descriptor {
            write!(out, "<slot wrapper '{name}' of '{owner}' objects>")
        } else if class == self.types.method_descriptor || class == self.types.classmethod_descriptor {
            write!(out, "<method '{name}' of '{owner}' objects>")
        } else if kind == DefKind::New {
            let at = self.id(f.owner);
            write!(out, "<built-in method __new__ of type object at {at:#x}>")
        } else if f.owner.is_undef() || f.bound.is_undef() {
            write!(out, "<built-in function {name}>")
        } else {
            let at = self.id(f.bound);
            let receiver = match f.bound.cast::<Class>() {
                Some(c) => c.class().name_str(),
                None => self.class_name(f.bound),
            };
            if dunder && kind == DefKind::Method {
                write!(out, "<method-wrapper '{name}' of {receiver} object at {at:#x}>")
            } else {
                write!(out, "<built-in method {name} of {receiver} object at {at:#x}>")
            }
        };
    }

    pub(super) fn repr_record(
        &mut self,
        v: Value,
        r: Gc<Record>,
        out: &mut String,
        active: &mut Vec<Value>,
    ) -> Res<bool> {
        let wrapped = |vm: &mut Vm, name: &str, item: Value, out: &mut String, active: &mut Vec<Value>| {
            let _ = write!(out, "{name}(");
            if active.contains(&v) {
                out.push_str("...)");
                return Ok(true);
            }
            active.push(v);
            let ok = vm.repr_at(item, out, active)?;
            active.pop();
            out.push(')');
            Ok(ok)
        };
        match r.tag {
            RecordTag::StaticMethod | RecordTag::ClassMethod => {
                let name = self.class_name(v);
                out.push('<');
                let ok = wrapped(self, name, r.field(0), out, active)?;
                out.push('>');
                return Ok(ok);
            }
            RecordTag::Super => {
                let class = r.field(0).cast::<Class>().map_or("?", |c| c.name_str());
                let _ = match r.field(2).cast::<Class>() {
                    Some(of) => write!(out, "<super: <class '{class}'>, <{} object>>", of.name_str()),
                    None => write!(out, "<super: <class '{class}'>, NULL>"),
                };
            }
            RecordTag::Slice => {
                out.push_str("slice(");
                let fields = [r.field(0), r.field(1), r.field(2)];
                active.push(v);
                let ok = self.repr_joined(&fields, out, active)?;
                active.pop();
                out.push(')');
                return Ok(ok);
            }
            RecordTag::MappingProxy => return wrapped(self, "mappingproxy", r.field(0), out, active),
            RecordTag::DictKeys | RecordTag::DictValues | RecordTag::DictItems => {
                let Some(d) = r.field(0).cast::<Dict>() else { return Ok(false) };
                let entries = d.to_vec();
                let items: Vec<Value> = match r.tag {
                    RecordTag::DictKeys => entries.iter().map(|e| e.key).collect(),
                    RecordTag::DictValues => entries.iter().map(|e| e.value).collect(),
                    _ => entries.iter().map(|e| self.new_tuple(&[e.key, e.value])).collect(),
                };
                out.push_str(self.class_name(v));
                if active.contains(&v) {
                    out.push_str("(...)");
                    return Ok(true);
                }
                return self.repr_items(v, &items, "([", "])", out, active);
            }
            RecordTag::GenericAlias => {
                if r.field(3) == Value::TRUE {
                    out.push('*');
                }
                if !self.repr_type_item(r.field(0), out, active)? {
                    return Ok(false);
                }
                out.push('[');
                let items = r.field(1).cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec());
                if items.is_empty() {
                    out.push_str("()");
                }
                for (i, x) in items.into_iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    if !self.repr_type_item(x, out, active)? {
                        return Ok(false);
                    }
                }
                out.push(']');
            }
            RecordTag::Union => {
                let items = r.field(0).cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec());
                for (i, x) in items.into_iter().enumerate() {
                    if i > 0 {
                        out.push_str(" | ");
                    }
                    if !self.repr_type_item(x, out, active)? {
                        return Ok(false);
                    }
                }
            }
            RecordTag::Member => {
                let owner = r.field(0).cast::<Class>().map_or("?", |c| c.name_str());
                let kind = if r.class() == self.types.member_descriptor { "member" } else { "attribute" };
                let _ = write!(out, "<{kind} {} of '{owner}' objects>", quoted(r.field(1)));
            }
            RecordTag::Frame => {
                let at = self.id(v);
                let line = self.frame_line(r);
                let _ = match r.field(0).cast::<crate::object::Code>() {
                    Some(c) => write!(
                        out,
                        "<frame at {at:#x}, file {}, line {line}, code {}>",
                        text::escape::to_repr(&c.code.source.name),
                        c.code.name
                    ),
                    None => write!(out, "<frame object at {at:#x}>"),
                };
            }
            RecordTag::Property | RecordTag::Traceback | RecordTag::AsyncStep | RecordTag::Other => {
                return self.repr_by_class(v, out);
            }
        }
        Ok(true)
    }

    /// A type within `list[…]` or `X | Y`.
    pub(super) fn repr_type_item(&mut self, v: Value, out: &mut String, active: &mut Vec<Value>) -> Res<bool> {
        match v.view() {
            View::Ellipsis => out.push_str("..."),
            View::Class(c) if c == self.types.none => out.push_str("None"),
            View::Class(c) => {
                let name = self.full_name(c);
                out.push_str(&name);
            }
            View::List(l) => {
                out.push('[');
                for (i, x) in l.to_vec().into_iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    if !self.repr_type_item(x, out, active)? {
                        return Ok(false);
                    }
                }
                out.push(']');
            }
            // What has a name is shown by it: attributes that the language may compute.
            View::Function(_) | View::NativeFn(_) => return Ok(false),
            _ if v.as_object().is_some_and(|o| o.class().has(flag::HEAP)) => return Ok(false),
            _ => return self.repr_at(v, out, active),
        }
        Ok(true)
    }
}

pub(super) fn str_or<'a>(v: Value) -> &'a str {
    v.cast::<Str>().map_or("?", |s| s.as_str())
}

pub(super) fn quoted(v: Value) -> String {
    text::escape::to_repr(str_or(v))
}
