use std::fmt;
use std::io;

/// The reason why a message was not decrypted. The text fits after a file name.
#[derive(Debug)]
pub enum Error {
    /// The passphrase does not decrypt the message; the text names another possible reason.
    Passphrase(Option<&'static str>),
    /// The message is encrypted for public keys only.
    NoPassphrase,
    /// The message is encrypted with this cipher, which is not AES.
    Cipher(String),
    /// The message is malformed.
    Broken(&'static str),
    /// The message contains more bytes than permitted.
    Size,
    /// The kernel reported an error on reading or writing.
    Io(io::Error),
}

/// The result of a function of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passphrase(None) => f.write_str("the passphrase does not open it"),
            Self::Passphrase(Some(unless)) => write!(f, "the passphrase does not open it, {unless}"),
            Self::NoPassphrase => f.write_str("encrypted, but not with a passphrase"),
            Self::Cipher(name) => write!(f, "encrypted with {name}, not with AES"),
            Self::Broken(why) => write!(f, "the encrypted message is broken: {why}"),
            Self::Size => f.write_str("decrypts to more bytes than it may"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// Readers are stacked: our errors pass through them as I/O errors.
impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => error,
            other => Self::other(other),
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        error.downcast::<Self>().unwrap_or_else(Self::Io)
    }
}

/// The error for a malformed message.
pub fn broken(why: &'static str) -> Error {
    Error::Broken(why)
}

/// The error for a message that was cut off.
pub fn too_early() -> Error {
    broken("it ends too early")
}

/// The error for a message that fails authentication.
pub fn changed() -> Error {
    broken("it was changed since it was encrypted")
}
