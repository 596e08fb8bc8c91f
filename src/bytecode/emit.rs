//! Builds the instructions of one code block: labels, constants, names, sites. Floor 1.
//!
//! Invariant: after [`Builder::finish`] every label's jump is resolved; what doesn't fit its field is an error, never
//! a wrong jump.

use super::ops::{Instr, Op, Role};
use super::program::{Code, Const, Handler};
use crate::base::span::Span;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// A place in the code that jumps can name before it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

impl Label {
    /// A number for tables indexed by label.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Why a block can't be finished.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EmitError {
    /// A fused jump goes further than its 16 bits: compile again with unfused jumps.
    JumpTooFar,
    /// Some index does not fit its field.
    TooLarge,
}

/// What [`Builder::finish`] gives: the tables of a `Code`.
#[derive(Debug)]
pub struct Parts {
    pub instrs: Vec<Instr>,
    pub spans: Vec<Span>,
    pub consts: Vec<Const>,
    pub names: Vec<Arc<str>>,
    pub sites: Vec<u32>,
    pub handlers: Vec<Handler>,
    pub children: Vec<Arc<Code>>,
}

const UNBOUND: u32 = u32::MAX;
/// More instructions than this in one block are refused (duplicated `finally` bodies can grow exponentially).
const MAX_INSTRS: usize = 1 << 22;

/// From so many sites on, equal ones are shared: an instruction has 16 bits for a site.
const MANY_SITES: usize = 0xC000;

/// Collects one block's instructions.
#[derive(Debug, Default)]
pub struct Builder {
    instrs: Vec<Instr>,
    spans: Vec<Span>,
    consts: Vec<Const>,
    const_index: FxHashMap<Vec<u8>, u32>,
    names: Vec<Arc<str>>,
    name_index: FxHashMap<Arc<str>, u32>,
    sites: Vec<u32>,
    /// The instruction of each site.
    site_ops: Vec<u8>,
    /// Name and instruction to site, where there are many.
    shared_sites: FxHashMap<(u32, u8), usize>,
    handlers: Vec<Handler>,
    children: Vec<Arc<Code>>,
    labels: Vec<u32>,
    fixups: Vec<(u32, Label)>,
    too_large: bool,
}

impl Builder {
    /// The index of the next instruction.
    pub fn pc(&self) -> u32 {
        self.instrs.len() as u32
    }

    /// Whether a limit was passed, so that `finish` will fail.
    pub fn is_too_large(&self) -> bool {
        self.too_large
    }

    /// A new label, not yet placed.
    pub fn label(&mut self) -> Label {
        self.labels.push(UNBOUND);
        Label(self.labels.len() as u32 - 1)
    }

    /// Places a label here.
    pub fn bind(&mut self, label: Label) {
        let pc = self.pc();
        if let Some(slot) = self.labels.get_mut(label.index()) {
            *slot = pc;
        }
    }

    /// Appends an instruction.
    pub fn emit(&mut self, instr: Instr, span: Span) {
        if self.instrs.len() >= MAX_INSTRS {
            self.too_large = true;
            return;
        }
        self.instrs.push(instr);
        self.spans.push(span);
    }

    /// Appends an instruction whose jump field will be the label's place.
    pub fn jump(&mut self, instr: Instr, label: Label, span: Span) {
        self.fixups.push((self.pc(), label));
        self.emit(instr, span);
    }

    /// The index of a constant, entered once.
    pub fn konst(&mut self, c: Const) -> u32 {
        let mut key = Vec::new();
        const_key(&c, &mut key);
        if let Some(&i) = self.const_index.get(&key) {
            return i;
        }
        let i = self.consts.len() as u32;
        self.consts.push(c);
        self.const_index.insert(key, i);
        i
    }

    fn name32(&mut self, name: &Arc<str>) -> u32 {
        if let Some(&i) = self.name_index.get(name) {
            return i;
        }
        let i = self.names.len() as u32;
        self.names.push(name.clone());
        self.name_index.insert(name.clone(), i);
        i
    }

    /// The index of a name, entered once.
    pub fn name(&mut self, name: &Arc<str>) -> u16 {
        let i = self.name32(name);
        self.narrow(i as usize)
    }

    /// A site of the instruction `op` for a name: a new one, until a block has so many that equal ones must share.
    pub fn site(&mut self, name: &Arc<str>, op: Op) -> u16 {
        let i = self.name32(name);
        if self.sites.len() >= MANY_SITES {
            if self.shared_sites.is_empty() {
                let old = self.sites.iter().zip(&self.site_ops).enumerate();
                self.shared_sites = old.map(|(site, (&name, &op))| ((name, op), site)).collect();
            }
            if let Some(&site) = self.shared_sites.get(&(i, op as u8)) {
                return self.narrow(site);
            }
            self.shared_sites.insert((i, op as u8), self.sites.len());
        }
        self.sites.push(i);
        self.site_ops.push(op as u8);
        self.narrow(self.sites.len() - 1)
    }

    /// Adds an inner block.
    pub fn child(&mut self, code: Arc<Code>) -> u16 {
        self.children.push(code);
        self.narrow(self.children.len() - 1)
    }

    /// Adds an exception handler; inner ones must come first. Empty ranges are left out.
    pub fn handler(&mut self, start: u32, end: u32, handler: u32, reg: u16) {
        if start < end {
            self.handlers.push(Handler { start, end, handler, reg });
        }
    }

    fn narrow(&mut self, i: usize) -> u16 {
        u16::try_from(i).unwrap_or_else(|_| {
            self.too_large = true;
            0
        })
    }

    /// Resolves the labels and gives the tables.
    pub fn finish(mut self) -> Result<Parts, EmitError> {
        if self.too_large {
            return Err(EmitError::TooLarge);
        }
        for &(at, label) in &self.fixups {
            let target = self.labels[label.index()];
            debug_assert_ne!(target, UNBOUND, "a jump to a label that was never placed");
            let Some(i) = self.instrs.get_mut(at as usize) else { continue };
            match jump_field(i.op) {
                Role::Jump => {
                    let far = i64::from(target) - i64::from(at) - 1;
                    i.c = i16::try_from(far).map_err(|_| EmitError::JumpTooFar)? as u16;
                }
                _ => {
                    i.b = target as u16;
                    i.c = (target >> 16) as u16;
                }
            }
        }
        Ok(Parts {
            instrs: self.instrs,
            spans: self.spans,
            consts: self.consts,
            names: self.names,
            sites: self.sites,
            handlers: self.handlers,
            children: self.children,
        })
    }
}

/// Which kind of jump an operation makes: `Role::Jump`, `Role::Jump32`, or `Role::None`.
pub fn jump_field(op: Op) -> Role {
    let [_, b, c] = op.roles();
    if c == Role::Jump {
        Role::Jump
    } else if b == Role::Jump32 {
        Role::Jump32
    } else {
        Role::None
    }
}

/// The place that the instruction at `pc` may jump to.
pub fn jump_target(instr: Instr, pc: usize) -> Option<i64> {
    match jump_field(instr.op) {
        Role::Jump => Some(pc as i64 + 1 + i64::from(instr.c as i16)),
        Role::Jump32 => Some(i64::from(instr.bc())),
        _ => None,
    }
}

/// Bytes that are equal for constants that are the same (`0.0` and `-0.0` are not, nor are `1` and `1.0`).
fn const_key(c: &Const, out: &mut Vec<u8>) {
    fn bytes(tag: u8, b: &[u8], out: &mut Vec<u8>) {
        out.push(tag);
        out.extend_from_slice(&(b.len() as u64).to_le_bytes());
        out.extend_from_slice(b);
    }
    match c {
        Const::None => out.push(0),
        Const::True => out.push(1),
        Const::False => out.push(2),
        Const::Ellipsis => out.push(3),
        Const::Int(i) => bytes(4, &i.to_le_bytes(), out),
        Const::BigInt { digits, radix } => {
            out.push(*radix as u8);
            bytes(5, digits.as_bytes(), out);
        }
        Const::Float(f) => bytes(6, &f.to_bits().to_le_bytes(), out),
        Const::Imaginary(f) => bytes(7, &f.to_bits().to_le_bytes(), out),
        Const::Str(s) => bytes(8, s.as_bytes(), out),
        Const::Bytes(b) => bytes(9, b, out),
        Const::Tuple(items) => {
            bytes(10, &(items.len() as u64).to_le_bytes(), out);
            items.iter().for_each(|i| const_key(i, out));
        }
    }
}
