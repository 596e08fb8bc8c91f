//! Escapes and sets of characters in patterns. Pure; see `text`.
//!
//! Invariant: as in `parse`; nothing here opens or closes a group.

use super::*;

impl Parser<'_> {
    /// `\x41`, `\u0041`, `\N{…}` and the like; `None` where the escape is none of them.
    pub(super) fn char_escape(&mut self, c: char) -> Result<Option<u32>> {
        let digits = match c {
            'x' => 2,
            'u' if self.s.is_text => 4,
            'U' if self.s.is_text => 8,
            'N' if self.s.is_text => {
                if !self.s.take('{')? {
                    return Err(self.s.error("missing {", 0));
                }
                let name = self.s.take_until('}', "character name")?;
                return match (self.named_char)(&name) {
                    Some(c) => Ok(Some(c as u32)),
                    None => {
                        let message = format!("undefined character name {}", to_repr(&name));
                        Err(self.s.error(message, name.chars().count() + 4))
                    }
                };
            }
            _ => return Ok(None),
        };
        let hex = self.s.take_while(digits, is_hex)?;
        if hex.len() != digits {
            return Err(self.s.error(format!("incomplete escape \\{c}{hex}"), hex.len() + 2));
        }
        let value = u32::from_str_radix(&hex, 16).unwrap_or(u32::MAX);
        if digits == 8 && value > 0x10_ffff {
            return Err(self.s.error(format!("bad escape \\{c}{hex}"), 10));
        }
        Ok(Some(value))
    }

    fn simple_escape(c: char) -> Option<u32> {
        Some(match c {
            'a' => 7,
            'f' => 12,
            'n' => 10,
            'r' => 13,
            't' => 9,
            'v' => 11,
            '\\' => '\\' as u32,
            _ => return None,
        })
    }

    fn category(c: char) -> Option<(Category, bool)> {
        Some(match c {
            'd' => (Category::Digit, false),
            'D' => (Category::Digit, true),
            's' => (Category::Space, false),
            'S' => (Category::Space, true),
            'w' => (Category::Word, false),
            'W' => (Category::Word, true),
            _ => return None,
        })
    }

    fn octal_value(&self, digits: &str) -> Result<u32> {
        let value = u32::from_str_radix(digits, 8).unwrap_or(u32::MAX);
        if value > 0o377 {
            let message = format!("octal escape value \\{digits} outside of range 0-0o377");
            return Err(self.s.error(message, digits.len() + 1));
        }
        Ok(value)
    }

    pub(super) fn bad_escape<T>(&self, t: Token) -> Result<T> {
        Err(self.s.error(format!("bad escape {}", t.text()), t.len()))
    }

    fn class_escape(&mut self, t: Token) -> Result<Escape> {
        let raw = t.escaped.unwrap_or(0);
        let c = char::from_u32(raw).unwrap_or('\u{fffd}');
        if c == 'b' {
            return Ok(Escape::Char(8));
        }
        if let Some(v) = Self::simple_escape(c) {
            return Ok(Escape::Char(v));
        }
        if let Some((category, negated)) = Self::category(c) {
            return Ok(Escape::Category(category, negated));
        }
        if let Some(v) = self.char_escape(c)? {
            return Ok(Escape::Char(v));
        }
        if is_octal(c) {
            let digits = format!("{c}{}", self.s.take_while(2, is_octal)?);
            return Ok(Escape::Char(self.octal_value(&digits)?));
        }
        if c.is_ascii_alphanumeric() {
            return self.bad_escape(t);
        }
        Ok(Escape::Char(raw))
    }

    pub(super) fn escape(&mut self, t: Token) -> Result<Escape> {
        let raw = t.escaped.unwrap_or(0);
        let c = char::from_u32(raw).unwrap_or('\u{fffd}');
        match c {
            'A' => return Ok(Escape::Place(Place::Fixed(At::Beginning))),
            'Z' => return Ok(Escape::Place(Place::Fixed(At::VeryEnd))),
            'b' => return Ok(Escape::Place(Place::Boundary(true))),
            'B' => return Ok(Escape::Place(Place::Boundary(false))),
            _ => {}
        }
        if let Some((category, negated)) = Self::category(c) {
            return Ok(Escape::Category(category, negated));
        }
        if let Some(v) = Self::simple_escape(c) {
            return Ok(Escape::Char(v));
        }
        if let Some(v) = self.char_escape(c)? {
            return Ok(Escape::Char(v));
        }
        if c == '0' {
            let more = self.s.take_while(2, is_octal)?;
            return Ok(Escape::Char(u32::from_str_radix(&more, 8).unwrap_or(0)));
        }
        if c.is_ascii_digit() {
            let mut digits = String::from(c);
            if let Some(d) = self.s.peek().filter(char::is_ascii_digit) {
                digits.push(d);
                self.s.get()?;
                if let Some(e) = self.s.peek()
                    && is_octal(c)
                    && is_octal(d)
                    && is_octal(e)
                {
                    digits.push(e);
                    self.s.get()?;
                    return Ok(Escape::Char(self.octal_value(&digits)?));
                }
            }
            let group: usize = digits.parse().unwrap_or(usize::MAX);
            if group < self.widths.len() {
                if !self.check_group(group) {
                    return Err(self.s.error("cannot refer to an open group", digits.len() + 1));
                }
                self.check_lookbehind(group)?;
                return Ok(Escape::Backref(group));
            }
            return Err(self.s.error(format!("invalid group reference {group}"), digits.len()));
        }
        if c.is_ascii_alphabetic() {
            return self.bad_escape(t);
        }
        Ok(Escape::Char(raw))
    }

    /// `[…]`, after the bracket.
    pub(super) fn set(&mut self) -> Result<Node> {
        let here = self.s.tell() - 1;
        let mut spec = SetSpec::default();
        if self.s.next_is('[') {
            self.warnings.push(format!("Possible nested set at position {}", self.s.tell()));
        }
        spec.negated = self.s.take('^')?;
        let mut first = true;
        loop {
            let unterminated = |s: &Source<'_>| s.error("unterminated character set", s.tell() - here);
            let Some(t) = self.s.get()? else { return Err(unterminated(&self.s)) };
            if t.is(']') && !first {
                break;
            }
            let low = match t.plain() {
                None => self.class_escape(t)?,
                Some(c) => {
                    if !first && matches!(c, '-' | '&' | '~' | '|') && self.s.next_is(c) {
                        let what = match c {
                            '-' => "difference",
                            '&' => "intersection",
                            '~' => "symmetric difference",
                            _ => "union",
                        };
                        self.warnings.push(format!("Possible set {what} at position {}", self.s.tell() - 1));
                    }
                    Escape::Char(t.first)
                }
            };
            first = false;
            if !self.s.take('-')? {
                spec.items.push(match low {
                    Escape::Category(c, n) => SetItem::Category(c, n),
                    Escape::Char(c) => SetItem::Range(c, c),
                    _ => SetItem::Range(1, 0),
                });
                continue;
            }
            let begin = self.s.tell();
            let Some(that) = self.s.get()? else { return Err(unterminated(&self.s)) };
            if that.is(']') {
                spec.items.push(match low {
                    Escape::Category(c, n) => SetItem::Category(c, n),
                    Escape::Char(c) => SetItem::Range(c, c),
                    _ => SetItem::Range(1, 0),
                });
                spec.items.push(SetItem::Range('-' as u32, '-' as u32));
                break;
            }
            let high = match that.plain() {
                None => self.class_escape(that)?,
                Some(c) => {
                    if c == '-' {
                        self.warnings.push(format!("Possible set difference at position {}", self.s.tell() - 2));
                    }
                    Escape::Char(that.first)
                }
            };
            let _ = begin;
            match (low, high) {
                (Escape::Char(lo), Escape::Char(hi)) if lo <= hi => spec.items.push(SetItem::Range(lo, hi)),
                _ => {
                    let message = format!("bad character range {}-{}", t.text(), that.text());
                    return Err(self.s.error(message, t.len() + 1 + that.len()));
                }
            }
        }
        Ok(Node::Set(spec))
    }
}
