//! A queue of directories still to be visited, in an unlinked file: their number is too large for
//! memory.

use super::error::{Error, Result};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::FileExt;

const FLUSH: usize = 64 << 10;

/// A directory of a tree, or of a union of trees.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Directory {
    /// Relative to the tree; empty for its root.
    pub(super) path: Vec<u8>,
    /// In a union: the layers that contain the directory, topmost first.
    pub(super) layers: Vec<u16>,
}

/// First in, first out; [`Self::rewind`] starts again with the first directory.
pub(super) struct Queue {
    reader: BufReader<Tail>,
    writer: File,
    unwritten: Vec<u8>,
}

/// A reader with its own position, independent of appends.
struct Tail {
    file: File,
    position: u64,
}

impl Read for Tail {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read_at(buffer, self.position)?;
        self.position += length as u64;
        Ok(length)
    }
}

fn failed(error: io::Error) -> Error {
    Error::io("staging: the list of directories", &error)
}

impl Queue {
    /// An empty queue, stored in the empty file `writer`.
    pub(super) fn new(writer: File) -> Result<Self> {
        let file = writer.try_clone().map_err(failed)?;
        Ok(Self {
            reader: BufReader::new(Tail { file, position: 0 }),
            writer,
            unwritten: Vec::new(),
        })
    }

    pub(super) fn push(&mut self, directory: &Directory) -> Result<()> {
        for length in [directory.path.len(), directory.layers.len()] {
            let length = u32::try_from(length).unwrap_or(u32::MAX);
            self.unwritten.extend_from_slice(&length.to_le_bytes());
        }
        self.unwritten.extend_from_slice(&directory.path);
        for layer in &directory.layers {
            self.unwritten.extend_from_slice(&layer.to_le_bytes());
        }
        if self.unwritten.len() >= FLUSH {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Result<()> {
        self.writer.write_all(&self.unwritten).map_err(failed)?;
        self.unwritten.clear();
        Ok(())
    }

    pub(super) fn next(&mut self) -> Result<Option<Directory>> {
        if self.reader.fill_buf().map_err(failed)?.is_empty() {
            self.flush()?;
            if self.reader.fill_buf().map_err(failed)?.is_empty() {
                return Ok(None);
            }
        }
        let path = self.length()?;
        let layers = self.length()?;
        let path = self.bytes(path)?;
        let layers = self.bytes(2 * layers)?;
        let layers = layers
            .chunks_exact(2)
            .filter_map(|two| two.try_into().ok().map(u16::from_le_bytes))
            .collect();
        Ok(Some(Directory { path, layers }))
    }

    /// Starts again with the first directory.
    pub(super) fn rewind(&mut self) -> Result<()> {
        self.flush()?;
        let file = self.writer.try_clone().map_err(failed)?;
        self.reader = BufReader::new(Tail { file, position: 0 });
        Ok(())
    }

    fn length(&mut self) -> Result<usize> {
        let mut length = [0; 4];
        self.reader.read_exact(&mut length).map_err(failed)?;
        Ok(u32::from_le_bytes(length) as usize)
    }

    fn bytes(&mut self, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.reader.read_exact(&mut bytes).map_err(failed)?;
        Ok(bytes)
    }
}
