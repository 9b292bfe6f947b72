//! Removing a tree to which another process may be writing.

use super::error::{Error, Result, printable};
use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, RenameFlags, ResolveFlags};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// Maximum number of directories open at a time; deeper ones are moved up to the root of the tree
/// first.
const DEPTH: usize = 32;

/// Removes `path` and everything beneath it. A missing path is no error.
///
/// Follows no symlink and stays on one file system, no matter what another process does meanwhile:
/// every step uses the descriptor of the directory that contains the name. A mount point inside is
/// an error (EXDEV or EBUSY) that names it.
pub fn remove_tree(path: &Path) -> Result<()> {
    let name = path.as_os_str().as_bytes();
    let refused = |errno| Error::os(format!("{}: removing", printable(name)), errno);
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let root = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(root) => root,
        Err(Errno::NOENT) => return Ok(()),
        Err(Errno::NOTDIR | Errno::LOOP) => return ignore_missing(rustix::fs::unlink(path)).map_err(refused),
        Err(errno) => return Err(refused(errno)),
    };
    let mut removal = Removal {
        root,
        moved: 0,
        path: name.to_vec(),
    };
    loop {
        let root = removal
            .root
            .try_clone()
            .map_err(|error| Error::io(printable(name), &error))?;
        removal.empty(&root, 0)?;
        match rustix::fs::rmdir(path) {
            // Deep directories were moved here, or another process created a new file.
            Err(Errno::NOTEMPTY | Errno::EXIST) => {}
            other => return ignore_missing(other).map_err(refused),
        }
    }
}

struct Removal {
    root: OwnedFd,
    moved: u64,
    path: Vec<u8>,
}

/// Treats a missing file as removed.
fn ignore_missing(result: rustix::io::Result<()>) -> rustix::io::Result<()> {
    match result {
        Err(Errno::NOENT) => Ok(()),
        other => other,
    }
}

impl Removal {
    fn refused(&self, name: &CStr, errno: Errno) -> Error {
        Error::os(
            format!(
                "{}: removing {} in it",
                printable(&self.path),
                printable(name.to_bytes())
            ),
            errno,
        )
    }

    fn empty(&mut self, directory: &OwnedFd, depth: usize) -> Result<()> {
        let listing = Dir::read_from(directory).map_err(|errno| self.refused(c".", errno))?;
        for entry in listing {
            let entry = entry.map_err(|errno| self.refused(c".", errno))?;
            let name = entry.file_name();
            if name == c"." || name == c".." {
                continue;
            }
            if entry.file_type() == FileType::Directory {
                self.directory(directory, name, depth)?;
                continue;
            }
            // Some file systems do not report the type in the listing.
            match rustix::fs::unlinkat(directory, name, AtFlags::empty()) {
                Err(Errno::ISDIR) => self.directory(directory, name, depth)?,
                other => ignore_missing(other).map_err(|errno| self.refused(name, errno))?,
            }
        }
        Ok(())
    }

    fn directory(&mut self, parent: &OwnedFd, name: &CStr, depth: usize) -> Result<()> {
        if depth >= DEPTH {
            return self.move_up(parent, name);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let resolve = ResolveFlags::NO_XDEV | ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        let fd = match rustix::fs::openat2(parent, name, flags, Mode::empty(), resolve) {
            Ok(fd) => fd,
            Err(Errno::NOENT) => return Ok(()),
            Err(errno) => return Err(self.refused(name, errno)),
        };
        self.empty(&fd, depth + 1)?;
        match rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
            // The next pass over the root finds it again.
            Err(Errno::NOTEMPTY | Errno::EXIST) => Ok(()),
            other => ignore_missing(other).map_err(|errno| self.refused(name, errno)),
        }
    }

    fn move_up(&mut self, parent: &OwnedFd, name: &CStr) -> Result<()> {
        loop {
            self.moved += 1;
            let to = format!(".removed-{}", self.moved);
            match rustix::fs::renameat_with(parent, name, &self.root, to, RenameFlags::NOREPLACE) {
                Err(Errno::EXIST) => {}
                other => return ignore_missing(other).map_err(|errno| self.refused(name, errno)),
            }
        }
    }
}
