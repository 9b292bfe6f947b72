//! `appc-init handler DIR APP EVENT`: runs an event handler (E14) beside the app's main process: as root, in the same
//! root, environment and confinement.

use std::os::fd::AsFd;

use appc_kernel::clone::{self, Parent};
use appc_kernel::{namespaces, sealed};

use crate::app_process::{AppProcess, RunAs};
use crate::failure::{About, Failure, Result};
use crate::plan::AppPlan;
use crate::pod_directory::PodDirectory;
use crate::streams::Streams;
use crate::{exited, pod_init, report, wait};

/// When a handler runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Event {
    PreStart,
    PostStop,
}

impl Event {
    fn name(self) -> &'static str {
        match self {
            Self::PreStart => "pre-start",
            Self::PostStop => "post-stop",
        }
    }
}

/// Returns the handler's exit status; an app without that handler has one that does nothing.
pub fn run(directory: &str, app: &str, event: Event) -> Result<u8> {
    sealed::seal(c"appc-init").about("appc-init: cannot run from a read-only mount")?;
    let directory = PodDirectory::open(directory)?;
    let plan = directory.app_plan(app)?;
    let command = match event {
        Event::PreStart => &plan.pre_start,
        Event::PostStop => &plan.post_stop,
    };
    let Some(command) = command else { return Ok(0) };
    let result =
        execute(&directory, &plan, event, command).about(format_args!("app {app}: {} handler", event.name()));
    let status = result.as_ref().copied().unwrap_or(Failure::STATUS);
    if event == Event::PreStart && status != 0 {
        exited::pre_start_failed(&directory, app, status)?;
    }
    result
}

fn execute(directory: &PodDirectory, plan: &AppPlan, event: Event, command: &[String]) -> Result<u8> {
    let init = match event {
        Event::PreStart => pod_init::wait_for(directory),
        Event::PostStop => pod_init::find(directory),
    }
    .about("pod")?;
    let process = AppProcess {
        directory,
        plan,
        init: init.as_fd(),
        command,
        environment: &plan.environment,
        run_as: RunAs::Root,
        streams: &Streams::Journal(plan.identifier.clone()),
    };
    let (reporter, listener) = report::channel()?;
    namespaces::join_all_but_mounts(init.as_fd()).about("namespaces of the pod")?;
    let mut reporter = Some(reporter);
    let child = clone::run(0, Parent::Caller, || match reporter.take() {
        Some(reporter) => process.run(reporter, None),
        None => i32::from(Failure::STATUS),
    })
    .about("process")?;
    drop(reporter);
    listener.outcome()?;
    wait::exit_status(child.pid)
}
