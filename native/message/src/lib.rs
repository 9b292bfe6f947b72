//! OpenPGP messages that are encrypted with a passphrase (RFC 9580, and GnuPG's formats before it),
//! decrypted and encrypted as streams.
//!
//! This is our own packet reader, on top of RustCrypto's ciphers and digests. The crate `pgp`
//! (rPGP) was evaluated first: its readers panic when they are used after an error, which ends our
//! process (`panic = "abort"`); most of its errors are plain text, so that a wrong passphrase, a
//! changed message and data after a message cannot be distinguished; and it includes public-key
//! code that nothing here uses.

mod aead;
mod armour;
mod body;
mod cfb;
mod cipher;
mod content;
mod counted;
mod decrypt;
mod digest;
mod error;
mod head;
mod inflated;
mod integrity;
mod output;
mod packet;
mod s2k;
mod seal;
mod session_key;
mod sticky;

pub use decrypt::decrypt;
pub use error::{Error, Result};
pub use s2k::derive;
pub use seal::Sealing;
