//! Connections to the pod's init: from the launcher that waits for the pod, and from the programs
//! that run its apps.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::attachment::{self, Client, Greeting, StreamOwner, ToClient};
use appc_kernel::{named_socket, processes};
use rustix::net::SocketFlags;
use rustix::process::Pid;

use crate::failure::{About, Result};
use crate::plan::Holder;
use crate::pod_directory::PodDirectory;

/// Maximum number of connections that wait to be accepted: more than a pod has apps.
const BACKLOG: i32 = 1024;

/// The launcher's connection, if there still is a launcher.
pub struct Launcher(Option<OwnedFd>);

impl Launcher {
    /// Duplicates the other end of the launcher's connection, which the launcher keeps for the
    /// pod's init.
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

    /// Sends a line to the user of the launcher, if the launcher still exists.
    pub fn note(&self, line: &str) {
        if let Some(fd) = &self.0 {
            let _ = attachment::send_to_client(fd, ToClient::Note, line.as_bytes(), &[]);
        }
    }
}

/// Listens at the socket of the pod directory for connections to the pod's init; only root can
/// access it.
pub fn listen(directory: &PodDirectory) -> Result<OwnedFd> {
    named_socket::listen(
        directory.path(),
        attachment::SOCKET,
        BACKLOG,
        SocketFlags::NONBLOCK,
    )
    .about(attachment::SOCKET)
}

/// Sends the other ends of a process' streams to the pod's init.
pub fn give_streams(directory: &PodDirectory, owner: StreamOwner<'_>, fds: &[BorrowedFd<'_>]) -> Result<()> {
    Client::connect(directory.path(), &Greeting::Streams(owner), fds)
        .about("streams")
        .map(drop)
}

/// Sends a line to all clients attached to the pod. If its init has ended, there are none.
pub fn note(directory: &PodDirectory, line: &str) {
    let _ = Client::connect(directory.path(), &Greeting::Note(line.as_bytes()), &[]);
}
