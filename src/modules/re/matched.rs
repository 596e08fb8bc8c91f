//! `re.Match`. Floor 7.

use super::pattern::{PatternData, parts, pattern_of};
use super::{native_class, text_of};
use crate::heap::{Gc, Visitor};
use crate::object::{Class, NativeData, Str, View};
use crate::text::regex::{Part, Span};
use crate::text::surrogate::char_of;
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, class_method, method};
use crate::vm::{Args, Ctl, Res, Vm};

/// State of a match.
pub struct MatchData {
    pub pattern: Value,
    pub string: Value,
    /// Of each group, the whole at 0, as byte offsets.
    pub spans: Vec<Option<Span>>,
    /// The same in characters, where that is something else.
    pub chars: Option<Vec<Option<Span>>>,
    pub pos: usize,
    pub endpos: usize,
    pub last: Option<usize>,
}

impl NativeData for MatchData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.pattern);
        v.value(self.string);
        for (a, b) in self.spans.iter().flatten() {
            v.data(*a as u64);
            v.data(*b as u64);
        }
    }
}

/// The class.
pub fn class(vm: &mut Vm) -> Gc<Class> {
    native_class(vm, "Match", "re.Match", METHODS)
}

fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a MatchData> {
    vm.native_receiver::<MatchData>(args, "re.Match")
}

/// The part of a string, or of something like bytes, between byte offsets.
pub fn part(vm: &mut Vm, string: Value, span: Span) -> Value {
    match string.cast::<Str>() {
        Some(s) => {
            let text = s.as_str().get(span.0..span.1).unwrap_or("");
            vm.new_str(text)
        }
        None => {
            let bytes = text_of(string).map(|t| t.bytes).unwrap_or_default();
            let piece = bytes.get(span.0..span.1.min(bytes.len())).unwrap_or(&[]).to_vec();
            vm.new_bytes(&piece)
        }
    }
}

/// `_re_slice(string, start, end)`, in characters.
pub fn slice(vm: &mut Vm, args: Args<'_>) -> Res {
    let (a, b) = (args[1].as_int().unwrap_or(0).max(0) as usize, args[2].as_int().unwrap_or(0).max(0) as usize);
    let span = (super::byte_of(args[0], a), super::byte_of(args[0], b));
    Ok(part(vm, args[0], span))
}

/// Characters of a template as an object.
pub fn literal(vm: &mut Vm, chars: &[u32], is_text: bool) -> Value {
    if is_text {
        let text: String = chars.iter().filter_map(|&c| char_of(c)).collect();
        vm.new_str(&text)
    } else {
        let bytes: Vec<u8> = chars.iter().map(|&c| c as u8).collect();
        vm.new_bytes(&bytes)
    }
}

fn data(m: &MatchData) -> Option<&PatternData> {
    pattern_of(m.pattern)
}

fn no_such_group(vm: &mut Vm) -> Ctl {
    let class = vm.types.IndexError;
    vm.raise(class, "no such group")
}

/// Whether a group is given by something that only code of the language can make a number of.
fn needs_index(v: Value) -> bool {
    matches!(v.view(), View::Instance(_))
}

/// The number of the group that `v` names.
fn group_number(vm: &mut Vm, m: &MatchData, v: Value) -> Res<usize> {
    let number = match v.view() {
        View::Int(_) | View::Bool(_) => vm.small_int(v),
        View::BigInt(_) => None,
        _ => match v.cast::<Str>() {
            Some(name) => data(m).and_then(|p| {
                let known = p.compiled.names.iter().find(|(n, _)| n == name.as_str());
                known.map(|&(_, i)| i as i64)
            }),
            None => vm.small_int(v),
        },
    };
    match number {
        Some(i) if i >= 0 && (i as usize) < m.spans.len() => Ok(i as usize),
        _ => Err(no_such_group(vm)),
    }
}

/// What a group matched, or a default.
pub fn group_value(vm: &mut Vm, m: &MatchData, i: usize, default: Value) -> Value {
    match m.spans.get(i).copied().flatten() {
        Some(span) => part(vm, m.string, span),
        None => default,
    }
}

fn group(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = this(vm, args)?;
    let asked = args.rest();
    if asked.iter().any(|&v| needs_index(v)) {
        let asked = vm.new_tuple(asked);
        return vm.prelude_call("re_group", &[args[0], asked]);
    }
    match asked {
        [] => Ok(group_value(vm, m, 0, Value::NONE)),
        [one] => {
            let i = group_number(vm, m, *one)?;
            Ok(group_value(vm, m, i, Value::NONE))
        }
        _ => {
            let mut items = Vec::new();
            for &v in asked {
                let i = group_number(vm, m, v)?;
                items.push(group_value(vm, m, i, Value::NONE));
            }
            Ok(vm.new_tuple(&items))
        }
    }
}

fn getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = this(vm, args)?;
    if needs_index(args[1]) {
        let asked = vm.new_tuple(&[args[1]]);
        return vm.prelude_call("re_group", &[args[0], asked]);
    }
    let i = group_number(vm, m, args[1])?;
    Ok(group_value(vm, m, i, Value::NONE))
}

fn groups(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = this(vm, args)?;
    let default = args.get(1).unwrap_or(Value::NONE);
    let items: Vec<Value> = (1..m.spans.len()).map(|i| group_value(vm, m, i, default)).collect();
    Ok(vm.new_tuple(&items))
}

fn groupdict(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = this(vm, args)?;
    let default = args.get(1).unwrap_or(Value::NONE);
    let dict = vm.new_dict();
    for (name, i) in data(m).map(|p| p.compiled.names.clone()).unwrap_or_default() {
        let value = group_value(vm, m, i, default);
        let name = vm.intern(&name);
        dict.set_str(name, value);
    }
    Ok(dict.value())
}

/// The span of a group in characters; -1 where it didn't match.
fn char_span(m: &MatchData, i: usize) -> (i64, i64) {
    let spans = m.chars.as_ref().unwrap_or(&m.spans);
    spans.get(i).copied().flatten().map_or((-1, -1), |(a, b)| (a as i64, b as i64))
}

fn asked_span(vm: &mut Vm, args: Args<'_>) -> Res<(i64, i64)> {
    let m = this(vm, args)?;
    let i = match args.get(1) {
        Some(v) => group_number(vm, m, v)?,
        None => 0,
    };
    Ok(char_span(m, i))
}

fn start(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(asked_span(vm, args)?.0))
}
fn end(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(asked_span(vm, args)?.1))
}
fn span(vm: &mut Vm, args: Args<'_>) -> Res {
    let (a, b) = asked_span(vm, args)?;
    Ok(vm.new_tuple(&[Value::small(a), Value::small(b)]))
}

fn regs(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = this(vm, args)?;
    let mut items = Vec::new();
    for i in 0..m.spans.len() {
        let (a, b) = char_span(m, i);
        items.push(vm.new_tuple(&[Value::small(a), Value::small(b)]));
    }
    Ok(vm.new_tuple(&items))
}

/// The bytes of a template filled in.
pub fn fill(m: &MatchData, parts: &[Part], is_text: bool, bytes: &[u8], out: &mut Vec<u8>) {
    for p in parts {
        match p {
            Part::Group(i) => {
                if let Some((a, b)) = m.spans.get(*i).copied().flatten() {
                    out.extend_from_slice(bytes.get(a..b).unwrap_or(&[]));
                }
            }
            Part::Literal(chars) if is_text => {
                let mut buffer = [0; 4];
                for c in chars.iter().filter_map(|&c| char_of(c)) {
                    out.extend_from_slice(c.encode_utf8(&mut buffer).as_bytes());
                }
            }
            Part::Literal(chars) => out.extend(chars.iter().map(|&c| c as u8)),
        }
    }
}

fn expand(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = this(vm, args)?;
    let parts = parts(vm, m.pattern, args[1])?;
    let Some(text) = text_of(m.string) else { return Ok(Value::NONE) };
    let is_text = args[1].cast::<Str>().is_some();
    let mut out = Vec::new();
    fill(m, &parts, is_text, &text.bytes, &mut out);
    Ok(made(vm, &out, is_text))
}

/// Bytes that were put together as an object.
pub fn made(vm: &mut Vm, bytes: &[u8], is_text: bool) -> Value {
    if is_text { vm.new_str(&String::from_utf8_lossy(bytes)) } else { vm.new_bytes(bytes) }
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = this(vm, args)?;
    let (a, b) = char_span(m, 0);
    let whole = group_value(vm, m, 0, Value::NONE);
    let mut shown = String::new();
    vm.pure_repr(whole, &mut shown)?;
    if shown.chars().count() > 50 {
        shown = shown.chars().take(50).collect();
    }
    Ok(vm.new_str(&format!("<re.Match object; span=({a}, {b}), match={shown}>")))
}

fn pos(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(this(vm, args)?.pos as i64))
}
fn endpos(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(this(vm, args)?.endpos as i64))
}
fn lastindex(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.last.map_or(Value::NONE, |i| Value::small(i as i64)))
}
fn lastgroup(vm: &mut Vm, args: Args<'_>) -> Res {
    let m = this(vm, args)?;
    let name = m.last.and_then(|last| {
        data(m).and_then(|p| p.compiled.names.iter().find(|&&(_, i)| i == last).map(|(n, _)| n.clone()))
    });
    Ok(match name {
        Some(n) => vm.new_str(&n),
        None => Value::NONE,
    })
}
fn pattern(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.pattern)
}
fn string(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(this(vm, args)?.string)
}

fn itself(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(args[0])
}

fn class_getitem(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.prelude_call("re_alias", &[args[0], args[1]])
}

const METHODS: &[NativeDef] = &[
    method("group(self, /, *groups)", "One or more groups of the match.", group),
    method("__getitem__(self, key, /)", "Return self[key].", getitem),
    method("groups(self, /, default=None)", "A tuple of all groups, from 1.", groups),
    method("groupdict(self, /, default=None)", "A dict of all groups with names.", groupdict),
    method("start(self, group=0, /)", "Where a group begins.", start),
    method("end(self, group=0, /)", "Where a group ends.", end),
    method("span(self, group=0, /)", "Where a group begins and ends.", span),
    method("expand(self, /, template)", "The template with groups filled in.", expand),
    method("__repr__(self, /)", "Return repr(self).", repr),
    method("__copy__(self, /)", "The match itself.", itself),
    method("__deepcopy__(self, memo, /)", "The match itself.", itself),
    class_method("__class_getitem__(cls, item, /)", "See PEP 585.", class_getitem),
    attribute("regs", "All spans.", regs),
    attribute("pos", "Where the search began.", pos),
    attribute("endpos", "Where the search had to end.", endpos),
    attribute("lastindex", "Number of the group that was closed last.", lastindex),
    attribute("lastgroup", "Name of the group that was closed last.", lastgroup),
    attribute("re", "The pattern.", pattern),
    attribute("string", "What was searched.", string),
];
