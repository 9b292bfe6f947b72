//! Deriving a key from a passphrase (RFC 9580, 3.7).

use crate::digest;
use crate::error::{Result, broken, too_early};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::{Zeroize, Zeroizing};

/// A key, erased when it is dropped.
pub type Key = Zeroizing<Vec<u8>>;

/// Maximum memory for one key in KiB, as an exponent of 2: eight times what programs use and RFC
/// 9106 proposes for little memory.
const MAX_MEMORY: u8 = 19;
/// Maximum memory times passes for one key, in KiB.
const MAX_WORK: u64 = 8 << 20;

const UNKNOWN: &str = "how its passphrase becomes a key is not known";

/// A string-to-key specifier.
#[derive(Debug, Clone, Copy)]
pub enum S2k {
    /// One digest over `count` bytes of repeated salt and passphrase, at least all of them once.
    Digest {
        /// The number of the algorithm.
        digest: u8,
        /// For types 1 and 3.
        salt: Option<[u8; 8]>,
        /// For type 3.
        count: u32,
    },
    /// Argon2id.
    Argon2 {
        /// The salt.
        salt: [u8; 16],
        /// Number of passes over the memory.
        passes: u8,
        /// Lanes.
        parallelism: u8,
        /// Memory in KiB, as an exponent of 2.
        memory: u8,
    },
}

impl S2k {
    /// Parses the specifier at the start of `bytes`; also returns its length.
    pub fn parse(bytes: &[u8]) -> Result<(Self, usize)> {
        let take = |from: usize, length: usize| bytes.get(from..from + length).ok_or_else(too_early);
        let one = |at: usize| bytes.get(at).copied().ok_or_else(too_early);
        let salt = |from| -> Result<[u8; 8]> { take(from, 8)?.try_into().map_err(|_| too_early()) };
        let by_digest = |salt, count, length| -> Result<(Self, usize)> {
            let digest = one(1)?;
            Ok((Self::Digest { digest, salt, count }, length))
        };
        match one(0)? {
            0 => by_digest(None, 0, 2),
            1 => by_digest(Some(salt(2)?), 0, 10),
            3 => {
                let count = one(10)?;
                let count = (16 + u32::from(count & 15)) << (u32::from(count >> 4) + 6);
                by_digest(Some(salt(2)?), count, 11)
            }
            4 => {
                let salt = take(1, 16)?.try_into().map_err(|_| too_early())?;
                let [passes, parallelism, memory] = take(17, 3)?.try_into().map_err(|_| too_early())?;
                let s2k = Self::Argon2 {
                    salt,
                    passes,
                    parallelism,
                    memory,
                };
                Ok((s2k, 20))
            }
            _ => Err(broken(UNKNOWN)),
        }
    }

    /// Derives the key of `length` bytes from `passphrase`.
    pub fn key(self, passphrase: &[u8], length: usize) -> Result<Key> {
        match self {
            Self::Digest { digest, salt, count } => {
                by_digest(digest, salt, count as usize, passphrase, length)
            }
            Self::Argon2 {
                salt,
                passes,
                parallelism,
                memory,
            } => by_argon2(salt, [passes, parallelism, memory], passphrase, length),
        }
    }
}

/// Derives the key of `length` bytes from `passphrase`, with a specifier of a secret key or a
/// message.
pub fn derive(specifier: &[u8], passphrase: &[u8], length: usize) -> Result<Key> {
    let (s2k, _) = S2k::parse(specifier)?;
    s2k.key(passphrase, length)
}

/// Number of bytes passed to a digest at a time.
const PIECE: usize = 16 << 10;

fn by_digest(
    number: u8,
    salt: Option<[u8; 8]>,
    count: usize,
    passphrase: &[u8],
    length: usize,
) -> Result<Key> {
    let mut once = Zeroizing::new(salt.map(Vec::from).unwrap_or_default());
    once.extend_from_slice(passphrase);
    let total = count.max(once.len());
    // The hashed text is salt and passphrase, repeated: `piece` contains them a whole number of
    // times, so pieces can follow each other.
    let times = if once.is_empty() {
        0
    } else {
        total.min(PIECE).div_ceil(once.len())
    };
    let piece = Zeroizing::new(once.repeat(times));
    let mut key = Zeroizing::new(Vec::with_capacity(length + 64));
    for zeros in 0.. {
        if key.len() >= length {
            break;
        }
        let mut hash = digest::new(number).ok_or_else(|| broken(UNKNOWN))?;
        hash.update(&vec![0; zeros]);
        let mut left = total;
        while left > 0 {
            let part = &piece[..left.min(piece.len())];
            hash.update(part);
            left -= part.len();
        }
        let mut digest = hash.finish();
        key.extend_from_slice(&digest);
        digest.zeroize();
    }
    key.truncate(length);
    Ok(key)
}

fn by_argon2(
    salt: [u8; 16],
    [passes, parallelism, memory]: [u8; 3],
    passphrase: &[u8],
    length: usize,
) -> Result<Key> {
    if memory > MAX_MEMORY || (u64::from(passes) << memory) > MAX_WORK {
        return Err(broken(
            "its passphrase becomes a key by more memory than appc gives it",
        ));
    }
    let params = Params::new(1 << memory, passes.into(), parallelism.into(), Some(length));
    let params = params.map_err(|_| broken(UNKNOWN))?;
    let mut blocks = Vec::new();
    let count = params.block_count();
    if blocks.try_reserve_exact(count).is_err() {
        return Err(crate::Error::Io(rustix::io::Errno::NOMEM.into()));
    }
    blocks.resize(count, Block::default());
    let mut key = Zeroizing::new(vec![0; length]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(passphrase, &salt, &mut key, &mut blocks)
        .map_err(|_| broken(UNKNOWN))?;
    Ok(key)
}
