//! A file being filled.

use super::error::{Error, Result, shown};
use flate2::Crc;
use rustix::io::Errno;
use std::os::fd::{AsRawFd, OwnedFd};

/// Bytes that are worth telling the kernel to write at once, while the next ones are decompressed: the syncfs(2) at
/// the end then finds most of them on disk. Smaller files are its own job.
const EARLY: u64 = 256 << 10;
/// The most of one file that waits.
const STEP: u64 = 8 << 20;

/// The file, how much is in it, its CRC-32, and for how much of that the writing to disk was started.
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
                        format!("{}: writing its content", shown(&self.path)),
                        errno,
                    ));
                }
            }
        }
        self.start(STEP);
        Ok(())
    }

    /// The file, all of it written, and the CRC-32 of its content.
    pub(super) fn finish(mut self) -> (OwnedFd, u32) {
        self.start(EARLY);
        (self.file, self.sum.sum())
    }

    /// Starts writing what waits, where it is at least `least` bytes. A refusal changes nothing: syncfs(2) tells.
    fn start(&mut self, least: u64) {
        let waiting = self.written - self.started;
        if waiting < least {
            return;
        }
        let range = i64::try_from(self.started).ok().zip(i64::try_from(waiting).ok());
        if let Some((offset, length)) = range {
            // SAFETY: sync_file_range(2) takes no pointers, and the descriptor is open as long as `self`.
            unsafe {
                libc::sync_file_range(self.file.as_raw_fd(), offset, length, libc::SYNC_FILE_RANGE_WRITE);
            }
        }
        self.started = self.written;
    }
}
