use crate::error::{Result, broken};
use bzip2::bufread::BzDecoder;
use flate2::{Decompress, FlushDecompress, Status};
use std::io::{self, BufRead, Read};

/// Undoes a compression, and gives back what it was read from when its end was reached.
pub enum Inflated<R> {
    /// ZIP and ZLIB (RFC 1951 and 1950).
    Deflate(Deflated<R>),
    /// bzip2.
    Bzip2(BzDecoder<R>),
}

/// The library's own reader takes the end of its source for the end of what is compressed.
pub struct Deflated<R> {
    source: R,
    state: Decompress,
    ended: bool,
}

impl<R: BufRead> Inflated<R> {
    /// By the compression's number (RFC 9580, 9.4).
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

    /// What is behind the compressed data.
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
            // errors of the source pass, the library's own are about the data
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
            let (taken, given) = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(input, buffer, FlushDecompress::None);
            let (taken, given) = (self.state.total_in() - taken, self.state.total_out() - given);
            // no more than there was, and no more than there was room for
            self.source.consume(taken as usize);
            let status = status.map_err(|_| damaged())?;
            self.ended = status == Status::StreamEnd;
            if given > 0 {
                return Ok(given as usize);
            }
            if at_end && !self.ended {
                return Err(damaged());
            }
        }
        Ok(0)
    }
}
