//! Instructions that iterate. Floor 5.

use super::Vm;
use super::drive::Act;
use super::items::Next;
use super::native::{GenAction, Res};
use super::thread::Then;
use crate::bytecode::ops::{Instr, Op};
use crate::object::{Generator, Iter, IterTag};
use crate::value::Value;

impl Vm {
    /// `GetIter`.
    #[inline(never)]
    pub(super) fn get_iter(&mut self, v: Value, dst: u16) -> Act {
        match self.pure_iter(v) {
            Ok(Some(it)) => {
                self.set_reg(dst, it);
                Act::Run
            }
            Ok(None) => {
                let iter = self.names.iter;
                if let Some(f) = self.special(v, iter)
                    && !super::operate::is_plain(v)
                    && f.cast::<crate::object::NativeFn>().is_some()
                {
                    return self.call_special(f, v, &[], Then::Store, dst);
                }
                let r: Res = self.prelude_call("get_iter", &[v]);
                self.after(r, Then::Store, dst)
            }
            Err(c) => self.control(c, Then::Store, dst, None),
        }
    }

    /// The form of `ForNext` for this iterator. `unpacks`: the next instruction takes the item apart into two.
    pub(super) fn for_next_of(it: Value, unpacks: bool) -> Op {
        if it.cast::<Generator>().is_some() {
            return Op::ForNextGenerator;
        }
        let Some(it) = it.cast::<Iter>() else { return Op::ForNext };
        match it.tag {
            IterTag::Range => Op::ForNextRange,
            IterTag::List => Op::ForNextList,
            IterTag::Enumerate | IterTag::Zip | IterTag::DictItems if unpacks => Op::ForNextPair,
            _ => Op::ForNextIter,
        }
    }

    /// `ForIter` and `ForNext` on what is no list, tuple or range.
    #[inline(never)]
    pub(super) fn for_slow(&mut self, i: Instr) -> Act {
        let it = self.reg(i.a);
        if let Some(g) = it.cast::<Generator>() {
            return self.resume_generator(g, GenAction::Send(Value::NONE), Then::ForItem, i.b);
        }
        if let Some(x) = it.cast::<Iter>()
            && !x.class().has(crate::object::class::flag::USER_ITER)
        {
            return match self.next_of(x) {
                Ok(Next::Item(v)) => self.for_item(v),
                Ok(Next::End) => self.for_end(),
                Ok(Next::Ask) => {
                    let r: Res = self.advance(it);
                    self.after(r, Then::ForItem, i.b)
                }
                Err(c) => self.control(c, Then::ForItem, i.b, None),
            };
        }
        let next = self.names.next;
        match self.special(it, next) {
            Some(f) => self.call_special(f, it, &[], Then::ForItem, i.b),
            None => {
                let message = format!("'{}' object is not an iterator", self.class_name(it));
                self.raise_act(|vm| vm.type_error(message))
            }
        }
    }

    /// `Unpack` and `UnpackEx`.
    #[inline(never)]
    pub(super) fn unpack(&mut self, i: Instr, extended: bool) -> Act {
        let v = self.reg(i.b);
        if !extended {
            // Endless iterators must not be drained: the prelude takes one item more than asked.
            if v.cast::<Iter>().is_some() || v.cast::<Generator>().is_some() {
                return self.unpack_slowly(i, extended, v);
            }
        }
        match self.pure_items(v) {
            Ok(Some(items)) => self.unpack_items(i, extended, &items),
            Ok(None) => self.unpack_slowly(i, extended, v),
            Err(_) => {
                let message = format!("cannot unpack non-iterable {} object", self.class_name(v));
                self.raise_act(|vm| vm.type_error(message))
            }
        }
    }

    /// Through the language: the instruction runs again on a tuple, which takes the iterable's place.
    fn unpack_slowly(&mut self, i: Instr, extended: bool, v: Value) -> Act {
        let most = if extended { -1 } else { i.c as i64 + 1 };
        let regs = [
            v,
            Value::small(most),
            Value::small(i.a as i64),
            Value::small(i.c as i64),
            Value::small(i.x as i64),
            Value::bool(extended),
        ];
        self.push_machine(unpack_step, &regs, Then::Discard, 0);
        Act::Step(super::native::Resume::Start)
    }

    fn unpack_items(&mut self, i: Instr, extended: bool, items: &[Value]) -> Act {
        match self.check_unpack(items.len(), i.c as usize, i.x as usize, extended) {
            Ok(()) => {
                self.store_unpacked(i.a, i.c as usize, i.x as usize, extended, items);
                Act::Run
            }
            Err(c) => self.control(c, Then::Discard, 0, None),
        }
    }

    fn store_unpacked(&mut self, first: u16, before: usize, after: usize, extended: bool, items: &[Value]) {
        let mut dst = first;
        let mut put = |vm: &mut Vm, v: Value| {
            vm.set_reg(dst, v);
            dst += 1;
        };
        for &v in &items[..before] {
            put(self, v);
        }
        if extended {
            let middle = self.new_list(items[before..items.len() - after].to_vec());
            put(self, middle);
            for &v in &items[items.len() - after..] {
                put(self, v);
            }
        }
    }

    fn check_unpack(&mut self, got: usize, before: usize, after: usize, extended: bool) -> Res<()> {
        if extended {
            let least = before + after;
            if got >= least {
                return Ok(());
            }
            return Err(self.value_error(format!("not enough values to unpack (expected at least {least}, got {got})")));
        }
        if got == before {
            return Ok(());
        }
        if got < before {
            return Err(self.value_error(format!("not enough values to unpack (expected {before}, got {got})")));
        }
        Err(self.value_error(format!("too many values to unpack (expected {before})")))
    }
}

/// Registers: iterable, how many items to take at most, first register, items before and behind the star, whether
/// there is one.
fn unpack_step(vm: &mut Vm, resume: super::native::Resume) -> Res<super::native::Step> {
    use super::native::{CallReq, Ctl, Resume, Step};
    match resume {
        Resume::Start => {
            let f = vm.prelude_function("take_items")?;
            Ok(Step::Call(CallReq::new(f, &[vm.mreg(0), vm.mreg(1)])))
        }
        Resume::Value(list) => {
            let items = list.cast::<crate::object::List>().map_or_else(Vec::new, |l| l.to_vec());
            let n = |vm: &Vm, i: usize| vm.mreg(i).as_int().unwrap_or(0) as usize;
            let (first, before, after) = (n(vm, 2) as u16, n(vm, 3), n(vm, 4));
            let extended = vm.mreg(5) == Value::TRUE;
            vm.check_unpack(items.len(), before, after, extended)?;
            // The registers are those of the frame below.
            let t = &mut vm.threads.current;
            if let Some(machine) = t.frames.pop() {
                vm.store_unpacked(first, before, after, extended, &items);
                vm.threads.current.frames.push(machine);
            }
            Ok(Step::Return(Value::NONE))
        }
        Resume::Raised(e) => Err(Ctl::Raise(e)),
        _ => Ok(Step::Return(Value::NONE)),
    }
}
