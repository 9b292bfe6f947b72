//! Namespaces of the calling process, namespaces(7).

use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, Result};
use rustix::thread::{
    LinkNameSpaceType, ThreadNameSpaceType, UnshareFlags, move_into_link_name_space,
    move_into_thread_name_spaces,
};

use crate::network;

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

/// A new network namespace, whose loopback device is up, made by a thread of its own: the caller stays where it is. Close-on-exec.
pub fn make_network() -> Result<OwnedFd> {
    let made = std::thread::Builder::new().name("network".into()).spawn(|| {
        own_network()?;
        rustix::fs::open(
            "/proc/thread-self/ns/net",
            OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        )
    });
    let made = made.map_err(|failed| Errno::from_io_error(&failed).unwrap_or(Errno::AGAIN))?;
    made.join().unwrap_or(Err(Errno::IO))
}

/// A new network namespace for this thread alone, whose loopback device is up.
pub fn own_network() -> Result<()> {
    unshare(UnshareFlags::NEWNET)?;
    network::loopback_up()
}

/// Joins a network namespace: this thread alone. `EINVAL` where it is none.
pub fn join_network(namespace: BorrowedFd<'_>) -> Result<()> {
    move_into_link_name_space(namespace, Some(LinkNameSpaceType::Network))
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
