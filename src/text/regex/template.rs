//! Replacement templates: `\1`, `\g<name>`, escapes. Pure; see `text`.

use super::RegexError;
use super::source::Source;
use crate::text::escape::to_repr;

/// A piece of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Part {
    /// Characters as they are.
    Literal(Vec<u32>),
    Group(usize),
}

/// Highest number of a group that may be written.
pub(super) const MAX_GROUPS: u64 = 1 << 30;

/// Parses a template for a pattern with these groups.
pub fn parse_template(
    text: &[u32],
    is_text: bool,
    groups: usize,
    names: &[(String, usize)],
) -> Result<Vec<Part>, RegexError> {
    let mut s = Source::new(text, is_text)?;
    let mut parts = Vec::new();
    let mut literal: Vec<u32> = Vec::new();
    let mut add_group = |literal: &mut Vec<u32>, s: &Source<'_>, n: u64, offset: usize| {
        if n > groups as u64 {
            return Err(s.error(format!("invalid group reference {n}"), offset));
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(std::mem::take(literal)));
        }
        parts.push(Part::Group(n as usize));
        Ok(())
    };
    while let Some(t) = s.get()? {
        let Some(c) = t.escaped else {
            literal.push(t.first);
            continue;
        };
        let escaped = char::from_u32(c).unwrap_or('\u{fffd}');
        match escaped {
            'g' => {
                if !s.take('<')? {
                    return Err(s.error("missing <", 0));
                }
                let name = s.take_until('>', "group name")?;
                let n = name.chars().count() + 1;
                if name.bytes().all(|b| b.is_ascii_digit()) {
                    let index = name.parse().unwrap_or(u64::MAX);
                    if index >= MAX_GROUPS {
                        let shown = name.trim_start_matches('0');
                        return Err(s.error(format!("invalid group reference {shown}"), n));
                    }
                    add_group(&mut literal, &s, index, n)?;
                } else {
                    s.check_group_name(&name, 1)?;
                    match names.iter().find(|(known, _)| *known == name) {
                        Some(&(_, index)) => add_group(&mut literal, &s, index as u64, n)?,
                        None => return Err(RegexError::Index(format!("unknown group name {}", to_repr(&name)))),
                    }
                }
            }
            '0' => {
                let more = s.take_while(2, |c| matches!(c, '0'..='7'))?;
                literal.push(u32::from_str_radix(&more, 8).unwrap_or(0) & 0xff);
            }
            '1'..='9' => {
                let mut digits = String::from(escaped);
                let octal = |c: char| matches!(c, '0'..='7');
                if let Some(d) = s.peek().filter(char::is_ascii_digit) {
                    digits.push(d);
                    s.get()?;
                    if let Some(e) = s.peek()
                        && octal(escaped)
                        && octal(d)
                        && octal(e)
                    {
                        digits.push(e);
                        s.get()?;
                        let value = u32::from_str_radix(&digits, 8).unwrap_or(0);
                        if value > 0o377 {
                            let message = format!("octal escape value \\{digits} outside of range 0-0o377");
                            return Err(s.error(message, digits.len() + 1));
                        }
                        literal.push(value);
                        continue;
                    }
                }
                let n = digits.parse().unwrap_or(u64::MAX);
                add_group(&mut literal, &s, n, digits.len())?;
            }
            'a' => literal.push(7),
            'b' => literal.push(8),
            'f' => literal.push(12),
            'n' => literal.push(10),
            'r' => literal.push(13),
            't' => literal.push(9),
            'v' => literal.push(11),
            '\\' => literal.push('\\' as u32),
            c if c.is_ascii_alphabetic() => return Err(s.error(format!("bad escape \\{c}"), 2)),
            _ => literal.extend(['\\' as u32, c]),
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}
