//! `re`: patterns and matches over the engine of `text::regex`; the functions of the module are in `re.thr`. Floor 7.
//!
//! Invariant: no method works for long at once: what isn't found within a slice goes on in a loop of the prelude, where
//! the thread can be preempted and interrupted.

mod matched;
mod pattern;
mod run;

use crate::heap::{Gc, Kind};
use crate::object::class::flag;
use crate::object::{Class, Dict, Str, View};
use crate::text::regex::RegexError;
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Ctl, ModuleDef, Res, Vm};
use std::borrow::Cow;

/// Natives for the prelude.
pub const INTRINSICS: &[NativeDef] = &[
    function("_re_step(run, /)", "Goes on with a search: a tuple of its result, or None.", run::step),
    function("_re_slice(string, start, end, /)", "A part of what is searched.", matched::slice),
];

/// The module.
pub static RE: ModuleDef = ModuleDef {
    name: "re",
    doc: "Regular expressions.",
    functions: &[
        function("_compile_pattern(pattern, flags, /)", "A Pattern and the texts of warnings.", pattern::compile),
        function("_set_error(cls, /)", "The class of errors.", set_error),
        function("_template(pattern, template, /)", "The parts of a template.", pattern::template),
    ],
    init,
    source: include_str!("re.thr"),
};

fn init(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    for (name, class) in [("Pattern", pattern::class(vm)), ("Match", matched::class(vm))] {
        super::set(vm, dict, name, class.value());
    }
    Ok(())
}

fn set_error(vm: &mut Vm, args: Args<'_>) -> Res {
    vm.module_state.insert("re.error", args[0]);
    Ok(Value::NONE)
}

/// A class of this module that can't be instantiated.
fn native_class(vm: &mut Vm, name: &'static str, key: &'static str, table: &'static [NativeDef]) -> Gc<Class> {
    if let Some(class) = vm.module_state.get(key).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let class = vm.new_native_class(name, "re", &[], Kind::Native, flag::NO_NEW | flag::IMMUTABLE);
    vm.install_methods(class, table);
    vm.module_state.insert(key, class.value());
    class
}

/// Raises what is wrong with a pattern or template.
fn raise_error(vm: &mut Vm, e: RegexError, pattern: Value) -> Ctl {
    match e {
        RegexError::Pattern(message, pos) => {
            let class = vm.module_state.get("re.error").copied().unwrap_or(Value::NONE);
            let message = vm.new_str(&message);
            let (pattern, pos) = match pos {
                Some(p) => (pattern, Value::small(p as i64)),
                None => (Value::NONE, Value::NONE),
            };
            match vm.prelude_call::<Value>("re_error", &[class, message, pattern, pos]) {
                Err(c) => c,
                Ok(v) => Ctl::Raise(v),
            }
        }
        RegexError::Value(message) => vm.value_error(message),
        RegexError::Overflow(message) => vm.overflow_error(message),
        RegexError::Index(message) => {
            let class = vm.types.IndexError;
            vm.raise(class, &message)
        }
        RegexError::Depth => vm.recursion_error("maximum recursion depth exceeded"),
    }
}

/// What is searched, as bytes.
struct Text<'a> {
    bytes: Cow<'a, [u8]>,
    is_text: bool,
    /// Not every byte is a character.
    wide: bool,
}

/// The text of a string or of something like bytes.
fn text_of<'a>(v: Value) -> Option<Text<'a>> {
    let narrow = |bytes| Some(Text { bytes, is_text: false, wide: false });
    match v.view() {
        View::Bytes(b) => {
            // The object outlives the native that looks at it; see rule 2 of the floor `vm`.
            narrow(Cow::Owned(b.items().to_vec()))
        }
        View::ByteArray(b) => narrow(Cow::Owned(b.bytes.borrow().clone())),
        _ => {
            if let Some(m) = crate::object::memoryview::view_of(v) {
                return narrow(Cow::Owned(m.to_bytes()));
            }
            let s = v.cast::<Str>()?;
            Some(Text { bytes: Cow::Borrowed(s.as_str().as_bytes()), is_text: true, wide: !s.is_ascii() })
        }
    }
}

/// The byte offset of character `i` in a text.
fn byte_of(v: Value, i: usize) -> usize {
    match v.cast::<Str>() {
        Some(s) => s.byte_of(i.min(s.nchars())),
        None => i,
    }
}
