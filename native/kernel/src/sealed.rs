//! Running a program from a file that no process can write to.
//!
//! A pod's other processes can inspect a process in the pod through /proc, and `/proc/PID/exe`
//! leads to its program file on the host, no matter which root the process has. A process that
//! opened this file for writing could take over the host (CVE-2019-5736). The file cannot be opened
//! for writing through a read-only mount that nothing else refers to.

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;

use rustix::fs::{Mode, OFlags, StatVfsMountFlags};
use rustix::io::{Errno, Result};

use crate::mounts::{self, Attributes};

/// Opens the file of the program that this process runs.
pub fn this_program() -> Result<OwnedFd> {
    rustix::fs::open("/proc/self/exe", OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
}

/// Ensures that this process runs from a read-only mount: if it does not, it executes its own
/// program again from one, with the same arguments and environment. Needs CAP_SYS_ADMIN (`EPERM`).
pub fn seal(name: &CStr) -> Result<()> {
    let program = this_program()?;
    if rustix::fs::fstatvfs(&program)?
        .f_flag
        .contains(StatVfsMountFlags::RDONLY)
    {
        return rustix::thread::set_name(name);
    }
    let copy = mounts::copy(program.as_fd(), false)?;
    mounts::set(copy.as_fd(), false, Attributes::MOUNT_ATTR_RDONLY)?;
    let arguments: Vec<CString> = std::env::args_os().map(no_nul).collect();
    Err(execute(copy.as_fd(), &arguments, &environment()))
}

/// Executes the program `file` in place of this one; returns only on an error.
pub fn execute(file: BorrowedFd<'_>, arguments: &[CString], environment: &[CString]) -> Errno {
    let (arguments, environment) = (pointers(arguments), pointers(environment));
    // SAFETY: both arrays end with a null pointer and point to strings that outlive the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_execveat,
            file.as_raw_fd(),
            c"".as_ptr(),
            arguments.as_ptr(),
            environment.as_ptr(),
            libc::AT_EMPTY_PATH,
        )
    };
    crate::check(result).err().unwrap_or(Errno::INVAL)
}

/// Executes the program at `path` in place of this one; returns only on an error.
pub fn execute_path(path: &CStr, arguments: &[CString], environment: &[CString]) -> Errno {
    let (arguments, environment) = (pointers(arguments), pointers(environment));
    // SAFETY: both arrays end with a null pointer and point to strings that outlive the call.
    let result = unsafe { libc::execve(path.as_ptr(), arguments.as_ptr(), environment.as_ptr()) };
    crate::check(i64::from(result)).err().unwrap_or(Errno::INVAL)
}

fn pointers(strings: &[CString]) -> Vec<*const libc::c_char> {
    strings
        .iter()
        .map(|string| string.as_ptr())
        .chain([std::ptr::null()])
        .collect()
}

/// This process' environment in the form of execve(2).
pub fn environment() -> Vec<CString> {
    std::env::vars_os()
        .map(|(name, value)| {
            let mut line = name.into_vec();
            line.push(b'=');
            line.extend(value.into_vec());
            no_nul(std::ffi::OsString::from_vec(line))
        })
        .collect()
}

/// The kernel passed arguments and environment as NUL-terminated strings, so they contain no NUL.
fn no_nul(string: std::ffi::OsString) -> CString {
    CString::new(string.into_vec()).unwrap_or_default()
}
