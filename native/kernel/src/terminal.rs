//! Pseudo-terminals, pty(7).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{FsWord, Mode, OFlags};
use rustix::io::{Errno, Result};
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

/// `DEVPTS_SUPER_MAGIC` of statfs(2).
const DEVPTS: FsWord = 0x1cd1;

/// Opens a new pseudo-terminal of the devpts file system with the root directory `devpts`. Returns
/// the controlling side, close-on-exec. `EINVAL` where `devpts` is no devpts.
pub fn open(devpts: BorrowedFd<'_>) -> Result<OwnedFd> {
    if rustix::fs::fstatfs(devpts)?.f_type != DEVPTS {
        return Err(Errno::INVAL);
    }
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let controller = rustix::fs::openat(devpts, "ptmx", flags, Mode::empty())?;
    rustix::pty::unlockpt(&controller)?;
    Ok(controller)
}

/// Opens the app's side of a pseudo-terminal, not as controlling terminal; close-on-exec.
pub fn open_peer(controller: BorrowedFd<'_>) -> Result<OwnedFd> {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    rustix::pty::ioctl_tiocgptpeer(controller, flags)
}

/// Sets the size of the terminal; its processes get SIGWINCH.
pub fn resize(terminal: impl AsFd, rows: u16, columns: u16) -> Result<()> {
    rustix::termios::tcsetwinsize(
        terminal,
        Winsize {
            ws_row: rows,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        },
    )
}

/// Makes the terminal the controlling terminal of this session; the process must be the session's
/// leader.
pub fn take_control(terminal: impl AsFd) -> Result<()> {
    rustix::process::ioctl_tiocsctty(terminal)
}
