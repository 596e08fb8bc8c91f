//! Instructions that build, format, import names into namespaces, enter contexts. Floor 5.

use super::Vm;
use super::drive::Act;
use super::native::{CallReq, Res, Resume};
use super::thread::Then;
use crate::bytecode::ops::{Instr, Intrinsic};
use crate::heap::Gc;
use crate::object::func::{Cache, CacheKind};
use crate::object::{Code, Dict, Function, List, Set, Str, Tuple};
use crate::value::Value;

impl Vm {
    /// Calls the prelude function `name`; its result goes into `dst`.
    pub(super) fn prelude_act(&mut self, name: &'static str, args: &[Value], dst: u16) -> Act {
        let r: Res = self.prelude_call(name, args);
        self.after(r, Then::Store, dst)
    }

    pub(super) fn unbound_local(&mut self, name: u16) -> Act {
        let text = self.code_name(name);
        let class = self.types.UnboundLocalError;
        self.raise_act(|vm| {
            vm.raise(class, &format!("cannot access local variable '{text}' where it is not associated with a value"))
        })
    }

    pub(super) fn unbound_cell(&mut self, name: u16, free: u8) -> Act {
        if free == 0 {
            return self.unbound_local(name);
        }
        let text = self.code_name(name);
        self.raise_act(|vm| vm.unbound_free(&text))
    }

    fn code_name(&self, name: u16) -> String {
        let code = self.threads.current.frames.last().and_then(|f| f.code);
        code.and_then(|c| c.code.names.get(name as usize).map(|n| n.to_string())).unwrap_or_default()
    }

    fn frame_globals(&self) -> Option<Gc<Dict>> {
        let t = &self.threads.current;
        let f = t.frames.last()?;
        t.stack.get((f.base as usize).checked_sub(1)?)?.cast::<Function>().map(|f| f.globals)
    }

    pub(super) fn store_global(&mut self, globals: Gc<Dict>, i: Instr, value: Value) {
        let name = self.site_name(i.b);
        globals.set_str(name, value);
        if let Some(index) = globals.find_str(name)
            && index <= u16::MAX as usize
            && globals.entry(index).is_some_and(|e| e.key == name.value())
        {
            self.set_cache(
                i.b,
                Cache { kind: CacheKind::Global, index: index as u16, key: name.value(), ..Cache::EMPTY },
            );
        }
    }

    pub(super) fn del_global(&mut self, globals: Gc<Dict>, i: Instr) -> Act {
        let name = self.site_name(i.b);
        if globals.remove_str(name).is_none() {
            return self.raise_act(|vm| vm.undefined_name(name));
        }
        Act::Run
    }

    /// `LoadName`: the namespace in `r[0]`, then globals, then builtins.
    pub(super) fn load_name(&mut self, site: u16, dst: u16) -> Act {
        let name = self.site_name(site);
        let space = self.reg(0);
        if let Some(d) = space.cast::<Dict>()
            && d.class() == self.types.dict
        {
            if let Some(v) = d.get_str(name) {
                self.set_reg(dst, v);
                return Act::Run;
            }
            return self.load_name_global(name, dst);
        }
        let globals = self.frame_globals().map_or(Value::NONE, Gc::value);
        self.prelude_act("load_name", &[space, name.value(), globals], dst)
    }

    fn load_name_global(&mut self, name: Gc<Str>, dst: u16) -> Act {
        let Some(globals) = self.frame_globals() else { return Act::Run };
        let v = match globals.get_str(name) {
            Some(v) => Some(v),
            None => self.builtins_of(globals).get_str(name),
        };
        match v {
            Some(v) => {
                self.set_reg(dst, v);
                Act::Run
            }
            None => self.raise_act(|vm| vm.undefined_name(name)),
        }
    }

    pub(super) fn store_name(&mut self, site: u16, value: Value) -> Act {
        let name = self.site_name(site);
        let space = self.reg(0);
        match space.cast::<Dict>() {
            Some(d) if d.class() == self.types.dict => {
                d.set_str(name, value);
                Act::Run
            }
            _ => self.setitem_slow(space, name.value(), value),
        }
    }

    pub(super) fn del_name(&mut self, site: u16) -> Act {
        let name = self.site_name(site);
        let space = self.reg(0);
        match space.cast::<Dict>() {
            Some(d) => match d.remove_str(name) {
                Some(_) => Act::Run,
                None => self.raise_act(|vm| vm.undefined_name(name)),
            },
            None => self.delitem_slow(space, name.value()),
        }
    }

    /// `LoadNameDeref`: a class body's namespace, then a variable of an enclosing function.
    pub(super) fn load_name_deref(&mut self, i: Instr) -> Act {
        let name = self.site_name(i.c);
        if let Some(d) = self.reg(0).cast::<Dict>()
            && let Some(v) = d.get_str(name)
        {
            self.set_reg(i.a, v);
            return Act::Run;
        }
        match self.reg(i.b).cast::<crate::object::func::Cell>().and_then(|c| c.value.get().defined()) {
            Some(v) => {
                self.set_reg(i.a, v);
                Act::Run
            }
            None => self.raise_act(|vm| vm.unbound_free(name.as_str())),
        }
    }

    pub(super) fn call_window(&mut self, a: u16, n: usize, kwnames: Value, dst: u16) -> Act {
        let at = self.threads.current.frames.last().map_or(0, |f| f.base as usize) + a as usize;
        if kwnames.is_undef()
            && let Some(act) = self.call_maker(at, n, dst)
        {
            return act;
        }
        self.call_at(at, n, kwnames, Then::Store, dst)
    }

    /// `CallEx`.
    pub(super) fn call_ex(&mut self, i: Instr) -> Act {
        let (callee, args) = (self.reg(i.a), self.reg(i.a + 1));
        let mut req = CallReq::new(callee, &[]);
        match (args.cast::<Tuple>(), args.cast::<List>()) {
            (Some(t), _) => req.args.extend_from_slice(t.items()),
            (_, Some(l)) => req.args.extend_from_slice(&l.items.borrow()),
            _ => return self.raise_act(|vm| vm.type_error("argument after * must be an iterable")),
        }
        if i.x == 1
            && let Some(d) = self.reg(i.a + 2).cast::<Dict>()
            && !d.is_empty()
        {
            let entries = d.to_vec();
            if entries.iter().any(|e| e.key.cast::<Str>().is_none()) {
                return self.raise_act(|vm| vm.type_error("keywords must be strings"));
            }
            let names: Vec<Value> = entries.iter().map(|e| e.key).collect();
            req.args.extend(entries.iter().map(|e| e.value));
            req.kwnames = self.new_tuple(&names);
        }
        self.control(super::Ctl::Call(Box::new(req)), Then::Store, i.c, None)
    }

    /// `MakeFunction`.
    pub(super) fn make_function(&mut self, outer: Gc<Code>, i: Instr) -> Value {
        let child = &outer.children[i.b as usize];
        let loaded = match child.get().cast::<Code>() {
            Some(c) => c,
            None => {
                let c = self.load_code(outer.code.children[i.b as usize].clone());
                child.set(c.value());
                c
            }
        };
        let Some(globals) = self.frame_globals() else { return Value::NONE };
        let mut at = i.c;
        let mut take = |vm: &Vm, bit: u8| {
            if i.x & bit == 0 {
                return None;
            }
            at += 1;
            Some(vm.reg(at - 1))
        };
        let (defaults, kwdefaults) = (take(self, 1), take(self, 2));
        let (annotations, closure, type_params) = (take(self, 4), take(self, 8), take(self, 16));
        let f = self.new_function_object(loaded, globals, closure.unwrap_or(Value::NONE));
        f.defaults.set(defaults.unwrap_or(Value::NONE));
        f.kwdefaults.set(kwdefaults.unwrap_or(Value::NONE));
        f.annotations.set(annotations.unwrap_or(Value::UNDEF));
        f.type_params.set(type_params.unwrap_or(Value::UNDEF));
        let name = self.names.name;
        f.module.set(globals.get_str(name).unwrap_or(Value::NONE));
        f.value()
    }

    pub(super) fn build_class_op(&mut self, i: Instr) -> Act {
        let kwargs = self.reg(i.b + 3).defined().unwrap_or(Value::NONE);
        let args = [self.reg(i.b), self.reg(i.b + 1), self.reg(i.b + 2), kwargs];
        self.prelude_act("build_class", &args, i.a)
    }

    pub(super) fn build_set(&mut self, i: Instr) -> Act {
        let set = self.new_set(false);
        for n in 0..i.c {
            let item = self.reg(i.b + n);
            match self.hash_of(item) {
                Ok(Some(h)) if set.add(h, item).is_some() => {}
                Ok(_) => {
                    let items: Vec<Value> = (0..i.c).map(|n| self.reg(i.b + n)).collect();
                    let items = self.new_list(items);
                    return self.prelude_act("set_from_items", &[items], i.a);
                }
                Err(c) => return self.control(c, Then::Store, i.a, None),
            }
        }
        self.set_reg(i.a, set.value());
        Act::Run
    }

    pub(super) fn build_map(&mut self, i: Instr) -> Act {
        let dict = self.new_dict();
        for n in 0..i.c {
            let (key, value) = (self.reg(i.b + 2 * n), self.reg(i.b + 2 * n + 1));
            match self.hash_of(key) {
                Ok(Some(h)) if dict.set(h, key, value) => {}
                Ok(_) => {
                    let items: Vec<Value> = (0..2 * i.c).map(|n| self.reg(i.b + n)).collect();
                    let items = self.new_list(items);
                    return self.prelude_act("dict_from_items", &[items], i.a);
                }
                Err(c) => return self.control(c, Then::Store, i.a, None),
            }
        }
        self.set_reg(i.a, dict.value());
        Act::Run
    }

    pub(super) fn set_add(&mut self, set: Value, item: Value) -> Act {
        let Some(s) = set.cast::<Set>() else { return Act::Run };
        match self.hash_of(item) {
            Ok(Some(h)) => match s.find(h, item) {
                crate::object::Found::At(_) => Act::Run,
                crate::object::Found::Missing => {
                    let grown = s.insert_new(h, item);
                    self.heap.charge(grown);
                    Act::Run
                }
                crate::object::Found::Ask => self.discard_method(set, "add", &[item]),
            },
            Ok(None) => self.discard_method(set, "add", &[item]),
            Err(c) => self.control(c, Then::Discard, 0, None),
        }
    }

    /// Calls a method of a built-in object for its effect.
    fn discard_method(&mut self, obj: Value, name: &str, args: &[Value]) -> Act {
        let name = self.intern(name);
        match self.special(obj, name) {
            Some(f) => self.call_special(f, obj, args, Then::Discard, 0),
            None => Act::Run,
        }
    }

    pub(super) fn set_update(&mut self, set: Value, items: Value) -> Act {
        // A display of constants comes as one constant, which CPython keeps as a frozenset: that decides the order.
        let frame = self.threads.current.frames.last();
        if let (Some(s), Some(t)) = (set.cast::<Set>(), items.cast::<Tuple>())
            && s.is_empty()
            && frame.and_then(|f| f.code).is_some_and(|c| c.consts.contains(&items))
        {
            let constant = self.new_set(true);
            for &item in t.items() {
                match self.hash_of(item) {
                    Ok(Some(hash)) => constant.add(hash, item),
                    _ => return self.discard_method(set, "update", &[items]),
                };
            }
            s.copy_from(&constant);
            return Act::Run;
        }
        self.discard_method(set, "update", &[items])
    }

    pub(super) fn list_extend(&mut self, i: Instr) -> Act {
        let (list, items) = (self.reg(i.a), self.reg(i.b));
        match self.pure_items(items) {
            Ok(Some(v)) => {
                if let Some(l) = list.cast::<List>() {
                    self.heap.charge(v.len() * 8);
                    l.items.borrow_mut().extend_from_slice(&v);
                }
                Act::Run
            }
            Ok(None) => self.discard_method(list, "extend", &[items]),
            Err(_) => {
                let what = if i.x == 1 {
                    let callee = self.reg(i.a - 1);
                    format!("{} argument", self.function_text(callee))
                } else {
                    "Value".to_owned()
                };
                let message = format!("{what} after * must be an iterable, not {}", self.class_name(items));
                self.raise_act(|vm| vm.type_error(message))
            }
        }
    }

    pub(super) fn map_set(&mut self, map: Value, key: Value, value: Value) -> Act {
        if let Some(d) = map.cast::<Dict>() {
            match self.hash_of(key) {
                Ok(Some(h)) if d.set(h, key, value) => return Act::Run,
                Ok(_) => {}
                Err(c) => return self.control(c, Then::Discard, 0, None),
            }
        }
        self.setitem_slow(map, key, value)
    }

    pub(super) fn map_update(&mut self, map: Value, other: Value) -> Act {
        let keys = self.names.keys;
        if other.cast::<Dict>().is_none() && self.special(other, keys).is_none() {
            let message = format!("'{}' object is not a mapping", self.class_name(other));
            return self.raise_act(|vm| vm.type_error(message));
        }
        self.discard_method(map, "update", &[other])
    }

    pub(super) fn map_merge(&mut self, map: Value, other: Value, callee: Value) -> Act {
        let keys = self.names.keys;
        if let (Some(d), Some(o)) = (map.cast::<Dict>(), other.cast::<Dict>())
            && o.class() == self.types.dict
            && o.to_vec().iter().all(|e| e.key.cast::<Str>().is_some())
        {
            for e in o.to_vec() {
                let Some(key) = e.key.cast::<Str>() else { continue };
                if d.find_str(key).is_some() {
                    let message = format!(
                        "{} got multiple values for keyword argument '{}'",
                        self.function_text(callee),
                        key.as_str()
                    );
                    return self.raise_act(|vm| vm.type_error(message));
                }
                d.set_str(key, e.value);
            }
            return Act::Run;
        }
        if self.special(other, keys).is_none() {
            let message = format!(
                "{} argument after ** must be a mapping, not {}",
                self.function_text(callee),
                self.class_name(other)
            );
            return self.raise_act(|vm| vm.type_error(message));
        }
        let callee = self.function_text(callee);
        let callee = self.new_str(&callee);
        let r: Res = self.prelude_call("map_merge", &[map, other, callee]);
        self.after(r, Then::Discard, 0)
    }

    /// `FormatValue`.
    pub(super) fn format_op(&mut self, i: Instr) -> Act {
        let v = self.reg(i.b);
        let spec = if i.c == 0xFFFF { None } else { Some(self.reg(i.c)) };
        let plain_spec = spec.is_none_or(|s| s.cast::<Str>().is_some_and(|s| s.nbytes() == 0));
        let is_str = v.cast::<Str>().is_some_and(|s| s.class() == self.types.str_);
        if is_str && plain_spec && i.x <= 1 {
            self.set_reg(i.a, v);
            return Act::Run;
        }
        let r = match (i.x, spec.and_then(|s| s.cast::<Str>())) {
            (0, None) => self.format_value(v, ""),
            (0, Some(s)) => self.format_value(v, s.as_str()),
            (1, _) if plain_spec => self.str_value(v),
            (2, _) if plain_spec => self.repr_value(v),
            _ => {
                let spec = spec.unwrap_or(self.names.empty.value());
                self.prelude_call("format_field", &[v, Value::small(i.x as i64), spec])
            }
        };
        match r {
            Ok(v) if v.cast::<Str>().is_some() => {
                self.set_reg(i.a, v);
                Act::Run
            }
            r => self.after(r, Then::Text, i.a),
        }
    }

    /// The texts joined: `BuildString`.
    pub(super) fn join_strs(&mut self, parts: &[Value]) -> Value {
        let mut out = self.take_scratch();
        for s in parts.iter().filter_map(|p| p.cast::<Str>()) {
            out.push_str(s.as_str());
        }
        self.new_str_of(out)
    }

    /// `WithEnter`.
    pub(super) fn with_enter(&mut self, i: Instr) -> Act {
        let ctx = self.reg(i.b);
        let is_async = i.x == 1;
        let n = &self.names;
        let (enter_name, exit_name) = if is_async { (n.aenter, n.aexit) } else { (n.enter, n.exit) };
        let (enter, exit) = (self.special(ctx, enter_name), self.special(ctx, exit_name));
        let (Some(enter), Some(exit)) = (enter, exit) else {
            let (kind, method) =
                if is_async { ("asynchronous context manager", "__aexit__") } else { ("context manager", "__exit__") };
            let missed = if enter.is_some() { format!(" (missed {method} method)") } else { String::new() };
            let message = format!("'{}' object does not support the {kind} protocol{missed}", self.class_name(ctx));
            return self.raise_act(|vm| vm.type_error(message));
        };
        let class = self.class_of(ctx);
        match self.bind(exit, Some(ctx), class) {
            super::binding::Attr::Method(f) => {
                self.set_reg(i.c, f);
                self.set_reg(i.c + 1, ctx);
            }
            super::binding::Attr::Value(f) => {
                self.set_reg(i.c, Value::UNDEF);
                self.set_reg(i.c + 1, f);
            }
            _ => return self.raise_act(|vm| vm.type_error("__exit__ is not callable")),
        }
        self.call_special(enter, ctx, &[], Then::Enter, i.a)
    }

    /// Calls the `__exit__` that `WithEnter` put into `r[a]`, `r[a+1]`.
    pub(super) fn call_exit(&mut self, a: u16, args: &[Value; 3], then: Then, dst: u16) -> Act {
        let (f, receiver) = (self.reg(a), self.reg(a + 1));
        if f.is_undef() {
            return self.call_values(receiver, args, then, dst);
        }
        self.call_values(f, &[receiver, args[0], args[1], args[2]], then, dst)
    }

    pub(super) fn with_exit_exc(&mut self, i: Instr) -> Act {
        let exc = self.reg(i.b);
        let class = self.class_of(exc).value();
        let traceback = self.traceback_of(exc);
        self.call_exit(i.c, &[class, exc, traceback], Then::Store, i.a)
    }

    pub(super) fn get_len(&mut self, v: Value, dst: u16) -> Act {
        if super::operate::is_plain(v)
            && let Ok(Some(n)) = self.pure_len(v)
        {
            let n = self.new_int(n as i64);
            self.set_reg(dst, n);
            return Act::Run;
        }
        let name = self.names.len;
        match self.special(v, name) {
            Some(f) => self.call_special(f, v, &[], Then::Length, dst),
            None => {
                let message = format!("object of type '{}' has no len()", self.class_name(v));
                self.raise_act(|vm| vm.type_error(message))
            }
        }
    }

    pub(super) fn setup_annotations(&mut self) -> Act {
        use crate::bytecode::program::CodeKind;
        let name = self.names.annotations;
        let kind = self.threads.current.frames.last().and_then(|f| f.code).map(|c| c.code.kind);
        let space = match kind {
            Some(CodeKind::Class | CodeKind::Exec) => self.reg(0).cast::<Dict>(),
            _ => self.frame_globals(),
        };
        if let Some(d) = space
            && d.get_str(name).is_none()
        {
            let fresh = self.new_dict();
            d.set_str(name, fresh.value());
        }
        Act::Run
    }

    pub(super) fn intrinsic(&mut self, i: Instr) -> Act {
        const NAMES: [&str; 9] = [
            "display",
            "intrinsic_typevar",
            "intrinsic_typevartuple",
            "intrinsic_paramspec",
            "intrinsic_typealias",
            "intrinsic_subscript_generic",
            "intrinsic_set_default",
            "intrinsic_reraise_star",
            "intrinsic_dropped",
        ];
        const _: () = assert!(Intrinsic::Dropped as usize == NAMES.len() - 1);
        if i.x == Intrinsic::Dropped as u8 && !self.is_forgotten_coroutine(self.reg(i.b)) {
            return Act::Run;
        }
        let args: Vec<Value> = (0..i.c).map(|n| self.reg(i.b + n)).collect();
        match NAMES.get(i.x as usize) {
            Some(name) => self.prelude_act(name, &args, i.a),
            None => Act::Run,
        }
    }

    pub(super) fn match_exc_star(&mut self, i: Instr) -> Act {
        let regs = [self.reg(i.b), self.reg(i.c), Value::small(i.a as i64)];
        self.push_machine(match_star_step, &regs, Then::Discard, 0);
        Act::Step(Resume::Start)
    }

    /// Garbage collection; only at a safepoint.
    pub(super) fn collect_garbage(&mut self) {
        self.clear_method_cache();
        let Vm { heap, .. } = self;
        let mut taken = std::mem::take(heap);
        taken.collect::<crate::object::AllLayouts>(|m| self.visit(m));
        self.heap = taken;
        self.reap_files();
        self.part_with_dead();
    }

    /// Clears the weak references to what was freed, and has their callbacks called.
    fn part_with_dead(&mut self) {
        let died = self.heap.take_died();
        if died.is_empty() {
            return;
        }
        let mut called = Vec::new();
        for r in died {
            let native = r.cast::<crate::object::Native>();
            let Some(w) = native.and_then(|n| n.data_ref::<crate::object::WeakData>()) else { continue };
            w.clear();
            if !w.callback.get().is_none() {
                called.push((w.number, r.value()));
            }
        }
        // In the order in which they were made: that of addresses differs from run to run.
        called.sort_unstable_by_key(|&(n, _)| n);
        self.attention |= !called.is_empty();
        self.weak_pending.extend(called.into_iter().map(|(_, r)| r));
    }

    /// Before the running code goes on: the callbacks of weak references whose objects are gone.
    #[cold]
    pub(super) fn call_weak_callbacks(&mut self) -> Act {
        let refs = std::mem::take(&mut self.weak_pending);
        let refs = self.new_list(refs);
        match self.prelude_function("weakref_callbacks") {
            Ok(f) => self.call_values(f, &[refs], Then::Discard, 0),
            Err(_) => Act::Run,
        }
    }
}

/// `except*`: splits the exception in register 0 by the classes in register 1; both parts go into the registers of the
/// frame below, from the number in register 2.
fn match_star_step(vm: &mut Vm, resume: Resume) -> Res<super::native::Step> {
    use super::native::{Ctl, Step};
    match resume {
        Resume::Start => {
            let f = vm.prelude_function("match_star")?;
            Ok(Step::Call(CallReq::new(f, &[vm.mreg(0), vm.mreg(1)])))
        }
        Resume::Value(pair) => {
            let dst = vm.mreg(2).as_int().unwrap_or(0) as u16;
            if let (Some(t), Some(machine)) = (pair.cast::<Tuple>(), vm.threads.current.frames.pop()) {
                for (n, &v) in t.items().iter().take(2).enumerate() {
                    vm.set_reg(dst + n as u16, v);
                }
                vm.threads.current.frames.push(machine);
            }
            Ok(Step::Return(Value::NONE))
        }
        Resume::Raised(e) => Err(Ctl::Raise(e)),
        _ => Ok(Step::Return(Value::NONE)),
    }
}
