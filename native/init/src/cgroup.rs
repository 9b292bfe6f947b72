//! The app's own control group as the app sees it.

use std::os::fd::AsFd;

use appc_kernel::mounts;
use appc_kernel::namespaces;
use appc_kernel::root::Root;
use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::build_root;
use crate::failure::{About, Result};
use crate::plan::{self, MountFlag};

const PLACE: &str = "/sys/fs/cgroup";

/// Makes this process' control group the top of what it can name. Where `visible`, it is mounted read-only at
/// /sys/fs/cgroup; a host without the unified hierarchy shows an empty directory instead.
pub fn enter(root: &Root, visible: bool) -> Result<()> {
    namespaces::own_cgroup().about("control group namespace")?;
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
        .or_else(|_| build_root::mask(root, PLACE, build_root::empty))
        .about(PLACE)
}
