//! Waiting for a pod to become ready. A FIFO in its directory wakes the waiting processes. An
//! inotify instance would do so too, but closing one waits for other processors, longer than the
//! pod takes to start.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::failure::{About, Result};
use crate::pod_directory::PodDirectory;

/// A waiting process; every wake from its creation on ends the wait.
pub struct Waiting(OwnedFd);

impl Waiting {
    /// Begins to wait.
    pub fn begin(directory: &PodDirectory) -> Result<Self> {
        let path = fifo(directory);
        match rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(errno) => Err(errno),
        }
        // Opening it this way needs no writer, and there is no hang-up before there was one.
        .and_then(|()| {
            rustix::fs::open(
                &path,
                OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
                Mode::empty(),
            )
        })
        .about(path.display())
        .map(Self)
    }

    /// Waits until woken, or until the time is over.
    pub fn until(&self, timeout: &Timespec) -> Result<()> {
        let mut waiting = [PollFd::new(&self.0, PollFlags::IN)];
        rustix::io::retry_on_intr(|| poll(&mut waiting, Some(timeout)))
            .about("pod directory")
            .map(|_| ())
    }
}

/// Wakes all waiting processes: they see a writer open and close the FIFO.
pub fn wake(directory: &PodDirectory) -> Result<()> {
    let path = fifo(directory);
    match rustix::fs::open(
        &path,
        OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
        Mode::empty(),
    ) {
        // No process waits.
        Ok(_) | Err(Errno::NXIO | Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno).about(path.display()),
    }
}

fn fifo(directory: &PodDirectory) -> PathBuf {
    directory.path().join("stage1/waiting")
}
