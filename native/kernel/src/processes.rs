//! Access to other processes, and protection of this process from them.

use std::os::fd::OwnedFd;

use rustix::io::Result;
use rustix::process::{DumpableBehavior, Pid, PidfdFlags, PidfdGetfdFlags};

/// Denies other processes access to this process' memory, descriptors and program file
/// (PR_SET_DUMPABLE), until it calls exec.
pub fn forbid_inspection() -> Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

/// Opens a descriptor for the process `pid`, pidfd_open(2).
pub fn open(pid: Pid) -> Result<OwnedFd> {
    rustix::process::pidfd_open(pid, PidfdFlags::empty())
}

/// Duplicates the descriptor `fd` of the process `pid`, pidfd_getfd(2): both share the open file
/// description.
pub fn duplicate_descriptor(pid: Pid, fd: i32) -> Result<OwnedFd> {
    rustix::process::pidfd_getfd(open(pid)?, fd, PidfdGetfdFlags::empty())
}

/// Sets the name that ps(1) shows, up to 15 bytes.
pub fn set_name(name: &std::ffi::CStr) -> Result<()> {
    rustix::thread::set_name(name)
}

/// Whether a path leads from this process' root to its working directory: the directory is inside
/// the root and was not removed.
pub fn is_working_directory_reachable() -> bool {
    let mut path = [0u8; libc::PATH_MAX as usize];
    // Calls the kernel directly: the C library hides the kernel's answer for a directory outside
    // the root, `(unreachable)/…`.
    // SAFETY: the buffer has the length that is passed.
    let length = unsafe { libc::syscall(libc::SYS_getcwd, path.as_mut_ptr(), path.len()) };
    length > 0 && path[0] == b'/'
}

/// Ends this process at once, `_exit(2)`.
pub fn end(status: i32) -> ! {
    // SAFETY: the process ends, so nothing is used after the call.
    unsafe { libc::_exit(status) }
}
