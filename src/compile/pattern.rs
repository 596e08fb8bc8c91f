//! The `match` statement. Floor 2.
//!
//! Invariant: names are bound only when the whole pattern has matched, in CPython's order; until then captures wait in
//! temporaries.

use super::regs::Reg;
use super::unit::Unit;
use super::{Res, error};
use crate::base::span::Span;
use crate::bytecode::emit::Label;
use crate::bytecode::ops::Op;
use crate::bytecode::program::Const;
use crate::syntax::ast::*;

/// Names captured so far, with the registers that hold their values.
type Captures<'a> = Vec<(&'a Ident, Reg)>;

impl<'a> Unit<'a> {
    pub(super) fn match_stmt(&mut self, subject: &'a Expr, cases: &'a [MatchCase]) -> Res {
        let s = self.regs.alloc();
        self.expr(subject, s)?;
        let end = self.label();
        for (i, case) in cases.iter().enumerate() {
            let mark = self.regs.mark();
            let fail = self.label();
            if i + 1 < cases.len() && case.guard.is_none() {
                reject_irrefutable(&case.pattern)?;
            }
            let mut captures = Vec::new();
            self.pattern(&case.pattern, s, fail, &mut captures)?;
            for (name, r) in captures {
                self.store(&name.name, r, name.span);
            }
            if let Some(guard) = &case.guard {
                self.cond(guard, false, fail)?;
            }
            self.regs.reset(mark);
            self.stmts(&case.body)?;
            self.jump(Op::Jump, 0, 0, 0, end, case.pattern.span);
            self.bind(fail);
        }
        self.bind(end);
        Ok(())
    }

    /// Goes on if `subject` matches, to `fail` if not. Temporaries stay taken until the case ends.
    fn pattern(&mut self, p: &'a Pattern, subject: Reg, fail: Label, captures: &mut Captures<'a>) -> Res {
        let span = p.span;
        match &p.kind {
            PatternKind::Value(e) => self.jump_unless(CmpOp::Eq, subject, e, fail, span)?,
            PatternKind::Singleton(Constant::None) => self.jump(Op::JumpIfNotNone, 0, subject, 0, fail, span),
            PatternKind::Singleton(c) => {
                let mark = self.regs.mark();
                let v = self.konst_temp(super::fold::constant(c), span);
                self.op(Op::Is, v, subject, v, span);
                self.jump(Op::JumpIfFalse, 0, v, 0, fail, span);
                self.regs.reset(mark);
            }
            PatternKind::Sequence(items) => self.sequence(items, subject, fail, captures, span)?,
            PatternKind::Mapping { keys, patterns, rest } => {
                self.mapping(keys, patterns, rest.as_ref(), subject, fail, captures, span)?;
            }
            PatternKind::Class { class, patterns, keywords } => {
                self.class_pattern(class, patterns, keywords, subject, fail, captures, span)?;
            }
            PatternKind::Star(name) => {
                if let Some(name) = name {
                    capture(name, subject, captures)?;
                }
            }
            PatternKind::As { pattern, name } => {
                if let Some(inner) = pattern {
                    self.pattern(inner, subject, fail, captures)?;
                }
                if let Some(name) = name {
                    capture(name, subject, captures)?;
                }
            }
            PatternKind::Or(alternatives) => self.or_pattern(alternatives, subject, fail, captures, span)?,
        }
        Ok(())
    }

    fn sequence(
        &mut self,
        items: &'a [Pattern],
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
        span: Span,
    ) -> Res {
        let stars: Vec<usize> = (0..items.len()).filter(|&i| matches!(items[i].kind, PatternKind::Star(_))).collect();
        if stars.len() > 1 {
            return Err(error(span, "multiple starred names in sequence pattern"));
        }
        let star = stars.first().copied();
        if items.len() > 250 {
            return Err(error(span, "too many sub-patterns in sequence pattern"));
        }
        let t = self.regs.alloc();
        self.op(Op::MatchSequence, t, subject, 0, span);
        self.jump(Op::JumpIfFalse, 0, t, 0, fail, span);
        let need = items.len() as u16 - u16::from(star.is_some());
        if star.is_none() || need > 0 {
            self.op(Op::GetLen, t, subject, 0, span);
            let op = if star.is_some() { CmpOp::GtE } else { CmpOp::Eq };
            self.jump_unless_int(op, t, need, fail, span);
        }
        if items.iter().all(is_wildcard) {
            return Ok(());
        }
        let run = self.regs.alloc_run(items.len());
        match star {
            None => self.op(Op::Unpack, run, subject, need, span),
            Some(at) if is_wildcard(&items[at]) => {
                // Only the wanted items are looked at.
                for (i, p) in items.iter().enumerate().filter(|(_, p)| !is_wildcard(p)) {
                    let r = run + i as Reg;
                    if i < at {
                        self.op(Op::GetItemI, r, subject, i as u16, p.span);
                    } else {
                        self.op(Op::GetLen, r, subject, 0, p.span);
                        self.op(Op::SubI, r, r, (items.len() - i) as u16, p.span);
                        self.op(Op::GetItem, r, subject, r, p.span);
                    }
                    self.pattern(p, r, fail, captures)?;
                }
                return Ok(());
            }
            Some(at) => self.opx(Op::UnpackEx, (items.len() - at - 1) as u8, run, subject, at as u16, span),
        }
        for (i, p) in items.iter().enumerate() {
            self.pattern(p, run + i as Reg, fail, captures)?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one pattern")]
    fn mapping(
        &mut self,
        keys: &'a [Expr],
        patterns: &'a [Pattern],
        rest: Option<&'a Ident>,
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
        span: Span,
    ) -> Res {
        if keys.len() > 1000 {
            return Err(error(span, "too many sub-patterns in mapping pattern"));
        }
        let mut seen: Vec<Const> = Vec::new();
        for k in keys {
            let Some(c) = super::fold::fold(k) else { continue };
            if seen.contains(&c) {
                let text = k.span.text(&self.cx.source.text);
                return Err(error(span, format!("mapping pattern checks duplicate key ({text})")));
            }
            seen.push(c);
        }
        let t = self.regs.alloc();
        self.op(Op::MatchMapping, t, subject, 0, span);
        self.jump(Op::JumpIfFalse, 0, t, 0, fail, span);
        let n = keys.len() as u16;
        if n > 0 {
            self.op(Op::GetLen, t, subject, 0, span);
            self.jump_unless_int(CmpOp::GtE, t, n, fail, span);
        } else if rest.is_none() {
            return Ok(());
        }
        let key_run = self.regs.alloc_run(keys.len());
        for (i, k) in keys.iter().enumerate() {
            self.expr(k, key_run + i as Reg)?;
        }
        let run = self.regs.alloc_run(keys.len());
        if n > 0 {
            self.op(Op::BuildTuple, t, key_run, n, span);
            self.op(Op::MatchKeys, t, subject, t, span);
            self.jump(Op::JumpIfNone, 0, t, 0, fail, span);
            self.op(Op::Unpack, run, t, n, span);
        }
        let left = rest.map(|name| (name, self.regs.alloc()));
        if let Some((_, r)) = left {
            self.op(Op::BuildMap, r, 0, 0, span);
            self.op(Op::MapUpdate, r, subject, 0, span);
            for i in 0..n {
                self.op(Op::DelItem, r, key_run + i, 0, span);
            }
        }
        for (i, p) in patterns.iter().enumerate() {
            self.pattern(p, run + i as Reg, fail, captures)?;
        }
        left.map_or(Ok(()), |(name, r)| capture(name, r, captures))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one pattern")]
    fn class_pattern(
        &mut self,
        class: &'a Expr,
        patterns: &'a [Pattern],
        keywords: &'a [(Ident, Pattern)],
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
        span: Span,
    ) -> Res {
        if patterns.len() > 255 || keywords.len() > 255 {
            return Err(error(span, "too many sub-patterns in class pattern"));
        }
        for (i, (name, _)) in keywords.iter().enumerate() {
            if keywords[..i].iter().any(|(other, _)| other.name == name.name) {
                return Err(error(name.span, format!("attribute name repeated in class pattern: {}", name.name)));
            }
        }
        let t = self.regs.alloc();
        let window = self.regs.alloc_run(2);
        self.expr(class, window)?;
        let names = keywords.iter().map(|(n, _)| Const::Str(n.name.clone())).collect();
        self.konst(window + 1, Const::Tuple(names), span);
        self.opx(Op::MatchClass, patterns.len() as u8, t, subject, window, span);
        self.jump(Op::JumpIfNone, 0, t, 0, fail, span);
        let all: Vec<&'a Pattern> = patterns.iter().chain(keywords.iter().map(|(_, p)| p)).collect();
        if all.is_empty() {
            return Ok(());
        }
        let run = self.regs.alloc_run(all.len());
        self.op(Op::Unpack, run, t, all.len() as u16, span);
        for (i, p) in all.into_iter().enumerate() {
            self.pattern(p, run + i as Reg, fail, captures)?;
        }
        Ok(())
    }

    fn or_pattern(
        &mut self,
        alternatives: &'a [Pattern],
        subject: Reg,
        fail: Label,
        captures: &mut Captures<'a>,
        span: Span,
    ) -> Res {
        let done = self.label();
        // The names of the first alternative, each with a register for whichever alternative matches.
        let mut names: Option<Captures<'a>> = None;
        for (i, alt) in alternatives.iter().enumerate() {
            let last = i + 1 == alternatives.len();
            if !last {
                reject_irrefutable(alt)?;
            }
            let next = if last { fail } else { self.label() };
            let bound = match &names {
                Some(n) => n.clone(),
                None => {
                    let mut found = Vec::new();
                    pattern_names(alt, &mut found);
                    let with_regs: Captures<'a> = found.into_iter().map(|n| (n, self.regs.alloc())).collect();
                    names = Some(with_regs.clone());
                    with_regs
                }
            };
            let mark = self.regs.mark();
            let mut own = Vec::new();
            self.pattern(alt, subject, next, &mut own)?;
            if own.len() != bound.len() {
                return Err(error(span, "alternative patterns bind different names"));
            }
            for (name, to) in &bound {
                let Some((_, from)) = own.iter().find(|(n, _)| n.name == name.name) else {
                    return Err(error(span, "alternative patterns bind different names"));
                };
                self.mov(*to, *from, span);
            }
            self.regs.reset(mark);
            if !last {
                self.jump(Op::Jump, 0, 0, 0, done, span);
                self.bind(next);
            }
        }
        self.bind(done);
        for (name, r) in names.unwrap_or_default() {
            capture(name, r, captures)?;
        }
        Ok(())
    }
}

fn capture<'a>(name: &'a Ident, r: Reg, captures: &mut Captures<'a>) -> Res {
    if captures.iter().any(|(n, _)| n.name == name.name) {
        return Err(error(name.span, format!("multiple assignments to name '{}' in pattern", name.name)));
    }
    captures.push((name, r));
    Ok(())
}

/// `_` or `*_`.
fn is_wildcard(p: &Pattern) -> bool {
    matches!(p.kind, PatternKind::As { pattern: None, name: None } | PatternKind::Star(None))
}

/// The names that a pattern binds, in order.
fn pattern_names<'a>(p: &'a Pattern, out: &mut Vec<&'a Ident>) {
    match &p.kind {
        PatternKind::Value(_) | PatternKind::Singleton(_) => {}
        PatternKind::Sequence(ps) => ps.iter().for_each(|p| pattern_names(p, out)),
        PatternKind::Or(ps) => ps.iter().take(1).for_each(|p| pattern_names(p, out)),
        PatternKind::Mapping { patterns, rest, .. } => {
            patterns.iter().for_each(|p| pattern_names(p, out));
            out.extend(rest);
        }
        PatternKind::Class { patterns, keywords, .. } => {
            patterns.iter().chain(keywords.iter().map(|(_, p)| p)).for_each(|p| pattern_names(p, out));
        }
        PatternKind::Star(name) => out.extend(name),
        PatternKind::As { pattern, name } => {
            pattern.iter().for_each(|p| pattern_names(p, out));
            out.extend(name);
        }
    }
}

/// A pattern that always matches makes what comes after it unreachable.
fn reject_irrefutable(p: &Pattern) -> Res {
    match &p.kind {
        PatternKind::As { pattern: None, name: None } => {
            Err(error(p.span, "wildcard makes remaining patterns unreachable"))
        }
        PatternKind::As { pattern: None, name: Some(n) } => {
            Err(error(p.span, format!("name capture '{}' makes remaining patterns unreachable", n.name)))
        }
        PatternKind::As { pattern: Some(inner), .. } => reject_irrefutable(inner),
        PatternKind::Or(ps) => ps.last().map_or(Ok(()), reject_irrefutable),
        _ => Ok(()),
    }
}
