//! What a deadlock report says of the object that a thread waits for. Floor 7.

use super::barrier::barrier_of;
use super::condition::condition_of;
use super::event::EventData;
use super::handle::HandleData;
use super::lock::lock_of;
use super::queue::{Order, queue_of};
use super::semaphore::SemaphoreData;
use super::wait::Site;
use crate::object::{Code, Instance, Module, Native, Str};
use crate::sched::deadlock::{Place, WaitInfo};
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::block::ThreadId;

/// Facts about `value`, if it is an object of this floor or a thread.
pub fn describe(vm: &mut Vm, value: Value) -> Option<WaitInfo> {
    if value.cast::<Instance>().is_some() {
        let key = vm.intern("_ident");
        let id = ThreadId(u32::try_from(vm.own_attr(value, key)?.as_int()?).ok()?);
        let name = vm.thread_name(id);
        return Some(WaitInfo { what: format!("of {name}"), holders: vec![(id, None)] });
    }
    if let Some(l) = lock_of(value) {
        let kind = if l.reentrant { "RLock" } else { "Lock" };
        let holder = (l.count.get() > 0).then(|| (ThreadId(l.owner.get()), place_of(&l.acquired)));
        return Some(info(vm, value, kind.into(), &l.created, holder));
    }
    if let Some(c) = condition_of(value) {
        return Some(info(vm, value, "Condition".into(), &c.created, None));
    }
    if let Some(b) = barrier_of(value) {
        let kind = b.text();
        return Some(info(vm, value, kind, &b.created, None));
    }
    if let Some(q) = queue_of(value) {
        let name = match q.order {
            Order::Fifo => "Queue",
            Order::Lifo => "LifoQueue",
            Order::Priority => "PriorityQueue",
            Order::Simple => "SimpleQueue",
        };
        let kind = match (q.len(), q.maxsize.get(), q.unfinished.get()) {
            (0, _, n) if n > 0 => format!("{name} (empty, {n} unfinished)"),
            (0, _, _) => format!("{name} (empty)"),
            (n, max, _) if max > 0 => format!("{name} ({n} of {max})"),
            (n, _, _) => format!("{name} ({n} items)"),
        };
        return Some(info(vm, value, kind, &q.created, None));
    }
    let native = value.cast::<Native>()?;
    if let Some(h) = native.data_ref::<HandleData>() {
        let id = ThreadId(h.id.get());
        let name = vm.thread_name(id);
        return Some(WaitInfo { what: format!("of {name}"), holders: vec![(id, None)] });
    }
    if let Some(s) = native.data_ref::<SemaphoreData>() {
        let kind = match s.bound.get() {
            Some(b) => format!("BoundedSemaphore ({} of {b})", s.value.get()),
            None => format!("Semaphore ({})", s.value.get()),
        };
        return Some(info(vm, value, kind, &s.created, None));
    }
    let e = native.data_ref::<EventData>()?;
    Some(info(vm, value, "Event (not set)".into(), &e.created, None))
}

fn place_of(site: &Site) -> Option<Place> {
    let (code, pc) = site.get()?;
    Some(Place { code: code.cast::<Code>()?, pc: pc.saturating_sub(1) })
}

fn info(
    vm: &mut Vm,
    value: Value,
    kind: String,
    created: &Site,
    holder: Option<(ThreadId, Option<Place>)>,
) -> WaitInfo {
    let mut what = match global_name(vm, value) {
        Some(name) => format!("{kind} `{name}`"),
        None => kind,
    };
    if let Some(line) = created.line() {
        what.push_str(&format!(" created on line {line}"));
    }
    WaitInfo { what, holders: holder.into_iter().collect() }
}

/// The name of a global variable of the main program that holds `value`.
fn global_name(vm: &mut Vm, value: Value) -> Option<String> {
    let (modules, main) = (vm.modules, vm.names.main);
    let dict = modules.get_str(main)?.cast::<Module>()?.dict;
    let entry = dict.to_vec().into_iter().find(|e| e.value == value)?;
    entry.key.cast::<Str>().map(|s| s.as_str().to_owned())
}
