//! The pod lock: the owner of a pod holds the exclusive flock(2) on the file `lock` of the pod
//! directory. It is a file and not the directory itself, because the pod init keeps it open inside
//! the pod, where no descriptor may lead to the host.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use appc_kernel::lock::{self, LockMode};
use appc_kernel::{descriptors, processes};
use rustix::process::Pid;

use crate::failure::{About, Failure, Result};
use crate::plan::Holder;

/// The number at which the pod init keeps the lock file open and locked.
pub const DESCRIPTOR: i32 = 3;

/// The path of a pod directory's lock file.
pub fn path(directory: &Path) -> PathBuf {
    directory.join("lock")
}

/// Takes the lock over from the launcher by duplicating its open file description, so that the lock
/// is never free in between. If the launcher has ended, acquires the lock anew. Leaves it open at
/// [`DESCRIPTOR`], inherited across exec. Returns whether the launcher still exists.
pub fn take_over(directory: &Path, holder: &Holder) -> Result<bool> {
    let file = path(directory);
    let theirs = from_holder(&file, holder);
    let is_theirs = theirs.is_some();
    let fd = match theirs {
        Some(fd) => fd,
        None => lock::open(&file).about("pod lock")?,
    };
    // The launcher's open file description holds the lock already: acquiring it again changes
    // nothing.
    if !lock::try_lock(&fd, LockMode::Exclusive).about("pod lock")? {
        return Err(Failure::new("pod lock: is held by another process"));
    }
    descriptors::inherit_as(fd.as_fd(), DESCRIPTOR).about("pod lock")?;
    if std::os::fd::AsRawFd::as_raw_fd(&fd) == DESCRIPTOR {
        descriptors::leak(fd);
    }
    Ok(is_theirs)
}

fn from_holder(file: &Path, holder: &Holder) -> Option<OwnedFd> {
    let fd = processes::duplicate_descriptor(Pid::from_raw(holder.pid)?, holder.fd).ok()?;
    let theirs = rustix::fs::fstat(&fd).ok()?;
    let ours = rustix::fs::stat(file).ok()?;
    (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino).then_some(fd)
}
