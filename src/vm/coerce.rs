//! Converting an argument of a native by code of the language, and calling the native again. Floor 5.

use super::drive::{Act, NativeCall};
use super::native::{CallReq, Coerce, Ctl, Res, Resume, Step};
use super::thread::Then;
use super::{Args, Vm};
use crate::object::Dict;
use crate::value::Value;
use smallvec::SmallVec;

/// Registers of the machine: native, index of the argument, number of fixed parameters, number of arguments,
/// `**kwargs`, conversion, then the arguments.
const HEAD: usize = 6;

impl Vm {
    /// Pushes the machine that converts argument `index` and repeats the call.
    pub(super) fn coerce(&mut self, call: NativeCall, index: u16, to: Coerce, then: Then, dst: u16) -> Act {
        let mut regs: SmallVec<[Value; 14]> = SmallVec::from_slice(&[
            Value::small(call.id as i64),
            Value::small(index as i64),
            Value::small(call.fixed as i64),
            Value::small(call.args.len() as i64),
            call.kwargs,
            Value::small(to as i64),
        ]);
        regs.extend_from_slice(&call.args);
        self.push_machine(coerce_step, &regs, then, dst);
        Act::Step(Resume::Start)
    }

    /// The call that converts `v`.
    pub(super) fn conversion(&mut self, to: Coerce, v: Value) -> Res<CallReq> {
        let name = match to {
            Coerce::Index => "_coerce_index",
            Coerce::Float => "_coerce_float",
            Coerce::List => "_coerce_list",
            Coerce::Str => "_coerce_str",
            Coerce::Repr => "_coerce_repr",
            Coerce::Truth => "_coerce_truth",
        };
        let f = self.prelude_function(name)?;
        Ok(CallReq::new(f, &[v]))
    }
}

const ALL: [Coerce; 6] = [Coerce::Index, Coerce::Float, Coerce::List, Coerce::Str, Coerce::Repr, Coerce::Truth];

fn coerce_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let small = |vm: &Vm, i: usize| vm.mreg(i).as_int().unwrap_or(0) as usize;
    match resume {
        Resume::Start => {
            let to = ALL.get(small(vm, 5)).copied().unwrap_or(Coerce::Str);
            let arg = vm.mreg(HEAD + small(vm, 1));
            Ok(Step::Call(vm.conversion(to, arg)?))
        }
        Resume::Value(v) => {
            let index = small(vm, 1);
            vm.set_mreg(HEAD + index, v);
            let (id, fixed, n) = (small(vm, 0), small(vm, 2), small(vm, 3));
            let args: SmallVec<[Value; 8]> = (0..n).map(|i| vm.mreg(HEAD + i)).collect();
            let kwargs = vm.mreg(4).cast::<Dict>();
            let Some(entry) = vm.natives.get(id) else { return Ok(Step::Return(Value::NONE)) };
            let f = if entry.is_setter { entry.def.set.unwrap_or(entry.def.f) } else { entry.def.f };
            match f(vm, Args { fixed: &args[..fixed.min(n)], rest: &args[fixed.min(n)..], kwargs }) {
                Ok(v) => Ok(Step::Return(v)),
                Err(Ctl::Coerce { index, to }) => {
                    vm.set_mreg(1, Value::small(index as i64));
                    let arg = vm.mreg(HEAD + index as usize);
                    Ok(Step::Call(vm.conversion(to, arg)?))
                }
                Err(c) => Err(c),
            }
        }
        Resume::Raised(e) => Err(Ctl::Raise(e)),
        Resume::Woken | Resume::TimedOut => Ok(Step::Return(Value::NONE)),
    }
}
