//! What a pattern is compiled to. Pure; see `text`.
//!
//! Invariant: every jump leads to an instruction of the same program; every path ends at `Success` or `Fail`.

use super::fold::{Case, any_variant};
use crate::text::unicode;

/// A class of characters such as `\d`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Category {
    Digit,
    Space,
    Word,
}

/// One item of a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetItem {
    Range(u32, u32),
    /// A category, or all that is not in it.
    Category(Category, bool),
}

/// A set of characters as written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SetSpec {
    pub items: Vec<SetItem>,
    pub negated: bool,
}

/// Whether a character belongs to a category. `ascii`: only ASCII characters do.
pub fn in_category(category: Category, ascii: bool, c: u32) -> bool {
    if c < 0x80 {
        let b = c as u8;
        return match category {
            Category::Digit => b.is_ascii_digit(),
            Category::Space => matches!(b, b' ' | 9..=13) || !ascii && matches!(b, 28..=31),
            Category::Word => b.is_ascii_alphanumeric() || b == b'_',
        };
    }
    match char::from_u32(c) {
        Some(ch) if !ascii => match category {
            Category::Digit => unicode::is_decimal(ch),
            Category::Space => unicode::is_space(ch),
            Category::Word => unicode::is_alnum(ch),
        },
        _ => false,
    }
}

/// A set, ready to be asked.
#[derive(Debug)]
pub struct Set {
    /// The answers for the first 256 characters.
    low: [u64; 4],
    spec: SetSpec,
    case: Case,
    ascii: bool,
}

impl Set {
    pub fn new(spec: SetSpec, case: Case, ascii: bool) -> Set {
        let mut set = Set { low: [0; 4], spec, case, ascii };
        for c in 0..256u32 {
            if set.ask(c) {
                set.low[c as usize / 64] |= 1 << (c % 64);
            }
        }
        set
    }

    fn ask(&self, c: u32) -> bool {
        let inside = any_variant(c, self.case, |x| {
            self.spec.items.iter().any(|item| match *item {
                SetItem::Range(lo, hi) => lo <= x && x <= hi,
                SetItem::Category(category, negated) => in_category(category, self.ascii, x) != negated,
            })
        });
        inside != self.spec.negated
    }

    #[inline]
    pub fn has(&self, c: u32) -> bool {
        if c < 256 { self.low[c as usize / 64] >> (c % 64) & 1 != 0 } else { self.ask(c) }
    }
}

/// One character of a text.
#[derive(Clone, Copy, Debug)]
pub enum Single {
    Char(u32),
    /// A folded character.
    Folded(u32, Case),
    /// Any but a newline.
    Any,
    All,
    Set(u32),
}

/// A place between characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum At {
    /// The beginning of the text.
    Beginning,
    /// The beginning of a line.
    LineBeginning,
    /// The end of the text, or before a newline that ends it.
    End,
    /// The end of a line.
    LineEnd,
    /// The very end.
    VeryEnd,
    /// A word begins or ends here; `true`: only ASCII characters are word characters.
    Boundary(bool),
    NotBoundary(bool),
}

/// How a repetition chooses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Greed {
    Most,
    Least,
    /// As many as there are, without going back.
    Possessive,
}

/// `max` of repetitions without one.
pub const UNLIMITED: u32 = u32::MAX;

/// An instruction of the matcher.
#[derive(Clone, Copy, Debug)]
pub enum Op {
    One(Single),
    /// A run of exact characters: a range of `literals`.
    Literal(u32, u32),
    At(At),
    /// Notes the position in a slot: twice the group, plus one for its end.
    Save(u32),
    /// Tries what follows; then what is at the place given.
    Split(u32),
    Jump(u32),
    /// Repeats one character. What follows is what comes after.
    Repeat {
        single: Single,
        min: u32,
        max: u32,
        greed: Greed,
    },
    /// Sets up the counter `slot` of a repetition; a `LoopNext` stands at the place given.
    LoopInit {
        slot: u32,
        next: u32,
    },
    /// Decides whether the body, at `body`, is run once more. What follows is what comes after.
    LoopNext {
        slot: u32,
        body: u32,
        min: u32,
        max: u32,
        greedy: bool,
    },
    /// The same text as a group's.
    Backref(u32, Case),
    /// Jumps unless the group has matched.
    IfGroup(u32, u32),
    /// Begins a look-around; its end is before the place given. `back`: so many characters earlier.
    Look {
        end: u32,
        negated: bool,
        back: Option<u32>,
    },
    /// A look-around matched.
    LookEnd {
        negated: bool,
    },
    /// Begins something that is never gone back into.
    Atomic,
    AtomicEnd,
    Fail,
    Success,
}

/// A compiled pattern.
#[derive(Debug)]
pub struct Program {
    pub ops: Vec<Op>,
    pub sets: Vec<Set>,
    pub literals: Vec<u32>,
    /// Number of slots of groups: two for each, group 0 not among them.
    pub slots: usize,
    pub loops: usize,
    /// What every match begins with, as it stands in texts; may be empty.
    pub prefix: Vec<u8>,
    /// What the first character of a match can be, where that says something.
    pub first: Option<Single>,
}
