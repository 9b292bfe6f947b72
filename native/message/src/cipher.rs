/// The ciphers that A6 allows, of all that OpenPGP has (RFC 9580, 9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aes {
    /// AES with a key of 128 bits.
    Aes128,
    /// AES with a key of 192 bits.
    Aes192,
    /// AES with a key of 256 bits.
    Aes256,
}

/// Length of a block in bytes.
pub const BLOCK: usize = 16;

impl Aes {
    /// The cipher with this number; `None` if it is not AES.
    pub const fn of(number: u8) -> Option<Self> {
        match number {
            7 => Some(Self::Aes128),
            8 => Some(Self::Aes192),
            9 => Some(Self::Aes256),
            _ => None,
        }
    }

    /// Length of a key in bytes.
    pub const fn key_length(self) -> usize {
        match self {
            Self::Aes128 => 16,
            Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }
}

/// The name of any cipher in messages.
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
