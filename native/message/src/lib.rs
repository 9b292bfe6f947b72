//! OpenPGP messages that are encrypted with a passphrase (RFC 9580, and what GnuPG made before it): decrypted and made as streams.
//!
//! Our own reader of packets, over the ciphers and digests of RustCrypto. The crate `pgp` (rPGP) was looked at first: its readers panic
//! where they were used after an error, which ends our process (`panic = "abort"`); most of its errors are one text, so that a wrong
//! passphrase, a changed message and what follows one are not told apart; and it brings public-key code that nothing here uses.

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
