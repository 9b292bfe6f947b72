use crate::error::{Result, broken, too_early};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::io::{self, BufRead, Read};

const BEGIN: &[u8] = b"-----BEGIN PGP MESSAGE-----";
const END: &[u8] = b"-----END PGP MESSAGE-----";

/// An armoured line has 76 characters at most.
const MAX_LINE: usize = 4096;
/// Decoded at once.
const PIECE: usize = 48 << 10;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

#[derive(PartialEq, Eq)]
enum Place {
    First,
    Head,
    Body,
    End,
    Behind,
}

/// The bytes of an armoured message. Its checksum is not looked at: the message guards itself.
pub struct Unarmoured<R> {
    source: R,
    place: Place,
    line: Vec<u8>,
    /// Not decoded yet.
    waiting: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
}

impl<R: BufRead> Unarmoured<R> {
    /// Of the armour that `source` begins with, blank lines left out.
    pub const fn new(source: R) -> Self {
        Self {
            source,
            place: Place::First,
            line: Vec::new(),
            waiting: Vec::new(),
            decoded: Vec::new(),
            given: 0,
        }
    }

    /// Reads a line, without its end and blanks there; false when there is none.
    fn next_line(&mut self) -> Result<bool> {
        self.line.clear();
        let most = MAX_LINE as u64 + 1;
        let length = self
            .source
            .by_ref()
            .take(most)
            .read_until(b'\n', &mut self.line)?;
        if length > MAX_LINE {
            return Err(broken("its armour has no lines"));
        }
        self.line.truncate(self.line.trim_ascii_end().len());
        Ok(length > 0)
    }

    fn decode(&mut self, last: bool) -> Result<()> {
        self.decoded.clear();
        self.given = 0;
        let length = if last {
            self.waiting.len()
        } else {
            self.waiting.len() - self.waiting.len() % 4
        };
        BASE64
            .decode_vec(&self.waiting[..length], &mut self.decoded)
            .map_err(|_| broken("its armour is damaged"))?;
        self.waiting.drain(..length);
        Ok(())
    }

    /// Takes one line; gives whether something was decoded.
    fn take_line(&mut self) -> Result<bool> {
        let line = self.line.as_slice();
        match self.place {
            Place::First if line.is_empty() => {}
            Place::First if line == BEGIN => self.place = Place::Head,
            Place::First => return Err(broken("its armour does not begin as one")),
            Place::Head => {
                if line.is_empty() {
                    self.place = Place::Body;
                }
            }
            Place::Behind => {
                if !line.is_empty() {
                    return Err(broken("something follows it"));
                }
            }
            Place::Body | Place::End if line == END => {
                self.place = Place::Behind;
                self.decode(true)?;
                return Ok(true);
            }
            // the checksum
            Place::Body if line.starts_with(b"=") => self.place = Place::End,
            Place::Body | Place::End if line.is_empty() => {}
            Place::Body if self.waiting.last() != Some(&b'=') => {
                self.waiting.extend_from_slice(line);
                if self.waiting.len() >= PIECE && self.waiting.last() != Some(&b'=') {
                    self.decode(false)?;
                    return Ok(true);
                }
            }
            Place::Body | Place::End => return Err(broken("its armour is damaged")),
        }
        Ok(false)
    }

    fn refill(&mut self) -> Result<bool> {
        while self.next_line()? {
            if self.take_line()? && !self.decoded.is_empty() {
                return Ok(true);
            }
        }
        if self.place == Place::Behind {
            self.decoded.clear();
            self.given = 0;
            return Ok(false);
        }
        Err(too_early())
    }
}

impl<R: BufRead> Read for Unarmoured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.decoded.len() && !self.refill()? {
            return Ok(0);
        }
        let length = buffer.len().min(self.decoded.len() - self.given);
        buffer[..length].copy_from_slice(&self.decoded[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

/// Whether a message that begins with `start` is armoured: no packet begins with ASCII.
pub fn is_armoured(start: &[u8]) -> bool {
    start.first().is_some_and(u8::is_ascii)
}
