//! Owner, mode, times and attributes, read from one file and applied to another.

use super::error::{Error, Result, printable};
use super::pax::Xattr;
use super::xattr;
use rustix::fs::{AtFlags, FileType, Gid, Mode, OFlags, Stat, Timespec, Timestamps, Uid};
use rustix::io::Errno;
use std::ffi::{CStr, OsStr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// The metadata of a file of any type, without overlay's own attributes.
pub(super) struct Metadata {
    pub(super) stat: Stat,
    pub(super) xattrs: Vec<Xattr>,
}

/// A path to `name` in the open directory `parent`, for calls that take no descriptor. Only the
/// last component may be a symlink of an untrusted party, so the caller must not follow it.
pub(super) fn at(parent: &OwnedFd, name: &CStr) -> PathBuf {
    let mut path = PathBuf::from(format!("/proc/self/fd/{}", parent.as_raw_fd()));
    path.push(OsStr::from_bytes(name.to_bytes()));
    path
}

impl Metadata {
    /// Reads the metadata of `name` in `parent`, without following a symlink; `stat` is the result
    /// of fstatat(2) for it.
    pub(super) fn of(parent: &OwnedFd, name: &CStr, stat: Stat) -> Result<Self> {
        Self::new(stat, &at(parent, name))
    }

    fn new(stat: Stat, path: &Path) -> Result<Self> {
        let mut xattrs = xattr::xattrs(path)?;
        xattrs.retain(|(name, _)| {
            !name.starts_with(b"trusted.overlay.") && !name.starts_with(b"user.overlay.")
        });
        Ok(Self { stat, xattrs })
    }

    fn owner(&self) -> (Option<Uid>, Option<Gid>) {
        (
            Some(Uid::from_raw(self.stat.st_uid)),
            Some(Gid::from_raw(self.stat.st_gid)),
        )
    }

    fn mode(&self) -> Mode {
        Mode::from_raw_mode(self.stat.st_mode & 0o7777)
    }

    fn times(&self) -> Timestamps {
        let time = |seconds, nanos: u64| Timespec {
            tv_sec: seconds,
            tv_nsec: i64::try_from(nanos).unwrap_or_default(),
        };
        Timestamps {
            last_access: time(self.stat.st_atime, self.stat.st_atime_nsec),
            last_modification: time(self.stat.st_mtime, self.stat.st_mtime_nsec),
        }
    }

    /// Applies the metadata to an open file or directory; errors name `path`.
    ///
    /// The order is owner, mode, attributes, times: chown(2) clears setuid and security.capability.
    pub(super) fn give(&self, fd: &OwnedFd, path: &[u8]) -> Result<()> {
        let failed = |errno| refused(path, errno);
        let (uid, gid) = self.owner();
        rustix::fs::fchown(fd, uid, gid).map_err(failed)?;
        rustix::fs::fchmod(fd, self.mode()).map_err(failed)?;
        xattr::set_all(fd, path, &self.xattrs)?;
        rustix::fs::futimens(fd, &self.times()).map_err(failed)
    }

    /// Applies the metadata to `name` in `parent`, which is neither a file nor a directory and may
    /// be a symlink.
    pub(super) fn give_at(&self, parent: &OwnedFd, name: &CStr, path: &[u8]) -> Result<()> {
        let failed = |errno| refused(path, errno);
        let (uid, gid) = self.owner();
        rustix::fs::chownat(parent, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW).map_err(failed)?;
        if FileType::from_raw_mode(self.stat.st_mode) != FileType::Symlink {
            rustix::fs::chmodat(parent, name, self.mode(), AtFlags::empty()).map_err(failed)?;
        }
        xattr::set_all_at(&at(parent, name), path, &self.xattrs)?;
        rustix::fs::utimensat(parent, name, &self.times(), AtFlags::SYMLINK_NOFOLLOW).map_err(failed)
    }
}

/// Copies owner, mode, times and extended attributes of the directory `from` to the directory `to`.
///
/// Overlay's own attributes are neither copied nor changed. Errors name the path; a symlink in
/// place of a directory is an error.
pub fn copy_metadata(from: &Path, to: &Path) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open = |path: &Path| {
        rustix::fs::open(path, flags, Mode::empty())
            .map_err(|errno| refused(path.as_os_str().as_bytes(), errno))
    };
    let (source, target) = (open(from)?, open(to)?);
    let stat = rustix::fs::fstat(&source).map_err(|errno| refused(from.as_os_str().as_bytes(), errno))?;
    Metadata::new(stat, from)?.give(&target, to.as_os_str().as_bytes())
}

fn refused(path: &[u8], errno: Errno) -> Error {
    Error::os(printable(path), errno)
}
