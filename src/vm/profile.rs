//! Where a program's ticks go: a tree of calls, with the ticks and the waiting of each line. Floor 5.
//!
//! While a profile is taken, a thread's fuel is always zero, its slice is kept aside (`Heap::interrupt`), and so every tick comes by
//! `Vm::out_of_fuel`, where it is noted: the dispatch loop knows nothing of profiles. What passes between two ticks was charged by
//! the instruction of the first one (starting a thread, matching a pattern), and is its line's.
//!
//! Frames of the interpreter's own library stand for natives: what they take belongs to the line that called them.
//!
//! Invariant: `path` has an entry for each frame of the running thread up to the topmost one that carries `flag::NOTED`. A frame
//! gets that flag only here, and never changes its place on the stack.

use super::Vm;
use super::block::{Nanos, ThreadId};
use super::thread::{Frame, State, flag};
use crate::bytecode::program;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Deeper calls count as if the function at this depth had called them: a recursion's stacks stay printable.
const MAX_DEPTH: u32 = 256;

/// What a line took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Ticks that passed in it, what natives that it called took included.
    pub ticks: u64,
    /// Nanoseconds that a thread was parked in it.
    pub waited: Nanos,
}

impl std::ops::AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        self.ticks += other.ticks;
        self.waited += other.waited;
    }
}

/// A call from one place: a node of the tree.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The call that it was made in; `None` for a thread.
    pub parent: Option<u32>,
    /// The line of the caller; 0 where it can't be told.
    pub from_line: u32,
    /// Index of its code; `None` for a thread.
    pub code: Option<u32>,
    depth: u32,
}

/// What frame of a thread's stack stands for: its node, and the topmost frame that is the program's own.
#[derive(Clone, Copy)]
struct Entry {
    node: u32,
    visible: Option<u32>,
}

/// A code that was met.
struct Known {
    code: Arc<program::Code>,
    /// The line of each instruction.
    lines: Box<[u32]>,
}

/// A profile that is being taken, or was.
#[derive(Default)]
pub struct Profile {
    codes: Vec<Known>,
    /// Index in `codes`, by address: they are kept alive there.
    by_address: FxHashMap<usize, u32>,
    calls: Vec<Call>,
    children: FxHashMap<(u32, u32, u32), u32>,
    costs: FxHashMap<(u32, u32), Cost>,
    /// Threads by their numbers: name and node.
    threads: FxHashMap<ThreadId, (String, u32)>,
    /// The thread whose frames `path` is about.
    current: Option<ThreadId>,
    path: Vec<Entry>,
    /// Paths of the other threads.
    paths: FxHashMap<ThreadId, Vec<Entry>>,
    /// Parked threads: in which node and line, and since when.
    parked: FxHashMap<ThreadId, (u32, u32, Nanos)>,
    /// Node and line of the last tick of this slice.
    last: Option<(u32, u32)>,
    /// Ticks that are accounted for.
    seen: u64,
}

impl Profile {
    /// All calls; a call's parent stands before it.
    pub fn calls(&self) -> &[Call] {
        &self.calls
    }

    /// The code with this index.
    pub fn code(&self, index: u32) -> &program::Code {
        &self.codes[index as usize].code
    }

    /// What each line of each call took, in no order: call, line, cost. Line 0 is a thread's beginning and end.
    pub fn costs(&self) -> impl Iterator<Item = (u32, u32, Cost)> {
        self.costs.iter().map(|(&(call, line), &cost)| (call, line, cost))
    }

    /// Name and call of each thread, in the order of their numbers.
    pub fn threads(&self) -> Vec<(&str, u32)> {
        let mut all: Vec<_> = self.threads.iter().map(|(id, (name, node))| (id.0, name.as_str(), *node)).collect();
        all.sort_unstable_by_key(|t| t.0);
        all.into_iter().map(|(_, name, node)| (name, node)).collect()
    }

    fn charge(&mut self, (node, line): (u32, u32), cost: Cost) {
        *self.costs.entry((node, line)).or_default() += cost;
    }

    /// Charges the ticks up to `now` that passed without being noted: to the last instruction that was, or to `place`.
    fn charge_rest(&mut self, now: u64, place: (u32, u32)) {
        let more = now.saturating_sub(self.seen);
        if more > 0 {
            self.charge(self.last.unwrap_or(place), Cost { ticks: more, waited: 0 });
            self.seen = now;
        }
    }

    fn code_index(&mut self, code: &Arc<program::Code>) -> u32 {
        let address = Arc::as_ptr(code).addr();
        if let Some(&known) = self.by_address.get(&address) {
            return known;
        }
        let lines = (0..code.instrs.len()).map(|pc| code.line(pc)).collect();
        self.codes.push(Known { code: code.clone(), lines });
        let index = self.codes.len() as u32 - 1;
        self.by_address.insert(address, index);
        index
    }

    /// The line of the instruction `back` before the frame's next one.
    fn line(&mut self, frame: &Frame, back: u32) -> u32 {
        let Some(code) = frame.code else { return 0 };
        let index = self.code_index(&code.code) as usize;
        self.codes[index].lines.get(frame.pc.saturating_sub(back) as usize).copied().unwrap_or(0)
    }

    /// The call of a code in a line of `parent`.
    fn child(&mut self, parent: u32, from_line: u32, code: u32) -> u32 {
        let (mut parent, mut from_line) = (parent, from_line);
        let Call { parent: above, depth, .. } = self.calls[parent as usize];
        if let Some(above) = above.filter(|_| depth >= MAX_DEPTH) {
            // It stands beside its caller, which is called from no line of `above` that could be told.
            (parent, from_line) = (above, 0);
        }
        let key = (parent, from_line, code);
        if let Some(&known) = self.children.get(&key) {
            return known;
        }
        let depth = self.calls[parent as usize].depth + 1;
        self.calls.push(Call { parent: Some(parent), from_line, code: Some(code), depth });
        let index = self.calls.len() as u32 - 1;
        self.children.insert(key, index);
        index
    }

    /// Makes `path` that of the thread, whose call is `root`.
    fn turn_to(&mut self, id: ThreadId) {
        if self.current == Some(id) {
            return;
        }
        let path = self.paths.remove(&id).unwrap_or_default();
        let old = std::mem::replace(&mut self.path, path);
        if let Some(old_id) = self.current.replace(id)
            && !old.is_empty()
        {
            self.paths.insert(old_id, old);
        }
    }

    /// Brings `path` up to date with the frames. Gives the node and line that the thread is in; `about_to`: its topmost frame has
    /// yet to do the instruction that it stands at.
    fn place(&mut self, root: u32, frames: &mut [Frame], about_to: bool) -> (u32, u32) {
        let known = frames.iter().rposition(|f| f.flags & flag::NOTED != 0).map_or(0, |i| i + 1);
        self.path.truncate(known);
        for i in self.path.len()..frames.len() {
            let below = self.path.last().copied().unwrap_or(Entry { node: root, visible: None });
            let own = frames[i].code.filter(|c| !c.code.source.hidden);
            let entry = match own {
                Some(c) => {
                    let from_line = below.visible.map_or(0, |v| self.line(&frames[v as usize], 1));
                    let code = self.code_index(&c.code);
                    Entry { node: self.child(below.node, from_line, code), visible: Some(i as u32) }
                }
                None => below,
            };
            self.path.push(entry);
            frames[i].flags |= flag::NOTED;
        }
        match self.path.last() {
            Some(&Entry { node, visible: Some(v) }) => {
                let top = v as usize + 1 == frames.len();
                (node, self.line(&frames[v as usize], if top && about_to { 0 } else { 1 }))
            }
            Some(&Entry { node, .. }) => (node, 0),
            None => (root, 0),
        }
    }
}

impl Vm {
    /// From now on ticks are noted.
    pub fn start_profile(&mut self) {
        self.profile = Some(Box::default());
    }

    /// The profile so far; no more is noted.
    pub fn take_profile(&mut self) -> Option<Box<Profile>> {
        self.profile.take()
    }

    /// The name of a thread as the program knows it.
    pub fn thread_name(&mut self, id: ThreadId) -> String {
        let object = self.threads.get(id).map_or(crate::value::Value::NONE, |t| t.object);
        let key = self.intern("_name");
        match self.own_attr(object, key).and_then(|v| v.cast::<crate::object::Str>()) {
            Some(s) => s.as_str().to_owned(),
            None if id == ThreadId::MAIN => "MainThread".into(),
            None => format!("thread {}", id.0),
        }
    }

    /// A tick is about to pass in the running thread. Its fuel is restored, and taken away again.
    #[cold]
    #[inline(never)]
    pub(super) fn note_tick(&mut self) {
        let Some(mut p) = self.profile.take() else { return };
        let place = self.profile_place(&mut p, true);
        let before = self.ticks();
        // What came since the last tick was charged by that one's instruction.
        p.charge_rest(before, place);
        p.charge(place, Cost { ticks: 1, waited: 0 });
        p.last = Some(place);
        p.seen = before + 1;
        self.profile = Some(p);
    }

    /// The running thread leaves the CPU: what its last instruction took is counted, and where it begins to wait.
    #[cold]
    #[inline(never)]
    pub(super) fn note_slice_end(&mut self) {
        let Some(mut p) = self.profile.take() else { return };
        let place = self.profile_place(&mut p, false);
        p.charge_rest(self.threads.clock.ticks, place);
        p.last = None;
        let id = self.threads.current.id;
        if self.threads.current.state == State::Waiting {
            p.parked.insert(id, (place.0, place.1, self.now()));
        }
        self.profile = Some(p);
    }

    /// The running thread has the CPU again: it has waited until now.
    #[cold]
    #[inline(never)]
    pub(super) fn note_slice_begin(&mut self) {
        let Some(mut p) = self.profile.take() else { return };
        let (now, ticks) = (self.now(), self.ticks());
        let id = self.threads.current.id;
        // What was charged between slices: the main thread's start.
        let root = self.profile_root(&mut p);
        p.charge_rest(ticks, (root, 0));
        if let Some((node, line, since)) = p.parked.remove(&id) {
            p.charge((node, line), Cost { ticks: 0, waited: now.saturating_sub(since) });
        }
        self.profile = Some(p);
        self.heap.interrupt();
    }

    /// The node of the running thread.
    fn profile_root(&mut self, p: &mut Profile) -> u32 {
        let id = self.threads.current.id;
        if let Some((_, root)) = p.threads.get(&id) {
            return *root;
        }
        let name = self.thread_name(id);
        p.calls.push(Call { parent: None, from_line: 0, code: None, depth: 0 });
        let root = p.calls.len() as u32 - 1;
        p.threads.insert(id, (name, root));
        root
    }

    /// Where in the tree the running thread is.
    fn profile_place(&mut self, p: &mut Profile, about_to: bool) -> (u32, u32) {
        let root = self.profile_root(p);
        p.turn_to(self.threads.current.id);
        p.place(root, &mut self.threads.current.frames, about_to)
    }
}
