//! The union of trees (rules E3, E4 and M15).
//!
//! The union is built from the top layer to the bottom layer, directory by directory: a file of an
//! upper layer exists before the files of lower layers, so no file is ever replaced. Directories
//! get their owners, modes, attributes and times last.

mod data;
mod duplicate;
mod groups;
mod keep;
mod leaf;
mod trees;
mod union;

use super::error::{Error, Result, printable};
use keep::Keep;
use rustix::fs::Dir;
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use trees::open_root;
use union::Union;

/// A tree and its implied directories, which no archive entry named: these take the metadata of a
/// lower tree.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The root directory of the tree.
    pub tree: PathBuf,
    /// Absolute image paths.
    pub implied_directories: Vec<String>,
}

/// How a file of a tree is put into the union.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// As a hard link, or as a copy if the file has the maximum number of links of the file system.
    Link,
    /// As a reflink, or as a copy.
    Copy,
}

/// The result of a merge.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Number of names that are not directories.
    pub files: u64,
    /// Number of bytes of their regular files, counted once per name.
    pub bytes: u64,
    /// Absolute image paths of directories that are implied in every layer that has them; limited
    /// to those that were remembered of each archive.
    pub implied_directories: Vec<String>,
}

/// Builds the union of `layers`, lowest first, in the empty directory `target`. If `keep` is given,
/// only its absolute paths and the directories above them remain.
///
/// Errors name the path: `EXDEV` for a link between file systems or a mount point inside a tree,
/// `ENOTEMPTY` for a target that is not empty. After an error a part of the union remains. Nothing
/// is synced.
pub fn merge(
    layers: &[Layer],
    target: &Path,
    placement: Placement,
    keep: Option<&[String]>,
) -> Result<Merged> {
    let count =
        u16::try_from(layers.len()).map_err(|_| Error::os("merging more trees than 65535", Errno::TOOBIG))?;
    let root = open_root(target)?;
    refuse_full(&root, target)?;
    Union::new(layers, root, placement, Keep::new(keep)?)?.build(count)
}

fn printable_image_path(path: &[u8]) -> String {
    printable(&[b"/", path].concat())
}

fn refuse_full(root: &OwnedFd, target: &Path) -> Result<()> {
    let failed = |errno| Error::os(format!("{}: the target", target.display()), errno);
    for entry in Dir::read_from(root).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            return Err(failed(Errno::NOTEMPTY));
        }
    }
    Ok(())
}
