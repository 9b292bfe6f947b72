//! Detached mounts, which are not attached anywhere yet. The mounts of the host in a root are such:
//! they are made where the host is visible, and attached in the pod, where it is not. One process
//! can make a mount and another attach it: a detached mount may cross mount namespaces.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::mounts::{self, Attributes};
use appc_kernel::root::Root;
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use crate::failure::{About, Failure, Result};
use crate::host::{Host, Identity, Source};
use crate::plan::{self, From, MountFlag, MountOp};

/// A mount for one step of building a root.
pub struct Detached {
    pub fd: OwnedFd,
    pub is_directory: bool,
    /// Paths below the mount that must be hidden where they have this identity.
    pub hidden: Vec<String>,
    pub identity: Option<Identity>,
}

/// How a bind mount is made.
#[derive(Clone, Copy)]
struct Bind<'a> {
    recursive: bool,
    read_only: bool,
    flags: &'a [MountFlag],
}

impl Detached {
    /// The mount of the host that `op` needs; `None` where it needs none.
    pub fn of_host(op: &MountOp, host: &Host) -> Result<Option<Self>> {
        match op {
            MountOp::Overlay { lowers, upper, work } => overlay(lowers, upper, work).map(Some),
            MountOp::Bind {
                from,
                source: path,
                recursive,
                read_only,
                flags,
                ..
            } => {
                let bind = Bind {
                    recursive: *recursive,
                    read_only: *read_only,
                    flags,
                };
                let source = match from {
                    From::Host => host.volume(path),
                    From::Data => host.own(path),
                    From::Pod => return Ok(None),
                };
                source
                    .and_then(|source| Self::of_source(source, bind))
                    .about(format_args!("source {path}"))
                    .map(Some)
            }
            _ => Ok(None),
        }
    }

    /// A mount of the directory or file at `path` of the pod's own root.
    pub fn of_pod(path: &str, flags: &[MountFlag], pod: &Root) -> Result<Self> {
        let bind = Bind {
            recursive: false,
            read_only: false,
            flags,
        };
        pod.find(path, OFlags::PATH)
            .words()
            .and_then(|fd| Self::of_source(Source::from(fd), bind))
            .about(format_args!("source {path}"))
    }

    fn of_source(source: Source, bind: Bind<'_>) -> Result<Self> {
        let mut attributes = plan::attributes(bind.flags);
        if bind.read_only {
            attributes |= Attributes::MOUNT_ATTR_RDONLY;
        }
        Ok(Self {
            is_directory: is_directory(source.fd.as_fd())?,
            fd: copy(source.fd.as_fd(), bind.recursive, attributes).words()?,
            hidden: source.hidden,
            identity: source.identity,
        })
    }
}

/// A detached copy of the mount at `source`, with these attributes.
pub fn copy(source: BorrowedFd<'_>, recursive: bool, attributes: Attributes) -> rustix::io::Result<OwnedFd> {
    let copy = mounts::copy(source, recursive)?;
    mounts::set(copy.as_fd(), recursive, attributes)?;
    Ok(copy)
}

/// Whether `fd` refers to a directory.
pub fn is_directory(fd: BorrowedFd<'_>) -> Result<bool> {
    let facts = rustix::fs::fstat(fd).about("cannot be looked at")?;
    Ok(FileType::from_raw_mode(facts.st_mode) == FileType::Directory)
}

fn overlay(lowers: &[String], upper: &str, work: &str) -> Result<Detached> {
    let open = |path: &str| {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        rustix::fs::open(path, flags, Mode::empty()).about(path)
    };
    let layers = lowers.iter().map(|path| open(path)).collect::<Result<Vec<_>>>()?;
    let fd = match mounts::overlay(&layers, &open(upper)?, &open(work)?) {
        Err(Errno::TOOBIG) => {
            return Err(Failure::new(format!(
                "has {} image layers, more than fsconfig(2) takes",
                layers.len()
            )));
        }
        result => result.about("overlay")?,
    };
    Ok(Detached {
        fd,
        is_directory: true,
        hidden: Vec::new(),
        identity: None,
    })
}
