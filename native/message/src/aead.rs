//! Messages whose parts are authenticated one by one (RFC 9580, 5.13.2; GnuPG's own packet of type
//! 20).

use crate::cipher::Aes;
use crate::error::{Error, Result, broken, changed, too_early};
use crate::packet::{exactly, fill};
use crate::session_key::{Keys, hkdf_sha256};
use aes::cipher::KeyInit;
use aes::{Aes128, Aes192, Aes256};
use aes_gcm::AesGcm;
use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::consts::{U12, U15};
use eax::Eax;
use ocb3::Ocb3;
use std::io::{self, Read};

/// Length of the tag in every mode, in bytes.
const TAG: usize = 16;
/// Maximum length of a part, in coded form: 4 MiB, the maximum of RFC 9580 and the length that
/// GnuPG uses.
const MAX_PIECE: u8 = 16;

/// A mode of authenticated encryption (RFC 9580, 9.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Eax,
    Ocb,
    Gcm,
}

impl Mode {
    /// The mode with this number.
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::Eax),
            2 => Some(Self::Ocb),
            3 => Some(Self::Gcm),
            _ => None,
        }
    }

    /// Length of a nonce in bytes.
    pub const fn nonce_length(self) -> usize {
        match self {
            Self::Eax => 16,
            Self::Ocb => 15,
            Self::Gcm => 12,
        }
    }
}

/// Decrypts parts that were encrypted with one key.
pub trait Opener {
    /// Decrypts `bytes` in place; false if the tag is wrong.
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

/// A decryption with this key; `None` if its length does not fit.
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

/// How a part's number determines its nonce and its additional authenticated data.
enum Form {
    Rfc9580,
    Gnupg,
}

/// The data before the parts.
struct Head {
    form: Form,
    /// Type, version, cipher, mode and coded length of a part.
    about: [u8; 5],
    /// The start of every nonce.
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

/// The content of such a message. Each part is authenticated before any of it is returned, and the
/// end shows that no part is missing.
pub struct Pieces<R> {
    body: R,
    head: Head,
    openers: Vec<Box<dyn Opener>>,
    /// Whether it is certain that the key is the right one.
    is_key_confirmed: bool,
    piece: usize,
    number: u64,
    total: u64,
    /// A part with its tag, followed by bytes that may be the last tag.
    buffered: Vec<u8>,
    returned: usize,
    ready: usize,
    ended: bool,
}

impl<R: Read> Pieces<R> {
    /// A reader for a packet of version 2, whose version was read.
    pub fn rfc9580(mut body: R, keys: &Keys) -> Result<Self> {
        let [cipher, number, coded] = exactly(&mut body)?;
        let salt: [u8; 32] = exactly(&mut body)?;
        let (aes, mode) = supported(cipher, number)?;
        let about = [0xd2, 2, cipher, number, coded];
        let Some(key) = keys.v6.as_ref().filter(|key| key.len() == aes.key_length()) else {
            return Err(Error::Passphrase(None));
        };
        let start = mode.nonce_length() - 8;
        let length = aes.key_length() + start;
        let made = hkdf_sha256(key, Some(&salt), &about, length).ok_or_else(too_early)?;
        let (key, start) = made.split_at(aes.key_length());
        let openers = opener(mode, aes, key).into_iter().collect();
        let head = Head {
            form: Form::Rfc9580,
            about,
            start: start.to_vec(),
        };
        Self::new(body, head, openers, true)
    }

    /// A reader for GnuPG's packet.
    pub fn gnupg(mut body: R, keys: &Keys) -> Result<Self> {
        let [version, cipher, number, coded] = exactly(&mut body)?;
        if version != 1 {
            return Err(broken("its version is not known"));
        }
        let (aes, mode) = supported(cipher, number)?;
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

    fn new(body: R, head: Head, openers: Vec<Box<dyn Opener>>, is_key_confirmed: bool) -> Result<Self> {
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
            is_key_confirmed,
            piece: 1 << (coded + 6),
            number: 0,
            total: 0,
            buffered: Vec::new(),
            returned: 0,
            ready: 0,
            ended: false,
        };
        // Reveals a wrong passphrase before any content is returned.
        pieces.refill()?;
        Ok(pieces)
    }

    /// Decrypts the next part; false at the end.
    fn refill(&mut self) -> Result<bool> {
        if self.ended {
            return Ok(false);
        }
        let behind = if self.ready == 0 { 0 } else { self.ready + TAG };
        self.buffered.drain(..behind.min(self.buffered.len()));
        self.returned = 0;
        self.ready = 0;
        let carried = self.buffered.len();
        let full_length = self.piece + 2 * TAG;
        self.buffered.resize(full_length, 0);
        let length = carried + fill(&mut self.body, &mut self.buffered[carried..])?;
        self.buffered.truncate(length);
        let Some(content) = length.checked_sub(TAG) else {
            return Err(too_early());
        };
        if content > 0 {
            let Some(content) = content.checked_sub(TAG) else {
                return Err(too_early());
            };
            self.open_piece(content)?;
        }
        if length < full_length {
            self.open_end()?;
        }
        Ok(self.ready > 0)
    }

    fn open_piece(&mut self, length: usize) -> Result<()> {
        let tag: [u8; TAG] = self.buffered[length..length + TAG]
            .try_into()
            .map_err(|_| too_early())?;
        let (nonce, about) = (self.head.nonce(self.number), self.head.about(self.number, None));
        let piece = &mut self.buffered[..length];
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
        self.is_key_confirmed = true;
        self.ready = length;
        self.number += 1;
        self.total += length as u64;
        Ok(())
    }

    fn refused(&self) -> Error {
        if self.is_key_confirmed {
            return changed();
        }
        Error::Passphrase(Some("unless it was changed since it was encrypted"))
    }

    /// Verifies the last tag, which must be all that follows the last part.
    fn open_end(&mut self) -> Result<()> {
        let tag = self.buffered.last_chunk().copied().ok_or_else(too_early)?;
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
        if self.returned == self.ready && !self.refill()? {
            return Ok(0);
        }
        let length = buffer.len().min(self.ready - self.returned);
        buffer[..length].copy_from_slice(&self.buffered[self.returned..self.returned + length]);
        self.returned += length;
        Ok(length)
    }
}

fn supported(cipher: u8, mode: u8) -> Result<(Aes, Mode)> {
    let aes = Aes::of(cipher).ok_or_else(|| Error::Cipher(crate::cipher::name(cipher)))?;
    let mode = Mode::of(mode).ok_or_else(|| broken("its mode of encryption is not known"))?;
    Ok((aes, mode))
}
