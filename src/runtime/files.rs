//! Files of the operating system, for the host of the command line. Floor 8.
//!
//! Invariant: descriptors are numbers of this table, the least that is free, so that they don't depend on what the
//! process inherited.

use super::host::StdHost;
use crate::vm::host::{Entry, Files, Host, Stat};
use rustix::fs::{self, AtFlags, CWD, Mode, OFlags, SeekFrom};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Files that are open: descriptor 3 is the first.
#[derive(Default)]
pub struct OpenFiles(Vec<Option<File>>);

/// Descriptors of the standard streams.
const STANDARD: u32 = 3;
/// As most systems have it: a program that forgets to close its files is told so.
const MOST: usize = 1021;
const EBADF: i32 = 9;
const EMFILE: i32 = 24;
const EINVAL: i32 = 22;
const ESPIPE: i32 = 29;

fn error<T>(number: i32) -> io::Result<T> {
    Err(io::Error::from_raw_os_error(number))
}

/// Paths with a NUL in them are nobody's.
fn checked(path: &str) -> io::Result<&str> {
    if path.contains('\0') { error(EINVAL) } else { Ok(path) }
}

impl OpenFiles {
    fn add(&mut self, file: File) -> io::Result<u32> {
        let free = self.0.iter().position(Option::is_none).unwrap_or(self.0.len());
        if free >= MOST {
            return error(EMFILE);
        }
        if free == self.0.len() {
            self.0.push(None);
        }
        self.0[free] = Some(file);
        Ok(free as u32 + STANDARD)
    }

    fn get(&mut self, fd: u32) -> io::Result<&mut File> {
        let file = fd.checked_sub(STANDARD).and_then(|i| self.0.get_mut(i as usize)?.as_mut());
        file.ok_or_else(|| io::Error::from_raw_os_error(EBADF))
    }
}

fn stat_of(m: &std::fs::Metadata) -> Stat {
    let ns = |s: i64, n: i64| s.saturating_mul(1_000_000_000).saturating_add(n);
    Stat {
        mode: m.mode(),
        ino: m.ino(),
        dev: m.dev(),
        nlink: m.nlink(),
        uid: m.uid(),
        gid: m.gid(),
        size: m.size() as i64,
        atime_ns: ns(m.atime(), m.atime_nsec()),
        mtime_ns: ns(m.mtime(), m.mtime_nsec()),
        ctime_ns: ns(m.ctime(), m.ctime_nsec()),
        blksize: m.blksize() as i64,
        blocks: m.blocks() as i64,
        rdev: m.rdev(),
    }
}

fn timespec(ns: i64) -> fs::Timespec {
    fs::Timespec { tv_sec: ns.div_euclid(1_000_000_000), tv_nsec: ns.rem_euclid(1_000_000_000) as _ }
}

/// What a standard stream is, as a file.
fn standard(fd: u32) -> io::Result<File> {
    let owned = match fd {
        0 => rustix::io::dup(io::stdin())?,
        1 => rustix::io::dup(io::stdout())?,
        _ => rustix::io::dup(io::stderr())?,
    };
    Ok(File::from(owned))
}

impl Files for StdHost {
    fn open(&mut self, path: &str, flags: i32, mode: u32) -> io::Result<u32> {
        let flags = OFlags::from_bits_retain(flags as _) | OFlags::CLOEXEC;
        let fd = fs::open(checked(path)?, flags, Mode::from_bits_truncate(mode))?;
        self.files.add(File::from(fd))
    }

    fn close(&mut self, fd: u32) -> io::Result<()> {
        if fd < STANDARD {
            return if fd == 1 { self.flush_stdout() } else { Ok(()) };
        }
        self.files.get(fd)?;
        self.files.0[(fd - STANDARD) as usize] = None;
        Ok(())
    }

    fn duplicate(&mut self, fd: u32) -> io::Result<u32> {
        let file = if fd < STANDARD { standard(fd)? } else { self.files.get(fd)?.try_clone()? };
        self.files.add(file)
    }

    fn read(&mut self, fd: u32, n: usize) -> io::Result<Vec<u8>> {
        match fd {
            0 => return self.read_stdin(n),
            1 | 2 => return error(EBADF),
            _ => {}
        }
        let file = self.files.get(fd)?;
        let mut bytes = Vec::new();
        // A huge `n` is a wish, no reason to reserve so much.
        if n > 1 << 20 {
            file.take(n as u64).read_to_end(&mut bytes)?;
        } else {
            bytes.resize(n, 0);
            let got = file.read(&mut bytes)?;
            bytes.truncate(got);
        }
        Ok(bytes)
    }

    fn write(&mut self, fd: u32, bytes: &[u8]) -> io::Result<usize> {
        match fd {
            0 => error(EBADF),
            1 => {
                self.write_stdout(bytes)?;
                self.flush_stdout()?;
                Ok(bytes.len())
            }
            2 => self.write_stderr(bytes).map(|()| bytes.len()),
            _ => self.files.get(fd)?.write(bytes),
        }
    }

    fn seek(&mut self, fd: u32, offset: i64, whence: i32) -> io::Result<u64> {
        if fd < STANDARD {
            return error(ESPIPE);
        }
        let to = match whence {
            0 if offset < 0 => return error(EINVAL),
            0 => SeekFrom::Start(offset as u64),
            1 => SeekFrom::Current(offset),
            2 => SeekFrom::End(offset),
            _ => return error(EINVAL),
        };
        Ok(fs::seek(self.files.get(fd)?, to)?)
    }

    fn truncate(&mut self, fd: u32, size: u64) -> io::Result<()> {
        self.files.get(fd)?.set_len(size)
    }

    fn sync(&mut self, fd: u32) -> io::Result<()> {
        if fd < STANDARD {
            return error(EINVAL);
        }
        self.files.get(fd)?.sync_all()
    }

    fn stat_open(&mut self, fd: u32) -> io::Result<Stat> {
        let metadata = if fd < STANDARD { standard(fd)?.metadata()? } else { self.files.get(fd)?.metadata()? };
        Ok(stat_of(&metadata))
    }

    fn stat(&mut self, path: &str, follow: bool) -> io::Result<Stat> {
        let path = checked(path)?;
        let found = if follow { std::fs::metadata(path)? } else { std::fs::symlink_metadata(path)? };
        Ok(stat_of(&found))
    }

    fn entries(&mut self, path: &str) -> io::Result<Vec<Entry>> {
        use std::os::unix::fs::{DirEntryExt, FileTypeExt};
        let mut found = Vec::new();
        for entry in std::fs::read_dir(checked(path)?)? {
            let entry = entry?;
            let kind = match entry.file_type() {
                Ok(t) if t.is_dir() => 0o040_000,
                Ok(t) if t.is_symlink() => 0o120_000,
                Ok(t) if t.is_file() => 0o100_000,
                Ok(t) if t.is_fifo() => 0o010_000,
                Ok(t) if t.is_socket() => 0o140_000,
                Ok(t) if t.is_char_device() => 0o020_000,
                Ok(t) if t.is_block_device() => 0o060_000,
                _ => 0,
            };
            let name = entry.file_name().to_string_lossy().into_owned();
            found.push(Entry { name, kind, ino: entry.ino() });
        }
        Ok(found)
    }

    fn make_folder(&mut self, path: &str, mode: u32) -> io::Result<()> {
        Ok(fs::mkdir(checked(path)?, Mode::from_bits_truncate(mode))?)
    }

    fn remove_folder(&mut self, path: &str) -> io::Result<()> {
        Ok(fs::rmdir(checked(path)?)?)
    }

    fn remove(&mut self, path: &str) -> io::Result<()> {
        Ok(fs::unlink(checked(path)?)?)
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        Ok(fs::rename(checked(from)?, checked(to)?)?)
    }

    fn link(&mut self, target: &str, path: &str, symbolic: bool) -> io::Result<()> {
        let (target, path) = (checked(target)?, checked(path)?);
        let made = if symbolic { fs::symlink(target, path) } else { fs::link(target, path) };
        Ok(made?)
    }

    fn read_link(&mut self, path: &str) -> io::Result<String> {
        Ok(std::fs::read_link(checked(path)?)?.to_string_lossy().into_owned())
    }

    fn set_mode(&mut self, path: &str, mode: u32) -> io::Result<()> {
        Ok(fs::chmod(checked(path)?, Mode::from_bits_truncate(mode))?)
    }

    fn set_times(&mut self, path: &str, atime_ns: i64, mtime_ns: i64) -> io::Result<()> {
        let times = fs::Timestamps { last_access: timespec(atime_ns), last_modification: timespec(mtime_ns) };
        Ok(fs::utimensat(CWD, checked(path)?, &times, AtFlags::empty())?)
    }

    fn may_access(&mut self, path: &str, mode: u32) -> bool {
        checked(path).is_ok_and(|p| fs::access(p, fs::Access::from_bits_truncate(mode as _)).is_ok())
    }

    fn folder(&mut self) -> io::Result<String> {
        Ok(std::env::current_dir()?.to_string_lossy().into_owned())
    }

    fn change_folder(&mut self, path: &str) -> io::Result<()> {
        std::env::set_current_dir(Path::new(checked(path)?))
    }

    fn environment(&mut self) -> Vec<(String, String)> {
        let text = |s: std::ffi::OsString| s.to_string_lossy().into_owned();
        std::env::vars_os().map(|(k, v)| (text(k), text(v))).collect()
    }

    fn process_id(&mut self) -> u32 {
        std::process::id()
    }

    fn processors(&mut self) -> usize {
        std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
    }

    fn mask(&mut self, bits: u32) -> u32 {
        rustix::process::umask(Mode::from_bits_truncate(bits as _)).bits() as u32
    }

    fn identities(&mut self) -> [u32; 5] {
        use rustix::process as p;
        let parent = p::getppid().map_or(0, |pid| pid.as_raw_nonzero().get() as u32);
        [parent, p::getuid().as_raw(), p::geteuid().as_raw(), p::getgid().as_raw(), p::getegid().as_raw()]
    }

    fn system(&mut self) -> [String; 5] {
        let u = rustix::system::uname();
        [u.sysname(), u.nodename(), u.release(), u.version(), u.machine()].map(|s| s.to_string_lossy().into_owned())
    }
}
