//! `re.Pattern`. Floor 7.

use super::run::{Task, begin};
use super::{matched, native_class, raise_error, text_of};
use crate::heap::{Gc, Visitor};
use crate::object::{Class, Native, NativeData, RecordTag, Str};
use crate::text::regex::{self, Compiled, Mode, Part, flag, parse_template};
use crate::text::surrogate::code_of;
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, class_method, method};
use crate::vm::{Args, Res, Vm};

/// State of a pattern.
pub struct PatternData {
    pub compiled: Compiled,
    pub is_text: bool,
    /// What it was made of.
    pub source: Value,
    /// Dict of groups with names.
    pub index: Value,
}

impl NativeData for PatternData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.source);
        v.value(self.index);
        v.data(self.compiled.flags as u64);
    }
}

/// The class.
pub fn class(vm: &mut Vm) -> Gc<Class> {
    native_class(vm, "Pattern", "re.Pattern", METHODS)
}

/// The pattern that `v` is.
pub fn pattern_of<'a>(v: Value) -> Option<&'a PatternData> {
    v.cast::<Native>()?.data_ref::<PatternData>()
}

fn code_points(text: &super::Text<'_>) -> Vec<u32> {
    if text.is_text {
        std::str::from_utf8(&text.bytes).unwrap_or("").chars().map(code_of).collect()
    } else {
        text.bytes.iter().map(|&b| b as u32).collect()
    }
}

/// `_compile_pattern(pattern, flags)`
pub fn compile(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(text) = text_of(args[0]) else {
        return Err(vm.type_error("first argument must be string or compiled pattern"));
    };
    let flags = vm.index_arg(args, 1)? as u32;
    let compiled = match regex::compile(&code_points(&text), text.is_text, flags, unicode_names2::character) {
        Ok(c) => c,
        Err(e) => return Err(raise_error(vm, e, args[0])),
    };
    let index = vm.new_dict();
    for (name, group) in &compiled.names {
        let name = vm.intern(name);
        index.set_str(name, Value::small(*group as i64));
    }
    let warnings: Vec<Value> = compiled.warnings.iter().map(|w| vm.new_str(w)).collect();
    let warnings = vm.new_list(warnings);
    vm.heap.charge(compiled.program.ops.len() * 32);
    let class = class(vm);
    let data = PatternData { compiled, is_text: text.is_text, source: args[0], index: index.value() };
    let pattern = vm.new_native(class, data).value();
    Ok(vm.new_tuple(&[pattern, warnings]))
}

/// The parts of a template for a pattern.
pub fn parts(vm: &mut Vm, pattern: Value, template: Value) -> Res<Vec<Part>> {
    let Some(p) = pattern_of(pattern) else { return Ok(Vec::new()) };
    let Some(text) = text_of(template) else {
        let message = format!("decoding to str: need a bytes-like object, {} found", vm.class_name(template));
        return Err(vm.type_error(message));
    };
    match parse_template(&code_points(&text), text.is_text, p.compiled.groups, &p.compiled.names) {
        Ok(parts) => Ok(parts),
        Err(e) => Err(raise_error(vm, e, template)),
    }
}

/// `_template(pattern, template)`: a list of texts and group numbers.
pub fn template(vm: &mut Vm, args: Args<'_>) -> Res {
    let is_text = args[1].cast::<Str>().is_some();
    let parts = parts(vm, args[0], args[1])?;
    let mut items = Vec::new();
    for part in &parts {
        items.push(match part {
            Part::Group(g) => Value::small(*g as i64),
            Part::Literal(chars) => matched::literal(vm, chars, is_text),
        });
    }
    Ok(vm.new_list(items))
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a PatternData> {
    vm.native_receiver::<PatternData>(args, "re.Pattern")
}

fn search_in(vm: &mut Vm, args: Args<'_>, mode: Mode, task: Task) -> Res {
    this(vm, args)?;
    let pos = vm.clamped_arg(args, 2, 0)?;
    let endpos = vm.clamped_arg(args, 3, i64::MAX)?;
    begin(vm, args[0], args[1], (pos, endpos), mode, task)
}

fn match_(vm: &mut Vm, args: Args<'_>) -> Res {
    search_in(vm, args, Mode::Match, Task::One)
}
fn fullmatch(vm: &mut Vm, args: Args<'_>) -> Res {
    search_in(vm, args, Mode::FullMatch, Task::One)
}
fn search(vm: &mut Vm, args: Args<'_>) -> Res {
    search_in(vm, args, Mode::Search, Task::One)
}
fn findall(vm: &mut Vm, args: Args<'_>) -> Res {
    search_in(vm, args, Mode::Search, Task::FindAll)
}
fn scanner(vm: &mut Vm, args: Args<'_>) -> Res {
    search_in(vm, args, Mode::Search, Task::Scanner)
}
fn finditer(vm: &mut Vm, args: Args<'_>) -> Res {
    let scanner = scanner(vm, args)?;
    vm.prelude_call("re_finditer", &[scanner])
}

fn split(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    let max = vm.clamped_arg(args, 2, 0)?;
    let left = if max == 0 { usize::MAX } else { max.max(0) as usize };
    begin(vm, args[0], args[1], (0, i64::MAX), Mode::Search, Task::Split { left })
}

fn substitute(vm: &mut Vm, args: Args<'_>, counted: bool) -> Res {
    this(vm, args)?;
    let count = vm.clamped_arg(args, 3, 0)?;
    let left = if count == 0 { usize::MAX } else { count.max(0) as usize };
    let (repl, string) = (args[1], args[2]);
    match text_of(repl) {
        Some(t) => {
            let parts =
                if t.bytes.contains(&b'\\') { parts(vm, args[0], repl)? } else { vec![Part::Literal(code_points(&t))] };
            let task = Task::Sub { parts, repl, left, counted, done: 0 };
            begin(vm, args[0], string, (0, i64::MAX), Mode::Search, task)
        }
        None => {
            let scanner = begin(vm, args[0], string, (0, i64::MAX), Mode::Search, Task::Scanner)?;
            let left = vm.new_int(left.min(i64::MAX as usize) as i64);
            vm.prelude_call("re_sub", &[scanner, repl, string, left, Value::bool(counted)])
        }
    }
}

fn sub(vm: &mut Vm, args: Args<'_>) -> Res {
    substitute(vm, args, false)
}
fn subn(vm: &mut Vm, args: Args<'_>) -> Res {
    substitute(vm, args, true)
}

fn source(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.source)
}
fn flags(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(this(vm, args)?.compiled.flags as i64))
}
fn groups(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(this(vm, args)?.compiled.groups as i64))
}
fn groupindex(vm: &mut Vm, args: Args<'_>) -> Res {
    let index = this(vm, args)?.index;
    let class = vm.types.mappingproxy;
    Ok(vm.new_record(class, RecordTag::MappingProxy, &[index]).value())
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    let mut text = String::new();
    vm.pure_repr(p.source, &mut text)?;
    if text.chars().count() > 200 {
        text = text.chars().take(200).collect();
    }
    let mut flags = p.compiled.flags;
    if flags & flag::TYPE == flag::UNICODE {
        flags &= !flag::UNICODE;
    }
    let mut names = Vec::new();
    for (bit, name) in [
        (flag::IGNORECASE, "re.IGNORECASE"),
        (flag::LOCALE, "re.LOCALE"),
        (flag::MULTILINE, "re.MULTILINE"),
        (flag::DOTALL, "re.DOTALL"),
        (flag::UNICODE, "re.UNICODE"),
        (flag::VERBOSE, "re.VERBOSE"),
        (flag::DEBUG, "re.DEBUG"),
        (flag::ASCII, "re.ASCII"),
    ] {
        if flags & bit != 0 {
            names.push(name.to_owned());
            flags &= !bit;
        }
    }
    if flags != 0 {
        names.push(format!("0x{flags:x}"));
    }
    let shown = if names.is_empty() { String::new() } else { format!(", {}", names.join("|")) };
    Ok(vm.new_str(&format!("re.compile({text}{shown})")))
}

fn same(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    let Some(o) = pattern_of(args[1]) else { return Ok(Value::NOT_IMPLEMENTED) };
    let texts = text_of(p.source).zip(text_of(o.source));
    let same = p.compiled.flags == o.compiled.flags
        && texts.is_some_and(|(a, b)| a.is_text == b.is_text && a.bytes == b.bytes);
    Ok(Value::bool(same))
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let p = this(vm, args)?;
    let h = vm.hash_of(p.source)?.unwrap_or(0) ^ p.compiled.flags as i64;
    Ok(vm.new_int(h))
}

fn itself(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0])
}

fn class_getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("re_alias", &[args[0], args[1]])
}

const METHODS: &[NativeDef] = &[
    method("match(self, /, string, pos=0, endpos=sys.maxsize)", "Match at the beginning of the string.", match_),
    method("fullmatch(self, /, string, pos=0, endpos=sys.maxsize)", "Match all of the string.", fullmatch),
    method("search(self, /, string, pos=0, endpos=sys.maxsize)", "The first match in the string.", search),
    method("findall(self, /, string, pos=0, endpos=sys.maxsize)", "A list of all matches.", findall),
    method("finditer(self, /, string, pos=0, endpos=sys.maxsize)", "An iterator over all matches.", finditer),
    method("scanner(self, /, string, pos=0, endpos=sys.maxsize)", "Matches one after the other.", scanner),
    method("split(self, /, string, maxsplit=0)", "Split the string at the matches.", split),
    method("sub(self, /, repl, string, count=0)", "The string with the matches replaced.", sub),
    method("subn(self, /, repl, string, count=0)", "The new string and the number of replacements.", subn),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__eq__(self, value, /)", "Return self==value.", same),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__copy__(self, /)", "The pattern itself.", itself),
    method("__deepcopy__(self, memo, /)", "The pattern itself.", itself),
    class_method("__class_getitem__(cls, item, /)", "See PEP 585.", class_getitem),
    attribute("pattern", "What it was made of.", source),
    attribute("flags", "The flags that hold.", flags),
    attribute("groups", "The number of groups.", groups),
    attribute("groupindex", "Numbers of groups by name.", groupindex),
];
