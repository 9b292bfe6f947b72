//! Stopping another process at its exec, ptrace(2).

use rustix::io::Result;
use rustix::process::{Pid, WaitId, WaitIdOptions};

/// What ended the wait for a traced process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The process executes another program and is stopped before that program's first instruction.
    Executed,
    /// The process ended.
    Ended,
}

/// Starts to trace `pid`, which keeps running. `EPERM` where the system forbids it (Yama, a seccomp
/// filter).
pub fn seize(pid: Pid) -> Result<()> {
    request(libc::PTRACE_SEIZE, pid, libc::PTRACE_O_TRACEEXEC as usize)
}

/// Waits until the traced process has executed a program or ended; passes its signals on meanwhile.
/// A process that ended stays a zombie, and its parent learns of it only when this process has
/// ended too: this process can report first.
pub fn wait_for_exec(pid: Pid) -> Result<Outcome> {
    let options = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOWAIT;
    loop {
        let status = rustix::io::retry_on_intr(|| rustix::process::waitid(WaitId::Pid(pid), options))?;
        let Some(stop) = status.and_then(|status| status.trapping_signal()) else {
            return Ok(Outcome::Ended);
        };
        // The byte above the signal holds the number of a ptrace event.
        if stop >> 8 == libc::PTRACE_EVENT_EXEC {
            return Ok(Outcome::Executed);
        }
        let signal = if stop >> 8 == 0 { stop } else { 0 };
        request(libc::PTRACE_CONT, pid, signal as usize)?;
    }
}

/// Stops tracing and lets the stopped process continue.
pub fn release(pid: Pid) -> Result<()> {
    request(libc::PTRACE_DETACH, pid, 0)
}

fn request(kind: libc::c_uint, pid: Pid, data: usize) -> Result<()> {
    // SAFETY: the requests used here take only integers and do not change this process' memory.
    crate::check(unsafe { libc::ptrace(kind, pid.as_raw_pid(), 0usize, data) })
}
