//! UNIX sockets, unix(7), with a name in a directory, that keep message boundaries. A directory's
//! path may be longer than a socket address allows, so the address uses the directory's descriptor.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, Result};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

/// Listens at a new socket `name`, which replaces an old one and which only its user can access.
/// `backlog` is the number of connections that may wait. Close-on-exec, and with the other `flags`.
pub fn listen(directory: &Path, name: &str, backlog: i32, flags: SocketFlags) -> Result<OwnedFd> {
    let path = directory.join(name);
    match rustix::fs::unlink(&path) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(errno) => return Err(errno),
    }
    let socket = open(flags)?;
    let place = reach(directory)?;
    rustix::net::bind(&socket, &address(&place, name)?)?;
    // The socket does not listen yet, so no process can connect before the mode is set.
    rustix::fs::chmod(&path, Mode::RUSR | Mode::WUSR)?;
    rustix::net::listen(&socket, backlog)?;
    Ok(socket)
}

/// Connects to the socket `name`; close-on-exec. `ENOENT` or `ECONNREFUSED` where no process
/// listens.
pub fn connect(directory: &Path, name: &str) -> Result<OwnedFd> {
    let socket = open(SocketFlags::empty())?;
    let place = reach(directory)?;
    rustix::net::connect(&socket, &address(&place, name)?)?;
    Ok(socket)
}

fn open(flags: SocketFlags) -> Result<OwnedFd> {
    let flags = flags | SocketFlags::CLOEXEC;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
}

fn reach(directory: &Path) -> Result<OwnedFd> {
    rustix::fs::open(directory, OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
}

fn address(place: &OwnedFd, name: &str) -> Result<SocketAddrUnix> {
    SocketAddrUnix::new(format!("/proc/self/fd/{}/{name}", place.as_raw_fd()))
}
