use crate::error::{Error, Result, broken, too_early};
use crate::packet::{
    self, ENCRYPTED, ENCRYPTED_GNUPG, ENCRYPTED_UNGUARDED, Head, KEY_FOR_KEY, KEY_FOR_PASSPHRASE,
};
use std::io::Read;

/// Maximum size of the packets with session keys, more than any honest message has; packets for
/// public keys are large.
const MAX_BYTES: u64 = 64 << 10;
/// Maximum number of passphrases of one message, more than people use: deriving a key for each
/// takes up to a second.
const MAX_PASSPHRASES: usize = 16;

/// Reads the bodies of the packets with session keys for a passphrase, and the head of the
/// encrypted packet after them.
pub fn read(source: &mut impl Read) -> Result<(Vec<Vec<u8>>, Head)> {
    let mut keys = Vec::new();
    let mut left = MAX_BYTES;
    let mut for_key = false;
    loop {
        let head = packet::next(source)?.ok_or_else(too_early)?;
        match head.tag {
            KEY_FOR_KEY | KEY_FOR_PASSPHRASE => {}
            _ if !keys.is_empty() => return Ok((keys, head)),
            ENCRYPTED | ENCRYPTED_GNUPG | ENCRYPTED_UNGUARDED => return Err(Error::NoPassphrase),
            _ if for_key => return Err(Error::NoPassphrase),
            _ => return Err(broken("nothing encrypted is in it")),
        }
        let mut body = Vec::new();
        let length = head.body(&mut *source).take(left + 1).read_to_end(&mut body)? as u64;
        left = left
            .checked_sub(length)
            .ok_or_else(|| broken("its head is too long"))?;
        if head.tag == KEY_FOR_KEY {
            for_key = true;
        } else if keys.len() == MAX_PASSPHRASES {
            return Err(broken("it has more than 16 passphrases"));
        } else {
            keys.push(body);
        }
    }
}
