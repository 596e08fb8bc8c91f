//! How uncaught exceptions are shown: CPython 3.13's traceback text, byte for byte. Floor 5.
//!
//! The texts that code of the language may have to give (`str(e)`, notes, `dir(obj)` for suggestions) are collected first:
//! natively where that is possible ([`Vm::report_exception`]), otherwise by `prelude/report.thr`, which hands them to
//! `_format_exception`. Invariant: formatting itself runs nothing of the language.
mod carets;
pub mod suggest;

use crate::bytecode::program::{Code as Block, CodeKind};
use crate::heap::Gc;
use crate::object::{Class, Dict, Exception, Instance, List, Str, TraceEntry, Tuple};
use crate::value::Value;
use crate::vm::native::{NativeDef, function};
use crate::vm::{Args, Res, Vm};
use std::fmt::Write;

/// `. Did you mean 'x'?` for a keyword argument, or nothing.
pub(super) fn did_you_mean<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    suggest::nearest(wrong, known).map_or(String::new(), |n| format!(". Did you mean '{n}'?"))
}

/// What is to be said of one exception, apart from where it happened.
struct Said {
    exc: Value,
    /// `str(exc)`.
    text: String,
    /// Notes, each perhaps of several lines.
    notes: Vec<String>,
    /// Names to look for a suggestion in: `dir(exc.obj)`.
    names: Vec<String>,
}

/// What `prelude/report.thr` needs.
pub const INTRINSICS: &[NativeDef] = &[
    function(
        "_format_exception(exc, said, chain, /)",
        "The traceback text; said: a list of (exception, text, notes, names).",
        format_exception,
    ),
    function("_exception_parts(exc, /)", "All exceptions that a report of exc shows.", exception_parts),
    function(
        "_format_report(exc, /)",
        "The traceback text, or None where code of the language must give a part of it.",
        format_report,
    ),
    function("_print_exception(exc, /)", "Prints an uncaught exception to sys.stderr.", print_exception),
    function("_foreign_stderr()", "sys.stderr, None where it is the process's own.", foreign_stderr),
    function("_format_trace(exc, /)", "The lines of the stack alone.", format_trace),
    function("_final_lines(exc, text, notes, names, /)", "The lines below the stack.", final_lines),
];

impl Vm {
    /// The report of an uncaught exception, from `Traceback (most recent call last):` to the last note, or `None` where
    /// code of the language must give a part of it: then call the prelude's `format_exception(exc)`, or its
    /// `print_exception(exc, file)`.
    pub fn report_exception(&mut self, exc: Value) -> Res<Option<String>> {
        let mut said = Vec::new();
        for e in self.parts_of(exc) {
            match self.say(e)? {
                Some(s) => said.push(s),
                None => return Ok(None),
            }
        }
        Ok(Some(self.format_chain(exc, &said, true)))
    }

    /// Keeps what a suggestion for a NameError needs of the running frame: its globals, and whether `self` has an
    /// attribute of that name.
    #[cold]
    pub fn note_undefined(&mut self, exc: Value, wanted: Gc<Str>) {
        let code = self.threads.current.frames.iter().rev().find_map(|f| f.code);
        if code.is_some_and(|c| c.code.locals.first().is_some_and(|n| &**n == "self")) {
            let this = self.current_register(0);
            let class = self.class_of(this);
            if this.defined().is_some()
                && (self.own_attr(this, wanted).is_some() || self.lookup_class(class, wanted).is_some())
            {
                let key = self.intern(".self");
                self.set_exc_field(exc, key, Value::TRUE);
            }
        }
        if let Some(g) = self.current_globals() {
            let key = self.intern(".globals");
            self.set_exc_field(exc, key, g.value());
        }
    }

    /// The exception, its causes, contexts and members, each once.
    fn parts_of(&mut self, exc: Value) -> Vec<Value> {
        let mut out: Vec<Value> = Vec::new();
        let mut todo = vec![exc];
        while let Some(v) = todo.pop() {
            let Some(e) = v.cast::<Exception>() else { continue };
            if out.contains(&v) {
                continue;
            }
            out.push(v);
            todo.push(e.cause.get());
            todo.push(e.context.get());
            todo.extend(self.group_of(v));
        }
        out
    }

    /// Members of an exception group.
    fn group_of(&mut self, exc: Value) -> Vec<Value> {
        let Some(e) = exc.cast::<Exception>() else { return Vec::new() };
        if !e.class().is_subclass(self.types.BaseExceptionGroup) {
            return Vec::new();
        }
        let args = e.args.get().cast::<Tuple>();
        let list = args.and_then(|t| t.items().get(1).copied()).unwrap_or(Value::NONE);
        match (list.cast::<Tuple>(), list.cast::<List>()) {
            (Some(t), _) => t.items().to_vec(),
            (_, Some(l)) => l.to_vec(),
            _ => Vec::new(),
        }
    }

    /// Collects the texts of one exception without the language.
    fn say(&mut self, exc: Value) -> Res<Option<Said>> {
        let mut text = String::new();
        if !self.pure_str(exc, &mut text)? {
            return Ok(None);
        }
        let mut notes = Vec::new();
        let name = self.names.notes;
        if let Some(v) = self.exc_attr(exc, name) {
            let items = match (v.cast::<List>(), v.cast::<Tuple>()) {
                (Some(l), _) => l.to_vec(),
                (_, Some(t)) => t.items().to_vec(),
                _ => return Ok(None),
            };
            for n in items {
                let mut note = String::new();
                if !self.pure_str(n, &mut note)? {
                    return Ok(None);
                }
                notes.push(note);
            }
        }
        let obj = self.names.obj;
        let names = match self.exc_field(exc, obj) {
            Some(o) => {
                let dir = self.names.dir;
                if self.special(o, dir).is_some_and(|f| f.cast::<crate::object::NativeFn>().is_none()) {
                    return Ok(None);
                }
                self.attribute_names(o)
            }
            None => Vec::new(),
        };
        Ok(Some(Said { exc, text, notes, names }))
    }

    /// The names that `dir(obj)` gives, sorted.
    fn attribute_names(&mut self, obj: Value) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        let mut add = |d: Gc<Dict>| {
            let keys = d.to_vec();
            names.extend(keys.iter().filter_map(|e| e.key.cast::<Str>()).map(|s| s.as_str().to_owned()));
        };
        let mut class = Some(self.class_of(obj));
        if let Some(c) = obj.cast::<Class>() {
            class = Some(c);
        } else if let Some(m) = obj.cast::<crate::object::Module>() {
            add(m.dict);
            class = None;
        } else if let Some(i) = obj.cast::<Instance>()
            && !self.shapes.get(i.shape()).is_dict
        {
            let own = &self.shapes.get(i.shape()).names;
            names.extend(
                own.iter().enumerate().filter(|(n, _)| !i.slot(*n).is_undef()).map(|(_, s)| s.as_str().to_owned()),
            );
        } else if let Some(d) = self.own_dict(obj, false) {
            add(d);
        }
        let order = class.map_or(Vec::new(), |c| c.mro.borrow().to_vec());
        for c in order {
            self.fill_class(c);
            let keys = c.dict.to_vec();
            names.extend(keys.iter().filter_map(|e| e.key.cast::<Str>()).map(|s| s.as_str().to_owned()));
        }
        names.sort();
        names.dedup();
        names
    }

    /// The whole report. Without `chain`, causes and contexts are left out.
    fn format_chain(&mut self, exc: Value, said: &[Said], chain: bool) -> String {
        let mut seen = vec![exc];
        let mut report = Report { said, out: String::new(), depth: 0, need_close: false };
        let node = self.node(exc, chain, &mut seen, 0);
        report.show(self, &node);
        report.out
    }

    /// The exception with those that are shown before it.
    fn node(&mut self, exc: Value, chain: bool, seen: &mut Vec<Value>, depth: usize) -> Node {
        let mut node = Node { exc, before: None, members: None };
        let Some(e) = exc.cast::<Exception>() else { return node };
        let fresh = |seen: &mut Vec<Value>, v: Value| {
            let ok = v.cast::<Exception>().is_some() && !seen.contains(&v);
            if ok {
                seen.push(v);
            }
            ok
        };
        if chain && depth < 500 {
            let (cause, context) = (e.cause.get(), e.context.get());
            if fresh(seen, cause) {
                node.before = Some((Link::Cause, Box::new(self.node(cause, chain, seen, depth + 1))));
            } else if !e.suppress_context.get() && fresh(seen, context) {
                node.before = Some((Link::Context, Box::new(self.node(context, chain, seen, depth + 1))));
            }
        }
        if e.class().is_subclass(self.types.BaseExceptionGroup) && depth < 500 {
            let mut members = Vec::new();
            for m in self.group_of(exc) {
                seen.push(m);
                members.push(self.node(m, chain, seen, depth + 1));
            }
            node.members = Some(members);
        }
        node
    }

    /// The lines of the stack, each level as CPython shows it.
    fn stack_text(&self, exc: Value) -> String {
        let levels = self.trace_levels(exc);
        let mut out = String::new();
        let mut last: Option<(Gc<crate::object::Code>, u32)> = None;
        let mut count = 0;
        let more = |out: &mut String, count: usize| {
            if count > 3 {
                let n = count - 3;
                let s = if n > 1 { "s" } else { "" };
                let _ = writeln!(out, "  [Previous line repeated {n} more time{s}]");
            }
        };
        for t in levels.iter().filter(|t| !t.code.code.source.hidden) {
            let line = t.code.code.line(t.pc as usize);
            if last != Some((t.code, line)) {
                more(&mut out, count);
                last = Some((t.code, line));
                count = 0;
            }
            count += 1;
            if count <= 3 {
                level(&t.code.code, *t, &mut out);
            }
        }
        more(&mut out, count);
        out
    }

    /// One level of a stack as a report shows it.
    pub fn level_text(&self, code: Gc<crate::object::Code>, pc: usize) -> String {
        let mut out = String::new();
        level(&code.code, TraceEntry { code, pc: pc as u32 }, &mut out);
        out
    }

    /// What stands below the stack: class and text, notes.
    fn last_lines(&mut self, said: &Said) -> String {
        let class = self.class_of(said.exc);
        let name = match self.module_of_class(class).as_deref() {
            Some("__main__" | "builtins") => qualname(class),
            Some(m) => format!("{m}.{}", qualname(class)),
            None => format!("<unknown>.{}", qualname(class)),
        };
        let mut out = String::new();
        if class.is_subclass(self.types.SyntaxError) {
            self.syntax_lines(said.exc, &name, &mut out);
        } else {
            let mut text = said.text.clone();
            text.push_str(&self.suggestion(said));
            let _ = if text.is_empty() { writeln!(out, "{name}") } else { writeln!(out, "{name}: {text}") };
        }
        for note in &said.notes {
            for line in note.split('\n') {
                let _ = writeln!(out, "{line}");
            }
        }
        out
    }

    /// `. Did you mean: 'x'?` and kin, or nothing.
    fn suggestion(&mut self, said: &Said) -> String {
        let exc = said.exc;
        let t = &self.types;
        let (names, attributes, imports) = (t.NameError, t.AttributeError, t.ImportError);
        let text = |v: Option<Value>| v.and_then(|v| v.cast::<Str>()).map(|s| s.as_str().to_owned());
        let (key, from) = (self.names.name_attr, self.names.name_from);
        let mut out = String::new();
        if self.is_instance(exc, attributes) {
            let Some(wrong) = text(self.exc_field(exc, key)) else { return out };
            let hide = !wrong.starts_with('_') && !self.raised_by_method_of(exc);
            let candidates = said.names.iter().map(String::as_str).filter(|n| !hide || !n.starts_with('_'));
            if let Some(s) = suggest::nearest(&wrong, candidates) {
                let _ = write!(out, ". Did you mean: '{s}'?");
            }
        } else if self.is_instance(exc, names) {
            let Some(wrong) = text(self.exc_field(exc, key)) else { return out };
            let found = self.name_suggestion(exc, &wrong);
            if let Some(s) = &found {
                let _ = write!(out, ". Did you mean: '{s}'?");
            }
            if suggest::MODULES.binary_search(&wrong.as_str()).is_ok() {
                let or = if found.is_some() { " Or did" } else { ". Did" };
                let _ = write!(out, "{or} you forget to import '{wrong}'?");
            }
        } else if self.is_instance(exc, imports) {
            let (Some(wrong), Some(module)) = (text(self.exc_field(exc, from)), text(self.exc_field(exc, key))) else {
                return out;
            };
            let module = self.intern(&module);
            if let Some(m) = self.modules.get_str(module) {
                let names = self.attribute_names(m);
                let candidates =
                    names.iter().map(String::as_str).filter(|n| wrong.starts_with('_') || !n.starts_with('_'));
                if let Some(s) = suggest::nearest(&wrong, candidates) {
                    let _ = write!(out, ". Did you mean: '{s}'?");
                }
            }
        }
        out
    }

    /// The innermost level of the exception's stack.
    pub fn innermost(exc: Value) -> Option<TraceEntry> {
        exc.cast::<Exception>()?.trace.borrow().iter().copied().find(|t| !t.code.code.source.hidden)
    }

    /// Whether the failing attribute access was in a method of the object's class: then its private names are near.
    fn raised_by_method_of(&mut self, exc: Value) -> bool {
        let obj = self.names.obj;
        let (Some(t), Some(obj)) = (Self::innermost(exc), self.exc_field(exc, obj)) else { return false };
        if t.code.code.locals.first().is_none_or(|n| &**n != "self") {
            return false;
        }
        let name = self.intern(&t.code.code.name);
        let class = self.class_of(obj);
        let f = self.lookup_class(class, name).and_then(|f| f.cast::<crate::object::Function>());
        f.is_some_and(|f| f.code.get() == t.code)
    }

    fn name_suggestion(&mut self, exc: Value, wrong: &str) -> Option<String> {
        let this = self.intern(".self");
        if self.exc_field(exc, this).is_some() {
            return Some(format!("self.{wrong}"));
        }
        let t = Self::innermost(exc)?;
        let globals = self.intern(".globals");
        let globals = self.exc_field(exc, globals).and_then(|g| g.cast::<Dict>());
        let main = self.names.main;
        let globals = match globals {
            Some(g) => Some(g),
            None => self.modules.get_str(main).and_then(|m| m.cast::<crate::object::Module>()).map(|m| m.dict),
        };
        let mut names: Vec<String> = Vec::new();
        if t.code.code.kind == CodeKind::Function {
            names.extend(t.code.code.locals.iter().chain(&t.code.code.free).map(|n| n.to_string()));
        }
        for d in [globals, Some(self.builtins)].into_iter().flatten() {
            let keys = d.to_vec();
            names.extend(keys.iter().filter_map(|e| e.key.cast::<Str>()).map(|s| s.as_str().to_owned()));
        }
        suggest::nearest(wrong, names.iter().map(String::as_str)).map(str::to_owned)
    }

    /// A SyntaxError: its place, the line with carets, its message.
    fn syntax_lines(&mut self, exc: Value, name: &str, out: &mut String) {
        let get = |vm: &mut Vm, field: &str, i: usize| -> Value {
            let key = vm.intern(field);
            if let Some(v) = vm.exc_field(exc, key) {
                return v;
            }
            let args = exc.cast::<Exception>().and_then(|e| e.args.get().cast::<Tuple>());
            let args = args.map_or(Vec::new(), |t| t.items().to_vec());
            if field == "msg" {
                return args.first().copied().unwrap_or(Value::NONE);
            }
            let details = args.get(1).and_then(|d| d.cast::<Tuple>()).map_or(Vec::new(), |t| t.items().to_vec());
            details.get(i).copied().unwrap_or(Value::NONE)
        };
        let text = |v: Value| v.cast::<Str>().map(|s| s.as_str().to_owned());
        let file = text(get(self, "filename", 0));
        let line = get(self, "lineno", 1).as_int();
        let mut suffix = String::new();
        match (&file, line) {
            (f, Some(n)) => {
                let _ = writeln!(out, "  File \"{}\", line {n}", f.as_deref().unwrap_or("<string>"));
            }
            (Some(f), None) => suffix = format!(" ({f})"),
            (None, None) => {}
        }
        if let Some(source) = text(get(self, "text", 3)) {
            let offset = get(self, "offset", 2).as_int();
            let end_line = get(self, "end_lineno", 4).as_int();
            let end = get(self, "end_offset", 5).as_int().filter(|&e| e != 0);
            let right = source.trim_end_matches('\n');
            let left = right.trim_start_matches([' ', '\n', '\x0c']);
            let spaces = right.chars().count() as i64 - left.chars().count() as i64;
            let _ = writeln!(out, "    {left}");
            if let Some(mut offset) = offset {
                let whole = right.chars().count() as i64 + 1;
                let length = source.chars().count() as i64;
                let mut end = if line == end_line { end.unwrap_or(offset) } else { whole };
                if !source.is_empty() && offset > length {
                    offset = whole;
                }
                if !source.is_empty() && end > length {
                    end = whole;
                }
                if offset >= end || end < 0 {
                    end = offset + 1;
                }
                let (col, end_col) = (offset - 1 - spaces, end - 1 - spaces);
                if col >= 0 {
                    let pad: String =
                        left.chars().take(col as usize).map(|c| if c.is_whitespace() { c } else { ' ' }).collect();
                    let _ = writeln!(out, "    {pad}{}", "^".repeat((end_col - col).max(0) as usize));
                }
            }
        }
        let msg = get(self, "msg", 0);
        let mut message = String::new();
        if msg.is_none() || !matches!(self.pure_str(msg, &mut message), Ok(true)) {
            message = "<no detail available>".to_owned();
        }
        let _ = writeln!(out, "{name}: {message}{suffix}");
    }
}

fn qualname(class: Gc<Class>) -> String {
    class.qualname.get().cast::<Str>().map_or("?".to_owned(), |s| s.as_str().to_owned())
}

/// One level of a stack.
fn level(code: &Block, t: TraceEntry, out: &mut String) {
    let source = &code.source;
    let line = code.line(t.pc as usize);
    let _ = writeln!(out, "  File \"{}\", line {line}, in {}", source.name, code.name);
    if source.transient || (&*source.name == "<string>" && !source.shown) {
        return;
    }
    let Some(span) = code.spans.get(t.pc as usize) else {
        let text = source.lines.line_text(&source.text, line).trim();
        if !text.is_empty() {
            let _ = writeln!(out, "    {text}");
        }
        return;
    };
    let end_offset = span.end.max(span.start);
    let end_line = source.lines.line(end_offset).max(line);
    // A span that ends at the beginning of a line ends with the line before.
    let originals: Vec<&str> = (line..=end_line).map(|n| source.lines.line_text(&source.text, n).trim_end()).collect();
    let dedented = carets::dedent(&originals);
    if dedented.iter().all(|l| l.is_empty()) {
        return;
    }
    let column = |line: u32, offset: u32| -> usize {
        let start = source.lines.line_start(line).unwrap_or(0);
        let text = source.text.get(start as usize..offset as usize).unwrap_or("");
        text.chars().count()
    };
    let removed = originals[0].chars().count() - dedented[0].chars().count();
    let start = column(line, span.start).saturating_sub(removed);
    let end = column(end_line, end_offset).saturating_sub(removed);
    if span.start == span.end {
        let _ = writeln!(out, "    {}", dedented[0]);
        return;
    }
    out.push_str(&carets::underline(&dedented, start, end));
}

enum Link {
    Cause,
    Context,
}

/// An exception and what is shown with it.
struct Node {
    exc: Value,
    before: Option<(Link, Box<Node>)>,
    members: Option<Vec<Node>>,
}

struct Report<'a> {
    said: &'a [Said],
    out: String,
    /// Nesting of exception groups.
    depth: usize,
    need_close: bool,
}

const MAX_WIDTH: usize = 15;
const MAX_DEPTH: usize = 10;

impl Report<'_> {
    fn indent(&self) -> String {
        " ".repeat(2 * self.depth)
    }

    /// Appends lines behind the margin of the group that they belong to.
    fn emit(&mut self, text: &str, margin: char) {
        let mut prefix = self.indent();
        if self.depth > 0 {
            prefix.push(margin);
            prefix.push(' ');
        }
        for line in text.split_inclusive('\n') {
            self.out.push_str(&prefix);
            self.out.push_str(line);
        }
    }

    fn show(&mut self, vm: &mut Vm, node: &Node) {
        // Iteratively along the chain: it may be long.
        let mut chain = vec![(None, node)];
        while let Some((_, last)) = chain.last()
            && let Some((link, before)) = &last.before
        {
            let entry = (Some(link), &**before);
            chain.push(entry);
        }
        for i in (0..chain.len()).rev() {
            self.one(vm, chain[i].1);
            if i > 0 {
                let text = match chain[i].0 {
                    Some(Link::Cause) => "\nThe above exception was the direct cause of the following exception:\n\n",
                    _ => "\nDuring handling of the above exception, another exception occurred:\n\n",
                };
                self.emit(text, '|');
            }
        }
    }

    fn one(&mut self, vm: &mut Vm, node: &Node) {
        let fallback;
        let said = match self.said.iter().find(|s| s.exc == node.exc) {
            Some(s) => s,
            None => {
                fallback = Said { exc: node.exc, text: String::new(), notes: Vec::new(), names: Vec::new() };
                &fallback
            }
        };
        let stack = vm.stack_text(node.exc);
        let Some(members) = &node.members else {
            if !stack.is_empty() {
                self.emit("Traceback (most recent call last):\n", '|');
                self.emit(&stack, '|');
            }
            let lines = vm.last_lines(said);
            self.emit(&lines, '|');
            return;
        };
        if self.depth > MAX_DEPTH {
            self.emit(&format!("... (max_group_depth is {MAX_DEPTH})\n"), '|');
            return;
        }
        let top = self.depth == 0;
        if top {
            self.depth = 1;
        }
        if !stack.is_empty() {
            self.emit("Exception Group Traceback (most recent call last):\n", if top { '+' } else { '|' });
            self.emit(&stack, '|');
        }
        let lines = vm.last_lines(said);
        self.emit(&lines, '|');
        let n = members.len().min(MAX_WIDTH + 1);
        self.need_close = false;
        for i in 0..n {
            let last = i + 1 == n;
            if last {
                self.need_close = true;
            }
            let cut = i >= MAX_WIDTH;
            let title = if cut { "...".to_owned() } else { (i + 1).to_string() };
            let corner = if i == 0 { "+-" } else { "  " };
            let _ = writeln!(self.out, "{}{corner}+---------------- {title} ----------------", self.indent());
            self.depth += 1;
            if cut {
                let rest = members.len() - MAX_WIDTH;
                let s = if rest > 1 { "s" } else { "" };
                self.emit(&format!("and {rest} more exception{s}\n"), '|');
            } else {
                self.show(vm, &members[i]);
            }
            if last && self.need_close {
                let _ = writeln!(self.out, "{}+------------------------------------", self.indent());
                self.need_close = false;
            }
            self.depth -= 1;
        }
        if top {
            self.depth = 0;
        }
    }
}

fn texts(v: Value) -> Vec<String> {
    let items = match (v.cast::<List>(), v.cast::<Tuple>()) {
        (Some(l), _) => l.to_vec(),
        (_, Some(t)) => t.items().to_vec(),
        _ => Vec::new(),
    };
    items.iter().filter_map(|v| v.cast::<Str>()).map(|s| s.as_str().to_owned()).collect()
}

/// `(exception, text, notes, names)`.
fn said_of(v: Value) -> Option<Said> {
    let &[exc, text, notes, names] = v.cast::<Tuple>()?.items() else { return None };
    let text = text.cast::<Str>().map_or(String::new(), |s| s.as_str().to_owned());
    Some(Said { exc, text, notes: texts(notes), names: texts(names) })
}

fn format_exception(vm: &mut Vm, args: Args<'_>) -> Res {
    let items = args[1].cast::<List>().map_or(Vec::new(), |l| l.to_vec());
    let said: Vec<Said> = items.into_iter().filter_map(said_of).collect();
    let chain = args[2].as_bool().unwrap_or(true);
    let text = vm.format_chain(args[0], &said, chain);
    Ok(vm.new_str(&text))
}

fn exception_parts(vm: &mut Vm, args: Args<'_>) -> Res {
    let parts = vm.parts_of(args[0]);
    Ok(vm.new_list(parts))
}

fn format_report(vm: &mut Vm, args: Args<'_>) -> Res {
    match vm.report_exception(args[0])? {
        Some(text) => Ok(vm.new_str(&text)),
        None => vm.none(),
    }
}

fn print_exception(vm: &mut Vm, args: Args<'_>) -> Res {
    if foreign_stderr(vm, args)?.is_none()
        && let Ok(Some(text)) = vm.report_exception(args[0])
    {
        let _ = vm.host.flush_stdout();
        let _ = vm.host.write_stderr(crate::text::surrogate::escaped(&text).as_bytes());
        return vm.none();
    }
    vm.prelude_call("print_exception", &[args[0]])
}

fn foreign_stderr(vm: &mut Vm, _: Args<'_>) -> Res {
    let (sys, name) = (vm.intern("sys"), vm.names.stderr);
    let Some(m) = vm.modules.get_str(sys).and_then(|m| m.cast::<crate::object::Module>()) else { return vm.none() };
    let own = vm.module_state.get("sys.stderr").copied();
    Ok(m.dict.get_str(name).filter(|&f| own.is_some_and(|o| o != f) && !f.is_none()).unwrap_or(Value::NONE))
}

fn format_trace(vm: &mut Vm, args: Args<'_>) -> Res {
    let text = vm.stack_text(args[0]);
    Ok(vm.new_str(&text))
}

fn final_lines(vm: &mut Vm, args: Args<'_>) -> Res {
    let text = args[1].cast::<Str>().map_or(String::new(), |s| s.as_str().to_owned());
    let said = Said { exc: args[0], text, notes: texts(args[2]), names: texts(args[3]) };
    let lines = vm.last_lines(&said);
    Ok(vm.new_str(&lines))
}
