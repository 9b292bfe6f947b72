//! `appc-init pod DIR`: the program of the pod unit. Sets up the namespaces and roots of the pod
//! and leaves the pod init behind as the main process of the unit.

use std::ffi::CString;
use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::clone::{self, CloneOptions, Parent};
use appc_kernel::{capabilities, descriptors, limits, mounts, namespaces, processes, sealed};
use rustix::fs::Mode;
use rustix::process::Pid;
use rustix::thread::CapabilitySet;

use crate::failure::{About, Failure, Result};
use crate::journal::Priority;
use crate::notify::Notifier;
use crate::pause::descriptor;
use crate::plan::{AppPlan, Network, PodPlan};
use crate::pod_connection::{self, Launcher};
use crate::pod_directory::PodDirectory;
use crate::report::{self, Reporter};
use crate::{build_root, journal, pod_lock, waiting};

const NAMESPACES: i32 = libc::CLONE_NEWNS | libc::CLONE_NEWIPC | libc::CLONE_NEWUTS | libc::CLONE_NEWPID;

/// Returns when the pod is ready.
pub fn run(directory: &str) -> Result<u8> {
    sealed::seal(c"appc-init").about("appc-init: cannot run from a read-only mount")?;
    let directory = PodDirectory::open(directory)?;
    let plan = directory.pod_plan()?;
    let about = format_args!("pod {}", plan.uuid);
    // A pod runs only once, so that the records of its first run stay.
    if directory.pid()?.is_some() {
        return Err(Failure::new("has run already: a pod runs once")).about(about);
    }
    // The lock is taken over first, while the number of its descriptor is free.
    let has_launcher = pod_lock::take_over(directory.path(), &plan.lock).about(about)?;
    let launcher = Launcher::of(Some(&plan.launcher).filter(|_| has_launcher));
    let result = start(&directory, &plan, &launcher, has_launcher);
    result
        .about(about)
        .inspect_err(|failure| launcher.note(&format!("appc: {failure}")))?;
    Ok(0)
}

fn start(directory: &PodDirectory, plan: &PodPlan, launcher: &Launcher, has_launcher: bool) -> Result<()> {
    let apps: Vec<AppPlan> = plan
        .apps
        .iter()
        .map(|app| directory.app_plan(app))
        .collect::<Result<_>>()?;
    let notifier = Notifier::connect()?;
    let program = sealed::this_program().about("appc-init")?;
    let (mut reporter, listener) = report::channel()?;
    let streams = Streams {
        listener: pod_connection::listen(directory)?,
        journal: journal::datagrams(),
        launcher,
    };
    join_network(&plan.network, has_launcher).about("network namespace")?;
    let options = CloneOptions {
        namespaces: NAMESPACES,
        ..CloneOptions::of(Parent::CallersParent)
    };
    processes::forbid_inspection().about("pod init")?;
    let init = clone::run(&options, || {
        if let Err(failure) = become_init(plan, &apps, &program, &reporter, &streams) {
            reporter.complain(&failure);
        }
        i32::from(Failure::STATUS)
    })
    .about("new namespaces")?;
    drop(reporter);
    let pid = init.pid.as_raw_pid();
    let ready = listener
        .outcome()
        .and_then(|()| directory.write_pid(pid))
        .and_then(|()| waiting::wake(directory))
        // A service manager that collects another child at this moment would otherwise find that
        // this process has ended before it has read the message, and would take the pod for ended.
        .and_then(|()| notifier.make_main(&init, "READY=1"));
    if ready.is_err() {
        init.kill();
    }
    ready
}

/// Joins the network namespace that the launcher has created. Without a launcher no process holds
/// it any more, and the pod gets a new one.
fn join_network(network: &Network, has_launcher: bool) -> Result<()> {
    let Network::Join(holder) = network else {
        return Ok(());
    };
    match Pid::from_raw(holder.pid).filter(|_| has_launcher) {
        Some(pid) => processes::duplicate_descriptor(pid, holder.fd)
            .and_then(|namespace| namespaces::join_network(namespace.as_fd())),
        None => namespaces::enter_new_network(),
    }
    .words()
}

/// What the pod init passes on, and its receivers.
struct Streams<'a> {
    listener: OwnedFd,
    journal: Option<OwnedFd>,
    launcher: &'a Launcher,
}

/// Runs in the new namespaces. Returns only on failure: on success this process executes the pod
/// init.
fn become_init(
    plan: &PodPlan,
    apps: &[AppPlan],
    program: &OwnedFd,
    reporter: &Reporter,
    streams: &Streams<'_>,
) -> Result<()> {
    rustix::process::umask(Mode::empty());
    rustix::process::setsid().about("pod init")?;
    mounts::make_private().about("mount propagation")?;
    rustix::system::sethostname(plan.hostname.as_bytes())
        .about(format_args!("host name {}", plan.hostname))?;
    // A prepared root holds one descriptor per layer and volume.
    limits::raise_open_files().about("limit of open files")?;
    build_root::build(plan, apps, &|warning| {
        if let Some(journal) = &streams.journal {
            journal::say_by(journal, journal::OURS, Priority::Warning, warning);
        }
        streams.launcher.note(&format!("warning: {warning}"));
    })?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    // The pod init reports readiness itself, once the processes of the pod can no longer inspect
    // it.
    let program = rustix::io::fcntl_dupfd_cloexec(program, descriptor::FREE).about("appc-init")?;
    descriptors::inherit_all(&[
        (descriptor::REPORTER, Some(reporter.as_fd())),
        (descriptor::LISTENER, Some(streams.listener.as_fd())),
        (descriptor::JOURNAL, streams.journal.as_ref().map(AsFd::as_fd)),
        (descriptor::LAUNCHER, streams.launcher.fd()),
    ])
    .about("pod init")?;
    // A program that is executed with empty inheritable and bounding sets has no capabilities, as
    // root or not.
    let none = CapabilitySet::empty();
    capabilities::limit_bounding_set(none)
        .and_then(|()| capabilities::keep_only(none, none))
        .about("capabilities")?;
    let arguments = [c"appc-init", c"pause"].map(CString::from);
    Err(sealed::execute(program.as_fd(), &arguments, &[])).about("pod init")
}
