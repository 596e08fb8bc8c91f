//! What becomes of the value that a call gave: the closed set of [`Then`]s. Floor 5.

use super::Vm;
use super::block::Exit;
use super::drive::Act;
use super::native::{Ctl, Resume};
use super::thread::{Then, flag as frame_flag};
use crate::bytecode::ops::Op;
use crate::object::{Function, Str};
use crate::value::Value;

impl Vm {
    /// Hands `value` to the topmost frame.
    pub(super) fn deliver(&mut self, then: Then, dst: u16, value: Value) -> Act {
        match then {
            Then::Store | Then::GetAttr => {
                self.set_reg(dst, value);
                Act::Run
            }
            Then::Discard => Act::Run,
            Then::Rewait => self.wait_again(),
            Then::Replay => {
                if let Some(f) = self.threads.current.frames.last_mut() {
                    f.pc = f.pc.saturating_sub(1);
                }
                Act::Run
            }
            Then::Machine => {
                self.set_catch(false);
                Act::Step(Resume::Value(value))
            }
            Then::Thread => Act::Exit(Exit::Finished(value)),
            Then::Init => {
                // Only reached where `__init__` was not a function of the language.
                self.set_reg(dst, value);
                Act::Run
            }
            Then::ForItem => self.for_item(value),
            Then::Jump => match self.truth_of_result(value) {
                Ok(b) => self.jump_on(b),
                Err(c) => self.control(c, then, dst, None),
            },
            Then::Not => match self.truth_of_result(value) {
                Ok(b) => {
                    self.set_reg(dst, Value::bool(!b));
                    Act::Run
                }
                Err(c) => self.control(c, then, dst, None),
            },
            Then::Contains => self.contains_result(dst, value),
            Then::BinaryLeft | Then::BinaryRightFirst | Then::BinaryRight | Then::InPlace => {
                self.binary_result(then, dst, value)
            }
            Then::CompareLeft | Then::CompareRightFirst | Then::CompareRight => self.compare_result(then, dst, value),
            Then::YieldFrom => self.yield_on(value),
            Then::Enter => {
                self.set_reg(dst, value);
                Act::Run
            }
            Then::Text => {
                if value.cast::<Str>().is_none() {
                    let message = format!("__format__ must return a str, not {}", self.class_name(value));
                    return self.raise_act(|vm| vm.type_error(message));
                }
                self.set_reg(dst, value);
                Act::Run
            }
            Then::ClassBody | Then::Length => {
                self.set_reg(dst, value);
                Act::Run
            }
        }
    }

    /// The topmost frame returns `value`, and that takes more than handing it over.
    #[inline(never)]
    pub(super) fn return_slow(&mut self, value: Value) -> Act {
        if self.threads.current.frames.last().is_some_and(|f| f.flags & frame_flag::OBSERVED != 0) {
            self.leave_observed();
        }
        let t = &mut *self.threads.current;
        let Some(&frame) = t.frames.last() else { return Act::Exit(Exit::Finished(value)) };
        if frame.flags & frame_flag::GENERATOR != 0 {
            return self.generator_return(value);
        }
        t.frames.pop();
        if frame.then != Then::Init {
            return Act::Value { then: frame.then, dst: frame.dst, value };
        }
        if !value.is_none() {
            let message = format!("__init__() should return None, not '{}'", self.class_name(value));
            return self.raise_act(|vm| vm.type_error(message));
        }
        let made = self.threads.current.stack[frame.base as usize - 2];
        Act::Value { then: Then::Init, dst: frame.dst, value: made }
    }

    /// Truth of what `__bool__` gave.
    fn truth_of_result(&mut self, v: Value) -> Result<bool, Ctl> {
        if let Some(b) = v.as_bool() {
            return Ok(b);
        }
        let message = format!("__bool__ should return bool, returned {}", self.class_name(v));
        Err(self.type_error(message))
    }

    /// What `__len__` gave, as a length; `None` where its `__index__` must be asked.
    pub fn checked_length(&mut self, v: Value) -> super::Res<Option<i64>> {
        let Some(big) = self.big_int(v) else {
            let index = self.names.index;
            if self.special(v, index).is_some() {
                return Ok(None);
            }
            let message = format!("'{}' object cannot be interpreted as an integer", self.class_name(v));
            return Err(self.type_error(message));
        };
        match self.small_int(v) {
            Some(n) if n >= 0 => Ok(Some(n)),
            None if big > dashu_int::IBig::ZERO => {
                Err(self.overflow_error("cannot fit 'int' into an index-sized integer"))
            }
            _ => Err(self.value_error("__len__() should return >= 0")),
        }
    }

    /// Does the current instruction's conditional jump, its condition being `b`.
    pub(super) fn jump_on(&mut self, b: bool) -> Act {
        let i = self.current_instr();
        match i.op {
            Op::JumpIfTrue => {
                if b {
                    self.jump_to(i.bc());
                }
            }
            Op::JumpIfFalse => {
                if !b {
                    self.jump_to(i.bc());
                }
            }
            _ => {
                if b == (i.x & 1 != 0) {
                    self.jump_by(i.c);
                }
            }
        }
        Act::Run
    }

    /// The truth of `v` for the current instruction's jump (or `not`, with `Then::Not`).
    pub(super) fn truth_then(&mut self, v: Value, then: Then, dst: u16) -> Act {
        if let Some(b) = self.pure_truth(v) {
            return match then {
                Then::Jump => self.jump_on(b),
                Then::Not => {
                    self.set_reg(dst, Value::bool(!b));
                    Act::Run
                }
                _ => self.deliver(then, dst, Value::bool(b)),
            };
        }
        let (b, l) = (self.names.bool_, self.names.len);
        if let Some(f) = self.special(v, b) {
            return self.call_special(f, v, &[], then, dst);
        }
        if self.special(v, l).is_none() {
            return self.deliver(then, dst, Value::TRUE);
        }
        self.push_machine(not_empty_step, &[v], then, dst);
        Act::Step(Resume::Start)
    }

    /// Calls the special method `f`, found in the class of `receiver`, with it and `args`.
    pub(super) fn call_special(&mut self, f: Value, receiver: Value, args: &[Value], then: Then, dst: u16) -> Act {
        use super::binding::Attr;
        if let Some(function) = f.cast::<Function>() {
            let at = self.threads.current.top();
            self.ensure_stack(at + 2 + args.len());
            let stack = &mut self.threads.current.stack;
            stack[at] = f;
            stack[at + 1] = receiver;
            stack[at + 2..at + 2 + args.len()].copy_from_slice(args);
            return self.call_function(function, at, args.len() + 1, Value::UNDEF, then, dst);
        }
        let class = self.class_of(receiver);
        match self.bind(f, Some(receiver), class) {
            Attr::Method(f) => {
                let mut all: smallvec::SmallVec<[Value; 4]> = smallvec::smallvec![receiver];
                all.extend_from_slice(args);
                self.call_values(f, &all, then, dst)
            }
            Attr::Value(f) => self.call_values(f, args, then, dst),
            _ => match self.special_request(f, receiver, args) {
                Ok(req) => self.call_req(&req, then, dst),
                Err(c) => self.control(c, then, dst, None),
            },
        }
    }
}

/// Truth by `__len__`. Register: the object.
fn not_empty_step(vm: &mut Vm, resume: Resume) -> super::Res<super::native::Step> {
    use super::native::Step;
    Ok(match len_step(vm, resume)? {
        Step::Return(n) => Step::Return(Value::bool(n.as_int() != Some(0))),
        step => step,
    })
}

/// `len(v)` by a `__len__` of the language. Register: the object.
pub fn len_step(vm: &mut Vm, resume: Resume) -> super::Res<super::native::Step> {
    use super::native::Step;
    if let Resume::Start = resume {
        let (v, name) = (vm.mreg(0), vm.names.len);
        return match vm.special_call(v, name, &[]) {
            Some(req) => Ok(Step::Call(req)),
            None => Err(vm.type_error("__len__ can't be called")),
        };
    }
    let n = vm.resumed(resume)?;
    if let Some(length) = vm.checked_length(n)? {
        return Ok(Step::Return(vm.new_int(length)));
    }
    let name = vm.names.index;
    match vm.special_call(n, name, &[]) {
        Some(req) if vm.mstate() == 0 => {
            vm.set_mstate(1);
            Ok(Step::Call(req))
        }
        _ => {
            let message = format!("'{}' object cannot be interpreted as an integer", vm.class_name(n));
            Err(vm.type_error(message))
        }
    }
}
