//! This process: its memory, its title and its end; and what other programs read from it.

use crate::error::{self, Failure};
use appc_kernel::{memory, sealed, signals, title};
use napi_derive::napi;
use rustix::fs::MemfdFlags;
use rustix::io::{Errno, FdFlags};
use std::ffi::CString;
use std::fs::File;
use std::io::{Seek, Write};
use std::os::fd::{IntoRawFd, RawFd};

/// Releases memory that only starting needed: free heap memory, and the pages of the runtime's
/// program.
#[napi]
pub fn give_back() {
    memory::release_heap();
    memory::release_program();
}

/// Sets the title that ps(1) shows for this process to `text`.
#[napi]
pub fn set_title(text: String) -> Result<(), Failure> {
    title::set(&text).map_err(|errno| error::errno(&format!("title {text:?}"), errno))
}

/// Makes a file in memory with this content; returns its descriptor, close-on-exec, at the file's
/// beginning.
#[napi]
pub fn memory_file(content: String) -> Result<RawFd, Failure> {
    let written = || {
        let mut file = File::from(rustix::fs::memfd_create(c"appc-input", MemfdFlags::CLOEXEC)?);
        file.write_all(content.as_bytes())?;
        file.rewind()?;
        std::io::Result::Ok(file.into_raw_fd())
    };
    written().map_err(|failure| {
        let errno = Errno::from_io_error(&failure).unwrap_or(Errno::IO);
        error::errno("a file in memory", errno)
    })
}

/// Ends this process at once, `_exit(2)`.
#[napi]
pub fn exit(status: i32) {
    // SAFETY: the process ends, so nothing is used after the call.
    unsafe { libc::_exit(status) }
}

/// Executes another program in place of this process, execve(2), with this environment. Signals are
/// reset to what programs expect, and the standard streams, which the runtime hides from other
/// programs, are inherited.
#[napi]
pub fn execute(program: String, arguments: Vec<String>) -> Result<(), Failure> {
    let failure = |errno| error::errno(&format!("{program}: executing"), errno);
    let terminated = |text: &String| CString::new(text.as_bytes()).map_err(|_| failure(Errno::INVAL));
    let path = terminated(&program)?;
    let arguments = arguments.iter().map(terminated).collect::<Result<Vec<_>, _>>()?;
    for stream in [
        rustix::stdio::stdin(),
        rustix::stdio::stdout(),
        rustix::stdio::stderr(),
    ] {
        rustix::io::fcntl_setfd(stream, FdFlags::empty()).map_err(failure)?;
    }
    signals::reset();
    Err(failure(sealed::execute_path(
        &path,
        &arguments,
        &sealed::environment(),
    )))
}
