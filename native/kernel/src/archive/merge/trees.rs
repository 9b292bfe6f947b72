//! Opening trees: every path is resolved beneath the tree's root, without following symlinks or
//! leaving the file system.

use super::duplicate::open_quietly;
use super::{Layer, printable_image_path};
use crate::archive::error::{Error, Result};
use crate::archive::extract::DIRECTORY;
use crate::archive::queue::Directory;
use rustix::fs::{Mode, ResolveFlags};
use std::collections::HashSet;
use std::os::fd::OwnedFd;
use std::path::Path;

/// The root of a layer.
pub(super) struct Tree {
    root: OwnedFd,
    implied: HashSet<String>,
}

/// Opens the root of a tree, which must be a directory and not a symlink.
pub(super) fn open_root(path: &Path) -> Result<OwnedFd> {
    open_quietly(DIRECTORY, |flags| rustix::fs::open(path, flags, Mode::empty()))
        .map_err(|errno| Error::os(format!("{}: opening the tree", path.display()), errno))
}

/// Opens a directory beneath a tree's root.
pub(super) fn open_directory(root: &OwnedFd, path: &[u8]) -> Result<OwnedFd> {
    let name = if path.is_empty() { b"." } else { path };
    let resolve = ResolveFlags::BENEATH
        | ResolveFlags::NO_SYMLINKS
        | ResolveFlags::NO_MAGICLINKS
        | ResolveFlags::NO_XDEV;
    open_quietly(DIRECTORY, |flags| {
        rustix::fs::openat2(root, name, flags, Mode::empty(), resolve)
    })
    .map_err(|errno| {
        Error::os(
            format!("{}: opening the directory", printable_image_path(path)),
            errno,
        )
    })
}

impl Tree {
    pub(super) fn open(layer: &Layer) -> Result<Self> {
        Ok(Self {
            root: open_root(&layer.tree)?,
            implied: layer.implied_directories.iter().cloned().collect(),
        })
    }

    pub(super) fn directory(&self, path: &[u8]) -> Result<OwnedFd> {
        open_directory(&self.root, path)
    }

    fn implies(&self, path: &str) -> bool {
        self.implied.contains(path)
    }
}

/// The layer whose metadata a directory takes: the topmost layer whose archive has an entry for it.
/// Also its path, if no layer has an entry.
pub(super) fn metadata_source(trees: &[Tree], directory: &Directory) -> (u16, Option<String>) {
    let first = directory.layers.first().copied().unwrap_or_default();
    let Ok(path) = std::str::from_utf8(&directory.path) else {
        return (first, None);
    };
    let path = format!("/{path}");
    let named = |layer: &&u16| {
        trees
            .get(usize::from(**layer))
            .is_some_and(|tree| !tree.implies(&path))
    };
    match directory.layers.iter().find(named) {
        Some(layer) => (*layer, None),
        None => (first, Some(path)),
    }
}
