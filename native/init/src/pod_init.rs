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

/// The time that systemd waits for a unit by default.
const TIMEOUT: std::time::Duration = std::time::Duration::from_secs(90);

/// The pod's init process, with a descriptor that prevents its PID from being reused unnoticed.
pub struct PodInit {
    pub pid: Pid,
    pub fd: OwnedFd,
}

/// Waits until the pod is ready and returns its init. The pod's unit and those of its apps start at
/// the same time, so that systemd's work for them runs in parallel. No failure of the pod is
/// reported here: systemd then ends the waiting process, whose unit is bound to the pod's.
pub fn wait_for(directory: &PodDirectory) -> Result<PodInit> {
    let waiting = Waiting::begin(directory)?;
    let begin = Instant::now();
    // Checks only after the wait has begun: a later change wakes it.
    while directory.pid()?.is_none() {
        let left = TIMEOUT
            .checked_sub(begin.elapsed())
            .and_then(|left| Timespec::try_from(left).ok())
            .ok_or_else(|| Failure::new(format!("is not ready after {} seconds", TIMEOUT.as_secs())))?;
        waiting.until(&left)?;
    }
    find(directory)
}

/// Finds the init of a running pod: the process that has the pod's lock file open.
pub fn find(directory: &PodDirectory) -> Result<PodInit> {
    let not_running = || Failure::new("is not running");
    let pid = directory.pid()?.and_then(Pid::from_raw).ok_or_else(not_running)?;
    let fd = processes::open(pid).map_err(|_| not_running())?;
    // Checks while a descriptor refers to the process: its PID cannot have been reused since.
    let lock = format!("/proc/{}/fd/{}", pid.as_raw_pid(), pod_lock::DESCRIPTOR);
    let theirs = match rustix::fs::stat(lock) {
        Err(rustix::io::Errno::ACCESS | rustix::io::Errno::PERM) => {
            return Err(Failure::new("cannot be looked at; only root can do this"));
        }
        result => result.map_err(|_| not_running())?,
    };
    let ours = pod_lock::path(directory.path());
    let ours = rustix::fs::stat(&ours).about(ours.display())?;
    if (theirs.st_dev, theirs.st_ino) != (ours.st_dev, ours.st_ino) {
        return Err(not_running());
    }
    Ok(PodInit { pid, fd })
}
