//! Creating a process of an app. Three processes take part, so that none that the pod can see has
//! access to the host:
//!
//! * the caller stays on the host, where its unit and the pod directory are;
//! * the maker, a copy of the caller that the pod cannot see, joins the pod's namespaces but stays
//!   in the host's PID namespace. It enters the app's root, closes the host's descriptors, and
//!   gives up all rights that the next steps do not need;
//! * the process itself is created there, in the pod's PID namespace, becomes the app's user and
//!   executes the program.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use appc_kernel::clone::{self, Child, CloneOptions, Parent};
use appc_kernel::root::Root;
use appc_kernel::{keyring, mounts, namespaces, processes, transfer};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::process::Pid;

use crate::app_process::Prepared;
use crate::build_root::APPS;
use crate::devices::null_of;
use crate::failure::{About, Failure, Result};
use crate::identity::Identity;
use crate::plan::AppPlan;
use crate::pod_directory::PodDirectory;
use crate::report::{self, Gate, Key, Listener, Reporter};
use crate::rights::Rights;
use crate::streams::Streams;
use crate::{cgroup, wait};

/// The user of an app's process.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RunAs<'a> {
    /// The plan's user and groups.
    Planned,
    /// The superuser, with the app's capabilities.
    Root,
    /// A user that an operator named, and its group; `None`: the user's own.
    Named { user: &'a str, group: Option<&'a str> },
}

/// A process to run in an app.
pub struct Launch<'a> {
    pub directory: &'a PodDirectory,
    pub plan: &'a AppPlan,
    /// The pod init.
    pub init: BorrowedFd<'a>,
    /// Empty: the root's shell.
    pub command: &'a [String],
    /// `NAME=value`, complete.
    pub environment: &'a [String],
    pub run_as: RunAs<'a>,
    pub streams: &'a Streams,
    /// Whose child it is.
    pub parent: Parent,
    /// Its control group; `None`: the caller's.
    pub cgroup: Option<BorrowedFd<'a>>,
}

/// A process that is set up except for the exec, and waits at its gate.
pub struct Launched {
    pub child: Child,
    /// The controlling side of its terminal, if it has one.
    pub controller: Option<OwnedFd>,
    pub key: Key,
    pub listener: Listener,
}

impl Launch<'_> {
    /// Creates the process. The caller must have one thread.
    pub fn run(&self) -> Result<Launched> {
        // Both processes start non-dumpable: no process in the pod may inspect them at any moment.
        processes::forbid_inspection().about("process")?;
        let name = self.plan.seccomp.as_ref();
        let filter = name.map(|name| self.directory.read(name)).transpose()?;
        let (reporter, listener) = report::channel()?;
        let (gate, key) = report::gate()?;
        let (ours, theirs) = transfer::pair().about("socket")?;
        let mut kept = Some((listener, key, ours));
        let mut handed = Some((reporter, gate, theirs));
        let options = CloneOptions {
            namespaces: 0,
            parent: self.parent,
            cgroup: self.cgroup,
        };
        let maker = clone::run(&options, || {
            drop(kept.take());
            match handed.take() {
                Some((reporter, gate, caller)) => self.make(reporter, &gate, &caller, filter.as_deref()),
                None => i32::from(Failure::STATUS),
            }
        })
        .about("process")?;
        drop(handed);
        let Some((listener, key, maker_side)) = kept else {
            return Err(Failure::new("process: not made"));
        };
        let process = receive(&maker_side);
        if self.parent == Parent::Caller {
            wait::exit_status(maker.pid)?;
        }
        let Some((child, controller)) = process? else {
            drop(key);
            listener.outcome()?;
            return Err(Failure::new("was killed while it was set up"));
        };
        Ok(Launched {
            child,
            controller,
            key,
            listener,
        })
    }

    /// The maker: returns its exit status, after it has sent the new process to the caller or
    /// reported a failure.
    fn make(&self, reporter: Reporter, gate: &Gate, caller: &OwnedFd, filter: Option<&[u8]>) -> i32 {
        let mut reporter = Some(reporter);
        let made = self.prepare().and_then(|prepared| {
            let options = CloneOptions::of(Parent::CallersParent);
            let child = clone::run(&options, || match reporter.take() {
                Some(reporter) => prepared.run(reporter, gate, filter),
                None => i32::from(Failure::STATUS),
            })
            .about("process")?;
            let controller = prepared.controller.iter().map(AsFd::as_fd);
            let fds: Vec<_> = [child.pidfd.as_fd()].into_iter().chain(controller).collect();
            transfer::send(caller, &child.pid.as_raw_pid().to_ne_bytes(), &fds).about("socket")
        });
        match (made, reporter) {
            (Ok(()), _) => 0,
            (Err(failure), reporter) => {
                if let Some(mut reporter) = reporter {
                    reporter.complain(&failure);
                }
                i32::from(Failure::STATUS)
            }
        }
    }

    /// The maker's way from the host into the app's root, with its remaining rights.
    fn prepare(&self) -> Result<Prepared<'_>> {
        let plan = self.plan;
        let rights = Rights::of(plan)?;
        if self.cgroup.is_some() {
            keyring::join_new().about("session keyring")?;
        }
        namespaces::join(self.init).about("namespaces of the pod")?;
        namespaces::enter_new_mounts().about("mount namespace")?;
        rights.confine()?;

        let flags = OFlags::RDWR | OFlags::CLOEXEC;
        let null =
            rustix::fs::open(null_of(&plan.name), flags, Mode::empty()).about("null device of the pod")?;
        let root = Root::open(format!("{APPS}/{}", plan.name)).about("root")?;
        mounts::enter_root(root.as_fd()).about("root")?;
        cgroup::enter(&root, plan.cgroup)?;
        let null = own_null(&root).unwrap_or(null);
        let (streams, controller) = self.streams.open(&root, null)?;

        let identity = match self.run_as {
            RunAs::Root => Identity::root(),
            RunAs::Named { user, group } => Identity::named(&root, user, group)?,
            RunAs::Planned => Identity::resolve(&root, &plan.user, &plan.group, &plan.supplementary_gids)?,
        };
        root.find(&plan.working_directory, OFlags::PATH | OFlags::DIRECTORY)
            .and_then(rustix::process::fchdir)
            .about(format_args!("working directory {}", plan.working_directory))?;
        Ok(Prepared {
            launch: self,
            rights,
            root,
            streams,
            controller,
            identity,
        })
    }
}

/// The app's /dev/null if it is the null device: the app may have replaced it with anything.
fn own_null(root: &Root) -> Option<OwnedFd> {
    let fd = root.find("/dev/null", OFlags::RDWR | OFlags::NOFOLLOW).ok()?;
    let facts = rustix::fs::fstat(&fd).ok()?;
    let is_null = FileType::from_raw_mode(facts.st_mode) == FileType::CharacterDevice
        && facts.st_rdev == rustix::fs::makedev(1, 3);
    is_null.then_some(fd)
}

/// Receives the maker's message: the new process and its terminal; `None` if it created none.
fn receive(maker: &OwnedFd) -> Result<Option<(Child, Option<OwnedFd>)>> {
    let mut pid = [0; size_of::<i32>()];
    let (length, fds) = transfer::receive(maker, &mut pid).about("socket")?;
    let mut fds = fds.into_iter();
    let process = Pid::from_raw(i32::from_ne_bytes(pid))
        .filter(|_| length == pid.len())
        .zip(fds.next());
    Ok(process.map(|(pid, pidfd)| (Child { pid, pidfd }, fds.next())))
}
