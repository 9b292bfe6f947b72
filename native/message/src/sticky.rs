use crate::error::{Error, broken};
use std::io::{self, Read};

/// A reader that repeats its first error: a caller that continues to read after an error must not
/// take the rest for valid, nor report another error.
pub struct Sticky<R> {
    source: R,
    refused: Option<&'static str>,
}

impl<R: Read> Sticky<R> {
    /// Wraps `source`.
    pub const fn new(source: R) -> Self {
        Self {
            source,
            refused: None,
        }
    }
}

impl<R: Read> Read for Sticky<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(why) = self.refused {
            return Err(broken(why).into());
        }
        self.source.read(buffer).map_err(|error| {
            let error = Error::from(error);
            if let Error::Broken(why) = error {
                self.refused = Some(why);
            }
            error.into()
        })
    }
}
