//! Streams to the journal, connected as the service manager connects them
//! (systemd-journald.service(8)): each line becomes an entry of the process that connected.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::datagrams;
use rustix::net::{AddressFamily, SendFlags, Shutdown, SocketAddrUnix, SocketFlags, SocketType};

use crate::failure::{About, Result};
use crate::visible::visible;

/// The priorities of syslog(3).
#[derive(Clone, Copy)]
pub enum Priority {
    Error = 3,
    Warning = 4,
}

/// Writes a message of this program to the journal. Its units have no output
/// (stage1/plan/units.ts), because messages are rare: a stream is opened for each. Errors are
/// ignored: without a journal there is no other place for messages.
pub fn say(identifier: &str, priority: Priority, line: &str) {
    let stream = connect(identifier, &this_unit(), priority).map(File::from);
    let _ = stream.map(|mut stream| writeln!(stream, "appc: {}", visible(line)));
}

/// Writes a message of this program through a socket of [`datagrams`]: for a process that can no
/// longer reach a path to journald. journald finds the unit through the process that sends, which
/// must live on.
pub fn say_by(socket: impl AsFd, identifier: &str, priority: Priority, line: &str) {
    let priority = priority as u8;
    let line = visible(line);
    let entry = format!("SYSLOG_IDENTIFIER={identifier}\nPRIORITY={priority}\nMESSAGE=appc: {line}\n");
    let _ = rustix::net::send(socket, entry.as_bytes(), SendFlags::NOSIGNAL);
}

/// A socket that sends entries to journald in its native format, sd_journal_send(3); `None` where
/// there is no journal.
pub fn datagrams() -> Option<OwnedFd> {
    datagrams::connect("/run/systemd/journal/socket").ok()
}

/// The syslog identifier of messages about a whole pod.
pub const OURS: &str = "appc";

/// Connects the calling process to the journal.
fn connect(identifier: &str, unit: &str, priority: Priority) -> Result<OwnedFd> {
    open(identifier, unit, priority).about("journal")
}

fn open(identifier: &str, unit: &str, priority: Priority) -> rustix::io::Result<OwnedFd> {
    let address = SocketAddrUnix::new("/run/systemd/journal/stdout")?;
    let socket = rustix::net::socket_with(
        AddressFamily::UNIX,
        SocketType::STREAM,
        SocketFlags::CLOEXEC,
        None,
    )?;
    rustix::net::connect(&socket, &address)?;
    rustix::net::shutdown(&socket, Shutdown::Read)?;
    // Identifier, unit, priority, whether `<N>` prefixes set the priority, and no forwarding to
    // syslog, the kernel log and the console.
    let header = format!("{identifier}\n{unit}\n{}\n0\n0\n0\n0\n", priority as u8);
    let mut rest = header.as_bytes();
    while !rest.is_empty() {
        let sent = rustix::io::retry_on_intr(|| rustix::io::write(&socket, rest))?;
        rest = &rest[sent..];
    }
    Ok(socket)
}

/// The unit of this process: the last part of the path of its control group; empty where that is
/// unknown.
fn this_unit() -> String {
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = groups
        .lines()
        .find_map(|line| line.strip_prefix("0::"))
        .unwrap_or_default();
    own.rsplit('/').next().unwrap_or_default().to_owned()
}
