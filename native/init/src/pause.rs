//! `appc-init pause`: PID 1 of a pod. It keeps the pod's namespaces and lock alive and does nothing else, in as little
//! memory as it can, with no rights.

use std::os::fd::{AsFd, FromRawFd, OwnedFd};

use appc_kernel::{descriptors, memory, processes, seccomp, signals};

use crate::pod_lock;
use crate::report::Reporter;

/// Where it finds the pipe on which it says that it is ready.
pub const REPORTER: i32 = pod_lock::DESCRIPTOR + 1;

/// All it calls from the moment it has set itself up.
const CALLS: [libc::c_long; 5] = [
    libc::SYS_write,
    libc::SYS_close,
    libc::SYS_madvise,
    libc::SYS_rt_sigtimedwait,
    libc::SYS_exit_group,
];

/// Waits until the service manager says SIGTERM. Comes back only where it cannot be made safe from the pod's apps.
pub fn run() -> u8 {
    // Rust's runtime handles SIGSEGV and SIGBUS: whoever sends them runs a handler, which cannot return past the filter.
    signals::reset();
    // The pod's own processes have no say in its end.
    let stop = signals::Outsiders::block(&[libc::SIGTERM]);
    if let Some(reporter) = confine() {
        reporter.ready();
        memory::give_back_program();
        stop.wait();
        processes::end(0);
    }
    1
}

/// From here on no process of the pod can look into this one, and it can do nothing for any of them.
fn confine() -> Option<Reporter> {
    processes::forbid_inspection().ok()?;
    processes::set_name(c"appc-pod").ok()?;
    descriptors::close_all(0, pod_lock::DESCRIPTOR - 1).ok()?;
    descriptors::close_all(REPORTER + 1, i32::MAX).ok()?;
    // SAFETY: `appc-init pod` leaves the pipe open at this number, and nothing else here uses it.
    let reporter = unsafe { OwnedFd::from_raw_fd(REPORTER) };
    rustix::io::fcntl_getfd(reporter.as_fd()).ok()?;
    signals::ignore_children();
    rustix::thread::set_no_new_privs(true).ok()?;
    seccomp::install(&seccomp::allowing_only(&CALLS)).ok()?;
    Some(Reporter::from(reporter))
}
