//! From an expression back to text, as CPython stores annotations that are not evaluated. Floor 1.
//!
//! Close to `ast.unparse`; where that one differs from `Python/ast_unparse.c`, as for parentheses in `a and not b`,
//! this follows the latter.
//!
//! Invariant: the text parses to the same tree again; parentheses only where precedence asks for them.

use super::ast::*;
use std::fmt::Write;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

// Precedence, lowest first.
const NAMED: u8 = 0;
const TUPLE: u8 = 1;
const YIELD: u8 = 2;
const TEST: u8 = 3;
const OR: u8 = 4;
const AND: u8 = 5;
const NOT: u8 = 6;
const CMP: u8 = 7;
const BOR: u8 = 8;
const BXOR: u8 = 9;
const BAND: u8 = 10;
const SHIFT: u8 = 11;
const ARITH: u8 = 12;
const TERM: u8 = 13;
const FACTOR: u8 = 14;
const POWER: u8 = 15;
const AWAIT: u8 = 16;
const ATOM: u8 = 17;

/// The text of an expression, as `from __future__ import annotations` stores it.
pub fn unparse(e: &Expr) -> String {
    let mut out = String::new();
    expr(e, TEST, &mut out);
    out
}

fn wrap(out: &mut String, parens: bool, f: impl FnOnce(&mut String)) {
    if parens {
        out.push('(');
    }
    f(out);
    if parens {
        out.push(')');
    }
}

fn list<'a>(items: impl IntoIterator<Item = &'a Expr>, out: &mut String) {
    for (i, e) in items.into_iter().enumerate() {
        if i > 0 {
            out.push_str(", ");
        }
        expr(e, TEST, out);
    }
}

fn expr(e: &Expr, level: u8, out: &mut String) {
    match &e.kind {
        ExprKind::BoolOp { op, values } => {
            let (word, own) = if *op == BoolOp::And { (" and ", AND) } else { (" or ", OR) };
            wrap(out, level > own, |out| {
                for (i, v) in values.iter().enumerate() {
                    if i > 0 {
                        out.push_str(word);
                    }
                    expr(v, own + 1, out);
                }
            });
        }
        ExprKind::Named { target, value } => wrap(out, level > NAMED, |out| {
            let _ = write!(out, "{} := ", target.name);
            expr(value, ATOM, out);
        }),
        ExprKind::BinOp { left, op, right } => bin_op(left, *op, right, level, out),
        ExprKind::UnaryOp { op, operand } => {
            let (sign, own) = match op {
                UnaryOp::Not => ("not ", NOT),
                UnaryOp::Invert => ("~", FACTOR),
                UnaryOp::Plus => ("+", FACTOR),
                UnaryOp::Minus => ("-", FACTOR),
            };
            wrap(out, level > own, |out| {
                out.push_str(sign);
                expr(operand, own, out);
            });
        }
        ExprKind::Lambda { params: p, body } => wrap(out, level > TEST, |out| {
            out.push_str("lambda");
            if !p.posonly.is_empty() || !p.args.is_empty() {
                out.push(' ');
            }
            params(p, out);
            out.push_str(": ");
            expr(body, TEST, out);
        }),
        ExprKind::IfExp { test, body, orelse } => wrap(out, level > TEST, |out| {
            expr(body, TEST + 1, out);
            out.push_str(" if ");
            expr(test, TEST + 1, out);
            out.push_str(" else ");
            expr(orelse, TEST, out);
        }),
        ExprKind::Dict(items) => {
            out.push('{');
            for (i, (k, v)) in items.iter().enumerate() {
                if i > 0 {
                    out.push_str(", ");
                }
                match k {
                    Some(k) => {
                        expr(k, TEST, out);
                        out.push_str(": ");
                        expr(v, TEST, out);
                    }
                    None => {
                        out.push_str("**");
                        expr(v, BOR, out);
                    }
                }
            }
            out.push('}');
        }
        ExprKind::Set(items) => {
            out.push('{');
            list(items, out);
            out.push('}');
        }
        ExprKind::List(items) => {
            out.push('[');
            list(items, out);
            out.push(']');
        }
        ExprKind::Tuple(items) => wrap(out, items.is_empty() || level > TUPLE, |out| {
            list(items, out);
            if items.len() == 1 {
                out.push(',');
            }
        }),
        ExprKind::ListComp { elt, generators } => comp('[', elt, None, generators, ']', out),
        ExprKind::SetComp { elt, generators } => comp('{', elt, None, generators, '}', out),
        ExprKind::DictComp { key, value, generators } => comp('{', key, Some(value), generators, '}', out),
        ExprKind::GeneratorExp { elt, generators } => comp('(', elt, None, generators, ')', out),
        ExprKind::Await(v) => wrap(out, level > AWAIT, |out| {
            out.push_str("await ");
            expr(v, ATOM, out);
        }),
        ExprKind::Yield(v) => wrap(out, level > YIELD, |out| {
            out.push_str("yield");
            if let Some(v) = v {
                out.push(' ');
                expr(v, ATOM, out);
            }
        }),
        ExprKind::YieldFrom(v) => wrap(out, level > YIELD, |out| {
            out.push_str("yield from ");
            expr(v, ATOM, out);
        }),
        ExprKind::Compare { left, rest } => wrap(out, level > CMP, |out| {
            expr(left, CMP + 1, out);
            for (op, right) in rest {
                let _ = write!(out, " {} ", compare(*op));
                expr(right, CMP + 1, out);
            }
        }),
        ExprKind::Call(c) => call(c, out),
        ExprKind::FString(parts) => fstring(parts, out),
        ExprKind::Constant(c) => constant(c, out),
        ExprKind::Attribute { value, attr } => {
            expr(value, ATOM, out);
            if matches!(value.kind, ExprKind::Constant(Constant::Int(_) | Constant::BigInt { .. })) {
                out.push(' ');
            }
            let _ = write!(out, ".{}", attr.name);
        }
        ExprKind::Subscript { value, index } => {
            expr(value, ATOM, out);
            out.push('[');
            match &index.kind {
                ExprKind::Tuple(items) if !items.is_empty() => {
                    list(items, out);
                    if items.len() == 1 {
                        out.push(',');
                    }
                }
                _ => expr(index, TEST, out),
            }
            out.push(']');
        }
        ExprKind::Starred(v) => {
            out.push('*');
            expr(v, BOR, out);
        }
        ExprKind::Name(n) => out.push_str(n),
        ExprKind::Slice { lower, upper, step } => {
            if let Some(e) = lower {
                expr(e, TEST, out);
            }
            out.push(':');
            if let Some(e) = upper {
                expr(e, TEST, out);
            }
            if let Some(e) = step {
                out.push(':');
                expr(e, TEST, out);
            }
        }
    }
}

fn bin_op(left: &Expr, op: BinOp, right: &Expr, level: u8, out: &mut String) {
    let (sign, own) = match op {
        BinOp::Add => ("+", ARITH),
        BinOp::Sub => ("-", ARITH),
        BinOp::Mul => ("*", TERM),
        BinOp::Div => ("/", TERM),
        BinOp::FloorDiv => ("//", TERM),
        BinOp::Mod => ("%", TERM),
        BinOp::MatMul => ("@", TERM),
        BinOp::Pow => ("**", POWER),
        BinOp::LShift => ("<<", SHIFT),
        BinOp::RShift => (">>", SHIFT),
        BinOp::BitAnd => ("&", BAND),
        BinOp::BitOr => ("|", BOR),
        BinOp::BitXor => ("^", BXOR),
    };
    wrap(out, level > own, |out| {
        expr(left, if op == BinOp::Pow { own + 1 } else { own }, out);
        let _ = write!(out, " {sign} ");
        expr(right, if op == BinOp::Pow { own } else { own + 1 }, out);
    });
}

fn compare(op: CmpOp) -> &'static str {
    match op {
        CmpOp::Lt => "<",
        CmpOp::LtE => "<=",
        CmpOp::Eq => "==",
        CmpOp::NotEq => "!=",
        CmpOp::Gt => ">",
        CmpOp::GtE => ">=",
        CmpOp::Is => "is",
        CmpOp::IsNot => "is not",
        CmpOp::In => "in",
        CmpOp::NotIn => "not in",
    }
}

fn comp(open: char, elt: &Expr, value: Option<&Expr>, generators: &[Comprehension], close: char, out: &mut String) {
    out.push(open);
    expr(elt, TEST, out);
    if let Some(v) = value {
        out.push_str(": ");
        expr(v, TEST, out);
    }
    for g in generators {
        out.push_str(if g.is_async { " async for " } else { " for " });
        expr(&g.target, TUPLE, out);
        out.push_str(" in ");
        expr(&g.iter, TEST + 1, out);
        for test in &g.ifs {
            out.push_str(" if ");
            expr(test, TEST + 1, out);
        }
    }
    out.push(close);
}

fn call(c: &Call, out: &mut String) {
    expr(&c.func, ATOM, out);
    if let ([Expr { kind: ExprKind::GeneratorExp { .. }, .. }], []) = (&c.args[..], &c.keywords[..]) {
        return expr(&c.args[0], TEST, out);
    }
    out.push('(');
    list(&c.args, out);
    for (i, k) in c.keywords.iter().enumerate() {
        if i > 0 || !c.args.is_empty() {
            out.push_str(", ");
        }
        match &k.arg {
            Some(name) => {
                let _ = write!(out, "{}=", name.name);
            }
            None => out.push_str("**"),
        }
        expr(&k.value, TEST, out);
    }
    out.push(')');
}

fn params(p: &Params, out: &mut String) {
    let mut first = true;
    let mut comma = |out: &mut String| {
        if !std::mem::replace(&mut first, false) {
            out.push_str(", ");
        }
    };
    let one = |p: &Param, out: &mut String| {
        out.push_str(&p.name.name);
        if let Some(d) = &p.default {
            out.push('=');
            expr(d, TEST, out);
        }
    };
    for (i, a) in p.posonly.iter().chain(&p.args).enumerate() {
        comma(out);
        one(a, out);
        if i + 1 == p.posonly.len() {
            out.push_str(", /");
        }
    }
    if p.vararg.is_some() || !p.kwonly.is_empty() {
        comma(out);
        out.push('*');
        out.push_str(p.vararg.as_ref().map_or("", |v| &v.name.name));
    }
    for a in &p.kwonly {
        comma(out);
        one(a, out);
    }
    if let Some(k) = &p.kwarg {
        comma(out);
        let _ = write!(out, "**{}", k.name.name);
    }
}

fn fstring(parts: &[FStringPart], out: &mut String) {
    let mut body = String::new();
    fstring_body(parts, false, &mut body);
    out.push('f');
    string(&body, out);
}

fn fstring_body(parts: &[FStringPart], in_spec: bool, out: &mut String) {
    for p in parts {
        match p {
            FStringPart::Literal(s) => {
                for c in s.chars() {
                    match c {
                        '{' if !in_spec => out.push_str("{{"),
                        '}' if !in_spec => out.push_str("}}"),
                        c => out.push(c),
                    }
                }
            }
            FStringPart::Field(f) => {
                if let Some(d) = &f.debug {
                    out.push_str(d);
                }
                let mut value = String::new();
                expr(&f.value, TEST + 1, &mut value);
                out.push_str(if value.starts_with('{') { "{ " } else { "{" });
                out.push_str(&value);
                let debug = f.debug.is_some() && f.spec.is_none();
                if let Some(c) = f.conversion.or(debug.then_some('r')) {
                    let _ = write!(out, "!{c}");
                }
                if let Some(spec) = &f.spec {
                    out.push(':');
                    fstring_body(spec, true, out);
                }
                out.push('}');
            }
        }
    }
}

fn constant(c: &Constant, out: &mut String) {
    match c {
        Constant::None => out.push_str("None"),
        Constant::True => out.push_str("True"),
        Constant::False => out.push_str("False"),
        Constant::Ellipsis => out.push_str("..."),
        Constant::Int(i) => {
            let _ = write!(out, "{i}");
        }
        Constant::BigInt { digits, radix } => {
            let value = dashu_int::UBig::from_str_radix(digits, *radix);
            let _ = value.map(|v| write!(out, "{v}"));
        }
        Constant::Float(f) => float(*f, out),
        Constant::Imaginary(f) => {
            float(*f, out);
            if out.ends_with(".0") {
                out.truncate(out.len() - 2);
            }
            out.push('j');
        }
        Constant::Str(s) => string(s, out),
        Constant::Bytes(b) => {
            let quote = if b.contains(&b'\'') && !b.contains(&b'"') { '"' } else { '\'' };
            out.push('b');
            out.push(quote);
            for &c in b.iter() {
                match c {
                    0x20..=0x7e => escape(c as char, Some(quote), out),
                    b'\n' | b'\r' | b'\t' => escape(c as char, None, out),
                    c => {
                        let _ = write!(out, "\\x{c:02x}");
                    }
                }
            }
            out.push(quote);
        }
    }
}

fn string(s: &str, out: &mut String) {
    let quote = if s.contains('\'') && !s.contains('"') { '"' } else { '\'' };
    out.push(quote);
    s.chars().for_each(|c| escape(c, Some(quote), out));
    out.push(quote);
}

/// A float as `repr` has it; infinity as a literal that overflows.
fn float(f: f64, out: &mut String) {
    if f.is_infinite() {
        out.push_str("1e309");
        return;
    }
    let text = format!("{f:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let _ = write!(out, "{f:?}");
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        let _ = write!(out, "{digits}e{sign}{:02}", exponent.abs());
    }
}

fn escape(c: char, quote: Option<char>, out: &mut String) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if Some(c) == quote => {
            out.push('\\');
            out.push(c);
        }
        c if is_printable(c) => out.push(c),
        c => {
            let _ = match c as u32 {
                n @ ..0x100 => write!(out, "\\x{n:02x}"),
                n @ ..0x1_0000 => write!(out, "\\u{n:04x}"),
                n => write!(out, "\\U{n:08x}"),
            };
        }
    }
}

fn is_printable(c: char) -> bool {
    c == ' ' || !matches!(c.general_category_group(), GeneralCategoryGroup::Other | GeneralCategoryGroup::Separator)
}
