//! Other processes, and what they may know of this one.

use std::os::fd::OwnedFd;

use rustix::io::Result;
use rustix::process::{DumpableBehavior, Pid, PidfdFlags, PidfdGetfdFlags};

/// Keeps other processes out of this one's memory, descriptors and program file (PR_SET_DUMPABLE), until it execs.
pub fn forbid_inspection() -> Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

/// A descriptor for the process `pid`, pidfd_open(2).
pub fn open(pid: Pid) -> Result<OwnedFd> {
    rustix::process::pidfd_open(pid, PidfdFlags::empty())
}

/// A duplicate of descriptor `fd` of the process `pid`, pidfd_getfd(2): the same open file description.
pub fn duplicate_descriptor(pid: Pid, fd: i32) -> Result<OwnedFd> {
    rustix::process::pidfd_getfd(open(pid)?, fd, PidfdGetfdFlags::empty())
}

/// Sets the name that ps(1) shows, up to 15 bytes.
pub fn set_name(name: &std::ffi::CStr) -> Result<()> {
    rustix::thread::set_name(name)
}

/// Whether the path of the working directory leads from this process' root to it: it is inside, and not removed.
pub fn is_working_directory_reachable() -> bool {
    let mut path = [0u8; libc::PATH_MAX as usize];
    // The system call itself: the C library hides what the kernel says of a directory outside, `(unreachable)/…`.
    // SAFETY: the buffer has the length that is told.
    let length = unsafe { libc::syscall(libc::SYS_getcwd, path.as_mut_ptr(), path.len()) };
    length > 0 && path[0] == b'/'
}

/// Ends this process at once, `_exit(2)`.
pub fn end(status: i32) -> ! {
    // SAFETY: nothing of this process is used again.
    unsafe { libc::_exit(status) }
}
