//! Locks on directories: flock(2), held by an open file description until its last duplicate is closed.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::{Errno, Result};

/// How many may hold a lock at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum LockMode {
    /// Any number of shared holders.
    Shared,
    /// One, and nobody else.
    Exclusive,
}

/// Opens a directory or file to lock it.
pub fn open(path: &Path) -> Result<OwnedFd> {
    rustix::fs::open(
        path,
        OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK,
        Mode::empty(),
    )
}

/// Takes the lock if nobody holds it against us; tells whether it is ours now.
pub fn try_lock(fd: impl AsFd, mode: LockMode) -> Result<bool> {
    let operation = match mode {
        LockMode::Shared => FlockOperation::NonBlockingLockShared,
        LockMode::Exclusive => FlockOperation::NonBlockingLockExclusive,
    };
    match rustix::io::retry_on_intr(|| rustix::fs::flock(&fd, operation)) {
        Err(Errno::WOULDBLOCK) => Ok(false),
        result => result.map(|()| true),
    }
}

/// Waits for the lock.
pub fn lock(fd: impl AsFd, mode: LockMode) -> Result<()> {
    let operation = match mode {
        LockMode::Shared => FlockOperation::LockShared,
        LockMode::Exclusive => FlockOperation::LockExclusive,
    };
    rustix::io::retry_on_intr(|| rustix::fs::flock(&fd, operation))
}
