//! The kinds of entries, and which of them are allowed.

use super::error::{Error, Result, printable};
use super::limits::PATH_BYTES;
use super::path::normalize;

/// The kind of file that an entry creates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
    Symlink,
    HardLink,
    CharDevice(u32, u32),
    BlockDevice(u32, u32),
    Fifo,
}

/// Returns the error [`Error::Invalid`] whose message starts with `subject`.
pub(super) fn invalid<T>(subject: &[u8], what: impl std::fmt::Display) -> Result<T> {
    Err(Error::Invalid(format!("{}: {what}", printable(subject))))
}

/// The kind for the type flag of a header.
pub(super) fn kind(path: &[u8], flag: u8, mode: i64, device: (i64, i64)) -> Result<Kind> {
    let numbers = || match (u32::try_from(device.0), u32::try_from(device.1)) {
        (Ok(major), Ok(minor)) if major < 1 << 12 && minor < 1 << 20 => Ok((major, minor)),
        _ => invalid(path, format_args!("no such device: {}:{}", device.0, device.1)),
    };
    if mode & 0o170_000 == 0o140_000 {
        return invalid(path, "a socket cannot be part of an image");
    }
    Ok(match flag {
        0 if path.ends_with(b"/") => Kind::Directory,
        0 | b'0' | b'7' => Kind::File,
        b'1' => Kind::HardLink,
        b'2' => Kind::Symlink,
        b'3' => match numbers()? {
            (0, 0) => return invalid(path, "a whiteout of overlay (character device 0:0)"),
            (major, minor) => Kind::CharDevice(major, minor),
        },
        b'4' => numbers().map(|(major, minor)| Kind::BlockDevice(major, minor))?,
        b'5' => Kind::Directory,
        b'6' => Kind::Fifo,
        b'S' => {
            return invalid(
                path,
                "sparse files (GNU) are not supported, repack without --sparse",
            );
        }
        b'V' => return invalid(path, "a volume label (GNU), repack without --label"),
        b'M' => {
            return invalid(
                path,
                "the rest of a file of another volume (GNU), repack without --multi-volume",
            );
        }
        b'D' => {
            return invalid(
                path,
                "a directory of an incremental archive (GNU), repack without --incremental",
            );
        }
        _ => return invalid(path, format_args!("unknown type flag {:?}", char::from(flag))),
    })
}

/// The text of a symlink, or the normalized target of a hard link.
pub(super) fn target(path: &[u8], kind: Kind, link: Vec<u8>) -> Result<Vec<u8>> {
    match kind {
        Kind::Symlink if link.is_empty() => invalid(path, "a symlink without a target"),
        Kind::Symlink if link.contains(&0) => invalid(path, "the symlink's target holds a NUL byte"),
        Kind::Symlink if link.len() > PATH_BYTES => {
            invalid(path, "the symlink's target is longer than 4095 bytes")
        }
        Kind::Symlink => Ok(link),
        Kind::HardLink => normalize(&link)
            .or_else(|what| invalid(path, format_args!("hard link to {}: {what}", printable(&link)))),
        _ => Ok(Vec::new()),
    }
}

/// The noun for a kind in messages.
pub(super) const fn noun(kind: Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Directory => "directory",
        Kind::Symlink => "symlink",
        Kind::HardLink => "hard link",
        Kind::CharDevice(..) | Kind::BlockDevice(..) => "device",
        Kind::Fifo => "FIFO",
    }
}
