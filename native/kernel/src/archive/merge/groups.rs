//! The hard links of one layer, remembered while the layer is copied.

use crate::archive::error::{Error, Result};
use crate::archive::scratch::unnamed;
use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::FileExt;

/// The places of the copies of files with several names: the paths are in an unlinked file, 16
/// bytes per file are in memory.
pub(super) struct Groups {
    names: File,
    written: u64,
    layers: HashMap<u16, HashMap<u64, u64>>,
}

fn failed(error: io::Error) -> Error {
    Error::io("staging: the list of hard links", &error)
}

impl Groups {
    /// An empty set; the paths are stored on the file system of `directory`.
    pub(super) fn new(directory: &OwnedFd) -> Result<Self> {
        Ok(Self {
            names: unnamed(directory, ".links")?,
            written: 0,
            layers: HashMap::new(),
        })
    }

    /// The path in the union of the first copy of this layer's inode.
    pub(super) fn copy_of(&self, layer: u16, inode: u64) -> Result<Option<Vec<u8>>> {
        let Some(at) = self.layers.get(&layer).and_then(|inodes| inodes.get(&inode)) else {
            return Ok(None);
        };
        let mut length = [0; 4];
        self.names.read_exact_at(&mut length, *at).map_err(failed)?;
        let mut path = vec![0; u32::from_le_bytes(length) as usize];
        self.names.read_exact_at(&mut path, at + 4).map_err(failed)?;
        Ok(Some(path))
    }

    /// Remembers the path to which this layer's inode was copied.
    pub(super) fn copied(&mut self, layer: u16, inode: u64, path: &[u8]) -> Result<()> {
        let length = u32::try_from(path.len()).unwrap_or(u32::MAX);
        let item = [&length.to_le_bytes()[..], path].concat();
        self.names.write_all_at(&item, self.written).map_err(failed)?;
        self.layers.entry(layer).or_default().insert(inode, self.written);
        self.written += item.len() as u64;
        Ok(())
    }
}
