//! Mounts, by the descriptor-based system calls of Linux 5.12 (mount_setattr(2) and its kin).

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::io::{Errno, Result};
pub use rustix::mount::MountAttrFlags as Attributes;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags,
};

/// Bytes mount(2) takes as options: one page with its end mark.
const OPTIONS_LIMIT: usize = 4095;

/// Nothing mounted here from now on reaches another mount namespace, nor the other way round.
pub fn make_private() -> Result<()> {
    rustix::mount::mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
}

/// A detached bind mount of what `fd` refers to; with everything mounted below where `recursive`.
pub fn copy(fd: BorrowedFd<'_>, recursive: bool) -> Result<OwnedFd> {
    let mut flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH;
    if recursive {
        flags |= OpenTreeFlags::AT_RECURSIVE;
    }
    rustix::mount::open_tree(fd, c"", flags)
}

/// Adds attributes to a mount, and to all below it where `recursive`.
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
    // SAFETY: attr is a struct mount_attr of the size given; the path is a NUL-terminated string.
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

/// Mounts a detached mount on what `target` refers to.
pub fn attach(mount: BorrowedFd<'_>, target: BorrowedFd<'_>) -> Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    rustix::mount::move_mount(mount, c"", target, c"", flags)
}

/// A detached mount of a new file system; `options` are `key=value` or `key`.
pub fn new(kind: &str, options: &[String], attributes: Attributes) -> Result<OwnedFd> {
    let context = rustix::mount::fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    // What mount(8) shows in its first column.
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

/// Mounts an overlay of `lowers` (topmost first) on `target`. The directories are named by descriptor, so their paths
/// may hold any character and do not show in /proc/mounts. `E2BIG` for more than about 200 layers.
///
/// The overlay is `volatile`: a root lives as long as its pod, so nothing waits for the disk when it is unmounted (that
/// would be a syncfs(2) of the whole data directory). What must survive a power cut belongs in a volume.
pub fn overlay(lowers: &[OwnedFd], upper: &OwnedFd, work: &OwnedFd, target: BorrowedFd<'_>) -> Result<()> {
    let lowerdir: Vec<String> = lowers.iter().map(|lower| path_of(lower.as_fd())).collect();
    let options = format!(
        "lowerdir={},upperdir={},workdir={},volatile",
        lowerdir.join(":"),
        path_of(upper.as_fd()),
        path_of(work.as_fd())
    );
    if options.len() > OPTIONS_LIMIT {
        return Err(Errno::TOOBIG);
    }
    let options = CString::new(options).map_err(|_| Errno::INVAL)?;
    rustix::mount::mount(
        c"overlay",
        path_of(target),
        c"overlay",
        MountFlags::empty(),
        options.as_c_str(),
    )
}

/// A path that leads to what `fd` refers to, in this process.
fn path_of(fd: BorrowedFd<'_>) -> String {
    format!("/proc/self/fd/{}", fd.as_raw_fd())
}

/// Makes the directory `root`, a mount point, the root of this mount namespace and everything else vanish from it
/// (pivot_root(2), "pivot_root(".", ".")").
pub fn enter_root(root: BorrowedFd<'_>) -> Result<()> {
    rustix::process::fchdir(root)?;
    rustix::process::pivot_root(c".", c".")?;
    rustix::mount::unmount(c".", UnmountFlags::DETACH)?;
    rustix::process::chdir(c"/")
}

/// Makes the directory `root`, a mount point, the root of this mount namespace. The one until now, `former`, is mounted on its
/// directory `place` and stays the root of this process: no path it looks up, and no copy of what is mounted there, leads
/// to the new one.
pub fn place_root_above(root: BorrowedFd<'_>, former: BorrowedFd<'_>, place: &CStr) -> Result<()> {
    rustix::process::fchdir(root)?;
    rustix::process::pivot_root(c".", place)?;
    rustix::process::fchdir(former)?;
    rustix::process::chroot(c".")
}

/// After [`place_root_above`]: makes `root` the root of this process, too, and the former one vanish from the namespace.
pub fn leave_former_root(root: BorrowedFd<'_>, place: &CStr) -> Result<()> {
    rustix::process::fchdir(root)?;
    rustix::process::chroot(c".")?;
    rustix::mount::unmount(place, UnmountFlags::DETACH)
}
