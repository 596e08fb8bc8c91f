//! Text: UTF-8 with the number of characters at hand. Floor 4.
//!
//! A string's bytes stand behind its head, or are the beginning of a shared buffer that the result of a concatenation
//! can be appended to, so that `s += piece` in a loop is linear overall. Invariant: the bytes are UTF-8 and never change.
#![allow(unsafe_code)]

use crate::heap::{Gc, Header, Heap, Kind, Object, Trailing};
use crate::object::class::Class;
use crate::text::hash;
use std::cell::Cell;

#[repr(C)]
pub struct StrHead {
    header: Header,
    /// The hash, 0 where it is not known yet (a text whose hash is 0 is hashed anew each time: only the empty one).
    hash: Cell<i64>,
}
// SAFETY: `repr(C)`, header first.
unsafe impl Object for StrHead {
    const KIND: Kind = Kind::Str;
}
/// A `str` object. Its items are its bytes or, if it is [`SHARED`], its number of bytes and the address of the buffer
/// whose beginning it is. The number of characters is in the header's `shape`.
pub type Str = Trailing<StrHead, u8>;

#[repr(C)]
pub struct StrBufHead {
    header: Header,
    used: Cell<u32>,
}
// SAFETY: `repr(C)`, header first.
unsafe impl Object for StrBufHead {
    const KIND: Kind = Kind::StrBuf;
}
/// A buffer of fixed size that several strings share: each is a prefix of it.
pub type StrBuf = Trailing<StrBufHead, Cell<u8>>;

/// Set in `flags` of the one `Str` of its text that the VM's table of names holds.
const INTERNED: u16 = 1;
/// Set in `flags` of a `Str` whose text stands in a [`StrBuf`].
const SHARED: u16 = 2;
/// Results shorter than this are copied on concatenation.
const SHARE_FROM: usize = 256;

impl StrHead {
    fn new(class: Gc<Class>, nchars: usize) -> StrHead {
        let header = Header::new(Kind::Str, class);
        header.shape.set(nchars as u32);
        StrHead { header, hash: Cell::new(0) }
    }

    /// `len(s)`: number of code points.
    #[inline(always)]
    pub fn nchars(&self) -> usize {
        self.header.shape.get() as usize
    }

    #[inline(always)]
    pub fn is_interned(&self) -> bool {
        self.header.has_flag(INTERNED)
    }

    /// Notes that this is the one string of its text, whose hash is `hash`.
    pub fn set_interned(&self, hash: i64) {
        self.hash.set(hash);
        self.header.set_flag(INTERNED, true);
    }

    #[inline(always)]
    fn is_shared(&self) -> bool {
        self.header.has_flag(SHARED)
    }
}

impl Str {
    /// Number of bytes of the UTF-8 form.
    #[inline(always)]
    pub fn nbytes(&self) -> usize {
        if self.is_shared() { self.prefix().0 } else { self.len() }
    }

    #[inline(always)]
    pub fn is_ascii(&self) -> bool {
        self.nchars() == self.nbytes()
    }

    /// Of a shared text: its length in bytes, and the address of the buffer.
    fn prefix(&self) -> (usize, usize) {
        let items = self.items();
        let length = items.first_chunk().copied().map_or(0, u32::from_ne_bytes);
        (length as usize, items.last_chunk().copied().map_or(0, usize::from_ne_bytes))
    }

    /// The buffer whose beginning the text is.
    #[inline(always)]
    pub(super) fn buffer(&self) -> Option<Gc<StrBuf>> {
        if !self.is_shared() {
            return None;
        }
        // SAFETY: `concat` wrote the address, and the buffer lives as long as strings that share it.
        Some(unsafe { Gc::from_addr(self.prefix().1) })
    }
}

impl Gc<Str> {
    /// The text. It stays as long as the object lives: until the next safepoint at least.
    #[inline(always)]
    pub fn as_str<'a>(self) -> &'a str {
        // SAFETY: the bytes were copied from a `&str` and never change; objects don't move, and are freed at
        // safepoints only, which natives don't live across.
        unsafe {
            std::str::from_utf8_unchecked(match self.buffer() {
                None => std::slice::from_raw_parts(self.items().as_ptr(), self.len()),
                Some(b) => std::slice::from_raw_parts(b.items().as_ptr().cast::<u8>(), self.nbytes()),
            })
        }
    }

    /// CPython's hash with `PYTHONHASHSEED=0`.
    #[inline(always)]
    pub fn hash(self) -> i64 {
        let h = self.hash.get();
        if h != 0 {
            return h;
        }
        let h = hash::str(self.as_str());
        self.hash.set(h);
        h
    }

    /// Equality of texts.
    #[inline(always)]
    pub fn same_text(self, o: Gc<Str>) -> bool {
        self == o
            || (self.nbytes() == o.nbytes() && !(self.is_interned() && o.is_interned()) && self.as_str() == o.as_str())
    }

    /// The byte offset of character `i`, which must be at most `len`.
    pub fn byte_of(self, i: usize) -> usize {
        if self.is_ascii() {
            return i;
        }
        let s = self.as_str();
        // From the nearer end.
        if i <= self.nchars() / 2 {
            s.char_indices().nth(i).map_or(s.len(), |(b, _)| b)
        } else {
            match self.nchars() - i {
                0 => s.len(),
                back => s.char_indices().rev().nth(back - 1).map_or(0, |(b, _)| b),
            }
        }
    }

    /// Character `i`.
    pub fn char_at(self, i: usize) -> Option<char> {
        if self.is_ascii() {
            return self.as_str().as_bytes().get(i).map(|&b| b as char);
        }
        if i >= self.nchars() {
            return None;
        }
        self.as_str().get(self.byte_of(i)..)?.chars().next()
    }

    /// The characters from `start` to `end`.
    pub fn substr<'a>(self, start: usize, end: usize) -> &'a str {
        if start >= end {
            return "";
        }
        let (b, e) = (self.byte_of(start), self.byte_of(end));
        self.as_str().get(b..e).unwrap_or("")
    }
}

/// Makes a `str` of class `class`.
#[inline]
pub fn new_str(heap: &mut Heap, class: Gc<Class>, text: &str) -> Gc<Str> {
    let nchars = if text.is_ascii() { text.len() } else { text.chars().count() };
    let head = StrHead::new(class, nchars);
    heap.alloc_copy(head, text.as_bytes())
}

/// A string of the bytes `x` and `y`, at most `N` of them.
fn join<const N: usize>(heap: &mut Heap, head: StrHead, x: &[u8], y: &[u8]) -> Gc<Str> {
    let mut both = [0u8; N];
    both[..x.len()].copy_from_slice(x);
    both[x.len()..x.len() + y.len()].copy_from_slice(y);
    heap.alloc_copy(head, &both[..x.len() + y.len()])
}

/// `a + b`. Appends in place where `a` is the whole of a shared buffer with room.
pub fn concat(heap: &mut Heap, class: Gc<Class>, a: Gc<Str>, b: Gc<Str>) -> Gc<Str> {
    let n = a.nbytes() + b.nbytes();
    let head = StrHead::new(class, a.nchars() + b.nchars());
    if n < SHARE_FROM {
        let (x, y) = (a.as_str().as_bytes(), b.as_str().as_bytes());
        return if n <= 64 { join::<64>(heap, head, x, y) } else { join::<SHARE_FROM>(heap, head, x, y) };
    }
    let buf = match a.buffer() {
        Some(buf) if buf.used.get() as usize == a.nbytes() && n <= buf.len() => buf,
        _ => {
            let bytes = a.as_str().as_bytes();
            let room = n + n / 2;
            let h = StrBufHead { header: Header::without_class(Kind::StrBuf), used: Cell::new(a.nbytes() as u32) };
            heap.alloc_trailing(h, room, |i| Cell::new(bytes.get(i).copied().unwrap_or(0)))
        }
    };
    for (cell, &byte) in buf.items()[a.nbytes()..n].iter().zip(b.as_str().as_bytes()) {
        cell.set(byte);
    }
    buf.used.set(n as u32);
    head.header.set_flag(SHARED, true);
    let mut prefix = [0; 12];
    prefix[..4].copy_from_slice(&(n as u32).to_ne_bytes());
    prefix[4..].copy_from_slice(&buf.addr().to_ne_bytes());
    heap.alloc_copy(head, &prefix)
}
