//! The one door to the world outside: files of the process, clocks, entropy. Floor 5.
//!
//! Invariant: nothing else in the VM reads the outside, so a recording of what passes here replays a run.

use std::io::{self, Write};

/// Flags of [`Host::open`]: those of POSIX, with Linux's values.
pub mod open {
    pub const RDONLY: i32 = 0;
    pub const WRONLY: i32 = 1;
    pub const RDWR: i32 = 2;
    pub const CREAT: i32 = 0o100;
    pub const EXCL: i32 = 0o200;
    pub const TRUNC: i32 = 0o1000;
    pub const APPEND: i32 = 0o2000;
}

/// What a file system knows of a file: POSIX's `struct stat`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    pub mode: u32,
    pub ino: u64,
    pub dev: u64,
    pub nlink: u64,
    pub uid: u32,
    pub gid: u32,
    pub size: i64,
    pub atime_ns: i64,
    pub mtime_ns: i64,
    pub ctime_ns: i64,
    pub blksize: i64,
    pub blocks: i64,
    pub rdev: u64,
}

/// An entry of a folder.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    /// The type bits of its mode (`S_IFREG` …).
    pub kind: u32,
    pub ino: u64,
}

fn no_files<T>() -> io::Result<T> {
    const ENOSYS: i32 = 38;
    Err(io::Error::from_raw_os_error(ENOSYS))
}

/// Files, as POSIX has them. Descriptors 0, 1 and 2 are the standard streams; others are the host's own numbers, the
/// least that is free. Failures carry the number of POSIX (`raw_os_error`). A host without files refuses with `ENOSYS`.
pub trait Files {
    /// Opens a file; its descriptor.
    fn open(&mut self, _path: &str, _flags: i32, _mode: u32) -> io::Result<u32> {
        no_files()
    }
    fn close(&mut self, _fd: u32) -> io::Result<()> {
        no_files()
    }
    /// Another descriptor of the same open file.
    fn duplicate(&mut self, _fd: u32) -> io::Result<u32> {
        no_files()
    }
    /// At most `n` bytes; none at the end.
    fn read(&mut self, _fd: u32, _n: usize) -> io::Result<Vec<u8>> {
        no_files()
    }
    /// How many bytes were written.
    fn write(&mut self, _fd: u32, _bytes: &[u8]) -> io::Result<usize> {
        no_files()
    }
    /// Moves the place of the next access; `whence` as in `lseek`.
    fn seek(&mut self, _fd: u32, _offset: i64, _whence: i32) -> io::Result<u64> {
        no_files()
    }
    fn truncate(&mut self, _fd: u32, _size: u64) -> io::Result<()> {
        no_files()
    }
    fn sync(&mut self, _fd: u32) -> io::Result<()> {
        no_files()
    }
    fn stat_open(&mut self, _fd: u32) -> io::Result<Stat> {
        no_files()
    }
    /// What is known of a path; of the link itself if it is one and not to be followed.
    fn stat(&mut self, _path: &str, _follow: bool) -> io::Result<Stat> {
        no_files()
    }
    /// A folder's entries, without `.` and `..`, in the order of the file system.
    fn entries(&mut self, _path: &str) -> io::Result<Vec<Entry>> {
        no_files()
    }
    fn make_folder(&mut self, _path: &str, _mode: u32) -> io::Result<()> {
        no_files()
    }
    fn remove_folder(&mut self, _path: &str) -> io::Result<()> {
        no_files()
    }
    fn remove(&mut self, _path: &str) -> io::Result<()> {
        no_files()
    }
    fn rename(&mut self, _from: &str, _to: &str) -> io::Result<()> {
        no_files()
    }
    /// A hard link, or a symbolic one.
    fn link(&mut self, _target: &str, _path: &str, _symbolic: bool) -> io::Result<()> {
        no_files()
    }
    fn read_link(&mut self, _path: &str) -> io::Result<String> {
        no_files()
    }
    fn set_mode(&mut self, _path: &str, _mode: u32) -> io::Result<()> {
        no_files()
    }
    /// Sets the times of last access and change, in nanoseconds since 1970.
    fn set_times(&mut self, _path: &str, _atime_ns: i64, _mtime_ns: i64) -> io::Result<()> {
        no_files()
    }
    /// Whether the process may do what the bits of `access(2)` say.
    fn may_access(&mut self, _path: &str, _mode: u32) -> bool {
        false
    }
    fn folder(&mut self) -> io::Result<String> {
        no_files()
    }
    fn change_folder(&mut self, _path: &str) -> io::Result<()> {
        no_files()
    }
    /// The environment's variables.
    fn environment(&mut self) -> Vec<(String, String)> {
        Vec::new()
    }
    /// The number of the process.
    fn process_id(&mut self) -> u32 {
        1
    }
    /// How many processors there are.
    fn processors(&mut self) -> usize {
        1
    }
    /// Sets the bits that new files don't get; the bits before.
    fn mask(&mut self, _bits: u32) -> u32 {
        0
    }
    /// The number of the parent process; the user, the effective user, the group, the effective group.
    fn identities(&mut self) -> [u32; 5] {
        [0; 5]
    }
    /// Name of the system, of the machine in its network, release, version, kind of machine.
    fn system(&mut self) -> [String; 5] {
        Default::default()
    }
}

/// No files at all.
struct NoFiles;

impl Files for NoFiles {}

/// What a VM needs of its surroundings.
pub trait Host: Send {
    /// Its files.
    fn files(&mut self) -> &mut dyn Files {
        // A box of nothing takes no memory.
        Box::leak(Box::new(NoFiles))
    }
    /// Writes to standard output; may buffer.
    fn write_stdout(&mut self, bytes: &[u8]) -> io::Result<()>;
    fn flush_stdout(&mut self) -> io::Result<()>;
    /// Writes to standard error, after flushing nothing: the two streams are independent, as in CPython.
    fn write_stderr(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Reads a line from standard input, with its line end; empty at the end.
    fn read_line(&mut self) -> io::Result<String>;
    /// At most `n` bytes of standard input, as many as there are at once; none at the end.
    fn read_stdin(&mut self, _n: usize) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
    /// Whether stream 0, 1 or 2 is a terminal.
    fn is_terminal(&self, stream: u8) -> bool;
    /// Whether standard error is a terminal that wants colours.
    fn wants_colours(&self) -> bool {
        false
    }
    /// Real time since 1970 (UTC), nanoseconds.
    fn real_time_ns(&self) -> i64;
    /// Real monotonic time, nanoseconds since some start.
    fn monotonic_ns(&self) -> u64;
    /// CPU time of the process, nanoseconds.
    fn process_time_ns(&self) -> u64;
    /// Sleeps for real; comes back early when interrupted.
    fn sleep_ns(&mut self, ns: u64);
    /// Takes a pending signal number (SIGINT …), if there is one.
    fn take_signal(&mut self) -> Option<i32>;
    /// From now on this signal is told by `take_signal`, and does nothing else.
    fn listen(&mut self, _signal: i32) -> io::Result<()> {
        Ok(())
    }
    /// Does what the signal does in a process that doesn't handle it.
    fn default_action(&mut self, _signal: i32) {}

    /// The names that line editing may complete from now on.
    fn set_completions(&mut self, _names: Vec<String>) {}

    /// Reads a line of an interactive entry, with its line end; `None` at the end of input, an error on Ctrl-C.
    fn read_entry_line(&mut self, prompt: &str) -> io::Result<Option<String>> {
        self.write_stdout(prompt.as_bytes())?;
        self.flush_stdout()?;
        let line = self.read_line()?;
        Ok(if line.is_empty() { None } else { Some(line) })
    }
}

/// A host that keeps the output in memory, has no input and does not sleep: for tests and embedding.
#[derive(Default)]
pub struct MemoryHost {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

impl Host for MemoryHost {
    fn write_stdout(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stdout.write_all(bytes)
    }
    fn flush_stdout(&mut self) -> io::Result<()> {
        Ok(())
    }
    fn write_stderr(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stderr.write_all(bytes)
    }
    fn read_line(&mut self) -> io::Result<String> {
        Ok(String::new())
    }
    fn is_terminal(&self, _: u8) -> bool {
        false
    }
    fn real_time_ns(&self) -> i64 {
        0
    }
    fn monotonic_ns(&self) -> u64 {
        0
    }
    fn process_time_ns(&self) -> u64 {
        0
    }
    fn sleep_ns(&mut self, _: u64) {}
    fn take_signal(&mut self) -> Option<i32> {
        None
    }
}
