//! `raise Class` and `raise … from Class`: machines that make the exceptions first. Floor 5.

use super::Vm;
use super::native::{CallReq, Ctl, Res, Resume, Step};
use crate::object::Exception;
use crate::value::Value;

/// Registers: the exception or its class, the cause, its class, or `Undef`. Calls what are classes, then raises.
pub(super) fn raise_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    match resume {
        Resume::Raised(e) => return Err(Ctl::Raise(e)),
        Resume::Value(v) => {
            let i = vm.mstate() as usize;
            if v.cast::<Exception>().is_none() {
                let (called, given) = (vm.mreg(i), vm.class_of(v).value());
                let (called, given) = (class_repr(vm, called), class_repr(vm, given));
                let message =
                    format!("calling {called} should have returned an instance of BaseException, not {given}");
                return Err(vm.type_error(message));
            }
            vm.set_mreg(i, v);
        }
        _ => {}
    }
    for i in 0..2 {
        if vm.is_exception_class(vm.mreg(i)) {
            vm.set_mstate(i as u32);
            return Ok(Step::Call(CallReq::new(vm.mreg(i), &[])));
        }
    }
    let (exc, cause) = (vm.mreg(0), vm.mreg(1));
    if let (Some(e), Some(c)) = (exc.cast::<Exception>(), cause.defined()) {
        if !c.is_none() && c.cast::<Exception>().is_none() {
            return Err(vm.type_error("exception causes must derive from BaseException"));
        }
        e.cause.set(c);
        e.suppress_context.set(true);
    }
    Err(Ctl::Raise(exc))
}

fn class_repr(vm: &mut Vm, class: Value) -> String {
    match class.cast::<crate::object::Class>() {
        Some(c) => format!("<class '{}'>", vm.full_name(c)),
        None => "?".to_owned(),
    }
}
