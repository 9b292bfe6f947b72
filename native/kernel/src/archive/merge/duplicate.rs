//! Copying one file that is not a directory.

use super::data;
use crate::archive::error::{Error, Result, printable};
use crate::archive::metadata::Metadata;
use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::OwnedFd;

const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);
const CREATE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// For a file that may have become a FIFO since fstatat(2).
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// Opens for reading, without changing the access time if that is permitted.
pub(super) fn open_quietly(
    flags: OFlags,
    open: impl Fn(OFlags) -> rustix::io::Result<OwnedFd>,
) -> rustix::io::Result<OwnedFd> {
    match open(flags | OFlags::NOATIME) {
        Err(Errno::PERM) => open(flags),
        result => result,
    }
}

/// Creates a copy of `name` of `from` in `to`; `stat` is the result of fstatat(2) for it. False if
/// the name exists in `to` already.
///
/// Errors name `path`.
pub(super) fn duplicate(from: &OwnedFd, name: &CStr, stat: Stat, to: &OwnedFd, path: &[u8]) -> Result<bool> {
    let failed = |errno| Error::os(format!("{}: copying", printable(path)), errno);
    let kind = FileType::from_raw_mode(stat.st_mode);
    if kind == FileType::RegularFile {
        return file(from, name, to, path);
    }
    let made = if kind == FileType::Symlink {
        let text = rustix::fs::readlinkat(from, name, Vec::new()).map_err(failed)?;
        rustix::fs::symlinkat(&text, to, name)
    } else {
        rustix::fs::mknodat(to, name, kind, PRIVATE, stat.st_rdev)
    };
    match made {
        Ok(()) => Metadata::of(from, name, stat)?
            .give_at(to, name, path)
            .map(|()| true),
        Err(Errno::EXIST) => Ok(false),
        Err(errno) => Err(failed(errno)),
    }
}

fn file(from: &OwnedFd, name: &CStr, to: &OwnedFd, path: &[u8]) -> Result<bool> {
    let failed = |errno| Error::os(format!("{}: copying", printable(path)), errno);
    let copy = match rustix::fs::openat(to, name, CREATE, PRIVATE) {
        Err(Errno::EXIST) => return Ok(false),
        copy => copy.map_err(failed)?,
    };
    let source =
        open_quietly(READ, |flags| rustix::fs::openat(from, name, flags, Mode::empty())).map_err(failed)?;
    let stat = rustix::fs::fstat(&source).map_err(failed)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(failed(Errno::STALE));
    }
    data::copy(&source, &copy, u64::try_from(stat.st_size).unwrap_or_default()).map_err(failed)?;
    Metadata::of(from, name, stat)?.give(&copy, path)?;
    Ok(true)
}
