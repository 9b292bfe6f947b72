//! Pseudo-terminals.

use std::os::fd::{BorrowedFd, IntoRawFd, RawFd};

use appc_kernel::terminal;
use napi_derive::napi;
use rustix::io::Errno;

use crate::error::{self, Failure};

/// A pseudo-terminal: the descriptor of the controlling side, the path of the other.
#[napi(object, object_from_js = false)]
pub struct Terminal {
    /// Close-on-exec; the caller's to close.
    pub fd: RawFd,
    /// The app's side.
    pub path: String,
}

/// A new pseudo-terminal of the given size.
#[napi]
pub fn open_terminal(rows: u32, columns: u32) -> Result<Terminal, Failure> {
    let (rows, columns) = size(rows, columns)?;
    let (controller, path) =
        terminal::open(rows, columns).map_err(|errno| error::errno("a new pseudo-terminal", errno))?;
    Ok(Terminal {
        fd: controller.into_raw_fd(),
        path,
    })
}

/// Sets a terminal's size.
#[napi]
pub fn resize_terminal(fd: RawFd, rows: u32, columns: u32) -> Result<(), Failure> {
    let (rows, columns) = size(rows, columns)?;
    let told = |errno| error::errno(&format!("terminal {fd}"), errno);
    if fd < 0 {
        return Err(told(Errno::BADF));
    }
    // SAFETY: `fd` is not -1, and is only borrowed for this one call, which fails with EBADF where it is not open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    terminal::resize(borrowed, rows, columns).map_err(told)
}

fn size(rows: u32, columns: u32) -> Result<(u16, u16), Failure> {
    match (u16::try_from(rows), u16::try_from(columns)) {
        (Ok(rows), Ok(columns)) => Ok((rows, columns)),
        _ => Err(error::errno(
            &format!("terminal size {rows}x{columns}"),
            Errno::RANGE,
        )),
    }
}
