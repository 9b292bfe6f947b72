//! The sender's way to find out whether the receiver has read all datagrams: unix(7), SIOCOUTQ.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, Result};

/// Minimum length in bytes of the last datagram if [`all_read`] is to wait for it.
pub const LENGTH: usize = 2048;

/// Makes the socket's send buffer so small that a datagram of [`LENGTH`] bytes fills it: poll(2)
/// then reports when the receiver has read it.
pub fn prepare(socket: impl AsFd) -> Result<()> {
    rustix::net::sockopt::set_socket_send_buffer_size(socket, 0)
}

/// Waits until the receiver has read all datagrams. The socket must be [prepared](prepare), and the
/// last datagram must have at least [`LENGTH`] bytes. False where the kernel counts differently and
/// waiting is not possible.
pub fn all_read(socket: impl AsFd) -> Result<bool> {
    let socket = socket.as_fd();
    let mut room = [PollFd::new(&socket, PollFlags::OUT)];
    rustix::io::retry_on_intr(|| rustix::event::poll(&mut room, None))?;
    Ok(unread(socket)? == 0)
}

/// Number of bytes of memory that hold unread datagrams.
fn unread(socket: BorrowedFd<'_>) -> Result<libc::c_int> {
    let mut bytes: libc::c_int = 0;
    // SAFETY: SIOCOUTQ, which is TIOCOUTQ, stores an int at the address.
    let status = unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    match status {
        0 => Ok(bytes),
        _ => Err(Errno::from_raw_os_error(
            std::io::Error::last_os_error()
                .raw_os_error()
                .unwrap_or(libc::EIO),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::event::Timespec;
    use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

    #[test]
    fn all_is_read_when_the_last_datagram_is() {
        let (sender, receiver) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)
                .unwrap();
        prepare(&sender).unwrap();
        for length in [10, LENGTH] {
            rustix::net::send(&sender, &vec![b'x'; length], SendFlags::empty()).unwrap();
        }
        let full = || {
            let at_once = Timespec {
                tv_sec: 0,
                tv_nsec: 0,
            };
            rustix::event::poll(&mut [PollFd::new(&sender, PollFlags::OUT)], Some(&at_once)).unwrap() == 0
        };
        let read = || rustix::net::recv(&receiver, &mut [0; LENGTH], RecvFlags::empty()).unwrap();
        assert!(full());
        read();
        assert!(full(), "the second is there");
        read();
        assert!(all_read(&sender).unwrap());
    }
}
