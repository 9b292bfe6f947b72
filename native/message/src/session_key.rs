//! The session keys of messages, and the packets that protect them with a passphrase (RFC 9580,
//! 5.3).

use crate::aead::{Mode, opener};
use crate::cfb;
use crate::cipher::{self, Aes};
use crate::error::{Error, Result, broken};
use crate::s2k::{Key, S2k};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A key and its cipher.
pub struct SessionKey {
    pub aes: Aes,
    pub key: Key,
}

/// The keys from a passphrase, by the version of their packets, which decides what they may
/// decrypt.
#[derive(Default)]
pub struct Keys {
    /// Candidates: not every packet reveals a wrong passphrase.
    pub v4: Vec<SessionKey>,
    /// The key of a GnuPG message with authenticated encryption.
    pub v5: Option<Key>,
    /// The key of a message of RFC 9580.
    pub v6: Option<Key>,
}

enum Opened {
    V4(SessionKey),
    V5(Key),
    V6(Key),
    Wrong,
    /// The passphrase is wrong, or the key is for another cipher.
    NotAes,
}

/// The reasons why packets gave no key, from the least to the most specific.
#[derive(Default)]
struct Refusals {
    unreadable: Option<Error>,
    cipher: Option<u8>,
    not_aes: bool,
    wrong: bool,
}

/// Decrypts the keys in the bodies `packets` with `passphrase`.
pub fn open(packets: &[Vec<u8>], passphrase: &[u8]) -> Result<Keys> {
    let mut keys = Keys::default();
    let mut refusals = Refusals::default();
    for packet in packets {
        let [version, rest @ ..] = packet.as_slice() else {
            refusals.unreadable = Some(damaged());
            continue;
        };
        let Some((&number, rest)) =
            (if *version == 6 { rest.get(1..) } else { Some(rest) }).and_then(|rest| rest.split_first())
        else {
            refusals.unreadable = Some(damaged());
            continue;
        };
        let Some(aes) = Aes::of(number) else {
            refusals.cipher = Some(number);
            continue;
        };
        let opened = match version {
            4 => by_cfb(aes, rest, passphrase),
            5 | 6 => by_aead(*version, number, aes, rest, passphrase),
            _ => Err(broken("a packet with its key has an unknown version")),
        };
        match opened {
            Ok(Opened::V4(key)) => keys.v4.push(key),
            Ok(Opened::V5(key)) => keys.v5 = Some(key),
            Ok(Opened::V6(key)) => keys.v6 = Some(key),
            Ok(Opened::Wrong) => refusals.wrong = true,
            Ok(Opened::NotAes) => refusals.not_aes = true,
            Err(error @ Error::Io(_)) => return Err(error),
            Err(error) => refusals.unreadable = Some(error),
        }
    }
    if !keys.v4.is_empty() || keys.v5.is_some() || keys.v6.is_some() {
        return Ok(keys);
    }
    Err(refusals.error())
}

impl Refusals {
    fn error(self) -> Error {
        if self.not_aes {
            return Error::Passphrase(Some("unless it is encrypted with another cipher than AES"));
        }
        if self.wrong {
            return Error::Passphrase(None);
        }
        if let Some(number) = self.cipher {
            return Error::Cipher(cipher::name(number));
        }
        self.unreadable.unwrap_or_else(damaged)
    }
}

fn damaged() -> Error {
    broken("a packet with its key is damaged")
}

fn by_cfb(aes: Aes, rest: &[u8], passphrase: &[u8]) -> Result<Opened> {
    let (s2k, length) = S2k::parse(rest)?;
    let key = s2k.key(passphrase, aes.key_length())?;
    let mut plain = Zeroizing::new(rest[length..].to_vec());
    if plain.is_empty() {
        return Ok(Opened::V4(SessionKey { aes, key }));
    }
    cfb::decrypt(aes, &key, &mut plain).ok_or_else(damaged)?;
    let [number, key @ ..] = plain.as_slice() else {
        return Err(damaged());
    };
    Ok(match Aes::of(*number) {
        Some(aes) if aes.key_length() == key.len() => Opened::V4(SessionKey {
            aes,
            key: Zeroizing::new(key.to_vec()),
        }),
        Some(_) => Opened::Wrong,
        // A wrong passphrase can give the number of any cipher.
        None if matches!(number, 1..=13) => Opened::NotAes,
        None => Opened::Wrong,
    })
}

fn by_aead(version: u8, number: u8, aes: Aes, rest: &[u8], passphrase: &[u8]) -> Result<Opened> {
    let (&mode_number, rest) = rest.split_first().ok_or_else(damaged)?;
    let mode = Mode::of(mode_number).ok_or_else(|| broken("its mode of encryption is not known"))?;
    let rest = if version == 6 {
        rest.get(1..).ok_or_else(damaged)?
    } else {
        rest
    };
    let (s2k, length) = S2k::parse(rest)?;
    let (nonce, sealed) = rest[length..]
        .split_at_checked(mode.nonce_length())
        .ok_or_else(damaged)?;
    let (sealed, tag) = sealed.split_last_chunk().ok_or_else(damaged)?;
    let info = [0xc3, version, number, mode_number];
    let mut key = s2k.key(passphrase, aes.key_length())?;
    if version == 6 {
        key = hkdf_sha256(&key, None, &info, aes.key_length()).ok_or_else(damaged)?;
    }
    let mut plain = Zeroizing::new(sealed.to_vec());
    let opener = opener(mode, aes, &key).ok_or_else(damaged)?;
    if !opener.open(nonce, &info, &mut plain, tag) {
        return Ok(Opened::Wrong);
    }
    Ok(if version == 6 {
        Opened::V6(plain)
    } else {
        Opened::V5(plain)
    })
}

/// HKDF with SHA-256.
pub fn hkdf_sha256(key: &[u8], salt: Option<&[u8]>, info: &[u8], length: usize) -> Option<Key> {
    let mut made = Zeroizing::new(vec![0; length]);
    Hkdf::<Sha256>::new(salt, key).expand(info, &mut made).ok()?;
    Some(made)
}
