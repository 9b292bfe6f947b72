//! The record: every byte of a tar that is not content, and the places of the content.
//!
//! Layout: a magic of 8 bytes whose last byte is the version, then one zstd frame with checksum.
//! The frame holds items: `1 LENGTH BYTES` (bytes of the tar), `2 LENGTH PATH SIZE` (the content of
//! this file of the tree), `3 CRC` (the CRC-32 of the content of the preceding file, which
//! identifies a changed file; SHA512 decides whether one changed), `0 TARBYTES SHA512` (the end).
//! Numbers are little-endian: LENGTH and CRC 32 bits, SIZE and TARBYTES 64 bits.

use super::error::{Error, Result};
use super::limits::{META_BYTES, PATH_BYTES};
use std::fs::File;
use std::io::{self, BufWriter, Read, Write};

const MAGIC: &[u8; 8] = b"appcrec\x01";
const RAW: u8 = 1;
const FILE: u8 = 2;
const SUM: u8 = 3;
const END: u8 = 0;
const FLUSH: usize = 64 << 10;

/// One item of a record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item {
    Raw(Vec<u8>),
    File { path: Vec<u8>, size: u64 },
    Sum(u32),
    End { tar_bytes: u64, digest: [u8; 64] },
}

/// Writes a record, item by item.
pub(super) struct RecordWriter {
    to: zstd::stream::write::Encoder<'static, BufWriter<File>>,
    raw: Vec<u8>,
}

fn failed(error: io::Error) -> Error {
    Error::io("record", &error)
}

impl RecordWriter {
    pub(super) fn new(file: File) -> Result<Self> {
        let mut file = BufWriter::with_capacity(FLUSH, file);
        file.write_all(MAGIC).map_err(failed)?;
        let mut to = zstd::stream::write::Encoder::new(file, 3).map_err(failed)?;
        to.include_checksum(true).map_err(failed)?;
        // Headers repeat within a few files; a larger window only costs memory.
        to.window_log(18).map_err(failed)?;
        Ok(Self { to, raw: Vec::new() })
    }

    /// Adds bytes of the tar.
    pub(super) fn raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.raw.extend_from_slice(bytes);
        if self.raw.len() >= FLUSH {
            self.flush()
        } else {
            Ok(())
        }
    }

    fn flush(&mut self) -> Result<()> {
        if self.raw.is_empty() {
            return Ok(());
        }
        self.item(RAW, &[&length(&self.raw), &self.raw.clone()])?;
        self.raw.clear();
        Ok(())
    }

    fn item(&mut self, kind: u8, parts: &[&[u8]]) -> Result<()> {
        self.to.write_all(&[kind]).map_err(failed)?;
        parts
            .iter()
            .try_for_each(|part| self.to.write_all(part).map_err(failed))
    }

    /// Marks the place of the content of `path`.
    pub(super) fn file(&mut self, path: &[u8], size: u64) -> Result<()> {
        self.flush()?;
        self.item(FILE, &[&length(path), path, &size.to_le_bytes()])
    }

    /// Adds the CRC-32 of the last file, whose content is complete.
    pub(super) fn sum(&mut self, crc: u32) -> Result<()> {
        self.item(SUM, &[&crc.to_le_bytes()])
    }

    /// Ends the record with the length and the digest of the tar.
    pub(super) fn end(mut self, tar_bytes: u64, digest: &[u8; 64]) -> Result<()> {
        self.flush()?;
        self.item(END, &[&tar_bytes.to_le_bytes(), digest])?;
        self.to.finish().and_then(|mut file| file.flush()).map_err(failed)
    }
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_le_bytes()
}

/// Reads a record, item by item.
pub(super) struct RecordReader<R: Read> {
    from: zstd::stream::read::Decoder<'static, io::BufReader<R>>,
}

fn damaged(error: &io::Error) -> Error {
    match error.raw_os_error() {
        Some(_) => Error::io("record", error),
        None => Error::Invalid(format!("record: it is damaged ({error})")),
    }
}

impl<R: Read> RecordReader<R> {
    pub(super) fn new(mut file: R) -> Result<Self> {
        let mut magic = [0; MAGIC.len()];
        file.read_exact(&mut magic).map_err(|error| damaged(&error))?;
        if magic != *MAGIC {
            return Err(Error::Invalid(
                "record: not one this version of appc reads".into(),
            ));
        }
        let from = zstd::stream::read::Decoder::new(file).map_err(|error| damaged(&error))?;
        Ok(Self { from })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        self.from
            .read_exact(&mut bytes)
            .map_err(|error| damaged(&error))?;
        Ok(bytes)
    }

    fn bytes(&mut self, most: usize) -> Result<Vec<u8>> {
        let length = u32::from_le_bytes(self.array()?) as usize;
        if length > most {
            return Err(Error::Invalid(
                "record: it is damaged (an item is too long)".into(),
            ));
        }
        let mut bytes = vec![0; length];
        self.from
            .read_exact(&mut bytes)
            .map_err(|error| damaged(&error))?;
        Ok(bytes)
    }

    /// Reads the next item. [`Item::End`] is the last one, and is returned only after the checksum
    /// was verified.
    pub(super) fn next(&mut self) -> Result<Item> {
        let [kind] = self.array()?;
        Ok(match kind {
            RAW => Item::Raw(self.bytes(META_BYTES as usize + FLUSH)?),
            FILE => Item::File {
                path: self.bytes(PATH_BYTES)?,
                size: u64::from_le_bytes(self.array()?),
            },
            SUM => Item::Sum(u32::from_le_bytes(self.array()?)),
            END => {
                let end = Item::End {
                    tar_bytes: u64::from_le_bytes(self.array()?),
                    digest: self.array()?,
                };
                let rest = self.from.read(&mut [0]).map_err(|error| damaged(&error))?;
                if rest > 0 {
                    return Err(Error::Invalid(
                        "record: it is damaged (bytes behind its end)".into(),
                    ));
                }
                end
            }
            _ => return Err(Error::Invalid("record: it is damaged (an unknown item)".into())),
        })
    }
}
