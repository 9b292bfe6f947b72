//! The types of packets (RFC 9580, 5) and their heads.

use crate::body::{Body, Length};
use crate::error::{Result, broken, too_early};
use std::io::{ErrorKind, Read};

pub const KEY_FOR_KEY: u8 = 1;
pub const SIGNATURE: u8 = 2;
pub const KEY_FOR_PASSPHRASE: u8 = 3;
pub const ONE_PASS_SIGNATURE: u8 = 4;
pub const COMPRESSED: u8 = 8;
pub const ENCRYPTED_UNGUARDED: u8 = 9;
pub const LITERAL: u8 = 11;
pub const ENCRYPTED: u8 = 18;
pub const ENCRYPTED_GNUPG: u8 = 20;
pub const PADDING: u8 = 21;

/// The head of a packet. Its body must be read to the end before the next packet.
#[derive(Clone, Copy)]
pub struct Head {
    pub tag: u8,
    pub length: Length,
}

impl Head {
    /// The body that follows in `source`.
    pub fn body<R: Read>(self, source: R) -> Body<R> {
        Body::new(source, self.length)
    }
}

/// Reads the next byte; `None` at the end.
pub fn byte(source: &mut impl Read) -> Result<Option<u8>> {
    let mut byte = [0];
    loop {
        match source.read(&mut byte) {
            Ok(0) => return Ok(None),
            Ok(_) => return Ok(Some(byte[0])),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reads exactly `LENGTH` bytes.
pub fn exactly<const LENGTH: usize>(source: &mut impl Read) -> Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    for place in &mut bytes {
        *place = byte(source)?.ok_or_else(too_early)?;
    }
    Ok(bytes)
}

/// Reads until `buffer` is full or the source ends; returns the number of bytes read.
pub fn fill(source: &mut impl Read, buffer: &mut [u8]) -> Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match source.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(length)
}

/// Reads the head of the next packet of `source`; `None` at the end.
pub fn next(source: &mut impl Read) -> Result<Option<Head>> {
    let Some(first) = byte(source)? else {
        return Ok(None);
    };
    if first & 0x80 == 0 {
        return Err(broken("it is not made of packets"));
    }
    if first & 0x40 != 0 {
        let (tag, length) = (first & 0x3f, Length::read(source)?);
        return Ok(Some(Head { tag, length }));
    }
    let tag = (first >> 2) & 0x0f;
    let length = match first & 3 {
        0 => Length::Last(exactly::<1>(source)?[0].into()),
        1 => Length::Last(u16::from_be_bytes(exactly(source)?).into()),
        2 => Length::Last(u32::from_be_bytes(exactly(source)?)),
        _ => Length::ToEnd,
    };
    Ok(Some(Head { tag, length }))
}
