//! Creating the tree. Every path is resolved beneath the staging directory without following a
//! symlink (openat2(2)), no matter what files are there.

use super::content::Content;
use super::entry::Entry;
use super::error::{Error, Result, printable};
use super::kind::{Kind, noun};
use super::limits::Limits;
use super::number::Time;
use super::path::split;
use super::record::RecordWriter;
use super::room::Room;
use super::spill::{Late, Spill};
use super::walk::Sink;
use super::xattr;
use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, ResolveFlags, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

const CREATE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
pub(super) const DIRECTORY: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);

/// Extracts into a staging directory and writes the record there.
pub(super) struct Extractor {
    root: OwnedFd,
    parent: Option<(Vec<u8>, OwnedFd)>,
    file: Option<Content>,
    late: Spill,
    record: RecordWriter,
    room: Room,
}

/// Opens a directory beneath `root`; an empty path is the root itself.
pub(super) fn open_directory(root: &OwnedFd, path: &[u8]) -> rustix::io::Result<OwnedFd> {
    open_beneath(root, if path.is_empty() { b"." } else { path }, DIRECTORY)
}

/// Opens `path` beneath `root` without following symlinks.
pub(super) fn open_beneath(root: &OwnedFd, path: &[u8], flags: OFlags) -> rustix::io::Result<OwnedFd> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    rustix::fs::openat2(root, path, flags, Mode::empty(), resolve)
}

fn times(mtime: Time) -> Timestamps {
    let time = Timespec {
        tv_sec: mtime.0,
        tv_nsec: mtime.1.into(),
    };
    Timestamps {
        last_access: time,
        last_modification: time,
    }
}

fn error_for<'p>(path: &'p [u8], what: &'p str) -> impl Fn(Errno) -> Error + 'p {
    move |errno| Error::os(format!("{}: {what}", printable(path)), errno)
}

impl Extractor {
    /// An extractor into the empty directory that is open as `root`.
    pub(super) fn new(root: OwnedFd, limits: Limits) -> Result<Self> {
        let record = rustix::fs::openat(&root, "record", CREATE, PRIVATE)
            .map_err(|errno| Error::os("staging: record", errno))?;
        Ok(Self {
            late: Spill::new(&root)?,
            record: RecordWriter::new(record.into())?,
            root,
            parent: None,
            file: None,
            room: Room::new(limits),
        })
    }

    /// Applies the last changes to directories; returns the writer that ends the record.
    pub(super) fn finish(self) -> Result<RecordWriter> {
        let root = self.root;
        self.late.drain(&mut |late| {
            let path = late.path.as_slice();
            let fd = open_directory(&root, path).map_err(error_for(path, "opening the directory"))?;
            if let Some(acl) = late.default_acl {
                xattr::set_all(&fd, path, &[(xattr::DEFAULT_ACL.to_vec(), acl)])?;
            }
            rustix::fs::futimens(&fd, &times(late.mtime)).map_err(error_for(path, "setting its time"))
        })?;
        Ok(self.record)
    }

    /// Opens the directory of `path`, unless it is the last one used.
    fn enter(&mut self, path: &[u8]) -> Result<&OwnedFd> {
        let (directory, _) = split(path);
        let kept = self.parent.take().filter(|(cached, _)| cached == directory);
        let (_, fd) = self.parent.insert(match kept {
            Some(kept) => kept,
            None => {
                let fd = open_directory(&self.root, directory)
                    .map_err(error_for(directory, "opening the directory"))?;
                (directory.to_vec(), fd)
            }
        });
        Ok(fd)
    }

    fn directory(
        &mut self,
        path: &[u8],
        mode: u32,
        owner: (u32, u32),
        xattrs: &[(Vec<u8>, Vec<u8>)],
    ) -> Result<OwnedFd> {
        let (_, name) = split(path);
        let parent = self.enter(path)?;
        match rustix::fs::mkdirat(parent, name, Mode::RWXU) {
            // An entry beneath it came first and created it.
            Ok(()) | Err(Errno::EXIST) => {}
            Err(errno) => return Err(error_for(path, "making the directory")(errno)),
        }
        let fd = rustix::fs::openat(parent, name, DIRECTORY, Mode::empty())
            .map_err(error_for(path, "opening the directory"))?;
        own(&fd, path, mode, owner)?;
        xattr::set_all(&fd, path, xattrs)?;
        Ok(fd)
    }

    fn make_directory(&mut self, entry: &Entry) -> Result<()> {
        if entry.path.is_empty() {
            // The root of the archive belongs to the layout, not to the image.
            return Ok(());
        }
        let (later, now): (Vec<_>, Vec<_>) = entry
            .xattrs
            .iter()
            .cloned()
            .partition(|(name, _)| name == xattr::DEFAULT_ACL);
        let fd = self.directory(&entry.path, entry.mode, (entry.uid, entry.gid), &now)?;
        self.parent = Some((entry.path.clone(), fd));
        let default_acl = later.into_iter().next().map(|(_, value)| value);
        self.late.push(&Late {
            path: entry.path.clone(),
            mtime: entry.mtime,
            default_acl,
        })
    }

    fn make_file(&mut self, entry: &Entry) -> Result<()> {
        let (_, name) = split(&entry.path);
        let parent = self.enter(&entry.path)?;
        let file = rustix::fs::openat(parent, name, CREATE, PRIVATE)
            .map_err(error_for(&entry.path, "making the file"))?;
        self.file = Some(Content::new(file, &entry.path));
        self.record.file(&entry.path, entry.size)
    }

    fn make_link(&mut self, entry: &Entry) -> Result<()> {
        let (from_directory, from) = split(&entry.link);
        let (_, name) = split(&entry.path);
        let source = open_directory(&self.root, from_directory)
            .map_err(error_for(&entry.link, "opening its directory"))?;
        let parent = self.enter(&entry.path)?;
        rustix::fs::linkat(&source, from, parent, name, AtFlags::empty())
            .map_err(error_for(&entry.path, "making the hard link"))
    }

    fn make_node(&mut self, entry: &Entry) -> Result<()> {
        let path = entry.path.as_slice();
        let (_, name) = split(path);
        let parent = self.enter(path)?;
        let node = |kind, device| rustix::fs::mknodat(parent, name, kind, PRIVATE, device);
        match entry.kind {
            Kind::Symlink => rustix::fs::symlinkat(entry.link.as_slice(), parent, name),
            Kind::CharDevice(major, minor) => {
                node(FileType::CharacterDevice, rustix::fs::makedev(major, minor))
            }
            Kind::BlockDevice(major, minor) => node(FileType::BlockDevice, rustix::fs::makedev(major, minor)),
            _ => node(FileType::Fifo, 0),
        }
        .map_err(|errno| {
            Error::os(
                format!("{}: making the {}", printable(path), noun(entry.kind)),
                errno,
            )
        })?;
        let (uid, gid) = (Uid::from_raw(entry.uid), Gid::from_raw(entry.gid));
        rustix::fs::chownat(parent, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(error_for(path, "setting its owner"))?;
        if entry.kind != Kind::Symlink {
            rustix::fs::chmodat(parent, name, Mode::from_raw_mode(entry.mode), AtFlags::empty())
                .map_err(error_for(path, "setting its mode"))?;
        }
        if !entry.xattrs.is_empty() {
            // There is no descriptor for such a file that accepts attributes; the last component is
            // not followed.
            let mut at = PathBuf::from(format!("/proc/self/fd/{}", parent.as_raw_fd()));
            at.push(OsStr::from_bytes(name));
            xattr::set_all_at(&at, path, &entry.xattrs)?;
        }
        rustix::fs::utimensat(parent, name, &times(entry.mtime), AtFlags::SYMLINK_NOFOLLOW)
            .map_err(error_for(path, "setting its time"))
    }
}

/// Sets the owner before the mode: chown(2) clears setuid and setgid.
fn own(fd: &OwnedFd, path: &[u8], mode: u32, (uid, gid): (u32, u32)) -> Result<()> {
    rustix::fs::fchown(fd, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
        .map_err(error_for(path, "setting its owner"))?;
    rustix::fs::fchmod(fd, Mode::from_raw_mode(mode)).map_err(error_for(path, "setting its mode"))
}

impl Sink for Extractor {
    fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.room.wrote(&self.root, bytes.len() as u64)?;
        self.record.raw(bytes)
    }

    fn implied(&mut self, path: &[u8]) -> Result<()> {
        self.room.made(&self.root)?;
        let fd = self.directory(path, 0o755, (0, 0), &[])?;
        self.parent = Some((path.to_vec(), fd));
        self.late.push(&Late {
            path: path.to_vec(),
            mtime: (0, 0),
            default_acl: None,
        })
    }

    fn entry(&mut self, entry: &Entry) -> Result<()> {
        self.room.made(&self.root)?;
        match entry.kind {
            Kind::Directory => self.make_directory(entry),
            Kind::File => self.make_file(entry),
            Kind::HardLink => self.make_link(entry),
            _ => self.make_node(entry),
        }
    }

    fn content(&mut self, bytes: &[u8]) -> Result<()> {
        self.room.wrote(&self.root, bytes.len() as u64)?;
        self.file.as_mut().map_or(Ok(()), |file| file.write(bytes))
    }

    fn complete(&mut self, entry: Entry) -> Result<()> {
        let Some((file, sum)) = self.file.take().map(Content::finish) else {
            return Ok(());
        };
        self.record.sum(sum)?;
        let path = entry.path.as_slice();
        if path == b"manifest" {
            // Not part of the root file system: the store's own file.
            return own(&file, path, 0o644, (0, 0));
        }
        own(&file, path, entry.mode, (entry.uid, entry.gid))?;
        // Attributes come last: writing and chown(2) clear security.capability.
        xattr::set_all(&file, path, &entry.xattrs)?;
        rustix::fs::futimens(&file, &times(entry.mtime)).map_err(error_for(path, "setting its time"))
    }
}
