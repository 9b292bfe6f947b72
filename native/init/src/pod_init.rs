//! Finding the pod's init process.

use std::os::fd::OwnedFd;
use std::time::Instant;

use appc_kernel::processes;
use rustix::event::Timespec;
use rustix::process::Pid;

use crate::failure::{About, Failure, Result};
use crate::pod_directory::PodDirectory;
use crate::pod_lock;
use crate::waiting::Waiting;

/// As long as systemd would have waited for the pod by default.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(90);

/// The pod's init process while it is held: its PID is not used again.
pub struct PodInit {
    pub pid: Pid,
    pub fd: OwnedFd,
}

/// The pod init, as soon as the pod is ready: its unit and those of its apps are started at once, so that
/// what systemd does for each of them is done side by side. A pod that fails needs no telling: systemd then ends whoever
/// waits here, which is bound to it.
pub fn wait_for(directory: &PodDirectory) -> Result<PodInit> {
    let waiting = Waiting::begin(directory)?;
    let begin = Instant::now();
    // Asked after the waiting has begun: what comes later wakes it.
    while directory.pid()?.is_none() {
        let left = PATIENCE
            .checked_sub(begin.elapsed())
            .and_then(|left| Timespec::try_from(left).ok())
            .ok_or_else(|| Failure::new(format!("is not ready after {} seconds", PATIENCE.as_secs())))?;
        waiting.until(&left)?;
    }
    find(directory)
}

/// The pod init, which is running: the process that has the pod's lock file open.
pub fn find(directory: &PodDirectory) -> Result<PodInit> {
    let gone = || Failure::new("is not running");
    let pid = directory.pid()?.and_then(Pid::from_raw).ok_or_else(gone)?;
    let fd = processes::open(pid).map_err(|_| gone())?;
    // Looked at while the process is held: its PID cannot have been used again since.
    let lock = format!("/proc/{}/fd/{}", pid.as_raw_pid(), pod_lock::DESCRIPTOR);
    let theirs = match rustix::fs::stat(lock) {
        Err(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => {
            return Err(Failure::new("cannot be looked at; only root can do this"));
        }
        result => result.map_err(|_| gone())?,
    };
    let ours = pod_lock::path(directory.path());
    let ours = rustix::fs::stat(&ours).about(ours.display())?;
    if (theirs.st_dev, theirs.st_ino) != (ours.st_dev, ours.st_ino) {
        return Err(gone());
    }
    Ok(PodInit { pid, fd })
}
