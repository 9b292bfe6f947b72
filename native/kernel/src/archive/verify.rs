//! Verifying that a stored image is unchanged. The record is read as the original tar, with the
//! content from the tree, and every entry is compared with the file in the tree; then the tree is
//! searched for files that no entry created.

mod acl;
mod added;
mod attributes;
mod compare;
mod expected;
mod problems;
mod replay;
mod time;

use super::digest::image_id;
use super::error::{Error, Result, printable};
use super::extract::{open_beneath, open_directory};
use super::limits::Limits;
use super::stream::TarStream;
use super::walk::walk;
use compare::Comparison;
use problems::Problems;
use replay::Replay;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

pub use problems::Problem;

/// The limits were applied when the image was first read.
const UNLIMITED: Limits = Limits {
    tar_bytes: u64::MAX,
    entries: u64::MAX,
    manifest_bytes: u64::MAX,
    expansion: u64::MAX,
    free_bytes: 0,
    free_nodes: 0,
};

/// Compares the image in `directory` (created by [`ingest`](super::ingest)) with its record:
/// presence, type, size, content, owner, mode, time, attributes, link target, device numbers and
/// hard links of every entry, and that there are no other files. If the directory's name is an
/// image ID, it must be that of the record.
///
/// The CRC-32 names a file whose content changed. The SHA-512 of the whole tar decides: a change
/// which the CRC-32 misses is reported too, without the file's name. Returns at most 10,000
/// problems. An error comes from the kernel, not from the image.
pub fn verify(directory: &Path) -> Result<Vec<Problem>> {
    let failed = |errno| Error::os(format!("{}: opening the image", directory.display()), errno);
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(directory, flags, Mode::empty()).map_err(failed)?;
    let root = open_directory(&root, b"").map_err(failed)?;
    let problems = Problems::default();
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let record = match open_beneath(&root, b"record", flags) {
        Err(Errno::NOENT | Errno::LOOP) => {
            problems.add(b"record", "missing");
            return Ok(problems.list());
        }
        record => record.map_err(|errno| Error::os("record", errno))?,
    };
    let read = Replay::new(&root, record.into(), &problems).and_then(|mut replay| {
        let mut comparison = Comparison::new(&root, &problems);
        walk(&mut TarStream::new(|| replay.next()), UNLIMITED, &mut comparison)?;
        comparison.added()?;
        Ok(replay.end())
    });
    match read {
        Ok(Some(end)) => {
            let (was, is) = (image_id(&end.digest), image_id(&end.found));
            if was != is && !problems.of_content() {
                problems.add(
                    b"rootfs",
                    format_args!("content: of some file, the tar is now {is}"),
                );
            }
            let name = directory.file_name().unwrap_or_default().as_bytes();
            if name.starts_with(b"sha512-") && name.len() == was.len() && name != was.as_bytes() {
                problems.add(b"record", format_args!("id: it is that of {was}"));
            }
        }
        Ok(None) => problems.add(b"record", "damaged: it has no end"),
        Err(Error::Os { what, errno }) => return Err(Error::Os { what, errno }),
        Err(error) => problems.add(b"record", format_args!("damaged: {error}")),
    }
    Ok(problems.list())
}

/// The image path of an entry: absolute for a path beneath `rootfs`.
fn image_path(path: &[u8]) -> String {
    match path.strip_prefix(b"rootfs") {
        Some(b"") => "/".into(),
        Some(beneath) => printable(beneath),
        None => printable(path),
    }
}
