//! Compiled programs. Floor 1.

use super::ops::Instr;
use crate::base::span::{LineIndex, Span};
use std::sync::Arc;

/// A source text with its name, shared by all code compiled from it.
#[derive(Debug)]
pub struct Source {
    /// What tracebacks call it: the path as given on the command line, `<stdin>`, `<string>` …
    pub name: Arc<str>,
    pub text: Arc<str>,
    pub lines: LineIndex,
    /// Part of the interpreter's own library: its frames are left out of tracebacks.
    pub hidden: bool,
    /// Its code stands in for natives: no thread switch happens between its instructions.
    pub atomic: bool,
    /// Tracebacks show its lines although it is called `<string>`: the text of `-c`.
    pub shown: bool,
    /// Given as a string: nobody finds its lines again under its name.
    pub transient: bool,
    /// Its last line need not have an end: the text of `eval`.
    pub bare: bool,
}

impl Source {
    /// A source text under a name.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Arc<Source> {
        let text = text.into();
        Arc::new(Source {
            name: name.into(),
            lines: LineIndex::new(&text),
            text,
            hidden: false,
            shown: false,
            transient: false,
            bare: false,
            atomic: false,
        })
    }
}

/// A compile-time constant. Plain data: a VM makes it a value when it loads the code.
#[derive(Clone, Debug, PartialEq)]
pub enum Const {
    None,
    True,
    False,
    Ellipsis,
    Int(i64),
    BigInt { digits: Arc<str>, radix: u32 },
    Float(f64),
    Imaginary(f64),
    Str(Arc<str>),
    Bytes(Arc<[u8]>),
    Tuple(Arc<[Const]>),
}

/// What kind of block a [`Code`] is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CodeKind {
    /// A module: names are globals.
    Module,
    /// A class body: `r[0]` is its namespace. Returns its `__class__` cell, or `None`.
    Class,
    /// `def`, `lambda`, and comprehensions (which take their outermost iterator as `r[0]`).
    Function,
    /// `exec`'d or `eval`'d code: names are in the mapping `r[0]`, then globals.
    Exec,
}

/// What calling a function gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flavor {
    Plain,
    Generator,
    /// A generator that can be awaited: `types.coroutine`.
    IterableCoroutine,
    Coroutine,
    AsyncGenerator,
}

/// While the program counter is in `start..end` (instruction indices), an exception goes to `handler`, and is put into
/// `r[reg]`. Ranges nest; inner ones come first in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handler {
    pub start: u32,
    pub end: u32,
    pub handler: u32,
    pub reg: u16,
}

/// A variable of a comprehension, which lives in a register of the code around it, from instruction `start` to `end`.
#[derive(Clone, Debug)]
pub struct HiddenVariable {
    pub name: Arc<str>,
    pub reg: u16,
    pub is_cell: bool,
    pub start: u32,
    pub end: u32,
}

/// A compiled block.
#[derive(Clone, Debug)]
pub struct Code {
    pub source: Arc<Source>,
    pub name: Arc<str>,
    pub qualname: Arc<str>,
    pub kind: CodeKind,
    pub flavor: Flavor,
    /// Positional parameters, positional-only ones included.
    pub argcount: u16,
    pub posonly: u16,
    pub kwonly: u16,
    /// `*args` is there; its register is `argcount + kwonly`.
    pub varargs: bool,
    /// `**kwargs` is there; its register follows.
    pub varkw: bool,
    /// Names of registers `0..locals.len()`: parameters, then other locals. A local that is a cell has its cell there.
    pub locals: Vec<Arc<str>>,
    /// Registers among the locals that hold cells.
    pub cells: Vec<u16>,
    /// Names of free variables; their cells are in `r[free_base + i]` (see `CopyFree`).
    pub free: Vec<Arc<str>>,
    pub free_base: u16,
    /// The register of the `__class__` cell, for `super()` without arguments.
    pub class_cell: Option<u16>,
    /// Size of the register window.
    pub nregs: u16,
    /// Registers of locals that are not parameters and must be `Undef` at the start.
    pub clear: Vec<u16>,
    pub instrs: Vec<Instr>,
    /// For each instruction, what a traceback underlines.
    pub spans: Vec<Span>,
    pub consts: Vec<Const>,
    pub names: Vec<Arc<str>>,
    /// For each site (an inline cache in a VM), its index in `names`. No two instructions share a site.
    pub sites: Vec<u32>,
    pub handlers: Vec<Handler>,
    /// Variables of comprehensions, outer ones first.
    pub hidden: Vec<HiddenVariable>,
    pub children: Vec<Arc<Code>>,
    pub doc: Option<Arc<str>>,
    /// Where the `def`, `class` or `lambda` stands; `co_firstlineno` is its line (that of the first decorator).
    pub span: Span,
}

impl Code {
    /// `co_firstlineno`.
    pub fn first_line(&self) -> u32 {
        self.source.lines.line(self.span.start)
    }

    /// The line of instruction `pc`.
    pub fn line(&self, pc: usize) -> u32 {
        self.spans.get(pc).map_or(self.first_line(), |s| self.source.lines.line(s.start))
    }

    /// Number of parameters, `*args` and `**kwargs` included.
    pub fn nparams(&self) -> usize {
        self.argcount as usize + self.kwonly as usize + self.varargs as usize + self.varkw as usize
    }
}
