//! What should stand at a place.

use crate::archive::entry::Entry;
use crate::archive::kind::Kind;
use crate::archive::number::Time;
use crate::archive::pax::Xattr;
use rustix::fs::FileType;

/// What an entry made.
pub(super) struct Expected<'a> {
    pub(super) kind: FileType,
    pub(super) mode: u32,
    pub(super) owner: (u32, u32),
    /// Nothing where it is no part of the image.
    pub(super) mtime: Option<Time>,
    pub(super) xattrs: &'a [Xattr],
    /// Of a regular file.
    pub(super) size: u64,
    /// Of a symlink.
    pub(super) target: &'a [u8],
    /// Of a device.
    pub(super) numbers: Option<(u32, u32)>,
}

impl<'a> Expected<'a> {
    /// Of an entry that is no hard link.
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

    /// A directory the archive left out.
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

/// What a type of file is called.
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
