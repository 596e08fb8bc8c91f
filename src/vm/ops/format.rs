//! `format(value, spec)` and `%` formatting. Floor 5.

use super::super::native::{NativeDef, function};
use super::super::{Args, Res, Vm};
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::pure::Num;
use crate::object::{Class, Dict, Found, List, NativeFn, Str, Tuple, View};
use crate::text::format::{self, Kind, Spec};
use crate::text::percent::{self, Conversion, Count, Piece};
use crate::text::{escape, float};
use crate::value::Value;

impl Vm {
    /// `format(v, spec)`: by `__format__` where the language defines it, else as the layout does.
    pub fn format_value(&mut self, v: Value, spec: &str) -> Res {
        if let Some(o) = v.as_object() {
            let plain = matches!(v.view(), View::Str(_) | View::BigInt(_) | View::Float(_) | View::Complex(_))
                && !o.class().has(flag::HEAP);
            if !plain {
                let (class, name) = (o.class(), self.names.format);
                return match self.lookup_class(class, name) {
                    Some(f) => match f.cast::<NativeFn>().and_then(|f| f.owner.cast::<Class>()) {
                        Some(owner) if owner == self.types.object => self.format_default(v, spec),
                        Some(_)
                            if matches!(
                                v.view(),
                                View::Str(_) | View::BigInt(_) | View::Float(_) | View::Complex(_)
                            ) =>
                        {
                            self.format_number_or_text(v, spec)
                        }
                        _ => {
                            let spec = self.new_str(spec);
                            self.prelude_call("format_by_class", &[v, spec])
                        }
                    },
                    None => self.format_default(v, spec),
                };
            }
        }
        self.format_number_or_text(v, spec)
    }

    /// `object.__format__`.
    pub fn format_default(&mut self, v: Value, spec: &str) -> Res {
        if spec.is_empty() {
            return self.str_value(v);
        }
        let message = format!("unsupported format string passed to {}.__format__", self.class_name(v));
        Err(self.type_error(message))
    }

    /// `int.__format__`, `float.__format__`, `complex.__format__`, `str.__format__`; others as `object.__format__`.
    pub fn format_number_or_text(&mut self, v: Value, spec: &str) -> Res {
        if spec.is_empty() {
            if let Some(s) = v.cast::<Str>()
                && s.class() == self.types.str_
            {
                return Ok(v);
            }
            return self.str_value(v);
        }
        let mut out = self.take_scratch();
        if !self.push_formatted(v, spec, &mut out)? {
            return self.format_default(v, spec);
        }
        Ok(self.new_str_of(out))
    }

    /// Appends `format(v, spec)` of numbers and texts of built-in layout; `false` for others.
    fn push_formatted(&mut self, v: Value, spec: &str, out: &mut String) -> Res<bool> {
        let done =
            if let Some(i) = v.as_int() {
                format::format_i64_spec(i, spec, out)
            } else if let Some(f) = v.as_flonum() {
                format::format_float_spec(f, spec, out)
            } else {
                let name = self.class_name(v);
                let limit = self.max_str_digits;
                match v.view() {
                    View::Str(s) if name == "str" => format::format_str_spec(s.as_str(), spec, out),
                    View::Str(s) => Spec::parse(spec, Kind::Str, name)
                        .and_then(|spec| format::format_str(s.as_str(), &spec, name, out)),
                    View::Int(i) => format::format_i64_spec(i, spec, out),
                    View::Bool(b) => Spec::parse(spec, Kind::Int, name)
                        .and_then(|spec| format::format_i64(b as i64, &spec, name, out)),
                    View::BigInt(b) => Spec::parse(spec, Kind::Int, name)
                        .and_then(|spec| format::format_int(&b.value, &spec, name, limit, out)),
                    View::Float(f) if name == "float" => format::format_float_spec(f, spec, out),
                    View::Float(f) => {
                        Spec::parse(spec, Kind::Float, name).and_then(|spec| format::format_float(f, &spec, name, out))
                    }
                    View::Complex(c) => Spec::parse(spec, Kind::Complex, name)
                        .and_then(|spec| format::format_complex(c.re, c.im, &spec, name, out)),
                    _ => return Ok(false),
                }
            };
        self.text_result(done)?;
        Ok(true)
    }

    /// Appends `format(v, spec)` of ints, floats and texts of the built-in classes themselves; `false` for others.
    pub(super) fn push_plainly(&mut self, v: Value, spec: &str, out: &mut String) -> Res<bool> {
        let plain = match v.as_object() {
            None => v.is_int() || v.is_flonum(),
            Some(o) => o.class() == self.types.str_,
        };
        if plain { self.push_formatted(v, spec, out) } else { Ok(false) }
    }

    /// `template % args` of text.
    pub fn percent_format(&mut self, template: Gc<Str>, args: Value) -> Res {
        let text = template.as_str();
        let mut source = Source::new(args);
        let mut out = self.take_scratch();
        for piece in percent::pieces(text) {
            match self.text_result(piece)? {
                Piece::Literal(r) => out.push_str(text.get(r).unwrap_or("")),
                Piece::Conversion(c) => {
                    if !self.percent_field(c, text, &mut source, &mut out)? {
                        return self.prelude_call("percent_slow", &[template.value(), args]);
                    }
                }
            }
        }
        self.percent_end(&source, "string")?;
        Ok(self.new_str_of(out))
    }

    fn percent_end(&mut self, source: &Source, what: &str) -> Res<()> {
        if source.mapping_used || source.single_used || source.at >= source.len {
            return Ok(());
        }
        // Objects with `__getitem__` count as mappings.
        let name = self.names.getitem;
        let is_instance = matches!(source.args.view(), View::Instance(_) | View::Native(_));
        let is_bytes = what == "bytes" && matches!(source.args.view(), View::Bytes(_) | View::ByteArray(_));
        if source.positional || is_bytes || is_instance && self.special(source.args, name).is_none() {
            return Err(self.type_error(format!("not all arguments converted during {what} formatting")));
        }
        Ok(())
    }

    /// The next argument in order.
    fn percent_next(&mut self, source: &mut Source) -> Res {
        match source.next() {
            Some(v) => Ok(v),
            None => Err(self.type_error("not enough arguments for format string")),
        }
    }

    /// The argument of a `*`, which has to fit a C type.
    fn star_value(&mut self, v: Value, c_type: &str) -> Res<i64> {
        let limit = if c_type == "int" { i64::from(i32::MAX) } else { i64::MAX };
        match self.small_int(v) {
            Some(n) if n.unsigned_abs() <= limit as u64 => Ok(n),
            None if self.big_int(v).is_none() => Err(self.type_error("* wants int")),
            _ => Err(self.overflow_error(format!("Python int too large to convert to C {c_type}"))),
        }
    }

    /// Puts the arguments of `*` in; `false` to ask the language.
    fn percent_stars(&mut self, c: &mut Conversion, source: &mut Source) -> Res<()> {
        if c.width == Some(Count::Argument) {
            let v = self.percent_next(source)?;
            let n = self.star_value(v, "ssize_t")?;
            let r = c.set_width(n);
            self.text_result(r)?;
        }
        if c.precision == Some(Count::Argument) {
            let v = self.percent_next(source)?;
            let n = self.star_value(v, "int")?;
            let r = c.set_precision(n);
            self.text_result(r)?;
        }
        Ok(())
    }

    /// Finds the argument of a conversion: `None` to ask the language.
    fn percent_argument(&mut self, c: &mut Conversion, template: &str, source: &mut Source) -> Res<Option<Value>> {
        let mut keyed = None;
        if let Some(range) = c.key.clone() {
            let key = template.get(range).unwrap_or("");
            match source.args.view() {
                View::Dict(d) if !d.class().has(flag::HEAP) => {
                    let key = self.new_str(key);
                    let hash = self.hash_of(key)?.unwrap_or(0);
                    match d.find(hash, key) {
                        Found::At(i) => keyed = d.entry(i).map(|e| e.value),
                        Found::Missing => return Err(self.key_error(key)),
                        Found::Ask => return Ok(None),
                    }
                }
                View::Tuple(_) | View::Str(_) => return Err(self.type_error("format requires a mapping")),
                _ => {
                    let name = self.names.getitem;
                    if self.special(source.args, name).is_none() {
                        return Err(self.type_error("format requires a mapping"));
                    }
                    return Ok(None);
                }
            }
            source.mapping_used = true;
            // Behind a key no argument is left.
            source.at = source.len;
        }
        self.percent_stars(c, source)?;
        match keyed {
            Some(v) => Ok(Some(v)),
            None => self.percent_next(source).map(Some),
        }
    }

    fn percent_field(&mut self, mut c: Conversion, text: &str, source: &mut Source, out: &mut String) -> Res<bool> {
        if !matches!(
            c.ty,
            'd' | 'i' | 'u' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' | 'c' | 'r' | 's' | 'a'
        ) {
            let e = c.unsupported();
            return Err(self.text_error(e));
        }
        let Some(v) = self.percent_argument(&mut c, text, source)? else { return Ok(false) };
        match c.ty {
            's' => {
                if let Some(s) = v.cast::<Str>()
                    && !s.class().has(flag::USER_STR)
                {
                    c.push_str(s.as_str(), out);
                    return Ok(true);
                }
                if let Some(i) = v.as_int() {
                    c.push_str(itoa::Buffer::new().format(i), out);
                    return Ok(true);
                }
                let mut text = String::new();
                if !self.pure_str(v, &mut text)? {
                    return Ok(false);
                }
                c.push_str(&text, out);
            }
            'r' | 'a' => {
                let mut text = String::new();
                if !self.pure_repr(v, &mut text)? {
                    return Ok(false);
                }
                if c.ty == 'a' {
                    let mut ascii = String::new();
                    escape::ascii_of_repr(&text, &mut ascii);
                    text = ascii;
                }
                c.push_str(&text, out);
            }
            'c' => match v.view() {
                View::Str(s) if s.nchars() == 1 => c.push_char(s.char_at(0).unwrap_or(' '), out),
                _ => match self.small_int(v) {
                    Some(n) => match u32::try_from(n).ok().and_then(crate::text::surrogate::char_of) {
                        Some(ch) => c.push_char(ch, out),
                        None => return Err(self.overflow_error("%c arg not in range(0x110000)")),
                    },
                    None if self.big_int(v).is_some() => {
                        return Err(self.overflow_error("%c arg not in range(0x110000)"));
                    }
                    None if self.has_index(v) => return Ok(false),
                    None => return Err(self.type_error("%c requires int or char")),
                },
            },
            _ => return self.percent_number(&c, v, out),
        }
        Ok(true)
    }

    fn has_index(&mut self, v: Value) -> bool {
        let name = self.names.index;
        v.as_object().is_some() && self.special(v, name).is_some()
    }

    fn percent_number(&mut self, c: &Conversion, v: Value, out: &mut String) -> Res<bool> {
        let class = self.class_of(v);
        match (c.ty, Num::of(v)) {
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', Some(n)) => {
                let f = self.num_to_float(n)?;
                c.push_float(f, out);
            }
            ('e' | 'E' | 'f' | 'F' | 'g' | 'G', None) => {
                let name = self.names.float_;
                if self.has_index(v) || self.special(v, name).is_some() {
                    return Ok(false);
                }
                let message = format!("must be real number, not {}", class.name_str());
                return Err(self.type_error(message));
            }
            (_, Some(Num::Int(i))) => c.push_i64(i, out),
            (_, Some(Num::Big(b))) => {
                let r = c.push_int(&b.value, self.max_str_digits, out);
                self.text_result(r)?;
            }
            ('d' | 'i' | 'u', Some(Num::Float(f))) => match float::to_i64(f) {
                Some(i) => c.push_i64(i, out),
                None => {
                    let b = float::to_int(f);
                    let b = self.text_result(b)?;
                    let r = c.push_int(&b, self.max_str_digits, out);
                    self.text_result(r)?;
                }
            },
            (ty, _) => {
                let decimal = matches!(ty, 'd' | 'i' | 'u');
                let name = self.names.int_;
                let ask = self.has_index(v)
                    || (decimal && !matches!(v.view(), View::Float(_)) && { self.special(v, name).is_some() });
                if ask && Num::of(v).is_none() {
                    return Ok(false);
                }
                let what = if decimal { "a real number" } else { "an integer" };
                let message = format!("%{ty} format: {what} is required, not {}", class.name_str());
                return Err(self.type_error(message));
            }
        }
        Ok(true)
    }

    /// `template % args` of `bytes` and `bytearray`.
    pub(super) fn percent_format_bytes(&mut self, template: Value, args: Value) -> Res {
        let bytes = self.bytes_of(template).unwrap_or_default();
        let mut source = Source::new(args);
        let mut out: Vec<u8> = Vec::new();
        for piece in percent::byte_pieces(&bytes) {
            match self.text_result(piece)? {
                Piece::Literal(r) => out.extend_from_slice(bytes.get(r).unwrap_or(&[])),
                Piece::Conversion(c) => {
                    if !self.percent_bytes_field(c, &bytes, &mut source, &mut out)? {
                        return self.prelude_call("percent_slow", &[template, args]);
                    }
                }
            }
        }
        self.percent_end(&source, "bytes")?;
        Ok(self.new_bytes_like(template, &out))
    }

    fn percent_bytes_field(
        &mut self,
        mut c: Conversion,
        template: &[u8],
        source: &mut Source,
        out: &mut Vec<u8>,
    ) -> Res<bool> {
        if !"diuoxXeEfFgGcrsab".contains(c.ty) {
            let e = c.unsupported();
            return Err(self.text_error(e));
        }
        let v = match c.key.clone() {
            Some(range) => {
                let key = self.new_bytes(template.get(range).unwrap_or(&[]));
                let Some(d) = source.args.cast::<Dict>().filter(|d| !d.class().has(flag::HEAP)) else {
                    let name = self.names.getitem;
                    let text = source.args.cast::<Str>().is_some() || source.args.cast::<Tuple>().is_some();
                    if !text && self.special(source.args, name).is_some() {
                        return Ok(false);
                    }
                    return Err(self.type_error("format requires a mapping"));
                };
                source.mapping_used = true;
                // Behind a key no argument is left.
                source.at = source.len;
                self.percent_stars(&mut c, source)?;
                let hash = self.hash_of(key)?.unwrap_or(0);
                match d.find(hash, key) {
                    Found::At(i) => d.entry(i).map_or(Value::NONE, |e| e.value),
                    _ => return Err(self.key_error(key)),
                }
            }
            None => {
                self.percent_stars(&mut c, source)?;
                self.percent_next(source)?
            }
        };
        match c.ty {
            's' | 'b' => match self.bytes_of(v) {
                Some(b) => c.push_bytes(&b, out),
                None => {
                    let name = self.names.bytes;
                    if self.special(v, name).is_some() {
                        return Ok(false);
                    }
                    let message = format!(
                        "%b requires a bytes-like object, or an object that implements __bytes__, not '{}'",
                        self.class_name(v)
                    );
                    return Err(self.type_error(message));
                }
            },
            'c' => {
                let byte = match (self.bytes_of(v), self.small_int(v)) {
                    (Some(b), _) if b.len() == 1 => b[0],
                    (_, Some(n)) => match u8::try_from(n) {
                        Ok(b) => b,
                        Err(_) => return Err(self.overflow_error("%c arg not in range(256)")),
                    },
                    _ => {
                        if self.has_index(v) {
                            return Ok(false);
                        }
                        if self.big_int(v).is_some() {
                            return Err(self.overflow_error("%c arg not in range(256)"));
                        }
                        return Err(self.type_error("%c requires an integer in range(256) or a single byte"));
                    }
                };
                c.push_byte(byte, out);
            }
            _ => {
                if "eEfFgG".contains(c.ty) && Num::of(v).is_none() {
                    let names = [self.names.float_, self.names.index];
                    if !names.into_iter().any(|n| self.special(v, n).is_some()) {
                        let message = format!("float argument required, not {}", self.class_name(v));
                        return Err(self.type_error(message));
                    }
                }
                let mut text = String::new();
                let done = if matches!(c.ty, 'r' | 'a') {
                    let mut repr = String::new();
                    let done = self.pure_repr(v, &mut repr)?;
                    let mut ascii = String::new();
                    escape::ascii_of_repr(&repr, &mut ascii);
                    c.push_str(&ascii, &mut text);
                    done
                } else {
                    self.percent_number(&c, v, &mut text)?
                };
                if !done {
                    return Ok(false);
                }
                out.extend_from_slice(text.as_bytes());
            }
        }
        Ok(true)
    }
}

/// The arguments of a `%`.
struct Source {
    args: Value,
    /// A tuple gives its items; anything else is the one argument (unless it is a mapping that is only looked up).
    positional: bool,
    at: usize,
    len: usize,
    mapping_used: bool,
    single_used: bool,
}

impl Source {
    fn new(args: Value) -> Source {
        let (positional, len) = match args.view() {
            View::Tuple(t) => (true, t.len()),
            // These count as mappings: they need not be used up.
            View::Dict(_) | View::List(_) | View::Bytes(_) | View::ByteArray(_) | View::Range(_) | View::Native(_) => {
                (false, 1)
            }
            View::Record(r) => (r.tag != crate::object::RecordTag::MappingProxy, 1),
            View::Instance(_) => (false, 1),
            _ => (true, 1),
        };
        Source { args, positional, at: 0, len, mapping_used: false, single_used: false }
    }

    fn next(&mut self) -> Option<Value> {
        if self.at >= self.len {
            return None;
        }
        self.at += 1;
        match self.args.view() {
            View::Tuple(t) => t.items().get(self.at - 1).copied(),
            _ => {
                self.single_used = true;
                Some(self.args)
            }
        }
    }
}

/// Natives that only prelude code sees.
pub const INTRINSICS: &[NativeDef] = &[
    function("_percent_specs(template, /)", "(key or None, number of stars, type) of each conversion.", percent_specs),
    function("_percent_render(template, values, /)", "The template with values that need no code.", percent_render),
    function("_has_special(obj, name, /)", "Whether the class of obj defines a special method.", has_special),
    function("_ascii_of(text, /)", "Other characters than ASCII become escapes.", ascii_of),
    function("_format_native(obj, spec, /)", "The __format__ of int, float, complex, str and object.", format_native),
];

fn percent_specs(vm: &mut Vm, args: Args<'_>) -> Res {
    let text = args[0].cast::<Str>().map(|s| s.as_str());
    let bytes = vm.bytes_of(args[0]).unwrap_or_default();
    let pieces = text.map_or_else(|| percent::byte_pieces(&bytes), percent::pieces);
    let mut specs = Vec::new();
    for piece in pieces {
        if let Piece::Conversion(c) = vm.text_result(piece)? {
            let key = match (c.key.clone(), text) {
                (Some(r), Some(text)) => vm.new_str(text.get(r).unwrap_or("")),
                (Some(r), None) => vm.new_bytes(bytes.get(r).unwrap_or(&[])),
                (None, _) => Value::NONE,
            };
            let stars = (c.width == Some(Count::Argument)) as i64 + (c.precision == Some(Count::Argument)) as i64;
            let ty = vm.new_char(c.ty);
            specs.push(vm.new_tuple(&[key, Value::small(stars), ty]));
        }
    }
    Ok(vm.new_list(specs))
}

/// As `percent_render` of text; what `%r` and `%a` show stands among the values as bytes.
fn percent_render_bytes(vm: &mut Vm, template: Value, values: Gc<List>) -> Res {
    let bytes = vm.bytes_of(template).unwrap_or_default();
    let values = values.to_vec();
    let tuple = vm.new_tuple(&values);
    let mut source = Source::new(tuple);
    let mut out = Vec::new();
    for piece in percent::byte_pieces(&bytes) {
        match vm.text_result(piece)? {
            Piece::Literal(r) => out.extend_from_slice(bytes.get(r).unwrap_or(&[])),
            Piece::Conversion(mut c) => {
                c.key = None;
                if matches!(c.ty, 'r' | 'a') {
                    c.ty = 's';
                }
                if !vm.percent_bytes_field(c, &bytes, &mut source, &mut out)? {
                    return Err(vm.type_error("a number or bytes are required"));
                }
            }
        }
    }
    Ok(vm.new_bytes_like(template, &out))
}

fn percent_render(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(l) = args[1].cast::<List>() else { return Ok(Value::NONE) };
    let Some(s) = args[0].cast::<Str>() else { return percent_render_bytes(vm, args[0], l) };
    let text = s.as_str();
    let values = l.to_vec();
    let tuple = vm.new_tuple(&values);
    let mut source = Source::new(tuple);
    let mut out = String::new();
    for piece in percent::pieces(text) {
        match vm.text_result(piece)? {
            Piece::Literal(r) => out.push_str(text.get(r).unwrap_or("")),
            Piece::Conversion(mut c) => {
                c.key = None;
                if matches!(c.ty, 'r' | 'a') {
                    c.ty = 's';
                }
                if !vm.percent_field(c, text, &mut source, &mut out)? {
                    return Err(vm.type_error("conversion gave no plain value"));
                }
            }
        }
    }
    Ok(vm.new_str(&out))
}

fn has_special(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(name) = args[1].cast::<Str>() else { return Ok(Value::FALSE) };
    let name = vm.intern_str(name);
    Ok(Value::bool(vm.special(args[0], name).is_some()))
}

fn format_native(vm: &mut Vm, args: Args<'_>) -> Res {
    let spec = args[1].cast::<Str>().map_or("", |s| s.as_str());
    vm.format_number_or_text(args[0], spec)
}

fn ascii_of(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut out = String::new();
    escape::ascii_of_repr(args[0].cast::<Str>().map_or("", |s| s.as_str()), &mut out);
    Ok(vm.new_str(&out))
}
