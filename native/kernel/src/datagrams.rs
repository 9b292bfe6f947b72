//! Datagrams of UNIX sockets, several per call, sendmmsg(2).

use std::io::IoSlice;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use rustix::io::Result;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

/// Maximum number of datagrams per call.
pub const MAX_COUNT: usize = 64;

/// A datagram in three parts.
pub type Parts<'a> = [IoSlice<'a>; 3];

/// Opens a socket connected to the socket at `path`; close-on-exec.
pub fn connect(path: &str) -> Result<OwnedFd> {
    let socket =
        rustix::net::socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
    Ok(socket)
}

/// Sends the first [`MAX_COUNT`] of the datagrams without waiting; returns how many were sent. An
/// error means that none was sent; `EAGAIN` where there is no room.
pub fn send(socket: impl AsFd, datagrams: &[Parts<'_>]) -> Result<usize> {
    // SAFETY: mmsghdr is plain data, for all of which zero means absent.
    let mut headers: [libc::mmsghdr; MAX_COUNT] = unsafe { std::mem::zeroed() };
    let count = datagrams.len().min(MAX_COUNT);
    for (header, parts) in headers.iter_mut().zip(datagrams) {
        // IoSlice has the layout of iovec; sendmmsg(2) writes to neither.
        header.msg_hdr.msg_iov = parts.as_ptr().cast_mut().cast();
        header.msg_hdr.msg_iovlen = parts.len() as _;
    }
    // SAFETY: the headers point to parts that outlive the call, and `count` is at most their
    // number.
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
