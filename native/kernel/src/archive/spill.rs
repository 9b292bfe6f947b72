//! The metadata that directories get after their files were created, in an unlinked file: their
//! number is too large for memory.

use super::error::{Error, Result};
use super::number::Time;
use super::scratch::unnamed;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::os::fd::OwnedFd;

/// The last changes to a directory: its time, and the default ACL, which its files must not inherit
/// while they are created.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Late {
    pub(super) path: Vec<u8>,
    pub(super) mtime: Time,
    pub(super) default_acl: Option<Vec<u8>>,
}

/// The list of [`Late`] changes.
pub(super) struct Spill(BufWriter<File>);

fn failed(error: io::Error) -> Error {
    Error::io("staging: the list of directories", &error)
}

impl Spill {
    pub(super) fn new(root: &OwnedFd) -> Result<Self> {
        Ok(Self(BufWriter::new(unnamed(root, ".directories")?)))
    }

    pub(super) fn push(&mut self, late: &Late) -> Result<()> {
        let acl = late.default_acl.as_deref();
        let mut item = Vec::with_capacity(late.path.len() + 24);
        item.extend_from_slice(&late.mtime.0.to_le_bytes());
        item.extend_from_slice(&late.mtime.1.to_le_bytes());
        for bytes in [Some(late.path.as_slice()), acl] {
            let length = bytes.map_or(u32::MAX, |bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX));
            item.extend_from_slice(&length.to_le_bytes());
            item.extend_from_slice(bytes.unwrap_or_default());
        }
        self.0.write_all(&item).map_err(failed)
    }

    /// Passes everything that was pushed to `each`, in order.
    pub(super) fn drain(self, each: &mut dyn FnMut(Late) -> Result<()>) -> Result<()> {
        let mut file = self.0.into_inner().map_err(|error| failed(error.into_error()))?;
        file.rewind().map_err(failed)?;
        let mut file = BufReader::new(file);
        loop {
            let mut seconds = [0; 8];
            match file.read_exact(&mut seconds) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                other => other.map_err(failed)?,
            }
            let mut nanos = [0; 4];
            file.read_exact(&mut nanos).map_err(failed)?;
            each(Late {
                mtime: (i64::from_le_bytes(seconds), u32::from_le_bytes(nanos)),
                path: bytes(&mut file)?.unwrap_or_default(),
                default_acl: bytes(&mut file)?,
            })?;
        }
    }
}

fn bytes(file: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    file.read_exact(&mut length).map_err(failed)?;
    let length = u32::from_le_bytes(length);
    if length == u32::MAX {
        return Ok(None);
    }
    let mut bytes = vec![0; length as usize];
    file.read_exact(&mut bytes).map_err(failed)?;
    Ok(Some(bytes))
}
