/// The ciphers of A6, of all that OpenPGP has (RFC 9580, 9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aes {
    /// With a key of 128 bits.
    Aes128,
    /// Of 192.
    Aes192,
    /// Of 256.
    Aes256,
}

/// Bytes of a block.
pub const BLOCK: usize = 16;

impl Aes {
    /// By its number.
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            7 => Some(Self::Aes128),
            8 => Some(Self::Aes192),
            9 => Some(Self::Aes256),
            _ => None,
        }
    }

    /// Bytes of a key.
    pub const fn key_length(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

/// The name of any cipher, for messages.
pub fn name(number: u8) -> String {
    match number {
        1 => "IDEA".into(),
        2 => "3DES".into(),
        3 => "CAST5".into(),
        4 => "Blowfish".into(),
        7..=9 => "AES".into(),
        10 => "Twofish".into(),
        11..=13 => "Camellia".into(),
        other => format!("the unknown cipher {other}"),
    }
}
