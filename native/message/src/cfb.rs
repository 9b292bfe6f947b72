//! AES in cipher feedback mode from a zero vector (RFC 9580, 12.9).

use crate::cipher::{Aes, BLOCK};
use aes::cipher::{
    Array, BlockCipherEncrypt, BlockModeDecrypt, BlockSizeUser, KeyInit, KeyIvInit, consts::U16,
};
use aes::{Aes128, Aes192, Aes256};
use cfb_mode::{BufEncryptor, Decryptor};

/// Decryption of a stream.
pub trait Decrypting {
    /// Decrypts the whole blocks of `bytes`; returns the remaining bytes, unchanged.
    fn blocks<'a>(&mut self, bytes: &'a mut [u8]) -> &'a mut [u8];
    /// Decrypts the rest at the end, which is shorter than a block.
    fn tail(self: Box<Self>, bytes: &mut [u8]);
}

impl<C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16>> Decrypting for Decryptor<C> {
    fn blocks<'a>(&mut self, bytes: &'a mut [u8]) -> &'a mut [u8] {
        let (blocks, tail) = Array::slice_as_chunks_mut(bytes);
        self.decrypt_blocks(blocks);
        tail
    }

    fn tail(self: Box<Self>, bytes: &mut [u8]) {
        self.decrypt(bytes);
    }
}

fn decryptor<C>(key: &[u8]) -> Option<Box<dyn Decrypting>>
where
    C: BlockCipherEncrypt + BlockSizeUser<BlockSize = U16> + KeyInit + 'static,
{
    let made = Decryptor::<C>::new_from_slices(key, &[0; BLOCK]).ok()?;
    Some(Box::new(made))
}

/// A decryption with this key; `None` if its length does not fit.
pub fn decrypting(aes: Aes, key: &[u8]) -> Option<Box<dyn Decrypting>> {
    match aes {
        Aes::Aes128 => decryptor::<Aes128>(key),
        Aes::Aes192 => decryptor::<Aes192>(key),
        Aes::Aes256 => decryptor::<Aes256>(key),
    }
}

/// Decrypts all of `bytes`; `None` if the key's length does not fit.
pub fn decrypt(aes: Aes, key: &[u8], bytes: &mut [u8]) -> Option<()> {
    let mut cipher = decrypting(aes, key)?;
    let tail = cipher.blocks(bytes);
    cipher.tail(tail);
    Some(())
}

/// Encrypts a stream with AES-256.
pub type Encryptor = BufEncryptor<Aes256>;

/// A new encryption with this key.
pub fn encrypting(key: &[u8; 32]) -> Encryptor {
    BufEncryptor::new(&(*key).into(), &[0; BLOCK].into())
}
