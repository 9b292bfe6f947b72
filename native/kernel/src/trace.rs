//! Holding another process at its exec, ptrace(2).

use rustix::io::Result;
use rustix::process::{Pid, WaitId, WaitIdOptions};

/// How a traced process came to the point it was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It runs another program now and is stopped before that program's first instruction.
    Executed,
    /// It ended.
    Ended,
}

/// Traces `pid`, which keeps running. `EPERM` where the system forbids it (Yama, a seccomp filter).
pub fn seize(pid: Pid) -> Result<()> {
    request(libc::PTRACE_SEIZE, pid, libc::PTRACE_O_TRACEEXEC as usize)
}

/// Waits until the traced process has executed a program or ended; its signals are passed on meanwhile. One that ended
/// stays a zombie, of which its parent learns when this process has ended too: what is to be said first can be said.
pub fn wait_for_exec(pid: Pid) -> Result<Outcome> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
    loop {
        let status = rustix::io::retry_on_intr(|| rustix::process::waitid(WaitId::Pid(pid), options))?;
        let Some(stop) = status.and_then(|status| status.trapping_signal()) else {
            return Ok(Outcome::Ended);
        };
        // A ptrace event is told in the byte above the signal.
        if stop >> 8 == libc::PTRACE_EVENT_EXEC {
            return Ok(Outcome::Executed);
        }
        let signal = if stop >> 8 == 0 { stop } else { 0 };
        request(libc::PTRACE_CONT, pid, signal as usize)?;
    }
}

/// Lets the stopped process run on its own.
pub fn release(pid: Pid) -> Result<()> {
    request(libc::PTRACE_DETACH, pid, 0)
}

fn request(kind: libc::c_uint, pid: Pid, data: usize) -> Result<()> {
    // SAFETY: the requests used here take integers only, and change nothing in this process' memory.
    crate::check(unsafe { libc::ptrace(kind, pid.as_raw_pid(), 0usize, data) })
}
