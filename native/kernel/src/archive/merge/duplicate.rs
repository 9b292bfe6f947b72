//! One thing that is no directory, made again elsewhere.

use super::data;
use crate::archive::error::{Error, Result, shown};
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
/// Of what may have become a FIFO since it was looked at.
const READ: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::CLOEXEC);

/// Opens for reading, without a trace in its access time where that is allowed.
pub(super) fn open_quietly(
    flags: OFlags,
    open: impl Fn(OFlags) -> rustix::io::Result<OwnedFd>,
) -> rustix::io::Result<OwnedFd> {
    match open(flags | OFlags::NOATIME) {
        Err(Errno::PERM) => open(flags),
        result => result,
    }
}

/// Makes `name` of `from`, of which fstatat(2) said `stat`, again in `to`. False where something has that name there.
///
/// `path` is what an error names.
pub(super) fn duplicate(from: &OwnedFd, name: &CStr, stat: Stat, to: &OwnedFd, path: &[u8]) -> Result<bool> {
    let failed = |errno| Error::os(format!("{}: copying", shown(path)), errno);
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
    let failed = |errno| Error::os(format!("{}: copying", shown(path)), errno);
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
