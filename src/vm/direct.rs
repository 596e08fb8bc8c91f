//! Calls of natives by position alone: their arguments are taken where they stand. Floor 5.
//!
//! Invariant: what can't be told from the number of arguments is left to `bind_native`, which has the words of errors.

use super::Vm;
use super::drive::NativeCall;
use super::native::{Args, Res};
use super::regs::args_slice;
use crate::heap::Gc;
use crate::object::{Class, NativeFn};
use crate::value::Value;
use smallvec::SmallVec;

/// Natives with more fixed parameters than this have their arguments bound in the general way.
const MAX_FIXED: usize = 6;

impl Vm {
    /// Calls `f` with the `n` arguments at stack index `first`; `None` where they don't fit without a closer look.
    #[inline]
    pub(super) fn call_direct(&mut self, f: Gc<NativeFn>, first: usize, n: usize) -> Option<Res> {
        let max = f.max as usize;
        if f.max == u16::MAX {
            return self.call_spread(f, first, n);
        }
        if n > max || n < f.min as usize {
            return None;
        }
        if n < max {
            self.ensure_stack(first + max);
            self.threads.current.stack[first + n..first + max].fill(Value::UNDEF);
        }
        let native = self.natives[f.id as usize].function();
        let fixed = args_slice(&self.threads.current.stack, first, max);
        Some(native(self, Args { fixed, rest: &[], kwargs: None }))
    }

    /// The same for natives with `*args`, `**kwargs` or parameters that have to be named.
    fn call_spread(&mut self, f: Gc<NativeFn>, first: usize, n: usize) -> Option<Res> {
        let sig = &self.natives[f.id as usize].sig;
        let fixed = sig.nparams as usize;
        if sig.varargs && sig.positional as usize == fixed && n >= fixed {
            // The two kinds stand one behind the other already.
            let native = self.natives[f.id as usize].function();
            let (fixed, rest) = args_slice(&self.threads.current.stack, first, n).split_at(fixed);
            return Some(native(self, Args { fixed, rest, kwargs: None }));
        }
        let (fixed, rest) = self.spread(f, first, n)?;
        let native = self.natives[f.id as usize].function();
        Some(native(self, Args { fixed: &fixed, rest, kwargs: None }))
    }

    fn spread<'a>(
        &self,
        f: Gc<NativeFn>,
        first: usize,
        n: usize,
    ) -> Option<(SmallVec<[Value; MAX_FIXED]>, &'a [Value])> {
        let sig = &self.natives[f.id as usize].sig;
        let fits = n >= sig.required.into() && (sig.varargs || n <= sig.positional.into());
        if !fits || sig.keyword_required || sig.nparams as usize > MAX_FIXED {
            return None;
        }
        let given = args_slice(&self.threads.current.stack, first, n);
        let (given, rest) = given.split_at(n.min(sig.positional.into()));
        let mut fixed = SmallVec::from_slice(given);
        fixed.resize(sig.nparams.into(), Value::UNDEF);
        Some((fixed, rest))
    }

    /// The call that `call_direct` made, for conversions of its arguments.
    pub(super) fn direct_call(&self, f: Gc<NativeFn>, first: usize, n: usize) -> NativeCall {
        let max = f.max as usize;
        let (args, fixed) = if f.max == u16::MAX {
            let (fixed, rest) = self.spread(f, first, n).unwrap_or_default();
            let mut args = SmallVec::from_slice(&fixed);
            args.extend_from_slice(rest);
            (args, fixed.len())
        } else {
            (SmallVec::from_slice(args_slice(&self.threads.current.stack, first, max)), max)
        };
        NativeCall { id: f.id, args, fixed, kwargs: Value::UNDEF }
    }

    /// Whether the first argument of a method is one that the general binding would let through.
    pub(super) fn receiver_fits(&self, f: Gc<NativeFn>, first: usize, n: usize) -> bool {
        if f.max != u16::MAX || !f.bound.is_undef() {
            return true;
        }
        let Some(owner) = f.owner.cast::<Class>() else { return true };
        use super::native::DefKind;
        match self.natives[f.id as usize].def.kind {
            DefKind::Method => n > 0 && self.class_of(self.threads.current.stack[first]).is_subclass(owner),
            DefKind::New => false,
            _ => true,
        }
    }
}
