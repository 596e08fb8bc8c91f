//! Programs out of bytes: each input is a program without syntax errors, most of whose operations do something.
//!
//! All names are there from the start, loops end, and each statement of the main program is tried on its own, so that a
//! TypeError in one doesn't hide the rest.

use arbitrary::{Result, Unstructured};
use std::fmt::Write;

/// How deep expressions nest.
const EXPRESSIONS: u32 = 4;
/// How deep blocks nest.
const BLOCKS: u32 = 3;

/// Variables of each function and of the module.
const NAMES: &[&str] = &["a", "b", "c", "d", "x"];
const ERRORS: &[&str] = &["ValueError", "KeyError", "TypeError", "IndexError", "Exception", "StopIteration", "Odd"];
const BINARY: &[&str] =
    &["+", "-", "*", "//", "%", "/", "&", "|", "^", "<<", ">>", "**", "@", "<", "<=", "==", "!=", "is", "in", "and", "or"];
const ASSIGNED: &[&str] = &["+=", "-=", "*=", "|=", "&=", "//=", "%=", "^="];
const FUNCTIONS: &[&str] = &[
    "len", "list", "tuple", "set", "frozenset", "dict", "sorted", "sum", "min", "max", "repr", "str", "hash", "bool", "int", "float",
    "iter", "next", "reversed", "enumerate", "any", "all", "type", "abs", "bytes", "callable", "id", "dir", "vars", "round", "chr",
    "ord", "Box", "Odd", "gen", "slow", "ascii", "bytearray", "complex", "deque", "Counter", "chain",
];
const TWO: &[&str] = &[
    "zip", "map", "filter", "isinstance", "divmod", "pow", "getattr", "range", "max", "min", "sorted_by", "hasattr", "format", "round",
    "accumulate", "islice", "reduce", "Pair",
];
const METHODS: &[&str] = &[
    "append", "extend", "pop", "remove", "insert", "index", "count", "sort", "reverse", "clear", "copy", "keys", "values", "items", "get",
    "update", "setdefault", "popitem", "add", "discard", "union", "join", "split", "replace", "strip", "upper", "format", "encode",
    "decode", "startswith", "find", "ljust", "send", "throw", "close", "__iter__", "__next__", "__class__", "__init__", "__eq__",
    "appendleft", "rotate", "most_common", "isdigit", "partition", "title", "translate", "hex", "bit_length", "to_bytes",
];

/// What each program begins with.
const PROLOGUE: &str = r#"import threading, queue
from collections import deque, Counter, defaultdict
from functools import reduce
from itertools import accumulate, chain, islice
lock, rlock, q = threading.Lock(), threading.RLock(), queue.Queue()
total = 0
class Odd(Exception):
    def __str__(self): return "odd" * (len(self.args) % 3)
class Box:
    def __init__(self, v=0): self.v = v
    def __eq__(self, other): return isinstance(other, Box) and self.v == other.v
    def __hash__(self): return hash(type(self.v))
    def __lt__(self, other): return str(self.v) < str(getattr(other, "v", other))
    def __add__(self, other): return Box((self.v, other))
    def __getitem__(self, i): return self.v[i]
    def __len__(self): return len(self.v)
    def __iter__(self): yield self.v; yield from (self.v if isinstance(self.v, (list, str)) else ())
    def __repr__(self): return f"Box({self.v!r})"
    def __call__(self, *args, **kwargs): return len(args) + len(kwargs)
    def __enter__(self): return self.v
    def __exit__(self, *error): return bool(self.v)
    def __getattr__(self, name): return name if len(name) == 1 else super().__getattribute__(name)
class Pair:
    __slots__ = ("first", "second")
    __match_args__ = ("first", "second")
    def __init__(self, first, second): self.first, self.second = first, second
    @property
    def both(self): return self.first, self.second
def gen(v):
    try:
        for item in v: yield item
    except Exception as e: yield e
    finally: v = None
def slow(v):
    with lock: return [v, v]
def sorted_by(v, f): return sorted(v, key=f)
def attempt(f):
    try: print(str(f())[:200])
    except Exception as e: print(type(e).__name__, str(e)[:200])
a, b, c, d, x = 1, "text", [3, 1, 2], {"k": 1, 2: [4]}, None
"#;

/// How the threads of a program run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    Together,
    /// One after the other, as another interpreter would run them, too.
    InTurn,
}

/// The program that these bytes stand for.
pub fn program(bytes: &[u8], threads: Threads) -> String {
    let mut writer = Writer { from: Unstructured::new(bytes), text: PROLOGUE.to_owned(), indent: 0, in_function: false };
    // An end of the bytes is an end of the program: what is written so far is complete in lines.
    let _ = writer.module(threads);
    writer.text
}

struct Writer<'a> {
    from: Unstructured<'a>,
    text: String,
    indent: usize,
    in_function: bool,
}

impl Writer<'_> {
    fn module(&mut self, threads: Threads) -> Result<()> {
        let functions = self.from.int_in_range(1..=4)?;
        for n in 0..functions {
            self.function(n)?;
        }
        for n in 0..functions {
            self.line(&format!("t{n} = threading.Thread(target=lambda: attempt(f{n}), name='t{n}')"));
            self.line(&format!("t{n}.start()"));
            if threads == Threads::InTurn {
                self.line(&format!("t{n}.join()"));
            }
        }
        for _ in 0..self.from.int_in_range(0..=8)? {
            let e = self.expression(0)?;
            self.line(&format!("attempt(lambda: {e})"));
        }
        for n in 0..functions {
            self.line(&format!("t{n}.join()"));
        }
        self.line("print(total, q.qsize(), a, b, c, d, x)");
        Ok(())
    }

    fn function(&mut self, n: u32) -> Result<()> {
        let star = if self.from.ratio(1, 4)? { ", *rest, **named" } else { "" };
        self.line(&format!("def f{n}(a=5, b='ab', c=(1, 2), d=None{star}):"));
        self.in_function = true;
        self.indent += 1;
        self.line("x = None");
        if self.from.ratio(1, 3)? {
            self.line("global total");
            self.line("total += 1");
        }
        // Past the end of the bytes a block still needs its end: errors are taken up after it.
        let body = self.statements(0);
        let last = self.name().unwrap_or("x");
        self.line(&format!("return {last}"));
        self.indent -= 1;
        self.in_function = false;
        body
    }

    fn line(&mut self, text: &str) {
        for _ in 0..self.indent {
            self.text.push_str("    ");
        }
        self.text.push_str(text);
        self.text.push('\n');
    }

    fn block(&mut self, head: &str, depth: u32) -> Result<()> {
        self.line(head);
        self.indent += 1;
        self.line("pass");
        let body = self.statements(depth + 1);
        self.indent -= 1;
        body
    }

    fn statements(&mut self, depth: u32) -> Result<()> {
        for _ in 0..self.from.int_in_range(1..=5)? {
            self.statement(depth)?;
        }
        Ok(())
    }

    fn statement(&mut self, depth: u32) -> Result<()> {
        let kinds = if depth < BLOCKS { 18 } else { 9 };
        let (name, e) = (self.name()?, self.expression(1)?);
        match self.from.int_in_range(0..=kinds)? {
            0 | 1 => self.line(&format!("{name} = {e}")),
            2 => {
                let op = *self.from.choose(ASSIGNED)?;
                self.line(&format!("{name} {op} {e}"));
            }
            3 => {
                let other = self.name()?;
                self.line(&format!("{name}, *{other} = {e}"));
            }
            4 => self.line(&format!("print(str({e})[:200])")),
            5 => {
                let key = self.expression(2)?;
                self.line(&format!("{name}[{key}] = {e}"));
            }
            6 => self.line(&format!("{name}.v = {e}")),
            7 => {
                let method = *self.from.choose(METHODS)?;
                self.line(&format!("{name}.{method}({e})"));
            }
            8 => self.line(&format!("q.put({e}); q.get()")),
            9 => {
                let error = *self.from.choose(ERRORS)?;
                self.line(&format!("if {e}: raise {error}({name})"));
            }
            10 => self.block(&format!("for {name} in islice({e}, 20):"), depth)?,
            11 => self.block(&format!("if {e}:"), depth)?,
            12 => {
                let head = if self.from.ratio(1, 2)? { "with lock:" } else { "with rlock, Box([1]) as x:" };
                self.block(head, depth)?;
            }
            13 => {
                let error = *self.from.choose(ERRORS)?;
                let tried = self.block("try:", depth);
                let handled = tried.and_then(|()| self.block(&format!("except {error} as x:"), depth));
                self.line("finally: x = None");
                handled?;
            }
            14 => {
                self.line(&format!("{name} = 5"));
                let body = self.block(&format!("while {name}:"), depth);
                self.indent += 1;
                self.line(&format!("{name} = {name} - 1 if isinstance({name}, int) and 0 < {name} < 9 else 0"));
                self.indent -= 1;
                body?;
            }
            15 => {
                self.line(&format!("match {e}:"));
                self.indent += 1;
                for pattern in ["[a, *_]", "{'k': b}", "Pair(a, second=b) if a", "int() | str() as c", "_"] {
                    let arm = if self.from.ratio(1, 2).unwrap_or(false) { "x = 1" } else { "pass" };
                    self.line(&format!("case {pattern}: {arm}"));
                }
                self.indent -= 1;
            }
            16 => {
                let captured = self.name()?;
                self.line(&format!("def {name}(a={e}, *c): nonlocal_ = {captured}; yield a; yield from c; return nonlocal_"));
            }
            17 => {
                self.line(&format!("class {name}(Box, metaclass=type):"));
                self.indent += 1;
                self.line(&format!("field = {e}"));
                self.line("def __bool__(self): return len(repr(self.v)) % 2 == 0");
                self.indent -= 1;
            }
            _ => {
                let head = format!("for {name} in ({e} for _ in range(3)):");
                self.block(&head, depth)?;
                if self.from.ratio(1, 3)? {
                    self.line("else: x = 7");
                }
            }
        }
        Ok(())
    }

    fn name(&mut self) -> Result<&'static str> {
        self.from.choose(NAMES).copied()
    }

    fn expression(&mut self, depth: u32) -> Result<String> {
        if depth >= EXPRESSIONS {
            return self.atom();
        }
        let d = depth + 1;
        Ok(match self.from.int_in_range(0..=19)? {
            0..=3 => self.atom()?,
            4 | 5 => {
                let (x, op, y) = (self.expression(d)?, *self.from.choose(BINARY)?, self.expression(d)?);
                // Powers and shifts of large numbers take long, in CPython too.
                if matches!(op, "**" | "<<") { format!("({x} {op} 3)") } else { format!("({x} {op} {y})") }
            }
            6 | 7 => format!("{}({})", self.from.choose(FUNCTIONS)?, self.expression(d)?),
            8 => format!("{}({}, {})", self.from.choose(TWO)?, self.expression(d)?, self.expression(d)?),
            9 => format!("{}.{}({})", self.expression(d)?, self.from.choose(METHODS)?, self.expression(d)?),
            10 => format!("{}.{}()", self.expression(d)?, self.from.choose(METHODS)?),
            11 => format!("{}[{}]", self.expression(d)?, self.expression(d)?),
            12 => format!("{}[{}:{}]", self.name()?, self.expression(d)?, self.atom()?),
            13 => self.display(d)?,
            14 => format!("({} if {} else {})", self.expression(d)?, self.atom()?, self.expression(d)?),
            15 => format!("(lambda {0}, *args: {1})", self.name()?, self.expression(d)?),
            16 => self.comprehension(d)?,
            17 => format!("(not {})", self.expression(d)?),
            18 => format!("f'{{{}!r:>5}} {{{}}}'", self.name()?, self.name()?),
            _ => format!("({} := {})", self.name()?, self.expression(d)?),
        })
    }

    fn atom(&mut self) -> Result<String> {
        let mut text = String::new();
        match self.from.int_in_range(0..=9)? {
            0..=4 => text.push_str(self.name()?),
            5 => {
                let _ = write!(text, "({})", self.from.int_in_range(-3..=12)?);
            }
            6 => text.push_str(self.from.choose(&["(2**63)", "(-2**62)", "(10**30)", "(0.5)", "(1e300)", "float('nan')", "(-0.0)", "(1j)"])?),
            7 => text.push_str(self.from.choose(&["''", "'é'", "'a b'", "b'x\\xff'", "'{0}'", "'k'", "'\\U0001f600'"])?),
            8 => text.push_str(self.from.choose(&["None", "True", "()", "[]", "{}", "...", "range(4)", "Box", "int"])?),
            _ => text.push_str(self.from.choose(&["Box([1, 2])", "Pair(1, 'p')", "gen('abc')", "deque([1, 2, 3], 4)", "{1, 2}"])?),
        }
        Ok(text)
    }

    fn display(&mut self, depth: u32) -> Result<String> {
        let (x, y) = (self.expression(depth)?, self.expression(depth)?);
        Ok(match self.from.int_in_range(0..=5)? {
            0 => format!("[{x}, {y}]"),
            1 => format!("({x}, *islice({y}, 9))"),
            2 => format!("{{{x}: {y}}}"),
            3 => format!("{{{x}, {y}}}"),
            4 => format!("[{x}] * 3"),
            _ => format!("{{'k': {x}, **dict(c={y})}}"),
        })
    }

    fn comprehension(&mut self, depth: u32) -> Result<String> {
        let (name, source, item) = (self.name()?, self.expression(depth)?, self.expression(depth)?);
        // A walrus may not bind what a comprehension iterates over, nor stand in the iterable.
        let (source, item) = (source.replace(":=", "=="), item.replace(":=", "=="));
        Ok(match self.from.int_in_range(0..=3)? {
            0 => format!("[{item} for {name} in islice({source}, 9)]"),
            1 => format!("{{{item} for {name} in islice({source}, 9)}}"),
            2 => format!("{{{name}: {item} for {name} in islice({source}, 9)}}"),
            _ => format!("({item} for {name} in islice({source}, 9))"),
        })
    }
}
