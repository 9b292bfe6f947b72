//! The memory of this process.

use appc_kernel::memory;
use napi_derive::napi;

/// Gives back what starting took and nothing needs any more: free pieces of the heap, and the pages of Node's program.
#[napi]
pub fn give_back() {
    memory::give_back_heap();
    memory::give_back_program();
}
