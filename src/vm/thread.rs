//! A green thread: frames, value stack, state. Floor 5.

use super::block::{ThreadId, Wait};
use super::native::{Resume, StepFn};
use crate::heap::{Gc, Visitor};
use crate::object::Code;
use crate::value::Value;

/// What is done with the value that a frame returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Then {
    /// Into the caller's register `dst`.
    Store,
    /// As `Store`, but an `AttributeError` asks `__getattr__`.
    GetAttr,
    /// Nothing.
    Discard,
    /// It must be `None`; the instance in `r[-2]` goes into `dst`: `__init__` of a new object.
    Init,
    /// The iterator's next item for the caller's `ForIter`/`ForNext`; `StopIteration` ends the loop.
    ForItem,
    /// Truth decides the caller's jump.
    Jump,
    /// Truth, negated, into `dst`.
    Not,
    /// Truth into `dst` (`in`); for `not in` the instruction says to negate.
    Contains,
    /// Result of the left operand's method for the caller's operator; `NotImplemented` asks the right one.
    BinaryLeft,
    /// Result of the right operand's reflected method, tried first because its class is a subclass.
    BinaryRightFirst,
    /// Result of the right operand's reflected method, tried last.
    BinaryRight,
    /// As the `Binary` ones, for comparisons.
    CompareLeft,
    CompareRightFirst,
    CompareRight,
    /// In-place method; `NotImplemented` asks the binary ones.
    InPlace,
    /// For the machine frame below.
    Machine,
    /// `yield from`: the inner iterator's item is yielded on.
    YieldFrom,
    /// `dst` and the exit function: see `WithEnter`.
    Enter,
    /// A signal's handler: the machine below goes on waiting.
    Rewait,
    /// A signal's handler between two instructions: the one that was to run is run.
    Replay,
    /// The first function of a thread.
    Thread,
    /// The result must be a `str` (`__format__`, `__str__`, `__repr__`), into `dst`.
    Text,
    /// The class body returned: make the class.
    ClassBody,
    /// Length into `dst`, checked.
    Length,
}

/// Bits of `Frame::flags`.
pub mod flag {
    /// The frame is a generator's; the generator is in `r[-2]`.
    pub const GENERATOR: u8 = 1;
    /// An exception is delivered to the machine below in place of ending it.
    pub const CATCH: u8 = 2;
    /// There is a frame object for it: see `vm/frames.rs`.
    pub const OBSERVED: u8 = 4;
    /// The profile knows it: see `vm/profile.rs`.
    pub const NOTED: u8 = 8;
    /// Ending it takes more than popping it.
    pub const SPECIAL: u8 = GENERATOR | OBSERVED;
}

/// An activation.
#[derive(Clone, Copy)]
pub struct Frame {
    /// The code, or `None` for a machine.
    pub code: Option<Gc<Code>>,
    /// The machine's step function.
    pub step: Option<StepFn>,
    /// Index of the next instruction, or the machine's state number.
    pub pc: u32,
    /// Where the window begins on the value stack.
    pub base: u32,
    /// The caller's register for the result.
    pub dst: u16,
    /// Size of a machine's window.
    pub size: u16,
    pub then: Then,
    pub flags: u8,
}

impl Frame {
    /// The activation of `code` with its window at `base`, at its beginning.
    #[inline(always)]
    pub fn of_code(code: Gc<Code>, base: u32, dst: u16, then: Then) -> Frame {
        Frame { code: Some(code), step: None, pc: 0, base, dst, size: 0, then, flags: 0 }
    }

    /// Whether its end takes no more than handing its value over: most frames.
    #[inline(always)]
    pub fn is_plain(&self) -> bool {
        matches!(self.then, Then::Store | Then::GetAttr) && self.flags == 0
    }

    /// Whether it is `__init__` of a new object, which waits in `r[-2]`, and nothing else is special.
    #[inline(always)]
    pub fn is_plain_init(&self) -> bool {
        self.then == Then::Init && self.flags == 0
    }
}

/// State of a thread.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// In the ready queue.
    Ready,
    /// It has the GIL.
    Running,
    /// See `Thread::wait`.
    Waiting,
    Finished,
}

/// A green thread. What few threads need is in `rare`: there may be a million of them.
pub struct Thread {
    pub id: ThreadId,
    pub state: State,
    pub daemon: bool,
    /// Changes with every wait, so that an old timer does not wake a new one.
    pub wait_number: u32,
    /// How many of the running generators were resumed while an exception was handled.
    pub handled_below: u32,
    pub frames: Vec<Frame>,
    /// The value stack. Its length is its capacity; what lies above the topmost window is garbage.
    pub stack: Vec<Value>,
    /// What it waits for while it is `Waiting`.
    pub wait: Option<Wait>,
    /// What to tell the topmost machine when the thread runs next.
    pub resume: Resume,
    /// The exception that is handled since the innermost generator was resumed, or `None`.
    pub handled: Value,
    /// The `threading.Thread` object, or `None`.
    pub object: Value,
    /// An exception to raise in the thread when it runs next (`KeyboardInterrupt`), or `Undef`.
    pub pending: Value,
    /// Threads that wait for the end of this one.
    pub joiners: super::block::WaitQueue,
    rare: Option<Box<Rare>>,
}

/// What few threads have.
#[derive(Default)]
pub struct Rare {
    /// Frame objects of activations that have one, with their numbers, in ascending order.
    pub observed: Vec<(u32, Value)>,
    /// What it waited for when a signal's handler began to run in it, unless that is over meanwhile.
    pub suspended: Option<Wait>,
    /// Signals whose handlers are still to be called in it.
    pub signals: Vec<i32>,
}

/// Frames and values that a new thread has room for: enough for most threads that wait in a function or two.
const FRAMES: usize = 4;
const VALUES: usize = 16;
/// A thread that needed more than so many frames or values leaves no room for the next one to reuse.
const KEEP_FRAMES: usize = 16;
const KEEP_VALUES: usize = 128;

impl Thread {
    pub fn new(id: ThreadId) -> Thread {
        Thread {
            id,
            state: State::Ready,
            daemon: false,
            wait_number: 0,
            handled_below: 0,
            frames: Vec::new(),
            stack: Vec::new(),
            wait: None,
            resume: Resume::Start,
            handled: Value::NONE,
            object: Value::NONE,
            pending: Value::UNDEF,
            joiners: super::block::WaitQueue::new(),
            rare: None,
        }
    }

    /// A thread that begins with stepping a machine with these registers.
    pub fn begin(&mut self, step: StepFn, regs: &[Value]) {
        self.frames.reserve_exact(FRAMES.saturating_sub(self.frames.capacity()));
        if self.stack.len() < VALUES.max(regs.len()) {
            let room = VALUES.max(regs.len());
            self.stack.reserve_exact(room - self.stack.len());
            self.stack.resize(room, Value::UNDEF);
        }
        self.stack[..regs.len()].copy_from_slice(regs);
        self.frames.push(Frame {
            code: None,
            step: Some(step),
            pc: 0,
            base: 0,
            dst: 0,
            size: regs.len() as u16,
            then: Then::Thread,
            flags: 0,
        });
    }

    /// Makes a finished thread a new one that keeps the memory; `false` if that is not worth it.
    pub fn clear(&mut self) -> bool {
        if self.frames.capacity() > KEEP_FRAMES || self.stack.len() > KEEP_VALUES {
            return false;
        }
        let (mut frames, mut stack) = (std::mem::take(&mut self.frames), std::mem::take(&mut self.stack));
        frames.clear();
        // Nobody looks at a thread that is not in the table: what is in there might be freed meanwhile.
        stack.fill(Value::UNDEF);
        *self = Thread { frames, stack, ..Thread::new(ThreadId(0)) };
        true
    }

    /// What few threads have, of this one.
    pub fn rare(&self) -> Option<&Rare> {
        self.rare.as_deref()
    }

    /// As [`Thread::rare`], to be changed; made when it is first asked for.
    pub fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Frame objects of activations that have one, with their numbers, in ascending order.
    pub fn observed(&self) -> &[(u32, Value)] {
        self.rare.as_ref().map_or(&[], |r| &r.observed)
    }

    /// Whether the handlers of signals are still to be called in it.
    #[inline]
    pub fn has_signals(&self) -> bool {
        self.rare.as_ref().is_some_and(|r| !r.signals.is_empty())
    }

    /// Takes what the thread waited for when a signal's handler began to run in it.
    pub fn take_suspended(&mut self) -> Option<Wait> {
        self.rare.as_mut()?.suspended.take()
    }

    /// Makes the value stack at least `len` long.
    #[cold]
    #[inline(never)]
    pub fn grow_stack(&mut self, len: usize) {
        let target = len.max(self.stack.len() + self.stack.len() / 2).max(16);
        self.stack.reserve_exact(target - self.stack.len());
        self.stack.resize(target, Value::UNDEF);
    }

    /// Where the free part of the value stack begins: just above the topmost window.
    pub fn top(&self) -> usize {
        self.frames.last().map_or(0, |f| match f.code {
            Some(c) => f.base as usize + c.code.nregs as usize,
            None => f.base as usize + f.size as usize,
        })
    }

    /// Clears what finished calls have left above the registers in use.
    pub fn forget_above_top(&mut self) {
        let top = self.top().min(self.stack.len());
        self.stack[top..].fill(Value::UNDEF);
    }

    /// Shows all values, and forgets what lies above the top of the stack.
    pub fn visit<V: Visitor>(&mut self, v: &mut V) {
        let top = self.top().min(self.stack.len());
        for &x in &self.stack[..top] {
            v.value(x);
        }
        // Nothing above the top is believed any more: after the collection it might point to freed objects, and a later
        // window may cover it before everything in it was written.
        self.forget_above_top();
        for f in &self.frames {
            if let Some(c) = f.code {
                v.value(c.value());
            }
            v.data(f.pc as u64);
        }
        for &(_, f) in self.observed() {
            v.value(f);
        }
        v.value(self.handled);
        v.value(self.object);
        v.value(self.pending);
        for w in self.wait.iter().chain(self.rare.iter().filter_map(|r| r.suspended.as_ref())) {
            v.value(w.on);
        }
        if let Resume::Value(x) | Resume::Raised(x) = self.resume {
            v.value(x);
        }
    }
}
