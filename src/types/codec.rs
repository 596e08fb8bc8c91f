//! `encode` and `decode` with their exceptions. Floor 7.

use crate::object::Str;
use crate::text::codec::{self, CodecError, Encoding, Handler};
use crate::value::Value;
use crate::vm::{Args, Ctl, Res, Vm};

/// The encoding and the handler of arguments `i` and `i + 1`; `function` is for messages.
fn codec_args(vm: &mut Vm, args: Args<'_>, i: usize, function: &str) -> Res<(Encoding, Option<Handler>, String)> {
    let mut names = [String::from("utf-8"), String::from("strict")];
    for (n, what) in ["encoding", "errors"].into_iter().enumerate() {
        let Some(v) = args.get(i + n) else { continue };
        match v.cast::<Str>() {
            Some(s) => names[n] = s.as_str().to_owned(),
            None => {
                let got = vm.class_name(v);
                return Err(vm.type_error(format!("{function}() argument '{what}' must be str, not {got}")));
            }
        }
    }
    let [encoding, errors] = names;
    match Encoding::named(&encoding) {
        Some(e) => Ok((e, Handler::named(&errors), errors)),
        None => Err(vm.lookup_error(format!("unknown encoding: {encoding}"))),
    }
}

#[cold]
fn failed(vm: &mut Vm, e: Option<CodecError>, errors: &str, object: Value, encoding: bool) -> Ctl {
    let Some(e) = e else { return vm.lookup_error(format!("unknown error handler name '{errors}'")) };
    if e.unhandled {
        return vm.type_error("don't know how to handle UnicodeDecodeError in error callback");
    }
    let class = if encoding { vm.types.UnicodeEncodeError } else { vm.types.UnicodeDecodeError };
    let (name, reason) = (vm.new_str(e.encoding), vm.new_str(e.reason));
    vm.raise_with(class, &[name, object, Value::small(e.start as i64), Value::small(e.end as i64), reason])
}

/// The bytes of `text`, by the encoding and the handler of arguments `i` and `i + 1`.
pub fn encode(vm: &mut Vm, args: Args<'_>, i: usize, text: Value, function: &str) -> Res<Vec<u8>> {
    let (encoding, handler, errors) = codec_args(vm, args, i, function)?;
    let Some(s) = text.cast::<Str>() else { return Ok(Vec::new()) };
    codec::encode(s.as_str(), encoding, handler).map_err(|e| failed(vm, e, &errors, text, true))
}

/// The text of `bytes`, by the encoding and the handler of arguments `i` and `i + 1`.
pub fn decode(vm: &mut Vm, args: Args<'_>, i: usize, source: Value, function: &str) -> Res<String> {
    let bytes = vm.bytes_of(source).unwrap_or_default();
    let known = codec_args(vm, args, i, function);
    if bytes.is_empty() && args.get(i).is_none_or(|v| v.cast::<Str>().is_some()) {
        return Ok(String::new());
    }
    let (encoding, handler, errors) = known?;
    codec::decode(&bytes, encoding, handler).map_err(|e| {
        let object = vm.new_bytes(&bytes);
        failed(vm, e, &errors, object, false)
    })
}
