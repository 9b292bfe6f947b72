//! `appc-init remove-interface NAME ADDRESS`: removes the host's end of a veth pair, a command of
//! `leave` (stage1/network/plugins/leave.ts). The kernel would remove it, too, but only some time
//! after the last process and socket of the pod's network namespace.

use std::fs;
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

/// An attribute of an interface; None where it is gone. Returns only when the interface is gone if
/// the kernel is removing it, as it does with a network namespace that has just ended.
fn attribute(directory: &Path, name: &str) -> Result<Option<String>> {
    let path = directory.join(name);
    let error = match fs::read_to_string(&path) {
        Ok(text) => return Ok(Some(text.trim().to_owned())),
        Err(error) => error,
    };
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT) => Ok(None),
        // sysfs says so of an interface that is being removed. Every change of interfaces waits for
        // the removal.
        Some(Errno::INVAL | Errno::NODEV) => match appc_kernel::interfaces::remove(NO_INDEX) {
            Ok(()) | Err(Errno::NODEV) => Ok(None),
            Err(errno) => Err(errno).about(path.display()),
        },
        _ => Err(error).about(path.display()),
    }
}

/// The kernel numbers interfaces from 1, and no host has had so many.
const NO_INDEX: i32 = i32::MAX;
