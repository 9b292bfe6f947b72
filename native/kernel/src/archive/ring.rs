//! A bounded set of buffers that are reused: each is filled once, read by two threads, and
//! returned.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Number of buffers, and the size of each.
const COUNT: usize = 6;
const BYTES: usize = 1 << 17;

/// Filled bytes; the buffer returns to the ring when its last reader drops it.
pub(super) struct Buffer {
    bytes: Vec<u8>,
    home: Option<SyncSender<Vec<u8>>>,
}

/// A buffer shared by its readers.
pub(super) type Chunk = Arc<Buffer>;

impl Deref for Buffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if let Some(home) = &self.home {
            let _ = home.try_send(std::mem::take(&mut self.bytes));
        }
    }
}

/// The ring, which holds the empty buffers.
pub(super) struct Ring {
    empty: Receiver<Vec<u8>>,
    home: SyncSender<Vec<u8>>,
    made: usize,
}

impl Ring {
    pub(super) fn new() -> Self {
        let (home, empty) = sync_channel(COUNT);
        Self { empty, home, made: 0 }
    }

    /// Maximum number of chunks in use at a time: a channel of this size never blocks its sender.
    pub(super) const fn capacity() -> usize {
        COUNT
    }

    /// Returns an empty buffer at its full length; waits while all are in use.
    pub(super) fn take(&mut self) -> Vec<u8> {
        if let Ok(buffer) = self.empty.try_recv() {
            return buffer;
        }
        if self.made < COUNT {
            self.made += 1;
            return vec![0; BYTES];
        }
        // `self.home` keeps the channel open, so receiving always succeeds.
        self.empty.recv().unwrap_or_else(|_| vec![0; BYTES])
    }

    /// Shares the first `length` bytes of a buffer of this ring.
    pub(super) fn share(&self, mut bytes: Vec<u8>, length: usize) -> Chunk {
        bytes.truncate(length);
        Arc::new(Buffer {
            bytes,
            home: (length == BYTES).then(|| self.home.clone()),
        })
    }
}

impl From<Vec<u8>> for Buffer {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, home: None }
    }
}
