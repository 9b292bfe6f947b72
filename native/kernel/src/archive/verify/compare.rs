//! Comparing each entry with the tree.

use super::attributes;
use super::expected::{Expected, noun};
use super::problems::Problems;
use super::time;
use super::{added, image_path};
use crate::archive::entry::Entry;
use crate::archive::error::{Error, Result, printable};
use crate::archive::extract::open_directory;
use crate::archive::kind::Kind;
use crate::archive::metadata;
use crate::archive::path::split;
use crate::archive::places::{Place, Places};
use crate::archive::walk::Sink;
use crate::archive::xattr::xattrs;
use rustix::fs::{AtFlags, FileType, Stat};
use rustix::io::Errno;
use std::collections::HashSet;
use std::ffi::CString;
use std::os::fd::OwnedFd;

/// A comparison in progress.
pub(super) struct Comparison<'a> {
    root: &'a OwnedFd,
    problems: &'a Problems,
    places: Places,
    parent: Option<(Vec<u8>, Option<OwnedFd>)>,
    /// Inodes with several names for which an entry of their own was read.
    seen: HashSet<u64>,
}

impl<'a> Comparison<'a> {
    pub(super) fn new(root: &'a OwnedFd, problems: &'a Problems) -> Self {
        Self {
            root,
            problems,
            places: Places::default(),
            parent: None,
            seen: HashSet::new(),
        }
    }

    /// Reports files that no entry created, and compares the implied directories.
    pub(super) fn added(&self) -> Result<()> {
        added::search(
            self.root,
            &mut |directory, name, path| match self.places.at(self.places.key(path)) {
                None => {
                    self.problems.add(path, "added");
                    Ok(false)
                }
                Some(Place::Implied) => {
                    let name = CString::new(name).unwrap_or_default();
                    let found = stat_if_exists(directory, &name).map_err(|errno| failed(path, errno))?;
                    if let Some(stat) = found {
                        self.compare(directory, &name, path, stat, &Expected::implied())?;
                    }
                    Ok(true)
                }
                Some(_) => Ok(true),
            },
        )
    }

    /// The file at `path`, with its directory and its name there; `None` if there is none.
    fn find(&mut self, path: &[u8]) -> Result<Option<(OwnedFd, CString, Stat)>> {
        let (directory, name) = split(path);
        let kept = self.parent.take().filter(|(cached, _)| cached == directory);
        let (_, fd) = self.parent.insert(match kept {
            Some(kept) => kept,
            None => {
                let fd = match open_directory(self.root, directory) {
                    Ok(fd) => Some(fd),
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => None,
                    Err(errno) => return Err(failed(directory, errno)),
                };
                (directory.to_vec(), fd)
            }
        });
        let Some(fd) = fd else {
            return Ok(None);
        };
        let name = CString::new(name).unwrap_or_default();
        let Some(stat) = stat_if_exists(fd, &name).map_err(|errno| failed(path, errno))? else {
            return Ok(None);
        };
        let fd = fd
            .try_clone()
            .map_err(|error| Error::io(printable(path), &error))?;
        Ok(Some((fd, name, stat)))
    }

    /// Reports how the file found differs from the expected one.
    fn compare(
        &self,
        at: &OwnedFd,
        name: &CString,
        path: &[u8],
        stat: Stat,
        expected: &Expected<'_>,
    ) -> Result<()> {
        let report = |problem: String| self.problems.add(path, problem);
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind != expected.kind {
            report(format!("type: {} instead of {}", noun(kind), noun(expected.kind)));
            return Ok(());
        }
        let size = u64::try_from(stat.st_size).unwrap_or_default();
        if kind == FileType::RegularFile && size != expected.size {
            report(format!("size: {size} bytes instead of {}", expected.size));
        }
        if let Some((major, minor)) = expected.numbers {
            let (is_major, is_minor) = (rustix::fs::major(stat.st_rdev), rustix::fs::minor(stat.st_rdev));
            if (is_major, is_minor) != (major, minor) {
                report(format!(
                    "device: {is_major}:{is_minor} instead of {major}:{minor}"
                ));
            }
        }
        if kind == FileType::Symlink {
            let target = rustix::fs::readlinkat(at, name, Vec::new()).map_err(|errno| failed(path, errno))?;
            if target.to_bytes() != expected.target {
                report(format!(
                    "target: {} instead of {}",
                    printable(target.to_bytes()),
                    printable(expected.target)
                ));
            }
        }
        let (mode, must) = (
            stat.st_mode & 0o7777,
            attributes::mode(expected.mode, expected.xattrs),
        );
        if kind != FileType::Symlink && mode != must {
            report(format!("mode: {mode:04o} instead of {must:04o}"));
        }
        let (uid, gid) = expected.owner;
        if (stat.st_uid, stat.st_gid) != (uid, gid) {
            report(format!(
                "owner: {}:{} instead of {uid}:{gid}",
                stat.st_uid, stat.st_gid
            ));
        }
        let nanos = u32::try_from(stat.st_mtime_nsec).unwrap_or_default();
        if let Some(mtime) = expected
            .mtime
            .filter(|mtime| !time::is_same(*mtime, (stat.st_mtime, nanos)))
        {
            let in_seconds = |(seconds, nanos)| format!("{seconds}.{nanos:09}");
            report(format!(
                "time: {} instead of {}",
                in_seconds((stat.st_mtime, nanos)),
                in_seconds(mtime)
            ));
        }
        let found = xattrs(&metadata::at(at, name))?;
        let differing = attributes::differing(expected.xattrs, &found);
        if !differing.is_empty() {
            report(format!("xattrs: {}", differing.join(", ")));
        }
        Ok(())
    }

    /// Checks that a hard link is its target under another name.
    fn link(&mut self, entry: &Entry, stat: &Stat) -> Result<()> {
        let with = self
            .find(&entry.link)?
            .map(|(_, _, other)| (other.st_dev, other.st_ino));
        if with.is_some_and(|with| with != (stat.st_dev, stat.st_ino)) {
            let what = format!("hard link: no longer one with {}", image_path(&entry.link));
            self.problems.add(&entry.path, what);
        }
        Ok(())
    }
}

fn failed(path: &[u8], errno: Errno) -> Error {
    Error::os(image_path(path), errno)
}

fn stat_if_exists(directory: &OwnedFd, name: &CString) -> rustix::io::Result<Option<Stat>> {
    match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Ok(None),
        stat => stat.map(Some),
    }
}

impl Sink for Comparison<'_> {
    fn raw(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn implied(&mut self, path: &[u8]) -> Result<()> {
        self.places.put(self.places.key(path), Place::Implied);
        Ok(())
    }

    fn entry(&mut self, entry: &Entry) -> Result<()> {
        if entry.path.is_empty() {
            return Ok(());
        }
        let place = if entry.kind == Kind::Directory {
            Place::Directory
        } else {
            Place::Linkable
        };
        self.places.put(self.places.key(&entry.path), place);
        let Some((at, name, stat)) = self.find(&entry.path)? else {
            self.problems.add(&entry.path, "missing");
            return Ok(());
        };
        if entry.kind == Kind::HardLink {
            return self.link(entry, &stat);
        }
        self.compare(&at, &name, &entry.path, stat, &Expected::of(entry))?;
        let several = place != Place::Directory && stat.st_nlink > 1;
        if several && !self.seen.insert(stat.st_ino) {
            self.problems.add(&entry.path, "hard link: with another file");
        }
        Ok(())
    }

    fn content(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn complete(&mut self, _: Entry) -> Result<()> {
        Ok(())
    }
}
