//! Calls of natives from the loop that take more than handing over a window: `with` over objects whose `__enter__` and
//! `__exit__` are natives (locks above all), and arguments that were left out. Floor 5.
//!
//! Natives are called where they are, without a window on the stack, and the answer goes into its register. What they can't
//! do by returning a value (waiting, raising) goes the way of all calls. Invariant: registers stay where they are if the
//! answer is `Act::Run`.

use super::Vm;
use super::drive::{Act, NativeCall};
use super::native::Args;
use super::thread::Then;
use crate::bytecode::ops::Instr;
use crate::heap::Gc;
use crate::object::NativeFn;
use crate::value::Value;
use smallvec::SmallVec;

/// What `__exit__` is told where no exception is on its way.
const NO_EXCEPTION: [Value; 3] = [Value::NONE; 3];

/// Natives with more parameters are called through a window.
const MOST: usize = 6;

impl Vm {
    /// Calls the native `f` in register `at` with the `n` registers behind it, its receiver in front if it is bound, and
    /// filled up with what was left out: see [`NativeFn::takes_filled_up`]. `None`: it has too many parameters for this.
    pub(super) fn call_filled_up(&mut self, f: Gc<NativeFn>, at: u16, n: u16, dst: u16) -> Option<Act> {
        let max = f.max as usize;
        if max > MOST {
            return None;
        }
        let mut args = [Value::UNDEF; MOST];
        let t = &self.threads.current;
        let first = t.frames.last()?.base as usize + at as usize + 1;
        let front = f.binds as usize;
        if f.binds {
            args[0] = f.bound;
        }
        args.get_mut(front..front + n as usize)?.copy_from_slice(t.stack.get(first..first + n as usize)?);
        let native = self.natives[f.id as usize].function();
        Some(match native(self, Args { fixed: &args[..max], rest: &[], kwargs: None }) {
            Ok(value) => {
                self.set_reg(dst, value);
                Act::Run
            }
            Err(c) => {
                let args = SmallVec::from_slice(&args[..max]);
                let call = NativeCall { id: f.id, args, fixed: max, kwargs: Value::UNDEF };
                self.control(c, Then::Store, dst, Some(call))
            }
        })
    }

    /// A method of a native class.
    #[inline]
    fn native_method_fn(&self, f: Value) -> Option<Gc<NativeFn>> {
        f.cast::<NativeFn>().filter(|f| f.class() == self.types.method_descriptor)
    }

    /// `WithEnter`, if both methods are natives.
    pub(super) fn enter_natively(&mut self, i: Instr) -> Option<Act> {
        if i.x == 1 {
            return None;
        }
        let ctx = self.reg(i.b);
        let class = self.class_of(ctx);
        let (enter, exit) = (self.names.enter, self.names.exit);
        let enter = self.lookup_class(class, enter).and_then(|f| self.native_method_fn(f))?;
        let exit = self.lookup_class(class, exit).and_then(|f| self.native_method_fn(f))?;
        if !enter.takes_exactly(1) {
            return None;
        }
        self.set_reg(i.c, exit.value());
        self.set_reg(i.c + 1, ctx);
        let native = self.natives[enter.id as usize].def.f;
        Some(match native(self, Args { fixed: &[ctx], rest: &[], kwargs: None }) {
            Ok(value) => {
                self.set_reg(i.a, value);
                Act::Run
            }
            Err(c) => {
                let args = SmallVec::from_slice(&[ctx]);
                let call = NativeCall { id: enter.id, args, fixed: 1, kwargs: Value::UNDEF };
                self.control(c, Then::Enter, i.a, Some(call))
            }
        })
    }

    /// `WithExit` without an exception, if the method is a native one. `then`: what becomes of its answer.
    pub(super) fn exit_natively(&mut self, i: Instr, then: Then) -> Option<Act> {
        let (exit, receiver) = (self.native_method_fn(self.reg(i.a))?, self.reg(i.a + 1));
        let entry = &self.natives[exit.id as usize];
        let args = [receiver, NO_EXCEPTION[0], NO_EXCEPTION[1], NO_EXCEPTION[2]];
        let (fixed, rest) = if entry.sig.varargs && entry.sig.nparams == 1 {
            args.split_at(1)
        } else if exit.takes_exactly(4) {
            args.split_at(4)
        } else {
            return None;
        };
        let native = entry.def.f;
        Some(match native(self, Args { fixed, rest, kwargs: None }) {
            Ok(value) => {
                if then == Then::Store {
                    self.set_reg(i.c, value);
                }
                Act::Run
            }
            Err(c) => {
                let call = NativeCall {
                    id: exit.id,
                    args: SmallVec::from_slice(&args),
                    fixed: fixed.len(),
                    kwargs: Value::UNDEF,
                };
                self.control(c, then, i.c, Some(call))
            }
        })
    }
}
