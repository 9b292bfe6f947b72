//! Extended attributes.

use super::error::{Error, Result, shown};
use super::pax::Xattr;
use rustix::buffer::spare_capacity;
use rustix::fs::XattrFlags;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// The ACL of a file or directory.
pub(super) const ACCESS_ACL: &[u8] = b"system.posix_acl_access";
/// The default ACL of a directory: whatever is made in it inherits it.
pub(super) const DEFAULT_ACL: &[u8] = b"system.posix_acl_default";

/// Sets `xattrs` of an open file or directory; `path` is what an error names.
///
/// An attribute the file system refuses is an error, `security.selinux` too: an image is kept whole or not at all (A4).
pub(super) fn set_all(fd: impl AsFd, path: &[u8], xattrs: &[Xattr]) -> Result<()> {
    xattrs.iter().try_for_each(|(name, value)| {
        rustix::fs::fsetxattr(&fd, name.as_slice(), value, XattrFlags::empty())
            .map_err(|errno| refused(path, name, errno))
    })
}

/// Sets `xattrs` of what `at` names itself, symlinks not followed.
pub(super) fn set_all_at(at: &Path, path: &[u8], xattrs: &[Xattr]) -> Result<()> {
    xattrs.iter().try_for_each(|(name, value)| {
        rustix::fs::lsetxattr(at, name.as_slice(), value, XattrFlags::empty())
            .map_err(|errno| refused(path, name, errno))
    })
}

fn refused(path: &[u8], name: &[u8], errno: Errno) -> Error {
    Error::os(
        format!("{}: setting the attribute {}", shown(path), shown(name)),
        errno,
    )
}

/// Calls `read` with larger and larger buffers until what it reads fits.
fn grown(read: &mut dyn FnMut(&mut Vec<u8>) -> rustix::io::Result<usize>) -> rustix::io::Result<Vec<u8>> {
    let mut buffer = Vec::with_capacity(1024);
    loop {
        match read(&mut buffer) {
            Ok(_) if buffer.len() < buffer.capacity() => return Ok(buffer),
            Ok(_) | Err(Errno::RANGE) => {
                let more = buffer.capacity() * 4;
                buffer = Vec::with_capacity(more);
            }
            Err(errno) => return Err(errno),
        }
    }
}

/// The extended attributes of `path` itself, symlinks not followed (listxattr(7)), sorted by name.
///
/// None where the file system has none. Errors name the path.
pub fn xattrs(path: &Path) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let shown = shown(path.as_os_str().as_bytes());
    let names = match grown(&mut |buffer| rustix::fs::llistxattr(path, spare_capacity(buffer))) {
        Err(Errno::NOTSUP) => return Ok(Vec::new()),
        names => names.map_err(|errno| Error::os(format!("{shown}: listing attributes"), errno))?,
    };
    let mut all = Vec::new();
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let value = match grown(&mut |buffer| {
            rustix::fs::lgetxattr(path, OsStr::from_bytes(name), spare_capacity(buffer))
        }) {
            // Gone since it was listed.
            Err(Errno::NODATA) => continue,
            value => value.map_err(|errno| Error::os(format!("{shown}: reading an attribute"), errno))?,
        };
        all.push((name.to_vec(), value));
    }
    all.sort();
    Ok(all)
}
