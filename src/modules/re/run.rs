//! Searches: one match, all of them, splitting, replacing; a slice at a time. Floor 7.
//!
//! Invariant: a search that isn't done holds everything it needs in its `RunData`.

use super::matched::{self, MatchData, fill, made, part};
use super::pattern::{PatternData, pattern_of};
use super::{byte_of, native_class, text_of};
use crate::heap::{Gc, HeapCell, Visitor};
use crate::object::{Class, Native, NativeData, Str};
use crate::text::regex::{Fuel, Matcher, Mode, Outcome, Part, Span};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, method};
use crate::vm::{Args, Res, Vm};
use std::cell::Cell;

/// Steps of the matcher at once.
const SLICE: Fuel = 20_000;
/// Steps that count as a tick.
const STEPS_PER_TICK: Fuel = 64;

/// What is done with matches.
pub enum Task {
    /// The first one is the result.
    One,
    FindAll,
    Split {
        left: usize,
    },
    Sub {
        parts: Vec<Part>,
        repl: Value,
        left: usize,
        counted: bool,
        done: usize,
    },
    /// Gives them one by one when it is asked.
    Scanner,
}

/// A search in progress.
pub struct RunData {
    pattern: Value,
    string: Value,
    pos: usize,
    endpos: usize,
    state: HeapCell<State>,
    /// `search` or `match` of a scanner, for the search in progress.
    busy: Cell<bool>,
}

struct State {
    matcher: Matcher,
    task: Task,
    /// What was found so far.
    items: Vec<Value>,
    /// The new text so far.
    text: Vec<u8>,
    /// Up to where the text was dealt with.
    done: usize,
    /// A byte offset whose number in characters is known.
    anchor: Span,
}

impl NativeData for RunData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.value(self.pattern);
        v.value(self.string);
        let state = self.state.borrow();
        state.items.iter().for_each(|&x| v.value(x));
        if let Task::Sub { repl, .. } = &state.task {
            v.value(*repl);
        }
    }
}

fn class(vm: &mut Vm) -> Gc<Class> {
    native_class(vm, "SRE_Scanner", "re.Scanner", METHODS)
}

fn run_of<'a>(v: Value) -> Option<&'a RunData> {
    v.cast::<Native>()?.data_ref::<RunData>()
}

/// Begins a search in `string` between `limits`, and does a slice of it.
pub fn begin(vm: &mut Vm, pattern: Value, string: Value, limits: (i64, i64), mode: Mode, task: Task) -> Res {
    let Some(p) = pattern_of(pattern) else { return Err(vm.system_error("not a pattern")) };
    let Some(text) = text_of(string) else {
        let message = format!("expected string or bytes-like object, got '{}'", vm.class_name(string));
        return Err(vm.type_error(message));
    };
    if p.is_text != text.is_text {
        return Err(vm.type_error(if p.is_text {
            "cannot use a string pattern on a bytes-like object"
        } else {
            "cannot use a bytes pattern on a string-like object"
        }));
    }
    let len = string.cast::<Str>().map_or(text.bytes.len(), |s| s.nchars()) as i64;
    let pos = limits.0.clamp(0, len);
    let endpos = limits.1.clamp(pos, len);
    let (start, end) = (byte_of(string, pos as usize), byte_of(string, endpos as usize));
    // An end before the beginning: nothing is found.
    let start = if limits.1.max(0) < limits.0 { text.bytes.len() + 1 } else { start };
    let one = matches!(task, Task::One);
    let scanner = matches!(task, Task::Scanner);
    let mut state = State {
        matcher: Matcher::new(&p.compiled.program, mode, start, end, false),
        task,
        items: Vec::new(),
        text: Vec::new(),
        done: 0,
        anchor: (0, 0),
    };
    let (pos, endpos) = (pos as usize, endpos as usize);
    if one {
        // Most searches are done within their first slice, and need no object then.
        let mut fuel = SLICE;
        let outcome = state.matcher.run(&p.compiled.program, &text.bytes, text.wide, &mut fuel);
        charge(vm, SLICE - fuel);
        match outcome {
            Outcome::Matched => {
                return Ok(new_match(vm, pattern, string, (pos, endpos), &mut state, &text.bytes, text.wide));
            }
            Outcome::Failed => return Ok(Value::NONE),
            Outcome::TooMuch => return Err(vm.memory_error("")),
            Outcome::Suspended => {}
        }
    }
    vm.heap.charge(text.bytes.len() / 8 + 256);
    let data = RunData { pattern, string, pos, endpos, state: HeapCell::new(state), busy: Cell::new(false) };
    let class = class(vm);
    let run = vm.new_native(class, data).value();
    if scanner {
        return Ok(run);
    }
    go_on(vm, run)
}

/// Does a slice; if that isn't all, the prelude goes on.
fn go_on(vm: &mut Vm, run: Value) -> Res {
    match advance(vm, run)? {
        Some(v) => Ok(v),
        None => vm.prelude_call("re_go_on", &[run]),
    }
}

fn charge(vm: &mut Vm, steps: Fuel) {
    vm.heap.fuel -= steps / STEPS_PER_TICK;
}

/// `_re_step(run)`: a tuple with the result, or `None` where there is more to do.
pub fn step(vm: &mut Vm, args: Args<'_>) -> Res {
    match advance(vm, args[0])? {
        Some(v) => Ok(vm.new_tuple(&[v])),
        None => Ok(Value::NONE),
    }
}

fn program_of(v: Value) -> Option<&'static PatternData> {
    pattern_of(v)
}

/// Searches for a while. `None`: there is more to do.
fn advance(vm: &mut Vm, run: Value) -> Res<Option<Value>> {
    let Some(r) = run_of(run) else { return Ok(Some(Value::NONE)) };
    let (Some(p), Some(text)) = (program_of(r.pattern), text_of(r.string)) else { return Ok(Some(Value::NONE)) };
    let mut fuel = SLICE;
    loop {
        let outcome = r.state.borrow_mut().matcher.run(&p.compiled.program, &text.bytes, text.wide, &mut fuel);
        match outcome {
            Outcome::Suspended => {
                charge(vm, SLICE - fuel);
                return Ok(None);
            }
            Outcome::TooMuch => return Err(vm.memory_error("")),
            Outcome::Failed => {
                charge(vm, SLICE - fuel);
                return finish(vm, r, &text.bytes).map(Some);
            }
            Outcome::Matched => {
                fuel -= 8;
                if let Some(v) = found(vm, r, p, &text.bytes, text.wide) {
                    charge(vm, SLICE - fuel);
                    return Ok(Some(v));
                }
                let done = match &r.state.borrow().task {
                    Task::Split { left } | Task::Sub { left, .. } => *left == 0,
                    _ => false,
                };
                if done {
                    charge(vm, SLICE - fuel);
                    return finish(vm, r, &text.bytes).map(Some);
                }
            }
        }
    }
}

/// Deals with a match. Gives the result if that is all that was wanted.
fn found(vm: &mut Vm, r: &RunData, p: &PatternData, bytes: &[u8], wide: bool) -> Option<Value> {
    let mut state = r.state.borrow_mut();
    let state = &mut *state;
    let span = state.matcher.span();
    let group = |state: &State, i: usize| state.matcher.group(i);
    match &mut state.task {
        Task::One | Task::Scanner => {
            let m = new_match(vm, r.pattern, r.string, (r.pos, r.endpos), state, bytes, wide);
            if matches!(state.task, Task::Scanner) {
                r.busy.set(false);
                state.matcher.restart(span.1, span.0 == span.1);
            }
            return Some(m);
        }
        Task::FindAll => {
            let item = match p.compiled.groups {
                0 => part(vm, r.string, span),
                1 => {
                    let s = group(state, 1).unwrap_or((0, 0));
                    part(vm, r.string, s)
                }
                n => {
                    let mut items = Vec::with_capacity(n);
                    for i in 1..=n {
                        let s = group(state, i).unwrap_or((0, 0));
                        items.push(part(vm, r.string, s));
                    }
                    vm.new_tuple(&items)
                }
            };
            state.items.push(item);
        }
        Task::Split { left } => {
            *left = left.saturating_sub(1);
            let piece = part(vm, r.string, (state.done, span.0));
            state.items.push(piece);
            for i in 1..=p.compiled.groups {
                let item = match state.matcher.group(i) {
                    Some(s) => part(vm, r.string, s),
                    None => Value::NONE,
                };
                state.items.push(item);
            }
            state.done = span.1;
        }
        Task::Sub { parts, left, done, .. } => {
            *left = left.saturating_sub(1);
            *done += 1;
            state.text.extend_from_slice(bytes.get(state.done..span.0).unwrap_or(&[]));
            let mut spans = vec![Some(span)];
            if parts.iter().any(|p| matches!(p, Part::Group(_))) {
                spans.extend((1..=p.compiled.groups).map(|i| state.matcher.group(i)));
            }
            let m =
                MatchData { pattern: r.pattern, string: r.string, spans, chars: None, pos: 0, endpos: 0, last: None };
            fill(&m, parts, p.is_text, bytes, &mut state.text);
            state.done = span.1;
        }
    }
    vm.heap.charge(24);
    state.matcher.restart(span.1, span.0 == span.1);
    None
}

/// The result once there are no more matches.
fn finish(vm: &mut Vm, r: &RunData, bytes: &[u8]) -> Res {
    let mut state = r.state.borrow_mut();
    let state = &mut *state;
    match &state.task {
        Task::One => Ok(Value::NONE),
        Task::Scanner => {
            r.busy.set(false);
            // It has ended for good.
            state.matcher.restart(bytes.len() + 1, false);
            Ok(Value::NONE)
        }
        Task::FindAll => Ok(vm.new_list(std::mem::take(&mut state.items))),
        Task::Split { .. } => {
            let rest = part(vm, r.string, (state.done, bytes.len()));
            state.items.push(rest);
            Ok(vm.new_list(std::mem::take(&mut state.items)))
        }
        Task::Sub { repl, counted, done, .. } => {
            let is_text = r.string.cast::<Str>().is_some();
            if *done > 0 && repl.cast::<Str>().is_some() != is_text {
                let (want, given) = if is_text {
                    ("str instance", vm.class_name(*repl))
                } else {
                    ("a bytes-like object", vm.class_name(*repl))
                };
                return Err(vm.type_error(format!("sequence item 0: expected {want}, {given} found")));
            }
            let (done, counted) = (*done, *counted);
            state.text.extend_from_slice(bytes.get(state.done..).unwrap_or(&[]));
            let text = std::mem::take(&mut state.text);
            let value = made(vm, &text, is_text);
            if counted { Ok(vm.new_tuple(&[value, Value::small(done as i64)])) } else { Ok(value) }
        }
    }
}

/// A `Match` of what the matcher has found.
fn new_match(
    vm: &mut Vm,
    pattern: Value,
    string: Value,
    (pos, endpos): (usize, usize),
    state: &mut State,
    bytes: &[u8],
    wide: bool,
) -> Value {
    let groups = pattern_of(pattern).map_or(0, |p| p.compiled.groups);
    let mut spans = vec![Some(state.matcher.span())];
    spans.extend((1..=groups).map(|i| state.matcher.group(i)));
    let chars = wide.then(|| {
        let mut count = |at: usize| {
            let (from, known) = if at >= state.anchor.0 { state.anchor } else { (0, 0) };
            let more = bytes.get(from..at).unwrap_or(&[]).iter().filter(|&&b| b & 0xc0 != 0x80).count();
            if at >= state.anchor.0 {
                state.anchor = (at, known + more);
            }
            known + more
        };
        spans.iter().map(|s| s.map(|(a, b)| (count(a), count(b)))).collect()
    });
    let last = state.matcher.last_group();
    vm.heap.charge(groups * 16 + 64);
    let class = matched::class(vm);
    vm.new_native(class, MatchData { pattern, string, spans, chars, pos, endpos, last }).value()
}

fn scan(vm: &mut Vm, args: Args<'_>, mode: Mode) -> Res {
    let r = vm.native_receiver::<RunData>(args, "_sre.SRE_Scanner")?;
    if r.busy.get() {
        return Err(vm.value_error("regular expression scanner already executing"));
    }
    r.busy.set(true);
    r.state.borrow_mut().matcher.set_mode(mode);
    go_on(vm, args[0])
}

fn search(vm: &mut Vm, args: Args<'_>) -> Res {
    scan(vm, args, Mode::Search)
}
fn match_(vm: &mut Vm, args: Args<'_>) -> Res {
    scan(vm, args, Mode::Match)
}
fn pattern(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(vm.native_receiver::<RunData>(args, "_sre.SRE_Scanner")?.pattern)
}

const METHODS: &[NativeDef] = &[
    method("search(self, /)", "The next match.", search),
    method("match(self, /)", "The next match, right here.", match_),
    attribute("pattern", "The pattern.", pattern),
];
