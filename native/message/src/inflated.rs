use crate::error::{Result, broken};
use bzip2::bufread::BzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, BufRead, Read};

/// Decompresses; returns its source after the end of the compressed data.
pub enum Inflated<R> {
    /// ZIP and ZLIB (RFC 1951 and 1950).
    Deflate(Deflated<R>),
    /// bzip2.
    Bzip2(BzDecoder<R>),
}

/// A reader of our own: that of the library takes the end of its source for the end of the
/// compressed data.
pub struct Deflated<R> {
    source: R,
    state: Decompress,
    ended: bool,
}

impl<R: BufRead> Inflated<R> {
    /// A reader for the algorithm number (RFC 9580, 9.4).
    pub fn new(number: u8, source: R) -> Result<Self> {
        match number {
            1 | 2 => Ok(Self::Deflate(Deflated {
                source,
                state: Decompress::new(number == 2),
                ended: false,
            })),
            3 => Ok(Self::Bzip2(BzDecoder::new(source))),
            _ => Err(broken("its compression is not known")),
        }
    }

    /// The source, at the data after the compressed data.
    pub fn into_inner(self) -> R {
        match self {
            Self::Deflate(deflated) => deflated.source,
            Self::Bzip2(decoder) => decoder.into_inner(),
        }
    }
}

fn damaged() -> io::Error {
    broken("its compression is").into()
}

impl<R: BufRead> Read for Inflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Deflate(deflated) => deflated.read(buffer),
            // Errors of the source are passed on; the library's own errors are about the data.
            Self::Bzip2(decoder) => decoder.read(buffer).map_err(|error| {
                if error.raw_os_error().is_some()
                    || error.get_ref().is_some_and(|inner| inner.is::<crate::Error>())
                {
                    error
                } else {
                    damaged()
                }
            }),
        }
    }
}

impl<R: BufRead> Read for Deflated<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while !self.ended {
            let input = self.source.fill_buf()?;
            let at_end = input.is_empty();
            let (taken, produced) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, buffer, FlushDecompress::None);
            let (taken, produced) = (self.state.total_in() - taken, self.state.total_out() - produced);
            // At most the bytes available and the room in the buffer, so the cast is exact.
            self.source.consume(taken as usize);
            let status = status.map_err(|_| damaged())?;
            self.ended = status == Status::StreamEnd;
            if produced > 0 {
                return Ok(produced as usize);
            }
            if at_end && !self.ended {
                return Err(damaged());
            }
        }
        Ok(0)
    }
}
