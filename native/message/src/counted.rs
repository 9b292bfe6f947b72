use std::io::{self, Read};

/// A reader that reports how many bytes were read from its source.
pub struct Counted<R, F> {
    source: R,
    bytes: u64,
    report: F,
}

impl<R: Read, F: FnMut(u64)> Counted<R, F> {
    /// Calls `report` after every read with the total number of bytes.
    pub const fn new(source: R, report: F) -> Self {
        Self {
            source,
            bytes: 0,
            report,
        }
    }
}

impl<R: Read, F: FnMut(u64)> Read for Counted<R, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.source.read(buffer)?;
        self.bytes += length as u64;
        (self.report)(self.bytes);
        Ok(length)
    }
}
