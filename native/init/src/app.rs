//! `appc-init app DIR APP`: an app unit's program. Makes a process of the pod that is the service manager's own child,
//! and that becomes the app.

use std::os::fd::AsFd;

use appc_kernel::clone::{self, Child, Parent};
use appc_kernel::trace::{self, Outcome};
use appc_kernel::{namespaces, sealed};

use crate::app_process::{AppProcess, RunAs};
use crate::failure::{About, Failure, Result};
use crate::notify::Notifier;
use crate::plan::AppPlan;
use crate::pod_directory::PodDirectory;
use crate::pod_init;
use crate::report::{self, Key, Listener};
use crate::streams::Streams;

/// Returns when the app's program has been executed.
pub fn run(directory: &str, app: &str) -> Result<u8> {
    sealed::seal(c"appc-init").about("appc-init: cannot run from a read-only mount")?;
    let directory = PodDirectory::open(directory)?;
    start(&directory, &directory.app_plan(app)?).about(format_args!("app {app}"))?;
    Ok(0)
}

fn start(directory: &PodDirectory, plan: &AppPlan) -> Result<()> {
    let notifier = Notifier::connect()?;
    let init = pod_init::wait_for(directory).about("pod")?;
    let streams = match &plan.terminal {
        Some(path) => Streams::Terminal(path.clone()),
        None => Streams::Journal(plan.identifier.clone()),
    };
    let process = AppProcess {
        directory,
        plan,
        init: init.as_fd(),
        command: &plan.exec,
        environment: &plan.environment,
        run_as: RunAs::Planned,
        streams: &streams,
    };
    let (reporter, listener) = report::channel()?;
    let (gate, key) = report::gate()?;
    namespaces::join_all_but_mounts(init.as_fd()).about("namespaces of the pod")?;
    let mut ends = Some((reporter, key));
    let child = clone::run(0, Parent::CallersParent, || {
        let Some((reporter, key)) = ends.take() else {
            return i32::from(Failure::STATUS);
        };
        drop(key);
        process.run(reporter, Some(&gate))
    })
    .about("process")?;
    let Some((reporter, key)) = ends else {
        return Err(Failure::new("process: not made"));
    };
    drop(reporter);
    let started = hand_over(directory, plan, &notifier, &child, key, listener);
    if started.is_err() {
        child.kill();
    }
    started
}

/// Makes the process the unit's main one, lets it execute the app's program, and tells that it is started. The app is held
/// at its first instruction until systemd knows both: of a process that has ended it would believe neither.
fn hand_over(
    directory: &PodDirectory,
    plan: &AppPlan,
    notifier: &Notifier,
    child: &Child,
    key: Key,
    listener: Listener,
) -> Result<()> {
    // Where tracing is forbidden, an app that ends at once may be taken for one that never started.
    let held = trace::seize(child.pid).is_ok();
    notifier.send(&format!("MAINPID={}", child.pid.as_raw_pid()))?;
    if !held {
        notifier.wait()?;
    }
    key.open()?;
    if held && trace::wait_for_exec(child.pid).about("process")? == Outcome::Ended {
        listener.outcome()?;
        return Err(Failure::new("ended before its program was executed"));
    }
    listener.outcome()?;
    directory.mark_started(&plan.name)?;
    notifier.send("READY=1")?;
    notifier.wait()?;
    if held {
        trace::release(child.pid).about("process")?;
    }
    Ok(())
}
