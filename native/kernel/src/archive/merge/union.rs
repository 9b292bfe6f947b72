//! Building a union, directory by directory.

use super::groups::Groups;
use super::keep::{Keep, Verdict};
use super::trees::{Tree, metadata_source, open_directory};
use super::{Layer, Merged, Placement, printable_image_path};
use crate::archive::error::{Error, Result, printable};
use crate::archive::limits::IMPLIED;
use crate::archive::metadata::Metadata;
use crate::archive::queue::{Directory, Queue};
use crate::archive::scratch::unnamed;
use rustix::fs::{AtFlags, Dir, FileType, Mode, Stat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::OwnedFd;

/// The union in progress.
pub(super) struct Union {
    trees: Vec<Tree>,
    keep: Keep,
    pub(super) placement: Placement,
    queue: Queue,
    pub(super) groups: Groups,
    pub(super) root: OwnedFd,
    pub(super) merged: Merged,
}

/// A directory of one layer.
pub(super) struct Source {
    pub(super) layer: u16,
    pub(super) fd: OwnedFd,
}

/// The metadata of `name` itself; `None` if it does not exist.
fn stat_if_exists(directory: &OwnedFd, name: &CStr, path: &[u8]) -> Result<Option<Stat>> {
    match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Ok(None),
        stat => stat
            .map(Some)
            .map_err(|errno| Error::os(printable_image_path(path), errno)),
    }
}

fn is_directory(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::Directory
}

impl Union {
    /// An empty union in the empty directory that is open as `root`.
    pub(super) fn new(layers: &[Layer], root: OwnedFd, placement: Placement, keep: Keep) -> Result<Self> {
        Ok(Self {
            trees: layers.iter().map(Tree::open).collect::<Result<_>>()?,
            keep,
            placement,
            queue: Queue::new(unnamed(&root, ".directories")?)?,
            groups: Groups::new(&root)?,
            root,
            merged: Merged::default(),
        })
    }

    /// Builds the union of `count` layers.
    pub(super) fn build(mut self, count: u16) -> Result<Merged> {
        if count > 0 {
            self.queue.push(&Directory {
                path: Vec::new(),
                layers: (0..count).rev().collect(),
            })?;
        }
        while let Some(directory) = self.queue.next()? {
            self.fill(&directory)?;
        }
        self.queue.rewind()?;
        while let Some(directory) = self.queue.next()? {
            self.finish(&directory)?;
        }
        Ok(self.merged)
    }

    fn tree(&self, layer: u16) -> Result<&Tree> {
        let missing = || Error::Invalid("staging: the list of directories is damaged".into());
        self.trees.get(usize::from(layer)).ok_or_else(missing)
    }

    /// Creates everything that one directory of the union contains, except the content of its
    /// directories, which follows later.
    fn fill(&mut self, directory: &Directory) -> Result<()> {
        let to = open_directory(&self.root, &directory.path)?;
        let mut sources = Vec::with_capacity(directory.layers.len());
        for layer in &directory.layers {
            let fd = self.tree(*layer)?.directory(&directory.path)?;
            sources.push(Source { layer: *layer, fd });
        }
        for position in 0..sources.len() {
            let (above, rest) = sources.split_at(position);
            let Some((source, below)) = rest.split_first() else {
                break;
            };
            let failed = |errno| {
                Error::os(
                    format!("{}: listing", printable_image_path(&directory.path)),
                    errno,
                )
            };
            for entry in Dir::read_from(&source.fd).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let name = entry.file_name();
                if matches!(name.to_bytes(), b"." | b"..") {
                    continue;
                }
                let mut path = directory.path.clone();
                if !path.is_empty() {
                    path.push(b'/');
                }
                path.extend_from_slice(name.to_bytes());
                self.take(source, name, &path, &to, (above, below))?;
            }
        }
        Ok(())
    }

    fn take(
        &mut self,
        source: &Source,
        name: &CStr,
        path: &[u8],
        to: &OwnedFd,
        (above, below): (&[Source], &[Source]),
    ) -> Result<()> {
        let verdict = self.keep.verdict(path);
        if verdict == Verdict::Goes {
            return Ok(());
        }
        let Some(stat) = stat_if_exists(&source.fd, name, path)? else {
            return Ok(());
        };
        if !is_directory(&stat) {
            return match verdict {
                Verdict::Stays => self.file(source, name, stat, path, to),
                _ => Ok(()),
            };
        }
        if verdict == Verdict::Above {
            // A non-directory in an upper layer hides this entry, and it was not kept itself.
            for upper in above {
                if stat_if_exists(&upper.fd, name, path)?.is_some() {
                    return Ok(());
                }
            }
        }
        self.directory(source, name, path, to, below)
    }

    fn directory(
        &mut self,
        source: &Source,
        name: &CStr,
        path: &[u8],
        to: &OwnedFd,
        below: &[Source],
    ) -> Result<()> {
        match rustix::fs::mkdirat(to, name, Mode::RWXU) {
            Err(Errno::EXIST) => return Ok(()),
            made => made.map_err(|errno| {
                Error::os(
                    format!("{}: making the directory", printable_image_path(path)),
                    errno,
                )
            })?,
        }
        let mut layers = vec![source.layer];
        for lower in below {
            match stat_if_exists(&lower.fd, name, path)? {
                None => {}
                Some(stat) if is_directory(&stat) => layers.push(lower.layer),
                Some(_) => break,
            }
        }
        self.queue.push(&Directory {
            path: path.to_vec(),
            layers,
        })
    }

    /// Sets the metadata of a directory after everything in it was created.
    fn finish(&mut self, directory: &Directory) -> Result<()> {
        let (layer, implied) = metadata_source(&self.trees, directory);
        if self.merged.implied_directories.len() < IMPLIED {
            self.merged.implied_directories.extend(implied);
        }
        let source = self.tree(layer)?.directory(&directory.path)?;
        let target = open_directory(&self.root, &directory.path)?;
        let full = [b"/", directory.path.as_slice()].concat();
        let stat = rustix::fs::fstat(&source).map_err(|errno| Error::os(printable(&full), errno))?;
        Metadata::of(&source, c".", stat)?.give(&target, &full)
    }
}
