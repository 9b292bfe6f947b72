//! `appc-init app DIR APP`: the program of an app unit. Makes a process in the pod that is a child
//! of the service manager, and that executes the app.

use std::os::fd::{AsFd, OwnedFd};

use appc_kernel::clone::{Child, Parent};
use appc_kernel::trace::{self, Outcome};
use appc_kernel::{named_socket, sealed, transfer};

use crate::failure::{About, Failure, Result};
use crate::launch::{Launch, Launched, RunAs};
use crate::notify::Notifier;
use crate::plan::AppPlan;
use crate::pod_directory::PodDirectory;
use crate::pod_init;
use crate::report::{Key, Listener};
use crate::streams::{Process, Streams};

/// Returns when the app's program has been executed.
pub fn run(directory: &str, app: &str) -> Result<u8> {
    sealed::seal(c"appc-init").about("appc-init: cannot run from a read-only mount")?;
    let directory = PodDirectory::open(directory)?;
    let plan = directory.app_plan(app)?;
    directory.clear_exit(app)?;
    start(&directory, &plan).about(format_args!("app {app}"))?;
    Ok(0)
}

fn start(directory: &PodDirectory, plan: &AppPlan) -> Result<()> {
    let notifier = Notifier::connect()?;
    let init = pod_init::wait_for(directory).about("pod")?;
    let streams = match plan.terminal {
        Some(size) => Streams::Terminal(size),
        None => Streams::of_pod(directory, plan, Process::App)?,
    };
    let Launched {
        child,
        controller,
        key,
        listener,
    } = Launch {
        directory,
        plan,
        init: init.fd.as_fd(),
        command: &plan.exec,
        environment: &plan.environment,
        run_as: RunAs::Planned,
        streams: &streams,
        parent: Parent::CallersParent,
        cgroup: None,
    }
    .run()?;
    let result = controller
        .map_or(Ok(()), |controller| give_terminal(directory, &controller))
        .and_then(|()| hand_over(directory, plan, &notifier, &child, key, listener));
    if result.is_err() {
        child.kill();
    }
    result
}

/// Sends the controlling side of the app's terminal to the launcher, which waits for it at a socket
/// of the pod directory.
fn give_terminal(directory: &PodDirectory, controller: &OwnedFd) -> Result<()> {
    named_socket::connect(directory.path(), "terminal")
        .and_then(|socket| transfer::send(&socket, &[0], &[controller.as_fd()]))
        .about("terminal: the launcher that asked for it is gone")
}

/// Makes the process the main process of the unit, lets it execute the app's program, and reports
/// that the app is started. Both are in one message, because systemd has work with each message.
/// The app is stopped at its first instruction until systemd has handled the message: systemd would
/// ignore the message if the process had already ended.
fn hand_over(
    directory: &PodDirectory,
    plan: &AppPlan,
    notifier: &Notifier,
    child: &Child,
    key: Key,
    listener: Listener,
) -> Result<()> {
    // Where tracing is forbidden, an app that ends at once may be taken for one that never started.
    let is_traced = trace::seize(child.pid).is_ok();
    if !is_traced {
        notifier.make_main(child, "")?;
    }
    key.open()?;
    if is_traced && trace::wait_for_exec(child.pid).about("process")? == Outcome::Ended {
        listener.outcome()?;
        return Err(Failure::new("ended before its program was executed"));
    }
    listener.outcome()?;
    directory.mark_started(&plan.name)?;
    notifier.make_main(child, "READY=1")?;
    if is_traced {
        trace::release(child.pid).about("process")?;
    }
    Ok(())
}
