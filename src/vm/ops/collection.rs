//! Operators of lists, tuples, sets, dicts, their views, and of classes (`X | Y`). Floor 5.

use super::super::{Res, Vm};
use super::SetOp;
use crate::heap::Gc;
use crate::object::pure::pure_eq;
use crate::object::{Dict, Found, Record, RecordTag, Tuple, View};
use crate::syntax::ast::BinOp;
use crate::value::Value;

fn set_op_of(op: BinOp) -> Option<SetOp> {
    Some(match op {
        BinOp::BitOr => SetOp::Or,
        BinOp::BitAnd => SetOp::And,
        BinOp::Sub => SetOp::Sub,
        BinOp::BitXor => SetOp::Xor,
        _ => return None,
    })
}

/// The dict whose keys or items a view shows.
fn set_view(v: Value) -> Option<Gc<Record>> {
    match v.view() {
        View::Record(r) if matches!(r.tag, RecordTag::DictKeys | RecordTag::DictItems) => Some(r),
        _ => None,
    }
}

impl Vm {
    pub(super) fn collection_binary(&mut self, op: BinOp, a: Value, b: Value) -> Res {
        // `n * sequence`
        if op == BinOp::Mul
            && matches!(b.view(), View::Str(_) | View::Bytes(_) | View::ByteArray(_) | View::List(_) | View::Tuple(_))
            && !matches!(a.view(), View::List(_) | View::Tuple(_))
        {
            if !matches!(a.view(), View::Int(_) | View::Bool(_) | View::BigInt(_)) && self.has_mul(a) {
                return Ok(Value::NOT_IMPLEMENTED);
            }
            return self.repeat_sequence(b, a);
        }
        match (a.view(), b.view()) {
            (View::List(_) | View::Tuple(_), _) if op == BinOp::Mul => self.repeat_sequence(a, b),
            (View::List(x), View::List(y)) if op == BinOp::Add => {
                let (x, y) = (x.items.borrow(), y.items.borrow());
                let items = [&x[..], &y[..]].concat();
                drop((x, y));
                Ok(self.new_list(items))
            }
            (View::Tuple(x), View::Tuple(y)) if op == BinOp::Add => {
                if x.is_empty() && y.class() == self.types.tuple {
                    return Ok(b);
                }
                if y.is_empty() && x.class() == self.types.tuple {
                    return Ok(a);
                }
                let items = [x.items(), y.items()].concat();
                Ok(self.new_tuple(&items))
            }
            (View::List(_), _) | (View::Tuple(_), _) if op == BinOp::Add => {
                if self.user_reflected(b, op) {
                    return Ok(Value::NOT_IMPLEMENTED);
                }
                let kind = if matches!(a.view(), View::List(_)) { "list" } else { "tuple" };
                let message = format!("can only concatenate {kind} (not \"{}\") to {kind}", self.class_name(b));
                Err(self.type_error(message))
            }
            (View::Set(x), View::Set(_)) => match set_op_of(op) {
                Some(op) => self.set_op(op, x, b),
                None => Ok(Value::NOT_IMPLEMENTED),
            },
            (View::Dict(x), View::Dict(y)) if op == BinOp::BitOr => {
                let class = x.class();
                let result = self.heap.alloc(Dict::new(class));
                result.copy_from(&x);
                self.update_dict(result, y, result.value())
            }
            _ if set_op_of(op).is_some() && (set_view(a).is_some() || set_view(b).is_some()) => {
                self.view_binary(op, a, b)
            }
            (View::Record(r), _) if r.tag == RecordTag::MappingProxy && op == BinOp::BitOr => {
                self.prelude_call("or_values", &[r.field(0), b])
            }
            (_, View::Record(r)) if r.tag == RecordTag::MappingProxy && op == BinOp::BitOr => {
                self.prelude_call("or_values", &[a, r.field(0)])
            }
            _ if op == BinOp::BitOr && self.in_union(a) && self.in_union(b) && !(a.is_none() && b.is_none()) => {
                Ok(self.union_with(&[a, b]))
            }
            _ => Ok(Value::NOT_IMPLEMENTED),
        }
    }

    fn has_mul(&mut self, a: Value) -> bool {
        let name = self.names.mul;
        a.as_object().is_some() && self.special(a, name).is_some()
    }

    /// Sets of keys or items of dicts: the other operand is any iterable.
    fn view_binary(&mut self, op: BinOp, a: Value, b: Value) -> Res {
        let name = match op {
            BinOp::BitOr => "|",
            BinOp::BitAnd => "&",
            BinOp::Sub => "-",
            _ => "^",
        };
        let text = self.new_str(name);
        self.prelude_call("view_operator", &[text, a, b])
    }

    /// Copies the entries of `y` into `x`; gives `result`.
    fn update_dict(&mut self, x: Gc<Dict>, y: Gc<Dict>, result: Value) -> Res {
        for e in y.to_vec() {
            match x.find(e.hash, e.key) {
                Found::At(i) => x.set_at(i, e.value),
                Found::Missing => {
                    let bytes = x.insert_new(e.hash, e.key, e.value);
                    self.heap.charge(bytes);
                }
                Found::Ask => return self.prelude_call("dict_update", &[x.value(), y.value()]),
            }
        }
        Ok(result)
    }

    /// Whether `v` can be a member of `X | Y`.
    fn in_union(&mut self, v: Value) -> bool {
        match v.view() {
            View::None | View::Class(_) => true,
            View::Record(r) => matches!(r.tag, RecordTag::GenericAlias | RecordTag::Union),
            _ => false,
        }
    }

    /// `X | Y` of types: flat, each member once; `None` where one of them can't be a member.
    pub fn union_of(&mut self, a: Value, b: Value) -> Option<Value> {
        if !self.in_union(a) || !self.in_union(b) {
            return None;
        }
        Some(self.union_with(&[a, b]))
    }

    /// The union of members that were checked.
    pub fn union_with(&mut self, parts: &[Value]) -> Value {
        let mut members: Vec<Value> = Vec::new();
        for &v in parts {
            let parts = match v.view() {
                View::Record(r) if r.tag == RecordTag::Union => {
                    r.field(0).cast::<Tuple>().map_or(Vec::new(), |t| t.items().to_vec())
                }
                View::None => vec![self.types.none.value()],
                _ => vec![v],
            };
            for p in parts {
                let alias = |v: Value| v.cast::<Record>().is_some_and(|r| r.tag == RecordTag::GenericAlias);
                let same = |m: &Value| *m == p || alias(p) && alias(*m) && pure_eq(*m, p) == Some(true);
                if !members.iter().any(same) {
                    members.push(p);
                }
            }
        }
        if let [one] = members[..] {
            return one;
        }
        let members = self.new_tuple(&members);
        let class = self.types.union;
        self.new_record(class, RecordTag::Union, &[members, Value::UNDEF]).value()
    }

    pub(super) fn collection_inplace(&mut self, op: BinOp, a: Value, b: Value) -> Res {
        match (a.view(), op) {
            (View::List(l), BinOp::Add) => {
                let items = match b.view() {
                    View::List(other)
                        if !b.as_object().is_some_and(|o| o.class().has(crate::object::class::flag::USER_ITER)) =>
                    {
                        other.to_vec()
                    }
                    _ => match self.pure_items(b)? {
                        Some(items) => items,
                        None => return self.prelude_call("list_extend", &[a, b]),
                    },
                };
                self.heap.charge(items.len() * 8);
                l.items.borrow_mut().extend_from_slice(&items);
                Ok(a)
            }
            (View::List(l), BinOp::Mul) => match self.repeat_sequence(a, b)? {
                Value::NOT_IMPLEMENTED => Ok(Value::NOT_IMPLEMENTED),
                v => {
                    let items = v.cast::<crate::object::List>().map_or(Vec::new(), |l| l.to_vec());
                    l.items.replace(items);
                    Ok(a)
                }
            },
            (View::ByteArray(x), BinOp::Add) => match self.bytes_of(b) {
                Some(bytes) => {
                    if !bytes.is_empty() {
                        self.resizable(x, "__iadd__", &[b])?;
                    }
                    self.heap.charge(bytes.len());
                    x.bytes.borrow_mut().extend_from_slice(&bytes);
                    Ok(a)
                }
                None => {
                    let message = format!("can't concat {} to {}", self.class_name(b), self.class_name(a));
                    Err(self.type_error(message))
                }
            },
            (View::ByteArray(x), BinOp::Mul) => match self.repeat_sequence(a, b)? {
                Value::NOT_IMPLEMENTED => Ok(Value::NOT_IMPLEMENTED),
                v => {
                    let bytes = self.bytes_of(v).unwrap_or_default();
                    if bytes.len() != x.bytes.borrow().len() {
                        self.resizable(x, "__imul__", &[b])?;
                    }
                    x.bytes.replace(bytes);
                    Ok(a)
                }
            },
            (View::Dict(d), BinOp::BitOr) => match b.view() {
                View::Dict(other) => {
                    if d != other {
                        return self.update_dict(d, other, a);
                    }
                    Ok(a)
                }
                _ => self.prelude_call("dict_update", &[a, b]),
            },
            (View::Set(s), _) if !s.is_frozen() && matches!(b.view(), View::Set(_)) => match set_op_of(op) {
                Some(op) => match self.set_inplace(op, s, b) {
                    Ok(()) => Ok(a),
                    Err(super::super::Ctl::Call(req)) => {
                        let mut args = vec![a, req.callee];
                        args.extend(req.args);
                        self.prelude_call("first_after_call", &args)
                    }
                    Err(e) => Err(e),
                },
                None => Ok(Value::NOT_IMPLEMENTED),
            },
            _ => Ok(Value::NOT_IMPLEMENTED),
        }
    }
}
