//! Checks compiled code: the licence for the VM's unchecked register access. Floor 1.
//!
//! Invariant: if [`verify`] accepts a code, every instruction touches only registers below `nregs`, every index is in
//! range, every jump lands on an instruction, and control can't run off the end.

use super::emit::jump_target;
use super::ops::{Awaited, Common, Instr, Intrinsic, Op, Role};
use super::program::{Code, CodeKind};

/// Checks a code and all its children; the error says what is wrong and where.
pub fn verify(code: &Code) -> Result<(), String> {
    check(code).map_err(|why| format!("{}: {why}", code.qualname))?;
    code.children.iter().try_for_each(|c| verify(c))
}

fn check(code: &Code) -> Result<(), String> {
    let n = code.instrs.len();
    let nregs = code.nregs as usize;
    if code.spans.len() != n {
        return Err(format!("{} spans for {n} instructions", code.spans.len()));
    }
    match code.instrs.last() {
        Some(last) if ends(last.op) => {}
        _ => return Err("control can run off the end".into()),
    }
    let reg = |what: &str, r: usize| if r < nregs { Ok(()) } else { Err(format!("{what}: register {r} of {nregs}")) };
    if code.nparams() > code.locals.len() || code.locals.len() > nregs || code.posonly > code.argcount {
        return Err("parameters, locals and registers disagree".into());
    }
    if matches!(code.kind, CodeKind::Class | CodeKind::Exec) && nregs == 0 {
        return Err("no register for the namespace".into());
    }
    if code.free_base as usize + code.free.len() > nregs {
        return Err("free variables: no registers for them".into());
    }
    for &r in code.cells.iter().chain(&code.clear) {
        if r as usize >= code.locals.len() {
            return Err(format!("cell or cleared register {r} is not a local"));
        }
    }
    if let Some(r) = code.class_cell {
        reg("class cell", r as usize)?;
    }
    for h in &code.handlers {
        if h.start >= h.end || h.end as usize > n || h.handler as usize >= n {
            return Err(format!("handler {h:?} is out of range"));
        }
        reg("handler", h.reg as usize)?;
    }
    if code.sites.iter().any(|&s| s as usize >= code.names.len()) {
        return Err("a site's name is out of range".into());
    }
    let mut seen = vec![None; code.sites.len()];
    for (pc, &i) in code.instrs.iter().enumerate() {
        check_instr(code, pc, i, &mut seen).map_err(|why| format!("{pc} {}: {why}", i.op.name()))?;
    }
    Ok(())
}

fn ends(op: Op) -> bool {
    matches!(op, Op::Jump | Op::JumpBack | Op::Return | Op::Raise | Op::Reraise)
}

/// The registers an instruction touches beyond its single-register roles: `(first, count)`.
/// For calls this is the window of the caller's own registers: callee, arguments, names.
pub fn runs(i: Instr) -> [(u32, u32); 2] {
    let (a, b, c, x) = (u32::from(i.a), u32::from(i.b), u32::from(i.c), u32::from(i.x));
    let one = match i.op {
        Op::CopyFree => (a, b),
        Op::LoadMethod | Op::MatchExcStar => (a, 2),
        Op::Unpack => (a, c),
        Op::UnpackEx => (a, c + 1 + x),
        Op::BuildTuple | Op::BuildList | Op::BuildSet | Op::BuildString | Op::Intrinsic => (b, c),
        Op::BuildMap => (b, 2 * c),
        Op::BuildSlice => (b, 3),
        Op::Call => (a, 1 + b),
        Op::CallKw => (a, 2 + b),
        Op::CallEx => (a, if x == 1 { 3 } else { 2 }),
        Op::CallMethod => (a, 2 + b),
        Op::CallMethodKw => (a, 3 + b),
        Op::MakeFunction => (c, (x & 31).count_ones()),
        Op::BuildClass => (b, 4),
        Op::WithEnter | Op::WithExitExc => (c, WITH_WINDOW),
        Op::WithExit => (a, WITH_WINDOW),
        Op::MatchClass => (c, 2),
        Op::FormatValue if i.c != 0xFFFF => (c, 1),
        Op::Raise => return [if x >= 1 { (a, 1) } else { (0, 0) }, if x == 2 { (b, 1) } else { (0, 0) }],
        // These use the namespace in r[0].
        Op::LoadName | Op::StoreName | Op::DelName | Op::LoadNameDeref => (0, 1),
        _ => (0, 0),
    };
    [one, (0, 0)]
}

/// `with` instructions own `__exit__`, its `self`, and three registers above for the arguments of the call.
pub const WITH_WINDOW: u32 = 5;

fn check_instr(code: &Code, pc: usize, i: Instr, seen: &mut [Option<Op>]) -> Result<(), String> {
    let nregs = u32::from(code.nregs);
    let fits = |first: u32, count: u32| {
        if count == 0 || first + count <= nregs {
            Ok(())
        } else {
            Err(format!("registers {first}..{} of {nregs}", first + count))
        }
    };
    let below = |what: &str, index: usize, len: usize| {
        if index < len { Ok(()) } else { Err(format!("{what} {index} of {len}")) }
    };
    if i.op.generic() != i.op {
        return Err("specialised".into());
    }
    for (first, count) in runs(i) {
        fits(first, count)?;
    }
    for (role, field) in i.op.roles().into_iter().zip([i.a, i.b, i.c]) {
        match role {
            Role::R | Role::W | Role::RW if i.op != Op::Raise => fits(u32::from(field), 1)?,
            Role::Site => {
                below("site", field as usize, code.sites.len())?;
                // What is cached for one instruction means nothing to another.
                match seen[field as usize].replace(i.op) {
                    Some(other) if other != i.op => {
                        return Err(format!("site {field} is shared with {}", other.name()));
                    }
                    _ => {}
                }
            }
            Role::Name => below("name", field as usize, code.names.len())?,
            Role::Child => below("child", field as usize, code.children.len())?,
            Role::Const32 => below("constant", i.bc() as usize, code.consts.len())?,
            _ => {}
        }
    }
    if let Some(target) = jump_target(i, pc)
        && (target < 0 || target as usize >= code.instrs.len())
    {
        return Err(format!("jump to {target}"));
    }
    match i.op {
        Op::LoadCommon if i.b > Common::StopAsyncIteration as u16 => Err(format!("common object {}", i.b)),
        Op::Intrinsic if i.x > Intrinsic::Dropped as u8 => Err(format!("intrinsic {}", i.x)),
        Op::Intrinsic if i.c < intrinsic_args(i.x) => Err(format!("intrinsic {} needs more operands", i.x)),
        Op::FormatValue if i.x > 3 => Err(format!("conversion {}", i.x)),
        Op::Await if i.x > Awaited::Next as u8 => Err(format!("kind of await {}", i.x)),
        Op::Raise if i.x > 2 => Err(format!("kind of raise {}", i.x)),
        Op::CopyFree if i.b as usize != code.free.len() || i.a != code.free_base => {
            Err("does not copy all free variables to their place".into())
        }
        Op::MakeFunction if i.x & 8 == 0 && !code.children[i.b as usize].free.is_empty() => {
            Err("no cells for the child's free variables".into())
        }
        Op::Return | Op::Raise | Op::Reraise | Op::Jump | Op::JumpBack => Ok(()),
        _ => below("falls through to", pc + 1, code.instrs.len()),
    }
}

/// How many operands each intrinsic reads at least.
fn intrinsic_args(x: u8) -> u16 {
    match x {
        x if x == Intrinsic::TypeAlias as u8 => 3,
        x if x == Intrinsic::SetTypeParamDefault as u8 || x == Intrinsic::PrepareReraiseStar as u8 => 2,
        _ => 1,
    }
}
