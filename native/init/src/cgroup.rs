//! The control group of an app: its view of the hierarchy, and joining it.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::mounts::{self, Attributes};
use appc_kernel::namespaces;
use appc_kernel::root::Root;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::process::Pid;

use crate::failure::{About, Failure, Result};
use crate::own_files;
use crate::plan::{self, MountFlag};

const PLACE: &str = "/sys/fs/cgroup";

/// Makes this process' control group the root of the hierarchy that it sees. If `visible`, mounts
/// it read-only at /sys/fs/cgroup; on a host without the unified hierarchy mounts an empty
/// directory there.
pub fn enter(root: &Root, visible: bool) -> Result<()> {
    namespaces::enter_new_cgroup().about("control group namespace")?;
    if !visible {
        return Ok(());
    }
    let place = match root.find(PLACE, OFlags::PATH | OFlags::DIRECTORY) {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        result => result.about(PLACE)?,
    };
    let flags = [
        MountFlag::Readonly,
        MountFlag::Nosuid,
        MountFlag::Nodev,
        MountFlag::Noexec,
    ];
    mounts::new("cgroup2", &[], plan::attributes(&flags))
        .and_then(|mount| mounts::attach(mount.as_fd(), place.as_fd()))
        .or_else(|_| own_files::mask(root, PLACE, own_files::empty, || Err(Errno::NOTDIR)))
        .about(PLACE)
}

/// The control group of a pod's unit: a process in it has the unit's device policy and limits, and
/// ends with the unit.
pub struct UnitGroup {
    unit: String,
    directory: OwnedFd,
}

impl UnitGroup {
    /// The control group of the unit `unit`, which is next to that of the pod's unit; `init` is the
    /// pod init.
    pub fn of(init: Pid, unit: &str) -> Result<Self> {
        let file = format!("/proc/{}/cgroup", init.as_raw_pid());
        let groups = std::fs::read_to_string(&file).about(&file)?;
        let pod = groups.lines().find_map(|line| line.strip_prefix("0::"));
        let path = pod
            .and_then(|path| path.rsplit_once('/'))
            .map(|(slice, _)| format!("{slice}/{unit}"))
            .ok_or_else(|| Failure::new(format!("{file}: names no control group")))?;
        // Uses its own mount, because the host may have mounted the hierarchy anywhere.
        let hierarchy = mounts::new("cgroup2", &[], Attributes::empty()).about("control groups")?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::openat(&hierarchy, path.trim_start_matches('/'), flags, Mode::empty())
            .map_err(|_| Failure::new(format!("is not running: {unit} has no control group")))?;
        let unit = unit.to_owned();
        Ok(Self { unit, directory })
    }

    /// The PID of one of its processes.
    pub fn process(&self) -> Result<Pid> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC;
        let listed = rustix::fs::openat(&self.directory, "cgroup.procs", flags, Mode::empty())
            .map(File::from)
            .map_err(std::io::Error::from)
            .and_then(std::io::read_to_string)
            .about(&self.unit)?;
        let first = listed.lines().find_map(|line| Pid::from_raw(line.parse().ok()?));
        first.ok_or_else(|| Failure::new(format!("is not running: {} has no process", self.unit)))
    }
}

impl AsFd for UnitGroup {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.directory.as_fd()
    }
}
