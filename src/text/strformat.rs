//! Templates of `str.format`: the pieces and the replacement fields. Pure; see `text`.
//!
//! Invariant: pieces, accessors and errors come in the order in which CPython meets them; the caller looks up arguments between.
//! ("Format String Syntax" of the `string` module; wording of `Objects/stringlib/unicode_format.h`.)

use super::{TextError, TextResult};

/// How deep specs may nest: a field within the spec of a field, and no deeper.
pub const MAX_DEPTH: usize = 2;

/// A piece of a template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'t> {
    /// Text that stands for itself; `{{` and `}}` are one brace already.
    Literal(&'t str),
    /// A replacement field.
    Field(Field<'t>),
}

/// A replacement field: `{name[.attribute][[index]]...[!conversion][:spec]}`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Field<'t> {
    /// The name up to the first `.` or `[`; may be empty. See [`AutoNumber::resolve`].
    pub first: &'t str,
    /// The accessors that follow, still in text; see [`Field::accessors`].
    pub rest: &'t str,
    /// The character after `!`; see [`Field::conversion`].
    pub conversion: Option<char>,
    /// The spec as written.
    pub spec: &'t str,
    /// Whether the spec has fields itself: then [`pieces`] of it, rendered, is the spec.
    pub nested: bool,
}

/// What a field name begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum First<'t> {
    /// A positional argument.
    Index(usize),
    /// A keyword argument.
    Name(&'t str),
}

/// A step from an object to another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Accessor<'t> {
    /// `.name`
    Attribute(&'t str),
    /// `[12]`: an int key.
    Index(i64),
    /// `[text]`: a str key.
    Key(&'t str),
}

/// What `!` asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Conversion {
    /// `!s`
    Str,
    /// `!r`
    Repr,
    /// `!a`
    Ascii,
}

/// The pieces of `template`, which stands `depth` specs deep (0 for the template itself).
/// `ValueError: Max string recursion exceeded` if that is too deep.
pub fn pieces(template: &str, depth: usize) -> TextResult<Pieces<'_>> {
    if depth >= MAX_DEPTH {
        return Err(TextError::value("Max string recursion exceeded"));
    }
    Ok(Pieces { rest: template, field: false })
}

/// Iterates over the pieces of a template; after an error there is nothing more.
#[derive(Clone, Debug)]
pub struct Pieces<'t> {
    rest: &'t str,
    /// A field begins at `rest`: its brace has been taken.
    field: bool,
}

impl<'t> Iterator for Pieces<'t> {
    type Item = TextResult<Piece<'t>>;

    fn next(&mut self) -> Option<TextResult<Piece<'t>>> {
        let piece = if std::mem::take(&mut self.field) { self.field().map(Piece::Field) } else { self.literal()? };
        if piece.is_err() {
            self.rest = "";
        }
        Some(piece)
    }
}

impl<'t> Pieces<'t> {
    /// The literal text before the next field; the field itself, if there is none.
    fn literal(&mut self) -> Option<TextResult<Piece<'t>>> {
        if self.rest.is_empty() {
            return None;
        }
        let text = self.rest;
        let Some(at) = memchr::memchr2(b'{', b'}', text.as_bytes()) else {
            self.rest = "";
            return Some(Ok(Piece::Literal(text)));
        };
        let brace = text.as_bytes()[at];
        self.rest = &text[at + 1..];
        match self.rest.as_bytes().first() {
            Some(&next) if next == brace => {
                self.rest = &self.rest[1..];
                return Some(Ok(Piece::Literal(&text[..=at])));
            }
            _ if brace == b'}' => return Some(Err(TextError::value("Single '}' encountered in format string"))),
            None => return Some(Err(TextError::value("Single '{' encountered in format string"))),
            Some(_) => {}
        }
        if at > 0 {
            // A malformed field fails before the text in front of it is of use, but nothing can tell the difference.
            self.field = true;
            return Some(Ok(Piece::Literal(&text[..at])));
        }
        Some(self.field().map(Piece::Field))
    }

    /// Reads a field whose `{` has been taken.
    fn field(&mut self) -> TextResult<Field<'t>> {
        let text = self.rest;
        let (end, mark) = name_end(text)?;
        let name = &text[..end];
        let split = name.find(['.', '[']).unwrap_or(name.len());
        let (first, rest) = name.split_at(split);
        let mut field = Field { first, rest, conversion: None, spec: "", nested: false };
        let mut after = &text[end + 1..];
        if mark == b'}' {
            self.rest = after;
            return Ok(field);
        }
        if mark == b'!' {
            let mut chars = after.chars();
            field.conversion = chars.next();
            if field.conversion.is_none() {
                return Err(TextError::value("end of string while looking for conversion specifier"));
            }
            after = chars.as_str();
            match chars.next() {
                Some('}') => {
                    self.rest = chars.as_str();
                    return Ok(field);
                }
                Some(':') => after = chars.as_str(),
                Some(_) => return Err(TextError::value("expected ':' after conversion specifier")),
                None => {}
            }
        }
        let mut depth = 1usize;
        for (i, b) in after.bytes().enumerate() {
            match b {
                b'{' => {
                    field.nested = true;
                    depth += 1;
                }
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                field.spec = &after[..i];
                self.rest = &after[i + 1..];
                return Ok(field);
            }
        }
        Err(TextError::value("unmatched '{' in format spec"))
    }
}

/// Where a field name ends, and by what: `}`, `:` or `!` outside of brackets.
fn name_end(text: &str) -> TextResult<(usize, u8)> {
    let mut in_brackets = false;
    for (i, b) in text.bytes().enumerate() {
        match b {
            b']' if in_brackets => in_brackets = false,
            _ if in_brackets => {}
            b'[' => in_brackets = true,
            b'{' => return Err(TextError::value("unexpected '{' in field name")),
            b'}' | b':' | b'!' => return Ok((i, b)),
            _ => {}
        }
    }
    Err(TextError::value("expected '}' before end of string"))
}

/// The value of text that is all digits; `None` if it is not.
fn index(text: &str) -> TextResult<Option<usize>> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut value = 0i64;
    for c in text.chars() {
        let Some(digit) = super::unicode::decimal_value(c) else { return Ok(None) };
        value = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(i64::from(digit)))
            .ok_or_else(|| TextError::value("Too many decimal digits in format string"))?;
    }
    Ok(Some(value as usize))
}

impl<'t> Field<'t> {
    /// The steps after the first name. `ValueError`s come in their turn.
    pub fn accessors(&self) -> Accessors<'t> {
        Accessors { rest: self.rest }
    }

    /// The conversion, if any. `ValueError` for one that is not `s`, `r` or `a`.
    pub fn conversion(&self) -> TextResult<Option<Conversion>> {
        Ok(Some(match self.conversion {
            None => return Ok(None),
            Some('s') => Conversion::Str,
            Some('r') => Conversion::Repr,
            Some('a') => Conversion::Ascii,
            Some(c @ '!'..='~') => return Err(TextError::value(format!("Unknown conversion specifier {c}"))),
            Some(c) => return Err(TextError::value(format!("Unknown conversion specifier \\x{:x}", c as u32))),
        }))
    }
}

/// Iterates over the accessors of a field; after an error there is nothing more.
#[derive(Clone, Debug)]
pub struct Accessors<'t> {
    rest: &'t str,
}

impl<'t> Accessors<'t> {
    fn step(&mut self) -> TextResult<Accessor<'t>> {
        let text = std::mem::take(&mut self.rest);
        let empty = || TextError::value("Empty attribute in format string");
        if let Some(text) = text.strip_prefix('.') {
            let (name, rest) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
            if name.is_empty() {
                return Err(empty());
            }
            self.rest = rest;
            return Ok(Accessor::Attribute(name));
        }
        let Some(text) = text.strip_prefix('[') else {
            return Err(TextError::value("Only '.' or '[' may follow ']' in format field specifier"));
        };
        let Some((key, rest)) = text.split_once(']') else {
            return Err(TextError::value("Missing ']' in format string"));
        };
        let index = index(key)?;
        if key.is_empty() {
            return Err(empty());
        }
        self.rest = rest;
        Ok(match index {
            Some(index) => Accessor::Index(index as i64),
            None => Accessor::Key(key),
        })
    }
}

impl<'t> Iterator for Accessors<'t> {
    type Item = TextResult<Accessor<'t>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() { None } else { Some(self.step()) }
    }
}

/// The numbering of fields without a name, shared by a template and its nested specs.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct AutoNumber {
    next: usize,
    mode: Numbering,
}

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Numbering {
    #[default]
    Undecided,
    Automatic,
    Manual,
}

impl AutoNumber {
    /// A numbering that has given no number yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the first name of a field refers to. `ValueError` where `{}` and `{0}` are mixed.
    /// A number past the arguments is the caller's [`index_error`].
    pub fn resolve<'t>(&mut self, field: &Field<'t>) -> TextResult<First<'t>> {
        let index = index(field.first)?;
        let automatic = field.first.is_empty();
        if !automatic && index.is_none() {
            return Ok(First::Name(field.first));
        }
        match (self.mode, automatic) {
            (Numbering::Undecided, true) => self.mode = Numbering::Automatic,
            (Numbering::Undecided, false) => self.mode = Numbering::Manual,
            (Numbering::Manual, true) => {
                return Err(TextError::value(
                    "cannot switch from manual field specification to automatic field numbering",
                ));
            }
            (Numbering::Automatic, false) => {
                return Err(TextError::value(
                    "cannot switch from automatic field numbering to manual field specification",
                ));
            }
            _ => {}
        }
        Ok(First::Index(match index {
            Some(index) => index,
            None => {
                self.next += 1;
                self.next - 1
            }
        }))
    }
}

/// `IndexError: Replacement index ... out of range for positional args tuple`.
pub fn index_error(index: usize) -> TextError {
    let message = format!("Replacement index {index} out of range for positional args tuple");
    TextError::new(super::ErrorKind::Index, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(template: &str) -> Result<Vec<Piece<'_>>, String> {
        let pieces = pieces(template, 0).map_err(|e| e.message.into_owned())?;
        pieces.collect::<TextResult<Vec<_>>>().map_err(|e| e.message.into_owned())
    }

    fn field(template: &str) -> Result<Field<'_>, String> {
        match all(template)?.as_slice() {
            [Piece::Field(field)] => Ok(*field),
            other => Err(format!("{other:?}")),
        }
    }

    #[test]
    fn pieces_of_a_template() {
        assert_eq!(all(""), Ok(vec![]));
        assert_eq!(all("a{{b}}c"), Ok(vec![Piece::Literal("a{"), Piece::Literal("b}"), Piece::Literal("c")]));
        let plain = Field { first: "", rest: "", conversion: None, spec: "", nested: false };
        assert_eq!(all("é{}x"), Ok(vec![Piece::Literal("é"), Piece::Field(plain), Piece::Literal("x")]));
        assert_eq!(
            field("{0.a[b:!].c!r:>{w}}"),
            Ok(Field { first: "0", rest: ".a[b:!].c", conversion: Some('r'), spec: ">{w}", nested: true })
        );
        assert_eq!(all("{0:}}}"), Ok(vec![Piece::Field(Field { first: "0", ..plain }), Piece::Literal("}")]));
        assert_eq!(field("{!r:>5}").map(|f| (f.spec, f.conversion())), Ok((">5", Ok(Some(Conversion::Repr)))));
    }

    #[test]
    fn malformed_templates() {
        for (template, message) in [
            ("{", "Single '{' encountered in format string"),
            ("}", "Single '}' encountered in format string"),
            ("a}b", "Single '}' encountered in format string"),
            ("{a", "expected '}' before end of string"),
            ("{0[}", "expected '}' before end of string"),
            ("{0!}", "unmatched '{' in format spec"),
            ("{0!r", "unmatched '{' in format spec"),
            ("{0!", "end of string while looking for conversion specifier"),
            ("{0!rx}", "expected ':' after conversion specifier"),
            ("{0:{1}", "unmatched '{' in format spec"),
            ("{0:", "unmatched '{' in format spec"),
            ("{a{}", "unexpected '{' in field name"),
        ] {
            assert_eq!(all(template), Err(message.to_owned()), "{template}");
        }
        assert_eq!(pieces("{}", 2).map(|_| ()), Err(TextError::value("Max string recursion exceeded")));
    }

    #[test]
    fn accessors_and_conversions() {
        let steps = |template: &'static str| -> Result<Vec<Accessor<'static>>, String> {
            field(template)?.accessors().collect::<TextResult<_>>().map_err(|e| e.message.into_owned())
        };
        assert_eq!(
            steps("{0.a[1][k.x][-1]}"),
            Ok(vec![Accessor::Attribute("a"), Accessor::Index(1), Accessor::Key("k.x"), Accessor::Key("-1")])
        );
        for (template, message) in [
            ("{0.}", "Empty attribute in format string"),
            ("{0[]}", "Empty attribute in format string"),
            ("{0[0]x}", "Only '.' or '[' may follow ']' in format field specifier"),
            ("{0[99999999999999999999]}", "Too many decimal digits in format string"),
        ] {
            assert_eq!(steps(template), Err(message.to_owned()), "{template}");
        }
        let conversion = |template| field(template).map(|f| f.conversion().map_err(|e| e.message.into_owned()));
        assert_eq!(conversion("{0!z}"), Ok(Err("Unknown conversion specifier z".to_owned())));
        assert_eq!(conversion("{0!é}"), Ok(Err("Unknown conversion specifier \\xe9".to_owned())));
        assert_eq!(conversion("{0!a}"), Ok(Ok(Some(Conversion::Ascii))));
    }

    #[test]
    fn numbering() {
        let resolve = |auto: &mut AutoNumber, template: &'static str| {
            field(template).and_then(|f| auto.resolve(&f).map_err(|e| e.message.into_owned()))
        };
        let mut auto = AutoNumber::new();
        assert_eq!(resolve(&mut auto, "{name}"), Ok(First::Name("name")));
        assert_eq!(resolve(&mut auto, "{}"), Ok(First::Index(0)));
        assert_eq!(resolve(&mut auto, "{.x}"), Ok(First::Index(1)));
        let message = "cannot switch from automatic field numbering to manual field specification";
        assert_eq!(resolve(&mut auto, "{0}"), Err(message.to_owned()));
        let mut manual = AutoNumber::new();
        assert_eq!(resolve(&mut manual, "{\u{0661}}"), Ok(First::Index(1)));
        let message = "cannot switch from manual field specification to automatic field numbering";
        assert_eq!(resolve(&mut manual, "{}"), Err(message.to_owned()));
        assert_eq!(
            resolve(&mut manual, "{99999999999999999999}"),
            Err("Too many decimal digits in format string".to_owned())
        );
    }
}
