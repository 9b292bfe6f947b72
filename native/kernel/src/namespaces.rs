//! Namespaces of the calling process, namespaces(7).

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, Result};
use rustix::thread::{
    LinkNameSpaceType, ThreadNameSpaceType, UnshareFlags, move_into_link_name_space,
    move_into_thread_name_spaces,
};

use crate::network;

/// Joins the network, IPC, host name and mount namespaces of the process that `pidfd` refers to.
/// The mount namespace's root becomes root and working directory. New children are created in its
/// PID namespace; the caller stays in its own.
pub fn join(pidfd: BorrowedFd<'_>) -> Result<()> {
    let mut set = ThreadNameSpaceType::NETWORK;
    set |= ThreadNameSpaceType::INTER_PROCESS_COMMUNICATION;
    set |= ThreadNameSpaceType::HOST_NAME_AND_NIS_DOMAIN_NAME;
    set |= ThreadNameSpaceType::PROCESS_ID;
    set |= ThreadNameSpaceType::MOUNT;
    move_into_thread_name_spaces(pidfd, set)
}

/// Creates a network namespace whose loopback device is up. A thread of its own creates it, so the
/// caller stays in its namespace. Returns its descriptor, close-on-exec.
pub fn create_network() -> Result<OwnedFd> {
    let creator = std::thread::Builder::new().name("network".into()).spawn(|| {
        enter_new_network()?;
        rustix::fs::open(
            "/proc/thread-self/ns/net",
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        )
    });
    let creator = creator.map_err(|failed| Errno::from_io_error(&failed).unwrap_or(Errno::AGAIN))?;
    creator.join().unwrap_or(Err(Errno::IO))
}

/// Moves this thread to a new network namespace whose loopback device is up.
pub fn enter_new_network() -> Result<()> {
    unshare(UnshareFlags::NEWNET)?;
    network::loopback_up()
}

/// Moves this thread to a network namespace. `EINVAL` where the descriptor is of another kind.
pub fn join_network(namespace: BorrowedFd<'_>) -> Result<()> {
    move_into_link_name_space(namespace, Some(LinkNameSpaceType::Network))
}

/// Moves this process to a copy of its mount namespace.
pub fn enter_new_mounts() -> Result<()> {
    unshare(UnshareFlags::NEWNS)
}

/// Moves this process to a new control group namespace, whose root is the process' control group.
pub fn enter_new_cgroup() -> Result<()> {
    unshare(UnshareFlags::NEWCGROUP)
}

fn unshare(flags: UnshareFlags) -> Result<()> {
    // SAFETY: none of the flags used here separates descriptor tables or anything else that Rust's
    // I/O safety relies on.
    unsafe { rustix::thread::unshare_unsafe(flags) }
}
