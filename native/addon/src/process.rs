//! This process: its memory, its end.

use appc_kernel::memory;
use napi_derive::napi;

/// Gives back what starting took and nothing needs any more: free pieces of the heap, and the pages of Node's program.
#[napi]
pub fn give_back() {
    memory::give_back_heap();
    memory::give_back_program();
}

/// Ends this process at once, `_exit(2)`.
#[napi]
pub fn exit(status: i32) {
    // SAFETY: nothing of this process is used again.
    unsafe { libc::_exit(status) }
}
