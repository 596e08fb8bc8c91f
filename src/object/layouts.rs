//! The one visitor function, and the one drop function, over all layouts. Floor 4.
//!
//! Invariant: state that `visit` does not show does not exist.
#![allow(unsafe_code)]

use super::func::Cell as VarCell;
use super::{
    BigInt, BoundMethod, ByteArray, Class, Code, Dict, Exception, Function, Generator, Instance, Iter, List, Module,
    Native, NativeFn, Record, Set, Str, Tuple,
};
use crate::heap::{Gc, Header, Kind, Layouts, Object, Visitor};

/// Implements [`Layouts`] for all of this floor.
pub struct AllLayouts;

fn cast<T: Object>(o: Gc<Header>) -> Gc<T> {
    // SAFETY: each call follows a look at the kind.
    unsafe { o.cast_unchecked() }
}

/// Runs the destructor of the object.
fn drop_as<T: Object>(o: Gc<Header>) {
    // SAFETY: the object is of this layout, unreachable, and dropped once: the sweep turns it into a free cell.
    unsafe { std::ptr::drop_in_place(cast::<T>(o).addr() as *mut T) }
}

impl Layouts for AllLayouts {
    fn visit<V: Visitor>(o: Gc<Header>, v: &mut V) {
        if o.has_class() {
            v.value(o.class().value());
        }
        match o.kind() {
            Kind::Str => {
                if let Some(b) = cast::<Str>(o).buffer() {
                    v.value(b.value());
                }
            }
            Kind::Tuple => cast::<Tuple>(o).items().iter().for_each(|&x| v.value(x)),
            Kind::List => cast::<List>(o).items.borrow().iter().for_each(|&x| v.value(x)),
            Kind::Dict => cast::<Dict>(o).visit(v),
            Kind::Set => cast::<Set>(o).visit(v),
            Kind::Cell => v.value(cast::<VarCell>(o).value.get()),
            Kind::Code => {
                let c = cast::<Code>(o);
                c.consts.iter().chain(c.names.iter()).for_each(|&x| v.value(x));
                c.children.iter().for_each(|x| v.value(x.get()));
                c.caches.borrow().iter().for_each(|x| {
                    v.value(x.value);
                    v.value(x.subject);
                });
            }
            Kind::Function => {
                let f = cast::<Function>(o);
                v.value(f.code.get().value());
                v.value(f.globals.value());
                v.value(f.closure);
                for c in [
                    &f.defaults,
                    &f.kwdefaults,
                    &f.name,
                    &f.qualname,
                    &f.doc,
                    &f.module,
                    &f.annotations,
                    &f.type_params,
                    &f.attrs,
                ] {
                    v.value(c.get());
                }
            }
            Kind::NativeFn => {
                let f = cast::<NativeFn>(o);
                v.data(f.id as u64);
                v.value(f.owner);
                v.value(f.bound);
            }
            Kind::BoundMethod => {
                let m = cast::<BoundMethod>(o);
                v.value(m.func);
                v.value(m.receiver);
            }
            Kind::Record => {
                let r = cast::<Record>(o);
                v.data(r.tag as u64);
                r.items().iter().for_each(|x| v.value(x.get()));
            }
            Kind::Class => {
                let c = cast::<Class>(o);
                v.value(c.name.get());
                v.value(c.qualname.get());
                v.value(c.type_name.get());
                c.bases.borrow().iter().for_each(|x| v.value(x.value()));
                c.mro.borrow().iter().for_each(|x| v.value(x.value()));
                c.subclasses.borrow().iter().for_each(|x| v.value(x.value()));
                v.value(c.dict.value());
            }
            Kind::Instance => {
                let i = cast::<Instance>(o);
                i.items().iter().for_each(|x| v.value(x.get()));
                v.value(i.more.get());
            }
            Kind::Exception => {
                let e = cast::<Exception>(o);
                for c in [&e.args, &e.cause, &e.context, &e.attrs, &e.fields, &e.traceback] {
                    v.value(c.get());
                }
                e.trace.borrow().iter().for_each(|t| v.value(t.code.value()));
            }
            Kind::Module => v.value(cast::<Module>(o).dict.value()),
            Kind::Generator => {
                let g = cast::<Generator>(o);
                v.value(g.func);
                v.value(g.code.value());
                v.data(g.pc.get() as u64);
                v.data(g.state.get() as u64);
                for c in [&g.handled, &g.name, &g.qualname, &g.step] {
                    v.value(c.get());
                }
                g.items().iter().for_each(|x| v.value(x.get()));
            }
            Kind::Iter => {
                let i = cast::<Iter>(o);
                v.data(i.tag as u64);
                for n in [&i.i, &i.n, &i.step] {
                    v.data(n.get() as u64);
                }
                v.value(i.src.get());
                v.value(i.aux.get());
            }
            Kind::Native => {
                let mut v = Through(v);
                cast::<Native>(o).visit(&mut v);
            }
            Kind::Float
            | Kind::BigInt
            | Kind::Complex
            | Kind::StrBuf
            | Kind::Bytes
            | Kind::ByteArray
            | Kind::Range
            | Kind::Free => {}
        }
    }

    #[inline(always)]
    fn is_leaf(o: Gc<Header>) -> bool {
        match o.kind() {
            Kind::Str => cast::<Str>(o).buffer().is_none(),
            Kind::Float | Kind::Complex | Kind::StrBuf | Kind::Bytes | Kind::Range => true,
            _ => false,
        }
    }

    fn drop_in_place(o: Gc<Header>) {
        match o.kind() {
            Kind::BigInt => drop_as::<BigInt>(o),
            Kind::ByteArray => drop_as::<ByteArray>(o),
            Kind::List => drop_as::<List>(o),
            Kind::Dict => drop_as::<Dict>(o),
            Kind::Set => drop_as::<Set>(o),
            Kind::Code => drop_as::<Code>(o),
            Kind::Class => drop_as::<Class>(o),
            Kind::Exception => drop_as::<Exception>(o),
            Kind::Native => cast::<Native>(o).drop_data(),
            _ => {}
        }
    }

    fn outside_bytes(o: Gc<Header>) -> usize {
        match o.kind() {
            Kind::List => cast::<List>(o).items.borrow().capacity() * 8,
            Kind::Dict => cast::<Dict>(o).bytes(),
            Kind::Set => cast::<Set>(o).bytes(),
            Kind::ByteArray => cast::<ByteArray>(o).bytes.borrow().capacity(),
            Kind::BigInt => cast::<BigInt>(o).outside_bytes(),
            _ => 0,
        }
    }
}

/// Makes a `dyn Visitor` of any visitor.
struct Through<'a, V>(&'a mut V);
impl<V: Visitor> Visitor for Through<'_, V> {
    fn value(&mut self, x: crate::value::Value) {
        self.0.value(x);
    }
    fn data(&mut self, n: u64) {
        self.0.data(n);
    }
}
