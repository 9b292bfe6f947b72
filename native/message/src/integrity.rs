use crate::cfb::{Decrypting, decrypting};
use crate::cipher::BLOCK;
use crate::error::{Error, Result, changed, too_early};
use crate::packet::fill;
use crate::session_key::SessionKey;
use sha1::{Digest, Sha1};
use std::io::{self, Read};

/// The head of the packet with the digest that guards the message.
pub const GUARD: [u8; 2] = [0xd3, 0x14];
const GUARD_LENGTH: usize = GUARD.len() + 20;
/// A random block and its last two bytes again, by which a wrong key shows.
pub const PREFIX_LENGTH: usize = BLOCK + 2;
/// Decrypted at once, a multiple of the block.
const PIECE: usize = 64 << 10;

/// The content of an integrity-protected packet of version 1 (RFC 9580, 5.13.1). It counts only when it was read to its end, where
/// reading fails, once, if it is not what was encrypted.
pub struct Guarded<R> {
    body: R,
    cipher: Option<Box<dyn Decrypting>>,
    digest: Sha1,
    /// Decrypted: what was given, what may be given, and at the end what may be the guard.
    plain: Vec<u8>,
    given: usize,
    ready: usize,
}

impl<R: Read> Guarded<R> {
    /// Of a body whose version was read, with the first of `keys` that fits.
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
                given: 0,
                ready: 0,
            });
        }
        Err(Error::Passphrase(None))
    }

    /// Decrypts more; false at the end.
    fn refill(&mut self) -> Result<bool> {
        let Some(cipher) = &mut self.cipher else {
            return Ok(false);
        };
        self.plain.drain(..self.ready);
        let held = self.plain.len();
        self.plain.resize(held + PIECE, 0);
        let length = fill(&mut self.body, &mut self.plain[held..])?;
        self.plain.truncate(held + length);
        let tail = cipher.blocks(&mut self.plain[held..]);
        let last = length < PIECE;
        if last {
            self.cipher
                .take()
                .into_iter()
                .for_each(|cipher| cipher.tail(tail));
        }
        self.given = 0;
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
        if self.given == self.ready && !self.refill()? {
            return Ok(0);
        }
        let length = buffer.len().min(self.ready - self.given);
        buffer[..length].copy_from_slice(&self.plain[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}
