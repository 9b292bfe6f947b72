//! Connections to the pod's init: of the launcher that waits for the pod, and of the programs that run its apps.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::attachment::{self, Client, Greeting, StreamOwner, ToClient};
use appc_kernel::{named_socket, processes};
use rustix::net::SocketFlags;
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
    named_socket::listen(
        directory.path(),
        attachment::SOCKET,
        BACKLOG,
        SocketFlags::NONBLOCK,
    )
    .about(attachment::SOCKET)
}

/// Gives the pod's init the other ends of a process' streams.
pub fn give_streams(directory: &PodDirectory, owner: StreamOwner<'_>, fds: &[BorrowedFd<'_>]) -> Result<()> {
    Client::connect(directory.path(), &Greeting::Streams(owner), fds)
        .about("streams")
        .map(drop)
}

/// Says a line to all who are attached to the pod. Where its init is gone, so are they.
pub fn note(directory: &PodDirectory, line: &str) {
    let _ = Client::connect(directory.path(), &Greeting::Note(line.as_bytes()), &[]);
}
