//! What patterns must obey: names bound once and alike, nothing unreachable. Floor 1.
//!
//! Invariant: after `check`, `names` are those that the pattern binds.

use super::ast::*;
use super::validate::{Check, fail};
use crate::base::span::Span;
use rustc_hash::FxHashSet;

/// The names that a pattern has bound so far.
#[derive(Default)]
pub(super) struct Captures<'a> {
    names: FxHashSet<&'a str>,
}

impl<'a> Captures<'a> {
    fn bind(&mut self, name: &'a Ident, span: Span) -> Check {
        let name = &*name.name;
        if name == "__debug__" {
            return fail(span, "cannot assign to __debug__");
        }
        if !self.names.insert(name) {
            return fail(span, format!("multiple assignments to name '{name}' in pattern"));
        }
        Ok(())
    }

    /// Checks `p`; `irrefutable` says that nothing follows which a pattern that always matches would hide.
    pub(super) fn check(&mut self, p: &'a Pattern, irrefutable: bool) -> Check {
        match &p.kind {
            PatternKind::Value(_) | PatternKind::Singleton(_) => Ok(()),
            PatternKind::Sequence(v) => {
                let stars = v.iter().filter(|p| matches!(p.kind, PatternKind::Star(_))).count();
                if stars > 1 {
                    return fail(p.span, "multiple starred names in sequence pattern");
                }
                v.iter().try_for_each(|p| self.check(p, true))
            }
            PatternKind::Mapping { keys, patterns, rest } => {
                let mut seen = FxHashSet::default();
                for k in keys {
                    if !matches!(k.kind, ExprKind::Attribute { .. }) && !seen.insert(key(k)) {
                        let text = super::dump::key_text(k);
                        return fail(p.span, format!("mapping pattern checks duplicate key ({text})"));
                    }
                }
                patterns.iter().try_for_each(|p| self.check(p, true))?;
                rest.as_ref().map_or(Ok(()), |n| self.bind(n, p.span))
            }
            PatternKind::Class { patterns, keywords, .. } => {
                let mut seen = FxHashSet::default();
                if let Some((name, again)) = keywords.iter().find(|(n, _)| !seen.insert(&*n.name)) {
                    return fail(again.span, format!("attribute name repeated in class pattern: {}", name.name));
                }
                let values = patterns.iter().chain(keywords.iter().map(|(_, p)| p));
                values.into_iter().try_for_each(|p| self.check(p, true))
            }
            PatternKind::Star(name) => name.as_ref().map_or(Ok(()), |n| self.bind(n, p.span)),
            PatternKind::As { pattern: None, name } => {
                if !irrefutable {
                    return match name {
                        Some(n) => {
                            let name = &n.name;
                            fail(p.span, format!("name capture '{name}' makes remaining patterns unreachable"))
                        }
                        None => fail(p.span, "wildcard makes remaining patterns unreachable"),
                    };
                }
                name.as_ref().map_or(Ok(()), |n| self.bind(n, p.span))
            }
            PatternKind::As { pattern: Some(inner), name } => {
                self.check(inner, irrefutable)?;
                name.as_ref().map_or(Ok(()), |n| self.bind(n, p.span))
            }
            PatternKind::Or(v) => {
                let mut first: Option<FxHashSet<&str>> = None;
                for (i, alternative) in v.iter().enumerate() {
                    let mut branch = Captures::default();
                    branch.check(alternative, irrefutable && i + 1 == v.len())?;
                    match &first {
                        None => first = Some(branch.names),
                        Some(names) if *names != branch.names => {
                            return fail(p.span, "alternative patterns bind different names");
                        }
                        Some(_) => {}
                    }
                }
                for name in first.unwrap_or_default() {
                    if !self.names.insert(name) {
                        return fail(p.span, format!("multiple assignments to name '{name}' in pattern"));
                    }
                }
                Ok(())
            }
        }
    }
}

/// A text that is the same for literal keys that Python's `==` calls equal.
fn key(e: &Expr) -> String {
    match &e.kind {
        ExprKind::Constant(Constant::True) => "1".to_owned(),
        ExprKind::Constant(Constant::False) => "0".to_owned(),
        ExprKind::Constant(Constant::Float(x)) if x.fract() == 0.0 && x.abs() < 9e15 => format!("{}", *x as i64),
        ExprKind::Constant(Constant::Imaginary(x)) if *x == 0.0 => "0".to_owned(),
        ExprKind::UnaryOp { operand, .. } if key(operand) == "0" => "0".to_owned(),
        _ => super::dump::key_text(e),
    }
}
