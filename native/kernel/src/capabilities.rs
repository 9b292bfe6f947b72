//! Capabilities of the calling thread, capabilities(7).

use rustix::io::{Errno, Result};
use rustix::thread::{CapabilitySet, CapabilitySets};

/// Names in the order of their numbers.
const NAMES: [&str; 41] = [
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
];

/// The capability called `name` (`CAP_CHOWN`); `None` if no capability has that name.
pub fn by_name(name: &str) -> Option<CapabilitySet> {
    let number = NAMES.iter().position(|candidate| *candidate == name)?;
    Some(CapabilitySet::from_bits_retain(1 << number))
}

/// Drops every capability that is not in `keep` from the bounding set, so that no program executed
/// from now on can gain it.
pub fn limit_bounding_set(keep: CapabilitySet) -> Result<()> {
    for number in 0..64 {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        if keep.contains(capability) {
            continue;
        }
        match rustix::thread::remove_capability_from_bounding_set(capability) {
            // The kernel has no capability of this or any higher number.
            Err(Errno::INVAL) => break,
            result => result?,
        }
    }
    Ok(())
}

/// Reduces the thread's permitted capabilities to those in `permitted`, and of these makes
/// effective those in `effective`. Clears the inheritable and the ambient set, so that programs
/// inherit none.
pub fn keep_only(permitted: CapabilitySet, effective: CapabilitySet) -> Result<()> {
    rustix::thread::clear_ambient_capability_set()?;
    let permitted = rustix::thread::capabilities(None)?.permitted & permitted;
    let sets = CapabilitySets {
        effective: permitted & effective,
        permitted,
        inheritable: CapabilitySet::empty(),
    };
    rustix::thread::set_capabilities(None, sets)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second copy of linux/capability.h; the test compares the table above with it.
    const HEADER: &str = "0 CHOWN, 1 DAC_OVERRIDE, 2 DAC_READ_SEARCH, 3 FOWNER, 4 FSETID, 5 KILL, 6 SETGID, 7 SETUID, \
        8 SETPCAP, 9 LINUX_IMMUTABLE, 10 NET_BIND_SERVICE, 11 NET_BROADCAST, 12 NET_ADMIN, 13 NET_RAW, 14 IPC_LOCK, \
        15 IPC_OWNER, 16 SYS_MODULE, 17 SYS_RAWIO, 18 SYS_CHROOT, 19 SYS_PTRACE, 20 SYS_PACCT, 21 SYS_ADMIN, \
        22 SYS_BOOT, 23 SYS_NICE, 24 SYS_RESOURCE, 25 SYS_TIME, 26 SYS_TTY_CONFIG, 27 MKNOD, 28 LEASE, 29 AUDIT_WRITE, \
        30 AUDIT_CONTROL, 31 SETFCAP, 32 MAC_OVERRIDE, 33 MAC_ADMIN, 34 SYSLOG, 35 WAKE_ALARM, 36 BLOCK_SUSPEND, \
        37 AUDIT_READ, 38 PERFMON, 39 BPF, 40 CHECKPOINT_RESTORE";

    #[test]
    fn names_have_the_kernels_numbers() {
        let rows: Vec<(&str, &str)> = HEADER.split(", ").filter_map(|row| row.split_once(' ')).collect();
        assert_eq!(rows.len(), 41);
        for (number, name) in rows {
            let bit = 1_u64 << number.parse::<u32>().unwrap();
            let found = by_name(&format!("CAP_{name}")).map(|set| set.bits());
            assert_eq!(found, Some(bit), "CAP_{name}");
        }
        for unknown in ["CAP_FLY", "CHOWN", "cap_chown", "CAP_CHOWN ", ""] {
            assert_eq!(by_name(unknown), None, "{unknown:?}");
        }
    }
}
