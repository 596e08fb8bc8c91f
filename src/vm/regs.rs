//! Unchecked access to registers and instructions, for the dispatch loop alone. Floor 5.
//!
//! Invariant: code that runs has been verified (`bytecode::verify`): every register operand is below `nregs`, jumps land
//! on instructions, and execution does not run off the end. Before a frame runs, the value stack has room for its whole
//! window. So the pointers below stay inside of their allocations until the stack grows; the loop makes new ones then.
#![allow(unsafe_code)]

use crate::bytecode::ops::Instr;
use crate::value::Value;

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

    /// The `n` registers from `i`.
    #[inline(always)]
    pub fn slice<'a>(self, i: u16, n: usize) -> &'a [Value] {
        // SAFETY: the module's invariant; the verifier checks runs of registers too. The slice is used before the next
        // write to these registers or growth of the stack.
        unsafe { std::slice::from_raw_parts(self.0.add(i as usize), n) }
    }
}

/// The instruction pointer: at the next instruction.
#[derive(Clone, Copy)]
pub struct Ip(*const Instr);

impl Ip {
    #[inline(always)]
    pub fn new(instrs: &[Instr], index: usize) -> Ip {
        debug_assert!(index <= instrs.len());
        // SAFETY: within or just behind the instructions.
        Ip(unsafe { instrs.as_ptr().add(index) })
    }

    /// The next instruction; the pointer moves on.
    #[inline(always)]
    pub fn fetch(&mut self) -> Instr {
        // SAFETY: the module's invariant.
        unsafe {
            let i = *self.0;
            self.0 = self.0.add(1);
            i
        }
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

    /// Index of the next instruction.
    #[inline(always)]
    pub fn index(self, instrs: &[Instr]) -> u32 {
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
