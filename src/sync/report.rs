//! What a deadlock report says of the object that a thread waits for. Floor 7.

use super::barrier::barrier_of;
use super::condition::condition_of;
use super::event::EventData;
use super::lock::lock_of;
use super::queue::{Order, queue_of};
use super::semaphore::SemaphoreData;
use crate::object::Native;
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::block::ThreadId;

/// Facts about an object that threads wait for.
#[derive(Clone, Debug)]
pub struct WaitInfo {
    /// What it is: `Lock`, `Queue (empty)` …
    pub kind: String,
    /// The line that made it.
    pub created: Option<u32>,
    /// The thread that has it, and the line where it took it.
    pub owner: Option<(ThreadId, Option<u32>)>,
    /// Who waits, first come first.
    pub waiters: Vec<ThreadId>,
}

/// Facts about `value`, if it is an object of this floor.
pub fn wait_info(vm: &Vm, value: Value) -> Option<WaitInfo> {
    if let Some(l) = lock_of(value) {
        let owner = (l.count.get() > 0).then(|| (ThreadId(l.owner.get()), l.acquired.line()));
        return Some(WaitInfo {
            kind: if l.reentrant { "RLock" } else { "Lock" }.into(),
            created: l.created.line(),
            owner,
            waiters: l.waiters.borrow().iter().collect(),
        });
    }
    if let Some(c) = condition_of(value) {
        let waiters = c.waiters.borrow().iter().collect();
        return Some(WaitInfo { kind: "Condition".into(), created: c.created.line(), owner: None, waiters });
    }
    if let Some(b) = barrier_of(value) {
        let (waiters, created, kind) = b.facts();
        return Some(WaitInfo { kind, created, owner: None, waiters });
    }
    if let Some(q) = queue_of(value) {
        let name = match q.order {
            Order::Fifo => "Queue",
            Order::Lifo => "LifoQueue",
            Order::Priority => "PriorityQueue",
            Order::Simple => "SimpleQueue",
        };
        let kind = match (q.len(), q.maxsize.get()) {
            (0, _) => format!("{name} (empty, {} unfinished)", q.unfinished.get()),
            (n, max) if max > 0 => format!("{name} ({n} of {max})"),
            (n, _) => format!("{name} ({n} items)"),
        };
        let all = [&q.getters, &q.putters, &q.joiners];
        let waiters = all.iter().flat_map(|w| w.borrow().iter().collect::<Vec<_>>()).collect();
        return Some(WaitInfo { kind, created: q.created.line(), owner: None, waiters });
    }
    let native = value.cast::<Native>()?;
    if let Some(s) = native.data_ref::<SemaphoreData>() {
        let kind = match s.bound.get() {
            Some(b) => format!("BoundedSemaphore ({} of {b})", s.value.get()),
            None => format!("Semaphore ({})", s.value.get()),
        };
        let owner = (s.last.get() > 0).then(|| (ThreadId(s.last.get()), s.acquired.line()));
        let owner = owner.filter(|(t, _)| vm.threads.get(*t).is_some());
        return Some(WaitInfo { kind, created: s.created.line(), owner, waiters: s.waiters.borrow().iter().collect() });
    }
    let e = native.data_ref::<EventData>()?;
    let waiters = e.waiters.borrow().iter().collect();
    Some(WaitInfo { kind: "Event".into(), created: e.created.line(), owner: None, waiters })
}
