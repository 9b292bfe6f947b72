use rustix::io::Errno;
use std::fmt;

/// Why an archive function failed. Messages name the path or the archive entry first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The archive (or the record of one) is broken, hostile, or not an image.
    Invalid(String),
    /// The archive exceeds one of [`Limits`](super::Limits) other than those of the next two.
    Limit(String),
    /// The archive is larger than [`Limits::tar_bytes`](super::Limits::tar_bytes).
    Size(String),
    /// Extracting leaves less free than [`Limits`](super::Limits) say.
    Room(String),
    /// The kernel refused `what`.
    Os {
        /// The path or entry, and what was tried on it.
        what: String,
        /// The kernel's answer.
        errno: Errno,
    },
}

/// The result of an archive function.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error of the kernel about `what`.
    pub(super) fn os(what: impl Into<String>, errno: Errno) -> Self {
        Self::Os {
            what: what.into(),
            errno,
        }
    }

    /// An I/O error about `what`; anything that is not the kernel's is EIO.
    pub(super) fn io(what: impl Into<String>, error: &std::io::Error) -> Self {
        Self::os(what, Errno::from_io_error(error).unwrap_or(Errno::IO))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(message) | Self::Limit(message) | Self::Size(message) | Self::Room(message) => {
                f.write_str(message)
            }
            Self::Os { what, errno } => {
                let text = std::io::Error::from(*errno).to_string();
                let text = text.split(" (os error").next().unwrap_or(&text);
                write!(f, "{what}: {}", text.to_lowercase())
            }
        }
    }
}

impl std::error::Error for Error {}

/// A path for a message: valid UTF-8 stays, control characters and other bytes are escaped, the middle of a long one goes.
pub(super) fn shown(path: &[u8]) -> String {
    const MOST: usize = 300;
    let mut text = String::new();
    for chunk in path.utf8_chunks() {
        for c in chunk.valid().chars() {
            if c.is_control() {
                text.extend(c.escape_default())
            } else {
                text.push(c)
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    let count = text.chars().count();
    if count <= MOST {
        return text;
    }
    let head: String = text.chars().take(MOST / 2).collect();
    let tail: String = text.chars().skip(count - MOST / 2).collect();
    format!("{head}…{tail}")
}
