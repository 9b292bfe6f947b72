//! `appc-init pause`: PID 1 of a pod. It keeps the pod's namespaces and lock alive and passes on
//! what the apps write, with little memory and no rights.

use std::os::fd::{AsFd, FromRawFd, OwnedFd, RawFd};

use appc_kernel::{descriptors, memory, processes, seccomp, signals};

use crate::pod_lock;
use crate::pod_streams::PodStreams;
use crate::report::Reporter;

/// The numbers of its inherited descriptors, after that of the pod lock; those that may be missing
/// are last.
pub mod descriptor {
    use std::os::fd::RawFd;

    /// The pipe through which it reports that it is ready.
    pub const REPORTER: RawFd = crate::pod_lock::DESCRIPTOR + 1;
    /// The socket at which apps and clients connect.
    pub const LISTENER: RawFd = REPORTER + 1;
    /// A datagram socket connected to journald.
    pub const JOURNAL: RawFd = LISTENER + 1;
    /// The connection of the launcher.
    pub const LAUNCHER: RawFd = JOURNAL + 1;
    /// The first unused number.
    pub const FREE: RawFd = LAUNCHER + 1;
}

/// All system calls after its setup: reading, writing and waiting, and the memory that this takes.
const CALLS: [libc::c_long; 19] = [
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_close,
    libc::SYS_ppoll,
    libc::SYS_accept4,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvmsg,
    libc::SYS_getsockopt,
    libc::SYS_fcntl,
    libc::SYS_memfd_create,
    libc::SYS_brk,
    libc::SYS_mmap,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_madvise,
    // Needed if the kernel offers no clock in user space.
    libc::SYS_clock_gettime,
    // glibc's malloc calls this once.
    libc::SYS_getrandom,
    libc::SYS_exit_group,
];

/// Serves until the service manager sends SIGTERM. Returns only if it cannot be protected from the
/// pod's apps.
pub fn run() -> u8 {
    // Rust's runtime handles SIGSEGV and SIGBUS: a process that sends one would run a handler,
    // which cannot return under the filter.
    signals::reset();
    if let Some((mut streams, reporter)) = confine() {
        reporter.ready();
        memory::release_program();
        streams.run();
        processes::end(0);
    }
    1
}

/// From here on no process of the pod can inspect this one, and it has no rights that a process of
/// the pod could use.
fn confine() -> Option<(PodStreams, Reporter)> {
    processes::forbid_inspection().ok()?;
    processes::set_name(c"appc-pod").ok()?;
    descriptors::close_all(0, pod_lock::DESCRIPTOR - 1).ok()?;
    descriptors::close_all(descriptor::FREE, RawFd::MAX).ok()?;
    let reporter = inherited(descriptor::REPORTER)?;
    let listener = inherited(descriptor::LISTENER)?;
    let (journal, launcher) = (inherited(descriptor::JOURNAL), inherited(descriptor::LAUNCHER));
    signals::ignore_children();
    signals::ignore(libc::SIGPIPE);
    // Only signals from outside: the pod's own processes must not end it.
    let stop = signals::ExternalSignals::block(&[libc::SIGTERM]).ok()?;
    rustix::thread::set_no_new_privs(true).ok()?;
    seccomp::install(&seccomp::allowing_only(&CALLS)).ok()?;
    Some((
        PodStreams::new(stop, listener, journal, launcher),
        Reporter::from(reporter),
    ))
}

/// The descriptor that `appc-init pod` has left open at this number.
fn inherited(number: RawFd) -> Option<OwnedFd> {
    // SAFETY: `appc-init pod` left it open for this process, and no other code uses it; if it is
    // not open, it is forgotten.
    let fd = unsafe { OwnedFd::from_raw_fd(number) };
    if rustix::io::fcntl_getfd(fd.as_fd()).is_ok() {
        return Some(fd);
    }
    std::mem::forget(fd);
    None
}
