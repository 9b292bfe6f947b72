//! Datagrams of UNIX sockets, many in one call, sendmmsg(2).

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::io::Result;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

/// The most datagrams of one call.
pub const MOST: usize = 64;

/// A datagram in three parts.
pub type Parts<'a> = [IoSlice<'a>; 3];

/// A socket that sends to the one at `path`; close-on-exec.
pub fn connect(path: &str) -> Result<OwnedFd> {
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(socket)
}

/// Sends the first [`MOST`] of the datagrams without waiting; tells how many were taken. An error, `EAGAIN` where there is no room
/// among them, means that the first was not.
pub fn send(socket: impl AsFd, datagrams: &[Parts<'_>]) -> Result<usize> {
    // SAFETY: mmsghdr is plain data, for all of which zero means absent.
    let mut headers: [libc::mmsghdr; MOST] = unsafe { std::mem::zeroed() };
    let count = datagrams.len().min(MOST);
    for (header, parts) in headers.iter_mut().zip(datagrams) {
        // IoSlice has the layout of iovec; sendmmsg(2) writes to neither.
        header.msg_hdr.msg_iov = parts.as_ptr().cast_mut().cast();
        header.msg_hdr.msg_iovlen = parts.len() as _;
    }
    // SAFETY: the headers point to parts that outlive the call, and `count` is not more than there are.
    let sent = unsafe {
        libc::sendmmsg(
            socket.as_fd().as_raw_fd(),
            headers.as_mut_ptr(),
            count as libc::c_uint,
            (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _,
        )
    };
    crate::check(i64::from(sent))?;
    Ok(sent as usize)
}
