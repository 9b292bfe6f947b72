//! What in an app's root is neither the image's nor the host's: files of /etc, and what hides the rest.

use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::mounts::{self, Attributes};
use appc_kernel::root::Root;
use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

use crate::detached;
use crate::failure::{About, Result};
use crate::plan::{self, MountFlag};

/// The directory of the pod's root where the files are that apps find in their /etc.
const FILES: &str = "/files";

/// An image may do without any of these files, so the app may.
const NOT_MADE: &str = "is not made: the image has something else there";

/// A file system with nothing in it, ever; not mounted anywhere yet.
pub fn empty() -> rustix::io::Result<OwnedFd> {
    let options = ["mode=0555", "size=4k", "nr_inodes=2", "ro"].map(String::from);
    let flags = [
        MountFlag::Nosuid,
        MountFlag::Nodev,
        MountFlag::Noexec,
        MountFlag::Readonly,
    ];
    mounts::new("tmpfs", &options, plan::attributes(&flags))
}

/// Hides a directory under what `empty` gives, anything else under what `null` gives.
pub fn mask(
    root: &Root,
    target: &str,
    empty: impl FnOnce() -> rustix::io::Result<OwnedFd>,
    null: impl FnOnce() -> rustix::io::Result<OwnedFd>,
) -> rustix::io::Result<()> {
    let place = match root.find(target, OFlags::PATH) {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        result => result?,
    };
    if FileType::from_raw_mode(rustix::fs::fstat(&place)?.st_mode) == FileType::Directory {
        return mounts::attach(empty()?.as_fd(), place.as_fd());
    }
    let null = null()?;
    mounts::set(null.as_fd(), false, Attributes::MOUNT_ATTR_RDONLY)?;
    mounts::attach(null.as_fd(), place.as_fd())
}

/// A symlink of ours, in place of a file or symlink of the image.
pub fn symlink(root: &Root, target: &str, to: &str) -> Result<Option<&'static str>> {
    match root.make_symlink(target, to) {
        Err(Errno::ISDIR | Errno::NOTDIR | Errno::LOOP | Errno::EXIST) => Ok(Some(NOT_MADE)),
        result => result.map(|()| None).about("cannot be made"),
    }
}

/// A file of ours where the image may have anything: it is written to a file system that only the pod init sees, and mounted over
/// what is there, which is neither opened nor followed. `place` is the app's root in the pod's.
pub fn file(
    pod: &Root,
    root: &Root,
    place: &str,
    target: &str,
    (content, mode): (&str, u32),
    read_only: bool,
) -> Result<Option<&'static str>> {
    let at = match root.make_place(target, mode) {
        Err(Errno::ISDIR | Errno::NOTDIR | Errno::LOOP | Errno::EXIST | Errno::NOENT) => {
            return Ok(Some(NOT_MADE));
        }
        result => result.about("cannot be made")?,
    };
    let app = place.rsplit('/').next().unwrap_or_default();
    let directory = pod
        .make_directory(&format!("{FILES}/{app}"), 0o755)
        .about(FILES)?;
    if !directory.existed {
        // Its own file system: the app may write to its files, and fills nobody else's.
        let options = ["mode=0755", "size=256k", "nr_inodes=16"].map(String::from);
        let flags = [MountFlag::Nosuid, MountFlag::Nodev, MountFlag::Noexec];
        mounts::new("tmpfs", &options, plan::attributes(&flags))
            .and_then(|files| mounts::attach(files.as_fd(), directory.fd.as_fd()))
            .about(FILES)?;
    }
    let name = target.rsplit('/').next().unwrap_or_default();
    let own = format!("{FILES}/{app}/{name}");
    pod.write_new_file(&own, content.as_bytes(), mode).about(FILES)?;
    let source = pod.find(&own, OFlags::PATH).about(FILES)?;
    let attributes = if read_only {
        Attributes::MOUNT_ATTR_RDONLY
    } else {
        Attributes::empty()
    };
    detached::copy(source.as_fd(), false, attributes)
        .and_then(|copy| mounts::attach(copy.as_fd(), at.as_fd()))
        .about("cannot be mounted")?;
    Ok(None)
}
