//! Waiting for a child.

use rustix::process::{Pid, WaitOptions, WaitStatus};

use crate::failure::{About, Failure, Result};

/// Waits until the child has ended; returns its exit status as a shell does: 128 + N if signal N
/// ended it.
pub fn exit_status(child: Pid) -> Result<u8> {
    status(child, WaitOptions::empty())?.ok_or_else(|| Failure::new("process: is gone"))
}

/// Like [`exit_status`], but `None` if the child has not ended yet.
pub fn exit_status_if_ended(child: Pid) -> Result<Option<u8>> {
    status(child, WaitOptions::NOHANG)
}

fn status(child: Pid, options: WaitOptions) -> Result<Option<u8>> {
    let waited =
        rustix::io::retry_on_intr(|| rustix::process::waitpid(Some(child), options)).about("process")?;
    Ok(waited.map(|(_, status)| as_shell(status)))
}

fn as_shell(status: WaitStatus) -> u8 {
    let number = status
        .exit_status()
        .or_else(|| status.terminating_signal().map(|signal| 128 + signal));
    number
        .and_then(|number| u8::try_from(number).ok())
        .unwrap_or(Failure::STATUS)
}
