//! Profiles for people and for tools: a table, and folded stacks. Floor 8.
//!
//! Invariant: the same profile gives the same text; what is equal in size is in the order of names and lines.

use crate::base::config::TICK_NS;
use crate::bytecode::program;
use crate::vm::profile::{Cost, Profile};
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// Most rows of a table's part; the rest is one row.
const ROWS: usize = 30;
/// Most characters of a source line that are shown.
const LINE_WIDTH: usize = 60;

/// A function as people tell them apart: qualified name, file, first line.
type Function = (Arc<str>, Arc<str>, u32);
/// A line of a file.
type Line = (Arc<str>, u32);

/// What was added up.
#[derive(Default)]
struct Sums {
    /// With those of the functions that were called.
    total: u64,
    own: Cost,
}

fn function(code: &program::Code) -> Function {
    (code.qualname.clone(), code.source.name.clone(), code.first_line())
}

/// Names come from the program: nothing in them may break a line.
fn printable(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

fn label((name, file, line): &Function) -> String {
    format!("{} ({}:{line})", printable(name), printable(file))
}

/// One line for each stack that ticks passed in: thread and functions from the outermost to the innermost, separated by `;`, and
/// the ticks. This is what flame graphs are made from.
pub fn folded(profile: &Profile) -> String {
    let calls = profile.calls();
    let mut own: BTreeMap<u32, u64> = BTreeMap::new();
    for (call, _, cost) in profile.costs().filter(|c| c.2.ticks > 0) {
        *own.entry(call).or_default() += cost.ticks;
    }
    let threads: FxHashMap<u32, &str> = profile.threads().into_iter().map(|(name, call)| (call, name)).collect();
    // Calls from several lines of a function are one stack, and so are threads of one name.
    let mut stacks: BTreeMap<String, u64> = BTreeMap::new();
    for (call, ticks) in own {
        let mut names = Vec::new();
        let mut at = Some(call);
        while let Some(i) = at {
            let name = match calls[i as usize].code {
                Some(code) => label(&function(profile.code(code))),
                None => printable(threads.get(&i).copied().unwrap_or("thread")),
            };
            names.push(name.replace(';', ":"));
            at = calls[i as usize].parent;
        }
        names.reverse();
        *stacks.entry(names.join(";")).or_default() += ticks;
    }
    stacks.iter().map(|(stack, ticks)| format!("{stack} {ticks}\n")).collect()
}

/// Adds up what each function and each line took. A function that calls itself is counted once.
fn add_up(profile: &Profile) -> (BTreeMap<Function, Sums>, BTreeMap<Line, (Sums, String)>) {
    let calls = profile.calls();
    let mut own: Vec<u64> = vec![0; calls.len()];
    for (call, _, cost) in profile.costs() {
        own[call as usize] += cost.ticks;
    }
    // A call's parent stands before it.
    let mut whole = own.clone();
    for (i, call) in calls.iter().enumerate().rev() {
        if let Some(parent) = call.parent {
            whole[parent as usize] += whole[i];
        }
    }
    let functions: Vec<Option<Function>> = calls.iter().map(|c| c.code.map(|c| function(profile.code(c)))).collect();
    let above = |i: usize| std::iter::successors(calls[i].parent, |&p| calls[p as usize].parent).map(|p| p as usize);
    // Where call `i` was made.
    let site = |i: usize| -> Option<(u32, u32)> {
        let line = calls[i].from_line;
        calls[calls[i].parent? as usize].code.filter(|_| line > 0).map(|code| (code, line))
    };
    let mut by_function: BTreeMap<Function, Sums> = BTreeMap::new();
    let mut by_line: BTreeMap<Line, (Sums, String)> = BTreeMap::new();
    let mut line_sums = |code: u32, line: u32, add: &dyn Fn(&mut Sums)| {
        let source = &profile.code(code).source;
        let text = || source.lines.line_text(&source.text, line).trim().chars().take(LINE_WIDTH).collect();
        let entry = by_line.entry((source.name.clone(), line)).or_insert_with(|| (Sums::default(), text()));
        add(&mut entry.0);
    };
    for i in 0..calls.len() {
        let Some(f) = &functions[i] else { continue };
        let sums = by_function.entry(f.clone()).or_default();
        sums.own.ticks += own[i];
        if !above(i).any(|a| functions[a].as_ref() == Some(f)) {
            sums.total += whole[i];
        }
        if let Some((code, line)) = site(i)
            && !above(i).any(|a| site(a) == site(i))
        {
            line_sums(code, line, &|s| s.total += whole[i]);
        }
    }
    for (call, line, cost) in profile.costs() {
        let i = call as usize;
        let (Some(f), Some(code)) = (&functions[i], calls[i].code) else { continue };
        if let Some(sums) = by_function.get_mut(f) {
            sums.own.waited += cost.waited;
        }
        if line > 0 {
            let counted = std::iter::once(i).chain(above(i)).any(|a| site(a) == Some((code, line)));
            line_sums(code, line, &|s| {
                s.own += cost;
                s.total += if counted { 0 } else { cost.ticks };
            });
        }
    }
    (by_function, by_line)
}

/// A table: threads, functions and lines, each with its ticks, those that took most first.
pub fn table(profile: &Profile) -> String {
    let calls = profile.calls();
    let mut threads: BTreeMap<u32, Cost> = profile.threads().iter().map(|t| (t.1, Cost::default())).collect();
    let mut roots: Vec<u32> = Vec::with_capacity(calls.len());
    for (i, call) in calls.iter().enumerate() {
        roots.push(call.parent.map_or(i as u32, |p| roots[p as usize]));
    }
    for (call, _, cost) in profile.costs() {
        *threads.entry(roots[call as usize]).or_default() += cost;
    }
    let all: u64 = threads.values().map(|c| c.ticks).sum();
    let (by_function, by_line) = add_up(profile);
    let share = |ticks: u64| format!("{:.1}", if all == 0 { 0.0 } else { ticks as f64 * 100.0 / all as f64 });
    let ms = |ns: u64| if ns == 0 { String::new() } else { format!("{:.3}", ns as f64 / 1e6) };

    let mut out = String::new();
    let time = (all * TICK_NS) as f64 / 1e6;
    let _ = writeln!(out, "{all} ticks of {TICK_NS} ns: {time:.3} ms, without waiting");
    let mut rows: Vec<(u64, u64, Vec<String>)> = Vec::new();
    for (name, call) in profile.threads() {
        let c = threads.get(&call).copied().unwrap_or_default();
        rows.push((c.ticks, c.waited, vec![c.ticks.to_string(), share(c.ticks), ms(c.waited), printable(name)]));
    }
    part(&mut out, &["ticks", "%", "waited ms", "thread"], rows);
    let row = |s: &Sums, what: String| {
        let cells =
            [s.own.ticks.to_string(), share(s.own.ticks), s.total.to_string(), share(s.total), ms(s.own.waited)];
        (s.own.ticks, s.own.waited.max(s.total), cells.into_iter().chain([what]).collect::<Vec<_>>())
    };
    let rows = by_function.iter().map(|(f, s)| row(s, label(f))).collect();
    part(&mut out, &["self", "%", "total", "%", "waited ms", "function"], rows);
    let of_line = |((file, line), (s, text)): (&Line, &(Sums, String))| {
        row(s, format!("{}:{line}  {}", printable(file), printable(text)))
    };
    let rows = by_line.iter().map(of_line).collect();
    part(&mut out, &["self", "%", "total", "%", "waited ms", "line"], rows);
    out
}

/// One part of the table: rows with what they are sorted by, biggest first. The last column is text.
fn part(out: &mut String, heads: &[&str], mut rows: Vec<(u64, u64, Vec<String>)>) {
    rows.sort_by_key(|r| std::cmp::Reverse((r.0, r.1)));
    let more = rows.len().saturating_sub(ROWS);
    rows.truncate(ROWS);
    let heads: Vec<String> = heads.iter().map(|h| (*h).to_owned()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&heads).chain(rows.iter().map(|r| &r.2)).collect();
    let columns = heads.len() - 1;
    let width = |c: usize| lines.iter().map(|l| l[c].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    out.push('\n');
    for line in lines {
        for (cell, width) in line.iter().zip(&widths) {
            let _ = write!(out, "{cell:>width$}  ");
        }
        let _ = writeln!(out, "{}", line[columns]);
    }
    if more > 0 {
        let _ = writeln!(out, "… and {more} more");
    }
}
