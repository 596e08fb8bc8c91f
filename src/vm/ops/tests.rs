use crate::base::config::VmConfig;
use crate::syntax::ast::{BinOp, CmpOp, UnaryOp};
use crate::value::Value;
use crate::vm::{Ctl, Vm};

fn text(vm: &mut Vm, v: Value) -> String {
    let mut out = String::new();
    let _ = vm.pure_repr(v, &mut out);
    out
}

fn binary(vm: &mut Vm, op: BinOp, a: Value, b: Value) -> String {
    match vm.pure_binary(op, a, b) {
        Ok(v) => text(vm, v),
        Err(Ctl::Raise(e)) => {
            let args = e.cast::<crate::object::Exception>().map_or(Value::NONE, |e| e.args.get());
            let first = args.cast::<crate::object::Tuple>().and_then(|t| t.items().first().copied());
            first.map_or(String::new(), |v| text(vm, v))
        }
        Err(_) => "call".to_owned(),
    }
}

#[test]
fn ints_overflow_into_big_ones() {
    let vm = &mut Vm::bare(VmConfig::default());
    let max = vm.new_int(i64::MAX);
    let r = vm.pure_binary(BinOp::Add, max, Value::small(1)).ok().and_then(|v| vm.big_int(v));
    assert_eq!(r.map(|b| b.to_string()), Some("9223372036854775808".into()));
    assert_eq!(binary(vm, BinOp::Pow, Value::small(2), Value::small(10)), "1024");
    assert_eq!(binary(vm, BinOp::Pow, Value::small(2), Value::small(-1)), "0.5");
    assert_eq!(binary(vm, BinOp::FloorDiv, Value::small(-7), Value::small(2)), "-4");
    assert_eq!(binary(vm, BinOp::Mod, Value::small(-7), Value::small(2)), "1");
    assert_eq!(binary(vm, BinOp::Div, Value::small(7), Value::small(2)), "3.5");
    assert_eq!(binary(vm, BinOp::Div, Value::small(7), Value::small(0)), "'division by zero'");
    assert_eq!(binary(vm, BinOp::RShift, Value::small(-1), Value::small(100)), "-1");
    let shifted = vm.pure_binary(BinOp::LShift, Value::small(1), Value::small(80));
    assert!(shifted.is_ok_and(|v| vm.small_int(v).is_none()));
}

#[test]
fn unary_operators() {
    let vm = &mut Vm::bare(VmConfig::default());
    assert_eq!(vm.pure_unary(UnaryOp::Invert, Value::small(5)).ok(), Some(Value::small(-6)));
    assert_eq!(vm.pure_unary(UnaryOp::Minus, Value::TRUE).ok(), Some(Value::small(-1)));
    assert_eq!(vm.pure_unary(UnaryOp::Minus, Value::NONE).ok(), Some(Value::NOT_IMPLEMENTED));
}

#[test]
fn texts_concatenate_and_repeat() {
    let vm = &mut Vm::bare(VmConfig::default());
    let (a, b) = (vm.new_str("ab"), vm.new_str("é"));
    assert_eq!(binary(vm, BinOp::Add, a, b), "'abé'");
    assert_eq!(binary(vm, BinOp::Mul, a, Value::small(3)), "'ababab'");
    assert_eq!(binary(vm, BinOp::Mul, Value::small(2), a), "'abab'");
    let message = binary(vm, BinOp::Add, a, Value::small(3));
    assert!(message.contains("can only concatenate str"), "{message}");
}

#[test]
fn percent_formats() {
    let vm = &mut Vm::bare(VmConfig::default());
    let t = vm.new_str("%05d|%-4s|%.2f|%x|%%");
    let s = vm.new_str("ab");
    let f = vm.new_float(2.5);
    let args = vm.new_tuple(&[Value::small(42), s, f, Value::small(255)]);
    assert_eq!(binary(vm, BinOp::Mod, t, args), "'00042|ab  |2.50|ff|%'");
    let t = vm.new_str("%d %d");
    assert!(binary(vm, BinOp::Mod, t, Value::small(1)).contains("not enough arguments"));
}

#[test]
fn comparisons() {
    let vm = &mut Vm::bare(VmConfig::default());
    let f = vm.new_float(1.0);
    assert_eq!(vm.pure_compare(CmpOp::Eq, Value::small(1), f).ok(), Some(Value::TRUE));
    let s = vm.new_str("a");
    assert_eq!(vm.pure_compare(CmpOp::Lt, Value::small(1), s).ok(), Some(Value::NOT_IMPLEMENTED));
    let (a, b) = (vm.new_list(vec![Value::small(1), f]), vm.new_list(vec![Value::small(1), Value::small(2)]));
    assert_eq!(vm.pure_compare(CmpOp::Lt, a, b).ok(), Some(Value::TRUE));
    assert_eq!(vm.pure_compare(CmpOp::Eq, a, b).ok(), Some(Value::FALSE));
}

#[test]
fn formats() {
    let vm = &mut Vm::bare(VmConfig::default());
    let v = vm.format_value(Value::small(1234567), ",").ok();
    assert_eq!(v.map(|v| text(vm, v)), Some("'1,234,567'".into()));
    let t = vm.new_str("{} {1}");
    let t = t.cast::<crate::object::Str>().map(|t| vm.str_format(t, &[Value::small(1)], None).is_err());
    assert_eq!(t, Some(true));
}
