//! Memory layouts of built-in types and their pure operations: nothing here needs a VM. Floor 4.
pub mod bigrange;
pub mod binheap;
pub mod class;
pub mod dict;
pub mod func;
mod layouts;
pub mod memoryview;
pub mod misc;
pub mod num;
pub mod pure;
pub mod seq;
pub mod set;
pub mod str_;
mod view;
pub mod weak;

pub use class::{Class, Instance, ShapeId, Shapes};
pub use dict::{Dict, Found};
pub use func::{BoundMethod, Code, Function, NativeFn};
pub use layouts::AllLayouts;
pub use memoryview::MemoryView;
pub use misc::{
    Exception, GenState, Generator, Iter, IterTag, Module, Native, NativeData, Record, RecordTag, TraceEntry,
};
pub use num::{BigInt, Complex, Float};
pub use seq::{ByteArray, Bytes, List, Range, Tuple};
pub use set::Set;
pub use str_::Str;
pub use view::View;
pub use weak::WeakData;
