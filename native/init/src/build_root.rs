//! Building the roots of a pod: a small tmpfs that only the pod init sees, and in it one root per app.

use std::ffi::CStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::mounts::{self, Attributes};
use appc_kernel::root::{Made, Root};
use rustix::fs::{Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::failure::{About, Failure, Result};
use crate::host::{Host, Identity, Source};
use crate::own_files::{HIDING, NULL, device, empty, file, mask, null_of, symlink};
use crate::plan::{self, AppPlan, From, MountOp, PodPlan};

/// The directory of the pod's root where the apps' roots are.
pub const APPS: &str = "/apps";
/// The directory of the pod's root where the host's is mounted while the pod's is built.
const HOST: &str = "/host";
/// The same, from the pod's root.
const PLACE_OF_HOST: &CStr = c"host";
/// The directory of the pod's root that hides what apps are not to see: one for all.
const EMPTY: &str = "/empty";

/// Builds everything the plan says on a new tmpfs, which becomes the root of the pod's mount namespace and of this process. While
/// it is built the process stays in the host's root: what is built is above that, where no path and no copy of the host leads.
/// `warn` is told what the user should know.
pub fn build(plan: &PodPlan, apps: &[AppPlan], warn: &dyn Fn(&str)) -> Result<()> {
    let options = ["mode=0755", "size=16m", "nr_inodes=4k"].map(String::from);
    let tmpfs = mounts::new("tmpfs", &options, Attributes::MOUNT_ATTR_NOSUID).about("root of the pod")?;
    let host = Host::open(plan, apps)?;
    mounts::attach(tmpfs.as_fd(), host.as_fd()).about("root of the pod")?;
    let pod = Root::from(tmpfs);
    pod.make_directory(HOST, 0o700).about("root of the pod")?;
    mounts::place_root_above(pod.as_fd(), host.as_fd(), PLACE_OF_HOST).about("root of the pod")?;
    build_pod(plan, &pod, &host)?;
    for app in apps {
        build_app(app, &pod, &host, &|warning| {
            warn(&format!("pod {}: {warning}", plan.uuid))
        })?;
    }
    mounts::leave_former_root(pod.as_fd(), PLACE_OF_HOST)
        .and_then(|()| rustix::fs::rmdir(PLACE_OF_HOST))
        .about("root of the pod")
}

/// What the apps share.
fn build_pod(plan: &PodPlan, pod: &Root, host: &Host) -> Result<()> {
    pod.make_directory(APPS, 0o755).about("root of the pod")?;
    let place = pod.make_directory(EMPTY, 0o555).about("root of the pod")?;
    empty()
        .and_then(|empty| mounts::attach(empty.as_fd(), place.fd.as_fd()))
        .about("root of the pod")?;
    device(pod, &null_of(HIDING), NULL).about("root of the pod")?;
    for op in &plan.shared {
        apply(op, pod, host, "/").about(format_args!("{} of the pod", op.target()))?;
    }
    Ok(())
}

/// The root of one app.
fn build_app(app: &AppPlan, pod: &Root, host: &Host, warn: &dyn Fn(&str)) -> Result<()> {
    let place = format!("{APPS}/{}", app.name);
    pod.make_directory(&place, 0o755)
        .about(format_args!("root of app {}", app.name))?;
    device(pod, &null_of(&app.name), NULL).about(format_args!("root of app {}", app.name))?;
    for op in &app.mounts {
        match apply(op, pod, host, &place) {
            Ok(None) => {}
            Ok(Some(warning)) => {
                warn(&format!(
                    "mount point {} of app {}: {warning}",
                    op.target(),
                    app.name
                ));
            }
            Err(failure) => return Err(failure).about(subject(op, &app.name)),
        }
    }
    Ok(())
}

fn subject(op: &MountOp, app: &str) -> String {
    match op.target() {
        "/" => format!("root of app {app}"),
        target => format!("mount point {target} of app {app}"),
    }
}

/// Does one step in the root at `place` of the pod's root; gives what the user should be warned of.
fn apply(op: &MountOp, pod: &Root, host: &Host, place: &str) -> Result<Option<&'static str>> {
    // Opened anew for each step: what was opened before a mount on it is what lies beneath.
    let root = pod.sub(place).about("root")?;
    match op {
        MountOp::Overlay { lowers, upper, work } => overlay(&root, lowers, upper, work)?,
        MountOp::Bind {
            from,
            source,
            target,
            recursive,
            read_only,
            flags,
        } => {
            let name = source;
            let Source { fd, hidden, identity } = match from {
                From::Host => host.volume(source),
                From::Data => host.own(source),
                From::Pod => pod.find(source, OFlags::PATH).map(Source::from).words(),
            }
            .about(format_args!("source {name}"))?;
            let mut attributes = plan::attributes(flags);
            if *read_only {
                attributes |= Attributes::MOUNT_ATTR_RDONLY;
            }
            let (place, warning) = mount_point(&root, target, is_directory(fd.as_fd())?)?;
            bind(fd.as_fd(), place.as_fd(), *recursive, attributes).about(format_args!("source {name}"))?;
            for path in &hidden {
                let at = format!("{target}/{path}");
                hide(&root, &at, identity, pod)
                    .about(format_args!("{path} below source {name} cannot be hidden"))?;
            }
            return Ok(warning.filter(|_| *from != From::Pod));
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
            if !(*if_missing && is_there(&root, target)?) {
                return symlink(&root, target, to);
            }
        }
        MountOp::Device {
            target,
            major,
            minor,
            mode,
        } => device(&root, target, ((*major, *minor), *mode)).about("cannot be made")?,
        MountOp::File {
            target,
            content,
            mode,
            if_missing,
            read_only,
        } => {
            if !(*if_missing && is_there(&root, target)?) {
                return file(pod, &root, place, target, (content, *mode), *read_only);
            }
        }
        MountOp::Mask { target } => {
            let hidden = |kind: &str| mounts::copy(pod.find(kind, OFlags::PATH)?.as_fd(), false);
            let null = || hidden(&null_of(HIDING));
            mask(&root, target, || hidden(EMPTY), null).about("cannot be hidden")?;
        }
        MountOp::Readonly { target } => make_read_only(&root, target).about("cannot be made read-only")?,
    }
    Ok(None)
}

fn overlay(root: &Root, lowers: &[String], upper: &str, work: &str) -> Result<()> {
    let open = |path: &str| {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::open(path, flags, Mode::empty()).about(path)
    };
    let layers = lowers.iter().map(|path| open(path)).collect::<Result<Vec<_>>>()?;
    match mounts::overlay(&layers, &open(upper)?, &open(work)?, root.as_fd()) {
        Err(Errno::TOOBIG) => Err(Failure::new(format!(
            "has {} image layers, more than mount(2) takes",
            layers.len()
        ))),
        result => result.about("overlay"),
    }
}

/// The place where a directory or file is to be mounted; made, or replaced by one of that type (E6).
fn mount_point(
    root: &Root,
    target: &str,
    is_to_be_directory: bool,
) -> Result<(OwnedFd, Option<&'static str>)> {
    if !is_to_be_directory {
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

/// The directory at `target`; made where it is missing, or takes the place of a file, or of a symlink that leads to no directory.
fn directory(root: &Root, target: &str, mode: u32) -> Result<(Made, Option<&'static str>)> {
    match root.make_directory(target, mode) {
        Ok(made) if is_directory(made.fd.as_fd())? => return Ok((made, None)),
        Ok(_) | Err(Errno::LOOP) => {}
        Err(error) => return Err(error).about("cannot be made"),
    }
    root.remove_file(target).about("cannot be replaced")?;
    let made = root.make_directory(target, mode).about("cannot be made")?;
    Ok((made, Some("a directory takes the place of a file of the image")))
}

/// Whether the image has something at `target`, or on the way there, which is left as it is.
fn is_there(root: &Root, target: &str) -> Result<bool> {
    match root.exists(target) {
        Err(Errno::LOOP) => Ok(true),
        result => result.about("cannot be looked up"),
    }
}

/// Mounts a copy of `source` with those attributes on `target`.
pub fn bind(
    source: BorrowedFd<'_>,
    target: BorrowedFd<'_>,
    recursive: bool,
    attributes: Attributes,
) -> rustix::io::Result<()> {
    let copy = mounts::copy(source, recursive)?;
    mounts::set(copy.as_fd(), recursive, attributes)?;
    mounts::attach(copy.as_fd(), target)
}

fn make_read_only(root: &Root, target: &str) -> rustix::io::Result<()> {
    if target == "/" {
        return mounts::set(root.as_fd(), false, Attributes::MOUNT_ATTR_RDONLY);
    }
    match root.find(target, OFlags::PATH) {
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(()),
        Err(error) => Err(error),
        Ok(place) => bind(place.as_fd(), place.as_fd(), true, Attributes::MOUNT_ATTR_RDONLY),
    }
}

/// Hides the directory at `target` where it is the one of that identity: else something else is mounted there.
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

fn is_directory(fd: BorrowedFd<'_>) -> Result<bool> {
    let facts = rustix::fs::fstat(fd).about("cannot be looked at")?;
    Ok(FileType::from_raw_mode(facts.st_mode) == FileType::Directory)
}

/// A directory that cannot be read counts as empty: this is asked for a warning only.
fn is_empty(directory: &OwnedFd) -> bool {
    let Ok(entries) = Dir::read_from(directory) else {
        return true;
    };
    entries
        .flatten()
        .all(|entry| matches!(entry.file_name().to_bytes(), b"." | b".."))
}
