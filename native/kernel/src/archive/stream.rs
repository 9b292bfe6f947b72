use super::error::{Error, Result};
use super::ring::Chunk;

/// Size of a tar block in bytes.
pub(super) const BLOCK: usize = 512;

/// The uncompressed tar, as it arrives.
pub(super) struct TarStream<'a> {
    next: Box<dyn FnMut() -> Result<Option<Chunk>> + 'a>,
    chunk: Option<Chunk>,
    used: usize,
    position: u64,
}

impl<'a> TarStream<'a> {
    /// A stream of the chunks that `next` returns, until it returns `None`.
    pub(super) fn new(next: impl FnMut() -> Result<Option<Chunk>> + 'a) -> Self {
        Self {
            next: Box::new(next),
            chunk: None,
            used: 0,
            position: 0,
        }
    }

    /// Number of bytes read so far.
    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    /// Passes at most `limit` of the next bytes to `with`, at least one unless the stream has
    /// ended; returns their number.
    pub(super) fn read_some(
        &mut self,
        limit: u64,
        with: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<usize> {
        loop {
            if let Some(chunk) = &self.chunk {
                let rest = chunk.get(self.used..).unwrap_or_default();
                let length = rest.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
                if !rest.is_empty() {
                    if let Some(bytes) = rest.get(..length) {
                        with(bytes)?;
                    }
                    self.used += length;
                    self.position += length as u64;
                    return Ok(length);
                }
            }
            self.chunk = (self.next)()?;
            self.used = 0;
            if self.chunk.is_none() {
                return Ok(0);
            }
        }
    }

    /// Passes exactly `count` bytes to `with`; if the stream ends earlier, the error says that
    /// `what` is cut short.
    pub(super) fn exactly(
        &mut self,
        count: u64,
        what: &dyn Fn() -> String,
        with: &mut dyn FnMut(&[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut left = count;
        while left > 0 {
            match self.read_some(left, with)? {
                0 => return Err(Error::Invalid(format!("{}: the archive is truncated", what()))),
                length => left -= length as u64,
            }
        }
        Ok(())
    }

    /// The next block; `None` if the stream ends before it is complete.
    pub(super) fn block(&mut self) -> Result<Option<[u8; BLOCK]>> {
        let mut block = [0; BLOCK];
        let mut filled = 0;
        while filled < BLOCK {
            let length = self.read_some((BLOCK - filled) as u64, &mut |bytes| {
                if let Some(to) = block.get_mut(filled..filled + bytes.len()) {
                    to.copy_from_slice(bytes);
                }
                Ok(())
            })?;
            if length == 0 && filled == 0 {
                return Ok(None);
            }
            if length == 0 {
                let at = self.position;
                return Err(Error::Invalid(format!(
                    "archive: truncated at byte {at}, inside a header"
                )));
            }
            filled += length;
        }
        Ok(Some(block))
    }
}
