//! Extended attributes.

use super::error::{Error, Result, printable};
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
/// The default ACL of a directory, which new files in it inherit.
pub(super) const DEFAULT_ACL: &[u8] = b"system.posix_acl_default";

/// Sets `xattrs` of an open file or directory; errors name `path`.
///
/// An attribute that the file system refuses is an error, also `security.selinux`: an image is
/// stored completely or not at all (A4).
pub(super) fn set_all(fd: impl AsFd, path: &[u8], xattrs: &[Xattr]) -> Result<()> {
    xattrs.iter().try_for_each(|(name, value)| {
        rustix::fs::fsetxattr(&fd, name.as_slice(), value, XattrFlags::empty())
            .map_err(|errno| refused(path, name, errno))
    })
}

/// Sets `xattrs` of the file at `at`, without following a symlink.
pub(super) fn set_all_at(at: &Path, path: &[u8], xattrs: &[Xattr]) -> Result<()> {
    xattrs.iter().try_for_each(|(name, value)| {
        rustix::fs::lsetxattr(at, name.as_slice(), value, XattrFlags::empty())
            .map_err(|errno| refused(path, name, errno))
    })
}

fn refused(path: &[u8], name: &[u8], errno: Errno) -> Error {
    Error::os(
        format!("{}: setting the attribute {}", printable(path), printable(name)),
        errno,
    )
}

/// Calls `read` with larger and larger buffers until the result fits.
fn read_growing(
    read: &mut dyn FnMut(&mut Vec<u8>) -> rustix::io::Result<usize>,
) -> rustix::io::Result<Vec<u8>> {
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

/// The extended attributes of `path`, without following a symlink (listxattr(7)), sorted by name.
///
/// Empty where the file system has no attributes. Errors name the path.
pub fn xattrs(path: &Path) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
    let printable = printable(path.as_os_str().as_bytes());
    let names = match read_growing(&mut |buffer| rustix::fs::llistxattr(path, spare_capacity(buffer))) {
        Err(Errno::NOTSUP) => return Ok(Vec::new()),
        names => names.map_err(|errno| Error::os(format!("{printable}: listing attributes"), errno))?,
    };
    let mut all = Vec::new();
    for name in names.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let value = match read_growing(&mut |buffer| {
            rustix::fs::lgetxattr(path, OsStr::from_bytes(name), spare_capacity(buffer))
        }) {
            // The attribute was removed after the listing.
            Err(Errno::NODATA) => continue,
            value => value.map_err(|errno| Error::os(format!("{printable}: reading an attribute"), errno))?,
        };
        all.push((name.to_vec(), value));
    }
    all.sort();
    Ok(all)
}
