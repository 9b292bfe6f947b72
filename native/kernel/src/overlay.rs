//! Checks whether overlays work on a file system, by making one.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::fs::{Dir, FileType, Mode, OFlags, XattrFlags};
use rustix::io::{Errno, Result};
use rustix::mount::FsOpenFlags;

/// The reason why overlays do not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The kernel does not support overlays.
    NoOverlay,
    /// The file system refuses `trusted.*` attributes, with which an overlay marks hidden entries.
    NoAttributes(Errno),
    /// The file system does not give the types of directory entries.
    NoEntryTypes,
    /// The kernel refuses an overlay of directories on this file system.
    Refused(Errno),
}

/// Makes an overlay with all its layers in the empty directory `directory`, without mounting it,
/// and releases it. Returns what prevents it. The caller removes what remains in the directory.
pub fn obstacle(directory: &std::path::Path) -> Result<Option<Obstacle>> {
    let parent = rustix::fs::open(
        directory,
        OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC,
        Mode::empty(),
    )?;
    let layers = ["lower", "upper", "work"].map(|name| make(&parent, name));
    let [lower, upper, work] = layers;
    let (lower, upper, work) = (lower?, upper?, work?);
    let attribute = rustix::fs::fsetxattr(&upper, c"trusted.overlay.opaque", b"n", XattrFlags::empty());
    if let Err(errno) = attribute {
        return Ok(Some(Obstacle::NoAttributes(errno)));
    }
    if !tells_types(&parent)? {
        return Ok(Some(Obstacle::NoEntryTypes));
    }
    let context = match rustix::mount::fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC) {
        Err(Errno::NODEV) => return Ok(Some(Obstacle::NoOverlay)),
        result => result?,
    };
    let option = |key: &str, fd: &OwnedFd| {
        rustix::mount::fsconfig_set_string(&context, key, format!("/proc/self/fd/{}", fd.as_raw_fd()))
    };
    let made = option("lowerdir", &lower)
        .and_then(|()| option("upperdir", &upper))
        .and_then(|()| option("workdir", &work))
        .and_then(|()| rustix::mount::fsconfig_create(&context));
    Ok(made.err().map(Obstacle::Refused))
}

fn make(parent: &OwnedFd, name: &str) -> Result<OwnedFd> {
    rustix::fs::mkdirat(parent, name, Mode::RWXU)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    rustix::fs::openat(parent, name, flags, Mode::empty())
}

fn tells_types(directory: &OwnedFd) -> Result<bool> {
    for entry in Dir::read_from(directory.as_fd())? {
        if entry?.file_type() == FileType::Unknown {
            return Ok(false);
        }
    }
    Ok(true)
}
