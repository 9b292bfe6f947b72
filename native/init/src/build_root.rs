//! Building the roots of a pod: a small tmpfs that only the pod init sees, and in it one root per app.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::mounts::{self, Attributes};
use appc_kernel::root::Root;
use rustix::fs::{Dir, FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::failure::{About, Failure, Result};
use crate::journal::{self, Priority};
use crate::plan::{self, From, MountFlag, MountOp, PodPlan};

/// The directory of the pod's root where the apps' roots are.
pub const APPS: &str = "/apps";
/// The directory of the pod's root that hides what apps are not to see: one for all.
const EMPTY: &str = "/empty";
/// The directory of the pod's root where the null devices are: one that hides files, and one per app.
const NULLS: &str = "/null";
/// That which hides files: AC Names begin with no dot, so no app has this name.
const HIDING: &str = ".hiding";
/// The directory of the pod's root where the files are that apps find in their /etc.
const FILES: &str = "/files";

/// Number and mode of the null device, null(4).
const NULL: ((u32, u32), u32) = ((1, 3), 0o666);

/// Where the app's own null device is in the pod's root.
pub fn null_of(app: &str) -> String {
    format!("{NULLS}/{app}")
}

/// Builds everything the plan says on a new tmpfs; gives that tmpfs, mounted over the host's root, where it hides nothing
/// from processes whose root is the host's.
pub fn build(plan: &PodPlan) -> Result<Root> {
    let options = ["mode=0755", "size=16m", "nr_inodes=4k"].map(String::from);
    let tmpfs = mounts::new("tmpfs", &options, Attributes::MOUNT_ATTR_NOSUID).about("root of the pod")?;
    let host = Root::open("/").about("root of the host")?;
    mounts::attach(tmpfs.as_fd(), host.as_fd()).about("root of the pod")?;
    let pod = Root::from(tmpfs);
    pod.make_directory(APPS, 0o755).about("root of the pod")?;
    let place = pod.make_directory(EMPTY, 0o555).about("root of the pod")?;
    empty()
        .and_then(|empty| mounts::attach(empty.as_fd(), place.fd.as_fd()))
        .about("root of the pod")?;
    device(&pod, &null_of(HIDING), NULL).about("root of the pod")?;
    for op in &plan.shared {
        apply(op, &pod, "/").about(format_args!("{} of the pod", op.target()))?;
    }
    for app in &plan.apps {
        let place = format!("{APPS}/{}", app.name);
        pod.make_directory(&place, 0o755)
            .about(format_args!("root of app {}", app.name))?;
        device(&pod, &null_of(&app.name), NULL).about(format_args!("root of app {}", app.name))?;
        for op in &app.mounts {
            match apply(op, &pod, &place) {
                Ok(None) => {}
                Ok(Some(warning)) => {
                    let (uuid, target, app) = (&plan.uuid, op.target(), &app.name);
                    let line = format!("pod {uuid}: mount point {target} of app {app}: {warning}");
                    journal::say(journal::OURS, Priority::Warning, &line);
                }
                Err(failure) => return Err(failure).about(subject(op, &app.name)),
            }
        }
    }
    Ok(pod)
}

fn subject(op: &MountOp, app: &str) -> String {
    match op.target() {
        "/" => format!("root of app {app}"),
        target => format!("mount point {target} of app {app}"),
    }
}

/// Does one step in the root at `place` of the pod's root; gives what the user should be warned of.
fn apply(op: &MountOp, pod: &Root, place: &str) -> Result<Option<&'static str>> {
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
            let fd = match from {
                From::Host => rustix::fs::open(source, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()),
                From::Pod => pod.find(source, OFlags::PATH),
            }
            .about(format_args!("source {source}"))?;
            let mut attributes = plan::attributes(flags);
            if *read_only {
                attributes |= Attributes::MOUNT_ATTR_RDONLY;
            }
            let (place, warning) = mount_point(&root, target, is_directory(fd.as_fd())?)?;
            bind(fd.as_fd(), place.as_fd(), *recursive, attributes).about(format_args!("source {source}"))?;
            return Ok(warning.filter(|_| *from == From::Host));
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
            let place = root.make_directory(target, 0o755).about("cannot be made")?;
            mounts::attach(mount.as_fd(), place.fd.as_fd()).about(r#type)?;
        }
        MountOp::Directory { target, mode } => {
            let made = root.make_directory(target, *mode).about("cannot be made")?;
            if !is_directory(made.fd.as_fd())? {
                return Err(Failure::new("is not a directory in the image"));
            }
        }
        MountOp::Symlink {
            target,
            to,
            if_missing,
        } => {
            if !(*if_missing && root.exists(target).about("cannot be looked up")?) {
                root.make_symlink(target, to).about("cannot be made")?;
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
            if !(*if_missing && root.exists(target).about("cannot be looked up")?) {
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
fn mount_point(root: &Root, target: &str, directory: bool) -> Result<(OwnedFd, Option<&'static str>)> {
    if !directory {
        let place = root.make_file(target, 0o644).about("cannot be made")?;
        if is_directory(place.fd.as_fd())? {
            return Err(Failure::new(
                "is a directory in the image, and what is to be mounted there is a file",
            ));
        }
        return Ok((place.fd, None));
    }
    let place = root.make_directory(target, 0o755).about("cannot be made")?;
    if !is_directory(place.fd.as_fd())? {
        root.remove_file(target).about("cannot be replaced")?;
        let place = root.make_directory(target, 0o755).about("cannot be made")?;
        return Ok((
            place.fd,
            Some("a directory takes the place of a file of the image"),
        ));
    }
    let hides = place.existed
        && target != "/"
        && !is_empty(&root.find(target, OFlags::RDONLY).about("cannot be read")?);
    Ok((place.fd, hides.then_some("hides what the image has there")))
}

fn bind(
    source: BorrowedFd<'_>,
    target: BorrowedFd<'_>,
    recursive: bool,
    attributes: Attributes,
) -> rustix::io::Result<()> {
    let copy = mounts::copy(source, recursive)?;
    mounts::set(copy.as_fd(), recursive, attributes)?;
    mounts::attach(copy.as_fd(), target)
}

/// A file system with nothing in it, ever; not mounted anywhere yet.
pub fn empty() -> rustix::io::Result<OwnedFd> {
    let options = ["mode=0555", "size=4k", "nr_inodes=2", "ro"].map(String::from);
    let flags = [
        MountFlag::Nosuid,
        MountFlag::Nodev,
        MountFlag::Noexec,
        MountFlag::Readonly,
    ];
    mounts::new("tmpfs", &options, plan::attributes(&flags))
}

/// Hides a directory under what `empty` gives, anything else under what `null` gives.
pub fn mask(
    root: &Root,
    target: &str,
    empty: impl FnOnce() -> rustix::io::Result<OwnedFd>,
    null: impl FnOnce() -> rustix::io::Result<OwnedFd>,
) -> rustix::io::Result<()> {
    let place = match root.find(target, OFlags::PATH) {
        Err(Errno::NOENT | Errno::NOTDIR) => return Ok(()),
        result => result?,
    };
    if FileType::from_raw_mode(rustix::fs::fstat(&place)?.st_mode) == FileType::Directory {
        return mounts::attach(empty()?.as_fd(), place.as_fd());
    }
    let null = null()?;
    mounts::set(null.as_fd(), false, Attributes::MOUNT_ATTR_RDONLY)?;
    mounts::attach(null.as_fd(), place.as_fd())
}

/// A character device of that number and mode at `path`. Where devices cannot be made it is the host's, on a read-only mount:
/// nobody can change the owner, mode or times of that.
fn device(root: &Root, path: &str, (number, mode): ((u32, u32), u32)) -> Result<()> {
    match root.make_device(path, number, mode) {
        Err(Errno::PERM) => {}
        result => return result.about("device"),
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let source = if number == NULL.0 {
        "/dev/null".into()
    } else {
        format!("/dev/{name}")
    };
    let fd = rustix::fs::open(&source, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).about(&source)?;
    let facts = rustix::fs::fstat(&fd).about(&source)?;
    if facts.st_rdev != rustix::fs::makedev(number.0, number.1) {
        return Err(Failure::new(format!("{source}: is not the device of that name")));
    }
    let place = root.make_place(path, mode).about("cannot be made")?;
    bind(fd.as_fd(), place.as_fd(), false, Attributes::MOUNT_ATTR_RDONLY).about(&source)
}

/// A file of ours where the image may have anything: it is written to a file system that only the pod init sees, and mounted over
/// what is there, which is neither opened nor followed. `place` is the app's root in the pod's.
fn file(
    pod: &Root,
    root: &Root,
    place: &str,
    target: &str,
    (content, mode): (&str, u32),
    read_only: bool,
) -> Result<Option<&'static str>> {
    let at = match root.make_place(target, mode) {
        // An image may do without any of these files, so the app may.
        Err(Errno::ISDIR | Errno::NOTDIR | Errno::LOOP | Errno::EXIST | Errno::NOENT) => {
            return Ok(Some("is not made: the image has something else there"));
        }
        result => result.about("cannot be made")?,
    };
    let app = place.rsplit('/').next().unwrap_or_default();
    let directory = pod
        .make_directory(&format!("{FILES}/{app}"), 0o755)
        .about(FILES)?;
    if !directory.existed {
        // Its own file system: the app may write to its files, and fills nobody else's.
        let options = ["mode=0755", "size=256k", "nr_inodes=16"].map(String::from);
        let flags = [MountFlag::Nosuid, MountFlag::Nodev, MountFlag::Noexec];
        mounts::new("tmpfs", &options, plan::attributes(&flags))
            .and_then(|files| mounts::attach(files.as_fd(), directory.fd.as_fd()))
            .about(FILES)?;
    }
    let name = target.rsplit('/').next().unwrap_or_default();
    let own = format!("{FILES}/{app}/{name}");
    pod.write_new_file(&own, content.as_bytes(), mode).about(FILES)?;
    let source = pod.find(&own, OFlags::PATH).about(FILES)?;
    let attributes = if read_only {
        Attributes::MOUNT_ATTR_RDONLY
    } else {
        Attributes::empty()
    };
    bind(source.as_fd(), at.as_fd(), false, attributes).about("cannot be mounted")?;
    Ok(None)
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
