//! The service manager's notification socket, sd_notify(3).

use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::clone::Child;
use appc_kernel::{receipt, signals, transfer};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use rustix::pipe::PipeFlags;

use crate::failure::{About, Failure, Result};

/// A field without a meaning to service managers: sd_notify(3) reserves names with `X_` for others.
const IGNORED_FIELD: &str = "X_APPC_READ=";

/// The signals that `KillSignal=` or `systemctl kill` may send to the main process of a unit.
const STOP_SIGNALS: [i32; 4] = [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT];

/// A connection to `$NOTIFY_SOCKET`.
pub struct Notifier(OwnedFd);

impl Notifier {
    /// Connects. Must be called before leaving the network namespace, to which abstract addresses
    /// belong.
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
        receipt::prepare(&socket).about("NOTIFY_SOCKET")?;
        Ok(Self(socket))
    }

    /// Sends `NAME=value` lines. They are lost if the service manager sees the end of this process
    /// first.
    pub fn send(&self, lines: &str) -> Result<()> {
        self.send_message(lines, None)
    }

    /// Makes `child` the main process of the unit in place of this one, and sends `lines` too. A
    /// stop request that systemd sends to this process at that moment is passed to the child.
    /// Returns when the service manager has processed everything.
    pub fn make_main(&self, child: &Child, lines: &str) -> Result<()> {
        signals::block(&STOP_SIGNALS);
        self.send(&format!("MAINPID={}\n{lines}", child.pid.as_raw_pid()))?;
        self.wait()?;
        for signal in signals::pending(&STOP_SIGNALS) {
            child.signal(signal);
        }
        Ok(())
    }

    /// Waits until the service manager has processed all messages. It reads one message after the
    /// other and processes each first: reading one more message proves that the earlier ones are
    /// processed.
    fn wait(&self) -> Result<()> {
        let ignored = format!("{IGNORED_FIELD}{}", "-".repeat(receipt::LENGTH));
        self.send_message(&ignored, None)?;
        if receipt::all_read(&self.0).about("NOTIFY_SOCKET")? {
            return Ok(());
        }
        self.wait_for_barrier()
    }

    /// Does the same by `BARRIER=1`, for which systemd creates a process, to close the descriptor
    /// that came with it.
    fn wait_for_barrier(&self) -> Result<()> {
        let (reader, writer) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC).about("pipe")?;
        self.send_message("BARRIER=1", Some(writer))?;
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
