//! The host as the pod init sees it while it builds the roots: the sources of volumes, and the data
//! directory, which volumes must not show.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use appc_kernel::root::Root;
use rustix::fs::{AtFlags, OFlags, StatxFlags};
use rustix::io::Errno;

use crate::failure::{About, Failure, Result};
use crate::mount_table::{Location, MountTable};
use crate::plan::{AppPlan, From, MountOp, PodPlan};

/// The host's root.
pub struct Host {
    root: Root,
    /// `None` where the pod has no volume that an operator named.
    data: Option<Data>,
}

/// The data directory: images, which all pods share, and the files of this and other pods.
struct Data {
    identity: Identity,
    location: Location,
    /// All paths at which it may be visible.
    paths: Vec<PathBuf>,
    table: MountTable,
}

/// The identity of a directory: two descriptors of one directory have the same identity, whichever
/// mounts they were opened through.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Identity(u64, u64);

/// The source of a mount.
pub struct Source {
    pub fd: OwnedFd,
    /// Paths below the source that must be hidden where they have this identity.
    pub hidden: Vec<String>,
    pub identity: Option<Identity>,
}

impl Host {
    /// To be called before the root of the pod is mounted.
    pub fn open(plan: &PodPlan, apps: &[AppPlan]) -> Result<Self> {
        let root = Root::open("/").about("root of the host")?;
        let has_host_volume = apps
            .iter()
            .flat_map(|app| &app.mounts)
            .any(|op| matches!(op, MountOp::Bind { from, .. } if *from == From::Host));
        let data = if has_host_volume {
            Some(Data::find(&root, &plan.data)?)
        } else {
            None
        };
        Ok(Self { root, data })
    }

    /// The source at a path of the data directory.
    pub fn own(&self, path: &str) -> Result<Source> {
        let fd = self.root.find(path, OFlags::PATH).words()?;
        Ok(Source::from(fd))
    }

    /// The source at a path that the operator named. It must not be in the data directory; where
    /// the data directory lies below it, that is hidden.
    pub fn volume(&self, path: &str) -> Result<Source> {
        let fd = match self.root.find(path, OFlags::PATH) {
            Err(Errno::LOOP) => return Err(Failure::new("leads through a link of /proc, or in a circle")),
            result => result.words()?,
        };
        let Some(data) = &self.data else {
            return Ok(Source::from(fd));
        };
        let (mount, real) = place_of(fd.as_fd())?;
        let location = data.table.location(mount, &real);
        if location.is_some_and(|location| location.is_within(&data.location)) {
            return Err(Failure::new("is in appc's data directory, which no volume shows"));
        }
        let hidden = data.paths.iter().filter_map(|path| path.strip_prefix(&real).ok());
        Ok(Source {
            fd,
            hidden: hidden.map(text).collect::<Result<_>>()?,
            identity: Some(data.identity),
        })
    }
}

impl AsFd for Host {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.root.as_fd()
    }
}

impl Data {
    fn find(root: &Root, path: &str) -> Result<Self> {
        let fd = root.find(path, OFlags::PATH | OFlags::DIRECTORY).about(path)?;
        let (mount, real) = place_of(fd.as_fd()).about(path)?;
        let table = std::fs::read("/proc/self/mountinfo").about("/proc/self/mountinfo")?;
        let table = MountTable::parse(&table);
        let location = table
            .location(mount, &real)
            .ok_or_else(|| Failure::new("is on no mount that /proc/self/mountinfo has"))
            .about(path)?;
        Ok(Self {
            identity: Identity::of(fd.as_fd()).about(path)?,
            paths: table.paths_of(&location),
            location,
            table,
        })
    }
}

impl Identity {
    /// The identity of what `fd` refers to.
    pub fn of(fd: BorrowedFd<'_>) -> rustix::io::Result<Self> {
        let facts = rustix::fs::fstat(fd)?;
        Ok(Self(facts.st_dev, facts.st_ino))
    }
}

impl std::convert::From<OwnedFd> for Source {
    /// A source without hidden paths.
    fn from(fd: OwnedFd) -> Self {
        Self {
            fd,
            hidden: Vec::new(),
            identity: None,
        }
    }
}

/// The ID of the mount on which `fd` is, and the path of `fd`.
fn place_of(fd: BorrowedFd<'_>) -> Result<(u64, PathBuf)> {
    let facts = rustix::fs::statx(fd, "", AtFlags::EMPTY_PATH, StatxFlags::MNT_ID).words()?;
    let path = std::fs::read_link(format!("/proc/self/fd/{}", fd.as_raw_fd())).words()?;
    Ok((facts.stx_mnt_id, path))
}

fn text(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Failure::new(format!("{}: is no UTF-8", path.display())))
}
