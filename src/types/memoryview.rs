//! `memoryview`: making views, their shape, their bytes. Items are in `memoryview/items.rs`. Floor 7.

mod items;

use super::bytes::shared;
use crate::heap::Gc;
use crate::object::memoryview::{ItemCode, MemoryView, view_of};
use crate::object::{Str, Tuple, View};
use crate::value::Value;
use crate::vm::native::{NativeDef, attribute, class_method, function, method, new};
use crate::vm::{Args, Res, Vm};

const METHODS: &[NativeDef] = &[
    new("__new__(cls, object)", "A view of the bytes of an object.", make),
    class_method("_from_flags(cls, object, flags)", "A view of the bytes of an object.", from_flags),
    method("release(self, /)", "Give the object free.", release),
    method("tobytes(self, /, order='C')", "The bytes of all items.", tobytes),
    method("tolist(self, /)", "The items, as nested lists by dimensions.", items::tolist),
    method("hex(self, sep=None, bytes_per_sep=1)", "Hexadecimal digits of the bytes.", hex),
    method("cast(self, format, shape=None)", "A view of the same bytes as other items.", cast),
    method("toreadonly(self, /)", "A view that can't be written through.", toreadonly),
    method("__enter__(self, /)", "The view.", enter),
    method("__exit__(self, /, *exc_info)", "Release it.", exit),
    method("__len__(self, /)", "Return len(self).", len),
    method("__getitem__(self, key, /)", "Return self[key].", items::getitem),
    method("__setitem__(self, key, value, /)", "Set self[key] to value.", items::setitem),
    method("__delitem__(self, key, /)", "Memory can't be deleted.", items::delitem),
    method("__iter__(self, /)", "Implement iter(self).", iter),
    method("__eq__(self, value, /)", "Return self==value.", items::eq),
    method("__ne__(self, value, /)", "Return self!=value.", items::ne),
    method("__lt__(self, value, /)", "Return self<value.", not_ordered),
    method("__le__(self, value, /)", "Return self<=value.", not_ordered),
    method("__gt__(self, value, /)", "Return self>value.", not_ordered),
    method("__ge__(self, value, /)", "Return self>=value.", not_ordered),
    method("__hash__(self, /)", "Return hash(self).", hash),
    method("__repr__(self, /)", "Return repr(self).", repr),
    attribute("obj", "The object whose bytes it shows.", |vm, a| Ok(this(vm, a)?.shown)),
    attribute("nbytes", "Number of bytes.", |vm, a| Ok(Value::small(this(vm, a)?.nbytes() as i64))),
    attribute("itemsize", "Bytes of an item.", |vm, a| Ok(Value::small(this(vm, a)?.code.size() as i64))),
    attribute("format", "Type of an item, as in struct.", |vm, a| {
        let view = this(vm, a)?;
        Ok(vm.new_str(&view.format))
    }),
    attribute("ndim", "Number of dimensions.", |vm, a| Ok(Value::small(this(vm, a)?.shape.len() as i64))),
    attribute("shape", "Number of items in each dimension.", shape),
    attribute("strides", "Bytes between items in each dimension.", strides),
    attribute("suboffsets", "Nothing: for images of pointers.", |vm, a| {
        this(vm, a)?;
        Ok(vm.empty_tuple())
    }),
    attribute("readonly", "Whether it can't be written through.", |vm, a| Ok(Value::bool(this(vm, a)?.readonly))),
    attribute("c_contiguous", "Whether no gap is between items, last index fastest.", |vm, a| {
        Ok(Value::bool(this(vm, a)?.is_contiguous(false)))
    }),
    attribute("f_contiguous", "Whether no gap is between items, first index fastest.", |vm, a| {
        Ok(Value::bool(this(vm, a)?.is_contiguous(true)))
    }),
    attribute("contiguous", "Either of these.", |vm, a| {
        let view = this(vm, a)?;
        Ok(Value::bool(view.is_contiguous(false) || view.is_contiguous(true)))
    }),
];

/// Natives that only the prelude calls.
pub const INTRINSICS: &[NativeDef] = &[
    function("_view_shown(view, owner, /)", "A view that tells another owner.", view_shown),
    function("_collect_views(obj, /)", "Have garbage collected, views included.", collect_views),
    function("_count_views(obj, exact, /)", "Whether no view of a bytearray is garbage.", count_views),
];

/// Registers the methods of `memoryview`.
pub(super) fn install(vm: &mut Vm) {
    let class = vm.types.memoryview;
    vm.install_methods(class, METHODS);
}

/// The view, released or not.
fn any<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a MemoryView> {
    vm.native_receiver::<MemoryView>(args, "memoryview")
}

/// The view; ValueError if it was released.
fn this<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a MemoryView> {
    let view = any(vm, args)?;
    if view.is_released() {
        return Err(vm.value_error("operation forbidden on released memoryview object"));
    }
    Ok(view)
}

fn new_view(vm: &mut Vm, view: MemoryView) -> Value {
    let class = vm.types.memoryview;
    vm.new_native(class, view).value()
}

fn make(vm: &mut Vm, args: Args<'_>) -> Res {
    view_on(vm, args[1])
}

fn from_flags(vm: &mut Vm, args: Args<'_>) -> Res {
    view_on(vm, args[1])
}

fn view_on(vm: &mut Vm, object: Value) -> Res {
    if let Some(view) = view_of(object) {
        if view.is_released() {
            return Err(vm.value_error("operation forbidden on released memoryview object"));
        }
        return Ok(new_view(vm, view.like()));
    }
    if let Some(view) = MemoryView::of(object) {
        return Ok(new_view(vm, view));
    }
    let name = vm.intern("__buffer__");
    if object.as_object().is_some() && vm.special(object, name).is_some() {
        return vm.prelude_call("view_by_method", &[object]);
    }
    let message = format!("memoryview: a bytes-like object is required, not '{}'", vm.class_name(object));
    Err(vm.type_error(message))
}

fn view_shown(vm: &mut Vm, args: Args<'_>) -> Res {
    match view_of(args[0]) {
        Some(view) => {
            let view = MemoryView { shown: args[1], ..view.like() };
            Ok(new_view(vm, view))
        }
        None => Ok(args[0]),
    }
}

fn release(vm: &mut Vm, args: Args<'_>) -> Res {
    any(vm, args)?.release();
    vm.none()
}

fn enter(vm: &mut Vm, args: Args<'_>) -> Res {
    this(vm, args)?;
    Ok(args[0])
}

fn exit(vm: &mut Vm, args: Args<'_>) -> Res {
    release(vm, args)
}

fn len(vm: &mut Vm, args: Args<'_>) -> Res {
    let view = this(vm, args)?;
    if view.shape.is_empty() {
        return Err(vm.type_error("0-dim memory has no length"));
    }
    Ok(Value::small(view.len() as i64))
}

fn iter(vm: &mut Vm, args: Args<'_>) -> Res {
    let view = this(vm, args)?;
    match view.shape.len() {
        0 => Err(vm.type_error("invalid indexing of 0-dim memory")),
        1 => {
            let class = vm.types.memory_iterator;
            Ok(vm.new_iter(class, crate::object::IterTag::Sequence, args[0]).value())
        }
        _ => Err(vm.not_implemented_error("multi-dimensional sub-views are not implemented")),
    }
}

fn tobytes(vm: &mut Vm, args: Args<'_>) -> Res {
    let view = this(vm, args)?;
    let order = match args.get(1) {
        None | Some(Value::NONE) => "C",
        Some(v) => match v.cast::<Str>() {
            Some(s) => s.as_str(),
            None => {
                let got = vm.class_name(v);
                return Err(vm.type_error(format!("tobytes() argument 'order' must be str or None, not {got}")));
            }
        },
    };
    let fortran = match order {
        "C" => false,
        "F" => true,
        // As it stands in memory: Fortran's order if it is that.
        "A" => view.is_contiguous(true) && !view.is_contiguous(false),
        _ => return Err(vm.value_error("order must be 'C', 'F' or 'A'")),
    };
    let bytes = if fortran { view.bytes_at(&view.positions_fortran()) } else { view.to_bytes() };
    Ok(vm.new_bytes(&bytes))
}

fn hex(vm: &mut Vm, args: Args<'_>) -> Res {
    let bytes = this(vm, args)?.to_bytes();
    shared::hex_of(vm, args, &bytes)
}

fn toreadonly(vm: &mut Vm, args: Args<'_>) -> Res {
    let view = MemoryView { readonly: true, ..this(vm, args)?.like() };
    Ok(new_view(vm, view))
}

fn shape(vm: &mut Vm, args: Args<'_>) -> Res {
    let shape: Vec<Value> = this(vm, args)?.shape.iter().map(|&n| Value::small(n as i64)).collect();
    Ok(vm.new_tuple(&shape))
}

fn strides(vm: &mut Vm, args: Args<'_>) -> Res {
    let strides: Vec<Value> = this(vm, args)?.strides.iter().map(|&n| Value::small(n as i64)).collect();
    Ok(vm.new_tuple(&strides))
}

/// The `shape` argument of `cast`.
fn shape_arg(vm: &mut Vm, v: Value) -> Res<Vec<usize>> {
    let items = match v.view() {
        View::List(l) => l.to_vec(),
        View::Tuple(t) => t.items().to_vec(),
        _ => return Err(vm.type_error("shape must be a list or a tuple")),
    };
    if items.len() > 64 {
        return Err(vm.value_error("memoryview: number of dimensions must not exceed 64"));
    }
    let mut shape = Vec::with_capacity(items.len());
    for v in items {
        if vm.big_int(v).is_none() {
            return Err(vm.type_error("memoryview.cast(): elements of shape must be integers"));
        }
        match usize::try_from(vm.clamp_int(v)) {
            Ok(n) if n > 0 => shape.push(n),
            _ => return Err(vm.value_error("memoryview.cast(): elements of shape must be integers > 0")),
        }
    }
    Ok(shape)
}

fn cast(vm: &mut Vm, args: Args<'_>) -> Res {
    let view = this(vm, args)?;
    let Some(format) = args[1].cast::<Str>() else {
        let message = format!("cast() argument 'format' must be str, not {}", vm.class_name(args[1]));
        return Err(vm.type_error(message));
    };
    if !view.is_contiguous(false) {
        return Err(vm.type_error("memoryview: casts are restricted to C-contiguous views"));
    }
    let shape = args.get(2).filter(|v| !v.is_none());
    if (shape.is_some() || view.shape.len() != 1) && view.count() == 0 {
        return Err(vm.type_error("memoryview: cannot cast view with zeros in shape or strides"));
    }
    let shape = shape.map(|v| shape_arg(vm, v)).transpose()?;
    if shape.as_ref().is_some_and(|s| s.len() != 1) && view.shape.len() != 1 {
        return Err(vm.type_error("memoryview: cast must be 1D -> ND or ND -> 1D"));
    }
    let Some(code) = ItemCode::named(format.as_str()) else {
        return Err(vm.value_error(
            "memoryview: destination format must be a native single character format prefixed with an optional '@'",
        ));
    };
    if !code.is_byte() && !view.code.is_byte() {
        return Err(vm.type_error("memoryview: cannot cast between two non-byte formats"));
    }
    let (nbytes, size) = (view.nbytes(), code.size());
    if !nbytes.is_multiple_of(size) {
        return Err(vm.type_error("memoryview: length is not a multiple of itemsize"));
    }
    let shape = shape.unwrap_or_else(|| vec![nbytes / size]);
    let total = shape.iter().try_fold(size, |n, &m| n.checked_mul(m));
    if total != Some(nbytes) {
        return Err(vm.type_error("memoryview: product(shape) * itemsize != buffer size"));
    }
    let mut strides = vec![size as isize; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i] * shape[i] as isize;
    }
    let cast = MemoryView { code, format: format.as_str().to_owned(), shape, strides, ..view.like() };
    Ok(new_view(vm, cast))
}

fn not_ordered(_: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::NOT_IMPLEMENTED)
}

fn hash(vm: &mut Vm, args: Args<'_>) -> Res {
    let view = any(vm, args)?;
    if let Some(h) = view.hash.get() {
        return Ok(vm.new_int(h));
    }
    let view = this(vm, args)?;
    if !view.readonly {
        return Err(vm.value_error("cannot hash writable memoryview object"));
    }
    if !view.code.is_byte() {
        return Err(vm.value_error("memoryview: hashing is restricted to formats 'B', 'b' or 'c'"));
    }
    if view.owner.cast::<crate::object::ByteArray>().is_some() {
        let message = format!("unhashable type: '{}'", vm.class_name(view.owner));
        return Err(vm.type_error(message));
    }
    let h = crate::text::hash::bytes(&view.to_bytes());
    view.hash.set(Some(h));
    Ok(vm.new_int(h))
}

fn repr(vm: &mut Vm, args: Args<'_>) -> Res {
    let kind = if any(vm, args)?.is_released() { "released memory" } else { "memory" };
    let text = format!("<{kind} at {:#x}>", vm.id(args[0]));
    Ok(vm.new_str(&text))
}

fn collect_views(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.heap.due = true;
    vm.heap.interrupt();
    vm.none()
}

fn count_views(vm: &mut Vm, args: Args<'_>) -> Res {
    if let Some(b) = args[0].cast::<crate::object::ByteArray>() {
        b.exports.exact.set(args[1] == Value::TRUE);
    }
    vm.none()
}

/// The indices of a tuple, for multi-dimensional views.
fn tuple_of(key: Value) -> Option<Gc<Tuple>> {
    key.cast::<Tuple>()
}
