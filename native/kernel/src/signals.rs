//! Signals, signal(7).

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use rustix::io::{Errno, Result};

/// `si_code` of a signal that the kernel sends, sigaction(2); libc does not define it for every
/// architecture.
const SI_KERNEL: i32 = 0x80;

/// Sets every signal to its default disposition and blocks none, as a new program expects.
pub fn reset() {
    for number in 1..=libc::SIGRTMAX() {
        // SAFETY: SIG_DFL runs none of our code; numbers that cannot be set (SIGKILL, SIGSTOP) fail
        // with EINVAL.
        unsafe { libc::signal(number, libc::SIG_DFL) };
    }
    let none = set_of(&[]);
    // SAFETY: the set is initialised; a null pointer for the old set is allowed.
    unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const none, std::ptr::null_mut()) };
}

/// Blocks `signals`, for [`ExternalSignals`] or a [`Receiver`].
pub fn block(signals: &[i32]) {
    let set = set_of(signals);
    // SAFETY: the set is initialised; a null pointer for the old set is allowed.
    unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) };
}

/// Those of `signals` that are blocked and pending, sigpending(2).
pub fn pending(signals: &[i32]) -> Vec<i32> {
    let mut set = set_of(&[]);
    // SAFETY: the set is valid, and the call writes all of it.
    unsafe { libc::sigpending(&raw mut set) };
    let is_member = |number: &i32| {
        // SAFETY: the set is initialised; a number that is no signal returns -1.
        unsafe { libc::sigismember(&raw const set, *number) == 1 }
    };
    signals.iter().copied().filter(is_member).collect()
}

/// Lets the kernel reap children of this process: it need not wait for them (SA_NOCLDWAIT of
/// sigaction(2)).
pub fn ignore_children() {
    ignore(libc::SIGCHLD);
}

/// Receives signals of the kernel and of processes outside of this PID namespace, and drops those
/// of processes inside. Can be polled, signalfd(2).
pub struct ExternalSignals(OwnedFd);

impl ExternalSignals {
    /// Blocks `signals` and receives them from now on.
    pub fn block(signals: &[i32]) -> Result<Self> {
        open(signals, libc::SFD_CLOEXEC | libc::SFD_NONBLOCK).map(Self)
    }

    /// Whether one of the signals has arrived since the last call.
    pub fn has_arrived(&self) -> bool {
        // SAFETY: signalfd_siginfo is plain integers, for all of which zero is a value.
        let mut info: libc::signalfd_siginfo = unsafe { std::mem::zeroed() };
        loop {
            // SAFETY: the record has the size that is passed.
            let length = unsafe {
                libc::read(
                    self.0.as_raw_fd(),
                    (&raw mut info).cast(),
                    size_of::<libc::signalfd_siginfo>(),
                )
            };
            if length != size_of::<libc::signalfd_siginfo>() as isize {
                return false;
            }
            // kill(2) and the kernel write only these codes, and no sender can forge them: with
            // rt_sigqueueinfo(2) a process chooses the code, but only a negative one, and the PID.
            // The PID is zero for the kernel and for a process outside of this namespace.
            let genuine = info.ssi_code == libc::SI_USER || info.ssi_code == SI_KERNEL;
            if genuine && info.ssi_pid == 0 {
                return true;
            }
        }
    }
}

impl AsFd for ExternalSignals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

/// Ignores a signal.
pub fn ignore(signal: i32) {
    // SAFETY: SIG_IGN runs none of our code.
    unsafe { libc::signal(signal, libc::SIG_IGN) };
}

fn open(signals: &[i32], flags: i32) -> Result<OwnedFd> {
    block(signals);
    let set = set_of(signals);
    // SAFETY: the set is initialised; -1 requests a new descriptor.
    let fd = unsafe { libc::signalfd(-1, &raw const set, flags) };
    crate::check(i64::from(fd))?;
    // SAFETY: the kernel has just opened this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Receives blocked signals; can be polled, signalfd(2).
pub struct Receiver(OwnedFd);

impl Receiver {
    /// Blocks `signals` and receives them from now on.
    pub fn new(signals: &[i32]) -> Result<Self> {
        open(signals, libc::SFD_CLOEXEC).map(Self)
    }

    /// Waits for the next signal and returns its number.
    pub fn next(&self) -> Result<i32> {
        let mut record = [0u8; size_of::<libc::signalfd_siginfo>()];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(&self.0, &mut record))?;
        if length != record.len() {
            return Err(Errno::IO);
        }
        Ok(i32::from_ne_bytes([record[0], record[1], record[2], record[3]]))
    }
}

impl AsFd for Receiver {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

fn set_of(signals: &[i32]) -> libc::sigset_t {
    // SAFETY: sigset_t is plain integers, for which zero is a value; sigemptyset then makes it a
    // set.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is valid; a number that is no signal is refused with EINVAL.
    unsafe {
        libc::sigemptyset(&raw mut set);
        for number in signals {
            libc::sigaddset(&raw mut set, *number);
        }
    }
    set
}
