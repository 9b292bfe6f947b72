//! The union of trees (rows E3, E4 and M15).
//!
//! Top to bottom, one directory of the union after the other: what an upper layer has made is in the way of the
//! lower ones', so nothing is ever replaced. Directories get their owners, modes, attributes and times at last.

mod data;
mod duplicate;
mod groups;
mod keep;
mod leaf;
mod trees;
mod union;

use super::error::{Error, Result, shown};
use keep::Keep;
use rustix::fs::Dir;
use rustix::io::Errno;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use trees::open_root;
use union::Union;

/// A tree, and which of its directories no archive named: those take the metadata of a lower tree's.
#[derive(Debug, Clone)]
pub struct Layer {
    /// The directory.
    pub tree: PathBuf,
    /// Absolute image paths.
    pub implied_directories: Vec<String>,
}

/// How a file of a tree gets into the union.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// As a hard link; where it has as many as the file system takes, as a copy.
    Link,
    /// As a reflink, or a copy.
    Copy,
}

/// What was made.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Names that are no directories.
    pub files: u64,
    /// Bytes of the regular files among them, every name counted.
    pub bytes: u64,
    /// Absolute image paths of directories that are implied in every layer that has them, as many as are remembered
    /// of an archive.
    pub implied_directories: Vec<String>,
}

/// Builds the union of `layers`, lowest first, in the empty directory `target`; of it only what `keep` names stays (absolute
/// paths), and the directories above.
///
/// Errors name the path: `EXDEV` for a link between file systems or a mount point inside a tree, `ENOTEMPTY` for a
/// target with something in it. What was made by then stays; nothing is synced.
pub fn merge(layers: &[Layer], target: &Path, how: How, keep: Option<&[String]>) -> Result<Merged> {
    let count =
        u16::try_from(layers.len()).map_err(|_| Error::os("merging more trees than 65535", Errno::TOOBIG))?;
    let root = open_root(target)?;
    refuse_full(&root, target)?;
    Union::new(layers, root, how, Keep::new(keep)?)?.build(count)
}

fn shown_path(path: &[u8]) -> String {
    shown(&[b"/", path].concat())
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
