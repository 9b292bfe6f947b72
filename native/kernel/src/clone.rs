//! New processes by clone3(2).

use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use rustix::fs::{AtFlags, StatxFlags};
use rustix::io::{Errno, Result};
use rustix::process::{Pid, Signal};

/// Whose child the new process is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// The calling process waits for it.
    Caller,
    /// The caller's parent does (`CLONE_PARENT`).
    CallersParent,
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
}

/// Runs `body` in a copy of this process, in the new namespaces `namespaces` (`CLONE_NEW…` of clone(2)), and ends that
/// copy with the exit status `body` gives. `EBUSY` where the calling process has several threads: a copy of it would
/// inherit locks that nobody unlocks.
pub fn run(namespaces: u64, parent: Parent, body: impl FnOnce() -> i32) -> Result<Child> {
    if thread_count()? != 1 {
        return Err(Errno::BUSY);
    }
    let mut pidfd: RawFd = -1;
    // SAFETY: clone_args is plain integers, for all of which zero means unset.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    arguments.flags = namespaces | libc::CLONE_PIDFD as u64;
    arguments.pidfd = &raw mut pidfd as u64;
    match parent {
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

/// A directory has one link per subdirectory and two of its own.
fn thread_count() -> Result<u32> {
    let tasks = rustix::fs::statx(
        rustix::fs::CWD,
        "/proc/self/task",
        AtFlags::empty(),
        StatxFlags::NLINK,
    )?;
    Ok(tasks.stx_nlink - 2)
}
