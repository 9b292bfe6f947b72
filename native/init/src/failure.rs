//! Failures as text: `pod UUID: mount point /data of app redis: no such file or directory`.

use std::fmt::{Display, Formatter};

use crate::visible::visible;

/// A failure as one line of text that starts with the subject.
#[derive(Debug)]
pub struct Failure(String);

/// The result of every function here that can fail.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// Exit status of this program for its own failures.
    pub const STATUS: u8 = 254;

    /// A failure with this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl Display for Failure {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&visible(&self.0))
    }
}

/// An error that can be the cause after a subject.
pub trait Cause {
    /// The cause as text, in lower case and without a full stop.
    fn words(&self) -> String;
}

impl Cause for Failure {
    fn words(&self) -> String {
        self.0.clone()
    }
}

impl Cause for std::io::Error {
    /// The system's text without Rust's `(os error 2)`.
    fn words(&self) -> String {
        let text = self.to_string();
        let text = text.split(" (os error").next().unwrap_or_default();
        let mut letters = text.chars();
        letters
            .next()
            .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
    }
}

impl Cause for rustix::io::Errno {
    fn words(&self) -> String {
        std::io::Error::from(*self).words()
    }
}

impl Cause for serde_json::Error {
    fn words(&self) -> String {
        self.to_string()
    }
}

impl Cause for std::ffi::NulError {
    fn words(&self) -> String {
        "holds a NUL byte".into()
    }
}

/// Adds a subject to an error.
pub trait About<T> {
    /// `subject: cause`.
    fn about(self, subject: impl Display) -> Result<T>;
    /// `cause` alone: the caller adds the subject.
    fn words(self) -> Result<T>;
}

impl<T, E: Cause> About<T> for std::result::Result<T, E> {
    fn about(self, subject: impl Display) -> Result<T> {
        self.map_err(|cause| Failure(format!("{subject}: {}", cause.words())))
    }

    fn words(self) -> Result<T> {
        self.map_err(|cause| Failure(cause.words()))
    }
}
