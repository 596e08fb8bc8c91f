//! From the bytes of a file to text: byte order mark, PEP 263 cookie, invalid bytes. Floor 1.
//!
//! Invariant: a text that leaves here holds neither NUL characters nor a byte order mark.

use super::error::{SyntaxError, SyntaxErrorKind};
use crate::base::span::Span;

fn fail<T>(message: impl Into<String>, at: usize) -> Result<T, SyntaxError> {
    let (kind, message) = (SyntaxErrorKind::SyntaxError, message.into());
    let span = Span::new(at as u32, at as u32);
    Err(SyntaxError { kind, message, span, help: None, incomplete: false })
}

/// Decodes a source file. Spans of its errors count bytes of the file.
pub fn decode_source(bytes: &[u8]) -> Result<String, SyntaxError> {
    let (bom, body) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    if u32::try_from(bytes.len()).is_err() {
        return fail("source code is too large", 0);
    }
    if let Some(at) = body.iter().position(|b| *b == 0) {
        return fail("source code cannot contain null bytes", at);
    }
    let cookie = cookie(body);
    let name = cookie.as_deref().unwrap_or("utf-8");
    match canonical(name) {
        Some("utf-8") => {}
        Some(_) if bom => return fail(format!("encoding problem: {name} with BOM"), 0),
        Some("latin-1") => return Ok(body.iter().map(|&b| b as char).collect()),
        Some(_) => {
            if let Some(at) = body.iter().position(|b| !b.is_ascii()) {
                let b = body[at];
                let why = "ordinal not in range(128)";
                return fail(
                    format!("(unicode error) 'ascii' codec can't decode byte 0x{b:02x} in position {at}: {why}"),
                    at,
                );
            }
        }
        None => return fail(format!("unknown encoding: {name}"), 0),
    }
    match std::str::from_utf8(body) {
        Ok(text) => Ok(text.to_owned()),
        Err(e) => not_utf8(body, e, cookie.is_some() || bom),
    }
}

fn not_utf8(body: &[u8], e: std::str::Utf8Error, declared: bool) -> Result<String, SyntaxError> {
    let at = e.valid_up_to();
    let b = body.get(at).copied().unwrap_or(0);
    let line_start = body[..at].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let lines = body[..at].iter().filter(|b| **b == b'\n').count() + 1;
    let _ = declared;
    let why = match (e.error_len(), b) {
        (None, _) => "unexpected end of data",
        (_, 0x80..=0xc1 | 0xf5..=0xff) => "invalid start byte",
        _ => "invalid continuation byte",
    };
    let range = match e.error_len().unwrap_or(body.len() - at) {
        1 => format!("byte 0x{b:02x} in position {}", at - line_start),
        n => format!("bytes in position {}-{}", at - line_start, at - line_start + n - 1),
    };
    let _ = lines;
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
        assert!(message(b"'\xff'").ends_with("byte 0xff in position 1: invalid start byte"));
    }
}
