//! The expected file at a path.

use crate::archive::entry::Entry;
use crate::archive::kind::Kind;
use crate::archive::number::Time;
use crate::archive::pax::Xattr;
use rustix::fs::FileType;

/// The file that an entry created.
pub(super) struct Expected<'a> {
    pub(super) kind: FileType,
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
    /// `None` if the time is not part of the image.
    pub(super) mtime: Option<Time>,
    pub(super) xattrs: &'a [Xattr],
    /// For a regular file.
    pub(super) size: u64,
    /// For a symlink.
    pub(super) target: &'a [u8],
    /// For a device.
    pub(super) numbers: Option<(u32, u32)>,
}

impl<'a> Expected<'a> {
    /// Expected for an entry that is not a hard link.
    pub(super) fn of(entry: &'a Entry) -> Self {
        let (kind, numbers) = match entry.kind {
            Kind::File | Kind::HardLink => (FileType::RegularFile, None),
            Kind::Directory => (FileType::Directory, None),
            Kind::Symlink => (FileType::Symlink, None),
            Kind::CharDevice(major, minor) => (FileType::CharacterDevice, Some((major, minor))),
            Kind::BlockDevice(major, minor) => (FileType::BlockDevice, Some((major, minor))),
            Kind::Fifo => (FileType::Fifo, None),
        };
        let manifest = entry.path == b"manifest";
        Self {
            kind,
            // The store's own file.
            mode: if manifest { 0o644 } else { entry.mode },
            owner: if manifest { (0, 0) } else { (entry.uid, entry.gid) },
            mtime: (!manifest).then_some(entry.mtime),
            xattrs: if manifest { &[] } else { &entry.xattrs },
            size: entry.size,
            target: &entry.link,
            numbers,
        }
    }

    /// Expected for an implied directory.
    pub(super) const fn implied() -> Self {
        Self {
            kind: FileType::Directory,
            mode: 0o755,
            owner: (0, 0),
            mtime: Some((0, 0)),
            xattrs: &[],
            size: 0,
            target: &[],
            numbers: None,
        }
    }
}

/// The noun for a file type in messages.
pub(super) const fn noun(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symlink",
        FileType::CharacterDevice => "a character device",
        FileType::BlockDevice => "a block device",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::Unknown => "something else",
    }
}
