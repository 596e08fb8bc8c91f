//! The report when nothing can run: who waits for what, held by whom, since which line.

use crate::base::diag::{Diagnostic, Label};
use crate::heap::Gc;
use crate::object::Code;
use crate::value::Value;
use crate::vm::Vm;
use crate::vm::block::ThreadId;
use crate::vm::thread::Thread;
use rustc_hash::{FxHashMap, FxHashSet};

/// What the floor of the synchronisation primitives knows of an object that threads wait for.
pub struct WaitInfo {
    /// `Lock`, `Condition`, `Queue` …, with what helps to tell it from others: ``Lock `lock` created on line 3``.
    pub what: String,
    /// Threads that hold it, each with the place where it took it.
    pub holders: Vec<(ThreadId, Option<Place>)>,
}

/// A place in loaded code: an instruction.
#[derive(Clone, Copy)]
pub struct Place {
    pub code: Gc<Code>,
    pub pc: u32,
}

/// Asks the floor above about an object.
pub type Describe = fn(&mut Vm, Value) -> Option<WaitInfo>;

/// Where a thread is: its innermost frame in code that is not the library's.
pub fn place_of(thread: &Thread) -> Option<Place> {
    thread.frames.iter().rev().find_map(|f| {
        let code = f.code?;
        if code.code.source.hidden { None } else { Some(Place { code, pc: f.pc.saturating_sub(1) }) }
    })
}

impl Place {
    /// The line, from 1.
    pub fn line(&self) -> u32 {
        self.code.code.line(self.pc as usize)
    }

    fn span(&self) -> crate::base::span::Span {
        self.code.code.spans.get(self.pc as usize).copied().unwrap_or_default()
    }

    fn label(&self, message: String) -> Label {
        let source = &self.code.code.source;
        let span = self.span();
        Label { source: source.name.clone(), text: source.text.clone(), span, message }
    }
}

/// So many threads have a line of their own in the report.
const SHOWN: usize = 200;

/// Makes the report.
pub fn report(vm: &mut Vm, describe: Describe) -> Diagnostic {
    let waiting: Vec<(ThreadId, Value, &'static str, Option<Place>)> =
        vm.threads.all().iter().filter_map(|t| t.wait.map(|w| (t.id, w.on, w.verb, place_of(t)))).collect();
    let mut marks: Vec<Mark> = Vec::new();
    let mut lines = Vec::new();
    let mut wants: Vec<(ThreadId, Vec<ThreadId>)> = Vec::new();
    for (id, on, verb, place) in waiting {
        let name = vm.thread_name(id);
        let info = describe(vm, on);
        let at = place.map_or(String::new(), |p| format!(", line {}", p.line()));
        let what = info.as_ref().map_or_else(String::new, |i| format!(" {}", i.what));
        let mut line = format!("{name} waits in {verb}(){what}{at}");
        let mut held_by = Vec::new();
        for (holder, since) in info.iter().flat_map(|i| i.holders.iter()) {
            held_by.push(*holder);
            let Some(p) = since else { continue };
            let holder_name = vm.thread_name(*holder);
            let who = if *holder == id {
                "itself".to_owned()
            } else if vm.threads.get(*holder).is_none() {
                format!("{holder_name}, which has ended")
            } else {
                holder_name.clone()
            };
            line.push_str(&format!("; held by {who} since line {}", p.line()));
            mark(&mut marks, *p, true, &holder_name);
        }
        if let Some(p) = place {
            mark(&mut marks, p, false, &name);
        }
        wants.push((id, held_by));
        lines.push(line);
    }
    let labels = marks.iter().map(Mark::label).collect();
    let cycle = find_cycle(&wants);
    let message = match cycle.len() {
        0 => "deadlock: every thread waits, and nobody can wake any of them".to_owned(),
        1 => format!("deadlock: {} waits for itself", vm.thread_name(cycle[0])),
        n => format!("deadlock: {n} threads wait for each other in a circle"),
    };
    let more = lines.len().saturating_sub(SHOWN);
    lines.truncate(SHOWN);
    if more > 0 {
        lines.push(format!("… and {more} more threads wait"));
    }
    let message = format!("{message}\n{}", lines.join("\n"));
    let help = match cycle.len() {
        0 => "a wait without a time-out ends only when another thread notifies, releases, puts or ends",
        1 => {
            "a Lock can be taken only once, even by its owner: use an RLock, or don't call a method that takes it again"
        }
        _ => "take the locks in the same order everywhere, or take the second one with a time-out",
    };
    Diagnostic { code: "thr::deadlock", message, labels, help: Some(help.to_owned()) }
}

/// What a place in the source is to a report: threads wait there, or took there what others wait for.
struct Mark {
    place: Place,
    took: bool,
    names: Vec<String>,
    known: FxHashSet<String>,
}

fn mark(marks: &mut Vec<Mark>, place: Place, took: bool, name: &str) {
    let same = |m: &&mut Mark| {
        m.took == took && m.place.code.code.source.name == place.code.code.source.name && m.place.span() == place.span()
    };
    match marks.iter_mut().find(same) {
        Some(m) => {
            if m.known.insert(name.to_owned()) {
                m.names.push(name.to_owned());
            }
        }
        None => {
            let known = std::iter::once(name.to_owned()).collect();
            marks.push(Mark { place, took, names: vec![name.to_owned()], known });
        }
    }
}

impl Mark {
    fn label(&self) -> Label {
        let who = match &self.names[..] {
            [one] => one.clone(),
            [init @ .., last] if self.names.len() <= 5 => format!("{} and {last}", init.join(", ")),
            names => format!("{} and {} more", names[..4].join(", "), names.len() - 4),
        };
        let what = match (self.took, self.names.len()) {
            (true, _) => "took it here",
            (false, 1) => "waits here",
            (false, _) => "wait here",
        };
        self.place.label(format!("{who} {what}"))
    }
}

/// The first circle in the wait-for graph, beginning with the first thread that is in one.
fn find_cycle(wants: &[(ThreadId, Vec<ThreadId>)]) -> Vec<ThreadId> {
    let index: FxHashMap<ThreadId, usize> = wants.iter().enumerate().map(|(i, (t, _))| (*t, i)).collect();
    let next = |i: usize| wants[i].1.first().and_then(|t| index.get(t)).copied();
    // The walk on which a thread was met first. A walk that meets one of its own has found a circle.
    let mut walk = vec![usize::MAX; wants.len()];
    let mut first = usize::MAX;
    for start in 0..wants.len() {
        let mut at = Some(start);
        while let Some(i) = at
            && walk[i] == usize::MAX
        {
            walk[i] = start;
            at = next(i);
        }
        let Some(met) = at.filter(|&i| walk[i] == start) else { continue };
        first = circle(met, next).into_iter().fold(first, usize::min);
    }
    if first == usize::MAX {
        return Vec::new();
    }
    circle(first, next).into_iter().map(|i| wants[i].0).collect()
}

/// The circle that `start` is in.
fn circle(start: usize, next: impl Fn(usize) -> Option<usize>) -> Vec<usize> {
    let mut path = vec![start];
    let mut at = next(start);
    while let Some(i) = at
        && i != start
    {
        path.push(i);
        at = next(i);
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycle(wants: &[(u32, &[u32])]) -> Vec<u32> {
        let ids = |l: &[u32]| l.iter().map(|&i| ThreadId(i)).collect();
        let wants: Vec<(ThreadId, Vec<ThreadId>)> = wants.iter().map(|(t, on)| (ThreadId(*t), ids(on))).collect();
        find_cycle(&wants).iter().map(|t| t.0).collect()
    }

    #[test]
    fn circles() {
        assert_eq!(cycle(&[(1, &[2]), (2, &[3]), (3, &[])]), []);
        assert_eq!(cycle(&[(1, &[1])]), [1]);
        assert_eq!(cycle(&[(1, &[3]), (2, &[4]), (3, &[5]), (4, &[2]), (5, &[3])]), [2, 4]);
        assert_eq!(cycle(&[(1, &[4]), (3, &[5]), (4, &[5]), (5, &[3])]), [3, 5]);
        let long: Vec<(ThreadId, Vec<ThreadId>)> = (1..200_000).map(|i| (ThreadId(i), vec![ThreadId(i + 1)])).collect();
        assert_eq!(find_cycle(&long), []);
    }
}
