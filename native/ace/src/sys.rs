//! The calls of the kernel for which there is no safe function elsewhere.

use std::ffi::CStr;
use std::io;

/// The size of the segment: more than none.
const SEGMENT: usize = 16;

/// Makes a System V shared memory segment.
pub fn make_segment(key: i32) -> io::Result<()> {
    segment(key, libc::IPC_CREAT | libc::IPC_EXCL | 0o600)
}

/// Finds a System V shared memory segment that another process has made.
pub fn find_segment(key: i32) -> io::Result<()> {
    segment(key, 0)
}

fn segment(key: i32, flags: i32) -> io::Result<()> {
    // SAFETY: shmget(2) takes no pointer.
    result(unsafe { libc::shmget(key, SEGMENT, flags) }.into())
}

/// Makes a POSIX message queue.
pub fn make_queue(name: &CStr) -> io::Result<()> {
    let flags = libc::O_CREAT | libc::O_EXCL | libc::O_RDWR;
    let attributes = std::ptr::null_mut::<libc::mq_attr>();
    // SAFETY: the name is a C string, and no attributes are allowed (mq_open(3)).
    result(unsafe { libc::mq_open(name.as_ptr(), flags, 0o600, attributes) }.into())
}

/// Opens a POSIX message queue that another process has made.
pub fn find_queue(name: &CStr) -> io::Result<()> {
    // SAFETY: the name is a C string.
    result(unsafe { libc::mq_open(name.as_ptr(), libc::O_RDWR) }.into())
}

/// Calls getpriority(2) directly: the C library has no part in the result.
pub fn get_priority() -> io::Result<()> {
    // SAFETY: the call takes numbers only.
    result(unsafe { libc::syscall(libc::SYS_getpriority, libc::PRIO_PROCESS, 0) })
}

/// Calls keyctl(2) to get the ID of the session keyring, which the kernel would give to anybody.
pub fn get_keyring() -> io::Result<()> {
    // SAFETY: KEYCTL_GET_KEYRING_ID takes numbers only.
    result(unsafe { libc::syscall(libc::SYS_keyctl, 0, -3, 0) })
}

fn result(value: libc::c_long) -> io::Result<()> {
    if value < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
