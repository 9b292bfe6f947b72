//! Namespaces of the calling process, namespaces(7).

use std::os::fd::BorrowedFd;

use rustix::io::Result;
use rustix::thread::{ThreadNameSpaceType, UnshareFlags, move_into_thread_name_spaces};

/// Joins the network, IPC and host name namespaces of the process `pidfd` refers to; children are born into its PID
/// namespace.
pub fn join_all_but_mounts(pidfd: BorrowedFd<'_>) -> Result<()> {
    let mut set = ThreadNameSpaceType::NETWORK;
    set |= ThreadNameSpaceType::INTER_PROCESS_COMMUNICATION;
    set |= ThreadNameSpaceType::HOST_NAME_AND_NIS_DOMAIN_NAME;
    set |= ThreadNameSpaceType::PROCESS_ID;
    move_into_thread_name_spaces(pidfd, set)
}

/// Joins the mount namespace of that process; root and working directory become that namespace's root.
pub fn join_mounts(pidfd: BorrowedFd<'_>) -> Result<()> {
    move_into_thread_name_spaces(pidfd, ThreadNameSpaceType::MOUNT)
}

/// A copy of the mount namespace, for this process alone.
pub fn own_mounts() -> Result<()> {
    unshare(UnshareFlags::NEWNS)
}

/// A control group namespace whose root is the control group the process is in.
pub fn own_cgroup() -> Result<()> {
    unshare(UnshareFlags::NEWCGROUP)
}

fn unshare(flags: UnshareFlags) -> Result<()> {
    // SAFETY: none of the flags used here separates descriptor tables or anything else Rust's I/O safety rests on.
    unsafe { rustix::thread::unshare_unsafe(flags) }
}
