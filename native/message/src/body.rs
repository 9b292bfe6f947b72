use crate::error::{Result, too_early};
use crate::packet::exactly;
use std::io::{self, Read};

/// The length of one part of a packet's body (RFC 9580, 4.2).
#[derive(Clone, Copy)]
pub enum Length {
    /// Another part follows.
    Partial(u32),
    /// The last part.
    Last(u32),
    /// The body extends to the end of the source.
    ToEnd,
}

impl Length {
    /// Reads a length in the new format.
    pub fn read(source: &mut impl Read) -> Result<Self> {
        let [first] = exactly(source)?;
        Ok(match first {
            0..192 => Self::Last(first.into()),
            192..224 => {
                let [second] = exactly(source)?;
                Self::Last((u32::from(first) - 192) * 256 + u32::from(second) + 192)
            }
            224..255 => Self::Partial(1 << (first & 0x1f)),
            255 => Self::Last(u32::from_be_bytes(exactly(source)?)),
        })
    }
}

/// The body of a packet, joined from its parts.
pub struct Body<R> {
    source: R,
    left: Length,
}

impl<R: Read> Body<R> {
    /// The body at the start of `source`; `length` is its first length, which was read.
    pub const fn new(source: R, length: Length) -> Self {
        Self { source, left: length }
    }
}

impl<R: Read> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while let Length::Partial(0) = self.left {
            self.left = Length::read(&mut self.source)?;
        }
        let (Length::Partial(left) | Length::Last(left)) = self.left else {
            return self.source.read(buffer);
        };
        if left == 0 {
            return Ok(0);
        }
        let room = buffer.len().min(left as usize);
        let length = self.source.read(&mut buffer[..room])?;
        if length == 0 {
            return Err(too_early().into());
        }
        // Not more than was left, so the cast is exact.
        let left = left - length as u32;
        self.left = match self.left {
            Length::Partial(_) => Length::Partial(left),
            _ => Length::Last(left),
        };
        Ok(length)
    }
}
