//! Network namespaces and ports.

use std::net::IpAddr;
use std::os::fd::{IntoRawFd, RawFd};

use appc_kernel::namespaces;
use appc_kernel::ports::{self, Protocol};
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;
use rustix::io::Errno;

use crate::archive::promise_or;
use crate::error::{self, Failure};

/// Creates a network namespace with its loopback device up; returns its descriptor, close-on-exec.
#[napi]
pub fn make_network(env: &Env) -> Result<Object<'_>, Failure> {
    promise_or::<RawFd, RawFd>(env, "network", || {
        namespaces::create_network()
            .map(IntoRawFd::into_raw_fd)
            .map_err(|errno| error::errno("making a network namespace", errno))
    })
}

/// A port of 127.0.0.1 that the kernel assigns to nobody else while `fd` is open.
#[napi(object, object_from_js = false)]
pub struct ReservedPort {
    /// Close-on-exec.
    pub fd: RawFd,
    pub port: u16,
}

/// Reserves a free TCP port of 127.0.0.1 in the network namespace of this process. A socket with
/// SO_REUSEADDR can listen at the port meanwhile.
#[napi]
pub fn reserve_port() -> Result<ReservedPort, Failure> {
    let (socket, port) =
        ports::reserve().map_err(|errno| error::errno("reserving a port of 127.0.0.1", errno))?;
    Ok(ReservedPort {
        fd: socket.into_raw_fd(),
        port,
    })
}

/// Binds a socket for a moment to each of `count` ports from `first` on, at the address, or at all
/// addresses of IPv4 and IPv6. Errors: those of bind(2), the first.
#[napi]
pub fn probe_ports(protocol: String, address: Option<String>, first: u16, count: u16) -> Result<(), Failure> {
    let failure = |errno| error::errno(&format!("{protocol}: ports {count} from {first} on"), errno);
    let kind = match protocol.as_str() {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        _ => return Err(failure(Errno::PROTONOSUPPORT)),
    };
    let address = match address.map(|text| text.parse::<IpAddr>()) {
        None => None,
        Some(parsed) => Some(parsed.map_err(|_| failure(Errno::INVAL))?),
    };
    (first..=first.saturating_add(count.saturating_sub(1)))
        .try_for_each(|port| ports::probe(kind, address, port))
        .map_err(failure)
}
