//! Temporary registers, given out as a stack. Floor 2.
//!
//! Invariant: `top` is one past the highest register in use; `max` is the highest `top` there ever was, so a window
//! of `max` registers holds everything.

/// A register.
pub(super) type Reg = u16;

/// Registers beyond this are refused: the fields that name them have 16 bits, and 0xFFFF means "none" in one place.
const LIMIT: u32 = 0xFF00;

/// The stack of temporaries above a frame's variables.
#[derive(Debug, Default)]
pub(super) struct Regs {
    base: u32,
    top: u32,
    max: u32,
    overflow: bool,
}

impl Regs {
    /// Temporaries begin at `base`, above all variables.
    pub(super) fn new(base: usize) -> Regs {
        let base = u32::try_from(base).unwrap_or(LIMIT + 1);
        let mut regs = Regs { base, top: base, max: base, overflow: false };
        regs.grow();
        regs
    }

    fn grow(&mut self) {
        if self.top > LIMIT {
            self.overflow = true;
            self.base = self.base.min(LIMIT);
            self.top = self.base.max(LIMIT / 2);
        }
        self.max = self.max.max(self.top);
    }

    /// A fresh temporary.
    pub(super) fn alloc(&mut self) -> Reg {
        let r = self.top;
        self.top += 1;
        self.grow();
        r as Reg
    }

    /// `n` fresh temporaries in a row; the first.
    pub(super) fn alloc_run(&mut self, n: usize) -> Reg {
        let first = self.top;
        for _ in 0..n {
            self.alloc();
        }
        first as Reg
    }

    /// Makes sure the window reaches `n` registers past the top, without taking them.
    pub(super) fn reserve(&mut self, n: u32) {
        self.max = self.max.max(self.top + n);
    }

    /// The place to go back to with [`Regs::reset`].
    pub(super) fn mark(&self) -> u32 {
        self.top
    }

    /// Frees every temporary taken since the mark.
    pub(super) fn reset(&mut self, mark: u32) {
        self.top = mark;
    }

    /// Whether the register is a temporary, not a variable.
    pub(super) fn is_temp(&self, r: Reg) -> bool {
        u32::from(r) >= self.base
    }

    /// Whether the register is the temporary taken last.
    pub(super) fn is_top(&self, r: Reg) -> bool {
        self.is_temp(r) && u32::from(r) + 1 == self.top
    }

    /// The size of the window.
    pub(super) fn window(&self) -> u16 {
        self.max.min(0xFFFF) as u16
    }

    /// Whether registers ran out.
    pub(super) fn overflowed(&self) -> bool {
        self.overflow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn temporaries_are_a_stack() {
        let mut r = Regs::new(3);
        assert_eq!(r.alloc(), 3);
        let mark = r.mark();
        assert_eq!(r.alloc_run(2), 4);
        assert!(r.is_top(5) && !r.is_top(4) && r.is_temp(3) && !r.is_temp(2));
        r.reset(mark);
        assert_eq!(r.alloc(), 4);
        assert_eq!(r.window(), 6);
    }

    #[test]
    fn running_out_is_noticed_not_wrapped() {
        let mut r = Regs::new(0);
        r.alloc_run(70_000);
        assert!(r.overflowed());
        assert!(Regs::new(1 << 20).overflowed());
    }
}
