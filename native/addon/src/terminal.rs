//! Terminals of apps.

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, IntoRawFd, OwnedFd, RawFd};
use std::path::Path;

use appc_kernel::{named_socket, terminal, transfer};
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::SocketFlags;

use crate::error::{self, Failure};

/// Listens at a new socket and returns, from a thread of its own, the descriptor that the first
/// client sends. The thread does not keep the process alive.
#[napi]
pub fn receive_terminal(env: &Env, path: String) -> Result<Object<'_>, Failure> {
    let failure = |errno| error::errno(&path, errno);
    let listener = listen(&path).map_err(failure)?;
    let (deferred, promise) = env
        .create_deferred::<RawFd, Box<dyn FnOnce(Env) -> napi::Result<RawFd>>>()
        .map_err(error::of_node)?;
    let spawned = std::thread::Builder::new()
        .name("terminal".into())
        .spawn(move || {
            let received = receive(&listener);
            // A later client gets ENOENT: no process waits any more.
            let _ = rustix::fs::unlink(&path);
            deferred.resolve(Box::new(move |env| {
                received
                    .map(IntoRawFd::into_raw_fd)
                    .map_err(|errno| error::to_js_error(&env, error::errno(&path, errno)))
            }));
        });
    spawned
        .map(|_| promise)
        .map_err(|failed| error::errno("starting a thread", error::errno_of(&failed)))
}

fn listen(path: &str) -> rustix::io::Result<OwnedFd> {
    let path = Path::new(path);
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let name = path.file_name().and_then(OsStr::to_str).ok_or(Errno::INVAL)?;
    named_socket::listen(directory.unwrap_or(Path::new(".")), name, 1, SocketFlags::empty())
}

fn receive(listener: &OwnedFd) -> rustix::io::Result<OwnedFd> {
    let connected =
        rustix::io::retry_on_intr(|| rustix::net::accept_with(listener.as_fd(), SocketFlags::CLOEXEC))?;
    let (_, fds) = transfer::receive(&connected, &mut [0])?;
    fds.into_iter().next().ok_or(Errno::PROTO)
}

/// A pseudo-terminal: the descriptor of the controlling side and the path of the other side.
#[napi(object, object_from_js = false)]
pub struct Terminal {
    /// Close-on-exec; the caller must close it.
    pub fd: RawFd,
    /// The side for the terminal's programs.
    pub path: String,
}

/// Opens a new pseudo-terminal of the host with this size, like a terminal emulator.
#[napi]
pub fn open_terminal(rows: u32, columns: u32) -> Result<Terminal, Failure> {
    let (rows, columns) = size(rows, columns)?;
    let opened = rustix::fs::open("/dev/pts", OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
        .and_then(|devpts| terminal::open(devpts.as_fd()))
        .and_then(|fd| terminal::resize(&fd, rows, columns).map(|()| fd))
        .and_then(|fd| rustix::pty::ptsname(&fd, Vec::new()).map(|path| (fd, path)));
    let (fd, path) = opened.map_err(|errno| error::errno("a new pseudo-terminal", errno))?;
    Ok(Terminal {
        fd: fd.into_raw_fd(),
        path: path.to_string_lossy().into_owned(),
    })
}

/// Sets the size of a terminal.
#[napi]
pub fn resize_terminal(fd: RawFd, rows: u32, columns: u32) -> Result<(), Failure> {
    let (rows, columns) = size(rows, columns)?;
    borrowed(fd)
        .and_then(|terminal| terminal::resize(terminal, rows, columns))
        .map_err(|errno| error::errno(&format!("terminal {fd}"), errno))
}

/// The number of columns of the terminal `fd`; `None` if it is no terminal.
#[napi]
pub fn terminal_columns(fd: RawFd) -> Option<u32> {
    let size = borrowed(fd).and_then(rustix::termios::tcgetwinsize).ok()?;
    Some(u32::from(size.ws_col))
}

/// Borrows `fd` for one system call, which fails with EBADF if `fd` is not open.
fn borrowed(fd: RawFd) -> rustix::io::Result<BorrowedFd<'static>> {
    if fd < 0 {
        return Err(Errno::BADF);
    }
    // SAFETY: `fd` is not -1, and callers only pass it to the next system call.
    Ok(unsafe { BorrowedFd::borrow_raw(fd) })
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
