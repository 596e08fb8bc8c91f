//! Comparisons of built-in layouts. Floor 5.
//!
//! Invariant: items of classes that define comparisons in the language are compared by the prelude, never here.

use super::super::native::{NativeDef, function};
use super::super::{Args, Res, Vm};
use crate::heap::Gc;
use crate::object::class::flag;
use crate::object::pure::{Num, pure_eq};
use crate::object::{Dict, Found, List, Record, RecordTag, Set, Tuple, View};
use crate::syntax::ast::CmpOp;
use crate::text::surrogate;
use crate::value::Value;
use std::cmp::Ordering;

fn holds(op: CmpOp, o: Ordering) -> Value {
    Value::bool(match op {
        CmpOp::Lt => o.is_lt(),
        CmpOp::LtE => o.is_le(),
        CmpOp::Gt => o.is_gt(),
        CmpOp::GtE => o.is_ge(),
        CmpOp::NotEq => o.is_ne(),
        _ => o.is_eq(),
    })
}

/// How the prelude names an operator.
fn op_name(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Lt => "<",
        CmpOp::LtE => "<=",
        CmpOp::Gt => ">",
        CmpOp::GtE => ">=",
        CmpOp::NotEq => "!=",
        _ => "==",
    }
}

impl Vm {
    /// `a <op> b` of built-in layouts; `NotImplemented` where the types don't compare that way.
    pub fn pure_compare(&mut self, op: CmpOp, a: Value, b: Value) -> Res {
        if let (Some(x), Some(y)) = (Num::of(a), Num::of(b)) {
            return Ok(match x.cmp(&y) {
                Some(o) => holds(op, o),
                None => Value::bool(op == CmpOp::NotEq),
            });
        }
        let equality = matches!(op, CmpOp::Eq | CmpOp::NotEq);
        match (a.view(), b.view()) {
            (View::Str(x), View::Str(y)) => Ok(if equality {
                Value::bool(x.same_text(y) == (op == CmpOp::Eq))
            } else {
                holds(op, surrogate::cmp(x.as_str(), y.as_str()))
            }),
            (View::Tuple(_), View::Tuple(_)) | (View::List(_), View::List(_)) => self.compare_sequences(op, a, b),
            (View::Bytes(_) | View::ByteArray(_), View::Bytes(_) | View::ByteArray(_)) => {
                match (self.bytes_of(a), self.bytes_of(b)) {
                    (Some(x), Some(y)) => Ok(holds(op, x.cmp(&y))),
                    _ => Ok(Value::NOT_IMPLEMENTED),
                }
            }
            (View::Set(x), View::Set(y)) => self.compare_sets(op, x, y, a, b),
            (View::Dict(x), View::Dict(y)) if equality => self.compare_dicts(op, x, y, a, b),
            (View::Record(r), _) if matches!(r.tag, RecordTag::DictKeys | RecordTag::DictItems) => {
                self.compare_views(op, r, a, b)
            }
            (View::Set(_), View::Record(r)) if matches!(r.tag, RecordTag::DictKeys | RecordTag::DictItems) => {
                let swapped = match op {
                    CmpOp::Lt => CmpOp::Gt,
                    CmpOp::LtE => CmpOp::GtE,
                    CmpOp::Gt => CmpOp::Lt,
                    CmpOp::GtE => CmpOp::LtE,
                    same => same,
                };
                self.compare_views(swapped, r, b, a)
            }
            (View::Record(r), _) if r.tag == RecordTag::MappingProxy && equality => {
                let text = self.new_str(op_name(op));
                self.prelude_call("compare_values", &[text, r.field(0), b])
            }
            (_, View::Record(r)) if r.tag == RecordTag::MappingProxy && equality => {
                let text = self.new_str(op_name(op));
                self.prelude_call("compare_values", &[text, a, r.field(0)])
            }
            (View::Record(x), View::Record(y)) if equality && x.tag == y.tag => self.compare_records(op, x, y, a, b),
            (View::Record(x), View::Record(y)) if x.tag == RecordTag::Slice && y.tag == RecordTag::Slice => {
                let f = |r: Gc<Record>| [r.field(0), r.field(1), r.field(2)];
                let (x, y) = (self.new_tuple(&f(x)), self.new_tuple(&f(y)));
                self.compare_sequences(op, x, y)
            }
            (View::Range(_), View::Range(_))
            | (View::Complex(_), _)
            | (_, View::Complex(_))
            | (View::BoundMethod(_), View::BoundMethod(_))
            | (View::NativeFn(_), View::NativeFn(_))
                if equality =>
            {
                if let (View::Complex(_), _) | (_, View::Complex(_)) = (a.view(), b.view())
                    && (self.complex_like(a).is_none() || self.complex_like(b).is_none())
                {
                    return Ok(Value::NOT_IMPLEMENTED);
                }
                Ok(match pure_eq_plain(a, b) {
                    Some(same) => Value::bool(same == (op == CmpOp::Eq)),
                    None => Value::NOT_IMPLEMENTED,
                })
            }
            _ => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    fn complex_like(&self, v: Value) -> Option<()> {
        (matches!(v.view(), View::Complex(_)) || Num::of(v).is_some()).then_some(())
    }

    /// Lexicographic comparison of two tuples or two lists.
    fn compare_sequences(&mut self, op: CmpOp, a: Value, b: Value) -> Res {
        let len = |v: Value| match v.view() {
            View::Tuple(t) => t.len(),
            View::List(l) => l.len(),
            _ => 0,
        };
        let (n, m) = (len(a), len(b));
        if n != m && matches!(op, CmpOp::Eq | CmpOp::NotEq) {
            return Ok(Value::bool(op == CmpOp::NotEq));
        }
        for i in 0..n.min(m) {
            let (Some(x), Some(y)) = (item(a, i), item(b, i)) else { break };
            if x == y && !x.is_flonum() {
                continue;
            }
            match pure_eq(x, y) {
                Some(true) => continue,
                Some(false) if op == CmpOp::Eq => return Ok(Value::FALSE),
                Some(false) if op == CmpOp::NotEq => return Ok(Value::TRUE),
                Some(false) if !user_order(x) && !user_order(y) => match self.pure_compare(op, x, y)? {
                    Value::NOT_IMPLEMENTED => {}
                    v => return Ok(v),
                },
                _ => {}
            }
            let text = self.new_str(op_name(op));
            return self.prelude_call("compare_sequences", &[text, a, b, Value::small(i as i64)]);
        }
        Ok(holds(op, n.cmp(&m)))
    }

    fn compare_dicts(&mut self, op: CmpOp, x: Gc<Dict>, y: Gc<Dict>, a: Value, b: Value) -> Res {
        let yes = Value::bool(op == CmpOp::Eq);
        let no = Value::bool(op != CmpOp::Eq);
        if x.len() != y.len() {
            return Ok(no);
        }
        for e in x.to_vec() {
            match y.find(e.hash, e.key) {
                Found::At(i) => {
                    let Some(other) = y.entry(i).map(|o| o.value) else { return Ok(no) };
                    if e.value == other && !other.is_flonum() {
                        continue;
                    }
                    match pure_eq(e.value, other) {
                        Some(true) => continue,
                        Some(false) => return Ok(no),
                        None => {}
                    }
                }
                Found::Missing => return Ok(no),
                Found::Ask => {}
            }
            return self.prelude_call("compare_dicts", &[Value::bool(op == CmpOp::Eq), a, b]);
        }
        Ok(yes)
    }

    fn compare_sets(&mut self, op: CmpOp, x: Gc<Set>, y: Gc<Set>, a: Value, b: Value) -> Res {
        let (n, m) = (x.len(), y.len());
        let answer = match op {
            CmpOp::Eq | CmpOp::NotEq => {
                if n != m {
                    return Ok(Value::bool(op == CmpOp::NotEq));
                }
                is_subset(x, y).map(|same| same == (op == CmpOp::Eq))
            }
            CmpOp::LtE if n > m => Some(false),
            CmpOp::Lt if n >= m => Some(false),
            CmpOp::GtE if n < m => Some(false),
            CmpOp::Gt if n <= m => Some(false),
            CmpOp::LtE | CmpOp::Lt => is_subset(x, y),
            _ => is_subset(y, x),
        };
        match answer {
            Some(v) => Ok(Value::bool(v)),
            None => {
                let text = self.new_str(op_name(op));
                self.prelude_call("compare_sets", &[text, a, b])
            }
        }
    }

    /// `d.keys() == other` and kin: sets, frozensets and other views compare with views.
    fn compare_views(&mut self, op: CmpOp, _: Gc<Record>, a: Value, b: Value) -> Res {
        let comparable = match b.view() {
            View::Set(_) => true,
            View::Record(r) => matches!(r.tag, RecordTag::DictKeys | RecordTag::DictItems),
            _ => false,
        };
        if !comparable {
            return Ok(Value::NOT_IMPLEMENTED);
        }
        let text = self.new_str(op_name(op));
        self.prelude_call("compare_views", &[text, a, b])
    }

    fn compare_records(&mut self, op: CmpOp, x: Gc<Record>, y: Gc<Record>, _: Value, _: Value) -> Res {
        let equal = op == CmpOp::Eq;
        if x == y {
            return Ok(Value::bool(equal));
        }
        match x.tag {
            RecordTag::Slice => {
                let f = |r: Gc<Record>| [r.field(0), r.field(1), r.field(2)];
                let (x, y) = (self.new_tuple(&f(x)), self.new_tuple(&f(y)));
                self.compare_sequences(op, x, y)
            }
            RecordTag::Union => {
                // In any order.
                let members = |r: Gc<Record>| r.field(0).cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec());
                let (p, q) = (members(x), members(y));
                let has = |list: &[Value], v: Value| list.iter().any(|&w| v == w || pure_eq(v, w) == Some(true));
                if p.iter().all(|&v| has(&q, v)) && q.iter().all(|&v| has(&p, v)) {
                    return Ok(Value::bool(equal));
                }
                self.prelude_call(if equal { "union_eq" } else { "union_ne" }, &[x.value(), y.value()])
            }
            RecordTag::GenericAlias if x.field(3) != y.field(3) => Ok(Value::bool(!equal)),
            RecordTag::GenericAlias => {
                let (x, y) = (self.new_tuple(&[x.field(0), x.field(1)]), self.new_tuple(&[y.field(0), y.field(1)]));
                self.compare_sequences(op, x, y)
            }
            _ => Ok(Value::NOT_IMPLEMENTED),
        }
    }
}

/// Whether all keys of `x` are in `y`; `None` where the language must compare.
fn is_subset(x: Gc<Set>, y: Gc<Set>) -> Option<bool> {
    for (key, hash) in x.to_vec() {
        match y.find(hash, key) {
            Found::At(_) => {}
            Found::Missing => return Some(false),
            Found::Ask => return None,
        }
    }
    Some(true)
}

fn item(v: Value, i: usize) -> Option<Value> {
    match v.view() {
        View::Tuple(t) => t.items().get(i).copied(),
        View::List(l) => l.get(i),
        _ => None,
    }
}

fn user_order(v: Value) -> bool {
    v.as_object().is_some_and(|o| o.class().flags.get() & (flag::USER_EQ | flag::USER_ORD) != 0)
}

/// `pure_eq` by layout alone: for `complex.__eq__` and kin, whose receivers may be of any subclass.
fn pure_eq_plain(a: Value, b: Value) -> Option<bool> {
    match (a.view(), b.view()) {
        (View::Complex(x), View::Complex(y)) => Some(x.re == y.re && x.im == y.im),
        (View::Complex(x), _) | (_, View::Complex(x)) => {
            let other = if matches!(a.view(), View::Complex(_)) { b } else { a };
            let n = Num::of(other)?;
            Some(x.im == 0.0 && n.cmp(&Num::Float(x.re)) == Some(Ordering::Equal))
        }
        _ => pure_eq(a, b),
    }
}

/// Natives that only prelude code sees.
pub const INTRINSICS: &[NativeDef] = &[
    function("_seq_len(seq, /)", "Length of a list or tuple, whatever its class says.", seq_len),
    function("_seq_at(seq, index, /)", "An item of a list or tuple, whatever its class says.", seq_at),
    function("_dict_pairs(d, /)", "A list of the pairs of a dict, whatever its class says.", dict_pairs),
    function("_plain_items(s, /)", "A list of the items of a set, whatever its class says.", plain_items),
];

fn seq_len(_: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(match args[0].view() {
        View::Tuple(t) => t.len() as i64,
        View::List(l) => l.len() as i64,
        _ => 0,
    }))
}

fn seq_at(vm: &mut Vm, args: Args<'_>) -> Res {
    let i = vm.index_arg(args, 1)?;
    match usize::try_from(i).ok().and_then(|i| item(args[0], i)) {
        Some(v) => Ok(v),
        None => Err(vm.index_error("list index out of range")),
    }
}

fn dict_pairs(vm: &mut Vm, args: Args<'_>) -> Res {
    let entries = args[0].cast::<Dict>().map_or(Vec::new(), |d| d.to_vec());
    let pairs = entries.iter().map(|e| vm.new_tuple(&[e.key, e.value])).collect();
    Ok(vm.new_list(pairs))
}

fn plain_items(vm: &mut Vm, args: Args<'_>) -> Res {
    let items = match args[0].view() {
        View::Set(s) => s.to_vec().iter().map(|&(k, _)| k).collect(),
        View::Tuple(t) => t.items().to_vec(),
        _ => args[0].cast::<List>().map_or(Vec::new(), |l| l.to_vec()),
    };
    Ok(vm.new_list(items))
}
