//! One directory made like another.

use super::error::{Error, Result, shown};
use super::xattr;
use rustix::fs::{Gid, Mode, OFlags, Timespec, Timestamps, Uid};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Copies owner, mode, times and extended attributes of the directory `from` to the directory `to`.
///
/// Overlay's own attributes stay where they are. Errors name the path; a symlink in place of a directory is one.
pub fn copy_metadata(from: &Path, to: &Path) -> Result<()> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let open =
        |path: &Path| rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| refused(path, errno));
    let (source, target) = (open(from)?, open(to)?);
    let stat = rustix::fs::fstat(&source).map_err(|errno| refused(from, errno))?;
    let failed = |errno| refused(to, errno);
    rustix::fs::fchown(
        &target,
        Some(Uid::from_raw(stat.st_uid)),
        Some(Gid::from_raw(stat.st_gid)),
    )
    .map_err(failed)?;
    rustix::fs::fchmod(&target, Mode::from_raw_mode(stat.st_mode & 0o7777)).map_err(failed)?;
    let mut attributes = xattr::xattrs(from)?;
    attributes
        .retain(|(name, _)| !name.starts_with(b"trusted.overlay.") && !name.starts_with(b"user.overlay."));
    xattr::set_all(&target, to.as_os_str().as_bytes(), &attributes)?;
    let time = |seconds, nanos: u64| Timespec {
        tv_sec: seconds,
        tv_nsec: i64::try_from(nanos).unwrap_or_default(),
    };
    let times = Timestamps {
        last_access: time(stat.st_atime, stat.st_atime_nsec),
        last_modification: time(stat.st_mtime, stat.st_mtime_nsec),
    };
    rustix::fs::futimens(&target, &times).map_err(failed)
}

fn refused(path: &Path, errno: rustix::io::Errno) -> Error {
    Error::os(shown(path.as_os_str().as_bytes()), errno)
}
