//! Network namespaces and ports.

use std::os::fd::{IntoRawFd, RawFd};

use appc_kernel::{namespaces, network};
use napi::Env;
use napi::bindgen_prelude::Object;
use napi_derive::napi;

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
        network::reserve_port().map_err(|errno| error::errno("reserving a port of 127.0.0.1", errno))?;
    Ok(ReservedPort {
        fd: socket.into_raw_fd(),
        port,
    })
}
