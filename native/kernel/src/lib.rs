//! Safe functions for the kernel interfaces which appc uses: no policy, no logging.

#[cfg(feature = "archive")]
pub mod archive;
pub mod attachment;
pub mod bus_connection;
pub mod bus_stream;
pub mod capabilities;
pub mod clone;
pub mod datagrams;
pub mod descriptors;
pub mod interfaces;
pub mod keyring;
pub mod limits;
pub mod lock;
pub mod memory;
pub mod mounts;
pub mod named_socket;
pub mod namespaces;
pub mod network;
pub mod overlay;
pub mod ports;
pub mod processes;
pub mod receipt;
pub mod root;
pub mod sealed;
pub mod seccomp;
pub mod signals;
pub mod terminal;
pub mod title;
pub mod trace;
pub mod transfer;
pub mod truncation;

/// The errno of a libc call that returned -1.
pub(crate) fn check(result: i64) -> rustix::io::Result<()> {
    if result != -1 {
        return Ok(());
    }
    let error = std::io::Error::last_os_error();
    Err(rustix::io::Errno::from_io_error(&error).unwrap_or(rustix::io::Errno::INVAL))
}
