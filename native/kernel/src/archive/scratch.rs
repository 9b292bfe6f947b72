//! Files nobody else sees, for lists that have no bound in memory.

use super::error::{Error, Result, shown};
use rustix::fs::{AtFlags, MemfdFlags, Mode, OFlags, memfd_create};
use std::fs::File;
use std::os::fd::OwnedFd;

/// A new file without a name on the file system of `directory`; `name` is in no one's way there and used for a moment only.
pub(super) fn unnamed(directory: &OwnedFd, name: &str) -> Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    rustix::fs::openat(directory, name, flags, Mode::RUSR | Mode::WUSR)
        .and_then(|file| rustix::fs::unlinkat(directory, name, AtFlags::empty()).map(|()| file.into()))
        .map_err(|errno| Error::os(format!("staging: the list {}", shown(name.as_bytes())), errno))
}

/// A new file without a name on the file system for temporary files; in memory where that has no such files.
pub(super) fn temporary() -> Result<File> {
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    rustix::fs::open(std::env::temp_dir(), flags, Mode::RUSR | Mode::WUSR)
        .or_else(|_| memfd_create("list", MemfdFlags::CLOEXEC))
        .map(File::from)
        .map_err(|errno| Error::os("a temporary file", errno))
}
