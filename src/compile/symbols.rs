//! Symbols and scopes as plain data, and how a name is resolved from one scope to another. Floor 2.
//!
//! Invariant: after [`Scopes::resolve`] every symbol says where its value lives, and every frame lists the cells it
//! gets from outside.

use super::Res;
use super::error;
use crate::base::span::Span;
use crate::syntax::ast::Name;
use rustc_hash::FxHashMap;
use std::sync::Arc;

/// Index of a scope.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct ScopeId(pub u32);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    ListComp,
    SetComp,
    DictComp,
    GenExp,
    /// `<generic parameters of f>`.
    TypeParams,
    /// The value of a `type` statement.
    TypeAlias,
    /// The bound or default of a type parameter.
    TypeBound,
}

impl ScopeKind {
    /// List, set and dict comprehensions are compiled into the frame around them.
    pub(super) fn is_inlined(self) -> bool {
        matches!(self, ScopeKind::ListComp | ScopeKind::SetComp | ScopeKind::DictComp)
    }

    pub(super) fn is_comprehension(self) -> bool {
        self.is_inlined() || self == ScopeKind::GenExp
    }

    pub(super) fn is_annotation(self) -> bool {
        matches!(self, ScopeKind::TypeParams | ScopeKind::TypeAlias | ScopeKind::TypeBound)
    }

    pub(super) fn is_function_like(self) -> bool {
        !matches!(self, ScopeKind::Module | ScopeKind::Class)
    }
}

/// What is known about a name in a scope; bits.
pub(super) mod flag {
    pub const GLOBAL: u16 = 1;
    pub const LOCAL: u16 = 2;
    pub const PARAM: u16 = 4;
    pub const NONLOCAL: u16 = 8;
    pub const USE: u16 = 16;
    pub const ANNOT: u16 = 32;
    pub const COMP_ITER: u16 = 64;
    pub const TYPE_PARAM: u16 = 128;
    pub const DELETED: u16 = 256;
    pub const IMPORT: u16 = 512;
    pub const BOUND: u16 = LOCAL | PARAM | TYPE_PARAM | IMPORT;
}

/// Where a name's value lives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Owner {
    /// In this very scope.
    Here,
    GlobalExplicit,
    GlobalImplicit,
    /// In this outer scope, a function or comprehension (or a class, for `__class__`).
    Outer(ScopeId),
}

#[derive(Clone, Debug)]
pub(super) struct Symbol {
    pub name: Name,
    pub flags: u16,
    pub owner: Owner,
    /// Captured by another frame: lives in a cell.
    pub cell: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Scope {
    pub kind: ScopeKind,
    pub parent: Option<ScopeId>,
    pub symbols: Vec<Symbol>,
    index: FxHashMap<Name, u32>,
    /// Name of the class whose private names are mangled here.
    pub private: Option<Name>,
    pub is_generator: bool,
    /// An `async def`, or a comprehension that awaits.
    pub is_coroutine: bool,
    /// For frames: cells from outside, sorted by name.
    pub free: Vec<Name>,
    /// `self.x = …` in methods of this class.
    pub static_attributes: Vec<Name>,
    /// Some `:=` binds a variable of this frame.
    pub has_walrus: bool,
    /// An annotation scope (or a comprehension in it) right inside of a class: names are looked up there first.
    pub sees_class: bool,
    /// The `global` and `nonlocal` statements.
    pub directives: Vec<(Name, Span)>,
    /// Inside of a comprehension's iterable or target, for the rules about `:=`.
    pub comp_iter_expr: u32,
    pub comp_iter_target: bool,
}

impl Scope {
    pub(super) fn new(kind: ScopeKind, parent: Option<ScopeId>, private: Option<Name>) -> Scope {
        Scope {
            kind,
            parent,
            symbols: Vec::new(),
            index: FxHashMap::default(),
            private,
            is_generator: false,
            is_coroutine: false,
            free: Vec::new(),
            static_attributes: Vec::new(),
            has_walrus: false,
            sees_class: false,
            directives: Vec::new(),
            comp_iter_expr: 0,
            comp_iter_target: false,
        }
    }

    pub(super) fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.index.get(name).and_then(|&i| self.symbols.get(i as usize))
    }

    pub(super) fn flags(&self, name: &str) -> u16 {
        self.symbol(name).map_or(0, |s| s.flags)
    }

    /// Adds flags to a name's symbol, making it if need be.
    pub(super) fn add(&mut self, name: &Name, flags: u16) {
        if let Some(&i) = self.index.get(name) {
            self.symbols[i as usize].flags |= flags;
        } else {
            self.index.insert(name.clone(), self.symbols.len() as u32);
            self.symbols.push(Symbol { name: name.clone(), flags, owner: Owner::GlobalImplicit, cell: false });
        }
    }

    fn mark_cell(&mut self, name: &Name) {
        self.add(name, 0);
        if let Some(&i) = self.index.get(name) {
            self.symbols[i as usize].cell = true;
        }
    }
}

/// Which node opened a scope: kind of node and its address, which stays put while the tree is borrowed.
pub(super) type NodeKey = (u8, usize);

/// The key of a node.
pub(super) fn key<T>(tag: u8, node: &T) -> NodeKey {
    (tag, std::ptr::from_ref(node).addr())
}

/// Tags for [`key`].
pub(super) mod tag {
    pub const FUNCTION: u8 = 0;
    pub const CLASS: u8 = 1;
    pub const EXPR: u8 = 2;
    pub const PARAMS: u8 = 3;
    pub const ALIAS: u8 = 4;
    pub const BOUND: u8 = 5;
}

/// All scopes of one compilation; the first is the outermost.
#[derive(Debug, Default)]
pub(super) struct Scopes {
    pub all: Vec<Scope>,
    pub by_node: FxHashMap<NodeKey, ScopeId>,
}

impl Scopes {
    /// Whether anything of it is asynchronous.
    pub(super) fn has_coroutines(&self) -> bool {
        self.all.iter().any(|s| s.is_coroutine)
    }

    pub(super) fn get(&self, id: ScopeId) -> &Scope {
        &self.all[id.0 as usize]
    }

    pub(super) fn get_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.all[id.0 as usize]
    }

    /// The scope that a node opened.
    pub(super) fn of<T>(&self, tag: u8, node: &T) -> ScopeId {
        self.by_node.get(&key(tag, node)).copied().unwrap_or(ScopeId(0))
    }

    /// The scope whose frame `id` runs in: itself, or the first one around it that is not an inlined comprehension.
    pub(super) fn frame(&self, mut id: ScopeId) -> ScopeId {
        while let (true, Some(p)) = (self.get(id).kind.is_inlined(), self.get(id).parent) {
            id = p;
        }
        id
    }

    /// Finds who binds `name` for a scope that doesn't.
    fn lookup(&self, from: ScopeId, name: &str) -> Owner {
        let mut at = self.get(from).parent;
        while let Some(id) = at {
            let scope = self.get(id);
            match scope.kind {
                ScopeKind::Module => break,
                ScopeKind::Class => {
                    if name == "__class__" || name == "__classdict__" {
                        return Owner::Outer(id);
                    }
                }
                _ => {
                    let flags = scope.flags(name);
                    if flags & flag::GLOBAL != 0 {
                        break;
                    }
                    if flags & flag::BOUND != 0 && flags & flag::NONLOCAL == 0 {
                        return Owner::Outer(id);
                    }
                }
            }
            at = scope.parent;
        }
        Owner::GlobalImplicit
    }

    /// Decides for every symbol where it lives.
    pub(super) fn resolve(&mut self) -> Res {
        for n in 0..self.all.len() {
            let id = ScopeId(n as u32);
            for s in 0..self.get(id).symbols.len() {
                let Symbol { name, flags, .. } = self.get(id).symbols[s].clone();
                let owner = self.owner(id, &name, flags)?;
                self.get_mut(id).symbols[s].owner = owner;
                if let Owner::Outer(o) = owner {
                    self.capture(id, o, &name);
                }
            }
        }
        for scope in &mut self.all {
            scope.free.sort_unstable();
        }
        Ok(())
    }

    fn owner(&self, id: ScopeId, name: &Name, flags: u16) -> Res<Owner> {
        let scope = self.get(id);
        let directive = || scope.directives.iter().find(|d| d.0 == *name).map_or(Span::default(), |d| d.1);
        if flags & flag::GLOBAL != 0 {
            if flags & flag::NONLOCAL != 0 {
                return Err(error(directive(), format!("name '{name}' is nonlocal and global")));
            }
            return Ok(Owner::GlobalExplicit);
        }
        if flags & flag::NONLOCAL != 0 {
            if scope.kind == ScopeKind::Module {
                return Err(error(directive(), "nonlocal declaration not allowed at module level"));
            }
            return match self.lookup(id, name) {
                Owner::Outer(o) if self.get(o).flags(name) & flag::TYPE_PARAM != 0 => {
                    Err(error(directive(), format!("nonlocal binding not allowed for type parameter '{name}'")))
                }
                owner @ Owner::Outer(_) => Ok(owner),
                _ => Err(error(directive(), format!("no binding for nonlocal '{name}' found"))),
            };
        }
        if flags & flag::BOUND != 0 {
            return Ok(Owner::Here);
        }
        Ok(self.lookup(id, name))
    }

    /// Makes `name` of scope `owner` reach the frame of `user` through cells, if that is another frame.
    fn capture(&mut self, user: ScopeId, owner: ScopeId, name: &Name) {
        let home = self.frame(owner);
        let mut at = self.frame(user);
        if at == home {
            return;
        }
        self.get_mut(owner).mark_cell(name);
        while at != home {
            let scope = self.get_mut(at);
            if !scope.free.contains(name) {
                scope.free.push(name.clone());
            }
            let Some(parent) = scope.parent else { break };
            at = self.frame(parent);
        }
    }
}

/// The name as `__x` in a class body means it: `_Class__x`.
pub(super) fn mangle(private: Option<&Name>, name: &Name) -> Name {
    let Some(class) = private else { return name.clone() };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() { name.clone() } else { Arc::from(format!("_{class}{name}")) }
}
