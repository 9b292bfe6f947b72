//! Mounts, through the descriptor-based system calls of Linux 5.12 (mount_setattr(2) and related
//! ones).

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{Mode, OFlags};
use rustix::io::{Errno, Result};
pub use rustix::mount::MountAttrFlags as Attributes;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
};

/// The maximum length of the value of an option in fsconfig(2), in bytes without the terminating
/// NUL.
const OPTION_LIMIT: usize = 255;

/// Makes all mounts private: later mounts do not propagate to other mount namespaces, nor from
/// them.
pub fn make_private() -> Result<()> {
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
}

/// A detached bind mount of what `fd` refers to; with all mounts below it where `recursive`.
pub fn copy(fd: BorrowedFd<'_>, recursive: bool) -> Result<OwnedFd> {
    let mut flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    if recursive {
        flags |= OpenTreeFlags::AT_RECURSIVE;
    }
    rustix::mount::open_tree(fd, c"", flags)
}

/// Adds attributes to a mount, and to all mounts below it where `recursive`. Makes these mounts
/// private.
pub fn set(mount: BorrowedFd<'_>, recursive: bool, attributes: Attributes) -> Result<()> {
    #[repr(C)]
    struct MountAttr {
        set: u64,
        clear: u64,
        propagation: u64,
        userns: u64,
    }
    let attr = MountAttr {
        set: u64::from(attributes.bits()),
        clear: 0,
        propagation: libc::MS_PRIVATE,
        userns: 0,
    };
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: attr is a struct mount_attr of the given size; the path is a NUL-terminated string.
    crate::check(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            &raw const attr,
            size_of::<MountAttr>(),
        )
    })
}

/// Attaches a detached mount to what `target` refers to.
pub fn attach(mount: BorrowedFd<'_>, target: BorrowedFd<'_>) -> Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    rustix::mount::move_mount(mount, c"", target, c"", flags)
}

/// A detached mount of a new file system; `options` are `key=value` or `key`.
pub fn new(kind: &str, options: &[String], attributes: Attributes) -> Result<OwnedFd> {
    let context = rustix::mount::fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    // mount(8) shows this in its first column.
    rustix::mount::fsconfig_set_string(&context, "source", kind)?;
    for option in options {
        match option.split_once('=') {
            Some((key, value)) => rustix::mount::fsconfig_set_string(&context, key, value)?,
            None => rustix::mount::fsconfig_set_flag(&context, option.as_str())?,
        }
    }
    rustix::mount::fsconfig_create(&context)?;
    rustix::mount::fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes)
}

/// A detached overlay of `lowers` (topmost first). The directories are named by descriptor, so
/// their paths may contain any character and do not appear in /proc/mounts. `E2BIG` where their
/// numbers together are longer than the value of an option may be: 63 layers always fit, as long as
/// the process has fewer than 1,000 descriptors.
///
/// The overlay is `volatile`: a root lives as long as its pod, so unmounting it does not wait for
/// the disk (it would call syncfs(2) on the whole data directory). Data that must survive a power
/// failure belongs in a volume.
pub fn overlay(lowers: &[OwnedFd], upper: &OwnedFd, work: &OwnedFd) -> Result<OwnedFd> {
    let lowerdir: Vec<String> = lowers.iter().map(number).collect();
    let lowerdir = lowerdir.join(":");
    if lowerdir.len() > OPTION_LIMIT {
        return Err(Errno::TOOBIG);
    }
    let context = rustix::mount::fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC)?;
    rustix::mount::fsconfig_set_string(&context, "source", "overlay")?;
    in_descriptors(|| {
        rustix::mount::fsconfig_set_string(&context, "lowerdir", lowerdir.as_str())?;
        rustix::mount::fsconfig_set_string(&context, "upperdir", number(upper))?;
        rustix::mount::fsconfig_set_string(&context, "workdir", number(work))?;
        rustix::mount::fsconfig_set_flag(&context, "volatile")?;
        // Before Linux 6.5 the kernel resolves the names only here.
        rustix::mount::fsconfig_create(&context)
    })?;
    rustix::mount::fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, Attributes::empty())
}

/// Calls `operation` with /proc/self/fd as the working directory: there, the number of a descriptor
/// is a path.
fn in_descriptors<T>(operation: impl FnOnce() -> Result<T>) -> Result<T> {
    let directory = |path| {
        rustix::fs::open(
            path,
            OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC,
            Mode::empty(),
        )
    };
    let before = directory(".")?;
    rustix::process::fchdir(directory("/proc/self/fd")?)?;
    let result = operation();
    rustix::process::fchdir(before)?;
    result
}

fn number(fd: &OwnedFd) -> String {
    fd.as_raw_fd().to_string()
}

/// Makes the directory `root`, a mount point, the root of this mount namespace, and detaches
/// everything else from it (pivot_root(2), "pivot_root(".", ".")").
pub fn enter_root(root: BorrowedFd<'_>) -> Result<()> {
    rustix::process::fchdir(root)?;
    rustix::process::pivot_root(c".", c".")?;
    rustix::mount::unmount(c".", UnmountFlags::DETACH)?;
    rustix::process::chdir(c"/")
}
