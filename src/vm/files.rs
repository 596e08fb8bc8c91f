//! Open files as a VM knows them: what was written and not yet handed to the host, and files whose objects are gone.
//! Floor 5.
//!
//! Invariant: what a program wrote reaches the host: when its buffer is full, when it is flushed or closed, when its object
//! is collected, or at the end of the run.

use super::{Ctl, Vm};
use crate::value::Value;
use std::cell::Cell;
use std::io;
use std::sync::{Arc, Mutex};

/// Files that are open.
#[derive(Default)]
pub struct OpenFiles {
    slots: Vec<Option<Slot>>,
    /// Slots whose objects were collected. Destructors run without the VM at hand: they leave the number here.
    orphans: Arc<Mutex<Vec<u32>>>,
}

struct Slot {
    fd: u32,
    close: bool,
    /// Device and number of the file.
    identity: (u64, u64),
    /// Written by the program, not yet by the host.
    pending: Vec<u8>,
}

/// What a file object holds of its slot. Dropping it lets the VM close the file at the next safepoint.
pub struct Handle {
    slot: u32,
    /// The slot may be another file's by now.
    given_up: Cell<bool>,
    orphans: Arc<Mutex<Vec<u32>>>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        if !self.given_up.get()
            && let Ok(mut list) = self.orphans.lock()
        {
            list.push(self.slot);
        }
    }
}

impl Handle {
    /// A number for the visitors of state.
    pub fn number(&self) -> u64 {
        self.slot as u64
    }
}

impl OpenFiles {
    /// A slot for an open descriptor of the file with this device and number; the descriptor is closed with it if `close`
    /// says so.
    pub fn adopt(&mut self, fd: u32, close: bool, identity: (u64, u64)) -> Handle {
        let free = self.slots.iter().position(Option::is_none).unwrap_or(self.slots.len());
        if free == self.slots.len() {
            self.slots.push(None);
        }
        self.slots[free] = Some(Slot { fd, close, identity, pending: Vec::new() });
        Handle { slot: free as u32, given_up: Cell::new(false), orphans: self.orphans.clone() }
    }

    fn slot(&mut self, h: &Handle) -> Option<&mut Slot> {
        if h.given_up.get() {
            return None;
        }
        self.slots.get_mut(h.slot as usize)?.as_mut()
    }

    /// Whether anything waits to be written at all.
    pub fn any_behind(&self) -> bool {
        self.slots.iter().flatten().any(|s| !s.pending.is_empty())
    }

    /// How many bytes wait to be written.
    pub fn waiting(&mut self, h: &Handle) -> usize {
        self.slot(h).map_or(0, |s| s.pending.len())
    }
}

impl Vm {
    /// Keeps bytes back to be written later.
    pub fn write_behind(&mut self, h: &Handle, bytes: &[u8]) {
        if let Some(slot) = self.files.slot(h) {
            slot.pending.extend_from_slice(bytes);
        }
    }

    /// Hands what was kept back over to the host. After a failure the rest is still there.
    pub fn write_out(&mut self, h: &Handle) -> io::Result<()> {
        self.write_slot(h.slot)
    }

    fn write_slot(&mut self, slot: u32) -> io::Result<()> {
        let Some(s) = self.files.slots.get_mut(slot as usize).and_then(Option::as_mut) else { return Ok(()) };
        while !s.pending.is_empty() {
            match self.host.files().write(s.fd, &s.pending) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(n) => {
                    s.pending.drain(..n.min(s.pending.len()));
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// Forgets what was kept back.
    pub fn drop_pending(&mut self, h: &Handle) {
        if let Some(slot) = self.files.slot(h) {
            slot.pending.clear();
        }
    }

    /// All bytes of a file.
    pub fn read_file(&mut self, path: &str) -> io::Result<Vec<u8>> {
        const PIECE: usize = 1 << 16;
        let files = self.host.files();
        let fd = files.open(path, super::host::open::RDONLY, 0)?;
        let mut all = Vec::new();
        let result = loop {
            match files.read(fd, PIECE) {
                Ok(piece) if piece.is_empty() => break Ok(all),
                Ok(piece) => all.extend(piece),
                Err(e) => break Err(e),
            }
        };
        files.close(fd)?;
        result
    }

    /// The OSError for a failure at a path.
    pub fn host_error_at(&mut self, e: &io::Error, path: Value) -> Ctl {
        let number = e.raw_os_error().unwrap_or(5);
        let text = e.to_string();
        let text = self.new_str(text.split(" (os error").next().unwrap_or_default());
        let class = self.types.OSError;
        let exc = self.new_exception(class, &[Value::small(number as i64), text]);
        let name = self.intern("filename");
        self.set_exc_field(exc, name, path);
        Ctl::Raise(exc)
    }

    /// Gives the slot up, and closes the descriptor if that is the file's business.
    pub fn close_file(&mut self, h: &Handle) -> io::Result<()> {
        if h.given_up.replace(true) {
            return Ok(());
        }
        match self.files.slots.get_mut(h.slot as usize).and_then(Option::take) {
            Some(s) if s.close => self.host.files().close(s.fd),
            _ => Ok(()),
        }
    }

    /// Ends files whose objects were collected.
    pub(super) fn reap_files(&mut self) {
        let gone = match self.files.orphans.lock() {
            Ok(mut list) => std::mem::take(&mut *list),
            Err(_) => return,
        };
        for slot in gone {
            // There is nobody left to be told of a failure.
            let _ = self.write_slot(slot);
            if let Some(s) = self.files.slots.get_mut(slot as usize).and_then(Option::take)
                && s.close
            {
                let _ = self.host.files().close(s.fd);
            }
        }
    }

    /// Writes what was kept back of one file: as CPython's reference counts do with a file object that nobody has any more.
    pub fn settle_file(&mut self, identity: (u64, u64)) {
        for slot in 0..self.files.slots.len() {
            if self.files.slots[slot].as_ref().is_some_and(|s| s.identity == identity) {
                // The object's own next write will tell of a failure.
                let _ = self.write_slot(slot as u32);
            }
        }
    }

    /// At the end of a run: what programs left unwritten.
    pub fn write_all_files(&mut self) {
        for slot in 0..self.files.slots.len() {
            let _ = self.write_slot(slot as u32);
        }
    }
}
