//! New processes by clone3(2).

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use rustix::io::{Errno, Result};
use rustix::process::{Pid, Signal};

/// CLONE_INTO_CGROUP of clone3(2).
const INTO_CGROUP: u64 = 0x2_0000_0000;

/// Whose child the new process is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// The calling process, which must wait for it.
    Caller,
    /// The caller's parent (`CLONE_PARENT`).
    CallersParent,
}

/// What a new process does not share with the process that creates it.
pub struct CloneOptions<'a> {
    /// New namespaces, `CLONE_NEW…` of clone(2).
    pub namespaces: i32,
    /// Whose child it is.
    pub parent: Parent,
    /// The directory of the control group in which it starts (`CLONE_INTO_CGROUP`); `None`: the
    /// caller's.
    pub cgroup: Option<BorrowedFd<'a>>,
}

impl CloneOptions<'_> {
    /// A child of the caller or of the caller's parent that shares all namespaces and the control
    /// group.
    pub const fn of(parent: Parent) -> Self {
        Self {
            namespaces: 0,
            parent,
            cgroup: None,
        }
    }
}

/// A process created by [`run`].
pub struct Child {
    /// Its PID in the caller's PID namespace.
    pub pid: Pid,
    /// Refers to the process even after the PID has been reused.
    pub pidfd: OwnedFd,
}

impl Child {
    /// Sends SIGKILL; it is no error if the process has ended already.
    pub fn kill(&self) {
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
    }

    /// Sends the signal `number`; it is no error if the process has ended already.
    pub fn signal(&self, number: i32) {
        if let Some(signal) = Signal::from_named_raw(number) {
            let _ = rustix::process::pidfd_send_signal(&self.pidfd, signal);
        }
    }
}

/// Runs `body` in a copy of this process; the copy exits with the status that `body` returns.
/// `EBUSY` where the calling process has several threads: a copy would inherit locks that no thread
/// unlocks. `ENOENT` or `ENODEV` where the control group no longer exists.
pub fn run(options: &CloneOptions<'_>, body: impl FnOnce() -> i32) -> Result<Child> {
    check_single_thread()?;
    let mut pidfd: RawFd = -1;
    // SAFETY: clone_args is plain integers, for all of which zero means unset.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    arguments.flags = options.namespaces as u64 | libc::CLONE_PIDFD as u64;
    arguments.pidfd = &raw mut pidfd as u64;
    if let Some(cgroup) = options.cgroup {
        arguments.flags |= INTO_CGROUP;
        arguments.cgroup = cgroup.as_raw_fd() as u64;
    }
    match options.parent {
        Parent::Caller => arguments.exit_signal = libc::SIGCHLD as u64,
        Parent::CallersParent => arguments.flags |= libc::CLONE_PARENT as u64,
    }
    // SAFETY: without CLONE_VM this call does the same as fork(2); the process has one thread, so
    // its copy is consistent.
    let pid = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw mut arguments,
            size_of::<libc::clone_args>(),
        )
    };
    match pid {
        0 => {
            let status = body();
            // SAFETY: _exit(2) has no precondition.
            unsafe { libc::_exit(status) }
        }
        -1 => Err(Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::INVAL)),
        pid => Ok(Child {
            pid: Pid::from_raw(pid as i32).ok_or(Errno::SRCH)?,
            // SAFETY: the kernel has just opened this descriptor for us.
            pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) },
        }),
    }
}

/// `EBUSY` where this process has several threads: unshare(2) refuses CLONE_THREAD only then.
fn check_single_thread() -> Result<()> {
    // SAFETY: where the call succeeds, it unshares nothing.
    match crate::check(i64::from(unsafe { libc::unshare(libc::CLONE_THREAD) })) {
        Err(Errno::INVAL) => Err(Errno::BUSY),
        result => result,
    }
}
