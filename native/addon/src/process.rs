//! This process: its memory, its title and its end.

use crate::error::{self, Failure};
use appc_kernel::{memory, sealed, signals, title};
use napi_derive::napi;
use rustix::io::{Errno, FdFlags};
use std::ffi::CString;

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
