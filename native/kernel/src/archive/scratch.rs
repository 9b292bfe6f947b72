//! Files without a name, for lists that are too large for memory.

use super::error::{Error, Result, printable};
use rustix::fs::{AtFlags, MemfdFlags, Mode, OFlags, memfd_create};
use std::fs::File;
use std::os::fd::OwnedFd;

/// A new file without a name on the file system of `directory`. `name` is used there for a moment
/// only and must be free.
pub(super) fn unnamed(directory: &OwnedFd, name: &str) -> Result<File> {
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    rustix::fs::openat(directory, name, flags, Mode::RUSR | Mode::WUSR)
        .and_then(|file| rustix::fs::unlinkat(directory, name, AtFlags::empty()).map(|()| file.into()))
        .map_err(|errno| Error::os(format!("staging: the list {}", printable(name.as_bytes())), errno))
}

/// A new file without a name on the file system for temporary files; in memory if that file system
/// does not support such files.
pub(super) fn temporary() -> Result<File> {
    let flags = OFlags::RDWR | OFlags::TMPFILE | OFlags::CLOEXEC;
    rustix::fs::open(std::env::temp_dir(), flags, Mode::RUSR | Mode::WUSR)
        .or_else(|_| memfd_create("list", MemfdFlags::CLOEXEC))
        .map(File::from)
        .map_err(|errno| Error::os("a temporary file", errno))
}
