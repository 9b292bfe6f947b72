//! Everything beneath `rootfs`, whatever made it.

use crate::archive::error::{Error, Result, shown};
use crate::archive::extract::open_directory;
use crate::archive::queue::{Directory, Queue};
use crate::archive::scratch::temporary;
use rustix::fs::{Dir, FileType};
use rustix::io::Errno;
use std::os::fd::OwnedFd;

/// What is told of each name: the directory it is in, the name, and its path from the image's directory; whether to look
/// into it is the answer.
type Found<'a> = dyn FnMut(&OwnedFd, &[u8], &[u8]) -> Result<bool> + 'a;

/// Goes through the tree; memory does not grow with it.
pub(super) fn search(root: &OwnedFd, found: &mut Found<'_>) -> Result<()> {
    let mut queue = Queue::new(temporary()?)?;
    let enter = |path: Vec<u8>| Directory {
        path,
        layers: Vec::new(),
    };
    queue.push(&enter(b"rootfs".to_vec()))?;
    while let Some(Directory { path, .. }) = queue.next()? {
        let failed = |errno| Error::os(format!("{}: listing", shown(&path)), errno);
        let directory = match open_directory(root, &path) {
            // No directory (any more): that was told already.
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
            let known = found(&directory, name, &beneath)?;
            // Some file systems do not tell the type in the listing.
            if known && matches!(entry.file_type(), FileType::Directory | FileType::Unknown) {
                queue.push(&enter(beneath))?;
            }
        }
    }
    Ok(())
}
