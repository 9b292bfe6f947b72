//! Copying the content of a file to another file: shared if the file system supports it, and with
//! holes kept.

use rustix::fs::SeekFrom;
use rustix::io::{Errno, Result};
use std::os::fd::OwnedFd;

/// Maximum number of bytes copied per call.
const STEP: usize = 1 << 30;

/// Copies all of `from`, which has `size` bytes, to the empty file `to`.
pub(super) fn copy(from: &OwnedFd, to: &OwnedFd, size: u64) -> Result<()> {
    if size == 0 || rustix::fs::ioctl_ficlone(to, from).is_ok() {
        return Ok(());
    }
    let mut at = 0;
    while at < size {
        let start = match rustix::fs::seek(from, SeekFrom::Data(at)) {
            // Only a hole follows, up to the end.
            Err(Errno::NXIO) => break,
            start => start?.min(size),
        };
        let end = rustix::fs::seek(from, SeekFrom::Hole(start))?.min(size);
        range(from, to, start, end)?;
        at = end;
    }
    rustix::fs::ftruncate(to, size)
}

fn range(from: &OwnedFd, to: &OwnedFd, start: u64, end: u64) -> Result<()> {
    let (mut input, mut output) = (start, start);
    rustix::fs::seek(to, SeekFrom::Start(start))?;
    let mut by_kernel = true;
    while input < end {
        let length = usize::try_from(end - input).unwrap_or(STEP).min(STEP);
        let copied = if by_kernel {
            rustix::fs::copy_file_range(from, Some(&mut input), to, Some(&mut output), length)
        } else {
            rustix::fs::sendfile(to, from, Some(&mut input), length)
        };
        match copied {
            Ok(0) => return Err(Errno::IO),
            Ok(_) | Err(Errno::INTR) => {}
            // The kernel cannot copy between these two file systems.
            Err(_) if by_kernel => {
                by_kernel = false;
                rustix::fs::seek(to, SeekFrom::Start(input))?;
            }
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{MemfdFlags, memfd_create};
    use std::fs::File;
    use std::os::unix::fs::{FileExt, MetadataExt};

    fn file() -> File {
        memfd_create("copied", MemfdFlags::CLOEXEC).unwrap().into()
    }

    #[test]
    fn content_between_holes() {
        let (from, to) = (file(), file());
        let size = 8 << 20;
        from.set_len(size).unwrap();
        from.write_all_at(&[7; 5000], 1 << 20).unwrap();
        from.write_all_at(b"end", (4 << 20) - 1).unwrap();
        let (from, to) = (OwnedFd::from(from), OwnedFd::from(to));
        copy(&from, &to, size).unwrap();
        let (from, to) = (File::from(from), File::from(to));
        let (mut expected, mut found) = (vec![0; size as usize], vec![0; size as usize]);
        from.read_exact_at(&mut expected, 0).unwrap();
        to.read_exact_at(&mut found, 0).unwrap();
        assert!(expected == found, "the copy has other content");
        assert_eq!(to.metadata().unwrap().size(), size);
        let taken = to.metadata().unwrap().blocks() * 512;
        assert!(taken < 1 << 20, "holes were filled: {taken} bytes on disk");
    }

    #[test]
    fn an_empty_file_and_one_without_content() {
        for size in [0, 1 << 20] {
            let (from, to) = (file(), file());
            from.set_len(size).unwrap();
            let to = OwnedFd::from(to);
            copy(&from.into(), &to, size).unwrap();
            assert_eq!(File::from(to).metadata().unwrap().size(), size);
        }
    }
}
