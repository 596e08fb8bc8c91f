//! The dispatch loop. Floor 5. See the rules of this floor in `mod.rs`.
//!
//! Each arm does the common case of its instruction in place and leaves the rest to a function elsewhere, which works on
//! the topmost frame. Invariant: `frame.pc` is only up to date after `save!`, which comes before every such call.

use super::Vm;
use super::block::Exit;
use super::drive::{Act, Flow, NativeCall};
use super::fast::{float_pair, float_pair_div, floor_div, imm, modulo, shift_left, shift_right};
use super::items::Next;
use super::native::Args;
use super::regs::{self, Ip, Regs};
use super::thread::{Frame, Then};
use crate::base::config::Preempt;
use crate::bytecode::ops::Common;
use crate::bytecode::ops::{Instr, Op, Point};
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::func::Cell as VarCell;
use crate::object::{Class, Code, Dict, Function, Generator, Iter, IterTag, List, NativeFn, ShapeId, Tuple};
use crate::value::Value;

impl Vm {
    /// Runs the current thread until it has to leave the CPU.
    pub fn run(&mut self) -> Exit {
        if self.threads.current.has_signals() && self.threads.current.pending.is_undef() {
            let act = self.call_signal_handlers();
            if let Flow::Exit(e) = self.drive(act) {
                return e;
            }
            return self.dispatch();
        }
        // What the thread was told while it was away.
        if let Some(exc) = std::mem::replace(&mut self.threads.current.pending, Value::UNDEF).defined() {
            self.threads.current.resume = super::native::Resume::Start;
            if self.threads.current.frames.last().is_some_and(|f| f.code.is_some()) {
                self.stand_in_instruction();
            }
            if let Flow::Exit(e) = self.drive(self.interrupt_act(exc)) {
                return e;
            }
        } else if self.threads.current.frames.last().is_some_and(|f| f.code.is_none()) {
            let resume = std::mem::replace(&mut self.threads.current.resume, super::native::Resume::Start);
            if let Flow::Exit(e) = self.drive(Act::Step(resume)) {
                return e;
            }
        }
        if !self.weak_pending.is_empty() && self.threads.current.frames.last().is_some_and(|f| f.code.is_some()) {
            let act = self.call_weak_callbacks();
            if let Flow::Exit(e) = self.drive(act) {
                return e;
            }
        }
        self.dispatch()
    }

    /// How an exception from outside reaches the thread: a waiting machine is told, code is interrupted.
    fn interrupt_act(&self, exc: Value) -> Act {
        match self.threads.current.frames.last() {
            Some(f) if f.code.is_none() => Act::Step(super::native::Resume::Raised(exc)),
            _ => Act::Raise { exc, record: true },
        }
    }

    // `tick!` reloads `regs` also before instructions that use no register.
    #[allow(unused_assignments)]
    fn dispatch(&mut self) -> Exit {
        let mut code: Gc<Code>;
        let mut regs: Regs;
        let mut ip: Ip;

        // Looks the topmost frame up again: after anything that may have pushed or popped one, or grown the stack.
        macro_rules! reload {
            () => {{
                let t = &mut *self.threads.current;
                let Some(Frame { code: Some(c), base, pc, .. }) = t.frames.last().copied() else {
                    return Exit::Finished(Value::NONE);
                };
                code = c;
                regs = Regs::new(&mut t.stack, base as usize);
                ip = Ip::new(&code.instrs, pc as usize);
            }};
        }
        // Writes the instruction pointer into the frame.
        macro_rules! save {
            () => {
                if let Some(f) = self.threads.current.frames.last_mut() {
                    f.pc = ip.index(&code.instrs);
                }
            };
        }
        // Does an act and goes on with whatever frame is the topmost one then.
        macro_rules! act {
            ($act:expr) => {{
                save!();
                let act = $act;
                if !matches!(act, Act::Run)
                    && let Flow::Exit(e) = self.drive(act)
                {
                    return e;
                }
                reload!();
            }};
        }
        // Does an act that may have pushed a frame already: `save!` came before that.
        macro_rules! go_on {
            ($act:expr) => {{
                if let Flow::Exit(e) = self.drive($act) {
                    return e;
                }
                reload!();
            }};
        }
        // A preemption point: the instruction runs only if there is fuel for it.
        macro_rules! tick {
            () => {
                self.heap.fuel -= 1;
                if self.heap.fuel < 0 {
                    ip.back();
                    save!();
                    if let Some(e) = self.out_of_fuel() {
                        return e;
                    }
                    reload!();
                    ip.fetch();
                }
            };
        }
        // Integers by `$int`, doubles by `$float`, the rest elsewhere.
        macro_rules! arith {
            ($i:ident, $b:expr, $int:path, $float:expr) => {{
                let (x, y) = (regs.get($i.b()), $b);
                if let Some(v) = $int(x, y) {
                    regs.set($i.a(), v);
                } else if let Some(v) = float_pair(x, y).and_then(|(x, y)| Value::flonum($float(x, y))) {
                    regs.set($i.a(), v);
                } else {
                    act!(self.binary_slow($i.get()));
                }
            }};
        }
        // As `arith`, for an instruction that has a form for doubles: it becomes that when it meets two of them.
        macro_rules! arith_or {
            ($i:ident, $int:path, $float:expr, $special:expr) => {{
                let (x, y) = (regs.get($i.b()), regs.get($i.c()));
                if let Some(v) = $int(x, y) {
                    regs.set($i.a(), v);
                } else {
                    if self.config.quicken && Value::both_flonums(x, y) {
                        $i.become_($special);
                    }
                    match float_pair(x, y).and_then(|(x, y)| Value::flonum($float(x, y))) {
                        Some(v) => regs.set($i.a(), v),
                        None => act!(self.binary_slow($i.get())),
                    }
                }
            }};
        }
        macro_rules! float_arith {
            ($i:ident, $float:expr, $general:expr) => {{
                let (x, y) = (regs.get($i.b()), regs.get($i.c()));
                if Value::both_flonums(x, y)
                    && let Some(v) = Value::flonum($float(x.flonum_bits(), y.flonum_bits()))
                {
                    regs.set($i.a(), v);
                } else {
                    if Value::both_ints(x, y) {
                        $i.become_($general);
                    }
                    match float_pair(x, y).and_then(|(x, y)| Value::flonum($float(x, y))) {
                        Some(v) => regs.set($i.a(), v),
                        None => act!(self.binary_slow($i.get())),
                    }
                }
            }};
        }
        macro_rules! int_only {
            ($i:ident, $b:expr, $f:expr) => {{
                let (x, y) = (regs.get($i.b()), $b);
                let v = if Value::both_ints(x, y) { $f(x.int_bits(), y.int_bits()) } else { None };
                match v {
                    Some(v) => regs.set($i.a(), v),
                    None => act!(self.binary_slow($i.get())),
                }
            }};
        }
        macro_rules! compare {
            ($i:ident, $ord:pat, $float:tt) => {{
                let (x, y) = (regs.get($i.b()), regs.get($i.c()));
                if Value::both_ints(x, y) {
                    regs.set($i.a(), Value::bool(matches!(Value::cmp_ints(x, y), $ord)));
                } else if let Some((x, y)) = float_pair(x, y) {
                    regs.set($i.a(), Value::bool(x $float y));
                } else {
                    act!(self.compare_slow($i.get()));
                }
            }};
        }
        macro_rules! jump_compare {
            ($i:ident, $b:expr, $ord:pat, $float:tt) => {{
                if $i.x() & 2 != 0 {
                    tick!();
                }
                let (x, y) = (regs.get($i.a()), $b);
                if Value::both_ints(x, y) {
                    if matches!(Value::cmp_ints(x, y), $ord) == ($i.x() & 1 != 0) {
                        ip.jump($i.c());
                    }
                } else if let Some((x, y)) = float_pair(x, y) {
                    if (x $float y) == ($i.x() & 1 != 0) {
                        ip.jump($i.c());
                    }
                } else {
                    act!(self.compare_slow($i.get()));
                }
            }};
        }

        // Calls what is in `$at` with the `$n` registers behind it: functions and natives whose arguments need no binding
        // here, everything else elsewhere.
        macro_rules! call_fast {
            ($at:expr, $n:expr, $dst:expr) => {{
                let (at, n): (u16, u16) = ($at, $n);
                let callee = regs.get(at);
                if let Some(f) = callee.cast::<Function>() {
                    let loaded = f.code.get();
                    let t = &mut *self.threads.current;
                    if loaded.takes_exactly(n)
                        && t.frames.len() <= self.recursion_limit
                        && let Some(caller) = t.frames.last_mut()
                    {
                        caller.pc = ip.index(&code.instrs);
                        let base = caller.base + at as u32 + 1;
                        if t.stack.len() < (base + loaded.nregs) as usize {
                            t.grow_stack((base + loaded.nregs) as usize);
                        }
                        t.frames.push(Frame::of_code(loaded, base, $dst, Then::Store));
                        code = loaded;
                        regs = Regs::new(&mut t.stack, base as usize);
                        for &r in &code.clear {
                            regs.set(r, Value::UNDEF);
                        }
                        ip = Ip::new(&code.instrs, 0);
                        continue;
                    }
                } else if let Some(f) = callee.cast::<NativeFn>()
                    && f.takes_exactly(n)
                {
                    let native = self.natives[f.id as usize].def.f;
                    let args = Args { fixed: regs.slice(at + 1, n as usize), rest: &[], kwargs: None };
                    save!();
                    match native(self, args) {
                        Ok(v) => regs.set($dst, v),
                        Err(c) => {
                            let call = NativeCall {
                                id: f.id,
                                args: smallvec::SmallVec::from_slice(regs.slice(at + 1, n as usize)),
                                fixed: n as usize,
                                kwargs: Value::UNDEF,
                            };
                            act!(self.control(c, Then::Store, $dst, Some(call)));
                        }
                    }
                    continue;
                } else if let Some(f) = callee.cast::<NativeFn>()
                    && f.takes_filled_up(n)
                {
                    save!();
                    match self.call_filled_up(f, at, n, $dst) {
                        Some(Act::Run) => continue,
                        Some(act) => {
                            go_on!(act);
                            continue;
                        }
                        None => {}
                    }
                } else if let Some(c) = callee.cast::<Class>() {
                    save!();
                    if self.instantiate(c, at, n, $dst) {
                        reload!();
                        continue;
                    }
                }
                act!(self.call_window(at, n as usize, Value::UNDEF, $dst));
            }};
        }

        reload!();
        loop {
            let i = ip.fetch();
            match i.op() {
                Op::Nop => {}
                Op::Move => regs.set(i.a(), regs.get(i.b())),
                Op::LoadK => regs.set(i.a(), regs::constant(&code, i.bc())),
                Op::LoadInt => regs.set(i.a(), Value::small(i.bc() as i32 as i64)),
                Op::LoadCommon => {
                    let class = if i.b() == Common::AssertionError as u16 {
                        self.types.AssertionError
                    } else {
                        self.types.StopAsyncIteration
                    };
                    regs.set(i.a(), class.value());
                }
                Op::CheckBound => {
                    if regs.get(i.a()).is_undef() {
                        act!(self.unbound_local(i.b()));
                    }
                }
                Op::DelLocal => {
                    if regs.get(i.a()).is_undef() {
                        act!(self.unbound_local(i.b()));
                    } else {
                        regs.set(i.a(), Value::UNDEF);
                    }
                }
                Op::ClearReg => regs.set(i.a(), Value::UNDEF),

                Op::MakeCell => {
                    let cell = self.heap.alloc(VarCell::new(self.types.cell, regs.get(i.a())));
                    regs.set(i.a(), cell.value());
                }
                Op::CopyFree => {
                    if let Some(cells) = regs.function().cast::<Function>().and_then(|f| f.closure.cast::<Tuple>()) {
                        for (n, &c) in cells.items().iter().take(i.b() as usize).enumerate() {
                            regs.set(i.a() + n as u16, c);
                        }
                    }
                }
                Op::LoadDeref => {
                    tick!();
                    match regs.get(i.b()).cast::<VarCell>().map(|c| c.value.get()) {
                        Some(v) if !v.is_undef() => regs.set(i.a(), v),
                        _ => act!(self.unbound_cell(i.c(), i.x())),
                    }
                }
                Op::StoreDeref => {
                    tick!();
                    if let Some(c) = regs.get(i.a()).cast::<VarCell>() {
                        c.value.set(regs.get(i.b()));
                    }
                }
                Op::DelDeref => {
                    tick!();
                    match regs.get(i.a()).cast::<VarCell>() {
                        Some(c) if !c.value.get().is_undef() => c.value.set(Value::UNDEF),
                        _ => act!(self.unbound_cell(i.c(), i.x())),
                    }
                }

                Op::LoadGlobal => {
                    tick!();
                    save!();
                    let r = self.load_global(regs.globals(), i.get());
                    act!(self.after(r, Then::Store, i.a()));
                }
                Op::LoadGlobalModule => {
                    tick!();
                    let c = regs::site(&code, i.b());
                    match regs.globals().get_cached(c.index as usize, c.key) {
                        Some(v) => regs.set(i.a(), v),
                        None => {
                            save!();
                            let r = self.load_global(regs.globals(), i.get());
                            act!(self.after(r, Then::Store, i.a()));
                        }
                    }
                }
                Op::LoadGlobalBuiltin => {
                    tick!();
                    let c = regs::site(&code, i.b());
                    let known = regs.globals().version() == c.shape;
                    match if known { self.builtins.get_cached(c.index as usize, c.key) } else { None } {
                        Some(v) => regs.set(i.a(), v),
                        None => {
                            save!();
                            let r = self.load_global(regs.globals(), i.get());
                            act!(self.after(r, Then::Store, i.a()));
                        }
                    }
                }
                Op::StoreGlobal => {
                    tick!();
                    save!();
                    self.store_global(regs.globals(), i.get(), regs.get(i.a()));
                }
                Op::StoreGlobalModule => {
                    tick!();
                    let c = regs::site(&code, i.b());
                    if !regs.globals().set_cached(c.index as usize, c.key, regs.get(i.a())) {
                        save!();
                        self.store_global(regs.globals(), i.get(), regs.get(i.a()));
                    }
                }
                Op::DelGlobal => {
                    tick!();
                    act!(self.del_global(regs.globals(), i.get()));
                }
                Op::LoadName => {
                    tick!();
                    act!(self.load_name(i.b(), i.a()));
                }
                Op::StoreName => {
                    tick!();
                    act!(self.store_name(i.b(), regs.get(i.a())));
                }
                Op::DelName => {
                    tick!();
                    act!(self.del_name(i.b()));
                }
                Op::LoadNameDeref => {
                    tick!();
                    act!(self.load_name_deref(i.get()));
                }

                Op::GetAttr | Op::LoadMethod => {
                    tick!();
                    act!(self.load_attr(i.get()));
                }
                Op::GetAttrSlot => {
                    tick!();
                    let c = regs::site(&code, i.c());
                    match self.cached_instance(regs.get(i.b()), c).map(|o| o.slot(c.index as usize)) {
                        Some(v) if !v.is_undef() => regs.set(i.a(), v),
                        _ => act!(self.load_attr(i.get())),
                    }
                }
                Op::GetAttrClass => {
                    tick!();
                    let c = regs::site(&code, i.c());
                    let known = self.cached_instance(regs.get(i.b()), c).and(c.value.cast::<Dict>());
                    match known.and_then(|d| d.get_cached(c.index as usize, c.key)) {
                        Some(v) => regs.set(i.a(), v),
                        None => act!(self.load_attr(i.get())),
                    }
                }
                Op::GetAttrProperty => {
                    tick!();
                    let c = regs::site(&code, i.c());
                    let obj = regs.get(i.b());
                    if self.cached_instance(obj, c).is_none() {
                        act!(self.load_attr(i.get()));
                        continue;
                    }
                    save!();
                    if self.enter_function(c.value, obj, &[], Then::GetAttr, i.a()) {
                        reload!();
                    } else {
                        act!(self.call_values(c.value, &[obj], Then::GetAttr, i.a()));
                    }
                }
                Op::GetAttrPoly => {
                    tick!();
                    match self.load_known(regs.get(i.b()), regs::site(&code, i.c()).key) {
                        Some(v) => regs.set(i.a(), v),
                        None => act!(self.load_attr(i.get())),
                    }
                }
                Op::GetAttrModule | Op::GetAttrOfClass => {
                    tick!();
                    match self.cached_entry(regs.get(i.b()), regs::site(&code, i.c())) {
                        Some(v) => regs.set(i.a(), v),
                        None => act!(self.load_attr(i.get())),
                    }
                }
                Op::LoadMethodShape => {
                    tick!();
                    let c = regs::site(&code, i.c());
                    let obj = regs.get(i.b());
                    if self.cached_instance(obj, c).is_some() {
                        regs.set(i.a(), c.value);
                        regs.set(i.a() + 1, obj);
                    } else {
                        act!(self.load_attr(i.get()));
                    }
                }
                Op::LoadMethodPoly => {
                    tick!();
                    let obj = regs.get(i.b());
                    match self.method_known(obj, regs::site(&code, i.c()).key) {
                        Some(f) => {
                            regs.set(i.a(), f);
                            regs.set(i.a() + 1, obj);
                        }
                        None => act!(self.load_attr(i.get())),
                    }
                }
                Op::LoadMethodNative => {
                    tick!();
                    let c = regs::site(&code, i.c());
                    let obj = regs.get(i.b());
                    if c.epoch == self.epoch && self.class_of(obj).value() == c.subject {
                        regs.set(i.a(), c.value);
                        regs.set(i.a() + 1, obj);
                    } else {
                        act!(self.load_attr(i.get()));
                    }
                }
                Op::LoadMethodModule | Op::LoadMethodOfClass => {
                    tick!();
                    match self.cached_entry(regs.get(i.b()), regs::site(&code, i.c())) {
                        Some(v) => {
                            regs.set(i.a(), Value::UNDEF);
                            regs.set(i.a() + 1, v);
                        }
                        None => act!(self.load_attr(i.get())),
                    }
                }
                Op::SetAttr => {
                    tick!();
                    act!(self.store_attr_op(i.get()));
                }
                Op::SetAttrSlot | Op::SetAttrAdd => {
                    tick!();
                    let c = regs::site(&code, i.c());
                    match self.cached_instance(regs.get(i.a()), c) {
                        Some(o) if let Some(slot) = o.items().get(c.index as usize) => {
                            slot.set(regs.get(i.b()));
                            if i.op() == Op::SetAttrAdd {
                                o.set_shape(ShapeId(c.value.int_bits() as u32));
                            }
                        }
                        _ => act!(self.store_attr_op(i.get())),
                    }
                }
                Op::SetAttrPoly => {
                    tick!();
                    if !self.store_known(regs.get(i.a()), regs::site(&code, i.c()).key, regs.get(i.b())) {
                        act!(self.store_attr_op(i.get()));
                    }
                }
                Op::DelAttr => {
                    tick!();
                    save!();
                    let name = self.site_name(i.c());
                    act!(self.set_attr_act(regs.get(i.a()), name, Value::UNDEF));
                }

                Op::GetItem => {
                    tick!();
                    let (obj, key) = (regs.get(i.b()), regs.get(i.c()));
                    if self.config.quicken && self.exact_list(obj).is_some() && key.is_int() {
                        i.become_(Op::GetItemList);
                    }
                    match self.item_fast(obj, key) {
                        Some(v) => regs.set(i.a(), v),
                        None => act!(self.getitem_slow(obj, key, i.a())),
                    }
                }
                Op::GetItemI => {
                    tick!();
                    let (obj, key) = (regs.get(i.b()), imm(i.c()));
                    if self.config.quicken && self.exact_list(obj).is_some() {
                        i.become_(Op::GetItemIList);
                    }
                    match self.item_fast(obj, key) {
                        Some(v) => regs.set(i.a(), v),
                        None => act!(self.getitem_slow(obj, key, i.a())),
                    }
                }
                Op::GetItemList => {
                    tick!();
                    let (obj, key) = (regs.get(i.b()), regs.get(i.c()));
                    match self.exact_list(obj).zip(key.as_int()).and_then(|(l, n)| l.get(n as usize)) {
                        Some(v) => regs.set(i.a(), v),
                        None => {
                            i.become_(Op::GetItem);
                            match self.item_fast(obj, key) {
                                Some(v) => regs.set(i.a(), v),
                                None => act!(self.getitem_slow(obj, key, i.a())),
                            }
                        }
                    }
                }
                Op::GetItemIList => {
                    tick!();
                    let (obj, key) = (regs.get(i.b()), imm(i.c()));
                    match self.exact_list(obj).and_then(|l| l.get(i.c() as i16 as usize)) {
                        Some(v) => regs.set(i.a(), v),
                        None => {
                            i.become_(Op::GetItemI);
                            match self.item_fast(obj, key) {
                                Some(v) => regs.set(i.a(), v),
                                None => act!(self.getitem_slow(obj, key, i.a())),
                            }
                        }
                    }
                }
                Op::SetItem => {
                    tick!();
                    let (obj, key, v) = (regs.get(i.a()), regs.get(i.b()), regs.get(i.c()));
                    if self.config.quicken && self.exact_list(obj).is_some() && key.is_int() {
                        i.become_(Op::SetItemList);
                    }
                    if !self.set_item_fast(obj, key, v) {
                        act!(self.setitem_slow(obj, key, v));
                    }
                }
                Op::SetItemList => {
                    tick!();
                    let (obj, key, v) = (regs.get(i.a()), regs.get(i.b()), regs.get(i.c()));
                    if !self.exact_list(obj).zip(key.as_int()).is_some_and(|(l, n)| l.set(n as usize, v)) {
                        i.become_(Op::SetItem);
                        if !self.set_item_fast(obj, key, v) {
                            act!(self.setitem_slow(obj, key, v));
                        }
                    }
                }
                Op::SetItemI => {
                    tick!();
                    let (obj, key, v) = (regs.get(i.a()), imm(i.b()), regs.get(i.c()));
                    if self.config.quicken && self.exact_list(obj).is_some() {
                        i.become_(Op::SetItemIList);
                    }
                    if !self.set_item_fast(obj, key, v) {
                        act!(self.setitem_slow(obj, key, v));
                    }
                }
                Op::SetItemIList => {
                    tick!();
                    let (obj, v) = (regs.get(i.a()), regs.get(i.c()));
                    if !self.exact_list(obj).is_some_and(|l| l.set(i.b() as i16 as usize, v)) {
                        i.become_(Op::SetItemI);
                        if !self.set_item_fast(obj, imm(i.b()), v) {
                            act!(self.setitem_slow(obj, imm(i.b()), v));
                        }
                    }
                }
                Op::DelItem => {
                    tick!();
                    act!(self.delitem_slow(regs.get(i.a()), regs.get(i.b())));
                }

                Op::Add => arith_or!(i, Value::int_add, std::ops::Add::add, Op::AddFloat),
                Op::AddStr => {
                    let (x, y) = (regs.get(i.b()), regs.get(i.c()));
                    match self.exact_str(x).zip(self.exact_str(y)) {
                        Some((s, t)) => {
                            save!();
                            match self.str_concat(s, t) {
                                Ok(v) => regs.set(i.a(), v),
                                Err(c) => act!(self.control(c, Then::Store, i.a(), None)),
                            }
                        }
                        None => {
                            i.become_(Op::Add);
                            act!(self.binary_slow(i.get()));
                        }
                    }
                }
                Op::Sub => arith_or!(i, Value::int_sub, std::ops::Sub::sub, Op::SubFloat),
                Op::Mul => arith_or!(i, Value::int_mul, std::ops::Mul::mul, Op::MulFloat),
                Op::AddFloat => float_arith!(i, std::ops::Add::add, Op::Add),
                Op::SubFloat => float_arith!(i, std::ops::Sub::sub, Op::Sub),
                Op::MulFloat => float_arith!(i, std::ops::Mul::mul, Op::Mul),
                Op::AddI => arith!(i, imm(i.c()), Value::int_add, std::ops::Add::add),
                Op::SubI => arith!(i, imm(i.c()), Value::int_sub, std::ops::Sub::sub),
                Op::MulI => arith!(i, imm(i.c()), Value::int_mul, std::ops::Mul::mul),
                Op::Div => {
                    let (x, y) = (regs.get(i.b()), regs.get(i.c()));
                    match float_pair_div(x, y).and_then(|(x, y)| Value::flonum(x / y)) {
                        Some(v) => regs.set(i.a(), v),
                        None => act!(self.binary_slow(i.get())),
                    }
                }
                Op::FloorDiv => int_only!(i, regs.get(i.c()), floor_div),
                Op::FloorDivI => int_only!(i, imm(i.c()), floor_div),
                Op::Mod => int_only!(i, regs.get(i.c()), modulo),
                Op::ModI => int_only!(i, imm(i.c()), modulo),
                Op::BitAnd => int_only!(i, regs.get(i.c()), |x, y| Some(Value::small(x & y))),
                Op::BitOr => int_only!(i, regs.get(i.c()), |x, y| Some(Value::small(x | y))),
                Op::BitXor => int_only!(i, regs.get(i.c()), |x, y| Some(Value::small(x ^ y))),
                Op::BitAndI => int_only!(i, imm(i.c()), |x, y| Some(Value::small(x & y))),
                Op::BitOrI => int_only!(i, imm(i.c()), |x, y| Some(Value::small(x | y))),
                Op::BitXorI => int_only!(i, imm(i.c()), |x, y| Some(Value::small(x ^ y))),
                Op::LShift => int_only!(i, regs.get(i.c()), shift_left),
                Op::LShiftI => int_only!(i, imm(i.c()), shift_left),
                Op::RShift => int_only!(i, regs.get(i.c()), shift_right),
                Op::RShiftI => int_only!(i, imm(i.c()), shift_right),
                Op::Pow | Op::MatMul => act!(self.binary_slow(i.get())),
                Op::Neg => match Value::int_sub(Value::small(0), regs.get(i.b())) {
                    Some(v) => regs.set(i.a(), v),
                    None => act!(self.unary_slow(i.get())),
                },
                Op::Pos | Op::Invert => act!(self.unary_slow(i.get())),
                Op::Not => match regs.get(i.b()).as_bool() {
                    Some(b) => regs.set(i.a(), Value::bool(!b)),
                    None => act!(self.truth_then(regs.get(i.b()), Then::Not, i.a())),
                },

                Op::Lt => compare!(i, std::cmp::Ordering::Less, <),
                Op::Le => compare!(i, std::cmp::Ordering::Less | std::cmp::Ordering::Equal, <=),
                Op::Eq => compare!(i, std::cmp::Ordering::Equal, ==),
                Op::Ne => compare!(i, std::cmp::Ordering::Less | std::cmp::Ordering::Greater, !=),
                Op::Gt => compare!(i, std::cmp::Ordering::Greater, >),
                Op::Ge => compare!(i, std::cmp::Ordering::Greater | std::cmp::Ordering::Equal, >=),
                Op::Is => regs.set(i.a(), Value::bool(regs.get(i.b()) == regs.get(i.c()))),
                Op::IsNot => regs.set(i.a(), Value::bool(regs.get(i.b()) != regs.get(i.c()))),
                Op::In | Op::NotIn => {
                    tick!();
                    match self.quick_contains(regs.get(i.c()), regs.get(i.b())) {
                        Some(b) => regs.set(i.a(), Value::bool(b == (i.op() == Op::In))),
                        None => act!(self.contains_slow(i.get())),
                    }
                }

                Op::Jump => ip = Ip::new(&code.instrs, i.bc() as usize),
                Op::JumpBack => {
                    tick!();
                    ip = Ip::new(&code.instrs, i.bc() as usize);
                }
                Op::JumpIfTrue | Op::JumpIfFalse => {
                    let v = regs.get(i.a());
                    match v.as_bool() {
                        Some(b) => {
                            if b == (i.op() == Op::JumpIfTrue) {
                                ip = Ip::new(&code.instrs, i.bc() as usize);
                            }
                        }
                        None => match v.as_int() {
                            Some(n) => {
                                if (n != 0) == (i.op() == Op::JumpIfTrue) {
                                    ip = Ip::new(&code.instrs, i.bc() as usize);
                                }
                            }
                            None => act!(self.truth_then(v, Then::Jump, 0)),
                        },
                    }
                }
                Op::JumpIfNone => {
                    if regs.get(i.a()).is_none() {
                        ip = Ip::new(&code.instrs, i.bc() as usize);
                    }
                }
                Op::JumpIfNotNone => {
                    if !regs.get(i.a()).is_none() {
                        ip = Ip::new(&code.instrs, i.bc() as usize);
                    }
                }
                Op::JumpLt => jump_compare!(i, regs.get(i.b()), std::cmp::Ordering::Less, <),
                Op::JumpLe => {
                    jump_compare!(i, regs.get(i.b()), std::cmp::Ordering::Less | std::cmp::Ordering::Equal, <=)
                }
                Op::JumpEq => jump_compare!(i, regs.get(i.b()), std::cmp::Ordering::Equal, ==),
                Op::JumpNe => {
                    jump_compare!(i, regs.get(i.b()), std::cmp::Ordering::Less | std::cmp::Ordering::Greater, !=)
                }
                Op::JumpGt => jump_compare!(i, regs.get(i.b()), std::cmp::Ordering::Greater, >),
                Op::JumpGe => {
                    jump_compare!(i, regs.get(i.b()), std::cmp::Ordering::Greater | std::cmp::Ordering::Equal, >=)
                }
                Op::JumpLtI => jump_compare!(i, imm(i.b()), std::cmp::Ordering::Less, <),
                Op::JumpLeI => jump_compare!(i, imm(i.b()), std::cmp::Ordering::Less | std::cmp::Ordering::Equal, <=),
                Op::JumpEqI => jump_compare!(i, imm(i.b()), std::cmp::Ordering::Equal, ==),
                Op::JumpNeI => jump_compare!(i, imm(i.b()), std::cmp::Ordering::Less | std::cmp::Ordering::Greater, !=),
                Op::JumpGtI => jump_compare!(i, imm(i.b()), std::cmp::Ordering::Greater, >),
                Op::JumpGeI => {
                    jump_compare!(i, imm(i.b()), std::cmp::Ordering::Greater | std::cmp::Ordering::Equal, >=)
                }

                Op::GetIter => act!(self.get_iter(regs.get(i.b()), i.a())),
                Op::GetYieldFromIter => act!(self.get_yield_from_iter(regs.get(i.b()), i.a())),
                Op::ForIter | Op::ForNext => {
                    if i.op() == Op::ForNext {
                        tick!();
                        if self.config.quicken {
                            let next = ip.target(i.c());
                            let unpacks = next.op() == Op::Unpack && next.b() == i.b() && next.c() == 2;
                            i.become_(Self::for_next_of(regs.get(i.a()), unpacks));
                        }
                    }
                    let mut item = Value::UNDEF;
                    let mut known = false;
                    if let Some(it) = regs.get(i.a()).cast::<Iter>() {
                        match it.tag {
                            IterTag::Range => {
                                let next = it.next_of_range();
                                known = next.is_some() || it.n.get() <= 0;
                                item = next.unwrap_or(Value::UNDEF);
                            }
                            IterTag::List => {
                                if let Some(v) = it.next_of_list() {
                                    item = v;
                                    known = true;
                                }
                            }
                            IterTag::Tuple => {
                                if let Some(v) = it.next_of_tuple() {
                                    item = v;
                                    known = true;
                                }
                            }
                            _ => {}
                        }
                    }
                    if !known {
                        act!(self.for_slow(i.get()));
                    } else if item.is_undef() {
                        if i.op() == Op::ForIter {
                            ip.jump(i.c());
                        }
                    } else {
                        regs.set(i.b(), item);
                        if i.op() != Op::ForIter {
                            ip.jump(i.c());
                        }
                    }
                }
                Op::ForNextRange => {
                    tick!();
                    let it = regs.get(i.a()).cast::<Iter>().filter(|it| it.tag == IterTag::Range);
                    match it.and_then(|it| it.next_of_range()) {
                        Some(v) => {
                            regs.set(i.b(), v);
                            ip.jump(i.c());
                        }
                        None if it.is_some_and(|it| it.n.get() <= 0) => {}
                        None => {
                            i.become_(Op::ForNext);
                            act!(self.for_slow(i.get()));
                        }
                    }
                }
                Op::ForNextList => {
                    tick!();
                    let it = regs.get(i.a()).cast::<Iter>().filter(|it| it.tag == IterTag::List);
                    match it.and_then(|it| it.next_of_list()) {
                        Some(v) => {
                            regs.set(i.b(), v);
                            ip.jump(i.c());
                        }
                        None => {
                            if it.is_none() {
                                i.become_(Op::ForNext);
                            }
                            act!(self.for_slow(i.get()));
                        }
                    }
                }
                Op::ForNextPair => {
                    tick!();
                    // It was seen that the jump leads to the `Unpack` of the item.
                    match regs.get(i.a()).cast::<Iter>().and_then(|it| self.next_pair(it)) {
                        Some((x, y)) => {
                            ip.jump(i.c());
                            let unpack = ip.fetch();
                            regs.set(unpack.a(), x);
                            regs.set(unpack.a() + 1, y);
                        }
                        None => act!(self.for_slow(i.get())),
                    }
                }
                Op::ForNextIter => {
                    tick!();
                    let it = regs.get(i.a()).cast::<Iter>().filter(|it| !it.class().has(flag::USER_ITER));
                    let Some(it) = it else {
                        i.become_(Op::ForNext);
                        act!(self.for_slow(i.get()));
                        continue;
                    };
                    save!();
                    match self.next_of(it) {
                        Ok(Next::Item(v)) => {
                            regs.set(i.b(), v);
                            ip.jump(i.c());
                        }
                        Ok(Next::End) => {}
                        Ok(Next::Ask) => act!(self.for_slow(i.get())),
                        Err(c) => act!(self.control(c, Then::ForItem, i.b(), None)),
                    }
                }
                Op::ForNextGenerator => {
                    tick!();
                    match regs.get(i.a()).cast::<Generator>() {
                        Some(g) => {
                            save!();
                            if self.resume_for_item(g, i.b()) {
                                reload!();
                                continue;
                            }
                        }
                        None => i.become_(Op::ForNext),
                    }
                    act!(self.for_slow(i.get()));
                }
                Op::Unpack => {
                    let n = i.c() as usize;
                    let v = regs.get(i.b());
                    if let Some(t) = v.cast::<Tuple>()
                        && t.len() == n
                    {
                        for (k, &x) in t.items().iter().enumerate() {
                            regs.set(i.a() + k as u16, x);
                        }
                    } else {
                        act!(self.unpack(i.get(), false));
                    }
                }
                Op::UnpackEx => act!(self.unpack(i.get(), true)),

                Op::BuildTuple => {
                    let v = self.new_tuple(regs.slice(i.b(), i.c() as usize));
                    regs.set(i.a(), v);
                }
                Op::BuildList => {
                    let v = self.new_list(regs.slice(i.b(), i.c() as usize).to_vec());
                    regs.set(i.a(), v);
                }
                Op::BuildSet => act!(self.build_set(i.get())),
                Op::BuildMap => act!(self.build_map(i.get())),
                Op::BuildString => {
                    let v = self.join_strs(regs.slice(i.b(), i.c() as usize));
                    regs.set(i.a(), v);
                }
                Op::BuildSlice => {
                    let f = regs.slice(i.b(), 3);
                    let class = self.types.slice;
                    let v = self.new_record(class, crate::object::RecordTag::Slice, f).value();
                    regs.set(i.a(), v);
                }
                Op::ListAppend => {
                    if let Some(l) = regs.get(i.a()).cast::<List>() {
                        let grown = l.push(regs.get(i.b()));
                        if grown > 0 {
                            self.heap.charge(grown);
                        }
                    }
                }
                Op::ListExtend => act!(self.list_extend(i.get())),
                Op::ListToTuple => {
                    if let Some(l) = regs.get(i.b()).cast::<List>() {
                        let items = l.to_vec();
                        let v = self.new_tuple(&items);
                        regs.set(i.a(), v);
                    }
                }
                Op::SetAdd => {
                    if !self.quick_put(regs.get(i.a()), regs.get(i.b()), Value::UNDEF) {
                        act!(self.set_add(regs.get(i.a()), regs.get(i.b())));
                    }
                }
                Op::SetUpdate => act!(self.set_update(regs.get(i.a()), regs.get(i.b()))),
                Op::MapSet => {
                    if !self.quick_put(regs.get(i.a()), regs.get(i.b()), regs.get(i.c())) {
                        act!(self.map_set(regs.get(i.a()), regs.get(i.b()), regs.get(i.c())));
                    }
                }
                Op::MapUpdate => act!(self.map_update(regs.get(i.a()), regs.get(i.b()))),
                Op::MapMerge => act!(self.map_merge(regs.get(i.a()), regs.get(i.b()), regs.get(i.c()))),
                Op::FormatValue => act!(self.format_op(i.get())),

                Op::Call => {
                    tick!();
                    call_fast!(i.a(), i.b(), i.c());
                }
                Op::CallKw => {
                    tick!();
                    let names = regs.get(i.a() + 1 + i.b());
                    act!(self.call_window(i.a(), i.b() as usize, names, i.c()));
                }
                Op::CallEx => {
                    tick!();
                    act!(self.call_ex(i.get()));
                }
                Op::CallMethod => {
                    tick!();
                    if regs.get(i.a()).is_undef() {
                        call_fast!(i.a() + 1, i.b(), i.c());
                    } else {
                        call_fast!(i.a(), i.b() + 1, i.c());
                    }
                }
                Op::CallMethodKw => {
                    tick!();
                    let names = regs.get(i.a() + 2 + i.b());
                    if regs.get(i.a()).is_undef() {
                        act!(self.call_window(i.a() + 1, i.b() as usize, names, i.c()));
                    } else {
                        act!(self.call_window(i.a(), i.b() as usize + 1, names, i.c()));
                    }
                }
                Op::Return => {
                    let mut value = regs.get(i.a());
                    let t = &mut *self.threads.current;
                    let n = t.frames.len();
                    if n >= 2
                        && let (Some(&frame), Some(&Frame { code: Some(c), base, pc, .. })) =
                            (t.frames.get(n - 1), t.frames.get(n - 2))
                        && (frame.is_plain() || frame.is_plain_init() && value.is_none())
                    {
                        if frame.then == Then::Init {
                            value = t.stack[frame.base as usize - 2];
                        }
                        t.frames.truncate(n - 1);
                        code = c;
                        regs = Regs::new(&mut t.stack, base as usize);
                        ip = Ip::new(&code.instrs, pc as usize);
                        regs.set(frame.dst, value);
                        continue;
                    }
                    save!();
                    let act = self.return_slow(value);
                    if let Flow::Exit(e) = self.drive(act) {
                        return e;
                    }
                    reload!();
                }
                Op::Yield => {
                    let value = regs.get(i.b());
                    if i.x() == 0 {
                        save!();
                        if self.yield_to_caller(value) {
                            reload!();
                            continue;
                        }
                    }
                    act!(if i.x() == 0 { self.yield_value(value) } else { self.async_yield(value) });
                }
                Op::YieldFrom => act!(self.yield_from(regs.get(i.b()), regs.get(i.c()), i.a())),
                Op::Await => act!(self.get_awaitable(regs.get(i.b()), i.get())),
                Op::GetAIter => act!(self.get_async_iter(regs.get(i.b()), i.a())),
                Op::GetANext => act!(self.get_async_next(regs.get(i.b()), i.a())),
                Op::MakeFunction => {
                    save!();
                    let v = self.make_function(code, i.get());
                    regs.set(i.a(), v);
                }
                Op::BuildClass => {
                    tick!();
                    act!(self.build_class_op(i.get()));
                }

                Op::Raise => {
                    act!(match i.x() {
                        0 => self.reraise_handled(),
                        1 => self.raise_op(regs.get(i.a()), None),
                        _ => self.raise_op(regs.get(i.a()), Some(regs.get(i.b()))),
                    })
                }
                Op::Reraise => act!(Act::Raise { exc: regs.get(i.a()), record: false }),
                Op::PushHandled => {
                    let exc = regs.get(i.b());
                    regs.set(i.a(), std::mem::replace(&mut self.threads.current.handled, exc));
                }
                Op::PopHandled => self.threads.current.handled = regs.get(i.a()),
                Op::MatchExc => {
                    save!();
                    match self.match_exception(regs.get(i.b()), regs.get(i.c())) {
                        Ok(b) => regs.set(i.a(), Value::bool(b)),
                        Err(c) => act!(self.control(c, Then::Store, i.a(), None)),
                    }
                }
                Op::MatchExcStar => act!(self.match_exc_star(i.get())),

                Op::WithEnter => {
                    tick!();
                    save!();
                    match self.enter_natively(i.get()) {
                        Some(Act::Run) => {}
                        Some(act) => go_on!(act),
                        None => act!(self.with_enter(i.get())),
                    }
                }
                Op::WithExit => {
                    tick!();
                    let none = [Value::NONE; 3];
                    let then = if i.x() == 0 { Then::Discard } else { Then::Store };
                    save!();
                    match self.exit_natively(i.get(), then) {
                        Some(Act::Run) => {}
                        Some(act) => go_on!(act),
                        None => act!(self.call_exit(i.a(), &none, then, i.c())),
                    }
                }
                Op::WithExitExc => {
                    tick!();
                    act!(self.with_exit_exc(i.get()));
                }

                Op::ImportName => {
                    tick!();
                    act!(self.import_op(i.get()));
                }
                Op::ImportFrom => {
                    tick!();
                    act!(self.import_from(i.get()));
                }
                Op::ImportStar => {
                    tick!();
                    act!(self.import_star(regs.get(i.a())));
                }

                Op::MatchSequence | Op::MatchMapping => {
                    use crate::object::class::flag;
                    let want = if i.op() == Op::MatchSequence { flag::SEQUENCE } else { flag::MAPPING };
                    regs.set(i.a(), Value::bool(self.class_of(regs.get(i.b())).has(want)));
                }
                Op::MatchKeys => act!(self.prelude_act("match_keys", &[regs.get(i.b()), regs.get(i.c())], i.a())),
                Op::MatchClass => {
                    let args = [regs.get(i.b()), regs.get(i.c()), regs.get(i.c() + 1), Value::small(i.x() as i64)];
                    act!(self.prelude_act("match_class", &args, i.a()));
                }
                Op::GetLen => act!(self.get_len(regs.get(i.b()), i.a())),
                Op::SetupAnnotations => act!(self.setup_annotations()),
                Op::Intrinsic => act!(self.intrinsic(i.get())),
            }
        }
    }

    /// The fuel is used up, or something wants attention: collects, and says whether the thread must leave the CPU.
    #[cold]
    #[inline(never)]
    fn out_of_fuel(&mut self) -> Option<Exit> {
        // The tick that did not happen.
        self.heap.fuel += 1;
        self.heap.restore_fuel();
        if self.heap.due {
            self.collect_garbage();
        }
        if self.heap.fuel > 0 && self.threads.handoff.is_none() && !self.attention {
            if self.profile.is_some() {
                self.note_tick();
                self.heap.fuel -= 1;
                self.heap.interrupt();
                return None;
            }
            self.heap.fuel -= 1;
            return None;
        }
        let waits = self.in_atomic_code()
            || self.config.preempt == Preempt::Cpython && self.heap.fuel <= 0 && !self.at_switch_point();
        if waits {
            // Time goes on, the switch waits for a call or back-edge.
            if self.profile.is_some() {
                self.note_tick();
            }
            if self.heap.fuel > 0 {
                self.heap.fuel -= 1;
                self.heap.interrupt();
            } else {
                self.threads.clock.ticks += 1;
            }
            return None;
        }
        self.attention = false;
        Some(Exit::Preempted)
    }

    /// Whether the topmost frame is library code that stands in for a native.
    fn in_atomic_code(&self) -> bool {
        self.threads.current.frames.last().and_then(|f| f.code).is_some_and(|c| c.code.source.atomic)
    }

    /// Whether the instruction about to run is one at which CPython may switch threads.
    fn at_switch_point(&self) -> bool {
        let next: Option<Instr> = self.threads.current.frames.last().and_then(|f| {
            let c = f.code?;
            c.code.instrs.get(f.pc as usize).copied()
        });
        next.is_none_or(|i| matches!(i.point(), Point::Call | Point::Back))
    }
}
