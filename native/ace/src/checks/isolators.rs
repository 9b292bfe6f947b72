//! I: isolators.

use std::fs;
use std::io;

use crate::outcome::{Fault, Outcome, ensure, equal};
use crate::sys;

/// The 14 default capabilities, by number (capabilities(7)): chown, `dac_override`, fowner,
/// fsetid, kill, setgid, setuid, setpcap, `net_bind_service`, `net_raw`, `sys_chroot`, mknod,
/// `audit_write`, setfcap.
const DEFAULT_CAPABILITIES: [u32; 14] = [0, 1, 3, 4, 5, 6, 7, 8, 10, 13, 18, 27, 29, 31];

/// The numbers in the retain-set of `sidekick`: kill and `net_bind_service`.
const RETAINED_CAPABILITIES: [u32; 2] = [5, 10];

/// I6, without an isolator.
pub fn default_capabilities() -> Outcome {
    capabilities(&DEFAULT_CAPABILITIES)
}

/// I6: exactly those of the set.
pub fn retained_capabilities() -> Outcome {
    capabilities(&RETAINED_CAPABILITIES)
}

fn capabilities(numbers: &[u32]) -> Outcome {
    let mask = numbers.iter().fold(0, |mask, number| mask | 1_u64 << number);
    for set in ["CapBnd", "CapPrm", "CapEff"] {
        equal(set, status(set)?.as_str(), format!("{mask:016x}").as_str())?;
    }
    Ok(())
}

/// I7.
pub fn no_new_privileges() -> Outcome {
    equal("NoNewPrivs", status("NoNewPrivs")?.as_str(), "1")
}

/// I3: no isolator is not "no filter".
pub fn default_filter() -> Outcome {
    equal("Seccomp", status("Seccomp")?.as_str(), "2")?;
    let refused = sys::get_keyring();
    ensure(
        fails_with(&refused, libc::EPERM),
        format!("keyctl gave {refused:?}, expected EPERM"),
    )
}

/// I1: getpriority, with EXDEV.
pub fn removed_call() -> Outcome {
    let refused = sys::get_priority();
    ensure(
        fails_with(&refused, libc::EXDEV),
        format!("getpriority gave {refused:?}, expected EXDEV"),
    )
}

fn fails_with(result: &io::Result<()>, errno: i32) -> bool {
    result
        .as_ref()
        .is_err_and(|error| error.raw_os_error() == Some(errno))
}

/// I13.
pub fn oom_score() -> Outcome {
    equal(
        "oom_score_adj",
        fs::read_to_string("/proc/self/oom_score_adj")?.trim(),
        "321",
    )
}

/// I12: a key of the IPC namespace.
pub fn sysctl() -> Outcome {
    equal(
        "kernel.msgmax",
        fs::read_to_string("/proc/sys/kernel/msgmax")?.trim(),
        "12345",
    )
}

/// I8: a limit of 64M.
pub fn memory() -> Outcome {
    equal("memory.max", control("memory.max")?.trim(), "67108864")
}

/// I9: a limit of 1500m.
pub fn cpu() -> Outcome {
    let found = control("cpu.max")?;
    let mut numbers = found.split_whitespace().map(str::parse::<u64>);
    let (Some(Ok(quota)), Some(Ok(period))) = (numbers.next(), numbers.next()) else {
        return Err(Fault::Wrong(format!("cpu.max is {found:?}")));
    };
    equal("the millicores of cpu.max", quota * 1000 / period, 1500)
}

/// A file of the control group of the app, which is the root of its cgroup namespace.
fn control(name: &str) -> Result<String, Fault> {
    fs::read_to_string(format!("/sys/fs/cgroup/{name}"))
        .map_err(|_| Fault::NotSeen(format!("/sys/fs/cgroup has no {name}")))
}

/// A field of /proc/self/status.
fn status(name: &str) -> Result<String, Fault> {
    let text = fs::read_to_string("/proc/self/status")?;
    let field = text
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    Ok(field
        .ok_or_else(|| format!("/proc/self/status has no {name}"))?
        .trim()
        .to_owned())
}
