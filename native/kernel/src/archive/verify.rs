//! Whether a stored image is what it was: its record is read as the tar it came from, with the tree's own content in it,
//! and every entry is held against what stands in the tree; then the tree is searched for what no entry made.

mod acl;
mod added;
mod attributes;
mod compare;
mod expected;
mod problems;
mod replay;
mod time;

use super::digest::image_id;
use super::error::{Error, Result, shown};
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

/// What was read once is read again.
const UNLIMITED: Limits = Limits {
    tar_bytes: u64::MAX,
    entries: u64::MAX,
    manifest_bytes: u64::MAX,
    expansion: u64::MAX,
    free_bytes: 0,
    free_nodes: 0,
};

/// Compares the image in `directory` (filled by [`ingest`](super::ingest)) with its record: presence, type, size,
/// content, owner, mode, time, attributes, link target, device numbers and hard links of every entry, and nothing
/// beside them. Where the directory's name is an image ID, it must be the record's.
///
/// A file that changed is told by its CRC-32; the SHA-512 of the whole tar has the last word, so that a change that hides from
/// the former is told too, without its name. At most 10,000 problems. An error is the kernel's, not the image's.
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

/// An entry's path as an image path: beneath `rootfs` it is absolute.
fn image_path(path: &[u8]) -> String {
    match path.strip_prefix(b"rootfs") {
        Some(b"") => "/".into(),
        Some(beneath) => shown(beneath),
        None => shown(path),
    }
}
