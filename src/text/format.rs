//! The format specification mini-language: the spec itself; what it does to numbers is in [`number`]. Pure; see `text`.
//!
//! Invariant: a spec that parses names a width and a precision that are safe to allocate; nothing is left to trap later.
//! ("Format Specification Mini-Language" of the `string` module; wording of `Python/formatter_unicode.c`.)

use super::{ErrorKind, TextError, TextResult};

mod number;
pub use number::*;

/// Where the text stands in its field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    /// `<`
    Left,
    /// `>`
    Right,
    /// `^`
    Center,
    /// `=`: padding between sign and digits.
    AfterSign,
}

/// What is shown before a number that is not negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignMode {
    /// Nothing was asked for: no sign.
    Default,
    /// `-`: no sign, asked for.
    Minus,
    /// `+`
    Plus,
    /// A space.
    Space,
}

/// The type of the object that is formatted; it decides defaults and what is allowed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `str`
    Str,
    /// `int` and `bool`
    Int,
    /// `float`
    Float,
    /// `complex`
    Complex,
}

impl Kind {
    /// The name of the type in messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Str => "str",
            Kind::Int => "int",
            Kind::Float => "float",
            Kind::Complex => "complex",
        }
    }
}

/// A parsed specification: `[[fill]align][sign]["z"]["#"]["0"][width][grouping]["." precision][type]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Spec {
    /// What pads.
    pub fill: char,
    /// Where the text stands; the default depends on the kind.
    pub align: Align,
    /// Sign of numbers that are not negative.
    pub sign: SignMode,
    /// `z`: no minus before a zero.
    pub no_negative_zero: bool,
    /// `#`: the alternate form.
    pub alternate: bool,
    /// The least width in characters.
    pub width: Option<usize>,
    /// `,` or `_` between groups of digits.
    pub grouping: Option<char>,
    /// Digits after the point, or in all, or characters kept.
    pub precision: Option<usize>,
    /// The presentation type, if given.
    pub ty: Option<char>,
}

/// The widest field and the most digits that are handed out: more is `MemoryError`.
const MAX_WIDTH: usize = 1 << 31;

impl Spec {
    /// The spec of an empty string.
    pub fn empty(kind: Kind) -> Spec {
        Spec {
            fill: ' ',
            align: if kind == Kind::Str { Align::Left } else { Align::Right },
            sign: SignMode::Default,
            no_negative_zero: false,
            alternate: false,
            width: None,
            grouping: None,
            precision: None,
            ty: None,
        }
    }

    /// Parses `spec` for an object of `kind`, whose type has the name `type_name` (it appears in messages: `bool`, a subclass).
    /// `ValueError` for what does not follow the grammar.
    pub fn parse(spec: &str, kind: Kind, type_name: &str) -> TextResult<Spec> {
        let mut this = Spec::empty(kind);
        let mut rest = spec;
        let mut chars = spec.chars();
        let (first, second) = (chars.next(), chars.next());
        let mut aligned = false;
        let mut filled = false;
        if let (Some(fill), Some(align)) = (first, second.and_then(alignment)) {
            (this.fill, this.align) = (fill, align);
            (aligned, filled) = (true, true);
            rest = chars.as_str();
        } else if let Some(align) = first.and_then(alignment) {
            this.align = align;
            aligned = true;
            rest = &rest[1..];
        }
        let mut take = |wanted: char| match rest.strip_prefix(wanted) {
            Some(after) => {
                rest = after;
                true
            }
            None => false,
        };
        if take('+') {
            this.sign = SignMode::Plus;
        } else if take(' ') {
            this.sign = SignMode::Space;
        } else if take('-') {
            this.sign = SignMode::Minus;
        }
        this.no_negative_zero = take('z');
        this.alternate = take('#');
        if !filled && take('0') {
            this.fill = '0';
            if !aligned && kind != Kind::Str {
                this.align = Align::AfterSign;
            }
        }
        (this.width, rest) = number(rest)?;
        if let Some(after) = rest.strip_prefix(',') {
            (this.grouping, rest) = (Some(','), after);
        }
        if let Some(after) = rest.strip_prefix('_') {
            if this.grouping.is_some() {
                return Err(TextError::value("Cannot specify both ',' and '_'."));
            }
            (this.grouping, rest) = (Some('_'), after);
        }
        if this.grouping == Some('_') && rest.starts_with(',') {
            return Err(TextError::value("Cannot specify both ',' and '_'."));
        }
        if let Some(after) = rest.strip_prefix('.') {
            (this.precision, rest) = number(after)?;
            if this.precision.is_none() {
                return Err(TextError::value("Format specifier missing precision"));
            }
        }
        let mut chars = rest.chars();
        this.ty = chars.next();
        if !chars.as_str().is_empty() {
            let message = format!("Invalid format specifier '{spec}' for object of type '{type_name}'");
            return Err(TextError::value(message));
        }
        if let Some(separator) = this.grouping {
            this.check_grouping(separator, kind)?;
        }
        if this.width.is_some_and(|width| width > MAX_WIDTH) {
            return Err(TextError::new(ErrorKind::Memory, ""));
        }
        Ok(this)
    }

    fn check_grouping(&self, separator: char, kind: Kind) -> TextResult<()> {
        let ty = match (self.ty, kind) {
            (None, Kind::Str) => 's',
            (None, _) => return Ok(()),
            (Some(ty), _) => ty,
        };
        match ty {
            'd' | 'e' | 'f' | 'g' | 'E' | 'G' | '%' | 'F' => Ok(()),
            'b' | 'o' | 'x' | 'X' if separator == '_' => Ok(()),
            _ if is_visible(ty) => Err(TextError::value(format!("Cannot specify '{separator}' with '{ty}'."))),
            _ => Err(TextError::value(format!("Cannot specify '{separator}' with '\\x{:x}'.", ty as u32))),
        }
    }

    /// Whether the padding starts and ends with nothing: no width at all.
    pub(super) fn pads(&self, len: usize) -> bool {
        self.width.is_some_and(|width| width > len)
    }
}

/// A message shows a type character itself, or by its code.
fn is_visible(c: char) -> bool {
    matches!(c, '!'..='\x7f')
}

/// `ValueError: Unknown format code ...`.
pub(super) fn unknown_code(ty: char, type_name: &str) -> TextError {
    TextError::value(if is_visible(ty) {
        format!("Unknown format code '{ty}' for object of type '{type_name}'")
    } else {
        format!("Unknown format code '\\x{:x}' for object of type '{type_name}'", ty as u32)
    })
}

fn alignment(c: char) -> Option<Align> {
    Some(match c {
        '<' => Align::Left,
        '>' => Align::Right,
        '^' => Align::Center,
        '=' => Align::AfterSign,
        _ => return None,
    })
}

/// A run of decimal digits at the start of `text`, and what follows it.
fn number(text: &str) -> TextResult<(Option<usize>, &str)> {
    // Digits of ASCII, and not so many that they could be too many.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits < 18 && text.as_bytes().get(digits).is_none_or(u8::is_ascii) {
        let value = text.bytes().take(digits).fold(0, |n, b| n * 10 + usize::from(b - b'0'));
        return Ok(((digits > 0).then_some(value), &text[digits..]));
    }
    let mut value = None;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let Some(digit) = super::unicode::decimal_value(c) else { break };
        let next = value
            .unwrap_or(0i64)
            .checked_mul(10)
            .and_then(|value| value.checked_add(i64::from(digit)))
            .ok_or_else(|| TextError::value("Too many decimal digits in format string"))?;
        value = Some(next);
        rest = &rest[c.len_utf8()..];
    }
    Ok((value.map(|value| value as usize), rest))
}

/// Appends `count` times `fill`.
pub(super) fn push_fill(fill: char, count: usize, out: &mut String) {
    if fill.is_ascii() && count <= 32 {
        const SPACES: &str = "                                ";
        const ZEROS: &str = "00000000000000000000000000000000";
        match fill {
            ' ' => return out.push_str(&SPACES[..count]),
            '0' => return out.push_str(&ZEROS[..count]),
            _ => {}
        }
    }
    out.extend(std::iter::repeat_n(fill, count));
}

/// Splits `padding` into what goes before and after; for [`Align::AfterSign`] it all goes before.
pub(super) fn split_padding(align: Align, padding: usize) -> (usize, usize) {
    match align {
        Align::Left => (0, padding),
        Align::Center => (padding / 2, padding - padding / 2),
        Align::Right | Align::AfterSign => (padding, 0),
    }
}

/// Appends `format(text, spec)`. `type_name` is that of the object, for messages. `ValueError` for a spec that is not for text.
pub fn format_str(text: &str, spec: &Spec, type_name: &str, out: &mut String) -> TextResult<()> {
    match spec.ty {
        None | Some('s') => {}
        Some(ty) => return Err(unknown_code(ty, type_name)),
    }
    let refused = match spec.sign {
        SignMode::Space => Some("Space not allowed in string format specifier"),
        SignMode::Plus | SignMode::Minus => Some("Sign not allowed in string format specifier"),
        SignMode::Default if spec.no_negative_zero => {
            Some("Negative zero coercion (z) not allowed in string format specifier")
        }
        SignMode::Default if spec.alternate => Some("Alternate form (#) not allowed in string format specifier"),
        SignMode::Default if spec.align == Align::AfterSign => {
            Some("'=' alignment not allowed in string format specifier")
        }
        SignMode::Default => None,
    };
    if let Some(message) = refused {
        return Err(TextError::value(message));
    }
    let text = match spec.precision {
        Some(precision) => truncate(text, precision),
        None => text,
    };
    push_aligned(text, spec, out);
    Ok(())
}

/// The first `count` characters of `text`.
pub(super) fn truncate(text: &str, count: usize) -> &str {
    if text.len() <= count {
        return text;
    }
    if text.is_ascii() {
        return text.get(..count).unwrap_or(text);
    }
    match text.char_indices().nth(count) {
        Some((end, _)) => &text[..end],
        None => text,
    }
}

fn push_aligned(text: &str, spec: &Spec, out: &mut String) {
    // A character has at most as many bytes as it takes; the count is needed only where padding may be.
    let padding = match spec.width {
        Some(width) => width.saturating_sub(char_count(text)),
        None => 0,
    };
    let (before, after) = split_padding(spec.align, padding);
    push_fill(spec.fill, before, out);
    out.push_str(text);
    push_fill(spec.fill, after, out);
}

/// `len(text)` in characters.
pub(super) fn char_count(text: &str) -> usize {
    if text.len() <= 16 && text.is_ascii() { text.len() } else { text.chars().count() }
}

/// Appends `format(text, spec)` for a spec still in text: the common forms (`>6`, `<5`, `^9`, `10`) take a short way.
pub fn format_str_spec(text: &str, spec: &str, out: &mut String) -> TextResult<()> {
    if spec.is_empty() {
        out.push_str(text);
        return Ok(());
    }
    format_str(text, &Spec::parse(spec, Kind::Str, "str")?, "str", out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_str(text: &str, spec: &str) -> Result<String, String> {
        let mut out = String::new();
        format_str_spec(text, spec, &mut out).map(|()| out).map_err(|e| e.message.into_owned())
    }

    #[test]
    fn strings() {
        for (text, spec, expected) in [
            ("ab", "", "ab"),
            ("ab", "5", "ab   "),
            ("ab", ">5", "   ab"),
            ("ab", "^5", " ab  "),
            ("ab", "*^6s", "**ab**"),
            ("abc", ".2", "ab"),
            ("éßü", "-<5.2", "éß---"),
            ("a", "05", "a0000"),
            ("a", "😀>3", "😀😀a"),
            ("日本", ">4", "  日本"),
            ("abc", "\u{0665}", "abc  "),
            ("a", "<<3", "a<<"),
        ] {
            assert_eq!(of_str(text, spec).as_deref(), Ok(expected), "{spec}");
        }
    }

    #[test]
    fn refusals_for_strings() {
        for (spec, message) in [
            ("=5", "'=' alignment not allowed in string format specifier"),
            (",", "Cannot specify ',' with 's'."),
            ("d", "Unknown format code 'd' for object of type 'str'"),
            ("é", "Unknown format code '\\xe9' for object of type 'str'"),
            ("z", "Negative zero coercion (z) not allowed in string format specifier"),
            (" ", "Space not allowed in string format specifier"),
            ("-", "Sign not allowed in string format specifier"),
            ("#", "Alternate form (#) not allowed in string format specifier"),
            (".", "Format specifier missing precision"),
            ("s5", "Invalid format specifier 's5' for object of type 'str'"),
            ("99999999999999999999", "Too many decimal digits in format string"),
        ] {
            assert_eq!(of_str("a", spec), Err(message.to_owned()), "{spec}");
        }
        assert_eq!(Spec::parse("9999999999999", Kind::Int, "int").map_err(|e| e.kind), Err(ErrorKind::Memory));
    }

    #[test]
    fn refusals_for_numbers() {
        for (spec, message) in [
            (",_", "Cannot specify both ',' and '_'."),
            ("_,", "Cannot specify both ',' and '_'."),
            (",,", "Cannot specify ',' with ','."),
            (",x", "Cannot specify ',' with 'x'."),
            ("_n", "Cannot specify '_' with 'n'."),
            (",é", "Cannot specify ',' with '\\xe9'."),
            ("=>>5", "Invalid format specifier '=>>5' for object of type 'int'"),
        ] {
            assert_eq!(Spec::parse(spec, Kind::Int, "int"), Err(TextError::value(message)), "{spec}");
        }
    }
}
