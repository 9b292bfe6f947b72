//! New processes by clone3(2).

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use rustix::io::{Errno, Result};
use rustix::process::{Pid, Signal};

/// CLONE_INTO_CGROUP of clone3(2).
const INTO_CGROUP: u64 = 0x2_0000_0000;

/// Whose child the new process is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// The calling process waits for it.
    Caller,
    /// The caller's parent does (`CLONE_PARENT`).
    CallersParent,
}

/// What a new process does not share with the one that makes it.
pub struct Birth<'a> {
    /// New namespaces, `CLONE_NEW…` of clone(2).
    pub namespaces: i32,
    /// Whose child it is.
    pub parent: Parent,
    /// The directory of the control group it begins in (`CLONE_INTO_CGROUP`); none: the caller's.
    pub cgroup: Option<BorrowedFd<'a>>,
}

impl Birth<'_> {
    /// A child of the caller or of its parent, with nothing of its own.
    pub const fn of(parent: Parent) -> Self {
        Self {
            namespaces: 0,
            parent,
            cgroup: None,
        }
    }
}

/// A process made by [`run`].
pub struct Child {
    /// Its PID as the caller sees it.
    pub pid: Pid,
    /// Refers to it even when the PID is used again.
    pub pidfd: OwnedFd,
}

impl Child {
    /// SIGKILL; a process that is gone already is no error.
    pub fn kill(&self) {
        let _ = rustix::process::pidfd_send_signal(&self.pidfd, Signal::KILL);
    }

    /// Another signal; the same holds.
    pub fn signal(&self, number: i32) {
        if let Some(signal) = Signal::from_named_raw(number) {
            let _ = rustix::process::pidfd_send_signal(&self.pidfd, signal);
        }
    }
}

/// Runs `body` in a copy of this process and ends that copy with the exit status `body` gives. `EBUSY` where the calling
/// process has several threads: a copy of it would inherit locks that nobody unlocks. `ENOENT`, `ENODEV` where the control
/// group is gone.
pub fn run(birth: &Birth<'_>, body: impl FnOnce() -> i32) -> Result<Child> {
    check_single_thread()?;
    let mut pidfd: RawFd = -1;
    // SAFETY: clone_args is plain integers, for all of which zero means unset.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    arguments.flags = birth.namespaces as u64 | libc::CLONE_PIDFD as u64;
    arguments.pidfd = &raw mut pidfd as u64;
    if let Some(cgroup) = birth.cgroup {
        arguments.flags |= INTO_CGROUP;
        arguments.cgroup = cgroup.as_raw_fd() as u64;
    }
    match birth.parent {
        Parent::Caller => arguments.exit_signal = libc::SIGCHLD as u64,
        Parent::CallersParent => arguments.flags |= libc::CLONE_PARENT as u64,
    }
    // SAFETY: without CLONE_VM this is fork(2) by another name; the process has one thread, so its copy is consistent.
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

/// "Give me threads of my own" is what a process of several threads is refused, unshare(2); one of a single thread has them.
fn check_single_thread() -> Result<()> {
    // SAFETY: where it succeeds nothing is unshared.
    match crate::check(i64::from(unsafe { libc::unshare(libc::CLONE_THREAD) })) {
        Err(Errno::INVAL) => Err(Errno::BUSY),
        result => result,
    }
}
