//! Other processes, and what they may know of this one.

use std::os::fd::OwnedFd;

use rustix::io::Result;
use rustix::process::{DumpableBehavior, Pid, PidfdFlags, PidfdGetfdFlags};

/// Keeps other processes out of this one's memory, descriptors and program file (PR_SET_DUMPABLE), until it execs.
pub fn forbid_inspection() -> Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

/// A descriptor for the process `pid`, pidfd_open(2).
pub fn open(pid: Pid) -> Result<OwnedFd> {
    rustix::process::pidfd_open(pid, PidfdFlags::empty())
}

/// A duplicate of descriptor `fd` of the process `pid`, pidfd_getfd(2): the same open file description.
pub fn duplicate_descriptor(pid: Pid, fd: i32) -> Result<OwnedFd> {
    rustix::process::pidfd_getfd(open(pid)?, fd, PidfdGetfdFlags::empty())
}

/// Sets the name that ps(1) shows, up to 15 bytes.
pub fn set_name(name: &std::ffi::CStr) -> Result<()> {
    rustix::thread::set_name(name)
}
