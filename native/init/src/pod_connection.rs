//! Connections to the pod's init: of the launcher that waits for the pod, and of the programs that run its apps.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use appc_kernel::attachment::{self, Client, Greeting, StreamsOf, ToClient};
use appc_kernel::processes;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use rustix::process::Pid;

use crate::failure::{About, Result};
use crate::plan::Holder;
use crate::pod_directory::PodDirectory;

/// Connections that may wait until they are accepted: more than a pod has apps.
const BACKLOG: i32 = 1024;

/// The launcher's connection, while there is a launcher.
pub struct Launcher(Option<OwnedFd>);

impl Launcher {
    /// The other end of the launcher's connection, which the launcher keeps for the pod's init.
    pub fn of(holder: Option<&Holder>) -> Self {
        let fd = holder.and_then(|holder| {
            let pid = Pid::from_raw(holder.pid)?;
            processes::duplicate_descriptor(pid, holder.fd).ok()
        });
        Self(fd)
    }

    /// The connection.
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(AsFd::as_fd)
    }

    /// Says a line to whoever ran the launcher. One that is gone needs no word.
    pub fn note(&self, line: &str) {
        if let Some(fd) = &self.0 {
            let _ = attachment::send_to_client(fd, ToClient::Note, line.as_bytes(), &[]);
        }
    }
}

/// The socket of the pod directory at which its init will accept connections: only root reaches it.
pub fn listen(directory: &PodDirectory) -> Result<OwnedFd> {
    open(directory).about(attachment::SOCKET)
}

fn open(directory: &PodDirectory) -> rustix::io::Result<OwnedFd> {
    let path = directory.path().join(attachment::SOCKET);
    match rustix::fs::unlink(&path) {
        Ok(()) | Err(Errno::NOENT) => {}
        Err(errno) => return Err(errno),
    }
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)?;
    // The whole path may be longer than a socket's address.
    let place = rustix::fs::open(directory.path(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty())?;
    let address = format!("/proc/self/fd/{}/{}", place.as_raw_fd(), attachment::SOCKET);
    rustix::net::bind(&socket, &SocketAddrUnix::new(address)?)?;
    // Nobody can connect before it listens.
    rustix::fs::chmod(&path, Mode::RUSR | Mode::WUSR)?;
    rustix::net::listen(&socket, BACKLOG)?;
    Ok(socket)
}

/// Gives the pod's init the other ends of a process' streams.
pub fn give_streams(directory: &PodDirectory, of: StreamsOf<'_>, fds: &[BorrowedFd<'_>]) -> Result<()> {
    Client::connect(directory.path(), &Greeting::Streams(of), fds)
        .about("streams")
        .map(drop)
}

/// Says a line to all who are attached to the pod. Where its init is gone, so are they.
pub fn note(directory: &PodDirectory, line: &str) {
    let _ = Client::connect(directory.path(), &Greeting::Note(line.as_bytes()), &[]);
}
