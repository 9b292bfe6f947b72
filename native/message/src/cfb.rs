//! AES in cipher feedback mode from a zero vector (RFC 9580, 12.9).

use crate::cipher::{Aes, BLOCK};
use aes::cipher::{
    Array, BlockCipherEncrypt, BlockModeDecrypt, BlockSizeUser, KeyInit, KeyIvInit, consts::U16,
};
use aes::{Aes128, Aes192, Aes256};
use cfb_mode::{BufEncryptor, Decryptor};

/// Decrypts a stream.
pub trait Decrypting {
    /// Whole blocks; what is left behind them stays as it is and is given back.
    fn blocks<'a>(&mut self, bytes: &'a mut [u8]) -> &'a mut [u8];
    /// What is left at the end, less than a block.
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

/// None for a key of another length.
pub fn decrypting(aes: Aes, key: &[u8]) -> Option<Box<dyn Decrypting>> {
    match aes {
        Aes::Aes128 => decryptor::<Aes128>(key),
        Aes::Aes192 => decryptor::<Aes192>(key),
        Aes::Aes256 => decryptor::<Aes256>(key),
    }
}

/// Decrypts all of `bytes`.
pub fn decrypt(aes: Aes, key: &[u8], bytes: &mut [u8]) -> Option<()> {
    let mut cipher = decrypting(aes, key)?;
    let tail = cipher.blocks(bytes);
    cipher.tail(tail);
    Some(())
}

/// Encrypts a stream with AES-256.
pub type Encryptor = BufEncryptor<Aes256>;

/// A new one.
pub fn encrypting(key: &[u8; 32]) -> Encryptor {
    BufEncryptor::new(&(*key).into(), &[0; BLOCK].into())
}
