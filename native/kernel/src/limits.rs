//! Resource limits of processes, getrlimit(2).

use rustix::io::{Errno, Result};
use rustix::process::{Pid, Resource, Rlimit};

/// The rows of /proc/PID/limits, proc_pid_limits(5), and their resources.
const ROWS: [(&str, Resource); 16] = [
    ("Max cpu time", Resource::Cpu),
    ("Max file size", Resource::Fsize),
    ("Max data size", Resource::Data),
    ("Max stack size", Resource::Stack),
    ("Max core file size", Resource::Core),
    ("Max resident set", Resource::Rss),
    ("Max processes", Resource::Nproc),
    ("Max open files", Resource::Nofile),
    ("Max locked memory", Resource::Memlock),
    ("Max address space", Resource::As),
    ("Max file locks", Resource::Locks),
    ("Max pending signals", Resource::Sigpending),
    ("Max msgqueue size", Resource::Msgqueue),
    ("Max nice priority", Resource::Nice),
    ("Max realtime priority", Resource::Rtprio),
    ("Max realtime timeout", Resource::Rttime),
];

/// Raises the soft limit of open files of the calling process to its hard limit.
pub fn raise_open_files() -> Result<()> {
    let maximum = rustix::process::getrlimit(Resource::Nofile).maximum;
    set(
        Resource::Nofile,
        Rlimit {
            current: maximum,
            maximum,
        },
    )
}

/// Sets every limit of the calling process to that of the process `pid`. Without CAP_SYS_RESOURCE,
/// the hard limit of the caller is the maximum. The limits are read from /proc, which requires no
/// right to change that process (prlimit(2) does).
pub fn copy_from(pid: Pid) -> Result<()> {
    let text = std::fs::read_to_string(format!("/proc/{}/limits", pid.as_raw_pid()))
        .map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    for (name, resource) in ROWS {
        let row = text.lines().find_map(|line| line.strip_prefix(name));
        let Some((current, maximum)) = row.and_then(values) else {
            return Err(Errno::PROTO);
        };
        set(resource, Rlimit { current, maximum })?;
    }
    Ok(())
}

/// The soft and the hard limit; an inner `None` means "unlimited".
fn values(row: &str) -> Option<(Option<u64>, Option<u64>)> {
    let mut words = row.split_whitespace().map(|word| match word {
        "unlimited" => Some(None),
        number => number.parse().ok().map(Some),
    });
    Some((words.next()??, words.next()??))
}

fn set(resource: Resource, requested: Rlimit) -> Result<()> {
    match rustix::process::setrlimit(resource, requested) {
        Err(Errno::PERM) => {
            let hard = rustix::process::getrlimit(resource).maximum;
            let at_most = |limit: Option<u64>| match (limit, hard) {
                (Some(limit), Some(hard)) => Some(limit.min(hard)),
                (limit, hard) => limit.or(hard),
            };
            rustix::process::setrlimit(
                resource,
                Rlimit {
                    current: at_most(requested.current),
                    maximum: at_most(requested.maximum),
                },
            )
        }
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_with_their_units_and_without() {
        assert_eq!(
            values("      1024   524288  files"),
            Some((Some(1024), Some(524_288)))
        );
        assert_eq!(values("  unlimited   unlimited"), Some((None, None)));
        assert_eq!(values("  many"), None);
    }
}
