//! The virtual machine: threads' frames, dispatch, calls, unwinding, the native interface. Floor 5.
//!
//! # Rules of this floor
//! 1. The dispatch loop (`run.rs`) is never re-entered. What must call the language pushes a frame.
//! 2. Collections happen only in the loop, at a safepoint; no native is on the Rust stack then.
//! 3. `r[i]` is only valid until the value stack grows: after anything that may push a frame the loop reloads.
//! 4. An instruction writes its destination last, so that one which raises or is preempted has done nothing.
//! 5. Compiled code is shared and never changed; what a VM learns about it is in its loaded copy.
//! 6. Nothing reads addresses, hash seeds or the real clock to decide an order.
mod arity;
pub mod attr;
mod attr_cache;
mod bind;
pub mod binding;
pub mod block;
mod boot;
mod call;
pub mod classes;
mod coerce;
mod construct;
pub mod coroutine;
mod deliver;
mod direct;
mod drive;
mod errors;
mod fast;
pub mod files;
pub mod frames;
mod generator;
pub mod host;
pub mod import;
mod in_place;
mod items;
mod iterate;
mod load;
pub mod lookup;
mod make;
mod misc_ops;
pub mod names;
pub mod native;
mod operate;
pub mod ops;
mod own;
mod pairs;
pub mod prelude;
pub mod profile;
mod raise;
mod reclass;
mod regs;
pub mod report;
mod run;
pub mod table;
pub mod thread;
mod threadmap;
mod timers;
mod traceback;
pub mod types;
mod unwind;

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

pub use deliver::len_step;
pub use items::Next;
pub use native::{Args, Ctl, Res};
pub use traceback::traceback_entries;

/// A native function as the VM knows it.
pub struct NativeEntry {
    pub def: &'static NativeDef,
    pub sig: Sig,
    /// The parameters' names; none before they are needed.
    params: Box<[native::SigParam]>,
    /// Name of the class whose method it is; empty for others.
    pub owner: Box<str>,
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

/// Length of [`Vm::numbered_state`].
const NUMBERED: usize = 3;

/// A virtual machine: one program's world.
pub struct Vm {
    pub heap: Heap,
    pub types: Types,
    pub names: Names,
    pub shapes: Shapes,
    /// Changes whenever a class changes in a way that cached lookups must notice.
    pub epoch: u32,
    /// Memory that natives write texts into; empty between them.
    scratch: String,
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
    /// Empty until something is known.
    shape_cache: Box<[attr_cache::ShapeEntry]>,
    interned: HashTable<Gc<Str>>,
    /// `sys.setrecursionlimit`: most frames that a thread may have, besides the machine at its bottom.
    pub recursion_limit: usize,
    /// `sys.set_int_max_str_digits`: most digits of an int's text; 0 for no limit.
    pub max_str_digits: usize,
    /// Somebody outside of the loop wants the thread to leave the CPU at its next preemption point.
    pub attention: bool,
    /// Registers of the machine that a native goes on as, between its end and the machine's first step.
    entering: smallvec::SmallVec<[Value; 6]>,
    /// The profile that is being taken; see `profile.rs`.
    profile: Option<Box<profile::Profile>>,
    empty_tuple: Value,
    /// Strings of one ASCII character, `Undef` where nobody needed one yet.
    ascii: [Value; 128],
    /// Values that native modules keep for themselves, by name: state that belongs to no object.
    pub module_state: FxHashMap<&'static str, Value>,
    /// As `module_state`, by number: for what is asked for too often to be looked up by name. `Undef` where nothing is.
    pub numbered_state: [Value; NUMBERED],
    /// Open files.
    pub files: files::OpenFiles,
    /// Weak references whose objects are gone and whose callbacks are still to be called.
    pub weak_pending: Vec<Value>,
    /// Collections that looking at weak references may still ask for; see `modules::weakref`.
    pub weak_credit: u64,
}

impl Drop for Vm {
    fn drop(&mut self) {
        self.heap.destroy::<AllLayouts>();
    }
}

impl Vm {
    /// Shows every value that is reachable without an object, and all other state.
    pub fn visit<V: crate::heap::Visitor>(&mut self, v: &mut V) {
        for c in self.types.all() {
            v.value(c.value());
        }
        for s in &self.interned {
            v.value(s.value());
        }
        self.shapes.visit(v);
        for x in [self.builtins.value(), self.modules.value(), self.empty_tuple] {
            v.value(x);
        }
        for &x in &self.ascii {
            v.value(x);
        }
        let mut state: Vec<_> = self.module_state.iter().map(|(k, x)| (*k, *x)).collect();
        state.sort_unstable_by_key(|(k, _)| *k);
        for (_, x) in state {
            v.value(x);
        }
        for &x in &self.numbered_state {
            v.value(x);
        }
        for x in self.prelude.values() {
            v.value(x);
        }
        for &x in &self.weak_pending {
            v.value(x);
        }
        for t in self.threads.all_mut() {
            t.visit(v);
        }
    }

    fn clear_method_cache(&mut self) {
        self.method_cache.clear();
        self.shape_cache = Box::default();
    }

    /// Interns `text`: the one string object by which names are compared.
    pub fn intern(&mut self, text: &str) -> Gc<Str> {
        self.intern_hashed(text, crate::text::hash::str(text))
    }

    /// Interns `text`, whose hash is known.
    pub fn intern_hashed(&mut self, text: &str, hash: i64) -> Gc<Str> {
        intern_in(&mut self.heap, &mut self.interned, self.types.str_, text, hash)
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

fn intern_in(heap: &mut Heap, table: &mut HashTable<Gc<Str>>, class: Gc<Class>, text: &str, hash: i64) -> Gc<Str> {
    let mixed = (hash as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    if let Some(&s) = table.find(mixed, |s| s.as_str() == text) {
        return s;
    }
    let s = crate::object::str_::new_str(heap, class, text);
    s.set_interned(hash);
    table.insert_unique(mixed, s, |s| (s.hash() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    s
}
