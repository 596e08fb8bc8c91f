//! `%`-formatting of `str` and `bytes`: the template's pieces and the layout of each conversion. Pure; see `text`.
//!
//! Invariant: the pieces come in order and each error comes where CPython meets it, so that the caller, which fetches the
//! arguments between them, raises the same error as CPython. ("printf-style String Formatting" of the library reference.)

use std::ops::Range;

use dashu_int::{IBig, Sign};

use super::format::{Layout, char_count, push_fill, push_magnitude, truncate};
use super::int::push_radix;
use super::{TextError, TextResult};

/// A width or a precision.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Count {
    /// A number in the template.
    Fixed(usize),
    /// `*`: the next argument, which must be an int (`TypeError: * wants int`). See [`Conversion::set_width`].
    Argument,
}

/// The flags of a conversion.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags {
    /// `-`: to the left.
    pub left: bool,
    /// `+`: always a sign.
    pub plus: bool,
    /// A space in the place of a plus.
    pub space: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// `0`: zeros pad numbers.
    pub zero: bool,
}

/// A conversion: `%[(key)][flags][width][.precision][hlL]type`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conversion {
    /// Where the mapping key stands in the template, without its parentheses.
    pub key: Option<Range<usize>>,
    /// The flags.
    pub flags: Flags,
    /// The least width.
    pub width: Option<Count>,
    /// The precision; a point without digits is 0.
    pub precision: Option<Count>,
    /// The type: for text any character may stand here, and [`Conversion::unsupported`] is the error for an unknown one.
    pub ty: char,
    /// Where an unknown type stands, in characters (for `bytes` in bytes).
    pub index: usize,
}

/// A piece of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Piece {
    /// Text that stands for itself: where it lies in the template. `%%` gives a piece of one `%`.
    Literal(Range<usize>),
    /// A conversion.
    Conversion(Conversion),
}

/// Iterates over the pieces of a template; after an error there is nothing more.
#[derive(Clone, Debug)]
pub struct Pieces<'t> {
    text: &'t [u8],
    at: usize,
    utf8: bool,
}

/// The pieces of a `str` template. Ranges are byte ranges on character boundaries.
pub fn pieces(template: &str) -> Pieces<'_> {
    Pieces { text: template.as_bytes(), at: 0, utf8: true }
}

/// The pieces of a `bytes` template.
pub fn byte_pieces(template: &[u8]) -> Pieces<'_> {
    Pieces { text: template, at: 0, utf8: false }
}

impl Iterator for Pieces<'_> {
    type Item = TextResult<Piece>;

    fn next(&mut self) -> Option<TextResult<Piece>> {
        let rest = self.text.get(self.at..)?;
        if rest.is_empty() {
            return None;
        }
        let start = self.at;
        let literal = memchr::memchr(b'%', rest).unwrap_or(rest.len());
        if literal > 0 {
            self.at += literal;
            return Some(Ok(Piece::Literal(start..self.at)));
        }
        if rest.get(1) == Some(&b'%') {
            self.at += 2;
            return Some(Ok(Piece::Literal(start..start + 1)));
        }
        self.at += 1;
        let result = self.conversion();
        if result.is_err() {
            self.at = self.text.len();
        }
        Some(result.map(Piece::Conversion))
    }
}

impl Pieces<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn conversion(&mut self) -> TextResult<Conversion> {
        let key = self.key()?;
        let mut flags = Flags::default();
        while let Some(b) = self.peek() {
            match b {
                b'-' => flags.left = true,
                b'+' => flags.plus = true,
                b' ' => flags.space = true,
                b'#' => flags.alternate = true,
                b'0' => flags.zero = true,
                _ => break,
            }
            self.at += 1;
        }
        let width = self.count("width too big")?;
        let mut precision = None;
        if self.peek() == Some(b'.') {
            self.at += 1;
            precision = self.count("precision too big")?.or(Some(Count::Fixed(0)));
        }
        if matches!(self.peek(), Some(b'h' | b'l' | b'L')) {
            self.at += 1;
        }
        let incomplete = || TextError::value("incomplete format");
        let index = self.at;
        let rest = self.text.get(self.at..).unwrap_or_default();
        let (ty, index) = if self.utf8 {
            // The template was a `str`, and only ASCII has been read since a boundary.
            let ty = rest.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()).ok_or_else(incomplete)?;
            // Only the message about an unknown type says where it stands.
            let known = b"diuoxXeEfFgGcrsa".contains(&(ty as u32).min(0xff).try_into().unwrap_or(0));
            let index = if known { 0 } else { self.text[..index].iter().filter(|&&b| b & 0xc0 != 0x80).count() };
            (ty, index)
        } else {
            (*rest.first().ok_or_else(incomplete)? as char, index)
        };
        self.at += if self.utf8 { ty.len_utf8() } else { 1 };
        Ok(Conversion { key, flags, width, precision, ty, index })
    }

    fn key(&mut self) -> TextResult<Option<Range<usize>>> {
        if self.peek() != Some(b'(') {
            return Ok(None);
        }
        let start = self.at + 1;
        let mut depth = 0usize;
        for (i, b) in self.text[self.at..].iter().enumerate() {
            match b {
                b'(' => depth += 1,
                b')' => depth -= 1,
                _ => continue,
            }
            if depth == 0 {
                let end = self.at + i;
                self.at = end + 1;
                return Ok(Some(start..end));
            }
        }
        Err(TextError::value("incomplete format key"))
    }

    fn count(&mut self, too_big: &'static str) -> TextResult<Option<Count>> {
        if self.peek() == Some(b'*') {
            self.at += 1;
            return Ok(Some(Count::Argument));
        }
        let mut value = None;
        while let Some(b) = self.peek().filter(u8::is_ascii_digit) {
            let next = value.unwrap_or(0usize) * 10 + usize::from(b - b'0');
            if next > i32::MAX as usize {
                return Err(TextError::value(too_big));
            }
            value = Some(next);
            self.at += 1;
        }
        Ok(value.map(Count::Fixed))
    }
}

impl Conversion {
    /// Puts the argument of a `*` width in its place; a negative one also means "to the left".
    pub fn set_width(&mut self, width: i64) -> TextResult<()> {
        self.flags.left |= width < 0;
        let width = usize::try_from(width.unsigned_abs()).ok().filter(|&width| width <= i32::MAX as usize);
        let width = width.ok_or_else(|| TextError::overflow("Python int too large to convert to C int"))?;
        self.width = Some(Count::Fixed(width));
        Ok(())
    }

    /// Puts the argument of a `*` precision in its place; a negative one is 0.
    pub fn set_precision(&mut self, precision: i64) -> TextResult<()> {
        let precision = usize::try_from(precision.max(0)).ok().filter(|&precision| precision <= i32::MAX as usize);
        let precision = precision.ok_or_else(|| TextError::overflow("Python int too large to convert to C int"))?;
        self.precision = Some(Count::Fixed(precision));
        Ok(())
    }

    /// `ValueError: unsupported format character ...`, for a type that is none of `diuoxXeEfFgGcrsa` (for `bytes` also `b`).
    pub fn unsupported(&self) -> TextError {
        let shown = if matches!(self.ty, '\x1f'..='\x7e') { self.ty } else { '?' };
        TextError::value(format!(
            "unsupported format character '{shown}' (0x{:x}) at index {}",
            self.ty as u32, self.index
        ))
    }

    fn width_value(&self) -> usize {
        match self.width {
            Some(Count::Fixed(width)) => width,
            _ => 0,
        }
    }

    fn precision_value(&self) -> Option<usize> {
        match self.precision {
            Some(Count::Fixed(precision)) => Some(precision),
            _ => None,
        }
    }

    /// The sign to show.
    fn sign(&self, negative: bool) -> &'static str {
        match (negative, self.flags.plus, self.flags.space) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        }
    }

    /// Appends `before` and `text` in the field: zeros go between the two, spaces around both.
    fn push_field(&self, sign: &str, prefix: &str, text: &str, zeros: bool, out: &mut String) {
        let padding = self.width_value().saturating_sub(sign.len() + prefix.len() + char_count(text));
        if !zeros && !self.flags.left {
            push_fill(' ', padding, out);
        }
        out.push_str(sign);
        out.push_str(prefix);
        if zeros && !self.flags.left {
            push_fill('0', padding, out);
        }
        out.push_str(text);
        if self.flags.left {
            push_fill(' ', padding, out);
        }
    }

    /// Appends text: `%s`, `%r`, `%a` of the argument's `str`, `repr` or `ascii`. The precision cuts it.
    pub fn push_str(&self, text: &str, out: &mut String) {
        let text = match self.precision_value() {
            Some(precision) => truncate(text, precision),
            None => text,
        };
        if self.width.is_none() {
            return out.push_str(text);
        }
        self.push_field("", "", text, false, out);
    }

    /// Appends `%c`: a character, which no precision cuts.
    pub fn push_char(&self, c: char, out: &mut String) {
        self.push_field("", "", c.encode_utf8(&mut [0; 4]), false, out);
    }

    /// Appends `%d`, `%i`, `%u`, `%o`, `%x`, `%X` of an integer. `ValueError` past `limit` decimal digits.
    pub fn push_int(&self, n: &IBig, limit: usize, out: &mut String) -> TextResult<()> {
        let (radix, upper) = match self.ty {
            'o' => (8, false),
            'x' => (16, false),
            'X' => (16, true),
            _ => (10, false),
        };
        let negative = n.sign() == Sign::Negative;
        let mut digits = String::new();
        if radix == 10 {
            super::int::push_int(n, limit, &mut digits)?;
        } else {
            push_radix(n, radix, upper, &mut digits);
        }
        self.push_digits(negative, digits.trim_start_matches('-'), out);
        Ok(())
    }

    /// [`push_int`](Self::push_int) of a small integer; it needs no memory of its own.
    pub fn push_i64(&self, n: i64, out: &mut String) {
        let (radix, upper) = match self.ty {
            'o' => (8, false),
            'x' => (16, false),
            'X' => (16, true),
            _ => (10, false),
        };
        if radix == 10 {
            return self.push_digits(n < 0, itoa::Buffer::new().format(n.unsigned_abs()), out);
        }
        self.push_digits(n < 0, super::int::digits_u64(n.unsigned_abs(), radix, upper, &mut [0; 64]), out);
    }

    fn push_digits(&self, negative: bool, digits: &str, out: &mut String) {
        let prefix = match self.ty {
            _ if !self.flags.alternate => "",
            'o' => "0o",
            'x' => "0x",
            'X' => "0X",
            _ => "",
        };
        let sign = self.sign(negative);
        match self.precision_value() {
            Some(precision) if precision > digits.len() => {
                let mut padded = String::new();
                push_fill('0', precision - digits.len(), &mut padded);
                padded.push_str(digits);
                self.push_field(sign, prefix, &padded, self.flags.zero, out);
            }
            _ => self.push_field(sign, prefix, digits, self.flags.zero, out),
        }
    }

    /// Appends `%e`, `%E`, `%f`, `%F`, `%g`, `%G` of a float.
    pub fn push_float(&self, x: f64, out: &mut String) {
        let layout = Layout {
            code: self.ty.to_ascii_lowercase() as u8,
            precision: self.precision_value().unwrap_or(6),
            alternate: self.flags.alternate,
            add_dot_0: false,
            upper: self.ty.is_ascii_uppercase(),
        };
        let sign = self.sign(x.is_sign_negative() && !x.is_nan());
        if self.width.is_none() {
            out.push_str(sign);
            return push_magnitude(x, layout, out);
        }
        let mut text = String::new();
        push_magnitude(x, layout, &mut text);
        self.push_field(sign, "", &text, self.flags.zero, out);
    }

    /// Appends `%s` or `%b` of bytes to a `bytes` result; the precision cuts them. The other conversions of `bytes` render ASCII
    /// text with the functions for `str`.
    pub fn push_bytes(&self, bytes: &[u8], out: &mut Vec<u8>) {
        let cut = self.precision_value().map_or(bytes.len(), |precision| precision.min(bytes.len()));
        self.push_byte_field(&bytes[..cut], out);
    }

    /// Appends `%c` of a `bytes` template: one byte.
    pub fn push_byte(&self, byte: u8, out: &mut Vec<u8>) {
        self.push_byte_field(&[byte], out);
    }

    fn push_byte_field(&self, bytes: &[u8], out: &mut Vec<u8>) {
        let padding = self.width_value().saturating_sub(bytes.len());
        let (before, after) = if self.flags.left { (0, padding) } else { (padding, 0) };
        out.extend(std::iter::repeat_n(b' ', before));
        out.extend_from_slice(bytes);
        out.extend(std::iter::repeat_n(b' ', after));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Formats one number, text or character with every conversion of `template`.
    fn render(template: &str, n: i64, x: f64, text: &str) -> Result<String, String> {
        let mut out = String::new();
        for piece in pieces(template) {
            match piece.map_err(|e| e.message.into_owned())? {
                Piece::Literal(range) => out.push_str(&template[range]),
                Piece::Conversion(conversion) => match conversion.ty {
                    'd' | 'i' | 'u' | 'o' | 'x' | 'X' => {
                        let mut other = String::new();
                        conversion.push_int(&IBig::from(n), 4300, &mut other).map_err(|e| e.message.into_owned())?;
                        let start = out.len();
                        conversion.push_i64(n, &mut out);
                        assert_eq!(other, out[start..]);
                    }
                    'e' | 'E' | 'f' | 'F' | 'g' | 'G' => conversion.push_float(x, &mut out),
                    's' | 'r' | 'a' => conversion.push_str(text, &mut out),
                    'c' => conversion.push_char(text.chars().next().unwrap_or(' '), &mut out),
                    _ => return Err(conversion.unsupported().message.into_owned()),
                },
            }
        }
        Ok(out)
    }

    #[test]
    fn conversions() {
        for (template, expected) in [
            ("100%% %d", "100% -5"),
            ("%5d|%-5d|%05d|%+d|% d", "   -5|-5   |-0005|-5|-5"),
            ("%.3d|%8.3d|%08.3d|%-8.3d|", "-005|    -005|-0000005|-005    |"),
            ("%x|%#x|%#X|%#o|%#10x|%#010x|%-#8x|", "-5|-0x5|-0X5|-0o5|      -0x5|-0x0000005|-0x5    |"),
            ("%#.3x|%ld|%hd|%Ld", "-0x005|-5|-5|-5"),
            ("%f|%.2f|%10.3f|%-10.1f|%010.2f|%+f", "1234.500000|1234.50|  1234.500|1234.5    |0001234.50|+1234.500000"),
            ("%e|%.0e|%#.0f|%g|%G|%.3g|% f", "1.234500e+03|1e+03|1234.|1234.5|1234.5|1.23e+03| 1234.500000"),
            ("%s|%5s|%-5s|%.2s|%05s|%c|%.3c|%3c", "été|  été|été  |ét|  été|é|é|  é"),
        ] {
            assert_eq!(render(template, -5, 1234.5, "été").as_deref(), Ok(expected), "{template}");
        }
        assert_eq!(render("%010f|%-10f|%F|%+e", 0, f64::INFINITY, "").as_deref(), Ok("0000000inf|inf       |INF|+inf"));
        assert_eq!(render("%.0x|%#x|%+d|% d|%+#010.4x", 255, 0.0, "").as_deref(), Ok("ff|0xff|+255| 255|+0x00000ff"));
    }

    #[test]
    fn errors() {
        for (template, message) in [
            ("%", "incomplete format"),
            ("a%5", "incomplete format"),
            ("%.", "incomplete format"),
            ("%(a)", "incomplete format"),
            ("%(a", "incomplete format key"),
            ("%y", "unsupported format character 'y' (0x79) at index 1"),
            ("éé%é", "unsupported format character '?' (0xe9) at index 3"),
            ("%5%", "unsupported format character '%' (0x25) at index 2"),
            ("%\n", "unsupported format character '?' (0xa) at index 1"),
            ("%99999999999d", "width too big"),
            ("%.99999999999d", "precision too big"),
        ] {
            assert_eq!(render(template, 1, 1.0, ""), Err(message.to_owned()), "{template}");
        }
    }

    #[test]
    fn keys_and_stars() {
        let template = "%(a(b)c)-*.*f";
        let piece = pieces(template).next();
        let Some(Ok(Piece::Conversion(mut conversion))) = piece else { panic!("{piece:?}") };
        assert_eq!(conversion.key.clone().map(|key| &template[key]), Some("a(b)c"));
        assert_eq!((conversion.width, conversion.precision), (Some(Count::Argument), Some(Count::Argument)));
        assert_eq!(conversion.set_width(-8), Ok(()));
        assert_eq!(conversion.set_precision(-3), Ok(()));
        let mut out = String::new();
        conversion.push_float(2.5, &mut out);
        assert_eq!(out, "2       ");
        assert!(conversion.set_width(1 << 40).is_err());
    }

    #[test]
    fn bytes() {
        let template = b"\xff%5s|%-4b|%.1s|%c";
        let mut out = Vec::new();
        for piece in byte_pieces(template) {
            match piece {
                Ok(Piece::Literal(range)) => out.extend_from_slice(&template[range]),
                Ok(Piece::Conversion(c)) if c.ty == 'c' => c.push_byte(0xfe, &mut out),
                Ok(Piece::Conversion(c)) => c.push_bytes(b"ab", &mut out),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(out, b"\xff   ab|ab  |a|\xfe");
    }
}
