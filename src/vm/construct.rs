//! Making instances: `type.__call__`, that is `__new__`, then `__init__`. Floor 5.
//!
//! A class remembers how its instances are made ([`Maker`]), for as long as no lookup may have another result. Natives
//! are called at once then; what asks for more than a value goes on in a machine.

use super::Vm;
use super::drive::{Act, NativeCall};
use super::native::{CallReq, Ctl, Res, Resume, Step};
use super::regs::args_slice;
use super::thread::{Frame, Then};
use crate::heap::Gc;
use crate::object::class::{How, Maker, flag};
use crate::object::{Class, Function, NativeFn};
use crate::value::Value;
use smallvec::SmallVec;

/// States of the machine.
const MADE: u32 = 1;
const INITIALISED: u32 = 2;

impl Vm {
    /// `type.__call__`: makes an instance of `class` with the `n` arguments behind stack index `at`.
    pub(super) fn construct_at(
        &mut self,
        class: Gc<Class>,
        at: usize,
        n: usize,
        kwnames: Value,
        then: Then,
        dst: u16,
    ) -> Act {
        let mut maker = class.maker.get();
        if maker.epoch != self.epoch {
            maker = self.find_maker(class);
            class.maker.set(maker);
        }
        let (new, init) = (maker.new.cast::<NativeFn>(), maker.init.cast::<NativeFn>());
        let by_position = kwnames.is_undef();
        match (maker.how, new, init) {
            (How::Object, ..) => {
                if n > 0 {
                    let message = format!("{}() takes no arguments", class.name_str());
                    return self.raise_act(|vm| vm.type_error(message));
                }
                let value = self.new_instance(class).value();
                self.give(then, dst, value)
            }
            (How::ObjectThenFunction, ..) if then == Then::Store => {
                let instance = self.new_instance(class).value();
                self.call_init(maker.init, instance, at, n, kwnames, dst)
            }
            (How::ObjectThenFunction, ..) => {
                let instance = self.new_instance(class).value();
                self.construct_by_machine(class, instance, at, n, kwnames, then, dst)
            }
            (How::Native, Some(new), _) if by_position => {
                // The class is the first argument, where it stands.
                self.threads.current.stack[at] = class.value();
                match self.call_direct(new, at, n + 1) {
                    Some(Ok(value)) => self.give(then, dst, value),
                    Some(Err(c)) => {
                        let call = self.direct_call(new, at, n + 1);
                        self.control(c, then, dst, Some(call))
                    }
                    None => {
                        self.insert_arg(at, n, new.value(), class.value());
                        Act::Call { at, n: n + 1, kwnames, then, dst }
                    }
                }
            }
            (How::Native, Some(new), _) => {
                self.insert_arg(at, n, new.value(), class.value());
                Act::Call { at, n: n + 1, kwnames, then, dst }
            }
            (How::NativeThenFunction, Some(new), _) if by_position && then == Then::Store => {
                self.threads.current.stack[at] = class.value();
                match self.call_direct(new, at, n + 1) {
                    Some(Ok(instance)) if self.class_of(instance) == class => {
                        self.call_init(maker.init, instance, at, n, kwnames, dst)
                    }
                    made => self.construct_further(class, made, new, at, n, then, dst),
                }
            }
            (How::NativeThenNative, Some(new), Some(init)) if by_position => {
                self.threads.current.stack[at] = class.value();
                match self.call_direct(new, at, n + 1) {
                    Some(Ok(instance)) if self.class_of(instance) == class => {
                        self.threads.current.stack[at] = instance;
                        match self.call_direct(init, at, n + 1) {
                            Some(Ok(Value::NONE)) => self.give(then, dst, instance),
                            Some(Err(c)) => {
                                let call = self.direct_call(init, at, n + 1);
                                self.push_construction(class, instance, at, n, Value::UNDEF, INITIALISED, then, dst);
                                self.control(c, Then::Machine, 0, Some(call))
                            }
                            _ => self.construct_by_machine(class, instance, at, n, kwnames, then, dst),
                        }
                    }
                    made => self.construct_further(class, made, new, at, n, then, dst),
                }
            }
            _ if class.has(flag::NO_NEW) => {
                let message = format!("cannot create '{}' instances", self.full_name(class));
                self.raise_act(|vm| vm.type_error(message))
            }
            _ => self.construct_by_machine(class, Value::UNDEF, at, n, kwnames, then, dst),
        }
    }

    /// Calls the class at stack index `at`, if its instances are known to be made by a native alone.
    #[inline]
    pub(super) fn call_maker(&mut self, at: usize, n: usize, dst: u16) -> Option<Act> {
        let class = self.threads.current.stack[at].cast::<Class>()?;
        let maker = class.maker.get();
        let known = maker.how == How::Native && maker.epoch == self.epoch && class != self.types.type_;
        if !known || class.class() != self.types.type_ {
            return None;
        }
        let new = maker.new.cast::<NativeFn>()?;
        Some(match self.call_direct(new, at, n + 1)? {
            Ok(value) => {
                self.set_reg(dst, value);
                Act::Run
            }
            Err(c) => {
                let call = self.direct_call(new, at, n + 1);
                self.control(c, Then::Store, dst, Some(call))
            }
        })
    }

    /// Calls a class whose instances are made in the plain way with as many arguments as its `__init__` takes: the frame of
    /// that is pushed. `false` where it is not known to be so; nothing has happened then.
    #[inline(never)]
    pub(super) fn instantiate(&mut self, class: Gc<Class>, a: u16, n: u16, dst: u16) -> bool {
        let Maker { epoch, how, init, .. } = class.maker.get();
        if epoch != self.epoch || how != How::ObjectThenFunction || class.class() != self.types.type_ {
            return false;
        }
        let Some(loaded) = init.cast::<Function>().map(|f| f.code.get()) else { return false };
        if !loaded.takes_exactly(n + 1) || self.threads.current.frames.len() > self.recursion_limit {
            return false;
        }
        let instance = self.new_instance(class).value();
        let t = &mut *self.threads.current;
        let Some(caller) = t.frames.last() else { return false };
        let at = caller.base as usize + a as usize;
        let base = at + 2;
        if t.stack.len() < base + loaded.nregs as usize + 1 {
            t.grow_stack(base + loaded.nregs as usize + 1);
        }
        // The instance waits in the callee's r[-2]; `Then::Init` takes it from there.
        t.stack.copy_within(at + 1..at + 1 + n as usize, at + 3);
        t.stack[at] = instance;
        t.stack[at + 1] = init;
        t.stack[at + 2] = instance;
        for &r in &loaded.clear {
            t.stack[base + r as usize] = Value::UNDEF;
        }
        t.frames.push(Frame::of_code(loaded, base as u32, dst, Then::Init));
        true
    }

    /// How instances of `class` are made now.
    fn find_maker(&mut self, class: Gc<Class>) -> Maker {
        let (init_name, new_name, object) = (self.names.init, self.names.new, self.types.object);
        let init = self.lookup_class(class, init_name);
        let plain_init = init == self.lookup_class(object, init_name);
        let is_function = init.is_some_and(|f| f.cast::<Function>().is_some());
        let is_native = init.is_some_and(|f| f.cast::<NativeFn>().is_some());
        let mut new = Value::UNDEF;
        let how = if class.has(flag::PLAIN_NEW) && class != object {
            match () {
                () if is_function => How::ObjectThenFunction,
                () if plain_init => How::Object,
                () => How::General,
            }
        } else if class.has(flag::NO_NEW) {
            How::General
        } else {
            new = self.lookup_class(class, new_name).unwrap_or(Value::UNDEF);
            match new.cast::<NativeFn>() {
                Some(_) if plain_init => How::Native,
                Some(_) if is_function => How::NativeThenFunction,
                Some(_) if is_native => How::NativeThenNative,
                _ => How::General,
            }
        };
        Maker { epoch: self.epoch, how, new, init: init.unwrap_or(Value::UNDEF) }
    }

    /// Calls `__init__`, a function of the language, for an instruction that stores the instance.
    fn call_init(&mut self, init: Value, instance: Value, at: usize, n: usize, kwnames: Value, dst: u16) -> Act {
        // The instance waits in the callee's r[-2]; `Then::Init` takes it from there.
        self.ensure_stack(at + n + 3);
        let stack = &mut self.threads.current.stack;
        stack.copy_within(at + 1..at + 1 + n, at + 3);
        stack[at] = instance;
        stack[at + 1] = init;
        stack[at + 2] = instance;
        Act::Call { at: at + 1, n: n + 1, kwnames, then: Then::Init, dst }
    }

    /// Goes on after the native `new`, where it did not give an instance of `class` at once.
    #[allow(clippy::too_many_arguments)]
    #[cold]
    fn construct_further(
        &mut self,
        class: Gc<Class>,
        made: Option<Res>,
        new: Gc<NativeFn>,
        at: usize,
        n: usize,
        then: Then,
        dst: u16,
    ) -> Act {
        match made {
            // Not asked: the arguments need binding.
            None => self.construct_by_machine(class, Value::UNDEF, at, n, Value::UNDEF, then, dst),
            Some(Ok(instance)) => self.construct_by_machine(class, instance, at, n, Value::UNDEF, then, dst),
            Some(Err(c)) => {
                let call: NativeCall = self.direct_call(new, at, n + 1);
                self.push_construction(class, Value::UNDEF, at, n, Value::UNDEF, MADE, then, dst);
                self.control(c, Then::Machine, 0, Some(call))
            }
        }
    }

    /// The general path.
    #[allow(clippy::too_many_arguments)]
    fn construct_by_machine(
        &mut self,
        class: Gc<Class>,
        instance: Value,
        at: usize,
        n: usize,
        kwnames: Value,
        then: Then,
        dst: u16,
    ) -> Act {
        self.push_construction(class, instance, at, n, kwnames, 0, then, dst);
        Act::Step(Resume::Start)
    }

    /// Pushes the machine in a state: registers are class, instance (`Undef` until made), keyword names, arguments.
    #[allow(clippy::too_many_arguments)]
    fn push_construction(
        &mut self,
        class: Gc<Class>,
        instance: Value,
        at: usize,
        n: usize,
        kwnames: Value,
        state: u32,
        then: Then,
        dst: u16,
    ) {
        let mut regs: SmallVec<[Value; 11]> = SmallVec::from_slice(&[class.value(), instance, kwnames]);
        regs.extend_from_slice(args_slice(&self.threads.current.stack, at + 1, n));
        self.push_machine(construct_step, &regs, then, dst);
        self.set_mstate(state);
    }
}

/// See [`Vm::push_construction`].
fn construct_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let Some(class) = vm.mreg(0).cast::<Class>() else { return Ok(Step::Return(Value::NONE)) };
    let size = vm.threads.current.frames.last().map_or(0, |f| f.size as usize);
    let request = |vm: &Vm, callee: Value, first: Value| {
        let mut args: SmallVec<[Value; 4]> = SmallVec::from_slice(&[first]);
        args.extend((3..size).map(|i| vm.mreg(i)));
        CallReq { callee, args, kwnames: vm.mreg(2) }
    };
    match (vm.mstate(), resume) {
        (_, Resume::Raised(e)) => Err(Ctl::Raise(e)),
        (0, Resume::Start) if vm.mreg(1).is_undef() => {
            vm.set_mstate(MADE);
            let name = vm.names.new;
            let new = vm.lookup_class(class, name).unwrap_or(Value::NONE);
            // `__new__` is a static method, whatever it was defined as.
            let new = match vm.bind(new, None, class) {
                super::binding::Attr::Value(v) => v,
                _ => new,
            };
            Ok(Step::Call(request(vm, new, class.value())))
        }
        (0 | MADE, Resume::Start | Resume::Value(_)) => {
            if let Resume::Value(v) = resume {
                vm.set_mreg(1, v);
            }
            let instance = vm.mreg(1);
            if !vm.is_instance(instance, class) {
                return Ok(Step::Return(instance));
            }
            let (name, made, object) = (vm.names.init, vm.class_of(instance), vm.types.object);
            let init = vm.lookup_class(made, name);
            if init == vm.lookup_class(object, name) {
                // `object.__init__` accepts what an own `__new__` took.
                return Ok(Step::Return(instance));
            }
            vm.set_mstate(INITIALISED);
            match init {
                Some(f) if f.cast::<Function>().is_some() || f.cast::<NativeFn>().is_some() => {
                    Ok(Step::Call(request(vm, f, instance)))
                }
                Some(f) => match vm.bind(f, Some(instance), made) {
                    super::binding::Attr::Value(f) => {
                        let mut req = request(vm, f, instance);
                        req.args.remove(0);
                        Ok(Step::Call(req))
                    }
                    _ => Ok(Step::Call(request(vm, f, instance))),
                },
                None => Ok(Step::Return(instance)),
            }
        }
        (_, Resume::Value(v)) => {
            if !v.is_none() {
                let message = format!("__init__() should return None, not '{}'", vm.class_name(v));
                return Err(vm.type_error(message));
            }
            Ok(Step::Return(vm.mreg(1)))
        }
        _ => Ok(Step::Return(vm.mreg(1))),
    }
}
