use rustix::io::Errno;
use std::fmt;

/// The reason why an archive function failed. Messages start with the path or the archive entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The archive (or a record) is damaged, hostile, or not an image.
    Invalid(String),
    /// The archive exceeds one of [`Limits`](super::Limits) other than those of the next two
    /// variants.
    Limit(String),
    /// The archive is larger than [`Limits::tar_bytes`](super::Limits::tar_bytes).
    Size(String),
    /// Extracting leaves less free space than [`Limits`](super::Limits) require.
    Room(String),
    /// The kernel returned an error for `what`.
    Os {
        /// The path or entry, and the operation on it.
        what: String,
        /// The kernel's error.
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

    /// An I/O error about `what`; an error that does not come from the kernel becomes EIO.
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

/// A path for a message: valid UTF-8 is kept, control characters and other bytes are escaped, and a
/// long path is shortened in the middle.
pub(super) fn printable(path: &[u8]) -> String {
    const MAX_CHARACTERS: usize = 300;
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
    if count <= MAX_CHARACTERS {
        return text;
    }
    let head: String = text.chars().take(MAX_CHARACTERS / 2).collect();
    let tail: String = text.chars().skip(count - MAX_CHARACTERS / 2).collect();
    format!("{head}…{tail}")
}
