//! The instruction set: one table. Floor 1.
//!
//! Everything that knows the set of instructions expands from [`for_each_op!`]: the `Op` enum, names, operand roles,
//! preemption points. Adding one is a line here and a handler in the VM's loop, which does not compile without it.
//!
//! # The machine
//! A frame has a window of registers `r[0..nregs]` on its thread's value stack. `r[-1]` holds the function that runs.
//! Parameters come first (`posonly, args, kwonly, *vararg, **kwarg`), then the other locals, then cells and free
//! variables, then temporaries. An instruction is 8 bytes: `op:u8 x:u8 a:u16 b:u16 c:u16`; `bc` is `b | c << 16`.
//! An unbound variable's register holds `Undef`.
//!
//! A *call window* begins at some temporary `a`: the callee in `r[a]`, arguments from `r[a+1]`. The callee's own window
//! begins at `r[a+1]`, so every register above `a` is lost in a call: what must survive lies below `a`.
//!
//! # Ticks
//! An instruction marked `tick` (or `call`, `back`) is a *preemption point*: it costs one tick, and another thread may
//! run *before* it does anything. `call` and `back` are those at which CPython may switch too (`--preempt cpython`).

/// What an operand field means: for the disassembler and the verifier.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Not used.
    None,
    /// Register read.
    R,
    /// Register written.
    W,
    /// Register read and written.
    RW,
    /// A register that begins a run of registers (read, written or both, as the picture says).
    Run,
    /// An immediate number (signed 16 bits where the picture says `imm`).
    Imm,
    /// Index into `Code::sites`.
    Site,
    /// Index into `Code::names`.
    Name,
    /// Index into `Code::children`.
    Child,
    /// Jump by a signed 16-bit distance from the next instruction.
    Jump,
    /// In `b`: the 32-bit field `bc` is an absolute jump target (`c` is then `None`).
    Jump32,
    /// In `b`: the 32-bit field `bc` is an index into `Code::consts` (`c` is then `None`).
    Const32,
    /// In `b`: the 32-bit field `bc` is a signed number (`c` is then `None`).
    Imm32,
}

/// Whether an instruction is a preemption point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Point {
    /// Not one.
    Plain,
    /// A visible operation on shared state.
    Tick,
    /// A call: CPython may switch here too.
    Call,
    /// A loop back-edge: CPython may switch here too.
    Back,
    /// A back-edge where `x & 2` is set, otherwise plain (rotated `while` loops).
    BackIfX2,
}

/// Calls the macro `$m` with the whole table: `Name "picture" [a, b, c] point;` for each instruction.
#[macro_export]
macro_rules! for_each_op {
    ($m:ident) => {
        $m! {
            Nop         "nothing"                                             [None, None, None] Plain;
            // ---- registers and constants
            Move        "r[a] = r[b]"                                         [W, R, None] Plain;
            LoadK       "r[a] = consts[bc]"                                   [W, Const32, None] Plain;
            LoadInt     "r[a] = bc (signed)"                                  [W, Imm32, None] Plain;
            LoadCommon  "r[a] = well-known object b (see `Common`)"           [W, Imm, None] Plain;
            CheckBound  "UnboundLocalError for names[b] if r[a] is Undef"     [R, Name, None] Plain;
            DelLocal    "as CheckBound, then r[a] = Undef"                    [RW, Name, None] Plain;
            ClearReg    "r[a] = Undef"                                        [W, None, None] Plain;
            // ---- cells: variables shared with inner functions
            MakeCell    "r[a] = new cell holding r[a] (which may be Undef)"   [RW, None, None] Plain;
            CopyFree    "r[a..a+b] = the cells of the running function"       [Run, Imm, None] Plain;
            LoadDeref   "r[a] = content of cell r[b]; if Undef NameError for names[c] (x: 0 own, 1 free variable)" [W, R, Name] Tick;
            StoreDeref  "content of cell r[a] = r[b]"                         [R, R, None] Tick;
            DelDeref    "content of cell r[a] = Undef; error for names[c] (x as LoadDeref) if it was" [R, None, Name] Tick;
            // ---- globals, and names of class bodies and exec'd code, whose namespace mapping is in r[0]
            LoadGlobal  "r[a] = globals or builtins [site b]"                 [W, Site, None] Tick;
            StoreGlobal "globals[site b] = r[a]"                              [R, Site, None] Tick;
            DelGlobal   "del globals[site b]"                                 [None, Site, None] Tick;
            LoadName    "r[a] = r[0], globals or builtins [site b]"           [W, Site, None] Tick;
            StoreName   "r[0][site b] = r[a]"                                 [R, Site, None] Tick;
            DelName     "del r[0][site b]"                                    [None, Site, None] Tick;
            LoadNameDeref "r[a] = r[0][site c] if there, else content of cell r[b] (free variable)" [W, R, Site] Tick;
            // ---- attributes
            GetAttr     "r[a] = r[b].site c"                                  [W, R, Site] Tick;
            SetAttr     "r[a].site c = r[b]"                                  [R, R, Site] Tick;
            DelAttr     "del r[a].site c"                                     [R, None, Site] Tick;
            LoadMethod  "r[a], r[a+1] = function, r[b]  where r[b].site c is a method; else Undef, r[b].site c" [Run, R, Site] Tick;
            // ---- items
            GetItem     "r[a] = r[b][r[c]]"                                   [W, R, R] Tick;
            GetItemI    "r[a] = r[b][imm c]"                                  [W, R, Imm] Tick;
            SetItem     "r[a][r[b]] = r[c]"                                   [R, R, R] Tick;
            SetItemI    "r[a][imm b] = r[c]"                                  [R, Imm, R] Tick;
            DelItem     "del r[a][r[b]]"                                      [R, R, None] Tick;
            // ---- operators; x = 1 is the in-place form (`+=`)
            Add         "r[a] = r[b] + r[c]"                                  [W, R, R] Plain;
            Sub         "r[a] = r[b] - r[c]"                                  [W, R, R] Plain;
            Mul         "r[a] = r[b] * r[c]"                                  [W, R, R] Plain;
            Div         "r[a] = r[b] / r[c]"                                  [W, R, R] Plain;
            FloorDiv    "r[a] = r[b] // r[c]"                                 [W, R, R] Plain;
            Mod         "r[a] = r[b] % r[c]"                                  [W, R, R] Plain;
            Pow         "r[a] = r[b] ** r[c]"                                 [W, R, R] Plain;
            MatMul      "r[a] = r[b] @ r[c]"                                  [W, R, R] Plain;
            LShift      "r[a] = r[b] << r[c]"                                 [W, R, R] Plain;
            RShift      "r[a] = r[b] >> r[c]"                                 [W, R, R] Plain;
            BitAnd      "r[a] = r[b] & r[c]"                                  [W, R, R] Plain;
            BitOr       "r[a] = r[b] | r[c]"                                  [W, R, R] Plain;
            BitXor      "r[a] = r[b] ^ r[c]"                                  [W, R, R] Plain;
            AddI        "r[a] = r[b] + imm c"                                 [W, R, Imm] Plain;
            SubI        "r[a] = r[b] - imm c"                                 [W, R, Imm] Plain;
            MulI        "r[a] = r[b] * imm c"                                 [W, R, Imm] Plain;
            FloorDivI   "r[a] = r[b] // imm c"                                [W, R, Imm] Plain;
            ModI        "r[a] = r[b] % imm c"                                 [W, R, Imm] Plain;
            LShiftI     "r[a] = r[b] << imm c"                                [W, R, Imm] Plain;
            RShiftI     "r[a] = r[b] >> imm c"                                [W, R, Imm] Plain;
            BitAndI     "r[a] = r[b] & imm c"                                 [W, R, Imm] Plain;
            BitOrI      "r[a] = r[b] | imm c"                                 [W, R, Imm] Plain;
            BitXorI     "r[a] = r[b] ^ imm c"                                 [W, R, Imm] Plain;
            Neg         "r[a] = -r[b]"                                        [W, R, None] Plain;
            Pos         "r[a] = +r[b]"                                        [W, R, None] Plain;
            Invert      "r[a] = ~r[b]"                                        [W, R, None] Plain;
            Not         "r[a] = not r[b]"                                     [W, R, None] Plain;
            // ---- comparisons
            Lt          "r[a] = r[b] < r[c]"                                  [W, R, R] Plain;
            Le          "r[a] = r[b] <= r[c]"                                 [W, R, R] Plain;
            Eq          "r[a] = r[b] == r[c]"                                 [W, R, R] Plain;
            Ne          "r[a] = r[b] != r[c]"                                 [W, R, R] Plain;
            Gt          "r[a] = r[b] > r[c]"                                  [W, R, R] Plain;
            Ge          "r[a] = r[b] >= r[c]"                                 [W, R, R] Plain;
            Is          "r[a] = r[b] is r[c]"                                 [W, R, R] Plain;
            IsNot       "r[a] = r[b] is not r[c]"                             [W, R, R] Plain;
            In          "r[a] = r[b] in r[c]"                                 [W, R, R] Tick;
            NotIn       "r[a] = r[b] not in r[c]"                             [W, R, R] Tick;
            // ---- jumps; the fused ones jump where the truth of the comparison is x & 1; x & 2 marks a back-edge
            Jump        "go to bc"                                            [None, Jump32, None] Plain;
            JumpBack    "go to bc, a loop's start"                            [None, Jump32, None] Back;
            JumpIfTrue  "if r[a]: go to bc"                                   [R, Jump32, None] Plain;
            JumpIfFalse "if not r[a]: go to bc"                               [R, Jump32, None] Plain;
            JumpIfNone  "if r[a] is None: go to bc"                           [R, Jump32, None] Plain;
            JumpIfNotNone "if r[a] is not None: go to bc"                     [R, Jump32, None] Plain;
            JumpLt      "if (r[a] < r[b]) is x&1: jump c"                     [R, R, Jump] BackIfX2;
            JumpLe      "if (r[a] <= r[b]) is x&1: jump c"                    [R, R, Jump] BackIfX2;
            JumpEq      "if (r[a] == r[b]) is x&1: jump c"                    [R, R, Jump] BackIfX2;
            JumpNe      "if (r[a] != r[b]) is x&1: jump c"                    [R, R, Jump] BackIfX2;
            JumpGt      "if (r[a] > r[b]) is x&1: jump c"                     [R, R, Jump] BackIfX2;
            JumpGe      "if (r[a] >= r[b]) is x&1: jump c"                    [R, R, Jump] BackIfX2;
            JumpLtI     "if (r[a] < imm b) is x&1: jump c"                    [R, Imm, Jump] BackIfX2;
            JumpLeI     "if (r[a] <= imm b) is x&1: jump c"                   [R, Imm, Jump] BackIfX2;
            JumpEqI     "if (r[a] == imm b) is x&1: jump c"                   [R, Imm, Jump] BackIfX2;
            JumpNeI     "if (r[a] != imm b) is x&1: jump c"                   [R, Imm, Jump] BackIfX2;
            JumpGtI     "if (r[a] > imm b) is x&1: jump c"                    [R, Imm, Jump] BackIfX2;
            JumpGeI     "if (r[a] >= imm b) is x&1: jump c"                   [R, Imm, Jump] BackIfX2;
            // ---- iteration. A rotated loop: ForIter at the top (once), ForNext at the bottom
            GetIter     "r[a] = iter(r[b])"                                   [W, R, None] Plain;
            ForIter     "r[b] = next(r[a]); at the end jump c"                [R, W, Jump] Plain;
            ForNext     "r[b] = next(r[a]) and jump c (backwards); at the end go on" [R, W, Jump] Back;
            Unpack      "r[a..a+c] = r[b], which has exactly c items"         [Run, R, Imm] Plain;
            UnpackEx    "r[a..] = first c items of r[b], a list of the middle, last x items" [Run, R, Imm] Plain;
            // ---- building
            BuildTuple  "r[a] = tuple of r[b..b+c]"                           [W, Run, Imm] Plain;
            BuildList   "r[a] = list of r[b..b+c]"                            [W, Run, Imm] Plain;
            BuildSet    "r[a] = set of r[b..b+c]"                             [W, Run, Imm] Plain;
            BuildMap    "r[a] = dict of the c pairs r[b], r[b+1], …"          [W, Run, Imm] Plain;
            BuildString "r[a] = the strings r[b..b+c] joined"                 [W, Run, Imm] Plain;
            BuildSlice  "r[a] = slice(r[b], r[b+1], r[b+2])"                  [W, Run, None] Plain;
            ListAppend  "r[a].append(r[b])"                                   [R, R, None] Plain;
            ListExtend  "r[a].extend(r[b]); error text of `*` if not iterable; x: the only argument of a call to r[a-1]" [R, R, None] Plain;
            ListToTuple "r[a] = tuple(r[b]), r[b] a list"                     [W, R, None] Plain;
            SetAdd      "r[a].add(r[b])"                                      [R, R, None] Plain;
            SetUpdate   "r[a].update(r[b])"                                   [R, R, None] Plain;
            MapSet      "r[a][r[b]] = r[c], r[a] a dict under construction"   [R, R, R] Plain;
            MapUpdate   "r[a].update(r[b]); 'not a mapping' error of `**`"    [R, R, None] Plain;
            MapMerge    "as MapUpdate for the keywords of a call to r[c]; a key that is there is an error" [R, R, R] Plain;
            FormatValue "r[a] = format(r[b], r[c]) (c = 0xFFFF: no spec); x: conversion 0 none, 1 str, 2 repr, 3 ascii" [W, R, Imm] Plain;
            // ---- calls
            Call        "r[c] = r[a](r[a+1 ..= a+b])"                         [Run, Imm, W] Call;
            CallKw      "as Call; the last len(r[a+1+b]) of the b arguments are keywords, named by the tuple r[a+1+b]" [Run, Imm, W] Call;
            CallEx      "r[c] = r[a](*r[a+1], **r[a+2]); r[a+1] a tuple or list, r[a+2] a dict if x = 1" [Run, None, W] Call;
            CallMethod  "after LoadMethod a: r[c] = method(r[a+2 .. a+2+b])"  [Run, Imm, W] Call;
            CallMethodKw "as CallMethod, with keyword names in the tuple r[a+2+b]" [Run, Imm, W] Call;
            Return      "return r[a]"                                         [R, None, None] Plain;
            Yield       "yield r[b]; r[a] = what is sent; x = 1 in an asynchronous generator" [W, R, None] Plain;
            GetYieldFromIter "r[a] = iterator of r[b] for `yield from`"       [W, R, None] Plain;
            YieldFrom   "r[a] = yield from r[b]; r[c] holds what is sent, None at first" [W, R, RW] Plain;
            Await       "r[a] = iterator of the awaitable r[b]; x: what it is for (see `Awaited`)" [W, R, None] Plain;
            GetAIter    "r[a] = aiter(r[b]) for `async for`"                  [W, R, None] Plain;
            GetANext    "r[a] = anext(r[b]) for `async for`, still to be awaited" [W, R, None] Plain;
            MakeFunction "r[a] = function of children[b]; from r[c], each if its bit of x is set: 1 defaults tuple, 2 keyword defaults dict, 4 annotations dict, 8 tuple of cells, 16 tuple of type parameters" [W, Child, Run] Plain;
            BuildClass  "r[a] = class: r[b] body function, r[b+1] name, r[b+2] tuple of bases, r[b+3] keywords dict or Undef" [W, Run, None] Call;
            // ---- exceptions
            Raise       "raise: x = 0 the handled one again, 1 r[a], 2 r[a] from r[b]" [R, R, None] Plain;
            Reraise     "go on raising r[a], adding nothing to its traceback" [R, None, None] Plain;
            PushHandled "r[a] = the handled exception; the handled exception = r[b]" [W, R, None] Plain;
            PopHandled  "the handled exception = r[a]"                        [R, None, None] Plain;
            MatchExc    "r[a] = r[b] is an instance of class or tuple of classes r[c]" [W, R, R] Plain;
            MatchExcStar "r[a], r[a+1] = matching part of r[b] for r[c], the rest (None if there is none)" [Run, R, R] Plain;
            // ---- with
            WithEnter   "r[c], r[c+1] = __exit__ of r[b] as LoadMethod has it; r[a] = r[b].__enter__(); x = 1: __aexit__, __aenter__" [W, R, Run] Call;
            WithExit    "__exit__ in r[a], r[a+1] with (None, None, None); x = 1: r[c] = its result" [Run, None, W] Call;
            WithExitExc "r[a] = __exit__ in r[c], r[c+1] with (type, r[b], traceback)" [W, R, Run] Call;
            // ---- imports
            ImportName  "r[a] = __import__(site b, fromlist r[c], level x)"   [W, Site, R] Call;
            ImportFrom  "r[a] = r[b].site c, or submodule of it"              [W, R, Site] Call;
            ImportStar  "all public names of r[a] into the namespace"         [R, None, None] Call;
            // ---- match statement
            MatchSequence "r[a] = r[b] is a sequence for patterns"            [W, R, None] Plain;
            MatchMapping "r[a] = r[b] is a mapping for patterns"              [W, R, None] Plain;
            MatchKeys   "r[a] = tuple of r[b]'s values for the tuple of keys r[c], or None" [W, R, R] Plain;
            MatchClass  "r[a] = tuple of attributes or None: subject r[b], class r[c], tuple of names r[c+1], x positional patterns" [W, R, Run] Plain;
            GetLen      "r[a] = len(r[b])"                                    [W, R, None] Plain;
            // ---- the rest
            SetupAnnotations "make __annotations__ in the namespace if it isn't there" [None, None, None] Plain;
            Intrinsic   "r[a] = intrinsic x of r[b..b+c] (see `Intrinsic`)"   [W, Run, Imm] Plain;
            // ---- specialised: a VM writes them over the instruction behind `for` in its own copy of the code when it has
            // seen what comes there. Compiled code has none of them. Each does what that instruction would do.
            AddFloat    "Add of floats"                                       [W, R, R] Plain for Add;
            AddStr      "Add of strings"                                      [W, R, R] Plain for Add;
            SubFloat    "Sub of floats"                                       [W, R, R] Plain for Sub;
            MulFloat    "Mul of floats"                                       [W, R, R] Plain for Mul;
            GetItemList "GetItem of a list by an int"                         [W, R, R] Tick for GetItem;
            GetItemIList "GetItemI of a list"                                 [W, R, Imm] Tick for GetItemI;
            SetItemList "SetItem of a list by an int"                         [R, R, R] Tick for SetItem;
            SetItemIList "SetItemI of a list"                                 [R, Imm, R] Tick for SetItemI;
            ForNextRange "ForNext of a range"                                 [R, W, Jump] Back for ForNext;
            ForNextList "ForNext of a list"                                   [R, W, Jump] Back for ForNext;
            ForNextPair "ForNext of pairs that are unpacked at once"          [R, W, Jump] Back for ForNext;
            ForNextIter "ForNext of another built-in iterator"                [R, W, Jump] Back for ForNext;
            ForNextGenerator "ForNext of a generator"                         [R, W, Jump] Back for ForNext;
            LoadGlobalModule "LoadGlobal, an entry of the globals"            [W, Site, None] Tick for LoadGlobal;
            LoadGlobalBuiltin "LoadGlobal, an entry of the builtins"          [W, Site, None] Tick for LoadGlobal;
            StoreGlobalModule "StoreGlobal, an entry that is there"           [R, Site, None] Tick for StoreGlobal;
            GetAttrSlot "GetAttr, a slot of an instance"                      [W, R, Site] Tick for GetAttr;
            GetAttrClass "GetAttr, data in the class of an instance"          [W, R, Site] Tick for GetAttr;
            GetAttrProperty "GetAttr, a property whose getter is a function"  [W, R, Site] Tick for GetAttr;
            GetAttrPoly "GetAttr of instances of several shapes"              [W, R, Site] Tick for GetAttr;
            GetAttrModule "GetAttr of a module"                               [W, R, Site] Tick for GetAttr;
            GetAttrOfClass "GetAttr of a class"                               [W, R, Site] Tick for GetAttr;
            LoadMethodShape "LoadMethod, a function in the class of an instance" [Run, R, Site] Tick for LoadMethod;
            LoadMethodPoly "LoadMethod of instances of several shapes"        [Run, R, Site] Tick for LoadMethod;
            LoadMethodNative "LoadMethod, a native method"                    [Run, R, Site] Tick for LoadMethod;
            LoadMethodModule "LoadMethod of a module"                         [Run, R, Site] Tick for LoadMethod;
            LoadMethodOfClass "LoadMethod of a class"                         [Run, R, Site] Tick for LoadMethod;
            SetAttrSlot "SetAttr, a slot of an instance"                      [R, R, Site] Tick for SetAttr;
            SetAttrPoly "SetAttr of instances of several shapes"              [R, R, Site] Tick for SetAttr;
            SetAttrAdd  "SetAttr, a new slot of an instance"                  [R, R, Site] Tick for SetAttr;
        }
    };
}

macro_rules! define_ops {
    (@generic $name:ident) => { Op::$name };
    (@generic $name:ident $generic:ident) => { Op::$generic };
    ($($name:ident $picture:literal [$a:ident, $b:ident, $c:ident] $point:ident $(for $generic:ident)?;)*) => {
        /// The operations. See [`for_each_op!`] for what each does.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $picture] $name),* }

        impl Op {
            /// All of them, in numeric order.
            pub const ALL: &'static [Op] = &[$(Op::$name),*];
            /// The name as in the table.
            pub const fn name(self) -> &'static str { match self { $(Op::$name => stringify!($name)),* } }
            /// What it does, in register notation.
            pub const fn picture(self) -> &'static str { match self { $(Op::$name => $picture),* } }
            /// The roles of `a`, `b` and `c`.
            pub const fn roles(self) -> [Role; 3] { match self { $(Op::$name => [Role::$a, Role::$b, Role::$c]),* } }
            /// Whether it is a preemption point.
            pub const fn point(self) -> Point { match self { $(Op::$name => Point::$point),* } }
            /// What a specialised operation stands for; others stand for themselves.
            #[inline]
            pub const fn generic(self) -> Op { match self { $(Op::$name => define_ops!(@generic $name $($generic)?)),* } }
        }
    };
}
for_each_op!(define_ops);

/// Well-known objects for `LoadCommon`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u16)]
pub enum Common {
    /// The class `AssertionError` (whatever the builtins say now).
    AssertionError,
    /// The class `StopAsyncIteration`, which ends `async for`.
    StopAsyncIteration,
}

/// What is awaited, for the words of the error if it can't be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Awaited {
    /// `await x`
    Expression,
    /// What `__aenter__` gave.
    Enter,
    /// What `__aexit__` gave.
    Exit,
    /// What `__anext__` gave.
    Next,
}

/// Rare operations behind one instruction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Intrinsic {
    /// Show `r[b]` as the REPL does (`sys.displayhook`).
    Display,
    /// `TypeVar(name r[b])`; with c = 2 also bound `r[b+1]`.
    TypeVar,
    TypeVarTuple,
    ParamSpec,
    /// `TypeAliasType(name r[b], type parameters tuple r[b+1], value r[b+2])`.
    TypeAlias,
    /// `Generic[*r[b]]`, the base that a class with type parameters gets.
    SubscriptGeneric,
    /// Set the PEP 696 default `r[b+1]` of the type parameter `r[b]`.
    SetTypeParamDefault,
    /// `except*`: what to raise of the list of exceptions `r[b+1]` for the original group `r[b]`; `None` for nothing.
    PrepareReraiseStar,
    /// The result `r[b]` of a call is not used: warn if it is a coroutine that nobody awaits.
    Dropped,
}

/// One instruction: 8 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C, align(8))]
pub struct Instr {
    pub op: Op,
    pub x: u8,
    pub a: u16,
    pub b: u16,
    pub c: u16,
}

impl Instr {
    pub const fn new(op: Op, x: u8, a: u16, b: u16, c: u16) -> Self {
        Instr { op, x, a, b, c }
    }

    /// With the 32-bit field `bc`.
    pub const fn wide(op: Op, x: u8, a: u16, bc: u32) -> Self {
        Instr { op, x, a, b: bc as u16, c: (bc >> 16) as u16 }
    }

    /// The 32-bit field made of `b` (low half) and `c` (high half).
    #[inline(always)]
    pub const fn bc(self) -> u32 {
        self.b as u32 | (self.c as u32) << 16
    }

    /// Whether this very instruction is a preemption point.
    pub const fn point(self) -> Point {
        match self.op.point() {
            Point::BackIfX2 => {
                if self.x & 2 != 0 {
                    Point::Back
                } else {
                    Point::Plain
                }
            }
            p => p,
        }
    }
}
