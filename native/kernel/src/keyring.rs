//! Session keyrings, session-keyring(7).

use rustix::io::{Errno, Result};

/// KEYCTL_JOIN_SESSION_KEYRING of keyctl(2).
const JOIN_SESSION_KEYRING: libc::c_long = 1;

/// Joins a new, anonymous, empty session keyring. Does nothing on a kernel without keyrings.
pub fn join_new() -> Result<()> {
    let name = std::ptr::null::<libc::c_char>();
    // SAFETY: a null name is allowed; the call creates a keyring and does not change this process'
    // memory.
    match crate::check(unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, name) }) {
        Err(Errno::NOSYS) => Ok(()),
        result => result,
    }
}
