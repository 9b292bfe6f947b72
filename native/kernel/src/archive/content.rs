//! A file that is being filled.

use super::error::{Error, Result, printable};
use flate2::Crc;
use rustix::io::Errno;
use std::os::fd::{AsRawFd, OwnedFd};

/// With this many bytes it is worth starting to write them to disk while the next ones are
/// decompressed: the syncfs(2) at the end then finds most of them written. Smaller files are left
/// to syncfs(2).
const EARLY: u64 = 256 << 10;
/// Maximum number of bytes of one file before writing to disk is started.
const STEP: u64 = 8 << 20;

/// The file, its number of bytes so far, their CRC-32, and the number of bytes for which writing to
/// disk was started.
pub(super) struct Content {
    file: OwnedFd,
    path: Vec<u8>,
    written: u64,
    started: u64,
    sum: Crc,
}

impl Content {
    pub(super) fn new(file: OwnedFd, path: &[u8]) -> Self {
        Self {
            file,
            path: path.to_vec(),
            written: 0,
            started: 0,
            sum: Crc::new(),
        }
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.sum.update(bytes);
        while !bytes.is_empty() {
            match rustix::io::write(&self.file, bytes) {
                Ok(length) => {
                    self.written += length as u64;
                    bytes = bytes.get(length..).unwrap_or_default();
                }
                Err(Errno::INTR) => {}
                Err(errno) => {
                    return Err(Error::os(
                        format!("{}: writing its content", printable(&self.path)),
                        errno,
                    ));
                }
            }
        }
        self.start(STEP);
        Ok(())
    }

    /// Returns the complete file and the CRC-32 of its content.
    pub(super) fn finish(mut self) -> (OwnedFd, u32) {
        self.start(EARLY);
        (self.file, self.sum.sum())
    }

    /// Starts writing the remaining bytes to disk if they are at least `least`. An error does not
    /// matter: syncfs(2) reports it later.
    fn start(&mut self, least: u64) {
        let waiting = self.written - self.started;
        if waiting < least {
            return;
        }
        let range = i64::try_from(self.started).ok().zip(i64::try_from(waiting).ok());
        if let Some((offset, length)) = range {
            // SAFETY: sync_file_range(2) takes no pointers, and the descriptor is open while `self`
            // lives.
            unsafe {
                libc::sync_file_range(self.file.as_raw_fd(), offset, length, libc::SYNC_FILE_RANGE_WRITE);
            }
        }
        self.started = self.written;
    }
}
