//! The service manager's notification socket, sd_notify(3).

use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::clone::Child;
use appc_kernel::{receipt, signals, transfer};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use rustix::pipe::PipeFlags;

use crate::failure::{About, Failure, Result};

/// A field that no service manager acts on: sd_notify(3) keeps the names with `X_` for others.
const NOTHING: &str = "X_APPC_READ=";

/// What `KillSignal=` or `systemctl kill` may send to the main process of a unit.
const ENDING: [i32; 4] = [libc::SIGTERM, libc::SIGINT, libc::SIGHUP, libc::SIGQUIT];

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
        receipt::prepare(&socket).about("NOTIFY_SOCKET")?;
        Ok(Self(socket))
    }

    /// Sends `NAME=value` lines. They are lost on a service manager that sees the end of this process first.
    pub fn send(&self, lines: &str) -> Result<()> {
        self.send_message(lines, None)
    }

    /// Makes `child` the main process of the unit, in place of this one, and sends `lines` too. What asks the unit to stop in that
    /// moment may have been sent to this process: it gets to the child. Returns when the service manager has acted on all of it.
    pub fn make_main(&self, child: &Child, lines: &str) -> Result<()> {
        signals::block(&ENDING);
        self.send(&format!("MAINPID={}\n{lines}", child.pid.as_raw_pid()))?;
        self.wait()?;
        for signal in signals::pending(&ENDING) {
            child.signal(signal);
        }
        Ok(())
    }

    /// Waits until the service manager has acted on all that was sent. It reads one message after another and acts on each before
    /// it does anything else: so it has, as soon as it has read one more.
    fn wait(&self) -> Result<()> {
        let nothing = format!("{NOTHING}{}", "-".repeat(receipt::LENGTH));
        self.send_message(&nothing, None)?;
        if receipt::all_read(&self.0).about("NOTIFY_SOCKET")? {
            return Ok(());
        }
        self.wait_for_barrier()
    }

    /// The same by `BARRIER=1`, for which systemd makes a process, to close the descriptor that came with it.
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
