//! How a new process becomes a process of an app: the steps `app`, `handler` and `enter` share, in the order in which the
//! kernel allows them.

use std::ffi::CString;
use std::os::fd::{AsFd, BorrowedFd};

use appc_kernel::root::Root;
use appc_kernel::{capabilities, descriptors, mounts, namespaces, processes, sealed, seccomp, signals};
use rustix::fs::{Gid, Uid};
use rustix::thread::CapabilitySet;

use crate::build_root::APPS;
use crate::cgroup;
use crate::diagnosis;
use crate::failure::{About, Cause, Failure, Result};
use crate::identity::Identity;
use crate::plan::AppPlan;
use crate::pod_directory::PodDirectory;
use crate::program;
use crate::report::{Gate, Reporter};
use crate::streams::Streams;

/// Whom a process of an app runs as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum RunAs {
    /// The plan's user and groups.
    Planned,
    /// The superuser, in the app's capabilities.
    Root,
}

/// What is to run in an app.
pub struct AppProcess<'a> {
    pub directory: &'a PodDirectory,
    pub plan: &'a AppPlan,
    /// The pod init, whose namespaces other than the mount namespace the process is in already.
    pub init: BorrowedFd<'a>,
    pub command: &'a [String],
    /// `NAME=value`, complete.
    pub environment: &'a [String],
    pub run_as: RunAs,
    pub streams: &'a Streams,
}

impl AppProcess<'_> {
    /// Turns the calling process, which is the pod's already, into the command. Gives the exit status of a process that
    /// could not be turned, after it has reported why; `gate` holds it back when all is set up or has failed.
    pub fn run(&self, mut reporter: Reporter, gate: Option<&Gate>) -> i32 {
        let prepared = self.prepare();
        if gate.is_some_and(|gate| !gate.pass()) {
            return i32::from(Failure::STATUS);
        }
        let failure = prepared.and_then(|ready| {
            reporter.about_to_execute()?;
            Err(ready.execute())
        });
        if let Err::<(), _>(failure) = failure {
            reporter.complain(&failure);
        }
        i32::from(Failure::STATUS)
    }

    fn prepare(&self) -> Result<Ready> {
        // What is the host's: opened before its mounts are left.
        processes::forbid_inspection().about("process")?;
        rustix::process::setsid().about("session")?;
        let streams = self.streams.open()?;
        let filter = self
            .plan
            .seccomp
            .as_ref()
            .map(|name| self.directory.read(name))
            .transpose()?;

        // Into the app's root, and everything else out of sight.
        namespaces::join_mounts(self.init).about("mount namespace of the pod")?;
        namespaces::own_mounts().about("mount namespace")?;
        let root = Root::open(format!("{APPS}/{}", self.plan.name)).about("root")?;
        mounts::enter_root(root.as_fd()).about("root")?;
        cgroup::enter(&root, self.plan.cgroup)?;
        streams.show_in(&root)?;

        // Who it is and where.
        let identity = match self.run_as {
            RunAs::Root => Identity::root(),
            RunAs::Planned => Identity::resolve(
                &root,
                &self.plan.user,
                &self.plan.group,
                &self.plan.supplementary_gids,
            )?,
        };
        streams.install(Uid::from_raw(identity.uid))?;
        let working_directory = &self.plan.working_directory;
        rustix::process::chdir(working_directory.as_str())
            .about(format_args!("working directory {working_directory}"))?;
        drop_rights(&self.plan.capabilities, &identity)?;

        // What it runs: sought with the user's rights, looked into with ours.
        let path = program::find(self.command.first().map_or("", String::as_str), self.environment)?;
        // Everything back that is permitted still: a filter can be installed without no_new_privs then. execve(2) takes
        // away what the user and the bounding set do not allow.
        capabilities::raise_permitted_and_inherit_none().about("capabilities")?;
        let diagnosis = path.to_str().ok().and_then(diagnosis::of);
        if self.plan.no_new_privileges {
            rustix::thread::set_no_new_privs(true).about("no_new_privs")?;
        }
        signals::reset();
        descriptors::close_on_exec_from(3).about("descriptors")?;
        Ok(Ready {
            path,
            diagnosis,
            arguments: strings(self.command).about("arguments")?,
            environment: strings(self.environment).about("environment")?,
            filter,
        })
    }
}

/// Becomes that user; what stays permitted is for this program's own last steps.
fn drop_rights(names: &[String], identity: &Identity) -> Result<()> {
    let mut bounding = CapabilitySet::empty();
    for name in names {
        bounding |= capabilities::by_name(name)
            .ok_or_else(|| Failure::new(format!("capability {name}: is unknown")))?;
    }
    capabilities::limit_bounding_set(bounding).about("capabilities")?;
    let groups: Vec<Gid> = identity
        .supplementary
        .iter()
        .map(|gid| Gid::from_raw(*gid))
        .collect();
    rustix::thread::set_thread_groups(&groups).about("supplementary groups")?;
    let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
    rustix::thread::set_thread_res_gid(gid, gid, gid).about(format_args!("group {}", identity.gid))?;
    rustix::thread::set_keep_capabilities(true).about("capabilities")?;
    rustix::thread::set_thread_res_uid(uid, uid, uid).about(format_args!("user {}", identity.uid))
}

fn strings(texts: &[String]) -> std::result::Result<Vec<CString>, std::ffi::NulError> {
    texts.iter().map(|text| CString::new(text.as_str())).collect()
}

/// Everything is done but the filter, after which few system calls may be left, and the exec.
struct Ready {
    path: CString,
    diagnosis: Option<String>,
    arguments: Vec<CString>,
    environment: Vec<CString>,
    filter: Option<Vec<u8>>,
}

impl Ready {
    fn execute(self) -> Failure {
        if let Some(filter) = self.filter {
            if let Err(error) = seccomp::install(&filter) {
                return Failure::new(format!("seccomp filter: {}", error.words()));
            }
        }
        let error = sealed::execute_path(&self.path, &self.arguments, &self.environment);
        let reason = self.diagnosis.unwrap_or_else(|| error.words());
        Failure::new(format!("program {}: {reason}", self.path.to_string_lossy()))
    }
}
