//! The disassembler behind `thr dis`. Floor 1.
//!
//! Invariant: one instruction is one line, and everything on it comes from the instruction table or the code itself,
//! so that a listing never says what the VM does not do.

use super::emit::jump_target;
use super::ops::{Common, Instr, Op, Point, Role};
use super::program::{Code, CodeKind, Const};
use std::fmt::Write;

/// A listing of a code and, after it, of its children.
///
/// Columns: source line where it changes, `»` at jump targets, index, `!` before which another thread may run
/// (`*` where CPython may switch too), operation, operands, and what they stand for.
pub fn disassemble(code: &Code) -> String {
    let mut out = String::new();
    list(code, &mut out);
    out
}

fn list(code: &Code, out: &mut String) {
    let kind = match code.kind {
        CodeKind::Module => "module",
        CodeKind::Class => "class",
        CodeKind::Function => "function",
        CodeKind::Exec => "exec",
    };
    let _ = writeln!(out, "{kind} {}  ({} registers)", code.qualname, code.nregs);
    if !code.clear.is_empty() {
        let names: Vec<String> = code.clear.iter().map(|&r| reg(code, r)).collect();
        let _ = writeln!(out, "  unbound at the start: {}", names.join(", "));
    }
    let mut targets = vec![false; code.instrs.len() + 1];
    for (pc, &i) in code.instrs.iter().enumerate() {
        if let Some(t) = jump_target(i, pc)
            && let Some(slot) = usize::try_from(t).ok().and_then(|t| targets.get_mut(t))
        {
            *slot = true;
        }
    }
    for h in &code.handlers {
        if let Some(slot) = targets.get_mut(h.handler as usize) {
            *slot = true;
        }
    }
    let mut line = 0;
    for (pc, &i) in code.instrs.iter().enumerate() {
        let here = code.line(pc);
        if here != line {
            line = here;
            let _ = write!(out, "{line:>5} ");
        } else {
            out.push_str("      ");
        }
        let point = match i.point() {
            Point::Plain => ' ',
            Point::Tick => '!',
            _ => '*',
        };
        let target = if targets[pc] { '»' } else { ' ' };
        let text = format!("{target} {pc:>4} {point} {:<14} {}", i.op.name(), picture(code, pc, i));
        let _ = writeln!(out, "{}", text.trim_end());
    }
    if !code.handlers.is_empty() {
        out.push_str("  exceptions:\n");
        for h in &code.handlers {
            let _ = writeln!(out, "    {}..{} -> {} in {}", h.start, h.end, h.handler, reg(code, h.reg));
        }
    }
    for c in &code.children {
        out.push('\n');
        list(c, out);
    }
}

fn reg(code: &Code, r: u16) -> String {
    let i = r as usize;
    if let Some(name) = code.locals.get(i) {
        return name.to_string();
    }
    let free = i.wrapping_sub(code.free_base as usize);
    match code.free.get(free) {
        Some(name) => format!("&{name}"),
        None => format!("r{r}"),
    }
}

/// The operands, put where the table's picture has `r[a]`, `consts[bc]` and the like.
fn picture(code: &Code, pc: usize, i: Instr) -> String {
    let name = |n: u16| code.names.get(n as usize).map_or("?", |n| n);
    let site = |s: u16| code.sites.get(s as usize).and_then(|&n| code.names.get(n as usize)).map_or("?", |n| n);
    let run = |first: u16, count: usize| {
        (0..count).map(|k| reg(code, first.wrapping_add(k as u16))).collect::<Vec<_>>().join(", ")
    };
    let target = || jump_target(i, pc).unwrap_or(-1);
    let (a, b, c) = (i.a, i.b, i.c);
    let r = |r: u16| reg(code, r);
    let is = if i.x & 1 == 1 { "" } else { "not " };
    match i.op {
        Op::LoadK => format!("{} = {}", r(a), konst(code.consts.get(i.bc() as usize))),
        Op::LoadInt => format!("{} = {}", r(a), i.bc() as i32),
        Op::LoadCommon if b == Common::AssertionError as u16 => format!("{} = AssertionError", r(a)),
        Op::LoadCommon if b == Common::StopAsyncIteration as u16 => format!("{} = StopAsyncIteration", r(a)),
        Op::CopyFree => run(a, b as usize),
        Op::JumpLt | Op::JumpLe | Op::JumpEq | Op::JumpNe | Op::JumpGt | Op::JumpGe => {
            format!("if {is}({} {} {}): go to {}", r(a), symbol(i.op), r(b), target())
        }
        Op::JumpLtI | Op::JumpLeI | Op::JumpEqI | Op::JumpNeI | Op::JumpGtI | Op::JumpGeI => {
            format!("if {is}({} {} {}): go to {}", r(a), symbol(i.op), b as i16, target())
        }
        Op::ForIter => format!("{} = next({}); at the end go to {}", r(b), r(a), target()),
        Op::ForNext => format!("{} = next({}) and go to {}", r(b), r(a), target()),
        Op::Call => format!("{} = {}({})", r(c), r(a), run(a + 1, b as usize)),
        Op::CallKw => format!("{} = {}({}; names {})", r(c), r(a), run(a + 1, b as usize), r(a + 1 + b)),
        Op::CallEx if i.x == 1 => format!("{} = {}(*{}, **{})", r(c), r(a), r(a + 1), r(a + 2)),
        Op::CallEx => format!("{} = {}(*{})", r(c), r(a), r(a + 1)),
        Op::CallMethod => format!("{} = {}({})", r(c), r(a), run(a + 1, b as usize + 1)),
        Op::CallMethodKw => format!("{} = {}({}; names {})", r(c), r(a), run(a + 1, b as usize + 1), r(a + 2 + b)),
        Op::LoadMethod => format!("{}, {} = {}.{}", r(a), r(a + 1), r(b), site(c)),
        Op::Unpack => format!("{} = {}", run(a, c as usize), r(b)),
        Op::UnpackEx => {
            let tail = a + c + 1;
            format!("{}, *{}, {} = {}", run(a, c as usize), r(a + c), run(tail, i.x as usize), r(b))
        }
        Op::BuildTuple => format!("{} = ({})", r(a), run(b, c as usize)),
        Op::BuildList => format!("{} = [{}]", r(a), run(b, c as usize)),
        Op::BuildSet | Op::BuildString => format!("{} = {{{}}}", r(a), run(b, c as usize)),
        Op::BuildMap => format!("{} = {{{}}}", r(a), run(b, 2 * c as usize)),
        Op::BuildSlice => format!("{} = slice({})", r(a), run(b, 3)),
        Op::FormatValue => {
            let conversion = ["", "!s", "!r", "!a"].get(i.x as usize).unwrap_or(&"!?");
            let spec = if c == 0xFFFF { String::new() } else { format!(", {}", r(c)) };
            format!("{} = format({}{conversion}{spec})", r(a), r(b))
        }
        Op::MakeFunction => {
            let child = code.children.get(b as usize).map_or("?", |c| &c.qualname);
            let extras = ["defaults", "kwdefaults", "annotations", "cells", "type params"];
            let mut at = c;
            let mut text = format!("{} = function {child}", r(a));
            for (bit, what) in extras.iter().enumerate() {
                if i.x & 1 << bit != 0 {
                    let _ = write!(text, ", {what} {}", r(at));
                    at = at.wrapping_add(1);
                }
            }
            text
        }
        Op::BuildClass => format!("{} = class({})", r(a), run(b, 4)),
        Op::Raise if i.x == 0 => "the handled exception".into(),
        Op::Raise if i.x == 1 => r(a),
        Op::Raise => format!("{} from {}", r(a), r(b)),
        Op::Intrinsic => format!("{} = intrinsic {} of ({})", r(a), i.x, run(b, c as usize)),
        Op::MatchClass => format!("{} = match {} with {}, {} by position", r(a), r(b), run(c, 2), i.x),
        Op::ImportName => format!("{} = import {}, fromlist {}, level {}", r(a), site(b), r(c), i.x),
        Op::MatchExcStar => format!("{}, {} = match {} with {}", r(a), r(a + 1), r(b), r(c)),
        Op::WithEnter => format!("{} = enter {}; exit in {}", r(a), r(b), run(c, 2)),
        Op::WithExit => run(a, 2),
        Op::WithExitExc => format!("{} = exit {} with {}", r(a), run(c, 2), r(b)),
        op => {
            let mut parts = Vec::new();
            for (role, field) in op.roles().into_iter().zip([a, b, c]) {
                match role {
                    Role::R | Role::W | Role::RW | Role::Run => parts.push(r(field)),
                    Role::Imm => parts.push((field as i16).to_string()),
                    Role::Site => parts.push(format!(".{}", site(field))),
                    Role::Name => parts.push(format!("'{}'", name(field))),
                    Role::Child => parts.push(format!("child {field}")),
                    Role::Const32 => parts.push(konst(code.consts.get(i.bc() as usize))),
                    Role::Imm32 => parts.push((i.bc() as i32).to_string()),
                    Role::Jump | Role::Jump32 => parts.push(format!("-> {}", target())),
                    Role::None => {}
                }
            }
            let mut text = parts.join(", ");
            if i.x != 0 && jump_target(i, pc).is_none() {
                let _ = write!(text, "  x={}", i.x);
            }
            text
        }
    }
}

fn symbol(op: Op) -> &'static str {
    match op {
        Op::JumpLt | Op::JumpLtI => "<",
        Op::JumpLe | Op::JumpLeI => "<=",
        Op::JumpEq | Op::JumpEqI => "==",
        Op::JumpNe | Op::JumpNeI => "!=",
        Op::JumpGt | Op::JumpGtI => ">",
        _ => ">=",
    }
}

/// A constant as a reader would write it.
fn konst(c: Option<&Const>) -> String {
    match c {
        None => "?".into(),
        Some(Const::None) => "None".into(),
        Some(Const::True) => "True".into(),
        Some(Const::False) => "False".into(),
        Some(Const::Ellipsis) => "...".into(),
        Some(Const::Int(i)) => i.to_string(),
        Some(Const::BigInt { digits, radix }) => match radix {
            2 => format!("0b{digits}"),
            8 => format!("0o{digits}"),
            16 => format!("0x{digits}"),
            _ => digits.to_string(),
        },
        Some(Const::Float(f)) => format!("{f:?}"),
        Some(Const::Imaginary(f)) => format!("{f:?}j"),
        Some(Const::Str(s)) => format!("{s:?}"),
        Some(Const::Bytes(b)) => format!("b\"{}\"", b.escape_ascii()),
        Some(Const::Tuple(items)) => {
            let inner: Vec<String> = items.iter().map(|c| konst(Some(c))).collect();
            format!("({}{})", inner.join(", "), if items.len() == 1 { "," } else { "" })
        }
    }
}
