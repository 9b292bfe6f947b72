use std::fmt;
use std::io;

/// Why a message was not decrypted. The words fit behind a file's name.
#[derive(Debug)]
pub enum Error {
    /// The passphrase does not open it; with words: unless something else is wrong.
    Passphrase(Option<&'static str>),
    /// It is encrypted for keys only.
    NoPassphrase,
    /// It is encrypted with this cipher, which is not AES.
    Cipher(String),
    /// It is not what a message should be.
    Broken(&'static str),
    /// It holds more bytes than it may.
    Size,
    /// The kernel refused to read or to write.
    Io(io::Error),
}

/// The result of a function about messages.
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

/// Readers stand on readers: an error of ours passes through them as an I/O error.
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

/// A message that is not what it should be.
pub fn broken(why: &'static str) -> Error {
    Error::Broken(why)
}

/// A message that was cut off.
pub fn too_early() -> Error {
    broken("it ends too early")
}

/// A message whose guard does not fit.
pub fn changed() -> Error {
    broken("it was changed since it was encrypted")
}
