//! Unchecked access to registers and instructions, for the dispatch loop alone. Floor 5.
//!
//! Invariant: code that runs has been verified (`bytecode::verify`): every register operand is below `nregs`, jumps land
//! on instructions, and execution does not run off the end. Before a frame runs, the value stack has room for its whole
//! window. So the pointers below stay inside of their allocations until the stack grows; the loop makes new ones then.
#![allow(unsafe_code)]

use crate::bytecode::ops::{Instr, Op};
use crate::heap::Gc;
use crate::object::func::Cache;
use crate::object::{Code, Dict, Function};
use crate::value::Value;
use std::cell::Cell;

/// The register window of the running frame.
#[derive(Clone, Copy)]
pub struct Regs(*mut Value);

impl Regs {
    /// The window that begins at `base` of a value stack.
    #[inline(always)]
    pub fn new(stack: &mut [Value], base: usize) -> Regs {
        debug_assert!(base <= stack.len());
        // SAFETY: `base` lies within the stack.
        Regs(unsafe { stack.as_mut_ptr().add(base) })
    }

    #[inline(always)]
    pub fn get(self, i: u16) -> Value {
        // SAFETY: the module's invariant.
        unsafe { *self.0.add(i as usize) }
    }

    #[inline(always)]
    pub fn set(self, i: u16, v: Value) {
        // SAFETY: the module's invariant.
        unsafe { *self.0.add(i as usize) = v }
    }

    /// `r[-1]`: the function that runs.
    #[inline(always)]
    pub fn function(self) -> Value {
        // SAFETY: below every window stands the callee.
        unsafe { *self.0.sub(1) }
    }

    /// The globals of the function that runs.
    #[inline(always)]
    pub fn globals(self) -> Gc<Dict> {
        let f = self.function();
        debug_assert!(f.cast::<Function>().is_some());
        // SAFETY: below every window of code stands a function: frames of code are pushed by calls of functions and by
        // generators, which keep theirs.
        unsafe { Gc::<Function>::from_addr(f.bits() as usize) }.globals
    }

    /// The `n` registers from `i`.
    #[inline(always)]
    pub fn slice<'a>(self, i: u16, n: usize) -> &'a [Value] {
        // SAFETY: the module's invariant; the verifier checks runs of registers too. The slice is used before the next
        // write to these registers or growth of the stack.
        unsafe { std::slice::from_raw_parts(self.0.add(i as usize), n) }
    }
}

/// The inline cache of a site.
#[inline(always)]
pub fn site(code: &Code, site: u16) -> &Cache {
    // SAFETY: nobody writes a cache while the loop looks at it; the verifier has checked the operand.
    let caches: &[Cache] = unsafe { &*code.caches.as_ptr() };
    // SAFETY: as above.
    unsafe { caches.get_unchecked(site as usize) }
}

/// A constant.
#[inline(always)]
pub fn constant(code: &Code, index: u32) -> Value {
    // SAFETY: the verifier has checked the operand.
    unsafe { *code.consts.get_unchecked(index as usize) }
}

/// An instruction of loaded code, where it stands: its fields are read when they are needed.
#[derive(Clone, Copy)]
pub struct At(*const Cell<Instr>);

/// Reads one field of the instruction.
macro_rules! field {
    ($($name:ident: $type:ty),*) => {
        $(
            #[inline(always)]
            pub fn $name(self) -> $type {
                // SAFETY: the module's invariant; `Cell<Instr>` has the layout of `Instr`.
                unsafe { (*self.0.cast::<Instr>()).$name }
            }
        )*
    };
}

impl At {
    field!(op: Op, x: u8, a: u16, b: u16, c: u16);

    /// The 32-bit field made of `b` and `c`.
    #[inline(always)]
    pub fn bc(self) -> u32 {
        self.b() as u32 | (self.c() as u32) << 16
    }

    /// Specialises it.
    #[inline(always)]
    pub fn become_(self, op: Op) {
        debug_assert_eq!(self.op().generic(), op.generic());
        // SAFETY: the module's invariant.
        let cell = unsafe { &*self.0 };
        cell.set(Instr { op, ..cell.get() });
    }

    /// The instruction as it was compiled.
    #[inline(always)]
    pub fn get(self) -> Instr {
        // SAFETY: the module's invariant.
        let i = unsafe { (*self.0).get() };
        Instr { op: i.op.generic(), ..i }
    }
}

/// The instruction pointer: at the next instruction.
#[derive(Clone, Copy)]
pub struct Ip(*const Cell<Instr>);

impl Ip {
    #[inline(always)]
    pub fn new(instrs: &[Cell<Instr>], index: usize) -> Ip {
        debug_assert!(index <= instrs.len());
        // SAFETY: within or just behind the instructions.
        Ip(unsafe { instrs.as_ptr().add(index) })
    }

    /// The next instruction; the pointer moves on.
    #[inline(always)]
    pub fn fetch(&mut self) -> At {
        let at = At(self.0);
        // SAFETY: the module's invariant.
        self.0 = unsafe { self.0.add(1) };
        at
    }

    /// Back to the instruction that was just fetched.
    #[inline(always)]
    pub fn back(&mut self) {
        // SAFETY: it was fetched from there.
        self.0 = unsafe { self.0.sub(1) };
    }

    /// Jumps by the signed distance in an operand.
    #[inline(always)]
    pub fn jump(&mut self, by: u16) {
        // SAFETY: the module's invariant.
        self.0 = unsafe { self.0.offset(by as i16 as isize) };
    }

    /// The instruction that a jump by this distance leads to.
    #[inline(always)]
    pub fn target(mut self, by: u16) -> At {
        self.jump(by);
        At(self.0)
    }

    /// Index of the next instruction.
    #[inline(always)]
    pub fn index(self, instrs: &[Cell<Instr>]) -> u32 {
        // SAFETY: both pointers are into the same code.
        unsafe { self.0.offset_from(instrs.as_ptr()) as u32 }
    }
}

/// A slice of arguments on the value stack that outlives the borrow of the VM: for natives, which get the VM mutably.
///
/// Natives are leaves: none of them makes the running thread's value stack grow or changes the arguments.
#[inline(always)]
pub fn args_slice<'a>(stack: &[Value], at: usize, n: usize) -> &'a [Value] {
    let s = &stack[at..at + n];
    // SAFETY: see above; the stack's allocation is not touched until the native returns.
    unsafe { std::slice::from_raw_parts(s.as_ptr(), s.len()) }
}
