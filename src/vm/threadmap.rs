//! Threads by number. Floor 5.
//!
//! Numbers are never used again, so the table is made of pages, and a page whose threads have all finished is freed: a
//! program that starts threads for days keeps only what is alive.

use super::block::ThreadId;
use super::thread::Thread;

const PAGE: usize = 64;

struct Page {
    slots: [Option<Box<Thread>>; PAGE],
    /// Numbers of the page that were given away and have not finished, the current thread's among them.
    alive: usize,
}

/// All threads that have not finished, but the current one.
#[derive(Default)]
pub struct ThreadMap {
    pages: Vec<Option<Box<Page>>>,
    /// The next number.
    next: u32,
}

fn place(id: ThreadId) -> (usize, usize) {
    (id.0 as usize / PAGE, id.0 as usize % PAGE)
}

impl ThreadMap {
    /// A table whose first number is 1.
    pub fn new() -> ThreadMap {
        ThreadMap { pages: Vec::new(), next: 1 }
    }

    /// Adds the thread that `make` makes for the next number.
    pub fn add(&mut self, make: impl FnOnce(ThreadId) -> Box<Thread>) -> ThreadId {
        let id = ThreadId(self.next);
        self.next += 1;
        let (page, slot) = place(id);
        if page >= self.pages.len() {
            self.pages.push(None);
        }
        let page = self.pages[page].get_or_insert_with(|| Box::new(Page { slots: [const { None }; PAGE], alive: 0 }));
        page.alive += 1;
        page.slots[slot] = Some(make(id));
        id
    }

    fn slot(&mut self, id: ThreadId) -> Option<&mut Option<Box<Thread>>> {
        let (page, slot) = place(id);
        Some(&mut self.pages.get_mut(page)?.as_mut()?.slots[slot])
    }

    /// The thread `id`, if it is here.
    #[inline]
    pub fn get(&self, id: ThreadId) -> Option<&Thread> {
        let (page, slot) = place(id);
        self.pages.get(page)?.as_ref()?.slots[slot].as_deref()
    }

    /// As `get`, to be changed.
    #[inline]
    pub fn get_mut(&mut self, id: ThreadId) -> Option<&mut Thread> {
        self.slot(id)?.as_deref_mut()
    }

    /// Takes a thread out, to be put back or to finish.
    #[inline]
    pub fn take(&mut self, id: ThreadId) -> Option<Box<Thread>> {
        self.slot(id)?.take()
    }

    /// Puts a thread back that was taken out.
    #[inline]
    pub fn put(&mut self, thread: Box<Thread>) {
        if let Some(slot) = self.slot(thread.id) {
            *slot = Some(thread);
        }
    }

    /// The thread `id`, which was taken out, has finished.
    pub fn finished(&mut self, id: ThreadId) {
        let (page, _) = place(id);
        // The page that new numbers come from stays.
        let is_last = page + 1 == self.pages.len();
        let Some(slot) = self.pages.get_mut(page) else { return };
        let Some(p) = slot else { return };
        p.alive -= 1;
        if p.alive == 0 && !is_last {
            *slot = None;
        }
    }

    /// All that are here, from number `id` on, in order of their numbers.
    pub fn from(&self, id: ThreadId) -> impl Iterator<Item = &Thread> {
        let (first, _) = place(id);
        let pages = self.pages.iter().skip(first).flatten();
        pages.flat_map(|p| p.slots.iter().flatten()).map(|t| &**t).filter(move |t| t.id >= id)
    }

    /// As `from(1)`, to be changed.
    pub fn all_mut(&mut self) -> impl Iterator<Item = &mut Thread> {
        self.pages.iter_mut().flatten().flat_map(|p| p.slots.iter_mut().flatten()).map(|t| &mut **t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_finished_threads_are_freed() {
        let mut m = ThreadMap::new();
        for _ in 0..1000 {
            m.add(|id| Box::new(Thread::new(id)));
        }
        for n in 2..=1000 {
            assert!(m.take(ThreadId(n)).is_some());
            m.finished(ThreadId(n));
        }
        assert_eq!(m.pages.iter().flatten().count(), 2);
        assert!(m.get(ThreadId(1)).is_some() && m.get(ThreadId(2)).is_none() && m.get(ThreadId(5000)).is_none());
        let id = m.add(|id| Box::new(Thread::new(id)));
        assert_eq!(id, ThreadId(1001));
        assert_eq!(m.from(ThreadId(2)).map(|t| t.id.0).collect::<Vec<_>>(), [1001]);
        assert_eq!(m.all_mut().count(), 2);
    }
}
