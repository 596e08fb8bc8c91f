//! Union, intersection, difference and symmetric difference of sets. Floor 5.
//!
//! They go through the tables in CPython's order, so that equal programs print equal sets. Where keys need code of the
//! language to compare, the prelude does the same key by key.
//!
//! Invariant: an operation that answers "ask" has changed nothing that doing it again would not change in the same way.

use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::{Dict, Found, RecordTag, Set, View};
use crate::value::Value;
use crate::vm::{Res, Vm};

/// An operation of two sets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SetOp {
    Or,
    And,
    Sub,
    Xor,
}

/// Keys with their hashes.
type Keys = Vec<(Value, i64)>;

impl Vm {
    /// The keys of any iterable: from tables with their hashes, else hashed now. `None` where code of the language must
    /// iterate or hash.
    pub fn hashed_keys(&mut self, v: Value) -> Res<Option<Keys>> {
        if !v.as_object().is_some_and(|o| o.class().has(flag::USER_ITER)) {
            match v.view() {
                View::Set(s) => return Ok(Some(s.to_vec())),
                View::Dict(d) => return Ok(Some(d.to_vec().iter().map(|e| (e.key, e.hash)).collect())),
                View::Record(r) if r.tag == RecordTag::DictKeys => {
                    if let Some(d) = r.field(0).cast::<Dict>() {
                        return Ok(Some(d.to_vec().iter().map(|e| (e.key, e.hash)).collect()));
                    }
                }
                _ => {}
            }
        }
        if let Some(it) = v.cast::<crate::object::Iter>()
            && !self.is_pure_iter(it.value())
        {
            return Ok(None);
        }
        let Some(items) = self.pure_items(v)? else { return Ok(None) };
        let mut keys = Vec::with_capacity(items.len());
        for x in items {
            match self.hash_of(x)? {
                Some(h) => keys.push((x, h)),
                None => {
                    // An iterator is used up by now: its items must not be lost.
                    return Ok(None);
                }
            }
        }
        Ok(Some(keys))
    }

    /// Adds the items of any iterable to a set.
    pub fn set_add_all(&mut self, s: Gc<Set>, other: Value) -> Res<()> {
        if let View::Set(o) = other.view()
            && !o.class().has(flag::USER_ITER)
        {
            if s.is_empty() {
                s.copy_from(&o);
                return Ok(());
            }
            s.reserve(o.len());
        } else if let View::Dict(d) = other.view() {
            s.reserve(d.len());
        } else if !matches!(other.view(), View::List(_) | View::Tuple(_)) {
            // Items of an iterator are added one by one, so that none is lost where the language must go on.
            return self.add_iterated(s, other);
        }
        let Some(keys) = self.hashed_keys(other)? else {
            return self.prelude_call("set_add_all", &[s.value(), other]);
        };
        for (k, h) in keys {
            match s.find(h, k) {
                Found::At(_) => {}
                Found::Missing => {
                    let bytes = s.insert_new(h, k);
                    self.heap.charge(bytes);
                }
                Found::Ask => return self.prelude_call("set_add_all", &[s.value(), other]),
            }
        }
        Ok(())
    }

    fn add_iterated(&mut self, s: Gc<Set>, other: Value) -> Res<()> {
        let it = match self.pure_iter(other)? {
            Some(it) if self.is_pure_iter(it) => it,
            _ => return self.prelude_call("set_add_all", &[s.value(), other]),
        };
        loop {
            match self.next_item(it)? {
                crate::vm::Next::Item(x) => {
                    let found = match self.hash_of(x)? {
                        Some(h) => (h, s.find(h, x)),
                        None => (0, Found::Ask),
                    };
                    match found {
                        (_, Found::At(_)) => {}
                        (h, Found::Missing) => {
                            let bytes = s.insert_new(h, x);
                            self.heap.charge(bytes);
                        }
                        (_, Found::Ask) => return self.prelude_call("set_add_rest", &[s.value(), x, it]),
                    }
                }
                crate::vm::Next::End => return Ok(()),
                crate::vm::Next::Ask => return self.prelude_call("set_add_all", &[s.value(), it]),
            }
        }
    }

    /// `a op other` as a new set of `a`'s kind (not of its subclass); `other` is any iterable.
    pub fn set_op(&mut self, op: SetOp, a: Gc<Set>, other: Value) -> Res {
        let result = self.new_set(a.is_frozen());
        match op {
            SetOp::Or => {
                result.copy_from(&a);
                match self.set_add_all(result, other) {
                    Ok(()) => Ok(result.value()),
                    Err(crate::vm::Ctl::Call(req)) => {
                        let f = req.callee;
                        let mut args = vec![result.value(), f];
                        args.extend(req.args);
                        self.prelude_call("after_call", &args[..])
                    }
                    Err(e) => Err(e),
                }
            }
            _ => {
                let Some(keys) = self.hashed_keys_kept(other)? else {
                    return self.ask_set_op(op, a, other, result);
                };
                match keys {
                    Ok(keys) => match self.pure_set_op(op, a, other, keys, result) {
                        Some(()) => Ok(result.value()),
                        None => {
                            let fresh = self.new_set(a.is_frozen());
                            self.ask_set_op(op, a, other, fresh)
                        }
                    },
                    Err(items) => self.ask_set_op(op, a, items, result),
                }
            }
        }
    }

    /// As `hashed_keys`; a list of the items where they can be had but not be hashed.
    fn hashed_keys_kept(&mut self, v: Value) -> Res<Option<Result<Keys, Value>>> {
        if matches!(v.view(), View::Iter(_)) {
            let Some(items) = self.pure_items(v)? else { return Ok(None) };
            let list = self.new_list(items);
            return Ok(Some(match self.hashed_keys(list)? {
                Some(keys) => Ok(keys),
                None => Err(list),
            }));
        }
        Ok(self.hashed_keys(v)?.map(Ok))
    }

    fn ask_set_op(&mut self, op: SetOp, a: Gc<Set>, other: Value, result: Gc<Set>) -> Res {
        let name = match op {
            SetOp::Or => "set_or",
            SetOp::And => "set_and",
            SetOp::Sub => "set_sub",
            SetOp::Xor => "set_xor",
        };
        let copy = self.new_set(false);
        if op == SetOp::Sub || op == SetOp::Xor {
            copy.copy_from(&a);
        }
        self.prelude_call(name, &[a.value(), other, result.value(), copy.value()])
    }

    /// Fills `result`; `None` where keys need code of the language.
    fn pure_set_op(&mut self, op: SetOp, a: Gc<Set>, other: Value, keys: Keys, result: Gc<Set>) -> Option<()> {
        let put = |vm: &mut Vm, k: Value, h: i64| -> Option<()> {
            match result.find(h, k) {
                Found::At(_) => {}
                Found::Missing => {
                    let bytes = result.insert_new(h, k);
                    vm.heap.charge(bytes);
                }
                Found::Ask => return None,
            }
            Some(())
        };
        let is_set = matches!(other.view(), View::Set(_));
        match op {
            SetOp::Or => {
                result.copy_from(&a);
                for (k, h) in keys {
                    put(self, k, h)?;
                }
            }
            SetOp::And => match other.view() {
                View::Set(o) if o == a => result.copy_from(&a),
                View::Set(o) if o.len() > a.len() => {
                    for (k, h) in a.to_vec() {
                        if has(o, k, h)? {
                            put(self, k, h)?;
                        }
                    }
                }
                _ => {
                    for (k, h) in keys {
                        if has(a, k, h)? {
                            put(self, k, h)?;
                        }
                    }
                }
            },
            SetOp::Sub => {
                let table = is_set || matches!(other.view(), View::Dict(_));
                if table && a.len() >> 2 <= keys.len() {
                    for (k, h) in a.to_vec() {
                        let there = match other.view() {
                            View::Set(o) => has(o, k, h)?,
                            View::Dict(d) => match d.find(h, k) {
                                Found::At(_) => true,
                                Found::Missing => false,
                                Found::Ask => return None,
                            },
                            _ => false,
                        };
                        if !there {
                            put(self, k, h)?;
                        }
                    }
                } else {
                    result.copy_from(&a);
                    discard_all(result, &keys)?;
                    result.tidy();
                }
            }
            SetOp::Xor => {
                // The other one's keys come first, as in CPython.
                if let View::Set(o) = other.view() {
                    result.copy_from(&o);
                } else {
                    for (k, h) in keys {
                        put(self, k, h)?;
                    }
                }
                self.toggle_all(result, &a.to_vec())?;
            }
        }
        Some(())
    }

    /// Takes out what is there and puts in what is not.
    fn toggle_all(&mut self, s: Gc<Set>, keys: &[(Value, i64)]) -> Option<()> {
        if keys.iter().any(|&(k, h)| s.find(h, k) == Found::Ask) {
            return None;
        }
        for &(k, h) in keys {
            match s.find(h, k) {
                Found::At(i) => s.remove_at(i),
                Found::Missing => {
                    let bytes = s.insert_new(h, k);
                    self.heap.charge(bytes);
                }
                Found::Ask => return None,
            }
        }
        Some(())
    }

    /// `s op= other`; `other` is any iterable.
    pub fn set_inplace(&mut self, op: SetOp, s: Gc<Set>, other: Value) -> Res<()> {
        let same = other == s.value();
        match op {
            SetOp::Or if same => Ok(()),
            SetOp::Or => self.set_add_all(s, other),
            SetOp::Sub | SetOp::Xor if same => {
                s.clear();
                Ok(())
            }
            SetOp::And => match self.set_op(SetOp::And, s, other) {
                Ok(v) => {
                    if let Some(new) = v.cast::<Set>() {
                        s.swap(&new);
                    }
                    Ok(())
                }
                Err(crate::vm::Ctl::Call(req)) => {
                    let mut args = vec![s.value(), req.callee];
                    args.extend(req.args);
                    self.prelude_call("swap_after_call", &args[..])
                }
                Err(e) => Err(e),
            },
            SetOp::Sub | SetOp::Xor => {
                let name = if op == SetOp::Sub { "set_discard_all" } else { "set_toggle_all" };
                let keys = match self.hashed_keys_kept(other)? {
                    None => return self.prelude_call(name, &[s.value(), other]),
                    Some(Err(list)) => return self.prelude_call(name, &[s.value(), list]),
                    Some(Ok(keys)) => keys,
                };
                let done = if op == SetOp::Sub {
                    discard_all(s, &keys)
                } else if matches!(other.view(), View::Set(_) | View::Dict(_)) {
                    self.toggle_all(s, &keys)
                } else {
                    // Keys that come twice count once.
                    let once = self.new_set(false);
                    match self.pure_set_op(SetOp::Or, once, other, keys.clone(), once) {
                        Some(()) => self.toggle_all(s, &once.to_vec()),
                        None => None,
                    }
                };
                match done {
                    Some(()) => {
                        if op == SetOp::Sub {
                            s.tidy();
                        }
                        Ok(())
                    }
                    None => {
                        let items = keys.iter().map(|&(k, _)| k).collect();
                        let list = self.new_list(items);
                        self.prelude_call(name, &[s.value(), list])
                    }
                }
            }
        }
    }
}

/// Whether the key is in the set; `None`: ask.
fn has(s: Gc<Set>, k: Value, h: i64) -> Option<bool> {
    match s.find(h, k) {
        Found::At(_) => Some(true),
        Found::Missing => Some(false),
        Found::Ask => None,
    }
}

fn discard_all(s: Gc<Set>, keys: &[(Value, i64)]) -> Option<()> {
    for &(k, h) in keys {
        match s.find(h, k) {
            Found::At(i) => s.remove_at(i),
            Found::Missing => {}
            Found::Ask => return None,
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::config::VmConfig;

    fn set(vm: &mut Vm, items: &[i64]) -> Gc<Set> {
        let s = vm.new_set(false);
        for &i in items {
            s.add(crate::text::hash::i64(i), Value::small(i));
        }
        s
    }

    fn items(v: Value) -> Vec<i64> {
        v.cast::<Set>().map(|s| s.to_vec().iter().filter_map(|&(k, _)| k.as_int()).collect()).unwrap_or_default()
    }

    #[test]
    fn algebra() {
        let mut vm = Vm::bare(VmConfig::default());
        let a = set(&mut vm, &[1, 2, 3]);
        let b = set(&mut vm, &[3, 4]).value();
        for (op, expected) in [
            (SetOp::Or, vec![1, 2, 3, 4]),
            (SetOp::And, vec![3]),
            (SetOp::Sub, vec![1, 2]),
            (SetOp::Xor, vec![1, 2, 4]),
        ] {
            let new = vm.set_op(op, a, b).map(items).unwrap_or_default();
            assert_eq!(new, expected);
            let c = set(&mut vm, &[1, 2, 3]);
            assert!(vm.set_inplace(op, c, b).is_ok());
            assert_eq!(items(c.value()), expected);
        }
        let list = vm.new_list(vec![Value::small(9), Value::small(9), Value::small(1)]);
        // 9 takes the place that 1 left, as in CPython.
        assert_eq!(vm.set_op(SetOp::Xor, a, list).map(items).unwrap_or_default(), [9, 2, 3]);
    }
}
