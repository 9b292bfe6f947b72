//! `appc-init handler DIR APP EVENT`: runs an event handler (E14) beside the app's main process: as
//! root, in the same root, environment and confinement.

use std::os::fd::AsFd;

use appc_kernel::clone::Parent;
use appc_kernel::sealed;

use crate::failure::{About, Failure, Result};
use crate::launch::{Launch, Launched, RunAs};
use crate::plan::AppPlan;
use crate::pod_directory::PodDirectory;
use crate::streams::{Process, Streams};
use crate::{exited, pod_init, wait};

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

/// Returns the handler's exit status; 0 for an app without this handler.
pub fn run(directory: &str, app: &str, event: Event) -> Result<u8> {
    sealed::seal(c"appc-init").about("appc-init: cannot run from a read-only mount")?;
    let directory = PodDirectory::open(directory)?;
    let plan = directory.app_plan(app)?;
    let command = match event {
        Event::PreStart => &plan.pre_start,
        Event::PostStop => &plan.post_stop,
    };
    let Some(command) = command else { return Ok(0) };
    if event == Event::PreStart {
        directory.clear_exit(app)?;
    }
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
    let Launched {
        child, key, listener, ..
    } = Launch {
        directory,
        plan,
        init: init.fd.as_fd(),
        command,
        environment: &plan.environment,
        run_as: RunAs::Root,
        streams: &Streams::of_pod(directory, plan, Process::Handler)?,
        parent: Parent::Caller,
        cgroup: None,
    }
    .run()?;
    key.open()?;
    listener.outcome()?;
    wait::exit_status(child.pid)
}
