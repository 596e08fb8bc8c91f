//! Operations of `dict` and `set` that look one key up. Floor 5.
//!
//! Where hashing and comparing need no code of the language they are done at once. Otherwise a machine goes on: it calls
//! `hash(key)` and `candidate == key` and does everything between these calls in one step, so that no other thread sees
//! a table half changed. As in CPython the search begins anew when the candidate is gone after its comparison.
//!
//! Invariant: between the last comparison and the effect nothing else runs.

use crate::heap::{Gc, Kind};
use crate::object::class::flag;
use crate::object::pure::{Hash, pure_hash};
use crate::object::{Dict, Found, Set, Str, View};
use crate::value::Value;
use crate::vm::native::{CallReq, Resume, Step};
use crate::vm::{Ctl, Res, Vm};

/// What to do with the key that was looked up.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum KeyOp {
    /// `d[k]`, `__missing__` included.
    Get,
    /// `d.get(k, extra)`; with `Undef` as `extra` a missing key gives `Undef`.
    GetOr,
    /// `k in d`, `k in s`.
    Contains,
    /// `d[k] = extra`, `s.add(k)`.
    Set,
    /// `d.setdefault(k, extra)`.
    SetDefault,
    /// `del d[k]`, `s.remove(k)`.
    Del,
    /// `d.pop(k[, extra])`, `s.discard(k)`: gives `extra`, or a KeyError where that is `Undef`.
    Pop,
    /// `d[k] = extra`, but only if `k` is new: the result says whether it was.
    SetNew,
}

const OPS: [KeyOp; 8] =
    [KeyOp::Get, KeyOp::GetOr, KeyOp::Contains, KeyOp::Set, KeyOp::SetDefault, KeyOp::Del, KeyOp::Pop, KeyOp::SetNew];

/// A dict or a set.
#[derive(Clone, Copy)]
enum Table {
    Dict(Gc<Dict>),
    Set(Gc<Set>),
}

impl Table {
    #[inline]
    fn of(v: Value) -> Option<Table> {
        match v.cast::<Dict>() {
            Some(d) => Some(Table::Dict(d)),
            None => v.cast::<Set>().map(Table::Set),
        }
    }

    #[inline]
    fn find(self, hash: i64, key: Value) -> Found {
        match self {
            Table::Dict(d) => d.find(hash, key),
            Table::Set(s) => s.find(hash, key),
        }
    }

    /// The candidates for `hash` in the order in which they are compared.
    fn candidates(self, hash: i64) -> Vec<usize> {
        match self {
            Table::Dict(d) => d.candidates(hash),
            Table::Set(s) => s.candidates(hash),
        }
    }

    fn key_at(self, i: usize) -> Option<Value> {
        match self {
            Table::Dict(d) => d.entry(i).map(|e| e.key),
            Table::Set(s) => s.key_at(i),
        }
    }
}

// Registers of the machine.
const TABLE: usize = 0;
const KEY: usize = 1;
const EXTRA: usize = 2;
const HASH: usize = 3;
const OP: usize = 4;
const CANDIDATE: usize = 5;
const AT: usize = 6;

// Its states.
const HASHING: u32 = 1;
const COMPARING: u32 = 2;
const LAST_CALL: u32 = 3;

/// Whether `key` is in a dict or set, and where, if no code of the language is needed to say so.
#[inline]
fn find_purely(t: Table, key: Value) -> Option<(i64, Option<usize>)> {
    let Hash::Is(hash) = pure_hash(key) else { return None };
    match t.find(hash, key) {
        Found::At(i) => Some((hash, Some(i))),
        Found::Missing => Some((hash, None)),
        Found::Ask => None,
    }
}

impl Vm {
    /// `d.get(key, default)`.
    pub fn dict_get(&mut self, d: Gc<Dict>, key: Value, default: Value) -> Res {
        match find_purely(Table::Dict(d), key) {
            Some((_, Some(i))) => Ok(d.value_at(i)),
            Some((_, None)) => Ok(default),
            None => self.keyed(KeyOp::GetOr, d.value(), key, default),
        }
    }

    /// The value under a key, if it is there and no code of the language is needed to find it.
    pub fn dict_find(&self, d: Gc<Dict>, key: Value) -> Option<Value> {
        let (_, at) = find_purely(Table::Dict(d), key)?;
        at.map(|i| d.value_at(i))
    }

    /// `item in obj` of dicts, sets and texts, if no code of the language is needed and nothing is wrong.
    #[inline]
    pub fn quick_contains(&self, obj: Value, item: Value) -> Option<bool> {
        let o = obj.as_object()?;
        if o.class().has(flag::HEAP) {
            return None;
        }
        let found = match o.kind() {
            Kind::Dict => find_purely(Table::Dict(obj.cast::<Dict>()?), item)?.1,
            Kind::Set => find_purely(Table::Set(obj.cast::<Set>()?), item)?.1,
            Kind::Str => {
                let (s, sub) = (obj.cast::<Str>()?, item.cast::<Str>()?);
                return Some(crate::text::search::contains(s.as_str(), sub.as_str()));
            }
            _ => return None,
        };
        Some(found.is_some())
    }

    /// `table[key] = value` of a dict, `table.add(key)` of a set, if no code of the language is needed and nothing is wrong.
    #[inline]
    pub fn quick_put(&mut self, table: Value, key: Value, value: Value) -> bool {
        let Some(t) = Table::of(table) else { return false };
        let Some((hash, at)) = find_purely(t, key) else { return false };
        let grown = match (t, at) {
            (Table::Dict(d), Some(at)) => {
                d.set_at(at, value);
                0
            }
            (Table::Dict(d), None) => d.insert_new(hash, key, value),
            (Table::Set(_), Some(_)) => 0,
            (Table::Set(s), None) => s.insert_new(hash, key),
        };
        if grown > 0 {
            self.heap.charge(grown);
        }
        true
    }

    /// Looks `key` up in a dict or set and does `op`. Errors: `unhashable type`, KeyError.
    pub fn keyed(&mut self, op: KeyOp, table: Value, key: Value, extra: Value) -> Res {
        let Some(t) = Table::of(table) else { return Err(self.system_error("a dict or set is expected")) };
        if let Some((hash, at)) = find_purely(t, key) {
            return self.key_effect(op, t, key, hash, extra, at);
        }
        match self.key_hash(op, t, key)? {
            None => self.enter(step, &[table, key, extra, Value::UNDEF, op_value(op), Value::NONE, Value::small(-1)]),
            Some(hash) => self.keyed_hashed(op, table, key, extra, hash),
        }
    }

    /// The same with a hash that another table remembers: a key is not asked for it again.
    pub fn keyed_hashed(&mut self, op: KeyOp, table: Value, key: Value, extra: Value, hash: i64) -> Res {
        let Some(t) = Table::of(table) else { return Err(self.system_error("a dict or set is expected")) };
        match t.find(hash, key) {
            Found::At(i) => self.key_effect(op, t, key, hash, extra, Some(i)),
            Found::Missing => self.key_effect(op, t, key, hash, extra, None),
            Found::Ask => {
                let hash = self.new_int(hash);
                self.enter(step, &[table, key, extra, hash, op_value(op), Value::NONE, Value::small(-1)])
            }
        }
    }

    /// The hash of a key. In `x in s`, `s.remove(x)`, `s.discard(x)` a set counts as the frozenset of its items.
    fn key_hash(&mut self, op: KeyOp, t: Table, key: Value) -> Res<Option<i64>> {
        if let (Table::Set(_), KeyOp::Contains | KeyOp::Del | KeyOp::Pop, View::Set(s)) = (t, op, key.view())
            && !s.is_frozen()
        {
            let hashes: Vec<i64> = s.to_vec().iter().map(|&(_, h)| h).collect();
            return Ok(Some(crate::text::hash::frozenset(hashes)));
        }
        self.hash_of(key)
    }

    /// The effect of `op`: the key is at `at`, or nowhere.
    #[inline]
    fn key_effect(&mut self, op: KeyOp, t: Table, key: Value, hash: i64, extra: Value, at: Option<usize>) -> Res {
        match (t, at) {
            (Table::Dict(d), Some(i)) => {
                let value = d.value_at(i);
                Ok(match op {
                    KeyOp::Get | KeyOp::GetOr | KeyOp::SetDefault => value,
                    KeyOp::Contains => Value::TRUE,
                    KeyOp::Set => {
                        d.set_at(i, extra);
                        Value::NONE
                    }
                    KeyOp::SetNew => Value::FALSE,
                    KeyOp::Del => {
                        d.remove_at(i);
                        Value::NONE
                    }
                    KeyOp::Pop => d.remove_at(i).unwrap_or(Value::NONE),
                })
            }
            (Table::Dict(d), None) => match op {
                KeyOp::Get => self.missing_key(d, key),
                KeyOp::GetOr => Ok(extra),
                KeyOp::Contains => Ok(Value::FALSE),
                KeyOp::Set | KeyOp::SetDefault | KeyOp::SetNew => {
                    let bytes = d.insert_new(hash, key, extra);
                    self.heap.charge(bytes);
                    Ok(match op {
                        KeyOp::SetDefault => extra,
                        KeyOp::SetNew => Value::TRUE,
                        _ => Value::NONE,
                    })
                }
                KeyOp::Pop if !extra.is_undef() => Ok(extra),
                KeyOp::Del | KeyOp::Pop => Err(self.key_error(key)),
            },
            (Table::Set(s), Some(i)) => Ok(match op {
                KeyOp::Del | KeyOp::Pop => {
                    s.remove_at(i);
                    Value::NONE
                }
                KeyOp::Contains => Value::TRUE,
                KeyOp::SetNew => Value::FALSE,
                _ => Value::NONE,
            }),
            (Table::Set(s), None) => match op {
                KeyOp::Set | KeyOp::SetNew | KeyOp::SetDefault => {
                    let bytes = s.insert_new(hash, key);
                    self.heap.charge(bytes);
                    Ok(if op == KeyOp::SetNew { Value::TRUE } else { Value::NONE })
                }
                KeyOp::Contains => Ok(Value::FALSE),
                KeyOp::Pop if !extra.is_undef() => Ok(extra),
                _ => Err(self.key_error(key)),
            },
        }
    }

    /// `d[key]` where there is no such key: `__missing__` of a subclass, or KeyError.
    #[cold]
    fn missing_key(&mut self, d: Gc<Dict>, key: Value) -> Res {
        if d.class() != self.types.dict {
            let name = self.names.missing;
            if let Some(req) = self.special_call(d.value(), name, &[key]) {
                return Err(Ctl::Call(Box::new(req)));
            }
        }
        Err(self.key_error(key))
    }
}

fn op_value(op: KeyOp) -> Value {
    Value::small(op as i64)
}

/// The machine: hashes the key if its hash is `Undef`, then compares candidates.
fn step(vm: &mut Vm, resume: Resume) -> Res<Step> {
    let value = vm.resumed(resume)?;
    let table = vm.mreg(TABLE);
    let key = vm.mreg(KEY);
    let Some(t) = Table::of(table) else { return Ok(Step::Return(Value::NONE)) };
    let op = vm.mreg(OP).as_int().and_then(|i| OPS.get(i as usize).copied()).unwrap_or(KeyOp::Contains);
    match vm.mstate() {
        LAST_CALL => return Ok(Step::Return(value)),
        HASHING => vm.set_mreg(HASH, value),
        COMPARING => {
            let at = vm.mreg(AT).as_int().unwrap_or(-1);
            if t.key_at(at as usize) != Some(vm.mreg(CANDIDATE)) {
                vm.set_mreg(AT, Value::small(-1));
            } else if value == Value::TRUE {
                return effect(vm, op, t, key, Some(at as usize));
            }
        }
        _ => {}
    }
    let Some(hash) = vm.small_int(vm.mreg(HASH)) else {
        vm.set_mstate(HASHING);
        let f = vm.prelude_function("user_hash")?;
        return Ok(Step::Call(CallReq::new(f, &[key])));
    };
    let after = vm.mreg(AT).as_int().unwrap_or(-1);
    let mut seen = after < 0;
    for i in t.candidates(hash) {
        if !seen {
            seen = i as i64 == after;
            continue;
        }
        let Some(candidate) = t.key_at(i) else { continue };
        if candidate == key {
            return effect(vm, op, t, key, Some(i));
        }
        match crate::object::pure::pure_eq(candidate, key) {
            Some(true) => return effect(vm, op, t, key, Some(i)),
            Some(false) => {}
            None => {
                vm.set_mreg(CANDIDATE, candidate);
                vm.set_mreg(AT, Value::small(i as i64));
                vm.set_mstate(COMPARING);
                let f = vm.prelude_function("rich_eq")?;
                return Ok(Step::Call(CallReq::new(f, &[candidate, key])));
            }
        }
    }
    effect(vm, op, t, key, None)
}

/// The effect as the machine's last step.
fn effect(vm: &mut Vm, op: KeyOp, t: Table, key: Value, at: Option<usize>) -> Res<Step> {
    let hash = vm.small_int(vm.mreg(HASH)).unwrap_or(0);
    let extra = vm.mreg(EXTRA);
    match vm.key_effect(op, t, key, hash, extra, at) {
        Ok(v) => Ok(Step::Return(v)),
        Err(Ctl::Call(req)) => {
            vm.set_mstate(LAST_CALL);
            Ok(Step::Call(*req))
        }
        Err(e) => Err(e),
    }
}
