//! From the text of a pattern to its tree. Pure; see `text`.
//!
//! Invariant: errors are CPython's, words and positions; the depth of the tree is bounded.

mod escape;

use super::program::{At, Category, Greed, SetItem, SetSpec, UNLIMITED};
use super::source::{Source, Token};
use super::template::MAX_GROUPS;
use super::{RegexError, flag};
use crate::text::escape::to_repr;

/// Groups nested deeper than this are a `RecursionError`.
const MAX_DEPTH: usize = 250;

/// A piece of a pattern.
#[derive(Clone, Debug)]
pub enum Node {
    Char(u32),
    /// `.`
    Any,
    Set(SetSpec),
    At(Place),
    /// A group, with its number if it is captured, and flags turned on and off in it.
    Group(Option<usize>, u32, u32, Vec<Node>),
    Branch(Vec<Vec<Node>>),
    Repeat(u32, u32, Greed, Vec<Node>),
    Backref(usize),
    Conditional(usize, Vec<Node>, Vec<Node>),
    /// Look-around: ahead, negated, what.
    Look(bool, bool, Vec<Node>),
    Atomic(Vec<Node>),
    Fail,
}

/// A place between characters, before flags say what it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    Caret,
    Dollar,
    Fixed(At),
    Boundary(bool),
}

/// A parsed pattern.
pub struct Parsed {
    pub nodes: Vec<Node>,
    pub flags: u32,
    /// Number of groups, group 0 among them.
    pub groups: usize,
    pub names: Vec<(String, usize)>,
    /// Least and greatest number of characters of each group.
    pub widths: Vec<Option<(u64, u64)>>,
    pub warnings: Vec<String>,
}

struct Parser<'a> {
    s: Source<'a>,
    flags: u32,
    names: Vec<(String, usize)>,
    widths: Vec<Option<(u64, u64)>>,
    lookbehind: Option<usize>,
    /// Groups that conditions ask for, with the places where they do.
    asked: Vec<(usize, usize)>,
    warnings: Vec<String>,
    named_char: fn(&str) -> Option<char>,
}

type Result<T> = std::result::Result<T, RegexError>;

/// Parses a pattern.
pub fn parse(pattern: &[u32], is_text: bool, flags: u32, named_char: fn(&str) -> Option<char>) -> Result<Parsed> {
    let mut p = Parser {
        s: Source::new(pattern, is_text)?,
        flags,
        names: Vec::new(),
        widths: vec![None],
        lookbehind: None,
        asked: Vec::new(),
        warnings: Vec::new(),
        named_char,
    };
    let nodes = p.alternatives(flags & flag::VERBOSE != 0, 0)?;
    let flags = fix_flags(is_text, p.flags)?;
    if p.s.next.is_some() {
        return Err(p.s.error("unbalanced parenthesis", 0));
    }
    for &(group, at) in &p.asked {
        if group >= p.widths.len() {
            return Err(RegexError::Pattern(format!("invalid group reference {group}"), Some(at)));
        }
    }
    Ok(Parsed { nodes, flags, groups: p.widths.len(), names: p.names, widths: p.widths, warnings: p.warnings })
}

/// The flags that hold for a pattern.
fn fix_flags(is_text: bool, flags: u32) -> Result<u32> {
    let has = |f| flags & f != 0;
    let wrong = |text: &str| Err(RegexError::Value(text.into()));
    if is_text {
        if has(flag::LOCALE) {
            return wrong("cannot use LOCALE flag with a str pattern");
        }
        if has(flag::ASCII) && has(flag::UNICODE) {
            return wrong("ASCII and UNICODE flags are incompatible");
        }
        return Ok(if has(flag::ASCII) { flags } else { flags | flag::UNICODE });
    }
    if has(flag::UNICODE) {
        return wrong("cannot use UNICODE flag with a bytes pattern");
    }
    if has(flag::LOCALE) && has(flag::ASCII) {
        return wrong("ASCII and LOCALE flags are incompatible");
    }
    Ok(flags)
}

fn letter_flag(c: char) -> Option<u32> {
    Some(match c {
        'i' => flag::IGNORECASE,
        'L' => flag::LOCALE,
        'm' => flag::MULTILINE,
        's' => flag::DOTALL,
        'x' => flag::VERBOSE,
        'a' => flag::ASCII,
        'u' => flag::UNICODE,
        _ => return None,
    })
}

fn is_octal(c: char) -> bool {
    matches!(c, '0'..='7')
}

fn is_hex(c: char) -> bool {
    c.is_ascii_hexdigit()
}

/// What an escape inside or outside of a set stands for.
enum Escape {
    Char(u32),
    Category(Category, bool),
    Place(Place),
    Backref(usize),
}

impl Parser<'_> {
    fn check_group(&self, group: usize) -> bool {
        self.widths.get(group).is_some_and(Option::is_some)
    }

    fn check_lookbehind(&self, group: usize) -> Result<()> {
        if let Some(first) = self.lookbehind {
            if !self.check_group(group) {
                return Err(self.s.error("cannot refer to an open group", 0));
            }
            if group >= first {
                return Err(self.s.error("cannot refer to group defined in the same lookbehind subpattern", 0));
            }
        }
        Ok(())
    }

    fn open_group(&mut self, name: Option<&str>) -> Result<usize> {
        let group = self.widths.len();
        self.widths.push(None);
        if group as u64 >= MAX_GROUPS {
            return Err(self.s.error("too many groups", 0));
        }
        if let Some(name) = name {
            if let Some((_, was)) = self.names.iter().find(|(n, _)| n == name) {
                let message = format!("redefinition of group name {} as group {group}; was group {was}", to_repr(name));
                return Err(self.s.error(message, name.chars().count() + 1));
            }
            self.names.push((name.to_owned(), group));
        }
        Ok(group)
    }

    fn named_group(&self, name: &str) -> Option<usize> {
        self.names.iter().find(|(n, _)| n == name).map(|&(_, g)| g)
    }

    /// `a|b|c`
    fn alternatives(&mut self, verbose: bool, depth: usize) -> Result<Vec<Node>> {
        if depth > MAX_DEPTH {
            return Err(RegexError::Depth);
        }
        let mut verbose = verbose;
        let mut all = Vec::new();
        loop {
            let first = depth == 0 && all.is_empty();
            all.push(self.sequence(verbose, depth + 1, first)?);
            if !self.s.take('|')? {
                break;
            }
            if depth == 0 {
                verbose = self.flags & flag::VERBOSE != 0;
            }
        }
        if all.len() == 1 {
            return Ok(all.pop().unwrap_or_default());
        }
        Ok(vec![Node::Branch(all)])
    }

    fn sequence(&mut self, verbose: bool, depth: usize, first: bool) -> Result<Vec<Node>> {
        let mut verbose = verbose;
        let mut out: Vec<Node> = Vec::new();
        while let Some(t) = self.s.next {
            if t.is('|') || t.is(')') {
                break;
            }
            self.s.get()?;
            let Some(c) = t.plain() else {
                out.push(match self.escape(t)? {
                    Escape::Char(c) => Node::Char(c),
                    Escape::Category(c, negated) => {
                        Node::Set(SetSpec { items: vec![SetItem::Category(c, negated)], negated: false })
                    }
                    Escape::Place(p) => Node::At(p),
                    Escape::Backref(g) => Node::Backref(g),
                });
                continue;
            };
            if verbose {
                if matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c') {
                    continue;
                }
                if c == '#' {
                    while let Some(t) = self.s.get()? {
                        if t.is('\n') {
                            break;
                        }
                    }
                    continue;
                }
            }
            match c {
                '[' => {
                    let set = self.set()?;
                    out.push(set);
                }
                '*' | '+' | '?' | '{' => self.repeat(c, &mut out)?,
                '.' => out.push(Node::Any),
                '(' => {
                    let plain_start = first && out.is_empty();
                    if let Some(v) = self.group(verbose, depth, plain_start, &mut out)? {
                        verbose = v;
                    }
                }
                '^' => out.push(Node::At(Place::Caret)),
                '$' => out.push(Node::At(Place::Dollar)),
                _ => out.push(Node::Char(t.first)),
            }
        }
        // Groups that only group are no more needed.
        if out.iter().any(|n| matches!(n, Node::Group(None, 0, 0, _))) {
            let mut flat = Vec::with_capacity(out.len());
            for n in out {
                match n {
                    Node::Group(None, 0, 0, mut body) => flat.append(&mut body),
                    other => flat.push(other),
                }
            }
            return Ok(flat);
        }
        Ok(out)
    }

    fn number(&mut self) -> Result<String> {
        self.s.take_while(usize::MAX, |c| c.is_ascii_digit())
    }

    /// `*`, `+`, `?`, `{m,n}`, after the first character.
    fn repeat(&mut self, c: char, out: &mut Vec<Node>) -> Result<()> {
        let here = self.s.tell();
        let (mut min, mut max) = match c {
            '?' => (0, 1),
            '*' => (0, UNLIMITED),
            '+' => (1, UNLIMITED),
            _ => (0, UNLIMITED),
        };
        if c == '{' {
            if self.s.next_is('}') {
                out.push(Node::Char(c as u32));
                return Ok(());
            }
            let low = self.number()?;
            let high = if self.s.take(',')? { self.number()? } else { low.clone() };
            if !self.s.take('}')? {
                out.push(Node::Char(c as u32));
                return self.s.seek(here);
            }
            let limit = |text: &str| match text.parse::<u32>() {
                Ok(n) if n < UNLIMITED => Ok(n),
                _ => Err(RegexError::Overflow("the repetition number is too large".into())),
            };
            if !low.is_empty() {
                min = limit(&low)?;
            }
            if !high.is_empty() {
                max = limit(&high)?;
                if max < min {
                    let offset = self.s.tell() - here;
                    return Err(self.s.error("min repeat greater than max repeat", offset));
                }
            }
        }
        let offset = self.s.tell() - here + 1;
        let item = match out.last() {
            None | Some(Node::At(_)) => return Err(self.s.error("nothing to repeat", offset)),
            Some(Node::Repeat(..)) => return Err(self.s.error("multiple repeat", offset)),
            Some(_) => out.pop(),
        };
        let body = match item {
            Some(Node::Group(None, 0, 0, body)) => body,
            other => other.into_iter().collect(),
        };
        let greed = if self.s.take('?')? {
            Greed::Least
        } else if self.s.take('+')? {
            Greed::Possessive
        } else {
            Greed::Most
        };
        out.push(Node::Repeat(min, max, greed, body));
        Ok(())
    }

    fn end_of_pattern(&self) -> RegexError {
        self.s.error("unexpected end of pattern", 0)
    }

    fn close(&mut self, start: usize) -> Result<()> {
        if !self.s.take(')')? {
            let offset = self.s.tell() - start;
            return Err(self.s.error("missing ), unterminated subpattern", offset));
        }
        Ok(())
    }

    /// `(…)`, after the bracket. Gives whether VERBOSE holds from here on, where that was said.
    fn group(&mut self, verbose: bool, depth: usize, at_start: bool, out: &mut Vec<Node>) -> Result<Option<bool>> {
        let start = self.s.tell() - 1;
        let mut capture = true;
        let mut atomic = false;
        let mut name = None;
        let (mut add, mut del) = (0, 0);
        if self.s.take('?')? {
            let Some(t) = self.s.get()? else { return Err(self.end_of_pattern()) };
            match t.plain().unwrap_or('\\') {
                'P' => {
                    if self.s.take('<')? {
                        let n = self.s.take_until('>', "group name")?;
                        self.s.check_group_name(&n, 1)?;
                        name = Some(n);
                    } else if self.s.take('=')? {
                        let n = self.s.take_until(')', "group name")?;
                        self.s.check_group_name(&n, 1)?;
                        let offset = n.chars().count() + 1;
                        let Some(group) = self.named_group(&n) else {
                            return Err(self.s.error(format!("unknown group name {}", to_repr(&n)), offset));
                        };
                        if !self.check_group(group) {
                            return Err(self.s.error("cannot refer to an open group", offset));
                        }
                        self.check_lookbehind(group)?;
                        out.push(Node::Backref(group));
                        return Ok(None);
                    } else {
                        let Some(t) = self.s.get()? else { return Err(self.end_of_pattern()) };
                        return Err(self.s.error(format!("unknown extension ?P{}", t.text()), t.len() + 2));
                    }
                }
                ':' => capture = false,
                '#' => loop {
                    if self.s.next.is_none() {
                        let offset = self.s.tell() - start;
                        return Err(self.s.error("missing ), unterminated comment", offset));
                    }
                    if self.s.get()?.is_some_and(|t| t.is(')')) {
                        return Ok(None);
                    }
                },
                c @ ('=' | '!' | '<') => {
                    self.look(c, start, verbose, depth, out)?;
                    return Ok(None);
                }
                '(' => {
                    self.conditional(start, verbose, depth, out)?;
                    return Ok(None);
                }
                '>' => {
                    capture = false;
                    atomic = true;
                }
                c if c == '-' || letter_flag(c).is_some() => match self.inline_flags(c)? {
                    None => {
                        if !at_start {
                            let offset = self.s.tell() - start;
                            return Err(self.s.error("global flags not at the start of the expression", offset));
                        }
                        return Ok(Some(self.flags & flag::VERBOSE != 0));
                    }
                    Some((a, d)) => {
                        (add, del) = (a, d);
                        capture = false;
                    }
                },
                _ => return Err(self.s.error(format!("unknown extension ?{}", t.text()), t.len() + 1)),
            }
        }
        let group = if capture { Some(self.open_group(name.as_deref())?) } else { None };
        let inner_verbose = (verbose || add & flag::VERBOSE != 0) && del & flag::VERBOSE == 0;
        let body = self.alternatives(inner_verbose, depth + 1)?;
        self.close(start)?;
        if let Some(g) = group {
            self.widths[g] = Some(width(&body, &self.widths));
        }
        out.push(if atomic { Node::Atomic(body) } else { Node::Group(group, add, del, body) });
        Ok(None)
    }

    fn look(&mut self, c: char, start: usize, verbose: bool, depth: usize, out: &mut Vec<Node>) -> Result<()> {
        let mut kind = c;
        let ahead = c != '<';
        let outer = self.lookbehind;
        if !ahead {
            let Some(t) = self.s.get()? else { return Err(self.end_of_pattern()) };
            kind = match t.plain() {
                Some(k @ ('=' | '!')) => k,
                _ => return Err(self.s.error(format!("unknown extension ?<{}", t.text()), t.len() + 2)),
            };
            if outer.is_none() {
                self.lookbehind = Some(self.widths.len());
            }
        }
        let body = self.alternatives(verbose, depth + 1)?;
        if !ahead && outer.is_none() {
            self.lookbehind = None;
        }
        self.close(start)?;
        out.push(match kind {
            '=' => Node::Look(ahead, false, body),
            _ if body.is_empty() => Node::Fail,
            _ => Node::Look(ahead, true, body),
        });
        Ok(())
    }

    fn conditional(&mut self, start: usize, verbose: bool, depth: usize, out: &mut Vec<Node>) -> Result<()> {
        let name = self.s.take_until(')', "group name")?;
        let offset = name.chars().count() + 1;
        let group = if name.bytes().all(|b| b.is_ascii_digit()) {
            let n = name.parse().unwrap_or(u64::MAX);
            if n == 0 {
                return Err(self.s.error("bad group number", offset));
            }
            if n >= MAX_GROUPS {
                return Err(self.s.error(format!("invalid group reference {}", name.trim_start_matches('0')), offset));
            }
            let n = n as usize;
            if !self.asked.iter().any(|&(g, _)| g == n) {
                self.asked.push((n, self.s.tell() - offset));
            }
            n
        } else {
            self.s.check_group_name(&name, 1)?;
            match self.named_group(&name) {
                Some(g) => g,
                None => return Err(self.s.error(format!("unknown group name {}", to_repr(&name)), offset)),
            }
        };
        self.check_lookbehind(group)?;
        if depth > MAX_DEPTH {
            return Err(RegexError::Depth);
        }
        let yes = self.sequence(verbose, depth + 1, false)?;
        let mut no = Vec::new();
        if self.s.take('|')? {
            no = self.sequence(verbose, depth + 1, false)?;
            if self.s.next_is('|') {
                return Err(self.s.error("conditional backref with more than two branches", 0));
            }
        }
        self.close(start)?;
        out.push(Node::Conditional(group, yes, no));
        Ok(())
    }

    /// Flags after `(?`: those for the whole pattern are set at once (`None`), others are given.
    fn inline_flags(&mut self, first: char) -> Result<Option<(u32, u32)>> {
        let (mut add, mut del) = (0, 0);
        let mut c = first;
        if c != '-' {
            loop {
                let f = letter_flag(c).unwrap_or(0);
                if self.s.is_text && c == 'L' {
                    return Err(self.s.error("bad inline flags: cannot use 'L' flag with a str pattern", 0));
                }
                if !self.s.is_text && c == 'u' {
                    return Err(self.s.error("bad inline flags: cannot use 'u' flag with a bytes pattern", 0));
                }
                add |= f;
                if f & flag::TYPE != 0 && add & flag::TYPE != f {
                    return Err(self.s.error("bad inline flags: flags 'a', 'u' and 'L' are incompatible", 0));
                }
                let Some(t) = self.s.get()? else { return Err(self.s.error("missing -, : or )", 0)) };
                match t.plain() {
                    Some(end @ (')' | '-' | ':')) => {
                        c = end;
                        break;
                    }
                    Some(more) if letter_flag(more).is_some() => c = more,
                    other => {
                        let unknown = other.is_some_and(crate::text::unicode::is_alpha);
                        let message = if unknown { "unknown flag" } else { "missing -, : or )" };
                        return Err(self.s.error(message, t.len()));
                    }
                }
            }
        }
        if c == ')' {
            self.flags |= add;
            return Ok(None);
        }
        if c == '-' {
            let Some(t) = self.s.get()? else { return Err(self.s.error("missing flag", 0)) };
            let mut f = match t.plain() {
                Some(c) if letter_flag(c).is_some() => letter_flag(c).unwrap_or(0),
                other => {
                    let unknown = other.is_some_and(crate::text::unicode::is_alpha);
                    return Err(self.s.error(if unknown { "unknown flag" } else { "missing flag" }, t.len()));
                }
            };
            loop {
                if f & flag::TYPE != 0 {
                    return Err(self.s.error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'", 0));
                }
                del |= f;
                let Some(t) = self.s.get()? else { return Err(self.s.error("missing :", 0)) };
                match t.plain() {
                    Some(':') => break,
                    Some(more) if letter_flag(more).is_some() => f = letter_flag(more).unwrap_or(0),
                    other => {
                        let unknown = other.is_some_and(crate::text::unicode::is_alpha);
                        return Err(self.s.error(if unknown { "unknown flag" } else { "missing :" }, t.len()));
                    }
                }
            }
        }
        if add & del != 0 {
            return Err(self.s.error("bad inline flags: flag turned on and off", 1));
        }
        Ok(Some((add, del)))
    }
}

/// Least and greatest number of characters that something matches.
pub fn width(nodes: &[Node], groups: &[Option<(u64, u64)>]) -> (u64, u64) {
    const MOST: u64 = 1 << 62;
    let (mut low, mut high) = (0u64, 0u64);
    for n in nodes {
        let (l, h) = match n {
            Node::Char(_) | Node::Any | Node::Set(_) => (1, 1),
            Node::At(_) | Node::Look(..) | Node::Fail => (0, 0),
            Node::Group(_, _, _, body) | Node::Atomic(body) => width(body, groups),
            Node::Branch(all) => {
                all.iter().map(|b| width(b, groups)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1))).unwrap_or((0, 0))
            }
            Node::Repeat(min, max, _, body) => {
                let (l, h) = width(body, groups);
                (l.saturating_mul(*min as u64), h.saturating_mul(*max as u64))
            }
            Node::Backref(g) => groups.get(*g).copied().flatten().unwrap_or((0, MOST)),
            Node::Conditional(_, yes, no) => {
                let (a, b) = (width(yes, groups), width(no, groups));
                (a.0.min(b.0), a.1.max(b.1))
            }
        };
        low = low.saturating_add(l);
        high = high.saturating_add(h);
    }
    (low.min(MOST), high.min(MOST))
}
