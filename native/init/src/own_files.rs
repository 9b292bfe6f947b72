//! The parts of an app's root that come neither from the image nor from the host: files in /etc,
//! and mounts that hide paths.

use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::mounts::{self, Attributes};
use appc_kernel::root::Root;
use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;

use crate::detached;
use crate::failure::{About, Result};
use crate::plan::{self, MountFlag};

/// The directory of the pod's root that contains our files for the apps' /etc.
const FILES: &str = "/files";

/// The warning for a file that is not made. An image may lack each of these files, so an app can
/// run without it.
const NOT_MADE: &str = "is not made: the image has something else there";

/// A detached mount of an empty, read-only file system.
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

/// Hides the directory at `target` under the mount that `empty` gives, anything else under the one
/// that `null` gives. Does nothing where the path does not exist.
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

/// Makes a symlink of ours, which replaces a file or symlink of the image.
pub fn symlink(root: &Root, target: &str, to: &str) -> Result<Option<&'static str>> {
    match root.make_symlink(target, to) {
        Err(Errno::ISDIR | Errno::NOTDIR | Errno::LOOP | Errno::EXIST) => Ok(Some(NOT_MADE)),
        result => result.map(|()| None).about("cannot be made"),
    }
}

/// Makes a file of ours where the image may have anything. The file is written to a file system
/// that only the pod init sees, and mounted over what is at `target`, which is neither opened nor
/// followed. `place` is the path of the app's root in the pod's root.
pub fn file(
    pod: &Root,
    root: &Root,
    place: &str,
    target: &str,
    (content, mode): (&str, u32),
    read_only: bool,
) -> Result<Option<&'static str>> {
    let mount_point = match root.make_place(target, mode) {
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
        // Each app has a file system of its own: it may write to its files, and cannot use up the
        // space of another app.
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
        .and_then(|copy| mounts::attach(copy.as_fd(), mount_point.as_fd()))
        .about("cannot be mounted")?;
    Ok(None)
}
