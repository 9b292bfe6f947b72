//! File descriptors across exec.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};

use rustix::io::{FdFlags, Result};

/// Marks every descriptor from `first` upwards as close-on-exec.
pub fn close_on_exec_from(first: RawFd) -> Result<()> {
    range(first, RawFd::MAX, libc::CLOSE_RANGE_CLOEXEC)
}

/// Closes the descriptors `first` to `last`, both included, no matter which code opened them. Only
/// for a process that does not use them any more.
pub fn close_all(first: RawFd, last: RawFd) -> Result<()> {
    range(first, last, 0)
}

/// Closes every descriptor from 3 upwards that is not in `keep`, no matter which code opened it.
/// Only for a process that does not use them any more.
pub fn close_all_but(keep: &[BorrowedFd<'_>]) -> Result<()> {
    let mut kept: Vec<RawFd> = keep.iter().map(AsRawFd::as_raw_fd).collect();
    kept.sort_unstable();
    let mut first = 3;
    for fd in kept {
        if fd > first {
            close_all(first, fd - 1)?;
        }
        first = first.max(fd + 1);
    }
    close_all(first, RawFd::MAX)
}

fn range(first: RawFd, last: RawFd, flags: u32) -> Result<()> {
    // SAFETY: close_range(2) takes plain integers; the caller must not use a closed descriptor.
    super::check(unsafe { libc::syscall(libc::SYS_close_range, first as u32, last as u32, flags) })
}

/// Duplicates `fd` to the number `target`, inherited across exec; closes the descriptor that had
/// this number.
pub fn inherit_as(fd: BorrowedFd<'_>, target: RawFd) -> Result<()> {
    if fd.as_raw_fd() == target {
        return rustix::io::fcntl_setfd(fd, FdFlags::empty());
    }
    // SAFETY: dup2(2) takes plain integers; the number stays open and no owner in this program
    // closes it.
    super::check(i64::from(unsafe { libc::dup2(fd.as_raw_fd(), target) }))
}

/// Puts each descriptor at its number, inherited across exec. Closes the numbers whose descriptor
/// is `None`.
pub fn inherit_all(all: &[(RawFd, Option<BorrowedFd<'_>>)]) -> Result<()> {
    // First duplicates to numbers above all targets: a source may have the number of another
    // target.
    let free = all.iter().map(|(number, _)| number + 1).max().unwrap_or(0);
    let copies: Vec<(RawFd, Option<OwnedFd>)> = all
        .iter()
        .map(|(number, fd)| {
            let copy = fd.map(|fd| rustix::io::fcntl_dupfd_cloexec(fd, free));
            copy.transpose().map(|copy| (*number, copy))
        })
        .collect::<Result<_>>()?;
    copies.iter().try_for_each(|(number, copy)| match copy {
        Some(fd) => inherit_as(fd.as_fd(), *number),
        None => close_all(*number, *number),
    })
}

/// Makes the three descriptors the standard input, output and error.
pub fn set_standard(input: impl AsFd, output: impl AsFd, error: impl AsFd) -> Result<()> {
    rustix::stdio::dup2_stdin(input)?;
    rustix::stdio::dup2_stdout(output)?;
    rustix::stdio::dup2_stderr(error)
}

/// Keeps `fd` open for the life of the process.
pub fn leak(fd: OwnedFd) -> RawFd {
    fd.into_raw_fd()
}
