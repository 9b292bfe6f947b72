//! Namespaces of the calling process, namespaces(7).

use std::os::fd::BorrowedFd;

use rustix::io::Result;
use rustix::thread::{ThreadNameSpaceType, UnshareFlags, move_into_thread_name_spaces};

/// Joins the namespaces of the process `pidfd` refers to: network, IPC, host name and mount namespace; root and working
/// directory become the mount namespace's root. Children are born into its PID namespace, the caller stays in its own.
pub fn join(pidfd: BorrowedFd<'_>) -> Result<()> {
    let mut set = ThreadNameSpaceType::NETWORK;
    set |= ThreadNameSpaceType::INTER_PROCESS_COMMUNICATION;
    set |= ThreadNameSpaceType::HOST_NAME_AND_NIS_DOMAIN_NAME;
    set |= ThreadNameSpaceType::PROCESS_ID;
    set |= ThreadNameSpaceType::MOUNT;
    move_into_thread_name_spaces(pidfd, set)
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
