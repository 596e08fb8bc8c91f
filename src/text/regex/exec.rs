//! The matcher: backtracking with a stack of its own, as long as its fuel lasts. Pure; see `text`.
//!
//! Invariant: what is on the stack above a barrier belongs to the part that the barrier guards; a `Matcher` that ran out of fuel
//! goes on where it stopped, with the same text.

use super::fold::{Case, fold};
use crate::text::surrogate::code_of;

use super::program::{At, Category, Greed, Op, Program, Single, UNLIMITED, in_category};

/// How many steps may still be done.
pub type Fuel = i64;

/// A part of the text as byte offsets.
pub type Span = (usize, usize);

/// What is looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// At the start only.
    Match,
    /// At the start, and up to the end.
    FullMatch,
    /// Anywhere.
    Search,
}

/// What a run came to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Matched,
    Failed,
    /// The fuel is used up: call again.
    Suspended,
    /// There is no more memory for the stack.
    TooMuch,
}

const NONE: usize = usize::MAX;
/// Entries that the stack may have.
const MOST_FRAMES: usize = 1 << 26;

/// What there is to go back to.
#[derive(Clone, Copy, Debug)]
enum Frame {
    /// Go on there.
    Branch {
        pc: u32,
        pos: usize,
    },
    /// A slot had this value.
    Undo {
        slot: u32,
        old: usize,
    },
    UndoLast {
        old: u32,
    },
    /// A counter had this state.
    UndoLoop {
        slot: u32,
        count: u32,
        last: usize,
    },
    /// A repetition of one character may be shorter: down to `low`.
    Most {
        pc: u32,
        low: usize,
        pos: usize,
    },
    /// A repetition of one character, the instruction before `pc`, may be longer by `left`.
    Least {
        pc: u32,
        pos: usize,
        left: u32,
    },
    /// A repetition may run its body once more.
    More {
        pc: u32,
        pos: usize,
        count: u32,
    },
    /// A look-around or an atomic part begins; go on at `pc` where a negated one failed.
    Barrier {
        pc: u32,
        pos: usize,
        negated: bool,
    },
}

/// Text as the matcher sees it: one byte a character, or UTF-8.
trait Chars: Copy {
    fn next(self, text: &[u8], pos: usize) -> Option<(u32, usize)>;
    fn prev(self, text: &[u8], pos: usize) -> Option<(u32, usize)>;
    /// So many characters earlier.
    fn earlier(self, text: &[u8], pos: usize, by: usize) -> Option<usize>;
}

#[derive(Clone, Copy)]
struct Narrow;
impl Chars for Narrow {
    #[inline(always)]
    fn next(self, text: &[u8], pos: usize) -> Option<(u32, usize)> {
        text.get(pos).map(|&b| (b as u32, pos + 1))
    }
    #[inline(always)]
    fn prev(self, text: &[u8], pos: usize) -> Option<(u32, usize)> {
        let at = pos.checked_sub(1)?;
        text.get(at).map(|&b| (b as u32, at))
    }
    fn earlier(self, _: &[u8], pos: usize, by: usize) -> Option<usize> {
        pos.checked_sub(by)
    }
}

#[derive(Clone, Copy)]
struct Wide;
impl Chars for Wide {
    #[inline]
    fn next(self, text: &[u8], pos: usize) -> Option<(u32, usize)> {
        let &b = text.get(pos)?;
        if b < 0x80 {
            return Some((b as u32, pos + 1));
        }
        let n = match b {
            0xf0.. => 4,
            0xe0.. => 3,
            _ => 2,
        };
        let rest = text.get(pos + 1..pos + n)?;
        let head = b as u32 & (0x7f >> n);
        let c = rest.iter().fold(head, |c, &x| c << 6 | (x as u32 & 0x3f));
        // Surrogates are held as other characters; see `text::surrogate`.
        let c = if n == 4 { char::from_u32(c).map_or(c, code_of) } else { c };
        Some((c, pos + n))
    }
    #[inline]
    fn prev(self, text: &[u8], pos: usize) -> Option<(u32, usize)> {
        let mut at = pos.checked_sub(1)?;
        while text.get(at)? & 0xc0 == 0x80 {
            at = at.checked_sub(1)?;
        }
        Some((self.next(text, at)?.0, at))
    }
    fn earlier(self, text: &[u8], pos: usize, by: usize) -> Option<usize> {
        pos.checked_sub(by)?;
        (0..by).try_fold(pos, |at, _| self.prev(text, at).map(|(_, p)| p))
    }
}

/// A search in progress.
pub struct Matcher {
    slots: Vec<usize>,
    loops: Vec<(u32, usize)>,
    stack: Vec<Frame>,
    /// Number of the group that was closed last, 0 for none.
    last: u32,
    mode: Mode,
    /// Where the present attempt began.
    start: usize,
    end: usize,
    /// A match that ends here doesn't count.
    not_at: usize,
    pc: u32,
    pos: usize,
    running: bool,
}

impl Matcher {
    /// A search from `start` in the text up to `end`. `advance`: an empty match at `start` doesn't count.
    pub fn new(program: &Program, mode: Mode, start: usize, end: usize, advance: bool) -> Matcher {
        Matcher {
            slots: vec![NONE; program.slots],
            loops: vec![(0, NONE); program.loops],
            stack: Vec::new(),
            last: 0,
            mode,
            start,
            end,
            not_at: if advance { start } else { NONE },
            pc: 0,
            pos: start,
            running: false,
        }
    }

    /// Searches again from `start`, with the memory there is.
    pub fn restart(&mut self, start: usize, advance: bool) {
        self.start = start;
        self.not_at = if advance { start } else { NONE };
        self.running = false;
    }

    /// What the next search looks for.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// The text that was matched.
    pub fn span(&self) -> Span {
        (self.start, self.pos)
    }

    /// What group `i` (from 1) matched.
    pub fn group(&self, i: usize) -> Option<Span> {
        let (a, b) = (*self.slots.get(2 * i - 2)?, *self.slots.get(2 * i - 1)?);
        (a != NONE && b != NONE).then_some((a, b))
    }

    /// Number of the group that was closed last.
    pub fn last_group(&self) -> Option<usize> {
        (self.last > 0).then_some(self.last as usize)
    }

    /// Goes on with the search. The text must be the same each time; it may have become shorter.
    pub fn run(&mut self, program: &Program, text: &[u8], wide: bool, fuel: &mut Fuel) -> Outcome {
        let text = &text[..self.end.min(text.len())];
        if wide { self.search(program, text, Wide, fuel) } else { self.search(program, text, Narrow, fuel) }
    }

    fn search<C: Chars>(&mut self, program: &Program, text: &[u8], chars: C, fuel: &mut Fuel) -> Outcome {
        loop {
            if !self.running {
                if self.mode == Mode::Search {
                    match self.candidate(program, text, chars, fuel) {
                        Some(at) => self.start = at,
                        None if *fuel <= 0 => return Outcome::Suspended,
                        None => return Outcome::Failed,
                    }
                }
                self.slots.fill(NONE);
                self.stack.clear();
                self.last = 0;
                self.pc = 0;
                self.pos = self.start;
                self.running = true;
            }
            let outcome = self.attempt(program, text, chars, fuel);
            if outcome == Outcome::Suspended {
                return outcome;
            }
            self.running = false;
            if outcome != Outcome::Failed || self.mode != Mode::Search {
                return outcome;
            }
            match chars.next(text, self.start) {
                Some((_, next)) => self.start = next,
                None => return Outcome::Failed,
            }
        }
    }

    /// The next place where a match can begin. Leaves `start` where the search has come to, if the fuel is used up.
    fn candidate<C: Chars>(&mut self, program: &Program, text: &[u8], chars: C, fuel: &mut Fuel) -> Option<usize> {
        let mut at = self.start;
        if let Some(&first) = program.prefix.first() {
            loop {
                let rest = text.get(at..)?;
                let found = rest.iter().position(|&b| b == first)?;
                *fuel -= found as i64 / 64;
                at += found;
                if text[at..].starts_with(&program.prefix) {
                    return Some(at);
                }
                at += 1;
                self.start = at;
                *fuel -= 1;
                if *fuel <= 0 {
                    return None;
                }
            }
        }
        let Some(single) = program.first else { return (at <= text.len()).then_some(at) };
        loop {
            let (c, next) = chars.next(text, at)?;
            if one(program, single, c) {
                return Some(at);
            }
            at = next;
            *fuel -= 1;
            if *fuel <= 0 {
                self.start = at;
                return None;
            }
        }
    }

    fn save(&mut self, slot: u32, value: usize) {
        let s = &mut self.slots[slot as usize];
        self.stack.push(Frame::Undo { slot, old: *s });
        *s = value;
        if slot % 2 == 1 {
            self.stack.push(Frame::UndoLast { old: self.last });
            self.last = slot / 2 + 1;
        }
    }

    fn set_loop(&mut self, slot: u32, count: u32, last: usize) {
        let (old_count, old_last) = self.loops[slot as usize];
        self.stack.push(Frame::UndoLoop { slot, count: old_count, last: old_last });
        self.loops[slot as usize] = (count, last);
    }

    /// Takes the part above the last barrier off the stack, and the barrier; what is to be undone stays. Gives where the barrier was
    /// set up.
    fn cut(&mut self) -> (usize, u32) {
        let Some(at) = self.stack.iter().rposition(|f| matches!(f, Frame::Barrier { .. })) else { return (0, 0) };
        let (pos, pc) = match self.stack[at] {
            Frame::Barrier { pos, pc, .. } => (pos, pc),
            _ => (0, 0),
        };
        let mut kept = at;
        for i in at + 1..self.stack.len() {
            let f = self.stack[i];
            if matches!(f, Frame::Undo { .. } | Frame::UndoLast { .. } | Frame::UndoLoop { .. }) {
                self.stack[kept] = f;
                kept += 1;
            }
        }
        self.stack.truncate(kept);
        (pos, pc)
    }

    fn undo(&mut self, f: Frame) {
        match f {
            Frame::Undo { slot, old } => self.slots[slot as usize] = old,
            Frame::UndoLast { old } => self.last = old,
            Frame::UndoLoop { slot, count, last } => self.loops[slot as usize] = (count, last),
            _ => {}
        }
    }

    /// Goes back to the last choice. `false`: there is none.
    fn back<C: Chars>(&mut self, program: &Program, text: &[u8], chars: C) -> bool {
        while let Some(f) = self.stack.pop() {
            match f {
                Frame::Undo { .. } | Frame::UndoLast { .. } | Frame::UndoLoop { .. } => self.undo(f),
                Frame::Branch { pc, pos } => {
                    self.pc = pc;
                    self.pos = pos;
                    return true;
                }
                Frame::Most { pc, low, pos } => {
                    let Some((_, mut at)) = chars.prev(text, pos) else { continue };
                    // What comes next may be known: skip the places where it isn't.
                    if let Op::One(Single::Char(want)) = program.ops[pc as usize] {
                        while at > low && chars.next(text, at).is_none_or(|(c, _)| c != want) {
                            match chars.prev(text, at) {
                                Some((_, p)) => at = p,
                                None => break,
                            }
                        }
                    }
                    if at > low {
                        self.stack.push(Frame::Most { pc, low, pos: at });
                    }
                    self.pc = pc;
                    self.pos = at;
                    return true;
                }
                Frame::Least { pc, pos, left } => {
                    let Op::Repeat { single, .. } = program.ops[pc as usize - 1] else { continue };
                    let Some((c, next)) = chars.next(text, pos) else { continue };
                    if !one(program, single, c) {
                        continue;
                    }
                    if left > 1 {
                        let left = if left == UNLIMITED { left } else { left - 1 };
                        self.stack.push(Frame::Least { pc, pos: next, left });
                    }
                    self.pc = pc;
                    self.pos = next;
                    return true;
                }
                Frame::More { pc, pos, count } => {
                    let Op::LoopNext { slot, body, max, .. } = program.ops[pc as usize] else { continue };
                    if count >= max && max != UNLIMITED || self.loops[slot as usize].1 == pos {
                        continue;
                    }
                    self.set_loop(slot, count, pos);
                    self.pc = body;
                    self.pos = pos;
                    return true;
                }
                Frame::Barrier { pc, pos, negated } => {
                    if negated {
                        // What must not match didn't.
                        self.pc = pc;
                        self.pos = pos;
                        return true;
                    }
                }
            }
        }
        false
    }

    fn attempt<C: Chars>(&mut self, program: &Program, text: &[u8], chars: C, fuel: &mut Fuel) -> Outcome {
        loop {
            *fuel -= 1;
            if *fuel <= 0 {
                return Outcome::Suspended;
            }
            if self.stack.len() > MOST_FRAMES {
                return Outcome::TooMuch;
            }
            let ok = match program.ops[self.pc as usize] {
                Op::One(single) => match chars.next(text, self.pos) {
                    Some((c, next)) if one(program, single, c) => {
                        self.pos = next;
                        self.pc += 1;
                        true
                    }
                    _ => false,
                },
                Op::Literal(a, b) => {
                    let mut at = self.pos;
                    let same =
                        program.literals[a as usize..b as usize].iter().all(|&want| match chars.next(text, at) {
                            Some((c, next)) if c == want => {
                                at = next;
                                true
                            }
                            _ => false,
                        });
                    self.pos = at;
                    self.pc += 1;
                    same
                }
                Op::At(at) => {
                    self.pc += 1;
                    holds(at, text, self.pos, chars)
                }
                Op::Save(slot) => {
                    self.save(slot, self.pos);
                    self.pc += 1;
                    true
                }
                Op::Split(other) => {
                    self.stack.push(Frame::Branch { pc: other, pos: self.pos });
                    self.pc += 1;
                    true
                }
                Op::Jump(to) => {
                    self.pc = to;
                    true
                }
                Op::Repeat { single, min, max, greed } => {
                    self.repeat(program, text, chars, single, min, max, greed, fuel)
                }
                Op::LoopInit { slot, next } => {
                    self.set_loop(slot, u32::MAX, NONE);
                    self.pc = next;
                    true
                }
                Op::LoopNext { slot, body, min, max, greedy } => {
                    let (before, last) = self.loops[slot as usize];
                    let count = before.wrapping_add(1);
                    if count < min {
                        self.set_loop(slot, count, last);
                        self.pc = body;
                    } else if !greedy {
                        self.stack.push(Frame::More { pc: self.pc, pos: self.pos, count });
                        self.pc += 1;
                    } else if (count < max || max == UNLIMITED) && self.pos != last {
                        self.set_loop(slot, count, self.pos);
                        self.stack.push(Frame::Branch { pc: self.pc + 1, pos: self.pos });
                        self.pc = body;
                    } else {
                        self.pc += 1;
                    }
                    true
                }
                Op::Backref(group, case) => {
                    self.pc += 1;
                    self.backref(group, case, text, chars, fuel)
                }
                Op::IfGroup(group, otherwise) => {
                    self.pc = if self.group(group as usize).is_some() { self.pc + 1 } else { otherwise };
                    true
                }
                Op::Look { end, negated, back } => {
                    let by = back.unwrap_or(0) as usize;
                    *fuel -= by as i64 / 64;
                    let at = chars.earlier(text, self.pos, by);
                    match at {
                        Some(at) => {
                            self.stack.push(Frame::Barrier { pc: end, pos: self.pos, negated });
                            self.pos = at;
                            self.pc += 1;
                            true
                        }
                        None => {
                            self.pc = end;
                            negated
                        }
                    }
                }
                Op::LookEnd { negated: false } => {
                    self.pos = self.cut().0;
                    self.pc += 1;
                    true
                }
                Op::LookEnd { negated: true } => {
                    // It matched, so this way fails: everything back to the barrier is undone.
                    while let Some(f) = self.stack.pop() {
                        if matches!(f, Frame::Barrier { .. }) {
                            break;
                        }
                        self.undo(f);
                    }
                    false
                }
                Op::Atomic => {
                    self.stack.push(Frame::Barrier { pc: 0, pos: self.pos, negated: false });
                    self.pc += 1;
                    true
                }
                Op::AtomicEnd => {
                    self.cut();
                    self.pc += 1;
                    true
                }
                Op::Fail => false,
                Op::Success => {
                    let whole = self.mode != Mode::FullMatch || self.pos == text.len();
                    if whole && self.pos != self.not_at {
                        return Outcome::Matched;
                    }
                    false
                }
            };
            if !ok && !self.back(program, text, chars) {
                return Outcome::Failed;
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn repeat<C: Chars>(
        &mut self,
        program: &Program,
        text: &[u8],
        chars: C,
        single: Single,
        min: u32,
        max: u32,
        greed: Greed,
        fuel: &mut Fuel,
    ) -> bool {
        let want = if greed == Greed::Least { min } else { max };
        let (mut at, mut low, mut count) = (self.pos, self.pos, 0u32);
        while want == UNLIMITED || count < want {
            match chars.next(text, at) {
                Some((c, next)) if one(program, single, c) => at = next,
                _ => break,
            }
            count = count.saturating_add(1);
            if count == min {
                low = at;
            }
        }
        *fuel -= count as i64 / 16;
        if count < min {
            return false;
        }
        self.pc += 1;
        match greed {
            Greed::Possessive => {}
            Greed::Most if at > low => self.stack.push(Frame::Most { pc: self.pc, low, pos: at }),
            Greed::Most => {}
            Greed::Least => {
                let left = if max == UNLIMITED { UNLIMITED } else { max - min };
                if left > 0 {
                    self.stack.push(Frame::Least { pc: self.pc, pos: at, left });
                }
            }
        }
        self.pos = at;
        true
    }

    fn backref<C: Chars>(&mut self, group: u32, case: Case, text: &[u8], chars: C, fuel: &mut Fuel) -> bool {
        let Some((from, to)) = self.group(group as usize) else { return false };
        let Some(want) = text.get(from..to) else { return false };
        *fuel -= want.len() as i64 / 16;
        if case == Case::Exact {
            let same = text.get(self.pos..).is_some_and(|rest| rest.starts_with(want));
            self.pos += want.len();
            return same;
        }
        let (mut a, mut b) = (from, self.pos);
        while a < to {
            match (chars.next(text, a), chars.next(text, b)) {
                (Some((x, next_a)), Some((y, next_b))) if fold(x, case) == fold(y, case) => (a, b) = (next_a, next_b),
                _ => return false,
            }
        }
        self.pos = b;
        true
    }
}

#[inline(always)]
fn one(program: &Program, single: Single, c: u32) -> bool {
    match single {
        Single::Char(want) => c == want,
        Single::Any => c != '\n' as u32,
        Single::All => true,
        Single::Set(i) => program.sets[i as usize].has(c),
        Single::Folded(want, case) => fold(c, case) == want,
    }
}

fn holds<C: Chars>(at: At, text: &[u8], pos: usize, chars: C) -> bool {
    let newline = |b: Option<&u8>| b == Some(&b'\n');
    match at {
        At::Beginning => pos == 0,
        At::LineBeginning => pos == 0 || newline(text.get(pos - 1)),
        At::End => pos == text.len() || pos + 1 == text.len() && newline(text.get(pos)),
        At::LineEnd => pos == text.len() || newline(text.get(pos)),
        At::VeryEnd => pos == text.len(),
        At::Boundary(ascii) | At::NotBoundary(ascii) => {
            if text.is_empty() {
                return false;
            }
            let word = |c: Option<(u32, usize)>| c.is_some_and(|(c, _)| in_category(Category::Word, ascii, c));
            let boundary = word(chars.prev(text, pos)) != word(chars.next(text, pos));
            boundary == matches!(at, At::Boundary(_))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::compile;
    use super::*;

    fn search(pattern: &str, text: &str) -> Option<(Span, Vec<Option<Span>>)> {
        let chars: Vec<u32> = pattern.chars().map(|c| c as u32).collect();
        let c = compile(&chars, true, 0, |_| None).ok()?;
        let mut m = Matcher::new(&c.program, Mode::Search, 0, text.len(), false);
        loop {
            // Little fuel at a time: a search goes on where it stopped.
            match m.run(&c.program, text.as_bytes(), !text.is_ascii(), &mut 7) {
                Outcome::Suspended => {}
                Outcome::Matched => return Some((m.span(), (1..=c.groups).map(|i| m.group(i)).collect())),
                _ => return None,
            }
        }
    }

    #[test]
    fn matches() {
        assert_eq!(search("b+", "aabbb"), Some(((2, 5), vec![])));
        assert_eq!(search("(a|ab)(c|bcd)(d*)", "abcd").map(|m| m.0), Some((0, 4)));
        assert_eq!(search("(?<=x)y", "axy").map(|m| m.0), Some((2, 3)));
        assert_eq!(search("(?<!x)y", "xy"), None);
        assert_eq!(search("(a*)*", "aaa").map(|m| m.1), Some(vec![Some((3, 3))]));
        assert_eq!(search(r"(.)\1", "abccd").map(|m| m.0), Some((2, 4)));
        assert_eq!(search("(?>a+)a", "aaa"), None);
        assert_eq!(search("a++a", "aaa"), None);
        assert_eq!(search("(?:ab)+?c", "xababc").map(|m| m.0), Some((1, 6)));
        assert_eq!(search("(?i)straSSe", "STRASSE").map(|m| m.0), Some((0, 7)));
        assert_eq!(search("(<)?a(?(1)>|b)", "ab").map(|m| m.0), Some((0, 2)));
        assert_eq!(search("é.", "aéx").map(|m| m.0), Some((1, 4)));
        assert_eq!(search("(a+)+b", &"a".repeat(12)), None);
    }
}
