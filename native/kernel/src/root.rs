//! A directory tree as the root of a file system: no path leads out of it, whatever its symlinks
//! contain.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::{Errno, Result};

/// The maximum number of symlinks that [`Root::make`] follows to a missing file, the same as in the
/// kernel.
const MAX_LINKS: u32 = 40;

/// An open root directory. Paths are relative to it, with or without leading `/`.
pub struct Root(OwnedFd);

/// The result of [`Root::make_directory`] and [`Root::make_file`].
pub struct Entry {
    /// Refers to the directory or file (O_PATH).
    pub fd: OwnedFd,
    /// Whether it existed before.
    pub existed: bool,
}

enum Kind {
    Directory(Mode),
    File(Mode),
}

impl Root {
    /// The directory at `path` as a root.
    pub fn open(path: impl rustix::path::Arg) -> Result<Self> {
        rustix::fs::open(
            path,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
        .map(Self)
    }

    /// The directory at `path` of this root as a root of its own.
    pub fn sub(&self, path: &str) -> Result<Self> {
        self.find(path, OFlags::PATH | OFlags::DIRECTORY).map(Self)
    }

    /// Opens `path` with `flags`, close-on-exec. Follows symlinks only inside this root, and never
    /// magic links of /proc.
    pub fn find(&self, path: &str, flags: OFlags) -> Result<OwnedFd> {
        // "" would need AT_EMPTY_PATH, which openat2(2) does not have.
        let path = if path.is_empty() { "/" } else { path };
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        loop {
            match rustix::fs::openat2(&self.0, path, flags | OFlags::CLOEXEC, Mode::empty(), resolve) {
                // EAGAIN: something was renamed while `..` was resolved.
                Err(Errno::AGAIN | Errno::INTR) => {}
                result => return result,
            }
        }
    }

    /// Whether something exists at `path`. A symlink exists whether or not its target exists.
    pub fn exists(&self, path: &str) -> Result<bool> {
        match self.find(path, OFlags::PATH | OFlags::NOFOLLOW) {
            Ok(_) => Ok(true),
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The directory at `path`. Where it is missing, it is made, with its parents (0:0 0755).
    pub fn make_directory(&self, path: &str, mode: u32) -> Result<Entry> {
        self.make(path, &Kind::Directory(Mode::from_raw_mode(mode)), MAX_LINKS)
    }

    /// The file at `path`, of any type. Where it is missing, an empty one is made, with its parents
    /// (0:0 0755).
    pub fn make_file(&self, path: &str, mode: u32) -> Result<Entry> {
        self.make(path, &Kind::File(Mode::from_raw_mode(mode)), MAX_LINKS)
    }

    /// Writes a new file in a directory of this root. `EEXIST` where something with that name
    /// exists, which is neither followed nor opened.
    pub fn write_new_file(&self, path: &str, content: &[u8], mode: u32) -> Result<()> {
        let (parent, name) = self.parent_of(path)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(&parent, &name, flags, Mode::from_raw_mode(mode))?;
        rustix::fs::fchmod(&fd, Mode::from_raw_mode(mode))?;
        let mut rest = content;
        while !rest.is_empty() {
            let written = rustix::io::retry_on_intr(|| rustix::io::write(&fd, rest))?;
            rest = &rest[written..];
        }
        Ok(())
    }

    /// Makes a character device in a directory of this root. `EEXIST` where something with that
    /// name exists, `EPERM` where devices cannot be made.
    pub fn make_device(&self, path: &str, (major, minor): (u32, u32), mode: u32) -> Result<()> {
        let (parent, name) = self.parent_of(path)?;
        let mode = Mode::from_raw_mode(mode);
        let device = rustix::fs::makedev(major, minor);
        rustix::fs::mknodat(&parent, &name, FileType::CharacterDevice, mode, device)?;
        rustix::fs::chmodat(&parent, &name, mode, AtFlags::empty())
    }

    /// What is at `path` itself, as a mount point for a file. Nothing is opened; a symlink is not
    /// followed but removed; where nothing exists, an empty file is made. `EISDIR` where it is a
    /// directory.
    pub fn make_place(&self, path: &str, mode: u32) -> Result<OwnedFd> {
        match self.find(path, OFlags::PATH | OFlags::NOFOLLOW) {
            Ok(fd) => match FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode) {
                FileType::Directory => return Err(Errno::ISDIR),
                FileType::Symlink => self.remove_file(path)?,
                _ => return Ok(fd),
            },
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error),
        }
        self.make_file(path, mode).map(|made| made.fd)
    }

    /// Reads a regular file of at most `limit` bytes; `EFBIG` above, `EINVAL` for anything but a
    /// regular file.
    pub fn read_file(&self, path: &str, limit: usize) -> Result<Vec<u8>> {
        let fd = self.find(path, OFlags::RDONLY | OFlags::NOCTTY | OFlags::NONBLOCK)?;
        if FileType::from_raw_mode(rustix::fs::fstat(&fd)?.st_mode) != FileType::RegularFile {
            return Err(Errno::INVAL);
        }
        let mut content = Vec::new();
        let mut buffer = [0u8; 8192];
        loop {
            match rustix::io::retry_on_intr(|| rustix::io::read(&fd, &mut buffer))? {
                0 => return Ok(content),
                length if content.len() + length > limit => return Err(Errno::FBIG),
                length => content.extend_from_slice(&buffer[..length]),
            }
        }
    }

    /// Makes a symlink; replaces a file or symlink.
    pub fn make_symlink(&self, path: &str, to: &str) -> Result<()> {
        let (parent, name) = self.parent_of(path)?;
        match rustix::fs::unlinkat(&parent, &name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => rustix::fs::symlinkat(to, &parent, &name),
            Err(error) => Err(error),
        }
    }

    /// Removes a file or symlink.
    pub fn remove_file(&self, path: &str) -> Result<()> {
        let (parent, name) = self.parent_of(path)?;
        rustix::fs::unlinkat(&parent, &name, AtFlags::empty())
    }

    fn make(&self, path: &str, kind: &Kind, links: u32) -> Result<Entry> {
        match self.find(path, OFlags::PATH) {
            Ok(fd) => return Ok(Entry { fd, existed: true }),
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error),
        }
        let (parent, name) = self.parent_of(path)?;
        let made = match kind {
            Kind::Directory(mode) => rustix::fs::mkdirat(&parent, &name, *mode)
                .and_then(|()| rustix::fs::chmodat(&parent, &name, *mode, AtFlags::empty())),
            Kind::File(mode) => rustix::fs::mknodat(&parent, &name, FileType::RegularFile, *mode, 0),
        };
        match made {
            Ok(()) => {
                let fd = rustix::fs::openat(
                    &parent,
                    &name,
                    OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
                    Mode::empty(),
                )?;
                Ok(Entry { fd, existed: false })
            }
            // A symlink whose target is missing: the target is made.
            Err(Errno::EXIST) if links > 0 => {
                let target = rustix::fs::readlinkat(&parent, &name, Vec::new())?;
                let target = target.to_str().map_err(|_| Errno::ILSEQ)?.to_owned();
                let target = Path::new(path).parent().unwrap_or(Path::new("/")).join(target);
                self.make(target.to_str().ok_or(Errno::ILSEQ)?, kind, links - 1)
            }
            Err(Errno::EXIST) => Err(Errno::LOOP),
            Err(error) => Err(error),
        }
    }

    /// The parent directory of `path`, made where missing, and the last name of `path`.
    fn parent_of(&self, path: &str) -> Result<(OwnedFd, PathBuf)> {
        let path = Path::new(path);
        let Some(Component::Normal(name)) = path.components().next_back() else {
            return Err(Errno::INVAL);
        };
        let parent = path.parent().and_then(Path::to_str).unwrap_or("/");
        let parent = self
            .make(parent, &Kind::Directory(Mode::from_raw_mode(0o755)), MAX_LINKS)?
            .fd;
        Ok((parent, PathBuf::from(name)))
    }
}

/// Whether the calling process may execute what `fd` (O_PATH) refers to, with its effective user,
/// groups and capabilities.
pub fn may_execute(fd: BorrowedFd<'_>) -> Result<bool> {
    let flags = libc::AT_EMPTY_PATH | libc::AT_EACCESS;
    // SAFETY: the path is a NUL-terminated string; the rest are integers.
    let result = unsafe {
        libc::syscall(
            libc::SYS_faccessat2,
            fd.as_raw_fd(),
            c"".as_ptr(),
            libc::X_OK,
            flags,
        )
    };
    match crate::check(result) {
        Err(Errno::ACCESS) => Ok(false),
        result => result.map(|()| true),
    }
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl From<OwnedFd> for Root {
    /// Uses an open directory as a root.
    fn from(fd: OwnedFd) -> Self {
        Self(fd)
    }
}
