//! Installing seccomp filters, seccomp(2).

use rustix::io::{Errno, Result};

const INSTRUCTION: usize = size_of::<libc::sock_filter>();

/// Installs a filter for the calling thread and all it becomes: `raw` is the array of `struct sock_filter`. Needs
/// CAP_SYS_ADMIN or no_new_privs. `EINVAL` where it is no such array.
pub fn install(raw: &[u8]) -> Result<()> {
    if raw.is_empty() || raw.len() % INSTRUCTION != 0 {
        return Err(Errno::INVAL);
    }
    let mut instructions: Vec<libc::sock_filter> = raw
        .chunks_exact(INSTRUCTION)
        .map(|bytes| libc::sock_filter {
            code: u16::from_ne_bytes([bytes[0], bytes[1]]),
            jt: bytes[2],
            jf: bytes[3],
            k: u32::from_ne_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]),
        })
        .collect();
    let program = libc::sock_fprog {
        len: u16::try_from(instructions.len()).map_err(|_| Errno::INVAL)?,
        filter: instructions.as_mut_ptr(),
    };
    // SAFETY: program points to `len` instructions that outlive the call; the kernel copies and checks them.
    super::check(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            &raw const program,
        )
    })
}
