//! Operators whose operands are not plain numbers: built-in types first, then the special methods of classes with
//! their reflected and in-place forms. Floor 5. Source: the language reference, 3.3.8 "Emulating numeric types".
//!
//! While a special method runs, the operands stay in their registers; the instruction is read again to go on.

use super::Vm;
use super::drive::Act;
use super::native::Res;
use super::thread::Then;
use crate::bytecode::ops::{Instr, Op};
use crate::heap::{Gc, Kind};
use crate::object::class::flag;
use crate::object::{Dict, NativeFn, Str};
use crate::syntax::ast::{BinOp, CmpOp, UnaryOp};
use crate::value::Value;

/// Whether `f`, the method of `a` for `op`, is the built-in concatenation or repetition.
fn is_sequence_slot(op: BinOp, a: Value, f: Value) -> bool {
    use crate::object::View as V;
    matches!(op, BinOp::Add | BinOp::Mul)
        && f.cast::<NativeFn>().is_some()
        && matches!(a.view(), V::Str(_) | V::List(_) | V::Tuple(_) | V::Bytes(_) | V::ByteArray(_))
}

/// The operator of a binary instruction.
pub(super) fn binary_op(op: Op) -> Option<BinOp> {
    Some(match op {
        Op::Add | Op::AddI => BinOp::Add,
        Op::Sub | Op::SubI => BinOp::Sub,
        Op::Mul | Op::MulI => BinOp::Mul,
        Op::Div => BinOp::Div,
        Op::FloorDiv | Op::FloorDivI => BinOp::FloorDiv,
        Op::Mod | Op::ModI => BinOp::Mod,
        Op::Pow => BinOp::Pow,
        Op::MatMul => BinOp::MatMul,
        Op::LShift | Op::LShiftI => BinOp::LShift,
        Op::RShift | Op::RShiftI => BinOp::RShift,
        Op::BitAnd | Op::BitAndI => BinOp::BitAnd,
        Op::BitOr | Op::BitOrI => BinOp::BitOr,
        Op::BitXor | Op::BitXorI => BinOp::BitXor,
        _ => return None,
    })
}

/// The operator of a comparing instruction, and whether it is a fused jump.
pub(super) fn compare_op(op: Op) -> Option<(CmpOp, bool)> {
    Some(match op {
        Op::Lt => (CmpOp::Lt, false),
        Op::Le => (CmpOp::LtE, false),
        Op::Eq => (CmpOp::Eq, false),
        Op::Ne => (CmpOp::NotEq, false),
        Op::Gt => (CmpOp::Gt, false),
        Op::Ge => (CmpOp::GtE, false),
        Op::JumpLt | Op::JumpLtI => (CmpOp::Lt, true),
        Op::JumpLe | Op::JumpLeI => (CmpOp::LtE, true),
        Op::JumpEq | Op::JumpEqI => (CmpOp::Eq, true),
        Op::JumpNe | Op::JumpNeI => (CmpOp::NotEq, true),
        Op::JumpGt | Op::JumpGtI => (CmpOp::Gt, true),
        Op::JumpGe | Op::JumpGeI => (CmpOp::GtE, true),
        _ => return None,
    })
}

/// The operator's sign in messages.
fn symbol(op: BinOp) -> &'static str {
    match op {
        BinOp::Add => "+",
        BinOp::Sub => "-",
        BinOp::Mul => "*",
        BinOp::Div => "/",
        BinOp::FloorDiv => "//",
        BinOp::Mod => "%",
        BinOp::Pow => "** or pow()",
        BinOp::MatMul => "@",
        BinOp::LShift => "<<",
        BinOp::RShift => ">>",
        BinOp::BitAnd => "&",
        BinOp::BitOr => "|",
        BinOp::BitXor => "^",
    }
}

fn compare_symbol(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Lt => "<",
        CmpOp::LtE => "<=",
        CmpOp::Gt => ">",
        CmpOp::GtE => ">=",
        CmpOp::Eq => "==",
        _ => "!=",
    }
}

/// Whether the operators of `v` are those of a built-in layout.
#[inline]
pub(super) fn is_plain(v: Value) -> bool {
    match v.as_object() {
        None => true,
        Some(o) => !o.class().has(flag::HEAP) && !matches!(o.kind(), Kind::Native | Kind::Instance),
    }
}

fn is_sequence(v: Value) -> bool {
    use crate::object::View as V;
    matches!(v.view(), V::Str(_) | V::List(_) | V::Tuple(_) | V::Bytes(_) | V::ByteArray(_))
}

impl Vm {
    /// Names of an operator's method, reflected method and in-place method.
    fn binary_names(&self, op: BinOp) -> (Gc<Str>, Gc<Str>, Gc<Str>) {
        let n = &self.names;
        match op {
            BinOp::Add => (n.add, n.radd, n.iadd),
            BinOp::Sub => (n.sub, n.rsub, n.isub),
            BinOp::Mul => (n.mul, n.rmul, n.imul),
            BinOp::Div => (n.truediv, n.rtruediv, n.itruediv),
            BinOp::FloorDiv => (n.floordiv, n.rfloordiv, n.ifloordiv),
            BinOp::Mod => (n.mod_, n.rmod, n.imod),
            BinOp::Pow => (n.pow, n.rpow, n.ipow),
            BinOp::MatMul => (n.matmul, n.rmatmul, n.imatmul),
            BinOp::LShift => (n.lshift, n.rlshift, n.ilshift),
            BinOp::RShift => (n.rshift, n.rrshift, n.irshift),
            BinOp::BitAnd => (n.and, n.rand, n.iand),
            BinOp::BitOr => (n.or, n.ror, n.ior),
            BinOp::BitXor => (n.xor, n.rxor, n.ixor),
        }
    }

    /// The operands of a binary or comparing instruction of the topmost frame.
    fn operands(&self, i: Instr) -> (Value, Value) {
        let roles = i.op.roles();
        use crate::bytecode::ops::Role;
        let imm = |x: u16| Value::small(x as i16 as i64);
        if compare_op(i.op).is_some_and(|(_, jump)| jump) {
            let b = if roles[1] == Role::Imm { imm(i.b) } else { self.reg(i.b) };
            return (self.reg(i.a), b);
        }
        let c = if roles[2] == Role::Imm { imm(i.c) } else { self.reg(i.c) };
        (self.reg(i.b), c)
    }

    /// A binary instruction whose fast paths failed.
    #[inline(never)]
    pub(super) fn binary_slow(&mut self, i: Instr) -> Act {
        let Some(op) = binary_op(i.op) else { return Act::Run };
        let (a, b) = self.operands(i);
        if op == BinOp::Add
            && let (Some(s), Some(t)) = (self.exact_str(a), self.exact_str(b))
        {
            self.specialise(|op| if op == Op::Add { Op::AddStr } else { op });
            let r = self.str_concat(s, t);
            return self.after(r, Then::Store, i.a);
        }
        if is_plain(a) && is_plain(b) {
            if i.x == 1 {
                match self.pure_inplace(op, a, b) {
                    Ok(Value::NOT_IMPLEMENTED) => {}
                    r => return self.after(r, Then::Store, i.a),
                }
            }
            return match self.pure_binary(op, a, b) {
                Ok(Value::NOT_IMPLEMENTED) => self.unsupported(op, i.x == 1, a, b),
                r => self.after(r, Then::Store, i.a),
            };
        }
        if i.x == 1 {
            let (_, _, iname) = self.binary_names(op);
            if let Some(f) = self.special(a, iname) {
                return self.call_special(f, a, &[b], Then::InPlace, i.a);
            }
        }
        self.binary_methods(op, a, b, i.a)
    }

    /// Asks the operands' classes, left first unless the right one's is a subclass with an own reflected method.
    fn binary_methods(&mut self, op: BinOp, a: Value, b: Value, dst: u16) -> Act {
        let (name, rname, _) = self.binary_names(op);
        let (ca, cb) = (self.class_of(a), self.class_of(b));
        if ca != cb && cb.is_subclass(ca) {
            let theirs = self.lookup_class(cb, rname);
            if theirs.is_some()
                && theirs != self.lookup_class(ca, rname)
                && let Some(f) = theirs
            {
                return self.call_special(f, b, &[a], Then::BinaryRightFirst, dst);
            }
        }
        match self.lookup_class(ca, name) {
            // Sequences concatenate and repeat by slots that CPython asks after those of numbers.
            Some(f) if is_sequence_slot(op, a, f) => self.binary_right(op, a, b, dst),
            Some(f) => self.call_special(f, a, &[b], Then::BinaryLeft, dst),
            None => self.binary_right(op, a, b, dst),
        }
    }

    fn binary_right(&mut self, op: BinOp, a: Value, b: Value, dst: u16) -> Act {
        let (_, rname, _) = self.binary_names(op);
        let (ca, cb) = (self.class_of(a), self.class_of(b));
        if ca != cb
            && let Some(f) = self.lookup_class(cb, rname)
        {
            return self.call_special(f, b, &[a], Then::BinaryRight, dst);
        }
        self.binary_last(op, a, b, dst)
    }

    /// No method knew: sequences concatenate and repeat by their own slots in CPython; then it is an error.
    fn binary_last(&mut self, op: BinOp, a: Value, b: Value, dst: u16) -> Act {
        match self.pure_binary(op, a, b) {
            Ok(Value::NOT_IMPLEMENTED) => {
                let inplace = self.current_instr().x == 1;
                self.unsupported(op, inplace, a, b)
            }
            r => self.after(r, Then::Store, dst),
        }
    }

    /// A special method of a binary operator gave `value`.
    pub(super) fn binary_result(&mut self, then: Then, dst: u16, value: Value) -> Act {
        if value != Value::NOT_IMPLEMENTED {
            self.set_reg(dst, value);
            return Act::Run;
        }
        let i = self.current_instr();
        let Some(op) = binary_op(i.op) else { return Act::Run };
        let (a, b) = self.operands(i);
        match then {
            Then::InPlace => self.binary_methods(op, a, b, dst),
            Then::BinaryRightFirst => {
                let (name, _, _) = self.binary_names(op);
                match self.special(a, name) {
                    Some(f) => self.call_special(f, a, &[b], Then::BinaryRight, dst),
                    None => self.binary_last(op, a, b, dst),
                }
            }
            Then::BinaryLeft => self.binary_right(op, a, b, dst),
            _ => self.binary_last(op, a, b, dst),
        }
    }

    #[cold]
    fn unsupported(&mut self, op: BinOp, inplace: bool, a: Value, b: Value) -> Act {
        let message = self.unsupported_message(op, inplace, a, b);
        self.raise_act(|vm| vm.type_error(message))
    }

    /// CPython's words for operands that an operator does not take.
    pub fn unsupported_message(&mut self, op: BinOp, inplace: bool, a: Value, b: Value) -> String {
        let sign = match (op, inplace) {
            (BinOp::Pow, true) => "**=".to_owned(),
            (_, true) => format!("{}=", symbol(op)),
            _ => symbol(op).to_owned(),
        };
        let (na, nb) = (self.class_name(a), self.class_name(b));
        let text = |v: Value| v.cast::<Str>().is_some();
        if op == BinOp::Add {
            // Sequences answer for themselves.
            if text(a) {
                return format!("can only concatenate str (not \"{nb}\") to str");
            }
            let own = match a.view() {
                crate::object::View::List(_) => Some("list"),
                crate::object::View::Tuple(_) => Some("tuple"),
                _ => None,
            };
            if let Some(own) = own {
                return format!("can only concatenate {own} (not \"{nb}\") to {own}");
            }
            if matches!(a.view(), crate::object::View::Bytes(_) | crate::object::View::ByteArray(_)) {
                return format!("can't concat {nb} to {na}");
            }
        }
        if op == BinOp::Mul {
            if is_sequence(a) {
                return format!("can't multiply sequence by non-int of type '{nb}'");
            }
            if is_sequence(b) {
                return format!("can't multiply sequence by non-int of type '{na}'");
            }
        }
        // As in Python 2.
        let print = a.cast::<NativeFn>().is_some_and(|f| self.natives[f.id as usize].def.name() == "print");
        let hint =
            if print && sign == ">>" { ". Did you mean \"print(<message>, file=<output_stream>)\"?" } else { "" };
        format!("unsupported operand type(s) for {sign}: '{na}' and '{nb}'{hint}")
    }

    /// A unary instruction whose fast paths failed.
    #[inline(never)]
    pub(super) fn unary_slow(&mut self, i: Instr) -> Act {
        let v = self.reg(i.b);
        let (op, name, sign) = match i.op {
            Op::Neg => (UnaryOp::Minus, self.names.neg, "-"),
            Op::Pos => (UnaryOp::Plus, self.names.pos, "+"),
            _ => (UnaryOp::Invert, self.names.invert, "~"),
        };
        if op == UnaryOp::Invert && v.as_bool().is_some() {
            let r: Res = self.prelude_call("invert_bool", &[v]);
            return self.after(r, Then::Store, i.a);
        }
        if is_plain(v) {
            match self.pure_unary(op, v) {
                Ok(Value::NOT_IMPLEMENTED) => {}
                r => return self.after(r, Then::Store, i.a),
            }
        } else if let Some(f) = self.special(v, name) {
            return self.call_special(f, v, &[], Then::Store, i.a);
        }
        let message = format!("bad operand type for unary {sign}: '{}'", self.class_name(v));
        self.raise_act(|vm| vm.type_error(message))
    }

    fn compare_names(&self, op: CmpOp) -> (Gc<Str>, Gc<Str>) {
        let n = &self.names;
        match op {
            CmpOp::Lt => (n.lt, n.gt),
            CmpOp::LtE => (n.le, n.ge),
            CmpOp::Gt => (n.gt, n.lt),
            CmpOp::GtE => (n.ge, n.le),
            CmpOp::Eq => (n.eq, n.eq),
            _ => (n.ne, n.ne),
        }
    }

    /// A comparing instruction whose fast paths failed.
    #[inline(never)]
    pub(super) fn compare_slow(&mut self, i: Instr) -> Act {
        let Some((op, _)) = compare_op(i.op) else { return Act::Run };
        let (a, b) = self.operands(i);
        if matches!(op, CmpOp::Eq | CmpOp::NotEq)
            && let (Some(s), Some(t)) = (a.cast::<Str>(), b.cast::<Str>())
            && (s.class(), t.class()) == (self.types.str_, self.types.str_)
        {
            return self.compare_store(i, Value::bool(s.same_text(t) == (op == CmpOp::Eq)));
        }
        if is_plain(a) && is_plain(b) {
            return match self.pure_compare(op, a, b) {
                Ok(Value::NOT_IMPLEMENTED) => self.compare_last(op, a, b, i),
                Ok(v) => self.compare_store(i, v),
                // The answer of the language: any object, whose truth a jump needs.
                Err(c) => self.control(c, Then::CompareRight, i.a, None),
            };
        }
        let (name, rname) = self.compare_names(op);
        let (ca, cb) = (self.class_of(a), self.class_of(b));
        if ca != cb
            && cb.is_subclass(ca)
            && let Some(f) = self.lookup_class(cb, rname)
        {
            return self.call_special(f, b, &[a], Then::CompareRightFirst, i.a);
        }
        match self.lookup_class(ca, name) {
            Some(f) => self.call_special(f, a, &[b], Then::CompareLeft, i.a),
            None => self.compare_right(op, a, b, i),
        }
    }

    fn compare_right(&mut self, op: CmpOp, a: Value, b: Value, i: Instr) -> Act {
        let (_, rname) = self.compare_names(op);
        match self.special(b, rname) {
            Some(f) => self.call_special(f, b, &[a], Then::CompareRight, i.a),
            None => self.compare_last(op, a, b, i),
        }
    }

    fn compare_last(&mut self, op: CmpOp, a: Value, b: Value, i: Instr) -> Act {
        match op {
            CmpOp::Eq => self.compare_store(i, Value::bool(a == b)),
            CmpOp::NotEq => self.compare_store(i, Value::bool(a != b)),
            _ => {
                let message = self.not_ordered_message(op, a, b);
                self.raise_act(|vm| vm.type_error(message))
            }
        }
    }

    /// CPython's words for operands without an order.
    pub fn not_ordered_message(&mut self, op: CmpOp, a: Value, b: Value) -> String {
        format!(
            "'{}' not supported between instances of '{}' and '{}'",
            compare_symbol(op),
            self.class_name(a),
            self.class_name(b)
        )
    }

    fn compare_store(&mut self, i: Instr, value: Value) -> Act {
        if compare_op(i.op).is_some_and(|(_, jump)| jump) {
            return self.truth_then(value, Then::Jump, 0);
        }
        self.set_reg(i.a, value);
        Act::Run
    }

    /// A special method of a comparison gave `value`.
    pub(super) fn compare_result(&mut self, then: Then, _dst: u16, value: Value) -> Act {
        let i = self.current_instr();
        if value != Value::NOT_IMPLEMENTED {
            return self.compare_store(i, value);
        }
        let Some((op, _)) = compare_op(i.op) else { return Act::Run };
        let (a, b) = self.operands(i);
        match then {
            Then::CompareRightFirst => {
                let (name, _) = self.compare_names(op);
                match self.special(a, name) {
                    Some(f) => self.call_special(f, a, &[b], Then::CompareRight, i.a),
                    None => self.compare_last(op, a, b, i),
                }
            }
            Then::CompareLeft => self.compare_right(op, a, b, i),
            _ => self.compare_last(op, a, b, i),
        }
    }

    /// `In` and `NotIn`.
    #[inline(never)]
    pub(super) fn contains_slow(&mut self, i: Instr) -> Act {
        let (item, container) = (self.reg(i.b), self.reg(i.c));
        if !is_plain(container) {
            let name = self.names.contains;
            match self.special(container, name) {
                Some(f) if f.is_none() => {
                    let message = format!("'{}' object is not a container", self.class_name(container));
                    return self.raise_act(|vm| vm.type_error(message));
                }
                Some(f) => return self.call_special(f, container, &[item], Then::Contains, i.a),
                None => {}
            }
            let r: Res = self.prelude_call("contains_by_iteration", &[container, item]);
            return self.after(r, Then::Contains, i.a);
        }
        let r = self.pure_contains(container, item);
        self.after(r, Then::Contains, i.a)
    }

    pub(super) fn contains_result(&mut self, dst: u16, value: Value) -> Act {
        let i = self.current_instr();
        match self.pure_truth(value) {
            Some(b) => {
                self.set_reg(dst, Value::bool(b == (i.op == Op::In)));
                Act::Run
            }
            None if i.op == Op::In => {
                let r: Res = self.prelude_call("_coerce_truth", &[value]);
                self.after(r, Then::Store, dst)
            }
            None => self.truth_then(value, Then::Not, dst),
        }
    }

    /// `GetItem` and its kin whose fast paths failed.
    #[inline(never)]
    pub(super) fn getitem_slow(&mut self, obj: Value, key: Value, dst: u16) -> Act {
        if let Some(d) = obj.cast::<Dict>()
            && d.class() == self.types.dict
            && let Some(value) = self.dict_find(d, key)
        {
            return self.give(Then::Store, dst, value);
        }
        if !is_plain(obj) {
            let name = self.names.getitem;
            if let Some(f) = self.special(obj, name) {
                return self.call_special(f, obj, &[key], Then::Store, dst);
            }
        } else if let Some(class) = obj.cast::<crate::object::Class>() {
            return self.class_getitem(class, key, dst);
        }
        let r = self.pure_getitem(obj, key);
        self.after(r, Then::Store, dst)
    }

    fn class_getitem(&mut self, class: Gc<crate::object::Class>, key: Value, dst: u16) -> Act {
        let (getitem, name) = (self.names.getitem, self.names.class_getitem);
        if let Some(f) = self.lookup_class(class.class(), getitem) {
            return self.call_special(f, class.value(), &[key], Then::Store, dst);
        }
        match self.lookup_class(class, name) {
            Some(f) => match self.bind(f, None, class) {
                super::binding::Attr::Value(f) => self.call_values(f, &[key], Then::Store, dst),
                _ => Act::Run,
            },
            None => {
                if class == self.types.type_ {
                    let r = self.generic_alias(class.value(), key);
                    return self.after(r, Then::Store, dst);
                }
                let message = format!("type '{}' is not subscriptable", class.name_str());
                self.raise_act(|vm| vm.type_error(message))
            }
        }
    }

    /// `SetItem` and its kin whose fast paths failed.
    #[inline(never)]
    pub(super) fn setitem_slow(&mut self, obj: Value, key: Value, value: Value) -> Act {
        if !is_plain(obj) {
            let name = self.names.setitem;
            if let Some(f) = self.special(obj, name) {
                return self.call_special(f, obj, &[key, value], Then::Discard, 0);
            }
        }
        match self.pure_setitem(obj, key, value) {
            Ok(()) => Act::Run,
            Err(c) => self.control(c, Then::Discard, 0, None),
        }
    }

    #[inline(never)]
    pub(super) fn delitem_slow(&mut self, obj: Value, key: Value) -> Act {
        if !is_plain(obj) {
            let name = self.names.delitem;
            if let Some(f) = self.special(obj, name) {
                return self.call_special(f, obj, &[key], Then::Discard, 0);
            }
        }
        match self.pure_delitem(obj, key) {
            Ok(()) => Act::Run,
            Err(c) => self.control(c, Then::Discard, 0, None),
        }
    }
}
