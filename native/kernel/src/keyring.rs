//! Session keyrings, session-keyring(7).

use rustix::io::{Errno, Result};

/// KEYCTL_JOIN_SESSION_KEYRING of keyctl(2).
const JOIN_SESSION_KEYRING: libc::c_long = 1;

/// A new session keyring without a name, with nothing in it. A kernel without keyrings has none to leave either.
pub fn own() -> Result<()> {
    let name = std::ptr::null::<libc::c_char>();
    // SAFETY: no name is given; the call makes a keyring and changes nothing of this process' memory.
    match crate::check(unsafe { libc::syscall(libc::SYS_keyctl, JOIN_SESSION_KEYRING, name) }) {
        Err(Errno::NOSYS) => Ok(()),
        result => result,
    }
}
