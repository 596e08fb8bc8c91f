//! The module `posix`: files and the process as the host has them, and the class below `io.FileIO`. Floor 7.
//!
//! Invariant: nothing here knows the operating system: everything is asked of the VM's host.

use super::{set, streams};
use crate::heap::{Gc, Kind, Visitor};
use crate::object::{Class, Dict, NativeData, View};
use crate::value::Value;
use crate::vm::files::Handle;
use crate::vm::host::{Stat, open as flags};
use crate::vm::native::{NativeDef, function, method};
use crate::vm::{Args, Ctl, ModuleDef, Res, Vm};
use std::io;

impl Vm {
    /// The OSError for a failure at `path`.
    pub fn io_error_at(&mut self, e: &io::Error, paths: &[Value]) -> Ctl {
        let plain = self.io_error(e);
        let (Ctl::Raise(exc), [first, rest @ ..]) = (&plain, paths) else { return plain };
        for (name, v) in [("filename", Some(first)), ("filename2", rest.first())] {
            if let Some(&v) = v {
                let name = self.intern(name);
                self.set_exc_field(*exc, name, v);
            }
        }
        plain
    }
}

/// The text of a path: `os.fspath` has been applied by who calls. Bytes are decoded.
fn path_arg(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<String> {
    let v = args[i];
    let text = match v.view() {
        View::Str(s) => s.as_str().to_owned(),
        View::Bytes(b) => String::from_utf8_lossy(b.items()).into_owned(),
        _ => {
            let message = format!("expected str, bytes or os.PathLike object, not {}", vm.class_name(v));
            return Err(vm.type_error(message));
        }
    };
    if text.contains('\0') {
        return Err(vm.value_error("embedded null byte"));
    }
    Ok(text)
}

fn fd_arg(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<u32> {
    let n = vm.index_arg(args, i)?;
    // What is no descriptor is never open.
    Ok(u32::try_from(n).unwrap_or(u32::MAX))
}

/// The result of a host's operation on the path in argument 0.
fn at_path<T>(vm: &mut Vm, args: Args<'_>, r: io::Result<T>) -> Res<T> {
    r.map_err(|e| vm.io_error_at(&e, &[args[0]]))
}

fn plain<T>(vm: &mut Vm, r: io::Result<T>) -> Res<T> {
    r.map_err(|e| vm.io_error(&e))
}

fn open(vm: &mut Vm, args: Args<'_>) -> Res {
    let path = path_arg(vm, args, 0)?;
    let how = vm.index_arg(args, 1)? as i32;
    let mode = if args.get(2).is_some() { vm.index_arg(args, 2)? as u32 } else { 0o777 };
    settle(vm, &path);
    let fd = vm.host.files().open(&path, how, mode);
    let fd = at_path(vm, args, fd)?;
    Ok(Value::small(fd as i64))
}

fn close(vm: &mut Vm, args: Args<'_>) -> Res {
    let fd = fd_arg(vm, args, 0)?;
    let r = vm.host.files().close(fd);
    plain(vm, r)?;
    vm.none()
}

fn dup(vm: &mut Vm, args: Args<'_>) -> Res {
    let fd = fd_arg(vm, args, 0)?;
    let r = vm.host.files().duplicate(fd);
    Ok(Value::small(plain(vm, r)? as i64))
}

fn size_arg(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<usize> {
    let n = vm.index_arg(args, i)?;
    usize::try_from(n).map_err(|_| vm.io_error(&io::Error::from_raw_os_error(22)))
}

fn read(vm: &mut Vm, args: Args<'_>) -> Res {
    let (fd, n) = (fd_arg(vm, args, 0)?, size_arg(vm, args, 1)?);
    let r = vm.host.files().read(fd, n);
    let bytes = plain(vm, r)?;
    Ok(vm.new_bytes(&bytes))
}

fn bytes_arg(vm: &mut Vm, args: Args<'_>, i: usize) -> Res<Vec<u8>> {
    match vm.bytes_of(args[i]) {
        Some(b) => Ok(b),
        None => {
            let message = format!("a bytes-like object is required, not '{}'", vm.class_name(args[i]));
            Err(vm.type_error(message))
        }
    }
}

fn write(vm: &mut Vm, args: Args<'_>) -> Res {
    let (fd, bytes) = (fd_arg(vm, args, 0)?, bytes_arg(vm, args, 1)?);
    let r = vm.host.files().write(fd, &bytes);
    Ok(Value::small(plain(vm, r)? as i64))
}

fn lseek(vm: &mut Vm, args: Args<'_>) -> Res {
    let (fd, offset, whence) = (fd_arg(vm, args, 0)?, vm.index_arg(args, 1)?, vm.index_arg(args, 2)?);
    let r = vm.host.files().seek(fd, offset, whence as i32);
    let at = plain(vm, r)?;
    Ok(vm.new_int(at as i64))
}

fn ftruncate(vm: &mut Vm, args: Args<'_>) -> Res {
    let (fd, size) = (fd_arg(vm, args, 0)?, size_arg(vm, args, 1)?);
    let r = vm.host.files().truncate(fd, size as u64);
    plain(vm, r)?;
    vm.none()
}

fn fsync(vm: &mut Vm, args: Args<'_>) -> Res {
    let fd = fd_arg(vm, args, 0)?;
    let r = vm.host.files().sync(fd);
    plain(vm, r)?;
    vm.none()
}

fn isatty(vm: &mut Vm, args: Args<'_>) -> Res {
    let fd = fd_arg(vm, args, 0)?;
    Ok(Value::bool(fd < 3 && vm.host.is_terminal(fd as u8)))
}

fn stat_value(vm: &mut Vm, s: Stat) -> Value {
    let fields = [
        s.mode as i64,
        s.ino as i64,
        s.dev as i64,
        s.nlink as i64,
        s.uid as i64,
        s.gid as i64,
        s.size,
        s.atime_ns,
        s.mtime_ns,
        s.ctime_ns,
        s.blksize,
        s.blocks,
        s.rdev as i64,
    ];
    let values: Vec<Value> = fields.iter().map(|&n| vm.new_int(n)).collect();
    vm.new_tuple(&values)
}

fn fstat(vm: &mut Vm, args: Args<'_>) -> Res {
    let fd = fd_arg(vm, args, 0)?;
    let r = vm.host.files().stat_open(fd);
    let s = plain(vm, r)?;
    Ok(stat_value(vm, s))
}

fn stat(vm: &mut Vm, args: Args<'_>) -> Res {
    let path = path_arg(vm, args, 0)?;
    let follow = vm.truth_arg(args, 1, true)?;
    settle(vm, &path);
    let r = vm.host.files().stat(&path, follow);
    let s = at_path(vm, args, r)?;
    Ok(stat_value(vm, s))
}

fn listdir(vm: &mut Vm, args: Args<'_>) -> Res {
    let path = path_arg(vm, args, 0)?;
    let r = vm.host.files().entries(&path);
    let entries = at_path(vm, args, r)?;
    let mut items = Vec::with_capacity(entries.len());
    for e in entries {
        let row = [vm.new_str(&e.name), Value::small(e.kind as i64), vm.new_int(e.ino as i64)];
        items.push(vm.new_tuple(&row));
    }
    Ok(vm.new_list(items))
}

fn mode_arg(vm: &mut Vm, args: Args<'_>, i: usize, default: u32) -> Res<u32> {
    if args.get(i).is_some() { Ok(vm.index_arg(args, i)? as u32) } else { Ok(default) }
}

fn mkdir(vm: &mut Vm, args: Args<'_>) -> Res {
    let (path, mode) = (path_arg(vm, args, 0)?, mode_arg(vm, args, 1, 0o777)?);
    let r = vm.host.files().make_folder(&path, mode);
    at_path(vm, args, r)?;
    vm.none()
}

fn rmdir(vm: &mut Vm, args: Args<'_>) -> Res {
    let path = path_arg(vm, args, 0)?;
    let r = vm.host.files().remove_folder(&path);
    at_path(vm, args, r)?;
    vm.none()
}

fn remove(vm: &mut Vm, args: Args<'_>) -> Res {
    let path = path_arg(vm, args, 0)?;
    let r = vm.host.files().remove(&path);
    at_path(vm, args, r)?;
    vm.none()
}

fn two_paths(vm: &mut Vm, args: Args<'_>, f: impl FnOnce(&mut Vm, &str, &str) -> io::Result<()>) -> Res {
    let (a, b) = (path_arg(vm, args, 0)?, path_arg(vm, args, 1)?);
    match f(vm, &a, &b) {
        Ok(()) => vm.none(),
        Err(e) => Err(vm.io_error_at(&e, &[args[0], args[1]])),
    }
}

fn rename(vm: &mut Vm, args: Args<'_>) -> Res {
    two_paths(vm, args, |vm, a, b| vm.host.files().rename(a, b))
}

fn link(vm: &mut Vm, args: Args<'_>) -> Res {
    two_paths(vm, args, |vm, a, b| vm.host.files().link(a, b, false))
}

fn symlink(vm: &mut Vm, args: Args<'_>) -> Res {
    two_paths(vm, args, |vm, a, b| vm.host.files().link(a, b, true))
}

fn readlink(vm: &mut Vm, args: Args<'_>) -> Res {
    let path = path_arg(vm, args, 0)?;
    let r = vm.host.files().read_link(&path);
    let target = at_path(vm, args, r)?;
    Ok(vm.new_str(&target))
}

fn chmod(vm: &mut Vm, args: Args<'_>) -> Res {
    let (path, mode) = (path_arg(vm, args, 0)?, mode_arg(vm, args, 1, 0)?);
    let r = vm.host.files().set_mode(&path, mode);
    at_path(vm, args, r)?;
    vm.none()
}

fn utime(vm: &mut Vm, args: Args<'_>) -> Res {
    let (path, a, m) = (path_arg(vm, args, 0)?, vm.index_arg(args, 1)?, vm.index_arg(args, 2)?);
    let r = vm.host.files().set_times(&path, a, m);
    at_path(vm, args, r)?;
    vm.none()
}

fn access(vm: &mut Vm, args: Args<'_>) -> Res {
    let (path, mode) = (path_arg(vm, args, 0)?, mode_arg(vm, args, 1, 0)?);
    Ok(Value::bool(vm.host.files().may_access(&path, mode)))
}

fn getcwd(vm: &mut Vm, _: Args<'_>) -> Res {
    let r = vm.host.files().folder();
    let folder = plain(vm, r)?;
    Ok(vm.new_str(&folder))
}

fn chdir(vm: &mut Vm, args: Args<'_>) -> Res {
    let path = path_arg(vm, args, 0)?;
    let r = vm.host.files().change_folder(&path);
    at_path(vm, args, r)?;
    vm.none()
}

fn environ(vm: &mut Vm, _: Args<'_>) -> Res {
    let all = vm.host.files().environment();
    let d = vm.new_dict();
    for (k, v) in all {
        let (k, v) = (vm.intern(&k), vm.new_str(&v));
        d.set_str(k, v);
    }
    Ok(d.value())
}

fn getpid(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::small(vm.host.files().process_id() as i64))
}

fn umask(vm: &mut Vm, args: Args<'_>) -> Res {
    let bits = vm.index_arg(args, 0)?;
    Ok(Value::small(vm.host.files().mask(bits as u32) as i64))
}

fn identities(vm: &mut Vm, _: Args<'_>) -> Res {
    let ids = vm.host.files().identities().map(|n| Value::small(n as i64));
    Ok(vm.new_tuple(&ids))
}

fn system(vm: &mut Vm, _: Args<'_>) -> Res {
    let names = vm.host.files().system().map(|s| vm.new_str(&s));
    Ok(vm.new_tuple(&names))
}

fn cpu_count(vm: &mut Vm, _: Args<'_>) -> Res {
    Ok(Value::small(vm.host.files().processors() as i64))
}

fn exit(vm: &mut Vm, args: Args<'_>) -> Res {
    Err(Ctl::ExitProcess(vm.index_arg(args, 0)? as i32))
}

fn strerror(vm: &mut Vm, args: Args<'_>) -> Res {
    let n = vm.index_arg(args, 0)?;
    let text = io::Error::from_raw_os_error(n as i32).to_string();
    Ok(vm.new_str(text.split(" (os error").next().unwrap_or_default()))
}

// ---- the file below `io.FileIO`

/// An open descriptor that is closed when nobody has it any more.
struct FileData {
    fd: u32,
    handle: Handle,
}

impl NativeData for FileData {
    fn visit(&self, v: &mut dyn Visitor) {
        v.data(self.handle.number());
    }
}

fn file<'a>(vm: &mut Vm, args: Args<'a>) -> Res<&'a FileData> {
    vm.native_receiver::<FileData>(args, "posix.File")
}

fn file_class(vm: &mut Vm) -> Gc<Class> {
    const KEY: &str = "posix.File";
    if let Some(class) = vm.module_state.get(KEY).and_then(|v| v.cast::<Class>()) {
        return class;
    }
    let class = vm.new_native_class("File", "posix", &[], Kind::Native, 0);
    vm.install_methods(class, FILE);
    vm.module_state.insert(KEY, class.value());
    class
}

fn adopt(vm: &mut Vm, args: Args<'_>) -> Res {
    let fd = fd_arg(vm, args, 0)?;
    let close = vm.truth_arg(args, 1, true)?;
    let identity = vm.host.files().stat_open(fd).map_or((0, 0), |s| (s.dev, s.ino));
    let handle = vm.files.adopt(fd, close, identity);
    let class = file_class(vm);
    Ok(vm.new_native(class, FileData { fd, handle }).value())
}

/// Before a path is looked at: a file object that nobody has any more, but that was not closed, has yet to write what it kept
/// back. CPython's reference counts end such an object at once.
fn settle(vm: &mut Vm, path: &str) {
    if vm.files.any_behind()
        && let Ok(s) = vm.host.files().stat(path, true)
    {
        vm.settle_file((s.dev, s.ino));
    }
}

/// `collect()`: a collection at the next safepoint, which closes files that nobody has any more.
fn collect(vm: &mut Vm, _: Args<'_>) -> Res {
    vm.heap.due = true;
    vm.heap.interrupt();
    Ok(Value::NONE)
}

fn file_close(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = file(vm, args)?;
    let r = vm.close_file(&f.handle);
    plain(vm, r)?;
    vm.none()
}

/// Keeps bytes back; writes them when there are more than the limit. How many bytes wait now.
fn file_put(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = file(vm, args)?;
    let bytes = match args[1].view() {
        View::Str(s) => vm.utf8_of(s.as_str())?.to_vec(),
        _ => bytes_arg(vm, args, 1)?,
    };
    let limit = vm.index_arg(args, 2)?;
    let handle = &f.handle;
    vm.write_behind(handle, &bytes);
    let mut waiting = vm.files.waiting(handle);
    if waiting as i64 > limit {
        let r = vm.write_out(handle);
        plain(vm, r)?;
        waiting = 0;
    }
    Ok(Value::small(waiting as i64))
}

fn file_flush(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = file(vm, args)?;
    let r = vm.write_out(&f.handle);
    plain(vm, r)?;
    vm.none()
}

fn file_drop(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = file(vm, args)?;
    vm.drop_pending(&f.handle);
    vm.none()
}

fn file_waiting(vm: &mut Vm, args: Args<'_>) -> Res {
    let f = file(vm, args)?;
    let n = vm.files.waiting(&f.handle);
    Ok(Value::small(n as i64))
}

fn file_fd(vm: &mut Vm, args: Args<'_>) -> Res {
    Ok(Value::small(file(vm, args)?.fd as i64))
}

const FILE: &[NativeDef] = &[
    method("close(self, /)", "Close the descriptor.", file_close),
    method("put(self, data, limit, /)", "Write later, or at once beyond the limit; how much waits.", file_put),
    method("flush(self, /)", "Write what was put.", file_flush),
    method("drop(self, /)", "Forget what was put.", file_drop),
    method("waiting(self, /)", "How many bytes wait to be written.", file_waiting),
    method("fd(self, /)", "The descriptor.", file_fd),
];

// ---- decoding in pieces

/// `whole(data, encoding)`: how many bytes of the data make whole characters.
fn whole(vm: &mut Vm, args: Args<'_>) -> Res {
    use crate::text::codec::{Encoding, Order};
    let bytes = bytes_arg(vm, args, 0)?;
    let name = vm.str_arg(args, 1, "encoding must be str, not {}")?;
    let n = match Encoding::named(name.as_str()) {
        Some(Encoding::Utf8 | Encoding::Utf8Sig) => whole_utf8(&bytes),
        Some(Encoding::Utf16(order)) => whole_utf16(&bytes, order == Some(Order::Big)),
        Some(Encoding::Utf32(_)) => bytes.len() & !3,
        _ => bytes.len(),
    };
    Ok(Value::small(n as i64))
}

/// How many bytes remain when an unfinished character at the end is left out.
fn whole_utf8(bytes: &[u8]) -> usize {
    let n = bytes.len();
    for back in 1..=n.min(3) {
        let b = bytes[n - back];
        if b & 0xC0 == 0x80 {
            continue;
        }
        let width = match b {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        // Only what can still become a character waits for more.
        return if width > back && std::str::from_utf8(&bytes[n - back..]).is_err_and(|e| e.error_len().is_none()) {
            n - back
        } else {
            n
        };
    }
    n
}

fn whole_utf16(bytes: &[u8], big: bool) -> usize {
    let n = bytes.len() & !1;
    let high = n >= 2 && (bytes[if big { n - 2 } else { n - 1 }] & 0xFC) == 0xD8;
    if high { n - 2 } else { n }
}

const FUNCTIONS: &[NativeDef] = &[
    function("open(path, flags, mode=0o777)", "Open a file; its descriptor.", open),
    function("close(fd)", "Close a descriptor.", close),
    function("dup(fd, /)", "Another descriptor of the same file.", dup),
    function("read(fd, length, /)", "Read from a descriptor.", read),
    function("write(fd, data, /)", "Write to a descriptor.", write),
    function("lseek(fd, position, whence, /)", "Move the place of the next access.", lseek),
    function("ftruncate(fd, length, /)", "Cut a file, or make it longer.", ftruncate),
    function("fsync(fd)", "Write a file to the disk.", fsync),
    function("isatty(fd, /)", "Whether a descriptor is a terminal.", isatty),
    function("fstat(fd)", "What is known of an open file.", fstat),
    function("stat(path, follow=True)", "What is known of a path.", stat),
    function("entries(path)", "Names, types and numbers of a folder's entries.", listdir),
    function("mkdir(path, mode=0o777)", "Make a folder.", mkdir),
    function("rmdir(path)", "Remove an empty folder.", rmdir),
    function("remove(path)", "Remove a file.", remove),
    function("rename(src, dst)", "Rename a file or folder.", rename),
    function("link(src, dst)", "Make a hard link.", link),
    function("symlink(src, dst)", "Make a symbolic link.", symlink),
    function("readlink(path)", "What a symbolic link says.", readlink),
    function("chmod(path, mode)", "Set the permissions.", chmod),
    function("utime(path, atime_ns, mtime_ns)", "Set the times.", utime),
    function("access(path, mode)", "Whether the process may.", access),
    function("getcwd()", "The current folder.", getcwd),
    function("chdir(path)", "Change the current folder.", chdir),
    function("environment()", "The variables of the environment.", environ),
    function("getpid()", "The number of the process.", getpid),
    function("umask(mask, /)", "Set the bits that new files don't get; those before.", umask),
    function("identities()", "Parent process; user, effective user, group, effective group.", identities),
    function("system()", "What uname() says.", system),
    function("cpu_count()", "How many processors there are.", cpu_count),
    function("_exit(status)", "End the process without cleaning up.", exit),
    function("strerror(code, /)", "The text of an error number.", strerror),
    function("adopt(fd, closefd)", "A file object for a descriptor.", adopt),
    function("standard_streams(cls, /)", "Make the standard streams objects of a class.", streams::adopt),
    function("disown(stream, /)", "A stream is no standard stream any more.", streams::disown),
    function("collect()", "Close files that nobody has any more.", collect),
    function("whole(data, encoding)", "How many bytes make whole characters.", whole),
];

fn init(vm: &mut Vm, dict: Gc<Dict>) -> Res<()> {
    let constants = [
        ("O_RDONLY", flags::RDONLY),
        ("O_WRONLY", flags::WRONLY),
        ("O_RDWR", flags::RDWR),
        ("O_CREAT", flags::CREAT),
        ("O_EXCL", flags::EXCL),
        ("O_TRUNC", flags::TRUNC),
        ("O_APPEND", flags::APPEND),
    ];
    for (name, n) in constants {
        set(vm, dict, name, Value::small(n as i64));
    }
    let class = file_class(vm);
    set(vm, dict, "File", class.value());
    let module = vm.intern("posix").value();
    for def in super::ENTROPY {
        let f = vm.new_function(def, module);
        set(vm, dict, "urandom", f);
    }
    let class = streams::class(vm);
    set(vm, dict, "StandardStream", class.value());
    Ok(())
}

/// The module `posix`.
pub static POSIX: ModuleDef =
    ModuleDef { name: "posix", doc: "What the operating system gives.", functions: FUNCTIONS, init, source: "" };

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfinished_characters_wait() {
        assert_eq!(whole_utf8("é".as_bytes()), 2);
        assert_eq!(whole_utf8(&"é".as_bytes()[..1]), 0);
        assert_eq!(whole_utf8(&"a€".as_bytes()[..3]), 1);
        assert_eq!(whole_utf8(b"a\xff"), 2);
        assert_eq!(whole_utf8(b"\x80\x80\x80\x80"), 4);
        assert_eq!(whole_utf16(&[0x3d, 0xd8], false), 0);
        assert_eq!(whole_utf16(&[0xd8, 0x3d, 0xde], true), 0);
    }
}
