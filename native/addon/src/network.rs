//! Network namespaces.

use std::os::fd::{IntoRawFd, RawFd};

use appc_kernel::namespaces;
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
