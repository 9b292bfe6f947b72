use crate::cfb::{self, Encryptor};
use crate::cipher::Aes;
use crate::error::Result;
use crate::integrity::{GUARD, PREFIX_LENGTH};
use crate::packet::{ENCRYPTED, KEY_FOR_PASSPHRASE, LITERAL};
use crate::s2k;
use rustix::rand::{GetRandomFlags, getrandom};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

/// Length of a part of a packet of unknown length, as an exponent of 2.
const PIECE: u8 = 16;
const PIECE_BYTES: usize = 1 << PIECE;

/// The number of SHA-256, which is applied to 16 MiB of salt and passphrase.
const DIGEST: u8 = 8;
const COUNT: u8 = 224;
const AES_256: u8 = 9;

/// The head of a literal packet: binary, without name and date.
const LITERAL_HEAD: [u8; 6] = [b'b', 0, 0, 0, 0, 0];

/// A message that is encrypted part by part: AES-256, authenticated by a digest, in the format that
/// every OpenPGP program reads. The content is not compressed: images are compressed already.
pub struct Sealing {
    cipher: Encryptor,
    digest: Sha1,
    literal: Framed,
    encrypted: Framed,
    ready: Vec<u8>,
}

impl Sealing {
    /// A message for `passphrase`.
    pub fn new(passphrase: &[u8]) -> Result<Self> {
        let mut salt = [0; 8];
        random(&mut salt)?;
        let mut session = Zeroizing::new([0; 32]);
        random(&mut session[..])?;
        let mut head = vec![4, AES_256, 3, DIGEST];
        head.extend_from_slice(&salt);
        head.push(COUNT);
        let key = s2k::derive(&head[2..], passphrase, Aes::Aes256.key_length())?;
        let mut sealed = Zeroizing::new([0; 33]);
        sealed[0] = AES_256;
        sealed[1..].copy_from_slice(&session[..]);
        if let Ok(key) = key.as_slice().try_into() {
            cfb::encrypting(key).encrypt(&mut sealed[..]);
        }
        head.extend_from_slice(&sealed[..]);
        let mut prefix = [0; PREFIX_LENGTH];
        random(&mut prefix[..PREFIX_LENGTH - 2])?;
        prefix.copy_within(PREFIX_LENGTH - 4..PREFIX_LENGTH - 2, PREFIX_LENGTH - 2);

        // The content is short, so its length takes one byte.
        let mut ready = vec![0xc0 | KEY_FOR_PASSPHRASE, head.len() as u8];
        ready.append(&mut head);
        let mut made = Self {
            cipher: cfb::encrypting(&session),
            digest: Sha1::new(),
            literal: Framed::new(LITERAL),
            encrypted: Framed::new(ENCRYPTED),
            ready,
        };
        made.encrypted.push(&[1], &mut made.ready);
        made.guarded(prefix.to_vec());
        made.update(&LITERAL_HEAD);
        Ok(made)
    }

    /// Adds content.
    pub fn update(&mut self, content: &[u8]) {
        let mut framed = Vec::with_capacity(content.len() + 64);
        self.literal.push(content, &mut framed);
        self.guarded(framed);
    }

    /// Returns the bytes of the message that are ready.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.ready)
    }

    /// Ends the message; returns its last bytes.
    pub fn finish(mut self) -> Vec<u8> {
        let mut framed = Vec::new();
        self.literal.finish(&mut framed);
        framed.extend_from_slice(&GUARD);
        self.digest.update(&framed);
        let digest = self.digest.finalize();
        framed.extend_from_slice(&digest);
        self.cipher.encrypt(&mut framed);
        self.encrypted.push(&framed, &mut self.ready);
        self.encrypted.finish(&mut self.ready);
        self.ready
    }

    fn guarded(&mut self, mut plain: Vec<u8>) {
        self.digest.update(&plain);
        self.cipher.encrypt(&mut plain);
        self.encrypted.push(&plain, &mut self.ready);
    }
}

fn random(bytes: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    while filled < bytes.len() {
        filled += getrandom(&mut bytes[filled..], GetRandomFlags::empty()).map_err(std::io::Error::from)?;
    }
    Ok(())
}

/// A packet of unknown length: parts of 64 KiB, and a last one.
struct Framed {
    waiting: Vec<u8>,
    tag: Option<u8>,
}

impl Framed {
    fn new(tag: u8) -> Self {
        Self {
            waiting: Vec::new(),
            tag: Some(tag),
        }
    }

    fn head(&mut self, to: &mut Vec<u8>) {
        to.extend(self.tag.take().map(|tag| 0xc0 | tag));
    }

    fn push(&mut self, bytes: &[u8], to: &mut Vec<u8>) {
        self.waiting.extend_from_slice(bytes);
        let complete = self.waiting.len() - self.waiting.len() % PIECE_BYTES;
        if complete == 0 {
            return;
        }
        self.head(to);
        for piece in self.waiting[..complete].chunks(PIECE_BYTES) {
            to.push(0xe0 | PIECE);
            to.extend_from_slice(piece);
        }
        self.waiting.drain(..complete);
    }

    fn finish(&mut self, to: &mut Vec<u8>) {
        self.head(to);
        to.push(0xff);
        // Less than a part, so the cast is exact.
        to.extend_from_slice(&(self.waiting.len() as u32).to_be_bytes());
        to.append(&mut self.waiting);
    }
}
