//! Interior mutability for heap objects: a `RefCell` in builds with debug assertions, a plain cell in others. Floor 3.
//!
//! Invariant (rule 4 of this floor): no `borrow_mut` overlaps another borrow of the same cell. The test suite runs with
//! debug assertions, where an overlap panics.
#![allow(unsafe_code)]

use std::cell::UnsafeCell;
use std::ops::{Deref, DerefMut};

/// A field of a heap object that is changed in place.
pub struct HeapCell<T> {
    #[cfg(debug_assertions)]
    state: std::cell::Cell<i32>,
    value: UnsafeCell<T>,
}

/// A shared borrow of a [`HeapCell`].
pub struct Ref<'a, T> {
    value: &'a T,
    #[cfg(debug_assertions)]
    state: &'a std::cell::Cell<i32>,
}

/// A unique borrow of a [`HeapCell`].
pub struct RefMut<'a, T> {
    value: &'a mut T,
    #[cfg(debug_assertions)]
    state: &'a std::cell::Cell<i32>,
}

impl<T> HeapCell<T> {
    pub const fn new(value: T) -> Self {
        HeapCell {
            #[cfg(debug_assertions)]
            state: std::cell::Cell::new(0),
            value: UnsafeCell::new(value),
        }
    }

    /// A shared borrow. Panics in builds with debug assertions while a unique one exists.
    #[inline(always)]
    pub fn borrow(&self) -> Ref<'_, T> {
        #[cfg(debug_assertions)]
        {
            assert!(self.state.get() >= 0, "heap cell is borrowed mutably");
            self.state.set(self.state.get() + 1);
        }
        Ref {
            // SAFETY: a heap belongs to one OS thread at a time, and no unique borrow overlaps (rule 4).
            value: unsafe { &*self.value.get() },
            #[cfg(debug_assertions)]
            state: &self.state,
        }
    }

    /// The unique borrow. Panics in builds with debug assertions while any other exists.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)]
    pub fn borrow_mut(&self) -> RefMut<'_, T> {
        #[cfg(debug_assertions)]
        {
            assert!(self.state.get() == 0, "heap cell is borrowed");
            self.state.set(-1);
        }
        RefMut {
            // SAFETY: as in `borrow`; no other borrow overlaps (rule 4).
            value: unsafe { &mut *self.value.get() },
            #[cfg(debug_assertions)]
            state: &self.state,
        }
    }

    /// Where the value is, for code that may be sure without the check that nothing borrows it uniquely.
    #[inline(always)]
    pub fn as_ptr(&self) -> *mut T {
        self.value.get()
    }

    /// Puts a new value in, gives the old one.
    pub fn replace(&self, value: T) -> T {
        std::mem::replace(&mut *self.borrow_mut(), value)
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        self.value
    }
}

impl<T> Deref for RefMut<'_, T> {
    type Target = T;
    #[inline(always)]
    fn deref(&self) -> &T {
        self.value
    }
}

impl<T> DerefMut for RefMut<'_, T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut T {
        self.value
    }
}

#[cfg(debug_assertions)]
impl<T> Drop for Ref<'_, T> {
    fn drop(&mut self) {
        self.state.set(self.state.get() - 1);
    }
}

#[cfg(debug_assertions)]
impl<T> Drop for RefMut<'_, T> {
    fn drop(&mut self) {
        self.state.set(0);
    }
}

#[cfg(all(test, debug_assertions))]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "borrowed")]
    fn overlapping_borrows_are_noticed() {
        let c = HeapCell::new(1);
        let _a = c.borrow();
        let _b = c.borrow_mut();
    }

    #[test]
    fn borrows_end() {
        let c = HeapCell::new(1);
        *c.borrow_mut() += 1;
        assert_eq!(*c.borrow(), 2);
        assert_eq!(c.replace(5), 2);
    }
}
