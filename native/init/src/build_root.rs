//! Builds the roots of a pod: a small tmpfs that only the pod init sees, and in it one root per
//! app. Mounts of the host are prepared first, as detached mounts. The rest is done in the pod,
//! where the host is no longer visible.

use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::mounts::{self, Attributes};
use appc_kernel::root::{Entry, Root};
use rustix::fs::{Dir, OFlags};
use rustix::io::Errno;

use crate::detached::{self, Detached, is_directory};
use crate::devices::{Devices, HIDING, NULL, null_of};
use crate::failure::{About, Failure, Result};
use crate::host::{Host, Identity};
use crate::own_files::{empty, file, mask, symlink};
use crate::plan::{self, AppPlan, From, MountOp, PodPlan};

/// The directory of the pod's root that contains the roots of the apps.
pub const APPS: &str = "/apps";
/// The directory of the pod's root that is mounted over hidden directories: one for all apps.
const EMPTY: &str = "/empty";

/// Builds everything in the plan on a new tmpfs, which becomes the root of the mount namespace of
/// the pod and of this process. `warn` receives warnings for the user.
pub fn build(plan: &PodPlan, apps: &[AppPlan], warn: &dyn Fn(&str)) -> Result<()> {
    let options = ["mode=0755", "size=16m", "nr_inodes=4k"].map(String::from);
    let tmpfs = mounts::new("tmpfs", &options, Attributes::MOUNT_ATTR_NOSUID).about("root of the pod")?;
    let pod = Root::from(tmpfs);
    let host = Host::open(plan, apps)?;
    let devices = Devices::prepare(&pod, apps)?;
    let apps = apps
        .iter()
        .map(|app| AppRoot::prepare(app, &host))
        .collect::<Result<Vec<_>>>()?;
    mounts::attach(pod.as_fd(), host.as_fd())
        .and_then(|()| mounts::enter_root(pod.as_fd()))
        .about("root of the pod")?;
    // From here on, only the detached mounts lead to the host.
    drop(host);
    build_pod(plan, &pod, devices)?;
    for app in apps {
        app.build(&pod, &|warning| warn(&format!("pod {}: {warning}", plan.uuid)))?;
    }
    Ok(())
}

/// Mounts what the apps share.
fn build_pod(plan: &PodPlan, pod: &Root, devices: Devices) -> Result<()> {
    pod.make_directory(APPS, 0o755).about("root of the pod")?;
    let place = pod.make_directory(EMPTY, 0o555).about("root of the pod")?;
    empty()
        .and_then(|empty| mounts::attach(empty.as_fd(), place.fd.as_fd()))
        .about("root of the pod")?;
    devices.attach(pod).about("root of the pod")?;
    for op in &plan.shared {
        apply(op, None, pod, "/").about(format_args!("{} of the pod", op.target()))?;
    }
    Ok(())
}

/// The root of one app. All its mounts of the host are prepared.
struct AppRoot<'a> {
    name: &'a str,
    steps: Vec<(&'a MountOp, Option<Detached>)>,
}

impl<'a> AppRoot<'a> {
    /// To be called where the host is visible.
    fn prepare(app: &'a AppPlan, host: &Host) -> Result<Self> {
        let step = |op| match Detached::of_host(op, host) {
            Ok(mount) => Ok((op, mount)),
            Err(failure) => Err(failure).about(subject(op, &app.name)),
        };
        Ok(Self {
            name: &app.name,
            steps: app.mounts.iter().map(step).collect::<Result<_>>()?,
        })
    }

    /// To be called in the pod.
    fn build(self, pod: &Root, warn: &dyn Fn(&str)) -> Result<()> {
        let Self { name, steps } = self;
        let place = format!("{APPS}/{name}");
        pod.make_directory(&place, 0o755)
            .about(format_args!("root of app {name}"))?;
        Devices::make(pod, &null_of(name), NULL, pod).about(format_args!("root of app {name}"))?;
        for (op, mount) in steps {
            match apply(op, mount, pod, &place) {
                Ok(None) => {}
                Ok(Some(warning)) => warn(&format!("mount point {} of app {name}: {warning}", op.target())),
                Err(failure) => return Err(failure).about(subject(op, name)),
            }
        }
        Ok(())
    }
}

fn subject(op: &MountOp, app: &str) -> String {
    match op.target() {
        "/" => format!("root of app {app}"),
        target => format!("mount point {target} of app {app}"),
    }
}

/// Executes one step in the root at `place` of the root of the pod; returns a warning for the user.
fn apply(op: &MountOp, mount: Option<Detached>, pod: &Root, place: &str) -> Result<Option<&'static str>> {
    // The root is opened again for each step: a descriptor that was opened before a mount refers to
    // the directory below the mount.
    let root = pod.sub(place).about("root")?;
    if let Some(mount) = mount {
        return attach(&mount, op.target(), &root, pod);
    }
    match op {
        MountOp::Bind {
            from: From::Pod,
            source,
            target,
            flags,
            ..
        } => {
            attach(&Detached::of_pod(source, flags, pod)?, target, &root, pod)?;
        }
        MountOp::Overlay { .. } | MountOp::Bind { .. } => {
            return Err(Failure::new("nothing of the host was prepared for it"));
        }
        MountOp::Filesystem {
            r#type,
            target,
            flags,
            options,
        } => {
            let mount = mounts::new(r#type, options, plan::attributes(flags)).about(format_args!(
                "{} ({})",
                r#type,
                options.join(",")
            ))?;
            let (place, warning) = directory(&root, target, 0o755)?;
            mounts::attach(mount.as_fd(), place.fd.as_fd()).about(r#type)?;
            return Ok(warning);
        }
        MountOp::Directory { target, mode } => return Ok(directory(&root, target, *mode)?.1),
        MountOp::Symlink {
            target,
            to,
            if_missing,
        } => {
            if !(*if_missing && exists(&root, target)?) {
                return symlink(&root, target, to);
            }
        }
        MountOp::Device {
            target,
            major,
            minor,
            mode,
        } => Devices::make(&root, target, ((*major, *minor), *mode), pod).about("cannot be made")?,
        MountOp::File {
            target,
            content,
            mode,
            if_missing,
            read_only,
        } => {
            if !(*if_missing && exists(&root, target)?) {
                return file(pod, &root, place, target, (content, *mode), *read_only);
            }
        }
        MountOp::Mask { target } => {
            let copy_of = |path: &str| mounts::copy(pod.find(path, OFlags::PATH)?.as_fd(), false);
            let null = || copy_of(&null_of(HIDING));
            mask(&root, target, || copy_of(EMPTY), null).about("cannot be hidden")?;
        }
        MountOp::Readonly { target } => make_read_only(&root, target).about("cannot be made read-only")?,
    }
    Ok(None)
}

/// Attaches a mount at `target`, and hides the paths in it that must not be visible.
fn attach(mount: &Detached, target: &str, root: &Root, pod: &Root) -> Result<Option<&'static str>> {
    let (place, warning) = mount_point(root, target, mount.is_directory)?;
    mounts::attach(mount.fd.as_fd(), place.as_fd()).about("cannot be mounted")?;
    for path in &mount.hidden {
        hide(root, &format!("{target}/{path}"), mount.identity, pod)
            .about(format_args!("{path} below it cannot be hidden"))?;
    }
    Ok(warning)
}

/// The mount point for a directory or file. It is made where it is missing, and something of the
/// wrong type is replaced (E6).
fn mount_point(root: &Root, target: &str, needs_directory: bool) -> Result<(OwnedFd, Option<&'static str>)> {
    if !needs_directory {
        let (place, warning) = match root.make_file(target, 0o644) {
            Err(Errno::LOOP) => {
                root.remove_file(target).about("cannot be replaced")?;
                let place = root.make_file(target, 0o644).about("cannot be made")?;
                (place, Some("a file takes the place of a symlink of the image"))
            }
            result => (result.about("cannot be made")?, None),
        };
        if is_directory(place.fd.as_fd())? {
            return Err(Failure::new(
                "is a directory in the image, and what is to be mounted there is a file",
            ));
        }
        return Ok((place.fd, warning));
    }
    let (place, warning) = directory(root, target, 0o755)?;
    let hides = place.existed
        && target != "/"
        && !is_empty(&root.find(target, OFlags::RDONLY).about("cannot be read")?);
    Ok((
        place.fd,
        warning.or(hides.then_some("hides what the image has there")),
    ))
}

/// The directory at `target`. It is made where it is missing, and replaces a file, or a symlink
/// that does not lead to a directory.
fn directory(root: &Root, target: &str, mode: u32) -> Result<(Entry, Option<&'static str>)> {
    match root.make_directory(target, mode) {
        Ok(made) if is_directory(made.fd.as_fd())? => return Ok((made, None)),
        Ok(_) | Err(Errno::LOOP) => {}
        Err(error) => return Err(error).about("cannot be made"),
    }
    root.remove_file(target).about("cannot be replaced")?;
    let made = root.make_directory(target, mode).about("cannot be made")?;
    Ok((made, Some("a directory takes the place of a file of the image")))
}

/// Whether the image has something at `target`, or a symlink on the way there that cannot be
/// followed.
fn exists(root: &Root, target: &str) -> Result<bool> {
    match root.exists(target) {
        Err(Errno::LOOP) => Ok(true),
        result => result.about("cannot be looked up"),
    }
}

fn make_read_only(root: &Root, target: &str) -> rustix::io::Result<()> {
    if target == "/" {
        return mounts::set(root.as_fd(), false, Attributes::MOUNT_ATTR_RDONLY);
    }
    match root.find(target, OFlags::PATH) {
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
        Err(error) => Err(error),
        Ok(place) => detached::copy(place.as_fd(), true, Attributes::MOUNT_ATTR_RDONLY)
            .and_then(|copy| mounts::attach(copy.as_fd(), place.as_fd())),
    }
}

/// Hides the directory at `target` if it has that identity. Otherwise something else is mounted
/// there.
fn hide(root: &Root, target: &str, identity: Option<Identity>, pod: &Root) -> rustix::io::Result<()> {
    let place = match root.find(target, OFlags::PATH) {
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        result => result?,
    };
    if Some(Identity::of(place.as_fd())?) != identity {
        return Ok(());
    }
    let empty = mounts::copy(pod.find(EMPTY, OFlags::PATH)?.as_fd(), false)?;
    mounts::attach(empty.as_fd(), place.as_fd())
}

/// A directory that cannot be read counts as empty: the result is used for a warning only.
fn is_empty(directory: &OwnedFd) -> bool {
    let Ok(entries) = Dir::read_from(directory) else {
        return true;
    };
    entries
        .flatten()
        .all(|entry| matches!(entry.file_name().to_bytes(), b"." | b".."))
}
