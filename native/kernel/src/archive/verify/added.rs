//! Finding everything beneath `rootfs`, no matter what created it.

use crate::archive::error::{Error, Result, printable};
use crate::archive::extract::open_directory;
use crate::archive::queue::{Directory, Queue};
use crate::archive::scratch::temporary;
use rustix::fs::{Dir, FileType};
use rustix::io::Errno;
use std::os::fd::OwnedFd;

/// Gets each name: the open directory that contains it, the name, and its path from the image's
/// directory. Returns whether to search inside it.
type Found<'a> = dyn FnMut(&OwnedFd, &[u8], &[u8]) -> Result<bool> + 'a;

/// Searches the tree; memory use does not grow with its size.
pub(super) fn search(root: &OwnedFd, found: &mut Found<'_>) -> Result<()> {
    let mut queue = Queue::new(temporary()?)?;
    let enter = |path: Vec<u8>| Directory {
        path,
        layers: Vec::new(),
    };
    queue.push(&enter(b"rootfs".to_vec()))?;
    while let Some(Directory { path, .. }) = queue.next()? {
        let failed = |errno| Error::os(format!("{}: listing", printable(&path)), errno);
        let directory = match open_directory(root, &path) {
            // Not a directory, or no longer one: that is reported already.
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => continue,
            directory => directory.map_err(failed)?,
        };
        for entry in Dir::read_from(&directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_bytes();
            if matches!(name, b"." | b"..") {
                continue;
            }
            let beneath = [path.as_slice(), b"/", name].concat();
            let may_search = found(&directory, name, &beneath)?;
            // Some file systems do not report the type in the listing.
            if may_search && matches!(entry.file_type(), FileType::Directory | FileType::Unknown) {
                queue.push(&enter(beneath))?;
            }
        }
    }
    Ok(())
}
