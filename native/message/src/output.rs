use crate::error::Error;
use std::io::{self, Write};

/// A writer that accepts a limited number of bytes.
pub struct Bounded<W> {
    to: W,
    left: u64,
}

impl<W: Write> Bounded<W> {
    /// Passes at most `max_bytes` bytes to `to`, then fails with [`Error::Size`].
    pub const fn new(to: W, max_bytes: u64) -> Self {
        Self { to, left: max_bytes }
    }
}

impl<W: Write> Write for Bounded<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() as u64 > self.left {
            return Err(Error::Size.into());
        }
        let length = self.to.write(bytes)?;
        self.left -= length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
