//! The service manager's notification socket, sd_notify(3).

use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::transfer;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use rustix::pipe::PipeFlags;

use crate::failure::{About, Failure, Result};

/// A connection to `$NOTIFY_SOCKET`.
pub struct Notifier(OwnedFd);

impl Notifier {
    /// Connects; to be done before the network namespace is left, which abstract addresses belong to.
    pub fn connect() -> Result<Self> {
        let path = std::env::var("NOTIFY_SOCKET")
            .map_err(|_| Failure::new("NOTIFY_SOCKET: is not set; only the service manager runs this"))?;
        let address = match path.strip_prefix('@') {
            Some(name) => SocketAddrUnix::new_abstract_name(name.as_bytes()),
            None => SocketAddrUnix::new(path.as_str()),
        }
        .about("NOTIFY_SOCKET")?;
        let socket =
            rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)
                .about("NOTIFY_SOCKET")?;
        rustix::net::connect(&socket, &address).about("NOTIFY_SOCKET")?;
        Ok(Self(socket))
    }

    /// Sends `NAME=value` lines. They are lost on a service manager that sees the end of this process first: see [`Notifier::wait`].
    pub fn send(&self, lines: &str) -> Result<()> {
        self.send_message(lines, None)
    }

    /// Waits until the service manager has acted on all that was sent (`BARRIER=1`). It takes some time for that: a fork,
    /// among other things.
    pub fn wait(&self) -> Result<()> {
        let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).about("pipe")?;
        self.send_message("BARRIER=1", Some(writer))?;
        // It closes its copy of the writing end when it gets there.
        std::fs::File::from(reader)
            .read(&mut [0])
            .about("pipe")
            .map(|_| ())
    }

    fn send_message(&self, text: &str, attached: Option<OwnedFd>) -> Result<()> {
        let fds: Vec<_> = attached.iter().map(AsFd::as_fd).collect();
        transfer::send(&self.0, text.as_bytes(), &fds).about("NOTIFY_SOCKET")
    }
}
