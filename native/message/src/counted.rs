use std::io::{self, Read};

/// Tells how much was read of what it reads.
pub struct Counted<R, F> {
    source: R,
    bytes: u64,
    tell: F,
}

impl<R: Read, F: FnMut(u64)> Counted<R, F> {
    /// Calls `tell` with all bytes so far after every piece.
    pub const fn new(source: R, tell: F) -> Self {
        Self {
            source,
            bytes: 0,
            tell,
        }
    }
}

impl<R: Read, F: FnMut(u64)> Read for Counted<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.bytes += length as u64;
        (self.tell)(self.bytes);
        Ok(length)
    }
}
