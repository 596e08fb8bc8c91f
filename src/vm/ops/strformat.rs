//! `str.format`. Floor 5.
//!
//! Plain fields (an argument as it is, formatted by a built-in `__format__`) are rendered here; everything else by
//! `prelude/formatting.thr`, from a plan of the template.

use super::super::native::{NativeDef, function};
use super::super::{Args, Ctl, Res, Vm};
use crate::heap::Gc;
use crate::object::{Dict, Str};
use crate::text::escape;
use crate::text::strformat::{self, Accessor, AutoNumber, Conversion, First, Piece};
use crate::value::Value;

impl Vm {
    /// `template.format(*args, **kwargs)`.
    pub fn str_format(&mut self, template: Gc<Str>, args: &[Value], kwargs: Option<Gc<Dict>>) -> Res {
        let mut auto = AutoNumber::new();
        let mut out = self.take_scratch();
        let pieces = strformat::pieces(template.as_str(), 0);
        let pieces = self.text_result(pieces)?;
        for piece in pieces {
            match self.text_result(piece)? {
                Piece::Literal(text) => out.push_str(text),
                Piece::Field(f) => {
                    let first = auto.resolve(&f);
                    let first = self.text_result(first)?;
                    if f.nested || !f.rest.is_empty() {
                        return self.format_slowly(template, args, kwargs);
                    }
                    let v = self.format_argument(first, args, kwargs)?;
                    let conversion = f.conversion();
                    let done = match self.text_result(conversion)? {
                        None if self.push_plainly(v, f.spec, &mut out)? => true,
                        None => match self.format_value(v, f.spec) {
                            Ok(v) => match v.cast::<Str>() {
                                Some(s) => {
                                    out.push_str(s.as_str());
                                    true
                                }
                                None => false,
                            },
                            Err(Ctl::Raise(e)) => return Err(Ctl::Raise(e)),
                            Err(_) => false,
                        },
                        Some(_) if !f.spec.is_empty() => false,
                        Some(Conversion::Str) => self.pure_str(v, &mut out)?,
                        Some(Conversion::Repr) => self.pure_repr(v, &mut out)?,
                        Some(Conversion::Ascii) => {
                            let mut text = String::new();
                            let done = self.pure_repr(v, &mut text)?;
                            escape::ascii_of_repr(&text, &mut out);
                            done
                        }
                    };
                    if !done {
                        return self.format_slowly(template, args, kwargs);
                    }
                }
            }
        }
        Ok(self.new_str_of(out))
    }

    fn format_slowly(&mut self, template: Gc<Str>, args: &[Value], kwargs: Option<Gc<Dict>>) -> Res {
        let args = self.new_tuple(args);
        let kwargs = match kwargs {
            Some(d) => d,
            None => self.new_dict(),
        };
        self.prelude_call("format_slow", &[template.value(), args, kwargs.value()])
    }

    fn format_argument(&mut self, first: First<'_>, args: &[Value], kwargs: Option<Gc<Dict>>) -> Res {
        match first {
            First::Index(i) => match args.get(i) {
                Some(&v) => Ok(v),
                None => {
                    let e = strformat::index_error(i);
                    Err(self.text_error(e))
                }
            },
            First::Name(name) => {
                let key = self.intern(name);
                match kwargs.and_then(|d| d.get_str(key)) {
                    Some(v) => Ok(v),
                    None => Err(self.key_error(key.value())),
                }
            }
        }
    }

    /// The template as data for the prelude: texts, and tuples `(first, accessors, conversion, spec)`, where accessors
    /// are `(is_attribute, key)` and a spec with fields is a plan itself.
    fn format_plan(&mut self, template: &str, depth: usize, auto: &mut AutoNumber) -> Res {
        let mut plan = Vec::new();
        let pieces = strformat::pieces(template, depth);
        for piece in self.text_result(pieces)? {
            match self.text_result(piece)? {
                Piece::Literal(text) => plan.push(self.new_str(text)),
                Piece::Field(f) => {
                    let first = auto.resolve(&f);
                    let first = match self.text_result(first)? {
                        First::Index(i) => Value::small(i as i64),
                        First::Name(n) => self.new_str(n),
                    };
                    let mut accessors = Vec::new();
                    for a in f.accessors() {
                        let (attribute, key) = match self.text_result(a)? {
                            Accessor::Attribute(n) => (true, self.new_str(n)),
                            Accessor::Index(i) => (false, self.new_int(i)),
                            Accessor::Key(k) => (false, self.new_str(k)),
                        };
                        accessors.push(self.new_tuple(&[Value::bool(attribute), key]));
                    }
                    let accessors = self.new_tuple(&accessors);
                    let conversion = f.conversion();
                    let conversion = match self.text_result(conversion)? {
                        None => "",
                        Some(Conversion::Str) => "s",
                        Some(Conversion::Repr) => "r",
                        Some(Conversion::Ascii) => "a",
                    };
                    let conversion = self.new_str(conversion);
                    let spec = if f.nested { self.format_plan(f.spec, depth + 1, auto)? } else { self.new_str(f.spec) };
                    plan.push(self.new_tuple(&[first, accessors, conversion, spec]));
                }
            }
        }
        Ok(self.new_list(plan))
    }
}

/// Natives that only prelude code sees.
pub const INTRINSICS: &[NativeDef] = &[
    function("_format_plan(template, /)", "The pieces of a template of str.format.", plan),
    function("_index_error(index, /)", "The error for a positional argument that is missing.", index_error),
];

fn plan(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(s) = args[0].cast::<Str>() else { return Ok(Value::NONE) };
    vm.format_plan(s.as_str(), 0, &mut AutoNumber::new())
}

fn index_error(vm: &mut Vm, args: Args<'_>) -> Res {
    let i = vm.index_arg(args, 0)?;
    let e = strformat::index_error(i as usize);
    Err(vm.text_error(e))
}
