//! A call in a process of its own.

use std::fmt;
use std::ptr;

use crate::system_call;
use crate::word::Call;

/// How long a call may block.
static MOMENT: libc::itimerval = libc::itimerval {
    it_interval: libc::timeval {
        tv_sec: 0,
        tv_usec: 0,
    },
    it_value: libc::timeval {
        tv_sec: 0,
        tv_usec: 100_000,
    },
};

/// What became of a process that made a call.
pub enum Outcome {
    /// It went on, with this result.
    Result(i64),
    /// The call ended it.
    Exit,
    /// The call was answered with this signal, or blocked until SIGALRM came.
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

/// Makes a call in a child and waits for its end.
pub fn outcome(call: &Call) -> Outcome {
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
    // SAFETY: both descriptors are ours; buffer and status have the sizes that are said.
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
    // SAFETY: plain calls; MOMENT is whole.
    let own = unsafe {
        libc::setitimer(libc::ITIMER_REAL, &raw const MOMENT, ptr::null_mut());
        libc::getpid()
    };
    let result = system_call::make(call, &[]).to_ne_bytes();
    // SAFETY: plain calls; the buffer is whole. A call that made another process has given that one its result too.
    unsafe {
        if libc::getpid() == own {
            libc::write(writing, result.as_ptr().cast(), result.len());
        }
        libc::_exit(0)
    }
}
