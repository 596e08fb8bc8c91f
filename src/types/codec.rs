//! `encode` and `decode` with their exceptions, and what the prelude needs for handlers and codecs of the program. Floor 7.

use crate::object::{Dict, List, Str};
use crate::text::codec::{self, CodecError, Decoder, Encoder, Encoding, Failure, Handler};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Ctl, Res, Vm};

/// Natives of `prelude/codecs.thr` and of the module `codecs`.
pub const INTRINSICS: &[NativeDef] = &[
    function("_codec_name(encoding, /)", "Its name in `codecs` if it is built in, or None.", codec_name),
    function("_codec_handlers()", "The handlers that the program registered, by name.", handlers),
    function("_codec_searches()", "The search functions that the program registered.", searches),
    function("_encode_step(text, encoding, at, /)", "Bytes up to an error; its place or None.", encode_step),
    function(
        "_decode_step(data, encoding, at, last, /)",
        "Text up to an error, where it ends; the error.",
        decode_step,
    ),
    function("_handle_encode(name, text, encoding, start, end, /)", "A built-in handler.", handle_encode),
    function("_handle_decode(name, data, encoding, start, end, /)", "A built-in handler.", handle_decode),
];

/// Codecs of the library that are not for text: `str.encode` refuses them.
const OTHERS: &[&str] = &["rot13", "rot_13", "hex", "hex_codec", "base64", "base64_codec", "base_64"];

/// The encoding and the handler of arguments `i` and `i + 1`.
struct Wanted {
    /// `None`: not built in.
    encoding: Option<Encoding>,
    handler: Option<Handler>,
    names: [Value; 2],
}

fn wanted(vm: &mut Vm, args: Args<'_>, i: usize, function: &str) -> Res<Wanted> {
    let mut names = [Value::NONE; 2];
    for (n, (what, default)) in [("encoding", "utf-8"), ("errors", "strict")].into_iter().enumerate() {
        names[n] = match args.get(i + n) {
            None => vm.new_str(default),
            Some(v) => match v.cast::<Str>() {
                Some(s) if s.as_str().contains('\0') => return Err(vm.value_error("embedded null character")),
                Some(_) => v,
                None => {
                    let got = if v.is_none() { "None" } else { vm.class_name(v) };
                    return Err(vm.type_error(format!("{function}() argument '{what}' must be str, not {got}")));
                }
            },
        };
    }
    let text = |v: Value| v.cast::<Str>().map_or("", |s| s.as_str());
    Ok(Wanted { encoding: Encoding::named(text(names[0])), handler: Handler::named(text(names[1])), names })
}

/// Checks the types of arguments `i` and `i + 1`, an encoding and a handler.
pub fn check_names(vm: &mut Vm, args: Args<'_>, i: usize, function: &str) -> Res<()> {
    wanted(vm, args, i, function).map(|_| ())
}

impl Wanted {
    fn unknown(&self, vm: &mut Vm, direction: &str) -> Option<Ctl> {
        let name = self.names[0].cast::<Str>().map_or("", |s| s.as_str());
        if OTHERS.contains(&name.to_ascii_lowercase().replace([' ', '-'], "_").as_str()) {
            let message =
                format!("'{name}' is not a text encoding; use codecs.{direction}() to handle arbitrary codecs");
            return Some(vm.lookup_error(message));
        }
        if vm.codec_searches().cast::<List>().is_none_or(|l| l.items.borrow().is_empty()) {
            return Some(vm.lookup_error(format!("unknown encoding: {name}")));
        }
        None
    }
}

#[cold]
fn failed(vm: &mut Vm, e: CodecError, object: Value, encoding: bool) -> Ctl {
    let class = if encoding { vm.types.UnicodeEncodeError } else { vm.types.UnicodeDecodeError };
    let (name, reason) = (vm.new_str(e.encoding), vm.new_str(e.reason));
    vm.raise_with(class, &[name, object, Value::small(e.start as i64), Value::small(e.end as i64), reason])
}

/// The bytes of `text`, by the encoding and the handler of arguments `i` and `i + 1`. Where they are the program's own,
/// `slow` goes on in the prelude: its name and its first argument, before text, encoding and errors.
pub fn encode(
    vm: &mut Vm,
    args: Args<'_>,
    i: usize,
    text: Value,
    function: &str,
    slow: (&'static str, Value),
) -> Res<Vec<u8>> {
    let wanted = wanted(vm, args, i, function)?;
    let Some(s) = text.cast::<Str>() else { return Ok(Vec::new()) };
    let failure = match wanted.encoding {
        Some(encoding) => match codec::encode(s.as_str(), encoding, wanted.handler) {
            Ok(bytes) => return Ok(bytes),
            Err(f) => f,
        },
        None => match wanted.unknown(vm, "encode") {
            Some(e) => return Err(e),
            None => Failure::OtherHandler,
        },
    };
    Err(match failure {
        Failure::Error(e) => failed(vm, e, text, true),
        Failure::WrongDirection => vm.type_error("don't know how to handle UnicodeEncodeError in error callback"),
        Failure::OtherHandler => hand_over(vm, slow, text, wanted.names),
    })
}

/// The text of `bytes`; otherwise as [`encode`].
pub fn decode(
    vm: &mut Vm,
    args: Args<'_>,
    i: usize,
    source: Value,
    function: &str,
    slow: (&'static str, Value),
) -> Res<String> {
    let bytes = vm.bytes_of(source).unwrap_or_default();
    let wanted = wanted(vm, args, i, function)?;
    if bytes.is_empty() {
        return Ok(String::new());
    }
    let failure = match wanted.encoding {
        Some(encoding) => match codec::decode(&bytes, encoding, wanted.handler, true) {
            Ok((text, _)) => return Ok(text),
            Err(f) => f,
        },
        None => match wanted.unknown(vm, "decode") {
            Some(e) => return Err(e),
            None => Failure::OtherHandler,
        },
    };
    Err(match failure {
        Failure::Error(e) => {
            // Behind the mark, as the positions count.
            let skip = wanted
                .encoding
                .and_then(|e| e.begin(&bytes, true))
                .map_or(0, |(e, n)| if e == Encoding::Utf8 { n } else { 0 });
            let object = vm.new_bytes(&bytes[skip..]);
            failed(vm, e, object, false)
        }
        Failure::WrongDirection => vm.type_error("don't know how to handle UnicodeDecodeError in error callback"),
        Failure::OtherHandler => {
            let object = vm.new_bytes(&bytes);
            hand_over(vm, slow, object, wanted.names)
        }
    })
}

fn hand_over(vm: &mut Vm, (name, first): (&'static str, Value), object: Value, names: [Value; 2]) -> Ctl {
    let taken: Res = vm.prelude_call(name, &[first, object, names[0], names[1]]);
    taken.err().unwrap_or_else(|| vm.system_error("the prelude did not take over"))
}

impl Vm {
    /// What `codecs.register` was given.
    fn codec_searches(&mut self) -> Value {
        if let Some(&l) = self.module_state.get("codecs.searches") {
            return l;
        }
        let l = self.new_list(Vec::new());
        self.module_state.insert("codecs.searches", l);
        l
    }
}

/// What `codecs.register` was given.
fn searches(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(vm.codec_searches())
}

/// What `codecs.register_error` was given, by name.
fn handlers(vm: &mut Vm, _: Args<'_>) -> Res {
    if let Some(d) = vm.module_state.get("codecs.handlers").and_then(|v| v.cast::<Dict>()) {
        return Ok(d.value());
    }
    let d = vm.new_dict().value();
    vm.module_state.insert("codecs.handlers", d);
    Ok(d)
}

fn named(vm: &mut Vm, v: Value) -> Res<Encoding> {
    let name = v.cast::<Str>().map_or("", |s| s.as_str());
    match Encoding::named(name) {
        Some(e) => Ok(e),
        None => Err(vm.lookup_error(format!("unknown encoding: {name}"))),
    }
}

/// `CodecInfo.name` of a built-in encoding, or None.
fn codec_name(vm: &mut Vm, args: Args<'_>) -> Res {
    let name = args[0].cast::<Str>().map_or("", |s| s.as_str());
    Ok(match Encoding::named(name) {
        Some(e) => vm.new_str(e.name()),
        None => Value::NONE,
    })
}

/// `(encoding, start, end, reason)` or None.
fn place(vm: &mut Vm, e: Option<CodecError>) -> Value {
    let Some(e) = e else { return Value::NONE };
    let (name, reason) = (vm.new_str(e.encoding), vm.new_str(e.reason));
    vm.new_tuple(&[name, Value::small(e.start as i64), Value::small(e.end as i64), reason])
}

/// `at` below 0: from the beginning, with the mark.
fn encode_step(vm: &mut Vm, args: Args<'_>) -> Res {
    let encoding = named(vm, args[1])?;
    let Some(text) = args[0].cast::<Str>() else { return Err(vm.type_error("a str is required")) };
    let mut coder = match usize::try_from(vm.clamp_int(args[2])) {
        Ok(at) => Encoder::from(text.as_str(), encoding, at, Vec::new()),
        Err(_) => Encoder::new(text.as_str(), encoding),
    };
    let e = coder.run().err();
    let bytes = vm.new_bytes(&coder.into_bytes());
    let e = place(vm, e);
    Ok(vm.new_tuple(&[bytes, e]))
}

/// `at` below 0: from the beginning, where a mark may stand. Gives the text, where it ends, the encoding (which the mark may have
/// told), and the error.
fn decode_step(vm: &mut Vm, args: Args<'_>) -> Res {
    let mut encoding = named(vm, args[1])?;
    let bytes = vm.bytes_of(args[0]).unwrap_or_default();
    let last = args[3] == Value::TRUE;
    let at = match usize::try_from(vm.clamp_int(args[2])) {
        Ok(at) => at,
        Err(_) => match encoding.begin(&bytes, last) {
            Some((e, at)) => {
                encoding = e;
                at
            }
            None => {
                let empty = vm.new_str("");
                return Ok(vm.new_tuple(&[empty, Value::small(0), args[1], Value::NONE]));
            }
        },
    };
    let mut coder = Decoder::new(&bytes, at.min(bytes.len()), encoding, last);
    let e = coder.run().err();
    let (text, end) = coder.finish();
    let (text, name) = (vm.new_str(&text), vm.new_str(encoding.shown()));
    let name = if Encoding::named(encoding.shown()).is_some() { name } else { args[1] };
    let e = place(vm, e);
    Ok(vm.new_tuple(&[text, Value::small(end as i64), name, e]))
}

/// What a built-in handler is asked: its name, the encoding, and the place.
fn asked(vm: &mut Vm, args: Args<'_>) -> Option<(Handler, Encoding, CodecError)> {
    let text = |v: Value| v.cast::<Str>().map_or("", |s| s.as_str());
    // The handler of another codec's error gives what ASCII would.
    let encoding = Encoding::named(text(args[2])).unwrap_or(Encoding::Ascii);
    let index = |v: Value| usize::try_from(vm.clamp_int(v)).unwrap_or(0);
    let e = CodecError { encoding: "", start: index(args[3]), end: index(args[4]), reason: "" };
    Some((Handler::named(text(args[0]))?, encoding, e))
}

/// Text, or bytes, or None to raise the error.
fn handle_encode(vm: &mut Vm, args: Args<'_>) -> Res {
    let Some(text) = args[1].cast::<Str>() else { return Ok(Value::NONE) };
    let Some((handler, encoding, e)) = asked(vm, args) else { return Ok(Value::NONE) };
    if let Some(shown) = handler.text_for(text.substr(e.start, e.end.min(text.nchars()))) {
        return Ok(vm.new_str(&shown));
    }
    Ok(match handler.replace_text(text.as_str(), &e, encoding) {
        Some(r) => vm.new_bytes(&r.bytes),
        None => Value::NONE,
    })
}

/// Text and where to go on, or None to raise the error.
fn handle_decode(vm: &mut Vm, args: Args<'_>) -> Res {
    let bytes = vm.bytes_of(args[1]).unwrap_or_default();
    let Some((handler, encoding, e)) = asked(vm, args) else { return Ok(Value::NONE) };
    match handler.replace_bytes(&bytes, &e, encoding) {
        Ok(Some((text, to))) => {
            let text = vm.new_str(&text);
            Ok(vm.new_tuple(&[text, Value::small(to as i64)]))
        }
        Ok(None) => Ok(Value::NONE),
        Err(()) => Err(vm.type_error("don't know how to handle UnicodeDecodeError in error callback")),
    }
}
