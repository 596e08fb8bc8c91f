//! `iter(v)` and `next(it)` where code of the language has a part in it. Floor 5.
//!
//! `Vm::next_item` (items.rs) answers for built-in iterators over built-in collections. Here are the others: `map`,
//! `filter`, `zip` and `enumerate` over any iterator, `iter(callable, sentinel)`, iteration by `__getitem__`. They are
//! machines, or hand over to the function at once where nothing is left to be done after it.
//!
//! Invariant: an item that was taken from an inner iterator is never taken twice: what a machine took is in its registers.

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Class, Iter, IterTag, List, Tuple, View};
use crate::value::Value;
use crate::vm::native::{CallReq, GenAction, NativeDef, Resume, Step, function};
use crate::vm::{Args, Ctl, Next, Res, Vm};

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_advance(it, /)", "The next item of a built-in iterator, not overridden.", |vm, a| vm.advance(a[0])),
    function("_iter_value(x, /)", "iter(x).", |vm, a| vm.iter_value(a[0])),
    function("_is_iterable(x, /)", "Whether iter(x) would find something to call.", |vm, a| {
        Ok(Value::bool(vm.is_iterable(a[0])))
    }),
    function("_iter_finish(it, /)", "Marks a built-in iterator as exhausted.", |_, a| {
        if let Some(it) = a[0].cast::<Iter>() {
            it.src.set(Value::NONE);
        }
        Ok(Value::NONE)
    }),
    function("_iter_move(it, i, /)", "Sets the position of a built-in iterator.", iter_move),
    function("_check_iterator(it, /)", "it, or a TypeError if it is no iterator.", |vm, a| vm.checked_iterator(a[0])),
];

fn iter_move(vm: &mut Vm, args: Args<'_>) -> Res {
    let i = vm.index_arg(args, 1)?;
    if let Some(it) = args[0].cast::<Iter>() {
        it.i.set(i);
    }
    Ok(Value::NONE)
}

/// What an inner iterator gave.
enum Fetch {
    Item(Value),
    End,
    /// Do this; the item comes with the next step.
    Do(Step),
}

// Registers: the iterator; which inner iterator is next; the items taken so far, or the one.
const IT: usize = 0;
const INDEX: usize = 1;
const TAKEN: usize = 2;

// States.
const FETCHING: u32 = 1;
const CALLING: u32 = 2;
const DECIDING: u32 = 3;
const PROBING: u32 = 4;

/// Items that one step takes at most before it lets the loop look at the clock.
const BATCH: usize = 4096;

impl Vm {
    /// `iter(v)`. Errors: `'int' object is not iterable` and its kin.
    pub fn iter_value(&mut self, v: Value) -> Res {
        if let Some(it) = self.pure_iter(v)? {
            return Ok(it);
        }
        let name = self.names.iter;
        match self.special(v, name) {
            Some(f) if f.is_none() => {
                let message = format!("'{}' object is not iterable", self.class_name(v));
                Err(self.type_error(message))
            }
            Some(_) => self.enter(iter_step, &[v]),
            None if !self.is_iterable(v) => {
                let message = format!("'{}' object is not iterable", self.class_name(v));
                Err(self.type_error(message))
            }
            None => {
                let class = self.types.iterator;
                Ok(self.new_iter(class, IterTag::Sequence, v).value())
            }
        }
    }

    /// What `__iter__` returned, if it is an iterator.
    pub fn checked_iterator(&mut self, it: Value) -> Res {
        let name = self.names.next;
        if matches!(it.view(), View::Iter(_)) || self.special(it, name).is_some() {
            return Ok(it);
        }
        let message = format!("iter() returned non-iterator of type '{}'", self.class_name(it));
        Err(self.type_error(message))
    }

    /// `next(it)`: the item, StopIteration, or what must be called for it.
    pub fn next_value(&mut self, it: Value) -> Res {
        if it.as_object().is_some_and(|o| o.class().has(flag::USER_ITER)) || it.cast::<Iter>().is_none() {
            if it.cast::<crate::object::Generator>().is_some_and(|g| g.is_iterator()) {
                return Err(Ctl::Generator(it, GenAction::Send(Value::NONE)));
            }
            let req = self.next_call(it)?;
            return Err(Ctl::Call(Box::new(req)));
        }
        self.advance(it)
    }

    /// The call of `it.__next__`.
    fn next_call(&mut self, it: Value) -> Res<CallReq> {
        let name = self.names.next;
        match self.special_call(it, name, &[]) {
            Some(req) => Ok(req),
            None => {
                let message = format!("'{}' object is not an iterator", self.class_name(it));
                Err(self.type_error(message))
            }
        }
    }

    /// `__next__` of built-in iterators, whatever their class overrides.
    pub fn advance(&mut self, it: Value) -> Res {
        let Some(iter) = it.cast::<Iter>() else {
            return match it.view() {
                View::Generator(_) => Err(Ctl::Generator(it, GenAction::Send(Value::NONE))),
                _ => {
                    let req = self.next_call(it)?;
                    Err(Ctl::Call(Box::new(req)))
                }
            };
        };
        match self.next_of(iter)? {
            Next::Item(x) => return Ok(x),
            Next::End => return Err(self.stop_iteration(Value::NONE)),
            Next::Ask => {}
        }
        match iter.tag {
            IterTag::Map => self.advance_map(iter),
            IterTag::Sequence => {
                let i = self.new_int(iter.i.get());
                self.prelude_call("next_by_getitem", &[it, iter.src.get(), i])
            }
            IterTag::SequenceReversed => {
                let i = self.new_int(iter.i.get());
                self.prelude_call("previous_by_getitem", &[it, iter.src.get(), i])
            }
            IterTag::Filter => self.enter(filter_step, &[it, Value::NONE, Value::NONE]),
            IterTag::Callable => self.enter(callable_step, &[it, Value::NONE, Value::NONE]),
            IterTag::Enumerate => self.enter(enumerate_step, &[it]),
            _ => {
                let row = self.new_list(Vec::new());
                self.enter(zip_step, &[it, Value::small(0), row])
            }
        }
    }

    /// Calls the function at once if its arguments can be had without code of the language.
    fn advance_map(&mut self, it: Gc<Iter>) -> Res {
        if let Some(inner) = it.aux.get().cast::<Tuple>()
            && inner.items().iter().all(|&x| self.is_pure_iter(x))
        {
            let mut req = CallReq::new(it.src.get(), &[]);
            for &x in inner.items() {
                match self.next_item(x)? {
                    Next::Item(x) => req.args.push(x),
                    _ => return Err(self.stop_iteration(Value::NONE)),
                }
            }
            return Err(Ctl::Call(Box::new(req)));
        }
        let row = self.new_list(Vec::new());
        self.enter(map_step, &[it.value(), Value::small(0), row])
    }

    /// The next item of an inner iterator.
    fn fetch(&mut self, inner: Value, catching: bool) -> Res<Fetch> {
        if let Some(it) = inner.cast::<Iter>()
            && !it.class().has(flag::USER_ITER)
        {
            match self.next_of(it)? {
                Next::Item(x) => return Ok(Fetch::Item(x)),
                Next::End => return Ok(Fetch::End),
                Next::Ask => {}
            }
        }
        if inner.cast::<crate::object::Generator>().is_some() {
            return Ok(Fetch::Do(Step::Generator(inner, GenAction::Send(Value::NONE))));
        }
        let req = self.next_call(inner)?;
        Ok(Fetch::Do(if catching { Step::CallCatching(req) } else { Step::Call(req) }))
    }

    /// Whether the exception is a StopIteration.
    pub fn is_stop(&self, e: Value) -> bool {
        self.is_instance(e, self.types.StopIteration)
    }

    fn machine_iter(&self) -> Option<Gc<Iter>> {
        self.mreg(IT).cast::<Iter>()
    }

    /// A new iterator of one of the classes `map`, `filter`, `zip`, `enumerate`, `reversed` or a subclass.
    pub fn new_iter_with(&mut self, class: Gc<Class>, tag: IterTag, src: Value, aux: Value) -> Gc<Iter> {
        let it = self.new_iter(class, tag, src);
        it.aux.set(aux);
        // How deep such iterators are nested: see `MAX_NATIVE_DEPTH`.
        let depth = |v: Value| match v.cast::<Iter>() {
            Some(x) if is_adapter(x.tag) => x.n.get().saturating_add(1),
            _ => 1,
        };
        let inner = aux.cast::<Tuple>().map_or(0, |t| t.items().iter().map(|&x| depth(x)).max().unwrap_or(0));
        it.n.set(depth(src).max(depth(aux)).max(inner));
        it
    }

    /// The call of `bool(v)` that a machine makes where `pure_truth` can't say.
    fn truth_call(&mut self, v: Value) -> Res<CallReq> {
        let f = self.prelude_function("user_truth")?;
        Ok(CallReq::new(f, &[v]))
    }
}

/// Whether `n` of such an iterator tells how deep it is nested.
fn is_adapter(tag: IterTag) -> bool {
    matches!(tag, IterTag::Enumerate | IterTag::Map | IterTag::Filter | IterTag::Zip)
}

/// `iter(v)` by a `__iter__` of the language.
fn iter_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    if let Resume::Start = resume {
        let (v, name) = (vm.mreg(0), vm.names.iter);
        return match vm.special_call(v, name, &[]) {
            Some(req) => Ok(Step::Call(req)),
            None => {
                let message = format!("'{}' object is not iterable", vm.class_name(v));
                Err(vm.type_error(message))
            }
        };
    }
    let it = vm.resumed(resume)?;
    vm.checked_iterator(it).map(Step::Return)
}

/// Collects one item of each inner iterator in the list in `TAKEN`. `Some` while it needs steps.
fn collect(vm: &mut Vm, inner: Gc<Tuple>, row: Gc<List>, catching: bool) -> Res<Result<(), Option<Step>>> {
    while row.len() < inner.len() {
        match vm.fetch(inner.items()[row.len()], catching)? {
            Fetch::Item(x) => {
                row.push(x);
            }
            Fetch::End => return Ok(Err(None)),
            Fetch::Do(step) => {
                vm.set_mstate(FETCHING);
                return Ok(Err(Some(step)));
            }
        }
    }
    Ok(Ok(()))
}

fn map_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let started = !matches!(resume, Resume::Start);
    let value = vm.resumed(resume)?;
    if vm.mstate() == CALLING {
        return Ok(Step::Return(value));
    }
    let parts = vm.machine_iter().and_then(|it| Some((it, it.aux.get().cast::<Tuple>()?)));
    let (Some((it, inner)), Some(row)) = (parts, vm.mreg(TAKEN).cast::<List>()) else {
        return Err(vm.stop_iteration(Value::NONE));
    };
    if started {
        row.push(value);
    }
    match collect(vm, inner, row, false)? {
        Err(Some(step)) => Ok(step),
        Err(None) => Err(vm.stop_iteration(Value::NONE)),
        Ok(()) => {
            vm.set_mstate(CALLING);
            Ok(Step::Call(CallReq::new(it.src.get(), &row.to_vec())))
        }
    }
}

fn filter_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let value = vm.resumed(resume)?;
    let Some(it) = vm.machine_iter() else { return Err(vm.stop_iteration(Value::NONE)) };
    let f = it.src.get();
    let by_truth = f.is_none() || f == vm.types.bool_.value();
    let mut item = match vm.mstate() {
        CALLING | DECIDING => match vm.pure_truth(value) {
            Some(true) => return Ok(Step::Return(vm.mreg(TAKEN))),
            Some(false) => None,
            None => {
                vm.set_mstate(DECIDING);
                return vm.truth_call(value).map(Step::Call);
            }
        },
        FETCHING => Some(value),
        _ => None,
    };
    for _ in 0..BATCH {
        let x = match item.take() {
            Some(x) => x,
            None => match vm.fetch(it.aux.get(), false)? {
                Fetch::Item(x) => x,
                Fetch::End => return Err(vm.stop_iteration(Value::NONE)),
                Fetch::Do(step) => {
                    vm.set_mstate(FETCHING);
                    return Ok(step);
                }
            },
        };
        if !by_truth {
            vm.set_mreg(TAKEN, x);
            vm.set_mstate(CALLING);
            return Ok(Step::Call(CallReq::new(f, &[x])));
        }
        match vm.pure_truth(x) {
            Some(true) => return Ok(Step::Return(x)),
            Some(false) => {}
            None => {
                vm.set_mreg(TAKEN, x);
                vm.set_mstate(DECIDING);
                return vm.truth_call(x).map(Step::Call);
            }
        }
    }
    vm.set_mstate(0);
    Ok(Step::Again)
}

fn enumerate_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let Some(it) = vm.machine_iter() else { return Err(vm.stop_iteration(Value::NONE)) };
    let item = match resume {
        Resume::Start => match vm.fetch(it.src.get(), false)? {
            Fetch::Item(x) => x,
            Fetch::End => return Err(vm.stop_iteration(Value::NONE)),
            Fetch::Do(step) => return Ok(step),
        },
        other => vm.resumed(other)?,
    };
    let n = vm.enumerate_number(it);
    Ok(Step::Return(vm.new_tuple(&[n, item])))
}

fn callable_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let Some(it) = vm.machine_iter() else { return Err(vm.stop_iteration(Value::NONE)) };
    match (vm.mstate(), resume) {
        (0, _) => {
            vm.set_mstate(CALLING);
            Ok(Step::CallCatching(CallReq::new(it.src.get(), &[])))
        }
        (CALLING, Resume::Raised(e)) => {
            if vm.is_stop(e) {
                it.src.set(Value::NONE);
            }
            Err(Ctl::Raise(e))
        }
        (CALLING, resume) => {
            let value = vm.resumed(resume)?;
            let sentinel = it.aux.get();
            let same = if sentinel == value { Some(true) } else { crate::object::pure::pure_eq(sentinel, value) };
            match same {
                Some(same) => end_if(vm, it, same, value),
                None => {
                    vm.set_mreg(TAKEN, value);
                    vm.set_mstate(DECIDING);
                    let f = vm.prelude_function("rich_eq")?;
                    Ok(Step::Call(CallReq::new(f, &[sentinel, value])))
                }
            }
        }
        (_, resume) => {
            let same = vm.resumed(resume)? == Value::TRUE;
            let value = vm.mreg(TAKEN);
            end_if(vm, it, same, value)
        }
    }
}

fn end_if(vm: &mut Vm, it: Gc<Iter>, end: bool, value: Value) -> Res<Step> {
    if !end {
        return Ok(Step::Return(value));
    }
    it.src.set(Value::NONE);
    Err(vm.stop_iteration(Value::NONE))
}

fn zip_step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let parts = vm.machine_iter().and_then(|it| Some((it, it.aux.get().cast::<Tuple>()?)));
    let (Some((it, inner)), Some(row)) = (parts, vm.mreg(TAKEN).cast::<List>()) else {
        return Err(vm.stop_iteration(Value::NONE));
    };
    let strict = it.step.get() != 0;
    match (vm.mstate(), resume) {
        (PROBING, Resume::Raised(e)) if vm.is_stop(e) => {
            let next = vm.mreg(INDEX).as_int().unwrap_or(0) + 1;
            vm.set_mreg(INDEX, Value::small(next));
        }
        (PROBING, Resume::Value(_)) => return Err(longer(vm)),
        (FETCHING, Resume::Raised(e)) if strict && vm.is_stop(e) => return ended(vm, inner, row),
        (FETCHING, resume) => {
            let value = vm.resumed(resume)?;
            row.push(value);
        }
        (_, Resume::Raised(e)) => return Err(Ctl::Raise(e)),
        _ => {}
    }
    if vm.mstate() == PROBING {
        return probe(vm, inner);
    }
    match collect(vm, inner, row, strict)? {
        Err(Some(step)) => Ok(step),
        Err(None) if strict => ended(vm, inner, row),
        Err(None) => Err(vm.stop_iteration(Value::NONE)),
        Ok(()) => Ok(Step::Return(vm.new_tuple(&row.to_vec()))),
    }
}

/// `zip(strict=True)`: the iterator after those whose items are in `row` has ended.
fn ended(vm: &mut Vm, inner: Gc<Tuple>, row: Gc<List>) -> Res<Step> {
    match row.len() {
        0 => {
            vm.set_mstate(PROBING);
            vm.set_mreg(INDEX, Value::small(1));
            probe(vm, inner)
        }
        n => {
            let others = if n == 1 { "argument 1".to_owned() } else { format!("arguments 1-{n}") };
            Err(vm.value_error(format!("zip() argument {} is shorter than {others}", n + 1)))
        }
    }
}

/// `zip(strict=True)`: the first iterator has ended; so must the others.
fn probe(vm: &mut Vm, inner: Gc<Tuple>) -> Res<Step> {
    loop {
        let n = vm.mreg(INDEX).as_int().unwrap_or(0);
        let Some(&x) = inner.items().get(n as usize) else { return Err(vm.stop_iteration(Value::NONE)) };
        match vm.fetch(x, true)? {
            Fetch::Item(_) => return Err(longer(vm)),
            Fetch::End => vm.set_mreg(INDEX, Value::small(n + 1)),
            Fetch::Do(step) => return Ok(step),
        }
    }
}

fn longer(vm: &mut Vm) -> Ctl {
    let n = vm.mreg(INDEX).as_int().unwrap_or(0);
    let others = if n == 1 { "argument 1".to_owned() } else { format!("arguments 1-{n}") };
    vm.value_error(format!("zip() argument {} is longer than {others}", n + 1))
}

impl Vm {
    /// Whether `reversed` can go by `__len__` and `__getitem__`.
    pub fn is_reversible(&mut self, v: Value) -> bool {
        if matches!(v.view(), View::Dict(_) | View::Set(_)) {
            return false;
        }
        let (len, getitem) = (self.names.len, self.names.getitem);
        self.special(v, len).is_some() && self.special(v, getitem).is_some()
    }
}
