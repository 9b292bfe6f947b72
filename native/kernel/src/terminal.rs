//! Pseudo-terminals, pty(7).

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::Result;
use rustix::pty::OpenptFlags;
use rustix::termios::Winsize;

/// A new pseudo-terminal of the given size: the controlling side, close-on-exec, and the path of the other.
pub fn open(rows: u16, columns: u16) -> Result<(OwnedFd, String)> {
    let controller = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
    rustix::pty::grantpt(&controller)?;
    rustix::pty::unlockpt(&controller)?;
    resize(&controller, rows, columns)?;
    let path = rustix::pty::ptsname(&controller, Vec::new())?;
    Ok((controller, path.to_string_lossy().into_owned()))
}

/// Sets the size; the processes at the terminal get SIGWINCH.
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

/// Opens the app's side of a pseudo-terminal, not as controlling terminal.
pub fn open_peer(path: &Path) -> Result<OwnedFd> {
    rustix::fs::open(
        path,
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::empty(),
    )
}

/// Makes the terminal the controlling one of this session, whose leader the process must be.
pub fn take_control(terminal: impl AsFd) -> Result<()> {
    rustix::process::ioctl_tiocsctty(terminal)
}
