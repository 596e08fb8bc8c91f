//! The virtual machine: threads' frames, dispatch, calls, unwinding, the native interface. Floor 5.
//!
//! # Rules of this floor
//! 1. The dispatch loop (`run.rs`) is never re-entered. What must call the language pushes a frame.
//! 2. Collections happen only in the loop, at a safepoint; no native is on the Rust stack then.
//! 3. `r[i]` is only valid until the value stack grows: after anything that may push a frame the loop reloads.
//! 4. An instruction writes its destination last, so that one which raises or is preempted has done nothing.
//! 5. Compiled code is shared and never changed; what a VM learns about it is in its loaded copy.
//! 6. Nothing reads addresses, hash seeds or the real clock to decide an order.
pub mod block;
mod boot;
pub mod classes;
mod errors;
pub mod host;
mod items;
mod load;
pub mod lookup;
mod make;
pub mod names;
pub mod native;
pub mod ops;
pub mod prelude;
pub mod report;
pub mod table;
pub mod thread;
pub mod types;

use crate::base::config::VmConfig;
use crate::heap::{Gc, Heap};
use crate::object::{AllLayouts, Class, Dict, Shapes, Str};
use crate::value::Value;
use hashbrown::HashTable;
use lookup::MethodCache;
use names::Names;
use native::{NativeDef, Sig};
use rustc_hash::FxHashMap;
use table::Threads;
use types::Types;

pub use native::{Args, Ctl, Res};

/// A native function as the VM knows it.
pub struct NativeEntry {
    pub def: &'static NativeDef,
    pub sig: Sig,
    /// Called for the setter of an attribute.
    pub is_setter: bool,
}

/// A module written in Rust, or in Rust and the language.
pub struct ModuleDef {
    pub name: &'static str,
    pub doc: &'static str,
    pub functions: &'static [NativeDef],
    /// Adds constants and classes to the module's namespace.
    pub init: fn(&mut Vm, Gc<Dict>) -> Res<()>,
    /// Code in the language that runs in the module's namespace after `init`; `""` for none.
    pub source: &'static str,
}

/// A virtual machine: one program's world.
pub struct Vm {
    pub heap: Heap,
    pub types: Types,
    pub names: Names,
    pub shapes: Shapes,
    /// Changes whenever a class changes in a way that cached lookups must notice.
    pub epoch: u32,
    pub config: VmConfig,
    pub host: Box<dyn host::Host>,
    /// Namespace of the module `builtins`.
    pub builtins: Gc<Dict>,
    /// `sys.modules`.
    pub modules: Gc<Dict>,
    pub threads: Threads,
    pub natives: Vec<NativeEntry>,
    pub module_defs: Vec<&'static ModuleDef>,
    /// The library written in the language: see `prelude.rs`.
    pub prelude: prelude::Prelude,
    /// Method tables of native classes; `Class::native` is an index in here.
    class_tables: Vec<&'static [NativeDef]>,
    method_cache: MethodCache,
    interned: HashTable<Gc<Str>>,
    /// Compiles library files.
    pub compile_library: prelude::LibraryCompiler,
    empty_tuple: Value,
    ascii: Vec<Value>,
    /// Values that native modules keep for themselves, by name: state that belongs to no object.
    pub module_state: FxHashMap<&'static str, Value>,
}

impl Drop for Vm {
    fn drop(&mut self) {
        self.heap.destroy::<AllLayouts>();
    }
}

impl Vm {
    /// Interns `text`: the one string object by which names are compared.
    pub fn intern(&mut self, text: &str) -> Gc<Str> {
        intern_in(&mut self.heap, &mut self.interned, self.types.str_, text)
    }

    /// The interned string equal to `s`.
    pub fn intern_str(&mut self, s: Gc<Str>) -> Gc<Str> {
        if s.is_interned() { s } else { self.intern(s.as_str()) }
    }

    /// Registers the methods of a native class.
    pub fn install_methods(&mut self, class: Gc<Class>, table: &'static [NativeDef]) {
        class.native.set(self.class_tables.len() as u32);
        self.class_tables.push(table);
    }

    /// `()`.
    pub fn empty_tuple(&self) -> Value {
        self.empty_tuple
    }
}

fn intern_in(heap: &mut Heap, table: &mut HashTable<Gc<Str>>, class: Gc<Class>, text: &str) -> Gc<Str> {
    let hash = crate::text::hash::str(text) as u64;
    let mixed = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    if let Some(&s) = table.find(mixed, |s| s.as_str() == text) {
        return s;
    }
    let s = crate::object::str_::new_str(heap, class, text);
    s.set_interned();
    table.insert_unique(mixed, s, |s| (s.hash() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    s
}
