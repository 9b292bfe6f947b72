//! `appc-init remove-interface NAME ADDRESS`: removes the host's end of a veth pair, a command of
//! `leave` (stage1/network/plugins/leave.ts). The kernel would remove it, too, but only some time
//! after the last process and socket of the pod's network namespace.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use rustix::io::Errno;

use crate::failure::{About, Failure, Result};

/// Does nothing where the interface is gone, or where another has its name now.
pub fn run(name: &str, address: &str) -> Result<u8> {
    if name.contains('/') || name.starts_with('.') {
        return Err(Failure::new("is no name of an interface")).about(name);
    }
    let directory = Path::new("/sys/class/net").join(name);
    let Some(index) = attribute(&directory, "ifindex")? else {
        return Ok(0);
    };
    if attribute(&directory, "address")?.as_deref() != Some(address) {
        return Ok(0);
    }
    let index = index
        .parse()
        .map_err(|_| Failure::new("has no number"))
        .about(name)?;
    match appc_kernel::interfaces::remove(index) {
        Err(Errno::NODEV) => Ok(0),
        result => result.map(|()| 0).about(format!("interface {name}")),
    }
}

/// An attribute of an interface; None where it is gone.
fn attribute(directory: &Path, name: &str) -> Result<Option<String>> {
    let path = directory.join(name);
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some(text.trim().to_owned())),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound) => Ok(None),
        // The kernel is removing it.
        Err(error) if error.raw_os_error() == Some(Errno::NODEV.raw_os_error()) => Ok(None),
        Err(error) => Err(error).about(path.display()),
    }
}
