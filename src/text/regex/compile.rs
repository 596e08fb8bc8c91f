//! From a pattern's tree to the matcher's instructions. Pure; see `text`.

use super::fold::{Case, any_variant, fold};
use super::parse::{Node, Parsed, Place, width};
use super::program::{At, Greed, Op, Program, Set, SetItem, SetSpec, Single, UNLIMITED};
use super::{RegexError, flag};
use crate::text::surrogate::char_of;

struct Compiler<'a> {
    ops: Vec<Op>,
    sets: Vec<Set>,
    literals: Vec<u32>,
    loops: usize,
    parsed: &'a Parsed,
}

/// Compiles a pattern.
pub fn compile(parsed: &Parsed, is_text: bool) -> Result<Program, RegexError> {
    let mut c = Compiler { ops: Vec::new(), sets: Vec::new(), literals: Vec::new(), loops: 0, parsed };
    c.nodes(&parsed.nodes, parsed.flags)?;
    c.ops.push(Op::Success);
    let prefix = c.prefix(is_text);
    let first = c.first();
    Ok(Program {
        ops: c.ops,
        sets: c.sets,
        literals: c.literals,
        slots: 2 * (parsed.groups - 1),
        loops: c.loops,
        prefix,
        first,
    })
}

fn case_of(flags: u32) -> Case {
    if flags & flag::IGNORECASE == 0 {
        Case::Exact
    } else if flags & flag::UNICODE != 0 {
        Case::Unicode
    } else {
        Case::Ascii
    }
}

fn ascii_only(flags: u32) -> bool {
    flags & flag::UNICODE == 0
}

impl Compiler<'_> {
    fn here(&self) -> u32 {
        self.ops.len() as u32
    }

    fn nodes(&mut self, nodes: &[Node], flags: u32) -> Result<(), RegexError> {
        let mut i = 0;
        while i < nodes.len() {
            // Exact characters in a row are one instruction.
            let run = nodes[i..].iter().take_while(|n| self.exact(n, flags).is_some()).count();
            if run > 1 {
                let from = self.literals.len() as u32;
                for n in &nodes[i..i + run] {
                    let c = self.exact(n, flags).unwrap_or(0);
                    self.literals.push(c);
                }
                self.ops.push(Op::Literal(from, self.literals.len() as u32));
                i += run;
                continue;
            }
            self.node(&nodes[i], flags)?;
            i += 1;
        }
        Ok(())
    }

    /// The character, where a node stands for exactly one.
    fn exact(&self, n: &Node, flags: u32) -> Option<u32> {
        match n {
            Node::Char(c) if !any_variant(*c, case_of(flags), |x| x != *c) => Some(*c),
            _ => None,
        }
    }

    /// What a node stands for, where that is one character.
    fn single(&mut self, n: &Node, flags: u32) -> Option<Single> {
        let case = case_of(flags);
        Some(match n {
            Node::Char(c) => match self.exact(n, flags) {
                Some(c) => Single::Char(c),
                None => Single::Folded(fold(*c, case), case),
            },
            Node::Any if flags & flag::DOTALL != 0 => Single::All,
            Node::Any => Single::Any,
            Node::Set(spec) => self.set(spec, flags),
            Node::Group(None, add, del, body) if body.len() == 1 => {
                let inner = combined(flags, *add, *del);
                return self.single(&body[0], inner);
            }
            _ => return None,
        })
    }

    fn set(&mut self, spec: &SetSpec, flags: u32) -> Single {
        let case = case_of(flags);
        if let ([SetItem::Range(a, b)], false, Case::Exact) = (&spec.items[..], spec.negated, case)
            && a == b
        {
            return Single::Char(*a);
        }
        self.sets.push(Set::new(spec.clone(), case, ascii_only(flags)));
        Single::Set(self.sets.len() as u32 - 1)
    }

    fn node(&mut self, n: &Node, flags: u32) -> Result<(), RegexError> {
        match n {
            Node::Char(_) | Node::Any | Node::Set(_) => {
                if let Some(s) = self.single(n, flags) {
                    self.ops.push(Op::One(s));
                }
            }
            Node::At(place) => {
                let lines = flags & flag::MULTILINE != 0;
                self.ops.push(Op::At(match *place {
                    Place::Caret if lines => At::LineBeginning,
                    Place::Caret => At::Beginning,
                    Place::Dollar if lines => At::LineEnd,
                    Place::Dollar => At::End,
                    Place::Fixed(at) => at,
                    Place::Boundary(true) => At::Boundary(ascii_only(flags)),
                    Place::Boundary(false) => At::NotBoundary(ascii_only(flags)),
                }));
            }
            Node::Group(group, add, del, body) => {
                let inner = combined(flags, *add, *del);
                match group {
                    None => self.nodes(body, inner)?,
                    Some(g) => {
                        let slot = 2 * (*g as u32 - 1);
                        self.ops.push(Op::Save(slot));
                        self.nodes(body, inner)?;
                        self.ops.push(Op::Save(slot + 1));
                    }
                }
            }
            Node::Branch(all) => {
                let mut ends = Vec::new();
                for (i, branch) in all.iter().enumerate() {
                    let last = i + 1 == all.len();
                    let split = self.here();
                    if !last {
                        self.ops.push(Op::Split(0));
                    }
                    self.nodes(branch, flags)?;
                    if !last {
                        ends.push(self.here());
                        self.ops.push(Op::Jump(0));
                        self.ops[split as usize] = Op::Split(self.here());
                    }
                }
                let end = self.here();
                for at in ends {
                    self.ops[at as usize] = Op::Jump(end);
                }
            }
            Node::Repeat(min, max, greed, body) => self.repeat(*min, *max, *greed, body, flags)?,
            Node::Backref(g) => self.ops.push(Op::Backref(*g as u32, case_of(flags))),
            Node::Conditional(g, yes, no) => {
                let test = self.here();
                self.ops.push(Op::IfGroup(*g as u32, 0));
                self.nodes(yes, flags)?;
                let jump = self.here();
                self.ops.push(Op::Jump(0));
                self.ops[test as usize] = Op::IfGroup(*g as u32, self.here());
                self.nodes(no, flags)?;
                self.ops[jump as usize] = Op::Jump(self.here());
            }
            Node::Look(ahead, negated, body) => {
                let back = if *ahead {
                    None
                } else {
                    let (low, high) = width(body, &self.parsed.widths);
                    if low != high {
                        return Err(RegexError::Pattern("look-behind requires fixed-width pattern".into(), None));
                    }
                    Some(u32::try_from(low).map_err(|_| RegexError::Pattern("looks too much behind".into(), None))?)
                };
                let look = self.here();
                self.ops.push(Op::Look { end: 0, negated: *negated, back });
                self.nodes(body, flags)?;
                self.ops.push(Op::LookEnd { negated: *negated });
                self.ops[look as usize] = Op::Look { end: self.here(), negated: *negated, back };
            }
            Node::Atomic(body) => {
                self.ops.push(Op::Atomic);
                self.nodes(body, flags)?;
                self.ops.push(Op::AtomicEnd);
            }
            Node::Fail => self.ops.push(Op::Fail),
        }
        Ok(())
    }

    fn repeat(&mut self, min: u32, max: u32, greed: Greed, body: &[Node], flags: u32) -> Result<(), RegexError> {
        if let [one] = body
            && let Some(single) = self.single(one, flags)
        {
            self.ops.push(Op::Repeat { single, min, max, greed });
            return Ok(());
        }
        if min == 0 && max == 0 {
            return Ok(());
        }
        if greed == Greed::Possessive {
            self.ops.push(Op::Atomic);
        }
        // An optional part that always takes something needs no counter.
        let simple = min == 0 && max == 1 && width(body, &self.parsed.widths).0 > 0;
        if simple && greed != Greed::Least {
            let split = self.here();
            self.ops.push(Op::Split(0));
            self.nodes(body, flags)?;
            self.ops[split as usize] = Op::Split(self.here());
        } else {
            let slot = self.loops as u32;
            self.loops += 1;
            let init = self.here();
            self.ops.push(Op::LoopInit { slot, next: 0 });
            let start = self.here();
            self.nodes(body, flags)?;
            let next = self.here();
            self.ops.push(Op::LoopNext { slot, body: start, min, max, greedy: greed != Greed::Least });
            self.ops[init as usize] = Op::LoopInit { slot, next };
        }
        if greed == Greed::Possessive {
            self.ops.push(Op::AtomicEnd);
        }
        Ok(())
    }

    /// The exact characters that every match begins with, encoded.
    fn prefix(&self, is_text: bool) -> Vec<u8> {
        let mut out = Vec::new();
        let mut push = |c: u32| match char_of(c) {
            Some(ch) if is_text => {
                let mut buffer = [0; 4];
                out.extend_from_slice(ch.encode_utf8(&mut buffer).as_bytes());
            }
            _ => out.push(c as u8),
        };
        for op in &self.ops {
            match *op {
                Op::Save(_) => {}
                Op::Literal(a, b) => self.literals[a as usize..b as usize].iter().for_each(|&c| push(c)),
                Op::One(Single::Char(c)) => push(c),
                _ => break,
            }
        }
        out
    }

    /// What a match's first character can be, where the first thing takes exactly one.
    fn first(&self) -> Option<Single> {
        for op in &self.ops {
            match *op {
                Op::Save(_) => {}
                Op::One(s @ (Single::Set(_) | Single::Folded(..))) => return Some(s),
                Op::Repeat { single: s @ (Single::Set(_) | Single::Folded(..) | Single::Char(_)), min, .. }
                    if min > 0 =>
                {
                    return Some(s);
                }
                _ => return None,
            }
        }
        None
    }
}

fn combined(flags: u32, add: u32, del: u32) -> u32 {
    let base = if add & flag::TYPE != 0 { flags & !flag::TYPE } else { flags };
    (base | add) & !del
}

const _: () = assert!(UNLIMITED == u32::MAX);
