//! Recreates the tar of a tree: the record's bytes, and the current content of the tree's files.

use super::problems::Problems;
use crate::archive::digest::TarDigest;
use crate::archive::error::Result;
use crate::archive::extract::open_beneath;
use crate::archive::record::{Item, RecordReader};
use crate::archive::ring::Chunk;
use flate2::Crc;
use rustix::fs::{FileType, OFlags};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::OwnedFd;

const CHUNK: usize = 128 << 10;

/// The length and digest in the record's end, and the digest of the bytes read.
pub(super) struct End {
    pub(super) digest: [u8; 64],
    pub(super) found: [u8; 64],
}

/// A file whose content is read; zeros replace missing bytes.
struct Content {
    path: Vec<u8>,
    /// `None` if it is no longer a regular file, or has ended early.
    file: Option<File>,
    left: u64,
    sum: Crc,
    is_complete: bool,
}

/// Produces the tar, part by part.
pub(super) struct Replay<'a> {
    root: &'a OwnedFd,
    record: RecordReader<File>,
    problems: &'a Problems,
    content: Option<Content>,
    digest: TarDigest,
    end: Option<End>,
}

impl<'a> Replay<'a> {
    pub(super) fn new(root: &'a OwnedFd, record: File, problems: &'a Problems) -> Result<Self> {
        Ok(Self {
            root,
            record: RecordReader::new(record)?,
            problems,
            content: None,
            digest: TarDigest::default(),
            end: None,
        })
    }

    /// The record's end; `None` if it was not reached.
    pub(super) fn end(self) -> Option<End> {
        self.end
    }

    pub(super) fn next(&mut self) -> Result<Option<Chunk>> {
        loop {
            if let Some(content) = self.content.as_mut().filter(|content| content.left > 0) {
                let bytes = content.read(self.problems);
                return Ok(Some(self.chunk(bytes)));
            }
            if self.end.is_some() {
                return Ok(None);
            }
            match self.record.next()? {
                Item::Raw(bytes) => return Ok(Some(self.chunk(bytes))),
                Item::File { path, size } => self.content = Some(Content::open(self.root, path, size)),
                Item::Sum(sum) => {
                    let changed = |content: &Content| content.is_complete && content.sum.sum() != sum;
                    if let Some(content) = self.content.take().filter(changed) {
                        self.problems.add(&content.path, "content");
                    }
                }
                Item::End { digest, .. } => {
                    let found = std::mem::take(&mut self.digest).finish();
                    self.end = Some(End { digest, found });
                }
            }
        }
    }

    fn chunk(&mut self, bytes: Vec<u8>) -> Chunk {
        self.digest.update(&bytes);
        Chunk::new(bytes.into())
    }
}

impl Content {
    fn open(root: &OwnedFd, path: Vec<u8>, size: u64) -> Self {
        // Non-blocking, so that opening a FIFO in place of the file does not wait.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = open_beneath(root, &path, flags).ok().filter(|file| {
            rustix::fs::fstat(file).is_ok_and(|stat| {
                FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
                    && u64::try_from(stat.st_size) == Ok(size)
            })
        });
        Self {
            path,
            is_complete: file.is_some(),
            file: file.map(File::from),
            left: size,
            sum: Crc::new(),
        }
    }

    /// Reads the next part of the content; reports an error once.
    fn read(&mut self, problems: &Problems) -> Vec<u8> {
        let length = CHUNK.min(usize::try_from(self.left).unwrap_or(CHUNK));
        let mut bytes = vec![0; length];
        if let Some(file) = &mut self.file {
            loop {
                match file.read(&mut bytes) {
                    Ok(0) => self.fault(problems, "content: it ended while it was read"),
                    Ok(length) => bytes.truncate(length),
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    Err(error) => self.fault(problems, &format!("content: it cannot be read ({error})")),
                }
                break;
            }
        }
        self.sum.update(&bytes);
        self.left -= bytes.len() as u64;
        bytes
    }

    fn fault(&mut self, problems: &Problems, problem: &str) {
        problems.add(&self.path, problem);
        self.file = None;
        self.is_complete = false;
    }
}
