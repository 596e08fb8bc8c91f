//! From the bytes of a file to text: byte order mark, PEP 263 cookie, invalid bytes. Floor 1.
//!
//! Invariant: a text that leaves here holds neither NUL characters nor a byte order mark.

use super::error::{Stage, SyntaxError, SyntaxErrorKind};
use crate::base::span::Span;
use crate::text::codec::Encoding;
use crate::text::surrogate;

fn fail<T>(message: impl Into<String>, at: usize) -> Result<T, SyntaxError> {
    let (kind, message) = (SyntaxErrorKind::SyntaxError, message.into());
    let span = Span::new(at as u32, at as u32);
    Err(SyntaxError::new(Stage::Scanner, kind, message, span))
}

/// Decodes a source text. Spans of its errors count its bytes.
pub fn decode_source(bytes: &[u8]) -> Result<String, SyntaxError> {
    decode(bytes, None)
}

/// Decodes the source file `name`: as `decode_source`, with the texts that CPython has for files.
pub fn decode_file(bytes: &[u8], name: &str) -> Result<String, SyntaxError> {
    decode(bytes, Some(name))
}

fn decode(bytes: &[u8], file: Option<&str>) -> Result<String, SyntaxError> {
    let (bom, body) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    if u32::try_from(bytes.len()).is_err() {
        return fail("source code is too large", 0);
    }
    if let Some(at) = body.iter().position(|b| *b == 0) {
        let what = if file.is_some() { "source code" } else { "source code string" };
        return fail(format!("{what} cannot contain null bytes"), at);
    }
    let cookie = cookie(body);
    let name = cookie.as_deref().unwrap_or("utf-8");
    match canonical(name) {
        Some("utf-8") => {}
        Some(kind) if bom => {
            let kind = if kind == "latin-1" { "iso-8859-1" } else { kind };
            return fail(format!("encoding problem: {kind} with BOM"), 0);
        }
        Some("latin-1") => return Ok(body.iter().map(|&b| b as char).collect()),
        Some(_) => {
            if let Some(at) = body.iter().position(|b| !b.is_ascii()) {
                if file.is_some() {
                    return fail(format!("encoding problem: {name}"), at);
                }
                let b = body[at];
                let why = "ordinal not in range(128)";
                return fail(format!("'ascii' codec can't decode byte 0x{b:02x} in position {at}: {why}"), at);
            }
        }
        None if let Some(Encoding::Charmap(map)) = Encoding::named(name)
            && !bom =>
        {
            return match body.iter().map(|&b| map.char_of(b)).collect() {
                Some(text) => Ok(text),
                None => fail(format!("encoding problem: {name}"), 0),
            };
        }
        None if file.is_some() => return fail(format!("encoding problem: {name}"), 0),
        None => return fail(format!("unknown encoding: {name}"), 0),
    }
    match std::str::from_utf8(body) {
        Ok(text) => Ok(surrogate::admit(text).into_owned()),
        Err(e) => not_utf8(body, e.valid_up_to(), if cookie.is_some() || bom { None } else { file }),
    }
}

/// The error for the byte at `at`; `file` is named where it declares no encoding.
fn not_utf8(body: &[u8], at: usize, file: Option<&str>) -> Result<String, SyntaxError> {
    if let Some(file) = file {
        let line = body[..at].iter().filter(|b| **b == b'\n').count() + 1;
        let message = format!(
            "Non-UTF-8 code starting with '\\x{:02x}' in file {file} on line {line}, but no encoding declared; see \
             https://peps.python.org/pep-0263/ for details",
            body[at]
        );
        return fail(message, at);
    }
    // CPython finds out while it decodes a literal, so that positions count from its quote.
    let line = body[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let quote = body[line..at].iter().position(|b| matches!(b, b'\'' | b'"')).map(|i| line + i);
    let start = quote.map_or(line, |q| q + 1);
    let ends = |b: &u8| *b == b'\n' || quote.is_some_and(|q| *b == body[q]);
    let len = body[start..].iter().position(ends).unwrap_or(body.len() - start);
    let piece = &body[start..start + len];
    let Err(e) = std::str::from_utf8(piece) else { return fail("(unicode error) 'utf-8' codec can't decode", at) };
    let first = e.valid_up_to();
    let why = match (e.error_len(), piece[first]) {
        (None, _) => "unexpected end of data",
        (_, 0x80..=0xc1 | 0xf5..=0xff) => "invalid start byte",
        _ => "invalid continuation byte",
    };
    let range = match e.error_len().unwrap_or(piece.len() - first) {
        1 => format!("byte 0x{:02x} in position {first}", piece[first]),
        n => format!("bytes in position {first}-{}", first + n - 1),
    };
    fail(format!("(unicode error) 'utf-8' codec can't decode {range}: {why}"), at)
}

/// The name in a `coding:` comment, which must stand in the first two lines and the second only after a comment.
fn cookie(body: &[u8]) -> Option<String> {
    for line in body.split(|b| matches!(b, b'\n' | b'\r')).take(2) {
        let text = line.iter().position(|b| !matches!(b, b' ' | b'\t' | b'\x0c'));
        let Some(start) = text else { continue };
        if line[start] != b'#' {
            return None;
        }
        let comment = String::from_utf8_lossy(&line[start..]);
        let mut rest: &str = &comment;
        while let Some(at) = rest.find("coding") {
            rest = &rest[at + "coding".len()..];
            let Some(value) = rest.strip_prefix([':', '=']) else { continue };
            let value = value.trim_start_matches([' ', '\t']);
            let end = value
                .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')))
                .unwrap_or(value.len());
            if end > 0 {
                return Some(value[..end].to_owned());
            }
        }
    }
    None
}

/// Which of the encodings that we read `name` means.
fn canonical(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase().replace('_', "-");
    match name.as_str() {
        "utf-8" | "utf8" | "u8" | "utf" | "utf8-ucs2" | "utf8-ucs4" | "cp65001" | "utf-8-sig" => Some("utf-8"),
        "ascii" | "us-ascii" | "646" | "ansi-x3.4-1968" => Some("ascii"),
        "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "8859" | "l1" | "latin" | "cp819" => Some("latin-1"),
        _ if name.starts_with("utf-8-") => Some("utf-8"),
        _ if name.starts_with("latin-1-") || name.starts_with("iso-8859-1-") => Some("latin-1"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        assert_eq!(decode_source(b"\xef\xbb\xbfx").as_deref(), Ok("x"));
        assert_eq!(
            decode_source(b"# -*- coding: latin-1 -*-\n'\xe9'").as_deref(),
            Ok("# -*- coding: latin-1 -*-\n'é'")
        );
        assert!(decode_source(b"# coding: klingon\n").is_err());
        assert!(decode_source(b"a\0b").is_err());
        let message = |b: &[u8]| decode_source(b).map_err(|e| e.message).err().unwrap_or_default();
        assert!(message(b"x = '\xff'").ends_with("byte 0xff in position 0: invalid start byte"));
        assert!(message(b"'abc\xe9'").ends_with("byte 0xe9 in position 3: unexpected end of data"));
        let file = |b: &[u8]| decode_file(b, "f.py").map_err(|e| e.message).err().unwrap_or_default();
        assert!(file(b"\n'\xff'").starts_with("Non-UTF-8 code starting with '\\xff' in file f.py on line 2, but"));
    }
}
