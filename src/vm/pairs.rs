//! `for a, b in …` over what makes pairs (`enumerate`, `zip`, `dict.items()`): the pair goes into its two registers, the
//! tuple between is not made. Floor 5.
//!
//! Invariant: a step that can't be made wholly here changes nothing; the general one is made in its place.

use super::Vm;
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Dict, Iter, IterTag, Tuple};
use crate::value::Value;

/// Whether the next item of `it` is there for the taking.
fn has_plain_item(it: Gc<Iter>) -> bool {
    if it.class().has(flag::USER_ITER) {
        return false;
    }
    let at = it.i.get() as usize;
    match it.tag {
        IterTag::Range => it.n.get() > 0 && Value::int(it.i.get()).is_some(),
        IterTag::List => it.src.get().cast::<crate::object::List>().is_some_and(|l| at < l.len()),
        IterTag::Tuple => it.src.get().cast::<Tuple>().is_some_and(|t| at < t.len()),
        _ => false,
    }
}

fn take_plain_item(it: Gc<Iter>) -> Option<Value> {
    match it.tag {
        IterTag::Range => it.next_of_range(),
        IterTag::List => it.next_of_list(),
        IterTag::Tuple => it.next_of_tuple(),
        _ => None,
    }
}

impl Vm {
    /// The next pair of `it`, if it can be had without making a tuple.
    #[inline(never)]
    pub(super) fn next_pair(&self, it: Gc<Iter>) -> Option<(Value, Value)> {
        if it.class().has(flag::USER_ITER) {
            return None;
        }
        match it.tag {
            IterTag::Enumerate => {
                let inner = it.src.get().cast::<Iter>().filter(|&inner| has_plain_item(inner))?;
                let number = Value::int(it.i.get()).filter(|_| !it.aux.get().is_object())?;
                it.i.set(it.i.get() + 1);
                Some((number, take_plain_item(inner)?))
            }
            IterTag::Zip => {
                let &[x, y] = it.aux.get().cast::<Tuple>().filter(|_| it.step.get() == 0)?.items() else { return None };
                if x == y {
                    return None;
                }
                let (x, y) = x.cast::<Iter>().zip(y.cast::<Iter>())?;
                if !has_plain_item(x) || !has_plain_item(y) {
                    return None;
                }
                take_plain_item(x).zip(take_plain_item(y))
            }
            IterTag::DictItems => {
                let d = it.src.get().cast::<Dict>().filter(|d| d.len() as i64 == it.n.get() && it.step.get() > 0)?;
                let (at, entry) = d.next_entry(it.i.get() as usize)?;
                it.step.set(it.step.get() - 1);
                it.i.set(at as i64 + 1);
                Some((entry.key, entry.value))
            }
            _ => None,
        }
    }
}
