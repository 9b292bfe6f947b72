//! Messages that are guarded piece by piece (RFC 9580, 5.13.2; GnuPG's own packet of type 20).

use crate::cipher::Aes;
use crate::error::{Error, Result, broken, changed, too_early};
use crate::packet::{exactly, fill};
use crate::session_key::{Keys, expanded};
use aes::cipher::KeyInit;
use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::consts::{U12, U15};
use eax::Eax;
use ocb3::Ocb3;
use std::io::{self, Read};

/// Bytes of every mode's tag.
const TAG: usize = 16;
/// The largest piece, as its coded length: 4 MiB, RFC 9580's highest and what GnuPG makes.
const MAX_PIECE: u8 = 16;

/// A mode of authenticated encryption (RFC 9580, 9.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Eax,
    Ocb,
    Gcm,
}

impl Mode {
    /// By its number.
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Eax),
            2 => Some(Self::Ocb),
            3 => Some(Self::Gcm),
            _ => None,
        }
    }

    /// Bytes of a nonce.
    pub const fn nonce_length(self) -> usize {
        match self {
            Self::Eax => 16,
            Self::Ocb => 15,
            Self::Gcm => 12,
        }
    }
}

/// Opens what was sealed with one key.
pub trait Opener {
    /// Decrypts `bytes` in place; false where the tag does not fit.
    fn open(&self, nonce: &[u8], about: &[u8], bytes: &mut [u8], tag: &[u8; TAG]) -> bool;
}

struct Of<C>(C);

impl<C: AeadInOut> Opener for Of<C> {
    fn open(&self, nonce: &[u8], about: &[u8], bytes: &mut [u8], tag: &[u8; TAG]) -> bool {
        let (Ok(nonce), Ok(tag)) = (nonce.try_into(), tag[..].try_into()) else {
            return false;
        };
        self.0
            .decrypt_inout_detached(nonce, about, bytes.into(), tag)
            .is_ok()
    }
}

fn made<C: AeadInOut + KeyInit + 'static>(key: &[u8]) -> Option<Box<dyn Opener>> {
    let cipher = C::new_from_slice(key).ok()?;
    Some(Box::new(Of(cipher)))
}

/// None for a key of another length.
pub fn opener(mode: Mode, aes: Aes, key: &[u8]) -> Option<Box<dyn Opener>> {
    match (mode, aes) {
        (Mode::Eax, Aes::Aes128) => made::<Eax<Aes128>>(key),
        (Mode::Eax, Aes::Aes192) => made::<Eax<Aes192>>(key),
        (Mode::Eax, Aes::Aes256) => made::<Eax<Aes256>>(key),
        (Mode::Ocb, Aes::Aes128) => made::<Ocb3<Aes128, U15>>(key),
        (Mode::Ocb, Aes::Aes192) => made::<Ocb3<Aes192, U15>>(key),
        (Mode::Ocb, Aes::Aes256) => made::<Ocb3<Aes256, U15>>(key),
        (Mode::Gcm, Aes::Aes128) => made::<AesGcm<Aes128, U12>>(key),
        (Mode::Gcm, Aes::Aes192) => made::<AesGcm<Aes192, U12>>(key),
        (Mode::Gcm, Aes::Aes256) => made::<AesGcm<Aes256, U12>>(key),
    }
}

/// How nonces and what is guarded beside the content are made of a piece's number.
enum Form {
    Rfc9580,
    Gnupg,
}

/// What stands before the pieces.
struct Head {
    form: Form,
    /// Type, version, cipher, mode and coded length of a piece.
    about: [u8; 5],
    /// What nonces are made of.
    start: Vec<u8>,
}

impl Head {
    fn nonce(&self, number: u64) -> Vec<u8> {
        let mut nonce = self.start.clone();
        match self.form {
            Form::Rfc9580 => nonce.extend_from_slice(&number.to_be_bytes()),
            Form::Gnupg => {
                let from = nonce.len() - 8;
                for (place, byte) in nonce[from..].iter_mut().zip(number.to_be_bytes()) {
                    *place ^= byte;
                }
            }
        }
        nonce
    }

    fn about(&self, number: u64, total: Option<u64>) -> Vec<u8> {
        let mut about = self.about.to_vec();
        if let Form::Gnupg = self.form {
            about.extend_from_slice(&number.to_be_bytes());
        }
        if let Some(total) = total {
            about.extend_from_slice(&total.to_be_bytes());
        }
        about
    }
}

/// The content of such a message; every piece is checked before any of it is given, and at the end that none is missing.
pub struct Pieces<R> {
    body: R,
    head: Head,
    openers: Vec<Box<dyn Opener>>,
    /// Whether the key is known to be the one that was meant.
    sure: bool,
    piece: usize,
    number: u64,
    total: u64,
    /// A piece with its tag, and behind it what may be the last tag.
    held: Vec<u8>,
    given: usize,
    ready: usize,
    ended: bool,
}

impl<R: Read> Pieces<R> {
    /// Of a packet of version 2, its version read.
    pub fn rfc9580(mut body: R, keys: &Keys) -> Result<Self> {
        let [cipher, number, coded] = exactly(&mut body)?;
        let salt: [u8; 32] = exactly(&mut body)?;
        let (aes, mode) = known(cipher, number)?;
        let about = [0xd2, 2, cipher, number, coded];
        let Some(key) = keys.v6.as_ref().filter(|key| key.len() == aes.key_length()) else {
            return Err(Error::Passphrase(None));
        };
        let start = mode.nonce_length() - 8;
        let length = aes.key_length() + start;
        let made = expanded(key, Some(&salt), &about, length).ok_or_else(too_early)?;
        let (key, start) = made.split_at(aes.key_length());
        let openers = opener(mode, aes, key).into_iter().collect();
        let head = Head {
            form: Form::Rfc9580,
            about,
            start: start.to_vec(),
        };
        Self::new(body, head, openers, true)
    }

    /// Of GnuPG's packet.
    pub fn gnupg(mut body: R, keys: &Keys) -> Result<Self> {
        let [version, cipher, number, coded] = exactly(&mut body)?;
        if version != 1 {
            return Err(broken("its version is not known"));
        }
        let (aes, mode) = known(cipher, number)?;
        let mut start = vec![0; mode.nonce_length()];
        if fill(&mut body, &mut start)? < start.len() {
            return Err(too_early());
        }
        let v4 = keys.v4.iter().filter(|key| key.aes == aes).map(|key| &key.key);
        let openers: Vec<_> = keys
            .v5
            .iter()
            .chain(v4)
            .filter_map(|key| opener(mode, aes, key))
            .collect();
        let head = Head {
            form: Form::Gnupg,
            about: [0xd4, version, cipher, number, coded],
            start,
        };
        Self::new(body, head, openers, keys.v5.is_some())
    }

    fn new(body: R, head: Head, openers: Vec<Box<dyn Opener>>, sure: bool) -> Result<Self> {
        let coded = head.about[4];
        if coded > MAX_PIECE {
            return Err(broken("it is guarded in pieces of more than 4 MiB"));
        }
        if openers.is_empty() {
            return Err(Error::Passphrase(None));
        }
        let mut pieces = Self {
            body,
            head,
            openers,
            sure,
            piece: 1 << (coded + 6),
            number: 0,
            total: 0,
            held: Vec::new(),
            given: 0,
            ready: 0,
            ended: false,
        };
        // a wrong passphrase shows before anything is read
        pieces.refill()?;
        Ok(pieces)
    }

    /// Opens the next piece; false at the end.
    fn refill(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let behind = if self.ready == 0 { 0 } else { self.ready + TAG };
        self.held.drain(..behind.min(self.held.len()));
        self.given = 0;
        self.ready = 0;
        let carried = self.held.len();
        let whole = self.piece + 2 * TAG;
        self.held.resize(whole, 0);
        let length = carried + fill(&mut self.body, &mut self.held[carried..])?;
        self.held.truncate(length);
        let Some(content) = length.checked_sub(TAG) else {
            return Err(too_early());
        };
        if content > 0 {
            let Some(content) = content.checked_sub(TAG) else {
                return Err(too_early());
            };
            self.open_piece(content)?;
        }
        if length < whole {
            self.open_end()?;
        }
        Ok(self.ready > 0)
    }

    fn open_piece(&mut self, length: usize) -> Result<()> {
        let tag: [u8; TAG] = self.held[length..length + TAG]
            .try_into()
            .map_err(|_| too_early())?;
        let (nonce, about) = (self.head.nonce(self.number), self.head.about(self.number, None));
        let piece = &mut self.held[..length];
        if let [opener] = self.openers.as_slice() {
            if !opener.open(&nonce, &about, piece, &tag) {
                return Err(self.refused());
            }
        } else {
            let sealed = piece.to_vec();
            let fits = self.openers.iter().position(|opener| {
                piece.copy_from_slice(&sealed);
                opener.open(&nonce, &about, piece, &tag)
            });
            let Some(fits) = fits else {
                return Err(self.refused());
            };
            self.openers = vec![self.openers.swap_remove(fits)];
        }
        self.sure = true;
        self.ready = length;
        self.number += 1;
        self.total += length as u64;
        Ok(())
    }

    fn refused(&self) -> Error {
        if self.sure {
            return changed();
        }
        Error::Passphrase(Some("unless it was changed since it was encrypted"))
    }

    /// Nothing but the last tag is behind the piece.
    fn open_end(&mut self) -> Result<()> {
        let tag = self.held.last_chunk().copied().ok_or_else(too_early)?;
        let (nonce, about) = (
            self.head.nonce(self.number),
            self.head.about(self.number, Some(self.total)),
        );
        let sound = self
            .openers
            .iter()
            .any(|opener| opener.open(&nonce, &about, &mut [], &tag));
        if !sound {
            self.ready = 0;
            return Err(self.refused());
        }
        self.ended = true;
        Ok(())
    }
}

impl<R: Read> Read for Pieces<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.ready && !self.refill()? {
            return Ok(0);
        }
        let length = buffer.len().min(self.ready - self.given);
        buffer[..length].copy_from_slice(&self.held[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

fn known(cipher: u8, mode: u8) -> Result<(Aes, Mode)> {
    let aes = Aes::of(cipher).ok_or_else(|| Error::Cipher(crate::cipher::name(cipher)))?;
    let mode = Mode::of(mode).ok_or_else(|| broken("its mode of encryption is not known"))?;
    Ok((aes, mode))
}
