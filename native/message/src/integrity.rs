use crate::cfb::{Decrypting, decrypting};
use crate::cipher::BLOCK;
use crate::error::{Error, Result, changed, too_early};
use crate::packet::fill;
use crate::session_key::SessionKey;
use sha1::{Digest, Sha1};
use std::io::{self, Read};

/// The head of the packet with the digest that authenticates the message.
pub const GUARD: [u8; 2] = [0xd3, 0x14];
const GUARD_LENGTH: usize = GUARD.len() + 20;
/// Length of the random block and the repetition of its last two bytes, which reveals a wrong key.
pub const PREFIX_LENGTH: usize = BLOCK + 2;
/// Number of bytes decrypted at a time, a multiple of the block size.
const PIECE: usize = 64 << 10;

/// The content of an integrity-protected packet of version 1 (RFC 9580, 5.13.1). The content is
/// valid only after it was read to its end: there a read fails, once, if the content differs from
/// what was encrypted.
pub struct Guarded<R> {
    body: R,
    cipher: Option<Box<dyn Decrypting>>,
    digest: Sha1,
    /// Decrypted bytes: those already returned, those that may be returned, and at the end those
    /// that may be the guard.
    plain: Vec<u8>,
    returned: usize,
    ready: usize,
}

impl<R: Read> Guarded<R> {
    /// A reader of a body whose version was read, with the first of `keys` that fits.
    pub fn new(mut body: R, keys: &[SessionKey]) -> Result<Self> {
        let mut first = [0; 2 * BLOCK];
        if fill(&mut body, &mut first)? < first.len() {
            return Err(too_early());
        }
        for SessionKey { aes, key } in keys {
            let mut plain = first;
            let Some(mut cipher) = decrypting(*aes, key) else {
                continue;
            };
            cipher.blocks(&mut plain);
            if plain[BLOCK - 2..BLOCK] != plain[BLOCK..PREFIX_LENGTH] {
                continue;
            }
            return Ok(Self {
                body,
                cipher: Some(cipher),
                digest: Sha1::new_with_prefix(&plain[..PREFIX_LENGTH]),
                plain: plain[PREFIX_LENGTH..].to_vec(),
                returned: 0,
                ready: 0,
            });
        }
        Err(Error::Passphrase(None))
    }

    /// Decrypts more bytes; false at the end.
    fn refill(&mut self) -> Result<bool> {
        let Some(cipher) = &mut self.cipher else {
            return Ok(false);
        };
        self.plain.drain(..self.ready);
        let kept = self.plain.len();
        self.plain.resize(kept + PIECE, 0);
        let length = fill(&mut self.body, &mut self.plain[kept..])?;
        self.plain.truncate(kept + length);
        let tail = cipher.blocks(&mut self.plain[kept..]);
        let last = length < PIECE;
        if last {
            self.cipher
                .take()
                .into_iter()
                .for_each(|cipher| cipher.tail(tail));
        }
        self.returned = 0;
        self.ready = self.plain.len().saturating_sub(GUARD_LENGTH);
        self.digest.update(&self.plain[..self.ready]);
        if last {
            self.check()?;
        }
        Ok(self.ready > 0)
    }

    fn check(&mut self) -> Result<()> {
        let digest = self.digest.clone().chain_update(GUARD).finalize();
        let guard = self.plain.get(self.ready..).unwrap_or_default();
        if guard == [&GUARD[..], &digest].concat() {
            return Ok(());
        }
        self.ready = 0;
        Err(changed())
    }
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.returned == self.ready && !self.refill()? {
            return Ok(0);
        }
        let length = buffer.len().min(self.ready - self.returned);
        buffer[..length].copy_from_slice(&self.plain[self.returned..self.returned + length]);
        self.returned += length;
        Ok(length)
    }
}
