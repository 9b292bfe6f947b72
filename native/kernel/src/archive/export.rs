//! Rebuilding the tar of an extracted image, byte for byte.

use super::digest::{TarDigest, image_id};
use super::error::{Error, Result, printable};
use super::extract::{open_beneath, open_directory};
use super::path::normalize;
use super::record::{Item, RecordReader};
use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

const COPIED: usize = 256 << 10;

/// Writes the tar of the image extracted into `tree` to `to`. Returns its image ID (A8), which is
/// the original one.
///
/// [`Error::Invalid`] names the file that has changed; `to` then contains a part of the tar.
pub fn export(tree: &Path, to: &mut impl Write) -> Result<String> {
    let failed = |errno| Error::os(format!("{}: opening the tree", tree.display()), errno);
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::open(tree, flags, rustix::fs::Mode::empty()).map_err(failed)?;
    let root = open_directory(&root, b"").map_err(failed)?;
    let record = open_file(&root, b"record")?.0;
    let mut record = RecordReader::new(record)?;
    let mut out = Output {
        to,
        digest: TarDigest::default(),
        written: 0,
    };
    let mut buffer = vec![0; COPIED];
    loop {
        match record.next()? {
            Item::Raw(bytes) => out.write(&bytes)?,
            Item::Sum(_) => {}
            Item::File { path, size } => copy(&root, &path, size, &mut buffer, &mut out)?,
            Item::End { tar_bytes, digest } => {
                let found = out.digest.finish();
                if out.written != tar_bytes || found != digest {
                    let (was, is) = (image_id(&digest), image_id(&found));
                    return Err(Error::Invalid(format!(
                        "{}: it was {was} and is now {is}",
                        tree.display()
                    )));
                }
                return Ok(image_id(&digest));
            }
        }
    }
}

struct Output<'a, W> {
    to: &'a mut W,
    digest: TarDigest,
    written: u64,
}

impl<W: Write> Output<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.digest.update(bytes);
        self.written += bytes.len() as u64;
        self.to
            .write_all(bytes)
            .map_err(|error| Error::io("archive: writing", &error))
    }
}

fn open_file(root: &OwnedFd, path: &[u8]) -> Result<(File, u64)> {
    let refused = |errno: Errno| Error::os(printable(path), errno);
    // Non-blocking, so that opening a FIFO in place of the file does not wait.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = open_beneath(root, path, flags).map_err(refused)?;
    let stat = rustix::fs::fstat(&file).map_err(refused)?;
    if FileType::from_raw_mode(stat.st_mode) != FileType::RegularFile {
        return Err(Error::Invalid(format!(
            "{}: it is no longer a regular file",
            printable(path)
        )));
    }
    Ok((file.into(), u64::try_from(stat.st_size).unwrap_or_default()))
}

fn copy<W: Write>(
    root: &OwnedFd,
    path: &[u8],
    size: u64,
    buffer: &mut [u8],
    out: &mut Output<'_, W>,
) -> Result<()> {
    if let Err(what) = normalize(path) {
        return Err(Error::Invalid(format!("record: {}: {what}", printable(path))));
    }
    let changed = |is: u64| Error::Invalid(format!("{}: it had {size} bytes and has {is}", printable(path)));
    let (file, is) = open_file(root, path)?;
    if is != size {
        return Err(changed(is));
    }
    let mut file = file.take(size);
    let mut copied = 0;
    loop {
        let length = file
            .read(buffer)
            .map_err(|error| Error::io(printable(path), &error))?;
        if length == 0 {
            break;
        }
        out.write(buffer.get(..length).unwrap_or_default())?;
        copied += length as u64;
    }
    if copied == size {
        Ok(())
    } else {
        Err(changed(copied))
    }
}
