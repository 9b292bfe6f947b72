//! Network interfaces (rtnetlink(7)).

use rustix::io::{Errno, Result};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType};

/// The protocol 0 of linux/netlink.h.
const NETLINK_ROUTE: Option<rustix::net::Protocol> = None;
/// RTM_DELLINK of linux/rtnetlink.h.
const DELETE_LINK: u16 = 17;
/// NLM_F_REQUEST and NLM_F_ACK of linux/netlink.h.
const ANSWERED_REQUEST: u16 = 1 | 4;
/// The length of `struct nlmsghdr`.
const HEADER: usize = 16;
/// The length of a request: the header and `struct ifinfomsg`.
const LENGTH: usize = HEADER + 16;

/// Removes the interface of this number from this network namespace; of a veth pair, both ends.
/// Returns when both are gone. Errors: ENODEV where there is none.
pub fn remove(index: i32) -> Result<()> {
    let socket = rustix::net::socket_with(
        AddressFamily::NETLINK,
        SocketType::RAW,
        SocketFlags::CLOEXEC,
        NETLINK_ROUTE,
    )?;
    let mut request = [0; LENGTH];
    request[..4].copy_from_slice(&(LENGTH as u32).to_ne_bytes());
    request[4..6].copy_from_slice(&DELETE_LINK.to_ne_bytes());
    request[6..8].copy_from_slice(&ANSWERED_REQUEST.to_ne_bytes());
    request[HEADER + 4..HEADER + 8].copy_from_slice(&index.to_ne_bytes());
    rustix::net::send(&socket, &request, SendFlags::empty())?;
    let mut answer = [0; 256];
    let (length, _) = rustix::net::recv(&socket, &mut answer, RecvFlags::empty())?;
    // The header, then the negative errno; 0 for success.
    let error = answer[..length].get(HEADER..HEADER + 4).ok_or(Errno::PROTO)?;
    match i32::from_ne_bytes(error.try_into().map_err(|_| Errno::PROTO)?) {
        0 => Ok(()),
        error => Err(Errno::from_raw_os_error(-error)),
    }
}
