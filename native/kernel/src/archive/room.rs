//! The space that extracting must leave free on the file system, also while others write to it.

use super::error::{Error, Result};
use super::limits::Limits;
use rustix::io::Errno;
use std::os::fd::OwnedFd;

/// The check costs little, but not nothing.
const EVERY_BYTES: u64 = 32 << 20;
const EVERY_ENTRIES: u64 = 1024;

/// Checks at intervals whether enough space is left.
pub(super) struct Room {
    free_bytes: u64,
    free_nodes: u64,
    bytes: u64,
    entries: u64,
}

impl Room {
    pub(super) const fn new(limits: Limits) -> Self {
        Self {
            free_bytes: limits.free_bytes,
            free_nodes: limits.free_nodes,
            bytes: 0,
            entries: 0,
        }
    }

    /// Counts `bytes` more bytes written to the file system of `root`.
    pub(super) fn wrote(&mut self, root: &OwnedFd, bytes: u64) -> Result<()> {
        self.bytes += bytes;
        if self.bytes < EVERY_BYTES {
            return Ok(());
        }
        self.check(root)
    }

    /// Counts one more entry created there.
    pub(super) fn made(&mut self, root: &OwnedFd) -> Result<()> {
        self.entries += 1;
        if self.entries < EVERY_ENTRIES {
            return Ok(());
        }
        self.check(root)
    }

    fn check(&mut self, root: &OwnedFd) -> Result<()> {
        self.bytes = 0;
        self.entries = 0;
        let failed = |errno: Errno| Error::os("archive: looking how much room is left", errno);
        let now = rustix::fs::fstatvfs(root).map_err(failed)?;
        let left = now.f_bavail.saturating_mul(now.f_frsize);
        if left < self.free_bytes {
            return Err(Error::Room(format!(
                "archive: {left} bytes are left on the file system it is extracted to, and {} must stay free",
                self.free_bytes
            )));
        }
        // Some file systems create inodes as needed and report no number.
        if now.f_files > 0 && now.f_favail < self.free_nodes {
            return Err(Error::Room(format!(
                "archive: {} inodes are left on the file system it is extracted to, and {} must stay free",
                now.f_favail, self.free_nodes
            )));
        }
        Ok(())
    }
}
