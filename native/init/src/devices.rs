//! The character devices of the apps' roots. Where the kernel lets nobody make devices (in some
//! containers), the devices of the host are mounted instead: read-only, so that nobody can change
//! their owner, mode or times.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::mounts::{self, Attributes};
use appc_kernel::root::Root;
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::detached;
use crate::failure::{About, Failure, Result};
use crate::plan::{AppPlan, MountOp};

/// The directory of the pod's root that contains the null devices: one that hides files, and one
/// per app.
const NULLS: &str = "/null";
/// The null device that is mounted over hidden files. AC Names do not begin with a dot, so no app
/// has this name.
pub const HIDING: &str = ".hiding";
/// The directory of the pod's root where the devices of the host are attached, by their numbers, if
/// devices cannot be made.
const OF_HOST: &str = "/devices";

/// The major and minor number of a device.
type Number = (u32, u32);

/// The number and mode of the null device, null(4).
pub const NULL: (Number, u32) = ((1, 3), 0o666);

/// The path of the app's own null device in the root of the pod.
pub fn null_of(app: &str) -> String {
    format!("{NULLS}/{app}")
}

/// The devices of the host that a pod needs, as detached mounts. It is empty where devices can be
/// made.
pub struct Devices(BTreeMap<Number, OwnedFd>);

impl Devices {
    /// To be called where the host is visible. `pod` will become the root of the pod.
    pub fn prepare(pod: &Root, apps: &[AppPlan]) -> Result<Self> {
        match pod.make_device(&null_of(HIDING), NULL.0, NULL.1) {
            Ok(()) => return Ok(Self(BTreeMap::new())),
            Err(Errno::PERM) => {}
            Err(error) => return Err(error).about("device of the pod"),
        }
        let mut mounts = BTreeMap::from([(NULL.0, of_host("/dev/null", NULL.0)?)]);
        for op in apps.iter().flat_map(|app| &app.mounts) {
            if let MountOp::Device {
                target, major, minor, ..
            } = op
                && !mounts.contains_key(&(*major, *minor))
            {
                mounts.insert((*major, *minor), of_host(target, (*major, *minor))?);
            }
        }
        Ok(Self(mounts))
    }

    /// To be called in the pod: attaches the devices where [`Devices::make`] finds them.
    pub fn attach(self, pod: &Root) -> Result<()> {
        let Self(mounts) = self;
        if mounts.is_empty() {
            return Ok(());
        }
        for (number, mount) in mounts {
            let place = pod.make_place(&place_of(number), 0).about("device")?;
            mounts::attach(mount.as_fd(), place.as_fd()).about("device")?;
        }
        Self::make(pod, &null_of(HIDING), NULL, pod)
    }

    /// To be called in the pod: makes a device with that number and mode at `path` of `root`. Where
    /// devices cannot be made, mounts the device of the host, which has its own mode.
    pub fn make(root: &Root, path: &str, (number, mode): (Number, u32), pod: &Root) -> Result<()> {
        match root.make_device(path, number, mode) {
            Err(Errno::PERM) => {}
            result => return result.about("device"),
        }
        let device = pod.find(&place_of(number), OFlags::PATH).about("device")?;
        let place = root.make_place(path, mode).about("cannot be made")?;
        detached::copy(device.as_fd(), false, Attributes::MOUNT_ATTR_RDONLY)
            .and_then(|copy| mounts::attach(copy.as_fd(), place.as_fd()))
            .about("device")
    }
}

fn place_of((major, minor): Number) -> String {
    format!("{OF_HOST}/{major}:{minor}")
}

/// A detached mount of the device at `path` of the host, which must have that number.
fn of_host(path: &str, (major, minor): Number) -> Result<OwnedFd> {
    let fd = rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).about(path)?;
    let facts = rustix::fs::fstat(&fd).about(path)?;
    if facts.st_rdev != rustix::fs::makedev(major, minor) {
        return Err(Failure::new(format!("{path}: is not the device of that name")));
    }
    detached::copy(fd.as_fd(), false, Attributes::MOUNT_ATTR_RDONLY).about(path)
}
