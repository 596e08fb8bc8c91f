//! Calls: what can be called, and how. Floor 5.

use super::Vm;
use super::drive::{Act, NativeCall};
use super::native::{Args, Ctl, Res};
use super::regs::args_slice;
use super::thread::{Frame, Then};
use crate::bytecode::program::{CodeKind, Flavor};
use crate::heap::{Gc, Kind};
use crate::object::misc::GenHead;
use crate::object::{BoundMethod, Class, Code, Dict, Function, NativeFn, Tuple};
use crate::value::Value;
use smallvec::SmallVec;
use std::cell::Cell;

impl Vm {
    /// Calls what stands at stack index `at` with the `n` values behind it.
    pub(super) fn call_at(&mut self, at: usize, mut n: usize, kwnames: Value, then: Then, dst: u16) -> Act {
        let mut steps = 0;
        loop {
            // `__call__` may be an object whose own `__call__` is one again.
            steps += 1;
            if steps > self.recursion_limit {
                return self.recursion_act();
            }
            let callee = self.threads.current.stack[at];
            let kind = callee.as_object().map(|o| o.kind());
            match kind {
                Some(Kind::Function) => {
                    if let Some(f) = callee.cast::<Function>() {
                        return self.call_function(f, at, n, kwnames, then, dst);
                    }
                }
                Some(Kind::NativeFn) => {
                    if let Some(f) = callee.cast::<NativeFn>() {
                        return self.call_native_fn(f, at, n, kwnames, then, dst);
                    }
                }
                Some(Kind::BoundMethod) => {
                    if let Some(m) = callee.cast::<BoundMethod>() {
                        self.insert_arg(at, n, m.func, m.receiver);
                        n += 1;
                        continue;
                    }
                }
                Some(Kind::Class) => {
                    if let Some(c) = callee.cast::<Class>() {
                        return self.call_class(c, at, n, kwnames, then, dst);
                    }
                }
                _ => {}
            }
            let name = self.names.call;
            match self.special(callee, name) {
                Some(f) if f.cast::<Function>().is_some() || f.cast::<NativeFn>().is_some() => {
                    self.insert_arg(at, n, f, callee);
                    n += 1;
                }
                Some(f) => {
                    let class = self.class_of(callee);
                    match self.bind(f, Some(callee), class) {
                        super::binding::Attr::Value(v) => {
                            let t = &mut self.threads.current;
                            t.stack[at] = v;
                        }
                        _ => {
                            let args: SmallVec<[Value; 4]> =
                                SmallVec::from_slice(args_slice(&self.threads.current.stack, at + 1, n));
                            return match self.special_request(f, callee, &args) {
                                Ok(mut req) => {
                                    req.kwnames = kwnames;
                                    self.call_req(&req, then, dst)
                                }
                                Err(_) => self.not_callable(callee),
                            };
                        }
                    }
                }
                None => return self.not_callable(callee),
            }
        }
    }

    fn not_callable(&mut self, callee: Value) -> Act {
        let message = format!("'{}' object is not callable", self.class_name(callee));
        self.raise_act(|vm| vm.type_error(message))
    }

    /// Raises what `make` makes.
    pub(super) fn raise_act(&mut self, make: impl FnOnce(&mut Vm) -> Ctl) -> Act {
        let c = make(self);
        self.control(c, Then::Discard, 0, None)
    }

    /// Puts `callee` at `at` and `arg` in front of the `n` arguments behind it.
    #[inline]
    pub(super) fn insert_arg(&mut self, at: usize, n: usize, callee: Value, arg: Value) {
        self.ensure_stack(at + n + 2);
        let stack = &mut self.threads.current.stack;
        stack.copy_within(at + 1..at + 1 + n, at + 2);
        stack[at] = callee;
        stack[at + 1] = arg;
    }

    /// Calls a function of the language whose arguments are in place.
    #[inline]
    pub(super) fn call_function(
        &mut self,
        f: Gc<Function>,
        at: usize,
        n: usize,
        kwnames: Value,
        then: Then,
        dst: u16,
    ) -> Act {
        let loaded = f.code.get();
        let code = &loaded.code;
        let base = at + 1;
        self.ensure_stack(base + (code.nregs as usize).max(n));
        if code.kind != CodeKind::Function && n == 1 && kwnames.is_undef() {
            // Class bodies and executed code: the argument is their namespace, r[0].
            let t = &mut self.threads.current;
            for &r in &code.clear {
                t.stack[base + r as usize] = Value::UNDEF;
            }
            return self.push_frame(loaded, base, then, dst);
        }
        let simple =
            kwnames.is_undef() && n == code.argcount as usize && code.kwonly == 0 && !code.varargs && !code.varkw;
        if !simple && let Err(c) = self.bind_arguments(f, at, n, kwnames) {
            return self.control(c, then, dst, None);
        }
        let t = &mut self.threads.current;
        for &r in &code.clear {
            t.stack[base + r as usize] = Value::UNDEF;
        }
        if code.flavor != Flavor::Plain {
            return self.make_generator(f, base, then, dst);
        }
        self.push_frame(loaded, base, then, dst)
    }

    /// Pushes the frame of a call of `f` with `first` and `rest` above everything else, if that is a function which takes so
    /// many; `false` otherwise.
    #[inline]
    pub(super) fn enter_function(&mut self, f: Value, first: Value, rest: &[Value], then: Then, dst: u16) -> bool {
        let Some(loaded) = f.cast::<Function>().map(|f| f.code.get()) else { return false };
        let t = &mut *self.threads.current;
        if !loaded.takes_exactly(1 + rest.len() as u16) || t.frames.len() > self.recursion_limit {
            return false;
        }
        let base = t.top() + 1;
        if t.stack.len() < base + loaded.nregs as usize {
            t.grow_stack(base + loaded.nregs as usize);
        }
        t.stack[base - 1] = f;
        t.stack[base] = first;
        t.stack[base + 1..base + 1 + rest.len()].copy_from_slice(rest);
        for &r in &loaded.clear {
            t.stack[base + r as usize] = Value::UNDEF;
        }
        t.frames.push(Frame::of_code(loaded, base as u32, dst, then));
        true
    }

    fn push_frame(&mut self, loaded: Gc<Code>, base: usize, then: Then, dst: u16) -> Act {
        if self.threads.current.frames.len() > self.recursion_limit && self.too_deep() {
            return self.recursion_act();
        }
        self.threads.current.frames.push(Frame::of_code(loaded, base as u32, dst, then));
        Act::Run
    }

    /// Whether the program's own frames are more than the recursion limit, where all frames together are: those of the
    /// prelude and of natives are CPython's C stack, which has a limit of its own.
    #[cold]
    pub(super) fn too_deep(&self) -> bool {
        let all = self.threads.current.frames.len();
        all > self.recursion_limit.saturating_mul(4).saturating_add(1000) || self.depth() > self.recursion_limit
    }

    /// How many frames of the program the running thread has.
    pub fn depth(&self) -> usize {
        let frames = self.threads.current.frames.iter();
        frames.filter(|f| f.code.is_some_and(|c| !c.code.source.hidden)).count()
    }

    #[cold]
    #[inline(never)]
    pub(super) fn recursion_act(&mut self) -> Act {
        self.raise_act(|vm| vm.recursion_error("maximum recursion depth exceeded"))
    }

    /// Calling a generator function: its arguments become the registers of a generator.
    fn make_generator(&mut self, f: Gc<Function>, base: usize, then: Then, dst: u16) -> Act {
        let code = f.code.get();
        let class = match code.code.flavor {
            Flavor::Coroutine => self.types.coroutine,
            Flavor::AsyncGenerator => self.types.async_generator,
            _ => self.types.generator,
        };
        let head = GenHead::new(class, f.value(), code, f.name.get(), f.qualname.get());
        let n = code.code.nregs as usize;
        let regs = args_slice(&self.threads.current.stack, base, n);
        let filled = code.code.nparams();
        let generator =
            self.heap.alloc_trailing(head, n, |i| Cell::new(if i < filled { regs[i] } else { Value::UNDEF }));
        Act::Value { then, dst, value: generator.value() }
    }

    /// Calls a native.
    fn call_native_fn(
        &mut self,
        f: Gc<NativeFn>,
        at: usize,
        mut n: usize,
        kwnames: Value,
        then: Then,
        dst: u16,
    ) -> Act {
        if !f.bound.is_undef() && (!f.owner.is_undef() || self.natives[f.id as usize].binds()) {
            self.insert_arg(at, n, f.value(), f.bound);
            n += 1;
        }
        let id = f.id;
        // `list.__len__(x)`: such natives take it for granted that `x` is a list.
        if f.class() == self.types.wrapper_descriptor
            && n > 0
            && let Some(owner) = f.owner.cast::<Class>()
        {
            let receiver = self.threads.current.stack[at + 1];
            let class = self.class_of(receiver);
            if class != owner && !class.is_subclass(owner) {
                let c = self.wrong_receiver(id, receiver, owner.name_str());
                return self.control(c, then, dst, None);
            }
        }
        if kwnames.is_undef()
            && self.receiver_fits(f, at + 1, n)
            && let Some(r) = self.call_direct(f, at + 1, n)
        {
            return match r {
                Ok(value) => self.give(then, dst, value),
                Err(c) => {
                    let call = self.direct_call(f, at + 1, n);
                    self.control(c, then, dst, Some(call))
                }
            };
        }
        let native = self.natives[id as usize].function();
        let bound = match self.bind_native(f, at, n, kwnames) {
            Ok(b) => b,
            Err(c) => return self.control(c, then, dst, None),
        };
        let args = Args {
            fixed: &bound.args[..bound.fixed],
            rest: &bound.args[bound.fixed..],
            kwargs: bound.kwargs.cast::<Dict>(),
        };
        match native(self, args) {
            Ok(value) => self.give(then, dst, value),
            Err(c) => self.control(c, then, dst, Some(bound)),
        }
    }

    /// Binds a native's arguments where filling up is not enough.
    fn bind_native(&mut self, f: Gc<NativeFn>, at: usize, n: usize, kwnames: Value) -> Res<NativeCall> {
        let nkw = kwnames.cast::<Tuple>().map_or(0, |t| t.len());
        let given = args_slice(&self.threads.current.stack, at + 1, n);
        let (positional, by_name) = given.split_at(n - nkw);
        let positional: SmallVec<[Value; 8]> = SmallVec::from_slice(positional);
        let by_name: SmallVec<[Value; 8]> = SmallVec::from_slice(by_name);
        self.check_arity(f, &positional, nkw)?;
        let entry = &self.natives[f.id as usize];
        let sig = entry.sig;
        let (nparams, npos) = (sig.nparams as usize, sig.positional as usize);
        let name = match f.owner.cast::<Class>() {
            // `tuple()`, not `__new__()`.
            Some(c) if entry.def.kind == super::native::DefKind::New || entry.def.name() == "__init__" => c.own_name(),
            _ => entry.def.name(),
        };
        let (posonly, varkw) = (sig.posonly as usize, sig.varkw);
        let is_method = entry.has_receiver();
        let mut args: SmallVec<[Value; 8]> = SmallVec::from_elem(Value::UNDEF, nparams);
        for (slot, &v) in args.iter_mut().zip(&positional[..positional.len().min(npos)]) {
            *slot = v;
        }
        let mut kwargs = Value::UNDEF;
        let mut unknown = None;
        let names = kwnames.cast::<Tuple>().filter(|_| !self.leaves_keywords(f, &positional));
        if let Some(names) = names {
            for (&key, value) in names.items().iter().zip(by_name) {
                let Some(key_str) = key.cast::<crate::object::Str>() else {
                    return Err(self.type_error("keywords must be strings"));
                };
                let params = self.native_params(f.id);
                // The receiver has no name: `dict(self=1)`.
                let posonly = posonly.max(usize::from(is_method));
                match params.iter().skip(posonly).position(|p| p.name == key_str.as_str()) {
                    Some(i) if args[posonly + i].is_undef() => args[posonly + i] = value,
                    Some(i) => {
                        let message = format!(
                            "argument for {name}() given by name ('{}') and position ({})",
                            key_str.as_str(),
                            posonly + i + 1 - usize::from(is_method)
                        );
                        return Err(self.type_error(message));
                    }
                    None if varkw => {
                        let d = match kwargs.cast::<Dict>() {
                            Some(d) => d,
                            None => {
                                let d = self.new_dict();
                                kwargs = d.value();
                                d
                            }
                        };
                        d.set_str(key_str, value);
                    }
                    None => unknown = unknown.or(Some(key_str)),
                }
            }
        }
        let missing = (0..nparams).find(|&i| args[i].is_undef() && !sig.is_optional(i));
        if let Some(i) = missing {
            let missing_name = self.native_params(f.id).get(i).map_or("", |p| p.name);
            let message =
                format!("{name}() missing required argument '{missing_name}' (pos {})", i + 1 - usize::from(is_method));
            return Err(self.type_error(message));
        }
        if let Some(wrong) = unknown {
            let wrong = wrong.as_str();
            let params = self.native_params(f.id);
            let hint = super::report::did_you_mean(wrong, params.iter().skip(posonly).map(|p| p.name));
            return Err(self.type_error(format!("{name}() got an unexpected keyword argument '{wrong}'{hint}")));
        }
        if positional.len() > npos {
            args.extend_from_slice(&positional[npos..]);
        }
        Ok(NativeCall { id: f.id, args, fixed: nparams, kwargs })
    }

    /// Calls a class: makes an instance, or what its metaclass says.
    fn call_class(&mut self, class: Gc<Class>, at: usize, n: usize, kwnames: Value, then: Then, dst: u16) -> Act {
        let meta = class.class();
        if meta != self.types.type_ {
            let name = self.names.call;
            let own = self.lookup_class(meta, name);
            let (type_, plain) = (self.types.type_, self.names.call);
            if own != self.lookup_class(type_, plain)
                && let Some(f) = own
            {
                if f.cast::<Function>().is_some() || f.cast::<NativeFn>().is_some() {
                    self.insert_arg(at, n, f, class.value());
                    return Act::Call { at, n: n + 1, kwnames, then, dst };
                }
                let args: SmallVec<[Value; 4]> =
                    SmallVec::from_slice(args_slice(&self.threads.current.stack, at + 1, n));
                return match self.special_request(f, class.value(), &args) {
                    Ok(mut req) => {
                        req.kwnames = kwnames;
                        self.call_req(&req, then, dst)
                    }
                    Err(c) => self.control(c, then, dst, None),
                };
            }
        } else if class == self.types.type_ && n == 1 && kwnames.is_undef() {
            let v = self.threads.current.stack[at + 1];
            let class = self.class_of(v);
            return self.give(then, dst, class.value());
        } else if class == self.types.type_ && n - kwnames.cast::<Tuple>().map_or(0, |t| t.len()) != 3 {
            return self.raise_act(|vm| vm.type_error("type() takes 1 or 3 arguments"));
        }
        self.construct_at(class, at, n, kwnames, then, dst)
    }
}

impl super::NativeEntry {
    /// Whether the first parameter is a receiver.
    pub(super) fn has_receiver(&self) -> bool {
        use super::native::DefKind::*;
        matches!(self.def.kind, Method | ClassMethod | New | Attribute | Member)
    }

    /// The function to call.
    pub(super) fn function(&self) -> super::native::NativeFnPtr {
        match (self.is_setter, self.def.set) {
            (true, Some(set)) => set,
            _ => self.def.f,
        }
    }

    /// Whether `NativeFn::bound` is an argument (and not a module's name).
    pub(super) fn binds(&self) -> bool {
        use super::native::DefKind::*;
        matches!(self.def.kind, Method | ClassMethod)
    }
}
