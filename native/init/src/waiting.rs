//! Waiting for a pod that is being set up. A FIFO in its directory wakes who waits: an inotify instance would too, but closing
//! one waits for other processors, longer than the pod takes.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::failure::{About, Result};
use crate::pod_directory::PodDirectory;

/// One who waits; what happens from its beginning on wakes it.
pub struct Waiting(OwnedFd);

impl Waiting {
    /// Begins to wait.
    pub fn begin(directory: &PodDirectory) -> Result<Self> {
        let path = fifo(directory);
        match rustix::fs::mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o600), 0) {
            Ok(()) | Err(Errno::EXIST) => Ok(()),
            Err(errno) => Err(errno),
        }
        // Opened so it needs no writer, and is no hang-up before there was one.
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

    /// Comes back when it is woken, at the latest after that time.
    pub fn until(&self, patience: &Timespec) -> Result<()> {
        let mut waiting = [PollFd::new(&self.0, PollFlags::IN)];
        rustix::io::retry_on_intr(|| poll(&mut waiting, Some(patience)))
            .about("pod directory")
            .map(|_| ())
    }
}

/// Wakes all who wait: they see a writer come and go.
pub fn wake(directory: &PodDirectory) -> Result<()> {
    let path = fifo(directory);
    match rustix::fs::open(
        &path,
        OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC,
        Mode::empty(),
    ) {
        // Nobody waits.
        Ok(_) | Err(Errno::NXIO | Errno::NOENT) => Ok(()),
        Err(errno) => Err(errno).about(path.display()),
    }
}

fn fifo(directory: &PodDirectory) -> PathBuf {
    directory.path().join("stage1/waiting")
}
