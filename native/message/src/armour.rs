use crate::error::{Result, broken, too_early};
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::io::{self, BufRead, Read};

const BEGIN: &[u8] = b"-----BEGIN PGP MESSAGE-----";
const END: &[u8] = b"-----END PGP MESSAGE-----";

/// Maximum length of a line; a line of armour has at most 76 characters.
const MAX_LINE: usize = 4096;
/// Number of bytes decoded at a time.
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
    After,
}

/// The bytes of an armoured message. The armour's checksum is not verified: the message
/// authenticates itself.
pub struct Unarmoured<R> {
    source: R,
    place: Place,
    line: Vec<u8>,
    /// Lines that are not decoded yet.
    waiting: Vec<u8>,
    decoded: Vec<u8>,
    returned: usize,
}

impl<R: BufRead> Unarmoured<R> {
    /// A reader of the armour at the start of `source`, after blank lines.
    pub const fn new(source: R) -> Self {
        Self {
            source,
            place: Place::First,
            line: Vec::new(),
            waiting: Vec::new(),
            decoded: Vec::new(),
            returned: 0,
        }
    }

    /// Reads a line, without its end and trailing blanks; false at the end.
    fn next_line(&mut self) -> Result<bool> {
        self.line.clear();
        let limit = MAX_LINE as u64 + 1;
        let length = self
            .source
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.line)?;
        if length > MAX_LINE {
            return Err(broken("its armour has no lines"));
        }
        self.line.truncate(self.line.trim_ascii_end().len());
        Ok(length > 0)
    }

    fn decode(&mut self, last: bool) -> Result<()> {
        self.decoded.clear();
        self.returned = 0;
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

    /// Processes one line; returns whether bytes were decoded.
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
            Place::After => {
                if !line.is_empty() {
                    return Err(broken("something follows it"));
                }
            }
            Place::Body | Place::End if line == END => {
                self.place = Place::After;
                self.decode(true)?;
                return Ok(true);
            }
            // The checksum.
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
        if self.place == Place::After {
            self.decoded.clear();
            self.returned = 0;
            return Ok(false);
        }
        Err(too_early())
    }
}

impl<R: BufRead> Read for Unarmoured<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.returned == self.decoded.len() && !self.refill()? {
            return Ok(0);
        }
        let length = buffer.len().min(self.decoded.len() - self.returned);
        buffer[..length].copy_from_slice(&self.decoded[self.returned..self.returned + length]);
        self.returned += length;
        Ok(length)
    }
}

/// Whether a message that starts with `start` is armoured: no packet starts with an ASCII
/// character.
pub fn is_armoured(start: &[u8]) -> bool {
    start.first().is_some_and(u8::is_ascii)
}
