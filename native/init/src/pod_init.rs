//! Finding the pod's init process.

use std::os::fd::OwnedFd;

use appc_kernel::processes;
use rustix::process::Pid;

use crate::failure::{About, Failure, Result};
use crate::pod_directory::PodDirectory;
use crate::pod_lock;

/// A descriptor for the pod init, which is running: the process that has the pod directory open as its lock.
pub fn find(directory: &PodDirectory) -> Result<OwnedFd> {
    let gone = || Failure::new("is not running");
    let pid = directory.pid()?.and_then(Pid::from_raw).ok_or_else(gone)?;
    let init = processes::open(pid).map_err(|_| gone())?;
    // Looked at while the process is held: its PID cannot have been used again since.
    let lock = format!("/proc/{}/fd/{}", pid.as_raw_pid(), pod_lock::DESCRIPTOR);
    let theirs = match rustix::fs::stat(lock) {
        Err(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => {
            return Err(Failure::new("cannot be looked at; only root can do this"));
        }
        result => result.map_err(|_| gone())?,
    };
    let ours = rustix::fs::stat(directory.path()).about(directory.path().display())?;
    if (theirs.st_dev, theirs.st_ino) != (ours.st_dev, ours.st_ino) {
        return Err(gone());
    }
    Ok(init)
}
