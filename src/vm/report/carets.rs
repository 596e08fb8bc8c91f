//! Which part of a source line a traceback underlines, and how. Floor 5.
//!
//! As CPython 3.13 does it: `~` under the operands and `^` under the operator of a binary operation, `^` under the
//! brackets of a subscript or call, `^` under everything else; nothing where the whole line would be underlined.
//! Invariant: positions are counted in characters.

use std::fmt::Write;

/// Where `^` begins and ends within a segment: line and column of the start, line and column of the end.
pub type Anchors = (usize, usize, usize, usize);

#[derive(Clone, Copy, PartialEq, Debug)]
enum Token {
    Name,
    /// A number or text.
    Atom,
    Open(char),
    Close,
    Op,
}

/// A token: what, where it begins and ends, and for brackets the index of its partner.
struct Item {
    token: Token,
    start: usize,
    end: usize,
    partner: usize,
}

/// The anchors of a segment that is a binary operation, a subscript or a call; `None` for everything else.
pub fn anchors(segment: &str) -> Option<Anchors> {
    let chars: Vec<char> = segment.chars().collect();
    let items = scan(&chars)?;
    let (start, end) = anchor_range(&chars, &items, 0, items.len())?;
    let place = |at: usize| {
        let before = &chars[..at];
        let line = before.iter().filter(|&&c| c == '\n').count();
        let col = before.iter().rev().take_while(|&&c| c != '\n').count();
        (line, col)
    };
    let ((l, c), (m, d)) = (place(start), place(end));
    Some((l, c, m, d))
}

/// Whether the segment is a call; with `of_name`, of a plain name.
fn is_call(segment: &str, of_name: bool) -> bool {
    let chars: Vec<char> = segment.chars().collect();
    let Some(items) = scan(&chars) else { return false };
    if binary_operator(&chars, &items, 0, items.len()) != Some(None) {
        return false;
    }
    let Some(last) = items.last() else { return false };
    if last.token != Token::Close || chars.get(last.start) != Some(&')') || last.partner == 0 {
        return false;
    }
    !of_name || (last.partner == 1 && items[0].token == Token::Name)
}

fn scan(chars: &[char]) -> Option<Vec<Item>> {
    let mut items: Vec<Item> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut i = 0;
    while let Some(&c) = chars.get(i) {
        let start = i;
        match c {
            '#' => {
                while chars.get(i).is_some_and(|&c| c != '\n') {
                    i += 1;
                }
                continue;
            }
            _ if c.is_whitespace() || c == '\\' => {
                i += 1;
                continue;
            }
            '\'' | '"' => {
                i = end_of_text(chars, i)?;
                items.push(Item { token: Token::Atom, start, end: i, partner: 0 });
            }
            _ if c.is_alphabetic() || c == '_' => {
                while chars.get(i).is_some_and(|&c| c.is_alphanumeric() || c == '_') {
                    i += 1;
                }
                let prefix = i - start <= 2 && matches!(chars.get(i), Some('\'' | '"'));
                let mut token = Token::Name;
                if prefix {
                    i = end_of_text(chars, i)?;
                    token = Token::Atom;
                }
                items.push(Item { token, start, end: i, partner: 0 });
            }
            _ if c.is_ascii_digit() || (c == '.' && chars.get(i + 1).is_some_and(char::is_ascii_digit)) => {
                while chars.get(i).is_some_and(|&c| c.is_alphanumeric() || c == '_' || c == '.')
                    || (matches!(chars.get(i), Some('+' | '-')) && matches!(chars.get(i - 1), Some('e' | 'E')))
                {
                    i += 1;
                }
                items.push(Item { token: Token::Atom, start, end: i, partner: 0 });
            }
            '(' | '[' | '{' => {
                open.push(items.len());
                i += 1;
                items.push(Item { token: Token::Open(c), start, end: i, partner: 0 });
            }
            ')' | ']' | '}' => {
                let partner = open.pop()?;
                i += 1;
                let at = items.len();
                items[partner].partner = at;
                items.push(Item { token: Token::Close, start, end: i, partner });
            }
            _ => {
                let rest: String = chars[i..].iter().take(3).collect();
                let long = ["**=", "//=", "<<=", ">>=", "..."].contains(&rest.as_str());
                let two = ["**", "//", "<<", ">>", "==", "!=", "<=", ">=", ":=", "->"];
                let assign = ["+=", "-=", "*=", "/=", "%=", "@=", "&=", "|=", "^="];
                let pair: String = rest.chars().take(2).collect();
                i += if long {
                    3
                } else if two.contains(&pair.as_str()) || assign.contains(&pair.as_str()) {
                    2
                } else {
                    1
                };
                let token = if rest == "..." { Token::Atom } else { Token::Op };
                items.push(Item { token, start, end: i, partner: 0 });
            }
        }
    }
    if open.is_empty() { Some(items) } else { None }
}

/// Behind the text literal whose quote is at `i`.
fn end_of_text(chars: &[char], i: usize) -> Option<usize> {
    let quote = chars[i];
    let triple = chars.get(i + 1) == Some(&quote) && chars.get(i + 2) == Some(&quote);
    let n = if triple { 3 } else { 1 };
    let mut j = i + n;
    loop {
        match chars.get(j)? {
            '\\' => j += 2,
            c if *c == quote && (!triple || (chars.get(j + 1) == Some(&quote) && chars.get(j + 2) == Some(&quote))) => {
                return Some(j + n);
            }
            '\n' if !triple => return None,
            _ => j += 1,
        }
    }
}

/// The binary operator that binds least among the items `from..to`, outside of brackets: its index, `Some(None)` if there
/// is none. `None`: not an expression of operators and primaries alone.
fn binary_operator(chars: &[char], items: &[Item], from: usize, to: usize) -> Option<Option<usize>> {
    const KEYWORDS: &[&str] = &[
        "if", "else", "and", "or", "not", "in", "is", "lambda", "for", "async", "yield", "raise", "return", "assert",
        "del", "import", "from", "with", "while", "class", "def", "global", "nonlocal", "pass", "break", "continue",
        "try", "except", "finally", "elif", "as",
    ];
    let text = |i: usize| -> String { chars[items[i].start..items[i].end].iter().collect() };
    let mut operand = true;
    let mut best: Option<(u8, usize)> = None;
    let mut starts_unary = false;
    let mut i = from;
    while i < to {
        let word = text(i);
        match items[i].token {
            Token::Name if KEYWORDS.contains(&word.as_str()) => return None,
            Token::Name if word == "await" && operand => starts_unary |= i == from,
            Token::Name | Token::Atom => {
                // Texts that follow one another are one.
                let after_dot = i > from && items[i - 1].token == Token::Op && text(i - 1) == ".";
                if !operand && !after_dot && items[i].token == Token::Name {
                    return None;
                }
                operand = false;
            }
            Token::Open(_) => {
                i = items[i].partner;
                operand = false;
            }
            Token::Close => return None,
            Token::Op => match (word.as_str(), operand) {
                ("+" | "-" | "~", true) => starts_unary |= i == from,
                (".", false) => {}
                (op, false) => {
                    let level = match op {
                        "|" => 1,
                        "^" => 2,
                        "&" => 3,
                        "<<" | ">>" => 4,
                        "+" | "-" => 5,
                        "*" | "/" | "//" | "%" | "@" => 6,
                        "**" => 8,
                        _ => return None,
                    };
                    if best.is_none_or(|(b, _)| level < b || (level == b && level != 8)) {
                        best = Some((level, i));
                    }
                    operand = true;
                }
                _ => return None,
            },
        }
        i += 1;
    }
    match best {
        Some((8, _)) | None if starts_unary => None,
        best => Some(best.map(|(_, i)| i)),
    }
}

fn anchor_range(chars: &[char], items: &[Item], from: usize, to: usize) -> Option<(usize, usize)> {
    let last = to.checked_sub(1).filter(|&l| l >= from)?;
    if let Some(op) = binary_operator(chars, items, from, to)? {
        let (start, mut end) = (items[op].start, items[op].end);
        // A bracket right behind a short operator, which is no part of the right operand, is marked with it.
        let next = op + 1;
        if end - start == 1
            && items.get(next).is_some_and(|n| n.start == end && n.token == Token::Open('(') && n.partner == last)
        {
            end += 1;
        }
        return Some((start, end));
    }
    if items[last].token != Token::Close {
        return None;
    }
    let open = items[last].partner;
    if open == from {
        // Brackets around everything.
        return if items[open].token == Token::Open('(') { anchor_range(chars, items, from + 1, last) } else { None };
    }
    match items[open].token {
        Token::Open('(' | '[') => Some((items[open].start, items[last].end)),
        _ => None,
    }
}

/// What a traceback shows of the lines `lines` (without common indentation) of which the part from character `start` of
/// the first to character `end` of the last failed. Lines are indented by four spaces.
pub fn underline(lines: &[String], start: usize, end: usize) -> String {
    let Some((first, last)) = lines.first().zip(lines.last()) else { return String::new() };
    let joined = lines.join("\n");
    let total = joined.chars().count();
    let back = last.chars().count().saturating_sub(end);
    let segment: String = joined.chars().skip(start).take(total.saturating_sub(back).saturating_sub(start)).collect();
    let marks = anchors(&segment);
    let show = shows_carets(lines, start, end, &segment, marks.is_some());
    let (from, to) = (width(first, start), width(last, end));
    let mut significant = vec![0, lines.len() - 1];
    let mut marks_at = None;
    if let Some((l, c, m, d)) = marks {
        let c = if l == 0 { c + start } else { c };
        let d = if m == 0 { d + start } else { d };
        let of = |line: usize, col: usize| lines.get(line).map_or(col, |t| width(t, col));
        marks_at = Some((l, of(l, c), m, of(m, d)));
        for at in [l, m] {
            significant.extend([at.wrapping_sub(1), at, at + 1]);
        }
    }
    significant.retain(|&l| l < lines.len());
    significant.sort_unstable();
    significant.dedup();
    let mut out = String::new();
    let line = |out: &mut String, n: usize| {
        let text = &lines[n];
        let _ = writeln!(out, "{text}");
        if !show {
            return;
        }
        let blank = text.chars().take_while(|c| c.is_whitespace()).count();
        let carets = if n == lines.len() - 1 { to } else { width(text, usize::MAX) };
        for col in 0..carets {
            let c = if col < blank || (n == 0 && col < from) {
                ' '
            } else {
                match marks_at {
                    Some((l, c, m, d)) if (n > l || (n == l && col >= c)) && (n < m || (n == m && col < d)) => '^',
                    Some(_) => '~',
                    None => '^',
                }
            };
            out.push(c);
        }
        out.push('\n');
    };
    for (i, &n) in significant.iter().enumerate() {
        if i > 0 {
            match n - significant[i - 1] {
                2 => line(&mut out, n - 1),
                d if d > 2 => {
                    let _ = writeln!(out, "...<{} lines>...", d - 1);
                }
                _ => {}
            }
        }
        line(&mut out, n);
    }
    let out: Vec<&str> = out.lines().collect();
    dedent(&out).iter().fold(String::new(), |mut s, l| {
        let _ = writeln!(s, "    {l}");
        s
    })
}

/// Whether the underlining says anything that the line alone doesn't.
fn shows_carets(lines: &[String], start: usize, end: usize, segment: &str, anchored: bool) -> bool {
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return false };
    let before: String = first.chars().take(start).collect();
    let after: String = last.chars().skip(end).collect();
    let tail = after.trim_start_matches([')', ' ', '\t']);
    let alone = tail.is_empty() || tail.starts_with('#') || tail.starts_with(';');
    if alone {
        let head = before.trim().trim_end_matches(['(', ' ']);
        if head == "return" && is_call(segment, true) {
            return false;
        }
        if let Some(target) = head.strip_suffix('=')
            && crate::text::unicode::is_identifier(target.trim())
            && is_call(segment, false)
        {
            return false;
        }
    }
    anchored || !before.trim_start().is_empty() || !after.trim_end().is_empty()
}

/// Lines without the indentation that all have in common; lines of blanks alone become empty.
pub fn dedent(lines: &[&str]) -> Vec<String> {
    let mut margin: Option<&str> = None;
    for l in lines {
        let text = l.trim_start_matches([' ', '\t']);
        if text.is_empty() {
            continue;
        }
        let indent = &l[..l.len() - text.len()];
        margin = Some(match margin {
            None => indent,
            Some(m) => {
                let n = m.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count();
                &m[..n]
            }
        });
    }
    let n = margin.map_or(0, str::len);
    let blank = |l: &str| l.trim_start_matches([' ', '\t']).is_empty();
    lines.iter().map(|l| if blank(l) { String::new() } else { l.get(n..).unwrap_or("").to_owned() }).collect()
}

/// Columns that the first `n` characters take on a terminal.
fn width(line: &str, n: usize) -> usize {
    if line.is_ascii() {
        return if n == usize::MAX { line.len() } else { n };
    }
    line.chars().take(n).map(|c| 1 + usize::from(is_wide(c))).sum()
}

fn is_wide(c: char) -> bool {
    matches!(c as u32,
        0x1100..=0x115f | 0x231a..=0x231b | 0x23e9..=0x23ec | 0x2614..=0x2615 | 0x2648..=0x2653 | 0x26a1 | 0x26aa..=0x26ab
        | 0x26bd..=0x26be | 0x26c4..=0x26c5 | 0x26ce | 0x26d4 | 0x26ea | 0x26f2..=0x26f3 | 0x26f5 | 0x26fa | 0x26fd
        | 0x2705 | 0x270a..=0x270b | 0x2728 | 0x274c | 0x274e | 0x2753..=0x2755 | 0x2757 | 0x2795..=0x2797 | 0x27b0
        | 0x2b1b..=0x2b1c | 0x2b50 | 0x2b55 | 0x2e80..=0x303e | 0x3041..=0x33ff | 0x3400..=0x4dbf | 0x4e00..=0x9fff
        | 0xa000..=0xa4cf | 0xa960..=0xa97f | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f | 0xff01..=0xff60
        | 0xffe0..=0xffe6 | 0x1f300..=0x1f320 | 0x1f32d..=0x1f335 | 0x1f337..=0x1f37c | 0x1f37e..=0x1f393
        | 0x1f3a0..=0x1f3ca | 0x1f3e0..=0x1f3f0 | 0x1f400..=0x1f43e | 0x1f440 | 0x1f442..=0x1f4fc | 0x1f4ff..=0x1f53d
        | 0x1f550..=0x1f567 | 0x1f595..=0x1f596 | 0x1f5a4 | 0x1f5fb..=0x1f64f | 0x1f680..=0x1f6c5 | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_of_operations() {
        assert_eq!(anchors("a + b"), Some((0, 2, 0, 3)));
        assert_eq!(anchors("a // b"), Some((0, 2, 0, 4)));
        assert_eq!(anchors("a + b * c"), Some((0, 2, 0, 3)));
        assert_eq!(anchors("a * b + c"), Some((0, 6, 0, 7)));
        assert_eq!(anchors("a+(b)"), Some((0, 1, 0, 3)));
        assert_eq!(anchors("x[1]"), Some((0, 1, 0, 4)));
        assert_eq!(anchors("f(x, 'a)')"), Some((0, 1, 0, 10)));
        assert_eq!(anchors("a.b.c(1)"), Some((0, 5, 0, 8)));
        assert_eq!(anchors("a.b"), None);
        assert_eq!(anchors("a < b"), None);
        assert_eq!(anchors("-a"), None);
        assert_eq!(anchors("-a ** b"), None);
        assert_eq!(anchors("a ** b"), Some((0, 2, 0, 4)));
        assert_eq!(anchors("raise X(1)"), None);
        assert_eq!(anchors("x = f(1)"), None);
        assert_eq!(anchors("[1, 2]"), None);
        assert_eq!(anchors("(a\n + b)"), Some((1, 1, 1, 2)));
    }

    #[test]
    fn underlines() {
        let l = |s: &str| vec![s.to_owned()];
        assert_eq!(underline(&l("return a / b"), 7, 12), "    return a / b\n           ~~^~~\n");
        assert_eq!(underline(&l("f()"), 0, 3), "    f()\n    ~^^\n");
        assert_eq!(underline(&l("x = f(1)"), 4, 8), "    x = f(1)\n");
        assert_eq!(underline(&l("return f(1)"), 7, 11), "    return f(1)\n");
        assert_eq!(underline(&l("raise X"), 0, 7), "    raise X\n");
        assert_eq!(underline(&l("print(a.b)"), 6, 9), "    print(a.b)\n          ^^^\n");
    }
}
