//! Streams to the journal, connected as the service manager does it (systemd-journald.service(8)):
//! each line becomes an entry of the process that connected.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::datagrams;
use rustix::net::{AddressFamily, SendFlags, Shutdown, SocketAddrUnix, SocketFlags, SocketType};

use crate::failure::{About, Result};
use crate::visible::visible;

/// Priorities of syslog(3).
#[derive(Clone, Copy)]
pub enum Priority {
    Error = 3,
    Warning = 4,
}

/// Writes a line of this program itself to the journal. Its units have no output
/// (stage1/plan/units.ts), because it rarely writes a line: it connects a stream only then. Without
/// a journal the line is lost, because nothing else would read it.
pub fn say(identifier: &str, priority: Priority, line: &str) {
    let stream = connect(identifier, &this_unit(), priority).map(File::from);
    let _ = stream.map(|mut stream| writeln!(stream, "appc: {}", visible(line)));
}

/// Writes a line of this program itself by a socket of [`datagrams`], in a process that no longer
/// sees a path to journald. journald finds the unit by the process of the sender, which must not end.
pub fn say_by(socket: impl AsFd, identifier: &str, priority: Priority, line: &str) {
    let priority = priority as u8;
    let line = visible(line);
    let entry = format!("SYSLOG_IDENTIFIER={identifier}\nPRIORITY={priority}\nMESSAGE=appc: {line}\n");
    let _ = rustix::net::send(socket, entry.as_bytes(), SendFlags::NOSIGNAL);
}

/// Opens a socket that sends entries to journald in its native format, sd_journal_send(3); `None`
/// if there is no journal.
pub fn datagrams() -> Option<OwnedFd> {
    datagrams::connect("/run/systemd/journal/socket").ok()
}

/// The identifier of lines about a whole pod.
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
    // Identifier, unit, priority, whether `<N>` prefixes are parsed, and no forwarding to syslog,
    // kernel log and console.
    let header = format!("{identifier}\n{unit}\n{}\n0\n0\n0\n0\n", priority as u8);
    let mut rest = header.as_bytes();
    while !rest.is_empty() {
        let sent = rustix::io::retry_on_intr(|| rustix::io::write(&socket, rest))?;
        rest = &rest[sent..];
    }
    Ok(socket)
}

/// The unit of this process: the last component of its control group's path; empty if unknown.
fn this_unit() -> String {
    let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let own = groups
        .lines()
        .find_map(|line| line.strip_prefix("0::"))
        .unwrap_or_default();
    own.rsplit('/').next().unwrap_or_default().to_owned()
}
