//! This process: its memory, its title, its end.

use crate::error::{self, Failure};
use appc_kernel::{memory, sealed, signals, title};
use napi_derive::napi;
use rustix::io::{Errno, FdFlags};
use std::ffi::CString;

/// Gives back what starting took and nothing needs any more: free pieces of the heap, and the pages of the runtime's program.
#[napi]
pub fn give_back() {
    memory::release_heap();
    memory::release_program();
}

/// Makes `text` what ps(1) shows of this process.
#[napi]
pub fn set_title(text: String) -> Result<(), Failure> {
    title::set(&text).map_err(|errno| error::errno(&format!("title {text:?}"), errno))
}

/// Ends this process at once, `_exit(2)`.
#[napi]
pub fn exit(status: i32) {
    // SAFETY: nothing of this process is used again.
    unsafe { libc::_exit(status) }
}

/// Becomes another program, execve(2), with this environment, the signals as programs expect them, and these standard
/// streams, which the runtime keeps from other programs.
#[napi]
pub fn execute(program: String, arguments: Vec<String>) -> Result<(), Failure> {
    let told = |errno| error::errno(&format!("{program}: executing"), errno);
    let terminated = |text: &String| CString::new(text.as_bytes()).map_err(|_| told(Errno::INVAL));
    let path = terminated(&program)?;
    let arguments = arguments.iter().map(terminated).collect::<Result<Vec<_>, _>>()?;
    for stream in [
        rustix::stdio::stdin(),
        rustix::stdio::stdout(),
        rustix::stdio::stderr(),
    ] {
        rustix::io::fcntl_setfd(stream, FdFlags::empty()).map_err(told)?;
    }
    signals::reset();
    Err(told(sealed::execute_path(
        &path,
        &arguments,
        &sealed::environment(),
    )))
}
