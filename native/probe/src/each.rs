//! A call in a separate process.

use std::fmt;
use std::ptr;

use crate::system_call;
use crate::word::Call;

/// The time after which a blocked call is interrupted.
static TIMEOUT: libc::itimerval = libc::itimerval {
    it_interval: libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    },
    it_value: libc::timeval {
        tv_sec: 0,
        tv_usec: 100_000,
    },
};

/// What happened to a process that made a call.
pub enum Outcome {
    /// The process continued, with this result.
    Result(i64),
    /// The call ended the process.
    Exit,
    /// The call raised this signal, or blocked until SIGALRM arrived.
    Signal(i32),
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Result(result) => write!(formatter, "{result}"),
            Self::Exit => write!(formatter, "exit"),
            Self::Signal(signal) => write!(formatter, "signal {signal}"),
        }
    }
}

/// Makes a call in a child process and waits for its end.
pub fn run(call: &Call) -> Outcome {
    let mut ends = [0; 2];
    // SAFETY: the array has room for both ends.
    assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0, "pipe");
    let [reading, writing] = ends;
    // SAFETY: this program has no other thread.
    let child = unsafe { libc::fork() };
    assert!(child >= 0, "fork");
    if child == 0 {
        in_child(call, writing);
    }
    let mut result = [0; 8];
    let mut status = 0;
    // SAFETY: both descriptors are valid; buffer and status have the sizes that are passed.
    let read = unsafe {
        libc::close(writing);
        let read = libc::read(reading, result.as_mut_ptr().cast(), result.len());
        libc::close(reading);
        libc::waitpid(child, &raw mut status, 0);
        read
    };
    if libc::WIFSIGNALED(status) {
        Outcome::Signal(libc::WTERMSIG(status))
    } else if read == 8 {
        Outcome::Result(i64::from_ne_bytes(result))
    } else {
        Outcome::Exit
    }
}

#[inline(always)]
fn in_child(call: &Call, writing: i32) -> ! {
    // SAFETY: plain calls; TIMEOUT is initialised.
    let own = unsafe {
        libc::setitimer(libc::ITIMER_REAL, &raw const TIMEOUT, ptr::null_mut());
        libc::getpid()
    };
    let result = system_call::make(call, &[]).to_ne_bytes();
    // SAFETY: plain calls; the buffer is initialised. If the call created another process, that
    // process writes its result too.
    unsafe {
        if libc::getpid() == own {
            libc::write(writing, result.as_ptr().cast(), result.len());
        }
        libc::_exit(0)
    }
}
